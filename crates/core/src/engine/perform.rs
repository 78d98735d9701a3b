//! What the steps of one apply share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::watch::SharedList;
use super::{EngineOptions, SecretSource};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{GroupId, HubId, NetworkId, Place, RouteTableId};
use crate::plan::{EndpointRef, Ref, Step, StepKey, TableRef};
use crate::traits::{
    Cloud, Endpoint, GrantRecord, GroupRecord, HubRecord, InstanceRecord, Label, LearningRecord,
    NetworkRecord, Owner, PeeringRecord, RouteRecord, RuleRecord, SubnetRecord, TableRole, Token,
};

/// Everything the steps of one apply share.
#[derive(Debug)]
pub(super) struct Performer {
    pub(super) topology: String,
    pub(super) clouds: BTreeMap<Place, Arc<dyn Cloud>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) options: EngineOptions,
    pub(super) secrets: Arc<dyn SecretSource>,
    calls: Semaphore,
    ids: Mutex<BTreeMap<StepKey, String>>,
    main_tables: tokio::sync::Mutex<BTreeMap<NetworkId, RouteTableId>>,
    pub(super) networks: SharedList<Place, NetworkRecord>,
    pub(super) subnets: SharedList<Place, SubnetRecord>,
    pub(super) hubs: SharedList<Place, HubRecord>,
    pub(super) peerings: SharedList<Place, PeeringRecord>,
    pub(super) all_peerings: SharedList<Place, PeeringRecord>,
    pub(super) edge_peerings: SharedList<HubId, PeeringRecord>,
    pub(super) groups: SharedList<Place, GroupRecord>,
    pub(super) instances: SharedList<Place, InstanceRecord>,
    pub(super) learning: SharedList<RouteTableId, LearningRecord>,
    pub(super) routes: SharedList<RouteTableId, RouteRecord>,
    pub(super) rules: SharedList<GroupId, RuleRecord>,
    pub(super) grants: SharedList<String, GrantRecord>,
}

impl Performer {
    pub(super) fn new(
        topology: String,
        clouds: BTreeMap<Place, Arc<dyn Cloud>>,
        clock: Arc<dyn Clock>,
        options: EngineOptions,
        secrets: Arc<dyn SecretSource>,
    ) -> Self {
        Self {
            topology,
            clouds,
            clock,
            calls: Semaphore::new(options.parallel.max(1)),
            options,
            secrets,
            ids: Mutex::default(),
            main_tables: tokio::sync::Mutex::default(),
            networks: SharedList::default(),
            subnets: SharedList::default(),
            hubs: SharedList::default(),
            peerings: SharedList::default(),
            all_peerings: SharedList::default(),
            edge_peerings: SharedList::default(),
            groups: SharedList::default(),
            instances: SharedList::default(),
            learning: SharedList::default(),
            routes: SharedList::default(),
            rules: SharedList::default(),
            grants: SharedList::default(),
        }
    }

    pub(super) fn cloud(&self, place: &Place) -> Result<&Arc<dyn Cloud>> {
        self.clouds.get(place).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidInput,
                format!("the plan has no handle for {place}"),
            )
        })
    }

    /// Whether the step's object is as wanted once its call has returned.
    pub(super) fn is_synchronous(&self, step: &Step) -> bool {
        let cloud = self.clouds.get(&step.place);
        cloud.is_some_and(|cloud| cloud.capabilities().synchronous.contains(&step.op.kind()))
    }

    pub(super) fn done(&self, key: &StepKey, id: &str) {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        ids.insert(key.clone(), id.to_owned());
    }

    pub(super) fn resolve(&self, reference: &Ref) -> Result<String> {
        match reference {
            Ref::Id(id) => Ok(id.clone()),
            Ref::Step(key) => {
                let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
                ids.get(key).cloned().ok_or_else(|| {
                    Error::new(
                        ErrorKind::InvalidInput,
                        format!("step {key} is needed and has not been taken"),
                    )
                })
            }
        }
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
                self.main_table(place, NetworkId::new(self.resolve(network)?))
                    .await
            }
            TableRef::DefaultOf(hub) => {
                let hub = self.resolve(hub)?;
                let hubs = self.hubs(place, Duration::ZERO).await?;
                let known = hubs.iter().find(|record| record.id.as_str() == hub);
                known
                    .and_then(|record| record.table.clone())
                    .ok_or_else(|| {
                        Error::new(ErrorKind::Busy, format!("{hub} has no route table yet"))
                    })
            }
        }
    }

    // A network keeps its main table for life.
    async fn main_table(&self, place: &Place, network: NetworkId) -> Result<RouteTableId> {
        let mut known = self.main_tables.lock().await;
        if let Some(table) = known.get(&network) {
            return Ok(table.clone());
        }
        let _call = self.call().await;
        let tables = self
            .cloud(place)?
            .list_route_tables(std::slice::from_ref(&network))
            .await?;
        let main = tables
            .into_iter()
            .find(|table| table.role == TableRole::Main);
        let main = main.map(|table| table.id).ok_or_else(|| {
            Error::new(
                ErrorKind::Busy,
                format!("{network} has no main route table yet"),
            )
        })?;
        known.insert(network, main.clone());
        Ok(main)
    }

    pub(super) async fn call(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        // The semaphore is never closed.
        self.calls.acquire().await.ok()
    }

    pub(super) fn label(&self, step: &Step, name: &str, token: &Token) -> Label {
        Label::new(
            name,
            Owner::new(&self.topology, step.key.object()),
            token.clone(),
        )
    }

    /// The token of a step. A definite refusal starts a new epoch, a lost answer does not.
    pub(super) fn token(&self, step: &Step, epoch: u32) -> Token {
        let place = step.place.to_string();
        Token::derive(&[
            &self.topology,
            &place,
            step.key.as_str(),
            &epoch.to_string(),
        ])
    }

    /// Makes the step's call. Gives the id of what it creates, or the object's key where there is no id.
    ///
    /// `enter` is asked last, when nothing but the call itself is left to wait for.
    pub(super) async fn write<G>(
        &self,
        step: &Step,
        token: &Token,
        enter: impl AsyncFnOnce() -> Result<G>,
    ) -> Result<String> {
        let request = self.prepare(step, token).await?;
        let cloud = self.cloud(&step.place)?;
        let _call = self.call().await;
        let _writing = enter().await?;
        let id = request.send(cloud.as_ref(), &self.topology).await?;
        Ok(id.unwrap_or_else(|| step.key.object().to_owned()))
    }
}
