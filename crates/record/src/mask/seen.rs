//! Secrets that went over the wire in a place that is known to hold one, so that no other place repeats them.

use std::collections::VecDeque;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::{MASK, form, is_mask};

/// How many secrets are remembered: a recording of many sessions keeps the last ones.
const MOST: usize = 256;
/// Shorter ones would be found in harmless words.
const SHORTEST: usize = 6;
/// Longer ones are looked for piece by piece.
const LONGEST: usize = 4096;

/// Each secret in the forms in which it may come again. `Debug` shows none.
#[derive(Clone, Default)]
pub(super) struct Seen(VecDeque<Vec<String>>);

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Seen({})", self.0.len())
    }
}

impl Seen {
    /// Remembers a secret. Plain words are not: hiding `landbridge` because an external ID is called so would hide
    /// every tag.
    pub(super) fn add(&mut self, secret: &str) {
        let is_word = secret.len() < 16 && secret.bytes().all(|byte| byte.is_ascii_alphabetic());
        if secret.len() < SHORTEST || is_word || is_mask(secret) {
            return;
        }
        let mut rest = secret;
        while !rest.is_empty() {
            let most = LONGEST.min(rest.len());
            let end = (1..=most).rev().find(|end| rest.is_char_boundary(*end));
            let (piece, after) = rest.split_at(end.unwrap_or(rest.len()));
            self.remember(piece);
            rest = after;
        }
    }

    fn remember(&mut self, secret: &str) {
        if secret.len() < SHORTEST {
            return;
        }
        let hex = hex::encode(secret);
        let mut forms = vec![
            form::encoded(secret),
            STANDARD_NO_PAD.encode(secret),
            URL_SAFE_NO_PAD.encode(secret),
            hex.to_ascii_uppercase(),
            hex,
            secret.to_owned(),
        ];
        forms.dedup();
        if self.0.contains(&forms) {
            return;
        }
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back(forms);
    }

    /// The text without them.
    pub(super) fn hide(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in self.0.iter().flatten() {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), MASK);
            }
        }
        text
    }
}
