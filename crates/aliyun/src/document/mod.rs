//! Liberal reading of answers: ids as numbers or texts, flags as texts, absent lists, unknown fields.

mod tree;

use std::fmt;
use std::time::{Duration, SystemTime};

use landbridge_core::{
    Error, ErrorKind, Owner, Phase, Result, Status, TAG_KEY, TAG_TOPOLOGY, Tags, maker_of,
};
use serde_json::{Map, Value};

use tree::{NOWHERE, Node, ROOT, Span, Tree};

pub(crate) use tree::Unread;

/// A JSON document, read once. It may hold keys, so `Debug` shows nothing of it.
pub(crate) struct Document {
    source: String,
    tree: Tree,
}

impl Document {
    /// Reads a text.
    pub(crate) fn read(source: String) -> Result<Self, Unread> {
        let tree = Tree::read(&source)?;
        Ok(Self { source, tree })
    }

    /// Reads bytes and takes them; bytes that are no document stay.
    pub(crate) fn take(bytes: &mut Vec<u8>) -> Result<Self, Option<Unread>> {
        let source = String::from_utf8(std::mem::take(bytes)).map_err(|error| {
            *bytes = error.into_bytes();
            None
        })?;
        match Tree::read(&source) {
            Ok(tree) => Ok(Self { source, tree }),
            Err(why) => {
                *bytes = source.into_bytes();
                Err(Some(why))
            }
        }
    }

    /// All of it.
    pub(crate) fn root(&self) -> Doc<'_> {
        Doc {
            document: self,
            at: ROOT,
        }
    }

    /// Whether it is an object.
    pub(crate) fn is_object(&self) -> bool {
        matches!(self.tree.node(ROOT), Node::Object { .. })
    }

    /// The text that was read.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.source.into_bytes()
    }

    fn text(&self, span: Span) -> &str {
        self.tree.text(&self.source, span)
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").finish_non_exhaustive()
    }
}

/// A view of one value of an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Doc<'a> {
    document: &'a Document,
    at: usize,
}

