//! Express Connect Routers, and networks joined with each other.

use landbridge_core::{
    CreateGrant, CreateHub, ErrorKind, Grant, Hub, HubScope, Peering, PeeringKind, PeeringSelect,
    Phase, RequestPeering, RevokeGrant, Select, Transit,
};

use super::{
    Endpoint, OURS, Scene, THEIRS, TOPOLOGY, assert_refused, label, line, network, owner, range,
};

fn attachment(key: &str, member: Endpoint) -> RequestPeering {
    let router = Endpoint::Edge {
        id: "ecr-1".into(),
        account: OURS.into(),
    };
    RequestPeering::new(label(key), PeeringKind::Attachment, member, router)
}

fn grant() -> CreateGrant {
    CreateGrant::new(line(THEIRS), "ecr-1".into(), OURS.into())
}

pub(super) fn wanted_connection() -> RequestPeering {
    let there = Endpoint::Network {
        id: "vpc-2".into(),
        account: THEIRS.into(),
        region: "cn-qingdao".into(),
    };
    let (kind, max_mbps) = (PeeringKind::NetworkToNetwork, Some(100));
    RequestPeering::new(label("peering/p"), kind, network("vpc-1", OURS), there)
        .with_transit(Transit::ByTraffic { max_mbps })
}

#[tokio::test]
async fn an_edge_router_lives_and_dies() {
    let scene = Scene::of("edge-routers").await;
    let cloud = &scene.cloud;
    let scope = HubScope::Edge { asn: 64512 };
    let made = cloud
        .create_hub(&CreateHub::new(label("hub/e"), scope.clone()))
        .await
        .expect("made");
    assert_eq!(
        (made.id.as_str(), made.status.phase),
        ("ecr-1", Phase::Pending)
    );
    let listed = cloud.list_hubs(&Select::All).await.expect("listed");
    assert_eq!((listed[0].id.as_str(), &listed[0].scope), ("ecr-1", &scope));
    assert_eq!(
        (&listed[0].owner, listed[0].status.is_ready()),
        (&Some(owner("hub/e")), true)
    );
    let locked = (
        &listed[1].scope,
        listed[1].status.phase,
        listed[1].account.as_str(),
    );
    assert_eq!(
        locked,
        (&HubScope::Edge { asn: 4_200_000_000 }, Phase::Failed, OURS)
    );
    let one = cloud
        .list_hubs(&Select::id("ecr-1"))
        .await
        .expect("looked up");
    assert_eq!(one[0].status.phase, Phase::Pending);
    cloud.delete_hub(&"ecr-1".into()).await.expect("deleted");
    scene.finish();
}

#[tokio::test]
async fn members_hang_on_an_edge_router() {
    let scene = Scene::of("edge-attachments").await;
    let cloud = &scene.cloud;
    let prefixes = vec![range("10.0.20.0/24")];
    let wanted =
        attachment("attachment/n", network("vpc-2", THEIRS)).with_prefixes(prefixes.clone());
    let made = cloud.request_peering(&wanted).await.expect("asked");
    assert_eq!(made.id.as_str(), "ecr-assoc-1");
    let made = cloud
        .request_peering(&attachment("attachment/l", line(THEIRS)))
        .await
        .expect("asked");
    assert_eq!(
        (made.id.as_str(), made.status.phase),
        ("ecr-assoc-2", Phase::Pending)
    );
    let at_router = PeeringSelect::all().with_hub("ecr-1".into());
    let listed = cloud.list_peerings(&at_router).await.expect("listed");
    let read: Vec<_> = listed
        .iter()
        .map(|record| (record.id.as_str(), record.kind, record.status.phase))
        .collect();
    let expected = [
        ("ecr-assoc-1", PeeringKind::Attachment, Phase::Ready),
        ("ecr-assoc-3", PeeringKind::HubToHub, Phase::Pending),
        ("ecr-assoc-2", PeeringKind::Attachment, Phase::Ready),
    ];
    assert_eq!(read, expected);
    assert_eq!(
        (&listed[0].requester, &listed[0].prefixes),
        (&network("vpc-2", THEIRS), &prefixes)
    );
    assert_eq!(
        (&listed[2].requester, &listed[2].owner),
        (&line(THEIRS), &Some(owner("attachment/l")))
    );
    for id in ["ecr-assoc-1", "ecr-assoc-2"] {
        let taken_off = cloud
            .delete_peering(&id.into(), PeeringKind::Attachment)
            .await;
        taken_off.expect("taken off");
    }
    scene.finish();
}

#[tokio::test]
async fn consent_to_an_edge_router_has_two_views() {
    let scene = Scene::seen_by(THEIRS, "edge-grants").await;
    scene.cloud.create_grant(&grant()).await.expect("given");
    let views = scene
        .cloud
        .cross_check_grant(&grant())
        .await
        .expect("compared");
    assert!(views.router && views.member);
    scene
        .cloud
        .revoke_grant(&RevokeGrant::from(&grant()))
        .await
        .expect("taken back");
    scene.finish();
}

