//! Network ACLs.

use aws_sdk_ec2::types::{NetworkAcl, NetworkAclEntry, RuleAction};
use landbridge_core::{
    AclEntry, AclRecord, Action, Conditions, Direction, Protocol, Result, SubnetId,
};

use super::field::{need, range};
use super::rule::{is_icmp, message, read_ports, read_protocol};

/// The entries that stand behind all others and deny everything: what an [`AclRecord`] says of itself.
const LAST: u32 = 32767;

/// An ACL. What is not understood of an entry stays in its conditions.
pub(crate) fn read_acl(acl: &NetworkAcl) -> Result<AclRecord> {
    let associations = acl.associations().iter();
    let subnets = associations.filter_map(|one| one.subnet_id());
    let mut entries: Vec<AclEntry> = acl.entries().iter().filter_map(read_entry).collect();
    entries.sort_by_key(|entry| (entry.direction, entry.number));
    Ok(AclRecord::new(
        need(acl.network_acl_id(), "networkAclId")?.into(),
        need(acl.vpc_id(), "vpcId")?.into(),
    )
    .with_subnets(subnets.map(SubnetId::from).collect())
    .with_entries(entries))
}

fn read_entry(entry: &NetworkAclEntry) -> Option<AclEntry> {
    // An entry without a number may be looked at first.
    let number = u32::try_from(entry.rule_number().unwrap_or_default()).unwrap_or_default();
    if number >= LAST {
        return None;
    }
    let mut only = Conditions::NONE;
    let word = entry.protocol().unwrap_or("-1");
    let protocol = read_protocol(word).unwrap_or_else(|| {
        only.unread.push(format!("protocol {word}"));
        Protocol::All
    });
    if is_icmp(protocol) {
        let icmp = entry.icmp_type_code();
        only.icmp = icmp.and_then(|icmp| message(icmp.r#type(), icmp.code()));
    }
    let text = entry.cidr_block().or(entry.ipv6_cidr_block());
    let range = text.and_then(|text| range(text).ok());
    if range.is_none() {
        only.unread
            .push(format!("CIDR block {}", text.unwrap_or("none")));
    }
    let ports = entry.port_range().filter(|_| protocol.has_ports());
    let direction = match entry.egress() {
        Some(true) => Direction::Egress,
        _ => Direction::Ingress,
    };
    let action = match entry.rule_action() {
        Some(RuleAction::Allow) => Action::Allow,
        Some(RuleAction::Deny) => Action::Deny,
        _ => Action::Unknown,
    };
    let ports = ports.and_then(|ports| read_ports(ports.from(), ports.to()));
    Some(
        AclEntry::new(number, direction, action, protocol, range)
            .with_ports(ports)
            .with_only(only),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::{IcmpTypeCode, PortRange as Ports};

    #[test]
    fn entries_are_read_in_order_and_the_last_one_is_implied() {
        let entry = |number, protocol: &str| {
            NetworkAclEntry::builder()
                .rule_number(number)
                .protocol(protocol)
                .rule_action(RuleAction::Allow)
                .egress(false)
                .cidr_block("0.0.0.0/0")
        };
        let echo = IcmpTypeCode::builder().r#type(8).code(-1).build();
        let acl = NetworkAcl::builder()
            .network_acl_id("acl-1")
            .vpc_id("vpc-1")
            .entries(
                entry(200, "6")
                    .port_range(Ports::builder().from(1024).to(65535).build())
                    .build(),
            )
            .entries(entry(100, "-1").rule_action(RuleAction::Deny).build())
            .entries(entry(110, "1").icmp_type_code(echo).build())
            .entries(entry(120, "50").build())
            .entries(entry(32767, "-1").rule_action(RuleAction::Deny).build())
            .build();
        let record = read_acl(&acl).expect("reads");
        let numbers: Vec<u32> = record.entries.iter().map(|entry| entry.number).collect();
        assert_eq!(numbers, [100, 110, 120, 200]);
        let echo = record.entries[1].only.icmp.expect("one type of ICMP");
        assert_eq!((echo.kind, echo.code), (8, None));
        assert_eq!(record.entries[2].protocol, Protocol::Number(50));
        assert_eq!(
            (record.entries[0].action, record.entries[0].protocol),
            (Action::Deny, Protocol::All)
        );
        assert_eq!(record.entries[3].ports.map(|ports| ports.first), Some(1024));
    }
}