impl<'a> Doc<'a> {
    /// The value as a test writes it.
    #[cfg(test)]
    pub(crate) fn of(value: &Value) -> Doc<'static> {
        let document = Document::read(value.to_string());
        let document = document.unwrap_or_else(|_| panic!("{value}"));
        Box::leak(Box::new(document)).root()
    }

    /// The member `key`, or nothing at all. Of members with the same name the last one counts.
    pub(crate) fn get(self, key: &str) -> Self {
        let Document { source, tree } = self.document;
        Self {
            at: tree.member(source, self.at, key),
            ..self
        }
    }

    fn node(self) -> Node {
        self.document.tree.node(self.at)
    }

    /// What is inside of it: items, or names and values in turn.
    fn inside(self) -> impl Iterator<Item = Self> {
        let tree = &self.document.tree;
        let end = match self.node() {
            Node::List { end, .. } | Node::Object { end } => end as usize,
            _ => NOWHERE,
        };
        let first = Some(self.at + 1).filter(|at| *at < end);
        let next = move |at: &usize| Some(tree.after(*at)).filter(|at| *at < end);
        std::iter::successors(first, next).map(move |at| Self { at, ..self })
    }

    // The text of a text or number.
    fn raw(self) -> &'a str {
        match self.node() {
            Node::Text(text) | Node::Number(text) | Node::Name { text, .. } => {
                self.document.text(text)
            }
            Node::Flag(true) => "true",
            Node::Flag(false) => "false",
            _ => "",
        }
    }

    /// The value itself as text; numbers and flags become texts, an empty text counts as absent.
    pub(crate) fn as_str(self) -> Option<&'a str> {
        Some(self.raw().trim()).filter(|text| !text.is_empty())
    }

    pub(crate) fn str(self, key: &str) -> Option<&'a str> {
        self.get(key).as_str()
    }

    pub(crate) fn text(self, key: &str) -> Option<String> {
        self.str(key).map(str::to_owned)
    }

    pub(crate) fn text_or_empty(self, key: &str) -> String {
        self.text(key).unwrap_or_default()
    }

    /// A member without which the object makes no sense.
    pub(crate) fn need<T: From<&'a str>>(self, key: &str) -> Result<T> {
        self.str(key).map(T::from).ok_or_else(|| missing(key))
    }

    pub(crate) fn parse<T: std::str::FromStr>(self, key: &str) -> Option<T> {
        self.str(key)?.parse().ok()
    }

    pub(crate) fn flag(self, key: &str) -> Option<bool> {
        self.str(key)
            .map(|text| text.eq_ignore_ascii_case("true") || text == "1")
    }

    /// The items of the list at `path`, if the answer has one. Older products wrap lists (`Vpcs.Vpc[]`), newer ones do not;
    /// both are understood.
    fn items(self, path: &[&str]) -> Option<impl Iterator<Item = Self>> {
        self.list_at(path).map(Self::inside)
    }

    fn list_at(self, path: &[&str]) -> Option<Self> {
        let mut at = self;
        for key in path {
            if at.len().is_some() {
                break;
            }
            at = at.get(key);
        }
        at.len().map(|_| at)
    }

    fn len(self) -> Option<usize> {
        match self.node() {
            Node::List { items, .. } => Some(items as usize),
            _ => None,
        }
    }

    /// How many items the list at `path` has, if the answer has one.
    pub(crate) fn count(self, path: &[&str]) -> Option<usize> {
        self.list_at(path)?.len()
    }

    /// The list at `path`, if the answer has one: see [`items`](Self::items).
    pub(crate) fn list(self, path: &[&str]) -> Option<Vec<Self>> {
        let mut list = Vec::with_capacity(self.count(path)?);
        list.extend(self.items(path)?);
        Some(list)
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
    pub(crate) fn texts<T: From<&'a str>>(self, path: &[&str]) -> Vec<T> {
        let items = self.items(path).into_iter().flatten();
        items.filter_map(Self::as_str).map(T::from).collect()
    }

    /// The tags, in any of the shapes that products use.
    pub(crate) fn tags(self) -> Tags {
        let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
        self.pairs().map(owned).collect()
    }

    fn pairs(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let pair = |tag: Self| {
            let key = tag.str("Key").or_else(|| tag.str("TagKey"))?;
            let value = tag.str("Value").or_else(|| tag.str("TagValue"));
            Some((key, value.unwrap_or_default()))
        };
        let tags = self.items(&["Tags", "Tag"]);
        tags.into_iter().flatten().filter_map(pair)
    }

    // As in a map, the last tag of a name counts.
    pub(crate) fn owner(self) -> Option<Owner> {
        let (mut topology, mut key) = (None, None);
        for (name, value) in self.pairs() {
            match name {
                TAG_TOPOLOGY => topology = Some(value),
                TAG_KEY => key = Some(value),
                _ => {}
            }
        }
        Some(Owner::new(topology?, key?))
    }

    /// What else made it, as its tags tell.
    pub(crate) fn maker(self) -> Option<String> {
        maker_of::<&str>(&self.pairs().collect())
    }

    /// Whether it carries a tag with this value.
    pub(crate) fn has_tag(self, key: &str, value: &str) -> bool {
        self.pairs().any(|pair| pair == (key, value))
    }

    /// Whether its tags name a topology, in whatever form the rest of it is.
    pub(crate) fn has_tags_of_ours(self) -> bool {
        self.pairs().any(|(name, _)| name == TAG_TOPOLOGY)
    }

    pub(crate) fn status(self, key: &str) -> Status {
        status(self.str(key).unwrap_or_default())
    }

    /// A member that is a moment: a date with or without seconds, or a count of seconds or milliseconds.
    pub(crate) fn time(self, key: &str) -> Option<SystemTime> {
        time(self.str(key)?)
    }

    /// A member that is an address range.
    pub(crate) fn range(self, key: &str) -> Result<ipnet::IpNet> {
        range(self.str(key).ok_or_else(|| missing(key))?)
    }
}

/// An address range; a bare address is a range of one.
pub(crate) fn range(text: &str) -> Result<ipnet::IpNet> {
    let address = |_| text.parse::<std::net::IpAddr>().map(ipnet::IpNet::from);
    text.parse::<ipnet::IpNet>()
        .or_else(address)
        .map_err(|_| malformed(format!("invalid CIDR block `{text}` in the answer")))
}

impl From<Doc<'_>> for Value {
    fn from(doc: Doc<'_>) -> Self {
        match doc.node() {
            Node::Null => Self::Null,
            Node::Flag(flag) => Self::Bool(flag),
            Node::Number(_) => doc.raw().parse().map_or(Self::Null, Self::Number),
            Node::Text(_) | Node::Name { .. } => Self::String(doc.raw().to_owned()),
            Node::List { .. } => doc.inside().map(Self::from).collect(),
            Node::Object { .. } => {
                let (mut members, mut inside) = (Map::new(), doc.inside());
                while let (Some(name), Some(value)) = (inside.next(), inside.next()) {
                    members.insert(name.raw().to_owned(), Self::from(value));
                }
                Self::Object(members)
            }
        }
    }
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
        let doc = Doc::of(&value);
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
        assert_eq!(Doc::of(&value).maker().as_deref(), Some("ROS stack s-1"));
        assert_eq!(Doc::of(&json!({})).maker(), None);
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
                Doc::of(shape).tags().get("k").map(String::as_str),
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
            assert_eq!(Doc::of(&value).time("At"), Some(minute), "{value}");
        }
        assert_eq!(Doc::of(&json!({"At": "yesterday"})).time("At"), None);
    }

    #[test]
    fn unknown_states_are_pending() {
        assert_eq!(status("Detaching").phase, Phase::Deleting);
        assert_eq!(status("Reticulating").phase, Phase::Pending);
        assert_eq!(status("CreateFailed").phase, Phase::Failed);
    }
}
