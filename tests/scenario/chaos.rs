//! A bad day in the cloud: answers are lost, calls are throttled, servers fail. One apply still ends well.

use landbridge_sim::{FaultEffect, FaultRule, Simulator};

use crate::world::{World, three_networks, two_accounts};

/// Each effect hits this share of all calls.
const SHARE: f64 = 0.06;

#[tokio::test]
async fn one_apply_and_one_destroy_end_well_although_every_fifth_call_goes_wrong() {
    for seed in [1, 2, 3] {
        let simulator = Simulator::builder()
            .seed(seed)
            .start()
            .await
            .expect("the simulator starts");
        let world = World::on(simulator, two_accounts(), Default::default());
        let topology = three_networks();
        let effects = [
            FaultEffect::DropBefore,
            FaultEffect::DropAfter,
            FaultEffect::Throttle {
                retry_after_milliseconds: Some(1500),
            },
            FaultEffect::ErrorBefore {
                status: 503,
                code: "ServiceUnavailable".to_owned(),
            },
        ];
        let plan = world.plan(&topology).await;
        for effect in effects {
            world
                .simulator
                .add_fault(FaultRule::new(effect).product("cbn").probability(SHARE));
        }
        for product in ["vpc", "ecs"] {
            let rule = FaultRule::new(FaultEffect::DropAfter)
                .product(product)
                .probability(SHARE);
            world.simulator.add_fault(rule);
        }
        if let Err(error) = world.engine.apply(&plan).await {
            panic!("seed {seed}: {error}");
        }
        let calls = world.simulator.calls();
        let faults = calls.iter().filter(|call| call.status != 200).count();
        assert!(faults * 20 > calls.len(), "faults did happen");
        world.simulator.clear_faults();
        let second = world.plan(&topology).await;
        assert!(second.is_empty(), "seed {seed}: {second}");
        assert!(world.verify(&topology).await.passed());

        let rule = FaultRule::new(FaultEffect::DropAfter)
            .write(true)
            .probability(2.0 * SHARE);
        world.simulator.add_fault(rule);
        world.destroy(&topology).await;
        assert_eq!(
            world.simulator.alive(),
            vec![],
            "seed {seed}: no duplicate was left behind"
        );
    }
}
