//! What each kind of step calls, and how its outcome is seen.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::watch::SharedList;
use super::{EngineOptions, SecretSource};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{GroupId, HubId, InstanceId, NetworkId, PeeringId, Place, RouteTableId, SubnetId};
use crate::plan::{EndpointRef, Op, PlannedRule, Ref, Step, StepKey, TableRef};
use crate::retry::Look;
use crate::traits::{
    Cloud, CreateGroup, CreateHub, CreateNetwork, CreateSubnet, Endpoint, GrantRecord,
    GrantRequest, GroupRecord, HubRecord, HubScope, InstanceRecord, Label, Learning,
    LearningRecord, NetworkRecord, NextHop, Owner, PeeringKind, PeeringRecord, PeeringSelect,
    PeeringSide, Phase, RequestPeering, RouteRecord, RouteRequest, Rule, RuleRecord, RunInstance,
    Select, ServiceStatus, Status, SubnetRecord, TableRole, Token,
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
    networks: SharedList<Place, NetworkRecord>,
    subnets: SharedList<Place, SubnetRecord>,
    hubs: SharedList<Place, HubRecord>,
    peerings: SharedList<Place, PeeringRecord>,
    all_peerings: SharedList<Place, PeeringRecord>,
    groups: SharedList<Place, GroupRecord>,
    instances: SharedList<Place, InstanceRecord>,
    learning: SharedList<RouteTableId, LearningRecord>,
    routes: SharedList<RouteTableId, RouteRecord>,
    rules: SharedList<GroupId, RuleRecord>,
    grants: SharedList<String, GrantRecord>,
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
            networks: SharedList::default(),
            subnets: SharedList::default(),
            hubs: SharedList::default(),
            peerings: SharedList::default(),
            all_peerings: SharedList::default(),
            groups: SharedList::default(),
            instances: SharedList::default(),
            learning: SharedList::default(),
            routes: SharedList::default(),
            rules: SharedList::default(),
            grants: SharedList::default(),
        }
    }

    fn cloud(&self, place: &Place) -> Result<&Arc<dyn Cloud>> {
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

    fn resolve(&self, reference: &Ref) -> Result<String> {
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

    fn endpoint(&self, reference: &EndpointRef) -> Result<Endpoint> {
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
                parent: parent
                    .as_ref()
                    .map(|parent| self.resolve(parent))
                    .transpose()?
                    .map(HubId::new),
                account: account.clone(),
                region: region.clone(),
            },
        })
    }

    async fn table(&self, place: &Place, reference: &TableRef) -> Result<RouteTableId> {
        match reference {
            TableRef::Id(id) => Ok(id.clone()),
            TableRef::MainOf(network) => {
                let network = NetworkId::new(self.resolve(network)?);
                let _call = self.call().await;
                let tables = self
                    .cloud(place)?
                    .list_route_tables(std::slice::from_ref(&network))
                    .await?;
                let main = tables
                    .into_iter()
                    .find(|table| table.role == TableRole::Main);
                main.map(|table| table.id).ok_or_else(|| {
                    Error::new(
                        ErrorKind::Busy,
                        format!("{network} has no main route table yet"),
                    )
                })
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

    async fn call(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        // The semaphore is never closed.
        self.calls.acquire().await.ok()
    }

    fn label(&self, step: &Step, name: &str, token: &Token) -> Label {
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
        let id = request.send(cloud.as_ref(), &self.topology, token).await?;
        Ok(id.unwrap_or_else(|| step.key.object().to_owned()))
    }

    // References are resolved before a call slot is taken: resolving may need calls of its own.
    async fn prepare<'s>(&self, step: &'s Step, token: &Token) -> Result<Call<'s>> {
        Ok(match &step.op {
            Op::CreateNetwork { name, range } => {
                Call::Network(CreateNetwork::new(self.label(step, name, token), *range))
            }
            Op::CreateSubnet {
                name,
                network,
                zone,
                range,
            } => {
                let network = NetworkId::new(self.resolve(network)?);
                let label = self.label(step, name, token);
                Call::Subnet(CreateSubnet::new(label, network, zone.clone(), *range))
            }
            Op::CreateHub {
                name,
                global,
                parent,
            } => {
                let parent = parent
                    .as_ref()
                    .map(|parent| self.resolve(parent))
                    .transpose()?;
                let scope = match global {
                    true => HubScope::Global,
                    false => HubScope::Regional {
                        parent: parent.map(HubId::new),
                    },
                };
                Call::Hub(CreateHub::new(self.label(step, name, token), scope))
            }
            Op::CreateGrant {
                member,
                hub,
                hub_account,
                payer,
            } => {
                let hub = HubId::new(self.resolve(hub)?);
                Call::Grant(GrantRequest::new(
                    self.endpoint(member)?,
                    hub,
                    hub_account.clone(),
                    *payer,
                ))
            }
            Op::RequestPeering { .. } => Call::Peering(self.peering_request(step, token)?),
            Op::AcceptPeering { peering } => Call::Accept(PeeringId::new(self.resolve(peering)?)),
            Op::AllowDnsResolution { peering, side } => {
                Call::Dns(PeeringId::new(self.resolve(peering)?), *side)
            }
            Op::EnableLearning {
                kind,
                peering,
                table,
            } => Call::Learn(Learning {
                kind: *kind,
                peering: PeeringId::new(self.resolve(peering)?),
                table: self.table(&step.place, table).await?,
            }),
            Op::CreateRoute {
                table,
                destination,
                next_hop,
            } => {
                let label = self.label(step, "landbridge", token);
                let next_hop = PeeringId::new(self.resolve(next_hop)?);
                let table = self.table(&step.place, table).await?;
                Call::Route(RouteRequest::new(label, table, *destination, next_hop))
            }
            Op::CreateGroup { name, network } => {
                let network = NetworkId::new(self.resolve(network)?);
                Call::Group(CreateGroup::new(self.label(step, name, token), network))
            }
            Op::AuthorizeRules { group, rules } => {
                Call::Rules(GroupId::new(self.resolve(group)?), self.rules_of(rules)?)
            }
            Op::RunInstance { .. } => Call::Instance(Box::new(self.instance_request(step, token)?)),
            op => Call::Simple(op),
        })
    }

    fn peering_request(&self, step: &Step, token: &Token) -> Result<RequestPeering> {
        let Op::RequestPeering {
            name,
            kind,
            requester,
            accepter,
            subnets,
            transit,
        } = &step.op
        else {
            return Err(Error::new(ErrorKind::InvalidInput, "not a peering"));
        };
        let label = self.label(step, name, token);
        let mut request = RequestPeering::new(
            label,
            *kind,
            self.endpoint(requester)?,
            self.endpoint(accepter)?,
        );
        for (zone, subnet) in subnets {
            request
                .subnets
                .push((zone.clone(), SubnetId::new(self.resolve(subnet)?)));
        }
        request.transit = *transit;
        Ok(request)
    }

    fn instance_request(&self, step: &Step, token: &Token) -> Result<RunInstance> {
        let Op::RunInstance {
            name,
            subnet,
            groups,
            instance_type,
            image,
            address,
            disk,
            password_env,
        } = &step.op
        else {
            return Err(Error::new(ErrorKind::InvalidInput, "not an instance"));
        };
        let groups = groups
            .iter()
            .map(|group| self.resolve(group).map(GroupId::new))
            .collect::<Result<_>>()?;
        let subnet = SubnetId::new(self.resolve(subnet)?);
        let mut request = RunInstance::new(
            self.label(step, name, token),
            subnet,
            groups,
            instance_type,
            image,
        );
        request.address = *address;
        request.disk = disk.clone();
        if let Some(variable) = password_env {
            let secret = self.secrets.secret(variable).ok_or_else(|| {
                Error::new(
                    ErrorKind::InvalidInput,
                    format!("the password of instance {name} is not given"),
                )
                .with_remedy(format!("set the environment variable {variable}"))
            })?;
            request.password = Some(secret);
        }
        Ok(request)
    }

    fn rules_of(&self, planned: &[PlannedRule]) -> Result<Vec<Rule>> {
        planned
            .iter()
            .map(|rule| rule.resolve(|reference| self.resolve(reference)))
            .collect()
    }

    /// Looks for an object that carries the step's key: what a call whose answer was lost may have made.
    pub(super) async fn find(&self, step: &Step) -> Result<Option<String>> {
        let now = self.clock.uptime();
        let place = &step.place;
        let key = step.key.object();
        let owner = Owner::new(&self.topology, key);
        let ours = |candidate: &Option<Owner>, status: &Status| {
            candidate.as_ref() == Some(&owner) && status.phase != Phase::Deleting
        };
        macro_rules! by_owner {
            ($list:expr) => {
                $list
                    .iter()
                    .find(|record| ours(&record.owner, &record.status))
                    .map(|record| record.id.to_string())
            };
        }
        Ok(match &step.op {
            Op::CreateNetwork { .. } => by_owner!(self.networks(place, now).await?),
            Op::CreateSubnet { .. } => by_owner!(self.subnets(place, now).await?),
            Op::CreateHub { .. } => by_owner!(self.hubs(place, now).await?),
            Op::RequestPeering { .. } => by_owner!(self.peerings(place, now).await?),
            Op::RunInstance { .. } => by_owner!(self.instances(place, now).await?),
            Op::CreateGroup { .. } => {
                let groups = self.groups(place, now).await?;
                groups
                    .iter()
                    .find(|record| record.owner.as_ref() == Some(&owner))
                    .map(|record| record.id.to_string())
            }
            _ => match self.look(step, key, now).await? {
                Seen::Now(Look::Ready(())) => Some(key.to_owned()),
                _ => None,
            },
        })
    }

    /// Looks at what the step is about.
    pub(super) async fn look(&self, step: &Step, id: &str, not_before: Duration) -> Result<Seen> {
        let place = &step.place;
        macro_rules! present {
            ($list:expr) => {
                present(
                    $list
                        .iter()
                        .find(|record| record.id.as_str() == id)
                        .map(|record| &record.status),
                )
            };
        }
        Ok(match &step.op {
            Op::OpenService { service } => {
                let _call = self.call().await;
                match self.cloud(place)?.service_status(*service).await? {
                    ServiceStatus::Open => Seen::ready(),
                    ServiceStatus::Closed => Seen::not_yet("Closed"),
                }
            }
            Op::CreateNetwork { .. } => present!(self.networks(place, not_before).await?),
            Op::CreateSubnet { .. } => present!(self.subnets(place, not_before).await?),
            Op::CreateHub { global, .. } => {
                let hubs = self.hubs(place, not_before).await?;
                let hub = hubs.iter().find(|record| record.id.as_str() == id);
                match hub {
                    Some(hub) if hub.status.is_ready() && !global && hub.table.is_none() => {
                        Seen::not_yet("without a route table")
                    }
                    hub => present(hub.map(|hub| &hub.status)),
                }
            }
            Op::RequestPeering {
                kind: PeeringKind::NetworkToNetwork,
                ..
            } => {
                let peerings = self.peerings(place, not_before).await?;
                match peerings.iter().find(|record| record.id.as_str() == id) {
                    Some(record) if record.status.phase == Phase::AwaitingAcceptance => {
                        Seen::ready()
                    }
                    record => present(record.map(|record| &record.status)),
                }
            }
            Op::RequestPeering { .. } => present!(self.peerings(place, not_before).await?),
            Op::AcceptPeering { peering } => {
                let id = self.resolve(peering)?;
                let peerings = self.all_peerings(place, not_before).await?;
                present(
                    peerings
                        .iter()
                        .find(|record| record.id.as_str() == id)
                        .map(|record| &record.status),
                )
            }
            Op::AllowDnsResolution { peering, side } => {
                let id = self.resolve(peering)?;
                let peerings = self.all_peerings(place, not_before).await?;
                let record = peerings.iter().find(|record| record.id.as_str() == id);
                match record.map(|record| record.dns.of(*side)) {
                    None => Seen::Absent,
                    Some(Some(true)) => Seen::ready(),
                    Some(_) => Seen::not_yet("not allowed yet"),
                }
            }
            Op::RunInstance { .. } => present!(self.instances(place, not_before).await?),
            Op::CreateGroup { .. } => {
                let groups = self.groups(place, not_before).await?;
                groups
                    .iter()
                    .find(|record| record.id.as_str() == id)
                    .map_or(Seen::Absent, |_| Seen::ready())
            }
            Op::EnableLearning {
                kind,
                peering,
                table,
            } => {
                let learning = Learning {
                    kind: *kind,
                    peering: PeeringId::new(self.resolve(peering)?),
                    table: self.table(place, table).await?,
                };
                self.learning_status(place, &learning, not_before).await?
            }
            Op::CreateRoute {
                table,
                destination,
                next_hop,
            } => {
                let table = self.table(place, table).await?;
                let next_hop = PeeringId::new(self.resolve(next_hop)?);
                self.route_status(place, &table, destination, &next_hop, not_before)
                    .await?
            }
            Op::CreateGrant {
                member, hub, payer, ..
            } => {
                let hub = self.resolve(hub)?;
                let grants = self
                    .grants(place, &self.endpoint(member)?, not_before)
                    .await?;
                let grant = grants.iter().find(|grant| grant.hub.as_str() == hub);
                match grant {
                    Some(grant) if grant.payer == Some(*payer) => Seen::ready(),
                    Some(_) => Seen::not_yet("granted with another payer"),
                    None => Seen::Absent,
                }
            }
            Op::AuthorizeRules { group, rules } => {
                let rules = self.rules_of(rules)?;
                let group = GroupId::new(self.resolve(group)?);
                let there = self.rules(place, &group, not_before).await?;
                let all = rules
                    .iter()
                    .all(|rule| there.iter().any(|record| record.rule == *rule));
                if all { Seen::ready() } else { Seen::Absent }
            }
            op => self.look_gone(place, op, not_before).await?,
        })
    }

    // For a step that deletes: `Absent` is what it wants.
    async fn look_gone(&self, place: &Place, op: &Op, not_before: Duration) -> Result<Seen> {
        macro_rules! there {
            ($list:expr, $id:expr) => {
                $list
                    .iter()
                    .find(|record| record.id == *$id)
                    .map(|record| record.status.word.clone())
            };
        }
        let state = match op {
            Op::TerminateInstance { id } => there!(self.instances(place, not_before).await?, id),
            Op::DeletePeering { id, .. } => there!(self.peerings(place, not_before).await?, id),
            Op::DeleteHub { id } => there!(self.hubs(place, not_before).await?, id),
            Op::DeleteSubnet { id } => there!(self.subnets(place, not_before).await?, id),
            Op::DeleteNetwork { id } => there!(self.networks(place, not_before).await?, id),
            Op::DeleteGroup { id } => {
                let groups = self.groups(place, not_before).await?;
                groups
                    .iter()
                    .find(|record| record.id == *id)
                    .map(|_| "there".to_owned())
            }
            Op::RevokeRules { group, rules } => {
                let there = self.rules(place, group, not_before).await?;
                let left = rules
                    .iter()
                    .any(|rule| there.iter().any(|record| record.rule == rule.rule));
                left.then(|| "there".to_owned())
            }
            Op::DeleteRoute {
                table,
                destination,
                next_hop,
            } => match self
                .route_status(place, table, destination, next_hop, not_before)
                .await?
            {
                Seen::Absent => None,
                Seen::Now(look) => Some(word(look)),
            },
            Op::DisableLearning { learning } => {
                match self.learning_status(place, learning, not_before).await? {
                    Seen::Absent => None,
                    Seen::Now(look) => Some(word(look)),
                }
            }
            Op::RevokeGrant { grant } => {
                let grants = self.grants(place, &grant.member, not_before).await?;
                grants
                    .iter()
                    .find(|there| there.hub == grant.hub)
                    .map(|_| "granted".to_owned())
            }
            _ => None,
        };
        Ok(state.map_or(Seen::Absent, |state| Seen::Now(Look::NotYet(state))))
    }

    async fn learning_status(
        &self,
        place: &Place,
        learning: &Learning,
        not_before: Duration,
    ) -> Result<Seen> {
        let table = &learning.table;
        let cloud = self.cloud(place)?;
        let fetch = async {
            let _call = self.call().await;
            cloud.list_learning(table).await
        };
        let list = self
            .learning
            .get(table, self.clock.as_ref(), not_before, fetch)
            .await?;
        Ok(present(
            list.iter()
                .find(|record| record.learning == *learning)
                .map(|record| &record.status),
        ))
    }

    async fn route_status(
        &self,
        place: &Place,
        table: &RouteTableId,
        destination: &ipnet::IpNet,
        next_hop: &PeeringId,
        not_before: Duration,
    ) -> Result<Seen> {
        let cloud = self.cloud(place)?;
        let fetch = async {
            let _call = self.call().await;
            cloud.list_routes(table).await
        };
        let routes = self
            .routes
            .get(table, self.clock.as_ref(), not_before, fetch)
            .await?;
        let hop = NextHop::Peering(next_hop.clone());
        let route = routes
            .iter()
            .find(|route| route.destination == *destination && route.next_hop == hop);
        Ok(present(route.map(|route| &route.status)))
    }

    async fn rules(
        &self,
        place: &Place,
        group: &GroupId,
        not_before: Duration,
    ) -> Result<Arc<Vec<RuleRecord>>> {
        let cloud = self.cloud(place)?;
        let fetch = async {
            let _call = self.call().await;
            cloud.list_rules(group).await
        };
        self.rules
            .get(group, self.clock.as_ref(), not_before, fetch)
            .await
    }

    async fn grants(
        &self,
        place: &Place,
        member: &Endpoint,
        not_before: Duration,
    ) -> Result<Arc<Vec<GrantRecord>>> {
        let cloud = self.cloud(place)?;
        let fetch = async {
            let _call = self.call().await;
            cloud.list_grants(member).await
        };
        self.grants
            .get(
                &member.id().to_owned(),
                self.clock.as_ref(),
                not_before,
                fetch,
            )
            .await
    }

    async fn networks(
        &self,
        place: &Place,
        not_before: Duration,
    ) -> Result<Arc<Vec<NetworkRecord>>> {
        let cloud = self.cloud(place)?;
        let select = Select::Topology(self.topology.clone());
        let fetch = async {
            let _call = self.call().await;
            cloud.list_networks(&select).await
        };
        self.networks
            .get(place, self.clock.as_ref(), not_before, fetch)
            .await
    }

    async fn subnets(&self, place: &Place, not_before: Duration) -> Result<Arc<Vec<SubnetRecord>>> {
        let cloud = self.cloud(place)?;
        let select = Select::Topology(self.topology.clone());
        let fetch = async {
            let _call = self.call().await;
            cloud.list_subnets(&select).await
        };
        self.subnets
            .get(place, self.clock.as_ref(), not_before, fetch)
            .await
    }

    async fn hubs(&self, place: &Place, not_before: Duration) -> Result<Arc<Vec<HubRecord>>> {
        let cloud = self.cloud(place)?;
        let select = Select::Topology(self.topology.clone());
        let fetch = async {
            let _call = self.call().await;
            cloud.list_hubs(&select).await
        };
        self.hubs
            .get(place, self.clock.as_ref(), not_before, fetch)
            .await
    }

    async fn peerings(
        &self,
        place: &Place,
        not_before: Duration,
    ) -> Result<Arc<Vec<PeeringRecord>>> {
        let cloud = self.cloud(place)?;
        let select = PeeringSelect::all().with_topology(&self.topology);
        let fetch = async {
            let _call = self.call().await;
            cloud.list_peerings(&select).await
        };
        self.peerings
            .get(place, self.clock.as_ref(), not_before, fetch)
            .await
    }

    // An accepter does not see the requester's tags, so it looks among all that it has.
    async fn all_peerings(
        &self,
        place: &Place,
        not_before: Duration,
    ) -> Result<Arc<Vec<PeeringRecord>>> {
        let cloud = self.cloud(place)?;
        let select = PeeringSelect::all().with_kind(PeeringKind::NetworkToNetwork);
        let fetch = async {
            let _call = self.call().await;
            cloud.list_peerings(&select).await
        };
        self.all_peerings
            .get(place, self.clock.as_ref(), not_before, fetch)
            .await
    }

    async fn groups(&self, place: &Place, not_before: Duration) -> Result<Arc<Vec<GroupRecord>>> {
        let cloud = self.cloud(place)?;
        let select = Select::Topology(self.topology.clone());
        let fetch = async {
            let _call = self.call().await;
            cloud.list_groups(&select).await
        };
        self.groups
            .get(place, self.clock.as_ref(), not_before, fetch)
            .await
    }

    async fn instances(
        &self,
        place: &Place,
        not_before: Duration,
    ) -> Result<Arc<Vec<InstanceRecord>>> {
        let cloud = self.cloud(place)?;
        let select: Select<InstanceId> = Select::Topology(self.topology.clone());
        let fetch = async {
            let _call = self.call().await;
            cloud.list_instances(&select).await
        };
        self.instances
            .get(place, self.clock.as_ref(), not_before, fetch)
            .await
    }
}

