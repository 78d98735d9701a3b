use landbridge_core::object::{Kind, OpKind};

use crate::place_reads_support::sees_the_same;
use crate::world::{World, three_networks, two_accounts};

#[tokio::test]
async fn three_networks_of_two_accounts_in_two_regions_reach_each_other_and_leave_nothing() {
    let world = World::start(two_accounts()).await;
    let topology = three_networks();
    let report = world.preflight(&topology).await;
    assert!(report.passed(), "{report}");

    let plan = world.plan(&topology).await;
    let count = |kind: OpKind| {
        plan.steps
            .iter()
            .filter(|step| step.op.kind() == kind)
            .count()
    };
    assert_eq!(count(OpKind::create(Kind::Network)), 3);
    assert_eq!(count(OpKind::create(Kind::Subnet)), 6);
    assert_eq!(count(OpKind::create(Kind::Hub)), 3);
    assert_eq!(count(OpKind::create(Kind::Grant)), 1);
    assert_eq!(count(OpKind::create(Kind::Peering)), 4);
    assert_eq!(count(OpKind::create(Kind::Learning)), 2 * 3 + 4);
    assert_eq!(count(OpKind::create(Kind::Route)), 6);
    assert_eq!(count(OpKind::create(Kind::Group)), 3);
    assert_eq!(count(OpKind::create(Kind::Instance)), 3);

    world.apply(&topology).await;
    sees_the_same(&world.engine, &world.simulator, &topology).await;
    let verified = world.verify(&topology).await;
    assert_eq!(verified.pairs.len(), 6);
    assert!(verified.passed(), "{verified}");
    assert!(
        verified
            .pairs
            .iter()
            .all(|pair| pair.ping.as_ref().is_some_and(|ping| ping.received == 4))
    );
    let mut addresses: Vec<String> = verified
        .pairs
        .iter()
        .map(|pair| pair.source_address.to_string())
        .collect();
    addresses.sort();
    addresses.dedup();
    assert_eq!(
        addresses,
        ["10.0.20.100", "172.16.20.100", "192.168.20.100"]
    );

    let writes = world.writes();
    let second = world.plan(&topology).await;
    assert!(second.is_empty(), "{second}");
    world.engine.apply(&second).await.expect("nothing to do");
    assert_eq!(world.writes(), writes, "a second apply makes no write");

    world.destroy(&topology).await;
    assert_eq!(
        world.simulator.alive(),
        vec![],
        "nothing of it is alive in the cloud"
    );
}

#[tokio::test]
async fn services_are_opened_only_with_consent_and_in_every_account_that_needs_them() {
    use landbridge_sim::{AccountSpec, Service};
    let closed = || {
        two_accounts().map(|account: AccountSpec| {
            account
                .service_open(Service::TransitRouter, false)
                .service_open(Service::Cdt, false)
        })
    };
    let mut topology = three_networks();
    topology
        .accounts
        .iter_mut()
        .for_each(|account| account.open_services = false);
    let world = World::start(closed()).await;
    let report = world.preflight(&topology).await;
    assert_eq!(report.codes(), ["service/not-open"; 3], "{report}");

    topology
        .accounts
        .iter_mut()
        .for_each(|account| account.open_services = true);
    assert!(world.preflight(&topology).await.passed());
    world.apply(&topology).await;
    let opened: Vec<(String, String)> = world
        .simulator
        .calls()
        .into_iter()
        .filter(|call| call.action.starts_with("Open"))
        .map(|call| (call.account, call.action))
        .collect();
    assert_eq!(opened.len(), 3, "{opened:?}");
    assert!(world.verify(&topology).await.passed());
}

#[tokio::test]
async fn no_password_is_in_anything_the_cloud_logged_or_the_plan_says() {
    let world = World::start(two_accounts()).await;
    let topology = three_networks();
    let plan = world.plan(&topology).await;
    world.apply(&topology).await;
    let log = format!("{:?}", world.simulator.calls());
    for text in [
        log,
        plan.to_string(),
        plan.to_json().to_string(),
        format!("{plan:?} {:?}", world.engine),
    ] {
        assert!(!text.contains("Canary-7-secret"));
    }
}
