use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::found::{Found, grant_key, network_key, route_key, subnet_key};
use super::{EndpointRef, Op, Ref, Step, StepKey, TableRef};
use crate::ids::{AccountId, GroupId, PeeringId, Place, Region, Zone};
use crate::observation::Observation;
use crate::topology::{
    Firewall, FirewallRuleSpec, Instance, Interconnect, Network, RuleSource, Topology,
};
use crate::traits::{
    Capabilities, CloudService, LearningKind, Model, PeeringKind, Phase, Protocol, Rule, RulePeer,
    ServiceStatus, TableRole, Transit,
};

/// What the topology wants: steps for what is missing, and the keys of everything that may stay.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) steps: Vec<Step>,
    pub(super) keys: BTreeSet<String>,
    /// The rules that may stay in each group that exists.
    pub(super) rules: BTreeMap<GroupId, BTreeSet<Rule>>,
    /// Where each route that may stay must lead.
    pub(super) next_hops: BTreeMap<String, Option<PeeringId>>,
}

pub(super) fn wanted(topology: &Topology, observation: &Observation, found: &Found) -> Wanted {
    let mut builder = Builder {
        topology,
        observation,
        found,
        wanted: Wanted::default(),
    };
    builder.services();
    topology
        .networks
        .iter()
        .for_each(|network| builder.network(network));
    topology
        .firewalls
        .iter()
        .for_each(|firewall| builder.firewall(firewall));
    for interconnect in &topology.interconnects {
        match chosen_model(topology, observation, interconnect) {
            Some(Model::Hub) => builder.hub_model(interconnect),
            Some(Model::Mesh) | None => {}
        }
    }
    topology
        .instances
        .iter()
        .for_each(|instance| builder.instance(instance));
    builder.wanted
}

/// The capabilities of the cloud that an interconnect is built on.
pub(crate) fn capabilities_of<'a>(
    topology: &Topology,
    observation: &'a Observation,
    interconnect: &Interconnect,
) -> Option<&'a Capabilities> {
    let owner = topology.account(&interconnect.owner)?;
    observation.capabilities.get(&owner.cloud)
}

/// The model of an interconnect, if its cloud offers the one asked for.
pub(crate) fn chosen_model(
    topology: &Topology,
    observation: &Observation,
    interconnect: &Interconnect,
) -> Option<Model> {
    let capabilities = capabilities_of(topology, observation, interconnect)?;
    interconnect.model.resolve(&capabilities.models)
}

/// The services that interconnects need, by account name: in the owner's account all of them, in members' those of hubs.
pub(crate) fn needed_services(
    topology: &Topology,
    observation: &Observation,
) -> BTreeSet<(String, CloudService)> {
    let mut needed = BTreeSet::new();
    for interconnect in &topology.interconnects {
        let Some(capabilities) = capabilities_of(topology, observation, interconnect) else {
            continue;
        };
        if chosen_model(topology, observation, interconnect) != Some(Model::Hub) {
            continue;
        }
        let members = || {
            interconnect
                .members
                .iter()
                .filter_map(|member| topology.network(member))
        };
        let regions: BTreeSet<&Region> = members().map(|network| &network.region).collect();
        for service in &capabilities.services {
            match service {
                CloudService::Hub => {
                    needed.insert((interconnect.owner.clone(), *service));
                    needed.extend(members().map(|network| (network.account.clone(), *service)));
                }
                CloudService::Transit if regions.len() > 1 => {
                    needed.insert((interconnect.owner.clone(), *service));
                }
                CloudService::Transit => {}
            }
        }
    }
    needed
}

/// The ranges of a network: those observed, or the declared one.
pub(crate) fn ranges_of(network: &Network, found: &Found) -> Vec<IpNet> {
    match found.networks.get(&network_key(&network.name)) {
        Some(at) => at.record.ranges.clone(),
        None => network.range.into_iter().collect(),
    }
}

/// The ranges a rule's source stands for, in a group of `network`.
pub(crate) fn source_ranges(
    topology: &Topology,
    found: &Found,
    source: &RuleSource,
    network: &str,
) -> Vec<IpNet> {
    let of = |name: &str| {
        topology
            .network(name)
            .map(|network| ranges_of(network, found))
            .unwrap_or_default()
    };
    match source {
        RuleSource::Range(range) => vec![*range],
        RuleSource::Network(name) => of(name),
        RuleSource::Members(name) => topology
            .interconnect(name)
            .into_iter()
            .flat_map(|interconnect| &interconnect.members)
            .filter(|member| *member != network)
            .flat_map(|member| of(member))
            .collect(),
    }
}

