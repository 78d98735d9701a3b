//! Peerings: the course of one on moto, and the states, refusals and races that moto does not have.

use landbridge_core::{
    CreateNetwork, CreateRoute, Direction, DnsAccess, Endpoint, ErrorKind, FirewallRule, Network,
    NetworkRecord, NextHop, Peering, PeeringId, PeeringKind, PeeringRecord, PeeringSelect,
    PeeringSide, Phase, Protocol, RequestPeering, Routing, Rule, RulePeer, TaggedId, Tagging,
};

use super::stage::{A, B, Correction, HERE, Stage, THERE, label, owner};

const KIND: PeeringKind = PeeringKind::NetworkToNetwork;

fn end(id: &str, account: &str, region: &str) -> Endpoint {
    Endpoint::Network {
        id: id.into(),
        account: account.into(),
        region: region.into(),
    }
}

async fn network(cloud: &impl Network, range: &str) -> NetworkRecord {
    let request = CreateNetwork::new(label("n", "network/n"), range.parse().expect("a range"));
    cloud.create_network(&request).await.expect("a network")
}

fn word(peerings: &[PeeringRecord]) -> Vec<&str> {
    peerings
        .iter()
        .map(|peering| peering.status.word.as_str())
        .collect()
}

/// Moto has codes of its own for what AWS says otherwise.
const CORRECTIONS: &[Correction] = &[Correction {
    operation: "AcceptVpcPeeringConnection",
    moto: "InvalidVpcPeeringConnectionId.NotFound",
    cloud: "InvalidVpcPeeringConnectionID.NotFound",
}];

#[tokio::test]
async fn a_peering_between_accounts_and_regions_comes_and_goes() {
    let Some(stage) = Stage::recorded("peering", CORRECTIONS).await else {
        return;
    };
    let (here, there) = (stage.cloud(A, HERE), stage.cloud(B, THERE));
    let near = network(&here, "10.1.0.0/16").await;
    let far = network(&there, "10.2.0.0/16").await;
    let request = RequestPeering::new(
        label("p", "peering/p"),
        KIND,
        end(near.id.as_str(), A, HERE),
        end(far.id.as_str(), B, THERE),
    );
    let asked = here.request_peering(&request).await.expect("asked");
    assert_eq!(
        (asked.status.phase, asked.owner.clone()),
        (Phase::Pending, Some(owner("peering/p")))
    );
    let select = PeeringSelect::all().with_id(asked.id.clone());
    for cloud in [&here, &there] {
        let seen = cloud.list_peerings(&select).await.expect("lists");
        assert_eq!(word(&seen), ["pending-acceptance"]);
        assert_eq!(seen[0].requester, request.requester);
    }
    let error = here.accept_peering(&asked.id).await.expect_err("elsewhere");
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    let nobody = PeeringId::from("pcx-00000000000000000");
    let error = there.accept_peering(&nobody).await.expect_err("unknown");
    assert_eq!(error.kind(), ErrorKind::Busy);
    for _ in 0..2 {
        there.accept_peering(&asked.id).await.expect("accepted");
    }
    let side = PeeringSide::Requester;
    here.allow_dns_resolution(&asked.id, side, DnsAccess::Allow)
        .await
        .expect("set");
    let seen = here.list_peerings(&select).await.expect("lists");
    assert_eq!(
        (word(&seen), seen[0].dns.requester),
        (vec!["active"], Some(true))
    );

    let tables = here
        .list_route_tables(std::slice::from_ref(&near.id))
        .await
        .expect("lists");
    let table = tables[0].id.clone();
    let destination = "10.2.0.0/16".parse().expect("a range");
    let route = CreateRoute::new(table.clone(), destination, asked.id.clone());
    for _ in 0..2 {
        here.create_route(&route).await.expect("a route");
    }
    let mut other = route.clone();
    other.next_hop = nobody.clone();
    let error = here
        .create_route(&other)
        .await
        .expect_err("leads elsewhere");
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    let routes = here.list_routes(&table).await.expect("lists");
    assert!(
        routes
            .iter()
            .any(|route| route.next_hop == NextHop::Peering(asked.id.clone()))
    );
    let error = here
        .delete_peering(&asked.id, KIND)
        .await
        .expect_err("routed");
    assert_eq!(error.kind(), ErrorKind::InUse);
    for hop in [&nobody, &asked.id, &asked.id] {
        here.delete_route(&table, &destination, hop)
            .await
            .expect("gone, or not ours");
    }
    here.delete_peering(&asked.id, KIND).await.expect("gone");
    assert_eq!(here.list_peerings(&select).await.expect("lists"), []);
    let error = there.accept_peering(&asked.id).await.expect_err("gone");
    assert_eq!(error.kind(), ErrorKind::Failed);
    stage.end();
}

