//! As much of Markdown as links and headings need.

use std::collections::BTreeSet;

/// The lines outside of code blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// A line without what stands between backticks.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("``")
}

/// The targets of links and pictures in the repository: no addresses, and no paths of Rust.
pub(crate) fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in prose(text) {
        // A definition, as in `[name]: target`, has its target behind the colon.
        let line = without_code(line).replace("]: ", "](") + ")";
        for rest in line.split("](").skip(1) {
            let target = rest.split([')', ' ']).next().unwrap_or_default();
            let is_ours = !target.is_empty() && !target.contains("::") && !target.contains("://");
            if is_ours && !target.starts_with("mailto:") {
                found.push(target.to_owned());
            }
        }
    }
    found
}

/// The anchors of headings, as code hosts and mdBook make them.
pub(crate) fn anchors(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in prose(text) {
        let title = line.trim_start_matches('#');
        if title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let name = anchor(title);
        let repeated = (1..).map(|number| format!("{name}-{number}"));
        let mut names = std::iter::once(name.clone()).chain(repeated);
        found.extend(names.find(|name| !found.contains(name)));
    }
    found
}

fn anchor(title: &str) -> String {
    let mut name = String::new();
    for letter in title.trim().chars().flat_map(char::to_lowercase) {
        match letter {
            ' ' => name.push('-'),
            '-' | '_' => name.push(letter),
            letter if letter.is_alphanumeric() => name.push(letter),
            _ => {}
        }
    }
    name
}

#[test]
fn links_and_headings_are_found() {
    let text = "# A `b`/c\n[x](y.md#z) and ![p](q.svg) `[no](no.md)`\n```\n[no](no.md)\n# no\n```\n[d]: e.md\n## A b/c\n[w](https://w)";
    assert_eq!(links(text), ["y.md#z", "q.svg", "e.md"]);
    let expected = ["a-bc", "a-bc-1"].map(str::to_owned);
    assert_eq!(anchors(text), expected.into());
}
