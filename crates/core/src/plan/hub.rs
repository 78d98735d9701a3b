use std::collections::BTreeSet;

use ipnet::IpNet;

use super::builder::{Builder, Present, present};
use super::found::{grant_key, network_key, subnet_key};
use super::keys::{attachment_key, global_hub_key, link_key, regional_hub_key, service_key};
use super::wish::{attachment_subnets, capabilities_of, ranges_of};
use super::{EndpointRef, HubScopeRef, Op, Ref, TableRef};
use crate::ids::{PeeringId, Region};
use crate::topology::{Interconnect, Network};
use crate::traits::{CloudService, LearningKind, PeeringKind, Phase, Transit};

impl Builder<'_> {
    /// Regional hubs joined pairwise, every member attached to that of its region, routes in every member.
    pub(super) fn hub_model(&mut self, interconnect: &Interconnect) {
        let members: Vec<&Network> = interconnect
            .members
            .iter()
            .filter_map(|member| self.topology.network(member))
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
        let key = global_hub_key(&interconnect.name);
        let op = Op::CreateHub {
            name: interconnect.name.clone(),
            scope: HubScopeRef::Global,
        };
        let after = self.services_of(&interconnect.owner);
        let place = self.place(&interconnect.owner, first);
        let present = present!(self.found, hubs, &key);
        Some(self.want(key.clone(), op, place, after, Some(key), present))
    }

    pub(super) fn services_of(&self, account: &str) -> Vec<String> {
        [CloudService::Hub, CloudService::Transit]
            .map(|service| service_key(account, service))
            .to_vec()
    }

    fn regional_hub(&mut self, interconnect: &Interconnect, region: &Region, global: Option<&Ref>) {
        let key = regional_hub_key(&interconnect.name, region);
        let op = Op::CreateHub {
            name: format!("{}-{region}", interconnect.name),
            scope: HubScopeRef::Regional {
                parent: global.cloned(),
            },
        };
        let mut after = self.services_of(&interconnect.owner);
        after.push(global_hub_key(&interconnect.name));
        let place = self.place(&interconnect.owner, region);
        let present = present!(self.found, hubs, &key);
        self.want(
            key,
            op,
            place,
            after,
            Some(hub_domain(&interconnect.name)),
            present,
        );
    }

    fn hub_endpoint(
        &self,
        interconnect: &Interconnect,
        region: &Region,
        global: Option<&Ref>,
    ) -> EndpointRef {
        let key = regional_hub_key(&interconnect.name, region);
        EndpointRef::Hub {
            id: self.reference(&key, present!(self.found, hubs, &key)),
            parent: global.cloned(),
            account: self.account_id(&interconnect.owner),
            region: region.clone(),
        }
    }

    fn hub_table(&self, interconnect: &Interconnect, region: &Region) -> TableRef {
        let key = regional_hub_key(&interconnect.name, region);
        let known = self
            .found
            .hubs
            .get(&key)
            .and_then(|at| at.record.table.clone());
        known.map_or_else(
            || TableRef::DefaultOf(self.reference(&key, present!(self.found, hubs, &key))),
            TableRef::Id,
        )
    }

    fn attachment(&mut self, interconnect: &Interconnect, network: &Network, global: Option<&Ref>) {
        let hub_place = self.place(&interconnect.owner, &network.region);
        let member = EndpointRef::Network {
            id: self.network_ref(&network.name),
            account: self.account_id(&network.account),
            region: network.region.clone(),
        };
        let grant = self.grant(interconnect, network, &member, global);
        let zones = self
            .observation
            .at(&hub_place)
            .map(|inventory| inventory.hub_zones.as_slice())
            .unwrap_or_default();
        let wanted = capabilities_of(self.topology, self.observation, interconnect)
            .map_or(1, |capabilities| capabilities.attachment_zones);
        let subnets = attachment_subnets(network, zones, wanted);
        let mut after = vec![
            network_key(&network.name),
            regional_hub_key(&interconnect.name, &network.region),
        ];
        after.extend(grant);
        after.extend(self.services_of(&network.account));
        after.extend(
            subnets
                .iter()
                .map(|subnet| subnet_key(&network.name, &subnet.name)),
        );
        let key = attachment_key(&interconnect.name, &network.name);
        let op = Op::RequestPeering {
            name: network.name.clone(),
            kind: PeeringKind::Attachment,
            requester: member,
            accepter: self.hub_endpoint(interconnect, &network.region, global),
            subnets: subnets
                .iter()
                .map(|subnet| {
                    (
                        subnet.zone.clone(),
                        self.subnet_ref(&network.name, &subnet.name),
                    )
                })
                .collect(),
            transit: None,
            prefixes: Vec::new(),
        };
        let present = present!(self.found, peerings, &key);
        let attachment = self.want(
            key.clone(),
            op,
            hub_place,
            after,
            Some(hub_domain(&interconnect.name)),
            present,
        );
        let tail = format!("{}/{}", interconnect.name, network.name);
        self.learn(interconnect, &network.region, &key, &tail, &attachment);
    }

    fn grant(
        &mut self,
        interconnect: &Interconnect,
        network: &Network,
        member: &EndpointRef,
        global: Option<&Ref>,
    ) -> Option<String> {
        let capabilities = capabilities_of(self.topology, self.observation, interconnect)?;
        if network.account == interconnect.owner || !capabilities.grants {
            return None;
        }
        let hub_key = if global.is_some() {
            global_hub_key(&interconnect.name)
        } else {
            regional_hub_key(&interconnect.name, &network.region)
        };
        let key = grant_key(&interconnect.name, &network.name);
        let op = Op::CreateGrant {
            member: member.clone(),
            hub: self.reference(&hub_key, present!(self.found, hubs, &hub_key)),
            hub_account: self.account_id(&interconnect.owner),
            payer: Some(interconnect.payer),
        };
        let place = self.place(&network.account, &network.region);
        let present = self
            .found
            .grants
            .get(&key)
            .and_then(|at| Present::new(&at.record.0.member, Phase::Ready));
        let after = vec![network_key(&network.name), hub_key];
        self.want(
            key.clone(),
            op,
            place,
            after,
            Some(network_key(&network.name)),
            present,
        );
        Some(key)
    }

    // Association and propagation of an attachment on the hub of a region.
    fn learn(
        &mut self,
        interconnect: &Interconnect,
        region: &Region,
        after: &str,
        tail: &str,
        peering: &Ref,
    ) {
        for kind in [LearningKind::Association, LearningKind::Propagation] {
            let key = format!("{kind}/{tail}");
            let op = Op::EnableLearning {
                kind,
                peering: peering.clone(),
                table: self.hub_table(interconnect, region),
            };
            let place = self.place(&interconnect.owner, region);
            let present =
                self.found.learning.get(&key).and_then(|at| {
                    Present::new(&at.record.learning.peering, at.record.status.phase)
                });
            let hub = regional_hub_key(&interconnect.name, region);
            let domain = Some(hub_domain(&interconnect.name));
            self.want(key, op, place, vec![after.to_owned(), hub], domain, present);
        }
    }

    fn link(
        &mut self,
        interconnect: &Interconnect,
        left: &Region,
        right: &Region,
        global: Option<&Ref>,
    ) {
        let key = link_key(&interconnect.name, left, right);
        let op = Op::RequestPeering {
            name: format!("{}-{left}-{right}", interconnect.name),
            kind: PeeringKind::HubToHub,
            requester: self.hub_endpoint(interconnect, left, global),
            accepter: self.hub_endpoint(interconnect, right, global),
            subnets: Vec::new(),
            transit: Some(Transit::ByTraffic {
                max_mbps: interconnect.max_mbps,
            }),
            prefixes: Vec::new(),
        };
        let mut after = self.services_of(&interconnect.owner);
        after.extend([left, right].map(|region| regional_hub_key(&interconnect.name, region)));
        let place = self.place(&interconnect.owner, left);
        let present = present!(self.found, peerings, &key);
        let link = self.want(
            key.clone(),
            op,
            place,
            after,
            Some(hub_domain(&interconnect.name)),
            present,
        );
        for region in [left, right] {
            let tail = format!("{}/{left}~{right}@{region}", interconnect.name);
            self.learn(interconnect, region, &key, &tail, &link);
        }
    }

    // In every table in use, a route to every other member's ranges, and never to the member's own.
    fn hub_routes(&mut self, interconnect: &Interconnect, network: &Network, members: &[&Network]) {
        let key = attachment_key(&interconnect.name, &network.name);
        let present = present!(self.found, peerings, &key);
        let id = present.as_ref().map(|present| PeeringId::new(&present.id));
        let next_hop = self.reference(&key, present);
        let own = ranges_of(network, self.found);
        let destinations: BTreeSet<IpNet> = members
            .iter()
            .filter(|member| member.name != network.name)
            .flat_map(|member| ranges_of(member, self.found))
            .filter(|range| !own.contains(range))
            .collect();
        let after = vec![network_key(&network.name), key];
        self.routes_to(network, &destinations, &next_hop, id.as_ref(), &after);
    }
}

// Hubs of one interconnect share their global hub's lock.
fn hub_domain(interconnect: &str) -> String {
    global_hub_key(interconnect)
}
