//! How the analyser tells the elements that packets pass.

use std::time::Duration;

use crate::aws::dataplane::Hop;
use crate::aws::ec2::{
    Acl, Destination, Entry, Group, Instance, Other, Ports, Route, RouteTable, Rule, State, kind_of,
};
use crate::aws::regions;
use crate::aws::xml::Xml;
use crate::packet::Packet;
use crate::table::Base;

/// An element of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Component {
    pub(super) arn: String,
    element: Xml,
    /// What else is told of it.
    more: Xml,
}

impl Component {
    pub(super) fn view(&self, number: usize) -> Xml {
        Xml::new()
            .leaf("sequenceNumber", number)
            .node("component", self.element.clone())
            .and(self.more.clone())
    }
}

/// Tells elements as the owner of an analysis sees them.
pub(super) struct Viewer<'a> {
    pub(super) ec2: &'a State,
    owner: &'a Base,
    pub(super) now: Duration,
}

impl<'a> Viewer<'a> {
    pub(super) fn new(ec2: &'a State, owner: &'a Base, now: Duration) -> Self {
        Self { ec2, owner, now }
    }

    /// Whether an account is the owner's.
    pub(super) fn is_own(&self, account: &str) -> bool {
        self.owner.owner == account
    }

    /// An element by its id.
    pub(super) fn element(&self, id: &str) -> Xml {
        let Base { owner, region, .. } = self.owner;
        let tags = self.ec2.tags.of(owner, region, id);
        Xml::new()
            .leaf("id", id)
            .leaf("arn", self.arn(id))
            .maybe("name", tags.get("Name"))
    }

    fn arn(&self, id: &str) -> String {
        let base = self.base(id).unwrap_or(self.owner);
        let partition = regions::partition(&base.region).name;
        let kind = kind_of(id).unwrap_or_default();
        format!(
            "arn:{partition}:ec2:{}:{}:{kind}/{id}",
            base.region, base.owner
        )
    }

    /// What an element has in common with others, if it is one that another account may own.
    fn base(&self, id: &str) -> Option<&'a Base> {
        let ec2 = self.ec2;
        let of_instance = || {
            let mut instances = ec2.instances.iter();
            let is_meant = |one: &&Instance| one.base.id == id || one.interface == id;
            instances.find(is_meant).map(|one| &one.base)
        };
        let of_network = || ec2.vpcs.get(id).map(|vpc| &vpc.base);
        of_instance()
            .or_else(of_network)
            .or_else(|| ec2.subnets.get(id).map(|subnet| &subnet.base))
            .or_else(|| ec2.groups.get(id).map(|group: &Group| &group.base))
            .or_else(|| ec2.acls.get(id).map(|acl: &Acl| &acl.base))
            .or_else(|| ec2.tables.get(id).map(|table: &RouteTable| &table.base))
    }

    /// The way over some hops. The ends are interfaces only, where paths name interfaces.
    pub(super) fn components(
        &self,
        hops: &[Hop],
        packet: Packet,
        (from_interface, to_interface): (bool, bool),
    ) -> Vec<Component> {
        let mut components = Vec::new();
        for (position, hop) in hops.iter().enumerate() {
            let Hop::Instance(id) = hop else {
                components.extend(self.passed(hop));
                continue;
            };
            let Some(instance) = self.ec2.instances.get(id) else {
                continue;
            };
            let is_start = position == 0;
            let interface = self.interface(instance, packet, is_start);
            let instance = self.component(id, Xml::new());
            match (is_start, from_interface, to_interface) {
                (true, true, _) | (false, _, true) => components.push(interface),
                (true, false, _) => components.extend([instance, interface]),
                (false, _, false) => components.extend([interface, instance]),
            }
        }
        components
    }

    fn component(&self, id: &str, more: Xml) -> Component {
        Component {
            arn: self.arn(id),
            element: self.element(id),
            more,
        }
    }

    fn interface(&self, instance: &Instance, packet: Packet, is_start: bool) -> Component {
        let name = match is_start {
            true => "outboundHeader",
            false => "inboundHeader",
        };
        let more = Xml::new()
            .node("attachedTo", self.element(&instance.base.id))
            .node(name, header(packet))
            .node("subnet", self.element(&instance.subnet))
            .node("vpc", self.element(&instance.vpc));
        self.component(&instance.interface, more)
    }

    fn passed(&self, hop: &Hop) -> Option<Component> {
        Some(match hop {
            Hop::Instance(_) => return None,
            Hop::Group {
                group,
                rule,
                is_egress,
            } => {
                let rule = group_rule(group, rule, *is_egress);
                self.component(group, Xml::new().node("securityGroupRule", rule))
            }
            Hop::Acl { acl, entry, .. } => {
                self.component(acl, Xml::new().node("aclRule", acl_rule(entry)))
            }
            Hop::Table { table, route } => {
                let vpc = self.ec2.tables.get(table).map(|table| table.vpc.as_str());
                let more = Xml::new()
                    .node("routeTableRoute", self.route(route))
                    .node("vpc", self.element(vpc.unwrap_or_default()));
                self.component(table, more)
            }
            Hop::Peering { id, from, to } => {
                let more = Xml::new()
                    .node("sourceVpc", self.element(from))
                    .node("destinationVpc", self.element(to));
                self.component(id, more)
            }
        })
    }

    pub(super) fn route(&self, route: &Route) -> Xml {
        let destination = match &route.destination {
            Destination::Range(_) => "destinationCidr",
            Destination::PrefixList(_) => "destinationPrefixListId",
        };
        let state = match route.target.works(self.ec2, self.now) {
            true => "active",
            false => "blackhole",
        };
        Xml::new()
            .leaf(destination, &route.destination)
            .leaf(route.target.element(), route.target.id())
            .leaf("origin", route.origin().to_lowercase())
            .leaf("state", state)
    }
}

