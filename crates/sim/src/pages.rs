//! The tokens that lead from page to page.

/// Clients must treat tokens as opaque, so they do not look like numbers.
pub(crate) fn token(position: usize) -> String {
    crate::base64::encode(format!("position:{position}").as_bytes())
}

/// The position in a token; `None` if this simulator did not issue it.
pub(crate) fn position(token: &str) -> Option<usize> {
    String::from_utf8(crate::base64::decode(token)?)
        .ok()?
        .strip_prefix("position:")?
        .parse()
        .ok()
}