/// What a look at an object showed.
#[derive(Debug)]
pub(super) enum Seen {
    /// It is not there.
    Absent,
    /// It is there.
    Now(Look<()>),
}

impl Seen {
    fn ready() -> Self {
        Self::Now(Look::Ready(()))
    }

    fn not_yet(state: &str) -> Self {
        Self::Now(Look::NotYet(state.to_owned()))
    }
}

fn word(look: Look<()>) -> String {
    match look {
        Look::Ready(()) => "there".to_owned(),
        Look::NotYet(state) | Look::Never(state) => state,
    }
}

fn present(status: Option<&Status>) -> Seen {
    let Some(status) = status else {
        return Seen::Absent;
    };
    Seen::Now(match status.phase {
        Phase::Ready => Look::Ready(()),
        Phase::Failed => Look::Never(status.word.clone()),
        Phase::Deleting => Look::Never(format!("{} by somebody else", status.word)),
        Phase::Pending | Phase::AwaitingAcceptance => Look::NotYet(status.word.clone()),
    })
}

/// A call whose references are resolved.
enum Call<'s> {
    Network(CreateNetwork),
    Subnet(CreateSubnet),
    Hub(CreateHub),
    Grant(GrantRequest),
    Peering(RequestPeering),
    Accept(PeeringId),
    Dns(PeeringId, PeeringSide),
    Learn(Learning),
    Route(RouteRequest),
    Group(CreateGroup),
    Rules(GroupId, Vec<Rule>),
    Instance(Box<RunInstance>),
    Simple(&'s Op),
}

