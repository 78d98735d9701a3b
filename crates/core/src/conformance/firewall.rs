//! Groups and their rules.

use super::check::{Check, Stop, always, check, ensure, refused};
use super::lab::Lab;
use super::lifecycle::lifecycle;
use super::recipe::{AGroup, AnInstance};
use crate::error::ErrorKind;
use crate::ids::GroupId;
use crate::traits::{
    CreateGroup, Direction, GroupRecord, PortRange, Protocol, Rule, RulePeer, RuleRecord,
};

const ROUND_TRIP: &str = "an added rule is listed as it was asked for, once, and marked as its topology's, \
                          for every shape of ports and ranges";

pub(super) fn checks() -> Vec<Check> {
    let mut checks = lifecycle!("group", AGroup, always, token always);
    checks.extend([
        check!(
            "group.create.record",
            always,
            "a group is made in its network",
            record
        ),
        check!(
            "group.delete.with-members",
            always,
            "deleting a group fails with InUse while it has members",
            delete_with_members
        ),
        check!(
            "group.delete.referred",
            always,
            "deleting a group fails with InUse while rules elsewhere refer to it",
            delete_referred
        ),
        check!("rule.authorize.tcp", always, ROUND_TRIP, tcp_rules),
        check!("rule.authorize.udp", always, ROUND_TRIP, udp_rules),
        check!("rule.authorize.icmp", always, ROUND_TRIP, icmp_rules),
        check!("rule.authorize.icmpv6", always, ROUND_TRIP, icmpv6_rules),
        check!("rule.authorize.gre", always, ROUND_TRIP, gre_rules),
        check!("rule.authorize.all", always, ROUND_TRIP, rules_of_all),
        check!(
            "rule.authorize.group",
            always,
            "an added rule that names a group is listed as it was asked for, once, and marked as \
             its topology's",
            rules_of_groups
        ),
        check!(
            "rule.authorize.again",
            always,
            "rules that exist are left as they are",
            authorize_again
        ),
        check!(
            "rule.authorize.partly",
            always,
            "rules that are missing are added beside those that exist",
            authorize_partly
        ),
        check!(
            "rule.revoke",
            always,
            "a removed rule is listed no more",
            revoke
        ),
        check!(
            "rule.revoke.exact",
            always,
            "exactly the named rules are removed, and no others",
            revoke_exact
        ),
        check!(
            "rule.revoke.foreign",
            always,
            "a rule named without an id is removed only if it is of the named topology",
            revoke_foreign
        ),
        check!(
            "rule.revoke.absent",
            always,
            "removing an absent rule succeeds, beside rules that are there",
            revoke_absent
        ),
    ]);
    checks
}

async fn record(lab: &Lab) -> Result<(), Stop> {
    let network = lab.network(&lab.home, 0).await?;
    let request = CreateGroup::new(lab.label("group/made"), network.id.clone());
    let made = lab.patient(|| lab.home.create_group(&request)).await?;
    lab.keep(&lab.home, &made);
    let listed = lab.ready(&lab.home, &made.id).await?;
    for one in [&made, &listed] {
        ensure(one.network.as_ref() == Some(&network.id), || {
            format!("{one:?}")
        })?;
    }
    Ok(())
}

async fn delete_with_members(lab: &Lab) -> Result<(), Stop> {
    let (recipe, _) = lab.make::<AnInstance>(0).await?;
    let group = recipe.group;
    refused(
        lab.patient(|| lab.home.delete_group(&group)).await,
        &[ErrorKind::InUse],
    )
}

async fn delete_referred(lab: &Lab) -> Result<(), Stop> {
    let pair = Pair::make(lab).await?;
    let peer = RulePeer::Group {
        id: pair.named.id.clone(),
        account: None,
    };
    let rule = Rule::allow(Direction::Ingress, Protocol::Tcp, None, peer);
    pair.authorize(lab, &lab.topology(), &[rule]).await?;
    refused(
        lab.patient(|| lab.home.delete_group(&pair.named.id)).await,
        &[ErrorKind::InUse],
    )
}

/// Two groups of one network.
struct Pair {
    named: GroupRecord,
    holder: GroupRecord,
}

impl Pair {
    async fn make(lab: &Lab) -> Result<Self, Stop> {
        let network = lab.network(&lab.home, 0).await?;
        Ok(Self {
            named: lab.group(&lab.home, &network, "group/named").await?,
            holder: lab.group(&lab.home, &network, "group/holder").await?,
        })
    }

    async fn authorize(&self, lab: &Lab, topology: &str, rules: &[Rule]) -> Result<(), Stop> {
        authorize(lab, &self.holder.id, topology, rules).await
    }
}

async fn holder(lab: &Lab) -> Result<GroupId, Stop> {
    let network = lab.network(&lab.home, 0).await?;
    Ok(lab.group(&lab.home, &network, "group/holder").await?.id)
}

