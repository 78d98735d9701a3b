//! How the outcome of a step is seen.

use std::time::Duration;

use super::perform::Performer;
use crate::error::Result;
use crate::ids::{GroupId, HubId, PeeringId, Place, RouteTableId};
use crate::plan::{EndpointRef, HubScopeRef, Op, Step};
use crate::retry::Look;
use crate::traits::{
    Endpoint, Learning, NextHop, Owner, PeeringKind, Phase, ServiceStatus, Status,
};

impl Performer {
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
            Op::RequestPeering {
                requester,
                accepter: EndpointRef::Edge { id, .. },
                ..
            } => {
                let hub = HubId::new(self.resolve(id)?);
                let peerings = self.edge_peerings(place, &hub, now).await?;
                match self.endpoint(requester)? {
                    // It carries no tags: hub and border router are its key.
                    router @ Endpoint::BorderRouter { .. } => peerings
                        .iter()
                        .find(|record| {
                            record.requester.id() == router.id()
                                && record.status.phase != Phase::Deleting
                        })
                        .map(|record| record.id.to_string()),
                    _ => by_owner!(peerings),
                }
            }
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
            Op::CreateHub { scope, .. } => {
                let has_table = matches!(scope, HubScopeRef::Regional { .. });
                let hubs = self.hubs(place, not_before).await?;
                let hub = hubs.iter().find(|record| record.id.as_str() == id);
                match hub {
                    Some(hub) if hub.status.is_ready() && has_table && hub.table.is_none() => {
                        Seen::not_yet("without a route table")
                    }
                    hub => present(hub.map(|hub| &hub.status)),
                }
            }
            Op::RequestPeering {
                kind: PeeringKind::NetworkToNetwork,
                ..
            } => {
                let peerings = self.all_peerings(place, not_before).await?;
                match peerings.iter().find(|record| record.id.as_str() == id) {
                    Some(record) if record.status.phase == Phase::AwaitingAcceptance => {
                        Seen::ready()
                    }
                    record => present(record.map(|record| &record.status)),
                }
            }
            Op::RequestPeering {
                accepter: EndpointRef::Edge { id: hub, .. },
                ..
            } => {
                let hub = HubId::new(self.resolve(hub)?);
                present!(self.edge_peerings(place, &hub, not_before).await?)
            }
            Op::RequestPeering { .. } => present!(self.peerings(place, not_before).await?),
            Op::AcceptPeering { peering, requester } => {
                let id = PeeringId::new(self.resolve(peering)?);
                let asker = self.endpoint(requester)?;
                let far = asker.region().map(|region| {
                    Place::new(place.cloud.clone(), asker.account().clone(), region.clone())
                });
                let places: Vec<&Place> = [place].into_iter().chain(&far).collect();
                self.joined(&id, &places, not_before).await?
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
                    Some(grant) if payer.is_none() || grant.payer == *payer => Seen::ready(),
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
                    .all(|rule| there.iter().any(|record| record.rule.same_as(rule)));
                if all { Seen::ready() } else { Seen::Absent }
            }
            op => self.look_gone(place, op, not_before).await?,
        })
    }

    // A peering is there once both sides say so: each side's routes lead nowhere until its own region knows.
    async fn joined(
        &self,
        id: &PeeringId,
        places: &[&Place],
        not_before: Duration,
    ) -> Result<Seen> {
        let mut seen = Seen::Absent;
        for place in places
            .iter()
            .filter(|place| self.clouds.contains_key(place))
        {
            let peerings = self.all_peerings(place, not_before).await?;
            seen = present(
                peerings
                    .iter()
                    .find(|record| record.id == *id)
                    .map(|record| &record.status),
            );
            if !matches!(seen, Seen::Now(Look::Ready(()))) {
                break;
            }
        }
        Ok(seen)
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
            Op::DeletePeering {
                id,
                edge: Some(hub),
                ..
            } => there!(self.edge_peerings(place, hub, not_before).await?, id),
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
                    .any(|rule| there.iter().any(|record| record.rule.same_as(&rule.rule)));
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
