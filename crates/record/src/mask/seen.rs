//! Secrets that went over the wire in a place that is known to hold one, so that no other place repeats them.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{MASK, is_mask};
use crate::secrets::{Secrets, forms, is_plain_word};

/// How many secrets are remembered: a recording of many sessions keeps the last ones.
const MOST: usize = 256;
/// Shorter ones would be found in harmless words.
const SHORTEST: usize = 6;
/// Longer ones are looked for piece by piece.
const LONGEST: usize = 4096;

/// The last secrets, each in the forms in which it may come again, and all of them for who looks for them later. `Debug` shows
/// none.
#[derive(Clone, Default)]
pub(super) struct Seen {
    last: VecDeque<Vec<String>>,
    all: Arc<Secrets>,
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Seen({})", self.last.len())
    }
}

impl Seen {
    pub(super) fn all(&self) -> &Arc<Secrets> {
        &self.all
    }

    /// Remembers a secret. Plain words are not: hiding `landbridge` because an external ID is called so would hide
    /// every tag.
    pub(super) fn add(&mut self, secret: &str) {
        if secret.len() < SHORTEST || is_plain_word(secret) || is_mask(secret) {
            return;
        }
        self.all.add(secret);
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
        let forms = forms(secret);
        if self.last.contains(&forms) {
            return;
        }
        if self.last.len() == MOST {
            self.last.pop_front();
        }
        self.last.push_back(forms);
    }

    /// The text without them.
    pub(super) fn hide(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in self.last.iter().flatten() {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), MASK);
            }
        }
        text
    }
}
