//! Network ACLs: they filter what enters and leaves subnets, packet by packet, without memory.

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
use crate::packet::Packet;
use crate::table::Base;

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) number: u16,
    pub(crate) is_egress: bool,
    pub(crate) allows: bool,
    /// With the protocol as a number.
    pub(crate) ports: Ports,
    pub(crate) range: IpNet,
}

impl Entry {
    fn covers(&self, packet: &Packet) -> bool {
        self.range.contains(&packet.far(self.is_egress)) && self.ports.cover(packet.protocol)
    }
}

impl Acl {
    /// The first entry that covers a packet decides; without one it is denied.
    pub(crate) fn deciding(&self, packet: &Packet, is_egress: bool) -> Option<&Entry> {
        let mut entries = self
            .entries
            .iter()
            .filter(|entry| entry.is_egress == is_egress);
        entries.find(|entry| entry.covers(packet))
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

/// Once a VPC has IPv6, its default ACL lets that through too.
pub(super) fn open_to_ipv6(ctx: &mut Context<'_>, vpc: &str) {
    let mut acls = ctx.state.ec2.acls.iter_mut();
    let Some(acl) = acls.find(|acl| acl.vpc == vpc && acl.is_default) else {
        return;
    };
    for is_egress in [false, true] {
        let has_one = |entry: &Entry| entry.number == 101 && entry.is_egress == is_egress;
        if !acl.entries.iter().any(has_one) {
            acl.entries.push(Entry {
                number: 101,
                is_egress,
                allows: true,
                ports: Ports::all(),
                range: IpNet::V6(ipnet::Ipv6Net::default()),
            });
        }
    }
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
    use crate::packet::Protocol;
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

    fn from(peer: [u8; 4], protocol: Protocol) -> Packet {
        Packet {
            source: peer.into(),
            destination: [192, 168, 0, 1].into(),
            protocol,
        }
    }

    fn lets(acl: &Acl, packet: &Packet, is_egress: bool) -> bool {
        let entry = acl.deciding(packet, is_egress);
        entry.is_some_and(|entry| entry.allows)
    }

    #[test]
    fn the_first_entry_decides_and_the_last_word_is_no() {
        let ssh = from([10, 1, 1, 1], Protocol::tcp(22));
        let telnet = from([10, 1, 1, 1], Protocol::tcp(23));
        let https = from([10, 1, 1, 1], Protocol::tcp(443));
        let acl = acl(vec![tcp(10, false, 23, 23), tcp(20, true, 1, 100)]);
        assert!(lets(&acl, &ssh, false));
        assert!(!lets(&acl, &telnet, false));
        assert!(!lets(&acl, &https, false));
        assert!(!lets(&acl, &ssh, true));
        assert!(!lets(&acl, &from([11, 1, 1, 1], Protocol::tcp(22)), false));
    }

    #[test]
    fn answers_go_to_the_clients_port() {
        let answer = Protocol::tcp(22).answer().expect("TCP is answered");
        let answer = from([10, 1, 1, 1], answer);
        assert!(!lets(&acl(vec![tcp(10, true, 22, 22)]), &answer, false));
        assert!(lets(
            &acl(vec![tcp(10, true, 32_768, 60_999)]),
            &answer,
            false
        ));
    }

    #[test]
    fn entries_of_ipv6_cover_ipv6() {
        let entry = Entry {
            ports: Ports::all(),
            range: "2001:db8::/32".parse().expect("a range"),
            ..tcp(10, true, 0, 0)
        };
        let packet = Packet {
            source: "2001:db8::1".parse().expect("an address"),
            ..from([10, 1, 1, 1], Protocol::ECHO_V6)
        };
        assert!(lets(&acl(vec![entry.clone()]), &packet, false));
        assert!(!lets(
            &acl(vec![entry]),
            &from([10, 1, 1, 1], Protocol::ECHO),
            false
        ));
    }
}
