//! TCP beside ICMP: connections that are opened, refused or lost, and what the configuration says of each.

use std::path::Path;

use landbridge_core::topology::{FirewallRuleSpec, RuleSource, Topology};
use landbridge_core::verify::{Connection, Traffic, Verdict, VerifyReport};
use landbridge_core::{CloudProvider, Direction, PortRange, Protocol, RuleRecord};

use crate::world::{B, World, place, three_networks, two_accounts};

const SSH: Traffic = Traffic::tcp(22);
const WEB: Traffic = Traffic::tcp(443);

fn with_web(mut topology: Topology) -> Topology {
    let members = || [RuleSource::Members("backbone".to_owned())];
    let rule = FirewallRuleSpec::allow(Protocol::Tcp, members()).with_port(443);
    topology.firewalls[0].rules.push(rule);
    topology
}

async fn verified(world: &World, topology: &Topology, traffic: Traffic) -> VerifyReport {
    let seen = world.engine.observe(topology).await.expect("observe");
    let report = world.engine.verify_traffic(topology, &seen, traffic).await;
    report.expect("verdicts")
}

/// What became of the connections, in order; all of one outcome are one.
fn outcomes(report: &VerifyReport) -> Vec<Connection> {
    let tried = report.pairs.iter().map(|pair| {
        let tried = pair.connection.as_ref();
        let outcome = tried.and_then(|tried| tried.outcome);
        outcome.unwrap_or_else(|| panic!("no connection was tried: {pair}"))
    });
    let mut outcomes: Vec<Connection> = tried.collect();
    outcomes.dedup();
    outcomes
}

/// Takes the rules for a port out of the group of account B in Hangzhou, as others might.
async fn close(world: &World, topology: &Topology, port: u16) -> String {
    let there = place(B, "cn-hangzhou");
    let seen = world.engine.observe(topology).await.expect("observe");
    let is_it = |record: &&RuleRecord| {
        record.rule.direction == Direction::Ingress
            && record.rule.ports == Some(PortRange::single(port))
    };
    let rules = &seen.at(&there).expect("the place").rules;
    let rules: Vec<RuleRecord> = rules.iter().filter(is_it).cloned().collect();
    let group = rules.first().expect("a rule").group.clone();
    let cloud = world.provider.cloud(&there).await.expect("a handle");
    cloud.revoke_rules(&group, &rules).await.expect("revoked");
    group.to_string()
}

#[tokio::test]
async fn connections_are_opened_refused_and_lost_as_the_configuration_says() {
    let world = World::start(two_accounts()).await;
    let topology = with_web(three_networks());
    world.apply(&topology).await;

    let ssh = verified(&world, &topology, SSH).await;
    assert!(ssh.passed() && ssh.pairs.len() == 6, "{ssh}");
    assert_eq!(outcomes(&ssh), [Connection::Connected], "{ssh}");

    let web = verified(&world, &topology, WEB).await;
    assert!(web.passed(), "a refused connection is an open path: {web}");
    assert_eq!(outcomes(&web), [Connection::Refused], "{web}");
    let text = web.to_string();
    assert!(text.contains("nothing listens on tcp 443"), "{text}");

    let group = close(&world, &topology, 443).await;
    let closed = verified(&world, &topology, WEB).await;
    let mut to_b = 0;
    for pair in &closed.pairs {
        let tried = pair.connection.as_ref().expect("a connection was tried");
        if pair.destination_place != place(B, "cn-hangzhou") {
            assert_eq!(tried.outcome, Some(Connection::Refused), "{pair}");
            continue;
        }
        to_b += 1;
        assert_eq!(tried.outcome, Some(Connection::Silent), "{pair}");
        assert_eq!(pair.verdict(), Verdict::Blocked, "{pair}");
        let blocked = pair.path.blocked.as_ref().expect("an element");
        assert!(blocked.element.contains(&group), "{blocked:?}");
        assert!(blocked.cause.contains("tcp 443"), "{blocked:?}");
    }
    assert_eq!(to_b, 2, "{closed}");
    // Other traffic is not concerned.
    assert!(verified(&world, &topology, SSH).await.passed());
    assert!(world.verify(&topology).await.passed());
}

#[tokio::test]
async fn a_port_that_is_listened_on_without_a_rule_for_it_is_silent() {
    let world = World::start(two_accounts()).await;
    let topology = three_networks();
    world.apply(&topology).await;
    world.simulator.listen_by_default(&[22, 443]);
    let closed = verified(&world, &topology, WEB).await;
    assert_eq!(outcomes(&closed), [Connection::Silent], "{closed}");
    assert!(closed.failed() && closed.reachable() == 0, "{closed}");

    let topology = with_web(topology);
    world.apply(&topology).await;
    let open = verified(&world, &topology, WEB).await;
    assert_eq!(outcomes(&open), [Connection::Connected], "{open}");
}

#[tokio::test]
async fn connections_are_tried_in_both_families() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/topologies/cen-dual-stack.yaml");
    let topology = Topology::from_file(&path).expect("the example is good");
    let world = World::start(two_accounts()).await;
    world.apply(&topology).await;
    let report = verified(&world, &topology, SSH).await;
    assert!(report.passed() && report.pairs.len() == 4, "{report}");
    assert_eq!(outcomes(&report), [Connection::Connected], "{report}");
    let pairs = report.pairs.iter();
    let sixth = pairs.filter(|pair| pair.destination_address.is_ipv6());
    assert_eq!(sixth.count(), 2, "{report}");

    // What lets in IPv4 only leaves IPv6 silent, and is named.
    let web = with_web(topology.clone());
    world.apply(&web).await;
    let both = verified(&world, &web, WEB).await;
    assert_eq!(outcomes(&both), [Connection::Refused], "{both}");
    let there = place(B, "cn-hangzhou");
    let seen = world.engine.observe(&web).await.expect("observe");
    let is_it = |record: &&RuleRecord| {
        let peer = record.rule.peer.to_string();
        record.rule.direction == Direction::Ingress
            && record.rule.ports == Some(PortRange::single(443))
            && peer.contains(':')
    };
    let rules = &seen.at(&there).expect("the place").rules;
    let rules: Vec<RuleRecord> = rules.iter().filter(is_it).cloned().collect();
    let group = rules.first().expect("a rule for IPv6").group.clone();
    let cloud = world.provider.cloud(&there).await.expect("a handle");
    cloud.revoke_rules(&group, &rules).await.expect("revoked");
    let half = verified(&world, &web, WEB).await;
    for pair in &half.pairs {
        let outcome = pair.connection.as_ref().and_then(|tried| tried.outcome);
        let is_closed = pair.destination == "ecs2" && pair.destination_address.is_ipv6();
        let expected = match is_closed {
            true => Connection::Silent,
            false => Connection::Refused,
        };
        assert_eq!(outcome, Some(expected), "{half}");
        assert_eq!(pair.path.blocked.is_some(), is_closed, "{half}");
    }
}
