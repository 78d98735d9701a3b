//! What the cloud's documents say it answers, met once each on the way: one apply and one destroy still end well.

use landbridge_aliyun::Product;
use landbridge_core::object::{Kind, OpKind};
use landbridge_core::plan::plan_destroy;
use landbridge_core::{NextHop, RouteOrigin};
use landbridge_sim::{FaultEffect, FaultRule};

use crate::world::{B, World, place, three_networks, two_accounts};

/// Operation, code, HTTP status: what passes by itself, or once something else is gone.
const REFUSED: &[(&str, &str, u16)] = &[
    ("CreateVpc", "TOKEN_PROCESSING", 400),
    ("CreateVpc", "System.ServiceBusy", 400),
    ("CreateVSwitch", "OperationDenied.OtherSubnetCreating", 400),
    ("CreateRouteEntry", "OperationFailed.OperationLocked", 400),
    (
        "CreateRouteEntry",
        "OperationFailed.QueryAttachmentInfo",
        400,
    ),
    (
        "DescribeRouteEntryList",
        "OperationFailed.QueryCenEntry",
        400,
    ),
    ("RunInstances", "OperationDenied.CreatingConflict", 404),
    (
        "RevokeInstanceFromTransitRouter",
        "OperationDenied.AttachmentExist",
        400,
    ),
    ("DeleteVSwitch", "OperationFailed.SystemBusy", 400),
    ("DeleteVpc", "System.ServiceBusy", 400),
    ("DeleteVpc", "OperationDenied.VpcPeerExists", 400),
    ("DeleteVpc", "DependencyViolation.TransitRouter", 400),
    ("DeleteVpc", "Forbbiden", 400),
];

fn once(action: &str, effect: FaultEffect) -> FaultRule {
    FaultRule::new(effect).action(action).times(1)
}

#[tokio::test]
async fn documented_refusals_that_pass_do_not_stop_an_apply_or_a_destroy() {
    let world = World::start(two_accounts()).await;
    let topology = three_networks();
    for (action, code, status) in REFUSED {
        let effect = FaultEffect::ErrorBefore {
            status: *status,
            code: (*code).to_owned(),
        };
        world.simulator.add_fault(once(action, effect));
    }
    // The route goes, its answer is lost, and the repetition is told that there is none.
    let gone = FaultEffect::ErrorAfter {
        status: 400,
        code: "InvalidRouteEntry".to_owned(),
    };
    world.simulator.add_fault(once("DeleteRouteEntry", gone));
    world.apply(&topology).await;
    world.destroy(&topology).await;
    assert_eq!(world.simulator.alive(), vec![]);
    let calls = world.simulator.calls();
    for (action, code, _) in REFUSED {
        let calls = calls.iter().filter(|call| call.action == *action);
        let met = calls.filter(|call| call.code.as_deref() == Some(*code));
        assert_eq!(met.count(), 1, "{action} {code}");
    }
}

#[tokio::test]
async fn routes_that_a_transit_router_synchronises_are_left_alone() {
    let world = World::start(two_accounts()).await;
    let topology = three_networks();
    world.apply(&topology).await;
    let home = place(B, "cn-hangzhou");
    let observed = world.engine.observe(&topology).await.expect("observe");
    let routes = &observed.at(&home).expect("observed").routes;
    let own = routes
        .iter()
        .find(|route| route.origin == RouteOrigin::Custom);
    let NextHop::Peering(attachment) = &own.expect("a route").next_hop else {
        panic!("{own:?}")
    };
    let hub = place(crate::world::A, "cn-hangzhou");
    let owner = world.provider.place(&hub).expect("a handle");
    let publish = [
        ("TransitRouterAttachmentId", attachment.as_str()),
        ("AutoPublishRouteEnabled", "true"),
    ];
    let action = "UpdateTransitRouterVpcAttachmentAttribute";
    let published = owner.client().call(Product::Cbn, action, &publish).await;
    published.expect("published");
    world.simulator.advance(std::time::Duration::from_secs(60));

    let observed = world.engine.observe(&topology).await.expect("observe");
    let routes = &observed.at(&home).expect("observed").routes;
    let learned = routes
        .iter()
        .filter(|route| route.origin == RouteOrigin::Learned);
    let learned: Vec<_> = learned.map(|route| route.destination.clone()).collect();
    assert!(!learned.is_empty(), "{routes:?}");
    let second = world.plan(&topology).await;
    assert!(second.is_empty(), "{second}");
    let destroy = plan_destroy(&topology, &observed);
    let deletes = destroy.steps.iter();
    let deletes = deletes.filter(|step| step.op.kind() == OpKind::delete(Kind::Route));
    for step in deletes {
        let key = step.key.to_string();
        for destination in &learned {
            assert!(!key.contains(&destination.to_string()), "{key}");
        }
    }
    world.destroy(&topology).await;
    assert_eq!(world.simulator.alive(), vec![]);
}
