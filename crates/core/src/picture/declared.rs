//! The picture of a topology: what it declares, read without a cloud.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::text::count;
use super::{Element, ElementKind, Link, LinkKind, Mark, Offer, Picture, Row, Subject};
use crate::ids::{CloudName, Region, Zone};
use crate::object::{Attached, ObjectKey, Pair};
use crate::plan::Found;
use crate::topology::{Edge, Holder, Interconnect, Network, Topology};
use crate::traits::Model;

/// What clouds offer, by their names.
pub(super) type Offers = BTreeMap<CloudName, Offer>;

impl Picture {
    /// What a topology declares.
    ///
    /// `offers` tells how each cloud builds interconnects, by its name. An interconnect of another cloud is drawn as one
    /// element that its members take part in.
    pub fn declared(topology: &Topology, offers: &BTreeMap<CloudName, Offer>) -> Self {
        let mut picture = draw(topology, offers, &Found::default());
        picture.bundle();
        picture
    }
}

/// The topology, with what was found where the topology does not say it: CIDR blocks of existing networks.
pub(super) fn draw(topology: &Topology, offers: &Offers, found: &Found) -> Picture {
    let title = format!("{}: as declared", topology.name);
    let mut pen = Pen {
        picture: Picture::new(Subject::Declared, title),
        topology,
        offers,
    };
    pen.accounts();
    for network in &topology.networks {
        let element = pen.network(network, found);
        pen.put(&network.account, Some(&network.region), element);
    }
    for interconnect in &topology.interconnects {
        pen.interconnect(interconnect);
    }
    for edge in &topology.edges {
        pen.edge(edge);
    }
    let mut picture = pen.picture;
    picture.summary = summary(topology);
    picture
}

/// Topologies in numbers.
pub(super) fn summary(topology: &Topology) -> String {
    let networks = &topology.networks;
    let regions: BTreeSet<&Region> = networks.iter().map(|network| &network.region).collect();
    let mut parts = vec![
        count(networks.len(), "network"),
        count(topology.accounts.len(), "account"),
        count(regions.len(), "region"),
    ];
    let more = [
        (topology.interconnects.len(), "interconnect"),
        (topology.edges.len(), "edge"),
        (topology.firewalls.len(), "firewall"),
        (topology.instances.len(), "instance"),
    ];
    let more = more.into_iter().filter(|(number, _)| *number > 0);
    parts.extend(more.map(|(number, what)| count(number, what)));
    parts.join(", ")
}

/// The key of a border router, which carries no tags and so has none of its own.
pub(super) fn router_key(edge: &str, router: &str) -> String {
    format!("router/{edge}/{router}")
}

/// The key of an interconnect that is drawn as one element.
pub(super) fn interconnect_key(name: &str) -> String {
    format!("interconnect/{name}")
}

/// The key of a network's part in such an interconnect.
pub(super) fn member_key(interconnect: &str, network: &str) -> String {
    format!("member/{interconnect}/{network}")
}

/// A zone without the name of the region that it is in.
pub(super) fn zone(zone: &Zone, region: &Region) -> String {
    let short = zone.as_str().strip_prefix(region.as_str());
    let short = short.map(|rest| rest.trim_start_matches('-'));
    let short = short.filter(|rest| !rest.is_empty());
    short.unwrap_or(zone.as_str()).to_owned()
}

/// CIDR blocks on one line.
pub(super) fn ranges(ranges: &[IpNet]) -> String {
    let texts: Vec<String> = ranges.iter().map(ToString::to_string).collect();
    texts.join(", ")
}

struct Pen<'a> {
    picture: Picture,
    topology: &'a Topology,
    offers: &'a Offers,
}

