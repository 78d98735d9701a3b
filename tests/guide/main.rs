//! The guide and all other Markdown files: links lead somewhere, every page is in the book, and what is written from the
//! source is that of the source.

mod markdown;
mod written;

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use markdown::{anchors, links};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The Markdown files under a folder, but those of hidden folders and of the build.
fn pages(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_symlink() || name.starts_with('.') || name == "target" {
            continue;
        }
        if path.is_dir() {
            found.extend(pages(&path));
        } else if name.ends_with(".md") {
            found.insert(path);
        }
    }
    found
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

/// What is wrong with a link of a page.
fn broken(page: &Path, target: &str) -> Option<String> {
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = match file {
        "" => page.to_owned(),
        file => plain(&page.parent()?.join(file)),
    };
    if !path.exists() {
        return Some(format!("there is no {}", path.display()));
    }
    if anchor.is_empty() || path.extension().is_none_or(|end| end != "md") {
        return None;
    }
    let known = anchors(&read(&path));
    (!known.contains(anchor)).then(|| format!("{} has no #{anchor}", path.display()))
}

#[test]
fn every_link_of_every_page_leads_somewhere() {
    let pages = pages(root());
    assert!(pages.len() > 30, "all of them: {}", pages.len());
    let (mut count, mut wrong) = (0, Vec::new());
    for page in &pages {
        for link in links(&read(page)) {
            count += 1;
            if let Some(problem) = broken(page, &link) {
                wrong.push(format!("{}: ({link}): {problem}", page.display()));
            }
        }
    }
    assert!(count > 150, "the links are found: {count}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_broken_link_is_seen() {
    let page = root().join("README.md");
    assert_eq!(broken(&page, "docs/STYLE.md#words"), None);
    assert_eq!(broken(&page, "#compared-with-terraform-and-ros"), None);
    for wrong in ["docs/NOTHING.md", "docs/STYLE.md#nothing", "#nothing"] {
        assert!(broken(&page, wrong).is_some(), "{wrong}");
    }
}

#[test]
fn the_book_has_every_page_once() {
    let docs = root().join("docs");
    let summary = docs.join("SUMMARY.md");
    let listed: Vec<PathBuf> = links(&read(&summary))
        .iter()
        .map(|link| docs.join(link))
        .collect();
    let unique: BTreeSet<PathBuf> = listed.iter().cloned().collect();
    assert_eq!(unique.len(), listed.len(), "a page is listed twice");
    let mut there = pages(&docs);
    there.remove(&summary);
    assert_eq!(unique, there);
}

#[test]
fn what_pages_of_the_book_include_is_there() {
    let mut count = 0;
    for page in pages(&root().join("docs")) {
        let text = read(&page);
        for include in text.split("{{#include ").skip(1) {
            let file = include.split("}}").next().unwrap_or_default();
            let path = plain(&page.parent().expect("a folder").join(file));
            assert!(path.is_file(), "{}: {file}", page.display());
            count += 1;
        }
    }
    assert!(count >= 2, "{count}");
}
