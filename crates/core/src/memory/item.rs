use std::time::Duration;

use super::life::Life;
use super::world::World;
use crate::ids::Place;
use crate::object::{Listed, Record};
use crate::traits::{
    AgentRoleRecord, AnalysisRecord, Endpoint, GroupRecord, HubRecord, InstanceRecord,
    LearningRecord, NetworkRecord, Owner, PeeringKind, PeeringRecord, RouteRecord, Select,
    ServiceEndpointRecord, Status, SubnetRecord,
};

/// A record whose status depends on the time.
pub(super) trait Shown: Clone {
    fn show(&mut self, status: Status);
}

/// Where the object with this ID stands on its shelf. IDs are counted up, so their numbers are in order there.
pub(super) fn position<R: Item>(shelf: &[Entry<R>], id: &str) -> Option<usize> {
    let wanted = number(id)?;
    let at = shelf.partition_point(|entry| number(entry.record.id().as_ref()) < Some(wanted));
    let entry = shelf.get(at)?;
    (entry.record.id().as_ref() == id).then_some(at)
}

/// The number in an ID.
pub(super) fn number(id: &str) -> Option<u64> {
    id.rsplit_once('-')?.1.parse().ok()
}

/// A record, where it lives and since when.
#[derive(Clone, Debug)]
pub(super) struct Entry<R> {
    pub(super) record: R,
    pub(super) place: Place,
    /// Where else it is seen: places of accounts that it is shared with.
    pub(super) guests: Vec<Place>,
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
    /// Whether accounts with which the network is shared see it.
    const SHARED: bool = false;

    fn is_seen_from(entry: &Entry<Self>, place: &Place) -> bool {
        entry.place == *place || entry.guests.contains(place)
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

    /// Changes whose it is.
    fn set_owner(&mut self, owner: Option<Owner>);

    /// Whether a place may tag it: where it lives.
    fn is_tagged_from(entry: &Entry<Self>, place: &Place) -> bool {
        entry.place == *place
    }

    /// What it is called in the list of objects.
    fn name_in(entry: &Entry<Self>, _world: &World) -> String {
        format!("{}:{}", Self::KIND, entry.record.key())
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
    LearningRecord,
    AnalysisRecord,
    AgentRoleRecord,
    ServiceEndpointRecord
);

macro_rules! owner_field {
    () => {
        fn set_owner(&mut self, owner: Option<Owner>) {
            self.owner = owner;
        }
    };
}

impl Shown for HubRecord {
    fn show(&mut self, status: Status) {
        if !status.is_ready() {
            self.table = None;
            self.tables.clear();
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

impl Item for NetworkRecord {
    const PREFIX: &'static str = "net";
    const SHARED: bool = true;
    owner_field!();
}

impl Item for SubnetRecord {
    const PREFIX: &'static str = "sub";
    const SHARED: bool = true;
    owner_field!();
}

impl Item for GroupRecord {
    const PREFIX: &'static str = "grp";
    owner_field!();
}

impl Item for InstanceRecord {
    const PREFIX: &'static str = "ins";
    owner_field!();
}

impl Item for AnalysisRecord {
    const PREFIX: &'static str = "ana";
    owner_field!();
}

impl Item for ServiceEndpointRecord {
    const PREFIX: &'static str = "end";
    owner_field!();
}

impl Item for AgentRoleRecord {
    const PREFIX: &'static str = "agent";
    owner_field!();

    // It belongs to an account, not to a region.
    fn is_seen_from(entry: &Entry<Self>, place: &Place) -> bool {
        entry.place.account == place.account
    }

    fn is_tagged_from(entry: &Entry<Self>, place: &Place) -> bool {
        Self::is_seen_from(entry, place)
    }
}

impl Item for HubRecord {
    const PREFIX: &'static str = "hub";
    owner_field!();

    fn is_seen_from(entry: &Entry<Self>, place: &Place) -> bool {
        let hub = &entry.record;
        hub.account == place.account && hub.region.as_ref().is_none_or(|r| *r == place.region)
    }

    // A global one is in every region of its account.
    fn is_tagged_from(entry: &Entry<Self>, place: &Place) -> bool {
        Self::is_seen_from(entry, place)
    }
}

impl Item for PeeringRecord {
    const PREFIX: &'static str = "peer";
    owner_field!();

    fn is_seen_from(entry: &Entry<Self>, place: &Place) -> bool {
        let peering = &entry.record;
        is_at(&peering.accepter, place)
            || peering.kind != PeeringKind::Attachment && is_at(&peering.requester, place)
    }

    // Each side of a peering has tags of its own; lists show the requester's.
    fn is_tagged_from(entry: &Entry<Self>, place: &Place) -> bool {
        let peering = &entry.record;
        match peering.kind {
            PeeringKind::NetworkToNetwork => is_at(&peering.requester, place),
            _ => Self::is_seen_from(entry, place),
        }
    }

    fn name_in(entry: &Entry<Self>, world: &World) -> String {
        let (peering, kind) = (&entry.record, Self::KIND);
        match &peering.requester {
            // It has no owner to be named by.
            Endpoint::BorderRouter { id, .. } => {
                let hub = world.key_of::<HubRecord>(peering.accepter.id());
                format!("{kind}:{id} to {hub}")
            }
            _ => format!("{kind}:{}", peering.key()),
        }
    }
}

/// Whether an end of a peering is in this place. A hub at the edge is in every place of its account.
pub(super) fn is_at(end: &Endpoint, place: &Place) -> bool {
    *end.account() == place.account && end.region().is_none_or(|region| *region == place.region)
}

/// Whether a peering is an attachment to a hub at the edge.
pub(super) fn joins_edge(peering: &PeeringRecord) -> bool {
    matches!(peering.accepter, Endpoint::Edge { .. })
}
