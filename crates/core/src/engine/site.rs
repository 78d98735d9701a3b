//! Where a step does its work: what an [`Action`](crate::object::Action) is given.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ipnet::IpNet;
use secrecy::SecretString;
use tokio::sync::RwLockReadGuard;

use super::batch::{Member, unanswered};
use super::gate::WriteGate;
use super::lists::Records;
use super::queue::Turn;
use super::shared::Shared;
use crate::backend::PlaceReads;
use crate::error::Result;
use crate::ids::{Place, RouteTableId};
use crate::journal::Note;
use crate::object::{Listed, ObjectKey, Record, RouteWrite, Seen};
use crate::plan::{Destination, EndpointRef, NetworkRef, Ref, Step, TableRef};
use crate::retry::Patience;
use crate::traits::{Cloud, Endpoint, Label, Owner, Select, Token};

/// One look at, or one write of, a step's object.
#[derive(Debug)]
pub(crate) struct Site<'a> {
    pub(super) shared: &'a Shared,
    pub(super) gate: &'a WriteGate,
    pub(super) patience: &'a Patience,
    pub(super) step: &'a Step,
    /// How often the step's object vanished.
    pub(super) epoch: u32,
    /// What is noted of the write.
    pub(super) note: Note<'a>,
    /// How long the step has been at work.
    pub(super) elapsed: Duration,
    /// How old shared lists may be, in uptime.
    pub(super) not_before: Duration,
    /// How long the step and what comes after it take.
    pub(super) urgency: u64,
    /// The place in a call for several steps, until the step has written.
    pub(super) member: Mutex<Option<Member>>,
}

/// The cloud, and the right to write to it until this is dropped.
pub(crate) struct Writing<'a> {
    cloud: &'a Arc<dyn Cloud>,
    place_reads: Option<&'a PlaceReads>,
    _turn: Turn,
    _gate: RwLockReadGuard<'a, bool>,
}

impl Deref for Writing<'_> {
    type Target = Arc<dyn Cloud>;

    fn deref(&self) -> &Arc<dyn Cloud> {
        self.cloud
    }
}

// What was read while the write was under way may or may not show it.
impl Drop for Writing<'_> {
    fn drop(&mut self) {
        if let Some(reads) = self.place_reads {
            reads.written(self.cloud.place());
        }
    }
}

