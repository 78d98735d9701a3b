//! The tokens that lead from page to page.

/// Clients must treat tokens as opaque, so they do not look like numbers.
pub(crate) fn token(position: usize) -> String {
    crate::base64::encode(format!("position:{position}").as_bytes())
}

/// What a token stands for; `None` if it is none of ours.
pub(crate) fn position(token: &str) -> Option<usize> {
    String::from_utf8(crate::base64::decode(token)?)
        .ok()?
        .strip_prefix("position:")?
        .parse()
        .ok()
}
