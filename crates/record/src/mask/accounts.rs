//! Account IDs, and what stands for them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};

// An encoded letter such as `%3A` ends a word, although its last two characters look like a part of one.
static WORDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"%[0-9A-Fa-f]{2}|[0-9A-Za-z_-]*[0-9]{12,16}[0-9A-Za-z_-]*")
        // The pattern is a constant, and every test goes through it.
        .unwrap_or_else(|error| unreachable!("{error}"))
});

/// The account IDs of one recording: each has the same stand-in throughout.
#[derive(Clone, Debug, Default)]
pub(super) struct Accounts(BTreeMap<String, String>);

impl Accounts {
    /// The text with stand-ins of the account IDs in it.
    pub(super) fn replace(&mut self, text: &str) -> String {
        // IDs of other things are longer, or have letters around.
        let account = |found: &Captures<'_>| match &found[0] {
            id if matches!(id.len(), 12 | 16) && id.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.stand_in(id)
            }
            other => other.to_owned(),
        };
        WORDS.replace_all(text, account).into_owned()
    }

    fn stand_in(&mut self, id: &str) -> String {
        // A recording that is recorded again stays as it is.
        if id.starts_with("1000000000") {
            return id.to_owned();
        }
        if let Some(known) = self.0.get(id) {
            return known.clone();
        }
        let same_length = self.0.keys().filter(|known| known.len() == id.len());
        let number = same_length.count() + 1;
        let stand_in = format!("1{number:0width$}", width = id.len() - 1);
        self.0.insert(id.to_owned(), stand_in.clone());
        stand_in
    }
}
