//! The numbered rules of network ACLs.

use ipnet::IpNet;

use super::acls::{Acl, Entry};
use super::find::ACL;
use super::rules::Ports;
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, bad_value, missing};
use crate::aws::xml::Xml;

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let acl = ACL.named(ctx, "NetworkAclId")?;
    let entry = entry(ctx)?;
    if position(&acl, &entry).is_some() {
        let message = format!(
            "The network acl entry identified by {} already exists.",
            entry.number
        );
        return Err(Failure::bad("NetworkAclEntryAlreadyExists", message));
    }
    let same_way = |other: &&Entry| {
        other.is_egress == entry.is_egress
            && other.range.addr().is_ipv6() == entry.range.addr().is_ipv6()
    };
    let used = acl.entries.iter().filter(same_way).count();
    ctx.within(
        "rules_per_network_acl",
        used,
        "NetworkAclEntryLimitExceeded",
    )?;
    if let Some(acl) = ctx.state.ec2.acls.get_mut(&acl.base.id) {
        acl.entries.push(entry);
        acl.entries.sort_by_key(|entry| entry.number);
    }
    Ok(Xml::done())
}

pub(super) fn replace(ctx: &mut Context<'_>) -> Outcome {
    let acl = ACL.named(ctx, "NetworkAclId")?;
    let entry = entry(ctx)?;
    let position = position(&acl, &entry).ok_or_else(|| no_entry(entry.number))?;
    let acl = ctx.state.ec2.acls.get_mut(&acl.base.id);
    if let Some(old) = acl.and_then(|acl| acl.entries.get_mut(position)) {
        *old = entry;
    }
    Ok(Xml::done())
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let acl = ACL.named(ctx, "NetworkAclId")?;
    let (number, is_egress) = (number(ctx)?, ctx.flag("Egress")?);
    let mut entries = acl.entries.iter();
    if !entries.any(|entry| entry.number == number && entry.is_egress == is_egress) {
        return Err(no_entry(number));
    }
    if let Some(acl) = ctx.state.ec2.acls.get_mut(&acl.base.id) {
        acl.entries
            .retain(|entry| entry.number != number || entry.is_egress != is_egress);
    }
    Ok(Xml::done())
}

fn no_entry(number: u16) -> Failure {
    let message = format!("The network acl entry identified by {number} does not exist.");
    Failure::bad("InvalidNetworkAclEntry.NotFound", message)
}

fn position(acl: &Acl, entry: &Entry) -> Option<usize> {
    let same = |other: &Entry| other.number == entry.number && other.is_egress == entry.is_egress;
    acl.entries.iter().position(same)
}

fn number(ctx: &Context<'_>) -> Outcome<u16> {
    let text = ctx.required("RuleNumber")?;
    let number = text
        .parse()
        .ok()
        .filter(|number| (1..=32766).contains(number));
    number.ok_or_else(|| bad_value(&text, "ruleNumber"))
}

fn entry(ctx: &Context<'_>) -> Outcome<Entry> {
    let action = ctx.required("RuleAction")?;
    if !["allow", "deny"].contains(&action.as_str()) {
        return Err(bad_value(&action, "ruleAction"));
    }
    let range = ctx
        .parameters
        .get("CidrBlock")
        .or(ctx.parameters.get("Ipv6CidrBlock"));
    let range = range.ok_or_else(|| missing("cidrBlock"))?;
    let range: IpNet = range.parse().map_err(|_| bad_value(range, "cidrBlock"))?;
    Ok(Entry {
        number: number(ctx)?,
        is_egress: ctx.flag("Egress")?,
        allows: action == "allow",
        ports: ports(ctx)?,
        range: range.trunc(),
    })
}

fn ports(ctx: &Context<'_>) -> Outcome<Ports> {
    let protocol = ctx.required("Protocol")?.to_lowercase();
    let number = match protocol.as_str() {
        "all" => "-1",
        "tcp" => "6",
        "udp" => "17",
        "icmp" => "1",
        "icmpv6" => "58",
        other => other,
    };
    let (from, to) = match number {
        "6" | "17" => {
            let from = ctx
                .integer("PortRange.From")?
                .ok_or_else(|| missing("portRange.from"))?;
            let to = ctx
                .integer("PortRange.To")?
                .ok_or_else(|| missing("portRange.to"))?;
            if from > to || !(0..=65535).contains(&from) || !(0..=65535).contains(&to) {
                return Err(bad_value(&format!("{from}-{to}"), "portRange"));
            }
            (Some(from), Some(to))
        }
        "1" | "58" => (ctx.integer("Icmp.Type")?, ctx.integer("Icmp.Code")?),
        "-1" => (None, None),
        other if other.parse::<u8>().is_ok() => (None, None),
        other => return Err(bad_value(other, "protocol")),
    };
    Ok(Ports {
        protocol: number.to_owned(),
        from,
        to,
    })
}

/// All entries, with the denials that end both directions.
pub(super) fn views(acl: &Acl) -> impl Iterator<Item = Xml> {
    let last_word = |is_egress| {
        Xml::new()
            .leaf("ruleNumber", 32767)
            .leaf("protocol", -1)
            .leaf("ruleAction", "deny")
            .leaf("egress", is_egress)
            .leaf("cidrBlock", "0.0.0.0/0")
    };
    let own = acl.entries.iter().map(view);
    own.chain([last_word(true), last_word(false)])
}

fn view(entry: &Entry) -> Xml {
    let range = match entry.range {
        IpNet::V4(_) => "cidrBlock",
        IpNet::V6(_) => "ipv6CidrBlock",
    };
    let xml = Xml::new()
        .leaf("ruleNumber", entry.number)
        .leaf("protocol", &entry.ports.protocol)
        .leaf("ruleAction", if entry.allows { "allow" } else { "deny" })
        .leaf("egress", entry.is_egress)
        .leaf(range, entry.range);
    let Some((from, to)) = entry.ports.from.zip(entry.ports.to) else {
        return xml;
    };
    if ["1", "58"].contains(&entry.ports.protocol.as_str()) {
        xml.node(
            "icmpTypeCode",
            Xml::new().leaf("type", from).leaf("code", to),
        )
    } else {
        xml.node("portRange", Xml::new().leaf("from", from).leaf("to", to))
    }
}
