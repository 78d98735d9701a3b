use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::stream::TryStreamExt;

use super::joined::networks_in;
use super::strays::Strays;
use super::{Engine, footprint};
use crate::backend::{CallContext, SharedLook};
use crate::error::Result;
use crate::event::Event;
use crate::ids::{AccountId, BorderRouterId, CloudName, HubId, InstanceId, Place, Region};
use crate::object::{Kind, ObjectKey};
use crate::observation::Observation;
use crate::plan::agent::FIREWALL;
use crate::plan::{Found, PlanOptions, needed_services, plan_with};
use crate::probe::is_probe;
use crate::retry::cancelled;
use crate::topology::{Instance, Interconnect, ModelChoice, Network, Topology};
use crate::traits::{
    CloudService, Endpoint, Footprint, HubScope, Inventory, Owner, PeeringKind, PeeringRecord,
    Scope,
};

impl Engine {
    /// Reads everything that concerns the topology, in all its places. Writes nothing.
    ///
    /// Beside the places that the topology names, it reads those in which its accounts have something with its tags
    /// ([`CloudProvider::footprint`](crate::CloudProvider::footprint)), and those to which hubs or peerings found elsewhere
    /// lead, as long as the account is still declared. What could not be searched is in
    /// [`Observation::footprint`]; it fails nothing.
    ///
    /// # Errors
    /// The first error of any place that is read; [`Cancelled`](crate::ErrorKind::Cancelled).
    pub async fn observe(&self, topology: &Topology) -> Result<Observation> {
        let look = Look::of(Holders::OfDeletes);
        self.within_limits(self.observe_with(topology, look)).await
    }

    /// [Observes](Self::observe) the topology, and what others made that may hold its objects: network interfaces, groups
    /// and their rules. [`preflight_destroy`](crate::preflight::preflight_destroy) tells them before the first write.
    /// The search for tags is thorough.
    ///
    /// # Errors
    /// As [`observe`](Self::observe).
    pub async fn observe_for_destroy(&self, topology: &Topology) -> Result<Observation> {
        let look = Look::of(Holders::OfAll).with_thorough();
        self.within_limits(self.observe_with(topology, look)).await
    }

    /// [Observes](Self::observe) the topology with a thorough search for tags, for a proof that nothing is left
    /// ([`residue_observed`](Self::residue_observed)).
    ///
    /// # Errors
    /// As [`observe`](Self::observe).
    pub async fn observe_for_residue(&self, topology: &Topology) -> Result<Observation> {
        let look = Look::of(Holders::OfDeletes).with_thorough();
        self.within_limits(self.observe_with(topology, look)).await
    }

    /// [Observes](Self::observe) the topology after a destroy, for a proof that nothing is left: every place in which something
    /// was, before or by the file, is read again. The destroy wrote nothing where the thorough search of
    /// [`observe_for_destroy`](Self::observe_for_destroy) had found nothing, so that is not searched a second time, unless some of
    /// it could not be searched. The [footprint](Footprint::earlier) says so: what others made there since is not seen.
    ///
    /// # Errors
    /// As [`observe`](Self::observe).
    pub async fn observe_after_destroy(
        &self,
        topology: &Topology,
        before: &Observation,
    ) -> Result<Observation> {
        let mut look = Look::of(Holders::OfDeletes).with_thorough();
        if before.footprint.not_searched.is_empty() {
            look = look.with_known(before.footprint.clone());
        }
        self.within_limits(self.observe_with(topology, look)).await
    }

    /// [Observes](Self::observe) the topology again after an apply, without a second search for tags: what the first
    /// observation told of them is taken over.
    ///
    /// # Errors
    /// As [`observe`](Self::observe).
    pub async fn observe_again(
        &self,
        topology: &Topology,
        before: &Observation,
    ) -> Result<Observation> {
        let look = Look::of(Holders::OfDeletes).with_known(before.footprint.clone());
        self.within_limits(self.observe_with(topology, look)).await
    }

