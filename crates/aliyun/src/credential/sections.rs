//! The shared file as the vendor's libraries read it, line by line, so that an odd line spoils its own section only.

use std::collections::BTreeMap;

/// The sections of a file, in its order.
#[derive(Default)]
pub(super) struct Sections(Vec<Section>);

/// One section.
pub(super) struct Section {
    /// None if its first line cannot be read.
    name: Option<String>,
    /// Of its name.
    pub(super) line: usize,
    values: BTreeMap<String, String>,
    fault: Option<Fault>,
}

/// What is wrong with a line. It quotes nothing of the file but the name of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) line: usize,
    pub(super) what: String,
}

impl Sections {
    pub(super) fn parse(text: &str) -> Self {
        let mut sections = Self::default();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if is_comment(line) {
                continue;
            }
            if line.starts_with('[') {
                sections.0.push(Section::begin(number, line));
            } else if let Some(section) = sections.0.last_mut() {
                section.add(number, line);
            }
        }
        sections
    }

    /// The section of this name, if the file has it. Fails for one that is there twice or has an odd line, and for an
    /// absent one if a section's name cannot be read, because it may be this one.
    pub(super) fn find(&self, name: &str) -> Result<Option<&Section>, Fault> {
        let mut named = self.0.iter().filter(|section| section.is(name));
        match (named.next(), named.next()) {
            (None, _) => {
                let nameless = self.0.iter().find(|section| section.name.is_none());
                nameless.map_or(Ok(None), |section| section.sound().map(Some))
            }
            (Some(section), None) => section.sound().map(Some),
            (Some(first), Some(second)) => Err(Fault {
                line: second.line,
                what: format!(
                    "expected section [{name}] once, and line {} has it too",
                    first.line
                ),
            }),
        }
    }
}

impl Section {
    fn begin(number: usize, line: &str) -> Self {
        let mut section = Self {
            name: name(line).map(str::to_owned),
            line: number,
            values: BTreeMap::new(),
            fault: None,
        };
        if section.name.is_none() {
            section.spoil(number, "expected `[name]`");
        }
        section
    }

    fn add(&mut self, number: usize, line: &str) {
        let Some((key, value)) = entry(line) else {
            return self.spoil(number, "expected `key = value`");
        };
        let Some(value) = unquoted(value) else {
            return self.spoil(number, "expected a closing quote");
        };
        let former = self
            .values
            .insert(key.to_ascii_lowercase(), value.to_owned());
        if former.is_some() {
            self.spoil(number, "expected each key once in a section");
        }
    }

    // The first fault is told.
    fn spoil(&mut self, line: usize, what: &str) {
        self.fault.get_or_insert_with(|| Fault {
            line,
            what: what.to_owned(),
        });
    }

    fn is(&self, name: &str) -> bool {
        self.name.as_deref() == Some(name.trim())
    }

    fn sound(&self) -> Result<&Self, Fault> {
        self.fault.clone().map_or(Ok(self), Err)
    }

    /// The value of a key, unless it is absent or empty.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        let value = self.values.get(key).map(|value| value.trim());
        value.filter(|value| !value.is_empty())
    }
}

/// The name in `[name]`, which may be quoted and have a comment behind it.
fn name(line: &str) -> Option<&str> {
    let inner = line.strip_prefix('[')?;
    let mut ends = inner.match_indices(']').map(|(at, _)| inner.split_at(at));
    let (name, _) = ends.find(|(_, rest)| is_comment(rest.trim_start_matches(']').trim()))?;
    let name = name.trim();
    let name = match quoted(name) {
        Some((inner, "")) => inner.trim(),
        _ => name,
    };
    (!name.is_empty()).then_some(name)
}

/// The key, which may be quoted, and what is behind its sign.
fn entry(line: &str) -> Option<(&str, &str)> {
    let (key, value) = match quoted(line) {
        Some((key, rest)) => (key, rest.trim_start().strip_prefix(['=', ':'])?),
        None => line.split_once(['=', ':'])?,
    };
    let key = key.trim();
    (!key.is_empty()).then_some((key, value.trim()))
}

/// A value without its quotes or the comment behind it; None for a quote that is not closed.
fn unquoted(value: &str) -> Option<&str> {
    match quoted(value) {
        Some((inner, rest)) if is_comment(rest.trim()) => Some(inner),
        None if value.starts_with(QUOTES) => None,
        _ => value.split(COMMENT).next().map(str::trim),
    }
}

