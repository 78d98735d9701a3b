//! What a check works with: handles, names, ranges and waits of its own, and a list of what it made.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use ipnet::{IpNet, Ipv4Net};
use tokio_util::sync::CancellationToken;

use super::all_checks;
use super::check::Stop;
use super::subject::{Machines, Subject};
use super::thing::{Handle, list};
use crate::error::{ErrorKind, Result};
use crate::ids::Zone;
use crate::object::Record;
use crate::retry::{Backoff, Look, Patience, wait_until};
use crate::traits::{
    Capabilities, CreateGrant, CreateRoute, Label, Learning, Owner, Phase, RevokeGrant, Select,
    Token,
};

/// How many networks a check may make.
const NETWORKS: u32 = 8;
/// The prefix of a network, and of a subnet.
const NETWORK_PREFIX: u8 = 20;
const SUBNET_PREFIX: u8 = 24;

pub(super) struct Lab {
    pub(super) subject: Subject,
    pub(super) home: Handle,
    pub(super) away: Handle,
    pub(super) guest: Handle,
    name: &'static str,
    slot: u32,
    made: Mutex<Vec<Box<dyn Made>>>,
}

/// Something that was made and has to go.
#[async_trait]
trait Made: Send + Sync {
    async fn remove(&self, lab: &Lab) -> Result<(), Stop>;
    fn what(&self) -> String;
}

impl Lab {
    pub(super) async fn open(subject: &Subject, name: &'static str) -> Result<Self> {
        let slot = all_checks().iter().position(|check| check.name == name);
        Ok(Self {
            home: subject.provider.cloud(&subject.home).await?,
            away: subject.provider.cloud(&subject.away).await?,
            guest: subject.provider.cloud(&subject.guest).await?,
            subject: subject.clone(),
            name,
            slot: slot.and_then(|slot| u32::try_from(slot).ok()).unwrap_or(0),
            made: Mutex::new(Vec::new()),
        })
    }

    pub(super) fn capabilities(&self) -> &Capabilities {
        self.subject.capabilities()
    }

    /// The topology that this check's objects belong to.
    pub(super) fn topology(&self) -> String {
        format!("{}-{}", self.name.replace('.', "-"), self.subject.run)
    }

    /// Another topology of this check.
    pub(super) fn other_topology(&self) -> String {
        format!("{}-other", self.topology())
    }

    pub(super) fn owner(&self, key: &str) -> Owner {
        Owner::new(self.topology(), key)
    }

    /// The label of the object `key`, always the same.
    pub(super) fn label(&self, key: &str) -> Label {
        self.label_of(self.owner(key))
    }

    /// The label of an object of another topology.
    pub(super) fn foreign_label(&self, key: &str) -> Label {
        self.label_of(Owner::new(self.other_topology(), key))
    }

    fn label_of(&self, owner: Owner) -> Label {
        let name = format!("{}-{}", owner.key.replace('/', "-"), self.subject.run);
        let token = self.token(&[&owner.topology, &owner.key]);
        Label::new(name, owner, token)
    }

    pub(super) fn token(&self, parts: &[&str]) -> Token {
        let own = [self.subject.run.as_str(), self.name];
        Token::derive(&[&own, parts].concat())
    }

    /// A short name for what accounts have only one of by that name.
    pub(super) fn short_name(&self, what: &str) -> String {
        format!("lb-{what}-{}-{}", self.slot, self.subject.run)
    }

    /// The `n`-th network range of this check; no other check has it.
    pub(super) fn range(&self, n: u32) -> IpNet {
        let IpNet::V4(pool) = self.subject.ranges else {
            return self.subject.ranges;
        };
        let count = 1_u32 << NETWORK_PREFIX.saturating_sub(pool.prefix_len());
        let index = (self.slot * NETWORKS + n) % count;
        part(pool, NETWORK_PREFIX, index)
    }

    /// The `n`-th subnet range of a network.
    pub(super) fn subnet_range(&self, network: &IpNet, n: u32) -> IpNet {
        match network {
            IpNet::V4(network) => part(*network, SUBNET_PREFIX, n),
            other => *other,
        }
    }

    /// A zone of the handle's region.
    pub(super) async fn zone(&self, at: &Handle) -> Result<Zone, Stop> {
        let region = &at.place().region;
        let named = self.subject.zones.get(region).and_then(|z| z.first());
        if let Some(zone) = named {
            return Ok(zone.clone());
        }
        let zones = at.list_hub_zones().await?;
        let none = || Stop::NotOffered(format!("the subject names no zone of {region}"));
        zones.into_iter().next().ok_or_else(none)
    }

    pub(super) fn machines(&self) -> Result<&Machines, Stop> {
        let none = || Stop::NotOffered("the subject names no instance type and image".to_owned());
        self.subject.machines.as_ref().ok_or_else(none)
    }

    fn patience(&self) -> Patience {
        let clock = self.subject.clock.clone();
        Patience::new(clock, self.subject.limit, CancellationToken::new())
    }

