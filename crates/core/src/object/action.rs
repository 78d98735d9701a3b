//! What the engine needs to know of a kind of step. Each kind of object says it in its own file.

use std::fmt::{Debug, Display};

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DeletedById, Form, Kind, Listed, ObjectKey, OpKind, Record};
use crate::engine::Site;
use crate::error::Result;
use crate::retry::Look;
use crate::traits::{Phase, Status};

/// One write: how it is made, how its outcome is seen, which lock it takes. It prints as what it does.
#[async_trait]
pub(crate) trait Action: Display + Debug + Send + Sync {
    /// What kind of write it is.
    fn kind(&self) -> OpKind;

    /// Whether it concerns a hub at the edge of private lines, which needs other permissions.
    fn is_at_edge(&self, _key: &ObjectKey) -> bool {
        false
    }

    /// Which sorts of its kind it writes, where the sorts take different calls. Default: what the key tells.
    fn forms(&self, key: &ObjectKey) -> Vec<Form> {
        Form::of(key, self.is_at_edge(key)).into_iter().collect()
    }

    /// Whether it writes or removes the mark of a route, which may need more permissions.
    fn is_marked(&self) -> bool {
        false
    }

    /// The name that the cloud shows for what it creates, if it has one.
    fn name(&self) -> Option<&str> {
        None
    }

    /// The conflict domain in which it writes: of all steps with the same one, one writes at a time.
    fn domain(&self, _key: &ObjectKey) -> Option<String> {
        None
    }

    /// Whether the domain stays locked until the object is ready: clouds take one change of a network's subnets and routes
    /// at a time, from the call to its end, whereas hubs are free again once a call is accepted.
    fn holds_domain(&self) -> bool {
        false
    }

    /// Writes of one domain that give the same text here may go into one call, where the cloud
    /// [takes several](crate::Capabilities::routes_per_call).
    fn batch(&self) -> Option<String> {
        None
    }

    /// Makes the call. Gives the id of what it creates, or nothing where there is no id.
    ///
    /// It resolves references first and then asks [`Site::writing`] for the cloud: resolving may need calls of its own.
    async fn write(&self, site: &Site<'_>) -> Result<Option<String>>;

    /// Looks at the object, by the id that [`write`](Self::write) gave. For a step that deletes, absent is what it wants.
    async fn look(&self, site: &Site<'_>, id: &str) -> Result<Seen>;

    /// Looks for what a call may have done whose answer was lost.
    async fn find(&self, site: &Site<'_>) -> Result<Option<String>> {
        let key = site.key().to_string();
        let done = match self.look(site, &key).await? {
            Seen::Absent => self.kind().is_delete(),
            Seen::Now(look) => !self.kind().is_delete() && matches!(look, Look::Ready(())),
        };
        Ok(done.then_some(key))
    }

    /// The IDs of other objects that carry the step's key, where nothing keeps two runs from making one each: no token, no
    /// name that only one may have, no CIDR block that only one may have. They come from the list that
    /// [`look`](Self::look) asks for.
    async fn rivals(&self, _site: &Site<'_>, _id: &str) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// Deletes what this very step has just made, when a rival is kept in its place.
    async fn undo(&self, _site: &Site<'_>, _id: &str) -> Result<()> {
        Ok(())
    }
}

/// What a look at an object showed.
#[derive(Debug)]
pub(crate) enum Seen {
    /// It is not there.
    Absent,
    /// It is there.
    Now(Look<()>),
}

impl Seen {
    pub(crate) fn ready() -> Self {
        Self::Now(Look::Ready(()))
    }

    pub(crate) fn not_yet(state: impl Into<String>) -> Self {
        Self::Now(Look::NotYet(state.into()))
    }

    /// What a step that creates sees of a state.
    pub(crate) fn status(status: Option<&Status>) -> Self {
        let Some(status) = status else {
            return Self::Absent;
        };
        Self::Now(match status.phase {
            Phase::Ready => Look::Ready(()),
            Phase::Failed => Look::Never(status.word.clone()),
            Phase::Deleting => {
                Look::Never(format!("{}, and this run does not delete it", status.word))
            }
            Phase::Pending | Phase::AwaitingAcceptance => Look::NotYet(status.word.clone()),
        })
    }

    /// What a step that creates sees of a record.
    pub(crate) fn record<R: Record>(record: Option<&R>) -> Self {
        Self::status(record.map(Record::state).as_deref())
    }

    /// What a step that deletes sees while something is left, with the state of that.
    pub(crate) fn left(state: Option<String>) -> Self {
        state.map_or(Self::Absent, Self::not_yet)
    }
}

/// Deletes an object by its id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(bound = "")]
#[schemars(bound = "R::Id: JsonSchema")]
pub struct Delete<R: Record> {
    /// The object.
    pub id: R::Id,
}

impl<R: Record> Display for Delete<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let noun = match R::KIND {
            Kind::Group => "firewall group",
            kind => kind.noun(),
        };
        write!(f, "delete {noun} {}", self.id)
    }
}

#[async_trait]
impl<R: DeletedById> Action for Delete<R> {
    fn kind(&self) -> OpKind {
        OpKind::delete(<R as Listed>::KIND)
    }

    fn is_at_edge(&self, key: &ObjectKey) -> bool {
        matches!(key, ObjectKey::EdgeHub(_))
    }

    fn domain(&self, key: &ObjectKey) -> Option<String> {
        R::domain(key)
    }

    fn holds_domain(&self) -> bool {
        R::HOLDS_DOMAIN
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let cloud = site.writing().await?;
        R::delete_id(cloud.as_ref(), &self.id).await?;
        Ok(None)
    }

    async fn look(&self, site: &Site<'_>, _: &str) -> Result<Seen> {
        let records = site.ours::<R>().await?;
        let record = records.with_id(self.id.as_ref());
        Ok(Seen::left(
            record.map(|record| record.status().word.clone()),
        ))
    }
}
