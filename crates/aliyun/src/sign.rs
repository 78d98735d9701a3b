//! The ACS3-HMAC-SHA256 signature: a pure function of what is sent.

use std::collections::BTreeMap;
use std::ops::Range;

use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

/// The name of the algorithm, as it stands in the `Authorization` header.
pub const ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// The header that holds the hash of the body.
pub(crate) const CONTENT_HASH: &str = "x-acs-content-sha256";

const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// What is signed: the parts of one HTTP request.
#[derive(Clone, Copy, Debug)]
pub struct Signable<'a> {
    /// The method, in upper case.
    pub method: &'a str,
    /// The path; `/` for all RPC operations.
    pub path: &'a str,
    /// The decoded query pairs, in any order.
    pub query: &'a [(String, String)],
    /// The headers to sign, in any order. [`is_signed`] tells which ones of a request belong here;
    /// `x-acs-content-sha256` must be among them.
    pub headers: &'a [(String, String)],
}

/// The steps of a signature, for comparison with what the cloud says it signed. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The canonical request.
    pub canonical_request: String,
    /// The text that was signed.
    pub string_to_sign: String,
    /// The names of the signed headers.
    pub signed_headers: String,
    /// The signature in lower-case hex.
    pub signature: String,
}

impl Signature {
    /// The value of the `Authorization` header.
    pub fn authorization(&self, access_key_id: &str) -> String {
        authorization(access_key_id, &self.signed_headers, &self.signature)
    }
}

/// Whether a header that is sent is signed as well: `host`, `content-type` and everything that starts with `x-acs-`.
///
/// Proxies may rewrite the others.
pub fn is_signed(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "host" || name == "content-type" || name.starts_with("x-acs-")
}

/// Signs `request` with an access key secret.
pub fn sign(request: &Signable<'_>, access_key_secret: &str) -> Signature {
    let grouped = grouped(request.headers);
    let headers = grouped.iter().map(|(name, value)| (&**name, &**value));
    let query = canonical_query(request.query);
    let canonical = Canonical::new(request.method, request.path, &query, headers);
    let digest = Hex::sha256(canonical.text.as_bytes());
    Signature {
        string_to_sign: format!("{ALGORITHM}\n{}", digest.as_str()),
        signed_headers: canonical.signed_headers().to_owned(),
        signature: canonical.sign(access_key_secret).as_str().to_owned(),
        canonical_request: canonical.text,
    }
}

/// The lower-case hex SHA-256 of `bytes`, as `x-acs-content-sha256` carries it.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Hex::sha256(bytes).as_str().to_owned()
}

/// Percent-encodes by RFC 3986: letters, digits and `-_.~` stay.
pub fn encode(text: &str) -> String {
    let mut out = String::new();
    push_encoded(&mut out, text);
    out
}

/// Pairs sorted by key in byte order, encoded and joined.
pub fn canonical_query(pairs: &[(String, String)]) -> String {
    let mut sorted: Vec<_> = pairs.iter().collect();
    sorted.sort();
    let mut out = String::new();
    for (key, value) in sorted {
        push_pair(&mut out, key, value);
    }
    out
}

/// Appends `key=value`, encoded, after an `&` if it is not the first pair.
pub(crate) fn push_pair(out: &mut String, key: &str, value: &str) {
    if !out.is_empty() {
        out.push('&');
    }
    push_encoded(out, key);
    out.push('=');
    push_encoded(out, value);
}

fn push_encoded(out: &mut String, text: &str) {
    // Looking at all bytes first is quick, and most texts stay as they are.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() | matches!(byte, b'-' | b'_' | b'.' | b'~');
    match text.bytes().fold(true, |so_far, byte| so_far & plain(byte)) {
        true => out.push_str(text),
        false => out.extend(utf8_percent_encode(text, RESERVED)),
    }
}

// Names in lower case and sorted, each once; values trimmed, and joined where a name has several.
fn grouped(headers: &[(String, String)]) -> BTreeMap<String, String> {
    let mut grouped = BTreeMap::<String, Vec<&str>>::new();
    for (name, value) in headers {
        let values = grouped.entry(name.to_ascii_lowercase()).or_default();
        values.push(value.trim());
    }
    let joined = grouped.into_iter().map(|(name, mut values)| {
        values.sort_unstable();
        (name, values.join(","))
    });
    joined.collect()
}

/// A canonical request: the text whose hash is signed.
pub(crate) struct Canonical {
    text: String,
    names: Range<usize>,
}

impl Canonical {
    /// Of headers whose names are in lower case, sorted and each there once, and whose values are trimmed. The content's
    /// hash is among them.
    pub(crate) fn new<'a>(
        method: &str,
        path: &str,
        query: &str,
        headers: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    ) -> Self {
        let mut text = String::with_capacity(1024);
        for line in [method, path, query] {
            text.push_str(line);
            text.push('\n');
        }
        let mut hash = "";
        for (name, value) in headers.clone() {
            text.push_str(name);
            text.push(':');
            text.push_str(value);
            text.push('\n');
            if name == CONTENT_HASH {
                hash = value;
            }
        }
        text.push('\n');
        let start = text.len();
        for (name, _) in headers {
            if text.len() > start {
                text.push(';');
            }
            text.push_str(name);
        }
        let names = start..text.len();
        text.push('\n');
        text.push_str(hash);
        Self { text, names }
    }

    /// The names of the signed headers.
    pub(crate) fn signed_headers(&self) -> &str {
        &self.text[self.names.clone()]
    }

    /// The signature.
    pub(crate) fn sign(&self, access_key_secret: &str) -> Hex {
        #[cfg(test)]
        crate::counts::note("signed");
        let mut mac = Hmac::<Sha256>::new_from_slice(access_key_secret.as_bytes())
            .expect("HMAC takes keys of any length");
        mac.update(ALGORITHM.as_bytes());
        mac.update(b"\n");
        mac.update(Hex::sha256(self.text.as_bytes()).as_str().as_bytes());
        Hex::of(&mac.finalize().into_bytes().into())
    }
}

/// The value of the `Authorization` header.
pub(crate) fn authorization(access_key_id: &str, signed_headers: &str, signature: &str) -> String {
    let parts = [
        ALGORITHM,
        " Credential=",
        access_key_id,
        ",SignedHeaders=",
        signed_headers,
        ",Signature=",
        signature,
    ];
    parts.concat()
}

/// 32 bytes in lower-case hex.
pub(crate) struct Hex([u8; 64]);

impl Hex {
    /// The SHA-256 of `bytes`.
    pub(crate) fn sha256(bytes: &[u8]) -> Self {
        #[cfg(test)]
        crate::counts::note("hashed");
        Self::of(&Sha256::digest(bytes).into())
    }

    fn of(bytes: &[u8; 32]) -> Self {
        let mut text = [0; 64];
        hex::encode_to_slice(bytes, &mut text).expect("two digits for each byte");
        Self(text)
    }

    pub(crate) fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("digits are ASCII")
    }
}
