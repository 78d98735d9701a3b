//! One line for each object of a place.

use ipnet::IpNet;

use crate::ids::{AccountId, Place};
use crate::object::Record;
use crate::traits::{
    Endpoint, GrantRecord, HubRecord, HubScope, InstanceRecord, Inventory, NetworkRecord,
    PeeringKind, PeeringRecord, RouteTableRecord, SubnetRecord, TableRole,
};

/// An object as tables show it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// What kind of object it is.
    pub kind: &'static str,
    /// Its id; empty for a grant, which has none.
    pub id: String,
    /// Its name; empty if it has none.
    pub name: String,
    /// What else is known: CIDR blocks, the network it is in, what it joins.
    pub what: String,
    /// Its state, in the cloud's word.
    pub status: String,
    /// Who made it, if its tags tell: a topology of Landbridge with the key there, or another tool.
    pub maker: String,
}

/// The objects of a place, in the order of kinds.
pub fn rows(inventory: &Inventory) -> Vec<Row> {
    let place = &inventory.place;
    let networks = inventory.networks.iter().map(|n| network(n, place));
    let subnets = inventory.subnets.iter().map(subnet);
    let tables = inventory.route_tables.iter().filter(|table| table.in_use());
    let hubs = inventory.hubs.iter().map(hub);
    let peerings = inventory.peerings.iter().map(|p| peering(p, place));
    let grants = inventory.grants.iter().map(|g| grant(g, place));
    let groups = inventory.groups.iter().map(|group| {
        let what = group.network.as_ref().map(ToString::to_string);
        row("group", group, what.unwrap_or_default())
    });
    let instances = inventory.instances.iter().map(instance);
    networks
        .chain(subnets)
        .chain(tables.map(table))
        .chain(hubs)
        .chain(peerings)
        .chain(grants)
        .chain(groups)
        .chain(instances)
        .collect()
}

fn row<R: Record>(kind: &'static str, record: &R, what: String) -> Row {
    let owner = record.owner();
    let ours = owner.map(|owner| format!("topology {} ({})", owner.topology, owner.key));
    Row {
        kind,
        id: record.id().to_string(),
        name: record.name().to_owned(),
        what,
        status: record.status().to_string(),
        maker: ours
            .or_else(|| record.maker().map(str::to_owned))
            .unwrap_or_default(),
    }
}

/// `a, b and c`-like lists stay short lines: CIDR blocks behind each other.
pub(super) fn ranges(ranges: &[IpNet]) -> String {
    let texts: Vec<String> = ranges.iter().map(ToString::to_string).collect();
    texts.join(", ")
}

fn network(record: &NetworkRecord, place: &Place) -> Row {
    let mut what = ranges(&record.ranges);
    if record.account != place.account {
        what.push_str(&format!(", shared by account {}", record.account));
    }
    row("network", record, what)
}

fn subnet(record: &SubnetRecord) -> Row {
    let mut what = format!("{}, {}, {}", record.network, record.zone, record.range);
    for range in record.ipv6_ranges.iter().filter(|r| **r != record.range) {
        what.push_str(&format!(", {range}"));
    }
    if let Some(free) = record.free_addresses {
        what.push_str(&format!(", {free} free"));
    }
    row("subnet", record, what)
}

fn table(record: &RouteTableRecord) -> Row {
    let role = match record.role {
        TableRole::Main => "main".to_owned(),
        TableRole::Custom => format!("{} subnets", record.subnets.len()),
    };
    Row {
        kind: "route table",
        id: record.id.to_string(),
        name: String::new(),
        what: format!("{}, {role}", record.network),
        status: String::new(),
        maker: String::new(),
    }
}

fn hub(record: &HubRecord) -> Row {
    let what = match (&record.scope, &record.region) {
        (HubScope::Global, _) => "all regions".to_owned(),
        (HubScope::Edge { asn }, _) => format!("edge of private lines, ASN {asn}"),
        (HubScope::Regional { parent: Some(cen) }, _) => format!("router of {cen}"),
        (HubScope::Regional { .. }, _) => "router".to_owned(),
    };
    row("hub", record, what)
}

fn peering(record: &PeeringRecord, place: &Place) -> Row {
    let kind = match record.kind {
        PeeringKind::Attachment => "attachment",
        PeeringKind::HubToHub => "link",
        PeeringKind::NetworkToNetwork => "peering",
    };
    let (from, to) = (&record.requester, &record.accepter);
    let what = format!("{} to {}", end(from, place), end(to, place));
    row(kind, record, what)
}

fn end(end: &Endpoint, seen_from: &Place) -> String {
    let mut text = end.id().to_owned();
    let region = end.region().filter(|region| **region != seen_from.region);
    if let Some(region) = region {
        text.push_str(&format!(" in {region}"));
    }
    text + &of_other(end.account(), seen_from)
}

fn of_other(account: &AccountId, seen_from: &Place) -> String {
    match *account == seen_from.account {
        true => String::new(),
        false => format!(" of account {account}"),
    }
}

fn grant(record: &GrantRecord, place: &Place) -> Row {
    let member = record.member_account.as_ref();
    let member = member.map_or_else(String::new, |account| of_other(account, place));
    let hub = of_other(&record.hub_account, place);
    let payer = record.payer.map(|payer| format!(", {payer}"));
    Row {
        kind: "grant",
        id: String::new(),
        name: String::new(),
        what: format!(
            "{}{member} to {}{hub}{}",
            record.member,
            record.hub,
            payer.unwrap_or_default()
        ),
        status: String::new(),
        maker: String::new(),
    }
}

fn instance(record: &InstanceRecord) -> Row {
    let place = record.subnet.as_ref().map(ToString::to_string);
    let address = record.address.map(|address| address.to_string());
    let parts: Vec<String> = place.into_iter().chain(address).collect();
    row("instance", record, parts.join(", "))
}
