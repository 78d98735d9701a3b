//! The handshake, in all states of a peering.

mod common;

use common::*;
use landbridge_core::{
    DnsAccess, Endpoint, ErrorKind, Peering, PeeringKind, PeeringRecord, PeeringSelect,
    PeeringSide, Phase, RequestPeering, Result,
};
use wiremock::MockServer;

const KIND: PeeringKind = PeeringKind::NetworkToNetwork;
const DESCRIBE: &str = "DescribeVpcPeeringConnections";

fn end(id: &str, account: &str) -> Endpoint {
    Endpoint::Network {
        id: id.into(),
        account: account.into(),
        region: REGION.into(),
    }
}

fn request() -> RequestPeering {
    let (left, right) = (end("vpc-1", ACCOUNT), end("vpc-2", PEER));
    RequestPeering::new(label("peering/p"), KIND, left, right)
}

fn listed(peerings: &[String]) -> wiremock::ResponseTemplate {
    ok(DESCRIBE, &items("vpcPeeringConnectionSet", peerings))
}

async fn in_state(server: &MockServer, code: &str) {
    let there = peering("pcx-1", code, &tags("peering/p"));
    on(DESCRIBE)
        .respond_with(listed(&[there]))
        .mount(server)
        .await;
}

fn created() -> wiremock::ResponseTemplate {
    let inner = peering("pcx-1", "initiating-request", &tags("peering/p"));
    ok(
        "CreateVpcPeeringConnection",
        &format!("<vpcPeeringConnection>{inner}</vpcPeeringConnection>"),
    )
}

async fn accept(server: &MockServer, account: &str) -> Result<()> {
    let provider = provider(&server.uri(), FakeClock::new());
    let cloud = provider.place(&place_of(account, REGION)).expect("known");
    cloud.accept_peering(&"pcx-1".into()).await
}