async fn authorize(lab: &Lab, group: &GroupId, topology: &str, rules: &[Rule]) -> Result<(), Stop> {
    lab.patient(|| lab.home.authorize_rules(group, topology, rules))
        .await?;
    Ok(())
}

async fn revoke_rules(lab: &Lab, group: &GroupId, rules: &[RuleRecord]) -> Result<(), Stop> {
    lab.patient(|| lab.home.revoke_rules(group, rules)).await?;
    Ok(())
}

/// The records of a rule: none, or one.
async fn records(lab: &Lab, group: &GroupId, rule: &Rule) -> Result<Vec<RuleRecord>, Stop> {
    let listed = lab.home.list_rules(group).await?;
    let is_it = |one: &RuleRecord| one.rule.same_as(rule);
    Ok(listed.into_iter().filter(is_it).collect())
}

/// The one record of a rule.
async fn record_of(lab: &Lab, group: &GroupId, rule: &Rule) -> Result<RuleRecord, Stop> {
    let mut found = records(lab, group, rule).await?;
    let one = found.pop().filter(|_| found.is_empty());
    one.ok_or_else(|| Stop::broken(format!("`{rule}` is not listed once")))
}

fn tcp(port: u16) -> Rule {
    let peer = RulePeer::Range(ipnet::Ipv4Net::new_assert([192, 168, 7, 0].into(), 24).into());
    Rule::allow(
        Direction::Ingress,
        Protocol::Tcp,
        Some(PortRange::single(port)),
        peer,
    )
}

/// The far ends of rules that are ranges.
fn ranges(protocol: Protocol) -> Vec<RulePeer> {
    let v4 = |a: [u8; 4], prefix| ipnet::Ipv4Net::new_assert(a.into(), prefix).into();
    let v6 = ipnet::Ipv6Net::new_assert([0xfd00, 7, 0, 0, 0, 0, 0, 0].into(), 48).into();
    let (net, host) = (v4([192, 168, 7, 0], 24), v4([192, 168, 9, 9], 32));
    let ranges = match protocol {
        Protocol::Tcp | Protocol::Udp | Protocol::All => vec![net, host, v6],
        Protocol::Icmpv6 => vec![v6],
        _ => vec![net, host],
    };
    ranges.into_iter().map(RulePeer::Range).collect()
}

/// Rules of a protocol in both directions, for every shape of ports.
fn every_shape(protocol: Protocol, peers: &[RulePeer]) -> Vec<Rule> {
    let some = |first, last| Some(PortRange { first, last });
    let ports = match protocol.has_ports() {
        true => vec![None, some(22, 22), some(8000, 8080)],
        false => vec![None],
    };
    let mut rules = Vec::new();
    for direction in [Direction::Ingress, Direction::Egress] {
        for ports in &ports {
            let rule = |peer: &RulePeer| Rule::allow(direction, protocol, *ports, peer.clone());
            rules.extend(peers.iter().map(rule));
        }
    }
    rules
}

async fn tcp_rules(lab: &Lab) -> Result<(), Stop> {
    round_trip(lab, Protocol::Tcp).await
}

async fn udp_rules(lab: &Lab) -> Result<(), Stop> {
    round_trip(lab, Protocol::Udp).await
}

async fn icmp_rules(lab: &Lab) -> Result<(), Stop> {
    round_trip(lab, Protocol::Icmp).await
}

async fn icmpv6_rules(lab: &Lab) -> Result<(), Stop> {
    round_trip(lab, Protocol::Icmpv6).await
}

async fn gre_rules(lab: &Lab) -> Result<(), Stop> {
    round_trip(lab, Protocol::Gre).await
}

async fn rules_of_all(lab: &Lab) -> Result<(), Stop> {
    round_trip(lab, Protocol::All).await
}

async fn rules_of_groups(lab: &Lab) -> Result<(), Stop> {
    let pair = Pair::make(lab).await?;
    let peer = RulePeer::Group {
        id: pair.named.id.clone(),
        account: None,
    };
    let protocols = [Protocol::Tcp, Protocol::Udp, Protocol::Icmp, Protocol::All];
    let rules = protocols.map(|protocol| every_shape(protocol, std::slice::from_ref(&peer)));
    let rules = rules.concat();
    pair.authorize(lab, &lab.topology(), &rules).await?;
    listed_as_added(lab, &pair.holder.id, &rules).await
}

async fn round_trip(lab: &Lab, protocol: Protocol) -> Result<(), Stop> {
    let group = holder(lab).await?;
    let rules = every_shape(protocol, &ranges(protocol));
    let topology = lab.topology();
    let call = || (lab.home).authorize_rules(&group, &topology, &rules);
    match lab.patient(call).await {
        Err(error)
            if error.kind() == ErrorKind::Unsupported
                && matches!(protocol, Protocol::Gre | Protocol::Icmpv6) =>
        {
            let listed = lab.home.list_rules(&group).await?;
            let added = |rule: &&Rule| listed.iter().any(|one| one.rule.same_as(rule));
            let count = rules.iter().filter(added).count();
            ensure(count == 0, || {
                format!("{count} rules were added and {error}")
            })?;
            return Err(Stop::NotOffered(error.message().to_owned()));
        }
        other => other?,
    }
    listed_as_added(lab, &group, &rules).await
}