/// The rules that a firewall wants in its group of `network`, in canonical order.
pub(crate) fn rules_of(
    topology: &Topology,
    found: &Found,
    firewall: &Firewall,
    network: &str,
) -> BTreeSet<Rule> {
    let rules_from = |spec: &FirewallRuleSpec, source: &RuleSource| -> Vec<Rule> {
        source_ranges(topology, found, source, network)
            .into_iter()
            .filter(|range| match spec.allow {
                Protocol::Icmp => range.addr().is_ipv4(),
                Protocol::Icmpv6 => range.addr().is_ipv6(),
                _ => true,
            })
            .map(|range| {
                let ports = spec.ports.map(|ports| ports.0);
                Rule::allow(spec.direction, spec.allow, ports, RulePeer::Range(range))
            })
            .collect()
    };
    let sources = firewall
        .rules
        .iter()
        .flat_map(|spec| spec.from.iter().map(move |from| (spec, from)));
    sources
        .flat_map(|(spec, from)| rules_from(spec, from))
        .collect()
}

/// The subnets through which a member is attached: the first declared in each zone where a hub can take it, in as many
/// zones as the cloud asks for.
pub(crate) fn attachment_subnets<'n>(
    network: &'n Network,
    hub_zones: &[Zone],
    zones_wanted: usize,
) -> Vec<&'n crate::topology::Subnet> {
    let mut zones = BTreeSet::new();
    network
        .subnets
        .iter()
        .filter(|subnet| hub_zones.is_empty() || hub_zones.contains(&subnet.zone))
        .filter(|subnet| zones.insert(&subnet.zone))
        .take(zones_wanted.max(1))
        .collect()
}

struct Builder<'a> {
    topology: &'a Topology,
    observation: &'a Observation,
    found: &'a Found,
    wanted: Wanted,
}

/// An object that may exist, at the time a step is planned.
struct Present {
    id: String,
    ready: bool,
}

impl Present {
    fn new(id: impl ToString, phase: Phase) -> Option<Self> {
        (phase != Phase::Deleting).then(|| Self {
            id: id.to_string(),
            ready: phase == Phase::Ready,
        })
    }
}

macro_rules! present {
    ($found:expr, $map:ident, $key:expr) => {
        $found
            .$map
            .get($key)
            .and_then(|at| Present::new(&at.record.id, at.record.status.phase))
    };
}

