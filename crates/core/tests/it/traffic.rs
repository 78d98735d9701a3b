//! Other traffic than pings: judged in both directions, and probed by connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use landbridge_core::engine::{Engine, EngineOptions};
use landbridge_core::event::{Event, EventStream};
use landbridge_core::memory::{FaultPoint, MemoryProvider};
use landbridge_core::topology::{FirewallRuleSpec, RuleSource, Topology};
use landbridge_core::verify::{
    Connection, ConnectionResult, PairVerdict, Probed, Traffic, Verdict, VerifyDocument,
    VerifyReport,
};
use landbridge_core::{
    Clock, Compute, Direction, ErrorKind, FirewallRule, Observation, PortRange, Protocol,
    RuleRecord,
};
use tokio_util::sync::CancellationToken;

use crate::apply::apply;
use crate::common::{B, topology, world};

const SSH: Traffic = Traffic::tcp(22);
const WEB: Traffic = Traffic::tcp(443);

/// The usual topology, whose instances listen on port 22, with port 443 let in as well.
fn with_web() -> Topology {
    let mut topology = topology();
    let members = || [RuleSource::Members("core".to_owned())];
    let rule = FirewallRuleSpec::allow(Protocol::Tcp, members()).with_port(443);
    topology.firewalls[0].rules.push(rule);
    topology
}

async fn applied(topology: &Topology) -> (Engine, MemoryProvider, Observation) {
    let (engine, provider, _) = world();
    apply(&engine, topology).await;
    let observation = engine.observe(topology).await.expect("observe");
    (engine, provider, observation)
}

async fn verified(
    engine: &Engine,
    topology: &Topology,
    seen: &Observation,
    traffic: Traffic,
) -> VerifyReport {
    let report = engine.verify_traffic(topology, seen, traffic).await;
    report.expect("verdicts")
}

fn pair<'r>(report: &'r VerifyReport, source: &'r str, destination: &'r str) -> &'r PairVerdict {
    let mut pairs = report.pairs.between(source, destination);
    pairs.next().expect("the pair")
}

fn tried(pair: &PairVerdict) -> &ConnectionResult {
    assert_eq!(pair.ping, None, "one method for each traffic");
    pair.connection.as_ref().expect("a connection was tried")
}

/// Takes the rule of a port out of the groups of account B, behind the engine's back.
async fn close(provider: &MemoryProvider, seen: &Observation, port: u16) {
    let is_b = |place: &&landbridge_core::Place| place.account.as_str() == B;
    let here = seen.inventories.iter().find(|one| is_b(&&one.place));
    let here = here.expect("the place of `two`");
    let is_it = |record: &&RuleRecord| {
        record.rule.direction == Direction::Ingress
            && record.rule.ports == Some(PortRange::single(port))
    };
    let rules: Vec<RuleRecord> = here.rules.iter().filter(is_it).cloned().collect();
    assert!(!rules.is_empty());
    let cloud = provider.memory_cloud(&here.place).expect("a handle");
    for rule in rules {
        let one = std::slice::from_ref(&rule);
        cloud.revoke_rules(&rule.group, one).await.expect("revoke");
    }
}

#[tokio::test]
async fn a_connection_to_a_port_that_listens_is_opened() {
    let topology = topology();
    let (engine, _, seen) = applied(&topology).await;
    let report = verified(&engine, &topology, &seen, SSH).await;
    assert!(report.passed() && report.pairs.len() == 6, "{report}");
    for pair in &report.pairs {
        let tried = tried(pair);
        assert_eq!(tried.outcome, Some(Connection::Connected), "{report}");
        assert_eq!((tried.port, tried.attempts), (22, 1), "{report}");
    }
    let text = report.to_string();
    assert!(
        text.starts_with("verify: 6 of 6 ordered pairs reachable on tcp 22\n"),
        "{text}"
    );
    assert!(text.contains("reachable, connected to tcp 22"), "{text}");
}

#[tokio::test]
async fn a_refused_connection_proves_an_open_path_and_says_so() {
    let topology = with_web();
    let (engine, _, seen) = applied(&topology).await;
    let report = verified(&engine, &topology, &seen, WEB).await;
    assert!(report.passed(), "{report}");
    let one = pair(&report, "i1", "i2");
    assert_eq!(tried(one).outcome, Some(Connection::Refused));
    assert_eq!(one.probed(), Some(Probed::Answered));
    let words = "reachable, connection refused: the path is open, and nothing listens on tcp 443";
    assert!(one.to_string().contains(words), "{one}");
    assert_eq!(one.explained(), None);
}

