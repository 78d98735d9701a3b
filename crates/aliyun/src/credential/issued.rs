//! The document in which a service on the machine hands out keys.

use std::time::SystemTime;

use landbridge_core::{Error, ErrorKind, Result};

use super::Keys;
use crate::document::{Document, malformed};

/// The keys in a document of the metadata service or of a credentials URI. No part of it is quoted in errors. One that
/// does not say whether it is a success is taken for one if it has the keys, as the vendor's Go library does.
pub(super) fn read(text: &str) -> Result<Keys> {
    let document =
        Document::read(text.to_owned()).map_err(|_| malformed("invalid answer: expected JSON"))?;
    let doc = document.root();
    if let Some(code) = doc.text("Code")
        && !code.eq_ignore_ascii_case("success")
    {
        let message = "its answer reports a failure: `Code` is not `Success`";
        return Err(Error::new(ErrorKind::Unavailable, message));
    }
    let keys = Keys::new(
        doc.need::<String>("AccessKeyId")?,
        doc.need::<String>("AccessKeySecret")?,
    );
    Ok(keys
        .with_token(doc.need::<String>("SecurityToken")?)
        .with_expiry(instant(&doc.need::<String>("Expiration")?)?))
}

/// A point in time as these documents write it.
pub(super) fn instant(text: &str) -> Result<SystemTime> {
    let stamp = text.parse::<jiff::Timestamp>();
    stamp
        .map(SystemTime::from)
        .map_err(|_| malformed("invalid expiration: expected a date"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_success_gives_keys() {
        let good = r#"{"Code":"Success","AccessKeyId":"STS.x","AccessKeySecret":"s","SecurityToken":"t","Expiration":"1970-01-01T01:00:00Z"}"#;
        let keys = read(good).expect("reads");
        assert!(keys.token().is_some() && keys.expires_at().is_some());
        read(&good.replace("\"Code\":\"Success\",", "")).expect("keys without a code");
        for (from, to) in [
            ("\"Success\"", "\"Failed\""),
            ("\"AccessKeyId\":\"STS.x\",", ""),
            ("\"SecurityToken\":\"t\",", ""),
            ("1970-01-01T01:00:00Z", "tomorrow"),
            ("{", "["),
        ] {
            let error = read(&good.replace(from, to)).expect_err("refused");
            assert_ne!(error.kind(), ErrorKind::NotFound, "{from}");
        }
    }
}
