//! An error as a document: what a service keeps of it and shows later.

use std::borrow::Cow;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Deserializer;
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind};
use crate::format::FormatVersion;
use crate::ids::Place;

/// What an [`Error`] says, to be kept and read again. It holds no secret, because no error does.
///
/// ```
/// use landbridge_core::{Error, ErrorKind, Failure};
///
/// let error = Error::new(ErrorKind::Throttled, "slow down").with_code("Throttling.User");
/// let failure = Failure::of(&error);
/// assert!(failure.may_pass);
/// let text = serde_json::to_string(&failure).expect("JSON");
/// assert_eq!(text, r#"{"v":1,"kind":"throttled","message":"slow down","code":"Throttling.User","may_pass":true}"#);
/// assert_eq!(serde_json::from_str::<Failure>(&text).expect("the same"), failure);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Failure {
    /// The version of its JSON document.
    pub v: FormatVersion<1>,
    /// What went wrong.
    pub kind: ErrorKind,
    /// Who, what, on which ID.
    pub message: String,
    /// The operation, in the cloud's own words where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Where it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// The cloud's literal error code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The cloud's request ID, which its support asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Whether running the whole operation again may come further, without any other change.
    #[serde(default)]
    pub may_pass: bool,
    /// How long the cloud asks to wait before the next attempt, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<f64>,
}

impl Failure {
    /// What an error says.
    pub fn of(error: &Error) -> Self {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Self {
            v: FormatVersion,
            kind: error.kind(),
            message: error.message().to_owned(),
            operation: text(error.operation()),
            place: error.place().cloned(),
            code: text(error.code()),
            request_id: text(error.request_id()),
            remedy: text(error.remedy()),
            may_pass: error.may_pass(),
            retry_after: error.retry_after().as_ref().map(Duration::as_secs_f64),
        }
    }

    /// The same with at most so many bytes of JSON in its texts: half for the message, a quarter for the remedy. A place
    /// that is longer than any cloud's is left out.
    pub(crate) fn brief(mut self, bytes: usize) -> Self {
        let short = |text: Option<String>, bytes| text.map(|text| clip(&text, bytes));
        self.message = clip(&self.message, bytes / 2);
        self.remedy = short(self.remedy, bytes / 4);
        let rest = bytes / 12;
        self.operation = short(self.operation, rest);
        self.code = short(self.code, rest);
        self.request_id = short(self.request_id, rest);
        self.place = self.place.filter(|place| place.to_string().len() <= 96);
        self
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        Self::of(error)
    }
}

/// Text that takes at most so many bytes in JSON, with `…` where the rest is left out. Control characters become spaces.
pub(crate) fn clip(text: &str, bytes: usize) -> String {
    const MARK: char = '…';
    let cost = |c: char| match c {
        '"' | '\\' => 2,
        c => c.len_utf8(),
    };
    let clean = || text.chars().map(|c| if c.is_control() { ' ' } else { c });
    if clean().map(cost).sum::<usize>() <= bytes {
        return clean().collect();
    }
    let room = bytes.saturating_sub(MARK.len_utf8());
    let mut used = 0;
    let mut short: String = clean()
        .take_while(|c| {
            used += cost(*c);
            used <= room
        })
        .collect();
    short.push(MARK);
    short
}

/// The kind as one word, such as `permission-denied`.
impl Serialize for ErrorKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// A word that this version does not know, as a later one may write it, is [`Refused`](ErrorKind::Refused).
impl<'de> Deserialize<'de> for ErrorKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        let known = Self::ALL.into_iter().find(|kind| kind.word() == word);
        Ok(known.unwrap_or(Self::Refused))
    }
}

impl JsonSchema for ErrorKind {
    fn schema_name() -> Cow<'static, str> {
        "ErrorKind".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": Self::ALL.map(Self::word) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::CloudName;

    fn full() -> Error {
        Error::new(ErrorKind::ServiceNotOpen, "transit routers are closed")
            .with_operation("CreateTransitRouter")
            .with_place(Place::new(CloudName::from_static("aliyun"), "01", "cn-x"))
            .with_code("Forbbiden.TransitRouterServiceNotOpen")
            .with_request_id("R-1")
            .with_remedy("open the service")
            .with_retry_after(Duration::from_millis(1500))
            .with_source("CANARY of a source")
    }

    #[test]
    fn everything_but_the_source_comes_back() {
        let failure = Failure::of(&full());
        let text = serde_json::to_string(&failure).expect("JSON");
        assert_eq!(
            serde_json::from_str::<Failure>(&text).expect("read"),
            failure
        );
        assert_eq!(failure.retry_after, Some(1.5));
        assert!(!failure.may_pass);
        assert!(!text.contains("CANARY"), "{text}");
    }

    #[test]
    fn what_a_later_version_adds_does_no_harm() {
        let text = r#"{"v":1,"kind":"struck-by-lightning","message":"m","more":{"a":[1]}}"#;
        let failure: Failure = serde_json::from_str(text).expect("read");
        assert_eq!(failure.kind, ErrorKind::Refused);
        assert!(serde_json::from_str::<Failure>(r#"{"v":2,"kind":"busy","message":"m"}"#).is_err());
    }

    #[test]
    fn each_kind_has_a_word_of_its_own() {
        let words: std::collections::BTreeSet<&str> =
            ErrorKind::ALL.into_iter().map(ErrorKind::word).collect();
        assert_eq!(words.len(), ErrorKind::ALL.len());
        for kind in ErrorKind::ALL {
            let text = serde_json::to_string(&kind).expect("JSON");
            assert_eq!(
                serde_json::from_str::<ErrorKind>(&text).expect("read"),
                kind
            );
        }
    }

    #[test]
    fn clipped_text_keeps_to_its_bytes_in_json() {
        for text in [
            "plain",
            "\"\\\"\\\"\\\"\\\"\\",
            "\u{1}\u{2}\n\t",
            "日本語日本語日本語",
            "🦀🦀🦀🦀",
        ] {
            for bytes in 3..20 {
                let short = clip(text, bytes);
                let json = serde_json::to_string(&short).expect("JSON");
                assert!(json.len() - 2 <= bytes, "{text:?} {bytes}: {json}");
            }
            assert_eq!(clip(text, 1000).chars().count(), text.chars().count());
        }
    }
}
