//! Rules as they are read.

use aws_sdk_ec2::types::SecurityGroupRule;
use landbridge_core::{
    AccountId, Direction, PortRange, Protocol, Result, Rule, RuleId, RulePeer, RuleRecord,
};

use super::field::{need, range};

/// What the descriptions of our rules begin with; the topology's name follows.
pub(super) const MARK: &str = "landbridge:";

/// A rule in canonical form. Groups of `own`, the caller's account, are named without it.
pub(crate) fn read_rule(own: &AccountId, rule: &SecurityGroupRule) -> Result<RuleRecord> {
    let direction = match rule.is_egress() {
        Some(true) => Direction::Egress,
        _ => Direction::Ingress,
    };
    let word = rule.ip_protocol().unwrap_or("-1");
    let protocol = read_protocol(word);
    let peer = match protocol {
        Some(protocol) if covers_all(protocol, rule) => read_peer(own, rule)?,
        _ => RulePeer::Other(narrow(rule)),
    };
    let ports = read_ports(rule.from_port(), rule.to_port());
    let mark = rule.description();
    Ok(RuleRecord::new(
        need(rule.group_id(), "groupId")?.into(),
        Rule::allow(direction, protocol.unwrap_or(Protocol::All), ports, peer),
    )
    .with_id(rule.security_group_rule_id().map(RuleId::from))
    .with_topology(
        mark.and_then(|mark| mark.strip_prefix(MARK))
            .map(str::to_owned),
    ))
}

pub(super) fn read_protocol(word: &str) -> Option<Protocol> {
    Some(match word.to_ascii_lowercase().as_str() {
        "tcp" | "6" => Protocol::Tcp,
        "udp" | "17" => Protocol::Udp,
        "icmp" | "1" => Protocol::Icmp,
        "icmpv6" | "58" => Protocol::Icmpv6,
        "gre" | "47" => Protocol::Gre,
        "-1" | "all" => Protocol::All,
        _ => return None,
    })
}

// A rule for one type of ICMP lets less pass than one for all of them, and must not pass for it.
fn covers_all(protocol: Protocol, rule: &SecurityGroupRule) -> bool {
    match protocol {
        Protocol::Icmp | Protocol::Icmpv6 => rule.from_port().is_none_or(|kind| kind == -1),
        _ => true,
    }
}

fn narrow(rule: &SecurityGroupRule) -> String {
    let ends = [rule.cidr_ipv4(), rule.cidr_ipv6(), rule.prefix_list_id()];
    let end = ends.into_iter().flatten().next().unwrap_or("a group");
    let (kind, code) = (rule.from_port().unwrap_or(-1), rule.to_port().unwrap_or(-1));
    let protocol = rule.ip_protocol().unwrap_or_default();
    format!("protocol {protocol} {kind}/{code}, {end}")
}

pub(super) fn read_ports(first: Option<i32>, last: Option<i32>) -> Option<PortRange> {
    Some(PortRange {
        first: first?.try_into().ok()?,
        last: last?.try_into().ok()?,
    })
}

fn read_peer(own: &AccountId, rule: &SecurityGroupRule) -> Result<RulePeer> {
    if let Some(text) = rule.cidr_ipv4().or(rule.cidr_ipv6()) {
        return range(text).map(RulePeer::Range);
    }
    let Some(group) = rule.referenced_group_info() else {
        let list = rule.prefix_list_id().unwrap_or("unknown");
        return Ok(RulePeer::Other(list.to_owned()));
    };
    let owner = group.user_id().filter(|owner| *owner != own.as_str());
    Ok(RulePeer::Group {
        id: need(group.group_id(), "referencedGroupInfo.groupId")?.into(),
        account: owner.map(Into::into),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::ReferencedSecurityGroup;
    use aws_sdk_ec2::types::builders::SecurityGroupRuleBuilder;

    const OWN: &str = "011111111111";

    fn built(protocol: &str, first: i32, last: i32) -> SecurityGroupRuleBuilder {
        SecurityGroupRule::builder()
            .group_id("sg-1")
            .security_group_rule_id("sgr-1")
            .ip_protocol(protocol)
            .from_port(first)
            .to_port(last)
    }

    fn read(rule: SecurityGroupRuleBuilder) -> RuleRecord {
        read_rule(&OWN.into(), &rule.build()).expect("reads")
    }

    #[test]
    fn what_is_read_back_equals_what_was_meant() {
        let record = read(
            built("tcp", 0, 65535)
                .cidr_ipv4("10.0.0.0/8")
                .description("landbridge:t"),
        );
        let peer = RulePeer::Range("10.0.0.0/8".parse().expect("range"));
        assert_eq!(
            record.rule,
            Rule::allow(Direction::Ingress, Protocol::Tcp, None, peer.clone())
        );
        assert_eq!(record.topology.as_deref(), Some("t"));
        let ping = read(built("1", -1, -1).cidr_ipv4("10.1.2.3/8").is_egress(true));
        assert_eq!(
            ping.rule,
            Rule::allow(Direction::Egress, Protocol::Icmp, None, peer.clone())
        );
        let ssh = read(built("tcp", 22, 22).cidr_ipv4("10.0.0.0/8"));
        assert_eq!(ssh.rule.ports, Some(PortRange::single(22)));
        let open = read(built("-1", -1, -1).cidr_ipv4("0.0.0.0/0").is_egress(true));
        assert_eq!(
            (open.rule.protocol, open.rule.ports, open.topology),
            (Protocol::All, None, None)
        );
    }

    #[test]
    fn groups_name_their_owner_unless_it_is_the_caller() {
        let peer = |owner: &str| {
            let group = ReferencedSecurityGroup::builder()
                .group_id("sg-2")
                .user_id(owner)
                .build();
            read(built("-1", -1, -1).referenced_group_info(group))
                .rule
                .peer
        };
        let group = |account: Option<&str>| RulePeer::Group {
            id: "sg-2".into(),
            account: account.map(Into::into),
        };
        assert_eq!(peer(OWN), group(None));
        assert_eq!(peer("022222222222"), group(Some("022222222222")));
    }

    #[test]
    fn a_rule_for_less_never_passes_for_one_for_all() {
        for rule in [
            built("icmp", 8, -1).cidr_ipv4("10.0.0.0/8"),
            built("50", -1, -1).cidr_ipv4("10.0.0.0/8"),
            built("tcp", 22, 22).prefix_list_id("pl-1"),
        ] {
            assert!(matches!(read(rule).rule.peer, RulePeer::Other(_)));
        }
    }
}
