use async_trait::async_trait;
use landbridge_core::{
    CreateHub, Error, ErrorKind, Hub, HubId, HubRecord, HubRouteRecord, HubScope, Label, Learning,
    LearningRecord, Result, RouteTableId, Select, Zone,
};

use super::{AliyunCloud, each, none_if_barred, portions, tagged};
use crate::cbn::{self, CEN_IDS_PER_CALL};
use crate::document::{Doc, pending};
use crate::ecr;
use crate::paging::Listing;

impl AliyunCloud {
    pub(super) fn new_hub(&self, id: HubId, label: &Label, scope: HubScope) -> HubRecord {
        let place = self.client.place();
        let region = matches!(scope, HubScope::Regional { .. }).then(|| place.region.clone());
        HubRecord::new(id, scope, place.account.clone(), pending("Creating"))
            .with_name(label.name.clone())
            .with_region(region)
            .with_owner(label.owner.clone())
    }

    async fn create_cen(&self, label: &Label) -> Result<HubRecord> {
        let id = self.create(cbn::create_cen(label), "CenId").await?;
        Ok(self.new_hub(id, label, HubScope::Global))
    }

    async fn create_transit_router(&self, cen: &HubId, label: &Label) -> Result<HubRecord> {
        let request = cbn::create_transit_router(self.region(), cen, label);
        match self.create(request, "TransitRouterId").await {
            Ok(id) => {
                let parent = Some(cen.clone());
                Ok(self.new_hub(id, label, HubScope::Regional { parent }))
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                self.adopt_transit_router(cen, label, error).await
            }
            Err(error) => Err(error),
        }
    }

    /// The CEN has a transit router here already: it is ours if it says so.
    async fn adopt_transit_router(
        &self,
        cen: &HubId,
        label: &Label,
        refusal: Error,
    ) -> Result<HubRecord> {
        let routers = self
            .transit_routers(cbn::transit_routers_of(self.region(), cen))
            .await?;
        let ours = |hub: &HubRecord| hub.owner.as_ref() == Some(&label.owner);
        if let Some(hub) = routers.iter().find(|hub| ours(hub)) {
            return Ok(hub.clone());
        }
        let Some(foreign) = routers.first() else {
            return Err(refusal);
        };
        let message = format!(
            "CEN {cen} already has transit router {} in this region, without the topology's tags",
            foreign.id
        );
        let conflict = Error::new(ErrorKind::AlreadyExists, message)
            .with_remedy("use another CEN, or declare that transit router in the topology")
            .with_source(refusal);
        Err(self.locate(conflict, "CreateTransitRouter"))
    }

    pub(super) async fn cens(&self, listing: Listing) -> Result<Vec<HubRecord>> {
        let place = self.client.place();
        self.look_up(listing, |doc| cbn::read_cen(place, doc)).await
    }

    /// Transit routers with their tables.
    pub(super) async fn transit_routers(&self, listing: Listing) -> Result<Vec<HubRecord>> {
        let routers = self.bare_transit_routers(listing).await?;
        each(routers, |mut hub| async move {
            hub.table = self.system_table(&hub.id).await?;
            Ok(vec![hub])
        })
        .await
    }

    /// Transit routers with all of their tables.
    pub(super) async fn transit_routers_and_tables(
        &self,
        listing: Listing,
    ) -> Result<Vec<HubRecord>> {
        let routers = self.bare_transit_routers(listing).await?;
        each(routers, |hub| async move {
            let listing = cbn::tables_of(self.region(), &hub.id);
            let tables = self.look_up(listing, cbn::read_table).await?;
            let system = tables.iter().find(|(_, is_system)| *is_system);
            let system = system.map(|(table, _)| table.id.clone());
            let tables = tables.into_iter().map(|(table, _)| table).collect();
            Ok(vec![hub.with_table(system).with_tables(tables)])
        })
        .await
    }

    pub(super) async fn bare_transit_routers(&self, listing: Listing) -> Result<Vec<HubRecord>> {
        let place = self.client.place();
        let read = |doc: Doc<'_>| cbn::read_transit_router(place, doc);
        self.look_up(listing, read).await
    }

