//! Every code of a finding has a page, every page is of a code, and `docs/FINDINGS.md` shows the pages.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use landbridge_core::findings::{Page, pages};
use landbridge_core::preflight::Severity;

/// The severities of each code.
type Codes = BTreeMap<String, BTreeSet<Severity>>;

/// Severities that a finding gets after it is made.
const LATER: &[(&str, Severity)] = &[("route/shadowed", Severity::Warning)];

/// The constructors of findings.
const MADE: &[(&str, Severity)] = &[
    ("Finding::error(", Severity::Error),
    ("Finding::warning(", Severity::Warning),
    ("Finding::note(", Severity::Note),
];

#[test]
fn each_code_of_the_source_has_a_page_with_its_severities_and_no_page_is_left_over() {
    let mut codes = Codes::new();
    for file in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let text = std::fs::read_to_string(&file).expect("a source is text");
        let unread = scan(&text, &mut codes);
        assert_eq!(unread, None, "{}: what is the code?", file.display());
    }
    for (code, severity) in LATER {
        codes
            .entry((*code).to_owned())
            .or_default()
            .insert(*severity);
    }
    assert!(codes.len() > 100, "the scan finds the codes");
    let of_page = |page: &Page| {
        let severity: BTreeSet<Severity> = page.severity.iter().copied().collect();
        (page.code.clone(), severity)
    };
    assert_eq!(codes, pages().iter().map(of_page).collect());
}

#[test]
fn severities_of_a_page_are_in_order() {
    for page in pages() {
        assert!(page.severity.is_sorted(), "{}", page.code);
    }
}

#[test]
fn a_scan_finds_literals_and_the_codes_of_a_table() {
    let mut codes = Codes::new();
    let text = "
        Finding::note(
            \"a/b\", subject);
        X { code: \"c/d\" } X { code: \"e/f\" }
        Finding::warning(counted.code, subject)";
    assert_eq!(scan(text, &mut codes), None);
    let told: Vec<(&str, Severity)> = codes
        .iter()
        .flat_map(|(code, all)| all.iter().map(move |one| (code.as_str(), *one)))
        .collect();
    let (note, warning) = (Severity::Note, Severity::Warning);
    assert_eq!(told, [("a/b", note), ("c/d", warning), ("e/f", warning)]);
    let other = "Finding::error(code, subject)";
    assert_eq!(scan(other, &mut codes).as_deref(), Some("code"));
}

/// Adds the codes of a source. Gives back an argument that is no code.
fn scan(text: &str, codes: &mut Codes) -> Option<String> {
    for (call, severity) in MADE {
        for after in text.split(call).skip(1).map(str::trim_start) {
            let argument = after.split(',').next().unwrap_or_default();
            let made: Vec<&str> = match argument.strip_prefix('"') {
                Some(literal) => vec![literal.trim_end_matches('"')],
                None if argument == "counted.code" => of_table(text),
                None => return Some(argument.to_owned()),
            };
            for code in made {
                codes.entry(code.to_owned()).or_default().insert(*severity);
            }
        }
    }
    None
}

/// The codes of a table of what is counted.
fn of_table(text: &str) -> Vec<&str> {
    let rows = text.split("code: \"").skip(1);
    rows.filter_map(|row| row.split('"').next()).collect()
}

/// All Rust files of a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let files = paths.flat_map(|path| match path.is_dir() {
        true => sources(&path),
        false => vec![path],
    });
    files
        .filter(|path| path.extension().is_some_and(|end| end == "rs"))
        .collect()
}

#[test]
fn the_page_of_all_findings_is_that_of_the_source() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/FINDINGS.md");
    let made = document();
    if std::env::var_os("LANDBRIDGE_BLESS").is_some() {
        std::fs::write(file, &made).expect("docs/FINDINGS.md can be written");
    }
    let committed = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        committed == made,
        "docs/FINDINGS.md is stale: run this test with LANDBRIDGE_BLESS=1"
    );
}

const HEAD: &str = "\
# Findings

What the findings of `plan`, `apply`, `verify`, `destroy` and `firewall` mean, by code. `landbridge explain CODE` prints the
same; in Rust, `landbridge_core::findings`. An **error** stops a command before its first write, a **warning** tells a
consequence, a **note** tells what was chosen or is used.

Written from `crates/core/data/findings` by `LANDBRIDGE_BLESS=1 cargo test -p landbridge-core --test it findings`.

| code | severity | what was found |
| --- | --- | --- |
";

fn document() -> String {
    let mut text = HEAD.to_owned();
    for page in pages() {
        let (link, severities, title) = (link(&page.code), page.severities(), &page.title);
        let _ = writeln!(text, "| {link} | {severities} | {title} |");
    }
    let mut group = "";
    for page in pages() {
        if page.group() != group {
            group = page.group();
            let _ = write!(text, "\n## {group}\n");
        }
        section(&mut text, page);
    }
    text
}

fn section(text: &mut String, page: &Page) {
    let severities = page.severities();
    let _ = write!(
        text,
        "\n### {}\n\n*{severities}:* {}\n",
        page.code, page.title
    );
    for (heading, part) in page.sections() {
        let _ = match heading {
            Page::EXAMPLE => write!(text, "\n```{}\n{part}\n```\n", language(part)),
            _ => write!(text, "\n**{heading}.** {part}\n"),
        };
    }
    let related: Vec<String> = page.related.iter().map(|code| link(code)).collect();
    if !related.is_empty() {
        let _ = write!(text, "\nRelated: {}\n", related.join(", "));
    }
}

fn language(example: &str) -> &'static str {
    match example.starts_with("landbridge ") {
        true => "sh",
        false => "yaml",
    }
}

/// A link to the section of a code.
fn link(code: &str) -> String {
    format!("[{code}](#{})", code.replace('/', ""))
}
