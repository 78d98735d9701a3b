//! Everything random comes from the seed, so that a run can be repeated.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

const ALPHABET: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// Source of identifiers: the n-th one of a kind depends only on the seed, the kind and n, so that
/// reads and request ids in between change nothing.
#[derive(Debug, Clone)]
pub(crate) struct Ids {
    seed: u64,
    counters: BTreeMap<String, u64>,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            counters: BTreeMap::new(),
        }
    }

    /// `length` characters of `0-9a-z`.
    pub(crate) fn word(&mut self, kind: &str, length: usize) -> String {
        let mut word = String::with_capacity(length);
        for byte in self.bytes(kind).iter().cycle().take(length) {
            word.push(char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]));
        }
        word
    }

    /// Up to 64 characters of `0-9a-f`.
    pub(crate) fn hex(&mut self, kind: &str, length: usize) -> String {
        let mut text = hex::encode(self.bytes(kind));
        text.truncate(length);
        text
    }

    /// A number in `0.0..1.0`.
    pub(crate) fn chance(&mut self) -> f64 {
        let mut bits = [0; 4];
        bits.copy_from_slice(&self.bytes("chance")[..4]);
        f64::from(u32::from_be_bytes(bits)) / 2_f64.powi(32)
    }

    /// A UUID in upper case, the way request ids look.
    pub(crate) fn uuid(&mut self, kind: &str) -> String {
        let text = hex::encode_upper(&self.bytes(kind)[..16]);
        format!(
            "{}-{}-{}-{}-{}",
            &text[..8],
            &text[8..12],
            &text[12..16],
            &text[16..20],
            &text[20..]
        )
    }

    /// `digits` decimal digits that do not start with zero.
    pub(crate) fn digits(&mut self, kind: &str, digits: usize) -> String {
        let bytes = self.bytes(kind);
        let mut text = String::from("3");
        text.extend(
            bytes
                .iter()
                .take(digits.saturating_sub(1))
                .map(|byte| char::from(b'0' + byte % 10)),
        );
        text
    }

    fn bytes(&mut self, kind: &str) -> [u8; 32] {
        let counter = self.counters.entry(kind.to_owned()).or_default();
        *counter += 1;
        let mut hash = Sha256::new();
        hash.update(self.seed.to_be_bytes());
        hash.update(kind.as_bytes());
        hash.update(counter.to_be_bytes());
        hash.finalize().into()
    }
}

/// A small generator (splitmix64) for the probability of faults.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number in `0.0..1.0`.
    pub(crate) fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_depend_on_seed_kind_and_count_only() {
        let mut first = Ids::new(7);
        let mut second = Ids::new(7);
        second.uuid("request");
        assert_eq!(first.word("vpc", 18), second.word("vpc", 18));
        assert_ne!(first.word("vpc", 18), Ids::new(8).word("vpc", 18));
    }

    #[test]
    fn dice_repeat_with_the_seed() {
        let rolls = |seed| {
            let mut dice = Dice::new(seed);
            [dice.roll(), dice.roll(), dice.roll()]
        };
        assert_eq!(rolls(1), rolls(1));
        assert!(rolls(1).iter().all(|roll| (0.0..1.0).contains(roll)));
    }
}
