//! Reports as one HTML page: a file that needs no other file, no server and no network.
//!
//! The page has its style, its picture and its small script inside. Its content security policy lets it load nothing and run
//! no script but that one. Without JavaScript everything can be read; the script adds the filter and the search. Whatever
//! comes from a cloud or a file is escaped.
//!
//! ```
//! use landbridge_core::page::{Page, Section};
//!
//! let page = Page::new("Calls of <net>").with_section(
//!     Section::new("Calls").with_table(["operation", "status"], [["CreateVpc", "200"]]),
//! );
//! let html = page.to_html();
//! assert!(html.contains("<h1>Calls of &lt;net&gt;</h1>"));
//! assert!(!html.contains("http://") && !html.contains("https://"));
//! ```

mod html;
mod matrix;
mod pairs;
mod second;
mod section;
mod verified;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::verify::VerifyDocument;

use html::Html;
pub use section::Section;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// A report as one HTML page. The same input gives the same bytes.
#[derive(Clone, Debug)]
pub struct Page<'a> {
    title: String,
    facts: Vec<(String, String)>,
    verification: Option<&'a VerifyDocument>,
    before: Vec<Section>,
    after: Vec<Section>,
}

impl<'a> Page<'a> {
    /// A page with this heading.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            facts: Vec::new(),
            verification: None,
            before: Vec::new(),
            after: Vec::new(),
        }
    }

    /// The page of a verification.
    pub fn of_verification(document: &'a VerifyDocument) -> Self {
        let title = format!("Verify report: {}", document.topology);
        let mut page = Self::new(title).with_verification(document);
        page.facts = verified::facts(document);
        page
    }

    /// Adds a fact to the head of the page.
    #[must_use]
    pub fn with_fact(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.facts.push((name.into(), value.into()));
        self
    }

    /// Adds the verdicts of a verification.
    #[must_use]
    pub fn with_verification(mut self, document: &'a VerifyDocument) -> Self {
        self.verification = Some(document);
        self
    }

    /// Adds a section: before the verdicts, if they are added later.
    #[must_use]
    pub fn with_section(mut self, section: Section) -> Self {
        match self.verification {
            None => self.before.push(section),
            Some(_) => self.after.push(section),
        }
        self
    }

    /// The page as one HTML document.
    pub fn to_html(&self) -> String {
        let mut html = Html::default();
        html.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        let policy = policy();
        let policy: &[(&str, &str)] = &[
            ("http-equiv", "Content-Security-Policy"),
            ("content", &policy),
        ];
        html.open("meta", policy).raw(
            "\n<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n",
        );
        html.element("title", &[], &self.title);
        html.raw("<style>\n")
            .raw(STYLE)
            .raw("</style>\n</head>\n<body>\n");
        html.raw("<header>\n").element("h1", &[], &self.title);
        self.write_facts(&mut html);
        html.raw("</header>\n<main>\n");
        self.before.iter().for_each(|one| one.write(&mut html));
        if let Some(document) = self.verification {
            verified::write(document, &mut html);
        }
        self.after.iter().for_each(|one| one.write(&mut html));
        if self.verification.is_some() {
            verified::words(&mut html);
        }
        html.raw("</main>\n<script>")
            .raw(SCRIPT)
            .raw("</script>\n</body>\n</html>\n");
        html.into_text()
    }

    fn write_facts(&self, html: &mut Html) {
        if self.facts.is_empty() {
            return;
        }
        html.raw("<dl class=\"facts\">\n");
        for (name, value) in &self.facts {
            html.raw("<div>")
                .span("dt", "", name)
                .element("dd", &[], value)
                .raw("</div>\n");
        }
        html.raw("</dl>\n");
    }
}

// Nothing is fetched, and no script runs but ours, whatever stands in the page.
fn policy() -> String {
    let digest = STANDARD.encode(Sha256::digest(SCRIPT));
    format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
}
