//! Rules as they are read.

use aws_sdk_ec2::types::SecurityGroupRule;
use landbridge_core::{
    AccountId, Conditions, Direction, IcmpType, PortRange, PrefixList, Protocol, Result, Rule,
    RuleId, RulePeer, RuleRecord,
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
    let mut only = Conditions::NONE;
    let word = rule.ip_protocol().unwrap_or("-1");
    let protocol = read_protocol(word).unwrap_or_else(|| {
        only.unread.push(format!("protocol {word}"));
        Protocol::All
    });
    if is_icmp(protocol) {
        only.icmp = message(rule.from_port(), rule.to_port());
    }
    let ports = read_ports(rule.from_port(), rule.to_port());
    let mark = rule.description();
    Ok(RuleRecord::new(
        need(rule.group_id(), "groupId")?.into(),
        Rule::allow(direction, protocol, ports, read_peer(own, rule)).with_only(only),
    )
    .with_id(rule.security_group_rule_id().map(RuleId::from))
    .with_topology(
        mark.and_then(|mark| mark.strip_prefix(MARK))
            .map(str::to_owned),
    ))
}

/// A protocol by name or number; nothing if it is not understood.
pub(super) fn read_protocol(word: &str) -> Option<Protocol> {
    Some(match word.to_ascii_lowercase().as_str() {
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        "icmp" => Protocol::Icmp,
        "icmpv6" => Protocol::Icmpv6,
        "-1" | "all" => Protocol::All,
        number => Protocol::of_number(number.parse().ok()?),
    })
}

pub(super) fn is_icmp(protocol: Protocol) -> bool {
    matches!(protocol, Protocol::Icmp | Protocol::Icmpv6)
}

/// The messages of ICMP that a type and a code stand for; -1 stands for all.
pub(super) fn message(kind: Option<i32>, code: Option<i32>) -> Option<IcmpType> {
    let number = |value: Option<i32>| value.and_then(|value| u8::try_from(value).ok());
    Some(IcmpType {
        kind: number(kind)?,
        code: number(code),
    })
}

pub(super) fn read_ports(first: Option<i32>, last: Option<i32>) -> Option<PortRange> {
    Some(PortRange {
        first: first?.try_into().ok()?,
        last: last?.try_into().ok()?,
    })
}

fn read_peer(own: &AccountId, rule: &SecurityGroupRule) -> RulePeer {
    if let Some(text) = rule.cidr_ipv4().or(rule.cidr_ipv6()) {
        return match range(text) {
            Ok(range) => RulePeer::Range(range),
            Err(_) => RulePeer::Other(text.to_owned()),
        };
    }
    if let Some(list) = rule.prefix_list_id() {
        return RulePeer::PrefixList(PrefixList::new(list));
    }
    let group = rule.referenced_group_info();
    let Some((group, id)) = group.and_then(|group| Some((group, group.group_id()?))) else {
        return RulePeer::Other("far end".to_owned());
    };
    let owner = group.user_id().filter(|owner| *owner != own.as_str());
    RulePeer::Group {
        id: id.into(),
        account: owner.map(Into::into),
    }
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
        let all = read(built("icmp", -1, -1).cidr_ipv4("10.0.0.0/8")).rule;
        assert!(all.only.is_none());
        let echo = read(built("icmp", 8, -1).cidr_ipv4("10.0.0.0/8")).rule;
        assert_eq!(echo.only.icmp, Some(IcmpType::of(8)));
        let unreachable = read(built("1", 3, 4).cidr_ipv4("10.0.0.0/8")).rule;
        let message = unreachable.only.icmp.expect("a message");
        assert_eq!((message.kind, message.code), (3, Some(4)));
        let esp = read(built("50", -1, -1).cidr_ipv4("10.0.0.0/8")).rule;
        assert_eq!(esp.protocol, Protocol::Number(50));
        let strange = read(built("quic", -1, -1).cidr_ipv4("10.0.0.0/8")).rule;
        assert_eq!(strange.only.unread, ["protocol quic"]);
        let list = read(built("icmp", -1, -1).prefix_list_id("pl-1")).rule;
        assert_eq!(list.peer, RulePeer::PrefixList(PrefixList::new("pl-1")));
        let nobody = read(built("icmp", -1, -1)).rule;
        assert!(matches!(nobody.peer, RulePeer::Other(_)));
        for less in [echo, unreachable, esp, strange, list, nobody] {
            assert!(!less.same_as(&all), "{less}");
        }
    }
}