impl Site<'_> {
    /// Passes the write gate, and announces the write in the journal. To be asked for last, when nothing but the call itself is left to wait for.
    pub(crate) async fn writing(&self) -> Result<Writing<'_>> {
        let writing = self.enter().await?;
        self.announce().await?;
        // The journal may have taken its time.
        self.patience.check()?;
        Ok(writing)
    }

    /// Writes a route, in one call with those of the steps that share its turn. Each of them passes the gate and announces
    /// its write; the last one makes the call, under the gate as well.
    pub(crate) async fn write_route(&self, route: RouteWrite) -> Result<()> {
        let member = self.member();
        let Some(member) = member else {
            let cloud = self.writing().await?;
            let outcomes = RouteWrite::send(cloud.as_ref(), vec![route]).await;
            return outcomes
                .into_iter()
                .next()
                .unwrap_or_else(|| Err(unanswered()));
        };
        drop(self.gate.enter().await?);
        self.patience.check()?;
        self.announce().await?;
        let send = async |routes| {
            let cloud = self.enter().await?;
            Ok(RouteWrite::send(cloud.as_ref(), routes).await)
        };
        member.write(route, send).await
    }

    /// The same, with a place in a call for several steps.
    pub(super) fn sharing(self, member: Option<Member>) -> Self {
        let member = Mutex::new(member);
        Self { member, ..self }
    }

    fn member(&self) -> Option<Member> {
        let mut member = self.member.lock().unwrap_or_else(PoisonError::into_inner);
        member.take()
    }

    async fn enter(&self) -> Result<Writing<'_>> {
        let cloud = self.shared.cloud(self.place())?;
        let turn = self.shared.may_write(self.step, self.urgency);
        let turn = self.patience.queue(turn).await?;
        let gate = self.gate.enter().await?;
        self.patience.check()?;
        let place_reads = self.shared.place_reads.as_deref();
        if let Some(reads) = place_reads {
            reads.written(self.place());
        }
        Ok(Writing {
            cloud,
            place_reads,
            _turn: turn,
            _gate: gate,
        })
    }

    async fn announce(&self) -> Result<()> {
        let token = || self.token();
        self.note.intent(self.step, self.epoch, token).await
    }

    /// The cloud, for a call that reads.
    pub(crate) fn reading(&self) -> Result<&Arc<dyn Cloud>> {
        self.shared.cloud(self.place())
    }

    pub(crate) fn place(&self) -> &Place {
        &self.step.place
    }

    /// Whether the plan has a handle for a place.
    pub(crate) fn knows(&self, place: &Place) -> bool {
        self.shared.clouds.contains_key(place)
    }

    /// The key of the step's object.
    pub(crate) fn key(&self) -> &ObjectKey {
        self.step.key.object()
    }

    pub(crate) fn topology(&self) -> &str {
        &self.shared.topology
    }

    /// The idempotency token of the step's call.
    pub(crate) fn token(&self) -> Token {
        self.shared.token(self.step, self.epoch)
    }

    pub(crate) fn label(&self, name: &str) -> Label {
        Label::new(name, self.owner(), self.token())
    }

    fn owner(&self) -> Owner {
        Owner::new(self.topology(), self.key().to_string())
    }

    pub(crate) fn secret(&self, name: &str) -> Option<SecretString> {
        self.shared.secrets.secret(name)
    }

    pub(crate) fn resolve(&self, reference: &Ref) -> Result<String> {
        self.shared.resolve(reference)
    }

    pub(crate) fn resolve_optional(&self, reference: Option<&Ref>) -> Result<Option<String>> {
        self.shared.resolve_optional(reference)
    }

    pub(crate) fn endpoint(&self, reference: &EndpointRef) -> Result<Endpoint> {
        self.shared.endpoint(reference)
    }

    pub(crate) async fn table(&self, reference: &TableRef) -> Result<RouteTableId> {
        self.shared.table(self.place(), reference).await
    }

    /// The IPv6 range that the cloud chose for a network.
    pub(crate) async fn ipv6_range(&self, network: &NetworkRef) -> Result<IpNet> {
        self.shared.ipv6_range(network).await
    }

    pub(crate) async fn destination(&self, destination: &Destination) -> Result<IpNet> {
        match destination {
            Destination::Range(range) => Ok(*range),
            Destination::Ipv6 { ipv6_of } => self.ipv6_range(ipv6_of).await,
        }
    }

    /// A list of the step's place.
    pub(crate) async fn list<R: Listed>(&self, query: &R::Query) -> Result<Arc<Records<R>>> {
        self.list_in(self.place(), query).await
    }

    /// A list of another place.
    pub(crate) async fn list_in<R: Listed>(
        &self,
        place: &Place,
        query: &R::Query,
    ) -> Result<Arc<Records<R>>> {
        self.shared.list(place, query, self.not_before).await
    }

    /// A list that is at most half a pause old, for a look before a call.
    pub(crate) async fn recent<R: Listed>(&self, query: &R::Query) -> Result<Arc<Records<R>>> {
        self.recent_in(self.place(), query).await
    }

    /// Likewise, of another place.
    pub(crate) async fn recent_in<R: Listed>(
        &self,
        place: &Place,
        query: &R::Query,
    ) -> Result<Arc<Records<R>>> {
        let shared = self.shared;
        let recent = shared
            .clock
            .uptime()
            .saturating_sub(shared.options.poll / 2);
        shared.list(place, query, recent).await
    }

    /// Whether the step has been at work for longer than what was created may be invisible.
    pub(crate) fn is_old(&self) -> bool {
        self.elapsed > self.shared.options.visibility
    }

    /// The topology's objects of a kind.
    pub(crate) async fn ours<R: Record>(&self) -> Result<Arc<Records<R>>> {
        self.list(&self.query::<R>()).await
    }

    /// What a step that creates sees of the topology's object with this id.
    pub(crate) async fn seen<R: Record>(&self, id: &str) -> Result<Seen> {
        let records = self.ours::<R>().await?;
        Ok(Seen::record(records.with_id(id)))
    }

    /// The id of the object that carries the step's key.
    pub(crate) async fn owned<R: Record>(&self) -> Result<Option<String>> {
        let records = self.ours::<R>().await?;
        let owner = self.owner();
        let mut owned = records.owned_by(&owner);
        let record = owned.find(|record| !record.is_leaving());
        Ok(record.map(|record| record.id().to_string()))
    }

    /// The IDs of other objects that carry the step's key and stand on the same as the one with this ID. What stands
    /// elsewhere is known to the plan.
    pub(crate) async fn rivals<R: Record>(
        &self,
        query: &R::Query,
        id: &str,
        same: impl Fn(&R, &R) -> bool,
    ) -> Result<Vec<String>> {
        let records = self.list::<R>(query).await?;
        let own = records.with_id(id);
        let owner = self.owner();
        let others = records.owned_by(&owner).filter(|record| {
            record.id().as_ref() != id
                && !record.is_leaving()
                && own.is_none_or(|own| same(own, record))
        });
        Ok(others.map(|record| record.id().to_string()).collect())
    }

    /// The query for the topology's objects of a kind.
    pub(crate) fn query<R: Record>(&self) -> R::Query {
        R::query(Select::Topology(self.topology().to_owned()))
    }

    /// Whether a record carries the step's key and is not being deleted.
    pub(crate) fn owns<R: Record>(&self, record: &R) -> bool {
        record.owner() == Some(&self.owner()) && !record.is_leaving()
    }
}
