//! The data plane: whether a packet from one instance arrives at another, and the answer comes back.

use std::net::IpAddr;

use super::filter::Passing;
use super::item::Entry;
use super::learned::far_end;
use super::packet::{Packet, Payload};
use super::world::World;
use crate::ids::{GroupId, HubId, InstanceId, NetworkId, PeeringId, RouteTableId, SubnetId};
use crate::traits::{
    Direction, Endpoint, GroupReferences, InstanceRecord, NetworkRecord, NextHop, PeeringKind,
    Phase, SubnetRecord,
};

/// More hubs than any sane path passes; a loop ends here.
const MAX_HUBS: usize = 16;

/// Where a packet ends up.
enum Way {
    /// In a network.
    Arrives(Path),
    /// Behind a private line, from where the answer comes back.
    Answered,
}

/// Where a packet arrives, and through what.
struct Path {
    network: NetworkId,
    peerings: Vec<PeeringId>,
}

/// The peerings on both ways of a packet that arrived and was answered.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    pub(super) there: Vec<PeeringId>,
    pub(super) back: Vec<PeeringId>,
}

/// Where a packet or its answer is dropped, and why.
#[derive(Clone, Debug)]
pub(super) struct Dropped {
    pub(super) element: String,
    pub(super) code: &'static str,
}

impl Dropped {
    fn at(element: &str, code: &'static str) -> Self {
        Self {
            element: element.to_owned(),
            code,
        }
    }
}

const NOT_RUNNING: &str = "not-running";
const NO_ROUTE: &str = "no-route";
const GROUP: &str = "group";
const ACCESS_LIST: &str = "access-list";
const FILTERED: &str = "filtered";
const NO_WAY_BACK: &str = "no-way-back";

impl World {
    /// The instance of a network that has or had this address.
    pub(super) fn address_user(
        &self,
        network: &NetworkId,
        address: &IpAddr,
    ) -> Option<&Entry<InstanceRecord>> {
        self.shelf::<InstanceRecord>().iter().find(|entry| {
            entry.record.network.as_ref() == Some(network)
                && address_towards(&entry.record, address) == Some(*address)
        })
    }

    /// Whether a packet from an instance arrives at an address and its answer comes back: the packet passes groups,
    /// access lists and routes, the answer access lists and routes only, because groups remember what they let pass.
    pub(super) fn delivers(&self, source: &InstanceId, to: &IpAddr, payload: Payload) -> bool {
        self.exchange(source, to, payload).is_ok()
    }

    /// The peerings that a packet and its answer go through, or what stops one of them.
    pub(super) fn exchange(
        &self,
        source: &InstanceId,
        to: &IpAddr,
        payload: Payload,
    ) -> Result<Exchange, Dropped> {
        let source = self
            .get::<InstanceRecord>(source)
            .and_then(|entry| self.running(entry));
        let source = source.ok_or(Dropped::at("", NOT_RUNNING))?;
        let here = Dropped::at(source.id.as_str(), NO_ROUTE);
        let request = Packet {
            source: address_towards(source, to).ok_or(here.clone())?,
            destination: *to,
            payload,
        };
        let path = match self.walk(source, to).ok_or(here)? {
            Way::Arrives(path) => path,
            Way::Answered => {
                let visits = self.visits_line(source, &request);
                let dropped = Dropped::at(source.id.as_str(), FILTERED);
                return visits.map(|()| Exchange::default()).ok_or(dropped);
            }
        };
        let target = self.address_user(&path.network, to);
        let target = target.and_then(|target| self.running(target));
        let target = target.ok_or(Dropped::at(path.network.as_str(), NOT_RUNNING))?;
        let at_target = |code| Dropped::at(target.id.as_str(), code);
        self.passes_groups(source, target, &request, &path)
            .ok_or(at_target(GROUP))?;
        self.passes_borders(source, target, &request)
            .ok_or(at_target(ACCESS_LIST))?;
        let back = match request.answer() {
            Some(answer) => self
                .comes_back(target, source, &answer)
                .ok_or(at_target(NO_WAY_BACK))?,
            None => Vec::new(),
        };
        Ok(Exchange {
            there: path.peerings,
            back,
        })
    }

    fn comes_back(
        &self,
        from: &InstanceRecord,
        to: &InstanceRecord,
        answer: &Packet,
    ) -> Option<Vec<PeeringId>> {
        match self.walk(from, &answer.destination)? {
            Way::Arrives(back) if Some(&back.network) == to.network.as_ref() => {
                self.passes_borders(from, to, answer)?;
                Some(back.peerings)
            }
            _ => None,
        }
    }

    /// What is behind a line answers pings, and has no groups.
    fn visits_line(&self, source: &InstanceRecord, request: &Packet) -> Option<()> {
        let is_ping = request.payload == Payload::echo_to(&request.destination);
        let leaving = out(request, &[]);
        let subnet = source.subnet.as_ref()?;
        let passes = is_ping
            && self.lets_pass(source, &leaving)
            && self.crosses_border(subnet, &leaving)
            && self.crosses_border(subnet, &into(&request.answer()?, &[]));
        passes.then_some(())
    }