    /// [Observes](Self::observe) the topology through the lists that this engine
    /// [shares](Self::with_place_reads) with others. What it shows may be as old as [`Observation::age`] says, so plan and write by
    /// it only what a look of the run's own confirms. An engine that shares nothing observes as ever.
    ///
    /// # Errors
    /// As [`observe`](Self::observe).
    pub async fn observe_shared(&self, topology: &Topology) -> Result<Observation> {
        let Some(reads) = &self.place_reads else {
            return self.observe(topology).await;
        };
        let look = Arc::new(SharedLook::new(Arc::clone(reads)));
        let patience = self.patience(self.options.total_limit);
        let context = CallContext::new(patience).with_look(Arc::clone(&look));
        let observing = self.observe_with(topology, Look::of(Holders::OfDeletes));
        let observation = context.scope(observing).await?;
        Ok(observation.with_age(look.age()))
    }

    async fn observe_with(&self, topology: &Topology, look: Look) -> Result<Observation> {
        let holders = look.holders;
        let mut held: BTreeSet<Place> = BTreeSet::new();
        let mut inventories: BTreeMap<Place, Inventory> = BTreeMap::new();
        let mut asked: BTreeMap<Place, Scope> = BTreeMap::new();
        let mut strays: Option<Strays> = None;
        let mut footprint = look.known;
        let across = across_borders(topology, &Observation::new(self.capabilities(), Vec::new()));
        loop {
            let mut scopes = scopes(topology, &inventories, &asked, footprint.as_ref());
            for (place, scope) in &mut scopes {
                scope.zones = creates_subnets(topology, place);
                strays.iter().for_each(|strays| strays.add(place, scope));
                scope.cross_border = across.contains(&place.account);
                scope.agents = self.has_agents(topology, place, inventories.get(place));
                // Endpoints take the names of their services only where names resolve.
                scope.host_names |= scope.agents;
                scope.holders = holders == Holders::OfAll || held.contains(place);
                scope.analyses = look.thorough;
                scope.agent_roles = scope.agents || (look.thorough && self.has_agent_roles(place));
            }
            let missing: BTreeMap<Place, Scope> = scopes
                .into_iter()
                .filter(|(place, scope)| asked.get(place) != Some(scope))
                .collect();
            if let Some(footprint) = footprint.as_ref().filter(|_| missing.is_empty()) {
                // Known only now: what the plan would delete.
                let found = inventories.values().cloned().collect();
                let observation =
                    Observation::new(self.capabilities(), found).with_footprint(footprint.clone());
                if strays.is_none() {
                    let more = tokio::select! {
                        biased;
                        () = self.cancel.cancelled() => return Err(cancelled()),
                        more = self.strays(topology, &observation) => more?,
                    };
                    let is_more = !more.is_empty();
                    strays = Some(more);
                    if is_more {
                        continue;
                    }
                }
                let mut deletes = places_of_deletes(topology, &observation);
                deletes.retain(|place| asked.contains_key(place));
                if holders == Holders::OfAll || deletes.is_subset(&held) {
                    let gone = tokio::select! {
                        biased;
                        () = self.cancel.cancelled() => return Err(cancelled()),
                        gone = self.gone_hubs(topology, &inventories) => gone?,
                    };
                    return Ok(observation.with_gone_hubs(gone));
                }
                held.extend(deletes);
                continue;
            }
            let reading = self.read_and_search(topology, &missing, footprint, look.thorough);
            let (read, told) = tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Err(cancelled()),
                read = reading => read?,
            };
            asked.extend(missing);
            for inventory in read {
                inventories.insert(inventory.place.clone(), inventory);
            }
            footprint = Some(footprint::trusted(told, &inventories));
        }
    }

    // Whether instances of the topology are here, or were when it was read, whose agents need something.
    fn has_agents(&self, topology: &Topology, place: &Place, read: Option<&Inventory>) -> bool {
        let provider = self.providers.get(&place.cloud);
        let needs = provider.is_some_and(|provider| {
            let known = provider.capabilities();
            known.agent_roles || !known.agent_services.is_empty()
        });
        let mut there = read.into_iter().flat_map(|read| &read.instances);
        let ours = there.any(|one| is_ours(topology, one.owner.as_ref()));
        let mut groups = read.into_iter().flat_map(|read| &read.groups);
        // A run that was killed may have left these before its first instance, or after its last one.
        let left = groups.any(|one| is_of_instances(topology, one.owner.as_ref()));
        needs && (ours || left || has_instances(topology, place))
    }

    fn has_agent_roles(&self, place: &Place) -> bool {
        let provider = self.providers.get(&place.cloud);
        provider.is_some_and(|provider| provider.capabilities().agent_roles)
    }

    // The first reading and the search go side by side; later readings search no more.
    async fn read_and_search(
        &self,
        topology: &Topology,
        scopes: &BTreeMap<Place, Scope>,
        known: Option<Footprint>,
        thorough: bool,
    ) -> Result<(Vec<Inventory>, Footprint)> {
        let search = async {
            Ok(match known {
                Some(known) => known,
                None => self.footprint(topology, thorough).await,
            })
        };
        tokio::try_join!(self.read(scopes, &topology.was), search)
    }

    async fn read(
        &self,
        scopes: &BTreeMap<Place, Scope>,
        was: &[String],
    ) -> Result<Vec<Inventory>> {
        let readings = scopes
            .iter()
            .map(|(place, scope)| self.inventory_by_names(place, scope, was))
            .collect();
        self.side_by_side(readings).try_collect().await
    }

    // What a topology made under an earlier name still carries it.
    async fn inventory_by_names(
        &self,
        place: &Place,
        scope: &Scope,
        was: &[String],
    ) -> Result<Inventory> {
        let mut inventory = self.inventory(place, scope).await?;
        for name in was {
            let before = Scope {
                topology: name.clone(),
                ..scope.clone()
            };
            inventory.join(self.inventory(place, &before).await?);
        }
        Ok(inventory)
    }

    pub(super) async fn inventory(&self, place: &Place, scope: &Scope) -> Result<Inventory> {
        self.events.emit(Event::Observing {
            place: place.clone(),
        });
        let inventory = self.cloud(place).await?.inventory(scope).await?;
        for object in &inventory.not_understood {
            self.events.emit(Event::NotUnderstood {
                object: object.clone(),
            });
        }
        Ok(inventory)
    }
}

