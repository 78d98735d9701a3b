//! Network ACLs: they filter what enters and leaves subnets, packet by packet, without memory.

use std::net::Ipv4Addr;
use std::time::Duration;

use ipnet::IpNet;

use super::acl_entries;
use super::find::{ACL, VPC};
use super::rules::Ports;
use super::tagging;
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, absent, depends};
use crate::aws::filters::Fields;
use crate::aws::paging::paged;
use crate::aws::xml::Xml;
use crate::table::Base;
use crate::verdict::Protocol;

#[derive(Debug, Clone)]
pub(crate) struct Acl {
    pub(crate) base: Base,
    pub(crate) vpc: String,
    pub(crate) is_default: bool,
    /// Association ids and subnets.
    pub(crate) subnets: Vec<(String, String)>,
    /// Ordered by number; the last word, a denial, is not among them.
    pub(crate) entries: Vec<Entry>,
}

/// A numbered rule.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) number: u16,
    pub(crate) is_egress: bool,
    pub(crate) allows: bool,
    /// With the protocol as a number.
    pub(crate) ports: Ports,
    pub(crate) range: IpNet,
}

impl Entry {
    fn covers(&self, address: Ipv4Addr, packet: Packet) -> bool {
        let named = |name: &str| Ports {
            protocol: name.to_owned(),
            ..self.ports.clone()
        };
        let covered = match (self.ports.protocol.as_str(), packet) {
            ("-1", _) => true,
            ("6", Packet::Forth(Protocol::Tcp(_))) => named("tcp").cover(packet.protocol()),
            ("17", Packet::Forth(Protocol::Udp(_))) => named("udp").cover(packet.protocol()),
            ("1", Packet::Forth(Protocol::Icmp)) => named("icmp").cover(Protocol::Icmp),
            ("6", Packet::Back(Protocol::Tcp(_))) => {
                named("tcp").cover(Protocol::Tcp(EPHEMERAL_PORT))
            }
            ("17", Packet::Back(Protocol::Udp(_))) => {
                named("udp").cover(Protocol::Udp(EPHEMERAL_PORT))
            }
            // An echo reply is type 0.
            ("1", Packet::Back(Protocol::Icmp)) => {
                self.ports.from.is_none_or(|kind| kind == -1 || kind == 0)
            }
            _ => false,
        };
        let inside = match &self.range {
            IpNet::V4(range) => range.contains(&address),
            IpNet::V6(_) => false,
        };
        covered && inside
    }
}

/// The port to which replies go: one inside the ranges of all usual clients.
const EPHEMERAL_PORT: u16 = 50_000;

/// A packet to a port, or the reply to it, which goes to an ephemeral port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packet {
    Forth(Protocol),
    Back(Protocol),
}

impl Packet {
    pub(crate) fn protocol(self) -> Protocol {
        match self {
            Self::Forth(protocol) | Self::Back(protocol) => protocol,
        }
    }
}

impl Acl {
    /// The first entry that covers a packet decides; without one it is denied.
    pub(crate) fn lets(&self, is_egress: bool, address: Ipv4Addr, packet: Packet) -> bool {
        let mut entries = self
            .entries
            .iter()
            .filter(|entry| entry.is_egress == is_egress);
        entries
            .find(|entry| entry.covers(address, packet))
            .is_some_and(|entry| entry.allows)
    }
}

/// The default ACL of a new VPC lets everything pass.
pub(super) fn add_default(ctx: &mut Context<'_>, vpc: &str) {
    let base = ctx.base("acl", Duration::ZERO);
    ctx.born("network-acl", &base.id);
    let anything = |is_egress| Entry {
        number: 100,
        is_egress,
        allows: true,
        ports: Ports::all(),
        range: IpNet::V4(ipnet::Ipv4Net::default()),
    };
    ctx.state.ec2.acls.insert(Acl {
        base,
        vpc: vpc.to_owned(),
        is_default: true,
        subnets: Vec::new(),
        entries: vec![anything(false), anything(true)],
    });
}

/// A new subnet gets its VPC's default ACL.
pub(super) fn join_default(ctx: &mut Context<'_>, vpc: &str, subnet: &str) {
    let id = ctx.new_id("aclassoc");
    let mut acls = ctx.state.ec2.acls.iter_mut();
    if let Some(acl) = acls.find(|acl| acl.vpc == vpc && acl.is_default) {
        acl.subnets.push((id, subnet.to_owned()));
    }
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let vpc = VPC.named(ctx, "VpcId")?.base.id;
    let tags = tagging::specified(ctx, &["network-acl"])?;
    let used = ctx
        .state
        .ec2
        .acls
        .iter()
        .filter(|acl| acl.vpc == vpc)
        .count();
    ctx.within("network_acls_per_vpc", used, "NetworkAclLimitExceeded")?;
    let acl = Acl {
        base: ctx.base("acl", Duration::ZERO),
        vpc,
        is_default: false,
        subnets: Vec::new(),
        entries: Vec::new(),
    };
    ctx.born("network-acl", &acl.base.id);
    tagging::put(ctx, &acl.base.id, tags);
    let answer = Xml::new().node("networkAcl", view(ctx, &acl));
    ctx.state.ec2.acls.insert(acl);
    Ok(answer)
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    const FILTERS: [&str; 17] = [
        "association.association-id",
        "association.network-acl-id",
        "association.subnet-id",
        "default",
        "entry.cidr",
        "entry.egress",
        "entry.icmp.code",
        "entry.icmp.type",
        "entry.ipv6-cidr",
        "entry.port-range.from",
        "entry.port-range.to",
        "entry.protocol",
        "entry.rule-action",
        "entry.rule-number",
        "network-acl-id",
        "owner-id",
        "vpc-id",
    ];
    let fields = |acl: &Acl| {
        Fields::new(ctx.tags(&acl.base.id))
            .many(
                "association.association-id",
                acl.subnets.iter().map(|(id, _)| id),
            )
            .many(
                "association.network-acl-id",
                acl.subnets.first().map(|_| &acl.base.id),
            )
            .many(
                "association.subnet-id",
                acl.subnets.iter().map(|(_, subnet)| subnet),
            )
            .with("default", acl.is_default)
            .and(acl_entries::fields(acl))
            .with("network-acl-id", &acl.base.id)
            .with("owner-id", &acl.base.owner)
            .with("vpc-id", &acl.vpc)
    };
    let acls = ACL.select(ctx, "NetworkAclId", &FILTERS, fields)?;
    let rows = acls.iter().map(|acl| view(ctx, acl)).collect();
    paged(ctx, "networkAclSet", rows, 1000)
}

