//! The ordered entries of network ACLs: what they are on the wire, and which packets they are about.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Value, json};

use crate::aliyun::context::Context;
use crate::aliyun::failure::Outcome;
use crate::aliyun::parameters::invalid;
use crate::packet::{Packet, Protocol};

/// Which way an entry filters, seen from the vSwitch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Ingress,
    Egress,
}

impl Way {
    pub(crate) fn is_egress(self) -> bool {
        self == Self::Egress
    }

    /// `IngressAclEntries` is the list, `IngressAclEntry` its member.
    pub(super) fn member(self) -> &'static str {
        match self {
            Self::Ingress => "IngressAclEntry",
            Self::Egress => "EgressAclEntry",
        }
    }

    pub(super) fn list(self) -> &'static str {
        match self {
            Self::Ingress => "IngressAclEntries",
            Self::Egress => "EgressAclEntries",
        }
    }

    fn range(self) -> &'static str {
        match self {
            Self::Ingress => "SourceCidrIp",
            Self::Egress => "DestinationCidrIp",
        }
    }
}

/// Who the far end is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Far {
    Range(IpNet),
    /// All entries of a prefix list of the VPC product.
    PrefixList(String),
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(super) id: String,
    name: String,
    description: String,
    pub(crate) accepts: bool,
    /// Lower case.
    protocol: String,
    /// `first/last`, or `-1/-1` for all.
    port: String,
    pub(super) far: Far,
    is_v6: bool,
}

impl Entry {
    /// Accepts or drops everything from and to a range.
    pub(super) fn everything(range: IpNet, accepts: bool) -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            description: String::new(),
            accepts,
            protocol: "all".to_owned(),
            port: "-1/-1".to_owned(),
            is_v6: range.addr().is_ipv6(),
            far: Far::Range(range),
        }
    }

    /// Whether it is about a packet; the ranges of a prefix list are looked up.
    pub(crate) fn covers(
        &self,
        packet: &Packet,
        way: Way,
        ranges_of_list: impl Fn(&str) -> Vec<IpNet>,
    ) -> bool {
        let far = packet.far(way.is_egress());
        // An entry is of one family, even one for all protocols.
        if far.is_ipv6() != self.is_v6 || !self.covers_protocol(packet.protocol) {
            return false;
        }
        let has = |range: &IpNet, address: IpAddr| range.contains(&address);
        match &self.far {
            Far::Range(range) => has(range, far),
            Far::PrefixList(id) => ranges_of_list(id).iter().any(|range| has(range, far)),
        }
    }

    /// The ports are the receiver's, in both directions.
    fn covers_protocol(&self, protocol: Protocol) -> bool {
        let number = match self.protocol.as_str() {
            "all" => return true,
            "icmp" => 1,
            "tcp" => 6,
            "udp" => 17,
            "gre" => 47,
            "icmpv6" => 58,
            _ => return false,
        };
        let in_ports = |port: u16| {
            let range = ports(&self.port);
            range.is_none_or(|(first, last)| (first..=last).contains(&port))
        };
        protocol.number() == number && protocol.ports().is_none_or(|(_, port)| in_ports(port))
    }

    pub(super) fn view(&self, way: Way, kind: &str) -> Value {
        let far = match &self.far {
            Far::Range(range) => range.to_string(),
            Far::PrefixList(id) => id.clone(),
        };
        json!({
            "NetworkAclEntryId": self.id, "NetworkAclEntryName": self.name, "Description": self.description,
            "Policy": if self.accepts { "accept" } else { "drop" }, "Protocol": self.protocol, "Port": self.port,
            "IpVersion": if self.is_v6 { "IPV6" } else { "IPV4" }, "EntryType": kind, way.range(): far,
        })
    }

    pub(super) fn is_v6(&self) -> bool {
        self.is_v6
    }
}

fn ports(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('/')?;
    Some((first.parse().ok()?, last.parse().ok()?))
}

