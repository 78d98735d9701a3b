//! What objects with an id, an owner and a life have in common.

use std::fmt::{Debug, Display};
use std::sync::Arc;

use async_trait::async_trait;

use crate::error::Result;
use crate::ids::{GroupId, HubId, InstanceId, NetworkId, PeeringId, SubnetId};
use crate::traits::{
    Cloud, GroupRecord, HubRecord, InstanceRecord, NetworkRecord, Owner, PeeringKind,
    PeeringRecord, PeeringSelect, Phase, Select, SubnetRecord,
};

pub(super) type Handle = Arc<dyn Cloud>;

/// A record of something that verbs create, list and delete.
#[async_trait]
pub(super) trait Thing: Clone + Debug + Send + Sync + 'static {
    type Id: Clone + Debug + Display + PartialEq + From<String> + AsRef<str> + Send + Sync + 'static;
    const NOUN: &'static str;

    fn id(&self) -> &Self::Id;
    fn name(&self) -> &str;
    fn owner(&self) -> Option<&Owner>;
    fn phase(&self) -> Phase;
    async fn list(at: &Handle, select: &Select<Self::Id>) -> Result<Vec<Self>>;
    async fn delete(&self, at: &Handle) -> Result<()>;
}

macro_rules! thing {
    ($record:ty, $id:ty, $noun:literal, $list:ident, $delete:ident, $phase:expr) => {
        #[async_trait]
        impl Thing for $record {
            type Id = $id;
            const NOUN: &'static str = $noun;

            fn id(&self) -> &$id {
                &self.id
            }

            fn name(&self) -> &str {
                &self.name
            }

            fn owner(&self) -> Option<&Owner> {
                self.owner.as_ref()
            }

            fn phase(&self) -> Phase {
                let phase: fn(&$record) -> Phase = $phase;
                phase(self)
            }

            async fn list(at: &Handle, select: &Select<$id>) -> Result<Vec<Self>> {
                at.$list(select).await
            }

            async fn delete(&self, at: &Handle) -> Result<()> {
                at.$delete(&self.id).await
            }
        }
    };
}

thing!(
    NetworkRecord,
    NetworkId,
    "network",
    list_networks,
    delete_network,
    |one| one.status.phase
);
thing!(
    SubnetRecord,
    SubnetId,
    "subnet",
    list_subnets,
    delete_subnet,
    |one| one.status.phase
);
thing!(
    HubRecord,
    HubId,
    "hub",
    list_hubs,
    delete_hub,
    |one| match one.region.is_some() && one.table.is_none() && one.status.is_ready() {
        true => Phase::Pending,
        false => one.status.phase,
    }
);
thing!(
    InstanceRecord,
    InstanceId,
    "instance",
    list_instances,
    terminate_instance,
    |one| one.status.phase
);
thing!(
    GroupRecord,
    GroupId,
    "group",
    list_groups,
    delete_group,
    |one| one.status.phase
);

#[async_trait]
impl Thing for PeeringRecord {
    type Id = PeeringId;
    const NOUN: &'static str = "peering";

    fn id(&self) -> &PeeringId {
        &self.id
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn owner(&self) -> Option<&Owner> {
        self.owner.as_ref()
    }

    fn phase(&self) -> Phase {
        self.status.phase
    }

    async fn list(at: &Handle, select: &Select<PeeringId>) -> Result<Vec<Self>> {
        let select = match select {
            Select::All => PeeringSelect::all(),
            Select::Topology(topology) => PeeringSelect::all().with_topology(topology),
            Select::Ids(ids) => {
                (ids.iter().cloned()).fold(PeeringSelect::all(), PeeringSelect::with_id)
            }
        };
        at.list_peerings(&select).await
    }

    async fn delete(&self, at: &Handle) -> Result<()> {
        at.delete_peering(&self.id, self.kind).await
    }
}