impl Call<'_> {
    async fn send(
        &self,
        cloud: &dyn Cloud,
        topology: &str,
        token: &Token,
    ) -> Result<Option<String>> {
        Ok(match self {
            Self::Network(request) => Some(cloud.create_network(request).await?.id.to_string()),
            Self::Subnet(request) => Some(cloud.create_subnet(request).await?.id.to_string()),
            Self::Hub(request) => Some(cloud.create_hub(request).await?.id.to_string()),
            Self::Peering(request) => Some(cloud.request_peering(request).await?.id.to_string()),
            Self::Group(request) => Some(cloud.create_group(request).await?.id.to_string()),
            Self::Instance(request) => Some(cloud.run_instance(request).await?.id.to_string()),
            Self::Grant(request) => none(cloud.create_grant(request).await?),
            Self::Accept(id) => none(cloud.accept_peering(id, token).await?),
            Self::Dns(id, side) => none(cloud.allow_dns_resolution(id, *side, true).await?),
            Self::Learn(learning) => none(cloud.enable_learning(learning, token).await?),
            Self::Route(request) => none(cloud.create_route(request).await?),
            Self::Rules(group, rules) => {
                none(cloud.authorize_rules(group, topology, rules, token).await?)
            }
            Self::Simple(op) => none(send_simple(cloud, op, token).await?),
        })
    }
}