impl Pen<'_> {
    fn accounts(&mut self) {
        for account in &self.topology.accounts {
            let drawn = self.picture.account(&account.cloud, &account.id);
            drawn.name.clone_from(&account.name);
            if account.held_by == Holder::Other {
                "held by other".clone_into(&mut drawn.remark);
            }
        }
    }

    // An account that is not declared has no box; what is in it is drawn all the same.
    fn put(&mut self, account: &str, region: Option<&Region>, element: Element) {
        let Some(account) = self.topology.account(account) else {
            self.picture.common.push(element);
            return;
        };
        let account = self.picture.account(&account.cloud, &account.id);
        match region {
            Some(region) => account.region(region).elements.push(element),
            None => account.elements.push(element),
        }
    }

    fn network(&self, network: &Network, found: &Found) -> Element {
        let key = ObjectKey::network(&network.name);
        let mut blocks = network.declared_ranges();
        if let (true, Some(at)) = (blocks.is_empty(), found.networks.get(&key)) {
            blocks.clone_from(&at.record.ranges);
        }
        let mut element = Element::new(key.to_string(), ElementKind::Network, &network.name);
        let mut first = ranges(&blocks);
        if network.ipv6 && blocks.iter().all(|range| range.addr().is_ipv4()) {
            first.push_str(" + IPv6");
        }
        if !first.is_empty() {
            element = element.with_row(first);
        }
        if let Some(id) = &network.id {
            element = element.with_row(format!("existing {id}"));
        }
        let element = element.with_rows(subnets(network));
        element
            .with_rows(self.firewalls(network))
            .with_rows(self.instances(network))
    }

    fn firewalls(&self, network: &Network) -> Vec<Row> {
        let firewalls = self.topology.firewalls.iter();
        let here = firewalls.filter(|firewall| {
            let mut named = firewall.networks.iter().chain(firewall.groups.keys());
            named.any(|name| *name == network.name)
        });
        here.map(|firewall| {
            let key = ObjectKey::group(&firewall.name, &network.name);
            let group = firewall.groups.get(&network.name);
            let group = group.map_or(String::new(), |id| format!(" in {id}"));
            Row::of(
                key.to_string(),
                format!("firewall {}{group}", firewall.name),
            )
        })
        .collect()
    }

    fn instances(&self, network: &Network) -> Vec<Row> {
        let instances = self.topology.instances.iter();
        let here = instances.filter(|one| one.network_name() == Some(&network.name));
        here.map(|instance| {
            let mut text = format!("instance {}", instance.name);
            if let Some(address) = instance.address {
                text.push_str(&format!(" {address}"));
            }
            Row::of(ObjectKey::instance(&instance.name).to_string(), text)
        })
        .collect()
    }

    fn offer(&self, interconnect: &Interconnect) -> Option<&Offer> {
        let owner = self.topology.account(&interconnect.owner)?;
        self.offers.get(&owner.cloud)
    }

    fn model(&self, interconnect: &Interconnect) -> Option<Model> {
        interconnect.model_of(&self.offer(interconnect)?.models)
    }

    fn interconnect(&mut self, interconnect: &Interconnect) {
        let joins = interconnect.members.len() > 1 || interconnect.hub.is_some();
        match self.model(interconnect).filter(|_| joins) {
            Some(Model::Hub) => self.hubs(interconnect),
            Some(Model::Mesh) => self.mesh(interconnect),
            None => self.unknown_model(interconnect),
        }
    }

    fn unknown_model(&mut self, interconnect: &Interconnect) {
        let key = interconnect_key(&interconnect.name);
        let members = count(interconnect.members.len(), "network");
        let element = Element::new(&key, ElementKind::Interconnect, &interconnect.name)
            .with_row(format!("joins {members}"));
        self.picture.common.push(element);
        for member in &interconnect.members {
            let link = Link::new(
                member_key(&interconnect.name, member),
                LinkKind::Member,
                ObjectKey::network(member).to_string(),
                &key,
            );
            self.link(link, &interconnect.name);
        }
    }

    fn link(&mut self, link: Link, group: &str) {
        self.picture.links.push(link.in_group(group));
    }

    fn hubs(&mut self, interconnect: &Interconnect) {
        let has_global = self.offer(interconnect).is_some_and(|one| one.global_hub);
        if has_global {
            self.global_hub(interconnect);
        }
        let regions = self.hub_regions(interconnect);
        for region in &regions {
            self.regional_hub(interconnect, region);
            if has_global {
                self.part(interconnect, region);
            }
        }
        for (index, left) in regions.iter().enumerate() {
            for right in &regions[index + 1..] {
                self.connection(interconnect, left, right);
            }
        }
        for member in &interconnect.members {
            self.attachment(interconnect, member);
        }
    }

    fn global_hub(&mut self, interconnect: &Interconnect) {
        let key = ObjectKey::global_hub(&interconnect.name).to_string();
        let mut element = Element::new(key, ElementKind::GlobalHub, &interconnect.name);
        if let Some(hub) = &interconnect.hub {
            element = element.with_row(format!("existing {}", hub.id));
        }
        self.put(&interconnect.owner, None, element);
    }

    fn part(&mut self, interconnect: &Interconnect, region: &Region) {
        let global = ObjectKey::global_hub(&interconnect.name).to_string();
        let key = ObjectKey::regional_hub(&interconnect.name, region).to_string();
        let part = Link::new(format!("part/{key}"), LinkKind::Part, key, global);
        self.link(part, &interconnect.name);
    }

    fn hub_regions(&self, interconnect: &Interconnect) -> Vec<Region> {
        let members = interconnect.members.iter();
        let members = members.filter_map(|name| self.topology.network(name));
        let named = interconnect.hub.iter().flat_map(|hub| hub.routers.keys());
        let regions: BTreeSet<&Region> = members
            .map(|network| &network.region)
            .chain(named)
            .collect();
        regions.into_iter().cloned().collect()
    }

    fn regional_hub(&mut self, interconnect: &Interconnect, region: &Region) {
        let key = ObjectKey::regional_hub(&interconnect.name, region).to_string();
        let mut element = Element::new(&key, ElementKind::RegionalHub, &interconnect.name);
        let router = interconnect.router(region);
        match router.and_then(|router| router.id.as_ref()) {
            Some(id) => element = element.with_row(format!("existing {id}")),
            // Landbridge creates none there.
            None if (interconnect.hub.as_ref()).is_some_and(|hub| !hub.create_routers) => {
                element = element.with_row("existing");
            }
            None => {}
        }
        if let Some(router) = router {
            let tables = router.association.iter().chain(&router.propagation);
            element
                .details
                .extend(tables.map(|table| format!("route table {table}")));
        }
        self.put(&interconnect.owner, Some(region), element);
    }

    fn connection(&mut self, interconnect: &Interconnect, left: &Region, right: &Region) {
        let name = &interconnect.name;
        let pair = Pair::new(name, left.as_str(), right.as_str());
        let key = ObjectKey::Link(pair);
        let ends = [left, right].map(|region| ObjectKey::regional_hub(name, region).to_string());
        let [left, right] = ends;
        let mut link = Link::new(key.to_string(), LinkKind::Link, left, right);
        if let Some(mbps) = interconnect.max_mbps {
            link = link.with_detail(format!("at most {mbps} Mbit/s"));
        }
        self.link(link, name);
    }

    fn attachment(&mut self, interconnect: &Interconnect, member: &str) {
        let name = &interconnect.name;
        let Some(network) = self.topology.network(member) else {
            return;
        };
        let mut link = Link::new(
            ObjectKey::attachment(name, member).to_string(),
            LinkKind::Attachment,
            ObjectKey::network(member).to_string(),
            ObjectKey::regional_hub(name, &network.region).to_string(),
        );
        if network.account != interconnect.owner {
            link = link.with_detail(format!(
                "account {} grants account {} the attachment",
                network.account, interconnect.owner
            ));
        }
        if !network.attach_through.is_empty() {
            link = link.with_detail(format!("through {}", network.attach_through.join(", ")));
        }
        if let Some(id) = interconnect.attachments.get(member) {
            link = link.with_detail(format!("ID {id}"));
        }
        self.link(link, name);
    }

    fn mesh(&mut self, interconnect: &Interconnect) {
        let members = &interconnect.members;
        for (index, left) in members.iter().enumerate() {
            for right in &members[index + 1..] {
                let pair = Pair::new(&interconnect.name, left, right);
                let ends = [&pair.left, &pair.right].map(|name| ObjectKey::network(name));
                let [left, right] = ends.map(|key| key.to_string());
                let key = ObjectKey::Peering(pair).to_string();
                let link = Link::new(key, LinkKind::Peering, left, right);
                self.link(link, &interconnect.name);
            }
        }
    }

    fn edge(&mut self, edge: &Edge) {
        let hub = ObjectKey::edge_hub(&edge.name).to_string();
        let mut element = Element::new(&hub, ElementKind::EdgeHub, &edge.name)
            .with_row(format!("AS {}", edge.asn));
        if let Some(id) = &edge.id {
            element = element.with_row(format!("existing {id}"));
        }
        if edge.removed {
            element = element
                .with_mark(Mark::Gone)
                .with_detail("the file says `removed: true`");
        }
        self.put(&edge.owner, None, element);
        for member in &edge.members {
            let key = ObjectKey::attachment(&edge.name, member).to_string();
            let network = ObjectKey::network(member).to_string();
            let mut link = Link::new(key, LinkKind::Attachment, network, &hub);
            if let Some(learned) = edge.advertise.get(member) {
                link = link.with_detail(format!("the lines learn {}", ranges(learned)));
            }
            self.link(link, &edge.name);
        }
        for router in &edge.border_routers {
            let key = router_key(&edge.name, &router.name);
            let element = Element::new(&key, ElementKind::BorderRouter, &router.name)
                .with_row(format!("existing {}", router.id))
                .with_row(format!("line to {}", ranges(&router.ranges)));
            self.put(&router.account, Some(&router.region), element);
            let attached = Attached::border_router(&edge.name, &router.id);
            let attachment = ObjectKey::Attachment(attached).to_string();
            let link = Link::new(attachment, LinkKind::Attachment, key, &hub);
            self.link(link, &edge.name);
        }
    }
}

fn subnets(network: &Network) -> Vec<Row> {
    let mut subnets: Vec<_> = network.subnets.iter().collect();
    subnets.sort_by(|a, b| (&a.zone, &a.name).cmp(&(&b.zone, &b.name)));
    let row = |subnet: &&crate::topology::Subnet| {
        let zone = zone(&subnet.zone, &network.region);
        let key = ObjectKey::subnet(&network.name, &subnet.name);
        Row::of(
            key.to_string(),
            format!("{zone}  {} {}", subnet.range, subnet.name),
        )
    };
    subnets.iter().map(row).collect()
}
