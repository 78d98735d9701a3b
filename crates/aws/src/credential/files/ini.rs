//! A file line by line, as the vendor's own tools read it, so that an odd line spoils its own section only.

/// What is wrong with a line. It quotes nothing of the file but names of sections and keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) line: usize,
    pub(super) what: String,
}

impl Fault {
    pub(super) fn new(line: usize, what: impl Into<String>) -> Self {
        Self {
            line,
            what: what.into(),
        }
    }
}

/// One section.
pub(super) struct Section {
    /// What stands between the brackets; None if they are not closed.
    pub(super) head: Option<String>,
    /// Of its head.
    pub(super) line: usize,
    pub(super) entries: Vec<Entry>,
    /// The first odd line.
    pub(super) fault: Option<Fault>,
}

/// A key and its value.
pub(super) struct Entry {
    /// In small letters.
    pub(super) key: String,
    pub(super) value: String,
    pub(super) line: usize,
    indent: usize,
    /// The lines below that are indented further: they belong to the value.
    below: Vec<(usize, String)>,
}

/// The sections of a file, in its order.
pub(super) struct Ini {
    pub(super) sections: Vec<Section>,
    /// The first line that stands before all sections.
    pub(super) stray: Option<usize>,
}

/// Keys whose value is one line. A further-indented line below belongs to the value for the vendor's tools, so it must not
/// be taken for a key, nor be ignored.
const ONE_LINE: [&str; 20] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "aws_security_token",
    "credential_source",
    "duration_seconds",
    "external_id",
    "login_session",
    "mfa_serial",
    "region",
    "role_arn",
    "role_session_name",
    "source_profile",
    "sso_account_id",
    "sso_region",
    "sso_registration_scopes",
    "sso_role_name",
    "sso_session",
    "sso_start_url",
    "web_identity_token_file",
];

/// A command may go over several lines.
const COMMAND: &str = "credential_process";

impl Ini {
    pub(super) fn parse(text: &str) -> Self {
        let mut ini = Self {
            sections: Vec::new(),
            stray: None,
        };
        for (number, raw) in (1..).zip(text.lines()) {
            let line = raw.trim();
            if is_remark(line) {
                continue;
            }
            let indent = raw.len() - raw.trim_start().len();
            if line.starts_with('[') {
                ini.sections.push(Section::begin(number, line));
            } else if let Some(section) = ini.sections.last_mut() {
                section.add(number, indent, line);
            } else {
                ini.stray.get_or_insert(number);
            }
        }
        for section in &mut ini.sections {
            section.unfold();
        }
        ini
    }
}

impl Section {
    fn begin(line: usize, text: &str) -> Self {
        let head = head(text).map(str::to_owned);
        let fault = head.is_none().then(|| Fault::new(line, "expected `]`"));
        Self {
            head,
            line,
            entries: Vec::new(),
            fault,
        }
    }

    fn add(&mut self, line: usize, indent: usize, text: &str) {
        if let Some(last) = self.entries.last_mut().filter(|last| indent > last.indent) {
            last.below.push((line, text.to_owned()));
            return;
        }
        let Some((key, whole)) = entry(text) else {
            return self.spoil(Fault::new(line, "expected `key = value`"));
        };
        let key = key.to_ascii_lowercase();
        let value = without_remark(whole);
        // Half a command must not run.
        if key == COMMAND && value.len() < whole.len() && has_open_quote(value) {
            let what = "expected no ` #` or ` ;` between quotes: a remark begins there";
            self.spoil(Fault::new(line, what));
        }
        if let Some(first) = self.entries.iter().find(|entry| entry.key == key) {
            let what = format!("expected `{key}` once, and line {} has it too", first.line);
            self.spoil(Fault::new(line, what));
        }
        self.entries.push(Entry {
            key,
            value: value.to_owned(),
            line,
            indent,
            below: Vec::new(),
        });
    }

    fn unfold(&mut self) {
        let mut faults = Vec::new();
        for entry in &mut self.entries {
            faults.extend(entry.unfold());
        }
        faults.into_iter().for_each(|fault| self.spoil(fault));
    }

    /// The first fault is told.
    pub(super) fn spoil(&mut self, fault: Fault) {
        self.fault.get_or_insert(fault);
    }
}

impl Entry {
    /// Joins the lines of a command. Settings below a key that has no value itself are none of ours.
    fn unfold(&mut self) -> Option<Fault> {
        let (line, _) = self.below.first()?;
        if ONE_LINE.contains(&self.key.as_str()) {
            let what = format!(
                "expected the indentation of `{}` in line {}, whose value it continues",
                self.key, self.line
            );
            return Some(Fault::new(*line, what));
        }
        if self.key == COMMAND {
            for (_, more) in &self.below {
                self.value = format!("{} {more}", self.value);
            }
            return None;
        }
        let odd = self.below.iter().find(|(_, text)| !text.contains('='));
        odd.filter(|_| self.value.is_empty())
            .map(|(line, _)| Fault::new(*line, "expected `key = value`"))
    }
}

/// What stands in `[..]`. Behind it may be a remark; other text there is ignored, as the vendor's tools do.
fn head(line: &str) -> Option<&str> {
    let inner = line.strip_prefix('[')?;
    let ends = || inner.match_indices(']').map(|(at, _)| at);
    let closes = |at: &usize| is_remark(inner[at + 1..].trim());
    let at = ends().find(closes).or_else(|| ends().next_back())?;
    Some(inner[..at].trim())
}