fn none((): ()) -> Option<String> {
    None
}

// Calls that name everything by id.
async fn send_simple(cloud: &dyn Cloud, op: &Op, token: &Token) -> Result<()> {
    match op {
        Op::OpenService { service } => cloud.open_service(*service).await,
        Op::TerminateInstance { id } => cloud.terminate_instance(id).await,
        Op::RevokeRules { group, rules } => cloud.revoke_rules(group, rules, token).await,
        Op::DeleteGroup { id } => cloud.delete_group(id).await,
        Op::DeleteRoute {
            table,
            destination,
            next_hop,
        } => cloud.delete_route(table, destination, next_hop).await,
        Op::DisableLearning { learning } => cloud.disable_learning(learning, token).await,
        Op::DeletePeering { id, kind } => cloud.delete_peering(id, *kind, token).await,
        Op::RevokeGrant { grant } => cloud.revoke_grant(grant).await,
        Op::DeleteHub { id } => cloud.delete_hub(id).await,
        Op::DeleteSubnet { id } => cloud.delete_subnet(id).await,
        Op::DeleteNetwork { id } => cloud.delete_network(id).await,
        op => Err(Error::new(
            ErrorKind::InvalidInput,
            format!("{:?} is not understood by this engine", op.kind()),
        )),
    }
}
