//! A CEN instance that is gone while a VPC of ours is still granted to it.

use std::time::Duration;

use landbridge_core::{
    CloudProvider, CreateGrant, CreateHub, Endpoint, HubScope, Label, Owner, Place, Token,
};

use crate::place_reads_support::sees_the_same;
use crate::world::{A, B, World, aliyun, three_networks, two_accounts};

/// Until everything has settled.
const LONG: Duration = Duration::from_secs(300);

#[tokio::test]
async fn a_vpc_of_ours_that_is_granted_to_a_cen_that_is_gone_is_taken_back() {
    let (world, topology) = (World::start(two_accounts()).await, three_networks());
    world.apply(&topology).await;
    sees_the_same(&world.engine, &world.simulator, &topology).await;
    let cloud = async |account: &str| {
        let place = Place::new(aliyun(), account, "cn-hangzhou");
        world.provider.cloud(&place).await.expect("a handle")
    };
    let (a, b) = (cloud(A).await, cloud(B).await);
    let label = Label::new("other", Owner::new("other", "hub"), Token::derive(&["hub"]));
    let request = CreateHub::new(label, HubScope::Global);
    let cen = a.create_hub(&request).await.expect("a CEN instance").id;
    world.simulator.advance(LONG);
    let observation = world.engine.observe(&topology).await.expect("observe");
    let of_b = observation.inventories.iter();
    let mut of_b = of_b.filter(|inventory| inventory.place.account == B.into());
    let vpc = &of_b.next().expect("the place of account b").networks[0];
    let member = Endpoint::Network {
        id: vpc.id.clone(),
        account: B.into(),
        region: "cn-hangzhou".into(),
    };
    let grant = CreateGrant::new(member, cen.clone(), A.into());
    b.create_grant(&grant).await.expect("a grant");
    assert!(world.plan(&topology).await.is_empty());

    a.delete_hub(&cen).await.expect("deleted");
    world.simulator.advance(LONG);
    let less = world.plan(&topology).await;
    let keys: Vec<String> = less.steps.iter().map(|step| step.key.to_string()).collect();
    assert_eq!(keys, [format!("delete:grant/{cen}/vpc2")], "{less}");
    world.apply(&topology).await;
    assert!(world.plan(&topology).await.is_empty());
    world.destroy(&topology).await;
    assert_eq!(world.simulator.alive(), vec![]);
}
