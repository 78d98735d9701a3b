//! A page for each code of a [`Finding`](crate::preflight::Finding): what it means and what to do.
//!
//! The pages are the files `data/findings/*.yaml` of this crate. `landbridge explain` and `docs/FINDINGS.md` show them.
//!
//! ```
//! use landbridge_core::findings::explain;
//!
//! let page = explain("identity/root").expect("each code has a page");
//! assert_eq!(page.group(), "identity");
//! println!("{page}");
//! ```

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::preflight::Severity;
use crate::topology::{TopologyError, parse_text, refused};

/// What a code of a finding means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Page {
    /// The code, such as `identity/root`.
    pub code: String,
    /// What was found, in a few words.
    pub title: String,
    /// The severities that findings with this code can have, the worst first.
    pub severity: Vec<Severity>,
    /// What it means. This and the other texts have lines of 100 characters at most.
    pub meaning: String,
    /// Why it is checked: what would happen otherwise.
    pub reason: String,
    /// What to do about it.
    pub mend: String,
    /// Lines of a topology file, or a command, that show it.
    #[serde(default)]
    pub example: Option<String>,
    /// What the check reads, or the fact that it relies on.
    pub fact: String,
    /// Codes that are about the same thing.
    #[serde(default)]
    pub related: Vec<String>,
}

impl Page {
    /// The heading of the example, which is code and not prose.
    pub const EXAMPLE: &'static str = "Example";

    /// The first word of the code, such as `identity`.
    pub fn group(&self) -> &str {
        let (group, _) = self.code.split_once('/').unwrap_or((&self.code, ""));
        group
    }

    /// The severities as text, such as `error or warning`.
    pub fn severities(&self) -> String {
        let all: Vec<&str> = self.severity.iter().map(|one| one.as_str()).collect();
        all.join(" or ")
    }

    /// The parts of the page below its title, with their headings.
    pub fn sections(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            ("What it means", Some(&self.meaning)),
            ("Why it is checked", Some(&self.reason)),
            ("What to do", Some(&self.mend)),
            (Self::EXAMPLE, self.example.as_ref()),
            ("What is behind it", Some(&self.fact)),
        ];
        let all = all.into_iter();
        all.filter_map(|(heading, text)| Some((heading, text?.as_str())))
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.code, self.severities(), self.title)?;
        for (heading, text) in self.sections() {
            write!(f, "\n\n{heading}")?;
            for line in text.lines() {
                write!(f, "\n  {line}")?;
            }
        }
        match self.related.is_empty() {
            true => Ok(()),
            false => write!(f, "\n\nRelated: {}", self.related.join(", ")),
        }
    }
}

/// The files of pages.
const FILES: &[&str] = &[
    include_str!("../../data/findings/accounts.yaml"),
    include_str!("../../data/findings/agents.yaml"),
    include_str!("../../data/findings/drift.yaml"),
    include_str!("../../data/findings/firewalls.yaml"),
    include_str!("../../data/findings/hubs.yaml"),
    include_str!("../../data/findings/networks.yaml"),
    include_str!("../../data/findings/peerings.yaml"),
    include_str!("../../data/findings/permits.yaml"),
    include_str!("../../data/findings/quotas.yaml"),
    include_str!("../../data/findings/routes.yaml"),
];

/// All pages, ordered by code.
pub fn pages() -> &'static [Page] {
    static PAGES: LazyLock<Vec<Page>> = LazyLock::new(|| {
        let read = |text| read(text).expect("tests read the pages of this crate");
        let mut pages: Vec<Page> = FILES.iter().copied().flat_map(read).collect();
        pages.sort_by(|left, right| left.code.cmp(&right.code));
        pages
    });
    &PAGES
}

/// The page of a code.
pub fn explain(code: &str) -> Option<&'static Page> {
    let pages = pages();
    let at = pages.binary_search_by(|page| page.code.as_str().cmp(code));
    at.ok().and_then(|at| pages.get(at))
}

/// The codes that are nearest to what was typed, the nearest first; none where none is near.
pub fn nearest(typed: &str) -> Vec<&'static str> {
    // One mistake in three letters still looks like a typing mistake.
    let most = (typed.chars().count() / 3).max(1);
    let codes = pages().iter().map(|page| page.code.as_str());
    let distances = codes.map(|code| (strsim::osa_distance(typed, code), code));
    let mut near: Vec<(usize, &str)> = distances.filter(|(far, _)| *far <= most).collect();
    near.sort_unstable();
    near.truncate(NEAR);
    near.into_iter().map(|(_, code)| code).collect()
}

/// How many near codes are told.
const NEAR: usize = 3;

// Unknown and missing keys are refused with line and column.
fn read(text: &str) -> Result<Vec<Page>, TopologyError> {
    parse_text(text).map_err(|error| refused(&error, text))
}