fn header(packet: Packet) -> Xml {
    let address = |address| [Xml::text(&format!("{address}/32"))];
    let (source, destination) = packet.protocol.ports().unwrap_or_default();
    let port = |port: u16| [Xml::new().leaf("from", port).leaf("to", port)];
    Xml::new()
        .items("destinationAddressSet", address(packet.destination))
        .items("destinationPortRangeSet", port(destination))
        .leaf("protocol", packet.protocol.number())
        .items("sourceAddressSet", address(packet.source))
        .items("sourcePortRangeSet", port(source))
}

pub(super) fn direction(is_egress: bool) -> &'static str {
    match is_egress {
        true => "egress",
        false => "ingress",
    }
}

fn group_rule(group: &str, rule: &Rule, is_egress: bool) -> Xml {
    let view = match &rule.other {
        Other::Range(range) => Xml::new().leaf("cidr", range),
        Other::PrefixList(id) => Xml::new().leaf("prefixListId", id),
        Other::Group { group, .. } => Xml::new().leaf("securityGroupId", group),
    };
    let view = match &rule.other {
        Other::Group { .. } => view,
        _ => view.leaf("securityGroupId", group),
    };
    ports(view.leaf("direction", direction(is_egress)), &rule.ports)
}

pub(super) fn acl_rule(entry: &Entry) -> Xml {
    let view = Xml::new()
        .leaf("cidr", entry.range)
        .leaf("egress", entry.is_egress);
    let action = if entry.allows { "allow" } else { "deny" };
    ports(view, &entry.ports)
        .leaf("ruleAction", action)
        .leaf("ruleNumber", entry.number)
}

fn ports(view: Xml, ports: &Ports) -> Xml {
    let protocol = match ports.protocol.as_str() {
        "-1" => "all",
        "6" => "tcp",
        "17" => "udp",
        other => other,
    };
    let view = match (ports.from, ports.to, protocol) {
        (Some(from), Some(to), "tcp" | "udp") => {
            let range = Xml::new().leaf("from", from).leaf("to", to);
            view.node("portRange", range)
        }
        _ => view,
    };
    view.leaf("protocol", protocol)
}
