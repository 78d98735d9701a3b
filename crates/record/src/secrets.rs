//! The secrets of a run, so that nothing is handed out that holds one.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use regex::Regex;

use crate::mask::encoded;

/// Shorter ones would be found in harmless words.
const SHORTEST: usize = 6;
/// A number of so many digits, such as the code of a second factor, stands in other numbers by chance.
const SHORTEST_NUMBER: usize = 12;

/// How keys and what is signed with them are written, whichever run they are of.
static FORMS: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
    let forms = [
        ("an access key ID of AWS", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
        (
            "an access key ID of Alibaba Cloud",
            r"\bLTAI[A-Za-z0-9]{12,26}\b|\bSTS\.[A-Za-z0-9]{15,}",
        ),
        ("a private key", r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
        ("a signature", r"(?:ACS3|AWS4)-HMAC-SHA256 Credential="),
        (
            "a web token",
            r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.",
        ),
        (
            "the value of a secret",
            r#"(?i)(?:access_?key_?secret|secret_?access_?key|session_?token|security_?token)["']?\s*[:=]\s*["']?[A-Za-z0-9/+_-]{16,}"#,
        ),
    ];
    let compiled = forms.into_iter();
    // They are constants: a test compiles each.
    let compiled = compiled.filter_map(|(what, form)| Some((what, Regex::new(form).ok()?)));
    compiled.collect()
});

/// The secrets that a run has used, and how to find one in what is to be handed out. `Debug` shows none.
#[derive(Default)]
pub struct Secrets(Mutex<BTreeSet<String>>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.known().len())
    }
}

impl Secrets {
    /// Remembers a secret. What is too short to be told from harmless words is not.
    pub fn add(&self, secret: &str) {
        let is_number = secret.bytes().all(|byte| byte.is_ascii_digit());
        let is_short = secret.len() < if is_number { SHORTEST_NUMBER } else { SHORTEST };
        if !is_short && !is_plain_word(secret) {
            self.known().insert(secret.to_owned());
        }
    }

    /// What a text holds that it must not: a secret of this run, in any form, or something that looks like a key. The words say
    /// what it is and not how it reads.
    pub fn find(&self, bytes: &[u8]) -> Option<&'static str> {
        let text = String::from_utf8_lossy(bytes);
        if self.holds_known(&text) {
            return Some("a secret of this run");
        }
        looks_like_key(&text)
    }

    fn holds_known(&self, text: &str) -> bool {
        let known = self.known();
        let mut forms = known.iter().flat_map(|secret| forms(secret));
        forms.any(|form| text.contains(&form))
    }

    fn known(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a text holds that looks like a key, whichever run it is of.
pub fn looks_like_key(text: &str) -> Option<&'static str> {
    let mut forms = FORMS.iter();
    forms.find_map(|(what, form)| form.is_match(text).then_some(*what))
}

/// Whether a secret is a plain word: hiding `landbridge` because an external ID is called so would hide every tag.
pub(crate) fn is_plain_word(secret: &str) -> bool {
    secret.len() < 16 && secret.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// A secret in each way in which texts may hold it.
pub(crate) fn forms(secret: &str) -> Vec<String> {
    let hex = hex::encode(secret);
    let json = serde_json::Value::from(secret).to_string();
    let markup = secret
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let attribute = markup.replace('"', "&quot;").replace('\'', "&#39;");
    let mut forms = vec![
        encoded(secret),
        STANDARD_NO_PAD.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
        hex.to_ascii_uppercase(),
        hex,
        json.trim_matches('"').to_owned(),
        markup,
        attribute,
        secret.to_owned(),
    ];
    forms.sort();
    forms.dedup();
    // The longest first, so that a replacement leaves no rest of one.
    forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_every_form_and_never_shown() {
        let secrets = Secrets::default();
        let secret = "CANARY/pass+word\"<7";
        secrets.add(secret);
        for form in forms(secret) {
            let text = format!("x {form} y");
            assert_eq!(
                secrets.find(text.as_bytes()),
                Some("a secret of this run"),
                "{form}"
            );
        }
        assert_eq!(secrets.find(b"harmless"), None);
        assert_eq!(format!("{secrets:?}"), "Secrets(1)");
    }

    #[test]
    fn words_and_codes_are_not_taken_for_secrets() {
        let secrets = Secrets::default();
        for harmless in ["landbridge", "918273", "abc12", ""] {
            secrets.add(harmless);
            assert_eq!(
                secrets.find(format!("1{harmless}2").as_bytes()),
                None,
                "{harmless}"
            );
        }
    }

    #[test]
    fn what_looks_like_a_key_is_found_even_if_the_run_did_not_use_it() {
        for (text, what) in [
            ("id AKIAIOSFODNN7EXAMPLE", "an access key ID of AWS"),
            (
                "LTAI5tQnKxKbLrM2Z9pXyZaB",
                "an access key ID of Alibaba Cloud",
            ),
            (
                "STS.NUgYrLnoC37mZZCNnAbez",
                "an access key ID of Alibaba Cloud",
            ),
            ("-----BEGIN RSA PRIVATE KEY-----", "a private key"),
            ("ACS3-HMAC-SHA256 Credential=x", "a signature"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.x", "a web token"),
            (
                "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                "the value of a secret",
            ),
        ] {
            assert_eq!(looks_like_key(text), Some(what), "{text}");
        }
        for harmless in [
            "\"AccessKeySecret\":\"***16***\"",
            "credentials: { env: LANDBRIDGE_A }",
            "vpc-bp1y4jglgejgoblfuuy4",
            "session_token: none",
        ] {
            assert_eq!(looks_like_key(harmless), None, "{harmless}");
        }
    }

    #[test]
    fn every_form_compiles() {
        assert_eq!(FORMS.len(), 6);
    }
}
