//! Network ACLs of vSwitches. Landbridge makes none.

use landbridge_core::{
    AclEntry, AclRecord, Action, Conditions, Direction, Protocol, Region, Result, SubnetId,
};

use crate::document::{Doc, range};
use crate::ecs::{read_policy, read_ports, read_protocol};
use crate::paging::{Listing, Paging};
use crate::request::{Product, Request, in_region};

/// `DescribeNetworkAcls`: all of the region.
pub(crate) fn acls(region: &Region) -> Listing {
    let request = Request::new(Product::Vpc, "DescribeNetworkAcls", in_region(region));
    Listing::new(request, Paging::Numbered, &["NetworkAcls", "NetworkAcl"])
}

/// An ACL of `DescribeNetworkAcls`. Entries have no numbers: their order in the answer is the order in which they are
/// looked at.
pub(crate) fn read_acl(doc: Doc<'_>) -> Result<AclRecord> {
    let subnets = doc.list_or_none(&["Resources", "Resource"]);
    let subnets = subnets.into_iter().filter(|one| {
        let kind = one.text_or_empty("ResourceType");
        kind.is_empty() || kind.eq_ignore_ascii_case("VSwitch")
    });
    let subnets = subnets.filter_map(|one| one.text("ResourceId").map(SubnetId::from));
    let entries = [
        (Direction::Ingress, ["IngressAclEntries", "IngressAclEntry"]),
        (Direction::Egress, ["EgressAclEntries", "EgressAclEntry"]),
    ];
    let entries = entries.into_iter().flat_map(|(direction, path)| {
        let docs = doc.list_or_none(&path).into_iter();
        docs.zip(1..)
            .map(move |(entry, number)| read_entry(direction, number, entry))
    });
    Ok(
        AclRecord::new(doc.need("NetworkAclId")?, doc.need("VpcId")?)
            .with_subnets(subnets.collect())
            .with_entries(entries.collect()),
    )
}

fn read_entry(direction: Direction, number: u32, doc: Doc<'_>) -> AclEntry {
    let mut only = Conditions::NONE;
    let word = doc.text_or_empty("Protocol");
    let protocol = read_protocol(&word).unwrap_or_else(|| {
        only.unread.push(format!("protocol {word}"));
        Protocol::All
    });
    let far = match direction {
        Direction::Ingress => "SourceCidrIp",
        Direction::Egress => "DestinationCidrIp",
    };
    let text = doc.text_or_empty(far);
    let range = range(&text).ok();
    if range.is_none() {
        only.unread.push(format!("CIDR block {text}"));
    }
    let text = doc.text_or_empty("Port");
    let ports = read_ports(&text).unwrap_or_else(|| {
        only.unread.push(format!("port {text}"));
        None
    });
    let action = match doc.text("Policy") {
        None => Action::Unknown,
        Some(word) => read_policy(&word),
    };
    AclEntry::new(number, direction, action, protocol, range)
        .with_ports(ports.filter(|_| protocol.has_ports()))
        .with_only(only)
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::PortRange;
    use serde_json::json;

    #[test]
    fn entries_are_read_in_order_and_what_is_strange_is_kept() {
        let entry = |protocol: &str, port: &str, policy: &str, source: &str| {
            json!({"NetworkAclEntryId": "nae-1", "Protocol": protocol, "Port": port, "Policy": policy, "SourceCidrIp": source,
                "EntryType": "custom", "IpVersion": "IPV4"})
        };
        let acl = json!({
            "NetworkAclId": "nacl-1", "VpcId": "vpc-1", "Status": "Available",
            "Resources": {"Resource": [{"ResourceId": "vsw-1", "ResourceType": "VSwitch", "Status": "BINDED"}]},
            "IngressAclEntries": {"IngressAclEntry": [
                entry("tcp", "22/80", "drop", "10.0.0.0/8"),
                entry("all", "-1/-1", "accept", "0.0.0.0/0"),
                entry("sctp", "-1/-1", "mirror", "somewhere"),
            ]},
            "EgressAclEntries": {"EgressAclEntry": [
                {"Protocol": "icmpv6", "Port": "-1/-1", "Policy": "accept", "DestinationCidrIp": "::/0"}]},
        });
        let record = read_acl(Doc::of(&acl)).expect("reads");
        assert_eq!(record.subnets, ["vsw-1".into()]);
        let [first, second, strange, out] = record.entries.as_slice() else {
            panic!("four entries: {record:?}");
        };
        let ports = PortRange {
            first: 22,
            last: 80,
        };
        assert_eq!((first.number, first.ports), (1, Some(ports)));
        assert_eq!(
            (first.action, first.protocol),
            (Action::Deny, Protocol::Tcp)
        );
        assert_eq!((second.action, second.ports), (Action::Allow, None));
        assert_eq!(
            strange.only.unread,
            ["protocol sctp", "CIDR block somewhere"]
        );
        assert_eq!((strange.action, strange.range), (Action::Unknown, None));
        assert_eq!(
            (out.direction, out.protocol),
            (Direction::Egress, Protocol::Icmpv6)
        );
    }
}
