//! Everything that concerns a topology in one place.

use landbridge_core::{Cloud, CloudService, Scope, ServiceStatus};

use super::{Scene, THEIRS, TOPOLOGY};

#[tokio::test]
async fn an_inventory_is_read() {
    let scene = Scene::of("whole").await;
    let scope = Scope::new(TOPOLOGY)
        .with_networks(vec!["vpc-4".into()])
        .with_border_routers(vec!["vbr-1".into()])
        .with_edges()
        .with_holders();
    let read = scene.cloud.inventory(&scope).await.expect("read");
    assert_eq!(
        read.services.values().collect::<Vec<_>>(),
        [&ServiceStatus::Open; 2]
    );
    assert_eq!((read.hub_zones.len(), read.network_count), (2, 7));
    let ids: Vec<_> = read
        .networks
        .iter()
        .map(|network| network.id.as_str())
        .collect();
    assert_eq!(ids, ["vpc-1", "vpc-4"]);
    assert_eq!(
        (
            read.subnets.len(),
            read.route_tables.len(),
            read.routes.len()
        ),
        (1, 1, 2)
    );
    let ids: Vec<_> = read.hubs.iter().map(|hub| hub.id.as_str()).collect();
    assert_eq!(ids, ["cen-1", "tr-1", "ecr-1"], "only what is tagged");
    let ids: Vec<_> = read
        .peerings
        .iter()
        .map(|peering| peering.id.as_str())
        .collect();
    assert_eq!(
        ids,
        [
            "tr-attach-1",
            "tr-attach-3",
            "ecr-assoc-1",
            "ecr-assoc-2",
            "pcc-1"
        ]
    );
    assert_eq!((read.learning.len(), read.hub_routes.len()), (2, 1));
    let holders: Vec<_> = read
        .interfaces
        .iter()
        .map(|one| {
            (
                one.id.as_str(),
                one.subnet.as_str(),
                one.description.as_str(),
            )
        })
        .collect();
    assert_eq!(holders, [("eni-1", "vsw-1", "nat")]);
    assert!(read.other_groups.is_empty(), "the group there is known");
    let acls: Vec<_> = read.acls.iter().map(|acl| acl.id.as_str()).collect();
    assert_eq!(acls, ["nacl-1"], "only those of the networks");
    let grants: Vec<_> = read
        .grants
        .iter()
        .map(|grant| (grant.member.id(), grant.hub.as_str()))
        .collect();
    assert_eq!(
        grants,
        [("vpc-1", "cen-7"), ("vbr-1", "ecr-7"), ("vbr-1", "ecr-1")]
    );
    assert_eq!(
        (read.groups.len(), read.rules.len(), read.instances.len()),
        (1, 2, 1)
    );
    assert!(
        !read.groups[0].members_trusted,
        "the group's own page says so"
    );
    scene.finish();
}

#[tokio::test]
async fn nothing_is_read_with_the_keys_of_another_account() {
    let scene = Scene::of("whole-elsewhere").await;
    let read = scene
        .cloud
        .inventory(&Scope::new(TOPOLOGY))
        .await
        .expect("read");
    assert_eq!(read.identity.account.as_str(), THEIRS);
    assert!(read.services.is_empty() && read.networks.is_empty());
    scene.finish();
}

#[tokio::test]
async fn a_place_with_closed_services_is_read() {
    let scene = Scene::of("whole-closed").await;
    let read = scene
        .cloud
        .inventory(&Scope::new(TOPOLOGY).with_zones().with_cross_border())
        .await
        .expect("read");
    assert_eq!(read.services[&CloudService::Hub], ServiceStatus::Closed);
    assert_eq!(
        read.services[&CloudService::CrossBorder],
        ServiceStatus::Closed
    );
    let zones: Vec<String> = read.zones.iter().map(ToString::to_string).collect();
    assert_eq!(zones, ["cn-hangzhou-h", "cn-hangzhou-i"]);
    assert!(read.hubs.is_empty() && read.hub_zones.is_empty() && read.grants.is_empty());
    assert_eq!(read.networks.len(), 1);
    scene.finish();
}
