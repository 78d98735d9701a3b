//! Sessions end when they like; an apply does not end with them.

use std::sync::Arc;

use landbridge_aliyun::Aliyun;
use landbridge_aliyun::credential::{AssumeRoleCredentials, StaticCredentials};
use landbridge_core::engine::Engine;
use landbridge_core::plan::plan;
use landbridge_core::topology::Topology;
use landbridge_sim::{Call, FaultEffect, FaultRule, RoleSpec, Simulator};

use crate::virtual_time::VirtualTime;
use crate::world::{three_networks, two_accounts};

/// Two networks of two accounts in one region: every kind of call, and few of each.
pub(crate) fn two_networks() -> Topology {
    let mut topology = three_networks();
    topology.networks.retain(|network| network.name != "vpc3");
    for interconnect in &mut topology.interconnects {
        interconnect.members.retain(|member| member != "vpc3");
    }
    for firewall in &mut topology.firewalls {
        firewall.networks.retain(|network| network != "vpc3");
    }
    topology.instances.clear();
    topology
}

/// A simulator on which both accounts are entered through roles.
async fn world() -> (Simulator, Engine) {
    let simulator = Simulator::start().await.expect("the simulator starts");
    let clock = Arc::new(VirtualTime(simulator.clone()));
    let mut builder = Aliyun::builder()
        .clock(clock.clone())
        .endpoint(&simulator.url())
        .expect("a loopback address is allowed");
    for account in two_accounts() {
        let keys = simulator.provision(account);
        let id = keys.account_id.as_str();
        simulator.provision_role(RoleSpec::new(id, "runner").trust(id));
        let source = StaticCredentials::new(&keys.access_key_id, keys.access_key_secret.as_str());
        let role = format!("acs:ram::{id}:role/runner");
        let session = AssumeRoleCredentials::new(Arc::new(source), role);
        builder = builder.credentials(id, Arc::new(session));
    }
    let provider = Arc::new(builder.build().expect("a provider"));
    let engine = Engine::new().with_clock(clock).with_provider(provider);
    (simulator, engine)
}

/// Applies the topology while the session of the `nth` signed call ends before it; gives the calls made.
async fn apply_with_expiry(topology: &Topology, nth: Option<u64>) -> usize {
    let (simulator, engine) = world().await;
    if let Some(nth) = nth {
        simulator.add_fault(FaultRule::new(FaultEffect::ExpireSession).nth(nth));
    }
    let observed = engine.observe(topology).await.expect("observe");
    if let Err(error) = engine.apply(&plan(topology, &observed)).await {
        panic!("call {nth:?}: {error}");
    }
    let calls = simulator.calls();
    let sessions = opened(&calls);
    assert!(
        sessions <= 3,
        "call {nth:?}: two sessions and one renewal, not {sessions}"
    );
    let observed = engine.observe(topology).await.expect("observe");
    let second = plan(topology, &observed);
    assert!(second.is_empty(), "call {nth:?}: {second}");
    calls.len()
}

fn opened(calls: &[Call]) -> usize {
    let opened = calls.iter().filter(|call| call.action == "AssumeRole");
    opened.count()
}

/// Every second call, from this one, so that two threads share the work.
async fn expiry_at_every_second_call(from: u64) {
    let topology = two_networks();
    let calls = apply_with_expiry(&topology, None).await;
    assert!(calls > 50, "the apply is not trivial: {calls} calls");
    for nth in (from..=calls as u64).step_by(2) {
        apply_with_expiry(&topology, Some(nth)).await;
    }
}

#[tokio::test]
async fn a_session_that_ends_at_any_odd_call_of_an_apply_ends_nothing_else() {
    expiry_at_every_second_call(1).await;
}

#[tokio::test]
async fn a_session_that_ends_at_any_even_call_of_an_apply_ends_nothing_else() {
    expiry_at_every_second_call(2).await;
}

#[tokio::test]
async fn sessions_that_end_all_the_time_end_nothing_else() {
    let topology = two_networks();
    let (simulator, engine) = world().await;
    // Further apart than the calls that may be under way, each of which is sent twice.
    for nth in (25..2000).step_by(25) {
        simulator.add_fault(FaultRule::new(FaultEffect::ExpireSession).nth(nth));
    }
    let observed = engine.observe(&topology).await.expect("observe");
    if let Err(error) = engine.apply(&plan(&topology, &observed)).await {
        panic!("{error}");
    }
    let sessions = opened(&simulator.calls());
    assert!(sessions > 4, "{sessions}");
}