#[tokio::test]
async fn a_port_that_no_rule_lets_in_is_blocked_at_its_group_and_tried_once() {
    let topology = topology();
    let (engine, _, seen) = applied(&topology).await;
    let report = verified(&engine, &topology, &seen, WEB).await;
    assert!(report.failed() && report.reachable() == 0, "{report}");
    let one = pair(&report, "i1", "i2");
    let tried = tried(one);
    assert_eq!(
        (tried.outcome, tried.attempts),
        (Some(Connection::Silent), 1),
        "a path that is known to be closed is not waited for: {one}"
    );
    let blocked = one.path.blocked.as_ref().expect("an element");
    assert!(blocked.cause.contains("tcp 443"), "{blocked:?}");
    assert!(
        one.to_string().contains("BLOCKED, no answer from tcp 443"),
        "{one}"
    );
}

#[tokio::test]
async fn silence_on_a_way_that_the_configuration_leaves_open_is_waited_for_then_told() {
    let topology = with_web();
    let (engine, provider, clock) = world();
    apply(&engine, &topology).await;
    let seen = engine.observe(&topology).await.expect("observe");
    close(&provider, &seen, 443).await;
    let limit = EngineOptions::default().probe_limit;
    let before = clock.uptime();
    let report = verified(&engine, &topology, &seen, WEB).await;
    let waited = clock.uptime() - before;
    assert!(waited > limit / 2 && waited < 2 * limit, "{waited:?}");
    let one = pair(&report, "i1", "i2");
    assert_eq!(
        one.path.verdict(),
        Verdict::Reachable,
        "the observation is old"
    );
    assert_eq!(tried(one).outcome, Some(Connection::Silent), "{one}");
    assert!(tried(one).attempts > 5, "{one}");
    assert_eq!(
        (one.verdict(), one.probed()),
        (Verdict::Blocked, Some(Probed::Lost))
    );
    let explained = one.explained().expect("a cause").cause;
    assert!(
        explained.contains("the connection has no answer"),
        "{explained}"
    );
    assert!(
        pair(&report, "i2", "i1").reachable(),
        "the other way is open: {report}"
    );

    let again = engine.observe(&topology).await.expect("observe");
    let report = verified(&engine, &topology, &again, WEB).await;
    let blocked = pair(&report, "i1", "i2").path.blocked.as_ref();
    assert!(
        blocked.is_some_and(|stop| stop.cause.contains("tcp 443")),
        "{report}"
    );
}

#[tokio::test]
async fn without_an_agent_no_connection_is_tried_and_nobody_can_tell() {
    let topology = topology();
    let (engine, provider, seen) = applied(&topology).await;
    let of_b = |one: &&landbridge_core::Inventory| one.place.account.as_str() == B;
    let here = seen.inventories.iter().find(of_b).expect("b");
    let cloud = provider.memory_cloud(&here.place).expect("a handle");
    let gone = &here.instances[0].id;
    cloud.terminate_instance(gone).await.expect("terminate");
    let report = verified(&engine, &topology, &seen, SSH).await;
    let one = pair(&report, "i2", "i1");
    let tried = tried(one);
    assert_eq!((tried.outcome, tried.attempts), (None, 0), "{one}");
    let problem = tried.problem.as_deref().unwrap_or_default();
    assert!(problem.contains("without a running agent"), "{problem}");
    assert_eq!(
        (one.verdict(), one.probed()),
        (Verdict::Undecided, Some(Probed::NotSent))
    );
    let explained = one.explained().expect("a cause").cause;
    assert!(
        explained.contains("no connection could be tried"),
        "{explained}"
    );
    assert!(
        one.to_string().contains("NOT PROBED, no connection tried"),
        "{one}"
    );
}

#[tokio::test]
async fn lost_answers_of_the_agent_are_asked_for_again() {
    let topology = topology();
    let (engine, provider, seen) = applied(&topology).await;
    let (mut calls, failed) = (0, Arc::new(AtomicU32::new(0)));
    let count = Arc::clone(&failed);
    provider.set_weather(move |_| {
        calls += 1;
        let fails = calls % 2 == 0;
        count.fetch_add(u32::from(fails), Ordering::Relaxed);
        fails.then_some((FaultPoint::Before, ErrorKind::Unavailable))
    });
    let report = verified(&engine, &topology, &seen, SSH).await;
    provider.clear_weather();
    assert!(report.passed(), "{report}");
    assert!(failed.load(Ordering::Relaxed) > 6, "{report}");
}

