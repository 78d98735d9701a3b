//! Names of parameters, members and elements whose values may be written.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Names in requests and answers of both clouds, and in their policies. What is not here is not written.
static ALLOWED: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let lines = include_str!("names.txt").lines();
    let names = lines.filter(|line| !line.starts_with('#'));
    names.flat_map(str::split_ascii_whitespace).collect()
});

/// Parts of the names of what is a secret. They decide nothing about what is written, only what is looked for elsewhere.
const SECRET: [&str; 10] = [
    "secret",
    "token",
    "password",
    "passwd",
    "tokencode",
    "assertion",
    "userdata",
    "privatekey",
    "keymaterial",
    "externalid",
];

/// Tokens that are none: they make a call idempotent, or ask for the next page.
const HARMLESS_TOKENS: [&str; 3] = ["clienttoken", "nexttoken", "tokenversion"];

/// Whether the value of this name may be written.
pub(super) fn is_allowed(name: &str) -> bool {
    ALLOWED.contains(name) || is_envelope(name)
}

/// Whether the value of a parameter such as `Tag.1.Key` may be written.
pub(super) fn are_allowed(name: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = name.split('.').filter(|part| !is_number(part)).peekable();
    parts.peek().is_some() && parts.all(is_allowed)
}

/// `DescribeVpcsResponse`, around an answer of AWS.
fn is_envelope(name: &str) -> bool {
    let operation = name
        .strip_suffix("Response")
        .or_else(|| name.strip_suffix("Result"));
    operation.is_some_and(|operation| {
        operation.len() <= 60
            && operation.starts_with(|letter: char| letter.is_ascii_uppercase())
            && operation.bytes().all(|byte| byte.is_ascii_alphabetic())
    })
}

/// Whether the value of this name is worth looking for in other places.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let has = |part: &&str| name.contains(*part);
    SECRET.iter().any(has) && !HARMLESS_TOKENS.contains(&name.as_str())
}
