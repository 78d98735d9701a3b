//! Which cases of an exhaustive test are run: all of them, or the same few each time.

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Instant;

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

/// Prints how many cases there were, and fails with what failed.
///
/// # Panics
/// If one failed.
pub(crate) fn conclude(
    what: &str,
    [applied, destroyed]: [usize; 2],
    cases: usize,
    failures: &[String],
    started: Instant,
) {
    println!(
        "{what}: {applied} writes of apply and {destroyed} of destroy; {cases} cases{}, {} failures, {:.1} s",
        if is_exhaustive() { "" } else { " (a few)" },
        failures.len(),
        started.elapsed().as_secs_f64(),
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The seeds that the environment asks for (`LANDBRIDGE_SEED`, `LANDBRIDGE_STORMS`), or the first few.
pub(crate) fn seeds(few: u64) -> Range<u64> {
    match (number("LANDBRIDGE_SEED"), number("LANDBRIDGE_STORMS")) {
        (Some(seed), _) => seed..seed + 1,
        (None, Some(many)) => 0..many,
        (None, None) => 0..few,
    }
}

/// Fails with what failed, each with the command that repeats it.
///
/// # Panics
/// If one failed.
pub(crate) fn conclude_seeds(failures: &[(u64, String)], command: &str) {
    let told: Vec<String> = failures
        .iter()
        .map(|(seed, failure)| {
            format!("seed {seed}: {failure}\n  LANDBRIDGE_SEED={seed} {command} -- --nocapture")
        })
        .collect();
    assert!(failures.is_empty(), "{}", told.join("\n"));
}

/// The number in an environment variable, if it is set.
///
/// # Panics
/// If it holds no number.
fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("invalid {name} `{text}`: expected a number")))
}
