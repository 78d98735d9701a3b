//! CEN instances, transit routers, attachments, learning and grants.

use std::time::{Duration, SystemTime};

use landbridge_core::{
    CreateGrant, CreateHub, ErrorKind, Grant, Hub, HubScope, Learning, LearningKind, Payer,
    Peering, PeeringKind, PeeringSelect, Phase, RequestPeering, RevokeGrant, Select, Transit,
};

use super::{
    OURS, REGION, Scene, THEIRS, TOPOLOGY, assert_refused, hub, label, line, network, owner, range,
};

pub(super) fn wanted_router() -> CreateHub {
    let parent = Some("cen-1".into());
    CreateHub::new(label("hub/h"), HubScope::Regional { parent })
}

pub(super) fn wanted_attachment() -> RequestPeering {
    let router = hub("tr-1", Some("cen-1"), REGION);
    let kind = PeeringKind::Attachment;
    RequestPeering::new(
        label("attachment/a"),
        kind,
        network("vpc-2", THEIRS),
        router,
    )
    .with_subnets(vec![
        ("cn-hangzhou-h".into(), "vsw-1".into()),
        ("cn-hangzhou-i".into(), "vsw-2".into()),
    ])
}

pub(super) fn wanted_link() -> RequestPeering {
    let here = hub("tr-1", Some("cen-1"), REGION);
    let there = hub("tr-2", Some("cen-1"), "cn-qingdao");
    let max_mbps = Some(100);
    RequestPeering::new(label("peering/h"), PeeringKind::HubToHub, here, there)
        .with_transit(Transit::ByTraffic { max_mbps })
}

pub(super) fn wanted_grant() -> CreateGrant {
    CreateGrant::new(network("vpc-2", THEIRS), "cen-1".into(), OURS.into())
}

fn learning(kind: LearningKind) -> Learning {
    Learning {
        kind,
        peering: "tr-attach-1".into(),
        table: "vtb-tr-1".into(),
    }
}

fn noted() -> Option<SystemTime> {
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045))
}

#[tokio::test]
async fn hubs_live_and_die() {
    let scene = Scene::of("hubs").await;
    let cloud = &scene.cloud;
    let cen = CreateHub::new(label("hub/global"), HubScope::Global);
    let cen = cloud.create_hub(&cen).await.expect("made");
    assert_eq!(
        (cen.id.as_str(), cen.status.phase),
        ("cen-1", Phase::Pending)
    );
    let router = cloud.create_hub(&wanted_router()).await.expect("made");
    assert_eq!((router.id.as_str(), router.table), ("tr-1", None));
    let all = Select::Topology(TOPOLOGY.to_owned());
    let listed = cloud.list_hubs(&all).await.expect("listed");
    let ids: Vec<_> = listed.iter().map(|hub| hub.id.as_str()).collect();
    assert_eq!(ids, ["cen-1", "tr-1"], "no legacy router");
    assert_eq!(listed[1].table, Some("vtb-tr-1".into()));
    assert_eq!(
        (listed[1].account.as_str(), &listed[1].owner),
        (OURS, &Some(owner("hub/h")))
    );
    let two = Select::Ids(vec!["cen-1".into(), "tr-1".into()]);
    let listed = cloud.list_hubs(&two).await.expect("looked up");
    assert_eq!(listed[0].status.phase, Phase::Deleting);
    assert_eq!(listed[1].account.as_str(), OURS, "a text for a number");
    let zones = cloud.list_hub_zones().await.expect("listed");
    assert_eq!(zones, ["cn-hangzhou-h".into(), "cn-hangzhou-i".into()]);
    cloud.delete_hub(&"tr-1".into()).await.expect("deleted");
    cloud.delete_hub(&"cen-1".into()).await.expect("deleted");
    scene.finish();
}

#[tokio::test]
async fn a_router_that_exists_is_adopted_if_ours() {
    let scene = Scene::of("hubs-existing").await;
    let router = scene
        .cloud
        .create_hub(&wanted_router())
        .await
        .expect("adopted");
    assert_eq!(router.table, Some("vtb-tr-1".into()));
    let error = scene
        .cloud
        .create_hub(&wanted_router())
        .await
        .expect_err("foreign");
    assert_refused(&error, ErrorKind::AlreadyExists, "", "use another CEN");
    scene.finish();
}

#[tokio::test]
async fn members_and_regions_are_attached() {
    let scene = Scene::of("attachments").await;
    let cloud = &scene.cloud;
    let made = cloud
        .request_peering(&wanted_attachment())
        .await
        .expect("asked");
    assert_eq!(
        (made.id.as_str(), made.status.phase),
        ("tr-attach-1", Phase::Pending)
    );
    let made = cloud.request_peering(&wanted_link()).await.expect("asked");
    assert_eq!(made.id.as_str(), "tr-attach-3");
    let at_cen = PeeringSelect::all().with_hub("cen-1".into());
    let listed = cloud.list_peerings(&at_cen).await.expect("listed");
    let ids: Vec<_> = listed.iter().map(|record| record.id.as_str()).collect();
    assert_eq!(ids, ["tr-attach-1", "tr-attach-2", "tr-attach-3"]);
    assert_eq!(listed[0].requester, network("vpc-2", THEIRS));
    assert_eq!(listed[0].subnets, wanted_attachment().subnets);
    assert_eq!(
        (listed[1].status.phase, &listed[1].owner),
        (Phase::Pending, &None)
    );
    assert_eq!(listed[2].accepter, wanted_link().accepter);
    let gone = PeeringSelect::all()
        .with_kind(PeeringKind::Attachment)
        .with_id("tr-attach-9".into());
    assert!(
        cloud
            .list_peerings(&gone)
            .await
            .expect("looked up")
            .is_empty()
    );
    for (id, kind) in [
        ("tr-attach-1", PeeringKind::Attachment),
        ("tr-attach-3", PeeringKind::HubToHub),
    ] {
        cloud
            .delete_peering(&id.into(), kind)
            .await
            .expect("deleted");
    }
    scene.finish();
}

