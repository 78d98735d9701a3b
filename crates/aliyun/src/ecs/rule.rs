use ipnet::IpNet;
use landbridge_core::{
    AccountId, Action, Conditions, Direction, Error, GroupId, PortList, PortRange, PrefixList,
    Protocol, Region, Result, Rule, RuleId, RulePeer, RuleRecord,
};

use super::request;
use crate::document::{Doc, range};
use crate::paging::{Listing, Paging};
use crate::request::{Request, fresh_token, in_region, with_token};

/// How many rules one call may add or remove.
pub(crate) const RULES_PER_CALL: usize = 100;

const MARK: &str = "landbridge:";
const ALL_PORTS: &str = "-1/-1";

type Fields = Vec<(&'static str, String)>;

/// `AuthorizeSecurityGroup` or `AuthorizeSecurityGroupEgress` for rules of one direction, at most
/// [`RULES_PER_CALL`]. Rules that exist are left as they are.
pub(crate) fn authorize(
    region: &Region,
    group: &GroupId,
    topology: &str,
    direction: Direction,
    rules: &[&Rule],
) -> Result<Request> {
    let action = match direction {
        Direction::Ingress => "AuthorizeSecurityGroup",
        Direction::Egress => "AuthorizeSecurityGroupEgress",
    };
    // The cloud refuses a call that names a rule twice, and rules that differ here may be one there.
    let mut permissions: Vec<Fields> = Vec::new();
    for rule in rules {
        let permission = permission(rule, topology)?;
        if !permissions.contains(&permission) {
            permissions.push(permission);
        }
    }
    let params = in_region(region)
        .with("SecurityGroupId", group)
        .with_structs("Permissions", permissions);
    Ok(request(action, with_token(params, &fresh_token())))
}

/// `RevokeSecurityGroup` or `RevokeSecurityGroupEgress` by rule id, at most [`RULES_PER_CALL`].
pub(crate) fn revoke(
    region: &Region,
    group: &GroupId,
    direction: Direction,
    ids: &[&RuleId],
) -> Request {
    let action = match direction {
        Direction::Ingress => "RevokeSecurityGroup",
        Direction::Egress => "RevokeSecurityGroupEgress",
    };
    let params = in_region(region)
        .with("SecurityGroupId", group)
        .with_list("SecurityGroupRuleId", ids);
    request(action, with_token(params, &fresh_token()))
}

/// `DescribeSecurityGroupAttribute`: all rules of a group.
pub(crate) fn rules_of(region: &Region, group: &GroupId) -> Listing {
    let params = in_region(region)
        .with("SecurityGroupId", group)
        .with("Direction", "all");
    Listing::new(
        request("DescribeSecurityGroupAttribute", params),
        Paging::Uncounted("MaxResults", 500),
        &["Permissions", "Permission"],
    )
}

fn permission(rule: &Rule, topology: &str) -> Result<Fields> {
    let mut fields = vec![
        ("IpProtocol", protocol_word(rule.protocol)?.to_owned()),
        ("PortRange", port_text(rule)),
        ("Policy", policy_word(rule.action).to_owned()),
        ("Priority", "1".to_owned()),
    ];
    fields.extend(peer_fields(rule)?);
    fields.push(("Description", format!("{MARK}{topology}")));
    Ok(fields)
}

fn protocol_word(protocol: Protocol) -> Result<&'static str> {
    match protocol {
        Protocol::Tcp => Ok("TCP"),
        Protocol::Udp => Ok("UDP"),
        Protocol::Icmp => Ok("ICMP"),
        Protocol::Icmpv6 => Ok("ICMPv6"),
        Protocol::Gre => Ok("GRE"),
        Protocol::All => Ok("ALL"),
        other => Err(Error::unsupported(format!(
            "invalid protocol `{other}`: expected one that security groups support"
        ))),
    }
}

fn policy_word(action: Action) -> &'static str {
    match action {
        Action::Deny => "drop",
        _ => "accept",
    }
}

fn port_text(rule: &Rule) -> String {
    match rule.ports {
        Some(ports) => format!("{}/{}", ports.first, ports.last),
        None if rule.protocol.has_ports() => "1/65535".to_owned(),
        None => ALL_PORTS.to_owned(),
    }
}