fn kind<T>(result: Result<T>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

#[tokio::test]
async fn a_peering_is_asked_for_in_the_other_account_and_region() {
    let server = server().await;
    on("CreateVpcPeeringConnection")
        .respond_with(created())
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let peering = cloud.request_peering(&request()).await.expect("asked");
    assert_eq!(peering.status.phase, Phase::Pending);
    assert_eq!(peering.accepter, end("vpc-2", PEER));
    let form = sent(&server, "CreateVpcPeeringConnection").await;
    for (name, value) in [
        ("VpcId", "vpc-1"),
        ("PeerVpcId", "vpc-2"),
        ("PeerOwnerId", PEER),
        ("PeerRegion", REGION),
        ("TagSpecification.1.ResourceType", "vpc-peering-connection"),
    ] {
        assert_eq!(form.get(name).map(String::as_str), Some(value), "{name}");
    }
}

#[tokio::test]
async fn the_peering_that_the_cloud_hands_out_again_is_adopted_only_if_it_is_ours() {
    for (code, tagged, expected) in [
        ("active", tags("peering/p"), None),
        ("initiating-request", String::new(), None),
        ("active", String::new(), Some(ErrorKind::AlreadyExists)),
        (
            "pending-acceptance",
            tags("peering/other"),
            Some(ErrorKind::AlreadyExists),
        ),
    ] {
        let server = server().await;
        let inner = peering("pcx-1", code, &tagged);
        let inner = format!("<vpcPeeringConnection>{inner}</vpcPeeringConnection>");
        on("CreateVpcPeeringConnection")
            .respond_with(ok("CreateVpcPeeringConnection", &inner))
            .mount(&server)
            .await;
        let result = cloud(&server.uri(), FakeClock::new())
            .request_peering(&request())
            .await;
        assert_eq!(kind(result), expected, "{code}");
    }
}

#[tokio::test]
async fn a_request_goes_out_from_the_requester_only() {
    let server = server().await;
    let mut reversed = request();
    std::mem::swap(&mut reversed.requester, &mut reversed.accepter);
    let result = cloud(&server.uri(), FakeClock::new())
        .request_peering(&reversed)
        .await;
    assert_eq!(kind(result), Some(ErrorKind::InvalidInput));
    assert!(actions(&server).await.is_empty());
}

#[tokio::test]
async fn an_acceptance_is_one_call() {
    let server = server().await;
    let accepted = peering("pcx-1", "provisioning", "");
    let inner = format!("<vpcPeeringConnection>{accepted}</vpcPeeringConnection>");
    on("AcceptVpcPeeringConnection")
        .respond_with(ok("AcceptVpcPeeringConnection", &inner))
        .mount(&server)
        .await;
    accept(&server, PEER).await.expect("accepted");
    assert_eq!(actions(&server).await, ["AcceptVpcPeeringConnection"]);
}

#[tokio::test]
async fn a_refused_acceptance_follows_the_state() {
    for (code, expected) in [
        ("initiating-request", Some(ErrorKind::Busy)),
        ("provisioning", None),
        ("active", None),
        ("failed", Some(ErrorKind::Failed)),
        ("rejected", Some(ErrorKind::Failed)),
        ("expired", Some(ErrorKind::Failed)),
        ("deleting", Some(ErrorKind::Failed)),
        ("deleted", Some(ErrorKind::Failed)),
    ] {
        let server = server().await;
        in_state(&server, code).await;
        on("AcceptVpcPeeringConnection")
            .respond_with(refused(400, "InvalidStateTransition"))
            .mount(&server)
            .await;
        assert_eq!(kind(accept(&server, PEER).await), expected, "{code}");
    }
}

#[tokio::test]
async fn a_request_that_this_region_does_not_know_yet_is_worth_waiting_for() {
    let server = server().await;
    on("AcceptVpcPeeringConnection")
        .respond_with(refused(400, "InvalidVpcPeeringConnectionID.NotFound"))
        .mount(&server)
        .await;
    assert_eq!(kind(accept(&server, PEER).await), Some(ErrorKind::Busy));
}

#[tokio::test]
async fn who_may_not_accept_is_told_where_it_is_done() {
    let server = server().await;
    in_state(&server, "pending-acceptance").await;
    on("AcceptVpcPeeringConnection")
        .respond_with(refused(400, "OperationNotPermitted"))
        .mount(&server)
        .await;
    let error = accept(&server, ACCOUNT).await.expect_err("not ours");
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(error.to_string().contains(PEER), "{error}");
}

#[tokio::test]
async fn a_twin_in_the_other_direction_is_named() {
    let server = server().await;
    in_state(&server, "pending-acceptance").await;
    on("AcceptVpcPeeringConnection")
        .respond_with(refused(400, "VpcPeeringConnectionAlreadyExists"))
        .mount(&server)
        .await;
    let error = accept(&server, PEER).await.expect_err("twin");
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert!(
        error
            .remedy()
            .is_some_and(|remedy| remedy.contains("other direction"))
    );
}

async fn delete_with(server: &MockServer, code: &str) -> Result<()> {
    on("DescribeRouteTables")
        .respond_with(ok("DescribeRouteTables", "<routeTableSet/>"))
        .mount(server)
        .await;
    in_state(server, code).await;
    on("DeleteVpcPeeringConnection")
        .respond_with(refused(400, "InvalidStateTransition"))
        .mount(server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    cloud.delete_peering(&"pcx-1".into(), KIND).await
}

#[tokio::test]
async fn what_is_over_counts_as_deleted() {
    for code in ["failed", "rejected", "expired", "deleted", "deleting"] {
        let server = server().await;
        delete_with(&server, code).await.expect(code);
    }
    let server = server().await;
    assert_eq!(
        kind(delete_with(&server, "provisioning").await),
        Some(ErrorKind::Busy)
    );
}

#[tokio::test]
async fn a_peering_that_routes_lead_to_is_not_deleted() {
    let server = server().await;
    let table = "<routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId><routeSet><item>\
         <destinationCidrBlock>10.2.0.0/16</destinationCidrBlock><vpcPeeringConnectionId>pcx-1</vpcPeeringConnectionId>\
         </item></routeSet>";
    let tables = items("routeTableSet", &[table.to_owned()]);
    on("DescribeRouteTables")
        .respond_with(ok("DescribeRouteTables", &tables))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let error = cloud
        .delete_peering(&"pcx-1".into(), KIND)
        .await
        .expect_err("used");
    assert_eq!(error.kind(), ErrorKind::InUse);
    assert!(error.to_string().contains("rtb-1"), "{error}");
}

async fn shown(cloud: &landbridge_aws::AwsCloud, select: PeeringSelect) -> Vec<PeeringRecord> {
    cloud.list_peerings(&select).await.expect("lists")
}

#[tokio::test]
async fn tombstones_are_shown_to_who_asks_by_id_or_waits_for_them() {
    let ours = || PeeringSelect::all().with_topology("t");
    for code in ["failed", "rejected", "expired"] {
        let server = server().await;
        in_state(&server, code).await;
        on("CreateVpcPeeringConnection")
            .respond_with(created())
            .mount(&server)
            .await;
        let cloud = cloud(&server.uri(), FakeClock::new());
        assert!(shown(&cloud, ours()).await.is_empty());
        let by_id = shown(&cloud, PeeringSelect::all().with_id("pcx-1".into())).await;
        assert_eq!(by_id[0].status.word, format!("{code}: a reason"));
        // The dead one does not stand in the way of a new request, and whoever made that learns how it ends.
        cloud.request_peering(&request()).await.expect("asked");
        assert_eq!(shown(&cloud, ours()).await[0].status.phase, Phase::Failed);
    }
}

#[tokio::test]
async fn what_is_deleted_is_absent_and_what_dies_before_our_eyes_is_not() {
    let server = server().await;
    let states = ["pending-acceptance", "rejected", "deleted"];
    let states = states.map(|code| listed(&[peering("pcx-1", code, &tags("peering/p"))]));
    on(DESCRIBE)
        .respond_with(Script::new(states))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let mut phases = Vec::new();
    for _ in 0..3 {
        let list = shown(&cloud, PeeringSelect::all().with_topology("t")).await;
        phases.push(list.first().map(|peering| peering.status.phase));
    }
    assert_eq!(
        phases,
        [Some(Phase::AwaitingAcceptance), Some(Phase::Failed), None]
    );
    assert!(
        shown(
            &cloud,
            PeeringSelect::all().with_kind(PeeringKind::Attachment)
        )
        .await
        .is_empty()
    );
}

#[tokio::test]
async fn resolving_names_waits_for_the_peering_and_is_each_side_s_own() {
    for (code, expected) in [
        ("provisioning", ErrorKind::Busy),
        ("active", ErrorKind::PermissionDenied),
        ("deleted", ErrorKind::Failed),
    ] {
        let server = server().await;
        in_state(&server, code).await;
        on("ModifyVpcPeeringConnectionOptions")
            .respond_with(refused(400, "OperationNotPermitted"))
            .mount(&server)
            .await;
        let cloud = cloud(&server.uri(), FakeClock::new());
        let result = cloud
            .allow_dns_resolution(&"pcx-1".into(), PeeringSide::Requester, DnsAccess::Allow)
            .await;
        assert_eq!(kind(result), Some(expected), "{code}");
        let form = sent(&server, "ModifyVpcPeeringConnectionOptions").await;
        let name = "RequesterPeeringConnectionOptions.AllowDnsResolutionFromRemoteVpc";
        assert_eq!(form.get(name).map(String::as_str), Some("true"));
    }
}

#[tokio::test]
async fn resolving_names_turns_nothing_on_by_the_way() {
    // Both attributes are in both answers; each call reads its own.
    let attributes = |names: bool| {
        format!(
            "<enableDnsSupport><value>true</value></enableDnsSupport>\
             <enableDnsHostnames><value>{names}</value></enableDnsHostnames>"
        )
    };
    for (names, expected) in [(true, ErrorKind::Busy), (false, ErrorKind::InvalidInput)] {
        let server = server().await;
        in_state(&server, "active").await;
        let code = "InvalidVpcPeeringConnectionState.DnsHostnamesDisabled";
        on("ModifyVpcPeeringConnectionOptions")
            .respond_with(refused(400, code))
            .mount(&server)
            .await;
        answers(&server, "DescribeVpcAttribute", &attributes(names)).await;
        let cloud = cloud(&server.uri(), FakeClock::new());
        let result = cloud
            .allow_dns_resolution(&"pcx-1".into(), PeeringSide::Requester, DnsAccess::Allow)
            .await;
        assert_eq!(kind(result), Some(expected), "host names: {names}");
        let sent = actions(&server).await;
        assert!(
            !sent.iter().any(|action| action == "ModifyVpcAttribute"),
            "{sent:?}"
        );
    }
}
