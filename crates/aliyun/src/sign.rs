//! The ACS3-HMAC-SHA256 signature: a pure function of what is sent.

use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

/// The name of the algorithm, as it stands in the `Authorization` header.
pub const ALGORITHM: &str = "ACS3-HMAC-SHA256";

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
        format!(
            "{ALGORITHM} Credential={access_key_id},SignedHeaders={},Signature={}",
            self.signed_headers, self.signature
        )
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
    let (canonical_headers, signed_headers) = canonical_headers(request.headers);
    let canonical_request = [
        request.method,
        request.path,
        &canonical_query(request.query),
        &canonical_headers,
        &signed_headers,
        content_hash(request.headers),
    ]
    .join("\n");
    let string_to_sign = format!("{ALGORITHM}\n{}", sha256_hex(canonical_request.as_bytes()));
    let signature = hmac_hex(access_key_secret.as_bytes(), string_to_sign.as_bytes());
    Signature {
        canonical_request,
        string_to_sign,
        signed_headers,
        signature,
    }
}

/// The lower-case hex SHA-256 of `bytes`, as `x-acs-content-sha256` carries it.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Percent-encodes by RFC 3986: letters, digits and `-_.~` stay.
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Pairs sorted by key in byte order, encoded and joined.
pub fn canonical_query(pairs: &[(String, String)]) -> String {
    let mut sorted: Vec<_> = pairs.iter().collect();
    sorted.sort();
    sorted
        .into_iter()
        .map(|(key, value)| format!("{}={}", encode(key), encode(value)))
        .collect::<Vec<_>>()
        .join("&")
}

fn canonical_headers(headers: &[(String, String)]) -> (String, String) {
    let mut grouped = std::collections::BTreeMap::<String, Vec<&str>>::new();
    for (name, value) in headers {
        let values = grouped.entry(name.to_ascii_lowercase()).or_default();
        values.push(value.trim());
    }
    let lines = grouped.iter_mut().map(|(name, values)| {
        values.sort_unstable();
        format!("{name}:{}\n", values.join(","))
    });
    let lines = lines.collect();
    let names: Vec<_> = grouped.into_keys().collect();
    (lines, names.join(";"))
}

fn content_hash(headers: &[(String, String)]) -> &str {
    headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("x-acs-content-sha256"))
        .map_or("", |(_, value)| value)
}

fn hmac_hex(key: &[u8], text: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text);
    hex::encode(mac.finalize().into_bytes())
}
