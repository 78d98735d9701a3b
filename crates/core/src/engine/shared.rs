//! What the steps of one apply share.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ipnet::IpNet;

use super::lists::{Lists, Records};
use super::pace::Estimates;
use super::queue::{Queue, Turn};
use super::{EngineOptions, SecretSource};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{HubId, NetworkId, Place, RouteTableId};
use crate::object::{Listed, Record};
use crate::plan::{EndpointRef, NetworkRef, Ref, Step, StepKey, TableRef};
use crate::traits::{Cloud, Endpoint, HubRecord, Select, TableRole, Token};

/// Everything the steps of one apply share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) topology: String,
    pub(super) clouds: BTreeMap<Place, Arc<dyn Cloud>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) options: EngineOptions,
    pub(super) secrets: Arc<dyn SecretSource>,
    /// What is known of the time that things take.
    pub(super) estimates: Estimates,
    calls: Queue,
    ids: Mutex<HashMap<StepKey, String>>,
    main_tables: tokio::sync::Mutex<BTreeMap<NetworkId, RouteTableId>>,
    ipv6_ranges: tokio::sync::Mutex<BTreeMap<NetworkId, IpNet>>,
    lists: Lists,
}

impl Shared {
    pub(super) fn new(
        topology: String,
        clouds: BTreeMap<Place, Arc<dyn Cloud>>,
        clock: Arc<dyn Clock>,
        options: EngineOptions,
        secrets: Arc<dyn SecretSource>,
    ) -> Self {
        Self {
            topology,
            estimates: Estimates::of(&clouds),
            clouds,
            clock,
            calls: Queue::new(options.parallel, 1),
            options,
            secrets,
            ids: Mutex::default(),
            main_tables: tokio::sync::Mutex::default(),
            ipv6_ranges: tokio::sync::Mutex::default(),
            lists: Lists::default(),
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

    /// Waits for one of the slots for calls.
    pub(super) async fn call(&self, urgency: u64) -> Turn {
        self.calls.turn(urgency, None).await
    }

    // Reads are short, and many steps may wait for one.
    async fn read(&self) -> Turn {
        self.call(u64::MAX).await
    }

    /// How many writes of this step's kind the cloud takes in one call.
    pub(super) fn writes_per_call(&self, step: &Step) -> usize {
        let cloud = self.clouds.get(&step.place);
        cloud.map_or(1, |cloud| cloud.capabilities().routes_per_call)
    }

    pub(super) async fn list<R: Listed>(
        &self,
        place: &Place,
        query: &R::Query,
        not_before: Duration,
    ) -> Result<Arc<Records<R>>> {
        let cloud = self.cloud(place)?;
        let fetch = async {
            let _call = self.read().await;
            R::list(cloud.as_ref(), query).await
        };
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

    // A network keeps its main table for life.
    async fn main_table(&self, place: &Place, network: NetworkId) -> Result<RouteTableId> {
        let mut known = self.main_tables.lock().await;
        if let Some(table) = known.get(&network) {
            return Ok(table.clone());
        }
        let _call = self.read().await;
        let cloud = self.cloud(place)?;
        let tables = cloud
            .list_route_tables(std::slice::from_ref(&network))
            .await?;
        let main = tables
            .into_iter()
            .find(|table| table.role == TableRole::Main);
        let main = main.ok_or_else(|| no_table(network.as_str(), "main route table"))?;
        known.insert(network, main.id.clone());
        Ok(main.id)
    }

    /// The IPv6 range that the cloud chose for a network. It keeps it for life.
    pub(super) async fn ipv6_range(&self, network: &NetworkRef) -> Result<IpNet> {
        let id = NetworkId::new(self.resolve(&network.network)?);
        let mut known = self.ipv6_ranges.lock().await;
        if let Some(range) = known.get(&id) {
            return Ok(*range);
        }
        let _call = self.read().await;
        let cloud = self.cloud(&network.place)?;
        let records = cloud.list_networks(&Select::Ids(vec![id.clone()])).await?;
        let record = records.iter().find(|record| record.id == id);
        let range = record.and_then(|record| record.ipv6_ranges().next().copied());
        let range = range.ok_or_else(|| {
            let message = format!("{id} has no IPv6 CIDR block yet");
            Error::new(ErrorKind::Busy, message).with_place(network.place.clone())
        })?;
        known.insert(id, range);
        Ok(range)
    }

    /// The token of a step. An object that vanished starts a new epoch; a refusal and a lost answer do not.
    pub(super) fn token(&self, step: &Step, epoch: u32) -> Token {
        let (place, key) = (step.place.to_string(), step.key.to_string());
        Token::derive(&[&self.topology, &place, &key, &epoch.to_string()])
    }
}

fn no_table(of: &str, what: &str) -> Error {
    Error::new(ErrorKind::Busy, format!("{of} has no {what} yet"))
}
