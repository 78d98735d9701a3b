//! Entity tags. That of a status begins with the generation, so that orders can be given on its terms.

use axum::http::header::{IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName};
use sha2::{Digest, Sha256};

use super::problem::Problem;

/// The tag of a status: `"GENERATION-DIGEST"`.
pub(super) fn of(generation: u64, document: &[u8]) -> String {
    format!("\"{generation}-{:016x}\"", short(document))
}

/// The tag of another document.
pub(super) fn digest(document: &[u8]) -> String {
    format!("\"{:016x}\"", short(document))
}

fn short(document: &[u8]) -> u64 {
    let digest = Sha256::digest(document);
    let first = digest.iter().take(8);
    first.fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// What a caller says about tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tags {
    Any,
    These(Vec<String>),
}

impl Tags {
    /// Whether one of them is this tag, whether weak or not.
    pub(super) fn have(&self, tag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::These(tags) => tags.iter().any(|one| one == tag),
        }
    }
}

/// The tags of `If-Match`.
pub(super) fn if_match(headers: &HeaderMap) -> Result<Option<Tags>, Problem> {
    tags(headers, &IF_MATCH)
}

/// The tags of `If-None-Match`.
pub(super) fn if_none_match(headers: &HeaderMap) -> Result<Option<Tags>, Problem> {
    tags(headers, &IF_NONE_MATCH)
}

fn tags(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Tags>, Problem> {
    let Some(header) = headers.get(name) else {
        return Ok(None);
    };
    let text = header.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(Some(Tags::Any));
    }
    let tags: Option<Vec<String>> = text.split(',').map(tag).collect();
    let tags = tags.ok_or_else(|| {
        Problem::bad(format!(
            "invalid header `{name}`: expected tags in quotes, or `*`"
        ))
    })?;
    Ok(Some(Tags::These(tags)))
}

// No tag of ours has a comma.
fn tag(text: &str) -> Option<String> {
    let text = text.trim();
    let strong = text.strip_prefix("W/").unwrap_or(text);
    let inner = strong.strip_prefix('"')?.strip_suffix('"')?;
    let is_plain = inner
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'"');
    is_plain.then(|| strong.to_owned())
}

/// The generation of a tag.
pub(super) fn generation(tag: &str) -> Option<u64> {
    let inner = tag.trim_matches('"');
    inner.split('-').next()?.parse().ok()
}
