//! HTML, written so that nothing from a cloud or a file can become markup: names of tags and attributes are literals, and
//! everything else is escaped.

use std::fmt::Display;

use crate::picture::Picture;
use crate::picture::text::xml;

/// A document while it grows.
#[derive(Debug, Default)]
pub(super) struct Html(String);

impl Html {
    /// Markup of ours.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text of anybody. Control characters are shown as escapes.
    pub(super) fn text(&mut self, text: impl Display) -> &mut Self {
        self.0.push_str(&xml(&text.to_string()));
        self
    }

    /// Text of ours and others, in which backticks stand around what is typed.
    pub(super) fn marked(&mut self, text: &str) -> &mut Self {
        let parts: Vec<&str> = text.split('`').collect();
        for (index, part) in parts.iter().enumerate() {
            // A backtick without a second one is only that.
            match (index % 2 == 1, index + 1 == parts.len()) {
                (true, false) => self.span("code", "", part),
                (true, true) => self.raw("`").text(part),
                (false, _) => self.text(part),
            };
        }
        self
    }

    /// Text of several lines, for `pre`.
    pub(super) fn lines(&mut self, text: &str) -> &mut Self {
        let lines: Vec<String> = text.lines().map(xml).collect();
        self.0.push_str(&lines.join("\n"));
        self
    }

    /// The begin of an element. An attribute without a value is one that stands alone.
    pub(super) fn open(
        &mut self,
        name: &'static str,
        attributes: &[(&'static str, &str)],
    ) -> &mut Self {
        self.0.push('<');
        self.0.push_str(name);
        for (attribute, value) in attributes {
            self.0.push(' ');
            self.0.push_str(attribute);
            if !value.is_empty() {
                self.0.push_str("=\"");
                self.0.push_str(&xml(value));
                self.0.push('"');
            }
        }
        self.0.push('>');
        self
    }

    /// The end of an element, and of the line.
    pub(super) fn close(&mut self, name: &'static str) -> &mut Self {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push_str(">\n");
        self
    }

    /// An element with nothing but text in it.
    pub(super) fn element(
        &mut self,
        name: &'static str,
        attributes: &[(&'static str, &str)],
        text: impl Display,
    ) -> &mut Self {
        self.open(name, attributes).text(text).close(name)
    }

    /// Likewise, inside a line.
    pub(super) fn span(
        &mut self,
        name: &'static str,
        class: &'static str,
        text: impl Display,
    ) -> &mut Self {
        match class {
            "" => self.open(name, &[]),
            class => self.open(name, &[("class", class)]),
        };
        self.text(text);
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
        self
    }

    /// A picture, whose own texts are escaped.
    pub(super) fn picture(&mut self, picture: &Picture) -> &mut Self {
        self.0.push_str(&picture.to_svg());
        self
    }

    /// What is written so far.
    pub(super) fn into_text(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_say_is_never_markup() {
        let hostile = "\"><script>alert('x')</script>&\u{202e}\u{1b}";
        let mut html = Html::default();
        html.element("p", &[("title", hostile), ("hidden", "")], hostile);
        html.span("code", "", hostile).lines(hostile);
        html.marked("run `a <b>` or `c");
        let text = html.into_text();
        assert!(!text.contains("<script"), "{text}");
        assert!(
            text.ends_with("run <code>a &lt;b&gt;</code> or `c"),
            "{text}"
        );
        assert!(!text.contains("\"&quot;&gt;\""), "{text}");
        assert!(
            text.starts_with("<p title=\"&quot;&gt;&lt;script&gt;"),
            "{text}"
        );
        assert!(text.contains(" hidden>"), "{text}");
        assert!(text.contains("\\u{202e}\\u{1b}"), "{text}");
    }
}