async fn listed_as_added(lab: &Lab, group: &GroupId, rules: &[Rule]) -> Result<(), Stop> {
    let listed = lab.home.list_rules(group).await?;
    let topology = Some(lab.topology());
    for rule in rules {
        let found: Vec<_> = listed.iter().filter(|one| one.rule.same_as(rule)).collect();
        ensure(
            matches!(found.as_slice(), [one] if one.topology == topology && one.group == *group),
            || format!("`{rule}` is listed as {found:?}"),
        )?;
    }
    let ours = listed.iter().filter(|one| one.topology == topology).count();
    ensure(ours == rules.len(), || {
        format!("{} rules were added and {ours} are listed", rules.len())
    })
}

async fn authorize_again(lab: &Lab) -> Result<(), Stop> {
    let group = holder(lab).await?;
    authorize(lab, &group, &lab.topology(), &[tcp(22)]).await?;
    authorize(lab, &group, &lab.topology(), &[tcp(22)]).await?;
    authorize(lab, &group, &lab.other_topology(), &[tcp(22)]).await?;
    let one = record_of(lab, &group, &tcp(22)).await?;
    ensure(one.topology == Some(lab.topology()), || {
        format!("it is marked as of {:?} afterwards", one.topology)
    })
}

async fn authorize_partly(lab: &Lab) -> Result<(), Stop> {
    let group = holder(lab).await?;
    authorize(lab, &group, &lab.topology(), &[tcp(22)]).await?;
    authorize(lab, &group, &lab.topology(), &[tcp(21), tcp(22), tcp(23)]).await?;
    for port in [21, 22, 23] {
        record_of(lab, &group, &tcp(port)).await?;
    }
    Ok(())
}

async fn revoke(lab: &Lab) -> Result<(), Stop> {
    let group = holder(lab).await?;
    authorize(lab, &group, &lab.topology(), &[tcp(22)]).await?;
    let one = record_of(lab, &group, &tcp(22)).await?;
    revoke_rules(lab, &group, &[one]).await?;
    let left = records(lab, &group, &tcp(22)).await?;
    ensure(left.is_empty(), || format!("{left:?}"))
}

async fn revoke_exact(lab: &Lab) -> Result<(), Stop> {
    let group = holder(lab).await?;
    authorize(lab, &group, &lab.topology(), &[tcp(22), tcp(23)]).await?;
    authorize(lab, &group, &lab.other_topology(), &[tcp(24)]).await?;
    let before = lab.home.list_rules(&group).await?;
    let one = record_of(lab, &group, &tcp(22)).await?;
    revoke_rules(lab, &group, std::slice::from_ref(&one)).await?;
    let after = lab.home.list_rules(&group).await?;
    for rule in before.iter().filter(|rule| **rule != one) {
        ensure(after.contains(rule), || {
            format!("`{}` is gone too", rule.rule)
        })?;
    }
    Ok(())
}

async fn revoke_foreign(lab: &Lab) -> Result<(), Stop> {
    let group = holder(lab).await?;
    authorize(lab, &group, &lab.other_topology(), &[tcp(24)]).await?;
    let one = record_of(lab, &group, &tcp(24)).await?;
    let ours = RuleRecord {
        id: None,
        topology: Some(lab.topology()),
        ..one.clone()
    };
    revoke_rules(lab, &group, &[ours]).await?;
    record_of(lab, &group, &tcp(24)).await?;
    let theirs = RuleRecord { id: None, ..one };
    revoke_rules(lab, &group, &[theirs]).await?;
    let left = records(lab, &group, &tcp(24)).await?;
    ensure(left.is_empty(), || {
        format!("named with its own topology: {left:?}")
    })
}

async fn revoke_absent(lab: &Lab) -> Result<(), Stop> {
    let group = holder(lab).await?;
    authorize(lab, &group, &lab.topology(), &[tcp(22), tcp(23)]).await?;
    let gone = record_of(lab, &group, &tcp(22)).await?;
    let there = record_of(lab, &group, &tcp(23)).await?;
    revoke_rules(lab, &group, std::slice::from_ref(&gone)).await?;
    revoke_rules(lab, &group, std::slice::from_ref(&gone)).await?;
    revoke_rules(lab, &group, &[gone, there]).await?;
    let left = records(lab, &group, &tcp(23)).await?;
    ensure(left.is_empty(), || {
        format!("the one that was there: {left:?}")
    })
}