    /// Repeats a call while the cloud is busy. That something is still in use is an answer like any other.
    pub(super) async fn patient<T, Fut>(&self, call: impl Fn() -> Fut) -> Result<T>
    where
        Fut: Future<Output = Result<T>>,
    {
        self.repeat(call, |kind| kind.is_temporary() && kind != ErrorKind::InUse)
            .await
    }

    /// Repeats a call also while something is still in use, as deletes do.
    pub(super) async fn stubborn<T, Fut>(&self, call: impl Fn() -> Fut) -> Result<T>
    where
        Fut: Future<Output = Result<T>>,
    {
        self.repeat(call, ErrorKind::is_temporary).await
    }

    async fn repeat<T, Fut>(
        &self,
        call: impl Fn() -> Fut,
        may_pass: impl Fn(ErrorKind) -> bool,
    ) -> Result<T>
    where
        Fut: Future<Output = Result<T>>,
    {
        let patience = self.patience();
        let backoff = backoff();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let error = match call().await {
                Err(error) if may_pass(error.kind()) => error,
                other => return other,
            };
            let delay = backoff.delay(attempt, self.subject.clock.chance());
            let delay = error.retry_after().unwrap_or(delay);
            if patience.sleep(delay).await.is_err() {
                return Err(error);
            }
        }
    }

    /// Looks until what is waited for is there.
    pub(super) async fn until<T, Fut>(&self, what: &str, look: impl Fn() -> Fut) -> Result<T, Stop>
    where
        Fut: Future<Output = Result<Look<T>>>,
    {
        let patience = self.patience();
        Ok(wait_until(what, &patience, &backoff(), |_| {}, look).await?)
    }

    /// Lets some time pass, so that what must not happen had the time to.
    pub(super) async fn pause(&self) {
        self.subject.clock.sleep(Duration::from_secs(10)).await;
    }

    /// The thing with this id, if it is listed now.
    pub(super) async fn find<T: Record>(&self, at: &Handle, id: &T::Id) -> Result<Option<T>> {
        let found = list::<T>(at, &Select::Ids(vec![id.clone()])).await?;
        Ok(found.into_iter().find(|one| one.id() == id))
    }

    /// Waits until a thing is listed in one of these phases.
    pub(super) async fn in_phase<T: Record>(
        &self,
        at: &Handle,
        id: &T::Id,
        phases: &[Phase],
    ) -> Result<T, Stop> {
        let what = format!("{} {id}", T::KIND.noun());
        let look = || async {
            Ok(match self.find::<T>(at, id).await? {
                None => Look::NotYet("not listed".to_owned()),
                Some(one) if phases.contains(&one.phase()) => Look::Ready(one),
                Some(one) => match one.phase() {
                    Phase::Failed => Look::Never(format!("{one:?}")),
                    phase => Look::NotYet(format!("{phase:?}")),
                },
            })
        };
        self.until(&what, look).await
    }

    /// Waits until a thing is ready.
    pub(super) async fn ready<T: Record>(&self, at: &Handle, id: &T::Id) -> Result<T, Stop> {
        self.in_phase(at, id, &[Phase::Ready]).await
    }

    /// Waits until a thing is listed at all.
    pub(super) async fn listed<T: Record>(&self, at: &Handle, id: &T::Id) -> Result<T, Stop> {
        use Phase::{AwaitingAcceptance, Failed, Pending, Ready};
        self.in_phase(at, id, &[Pending, Ready, AwaitingAcceptance, Failed])
            .await
    }

    /// Waits until a thing is listed no more.
    pub(super) async fn gone<T: Record>(&self, at: &Handle, id: &T::Id) -> Result<(), Stop> {
        let look = || async {
            Ok(match self.find::<T>(at, id).await? {
                None => Look::Ready(()),
                Some(one) => Look::NotYet(format!("{:?}", one.phase())),
            })
        };
        self.until(&format!("{} {id}, deleted,", T::KIND.noun()), look)
            .await
    }

    /// Deletes a thing and waits until it is gone.
    pub(super) async fn delete<T: Record>(&self, at: &Handle, thing: &T) -> Result<(), Stop> {
        self.stubborn(|| thing.delete(at.as_ref())).await?;
        self.gone::<T>(at, thing.id()).await
    }

    /// Keeps a thing in mind for the end.
    pub(super) fn keep<T: Record>(&self, at: &Handle, thing: &T) {
        self.keep_made(MadeObject(at.clone(), thing.clone()));
    }

    pub(super) fn keep_grant(&self, at: &Handle, grant: &CreateGrant) {
        self.keep_made(MadeGrant(at.clone(), grant.into()));
    }

    pub(super) fn keep_learning(&self, at: &Handle, learning: &Learning) {
        self.keep_made(MadeLearning(at.clone(), learning.clone()));
    }

    pub(super) fn keep_route(&self, at: &Handle, route: &CreateRoute) {
        self.keep_made(MadeRoute(at.clone(), route.clone()));
    }

    pub(super) fn keep_role(&self, at: &Handle, role: &str, topology: &str) {
        self.keep_made(MadeRole(at.clone(), role.to_owned(), topology.to_owned()));
    }

    pub(super) fn keep_user(&self, at: &Handle, user: &str, topology: &str) {
        self.keep_made(MadeUser(at.clone(), user.to_owned(), topology.to_owned()));
    }

    // What a repeated create gave again keeps its place: what was made after it goes before it.
    fn keep_made(&self, made: impl Made + 'static) {
        let mut all = self.made();
        if !all.iter().any(|one| one.what() == made.what()) {
            all.push(Box::new(made));
        }
    }

    fn made(&self) -> std::sync::MutexGuard<'_, Vec<Box<dyn Made>>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes what was made, the last first; gives what could not be removed.
    pub(super) async fn clean_up(&self) -> Vec<String> {
        let made = std::mem::take(&mut *self.made());
        let mut left = Vec::new();
        for one in made.iter().rev() {
            match one.remove(self).await {
                Ok(()) => {}
                Err(Stop::Broken(why) | Stop::NotOffered(why)) => {
                    left.push(format!("{}: {why}", one.what()));
                }
            }
        }
        left
    }
}

