//! Fuzzing without a nightly compiler: inputs from proptest's generator, each repeatable from its target's name and number.
//!
//! `LANDBRIDGE_FUZZ_CASES` sets the cases of each target (default 300), `LANDBRIDGE_FUZZ_FROM` the number of the first one.
//! The parser under test must return: a panic is told with the smallest input found for it, and the process must stay
//! below 256 MiB. A target that hangs never ends; `tests/fuzz.py` bounds its time and, by `RLIMIT_DATA`, its memory.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};

/// What a process may take at most, in KiB.
const MEMORY: u64 = 256 * 1024;
/// What breaks parsers: brackets, quotes, ends, odd letters, odd numbers.
const TOKENS: [&[u8]; 40] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"\"",
    b"'",
    b"\\",
    b"\n",
    b"\r\n",
    b"\0",
    b"\xff",
    b"\xc3\x28",
    b"\xef\xbb\xbf",
    "\u{2028}".as_bytes(),
    "\u{202e}".as_bytes(),
    "\u{1f980}".as_bytes(),
    "é".as_bytes(),
    b"\x1b[2J",
    b"null",
    b"true",
    b"~",
    b"- ",
    b"? ",
    b"# ",
    b"&a ",
    b"*a",
    b"<<: ",
    b"!!binary ",
    b"|\n",
    b"---\n",
    b"=",
    b"/",
    b"@",
    b"%",
    b"..",
    b"\t",
    b"\\u0000",
    b"\\ud800",
];
const NUMBERS: [&[u8]; 12] = [
    b"-1",
    b"0",
    b"255",
    b"256",
    b"65536",
    b"4294967296",
    b"18446744073709551616",
    b"-9223372036854775809",
    b"1e999",
    b"0x1f",
    b"010",
    b"1.5",
];
const DEEP: [&str; 7] = ["[", "{\"a\":", "- ", "(", "{a: ", "[{\"a\":[", "\\\""];

/// Puts `parse` to cases made from `samples`, and tells how many there were.
pub(crate) fn fuzz(target: &str, samples: &[&[u8]], parse: impl Fn(&[u8])) {
    for sample in samples {
        parse(sample);
    }
    let make = |chance: &mut Chance| input(chance, samples);
    fuzz_made(target, make, |input| {
        if panics(&parse, input) {
            let smallest = shrunk(&parse, input.clone());
            panic!(
                "this input of {} bytes panics, too:\n{}",
                smallest.len(),
                smallest.escape_ascii()
            );
        }
    });
}

/// Runs `check` on what `make` makes, and tells how many cases there were.
pub(crate) fn fuzz_made<T>(
    target: &str,
    make: impl Fn(&mut Chance) -> T,
    check: impl Fn(&T) + Copy,
) {
    let cases = variable("LANDBRIDGE_FUZZ_CASES").unwrap_or(300);
    let from = variable("LANDBRIDGE_FUZZ_FROM").unwrap_or(0);
    let started = Instant::now();
    let mut slowest = (Duration::ZERO, from);
    for case in from..from + cases {
        let made = make(&mut Chance::of(target, case));
        let begun = Instant::now();
        assert!(!panics(check, &made), "{target}: case {case} panics");
        slowest = slowest.max((begun.elapsed(), case));
    }
    let peak = peak_memory();
    println!(
        "fuzz {target}: {cases} cases in {:.1} s, slowest {} ms (case {}), process peak {} MiB",
        started.elapsed().as_secs_f64(),
        slowest.0.as_millis(),
        slowest.1,
        peak.unwrap_or_default() / 1024,
    );
    assert!(
        peak.is_none_or(|peak| peak < MEMORY),
        "{target}: {peak:?} KiB"
    );
}

/// The same for a parser of text.
#[allow(dead_code)]
pub(crate) fn fuzz_text(target: &str, samples: &[&str], parse: impl Fn(&str)) {
    let samples: Vec<&[u8]> = samples.iter().map(|sample| sample.as_bytes()).collect();
    fuzz(target, &samples, |input| {
        parse(&String::from_utf8_lossy(input))
    });
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn panics<T: ?Sized>(check: impl Fn(&T), made: &T) -> bool {
    catch_unwind(AssertUnwindSafe(|| check(made))).is_err()
}

/// Takes parts away as long as it still panics.
fn shrunk(parse: &impl Fn(&[u8]), mut input: Vec<u8>) -> Vec<u8> {
    let mut size = input.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < input.len() {
            let mut shorter = input.clone();
            shorter.drain(at..(at + size).min(input.len()));
            if panics(parse, &shorter) {
                input = shorter;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    input
}

/// The peak of the process in KiB, where the system tells it.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

fn input(chance: &mut Chance, samples: &[&[u8]]) -> Vec<u8> {
    if samples.is_empty() || chance.below(16) == 0 {
        return chance.bytes(300);
    }
    let mut input = chance.pick(samples).to_vec();
    for _ in 0..=chance.below(6) {
        change(chance, &mut input, samples);
    }
    input
}

fn change(chance: &mut Chance, input: &mut Vec<u8>, samples: &[&[u8]]) {
    let at = chance.below(input.len() + 1);
    let end = (at + chance.below(40)).min(input.len());
    match chance.below(160) {
        0 => {
            let opened = chance.pick(&DEEP).repeat(chance.below(4000));
            input.splice(at..at, opened.into_bytes());
        }
        1 => {
            let long = vec![b"a0 \"\\#"[chance.below(6)]; chance.below(20_000)];
            input.splice(at..at, long);
        }
        2..20 => drop(input.drain(at..end)),
        20..40 => {
            let part = input[at..end].to_vec();
            input.splice(at..at, part);
        }
        40..60 if at < input.len() => input[at] ^= 1 << chance.below(8),
        60..70 => input.truncate(at),
        70..85 => {
            let other = chance.pick(samples);
            let from = chance.below(other.len() + 1);
            let to = (from + chance.below(80)).min(other.len());
            input.splice(at..at, other[from..to].iter().copied());
        }
        85..110 => number(chance, input),
        110..125 => drop(input.splice(at..at, chance.bytes(12))),
        _ => drop(input.splice(at..end.min(at + 3), chance.pick(&TOKENS).iter().copied())),
    }
}

/// Another number in the place of one.
fn number(chance: &mut Chance, input: &mut Vec<u8>) {
    let digits: Vec<usize> = (0..input.len())
        .filter(|at| input[*at].is_ascii_digit())
        .collect();
    if digits.is_empty() {
        return;
    }
    let start = *chance.pick(&digits);
    let length = input[start..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    input.splice(start..start + length, chance.pick(&NUMBERS).iter().copied());
}

/// Chance that the target's name and the number of the case decide.
pub(crate) struct Chance(TestRng);

impl Chance {
    fn of(target: &str, case: u64) -> Self {
        // FNV-1a of the name, then of the number.
        let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let hash = target.bytes().fold(0xcbf2_9ce4_8422_2325, step);
        let hash = case.to_le_bytes().into_iter().fold(hash, step);
        let mut seed = [1; 16];
        seed[..8].copy_from_slice(&hash.to_le_bytes());
        let mut rng = TestRng::from_seed(RngAlgorithm::XorShift, &seed);
        // Seeds that differ little begin alike.
        for _ in 0..8 {
            rng.next_u64();
        }
        Self(rng)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.0.next_u64() % limit.max(1) as u64) as usize
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// Fewer than `most`.
    pub(crate) fn bytes(&mut self, most: usize) -> Vec<u8> {
        let mut bytes = vec![0; self.below(most)];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}
