//! A small writer of XML: elements are added one after the other, texts are escaped.

use std::fmt::{Display, Write};

/// A sequence of elements.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Xml(String);

impl Xml {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// `<return>true</return>`, the answer of operations that have nothing to tell.
    pub(crate) fn done() -> Self {
        Self::new().leaf("return", true)
    }

    /// An element with a text.
    pub(crate) fn leaf(mut self, name: &str, text: impl Display) -> Self {
        let text = escaped(&text.to_string());
        // Writing to a string cannot fail.
        let _ = write!(self.0, "<{name}>{text}</{name}>");
        self
    }

    /// An element with a text, or nothing at all.
    pub(crate) fn maybe(self, name: &str, text: Option<impl Display>) -> Self {
        match text {
            Some(text) => self.leaf(name, text),
            None => self,
        }
    }

    /// An element with elements inside.
    pub(crate) fn node(mut self, name: &str, inside: Self) -> Self {
        let _ = write!(self.0, "<{name}>{}</{name}>", inside.0);
        self
    }

    /// A list the way EC2 writes it, `<name><item>…</item>…</name>`.
    pub(crate) fn items(self, name: &str, items: impl IntoIterator<Item = Self>) -> Self {
        self.list(name, "item", items)
    }

    /// A list the way STS and IAM write it, `<name><member>…</member>…</name>`.
    pub(crate) fn members(self, name: &str, items: impl IntoIterator<Item = Self>) -> Self {
        self.list(name, "member", items)
    }

    fn list(self, name: &str, element: &str, items: impl IntoIterator<Item = Self>) -> Self {
        let inside = items
            .into_iter()
            .fold(Self::new(), |all, item| all.node(element, item));
        self.node(name, inside)
    }

    /// A bare text, for lists of texts.
    pub(crate) fn text(text: &str) -> Self {
        Self(escaped(text))
    }

    /// Appends what is in `other`.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.0.push_str(&other.0);
        self
    }

    /// A whole document with this as the content of its root.
    pub(crate) fn document(self, root: &str, namespace: Option<&str>) -> String {
        let attribute = namespace
            .map(|namespace| format!(" xmlns=\"{namespace}\""))
            .unwrap_or_default();
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root}{attribute}>{}</{root}>",
            self.0
        )
    }
}

/// Characters that XML 1.0 cannot hold become question marks.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\r' => escaped.push_str("&#13;"),
            '\n' | '\t' => escaped.push(letter),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {
                escaped.push('?');
            }
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_nest_and_texts_are_escaped() {
        let item = |name: &str| Xml::new().leaf("key", name);
        let xml = Xml::new()
            .items("tagSet", [item("a<b"), item("\u{1}&")])
            .maybe("nextToken", None::<&str>)
            .node("state", Xml::new().leaf("code", 16));
        assert_eq!(
            xml.document("R", Some("urn:x")),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<R xmlns=\"urn:x\"><tagSet><item><key>a&lt;b</key></item>\
             <item><key>?&amp;</key></item></tagSet><state><code>16</code></state></R>"
        );
    }
}
