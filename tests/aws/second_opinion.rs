//! Reachability Analyzer of the simulator beside the static layer.

use landbridge_core::topology::{Instance, Topology};
use landbridge_core::verify::{Agreement, SecondOpinion, Traffic, VerifyReport, questions, verify};
use landbridge_core::{CloudProvider, Observation, OracleVerdict, Select};

use crate::world::{A, World, pair, place};

const HOME: &str = "us-east-1";

/// Two peered networks of one account, with an instance in each.
fn joined() -> Topology {
    let mut topology = pair();
    for network in &mut topology.networks {
        network.account = "a".to_owned();
    }
    for network in ["left", "right"] {
        let subnet = format!("{network}/s").parse().expect("a path");
        let image =
            "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
        let instance = Instance::new(network, subnet, "t3.nano", image, ["members"]);
        topology = topology.with_instance(instance);
    }
    topology
}

async fn asked(world: &World, topology: &Topology, seen: &Observation) -> SecondOpinion {
    let report: VerifyReport = verify(topology, seen, Traffic::PING);
    let questions = questions(topology, seen, &report, Traffic::PING);
    assert_eq!(questions.asked.len(), 2);
    let second = world.engine.second_opinion(seen, &questions).await;
    second.expect("a second opinion")
}

#[tokio::test]
async fn the_analyser_agrees_then_disagrees_and_leaves_nothing() {
    let (world, topology) = (World::start().await, joined());
    world.apply(&topology).await;
    let seen = world.engine.observe(&topology).await.expect("observe");
    let second = asked(&world, &topology, &seen).await;
    assert_eq!(second.count(Agreement::Agrees), 2, "{second}");
    for opinion in &second.opinions {
        assert_eq!(opinion.asked.as_deref(), Some("tcp 22"));
        assert!(!opinion.answer.forward.is_empty(), "{second}");
    }

    // What was observed is older than this.
    let cloud = world.provider.cloud(&place(A, HOME)).await.expect("known");
    let here = seen.at(&place(A, HOME)).expect("read");
    for rule in &here.rules {
        let rules = std::slice::from_ref(rule);
        cloud
            .revoke_rules(&rule.group, rules)
            .await
            .expect("revoked");
    }
    let second = asked(&world, &topology, &seen).await;
    assert_eq!(second.count(Agreement::Disagrees), 2, "{second}");
    for opinion in &second.opinions {
        let OracleVerdict::Blocked { element, .. } = &opinion.answer.verdict else {
            panic!("{second}");
        };
        assert!(!element.is_empty(), "{second}");
    }
    assert!(second.left.is_empty(), "{second}");
    let left = cloud.list_analyses(&Select::All).await.expect("a list");
    assert!(left.is_empty(), "{left:?}");
    world.destroy(&topology).await;
    assert_eq!(world.alive(), Vec::<String>::new());
}
