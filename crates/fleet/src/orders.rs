use std::fmt::Debug;

use async_trait::async_trait;
use landbridge_core::plan::Plan;
use landbridge_core::preflight::Report;
use landbridge_core::reconcile::{Outcome, Progress};
use landbridge_core::{FormatVersion, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::key::LinkKey;
use crate::spec::Spec;
use crate::state::{LinkState, Phase};
use crate::time::Moment;

/// What is asked for a topology.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Order {
    /// It is there as declared. The same topology again changes nothing.
    Submit {
        /// What is declared.
        spec: Spec,
    },
    /// Nothing of it is there. The proof is the outcome of phase [`Deleted`](Phase::Deleted).
    Delete,
    /// The run under way ends at the next look at it, which is 15 s away at most unless a worker is told otherwise, and no other
    /// begins. The status has its progress until it has ended; from then on nothing is written.
    Stop,
    /// It goes on after a stop or a failure.
    Resume,
    /// The owner of another account has done its part: it is looked at once.
    PeerReady,
}

/// On which terms an order is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Terms {
    /// The generation that the topology has before the order; 0 for one that is not known. Without it any will do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<u64>,
    /// The order's ID. Of the last few IDs of a topology none is carried out twice: the order is taken as given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl Terms {
    /// The code of the error that says that the topology has another generation than expected.
    pub const OTHER_GENERATION: &'static str = "other-generation";

    /// Sets the generation that the topology has before the order.
    #[must_use]
    pub fn with_generation(mut self, generation: u64) -> Self {
        self.generation = Some(generation);
        self
    }

    /// Sets the order's ID.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }
}

/// What a user is shown of a topology.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Status {
    /// The version of its JSON document.
    pub v: FormatVersion<1>,
    /// Which.
    pub key: LinkKey,
    /// How often something else was asked for.
    pub generation: u64,
    /// Where it stands.
    pub phase: Phase,
    /// How far the run under way has come, at its last look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// How the last run has ended: the verdicts, who is waited for, what failed, what is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// How often something was found to differ since it was submitted.
    #[serde(default)]
    pub drifts: u64,
    /// How many ticks have ended: runs that only observed.
    #[serde(default)]
    pub ticks: u64,
    /// When a run is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Moment>,
}

impl Status {
    pub(crate) fn of(key: &LinkKey, state: &LinkState) -> Self {
        Self {
            v: FormatVersion,
            key: key.clone(),
            generation: state.generation,
            phase: state.phase,
            progress: state.progress.clone(),
            outcome: state.outcome.clone(),
            drifts: state.drifts,
            ticks: state.ticks,
            due: state.due,
        }
    }
}

/// What a run for a topology would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Planned {
    /// The version of its JSON document.
    pub v: FormatVersion<1>,
    /// How a run that observes has ended: `ready`, what differs, what is wrong, or what failed.
    pub outcome: Outcome,
    /// What preflight found.
    pub findings: Report,
    /// The plan, unless preflight found errors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
}

/// Takes orders for topologies and tells how they stand, whatever runs them.
///
/// An order is kept when the call returns; workers carry it out. Each may be given twice: the second one changes nothing.
#[async_trait]
pub trait Orders: Debug + Send + Sync + 'static {
    /// Gives an order, and tells how the topology stands after it.
    ///
    /// # Errors
    /// - [`InvalidInput`](landbridge_core::ErrorKind::InvalidInput) for a topology with mistakes or another name than the key;
    /// - [`Busy`](landbridge_core::ErrorKind::Busy) for one that is submitted while it is deleted;
    /// - [`NotFound`](landbridge_core::ErrorKind::NotFound) for one that is not known, unless it is submitted;
    /// - [`Refused`](landbridge_core::ErrorKind::Refused) with the code [`Terms::OTHER_GENERATION`] where the terms do not hold;
    /// - what keeps the order from being kept.
    async fn give(&self, key: &LinkKey, order: Order, terms: &Terms) -> Result<Status>;

    /// [Submits](Order::Submit) a topology on any terms.
    ///
    /// # Errors
    /// As [`give`](Self::give).
    async fn submit(&self, key: &LinkKey, spec: Spec) -> Result<Status> {
        self.give(key, Order::Submit { spec }, &Terms::default())
            .await
    }

    /// [Deletes](Order::Delete) a topology on any terms.
    ///
    /// # Errors
    /// As [`give`](Self::give).
    async fn delete(&self, key: &LinkKey) -> Result<Status> {
        self.give(key, Order::Delete, &Terms::default()).await
    }

    /// [Stops](Order::Stop) a topology on any terms.
    ///
    /// # Errors
    /// As [`give`](Self::give).
    async fn stop(&self, key: &LinkKey) -> Result<Status> {
        self.give(key, Order::Stop, &Terms::default()).await
    }

    /// [Resumes](Order::Resume) a topology on any terms.
    ///
    /// # Errors
    /// As [`give`](Self::give).
    async fn resume(&self, key: &LinkKey) -> Result<Status> {
        self.give(key, Order::Resume, &Terms::default()).await
    }

    /// Says that the [peer is ready](Order::PeerReady), on any terms.
    ///
    /// # Errors
    /// As [`give`](Self::give).
    async fn peer_ready(&self, key: &LinkKey) -> Result<Status> {
        self.give(key, Order::PeerReady, &Terms::default()).await
    }

    /// How a topology stands.
    ///
    /// # Errors
    /// [`NotFound`](landbridge_core::ErrorKind::NotFound), and what keeps it from being read.
    async fn status(&self, key: &LinkKey) -> Result<Status>;

    /// What was asked for last.
    ///
    /// # Errors
    /// As [`status`](Self::status).
    async fn spec(&self, key: &LinkKey) -> Result<Spec>;

    /// How the topologies stand whose keys come after `after`, `most` of them at most, in the order of their keys. With a
    /// tenant, its topologies only.
    ///
    /// # Errors
    /// What keeps them from being read.
    async fn list(
        &self,
        tenant: Option<&str>,
        after: Option<&LinkKey>,
        most: usize,
    ) -> Result<Vec<Status>>;

    /// How many topologies a tenant has, deleted ones that are not forgotten included.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    async fn count(&self, tenant: &str) -> Result<usize>;

    /// Checks that topologies can be read and orders taken. It is asked often, so it should cost little.
    ///
    /// # Errors
    /// As [`list`](Self::list), and [`Unavailable`](landbridge_core::ErrorKind::Unavailable) where no worker takes orders.
    async fn reachable(&self) -> Result<()> {
        self.list(None, None, 1).await.map(drop)
    }

    /// What a run for this topology would do now. Nothing is kept and nothing is written.
    ///
    /// # Errors
    /// [`InvalidInput`](landbridge_core::ErrorKind::InvalidInput) for a topology with mistakes, and
    /// [`Unsupported`](landbridge_core::ErrorKind::Unsupported) where nothing here reaches the clouds. What the clouds say is
    /// the outcome.
    async fn plan(&self, key: &LinkKey, spec: &Spec) -> Result<Planned>;

    /// Forgets a topology of which nothing is left.
    ///
    /// # Errors
    /// [`InUse`](landbridge_core::ErrorKind::InUse) for one that is not [`Deleted`](Phase::Deleted), and what keeps it from
    /// being removed.
    async fn forget(&self, key: &LinkKey) -> Result<()>;
}
