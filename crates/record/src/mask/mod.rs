//! What may be in a recording. Everything else is replaced.
//!
//! Three things must hold for a value to be written: its name is in [`names`], so are the names of everything around it,
//! and each of its [`words`] looks like one that people or clouds make up, not like a key or a token. A secret that was
//! seen in a request or an answer ([`seen`]) is replaced wherever it comes again. A body that cannot be read whole is left
//! out, because nothing in it can be told apart.

mod accounts;
mod form;
mod json;
mod names;
mod seen;
mod words;
mod xml;

use std::sync::Arc;

use accounts::Accounts;
pub(crate) use form::encoded;
use seen::Seen;

use crate::secrets::Secrets;

/// Stands for a value that is not written.
pub(crate) const MASK: &str = "***";

/// Headers that say what is asked for; all others are left out.
const KEPT_OF_REQUESTS: &[&str] = &[
    "content-type",
    "x-acs-action",
    "x-acs-version",
    "x-amz-target",
];

/// Headers of answers that a client reads.
const KEPT_OF_ANSWERS: &[&str] = &[
    "content-type",
    "retry-after",
    "x-acs-request-id",
    "x-acs-retry-after",
    "x-amz-request-id",
    "x-amzn-requestid",
];

/// Headers of requests whose values are secrets that an answer might repeat.
const SECRET_HEADERS: &[&str] = &["x-acs-security-token", "x-amz-security-token"];

/// How deep JSON may be written as text inside of JSON or a parameter.
const NESTED: usize = 3;

/// A text that could be read to its end, and what may be written of it.
#[derive(Debug, PartialEq, Eq)]
enum Masked {
    /// All of it.
    Same,
    /// This instead.
    Changed(String),
}

/// What one recording knows: which stand-in stands for which account, and which secrets were seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Masker {
    accounts: Accounts,
    seen: Seen,
}

impl Masker {
    /// Remembers a secret that is in no request and no answer, and may be repeated in one all the same.
    pub(crate) fn remember(&mut self, secret: &str) {
        self.seen.add(secret);
    }

    /// Every secret that was seen.
    pub(crate) fn secrets(&self) -> Arc<Secrets> {
        Arc::clone(self.seen.all())
    }

    /// A text with the stand-ins of accounts.
    pub(crate) fn stand_ins(&mut self, text: &str) -> String {
        self.accounts.replace(text)
    }

