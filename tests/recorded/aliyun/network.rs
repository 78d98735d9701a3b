//! Networks, subnets, routes and paid services.

use landbridge_core::{
    CloudService, CreateNetwork, CreateRoute, CreateSubnet, DeleteRoute, Destination, ErrorKind,
    Network, NetworkId, NextHop, PeeringKind, Phase, PrefixList, RouteOrigin, Routing, Select,
    Service, ServiceStatus, TableRole, TaggedId, Tagging,
};

use super::{OURS, Scene, TOPOLOGY, assert_refused, label, owner, range, token};

pub(super) fn wanted_network() -> CreateNetwork {
    CreateNetwork::new(label("network/n"), range("172.16.0.0/12"))
}

pub(super) fn wanted_subnet() -> CreateSubnet {
    let zone = "cn-hangzhou-h".into();
    CreateSubnet::new(
        label("subnet/n/s"),
        "vpc-1".into(),
        zone,
        range("172.16.20.0/24"),
    )
}

pub(super) fn wanted_route(next_hop: &str) -> CreateRoute {
    let to = range("10.0.20.0/24");
    CreateRoute::new("vtb-1".into(), to, next_hop.into())
        .with_name("a name")
        .with_token(token())
}

#[tokio::test]
async fn a_network_lives_and_dies() {
    let scene = Scene::of("networks").await;
    let cloud = &scene.cloud;
    let made = cloud.create_network(&wanted_network()).await.expect("made");
    assert_eq!(
        (made.id.as_str(), made.status.phase),
        ("vpc-1", Phase::Pending)
    );
    let all = Select::Topology(TOPOLOGY.to_owned());
    let listed = cloud.list_networks(&all).await.expect("listed");
    let ids: Vec<_> = listed.iter().map(|network| network.id.as_str()).collect();
    assert_eq!(ids, ["vpc-1", "vpc-3"], "untagged ones are left out");
    let ranges = ["172.16.0.0/12", "10.1.0.0/16", "2408:4000::/56"].map(range);
    assert_eq!(listed[0].ranges, ranges);
    assert_eq!(
        (listed[0].account.as_str(), &listed[0].owner),
        (OURS, &Some(owner("network/n")))
    );
    assert!(listed[0].status.is_ready());
    assert_eq!(listed[1].status.phase, Phase::Pending);
    let two = Select::Ids(vec!["vpc-1".into(), NetworkId::new("vpc-9")]);
    assert_eq!(cloud.list_networks(&two).await.expect("looked up").len(), 1);
    cloud
        .delete_network(&"vpc-1".into())
        .await
        .expect("deleted");
    scene.finish();
}

#[tokio::test]
async fn a_subnet_lives_and_dies() {
    let scene = Scene::of("subnets").await;
    let cloud = &scene.cloud;
    let made = cloud.create_subnet(&wanted_subnet()).await.expect("made");
    assert_eq!(
        (made.id.as_str(), made.status.phase),
        ("vsw-1", Phase::Pending)
    );
    let all = Select::Topology(TOPOLOGY.to_owned());
    let listed = cloud.list_subnets(&all).await.expect("listed");
    let ids: Vec<_> = listed.iter().map(|subnet| subnet.id.as_str()).collect();
    assert_eq!(ids, ["vsw-1", "vsw-2"]);
    assert_eq!(
        (listed[0].range, listed[0].free_addresses),
        (range("172.16.20.0/24"), Some(250))
    );
    assert_eq!(listed[1].zone.as_str(), "cn-hangzhou-i");
    let one = cloud
        .list_subnets(&Select::id("vsw-1"))
        .await
        .expect("looked up");
    assert_eq!(one[0].free_addresses, Some(0), "a number as a text");
    cloud.delete_subnet(&"vsw-1".into()).await.expect("deleted");
    scene.finish();
}

#[tokio::test]
async fn a_secondary_range_is_added_and_removed_once() {
    let scene = Scene::of("secondary-ranges").await;
    let (cloud, id, second) = (&scene.cloud, "vpc-1".into(), range("10.2.0.0/16"));
    for _ in 0..2 {
        cloud.add_range(&id, &second).await.expect("added");
    }
    for _ in 0..2 {
        cloud.remove_range(&id, &second).await.expect("removed");
    }
    scene.finish();
}

