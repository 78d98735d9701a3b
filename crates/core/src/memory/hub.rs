use async_trait::async_trait;

use super::cloud::MemoryCloud;
use super::item::{Entry, Item};
use super::world::{World, check_unused, invalid};
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{HubId, Place, RouteTableId, Zone};
use crate::traits::{
    CloudService, CreateHub, Hub, HubRecord, HubRouteRecord, HubScope, Learning, LearningKind,
    LearningRecord, Model, PeeringRecord, Phase, Select, Status,
};

#[async_trait]
impl Hub for MemoryCloud {
    async fn create_hub(&self, request: &CreateHub) -> Result<HubRecord> {
        let key = &request.label.owner.key;
        self.write("create_hub", key, |world, place| {
            world.create_hub(place, request)
        })
        .await
    }

    async fn list_hubs(&self, select: &Select<HubId>) -> Result<Vec<HubRecord>> {
        let mut hubs: Vec<HubRecord> = self.look(|world| world.list(&self.place, select)).await?;
        // As on real clouds, only an inventory that asks for a hub tells all its tables.
        hubs.iter_mut().for_each(|hub| hub.tables.clear());
        Ok(hubs)
    }

    async fn delete_hub(&self, id: &HubId) -> Result<()> {
        self.write("delete_hub", id.as_str(), |world, place| {
            world.delete_hub(place, id)
        })
        .await
    }

    async fn list_hub_zones(&self) -> Result<Vec<Zone>> {
        self.look(|world| world.hub_zones(&self.place)).await
    }

    async fn enable_learning(&self, learning: &Learning) -> Result<()> {
        self.write("enable_learning", &subject(learning), |world, place| {
            world.enable_learning(place, learning)
        })
        .await
    }

    async fn disable_learning(&self, learning: &Learning) -> Result<()> {
        self.write("disable_learning", &subject(learning), |world, place| {
            world.disable_learning(place, learning);
            Ok(())
        })
        .await
    }

    async fn list_learning(&self, table: &RouteTableId) -> Result<Vec<LearningRecord>> {
        self.look(|world| {
            world.hub_of(&self.place, table)?;
            Ok(world.learning_of(table))
        })
        .await?
    }

    async fn list_hub_routes(&self, table: &RouteTableId) -> Result<Vec<HubRouteRecord>> {
        self.look(|world| {
            world.hub_of(&self.place, table)?;
            Ok(world.hub_routes(std::slice::from_ref(table)))
        })
        .await?
    }
}

fn subject(learning: &Learning) -> String {
    let Learning {
        kind,
        peering,
        table,
    } = learning;
    format!("{kind}/{peering}/{table}")
}

impl World {
    pub(super) fn hub_zones(&self, place: &Place) -> Vec<Zone> {
        if self.options.capabilities.models.contains(&Model::Hub) {
            self.options.hub_zones(&place.region)
        } else {
            Vec::new()
        }
    }

    fn create_hub(&mut self, place: &Place, request: &CreateHub) -> Result<HubRecord> {
        let home = home(place, &request.scope);
        if let Some(known) = self.remembered(&home, &request.label.token) {
            return Ok(known);
        }
        self.check_hub(place, request)?;
        if let Some(rival) = self.rival(place, &request.scope) {
            return self.adopt(rival, request);
        }
        let regional = matches!(request.scope, HubScope::Regional { .. });
        let table = regional.then(|| self.fresh("htb"));
        let (label, life) = (&request.label, self.birth());
        Ok(self.admit(&home, &label.token, life, |id| {
            HubRecord::new(
                id,
                request.scope.clone(),
                place.account.clone(),
                Status::new(Phase::Pending, ""),
            )
            .with_name(label.name.clone())
            .with_region(regional.then(|| place.region.clone()))
            .with_table(table)
            .with_owner(label.owner.clone())
        }))
    }

    fn check_hub(&self, place: &Place, request: &CreateHub) -> Result<()> {
        let capabilities = &self.options.capabilities;
        if let HubScope::Edge { asn } = &request.scope {
            return match (capabilities.edge_hubs, asn) {
                (false, _) => Err(Error::unsupported("this cloud has no hubs at the edge")),
                (true, 0) => Err(invalid("0 is no autonomous system number")),
                (true, _) => Ok(()),
            };
        }
        if !capabilities.models.contains(&Model::Hub) {
            return Err(Error::unsupported("this cloud has no hubs"));
        }
        match &request.scope {
            HubScope::Regional { parent } => self.check_parent(place, parent.as_ref()),
            _ if capabilities.global_hub => Ok(()),
            _ => Err(Error::unsupported("this cloud has no global hubs")),
        }
    }

    fn check_parent(&self, place: &Place, parent: Option<&HubId>) -> Result<()> {
        self.check_open(&place.account, CloudService::Hub)?;
        match parent {
            None if self.options.capabilities.global_hub => {
                Err(invalid("a regional hub belongs to a global one"))
            }
            None => Ok(()),
            Some(id) => {
                let entry = self.find_ready::<HubRecord>(place, id)?;
                match entry.record.scope {
                    HubScope::Global => Ok(()),
                    _ => Err(invalid(format!("hub {id} is not global"))),
                }
            }
        }
    }

    /// The regional hub that is there already, of which a parent has one per region.
    fn rival(&self, place: &Place, scope: &HubScope) -> Option<&Entry<HubRecord>> {
        let HubScope::Regional { parent: Some(_) } = scope else {
            return None;
        };
        self.shelf::<HubRecord>()
            .iter()
            .find(|hub| hub.record.scope == *scope && hub.place == *place)
    }

