//! Rules as they are sent.

use aws_sdk_ec2::types::{IpPermission, IpRange, Ipv6Range, UserIdGroupPair};
use ipnet::IpNet;
use landbridge_core::{AccountId, Action, Error, PeeringId, Protocol, Result, Rule, RulePeer};

use super::rule::MARK;

/// The peering through which groups of an account are referred to, where it is known.
pub(crate) type Through<'a> = &'a dyn Fn(&AccountId) -> Option<PeeringId>;

/// One rule as a permission, marked as `topology`'s.
pub(crate) fn permission(
    rule: &Rule,
    topology: &str,
    through: Through<'_>,
) -> Result<IpPermission> {
    if rule.action == Action::Deny {
        return Err(Error::unsupported(format!(
            "invalid rule `{rule}`: expected one that allows; AWS security groups cannot deny"
        )));
    }
    let (from, to) = ports(rule);
    let permission = IpPermission::builder()
        .ip_protocol(word(rule.protocol)?)
        .set_from_port(from)
        .set_to_port(to);
    let mark = format!("{MARK}{topology}");
    let permission = match &rule.peer {
        RulePeer::Range(IpNet::V4(range)) => permission.ip_ranges(
            IpRange::builder()
                .cidr_ip(range.trunc().to_string())
                .description(mark)
                .build(),
        ),
        RulePeer::Range(IpNet::V6(range)) => permission.ipv6_ranges(
            Ipv6Range::builder()
                .cidr_ipv6(range.trunc().to_string())
                .description(mark)
                .build(),
        ),
        RulePeer::Group { id, account } => permission.user_id_group_pairs(
            UserIdGroupPair::builder()
                .group_id(id.as_str())
                .set_user_id(account.as_ref().map(ToString::to_string))
                .set_vpc_peering_connection_id(
                    account.as_ref().and_then(through).map(|id| id.to_string()),
                )
                .description(mark)
                .build(),
        ),
        other => {
            return Err(Error::unsupported(format!(
                "invalid peer `{other}` of a rule"
            )));
        }
    };
    Ok(permission.build())
}

fn word(protocol: Protocol) -> Result<String> {
    let word = match protocol {
        Protocol::Number(number) => return Ok(number.to_string()),
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
        Protocol::Icmp => "icmp",
        Protocol::Icmpv6 => "icmpv6",
        Protocol::Gre => "47",
        Protocol::All => "-1",
        other => {
            return Err(Error::unsupported(format!(
                "invalid protocol `{other}` of a rule"
            )));
        }
    };
    Ok(word.to_owned())
}

// Of ICMP the two numbers are type and code, and -1 stands for all of them.
fn ports(rule: &Rule) -> (Option<i32>, Option<i32>) {
    match (rule.protocol, rule.ports) {
        (Protocol::Tcp | Protocol::Udp, Some(ports)) => {
            (Some(ports.first.into()), Some(ports.last.into()))
        }
        (Protocol::Tcp | Protocol::Udp, None) => (Some(0), Some(u16::MAX.into())),
        (Protocol::Icmp | Protocol::Icmpv6, _) => (Some(-1), Some(-1)),
        _ => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::{Direction, PortRange};

    fn rule(protocol: Protocol, ports: Option<PortRange>, peer: RulePeer) -> Rule {
        Rule::allow(Direction::Ingress, protocol, ports, peer)
    }

    fn range(text: &str) -> RulePeer {
        RulePeer::Range(text.parse().expect("range"))
    }

    fn sent(rule: &Rule) -> IpPermission {
        permission(rule, "t", &|_| Some("pcx-1".into())).expect("builds")
    }

    #[test]
    fn protocols_and_ports_are_sent_as_the_cloud_counts_them() {
        for (protocol, ports, expected) in [
            (
                Protocol::Tcp,
                Some(PortRange::single(22)),
                ("tcp", Some(22), Some(22)),
            ),
            (Protocol::Udp, None, ("udp", Some(0), Some(65535))),
            (Protocol::Icmp, None, ("icmp", Some(-1), Some(-1))),
            (Protocol::Icmpv6, None, ("icmpv6", Some(-1), Some(-1))),
            (Protocol::Gre, None, ("47", None, None)),
            (Protocol::All, None, ("-1", None, None)),
        ] {
            let sent = sent(&rule(protocol, ports, range("10.1.2.3/8")));
            let found = (
                sent.ip_protocol().unwrap_or_default(),
                sent.from_port(),
                sent.to_port(),
            );
            assert_eq!(found, expected);
            let range = &sent.ip_ranges()[0];
            assert_eq!(range.cidr_ip(), Some("10.0.0.0/8"));
            assert_eq!(range.description(), Some("landbridge:t"));
        }
        let sixth = sent(&rule(Protocol::Icmpv6, None, range("2600::/56")));
        assert_eq!(sixth.ipv6_ranges()[0].cidr_ipv6(), Some("2600::/56"));
    }

    #[test]
    fn a_group_of_another_account_is_named_with_owner_and_peering() {
        let group = |account: Option<&str>| RulePeer::Group {
            id: "sg-2".into(),
            account: account.map(Into::into),
        };
        let foreign = sent(&rule(Protocol::All, None, group(Some("022222222222"))));
        let pair = &foreign.user_id_group_pairs()[0];
        assert_eq!(pair.user_id(), Some("022222222222"));
        assert_eq!(pair.vpc_peering_connection_id(), Some("pcx-1"));
        let own = sent(&rule(Protocol::All, None, group(None)));
        let pair = &own.user_id_group_pairs()[0];
        assert_eq!(
            (pair.user_id(), pair.vpc_peering_connection_id()),
            (None, None)
        );
    }

    #[test]
    fn what_groups_cannot_say_is_refused() {
        let list = rule(Protocol::Tcp, None, RulePeer::Other("pl-1".to_owned()));
        assert!(permission(&list, "t", &|_| None).is_err());
        let mut deny = rule(Protocol::Tcp, None, range("10.0.0.0/8"));
        deny.action = Action::Deny;
        assert!(permission(&deny, "t", &|_| None).is_err());
    }
}
