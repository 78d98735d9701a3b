use std::cmp::Ordering;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Op;
use crate::error::{Error, ErrorKind, Result};
use crate::ids::Place;
use crate::object::{ObjectKey, OpKind, Verb};
use crate::observation::Observation;
use crate::traits::Capabilities;

/// The key of an object, which all share who name the object. It is hashed when it is made: a plan looks keys up more often
/// than it makes them.
#[derive(Clone)]
pub(super) struct SharedKey(Arc<Hashed>);

struct Hashed {
    hash: u64,
    key: ObjectKey,
}

impl From<ObjectKey> for SharedKey {
    fn from(key: ObjectKey) -> Self {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let hash = hasher.finish();
        Self(Arc::new(Hashed { hash, key }))
    }
}

impl Deref for SharedKey {
    type Target = ObjectKey;

    fn deref(&self) -> &ObjectKey {
        &self.0.key
    }
}

impl fmt::Debug for SharedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0.key, f)
    }
}

impl Hash for SharedKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

impl PartialEq for SharedKey {
    fn eq(&self, other: &Self) -> bool {
        let same = || self.0.hash == other.0.hash && self.0.key == other.0.key;
        Arc::ptr_eq(&self.0, &other.0) || same()
    }
}

impl Eq for SharedKey {}

impl PartialOrd for SharedKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SharedKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.key.cmp(&other.0.key)
    }
}

/// The key of a step, unique in its plan: the key of the object it creates (`network/vpc1`), or that key behind
/// `delete:` or `rename:`.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(from = "String", into = "String")]
#[schemars(with = "String")]
pub struct StepKey {
    verb: Verb,
    object: SharedKey,
}

const DELETE: &str = "delete:";
const RENAME: &str = "rename:";

impl StepKey {
    /// The step that creates the object with this key.
    pub fn create(object: ObjectKey) -> Self {
        Self::creating(object.into())
    }

    /// The step that deletes the object with this key.
    pub fn delete(object: ObjectKey) -> Self {
        Self::of(Verb::Delete, object.into())
    }

    /// The step that gives the object of an earlier key this one.
    pub fn rename(object: ObjectKey) -> Self {
        Self::of(Verb::Rename, object.into())
    }

    /// The step that creates an object whose key others have, too.
    pub(super) fn creating(object: SharedKey) -> Self {
        Self::of(Verb::Create, object)
    }

    fn of(verb: Verb, object: SharedKey) -> Self {
        Self { verb, object }
    }

    /// The step that deletes the same object.
    pub(super) fn deletion(&self) -> Self {
        Self::of(Verb::Delete, self.object.clone())
    }

    /// The key of the object that the step creates, deletes or renames.
    pub fn object(&self) -> &ObjectKey {
        &self.object
    }

    /// Whether the step gives the object this key.
    pub fn is_rename(&self) -> bool {
        self.verb == Verb::Rename
    }

    /// Whether the step deletes the object.
    pub fn is_delete(&self) -> bool {
        self.verb == Verb::Delete
    }
}

impl fmt::Display for StepKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.verb {
            Verb::Create => self.object.fmt(f),
            Verb::Delete => f.pad(&format!("{DELETE}{}", self.object())),
            Verb::Rename => f.pad(&format!("{RENAME}{}", self.object())),
        }
    }
}

impl From<String> for StepKey {
    fn from(text: String) -> Self {
        if let Some(object) = text.strip_prefix(DELETE) {
            return Self::delete(object.into());
        }
        match text.strip_prefix(RENAME) {
            Some(object) => Self::rename(object.into()),
            None => Self::create(text.into()),
        }
    }
}

impl From<StepKey> for String {
    fn from(key: StepKey) -> Self {
        key.to_string()
    }
}

/// An id that is known, or will be when a step is done.
#[derive(
    Clone, Debug, PartialEq, Hash, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Ref {
    /// The object exists and has this id.
    Id(String),
    /// The object that this step creates.
    Step(StepKey),
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => f.write_str(id),
            Self::Step(key) => write!(f, "{{{key}}}"),
        }
    }
}

/// One write to one cloud, and what must be done before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Step {
    /// Its key.
    pub key: StepKey,
    /// What it does.
    pub op: Op,
    /// Where, and so with whose credentials.
    pub place: Place,
    /// Steps that must be done before.
    pub depends_on: Vec<StepKey>,
    /// Of all steps with the same domain only one writes at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// The permissions it needs, in the cloud's words.
    pub permissions: Vec<String>,
    /// The object exists already and only has to become ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub existing: Option<String>,
    /// The object that the plan deletes before, because it cannot be changed into this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
    /// Its object is in no topology. Nothing that the plan deletes uses it, so the step fails at once while something does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alone: bool,
}

impl Step {
    /// A step that waits for no other. Its domain and permissions follow from what it does.
    pub(crate) fn new(key: StepKey, op: Op, place: Place, observation: &Observation) -> Self {
        let capabilities = observation.capabilities.get(&place.cloud);
        Self::on(key, op, place, capabilities)
    }

    /// A step whose object is in no topology.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for names that a key cannot hold.
    pub(crate) fn alone(
        object: ObjectKey,
        op: impl Into<Op>,
        place: &Place,
        capabilities: &[Capabilities],
    ) -> Result<Self> {
        let text = object.to_string();
        let read = ObjectKey::from(text.as_str());
        if read != object {
            let message =
                format!("invalid names in `{text}`: expected text without `/`, `~` or `@`");
            return Err(Error::new(ErrorKind::InvalidInput, message)
                .with_place(place.clone())
                .with_remedy("give IDs as the cloud shows them"));
        }
        let op = op.into();
        let key = match op.is_delete() {
            true => StepKey::delete(object),
            false => StepKey::create(object),
        };
        let mut known = capabilities.iter();
        let capabilities = known.find(|capabilities| capabilities.cloud == place.cloud);
        let step = Self::on(key, op, place.clone(), capabilities);
        Ok(Self {
            alone: true,
            ..step
        })
    }

    fn on(key: StepKey, op: Op, place: Place, capabilities: Option<&Capabilities>) -> Self {
        let action = op.action();
        // A duplicate is deleted under the lock of what it is one of.
        let object = key.object().carried();
        let forms = action.forms(object);
        let mut permissions = capabilities
            .map(|capabilities| capabilities.permissions_of(op.kind(), &forms))
            .unwrap_or_default();
        if let Some(capabilities) = capabilities.filter(|_| action.is_marked()) {
            let more = capabilities.mark_permissions.get(&op.kind());
            permissions.extend(more.into_iter().flatten().cloned());
        }
        Self {
            domain: action.domain(object),
            key,
            op,
            place,
            depends_on: Vec::new(),
            permissions,
            existing: None,
            replaces: None,
            alone: false,
        }
    }

    /// The permissions of the step that takes it back, if one does.
    pub(crate) fn undo_permissions(&self, capabilities: &Capabilities) -> Vec<String> {
        let undo = self.op.kind().undo();
        undo.map(|undo| self.permissions_as(undo, capabilities))
            .unwrap_or_default()
    }

    /// The permissions of another kind of step for the same sorts of objects.
    pub(crate) fn permissions_as(&self, kind: OpKind, capabilities: &Capabilities) -> Vec<String> {
        let forms = self.op.action().forms(self.key.object().carried());
        capabilities.permissions_of(kind, &forms)
    }

    /// Whether it concerns a hub at the edge of private lines.
    pub(crate) fn is_at_edge(&self) -> bool {
        let object = self.key.object().carried();
        self.op.action().is_at_edge(object)
    }
}