fn peer_fields(rule: &Rule) -> Result<Fields> {
    let ingress = rule.direction == Direction::Ingress;
    let name = |source, destination| if ingress { source } else { destination };
    match &rule.peer {
        RulePeer::Range(range) if range.addr().is_ipv4() => Ok(vec![(
            name("SourceCidrIp", "DestCidrIp"),
            range.to_string(),
        )]),
        RulePeer::Range(range) => Ok(vec![(
            name("Ipv6SourceCidrIp", "Ipv6DestCidrIp"),
            range.to_string(),
        )]),
        RulePeer::Group { id, account } => {
            let mut fields = vec![(name("SourceGroupId", "DestGroupId"), id.to_string())];
            if let Some(account) = account {
                fields.push((
                    name("SourceGroupOwnerId", "DestGroupOwnerId"),
                    account.to_string(),
                ));
            }
            Ok(fields)
        }
        other => Err(Error::unsupported(format!(
            "invalid peer `{other}` of a rule"
        ))),
    }
}

/// A rule of `DescribeSecurityGroupAttribute`, in canonical form. What is not understood stays in its conditions.
pub(crate) fn read_rule(group: &GroupId, doc: Doc<'_>) -> Result<RuleRecord> {
    let direction = match doc.text("Direction").as_deref() {
        Some(word) if word.eq_ignore_ascii_case("egress") => Direction::Egress,
        _ => Direction::Ingress,
    };
    let mut only = Conditions::NONE;
    let word = doc.text_or_empty("IpProtocol");
    let protocol = read_protocol(&word).unwrap_or_else(|| {
        only.unread.push(format!("protocol {word}"));
        Protocol::All
    });
    let mut ports = |member: &str| {
        let text = doc.text_or_empty(member);
        read_ports(&text).unwrap_or_else(|| {
            only.unread.push(format!("{member} {text}"));
            None
        })
    };
    let (ports, source_ports) = (ports("PortRange"), ports("SourcePortRange"));
    if protocol.has_ports() {
        only.source_ports = source_ports.filter(|range| !is_every(*range));
    }
    only.near = near(direction, doc, &mut only.unread);
    let list = doc.text("PortRangeListId").filter(|id| !id.is_empty());
    only.port_list = list.map(PortList::new);
    let action = read_policy(&doc.text_or_empty("Policy"));
    let rule = Rule::allow(direction, protocol, ports, read_peer(direction, doc))
        .with_action(action)
        .with_only(only);
    let mark = doc.text("Description");
    Ok(RuleRecord::new(group.clone(), rule)
        .with_id(doc.text("SecurityGroupRuleId").map(RuleId::from))
        .with_priority(doc.parse::<u32>("Priority"))
        .with_topology(mark.and_then(|mark| mark.strip_prefix(MARK).map(str::to_owned))))
}

/// Lower or upper case, as the API takes it. An absent word is `Accept`, the default.
pub(crate) fn read_policy(word: &str) -> Action {
    match word.to_ascii_lowercase().as_str() {
        "" | "accept" => Action::Allow,
        "drop" => Action::Deny,
        _ => Action::Unknown,
    }
}

pub(crate) fn read_protocol(word: &str) -> Option<Protocol> {
    match word.to_ascii_lowercase().as_str() {
        "tcp" => Some(Protocol::Tcp),
        "udp" => Some(Protocol::Udp),
        "icmp" => Some(Protocol::Icmp),
        "icmpv6" => Some(Protocol::Icmpv6),
        "gre" => Some(Protocol::Gre),
        "all" => Some(Protocol::All),
        number => number.parse().ok().map(Protocol::of_number),
    }
}

/// Ports as `1/200`; `-1/-1` and nothing stand for all. Nothing if it is not understood.
pub(crate) fn read_ports(text: &str) -> Option<Option<PortRange>> {
    if text.is_empty() || text == ALL_PORTS {
        return Some(None);
    }
    let (first, last) = text.split_once('/')?;
    Some(Some(PortRange {
        first: first.trim().parse().ok()?,
        last: last.trim().parse().ok()?,
    }))
}

fn is_every(ports: PortRange) -> bool {
    ports.first <= 1 && ports.last == u16::MAX
}

// Of a rule with five parts, the CIDR block of the instance's own side.
fn near(direction: Direction, doc: Doc<'_>, unread: &mut Vec<String>) -> Option<IpNet> {
    let members = match direction {
        Direction::Ingress => ["DestCidrIp", "Ipv6DestCidrIp"],
        Direction::Egress => ["SourceCidrIp", "Ipv6SourceCidrIp"],
    };
    let given = |member| doc.text(member).filter(|text| !text.is_empty());
    let text = members.into_iter().find_map(given)?;
    let read = range(&text).ok();
    if read.is_none() {
        unread.push(format!("own side {text}"));
    }
    read
}