/// The key, and the text after its `=` or `:`.
fn entry(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(['=', ':'])?;
    let key = key.trim();
    (!key.is_empty()).then_some((key, value.trim()))
}

fn has_open_quote(text: &str) -> bool {
    let mut open = None;
    for letter in text.chars() {
        match open {
            Some(quote) if quote == letter => open = None,
            None if letter == '"' || letter == '\'' => open = Some(letter),
            _ => {}
        }
    }
    open.is_some()
}

/// A remark begins with `#` or `;` behind white space: either sign may be part of a value.
fn without_remark(value: &str) -> &str {
    let mut after_space = true;
    for (at, letter) in value.char_indices() {
        if after_space && REMARK.contains(&letter) {
            return value[..at].trim_end();
        }
        after_space = letter.is_whitespace();
    }
    value
}

const REMARK: [char; 2] = ['#', ';'];

/// Whether there is nothing to read.
fn is_remark(line: &str) -> bool {
    line.is_empty() || line.starts_with(REMARK)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, key: &str) -> Option<String> {
        let ini = Ini::parse(text);
        let section = &ini.sections[0];
        assert_eq!(section.fault, None, "{text}");
        let entry = section.entries.iter().find(|entry| entry.key == key)?;
        Some(entry.value.clone())
    }

    fn fault(text: &str) -> (usize, String) {
        let ini = Ini::parse(text);
        let fault = ini.sections.into_iter().find_map(|section| section.fault);
        let fault = fault.unwrap_or_else(|| panic!("no fault: {text}"));
        (fault.line, fault.what)
    }

    #[test]
    fn keys_and_values_are_read_as_the_vendors_tools_read_them() {
        for line in [
            "region=v",
            "  region = v  ",
            "\tREGION\t:  v",
            "region = v # remark",
            "region = v\t; remark",
            "# first\n\n  ; second\nregion = v\r",
        ] {
            let text = format!("[a]\n{line}\n");
            assert_eq!(value(&text, "region").as_deref(), Some("v"), "{line}");
        }
        for (line, expected) in [
            ("k = https://x/start/#", "https://x/start/#"),
            ("k = a#b;c", "a#b;c"),
            ("k = dG9rZW4=", "dG9rZW4="),
            ("k = arn:aws:iam::1:role/r", "arn:aws:iam::1:role/r"),
            ("k = \"quoted\"", "\"quoted\""),
            ("k =", ""),
            ("k = # nothing", ""),
        ] {
            let text = format!("[a]\n{line}\n");
            assert_eq!(value(&text, "k").as_deref(), Some(expected), "{line}");
        }
    }

    #[test]
    fn a_section_may_be_indented_as_a_whole() {
        let text = "  [a]\n    region = r\n    role_arn = x\n";
        assert_eq!(value(text, "region").as_deref(), Some("r"));
        assert_eq!(value(text, "role_arn").as_deref(), Some("x"));
    }

    #[test]
    fn settings_below_another_are_no_keys_of_the_section() {
        let text = "[a]\ns3 =\n  region = inner\n\n  # remark\n  other = x\nregion = outer\n";
        assert_eq!(value(text, "region").as_deref(), Some("outer"));
        assert_eq!(value(text, "other"), None);
    }

    #[test]
    fn a_command_may_go_over_several_lines() {
        let text = "[a]\ncredential_process = keys\n  --of me\n";
        let command = value(text, "credential_process");
        assert_eq!(command.as_deref(), Some("keys --of me"));
    }

    #[test]
    fn heads_may_have_remarks_behind_them() {
        for (line, expected) in [
            ("[a]", "a"),
            ("[ a ]", "a"),
            ("[a] # the network team's", "a"),
            ("[a]; see [b]", "a"),
            ("[a] and more", "a"),
            ("[a]b]", "a]b"),
        ] {
            assert_eq!(head(line), Some(expected), "{line}");
        }
        assert_eq!(head("[a"), None);
    }

    #[test]
    fn an_odd_line_is_told_with_its_number_and_without_what_it_says() {
        for (text, line, part) in [
            ("[a]\naws_secret_access_key s3cret", 2, "`key = value`"),
            ("[a]\n= s3cret", 2, "`key = value`"),
            ("[a]\nk = 1\nK = s3cret", 3, "line 2"),
            ("[a\nk = s3cret", 1, "`]`"),
            ("[a]\nregion = r\n  k = s3cret", 3, "`region` in line 2"),
            ("[a]\ns3 =\n  s3cret", 3, "`key = value`"),
            (
                "[a]\ncredential_process = sh -c \"it's s3cret; keys # all\"",
                2,
                "between quotes",
            ),
        ] {
            let (number, what) = fault(text);
            assert_eq!(number, line, "{text}");
            assert!(what.contains(part) && !what.contains("s3cret"), "{what}");
        }
    }

    #[test]
    fn lines_before_all_sections_are_noted() {
        assert_eq!(Ini::parse("# x\nk = v\n[a]\n").stray, Some(2));
        assert_eq!(Ini::parse("# x\n[a]\nk = v\n").stray, None);
    }
}
