//! Sections of a page: paragraphs, tables and texts as a terminal shows them.

use super::html::Html;

/// So many lines are seen at once.
const SHORT: usize = 12;

/// A section of a page.
#[derive(Clone, Debug)]
pub struct Section {
    title: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Paragraph(String),
    Lines(String),
    Table {
        headings: Vec<String>,
        rows: Vec<Vec<String>>,
    },
}

impl Section {
    /// A section with this heading.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            parts: Vec::new(),
        }
    }

    /// Adds a paragraph.
    #[must_use]
    pub fn with_paragraph(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part::Paragraph(text.into()));
        self
    }

    /// Adds lines of text as a terminal shows them. Of more than twelve a reader opens them.
    #[must_use]
    pub fn with_lines(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part::Lines(text.into()));
        self
    }

    /// Adds a table.
    #[must_use]
    pub fn with_table<H, R, C>(
        mut self,
        headings: impl IntoIterator<Item = H>,
        rows: impl IntoIterator<Item = R>,
    ) -> Self
    where
        H: Into<String>,
        R: IntoIterator<Item = C>,
        C: Into<String>,
    {
        let row = |row: R| row.into_iter().map(Into::into).collect();
        self.parts.push(Part::Table {
            headings: headings.into_iter().map(Into::into).collect(),
            rows: rows.into_iter().map(row).collect(),
        });
        self
    }

    pub(super) fn write(&self, html: &mut Html) {
        html.raw("<section>\n").element("h2", &[], &self.title);
        self.parts.iter().for_each(|part| part.write(html));
        html.raw("</section>\n");
    }
}

impl Part {
    fn write(&self, html: &mut Html) {
        match self {
            Self::Paragraph(text) => {
                html.element("p", &[], text);
            }
            Self::Lines(text) => {
                let lines = text.lines().count();
                if lines <= SHORT {
                    html.raw("<pre>").lines(text).raw("</pre>\n");
                    return;
                }
                html.raw("<details><summary>")
                    .text(format_args!("show {lines} lines"));
                html.raw("</summary>\n<pre>")
                    .lines(text)
                    .raw("</pre></details>\n");
            }
            Self::Table { headings, rows } => table(headings, rows, html),
        }
    }
}

fn table(headings: &[String], rows: &[Vec<String>], html: &mut Html) {
    html.raw("<div class=\"scroll\"><table class=\"list\">\n<thead><tr>");
    for heading in headings {
        html.element("th", &[("scope", "col")], heading);
    }
    html.raw("</tr></thead>\n<tbody>\n");
    for row in rows {
        html.raw("<tr>");
        for cell in row {
            html.element("td", &[], cell);
        }
        html.raw("</tr>\n");
    }
    html.raw("</tbody></table></div>\n");
}
