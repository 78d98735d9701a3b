//! The data plane: whether a ping from one instance gets its answer from another.

use std::net::IpAddr;

use super::filter::Far;
use super::item::Entry;
use super::learned::far_end;
use super::world::World;
use crate::ids::{HubId, InstanceId, NetworkId, PeeringId, RouteTableId};
use crate::traits::{
    Direction, Endpoint, InstanceRecord, NetworkRecord, NextHop, PeeringKind, Phase, SubnetRecord,
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

    /// Whether a ping from an instance to an address is answered: the request passes routes and groups, the answer
    /// needs routes only, because groups remember what they let pass.
    pub(super) fn answers(&self, source: &InstanceId, to: &IpAddr) -> bool {
        self.exchange(source, to).is_some()
    }

    fn exchange(&self, source: &InstanceId, to: &IpAddr) -> Option<()> {
        let source = &self.get::<InstanceRecord>(source)?.record;
        let path = match self.walk(source, to)? {
            Way::Arrives(path) => path,
            Way::Answered => return self.leaves(source, to).then_some(()),
        };
        let target = self.running_at(&path.network, to)?;
        self.passes_groups(source, (target, to), &path)
            .then_some(())?;
        match self.walk(target, &address_towards(source, to)?)? {
            Way::Arrives(back) if Some(&back.network) == source.network.as_ref() => Some(()),
            _ => None,
        }
    }

    /// Whether an instance's own groups let a ping out; what is behind a line has none.
    fn leaves(&self, source: &InstanceRecord, to: &IpAddr) -> bool {
        let far = Far {
            address: *to,
            groups: &[],
        };
        self.lets_pass(source, Direction::Egress, &far)
    }

    fn running_at(&self, network: &NetworkId, address: &IpAddr) -> Option<&InstanceRecord> {
        self.address_user(network, address)
            .filter(|entry| entry.life.phase(self.now) == Phase::Ready)
            .map(|entry| &entry.record)
    }

    fn passes_groups(
        &self,
        from: &InstanceRecord,
        (to, target): (&InstanceRecord, &IpAddr),
        path: &Path,
    ) -> bool {
        let Some(source) = address_towards(from, target) else {
            return false;
        };
        let known = self.keeps_groups(path);
        let seen = |instance: &InstanceRecord| match known {
            true => instance.groups.clone(),
            false => Vec::new(),
        };
        let far_target = Far {
            address: *target,
            groups: &seen(to),
        };
        let far_source = Far {
            address: source,
            groups: &seen(from),
        };
        self.lets_pass(from, Direction::Egress, &far_target)
            && self.lets_pass(to, Direction::Ingress, &far_source)
    }

    /// Groups can be referred to inside a network and over peerings of networks inside a region.
    fn keeps_groups(&self, path: &Path) -> bool {
        path.peerings.iter().all(|id| {
            self.ready_peering(id).is_some_and(|peering| {
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

    /// Where a hub sends what came out of a peering.
    fn forward(&self, hub: &HubId, from: &PeeringId, to: &IpAddr) -> Option<PeeringId> {
        let table = self.associated_table(from, hub)?;
        self.look_up_hub(&table, to)
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