#[tokio::test]
async fn every_state_says_what_can_be_done_with_a_peering() {
    use ErrorKind::{Busy, Failed, Refused};
    let stage = Stage::written("peering-states").await;
    let (here, there) = (stage.cloud(A, HERE), stage.cloud(B, HERE));
    let listed = here
        .list_peerings(&PeeringSelect::all())
        .await
        .expect("lists");
    let alive = [
        "initiating-request",
        "pending-acceptance",
        "provisioning",
        "active",
        "deleting",
    ];
    let words = word(&listed);
    assert_eq!(words, alive, "what is over concerns nobody");
    let cases = [
        (Err(Busy), Err(Busy)),
        (Err(Busy), Err(Refused)),
        (Ok(()), Err(Busy)),
        (Ok(()), Err(Refused)),
        (Err(Failed), Ok(())),
        (Err(Failed), Ok(())),
        (Err(Failed), Ok(())),
        (Err(Failed), Ok(())),
        (Err(Failed), Ok(())),
    ];
    let id = |number: usize| PeeringId::from(format!("pcx-{number}").as_str());
    for (number, (wanted, _)) in cases.iter().enumerate() {
        let accepted = there.accept_peering(&id(number)).await;
        let accepted = accepted.map_err(|error| error.kind());
        assert_eq!(accepted, *wanted, "accepting {number}");
    }
    for (number, (_, wanted)) in cases.iter().enumerate() {
        let deleted = here.delete_peering(&id(number), KIND).await;
        let deleted = deleted.map_err(|error| error.kind());
        assert_eq!(deleted, *wanted, "deleting {number}");
    }
    stage.end();
}

#[tokio::test]
async fn each_side_has_its_own_part() {
    let stage = Stage::written("peering-sides").await;
    let here = stage.cloud(A, HERE);
    let id = PeeringId::from("pcx-1");
    let error = stage
        .cloud(B, THERE)
        .accept_peering(&id)
        .await
        .expect_err("elsewhere");
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.message().contains(HERE), "{error}");
    let error = stage
        .cloud(B, HERE)
        .accept_peering(&id)
        .await
        .expect_err("too soon");
    assert_eq!(
        (error.kind(), error.is_retryable()),
        (ErrorKind::Busy, true)
    );
    let side = PeeringSide::Requester;
    for kind in [
        ErrorKind::Busy,
        ErrorKind::Failed,
        ErrorKind::PermissionDenied,
        // Host names are off, and no call turns them on by the way.
        ErrorKind::InvalidInput,
    ] {
        let error = here
            .allow_dns_resolution(&id, side, DnsAccess::Allow)
            .await
            .expect_err("not now");
        assert_eq!(error.kind(), kind, "{error}");
    }
    let network = "vpc-00000000000000001".into();
    here.enable_host_names(&network).await.expect("turned on");
    assert!(here.has_host_names(&network).await.expect("told"));
    here.allow_dns_resolution(&id, side, DnsAccess::Allow)
        .await
        .expect("names are on now");
    stage.end();
}

#[tokio::test]
async fn a_rule_names_a_foreign_group_through_the_peering() {
    let stage = Stage::written("foreign-groups").await;
    let cloud = stage.cloud(A, HERE);
    let peer = RulePeer::Group {
        id: "sg-2".into(),
        account: Some(B.into()),
    };
    let rules = [Rule::allow(Direction::Ingress, Protocol::Icmp, None, peer)];
    let added = cloud
        .authorize_rules(&"sg-1".into(), "recorded", &rules)
        .await;
    added.expect("added");
    let listed = cloud.list_rules(&"sg-1".into()).await.expect("lists");
    assert_eq!(listed[0].rule, rules[0]);
    assert_eq!(listed[0].topology.as_deref(), Some("recorded"));
    stage.end();
}

#[tokio::test]
async fn a_route_is_marked_before_it_is_made_and_until_it_is_gone() {
    let stage = Stage::written("route-marks").await;
    let cloud = stage.cloud(A, HERE);
    let (table, way) = ("rtb-1".into(), PeeringId::from("pcx-1"));
    let to = "10.2.0.0/16".parse().expect("a range");
    let route = CreateRoute::new(table, to, way.clone()).with_mark("recorded".to_owned());
    cloud.create_route(&route).await.expect("made");
    let routes = cloud.list_routes(&route.table).await.expect("listed");
    let marks: Vec<_> = routes.iter().map(|route| route.mark.as_deref()).collect();
    assert_eq!(marks, [None, Some("recorded")]);
    let deleted = cloud.delete_route(&route.table, &to, &way).await;
    deleted.expect("deleted");
    let peering = TaggedId::Peering {
        id: way,
        kind: KIND,
    };
    let tagged = cloud.tag(&peering, &owner("peering/p")).await;
    tagged.expect("tagged");
    stage.end();
}
