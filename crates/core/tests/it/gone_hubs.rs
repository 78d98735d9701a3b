//! A grant to a hub that is gone: an apply beside a destroy leaves one behind. The topology's own are taken back, and nothing
//! is claimed of the others.

use std::time::Duration;

use landbridge_core::engine::Engine;
use landbridge_core::memory::MemoryProvider;
use landbridge_core::plan::{Plan, plan, plan_destroy};
use landbridge_core::{
    CreateGrant, CreateHub, Endpoint, HubId, HubScope, Label, NetworkId, Owner, Token,
};

use crate::apply::apply;
use crate::brownfield::at;
use crate::common::{A, B, topology, world, world_like};

/// A hub that nobody's topology knows.
async fn other_hub(provider: &MemoryProvider) -> HubId {
    let label = Label::new("other", Owner::new("other", "hub"), Token::derive(&["hub"]));
    let cloud = at(provider, A).await;
    let request = CreateHub::new(label, HubScope::Global);
    cloud.create_hub(&request).await.expect("a hub").id
}

async fn delete_hub(provider: &MemoryProvider, hub: &HubId) {
    let cloud = at(provider, A).await;
    cloud.delete_hub(hub).await.expect("deleted");
}

async fn grant(provider: &MemoryProvider, network: &NetworkId, hub: &HubId) {
    let member = Endpoint::Network {
        id: network.clone(),
        account: B.into(),
        region: "r1".into(),
    };
    let cloud = at(provider, B).await;
    let request = CreateGrant::new(member, hub.clone(), A.into());
    cloud.create_grant(&request).await.expect("a grant");
}

/// The network of account b.
async fn network_of_b(engine: &Engine) -> NetworkId {
    let observation = engine.observe(&topology()).await.expect("observe");
    let of_b = observation.inventories.iter();
    let mut of_b = of_b.filter(|inventory| inventory.place.account == B.into());
    let inventory = of_b.next().expect("the place of account b");
    inventory.networks[0].id.clone()
}

async fn plan_now(engine: &Engine) -> Plan {
    let observation = engine.observe(&topology()).await.expect("observe");
    plan(&topology(), &observation)
}

#[tokio::test]
async fn a_grant_of_our_network_to_a_hub_that_is_gone_is_taken_back() {
    // What is deleted is gone at once.
    let (engine, provider, _) = world_like(|builder| builder.with_latency(Duration::ZERO));
    apply(&engine, &topology()).await;
    let before = provider.objects();
    let hub = other_hub(&provider).await;
    grant(&provider, &network_of_b(&engine).await, &hub).await;
    let to_a_living_hub = plan_now(&engine).await;
    assert!(to_a_living_hub.is_empty(), "{to_a_living_hub}");

    delete_hub(&provider, &hub).await;
    let less = plan_now(&engine).await;
    let keys: Vec<String> = less.steps.iter().map(|step| step.key.to_string()).collect();
    assert_eq!(keys, [format!("delete:grant/{hub}/two")], "{less}");
    engine.apply(&less).await.expect("apply");
    assert_eq!(provider.objects(), before);
    assert!(plan_now(&engine).await.is_empty());
}

#[tokio::test]
async fn a_destroy_takes_it_back_as_well() {
    let (engine, provider, _) = world();
    apply(&engine, &topology()).await;
    let hub = other_hub(&provider).await;
    grant(&provider, &network_of_b(&engine).await, &hub).await;
    delete_hub(&provider, &hub).await;
    let observation = engine.observe(&topology()).await.expect("observe");
    let destroy = plan_destroy(&topology(), &observation);
    engine.apply(&destroy).await.expect("destroy");
    assert_eq!(provider.objects(), Vec::<String>::new());
}

#[tokio::test]
async fn a_network_of_others_keeps_its_grant_and_the_residue_report_tells_it() {
    let (engine, provider, _) = world();
    let mut theirs = topology();
    theirs.name = "theirs".to_owned();
    theirs.interconnects.clear();
    theirs.firewalls.clear();
    theirs.instances.clear();
    theirs.networks.retain(|network| network.name == "two");
    apply(&engine, &theirs).await;
    let observation = engine.observe(&theirs).await.expect("observe");
    let network = observation.inventories[0].networks[0].id.clone();
    let hub = other_hub(&provider).await;
    grant(&provider, &network, &hub).await;
    delete_hub(&provider, &hub).await;

    let mut with_theirs = topology();
    let two = with_theirs.networks.iter_mut();
    let mut two = two.filter(|network| network.name == "two");
    let two = two.next().expect("network two");
    (two.id, two.range) = (Some(network.clone()), None);
    two.subnets.clear();
    with_theirs.instances.clear();
    with_theirs.interconnects.clear();
    with_theirs.firewalls.clear();
    let observation = engine.observe(&with_theirs).await.expect("observe");
    assert!(observation.gone_hubs.contains(&hub));
    let steps = plan(&with_theirs, &observation);
    assert!(!steps.to_string().contains(hub.as_str()), "{steps}");
    let residue = engine
        .residue_observed(&with_theirs, &observation, None)
        .await;
    let residue = residue.expect("residue");
    assert!(residue.is_empty(), "{residue}");
    let [stay] = &residue.stays[..] else {
        panic!("one thing stays: {residue}");
    };
    let told = format!("{network} is granted to hub {hub}, which does not exist any more");
    assert_eq!(stay.what, told);
    let remedy = format!("landbridge grant revoke --from ACCOUNT@r1 --member {network}");
    assert!(stay.remedy.contains(&remedy), "{}", stay.remedy);
}
