use landbridge_core::engine::Stopped;
use landbridge_core::memory::MemoryAccount;
use landbridge_core::preflight::{Report, preflight};
use landbridge_core::topology::{Firewall, FirewallRuleSpec, Interconnect, RuleSource, Topology};
use landbridge_core::{CloudService, ErrorKind, IdentityKind, Protocol, Zone};

use crate::common::{A, B, network, topology, world, world_like, world_of};

async fn check(topology: &Topology, accounts: [MemoryAccount; 2]) -> Report {
    let (engine, provider, _) = world_of(accounts);
    let report = preflight(topology, &engine.observe(topology).await.expect("observe"));
    assert_eq!(provider.write_count(), 0);
    report
}

fn accounts() -> [MemoryAccount; 2] {
    [MemoryAccount::new(A), MemoryAccount::new(B)]
}

#[tokio::test]
async fn a_root_key_is_refused_and_named() {
    let report = check(
        &topology(),
        [
            MemoryAccount::new(A).with_kind(IdentityKind::Root),
            MemoryAccount::new(B),
        ],
    )
    .await;
    assert_eq!(report.codes(), ["identity/root"]);
    assert!(report.to_string().contains(A));
}

#[tokio::test]
async fn a_wrong_account_is_refused_and_named() {
    let report = check(
        &topology(),
        [
            MemoryAccount::new(A).with_actual("9"),
            MemoryAccount::new(B),
        ],
    )
    .await;
    assert_eq!(report.codes(), ["identity/wrong-account"]);
}

#[tokio::test]
async fn two_accounts_with_the_keys_of_one_are_refused() {
    let report = check(
        &topology(),
        [MemoryAccount::new(A), MemoryAccount::new(B).with_actual(A)],
    )
    .await;
    assert_eq!(report.codes(), ["identity/same-account"]);
}

#[tokio::test]
async fn apply_itself_refuses_a_wrong_account_before_the_first_write() {
    let (engine, provider, _) = world_of([
        MemoryAccount::new(A).with_actual("9"),
        MemoryAccount::new(B),
    ]);
    let (healthy, _, _) = world();
    let topology = topology();
    let plan = landbridge_core::plan::plan(
        &topology,
        &healthy.observe(&topology).await.expect("observe"),
    );
    let error = engine.apply(&plan).await.expect_err("refused");
    assert!(matches!(error.reason, Stopped::Refused(_)), "{error}");
    assert_eq!(
        (error.kind(), error.done()),
        (ErrorKind::Unauthenticated, 0)
    );
    assert!(error.to_string().contains("belong to account 9"), "{error}");
    assert_eq!(provider.write_count(), 0);
}

#[tokio::test]
async fn a_closed_service_needs_consent() {
    let closed = || {
        [
            MemoryAccount::new(A),
            MemoryAccount::new(B).with_closed(CloudService::Hub),
        ]
    };
    let report = check(&topology(), closed()).await;
    assert_eq!(report.codes(), ["service/not-open"]);

    let mut consenting = topology();
    consenting.accounts[1].open_services = true;
    assert!(check(&consenting, closed()).await.passed());
    let (engine, provider, _) = world_of(closed());
    crate::apply::apply(&engine, &consenting).await;
    assert_eq!(
        provider
            .writes()
            .iter()
            .filter(|write| write.contains("open_service"))
            .count(),
        1
    );
}

#[tokio::test]
async fn all_findings_are_told_at_once() {
    let mut topology = topology();
    topology.networks[1] = network("two", "b", "r1", 1);
    topology.networks[2].subnets.pop();
    topology
        .interconnects
        .push(Interconnect::new("again", "a", ["one", "three"]));
    topology.networks.push(network("lonely", "a", "r1", 9));
    topology.firewalls.push(
        Firewall::new("odd", ["one"]).with_rule(FirewallRuleSpec::allow(
            Protocol::Tcp,
            [RuleSource::Network("lonely".to_owned())],
        )),
    );
    let report = check(&topology, accounts()).await;
    assert!(!report.passed());
    for code in [
        "range/overlap",
        "zone/too-few",
        "route/ambiguous",
        "rule/never-matches",
    ] {
        assert!(
            report.codes().contains(&code),
            "{code} is missing in {report}"
        );
    }
}

#[tokio::test]
async fn a_member_in_one_zone_is_joined_with_a_warning() {
    let mut topology = topology();
    topology.networks[2].subnets.pop();
    let (engine, ..) = world();
    let report = preflight(
        &topology,
        &engine.observe(&topology).await.expect("observe"),
    );
    assert!(report.passed(), "{report}");
    assert_eq!(report.codes(), ["zone/too-few"], "{report}");
    let told = report.to_string();
    assert!(told.contains("attaches it in r2-a only"), "{told}");
    assert!(
        told.contains("before the first apply: r2-b"),
        "another zone: {told}"
    );
    crate::apply::apply(&engine, &topology).await;
    let verified = engine.verify(&topology).await.expect("verify");
    assert!(verified.passed(), "{verified}");
    assert_eq!(verified.pairs.len(), 6, "{verified}");
}

#[tokio::test]
async fn a_member_without_a_subnet_where_hubs_are_is_refused() {
    let topology = topology();
    let (engine, ..) =
        world_like(|builder| builder.with_hub_zones("r2", [Zone::new("r2-c"), Zone::new("r2-d")]));
    let report = preflight(
        &topology,
        &engine.observe(&topology).await.expect("observe"),
    );
    assert!(!report.passed(), "{report}");
    assert_eq!(report.codes(), ["zone/no-subnet"], "{report}");
    let told = report.to_string();
    assert!(
        told.contains("network three") && told.contains("r2-c, r2-d"),
        "{told}"
    );
}

#[tokio::test]
async fn a_rule_open_to_everywhere_is_a_warning_only_because_the_topology_says_so() {
    let mut topology = topology();
    let everywhere = "0.0.0.0/0".parse().expect("a source");
    topology.firewalls[0]
        .rules
        .push(FirewallRuleSpec::allow(Protocol::Tcp, [everywhere]).with_port(443));
    let report = check(&topology, accounts()).await;
    assert!(report.passed());
    assert_eq!(report.codes(), ["rule/open"; 1]);
}

#[tokio::test]
async fn nothing_is_proven_with_the_keys_of_another_account() {
    let (engine, _, _) = world_of([
        MemoryAccount::new(A).with_actual("9"),
        MemoryAccount::new(B),
    ]);
    let topology = topology();
    assert!(engine.residue(&topology, None).await.is_err());
    assert!(engine.verify(&topology).await.is_err());
}
