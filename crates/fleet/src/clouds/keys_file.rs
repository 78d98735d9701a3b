//! Keys as JSON.

use landbridge_core::backend::Keys;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeysFile {
    access_key_id: String,
    access_key_secret: String,
    #[serde(default)]
    security_token: Option<String>,
}

/// The keys of a text, or what is expected of it: no message repeats a part of it.
pub(super) fn read(text: &str) -> Result<Keys, String> {
    let file: KeysFile = serde_json::from_str(text).map_err(|error| {
        format!(
            "expected a JSON object of texts with `access_key_id`, `access_key_secret` and, for temporary keys, \
             `security_token`; it differs at line {}, column {}",
            error.line(),
            error.column()
        )
    })?;
    let keys = Keys::new(file.access_key_id, file.access_key_secret);
    Ok(match file.security_token {
        Some(token) => keys.with_token(token),
        None => keys,
    })
}