#[tokio::test]
async fn a_cancelled_verification_says_so_of_what_it_could_not_try() {
    let topology = topology();
    let (engine, _, seen) = applied(&topology).await;
    let cancel = CancellationToken::new();
    cancel.cancel();
    let engine = engine.with_cancellation(cancel);
    let report = verified(&engine, &topology, &seen, SSH).await;
    assert_eq!(report.undecided(), 6, "{report}");
    let one = pair(&report, "i1", "i2");
    let problem = tried(one).problem.as_deref().unwrap_or_default();
    assert!(problem.contains("cancel"), "{problem}");
}

#[tokio::test]
async fn udp_is_judged_by_configuration_and_no_packet_is_sent() {
    let mut topology = topology();
    let members = || [RuleSource::Members("core".to_owned())];
    let rule = FirewallRuleSpec::allow(Protocol::Udp, members()).with_port(53);
    topology.firewalls[0].rules.push(rule);
    let (engine, _, seen) = applied(&topology).await;
    let report = verified(&engine, &topology, &seen, Traffic::udp(53)).await;
    assert!(report.passed(), "{report}");
    assert!(report.pairs.iter().all(|pair| pair.probed().is_none()));
    let text = report.to_string();
    let head = "verify: 6 of 6 ordered pairs reachable by configuration on udp 53\n  no packet was sent: instances probe icmp and tcp, not udp";
    assert!(text.starts_with(head), "{text}");
    let closed = verified(&engine, &topology, &seen, Traffic::udp(54)).await;
    assert_eq!(closed.reachable(), 0, "{closed}");
}

#[tokio::test]
async fn events_tell_connections() {
    let topology = topology();
    let (engine, _, seen) = applied(&topology).await;
    let (run, events) = engine.clone().with_event_stream();
    verified(&run, &topology, &seen, SSH).await;
    drop((run, engine));
    let told = told(events).await;
    let begun = |event: &Event| {
        matches!(
            event,
            Event::Connecting {
                attempt: 1,
                port: 22,
                ..
            }
        )
    };
    let connected = Some(Connection::Connected);
    let ended = |event: &Event| matches!(event, Event::ConnectionTried { outcome, .. } if *outcome == connected);
    assert_eq!(told.iter().filter(|event| begun(event)).count(), 6);
    assert_eq!(told.iter().filter(|event| ended(event)).count(), 6);
}

async fn told(mut events: EventStream) -> Vec<Event> {
    let mut told = Vec::new();
    while let Some(record) = events.next().await {
        told.push(record.event);
    }
    told
}

#[tokio::test]
async fn the_document_tells_traffic_and_connections_and_older_ones_are_about_pings() {
    let topology = topology();
    let (engine, _, seen) = applied(&topology).await;
    let report = verified(&engine, &topology, &seen, SSH).await;
    let at = std::time::UNIX_EPOCH + Duration::from_secs(1);
    let document = VerifyDocument::new(&topology, &seen, &report, at);
    assert_eq!((document.counts.answered, document.traffic), (6, SSH));
    let mut json = serde_json::to_value(&document).expect("JSON");
    assert_eq!(json["traffic"]["port"], 22);
    assert_eq!(json["verdicts"][0]["connection"]["outcome"], "connected");
    let back: VerifyDocument = serde_json::from_value(json.clone()).expect("a document");
    assert_eq!(back, document);
    let page = landbridge_core::page::Page::of_verification(&document).to_html();
    assert!(page.contains("tcp 22, from the first end"), "{page}");
    assert!(page.contains("reachable by configuration; connected to tcp 22"));

    json.as_object_mut().expect("an object").remove("traffic");
    for verdict in json["verdicts"].as_array_mut().expect("a list") {
        let verdict = verdict.as_object_mut().expect("an object");
        verdict.retain(|name, _| name != "traffic" && name != "connection");
    }
    let older: VerifyDocument = serde_json::from_value(json).expect("an older document");
    assert_eq!(older.traffic, Traffic::PING);
    assert!(older.verdicts.iter().all(|pair| pair.connection.is_none()));
}

#[test]
fn traffic_is_read_as_it_is_typed_and_nothing_else() {
    let read = |text: &str| text.parse::<Traffic>().ok();
    assert_eq!(read("icmp"), Some(Traffic::PING));
    assert_eq!(read("tcp:443"), Some(WEB));
    assert_eq!(read("udp:53"), Some(Traffic::udp(53)));
    for bad in [
        "",
        "tcp",
        "tcp:",
        "tcp:0",
        "tcp:65536",
        "tcp:22;reboot",
        "TCP:22",
        "sctp:1",
        "icmp:8",
    ] {
        let error = bad.parse::<Traffic>().expect_err(bad).to_string();
        let expected = format!("invalid traffic `{bad}`: expected icmp, tcp:PORT or udp:PORT");
        assert!(error.contains(&expected), "{error}");
    }
}
