//! Lists that waiting steps share.

use std::sync::Arc;
use std::time::Duration;

use super::perform::Performer;
use crate::error::Result;
use crate::ids::{GroupId, HubId, InstanceId, Place};
use crate::traits::{
    Endpoint, GrantRecord, GroupRecord, HubRecord, InstanceRecord, NetworkRecord, PeeringKind,
    PeeringRecord, PeeringSelect, RuleRecord, Select, SubnetRecord,
};

impl Performer {
    pub(super) async fn rules(
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

    pub(super) async fn grants(
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

    pub(super) async fn networks(
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

    pub(super) async fn subnets(
        &self,
        place: &Place,
        not_before: Duration,
    ) -> Result<Arc<Vec<SubnetRecord>>> {
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

    pub(super) async fn hubs(
        &self,
        place: &Place,
        not_before: Duration,
    ) -> Result<Arc<Vec<HubRecord>>> {
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

    pub(super) async fn peerings(
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
    pub(super) async fn all_peerings(
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

    // Attachments of border routers carry no tags, and clouds list those to a hub at the edge by hub only.
    pub(super) async fn edge_peerings(
        &self,
        place: &Place,
        hub: &HubId,
        not_before: Duration,
    ) -> Result<Arc<Vec<PeeringRecord>>> {
        let cloud = self.cloud(place)?;
        let select = PeeringSelect::all()
            .with_kind(PeeringKind::Attachment)
            .with_hub(hub.clone());
        let fetch = async {
            let _call = self.call().await;
            cloud.list_peerings(&select).await
        };
        self.edge_peerings
            .get(hub, self.clock.as_ref(), not_before, fetch)
            .await
    }

    pub(super) async fn groups(
        &self,
        place: &Place,
        not_before: Duration,
    ) -> Result<Arc<Vec<GroupRecord>>> {
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

    pub(super) async fn instances(
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
