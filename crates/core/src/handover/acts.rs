//! What the steps of others ask their owners to do.

use std::collections::BTreeSet;

use super::act::{Act, Party, Way};
use crate::ids::{HubId, PeeringId, SubnetId};
use crate::object::{ObjectKey, Pair};
use crate::plan::{Destination, EndpointRef, Found, Op, Ref, Sides, Step, StepKey, ranges_of};
use crate::topology::{Account, Network, Topology};
use crate::traits::{Endpoint, PeeringKind};

/// Turns steps into acts, as far as what they need has an ID.
pub(super) struct Acts<'a> {
    topology: &'a Topology,
    found: &'a Found,
    sides: &'a Sides,
}

impl<'a> Acts<'a> {
    pub(super) fn new(topology: &'a Topology, found: &'a Found, sides: &'a Sides) -> Self {
        Self {
            topology,
            found,
            sides,
        }
    }

    fn of_account(&self, account: &Account) -> impl Iterator<Item = &'a Step> {
        let (cloud, id) = (account.cloud.clone(), account.id.clone());
        let steps = self.sides.theirs.iter();
        steps.filter(move |step| step.place.cloud == cloud && step.place.account == id)
    }

    /// What an owner is to do, whether we wait for it, and whether there will be more.
    pub(super) fn to_do(&self, account: &Account) -> (Vec<(Act, bool)>, bool) {
        let awaited: BTreeSet<&StepKey> = self.sides.awaited().map(|step| &step.key).collect();
        let mut acts = Vec::new();
        let mut more_to_come = false;
        for step in self.of_account(account) {
            match self.act(step) {
                Some(Act::Attach { member, .. }) if member.account == account.id => {}
                Some(act) => acts.push((act, awaited.contains(&step.key))),
                None => more_to_come |= is_for_us(step),
            }
        }
        (acts, more_to_come)
    }

    /// What an owner is to take away, in the order in which it can be done.
    pub(super) fn to_undo(&self, account: &Account) -> Vec<(Act, bool)> {
        let routes = self.of_account(account).filter_map(|step| self.act(step));
        let routes = routes.filter_map(|act| match act {
            Act::AddRoute {
                network,
                destination,
                through,
            } => Some(Act::RemoveRoute {
                network,
                destination,
                through,
            }),
            _ => None,
        });
        let peerings = self.found.peerings.iter();
        let peerings = peerings.filter(|(_, at)| {
            let requester = at.record.requester.account();
            at.record.kind == PeeringKind::NetworkToNetwork && *requester == account.id
        });
        let peerings = peerings.filter_map(|(_, at)| {
            Some(Act::DeletePeering {
                peering: at.record.id.clone(),
                requester: self.party_of(&at.record.requester)?,
            })
        });
        let grants = self.found.grants.iter();
        let grants = grants.filter(|(_, at)| *at.record.1.account() == account.id);
        let grants = grants.filter_map(|(_, at)| {
            let (record, member) = &at.record;
            Some(Act::Revoke {
                member: self.party_of(member)?,
                hub: record.hub.clone(),
                hub_account: record.hub_account.clone(),
                edge: self.found.is_edge(&record.hub),
            })
        });
        let acts = routes.chain(peerings).chain(grants);
        acts.map(|act| (act, false)).collect()
    }

    /// What a step asks for; nothing while an ID is missing, or for what no owner is asked to do.
    pub(super) fn act(&self, step: &Step) -> Option<Act> {
        match &step.op {
            Op::RequestPeering(request) if request.kind == PeeringKind::NetworkToNetwork => {
                Some(Act::RequestPeering {
                    requester: self.party(&request.requester)?,
                    accepter: self.party(&request.accepter)?,
                })
            }
            Op::RequestPeering(request) if request.kind == PeeringKind::Attachment => {
                let subnets = request.subnets.iter();
                let subnets = subnets
                    .map(|(zone, id)| Some((zone.clone(), SubnetId::new(known(id)?))))
                    .collect::<Option<_>>()?;
                let (hub, edge) = match &request.accepter {
                    EndpointRef::Hub {
                        parent: Some(id), ..
                    } => (id, false),
                    EndpointRef::Edge { id, .. } => (id, true),
                    other => (other.id(), false),
                };
                Some(Act::Attach {
                    member: self.party(&request.requester)?,
                    hub: HubId::new(known(hub)?),
                    subnets,
                    edge,
                    prefixes: request.prefixes.clone(),
                })
            }
            Op::AcceptPeering(accept) => {
                let ObjectKey::Acceptance(pair) = step.key.object() else {
                    return None;
                };
                let requester = self.party(&accept.requester)?;
                Some(Act::AcceptPeering {
                    peering: PeeringId::new(known(&accept.peering)?),
                    accepter: self.other_end(pair, &requester)?,
                    requester,
                })
            }
            Op::CreateGrant(grant) => Some(Act::Grant {
                member: self.party(&grant.member)?,
                hub: HubId::new(known(&grant.hub)?),
                hub_account: grant.hub_account.clone(),
                payer: grant.payer,
            }),
            Op::CreateRoute(route) => {
                let (ObjectKey::Route { network, .. }, Destination::Range(destination)) =
                    (step.key.object(), &route.destination)
                else {
                    return None;
                };
                Some(Act::AddRoute {
                    network: self.network(self.topology.network(network)?)?,
                    destination: *destination,
                    through: self.way(PeeringId::new(known(&route.next_hop)?))?,
                })
            }
            _ => None,
        }
    }

    fn way(&self, id: PeeringId) -> Option<Way> {
        let at = self.found.peerings.by_id(&id)?;
        Some(match (at.record.kind, &at.record.accepter) {
            (PeeringKind::NetworkToNetwork, _) => Way::Peering(id),
            (_, Endpoint::Edge { .. }) => Way::EdgeAttachment(id),
            _ => Way::Attachment(id),
        })
    }

    fn other_end(&self, pair: &Pair, end: &Party) -> Option<Party> {
        let names = [&pair.left, &pair.right].into_iter();
        let mut networks = names.filter_map(|name| self.network(self.topology.network(name)?));
        networks.find(|network| network.id != end.id)
    }

    fn network(&self, network: &Network) -> Option<Party> {
        let at = self
            .found
            .networks
            .get(&ObjectKey::network(&network.name))?;
        let account = self.topology.account(&network.account)?;
        let (id, region) = (at.record.id.as_str(), network.region.clone());
        let party = Party::new(id, account.id.clone(), region);
        Some(party.with_ranges(ranges_of(network, self.found)))
    }

    fn party(&self, end: &EndpointRef) -> Option<Party> {
        let id = known(end.id())?;
        Some(self.with_ranges(
            id,
            Party::new(id, end.account().clone(), end.region().clone()),
        ))
    }

    fn party_of(&self, end: &Endpoint) -> Option<Party> {
        let party = Party::new(end.id(), end.account().clone(), end.region()?.clone());
        Some(self.with_ranges(end.id(), party))
    }

    fn with_ranges(&self, id: &str, party: Party) -> Party {
        let mut networks = self.found.networks.iter();
        let network = networks.find(|(_, at)| at.record.id.as_str() == id);
        match network {
            Some((_, at)) => party.with_ranges(at.record.ranges.clone()),
            None => party,
        }
    }
}

// What an owner does inside of its own account is its own affair.
fn is_for_us(step: &Step) -> bool {
    match &step.op {
        Op::RequestPeering(request) => match request.kind {
            PeeringKind::NetworkToNetwork => true,
            PeeringKind::Attachment => *request.requester.account() != step.place.account,
            PeeringKind::HubToHub => false,
        },
        Op::AcceptPeering(_) | Op::CreateGrant(_) | Op::CreateRoute(_) => true,
        _ => false,
    }
}

fn known(reference: &Ref) -> Option<&str> {
    match reference {
        Ref::Id(id) => Some(id),
        Ref::Step(_) => None,
    }
}