fn view(ctx: &Context<'_>, acl: &Acl) -> Xml {
    let associations = acl.subnets.iter().map(|(id, subnet)| {
        Xml::new()
            .leaf("networkAclAssociationId", id)
            .leaf("networkAclId", &acl.base.id)
            .leaf("subnetId", subnet)
    });
    Xml::new()
        .leaf("networkAclId", &acl.base.id)
        .leaf("vpcId", &acl.vpc)
        .leaf("default", acl.is_default)
        .leaf("ownerId", &acl.base.owner)
        .items("entrySet", acl_entries::views(acl))
        .items("associationSet", associations)
        .and(ctx.tag_set(&acl.base.id))
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let acl = ACL.named(ctx, "NetworkAclId")?;
    let (id, now) = (&acl.base.id, ctx.now);
    if acl.is_default {
        let message = format!("cannot delete default network ACL {id}");
        return Err(Failure::bad("InvalidParameterValue", message));
    }
    if !acl.subnets.is_empty() {
        return Err(depends("networkAcl", id));
    }
    if let Some(acl) = ctx.state.ec2.acls.get_mut(id) {
        acl.base.life.leave(now);
    }
    tagging::forget(ctx, id);
    Ok(Xml::done())
}

/// A subnet always has an ACL, so associations are replaced, never removed.
pub(super) fn replace_association(ctx: &mut Context<'_>) -> Outcome {
    let association = ctx.required("AssociationId")?;
    let acl = ACL.named(ctx, "NetworkAclId")?;
    let held = ctx.state.ec2.acls.iter().find_map(|old| {
        let mut subnets = old.subnets.iter();
        let (_, subnet) = subnets.find(|(id, _)| *id == association)?;
        ctx.can_see(old).then(|| (old.vpc.clone(), subnet.clone()))
    });
    let missing = || absent("InvalidAssociationID", "association", &association);
    let (vpc, subnet) = held.ok_or_else(missing)?;
    if vpc != acl.vpc {
        let message = format!(
            "network ACL {} and subnet {subnet} belong to different networks",
            acl.base.id
        );
        return Err(Failure::bad("InvalidParameterValue", message));
    }
    let id = ctx.new_id("aclassoc");
    for old in ctx.state.ec2.acls.iter_mut() {
        old.subnets.retain(|(id, _)| *id != association);
    }
    if let Some(acl) = ctx.state.ec2.acls.get_mut(&acl.base.id) {
        acl.subnets.push((id.clone(), subnet));
    }
    Ok(Xml::new().leaf("newAssociationId", id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Life;

    fn acl(entries: Vec<Entry>) -> Acl {
        Acl {
            base: Base {
                id: String::new(),
                owner: String::new(),
                region: String::new(),
                name: String::new(),
                description: String::new(),
                tags: Vec::new(),
                life: Life::new(Duration::ZERO, Duration::ZERO),
            },
            vpc: String::new(),
            is_default: false,
            subnets: Vec::new(),
            entries,
        }
    }

    fn tcp(number: u16, allows: bool, from: i64, to: i64) -> Entry {
        Entry {
            number,
            is_egress: false,
            allows,
            ports: Ports {
                protocol: "6".to_owned(),
                from: Some(from),
                to: Some(to),
            },
            range: "10.0.0.0/8".parse().expect("a range"),
        }
    }

    #[test]
    fn the_first_entry_decides_and_the_last_word_is_no() {
        let peer = Ipv4Addr::new(10, 1, 1, 1);
        let forth = |port| Packet::Forth(Protocol::Tcp(port));
        let acl = acl(vec![tcp(10, false, 23, 23), tcp(20, true, 1, 100)]);
        assert!(acl.lets(false, peer, forth(22)));
        assert!(!acl.lets(false, peer, forth(23)));
        assert!(!acl.lets(false, peer, forth(443)));
        assert!(!acl.lets(true, peer, forth(22)));
        assert!(!acl.lets(false, Ipv4Addr::new(11, 1, 1, 1), forth(22)));
    }

    #[test]
    fn replies_go_to_ephemeral_ports() {
        let peer = Ipv4Addr::new(10, 1, 1, 1);
        let back = Packet::Back(Protocol::Tcp(22));
        assert!(!acl(vec![tcp(10, true, 22, 22)]).lets(false, peer, back));
        assert!(acl(vec![tcp(10, true, 32_768, 60_999)]).lets(false, peer, back));
    }
}
