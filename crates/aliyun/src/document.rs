//! Liberal reading of answers: ids as numbers or texts, flags as texts, absent lists, unknown fields.

use std::time::{Duration, SystemTime};

use landbridge_core::{
    Error, ErrorKind, Owner, Phase, Result, Status, TAG_TOPOLOGY, Tags, maker_of,
};
use serde_json::Value;

/// A view of one JSON object of an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Doc<'a>(&'a Value);

static NULL: Value = Value::Null;

impl<'a> Doc<'a> {
    pub(crate) fn new(value: &'a Value) -> Self {
        Self(value)
    }

    /// The value itself.
    #[cfg(test)]
    pub(crate) fn value(self) -> &'a Value {
        self.0
    }

    /// The member `key`, or nothing at all.
    pub(crate) fn get(self, key: &str) -> Self {
        Self(self.0.get(key).unwrap_or(&NULL))
    }

    /// The value itself as text; numbers and flags become texts, an empty text counts as absent.
    pub(crate) fn as_text(self) -> Option<String> {
        match self.0 {
            Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            _ => None,
        }
    }

    pub(crate) fn text(self, key: &str) -> Option<String> {
        self.get(key).as_text()
    }

    pub(crate) fn text_or_empty(self, key: &str) -> String {
        self.text(key).unwrap_or_default()
    }

    /// A member without which the object makes no sense.
    pub(crate) fn need<T: From<String>>(self, key: &str) -> Result<T> {
        self.text(key).map(T::from).ok_or_else(|| missing(key))
    }

    pub(crate) fn parse<T: std::str::FromStr>(self, key: &str) -> Option<T> {
        self.text(key)?.parse().ok()
    }

    pub(crate) fn flag(self, key: &str) -> Option<bool> {
        self.text(key)
            .map(|text| text.eq_ignore_ascii_case("true") || text == "1")
    }

    /// The list at `path`, if the answer has one. Older products wrap lists (`Vpcs.Vpc[]`), newer ones do not; both are
    /// understood.
    pub(crate) fn list(self, path: &[&str]) -> Option<Vec<Self>> {
        let mut at = self;
        for key in path {
            if at.0.is_array() {
                break;
            }
            at = at.get(key);
        }
        let items = at.0.as_array()?;
        Some(items.iter().map(Doc).collect())
    }

    /// The list that the answer is asked for: one that is not there is not an empty one.
    pub(crate) fn need_list(self, path: &[&str]) -> Result<Vec<Self>> {
        self.list(path).ok_or_else(|| missing(&path.join(".")))
    }

    /// A list inside an item, or an additional one, which products leave out if it is empty: tags, groups of an instance,
    /// secondary CIDR blocks.
    pub(crate) fn list_or_none(self, path: &[&str]) -> Vec<Self> {
        self.list(path).unwrap_or_default()
    }

    /// The texts of a list inside an item, as [`list_or_none`](Self::list_or_none).
    pub(crate) fn texts<T: From<String>>(self, path: &[&str]) -> Vec<T> {
        let items = self.list_or_none(path).into_iter();
        items.filter_map(Self::as_text).map(T::from).collect()
    }

    /// The tags, in any of the shapes that products use.
    pub(crate) fn tags(self) -> Tags {
        let pair = |tag: Self| {
            let key = tag.text("Key").or_else(|| tag.text("TagKey"))?;
            let value = tag.text("Value").or_else(|| tag.text("TagValue"));
            Some((key, value.unwrap_or_default()))
        };
        let tags = self.list_or_none(&["Tags", "Tag"]);
        tags.into_iter().filter_map(pair).collect()
    }

    pub(crate) fn owner(self) -> Option<Owner> {
        Owner::from_tags(&self.tags())
    }

    /// What else made it, as its tags tell.
    pub(crate) fn maker(self) -> Option<String> {
        maker_of(&self.tags())
    }

    /// Whether its tags name a topology, in whatever form the rest of it is.
    pub(crate) fn has_tags_of_ours(self) -> bool {
        self.tags().iter().any(|(key, _)| key == TAG_TOPOLOGY)
    }

    pub(crate) fn status(self, key: &str) -> Status {
        status(&self.text_or_empty(key))
    }

    /// A member that is a moment: a date with or without seconds, or a count of seconds or milliseconds.
    pub(crate) fn time(self, key: &str) -> Option<SystemTime> {
        time(&self.text(key)?)
    }

    /// A member that is an address range.
    pub(crate) fn range(self, key: &str) -> Result<ipnet::IpNet> {
        range(&self.need::<String>(key)?)
    }
}

/// An address range; a bare address is a range of one.
pub(crate) fn range(text: &str) -> Result<ipnet::IpNet> {
    let address = |_| text.parse::<std::net::IpAddr>().map(ipnet::IpNet::from);
    text.parse::<ipnet::IpNet>()
        .or_else(address)
        .map_err(|_| malformed(format!("invalid CIDR block `{text}` in the answer")))
}