#[tokio::test]
async fn learning_is_switched_on_and_off() {
    use LearningKind::{Association, Propagation};
    let scene = Scene::of("learning").await;
    let cloud = &scene.cloud;
    for kind in [Association, Propagation] {
        cloud
            .enable_learning(&learning(kind))
            .await
            .expect("enabled");
    }
    let listed = cloud
        .list_learning(&"vtb-tr-1".into())
        .await
        .expect("listed");
    let states: Vec<_> = (listed.iter())
        .map(|record| (record.learning.kind, record.status.phase))
        .collect();
    let expected = [
        (Association, Phase::Ready),
        (Association, Phase::Pending),
        (Propagation, Phase::Deleting),
    ];
    assert_eq!(states, expected);
    let routes = cloud
        .list_hub_routes(&"vtb-tr-1".into())
        .await
        .expect("listed");
    let states: Vec<_> = routes.iter().map(|route| route.status.is_ready()).collect();
    assert_eq!(states, [true, false, true]);
    assert_eq!(
        (routes[0].destination, &routes[2].next_hop),
        (range("10.0.20.0/24"), &None)
    );
    for kind in [Association, Propagation] {
        cloud
            .disable_learning(&learning(kind))
            .await
            .expect("disabled");
    }
    scene.finish();
}

#[tokio::test]
async fn refused_learning_is_settled_by_reading_back() {
    use LearningKind::{Association, Propagation};
    let scene = Scene::of("learning-settled").await;
    let cloud = &scene.cloud;
    cloud
        .enable_learning(&learning(Association))
        .await
        .expect("is on");
    let error = cloud
        .enable_learning(&learning(Propagation))
        .await
        .expect_err("is off");
    let code = "IncorrectStatus.AttachmentOrRouteTable";
    assert_refused(
        &error,
        ErrorKind::Busy,
        code,
        "wait until the object has settled",
    );
    cloud
        .disable_learning(&learning(Association))
        .await
        .expect("goes off");
    cloud
        .disable_learning(&learning(Propagation))
        .await
        .expect("is off");
    scene.finish();
}

#[tokio::test]
async fn consent_is_given_and_taken_back() {
    let scene = Scene::seen_by(THEIRS, "grants").await;
    let cloud = &scene.cloud;
    cloud.create_grant(&wanted_grant()).await.expect("given");
    let grants = cloud
        .list_grants(&network("vpc-2", THEIRS))
        .await
        .expect("listed");
    let read: Vec<_> = grants
        .iter()
        .map(|grant| (grant.hub.as_str(), grant.payer))
        .collect();
    let expected = [
        ("cen-1", Some(Payer::HubOwner)),
        ("cen-7", Some(Payer::MemberOwner)),
        ("ecr-1", None),
    ];
    assert_eq!(read, expected);
    assert!(
        grants
            .iter()
            .all(|grant| grant.created_at == noted() && grant.hub_account.as_str() == OURS)
    );
    let grants = cloud.list_grants(&line(THEIRS)).await.expect("listed");
    assert_eq!(grants[0].hub.as_str(), "ecr-1");
    cloud
        .revoke_grant(&RevokeGrant::from(&wanted_grant()))
        .await
        .expect("taken back");
    scene.finish();
}

#[tokio::test]
async fn received_consent_is_listed() {
    let scene = Scene::of("grants-received").await;
    let grants = scene
        .cloud
        .list_received_grants(&"cen-1".into())
        .await
        .expect("listed");
    assert_eq!(grants.len(), 1);
    assert_eq!(grants[0].member_account, Some(THEIRS.into()));
    assert_eq!(grants[0].created_at, noted());
    scene.finish();
}

#[tokio::test]
async fn consent_that_exists_or_not_is_settled() {
    let scene = Scene::seen_by(THEIRS, "grants-settled").await;
    let cloud = &scene.cloud;
    cloud.create_grant(&wanted_grant()).await.expect("is given");
    let error = cloud
        .create_grant(&wanted_grant())
        .await
        .expect_err("other terms");
    assert_refused(&error, ErrorKind::AlreadyExists, "", "revoke that grant");
    cloud
        .revoke_grant(&RevokeGrant::from(&wanted_grant()))
        .await
        .expect("is absent");
    let error = cloud
        .revoke_grant(&RevokeGrant::from(&wanted_grant()))
        .await
        .expect_err("attached");
    assert_eq!(
        error.code(),
        Some("InvalidOperation.GrantedInstanceAttached")
    );
    scene.finish();
}
