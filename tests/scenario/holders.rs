//! What others have in our VPCs is told before the first delete.

use landbridge_core::preflight::preflight_destroy;
use landbridge_core::{
    CloudProvider, CreateGroup, Inventory, Label, Owner, RunInstance, Select, Token,
};

use crate::world::{A, World, place, three_networks, two_accounts};

const REGION: &str = "cn-hangzhou";

#[tokio::test]
async fn an_instance_of_others_in_our_vswitch_refuses_a_destroy() {
    let world = World::start(two_accounts()).await;
    let topology = three_networks();
    world.apply(&topology).await;
    let all = world.engine.observe_for_destroy(&topology).await;
    let all = all.expect("observe");
    let inventory: &Inventory = all.at(&place(A, REGION)).expect("the place");
    assert!(!inventory.interfaces.is_empty());
    let report = preflight_destroy(&topology, &all);
    assert_eq!(report.codes(), [""; 0], "{report}");

    let network = &inventory.networks[0];
    let mut subnets = inventory.subnets.iter();
    let subnet = subnets.find(|subnet| subnet.network == network.id);
    let subnet = subnet.expect("a subnet").id.clone();
    let cloud = world.provider.cloud(&place(A, REGION)).await;
    let cloud = cloud.expect("a handle");
    let label = |key: &str| Label::new("others", Owner::new("others", key), Token::derive(&[key]));
    let request = CreateGroup::new(label("group/g"), network.id.clone());
    let group = cloud.create_group(&request).await.expect("a group").id;
    let probe = &topology.instances[0];
    let request = RunInstance::new(
        label("instance/i"),
        subnet.clone(),
        vec![group.clone()],
        probe.instance_type.as_deref().expect("a new one"),
        probe.image.as_deref().expect("a new one"),
    );
    let instance = cloud.run_instance(&request).await.expect("an instance").id;
    world.simulator.advance(std::time::Duration::from_secs(120));

    let observation = world.engine.observe_for_destroy(&topology).await;
    let report = preflight_destroy(&topology, &observation.expect("observe"));
    assert_eq!(report.codes(), ["destroy/in-use"; 2], "{report}");
    let text = report.to_string();
    for word in [instance.as_str(), group.as_str(), subnet.as_str()] {
        assert!(text.contains(word), "`{word}` is missing in {text}");
    }

    cloud
        .terminate_instance(&instance)
        .await
        .expect("terminate");
    world.simulator.advance(std::time::Duration::from_secs(120));
    cloud.delete_group(&group).await.expect("delete");
    let groups = cloud.list_groups(&Select::Ids(vec![group])).await;
    assert_eq!(groups.expect("groups"), []);
    world.destroy(&topology).await;
}
