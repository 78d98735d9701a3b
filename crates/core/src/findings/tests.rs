use super::*;
use crate::topology::Topology;

/// A page with all that a page must have.
const PAGE: &str = "
- code: thing/odd
  severity: [error, note]
  title: a thing is odd
  meaning: |-
    One line.
    Another.
  reason: It breaks.
  mend: Mend it.
  fact: Read with `Describe`.
";

#[test]
fn a_page_shows_its_parts_in_order() {
    let pages = read(PAGE).expect("it is a page");
    assert_eq!(
        pages[0].to_string(),
        "thing/odd (error or note): a thing is odd\n\n\
         What it means\n  One line.\n  Another.\n\n\
         Why it is checked\n  It breaks.\n\n\
         What to do\n  Mend it.\n\n\
         What is behind it\n  Read with `Describe`."
    );
}

#[test]
fn unknown_missing_and_repeated_parts_of_a_page_are_refused_with_their_line() {
    for (wrong, told) in [
        (PAGE.replace("  mend:", "  mnd:"), "line 9, column 3"),
        (PAGE.replace("[error, note]", "[fatal]"), "line 3,"),
        (format!("{PAGE}  fact: Again.\n"), "line 11,"),
        (
            PAGE.replace("  reason: It breaks.\n", ""),
            "missing key `reason`",
        ),
    ] {
        let error = read(&wrong).expect_err("it is no page").to_string();
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn each_page_is_found_by_its_code_and_no_code_has_two() {
    for page in pages() {
        assert_eq!(explain(&page.code), Some(page));
    }
    assert!(pages().windows(2).all(|pair| pair[0].code < pair[1].code));
    assert_eq!(explain("network"), None);
    assert_eq!(explain(""), None);
}

#[test]
fn pages_are_whole_and_their_lines_short() {
    for page in pages() {
        let code = &page.code;
        let words: Vec<&str> = code.split('/').collect();
        assert!(words.len() == 2 && !words.contains(&""), "{code}");
        assert!(!page.title.ends_with('.'), "{code}: {}", page.title);
        assert!(!page.severity.is_empty(), "{code}");
        for (heading, text) in page.sections() {
            let is_clean = !text.is_empty() && !text.ends_with('\n');
            assert!(is_clean, "{code}: {heading}");
            let long = text.lines().find(|line| line.chars().count() > 100);
            assert_eq!(long, None, "{code}: {heading}");
            let ends = heading == Page::EXAMPLE || text.ends_with('.');
            assert!(ends, "{code}: {heading} is a sentence");
        }
    }
}

#[test]
fn related_codes_have_pages_of_their_own() {
    for page in pages() {
        for related in &page.related {
            assert!(explain(related).is_some(), "{}: {related}", page.code);
            assert_ne!(related, &page.code);
        }
    }
}

#[test]
fn only_codes_that_are_near_are_told_the_nearest_first() {
    assert_eq!(nearest("network/abset"), ["network/absent"]);
    assert_eq!(nearest("idenity/rot"), ["identity/root"]);
    assert_eq!(nearest("route/use").first(), Some(&"route/used"));
    assert!(nearest("rule/use").len() <= NEAR);
    assert!(nearest("something else").is_empty());
    assert!(nearest("").is_empty());
}

/// Commands among the examples begin so.
const COMMAND: &str = "landbridge ";

#[test]
fn examples_have_the_form_of_a_topology() {
    for page in pages() {
        let example = page.example.as_deref();
        let Some(part) = example.filter(|part| !part.starts_with(COMMAND)) else {
            continue;
        };
        let whole = whole(part);
        let topology: Result<Topology, _> = parse_text(&whole);
        if let Err(error) = topology {
            panic!("{}: {}\n{whole}", page.code, refused(&error, &whole));
        }
    }
}

// With what stands around the part of a topology that an example shows.
fn whole(part: &str) -> String {
    let (list, keys) = match part.split(':').next() {
        Some("subnets") => ("networks", "name: n, account: a, region: r1"),
        Some("hub") => ("interconnects", "name: i, owner: a, members: [x]"),
        Some("rules") => ("firewalls", "name: f, networks: []"),
        Some("accounts") => return format!("name: demo\n{part}"),
        _ => return format!("name: demo\naccounts: []\n{part}"),
    };
    let keys = keys.replace(", ", "\n    ");
    let part = part.replace('\n', "\n    ");
    format!("name: demo\naccounts: []\n{list}:\n  - {keys}\n    {part}")
}