    fn adopt(&self, rival: &Entry<HubRecord>, request: &CreateHub) -> Result<HubRecord> {
        let id = &rival.record.id;
        if rival.life.phase(self.now) == Phase::Deleting {
            let message = format!("hub {id} of this region is still being deleted");
            return Err(Error::new(ErrorKind::Busy, message));
        }
        if rival.record.owner.as_ref() == Some(&request.label.owner) {
            return Ok(rival.show(self.now));
        }
        let message = format!("hub {id} of this region has another owner");
        Err(Error::new(ErrorKind::AlreadyExists, message))
    }

    fn delete_hub(&mut self, place: &Place, id: &HubId) -> Result<()> {
        if self.seen::<HubRecord>(place, id).is_none() {
            return Ok(());
        }
        let children = (self.shelf::<HubRecord>().iter()).filter(
            |hub| matches!(&hub.record.scope, HubScope::Regional { parent: Some(p) } if p == id),
        );
        let peerings = self.peerings_at(id.as_str());
        let users = children
            .map(|hub| format!("hub {}", hub.record.id))
            .chain(peerings.map(|peering| format!("attachment {}", peering.record.id)));
        check_unused(&format!("hub {id}"), users)?;
        self.end::<HubRecord>(place, id);
        Ok(())
    }

    /// The ready hub of this place whose table it is.
    fn hub_of(&self, place: &Place, table: &RouteTableId) -> Result<&Entry<HubRecord>> {
        self.hub_with_table(table)
            .filter(|hub| HubRecord::is_seen_from(hub, place))
            .ok_or_else(|| {
                let message = format!("account {} has no hub table {table} here", place.account);
                Error::new(ErrorKind::NotFound, message)
            })
    }

    pub(super) fn hub_with_table(&self, table: &RouteTableId) -> Option<&Entry<HubRecord>> {
        (self.shelf::<HubRecord>().iter())
            .find(|hub| hub.record.table_ids().any(|known| known == table))
    }

    fn enable_learning(&mut self, place: &Place, learning: &Learning) -> Result<()> {
        self.check_model(Model::Hub)?;
        let hub = self.hub_of(place, &learning.table)?;
        self.check_ready(hub)?;
        let peering = self.find_ready::<PeeringRecord>(place, &learning.peering)?;
        let ends = [&peering.record.requester, &peering.record.accepter];
        if !ends.iter().any(|end| end.id() == hub.record.id.as_str()) {
            let (peering, hub) = (&learning.peering, &hub.record.id);
            return Err(invalid(format!("{peering} does not touch hub {hub}")));
        }
        self.check_associated_once(learning, &hub.record)?;
        match self.find_learning(learning) {
            Some(known) if known.life.phase(self.now) == Phase::Deleting => {
                let message = format!("{} is still being disabled", subject(learning));
                Err(Error::new(ErrorKind::Busy, message))
            }
            Some(_) => Ok(()),
            None => {
                self.learn(place, learning);
                Ok(())
            }
        }
    }

    /// An attachment is associated with one table of a hub.
    fn check_associated_once(&self, learning: &Learning, hub: &HubRecord) -> Result<()> {
        let other = |known: &&Learning| {
            learning.kind == LearningKind::Association
                && known.kind == LearningKind::Association
                && known.peering == learning.peering
                && known.table != learning.table
        };
        let of_hub = hub.table_ids().flat_map(|table| self.learning_in(table));
        let mut of_hub = of_hub.map(|known| &known.record.learning);
        match of_hub.find(other) {
            Some(known) => {
                let message = format!("{} is associated with {}", known.peering, known.table);
                Err(Error::new(ErrorKind::Refused, message))
            }
            None => Ok(()),
        }
    }

    fn find_learning(&self, learning: &Learning) -> Option<&Entry<LearningRecord>> {
        let mut known = self.learning_in(&learning.table).iter();
        known.find(|known| known.record.learning == *learning)
    }

    fn learn(&mut self, place: &Place, learning: &Learning) {
        let life = self.birth();
        let record = LearningRecord::new(learning.clone(), life.status(self.now));
        let table = self.learning.entry(learning.table.clone());
        table.or_default().push(Entry {
            record,
            place: place.clone(),
            guests: Vec::new(),
            life,
        });
    }

    fn disable_learning(&mut self, place: &Place, learning: &Learning) {
        let (now, latency) = (self.now, self.options.latency);
        let known = self.learning.get_mut(&learning.table).into_iter().flatten();
        known
            .filter(|known| known.place == *place && known.record.learning == *learning)
            .for_each(|known| known.life.end(now, latency));
        self.leaves();
    }

    pub(super) fn learning_of(&self, table: &RouteTableId) -> Vec<LearningRecord> {
        let known = self.learning_in(table).iter();
        known.map(|known| known.show(self.now)).collect()
    }

    pub(super) fn learning_in(&self, table: &RouteTableId) -> &[Entry<LearningRecord>] {
        self.learning.get(table).map_or(&[], Vec::as_slice)
    }
}

/// Where a hub lives: one that is not regional in its account, whatever the region it was made from.
fn home(place: &Place, scope: &HubScope) -> Place {
    let mut home = place.clone();
    if !matches!(scope, HubScope::Regional { .. }) {
        home.region = "global".into();
    }
    home
}
