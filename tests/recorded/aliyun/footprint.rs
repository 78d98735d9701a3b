//! The search for a topology's tags in all regions of an account.

use landbridge_core::{CloudProvider, FootprintSearch, Region};

use super::{OURS, REGION, Scene, TOPOLOGY};

fn search() -> FootprintSearch {
    FootprintSearch::new(OURS, vec![TOPOLOGY.to_owned()]).with_known(vec![Region::new(REGION)])
}

#[tokio::test]
async fn networks_and_transit_routers_tell_where_a_topology_is() {
    let scene = Scene::of("footprint").await;
    let told = scene.provider.footprint(&search()).await;
    let found: Vec<_> = told
        .found
        .iter()
        .map(|place| place.region.as_str())
        .collect();
    assert_eq!(found, ["cn-qingdao", "us-west-1"]);
    assert!(told.without.is_empty(), "{told:?}");
    let gaps: Vec<_> = told.not_searched.iter().collect();
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert_eq!(gaps[0].region, Some(Region::new("eu-central-1")));
    assert!(gaps[0].reason.contains("NoPermission"), "{}", gaps[0]);
    scene.finish();
}

#[tokio::test]
async fn a_thorough_search_finds_what_stands_in_networks_of_others() {
    let scene = Scene::of("footprint-thorough").await;
    let told = scene
        .provider
        .footprint(&search().with_thorough(true))
        .await;
    assert!(told.not_searched.is_empty(), "{told:?}");
    let found: Vec<_> = told
        .found
        .iter()
        .map(|place| place.region.as_str())
        .collect();
    assert_eq!(found, ["cn-qingdao"]);
    let networks: Vec<_> = told.networks.iter().map(|(_, id)| id.as_str()).collect();
    assert_eq!(networks, ["vpc-of-others"]);
    let hubs: Vec<_> = told.hubs.iter().map(|(_, id)| id.as_str()).collect();
    assert_eq!(hubs, ["cen-of-others"]);
    scene.finish();
}