/// What an observation asks for.
#[derive(Debug)]
struct Look {
    holders: Holders,
    /// Whether the search for tags is thorough.
    thorough: bool,
    /// What an earlier search told.
    known: Option<Footprint>,
}

impl Look {
    fn of(holders: Holders) -> Self {
        Self {
            holders,
            thorough: false,
            known: None,
        }
    }

    fn with_thorough(mut self) -> Self {
        self.thorough = true;
        self
    }

    fn with_known(mut self, mut known: Footprint) -> Self {
        known.earlier = true;
        self.known = Some(known);
        self
    }
}

/// Of which objects it is read what holds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holders {
    /// Of those that a plan deletes.
    OfDeletes,
    /// Of all.
    OfAll,
}

// Where the plan deletes something that others can hold.
fn places_of_deletes(topology: &Topology, observation: &Observation) -> BTreeSet<Place> {
    let options = PlanOptions::default().with_replace(true);
    let plan = plan_with(topology, observation, &options);
    let steps = plan.steps.into_iter().filter(|step| {
        let kind = step.op.kind().kind();
        step.op.is_delete() && matches!(kind, Kind::Network | Kind::Subnet | Kind::Group)
    });
    steps.map(|step| step.place).collect()
}

// What to ask in every place that is known by now. A question only ever grows, so that asking ends.
fn scopes(
    topology: &Topology,
    inventories: &BTreeMap<Place, Inventory>,
    asked: &BTreeMap<Place, Scope>,
    footprint: Option<&Footprint>,
) -> BTreeMap<Place, Scope> {
    let mut places: BTreeSet<Place> = topology.places().into_iter().collect();
    places.extend(footprint::places(topology, footprint));
    places.extend(asked.keys().cloned());
    places.extend(linked(topology, inventories));
    places.extend(moved(topology, inventories));
    let lines = Lines::of(topology, inventories);
    places
        .into_iter()
        .map(|place| {
            let before = asked.get(&place);
            let scope = Scope::new(&topology.name)
                .with_networks(networks_in(
                    topology,
                    &place,
                    inventories,
                    footprint,
                    before,
                ))
                .with_hubs(existing_hubs(topology, &place, footprint))
                .with_instances(existing_instances(topology, &place))
                .with_border_routers(lines.routers_in(&place, before));
            let scope = match has_groups_of_others(topology, &place) {
                true => scope.with_all_groups(),
                false => scope,
            };
            let edges = lines.concern(&place) || before.is_some_and(|scope| scope.edges);
            let scope = if edges { scope.with_edges() } else { scope };
            (place, with_names(topology, scope))
        })
        .collect()
}