/// The custom entries that a call sends for one way, in order. Others, which answers show, are passed over.
pub(super) fn sent(ctx: &Context<'_>, way: Way) -> Outcome<Vec<Entry>> {
    let numbers = ctx.parameters.numbers(way.list()).into_iter();
    let custom = numbers.filter(|number| {
        let kind = ctx.parameters.nested(way.list(), *number, "EntryType");
        kind.is_none_or(|kind| kind == "custom")
    });
    custom.map(|number| read(ctx, way, number)).collect()
}

fn read(ctx: &Context<'_>, way: Way, number: u32) -> Outcome<Entry> {
    let field = |name: &str| ctx.parameters.nested(way.list(), number, name);
    let wrong = |name: &str| invalid(&format!("{}.{name}", way.list()));
    let protocol = field("Protocol").unwrap_or_default().to_lowercase();
    let port = field("Port").unwrap_or("-1/-1");
    let has_ports = match protocol.as_str() {
        "tcp" | "udp" => true,
        "all" | "icmp" | "gre" | "icmpv6" => false,
        _ => return Err(wrong("Protocol")),
    };
    let in_order = ports(port).is_some_and(|(first, last)| first >= 1 && first <= last);
    if !(port == "-1/-1" || (has_ports && in_order)) {
        return Err(wrong("Port"));
    }
    let is_v6 = match field("IpVersion").map(str::to_lowercase).as_deref() {
        None | Some("ipv4") => false,
        Some("ipv6") => true,
        Some(_) => return Err(wrong("IpVersion")),
    };
    let accepts = match field("Policy").unwrap_or_default().to_lowercase().as_str() {
        "accept" => true,
        "drop" => false,
        _ => return Err(wrong("Policy")),
    };
    let far = field(way.range()).and_then(|text| far(text, is_v6));
    Ok(Entry {
        id: field("NetworkAclEntryId").unwrap_or_default().to_owned(),
        name: field("NetworkAclEntryName").unwrap_or_default().to_owned(),
        description: field("Description").unwrap_or_default().to_owned(),
        accepts,
        protocol,
        port: port.to_owned(),
        far: far.ok_or_else(|| wrong(way.range()))?,
        is_v6,
    })
}

fn far(text: &str, is_v6: bool) -> Option<Far> {
    if text.starts_with("pl-") {
        return Some(Far::PrefixList(text.to_owned()));
    }
    let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
    let range: IpNet = text.parse().ok().or_else(address)?;
    (range.addr().is_ipv6() == is_v6).then(|| Far::Range(range.trunc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(protocol: &str, port: &str, range: &str) -> Entry {
        Entry {
            protocol: protocol.to_owned(),
            port: port.to_owned(),
            ..Entry::everything(range.parse().expect("a range"), true)
        }
    }

    fn covers(entry: &Entry, source: &str, protocol: Protocol) -> bool {
        let source: IpAddr = source.parse().expect("an address");
        let packet = Packet {
            source,
            destination: source,
            protocol,
        };
        entry.covers(&packet, Way::Ingress, |_| Vec::new())
    }

    #[test]
    fn families_protocols_and_ports_are_kept_apart() {
        let ssh = entry("tcp", "22/23", "10.0.0.0/8");
        assert!(covers(&ssh, "10.1.1.1", Protocol::tcp(23)));
        assert!(!covers(&ssh, "10.1.1.1", Protocol::tcp(24)));
        assert!(!covers(&ssh, "10.1.1.1", Protocol::udp(22)));
        assert!(!covers(&ssh, "11.1.1.1", Protocol::tcp(22)));
        let all = entry("all", "-1/-1", "0.0.0.0/0");
        assert!(covers(&all, "10.1.1.1", Protocol::Other(50)));
        assert!(!covers(&all, "2001:db8::1", Protocol::ECHO_V6));
        let echo = entry("icmpv6", "-1/-1", "2001:db8::/32");
        assert!(covers(&echo, "2001:db8::1", Protocol::ECHO_V6));
        assert!(!covers(&echo, "2001:db8::1", Protocol::tcp(22)));
        assert!(covers(
            &entry("gre", "-1/-1", "0.0.0.0/0"),
            "10.1.1.1",
            Protocol::Other(47)
        ));
    }
}