const QUOTES: [char; 3] = ['"', '\'', '`'];
const COMMENT: [char; 2] = ['#', ';'];

/// The quoted text at the beginning, and what is behind it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| QUOTES.contains(c))?;
    text.strip_prefix(quote)?.split_once(quote)
}

/// Whether there is nothing to read.
fn is_comment(line: &str) -> bool {
    line.is_empty() || line.starts_with(COMMENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, section: &str, key: &str) -> Option<String> {
        let sections = Sections::parse(text);
        let section = sections.find(section).expect("sound")?;
        section.get(key).map(str::to_owned)
    }

    fn fault(text: &str, section: &str) -> (usize, String) {
        let sections = Sections::parse(text);
        let fault = sections.find(section).map(|_| ()).expect_err("faulty");
        (fault.line, fault.what)
    }

    #[test]
    fn keys_and_values_are_read_as_the_vendors_libraries_read_them() {
        for line in [
            "k=v",
            "k = v",
            "K : v",
            "\t k\t=  v  ",
            "k = v ; comment",
            "k = v\t# comment",
            "k = v#comment",
            "\"k\" = \"v\" # comment",
            "'k'='v'",
            "`k`: `v`",
            "# first\n; second\n\nk = v\r",
        ] {
            let text = format!("[a]\r\n{line}\n");
            assert_eq!(value(&text, "a", "k").as_deref(), Some("v"), "{line}");
        }
        for (line, expected) in [
            ("k = \"a#b;c\"", Some("a#b;c")),
            ("k = it's", Some("it's")),
            ("k = {\"a\":\"b=c\"}", Some("{\"a\":\"b=c\"}")),
            ("k = acs:ram::1:role/r", Some("acs:ram::1:role/r")),
            ("k = dG9rZW4=", Some("dG9rZW4=")),
            ("k = C:\\keys\\", Some("C:\\keys\\")),
            ("k =", None),
            ("k = ''", None),
            ("k = # nothing", None),
        ] {
            let text = format!("[a]\n{line}\n");
            assert_eq!(value(&text, "a", "k").as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn names_may_be_spaced_quoted_and_followed_by_comments() {
        for head in [
            "[two words]",
            "  [ two words ]  ",
            "[\"two words\"]",
            "['two words'] # comment",
            "[two words]; a [comment]",
        ] {
            let text = format!("{head}\nk = v\n");
            let found = value(&text, "two words", "k");
            assert_eq!(found.as_deref(), Some("v"), "{head}");
        }
        assert_eq!(value("[a]b]\nk=v", "a]b", "k").as_deref(), Some("v"));
        assert_eq!(value("k = v\n[a]\n", "a", "k"), None, "before all sections");
    }

    #[test]
    fn an_odd_line_spoils_its_own_section_only() {
        for (line, what) in [
            ("access_key_secret s3cret", "`key = value`"),
            ("= s3cret", "`key = value`"),
            ("k = \"s3cret", "closing quote"),
            ("k = 1\nK = s3cret", "each key once"),
        ] {
            let text = format!("[good]\nk = v\n[odd]\n{line}\n[other]\nk = w\n");
            assert_eq!(value(&text, "good", "k").as_deref(), Some("v"), "{line}");
            assert_eq!(value(&text, "other", "k").as_deref(), Some("w"), "{line}");
            let (number, told) = fault(&text, "odd");
            assert_eq!(number, 3 + line.lines().count(), "{line}");
            assert!(told.contains(what) && !told.contains("s3cret"), "{told}");
        }
    }

    #[test]
    fn a_name_that_cannot_be_read_gives_its_keys_to_no_other_section() {
        let text = "[a]\nk = v\n[odd\nk = w\n[b]\nk = x\n";
        assert_eq!(value(text, "a", "k").as_deref(), Some("v"));
        assert_eq!(value(text, "b", "k").as_deref(), Some("x"));
        let expected = (3, "expected `[name]`".to_owned());
        assert_eq!(fault(text, "odd"), expected);
    }

    #[test]
    fn a_section_that_is_there_twice_is_refused_by_both_lines() {
        let text = "[a]\nk = v\n[a]\nk = w\n[b]\nk = x\n";
        let (line, what) = fault(text, "a");
        assert!(line == 3 && what.contains("line 1"), "{what}");
        assert_eq!(value(text, "b", "k").as_deref(), Some("x"));
    }
}