// Names are read where the topology wants to write some.
fn with_names(topology: &Topology, mut scope: Scope) -> Scope {
    if !topology.firewalls.is_empty() {
        scope = scope.with_other_groups();
    }
    if topology.interconnects.iter().any(|i| i.dns_resolution) {
        scope = scope.with_host_names();
    }
    if waits_for_grants(topology) {
        scope = scope.with_received_grants();
    }
    scope
}

// Whether a member of a hub of ours is in an account that another holds: only the hub's side shows that it was granted.
fn waits_for_grants(topology: &Topology) -> bool {
    let joins_others = |interconnect: &Interconnect| {
        let members = interconnect.members.iter();
        let mut networks = members.filter_map(|member| topology.network(member));
        !topology.is_held_by_other(&interconnect.owner)
            && networks.any(|network| topology.is_held_by_other(&network.account))
    };
    topology.interconnects.iter().any(joins_others)
}

// The accounts that pay for traffic across a border.
fn across_borders(topology: &Topology, capabilities: &Observation) -> BTreeSet<AccountId> {
    needed_services(topology, capabilities)
        .into_iter()
        .filter(|(_, service)| *service == CloudService::CrossBorder)
        .filter_map(|(account, _)| Some(topology.account(&account)?.id.clone()))
        .collect()
}

fn creates_subnets(topology: &Topology, place: &Place) -> bool {
    topology
        .networks
        .iter()
        .filter(|network| topology.place_of(network).as_ref() == Some(place))
        .flat_map(|network| &network.subnets)
        .any(|subnet| subnet.id.is_none())
}

fn is_ours(topology: &Topology, owner: Option<&Owner>) -> bool {
    owner.is_some_and(|owner| topology.is_called(&owner.topology))
}

/// Whether it is the group of endpoints for agents, or of probes, which come and go with instances.
fn is_of_instances(topology: &Topology, owner: Option<&Owner>) -> bool {
    let owner = owner.filter(|owner| topology.is_called(&owner.topology));
    match owner.and_then(|owner| owner.key.parse().ok()) {
        Some(ObjectKey::Group { firewall, .. }) => {
            firewall == FIREWALL || (is_probe(&firewall) && topology.firewall(&firewall).is_none())
        }
        _ => false,
    }
}

// The hubs of others that the topology uses, in the places of their owners.
fn existing_hubs(topology: &Topology, place: &Place, footprint: Option<&Footprint>) -> Vec<HubId> {
    let owns = |name: &str| {
        let owner = topology.account(name);
        owner.is_some_and(|owner| owner.id == place.account && owner.cloud == place.cloud)
    };
    let interconnects = topology.interconnects.iter();
    let declared = interconnects
        .filter(|interconnect| owns(&interconnect.owner))
        .filter_map(|interconnect| Some(interconnect.hub.as_ref()?.id.clone()));
    let mut hubs: Vec<HubId> = declared.collect();
    let joined = footprint.into_iter().flat_map(|footprint| &footprint.hubs);
    for (_, id) in joined.filter(|(at, _)| at == place) {
        if !hubs.contains(id) {
            hubs.push(id.clone());
        }
    }
    hubs
}

fn has_instances(topology: &Topology, place: &Place) -> bool {
    let networks = topology.networks.iter();
    let mut here = networks.filter(|one| topology.place_of(one).as_ref() == Some(place));
    here.any(|network| {
        let name = Some(network.name.as_str());
        let mut instances = topology.instances.iter();
        let has_one = instances.any(|one| one.network_name() == name);
        has_one || topology.endpoint_subnet(network).is_some()
    })
}