    async fn system_table(&self, id: &HubId) -> Result<Option<RouteTableId>> {
        let listing = cbn::system_table_of(self.region(), id);
        let tables = self.look_up(listing, cbn::read_system_table).await?;
        Ok(tables.into_iter().flatten().next())
    }

    async fn hubs_by_id(&self, ids: &[HubId]) -> Result<Vec<HubRecord>> {
        let (edges, ids): (Vec<_>, Vec<_>) = ids.iter().cloned().partition(ecr::is_router);
        let (cens, routers): (Vec<_>, Vec<_>) = ids.into_iter().partition(cbn::is_cen);
        let cens = each(portions(&cens, CEN_IDS_PER_CALL), |ids| async move {
            self.cens(cbn::cens_by_id(&ids)).await
        });
        let routers = each(routers, |id| async move {
            self.transit_routers(cbn::transit_router_by_id(self.region(), &id))
                .await
        });
        let edges = each(edges, |id| async move {
            self.routers(ecr::router_by_id(&id)).await
        });
        let (cens, routers, edges) = tokio::try_join!(cens, routers, edges)?;
        Ok([cens, routers, edges].concat())
    }
}

/// CEN instances, transit routers and Express Connect Routers.
///
/// A list that names no id leaves out Express Connect Routers if the caller may not read them: one that only uses CEN
/// instances needs no permission for the other product.
#[async_trait]
impl Hub for AliyunCloud {
    async fn create_hub(&self, request: &CreateHub) -> Result<HubRecord> {
        match &request.scope {
            HubScope::Global => self.create_cen(&request.label).await,
            HubScope::Regional { parent: Some(cen) } => {
                self.create_transit_router(cen, &request.label).await
            }
            HubScope::Edge { asn } => self.create_router(&request.label, *asn).await,
            _ => {
                let error = Error::new(
                    ErrorKind::InvalidInput,
                    "missing CEN: expected the ID of the CEN that the transit router belongs to",
                );
                Err(self.locate(error, "CreateTransitRouter"))
            }
        }
    }

    async fn list_hubs(&self, select: &Select<HubId>) -> Result<Vec<HubRecord>> {
        let (cens, routers, edges) = match select {
            Select::Ids(ids) => return self.hubs_by_id(ids).await,
            Select::Topology(topology) => (
                cbn::topology_cens(topology),
                cbn::topology_transit_routers(self.region(), topology),
                ecr::topology_routers(topology),
            ),
            _ => (
                cbn::all_cens(),
                cbn::all_transit_routers(self.region()),
                ecr::all_routers(),
            ),
        };
        let (cens, routers, edges) =
            tokio::try_join!(self.cens(cens), self.transit_routers(routers), async {
                none_if_barred(self.routers(edges).await)
            },)?;
        let hubs = [cens, routers, edges].concat();
        Ok(tagged(select, hubs, |hub| hub.owner.as_ref()))
    }

    async fn delete_hub(&self, id: &HubId) -> Result<()> {
        let request = match id {
            id if cbn::is_cen(id) => cbn::delete_cen(id),
            id if ecr::is_router(id) => ecr::delete_router(id),
            id => cbn::delete_transit_router(self.region(), id),
        };
        self.delete(request).await
    }

    async fn list_hub_zones(&self) -> Result<Vec<Zone>> {
        self.ask_for_all(cbn::available_zones(self.region()), cbn::read_zones)
            .await
    }

    async fn enable_learning(&self, learning: &Learning) -> Result<()> {
        self.start_learning(learning).await
    }

    async fn disable_learning(&self, learning: &Learning) -> Result<()> {
        self.stop_learning(learning).await
    }

    async fn list_learning(&self, table: &RouteTableId) -> Result<Vec<LearningRecord>> {
        self.learning(table).await
    }

    async fn list_hub_routes(&self, table: &RouteTableId) -> Result<Vec<HubRouteRecord>> {
        let listing = cbn::hub_routes_of(self.region(), table);
        let read = |doc: Doc<'_>| cbn::read_hub_route(table, doc);
        self.look_up_within(Some(table.as_str()), listing, read)
            .await
    }
}