#[tokio::test]
async fn routes_are_read_and_written() {
    let scene = Scene::of("routes").await;
    let cloud = &scene.cloud;
    let tables = cloud
        .list_route_tables(&["vpc-1".into()])
        .await
        .expect("listed");
    let roles: Vec<_> = tables
        .iter()
        .map(|table| (table.role, table.subnets.len()))
        .collect();
    assert_eq!(roles, [(TableRole::Main, 1), (TableRole::Custom, 0)]);
    let routes = cloud.list_routes(&"vtb-1".into()).await.expect("listed");
    let other = |kind: &str, id: &str| NextHop::Other {
        kind: kind.to_owned(),
        id: id.to_owned(),
    };
    let attachment = || NextHop::Peering("tr-attach-1".into());
    let read: Vec<_> = routes
        .iter()
        .map(|route| (route.origin, route.next_hop.clone()))
        .collect();
    let expected = [
        (RouteOrigin::System, NextHop::Local),
        (RouteOrigin::Custom, attachment()),
        (RouteOrigin::Learned, attachment()),
        (RouteOrigin::Custom, other("NatGateway", "ngw-1")),
        (RouteOrigin::Custom, other("several", "i-1,i-2")),
        (RouteOrigin::Custom, other("NatGateway", "ngw-1")),
    ];
    assert_eq!(read, expected);
    let list = PrefixList::new("pl-7").with_ranges(Some(vec![range("10.7.0.0/16")]));
    assert_eq!(routes[5].destination, Destination::PrefixList(list));
    assert!(routes[1].status.is_ready() && !routes[2].status.is_ready());
    for next_hop in ["tr-attach-1", "pcc-1", "ecr-assoc-1"] {
        cloud
            .create_route(&wanted_route(next_hop))
            .await
            .expect("made");
    }
    let to = range("10.0.20.0/24");
    let deleted = cloud
        .delete_route(&"vtb-1".into(), &to, &"tr-attach-1".into())
        .await;
    deleted.expect("deleted");
    scene.finish();
}

#[tokio::test]
async fn an_existing_route_is_ours_if_it_leads_where_ours_would() {
    let scene = Scene::of("routes-existing").await;
    let route = wanted_route("tr-attach-1");
    scene.cloud.create_route(&route).await.expect("adopted");
    let error = scene
        .cloud
        .create_route(&route)
        .await
        .expect_err("leads elsewhere");
    assert_refused(&error, ErrorKind::AlreadyExists, "", "delete that route");
    assert!(error.message().contains("tr-attach-7"), "{error}");
    let error = scene
        .cloud
        .create_route(&route)
        .await
        .expect_err("not listed");
    assert_refused(
        &error,
        ErrorKind::AlreadyExists,
        "RouteConflict.AlreadyExist",
        "read the object back",
    );
    scene.finish();
}

#[tokio::test]
async fn routes_that_are_written_together_are_told_one_by_one() {
    let scene = Scene::of("routes-together").await;
    let cloud = &scene.cloud;
    let to = |range: &str| {
        let range = range.parse().expect("a CIDR block");
        CreateRoute::new("vtb-1".into(), range, "tr-attach-1".into())
    };
    let wanted = ["10.8.0.0/16", "10.9.0.0/16", "10.10.0.0/16"].map(to);
    let create = async || kinds(cloud.create_routes(&wanted).await);
    // The second leads where it should already; the third is refused, and only alone in known words.
    let quota = Some(ErrorKind::QuotaExceeded);
    assert_eq!(create().await, [None, None, quota]);
    let untold = Some(ErrorKind::OutcomeUnknown);
    assert_eq!(create().await, [untold; 3], "the counts leave two out");
    assert_eq!(create().await, [None; 3], "allowed one by one");
    assert_eq!(create().await, [Some(ErrorKind::Busy); 3]);
    assert_eq!(create().await, [untold; 3], "no answer");
    let [first, second, _] =
        wanted.map(|route| DeleteRoute::new(route.table, route.destination, route.next_hop));
    let gone = [first, second];
    assert_eq!(kinds(cloud.delete_routes(&gone).await), [None, None]);
    let busy = kinds(cloud.delete_routes(&gone).await);
    assert_eq!(busy, [Some(ErrorKind::Busy), None]);
    scene.finish();
}

fn kinds(results: Vec<landbridge_core::Result<()>>) -> Vec<Option<ErrorKind>> {
    let results = results.into_iter();
    results
        .map(|result| result.err().map(|error| error.kind()))
        .collect()
}

#[tokio::test]
async fn objects_that_exist_are_tagged() {
    let scene = Scene::of("tags").await;
    let cloud = &scene.cloud;
    let peering = TaggedId::Peering {
        id: "pcc-1".into(),
        kind: PeeringKind::NetworkToNetwork,
    };
    for (object, key) in [
        (TaggedId::Network("vpc-1".into()), "network/n"),
        (peering, "peering/net/a~b"),
    ] {
        cloud.tag(&object, &owner(key)).await.expect("tagged");
    }
    let absent = TaggedId::Subnet("vsw-9".into());
    let error = cloud.tag(&absent, &owner("subnet/n/s")).await;
    let error = error.expect_err("it is not there");
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    scene.finish();
}

#[tokio::test]
async fn services_are_open_or_closed() {
    use CloudService::{CrossBorder, Hub, Transit};
    let scene = Scene::of("services").await;
    let cloud = &scene.cloud;
    for expected in [
        ServiceStatus::Open,
        ServiceStatus::Closed,
        ServiceStatus::Closed,
    ] {
        assert_eq!(cloud.service_status(Hub).await.expect("told"), expected);
    }
    cloud.open_service(Hub).await.expect("opened");
    cloud.open_service(Hub).await.expect("is open");
    for service in [Transit, CrossBorder] {
        for expected in [ServiceStatus::Open, ServiceStatus::Closed] {
            assert_eq!(cloud.service_status(service).await.expect("told"), expected);
        }
        cloud.open_service(service).await.expect("opened");
        cloud.open_service(service).await.expect("is open");
    }
    scene.finish();
}