fn backoff() -> Backoff {
    Backoff::new(Duration::from_secs(2), Duration::from_secs(15))
}

/// The `index`-th part of a range.
fn part(whole: Ipv4Net, prefix: u8, index: u32) -> IpNet {
    let size = 32_u32.saturating_sub(prefix.into());
    let first = u32::from(whole.network()).wrapping_add(index << size);
    IpNet::new(std::net::Ipv4Addr::from(first).into(), prefix).unwrap_or(whole.into())
}

struct MadeObject<T>(Handle, T);
struct MadeGrant(Handle, RevokeGrant);
struct MadeLearning(Handle, Learning);
struct MadeRoute(Handle, CreateRoute);
struct MadeRole(Handle, String, String);
struct MadeUser(Handle, String, String);

#[async_trait]
impl<T: Record> Made for MadeObject<T> {
    async fn remove(&self, lab: &Lab) -> Result<(), Stop> {
        let Self(at, thing) = self;
        match lab.find::<T>(at, thing.id()).await? {
            None => Ok(()),
            Some(one) if one.phase() == Phase::Failed => Ok(()),
            Some(one) if one.phase() == Phase::Deleting => lab.gone::<T>(at, thing.id()).await,
            Some(_) => lab.delete(at, thing).await,
        }
    }

    fn what(&self) -> String {
        format!("{} {}", T::KIND.noun(), self.1.id())
    }
}

fn absent_is_done(result: Result<()>) -> Result<(), Stop> {
    match result {
        Err(error) if !error.is_not_found() => Err(error.into()),
        _ => Ok(()),
    }
}

#[async_trait]
impl Made for MadeGrant {
    async fn remove(&self, lab: &Lab) -> Result<(), Stop> {
        let Self(at, grant) = self;
        let there = at.list_grants(&grant.member).await?;
        match there.iter().any(|one| one.hub == grant.hub) {
            true => absent_is_done(lab.stubborn(|| at.revoke_grant(grant)).await),
            false => Ok(()),
        }
    }

    fn what(&self) -> String {
        format!("grant of {} to {}", self.1.member.id(), self.1.hub)
    }
}

#[async_trait]
impl Made for MadeLearning {
    async fn remove(&self, lab: &Lab) -> Result<(), Stop> {
        let Self(at, learning) = self;
        let is_it = |one: &crate::traits::LearningRecord| one.learning == *learning;
        if !at.list_learning(&learning.table).await?.iter().any(is_it) {
            return Ok(());
        }
        absent_is_done(lab.stubborn(|| at.disable_learning(learning)).await)?;
        lab.learning_gone(at, learning).await
    }

    fn what(&self) -> String {
        format!("{} of {}", self.1.kind, self.1.peering)
    }
}

#[async_trait]
impl Made for MadeRoute {
    async fn remove(&self, lab: &Lab) -> Result<(), Stop> {
        let Self(at, route) = self;
        if lab
            .route_to(at, &route.table, &route.destination)
            .await?
            .is_none()
        {
            return Ok(());
        }
        let call = || at.delete_route(&route.table, &route.destination, &route.next_hop);
        absent_is_done(lab.stubborn(call).await)?;
        lab.route_gone(at, &route.table, &route.destination).await
    }

    fn what(&self) -> String {
        format!("route to {} in {}", self.1.destination, self.1.table)
    }
}

#[async_trait]
impl Made for MadeRole {
    async fn remove(&self, lab: &Lab) -> Result<(), Stop> {
        let Self(at, role, topology) = self;
        match at.describe_trust(role).await? {
            Some(_) => absent_is_done(lab.stubborn(|| at.delete_trust(role, topology)).await),
            None => Ok(()),
        }
    }

    fn what(&self) -> String {
        format!("role {}", self.1)
    }
}

#[async_trait]
impl Made for MadeUser {
    async fn remove(&self, lab: &Lab) -> Result<(), Stop> {
        let Self(at, user, topology) = self;
        absent_is_done(lab.stubborn(|| at.delete_user(user, topology)).await)
    }

    fn what(&self) -> String {
        format!("user {}", self.1)
    }
}