    fn running<'a>(&self, entry: &'a Entry<InstanceRecord>) -> Option<&'a InstanceRecord> {
        (entry.life.phase(self.now) == Phase::Ready).then_some(&entry.record)
    }

    fn passes_groups(
        &self,
        from: &InstanceRecord,
        to: &InstanceRecord,
        packet: &Packet,
        path: &Path,
    ) -> Option<()> {
        let known = self.keeps_groups(path);
        let seen = |instance: &'_ InstanceRecord| match known {
            true => instance.groups.clone(),
            false => Vec::new(),
        };
        let (of_target, of_source) = (seen(to), seen(from));
        let passes = self.lets_pass(from, &out(packet, &of_target))
            && self.lets_pass(to, &into(packet, &of_source));
        passes.then_some(())
    }

    /// Access lists stand at the borders of subnets: what stays in one meets none.
    fn passes_borders(
        &self,
        from: &InstanceRecord,
        to: &InstanceRecord,
        packet: &Packet,
    ) -> Option<()> {
        let (near, far): (&SubnetId, &SubnetId) = (from.subnet.as_ref()?, to.subnet.as_ref()?);
        let passes = near == far
            || self.crosses_border(near, &out(packet, &[]))
                && self.crosses_border(far, &into(packet, &[]));
        passes.then_some(())
    }

    /// Groups can be referred to inside a network, and over peerings of networks inside a region where the cloud says so.
    fn keeps_groups(&self, path: &Path) -> bool {
        let capabilities = &self.options.capabilities;
        let over_peerings = capabilities.group_references == GroupReferences::PeeredInRegion;
        path.peerings.iter().all(|id| {
            over_peerings
                && self.ready_peering(id).is_some_and(|peering| {
                    peering.kind == PeeringKind::NetworkToNetwork
                        && peering.requester.region() == peering.accepter.region()
                })
        })
    }

    /// Follows routes from an instance to an address; gives nothing where the packet is dropped.
    fn walk(&self, from: &InstanceRecord, to: &IpAddr) -> Option<Way> {
        let network = from.network.as_ref()?;
        let subnet = &self.get::<SubnetRecord>(from.subnet.as_ref()?)?.record;
        let table: &RouteTableId = &self.table_of_subnet(subnet)?.id;
        match self.look_up(table, to)?.next_hop {
            NextHop::Local => Some(Way::Arrives(Path {
                network: network.clone(),
                peerings: Vec::new(),
            })),
            NextHop::Peering(id) => {
                self.cross(network.as_str(), id, &address_towards(from, to)?, to)
            }
            NextHop::BlackHole | NextHop::Internet(_) | NextHop::Other { .. } => None,
        }
    }

    /// Goes through peerings and hubs until a network is reached.
    fn cross(&self, from: &str, first: PeeringId, source: &IpAddr, to: &IpAddr) -> Option<Way> {
        let (mut near, mut next) = (from.to_owned(), first);
        let mut peerings = Vec::new();
        while peerings.len() <= MAX_HUBS {
            let peering = self.ready_peering(&next)?;
            peerings.push(next.clone());
            match far_end(peering, &near) {
                Endpoint::Network { id, .. } => return self.arrive(id, to, peerings),
                Endpoint::Edge { id, .. } => {
                    let answered = self.line_answers(id, peering, source, to);
                    return answered.then_some(Way::Answered);
                }
                Endpoint::Hub { id, .. } => {
                    near = id.to_string();
                    next = self.forward(id, &next, to)?;
                }
                Endpoint::BorderRouter { .. } => return None,
            }
        }
        None
    }

    /// Where a hub sends what came out of a peering: never back.
    fn forward(&self, hub: &HubId, from: &PeeringId, to: &IpAddr) -> Option<PeeringId> {
        let table = self.associated_table(from, hub)?;
        self.look_up_hub(&table, to).filter(|next| next != from)
    }

    fn arrive(&self, network: &NetworkId, to: &IpAddr, peerings: Vec<PeeringId>) -> Option<Way> {
        let ranges = &self.get::<NetworkRecord>(network)?.record.ranges;
        let path = Path {
            network: network.clone(),
            peerings,
        };
        ranges
            .iter()
            .any(|range| range.contains(to))
            .then_some(Way::Arrives(path))
    }
}

fn out<'a>(packet: &'a Packet, far_groups: &'a [GroupId]) -> Passing<'a> {
    Passing {
        packet,
        direction: Direction::Egress,
        far_groups,
    }
}

fn into<'a>(packet: &'a Packet, far_groups: &'a [GroupId]) -> Passing<'a> {
    Passing {
        direction: Direction::Ingress,
        ..out(packet, far_groups)
    }
}

/// The address of an instance that packets to and from `far` carry: that of the same family.
fn address_towards(instance: &InstanceRecord, far: &IpAddr) -> Option<IpAddr> {
    match far {
        IpAddr::V4(_) => instance.address,
        // An address that is had is meant; among several others any will do.
        IpAddr::V6(far) => {
            let own = &instance.ipv6_addresses;
            let it = own.iter().find(|own| *own == far);
            it.or_else(|| own.first()).copied().map(IpAddr::V6)
        }
    }
}