#[tokio::test]
async fn received_consent_leaves_out_what_is_being_deleted() {
    let scene = Scene::of("edge-grants-received").await;
    let grants = scene
        .cloud
        .list_received_grants(&"ecr-1".into())
        .await
        .expect("listed");
    assert_eq!(grants.len(), 1);
    assert_eq!(
        (grants[0].member.id(), &grants[0].member_account),
        ("vbr-1", &Some(THEIRS.into()))
    );
    scene.finish();
}

#[tokio::test]
async fn failures_inside_good_answers_are_failures() {
    use ErrorKind::{Busy, InUse, InvalidInput, NotFound, PermissionDenied, Unsupported};
    let scene = Scene::seen_by(THEIRS, "edge-refused").await;
    let cloud = &scene.cloud;
    for (kind, code, remedy) in [
        (
            Busy,
            "Conflict.Lock",
            "another change of the router is running",
        ),
        (Busy, "IncorrectStatus.Ecr", "wait until"),
        (Busy, "OperationFailed.CallingVpcYaochi", "wait until"),
        (
            Busy,
            "OperationDenied.VbrAttachEcrInMiddleStatus",
            "wait until",
        ),
        (NotFound, "ResourceNotFound.EcrId", ""),
        (
            InvalidInput,
            "IllegalParam.EcrOwnerAliUid",
            "correct the account ID",
        ),
        (InvalidInput, "MissingParam.EcrId", "correct the parameter"),
        (Unsupported, "UnsupportedRegion", "choose another region"),
        (
            PermissionDenied,
            "Forbbiden.AttachChildInstanceAcrossBid",
            "account manager",
        ),
        (PermissionDenied, "NoPermission", "allow the action"),
    ] {
        let error = cloud.create_grant(&grant()).await.expect_err("refused");
        assert_refused(&error, kind, code, remedy);
        assert!(error.request_id().is_some());
        if code == "NoPermission" {
            assert!(
                error.message().contains("expressconnectrouter:Grant"),
                "{error}"
            );
        }
    }
    cloud.delete_hub(&"ecr-1".into()).await.expect("absent");
    for (kind, code, remedy) in [
        (Busy, "IncorrectStatus.EcrAssociation", "wait until"),
        (
            InUse,
            "OperationFailed.UsedInRouteEntryNextHop",
            "delete the routes",
        ),
    ] {
        let error = cloud
            .delete_hub(&"ecr-1".into())
            .await
            .expect_err("refused");
        assert_refused(&error, kind, code, remedy);
    }
    let error = cloud
        .revoke_grant(&RevokeGrant::from(&grant()))
        .await
        .expect_err("attached");
    assert_refused(
        &error,
        InUse,
        "OperationDenied.InstanceAttached",
        "detach the member first",
    );
    scene.finish();
}

#[tokio::test]
async fn networks_are_joined() {
    let scene = Scene::of("connections").await;
    let cloud = &scene.cloud;
    let made = cloud
        .request_peering(&wanted_connection())
        .await
        .expect("asked");
    assert_eq!(
        (made.id.as_str(), made.status.phase),
        ("pcc-1", Phase::Pending)
    );
    cloud
        .accept_peering(&"pcc-1".into())
        .await
        .expect("accepted");
    let kind = PeeringKind::NetworkToNetwork;
    let ours = PeeringSelect::all().with_kind(kind).with_topology(TOPOLOGY);
    let listed = cloud.list_peerings(&ours).await.expect("listed");
    let read: Vec<_> = listed
        .iter()
        .map(|record| (record.id.as_str(), record.status.phase))
        .collect();
    assert_eq!(
        read,
        [
            ("pcc-1", Phase::Ready),
            ("pcc-2", Phase::AwaitingAcceptance)
        ]
    );
    assert_eq!(listed[0].accepter, wanted_connection().accepter);
    let one = PeeringSelect::all().with_kind(kind).with_id("pcc-1".into());
    let listed = cloud.list_peerings(&one).await.expect("looked up");
    assert_eq!(listed[0].status.phase, Phase::Pending);
    cloud
        .delete_peering(&"pcc-1".into(), kind)
        .await
        .expect("deleted");
    scene.finish();
}

#[tokio::test]
async fn connections_that_exist_are_settled_by_reading_back() {
    let scene = Scene::of("connections-settled").await;
    let cloud = &scene.cloud;
    let adopted = cloud
        .request_peering(&wanted_connection())
        .await
        .expect("adopted");
    assert_eq!(adopted.id.as_str(), "pcc-1");
    let error = cloud
        .request_peering(&wanted_connection())
        .await
        .expect_err("foreign");
    assert_refused(
        &error,
        ErrorKind::AlreadyExists,
        "",
        "delete that connection",
    );
    let accept = async || cloud.accept_peering(&"pcc-1".into()).await;
    let early = accept().await.expect_err("too early");
    assert_refused(
        &early,
        ErrorKind::Busy,
        "IncorrectStatus.VpcPeer",
        "wait until",
    );
    accept().await.expect("accepted before");
    let late = accept().await.expect_err("too late");
    assert_refused(&late, ErrorKind::Failed, "", "request a new one");
    scene.finish();
}
