//! Which cases of an exhaustive test are run: all of them, or the same few each time.

use std::collections::BTreeSet;

/// Whether all cases are to be run, which takes minutes: `LANDBRIDGE_EXHAUSTIVE=1`.
pub(crate) fn is_exhaustive() -> bool {
    std::env::var("LANDBRIDGE_EXHAUSTIVE").is_ok_and(|value| !value.is_empty() && value != "0")
}

/// The indices of these writes, told by their verbs, that the blow of this number strikes: all of them, or one of every
/// `sparse`-th verb, so that every verb meets every `sparse`-th blow.
pub(crate) fn struck(verbs: &[String], blow: usize, sparse: usize) -> Vec<usize> {
    if is_exhaustive() {
        return (0..verbs.len()).collect();
    }
    let kinds: BTreeSet<&String> = verbs.iter().collect();
    let one = |(number, kind): (usize, &String)| {
        let all: Vec<usize> = (0..verbs.len()).filter(|n| verbs[*n] == *kind).collect();
        (number + blow)
            .is_multiple_of(sparse)
            .then(|| all[(blow * 7 + number) % all.len()])
    };
    kinds.into_iter().enumerate().filter_map(one).collect()
}

/// The number in an environment variable, if it is set.
///
/// # Panics
/// If it holds no number.
#[allow(dead_code, reason = "not every test has seeds")]
pub(crate) fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("invalid {name} `{text}`: expected a number")))
}
