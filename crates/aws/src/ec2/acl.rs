//! Network ACLs.

use aws_sdk_ec2::types::{NetworkAcl, NetworkAclEntry, RuleAction};
use landbridge_core::{AclEntry, AclRecord, Action, Direction, Protocol, Result, SubnetId};

use super::field::{need, range};
use super::rule::{read_ports, read_protocol};

/// The entries that stand behind all others and deny everything: what an [`AclRecord`] says of itself.
const LAST: i32 = 32767;

/// An ACL. Entries for single types of ICMP, and for protocols that the model has no word for, are left out.
pub(crate) fn read_acl(acl: &NetworkAcl) -> Result<AclRecord> {
    let associations = acl.associations().iter();
    let subnets = associations.filter_map(|one| one.subnet_id());
    let mut entries = Vec::new();
    for entry in acl.entries() {
        entries.extend(read_entry(entry)?);
    }
    entries.sort_by_key(|entry| (entry.direction, entry.number));
    Ok(AclRecord::new(
        need(acl.network_acl_id(), "networkAclId")?.into(),
        need(acl.vpc_id(), "vpcId")?.into(),
    )
    .with_subnets(subnets.map(SubnetId::from).collect())
    .with_entries(entries))
}

fn read_entry(entry: &NetworkAclEntry) -> Result<Option<AclEntry>> {
    let number = entry.rule_number().unwrap_or(LAST);
    let protocol = read_protocol(entry.protocol().unwrap_or("-1"));
    let (Some(protocol), Some(text)) = (
        protocol.filter(|protocol| number < LAST && covers_all(*protocol, entry)),
        entry.cidr_block().or(entry.ipv6_cidr_block()),
    ) else {
        return Ok(None);
    };
    let ports = entry.port_range().filter(|_| protocol.has_ports());
    Ok(Some(
        AclEntry::new(
            u32::try_from(number).unwrap_or_default(),
            match entry.egress() {
                Some(true) => Direction::Egress,
                _ => Direction::Ingress,
            },
            match entry.rule_action() {
                Some(RuleAction::Allow) => Action::Allow,
                _ => Action::Deny,
            },
            protocol,
            range(text)?,
        )
        .with_ports(ports.and_then(|ports| read_ports(ports.from(), ports.to()))),
    ))
}

fn covers_all(protocol: Protocol, entry: &NetworkAclEntry) -> bool {
    match protocol {
        Protocol::Icmp | Protocol::Icmpv6 => {
            let kind = entry.icmp_type_code().and_then(|icmp| icmp.r#type());
            kind.is_none_or(|kind| kind == -1)
        }
        _ => true,
    }
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
            .entries(entry(LAST, "-1").rule_action(RuleAction::Deny).build())
            .build();
        let record = read_acl(&acl).expect("reads");
        let numbers: Vec<u32> = record.entries.iter().map(|entry| entry.number).collect();
        assert_eq!(numbers, [100, 200]);
        assert_eq!(
            (record.entries[0].action, record.entries[0].protocol),
            (Action::Deny, Protocol::All)
        );
        assert_eq!(record.entries[1].ports.map(|ports| ports.first), Some(1024));
    }
}