// The owner of a group is shown as its login name or as its account id; a name says nothing that can be compared.
fn account(text: String) -> Option<AccountId> {
    let is_id = text.bytes().all(|byte| byte.is_ascii_digit());
    is_id.then(|| text.into())
}

fn read_peer(direction: Direction, doc: Doc<'_>) -> RulePeer {
    let [v4, v6, group, owner, list] = match direction {
        Direction::Ingress => [
            "SourceCidrIp",
            "Ipv6SourceCidrIp",
            "SourceGroupId",
            "SourceGroupOwnerAccount",
            "SourcePrefixListId",
        ],
        Direction::Egress => [
            "DestCidrIp",
            "Ipv6DestCidrIp",
            "DestGroupId",
            "DestGroupOwnerAccount",
            "DestPrefixListId",
        ],
    };
    let given = |member| doc.text(member).filter(|text| !text.is_empty());
    if let Some(text) = given(v4).or_else(|| given(v6)) {
        return match range(&text) {
            Ok(range) => RulePeer::Range(range),
            Err(_) => RulePeer::Other(text),
        };
    }
    if let Some(id) = given(group) {
        return RulePeer::Group {
            id: id.into(),
            account: given(owner).and_then(account),
        };
    }
    match given(list) {
        Some(id) => RulePeer::PrefixList(PrefixList::new(id)),
        None => RulePeer::Other("far end".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn peer(range: &str) -> RulePeer {
        RulePeer::Range(range.parse().expect("range"))
    }

    #[test]
    fn rules_are_sent_as_permissions_and_marked_as_ours() {
        let icmp = Rule::allow(Direction::Ingress, Protocol::Icmp, None, peer("10.0.0.0/8"));
        let ssh = Rule::allow(
            Direction::Ingress,
            Protocol::Tcp,
            Some(PortRange::single(22)),
            peer("10.0.0.0/8"),
        );
        let request = authorize(
            &"r".into(),
            &"sg-1".into(),
            "t",
            Direction::Ingress,
            &[&icmp, &ssh],
        )
        .expect("builds");
        let body = request.params().form_body();
        assert!(body.starts_with(
            "RegionId=r&SecurityGroupId=sg-1&Permissions.1.IpProtocol=ICMP&Permissions.1.PortRange=-1%2F-1\
             &Permissions.1.Policy=accept&Permissions.1.Priority=1&Permissions.1.SourceCidrIp=10.0.0.0%2F8\
             &Permissions.1.Description=landbridge%3At&Permissions.2.IpProtocol=TCP&Permissions.2.PortRange=22%2F22"
        ), "{body}");
    }

    #[test]
    fn egress_to_a_foreign_group_names_its_owner() {
        let group = RulePeer::Group {
            id: "sg-2".into(),
            account: Some("02".into()),
        };
        let rule = Rule::allow(Direction::Egress, Protocol::Udp, None, group);
        let fields = permission(&rule, "t").expect("builds");
        assert!(fields.contains(&("DestGroupId", "sg-2".to_owned())));
        assert!(fields.contains(&("DestGroupOwnerId", "02".to_owned())));
        assert!(fields.contains(&("PortRange", "1/65535".to_owned())));
        let other = Rule::allow(
            Direction::Egress,
            Protocol::Udp,
            None,
            RulePeer::Other("pl-1".to_owned()),
        );
        assert!(permission(&other, "t").is_err());
    }

    #[test]
    fn icmpv6_and_ipv6_ranges_are_sent_in_their_own_members() {
        let cases = [
            (Direction::Ingress, "Ipv6SourceCidrIp"),
            (Direction::Egress, "Ipv6DestCidrIp"),
        ];
        for (direction, member) in cases {
            let rule = Rule::allow(direction, Protocol::Icmpv6, None, peer("2001:db8::/32"));
            let fields = permission(&rule, "t").expect("builds");
            let sent: Vec<(&str, &str)> = (fields.iter())
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            assert_eq!(
                sent,
                [
                    ("IpProtocol", "ICMPv6"),
                    ("PortRange", "-1/-1"),
                    ("Policy", "accept"),
                    ("Priority", "1"),
                    (member, "2001:db8::/32"),
                    ("Description", "landbridge:t"),
                ]
            );
        }
    }

    fn read(doc: &Value) -> RuleRecord {
        read_rule(&"sg-1".into(), Doc::of(doc)).expect("reads")
    }

    #[test]
    fn what_is_read_back_equals_what_was_meant() {
        let rule = read(
            &json!({"SecurityGroupRuleId": "sgr-1", "Direction": "ingress", "IpProtocol": "TCP", "PortRange": "1/65535",
            "SourceCidrIp": "10.0.0.0/8", "SourceGroupId": "", "Policy": "Accept", "Priority": "1", "Description": "landbridge:t"}),
        );
        assert_eq!(
            rule.rule,
            Rule::allow(Direction::Ingress, Protocol::Tcp, None, peer("10.0.0.0/8"))
        );
        assert_eq!(
            (rule.priority, rule.topology.as_deref()),
            (Some(1), Some("t"))
        );
    }

    #[test]
    fn drops_groups_lists_and_strange_protocols_are_told_apart() {
        let drop = read(
            &json!({"Direction": "egress", "IpProtocol": "ALL", "PortRange": "-1/-1", "DestCidrIp": "0.0.0.0/0", "Policy": "Drop", "Priority": 100}),
        );
        assert_eq!(
            (drop.rule.action, drop.rule.direction, drop.priority),
            (Action::Deny, Direction::Egress, Some(100))
        );
        let group = read(
            &json!({"IpProtocol": "icmp", "SourceGroupId": "sg-2", "SourceGroupOwnerAccount": ""}),
        );
        assert_eq!(
            group.rule.peer,
            RulePeer::Group {
                id: "sg-2".into(),
                account: None
            }
        );
        for (shown, account) in [("0123", Some("0123")), ("acme@example.com", None)] {
            let foreign = read(
                &json!({"IpProtocol": "icmp", "SourceGroupId": "sg-2", "SourceGroupOwnerAccount": shown}),
            );
            let owner = |account: &str| RulePeer::Group {
                id: "sg-2".into(),
                account: Some(account.into()),
            };
            let written = Rule::allow(Direction::Ingress, Protocol::Icmp, None, owner("0123"));
            assert!(foreign.rule.same_as(&written));
            let RulePeer::Group { account: read, .. } = foreign.rule.peer else {
                panic!("no group");
            };
            assert_eq!(read.as_ref().map(|id| id.as_str()), account);
        }
        let list = read(&json!({"IpProtocol": "icmp", "SourcePrefixListId": "pl-1"}));
        assert_eq!(
            list.rule.peer,
            RulePeer::PrefixList(PrefixList::new("pl-1"))
        );
        let esp = read(&json!({"IpProtocol": "50", "SourceCidrIp": "10.0.0.0/8"}));
        assert_eq!(esp.rule.protocol, Protocol::Number(50));
        let strange = read(&json!({"IpProtocol": "quic", "SourceCidrIp": "10.0.0.0/8"}));
        assert_eq!(strange.rule.only.unread, ["protocol quic"]);
        assert_eq!(strange.rule.peer, peer("10.0.0.0/8"));
    }

    #[test]
    fn rules_with_more_conditions_never_pass_for_plain_ones() {
        let plain = json!({"IpProtocol": "TCP", "PortRange": "22/22", "SourceCidrIp": "10.0.0.0/8", "Policy": "Accept"});
        let with = |member: &str, value: &str| {
            let mut doc = plain.clone();
            doc[member] = value.into();
            read(&doc).rule
        };
        let wanted = read(&plain).rule;
        assert!(wanted.only.is_none());
        for (member, value) in [
            ("DestCidrIp", "10.1.0.0/24"),
            ("SourcePortRange", "1/1023"),
            ("PortRangeListId", "prl-1"),
            ("PortRange", "22"),
            ("Policy", "Mirror"),
            ("IpProtocol", "quic"),
            ("SourceCidrIp", "10.0.0.0-10.0.0.9"),
        ] {
            let narrower = with(member, value);
            assert!(!narrower.same_as(&wanted), "{member} {value}: {narrower}");
        }
        for (member, value) in [
            ("DestCidrIp", ""),
            ("SourcePortRange", "-1/-1"),
            ("SourcePortRange", "1/65535"),
            ("Policy", "accept"),
            ("PortRangeListId", ""),
        ] {
            assert!(with(member, value).same_as(&wanted), "{member} {value}");
        }
    }
}
