//! Where an account has something that carries a topology's tags.

use super::item::Item;
use super::world::World;
use crate::ids::{AccountId, NetworkId, Place};
use crate::traits::{
    AnalysisRecord, Footprint, FootprintSearch, GroupRecord, HubRecord, HubScope, InstanceRecord,
    NetworkRecord, Owner, PeeringRecord, ServiceEndpointRecord, SubnetRecord,
};

/// Looks through everything there is. A memory has no regions but those in which something is.
pub(super) fn search(world: &World, search: &FootprintSearch) -> Footprint {
    let mut looking = Looking {
        world,
        search,
        footprint: Footprint::default(),
    };
    looking.through(|_: &NetworkRecord| None);
    looking.through(|subnet: &SubnetRecord| Some(subnet.network.clone()));
    looking.through(|group: &GroupRecord| group.network.clone());
    looking.through(|_: &InstanceRecord| None);
    looking.through(|_: &AnalysisRecord| None);
    looking.through(|end: &ServiceEndpointRecord| Some(end.network.clone()));
    looking.hubs();
    looking.through(|_: &PeeringRecord| None);
    looking.joined_hubs();
    let Footprint { found, without, .. } = &mut looking.footprint;
    without.retain(|place| !found.contains(place));
    looking.footprint
}

struct Looking<'a> {
    world: &'a World,
    search: &'a FootprintSearch,
    footprint: Footprint,
}

impl Looking<'_> {
    fn is_here(&self, place: &Place) -> bool {
        let account: &AccountId = &self.search.account;
        place.account == *account && !self.search.known.contains(&place.region)
    }

    fn is_ours(&self, owner: Option<&Owner>) -> bool {
        owner.is_some_and(|owner| self.search.is_for(&owner.topology))
    }

    // A kind of object; what stands in a network names it.
    fn through<R: Item>(&mut self, network: impl Fn(&R) -> Option<NetworkId>) {
        for entry in self.world.shelf::<R>() {
            if !self.is_here(&entry.place) {
                continue;
            }
            let ours = self.is_ours(entry.record.owner());
            self.footprint.note(entry.place.clone(), ours);
            let strange = network(&entry.record).filter(|id| ours && !self.made(id));
            if let Some(id) = strange {
                self.footprint.networks.insert((entry.place.clone(), id));
            }
        }
    }

    fn made(&self, id: &NetworkId) -> bool {
        let mut networks = self.world.shelf::<NetworkRecord>().iter();
        networks.any(|entry| entry.record.id == *id && self.is_ours(entry.record.owner.as_ref()))
    }

    // Those at the edge are read where the topology declares one, and global ones are seen from any place of the account.
    fn hubs(&mut self) {
        for entry in self.world.shelf::<HubRecord>() {
            let searched = match entry.record.scope {
                HubScope::Edge { .. } => false,
                HubScope::Global => self.search.known.is_empty(),
                HubScope::Regional { .. } => true,
            };
            if searched && self.is_here(&entry.place) {
                let ours = self.is_ours(entry.record.owner.as_ref());
                self.footprint.note(entry.place.clone(), ours);
            }
        }
    }

    // Hubs of others to which something of ours is attached.
    fn joined_hubs(&mut self) {
        for entry in self.world.shelf::<PeeringRecord>() {
            let parent = entry.record.accepter.parent();
            let ours = self.is_ours(entry.record.owner.as_ref());
            if let Some(id) = parent.filter(|_| ours && self.is_here(&entry.place)) {
                let mut hubs = self.world.shelf::<HubRecord>().iter();
                let made =
                    hubs.any(|hub| hub.record.id == *id && self.is_ours(hub.record.owner.as_ref()));
                if !made {
                    let joined = (entry.place.clone(), id.clone());
                    self.footprint.hubs.insert(joined);
                }
            }
        }
    }
}
