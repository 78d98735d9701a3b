//! Objects in the field's words, for those who do not know their keys.

use super::{Attached, MemberKey, ObjectKey, Pair};
use crate::ids::RouteTableId;

impl ObjectKey {
    /// What the object is and what it belongs to: `subnet a of web`, `route of web to 10.2.0.0/16`. Two objects of one topology
    /// never have the same words.
    pub fn words(&self) -> String {
        match self {
            Self::AgentRole(account) => format!("agent role in account {account}"),
            Self::Acceptance(pair) => format!("acceptance of {}", peering(pair)),
            Self::Analysis(id) => format!("path analysis {id}"),
            Self::Learning { kind, of, table } => {
                let (who, table) = (who(&of.member), with_table(table.as_ref()));
                format!("{kind} of {who} at {}{table}", of.to)
            }
            Self::LinkLearning {
                kind,
                of,
                region,
                table,
            } => {
                let table = with_table(table.as_ref());
                format!("{kind} of {} in {region}{table}", link(of))
            }
            Self::Attachment(of) => attachment(of),
            Self::DnsResolution { of, network } => {
                format!("DNS resolution of {network} over {}", peering(of))
            }
            Self::Duplicate { id, of } => format!("duplicate {id} of {}", of.words()),
            Self::EdgeHub(name) => format!("edge {name}"),
            Self::Grant(Attached { to, member }) => format!("grant of {} to {to}", who(member)),
            Self::Group { firewall, network } => format!("firewall group {firewall} in {network}"),
            Self::HostNames(network) => format!("host names of {network}"),
            Self::GlobalHub(name) => format!("hub {name}"),
            Self::RegionalHub {
                interconnect,
                region,
            } => format!("hub {interconnect} in {region}"),
            Self::Instance(name) => format!("instance {name}"),
            Self::Link(pair) => link(pair),
            Self::Network(name) => format!("network {name}"),
            Self::Peering(pair) => peering(pair),
            Self::Range { network, range } => format!("CIDR block {range} of {network}"),
            Self::Role(name) => format!("role {name}"),
            Self::Route {
                network,
                table,
                destination,
            } => {
                let table = in_table(table.as_ref());
                format!("route of {network} to {destination}{table}")
            }
            Self::Ipv6Route { network, table, to } => {
                let table = in_table(table.as_ref());
                format!("route of {network} to the IPv6 CIDR block of {to}{table}")
            }
            Self::Rules { firewall, network } => format!("rules of {firewall} in {network}"),
            Self::RulesOf(group) => format!("rules of group {group}"),
            Self::Service { account, service } => format!("{service} service of account {account}"),
            Self::ServiceEndpoint { network, service } => {
                format!("endpoint of service {service} in {network}")
            }
            Self::Subnet { network, name } => format!("subnet {name} of {network}"),
            Self::User(name) => format!("user {name}"),
            Self::Unknown(text) => text.clone(),
        }
    }
}

fn attachment(of: &Attached) -> String {
    format!("attachment of {} to {}", who(&of.member), of.to)
}

fn who(member: &MemberKey) -> String {
    match member {
        MemberKey::Network(name) => name.clone(),
        MemberKey::BorderRouter(id) => format!("border router {id}"),
    }
}

fn peering(pair: &Pair) -> String {
    let Pair {
        interconnect,
        left,
        right,
    } = pair;
    format!("peering {left} - {right} of {interconnect}")
}

fn link(pair: &Pair) -> String {
    let Pair {
        interconnect,
        left,
        right,
    } = pair;
    format!("link {left} - {right} of {interconnect}")
}

fn with_table(table: Option<&RouteTableId>) -> String {
    table.map_or_else(String::new, |table| format!(" with {table}"))
}

fn in_table(table: Option<&RouteTableId>) -> String {
    table.map_or_else(String::new, |table| format!(" in {table}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_what_an_object_belongs_to() {
        for (key, words) in [
            ("network/web", "network web"),
            ("subnet/web/a", "subnet a of web"),
            ("hub/core", "hub core"),
            ("hub/core/r1", "hub core in r1"),
            ("attachment/core/web", "attachment of web to core"),
            (
                "attachment/line/router:vbr-1",
                "attachment of border router vbr-1 to line",
            ),
            ("association/core/web", "association of web at core"),
            (
                "propagation/core/r1~r2@r2@rtb-1",
                "propagation of link r1 - r2 of core in r2 with rtb-1",
            ),
            ("peering/pair/db~web", "peering db - web of pair"),
            (
                "accept/pair/db~web",
                "acceptance of peering db - web of pair",
            ),
            ("route/web/main/10.2.0.0/16", "route of web to 10.2.0.0/16"),
            (
                "route/web/rtb-1/10.2.0.0/16",
                "route of web to 10.2.0.0/16 in rtb-1",
            ),
            ("grant/core/web", "grant of web to core"),
            (
                "duplicate/vpc-1/network/web",
                "duplicate vpc-1 of network web",
            ),
            ("service/a/hub", "hub service of account a"),
            ("something/else", "something/else"),
        ] {
            assert_eq!(ObjectKey::from(key).words(), words, "{key}");
        }
    }
}