fn existing_instances(topology: &Topology, place: &Place) -> Vec<InstanceId> {
    let place_of = |instance: &Instance| {
        let network = topology.network(instance.network_name()?)?;
        topology.place_of(network)
    };
    let instances = topology.instances.iter();
    instances
        .filter(|instance| place_of(instance).as_ref() == Some(place))
        .filter_map(|instance| instance.id.clone())
        .collect()
}

// Rules of the topology can stand in groups of others where the topology names such a group today, and in networks of
// others also if it named one once.
fn has_groups_of_others(topology: &Topology, place: &Place) -> bool {
    let names_one = |network: &Network| {
        let mut firewalls = topology.firewalls.iter();
        firewalls.any(|firewall| firewall.groups.contains_key(&network.name))
    };
    let mut networks = topology.networks.iter();
    networks.any(|network| {
        topology.place_of(network).as_ref() == Some(place)
            && (network.id.is_some() || names_one(network))
    })
}

/// Who takes part in the topology's edges: those it declares, and what is still attached to their hubs.
struct Lines {
    owners: BTreeSet<Place>,
    /// Accounts of which networks or border routers join an edge that another account owns: they have given grants.
    granters: BTreeSet<(CloudName, AccountId)>,
    routers: BTreeSet<(Place, BorderRouterId)>,
}

impl Lines {
    fn of(topology: &Topology, inventories: &BTreeMap<Place, Inventory>) -> Self {
        let mut lines = Self {
            owners: BTreeSet::new(),
            granters: BTreeSet::new(),
            routers: BTreeSet::new(),
        };
        for edge in &topology.edges {
            let Some(owner) = topology.place_in(&edge.owner, &edge.region) else {
                continue;
            };
            let networks = edge
                .members
                .iter()
                .filter_map(|name| topology.network(name));
            let members = networks.filter_map(|network| topology.place_of(network));
            members.for_each(|place| lines.joins(&owner, &place));
            for router in &edge.border_routers {
                if let Some(place) = topology.place_in(&router.account, &router.region) {
                    lines.joins(&owner, &place);
                    lines.routers.insert((place, router.id.clone()));
                }
            }
            lines.owners.insert(owner);
        }
        for inventory in inventories.values() {
            // What is detached may still be granted.
            let received = inventory
                .grants
                .iter()
                .filter(|grant| is_edge(inventory, grant.hub.as_str()))
                .filter_map(|grant| grant.member_account.clone())
                .filter(|account| *account != inventory.place.account);
            let cloud = &inventory.place.cloud;
            let given = received.map(|account| (cloud.clone(), account));
            lines.granters.extend(given);
            for record in attached_to_edges(inventory) {
                let end = &record.requester;
                let place = end
                    .region()
                    .and_then(|region| declared(topology, &inventory.place, end.account(), region));
                let Some(place) = place else { continue };
                lines.joins(&inventory.place, &place);
                if let Endpoint::BorderRouter { id, .. } = end {
                    lines.routers.insert((place, id.clone()));
                }
            }
        }
        lines
    }

    fn joins(&mut self, owner: &Place, member: &Place) {
        if owner.account != member.account {
            self.granters
                .insert((member.cloud.clone(), member.account.clone()));
        }
    }

    fn concern(&self, place: &Place) -> bool {
        let account = (place.cloud.clone(), place.account.clone());
        self.owners.contains(place) || self.granters.contains(&account)
    }

    // Only grants are read of a border router, and its owner gives itself none.
    fn routers_in(&self, place: &Place, before: Option<&Scope>) -> Vec<BorderRouterId> {
        let account = (place.cloud.clone(), place.account.clone());
        let mut ids: BTreeSet<BorderRouterId> = before
            .into_iter()
            .flat_map(|scope| scope.border_routers.iter().cloned())
            .collect();
        if self.granters.contains(&account) {
            let here = self.routers.iter().filter(|(at, _)| at == place);
            ids.extend(here.map(|(_, id)| id.clone()));
        }
        ids.into_iter().collect()
    }
}

fn attached_to_edges(inventory: &Inventory) -> impl Iterator<Item = &PeeringRecord> {
    let peerings = inventory.peerings.iter();
    peerings.filter(|peering| is_edge(inventory, peering.accepter.id()))
}

