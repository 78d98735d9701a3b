//! What the steps of one apply share.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use ipnet::IpNet;

use super::kept::Kept;
use super::lists::{Lists, Records};
use super::pace::Estimates;
use super::queue::{Queue, Turn};
use super::{EngineOptions, PlaceReads, SecretSource};
use crate::backend::{Intent, Turns};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{HubId, NetworkId, Place, RouteTableId};
use crate::object::{Listed, OpKind, Record};
use crate::plan::{EndpointRef, NetworkRef, Op, Plan, Ref, Step, StepKey, TableRef};
use crate::traits::{Cloud, Endpoint, HubRecord, NetworkRecord, Select, TableRole, Token};

/// How many writes of one kind may be under way in one place, or wait for the place's budget: somewhat more than a backend sends
/// at once, and few, so that what is urgent comes soon.
const WRITES_OF_A_KIND: usize = 16;

/// Everything the steps of one apply share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) topology: String,
    pub(super) clouds: BTreeMap<Place, Arc<dyn Cloud>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) options: EngineOptions,
    pub(super) secrets: Arc<dyn SecretSource>,
    pub(super) place_reads: Option<Arc<PlaceReads>>,
    /// What is known of the time that things take.
    pub(super) estimates: Estimates,
    /// All calls.
    calls: Queue,
    writes: Mutex<BTreeMap<(Place, OpKind), Queue>>,
    ids: Mutex<HashMap<StepKey, String>>,
    /// The networks of each place to whose main tables the plan writes.
    routed: BTreeMap<Place, HashSet<Ref>>,
    main_tables: Kept<RouteTableId>,
    ipv6_ranges: Kept<IpNet>,
    lists: Lists,
}

impl Shared {
    pub(super) fn new(
        plan: &Plan,
        clouds: BTreeMap<Place, Arc<dyn Cloud>>,
        clock: Arc<dyn Clock>,
        options: EngineOptions,
        secrets: Arc<dyn SecretSource>,
    ) -> Self {
        Self {
            topology: plan.topology.clone(),
            estimates: Estimates::of(&clouds),
            clouds,
            clock,
            calls: Queue::new(options.parallel, 1),
            writes: Mutex::default(),
            options,
            secrets,
            place_reads: None,
            ids: Mutex::default(),
            routed: routed(plan),
            main_tables: Kept::default(),
            ipv6_ranges: Kept::default(),
            lists: Lists::default(),
        }
    }

    /// Writes drop what was read before of their places.
    pub(super) fn with_place_reads(self, reads: Option<Arc<PlaceReads>>) -> Self {
        Self {
            place_reads: reads,
            ..self
        }
    }

    pub(super) fn cloud(&self, place: &Place) -> Result<&Arc<dyn Cloud>> {
        self.clouds.get(place).ok_or_else(|| {
            let message = format!("the plan has no handle for {place}");
            Error::new(ErrorKind::InvalidInput, message)
        })
    }

    /// Whether the step's object is ready once its call has returned.
    pub(super) fn is_synchronous(&self, step: &Step) -> bool {
        let cloud = self.clouds.get(&step.place);
        cloud.is_some_and(|cloud| cloud.capabilities().synchronous.contains(&step.op.kind()))
    }

    /// The turns of the calls of a step that is so urgent.
    pub(super) fn calls(&self, urgency: u64) -> Arc<dyn Turns> {
        let calls = self.calls.clone();
        Arc::new(Calls { calls, urgency })
    }

    /// Waits until a step may write. Steps of one kind and place may have to wait for the same budget of calls: the most
    /// urgent of them are the first to ask for it.
    pub(super) async fn may_write(&self, step: &Step, urgency: u64) -> Turn {
        let queue = {
            let key = (step.place.clone(), step.op.kind());
            let mut writes = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
            let new = || Queue::new(self.options.parallel.min(WRITES_OF_A_KIND), 1);
            writes.entry(key).or_insert_with(new).clone()
        };
        queue.turn(urgency, None).await
    }

    /// How many writes of the step's conflict domain share a call; nothing if the cloud takes them side by side.
    pub(super) fn writes_per_call(&self, step: &Step) -> Option<usize> {
        let Some(cloud) = self.clouds.get(&step.place) else {
            return Some(1);
        };
        let capabilities = cloud.capabilities();
        let concurrent = capabilities.concurrent.contains(&step.op.kind());
        (!concurrent).then_some(capabilities.routes_per_call)
    }

    /// How many requests of the step's account may wait for their accepters.
    pub(super) fn outstanding_requests(&self, step: &Step) -> Option<usize> {
        let cloud = self.clouds.get(&step.place)?;
        cloud.capabilities().outstanding_requests
    }

    pub(super) async fn list<R: Listed>(
        &self,
        place: &Place,
        query: &R::Query,
        not_before: Duration,
    ) -> Result<Arc<Records<R>>> {
        let cloud = self.cloud(place)?;
        let fetch = R::list(cloud.as_ref(), query);
        let key = (place.clone(), query.clone());
        let clock = self.clock.as_ref();
        self.lists.get(key, clock, not_before, fetch).await
    }

    /// The topology's objects of a kind.
    pub(super) async fn ours<R: Record>(
        &self,
        place: &Place,
        not_before: Duration,
    ) -> Result<Arc<Records<R>>> {
        let query = R::query(Select::Topology(self.topology.clone()));
        self.list(place, &query, not_before).await
    }

    pub(super) fn done(&self, key: &StepKey, id: &str) {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        ids.insert(key.clone(), id.to_owned());
    }

