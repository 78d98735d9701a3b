use std::time::Duration;

use super::life::Life;
use super::world::World;
use crate::ids::Place;
use crate::object::Record;
use crate::traits::{
    Endpoint, GroupRecord, HubRecord, InstanceRecord, LearningRecord, NetworkRecord, PeeringKind,
    PeeringRecord, RouteRecord, Select, Status, SubnetRecord,
};

/// A record whose status depends on the time.
pub(super) trait Shown: Clone {
    fn show(&mut self, status: Status);
}

/// A record, where it lives and since when.
#[derive(Clone, Debug)]
pub(super) struct Entry<R> {
    pub(super) record: R,
    pub(super) place: Place,
    pub(super) life: Life,
}

impl<R: Shown> Entry<R> {
    pub(super) fn show(&self, now: Duration) -> R {
        let mut record = self.record.clone();
        record.show(self.life.status(now));
        record
    }
}

/// A record with an id and an owner: what creates with a label make.
pub(super) trait Item: Record + Shown {
    /// What its ids begin with.
    const PREFIX: &'static str;

    fn shelf(world: &World) -> &Vec<Entry<Self>>;
    fn shelf_mut(world: &mut World) -> &mut Vec<Entry<Self>>;

    fn is_seen_from(entry: &Entry<Self>, place: &Place) -> bool {
        entry.place == *place
    }

    fn is_selected(&self, select: &Select<Self::Id>) -> bool {
        match select {
            Select::All => true,
            Select::Topology(topology) => self
                .owner()
                .is_some_and(|owner| owner.topology == *topology),
            Select::Ids(ids) => ids.contains(self.id()),
        }
    }

    /// The owner's key, or the id of what is not owned.
    fn key(&self) -> String {
        match self.owner() {
            Some(owner) => owner.key.clone(),
            None => self.id().to_string(),
        }
    }
}

macro_rules! status_field {
    ($($record:ty),*) => {$(
        impl Shown for $record {
            fn show(&mut self, status: Status) {
                self.status = status;
            }
        }
    )*};
}

status_field!(
    NetworkRecord,
    SubnetRecord,
    PeeringRecord,
    GroupRecord,
    RouteRecord,
    LearningRecord
);

impl Shown for HubRecord {
    fn show(&mut self, status: Status) {
        if !status.is_ready() {
            self.table = None;
        }
        self.status = status;
    }
}

impl Shown for InstanceRecord {
    fn show(&mut self, status: Status) {
        self.status = match status.is_ready() {
            true => Status::new(status.phase, "Running"),
            false => status,
        };
    }
}

macro_rules! item {
    ($record:ty, $shelf:ident, $prefix:literal $(, $seen:item)?) => {
        impl Item for $record {
            const PREFIX: &'static str = $prefix;

            fn shelf(world: &World) -> &Vec<Entry<Self>> {
                &world.$shelf
            }

            fn shelf_mut(world: &mut World) -> &mut Vec<Entry<Self>> {
                &mut world.$shelf
            }

            $($seen)?
        }
    };
}

item!(NetworkRecord, networks, "net");
item!(SubnetRecord, subnets, "sub");
item!(GroupRecord, groups, "grp");
item!(InstanceRecord, instances, "ins");
item!(
    HubRecord,
    hubs,
    "hub",
    fn is_seen_from(entry: &Entry<Self>, place: &Place) -> bool {
        let hub = &entry.record;
        hub.account == place.account && hub.region.as_ref().is_none_or(|r| *r == place.region)
    }
);
item!(
    PeeringRecord,
    peerings,
    "peer",
    fn is_seen_from(entry: &Entry<Self>, place: &Place) -> bool {
        let peering = &entry.record;
        is_at(&peering.accepter, place)
            || peering.kind != PeeringKind::Attachment && is_at(&peering.requester, place)
    }
);

/// Whether an end of a peering is in this place. A hub at the edge is in every place of its account.
pub(super) fn is_at(end: &Endpoint, place: &Place) -> bool {
    *end.account() == place.account && end.region().is_none_or(|region| *region == place.region)
}

/// Whether a peering is an attachment to a hub at the edge.
pub(super) fn joins_edge(peering: &PeeringRecord) -> bool {
    matches!(peering.accepter, Endpoint::Edge { .. })
}
