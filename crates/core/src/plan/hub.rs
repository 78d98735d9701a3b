use std::collections::BTreeSet;

use ipnet::IpNet;

use super::builder::{Builder, Present, service_key};
use super::destinations::destinations;
use super::hub_table::{beyond, chosen_tables, regional_hub};
use super::interfaces::{HubZones, Interface, attachment_carries_ipv6, interfaces};
use super::routes::Way;
use super::wish::{capabilities_of, ranges_of, reach_of};
use super::{EndpointRef, HubScopeRef, Reach, Ref, StepKey, TableRef};
use crate::ids::{HubId, PeeringId, Region, RouteTableId};
use crate::object::{Attached, ObjectKey, Pair, grant, hub, learning, peering};
use crate::topology::{ExistingHub, Interconnect, Network};
use crate::traits::{CloudService, GrantOrigin, LearningKind, PeeringKind, Phase, Transit};

/// What the others reach a member by.
struct Reached {
    reach: Vec<Reach>,
    /// Whether its attachment carries IPv6.
    has_ipv6: bool,
}

impl Builder<'_> {
    /// Regional hubs joined pairwise, every member attached to that of its region, routes in every member.
    pub(super) fn hub_model(&mut self, interconnect: &Interconnect) {
        let topology = self.topology;
        let members = interconnect.members.iter();
        let members: Vec<&Network> = members
            .filter_map(|member| topology.network(member))
            .collect();
        let regions: BTreeSet<&Region> = members.iter().map(|network| &network.region).collect();
        let global = match &interconnect.hub {
            Some(hub) => Some(self.existing_hub(interconnect, hub)),
            None => self.global_hub(interconnect, &regions),
        };
        for region in &regions {
            if self.makes_router(interconnect, region) {
                self.regional_hub(interconnect, region, global.as_ref());
            }
        }
        for network in &members {
            self.attachment(interconnect, network, global.as_ref());
        }
        let regions: Vec<&Region> = regions.into_iter().collect();
        for (index, left) in regions.iter().enumerate() {
            for right in &regions[index + 1..] {
                self.link(interconnect, left, right, global.as_ref());
            }
        }
        let reached: Vec<Reached> = members
            .iter()
            .map(|network| Reached {
                reach: reach_of(network, self.found),
                has_ipv6: self.attachment_ipv6(interconnect, network),
            })
            .collect();
        for index in 0..members.len() {
            self.hub_routes(interconnect, (&members, &reached), index);
        }
    }

    fn global_hub(
        &mut self,
        interconnect: &Interconnect,
        regions: &BTreeSet<&Region>,
    ) -> Option<Ref> {
        let capabilities = capabilities_of(self.topology, self.observation, interconnect)?;
        let first = regions.first().filter(|_| capabilities.global_hub)?;
        let key = ObjectKey::global_hub(&interconnect.name);
        let op = hub::Create {
            name: interconnect.name.clone(),
            scope: HubScopeRef::Global,
        };
        let after = self.services_of(&interconnect.owner);
        let place = self.place(&interconnect.owner, first);
        let present = self.found.hubs.present(&key);
        Some(self.want(key, op, place, after, present))
    }

    fn existing_hub(&mut self, interconnect: &Interconnect, hub: &ExistingHub) -> Ref {
        let key = ObjectKey::global_hub(&interconnect.name);
        self.wanted.keep(key);
        Ref::Id(hub.id.to_string())
    }

    // Whether the regional hub is the topology's own: any of a hub of its own, and in a hub of others one that it made or
    // may make.
    fn makes_router(&self, interconnect: &Interconnect, region: &Region) -> bool {
        let key = ObjectKey::regional_hub(&interconnect.name, region);
        match (&interconnect.hub, self.found.hubs.get(&key)) {
            (Some(_), Some(at)) => at.ours,
            (Some(hub), None) => hub.create_routers,
            (None, _) => true,
        }
    }

    fn router_ref(&self, interconnect: &Interconnect, region: &Region) -> Ref {
        let key = ObjectKey::regional_hub(&interconnect.name, region);
        if self.makes_router(interconnect, region) {
            return self.hub_ref(&key);
        }
        let there = self.found.hubs.get(&key).map(|at| &at.record.id);
        let named = interconnect
            .router(region)
            .and_then(|router| router.id.as_ref());
        // Preflight refuses a plan in which there is none.
        Ref::Id(
            there
                .or(named)
                .map_or_else(|| format!("the router of {region}"), HubId::to_string),
        )
    }

    pub(super) fn services_of(&self, account: &str) -> Vec<ObjectKey> {
        CloudService::ALL
            .map(|service| service_key(account, service))
            .to_vec()
    }

    fn regional_hub(&mut self, interconnect: &Interconnect, region: &Region, global: Option<&Ref>) {
        let key = ObjectKey::regional_hub(&interconnect.name, region);
        let op = hub::Create {
            name: format!("{}-{region}", interconnect.name),
            scope: HubScopeRef::Regional {
                parent: global.cloned(),
            },
        };
        let mut after = self.services_of(&interconnect.owner);
        after.push(ObjectKey::global_hub(&interconnect.name));
        let place = self.place(&interconnect.owner, region);
        let present = self.found.hubs.present(&key);
        self.want(key, op, place, after, present);
    }

    fn hub_endpoint(
        &self,
        interconnect: &Interconnect,
        region: &Region,
        global: Option<&Ref>,
    ) -> EndpointRef {
        EndpointRef::Hub {
            id: self.router_ref(interconnect, region),
            parent: global.cloned(),
            account: self.account_id(&interconnect.owner),
            region: region.clone(),
        }
    }

    // The tables that one half of route learning is about; the id of each that is not the default one.
    fn hub_tables(
        &self,
        interconnect: &Interconnect,
        region: &Region,
        kind: LearningKind,
    ) -> Vec<(TableRef, Option<RouteTableId>)> {
        let tables = chosen_tables(interconnect, region, kind, self.found);
        if tables.is_empty() {
            let hub = self.router_ref(interconnect, region);
            return vec![(TableRef::DefaultOf(hub), None)];
        }
        let hub = regional_hub(interconnect, region, self.found);
        let default = hub.and_then(|hub| hub.table.as_ref());
        let tables = tables.into_iter();
        tables
            .map(|id| {
                let custom = (Some(id) != default).then(|| id.clone());
                (TableRef::Id(id.clone()), custom)
            })
            .collect()
    }

    fn attachment(&mut self, interconnect: &Interconnect, network: &Network, global: Option<&Ref>) {
        let hub_place = self.place(&interconnect.owner, &network.region);
        let member = self.endpoint_of(network);
        let of = Attached::network(&interconnect.name, &network.name);
        let key = ObjectKey::Attachment(of.clone());
        if self.is_used(&key) {
            let grant = ObjectKey::Grant(of);
            self.wanted.keep(key);
            self.wanted.keep(grant);
            return;
        }
        let grant = self.grant(interconnect, network, &member, global);
        let (observation, found) = (self.observation, self.found);
        let zones = HubZones::of(self.topology, observation, interconnect, network);
        let through = interfaces(network, observation, found, zones).chosen;
        let mut after = vec![
            ObjectKey::network(&network.name),
            ObjectKey::regional_hub(&interconnect.name, &network.region),
        ];
        after.extend(grant.clone());
        after.extend(self.services_of(&network.account));
        let hub = self.hub_endpoint(interconnect, &network.region, global);
        let kind = PeeringKind::Attachment;
        let mut op = peering::Request::new(&network.name, kind, member, hub);
        for subnet in through {
            let id = match subnet {
                Interface::There(record) => Ref::Id(record.id.to_string()),
                Interface::Declared(declared, _) => {
                    after.push(ObjectKey::subnet(&network.name, &declared.name));
                    self.subnet_ref(&network.name, &declared.name)
                }
            };
            op.subnets.push((subnet.zone().clone(), id));
        }
        op.ipv6 = self.attachment_ipv6(interconnect, network);
        op.grant = grant.and_then(|grant| self.grant_origin(interconnect, &grant));
        let present = self.found.peerings.present(&key);
        let attachment = self.want(key.clone(), op, hub_place, after, present);
        self.learn(
            interconnect,
            &network.region,
            &key,
            &attachment,
            |kind, table| {
                let of = of.clone();
                ObjectKey::Learning { kind, of, table }
            },
        );
    }

    // Whether others made it: an attachment or a link that is used as it is.
    fn is_used(&self, key: &ObjectKey) -> bool {
        self.found.peerings.get(key).is_some_and(|at| !at.ours)
    }

    // Whose the grant is that an attachment to a hub of others needs. To a hub of ours it is ours.
    fn grant_origin(&self, interconnect: &Interconnect, grant: &ObjectKey) -> Option<GrantOrigin> {
        interconnect.hub.as_ref()?;
        Some(match self.found.grants.get(grant) {
            Some(at) if !at.ours => GrantOrigin::Used,
            _ => GrantOrigin::Made,
        })
    }

    fn attachment_ipv6(&self, interconnect: &Interconnect, network: &Network) -> bool {
        let (observation, found) = (self.observation, self.found);
        attachment_carries_ipv6(self.topology, observation, interconnect, network, found)
    }

    fn grant(
        &mut self,
        interconnect: &Interconnect,
        network: &Network,
        member: &EndpointRef,
        global: Option<&Ref>,
    ) -> Option<ObjectKey> {
        let capabilities = capabilities_of(self.topology, self.observation, interconnect)?;
        if network.account == interconnect.owner || !capabilities.grants {
            return None;
        }
        let hub = match global {
            Some(_) => ObjectKey::global_hub(&interconnect.name),
            None => ObjectKey::regional_hub(&interconnect.name, &network.region),
        };
        let key = ObjectKey::grant(&interconnect.name, &network.name);
        let id = match global {
            Some(global) => global.clone(),
            None => self.hub_ref(&hub),
        };
        let op = grant::Create {
            member: member.clone(),
            hub: id,
            hub_account: self.account_id(&interconnect.owner),
            payer: Some(interconnect.payer),
        };
        let place = self.place(&network.account, &network.region);
        let present = self.grant_present(&key);
        let after = vec![ObjectKey::network(&network.name), hub];
        self.want(key.clone(), op, place, after, present);
        Some(key)
    }

    pub(super) fn grant_present(&self, key: &ObjectKey) -> Option<Present> {
        let at = self.found.grants.get(key)?;
        Present::new(&at.record.0.member, Phase::Ready)
    }

    // Both halves of route learning of an attachment or a link, on the hub of a region.
    fn learn(
        &mut self,
        interconnect: &Interconnect,
        region: &Region,
        of: &ObjectKey,
        peering: &Ref,
        key: impl Fn(LearningKind, Option<RouteTableId>) -> ObjectKey,
    ) {
        for kind in [LearningKind::Association, LearningKind::Propagation] {
            for (table, custom) in self.hub_tables(interconnect, region, kind) {
                let op = learning::Enable {
                    kind,
                    peering: peering.clone(),
                    table,
                };
                let key = key(kind, custom);
                let place = self.place(&interconnect.owner, region);
                let found = self.found.learning.get(&key);
                let present = found.and_then(|at| {
                    Present::new(&at.record.learning.peering, at.record.status.phase)
                });
                let hub = ObjectKey::regional_hub(&interconnect.name, region);
                self.want(key, op, place, vec![of.clone(), hub], present);
            }
        }
    }

    fn link(
        &mut self,
        interconnect: &Interconnect,
        left: &Region,
        right: &Region,
        global: Option<&Ref>,
    ) {
        let of = Pair::new(&interconnect.name, left.as_str(), right.as_str());
        let key = ObjectKey::Link(of.clone());
        if self.is_used(&key) {
            self.wanted.keep(key);
            return;
        }
        let present = self.found.peerings.present(&key);
        // What a hub of others lacks between its regions is made only where the topology says so.
        if present.is_none()
            && interconnect
                .hub
                .as_ref()
                .is_some_and(|hub| !hub.create_routers)
        {
            return;
        }
        let mut op = peering::Request::new(
            format!("{}-{left}-{right}", interconnect.name),
            PeeringKind::HubToHub,
            self.hub_endpoint(interconnect, left, global),
            self.hub_endpoint(interconnect, right, global),
        );
        op.transit = Some(Transit::ByTraffic {
            max_mbps: interconnect.max_mbps,
        });
        let regions = [left, right];
        let mut after = self.services_of(&interconnect.owner);
        after.extend(regions.map(|region| ObjectKey::regional_hub(&interconnect.name, region)));
        let place = self.place(&interconnect.owner, left);
        let link = self.want(key.clone(), op, place, after, present);
        for region in regions {
            self.learn(interconnect, region, &key, &link, |kind, table| {
                ObjectKey::LinkLearning {
                    kind,
                    of: of.clone(),
                    region: region.clone(),
                    table,
                }
            });
        }
    }

    // In every table in use, a route to every other member's ranges, and never to the member's own; where the interconnect
    // reaches beyond its members, also to what the hub knows. IPv6 ranges are left out where an attachment at either end
    // was made without IPv6.
    fn hub_routes(
        &mut self,
        interconnect: &Interconnect,
        (members, reached): (&[&Network], &[Reached]),
        index: usize,
    ) {
        let (network, has_ipv6) = (members[index], reached[index].has_ipv6);
        let key = ObjectKey::attachment(&interconnect.name, &network.name);
        let present = self.found.peerings.present(&key);
        let id = present.as_ref().map(|present| PeeringId::new(&present.id));
        let next_hop = match self.is_used(&key) {
            true => Ref::Id(id.as_ref().map(ToString::to_string).unwrap_or_default()),
            false => self.reference(&key, present),
        };
        let own = ranges_of(network, self.found);
        let others = members.iter().zip(reached);
        let others = others.filter(|(member, _)| member.name != network.name);
        let reach: BTreeSet<&Reach> = others
            .flat_map(|(_, other)| {
                let has_ipv6 = has_ipv6 && other.has_ipv6;
                let parts = other.reach.iter();
                parts.filter(move |part| has_ipv6 || !part.is_ipv6())
            })
            .filter(|part| !matches!(part, Reach::Range(range) if own.contains(range)))
            .collect();
        let beyond = beyond(interconnect, network, self.observation, self.found);
        // All these routes have one next hop: one to a part of another's destination adds nothing.
        let is_part = |range: &IpNet| {
            let holds = |other: &IpNet| other != range && other.contains(range);
            let of_member = |part: &&Reach| matches!(part, Reach::Range(other) if holds(other));
            beyond.iter().any(holds) || reach.iter().any(of_member)
        };
        let more = beyond
            .iter()
            .filter(|range| range.addr().is_ipv4() || has_ipv6)
            .filter(|range| !is_part(range))
            .map(|range| Reach::Range(*range));
        let more: Vec<Reach> = more.collect();
        let reach = reach.into_iter().cloned().chain(more);
        let destinations = destinations(network, reach, interconnect.aggregate);
        let after = [ObjectKey::network(&network.name), key].map(StepKey::create);
        let way = Way {
            next_hop,
            id,
            after: &after,
        };
        self.routes_to(network, &destinations, &way);
    }
}