    pub(super) fn resolve(&self, reference: &Ref) -> Result<String> {
        let key = match reference {
            Ref::Id(id) => return Ok(id.clone()),
            Ref::Step(key) => key,
        };
        let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        ids.get(key).cloned().ok_or_else(|| {
            let message = format!("step {key} is needed and has not been taken");
            Error::new(ErrorKind::InvalidInput, message)
        })
    }

    pub(super) fn resolve_optional(&self, reference: Option<&Ref>) -> Result<Option<String>> {
        reference
            .map(|reference| self.resolve(reference))
            .transpose()
    }

    pub(super) fn endpoint(&self, reference: &EndpointRef) -> Result<Endpoint> {
        Ok(match reference {
            EndpointRef::Network {
                id,
                account,
                region,
            } => Endpoint::Network {
                id: NetworkId::new(self.resolve(id)?),
                account: account.clone(),
                region: region.clone(),
            },
            EndpointRef::Hub {
                id,
                parent,
                account,
                region,
            } => Endpoint::Hub {
                id: HubId::new(self.resolve(id)?),
                parent: self.resolve_optional(parent.as_ref())?.map(HubId::new),
                account: account.clone(),
                region: region.clone(),
            },
            EndpointRef::Edge { id, account, .. } => Endpoint::Edge {
                id: HubId::new(self.resolve(id)?),
                account: account.clone(),
            },
            EndpointRef::BorderRouter {
                id,
                account,
                region,
            } => Endpoint::BorderRouter {
                id: self.resolve(id)?.into(),
                account: account.clone(),
                region: region.clone(),
            },
        })
    }

    pub(super) async fn table(&self, place: &Place, reference: &TableRef) -> Result<RouteTableId> {
        match reference {
            TableRef::Id(id) => Ok(id.clone()),
            TableRef::MainOf(network) => {
                let network = NetworkId::new(self.resolve(network)?);
                self.main_table(place, network).await
            }
            TableRef::DefaultOf(hub) => {
                let hub = self.resolve(hub)?;
                let hubs = self.ours::<HubRecord>(place, Duration::ZERO).await?;
                let known = hubs.with_id(&hub);
                let table = known.and_then(|record| record.table.clone());
                table.ok_or_else(|| no_table(&hub, "route table"))
            }
        }
    }

    async fn main_table(&self, place: &Place, network: NetworkId) -> Result<RouteTableId> {
        let cloud = self.cloud(place)?;
        let read = async |networks: Vec<NetworkId>| {
            let tables = cloud.list_route_tables(&networks).await?.into_iter();
            let main = tables.filter(|table| table.role == TableRole::Main);
            Ok(main.map(|table| (table.network, table.id)).collect())
        };
        let soon = || self.networks_with_routes(place);
        let kept = self.main_tables.get((place, &network), soon, read).await?;
        kept.ok_or_else(|| no_table(network.as_str(), "main route table"))
    }

    // Those of the place whose main tables the plan writes to, as far as they are made.
    fn networks_with_routes(&self, place: &Place) -> Vec<NetworkId> {
        let routed = self.routed.get(place).into_iter().flatten();
        let made = routed.filter_map(|network| self.resolve(network).ok());
        made.map(NetworkId::new).collect()
    }

    /// The IPv6 range that the cloud chose for a network.
    pub(super) async fn ipv6_range(&self, network: &NetworkRef) -> Result<IpNet> {
        let id = NetworkId::new(self.resolve(&network.network)?);
        let place = &network.place;
        let cloud = self.cloud(place)?;
        let read = async |networks: Vec<NetworkId>| {
            let records = cloud.list_networks(&Select::Ids(networks)).await?;
            let range = |record: NetworkRecord| {
                let range = record.ipv6_ranges().next().copied()?;
                Some((record.id, range))
            };
            Ok(records.into_iter().filter_map(range).collect())
        };
        let kept = self.ipv6_ranges.get((place, &id), Vec::new, read).await?;
        kept.ok_or_else(|| {
            let message = format!("{id} has no IPv6 CIDR block yet");
            Error::new(ErrorKind::Busy, message).with_place(place.clone())
        })
    }

    /// The token of a step. An object that vanished starts a new epoch; a refusal and a lost answer do not.
    pub(super) fn token(&self, step: &Step, epoch: u32) -> Token {
        let (place, key) = (step.place.to_string(), step.key.to_string());
        Token::derive(&[&self.topology, &place, &key, &epoch.to_string()])
    }
}

fn routed(plan: &Plan) -> BTreeMap<Place, HashSet<Ref>> {
    let mut routed: BTreeMap<Place, HashSet<Ref>> = BTreeMap::new();
    for step in &plan.steps {
        if let Op::CreateRoute(route) = &step.op
            && let TableRef::MainOf(network) = &route.table
        {
            let here = routed.entry(step.place.clone()).or_default();
            if !here.contains(network) {
                here.insert(network.clone());
            }
        }
    }
    routed
}

/// The turns of a step's calls. Reads are short, and many steps may wait for one: they come first.
#[derive(Debug)]
struct Calls {
    calls: Queue,
    urgency: u64,
}

#[async_trait]
impl Turns for Calls {
    async fn turn(&self, intent: Intent) -> Box<dyn Send> {
        let urgency = match intent {
            Intent::Read => u64::MAX,
            Intent::Repeatable | Intent::Once => self.urgency,
        };
        Box::new(self.calls.turn(urgency, None).await)
    }
}

fn no_table(of: &str, what: &str) -> Error {
    Error::new(ErrorKind::Busy, format!("{of} has no {what} yet"))
}
