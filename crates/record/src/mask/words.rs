//! Tells words that people and clouds make up from keys, tokens and digests.
//!
//! Keys mix upper case, lower case and digits at random. IDs and names do not: they are words, numbers and lower-case
//! tails, joined by hyphens, slashes and dots. A run of letters and digits is kept only if all its parts are such.

use percent_encoding::percent_decode_str;

use super::MASK;

/// Too short to be a secret of a cloud.
const SHORT: usize = 8;
const LONGEST_NUMBER: usize = 20;
const LONGEST_WORD: usize = 48;
/// The longest lower-case tail of an ID.
const LONGEST_TAIL: usize = 26;
/// The longest run of parts that have less than four letters, their hyphens counted, on average.
const LONGEST_OF_SHORT_PARTS: usize = 24;
/// Beginnings of the IDs that IAM gives to roles, users, groups and policies. Keys begin otherwise.
const IAM_IDS: [&str; 4] = ["AROA", "AIDA", "AGPA", "ANPA"];

/// The text without runs that may be secrets.
pub(super) fn mask(text: &str) -> String {
    // What is encoded is judged by what it stands for.
    if text.contains('%') {
        let decoded = percent_decode_str(text).decode_utf8();
        let is_harmless =
            |decoded: &str| decoded == text || !decoded.contains('%') && runs(decoded) == decoded;
        if !decoded.is_ok_and(|decoded| is_harmless(&decoded)) {
            return MASK.to_owned();
        }
    }
    runs(text)
}

fn runs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_of_a_run) {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest
            .find(|letter| !is_of_a_run(letter))
            .unwrap_or(rest.len());
        let run = &rest[..end];
        out.push_str(if is_harmless(run) { run } else { MASK });
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// The alphabets of base64, of both kinds.
fn is_of_a_run(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/' | '=' | '_' | '-')
}

fn is_harmless(run: &str) -> bool {
    if run.len() <= SHORT || is_uuid(run) {
        return true;
    }
    let parts = || run.split(['+', '/', '=', '_', '-']);
    // Short parts of a key pass alone, and there are many of them.
    if run.len() > LONGEST_OF_SHORT_PARTS && run.len() < 4 * parts().count() {
        return false;
    }
    parts().all(is_harmless_part) && parts().filter(|part| is_odd(part)).count() <= 1
}

/// Upper case among lower case or digits, as no word has it.
fn is_odd(part: &str) -> bool {
    let has = |test: fn(&u8) -> bool| part.as_bytes().iter().any(test);
    let is_mixed = has(u8::is_ascii_lowercase) || has(u8::is_ascii_digit);
    let word = part.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let capitalised = word.bytes().skip(1).all(|byte| byte.is_ascii_lowercase());
    let is_long_word = word.len() >= 6 && is_word(word);
    // `SHA256`, `ACS3`
    let is_scheme = word.len() >= 3
        && part.len() - word.len() <= 4
        && word.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_word = capitalised && word.len() > 2 || is_long_word || is_scheme;
    has(u8::is_ascii_uppercase) && is_mixed && !is_word
}

/// The form of request IDs.
fn is_uuid(run: &str) -> bool {
    let parts: Vec<&str> = run.split('-').collect();
    let is_hex = |part: &&str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    parts.iter().all(is_hex) && parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
}

fn is_harmless_part(part: &str) -> bool {
    let has = |test: fn(&u8) -> bool| part.as_bytes().iter().any(test);
    let (upper, lower) = (has(u8::is_ascii_uppercase), has(u8::is_ascii_lowercase));
    let digits = has(u8::is_ascii_digit);
    match (upper, lower, digits) {
        _ if part.len() <= 3 => true,
        (false, false, _) => part.len() <= LONGEST_NUMBER,
        (false, true, true) => part.len() <= LONGEST_TAIL,
        (true, false, true) => {
            part.len() <= 12 || part.len() <= 24 && IAM_IDS.iter().any(|id| part.starts_with(id))
        }
        (true, true, true) => {
            let word = part.trim_end_matches(|letter: char| letter.is_ascii_digit());
            part.len() <= 6 || part.len() - word.len() <= 4 && is_word(word)
        }
        (_, _, false) => is_word(part),
    }
}

/// A word in one case, or several of them in camel case.
fn is_word(word: &str) -> bool {
    if word.len() > LONGEST_WORD || !word.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return false;
    }
    if word.len() < 6
        || word.bytes().all(|byte| byte.is_ascii_lowercase())
        || word.bytes().all(|byte| byte.is_ascii_uppercase())
    {
        return true;
    }
    humps(word).iter().all(|hump| is_spoken(hump))
}

/// `TransitRouterVPCs` is `Transit`, `Router`, `VPCs`.
fn humps(word: &str) -> Vec<&str> {
    let bytes = word.as_bytes();
    let starts = (1..bytes.len())
        .filter(|at| bytes[*at].is_ascii_uppercase() && bytes[at - 1].is_ascii_lowercase());
    let mut humps = Vec::new();
    let mut from = 0;
    for start in starts {
        humps.push(&word[from..start]);
        from = start;
    }
    humps.push(&word[from..]);
    humps
}

/// Words that are short, and abbreviations without a vowel after their first letter.
const SHORT_WORDS: &str = "ack add addr addrs acl acls acs alb an and arn arns as asn at aws az bgp bwp by cb cbn cdt cfg cmk csv ctl db dhcp dns \
                           do ebs ecr ecs efs eks elb esp ess ex fs gb gcm gmt http https hs hub i id ids if in ip ips is it \
                           kb kms lb ls mb md mfa ms my n nfs nlb no ntp of ok on opt or os oss pl ram rds rg rsa rtb sg sha slb sls \
                           sms sns sql sqs src ssh ssl ssm sts svc tcp tls to tr ts ttl tz udp up url urls us utf v vbr vm vpc \
                           vpcs vpn xml";

fn is_spoken(hump: &str) -> bool {
    let lower = hump.to_ascii_lowercase();
    let small = hump.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
    let has_vowel = small.contains(['a', 'e', 'i', 'o', 'u', 'y']);
    // `Router`, `VSwitch`, `vCPU` and `VPCs`; not `Rx` or `bP`.
    small.len() >= 3 && has_vowel
        || small.is_empty()
        || small.len() == 2 && has_vowel
        || small == "s"
        || SHORT_WORDS
            .split_ascii_whitespace()
            .any(|known| known == lower)
}
