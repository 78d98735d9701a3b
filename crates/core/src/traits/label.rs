use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::object::ObjectKey;

/// Tags of a cloud object, in the order of their keys.
pub type Tags = BTreeMap<String, String>;

/// The tag that names the topology an object belongs to.
pub const TAG_TOPOLOGY: &str = "landbridge:topology";
/// The tag that names the object inside its topology.
pub const TAG_KEY: &str = "landbridge:key";

/// The tag of an attachment that tells whose the grant is that it needed; see [`GrantOrigin`](super::GrantOrigin).
pub const TAG_GRANT: &str = "landbridge:grant";

/// The topology that an object belongs to, and its key there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Owner {
    /// The topology's name.
    pub topology: String,
    /// The object's key inside the topology, such as `network/vpc1`.
    pub key: String,
}

impl Owner {
    /// The owner `topology`, object `key`.
    pub fn new(topology: impl Into<String>, key: impl Into<String>) -> Self {
        Self {
            topology: topology.into(),
            key: key.into(),
        }
    }

    /// The key as the engine reads it.
    pub fn object_key(&self) -> ObjectKey {
        ObjectKey::from(self.key.as_str())
    }

    /// The owner that the tags name, if they name one.
    pub fn from_tags(tags: &Tags) -> Option<Self> {
        Some(Self::new(tags.get(TAG_TOPOLOGY)?, tags.get(TAG_KEY)?))
    }

    /// The tags that name this owner.
    pub fn to_tags(&self) -> Tags {
        Tags::from([
            (TAG_TOPOLOGY.to_owned(), self.topology.clone()),
            (TAG_KEY.to_owned(), self.key.clone()),
        ])
    }
}

/// An idempotency token: at most 64 ASCII characters. The same token means the same logical request.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

impl Token {
    /// The token of the logical request that `parts` identify: equal parts give equal tokens.
    pub fn derive(parts: &[&str]) -> Self {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self(hex::encode(&hash.finalize()[..24]))
    }

    /// The token as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({})", self.0)
    }
}

/// The name, ownership and idempotency token of an object to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The name that the console shows.
    pub name: String,
    /// Ownership, written as tags where the object can carry them.
    pub owner: Owner,
    /// The idempotency token, used where the operation takes one.
    pub token: Token,
}

impl Label {
    /// A label.
    pub fn new(name: impl Into<String>, owner: Owner, token: Token) -> Self {
        Self {
            name: name.into(),
            owner,
            token,
        }
    }
}

/// The stage of an object's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Phase {
    /// Being created, or being changed.
    Pending,
    /// Usable.
    Ready,
    /// Waits for its accepter.
    AwaitingAcceptance,
    /// Being deleted.
    Deleting,
    /// Not usable, and it will not become usable.
    Failed,
}

/// A phase with the cloud's own word for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The phase.
    pub phase: Phase,
    /// The cloud's word, such as `Attaching`.
    pub word: String,
}

impl Status {
    /// A status.
    pub fn new(phase: Phase, word: impl Into<String>) -> Self {
        Self {
            phase,
            word: word.into(),
        }
    }

    /// Whether the object is usable.
    pub fn is_ready(&self) -> bool {
        self.phase == Phase::Ready
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.word)
    }
}

/// Which objects a list returns.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Select<Id> {
    /// All objects that the account has in the region.
    All,
    /// Objects tagged with this topology.
    Topology(String),
    /// Objects with these ids. Ids that do not exist are skipped.
    Ids(Vec<Id>),
}

impl<Id> Select<Id> {
    /// The object with this id.
    pub fn id(id: impl Into<Id>) -> Self {
        Self::Ids(vec![id.into()])
    }
}
