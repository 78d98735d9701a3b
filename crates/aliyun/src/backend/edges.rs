//! What of Express Connect Routers concerns a topology; read only where the topology has edges.

use landbridge_core::{
    GrantRecord, HubId, HubRecord, NetworkRecord, PeeringRecord, Result, Scope, Select,
};

use super::{AliyunCloud, each, tagged};
use crate::ecr;
use crate::member::{Member, MemberKind};

/// Routers of the topology, what hangs on them, and grants given and received.
#[derive(Default)]
pub(super) struct Edges {
    pub(super) routers: Vec<HubRecord>,
    pub(super) attachments: Vec<PeeringRecord>,
    pub(super) grants: Vec<GrantRecord>,
}

impl AliyunCloud {
    pub(super) async fn read_edges(&self, scope: &Scope) -> Result<Edges> {
        if !scope.edges {
            return Ok(Edges::default());
        }
        let routers = self.routers(ecr::topology_routers(&scope.topology)).await?;
        let select = Select::<HubId>::Topology(scope.topology.clone());
        let routers = tagged(&select, routers, |router| router.owner.as_ref());
        let (attachments, grants) = tokio::try_join!(
            each(routers.clone(), |router| async move {
                self.hanging(&router.id, None).await
            }),
            each(routers.clone(), |router| async move {
                self.router_grants_to(&router.id).await
            }),
        )?;
        Ok(Edges {
            routers,
            attachments,
            grants,
        })
    }

    /// Grants that this account has given to Express Connect Routers, on its networks and the scope's border routers.
    pub(super) async fn read_edge_grants(
        &self,
        scope: &Scope,
        networks: &[NetworkRecord],
    ) -> Result<Vec<GrantRecord>> {
        if !scope.edges {
            return Ok(Vec::new());
        }
        let place = self.client.place();
        let own = networks
            .iter()
            .filter(|network| network.account == place.account);
        let members = own
            .map(|network| (MemberKind::Network, network.id.to_string()))
            .chain(
                (scope.border_routers.iter()).map(|id| (MemberKind::BorderRouter, id.to_string())),
            );
        each(members.collect(), |(kind, id)| async move {
            let member = Member {
                kind,
                id: &id,
                account: &place.account,
                region: &place.region,
            };
            self.router_grants_on(&member).await
        })
        .await
    }
}
