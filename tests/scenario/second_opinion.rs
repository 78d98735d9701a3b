//! Network Intelligence Service of the simulator beside the static layer and pings.

use landbridge_core::verify::{Agreement, Traffic, questions};

use crate::world::{World, three_networks, two_accounts};

#[tokio::test]
async fn pairs_inside_one_account_are_asked_about_and_agree_with_the_pings() {
    let world = World::start(two_accounts()).await;
    let topology = three_networks();
    world.apply(&topology).await;
    let report = world.verify(&topology).await;
    assert!(report.passed(), "{report}");
    let seen = world.engine.observe(&topology).await.expect("observe");
    let questions = questions(&topology, &seen, &report, Traffic::PING);
    let asked: Vec<_> = questions
        .asked
        .iter()
        .map(|one| {
            (
                one.opinion.source.as_str(),
                one.opinion.destination.as_str(),
            )
        })
        .collect();
    assert_eq!(asked, [("ecs1", "ecs3"), ("ecs3", "ecs1")]);
    let second = world.engine.second_opinion(&seen, &questions).await;
    let second = second.expect("a second opinion");
    assert_eq!(second.opinions.len(), 6);
    assert_eq!(second.count(Agreement::Disagrees), 0, "{second}");
    for opinion in second.opinions.iter().filter(|one| one.asked.is_some()) {
        assert_eq!(opinion.asked.as_deref(), Some("icmp"));
        assert!(opinion.ping.as_ref().is_some_and(|ping| ping.received == 4));
        assert_eq!(opinion.agreement, Agreement::Agrees, "{second}");
    }
    world.destroy(&topology).await;
}
