//! `explain`, and where reports with findings point to it.

use crate::common::{changed, example, landbridge, path};

/// What the text of a report with findings ends with.
const MORE: &str = "`landbridge explain CODE` tells more";

#[test]
fn a_code_is_explained() {
    let run = landbridge(&["explain", "network/other-owner"]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    let head = "network/other-owner (error): another account owns the network and shares it\n";
    assert!(run.stdout.starts_with(head), "{run:#?}");
    for told in [
        "\n\nWhat it means\n  The declared account sees",
        "\n\nWhy it is checked\n  Only the owner",
        "\n\nWhat to do\n  Declare the owner",
        "\n\nExample\n  networks:\n    - { name: shared,",
        "\n\nWhat is behind it\n  `DescribeVpcs` says",
        "\n\nRelated: network/absent, identity/wrong-account\n",
    ] {
        assert!(run.stdout.contains(told), "`{told}` is missing: {run:#?}");
    }
}

#[test]
fn the_document_of_a_code_has_its_parts() {
    let document = landbridge(&["explain", "route/foreign", "--format", "json"]).document();
    assert_eq!(document["command"], "explain");
    let page = &document["page"];
    assert_eq!(page["code"], "route/foreign");
    assert_eq!(page["severity"], serde_json::json!(["error", "warning"]));
    for part in ["title", "meaning", "reason", "mend", "example", "fact"] {
        assert!(page[part].is_string(), "{part}: {document:#}");
    }
    assert!(page["related"].is_array(), "{document:#}");
}

#[test]
fn all_codes_are_listed_one_a_line_by_group() {
    let run = landbridge(&["explain"]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    let start = run
        .stdout
        .lines()
        .find(|line| line.starts_with("identity/root "));
    assert!(
        start.is_some_and(|line| line.ends_with("  error             the keys are root keys")),
        "{run:#?}"
    );
    let groups: Vec<&str> = run.stdout.trim_end().split("\n\n").collect();
    assert_eq!(groups.last(), Some(&MORE));
    for group in &groups[..groups.len() - 1] {
        let words = |line: &str| line.split('/').next().map(str::to_owned);
        let first = words(group);
        assert!(group.lines().all(|line| words(line) == first), "{group}");
    }
    let document = landbridge(&["explain", "--format", "json"]).document();
    let pages = document["pages"].as_array().expect("a list");
    let lines = groups.iter().flat_map(|group| group.lines()).count();
    assert_eq!(pages.len() + 1, lines);
}

#[test]
fn the_first_word_of_codes_lists_these() {
    let run = landbridge(&["explain", "identity"]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    let codes: Vec<&str> = run
        .stdout
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|word| word.contains('/'))
        .collect();
    let all = [
        "identity/root",
        "identity/same-account",
        "identity/wrong-account",
    ];
    assert_eq!(codes, all);
}

#[test]
fn an_unknown_code_is_refused_with_the_nearest_ones() {
    for (typed, told) in [
        ("network/absnt", "did you mean `network/absent`?"),
        ("route/exclude", "did you mean `route/excluded`"),
        ("nonsense", "`landbridge explain` lists all codes"),
    ] {
        let run = landbridge(&["explain", typed]);
        assert_eq!(run.code, Some(2), "{run:#?}");
        let start = format!("error: unknown code `{typed}`: {told}");
        assert!(run.stderr.starts_with(&start), "{run:#?}");
        assert_eq!(run.stderr.lines().count(), 1, "{run:#?}");
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn a_report_with_findings_says_once_where_they_are_explained() {
    let file = changed(
        "from: [\"members:backbone\"] }\n      - {",
        "from: [0.0.0.0/0] }\n      - {",
    );
    let told = |arguments: &[&str]| {
        let run = landbridge(arguments);
        (run.stdout.matches(MORE).count(), run)
    };
    let (count, run) = told(&["plan", path(&file), "--simulate"]);
    assert_eq!((run.code, count), (Some(0), 1), "{run:#?}");
    let report = run.stdout.find("[rule/open]").zip(run.stdout.find(MORE));
    assert!(report.is_some_and(|(found, more)| found < more), "{run:#?}");
    assert_eq!(told(&["plan", &example(), "--simulate"]).0, 0);
    let json = ["plan", path(&file), "--simulate", "--format", "json"];
    assert_eq!(told(&json).0, 0);
    let (count, run) = told(&["rehearse", path(&file)]);
    assert_eq!((run.code, count), (Some(0), 1), "{run:#?}");
}