fn time(text: &str) -> Option<SystemTime> {
    if let Ok(count) = text.parse::<u64>() {
        // Seconds reach this number in the year 5138.
        let since = match count {
            0..100_000_000_000 => Duration::from_secs(count),
            _ => Duration::from_millis(count),
        };
        return SystemTime::UNIX_EPOCH.checked_add(since);
    }
    let with_seconds = || {
        text.replacen('Z', ":00Z", 1)
            .parse::<jiff::Timestamp>()
            .ok()
    };
    let stamp = text.parse::<jiff::Timestamp>().ok().or_else(with_seconds)?;
    Some(stamp.into())
}

pub(crate) fn malformed(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Malformed, message)
}

/// A member has a value that this version does not know.
pub(crate) fn unknown(key: &str, value: &str) -> Error {
    malformed(format!("`{key}` is `{value}`, which is not known"))
}

fn missing(key: &str) -> Error {
    malformed(format!("the answer has no `{key}`"))
}

/// The phase behind a state. An unknown word is "on its way", so that waiting ends at the deadline and
/// names it.
pub(crate) fn status(word: &str) -> Status {
    let phase = match word {
        "Available" | "Active" | "ACTIVE" | "Activated" | "Attached" | "Running" | "Created" => {
            Phase::Ready
        }
        "Accepting" => Phase::AwaitingAcceptance,
        "Deleting" | "Detaching" | "Dissociating" | "Disabling" | "Detached" | "Deleted"
        | "Released" | "DISSOCIATING" | "DELETING" => Phase::Deleting,
        "Rejected" | "Prohibited" | "Expired" => Phase::Failed,
        word if word.ends_with("Failed") => Phase::Failed,
        _ => Phase::Pending,
    };
    Status::new(phase, word)
}

/// The state of what was just accepted.
pub(crate) fn pending(word: &str) -> Status {
    Status::new(Phase::Pending, word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_flags_and_absence_are_read_liberally() {
        let value = json!({"Id": 12, "On": "true", "Off": false, "Empty": "", "Wrapped": {"Item": ["a", 1]}, "Bare": ["b"]});
        let doc = Doc::new(&value);
        assert_eq!(doc.text("Id").as_deref(), Some("12"));
        assert_eq!(doc.flag("On"), Some(true));
        assert_eq!(doc.flag("Off"), Some(false));
        assert_eq!(doc.text("Empty"), None);
        assert_eq!(doc.texts::<String>(&["Wrapped", "Item"]), ["a", "1"]);
        assert_eq!(doc.texts::<String>(&["Bare", "Item"]), ["b"]);
        assert!(doc.list_or_none(&["Absent", "Item"]).is_empty());
        let missing = doc.need_list(&["Absent", "Item"]).expect_err("absent");
        assert!(missing.message().contains("`Absent.Item`"), "{missing}");
        let missing = doc.need::<String>("Gone").expect_err("absent");
        assert_eq!(missing.kind(), ErrorKind::Malformed);
    }

    #[test]
    fn the_maker_is_read_from_tags() {
        let value = json!({"Tags": {"Tag": [{"TagKey": "acs:ros:stackId", "TagValue": "s-1"}]}});
        assert_eq!(Doc::new(&value).maker().as_deref(), Some("ROS stack s-1"));
        assert_eq!(Doc::new(&json!({})).maker(), None);
    }

    #[test]
    fn tags_are_read_in_every_shape() {
        let shapes = [
            json!({"Tags": {"Tag": [{"Key": "k", "Value": "v"}]}}),
            json!({"Tags": [{"Key": "k", "Value": "v"}]}),
            json!({"Tags": {"Tag": [{"TagKey": "k", "TagValue": "v"}]}}),
            json!({"Tags": [{"TagKey": "k", "TagValue": "v"}]}),
        ];
        for shape in &shapes {
            assert_eq!(
                Doc::new(shape).tags().get("k").map(String::as_str),
                Some("v")
            );
        }
    }

    #[test]
    fn moments_are_read_in_every_shape() {
        let minute = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_040);
        for shape in [
            json!("2026-01-02T03:04:00Z"),
            json!("2026-01-02T03:04Z"),
            json!(1_767_323_040),
            json!(1_767_323_040_000_u64),
        ] {
            let value = json!({"At": shape});
            assert_eq!(Doc::new(&value).time("At"), Some(minute), "{value}");
        }
        assert_eq!(Doc::new(&json!({"At": "yesterday"})).time("At"), None);
    }

    #[test]
    fn unknown_states_are_pending() {
        assert_eq!(status("Detaching").phase, Phase::Deleting);
        assert_eq!(status("Reticulating").phase, Phase::Pending);
        assert_eq!(status("CreateFailed").phase, Phase::Failed);
    }
}
