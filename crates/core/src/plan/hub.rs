use std::collections::BTreeSet;

use super::builder::{Builder, Present, service_key};
use super::destinations::destinations;
use super::interfaces::{HubZones, Interface, attachment_carries_ipv6, interfaces};
use super::routes::Way;
use super::wish::{capabilities_of, ranges_of};
use super::{EndpointRef, HubScopeRef, Reach, Ref, TableRef};
use crate::ids::{PeeringId, Region};
use crate::object::{Attached, ObjectKey, Pair, grant, hub, learning, peering};
use crate::topology::{Interconnect, Network};
use crate::traits::{CloudService, LearningKind, PeeringKind, Phase, Transit};

impl Builder<'_> {
    /// Regional hubs joined pairwise, every member attached to that of its region, routes in every member.
    pub(super) fn hub_model(&mut self, interconnect: &Interconnect) {
        let topology = self.topology;
        let members = interconnect.members.iter();
        let members: Vec<&Network> = members
            .filter_map(|member| topology.network(member))
            .collect();
        let regions: BTreeSet<&Region> = members.iter().map(|network| &network.region).collect();
        let global = self.global_hub(interconnect, &regions);
        for region in &regions {
            self.regional_hub(interconnect, region, global.as_ref());
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
        for network in &members {
            self.hub_routes(interconnect, network, &members);
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
            id: self.hub_ref(&ObjectKey::regional_hub(&interconnect.name, region)),
            parent: global.cloned(),
            account: self.account_id(&interconnect.owner),
            region: region.clone(),
        }
    }

    fn hub_table(&self, interconnect: &Interconnect, region: &Region) -> TableRef {
        let key = ObjectKey::regional_hub(&interconnect.name, region);
        let hub = self.found.hubs.get(&key);
        let known = hub.and_then(|at| at.record.table.clone());
        known.map_or_else(|| TableRef::DefaultOf(self.hub_ref(&key)), TableRef::Id)
    }

    fn attachment(&mut self, interconnect: &Interconnect, network: &Network, global: Option<&Ref>) {
        let hub_place = self.place(&interconnect.owner, &network.region);
        let member = self.endpoint_of(network);
        let grant = self.grant(interconnect, network, &member, global);
        let (observation, found) = (self.observation, self.found);
        let zones = HubZones::of(self.topology, observation, interconnect, network);
        let through = interfaces(network, observation, found, zones).chosen;
        let mut after = vec![
            ObjectKey::network(&network.name),
            ObjectKey::regional_hub(&interconnect.name, &network.region),
        ];
        after.extend(grant);
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
        let of = Attached::network(&interconnect.name, &network.name);
        let key = ObjectKey::Attachment(of.clone());
        let present = self.found.peerings.present(&key);
        let attachment = self.want(key.clone(), op, hub_place, after, present);
        for kind in [LearningKind::Association, LearningKind::Propagation] {
            let of = of.clone();
            let learning = ObjectKey::Learning { kind, of };
            let (region, after) = (&network.region, key.clone());
            self.learn(interconnect, region, kind, learning, after, &attachment);
        }
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
        let op = grant::Create {
            member: member.clone(),
            hub: self.hub_ref(&hub),
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

    // One half of route learning of an attachment or a link, on the hub of a region.
    fn learn(
        &mut self,
        interconnect: &Interconnect,
        region: &Region,
        kind: LearningKind,
        key: ObjectKey,
        after: ObjectKey,
        peering: &Ref,
    ) {
        let op = learning::Enable {
            kind,
            peering: peering.clone(),
            table: self.hub_table(interconnect, region),
        };
        let place = self.place(&interconnect.owner, region);
        let found = self.found.learning.get(&key);
        let present =
            found.and_then(|at| Present::new(&at.record.learning.peering, at.record.status.phase));
        let hub = ObjectKey::regional_hub(&interconnect.name, region);
        self.want(key, op, place, vec![after, hub], present);
    }

    fn link(
        &mut self,
        interconnect: &Interconnect,
        left: &Region,
        right: &Region,
        global: Option<&Ref>,
    ) {
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
        let of = Pair::new(&interconnect.name, left.as_str(), right.as_str());
        let key = ObjectKey::Link(of.clone());
        let place = self.place(&interconnect.owner, left);
        let present = self.found.peerings.present(&key);
        let link = self.want(key.clone(), op, place, after, present);
        for region in regions {
            for kind in [LearningKind::Association, LearningKind::Propagation] {
                let learning = ObjectKey::LinkLearning {
                    kind,
                    of: of.clone(),
                    region: region.clone(),
                };
                self.learn(interconnect, region, kind, learning, key.clone(), &link);
            }
        }
    }

    // In every table in use, a route to every other member's ranges, and never to the member's own. IPv6 ranges are left
    // out where an attachment at either end was made without IPv6.
    fn hub_routes(&mut self, interconnect: &Interconnect, network: &Network, members: &[&Network]) {
        let key = ObjectKey::attachment(&interconnect.name, &network.name);
        let present = self.found.peerings.present(&key);
        let id = present.as_ref().map(|present| PeeringId::new(&present.id));
        let next_hop = self.reference(&key, present);
        let own = ranges_of(network, self.found);
        let carries = |end: &Network| self.attachment_ipv6(interconnect, end);
        let others = || members.iter().filter(|member| member.name != network.name);
        let reach = others()
            .flat_map(|member| {
                let mut reach = self.reach_between(network, member);
                let has_ipv6 = carries(network) && carries(member);
                reach.retain(|part| has_ipv6 || !part.is_ipv6());
                reach
            })
            .filter(|part| !matches!(part, Reach::Range(range) if own.contains(range)));
        let destinations = destinations(network, reach, interconnect.aggregate);
        let after = [ObjectKey::network(&network.name), key];
        let way = Way {
            next_hop,
            id,
            after: &after,
        };
        self.routes_to(network, &destinations, &way);
    }
}