impl Builder<'_> {
    fn place(&self, account: &str, region: &Region) -> Place {
        self.topology.place_in(account, region).unwrap_or_else(|| {
            // Unreachable for a checked topology; a place that no provider knows is refused on use.
            Place::new(
                crate::ids::CloudName::new("undeclared"),
                account,
                region.clone(),
            )
        })
    }

    fn account_id(&self, name: &str) -> AccountId {
        self.topology
            .account(name)
            .map_or_else(|| name.into(), |account| account.id.clone())
    }

    // The step that makes `key`, unless it is there and ready; in either case the key may stay.
    fn want(
        &mut self,
        key: String,
        op: Op,
        place: Place,
        after: Vec<String>,
        domain: Option<String>,
        present: Option<Present>,
    ) -> Ref {
        self.wanted.keys.insert(key.clone());
        if let Some(Present { id, ready: true }) = &present {
            return Ref::Id(id.clone());
        }
        let key = StepKey::create(key);
        let permissions = self
            .observation
            .capabilities
            .get(&place.cloud)
            .and_then(|capabilities| capabilities.permissions.get(&op.kind()))
            .cloned()
            .unwrap_or_default();
        self.wanted.steps.push(Step {
            key: key.clone(),
            op,
            place,
            depends_on: after.into_iter().map(StepKey::create).collect(),
            domain,
            permissions,
            existing: present.map(|present| present.id),
        });
        Ref::Step(key)
    }

    // A reference to what another step makes, or to what is there.
    fn reference(&self, key: &str, present: Option<Present>) -> Ref {
        match present {
            Some(Present { id, ready: true }) => Ref::Id(id),
            _ => Ref::Step(StepKey::create(key)),
        }
    }

    fn network_ref(&self, name: &str) -> Ref {
        let key = network_key(name);
        self.reference(&key, present!(self.found, networks, &key))
    }

    fn subnet_ref(&self, network: &str, name: &str) -> Ref {
        let key = subnet_key(network, name);
        self.reference(&key, present!(self.found, subnets, &key))
    }

    fn services(&mut self) {
        for (account, service) in needed_services(self.topology, self.observation) {
            let id = self.account_id(&account);
            let consent = self
                .topology
                .account(&account)
                .is_some_and(|account| account.open_services);
            let closed = self.observation.service(&id, service) == ServiceStatus::Closed;
            let place = self
                .topology
                .places()
                .into_iter()
                .find(|place| place.account == id);
            if let (true, true, Some(place)) = (closed, consent, place) {
                let domain = Some(format!("account/{account}"));
                self.want(
                    service_key(&account, service),
                    Op::OpenService { service },
                    place,
                    vec![],
                    domain,
                    None,
                );
            }
        }
    }

    fn network(&mut self, network: &Network) {
        let place = self.place(&network.account, &network.region);
        let key = network_key(&network.name);
        if let Some(range) = network.range {
            let op = Op::CreateNetwork {
                name: network.name.clone(),
                range,
            };
            let present = present!(self.found, networks, &key);
            self.want(key.clone(), op, place.clone(), vec![], None, present);
        } else {
            self.wanted.keys.insert(key.clone());
        }
        for subnet in &network.subnets {
            let subnet_key = subnet_key(&network.name, &subnet.name);
            if subnet.id.is_some() {
                self.wanted.keys.insert(subnet_key);
                continue;
            }
            let op = Op::CreateSubnet {
                name: subnet.name.clone(),
                network: self.network_ref(&network.name),
                zone: subnet.zone.clone(),
                range: subnet.range,
            };
            let present = present!(self.found, subnets, &subnet_key);
            self.want(
                subnet_key,
                op,
                place.clone(),
                vec![key.clone()],
                Some(key.clone()),
                present,
            );
        }
    }

    fn firewall(&mut self, firewall: &Firewall) {
        for network in firewall
            .networks
            .iter()
            .filter_map(|name| self.topology.network(name))
        {
            let place = self.place(&network.account, &network.region);
            let key = group_key(&firewall.name, &network.name);
            let op = Op::CreateGroup {
                name: firewall.name.clone(),
                network: self.network_ref(&network.name),
            };
            let existing = self.found.groups.get(&key).map(|at| at.record.id.clone());
            let present = existing
                .as_ref()
                .and_then(|id| Present::new(id, Phase::Ready));
            let group = self.want(
                key.clone(),
                op,
                place.clone(),
                vec![network_key(&network.name)],
                None,
                present,
            );
            let mut rules = rules_of(self.topology, self.found, firewall, &network.name);
            if let Some(id) = existing {
                let there: BTreeSet<_> = self
                    .found
                    .rules
                    .get(&id)
                    .into_iter()
                    .flatten()
                    .map(|record| &record.rule)
                    .collect();
                let all = rules.clone();
                rules.retain(|rule| !there.contains(rule));
                self.wanted.rules.insert(id, all);
            }
            if !rules.is_empty() {
                let op = Op::AuthorizeRules {
                    group,
                    rules: rules.into_iter().collect(),
                };
                let rules_key = rules_key(&firewall.name, &network.name);
                self.want(rules_key, op, place, vec![key.clone()], Some(key), None);
            }
        }
    }

    fn hub_model(&mut self, interconnect: &Interconnect) {
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
            self.routes(interconnect, network, &members);
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
            global: true,
            parent: None,
        };
        let after = self.services_of(&interconnect.owner);
        let place = self.place(&interconnect.owner, first);
        let present = present!(self.found, hubs, &key);
        Some(self.want(key.clone(), op, place, after, Some(key), present))
    }

    fn services_of(&self, account: &str) -> Vec<String> {
        [CloudService::Hub, CloudService::Transit]
            .map(|service| service_key(account, service))
            .to_vec()
    }

    fn regional_hub(&mut self, interconnect: &Interconnect, region: &Region, global: Option<&Ref>) {
        let key = regional_hub_key(&interconnect.name, region);
        let op = Op::CreateHub {
            name: format!("{}-{region}", interconnect.name),
            global: false,
            parent: global.cloned(),
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
            payer: interconnect.payer,
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
    fn routes(&mut self, interconnect: &Interconnect, network: &Network, members: &[&Network]) {
        let attachment_key = attachment_key(&interconnect.name, &network.name);
        let attachment = present!(self.found, peerings, &attachment_key);
        let next_hop_id = attachment
            .as_ref()
            .map(|present| PeeringId::new(&present.id));
        let next_hop = self.reference(&attachment_key, attachment);
        let own = ranges_of(network, self.found);
        let destinations: BTreeSet<IpNet> = members
            .iter()
            .filter(|member| member.name != network.name)
            .flat_map(|member| ranges_of(member, self.found))
            .filter(|range| !own.contains(range))
            .collect();
        for (table, custom) in self.tables_in_use(network) {
            for destination in &destinations {
                let key = route_key(&network.name, custom.as_ref(), destination);
                let op = Op::CreateRoute {
                    table: table.clone(),
                    destination: *destination,
                    next_hop: next_hop.clone(),
                };
                self.wanted
                    .next_hops
                    .insert(key.clone(), next_hop_id.clone());
                let present = self.found.routes.get(&key).filter(|route| {
                    let leads_there = |id: &PeeringId| {
                        route.record.next_hop == crate::traits::NextHop::Peering(id.clone())
                    };
                    next_hop_id.as_ref().is_some_and(leads_there)
                });
                let present =
                    present.and_then(|route| Present::new(&key, route.record.status.phase));
                let place = self.place(&network.account, &network.region);
                let domain = Some(format!("routes/{}", network.name));
                let after = vec![network_key(&network.name), attachment_key.clone()];
                self.want(key, op, place, after, domain, present);
            }
        }
    }

    fn tables_in_use(
        &self,
        network: &Network,
    ) -> Vec<(TableRef, Option<crate::ids::RouteTableId>)> {
        let known = self.found.networks.get(&network_key(&network.name));
        let tables = known.and_then(|at| self.found.tables.get(&at.record.id));
        let Some(tables) = tables.filter(|tables| !tables.is_empty()) else {
            return vec![(TableRef::MainOf(self.network_ref(&network.name)), None)];
        };
        let in_use = tables.iter().filter(|table| table.in_use());
        in_use
            .map(|table| {
                let custom = (table.role == TableRole::Custom).then(|| table.id.clone());
                (TableRef::Id(table.id.clone()), custom)
            })
            .collect()
    }

    fn instance(&mut self, instance: &Instance) {
        let path = &instance.subnet;
        let Some(network) = self.topology.network(&path.network) else {
            return;
        };
        let group_keys: Vec<String> = instance
            .firewalls
            .iter()
            .map(|firewall| group_key(firewall, &network.name))
            .collect();
        let groups = group_keys
            .iter()
            .map(|key| {
                let group = self.found.groups.get(key);
                self.reference(
                    key,
                    group.and_then(|at| Present::new(&at.record.id, Phase::Ready)),
                )
            })
            .collect();
        let mut after = vec![subnet_key(&path.network, &path.subnet)];
        after.extend(group_keys);
        after.extend(
            instance
                .firewalls
                .iter()
                .map(|firewall| rules_key(firewall, &network.name)),
        );
        let key = format!("instance/{}", instance.name);
        let op = Op::RunInstance {
            name: instance.name.clone(),
            subnet: self.subnet_ref(&path.network, &path.subnet),
            groups,
            instance_type: instance.instance_type.clone(),
            image: instance.image.clone(),
            address: instance.address,
            disk: instance.disk.clone(),
            password_env: instance.password_env.clone(),
        };
        let place = self.place(&network.account, &network.region);
        let present = present!(self.found, instances, &key);
        self.want(key, op, place, after, None, present);
    }
}

fn service_key(account: &str, service: CloudService) -> String {
    format!("service/{account}/{service}")
}

pub(crate) fn group_key(firewall: &str, network: &str) -> String {
    format!("group/{firewall}/{network}")
}

fn rules_key(firewall: &str, network: &str) -> String {
    format!("rules/{firewall}/{network}")
}

fn global_hub_key(interconnect: &str) -> String {
    format!("hub/{interconnect}")
}

fn regional_hub_key(interconnect: &str, region: &Region) -> String {
    format!("hub/{interconnect}/{region}")
}

pub(crate) fn attachment_key(interconnect: &str, network: &str) -> String {
    format!("attachment/{interconnect}/{network}")
}

fn link_key(interconnect: &str, left: &Region, right: &Region) -> String {
    format!("link/{interconnect}/{left}~{right}")
}

// Hubs of one interconnect share their global hub's lock.
fn hub_domain(interconnect: &str) -> String {
    global_hub_key(interconnect)
}