    /// The headers of a request that are written.
    pub(crate) fn request_headers(
        &mut self,
        headers: &[(String, String)],
    ) -> Vec<(String, String)> {
        let secret = |name: &str| {
            SECRET_HEADERS
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name))
        };
        for (_, value) in headers.iter().filter(|(name, _)| secret(name)) {
            self.seen.add(value);
        }
        self.headers(headers, KEPT_OF_REQUESTS)
    }

    /// The headers of an answer that are written.
    pub(crate) fn answer_headers(&mut self, headers: &[(String, String)]) -> Vec<(String, String)> {
        self.headers(headers, KEPT_OF_ANSWERS)
    }

    fn headers(&mut self, headers: &[(String, String)], kept: &[&str]) -> Vec<(String, String)> {
        let mut headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .filter(|(name, _)| kept.contains(&name.as_str()))
            .map(|(name, value)| (name, self.words(&one_line(value))))
            .collect();
        headers.sort();
        headers
    }

    /// The name of an operation, for the name of a file.
    pub(crate) fn operation(&mut self, name: &str) -> String {
        match self.words(name) {
            same if same == name => same,
            _ => "Masked".to_owned(),
        }
    }

    /// A path with its query.
    pub(crate) fn path(&mut self, path: &str) -> String {
        let (path, query) = path
            .split_once('?')
            .map_or((path, None), |(path, query)| (path, Some(query)));
        let path = self.words(&one_line(path));
        match query {
            None => path,
            Some(query) => format!("{path}?{}", self.form(query)),
        }
    }

    /// The body of a request; none if it is no text of a known form.
    pub(crate) fn request_body(&mut self, body: &[u8], kind: &str) -> Option<String> {
        let text = std::str::from_utf8(body).ok()?;
        if text.is_empty() || kind.starts_with("application/x-www-form-urlencoded") {
            return Some(self.form(text));
        }
        self.document(text)
    }

    /// The body of an answer; none if it cannot be read whole, as JSON or XML.
    pub(crate) fn answer_body(&mut self, body: &[u8], kind: Option<&str>) -> Option<String> {
        let text = std::str::from_utf8(body).ok()?;
        if text.trim().is_empty() {
            return Some(String::new());
        }
        let is_known = |kind: &str| kind.contains("json") || kind.contains("xml");
        // What clients read as JSON or XML is told by its beginning where the header is missing.
        if !kind.is_none_or(|kind| is_known(&kind.to_ascii_lowercase())) {
            return None;
        }
        self.document(text)
    }

    fn document(&mut self, text: &str) -> Option<String> {
        let masked = match text.trim_start().bytes().next()? {
            b'{' | b'[' => json::mask(text, self, true, NESTED)?,
            b'<' => xml::mask(text, self)?,
            _ => return None,
        };
        Some(match masked {
            Masked::Same => text.to_owned(),
            Masked::Changed(text) => text,
        })
    }

    fn form(&mut self, text: &str) -> String {
        form::mask(text, self)
    }

    /// The value of something whose name may be written.
    fn value(&mut self, value: &str, nested: usize) -> String {
        let start = value.trim_start().bytes().next();
        if matches!(start, Some(b'{' | b'[')) && nested > 0 {
            return match json::mask(value, self, true, nested - 1) {
                Some(Masked::Same) => value.to_owned(),
                Some(Masked::Changed(text)) => text,
                None => MASK.to_owned(),
            };
        }
        // A policy is encoded like a parameter, in answers of AWS.
        if value.starts_with("%7B") || value.starts_with("%5B") {
            return form::decoded(value).map_or(MASK.to_owned(), |decoded| {
                let masked = self.value(&decoded, nested);
                if masked == decoded {
                    value.to_owned()
                } else {
                    form::encoded(&masked)
                }
            });
        }
        self.words(value)
    }

    /// A text without words that may be secrets, and with stand-ins of account IDs.
    fn words(&mut self, text: &str) -> String {
        if is_mask(text) {
            return MASK.to_owned();
        }
        let text = words::mask(&self.seen.hide(text));
        self.accounts.replace(&text)
    }

    /// What is written instead of a value whose name may not be written: how long it is, roughly.
    fn instead(&mut self, name: &str, value: &str) -> String {
        if names::is_secret(name) {
            self.seen.add(value);
        }
        placeholder(value)
    }

    /// A name that is not one of [`names`]. Names are made up by programs, so most may be read.
    fn name(&mut self, name: &str) -> String {
        if name.len() <= 64 {
            self.words(name)
        } else {
            MASK.to_owned()
        }
    }
}

fn placeholder(value: &str) -> String {
    match value.len() {
        0 => String::new(),
        _ if is_mask(value) => value.to_owned(),
        1..16 => MASK.to_owned(),
        16..64 => format!("{MASK}16{MASK}"),
        64..256 => format!("{MASK}64{MASK}"),
        256..1024 => format!("{MASK}256{MASK}"),
        _ => format!("{MASK}1024{MASK}"),
    }
}

fn is_mask(value: &str) -> bool {
    let inside = value.strip_prefix(MASK).and_then(|rest| {
        if rest.is_empty() {
            Some(rest)
        } else {
            rest.strip_suffix(MASK)
        }
    });
    inside.is_some_and(|size| ["", "16", "64", "256", "1024"].contains(&size))
}

/// A value that cannot begin another line of the file.
fn one_line(text: &str) -> String {
    text.replace(|letter: char| letter.is_control(), " ")
}

#[cfg(test)]
mod tests;