fn is_edge(inventory: &Inventory, id: &str) -> bool {
    inventory
        .hubs
        .iter()
        .any(|hub| hub.id.as_str() == id && matches!(hub.scope, HubScope::Edge { .. }))
}

// A place of an account that the topology declares and whose keys are ours.
fn declared(
    topology: &Topology,
    seen_from: &Place,
    account: &AccountId,
    region: &Region,
) -> Option<Place> {
    let cloud = &seen_from.cloud;
    let known = topology
        .accounts
        .iter()
        .any(|known| known.id == *account && known.cloud == *cloud);
    let place = Place::new(cloud.clone(), account.clone(), region.clone());
    (known && !topology.is_elsewhere(&place)).then_some(place)
}

// Places that what was found points to, of declared accounts.
fn linked(topology: &Topology, inventories: &BTreeMap<Place, Inventory>) -> BTreeSet<Place> {
    let mut places = BTreeSet::new();
    let existing = topology.interconnects.iter();
    let existing: Vec<&HubId> = existing.filter_map(|i| Some(&i.hub.as_ref()?.id)).collect();
    let of_others = |end: &Endpoint| end.parent().is_some_and(|hub| existing.contains(&hub));
    for inventory in inventories.values() {
        let hubs = inventory
            .hubs
            .iter()
            .filter_map(|hub| Some((&hub.account, hub.region.as_ref()?)));
        // What others attached to a hub of others leads nowhere that concerns the topology; their links do, to regions that
        // members have left.
        let peerings = inventory.peerings.iter().filter(|peering| {
            peering.kind != PeeringKind::Attachment
                || !of_others(&peering.accepter)
                || is_ours(topology, peering.owner.as_ref())
        });
        let ends = peerings.flat_map(|peering| [&peering.requester, &peering.accepter]);
        let all = hubs.chain(ends.filter_map(|end| Some((end.account(), end.region()?))));
        places.extend(
            all.filter_map(|(account, region)| {
                declared(topology, &inventory.place, account, region)
            }),
        );
    }
    places
}

// Places in which something may still be that the topology now declares in another one: what moved is told, not made a
// second time. Nothing has moved before anything is there.
fn moved(topology: &Topology, inventories: &BTreeMap<Place, Inventory>) -> BTreeSet<Place> {
    let observation = Observation::new([], inventories.values().cloned().collect());
    let found = Found::index(topology, &observation);
    let is_there = |network: &&Network| {
        let key = ObjectKey::network(&network.name);
        network.range.is_none() || found.networks.get(&key).is_some()
    };
    if !found.has_any_of_ours() {
        return BTreeSet::new();
    }
    let mut places = BTreeSet::new();
    let networks = topology.networks.iter();
    for network in networks.filter(|network| !is_there(network)) {
        let Some(declared) = topology.place_of(network) else {
            continue;
        };
        places.extend(elsewhere(&declared, inventories.keys()));
    }
    for interconnect in &topology.interconnects {
        let mut hubs = found.hubs.iter();
        let has_hub = hubs.any(|(key, _)| key.interconnect() == Some(&interconnect.name));
        if has_hub || interconnect.model == ModelChoice::Mesh {
            continue;
        }
        let members = interconnect.members.iter();
        let networks = members.filter_map(|member| topology.network(member));
        let declared =
            networks.filter_map(|one| topology.place_in(&interconnect.owner, &one.region));
        for place in declared {
            let others = elsewhere(&place, inventories.keys());
            places.extend(others.filter(|other| other.region == place.region));
        }
    }
    places
}

// The region in the other accounts that were read, and the account in the other regions.
fn elsewhere<'a>(
    declared: &'a Place,
    read: impl Iterator<Item = &'a Place>,
) -> impl Iterator<Item = Place> {
    let read = read.filter(|place| place.cloud == declared.cloud);
    read.flat_map(|place| {
        let Place {
            cloud,
            account,
            region,
        } = declared;
        [
            Place::new(cloud.clone(), place.account.clone(), region.clone()),
            Place::new(cloud.clone(), account.clone(), place.region.clone()),
        ]
    })
}
