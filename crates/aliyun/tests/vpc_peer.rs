//! Networks joined with each other over HTTP: asked for, accepted, listed from both sides, deleted.

mod common;

use common::*;
use landbridge_core::{
    Capabilities, Cloud, CreateRoute, DnsAccess, Endpoint, ErrorKind, Label, Model, Owner, Peering,
    PeeringId, PeeringKind, PeeringRecord, PeeringSelect, PeeringSide, Phase, RequestPeering,
    Routing, Scope, Token,
};
use serde_json::{Value, json};
use wiremock::matchers::body_string_contains;
use wiremock::{MockServer, ResponseTemplate};

const CREATE: &str = "CreateVpcPeerConnection";
const ACCEPT: &str = "AcceptVpcPeerConnection";
const DELETE: &str = "DeleteVpcPeerConnection";
const LIST: &str = "ListVpcPeerConnections";

fn label(key: &str) -> Label {
    Label::new("a name", Owner::new("t", key), token())
}

fn token() -> Token {
    Token::derive(&["x"])
}

fn network(id: &str, account: &str, region: &str) -> Endpoint {
    Endpoint::Network {
        id: id.into(),
        account: account.into(),
        region: region.into(),
    }
}

fn request() -> RequestPeering {
    RequestPeering::new(
        label("peering/p"),
        PeeringKind::NetworkToNetwork,
        network("vpc-1", ACCOUNT, REGION),
        network("vpc-2", "02", "cn-qingdao"),
    )
}

fn connection(id: &str, status: &str, key: Option<&str>) -> Value {
    let tags = key.map(|key| {
        json!([{"Key": "landbridge:topology", "Value": "t"}, {"Key": "landbridge:key", "Value": key}])
    });
    json!({"InstanceId": id, "Name": "n", "Status": status, "RegionId": REGION, "Vpc": {"VpcId": "vpc-1"}, "OwnerId": ACCOUNT,
        "AcceptingRegionId": "cn-qingdao", "AcceptingVpc": {"VpcId": "vpc-2"}, "AcceptingOwnerUid": 2, "Tags": tags.unwrap_or(json!([]))})
}

fn listed(connections: &[Value]) -> ResponseTemplate {
    ok(json!({"VpcPeerConnects": connections}))
}

async fn answers(server: &MockServer, action: &str, answer: ResponseTemplate) {
    on(action).respond_with(answer).mount(server).await;
}

async fn sent(server: &MockServer, name: &str) -> Vec<String> {
    let requests = server.received_requests().await.expect("recorded");
    let of = requests.iter().filter(|request| action(request) == name);
    of.map(body).collect()
}

fn ids(records: &[PeeringRecord]) -> Vec<&str> {
    records.iter().map(|record| record.id.as_str()).collect()
}

#[tokio::test]
async fn a_connection_is_asked_for() {
    let server = server().await;
    answers(&server, CREATE, ok(json!({"InstanceId": "pcc-1"}))).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let record = cloud.request_peering(&request()).await.expect("asked");
    assert_eq!(
        (record.id.as_str(), record.status.phase),
        ("pcc-1", Phase::Pending)
    );
    let sent = sent(&server, CREATE).await;
    assert!(
        sent[0].starts_with(
            "RegionId=cn-hangzhou&VpcId=vpc-1&AcceptingAliUid=02&AcceptingRegionId=cn-qingdao&AcceptingVpcId=vpc-2&Name=a%20name&Tag.1.Key="
        ),
        "{}",
        sent[0]
    );
}

#[tokio::test]
async fn a_connection_that_exists_is_adopted_only_if_ours() {
    for (key, adopted) in [
        (Some("peering/p"), true),
        (Some("peering/other"), false),
        (None, false),
    ] {
        let server = server().await;
        answers(&server, CREATE, refused("ResourceAlreadyExist.VpcPeer")).await;
        let stale = connection("pcc-0", "Expired", Some("peering/p"));
        on(LIST)
            .and(body_string_contains("VpcId=vpc-1"))
            .respond_with(listed(&[stale, connection("pcc-1", "Activated", key)]))
            .mount(&server)
            .await;
        let cloud = cloud(&server.uri(), FakeClock::new());
        let result = cloud.request_peering(&request()).await;
        match adopted {
            true => assert_eq!(result.expect("adopted").id.as_str(), "pcc-1"),
            false => {
                let error = result.expect_err("foreign");
                assert_eq!(error.kind(), ErrorKind::AlreadyExists);
                assert!(error.to_string().contains("pcc-1"), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn what_the_accounts_lack_is_told() {
    use ErrorKind::{Busy, QuotaExceeded, Refused, ServiceNotOpen, Unsupported};
    for (code, kind, remedy) in [
        (
            "OperationFailed.AcceptUserCdtNotOpened",
            ServiceNotOpen,
            "accepter's account",
        ),
        (
            "OperationFailed.CdtNotOpened",
            ServiceNotOpen,
            "requester's account",
        ),
        (
            "OperationFailed.CrossBusinessNotAllowed",
            Unsupported,
            "same site",
        ),
        (
            "QuotaExceeded.VpcPeerCountPerVpc",
            QuotaExceeded,
            "raise the quota",
        ),
        (
            "ResourceAlreadyExist.RouterInterface",
            Refused,
            "delete the router interfaces",
        ),
        ("IncorrectStatus.AcceptingVpc", Busy, "repeat"),
    ] {
        let server = server().await;
        answers(&server, CREATE, refused(code)).await;
        let cloud = cloud(&server.uri(), FakeClock::new());
        let error = cloud
            .request_peering(&request())
            .await
            .expect_err("refused");
        assert_eq!(error.kind(), kind, "{code}");
        assert!(error.to_string().contains(remedy), "{error}");
    }
}

#[tokio::test]
async fn accepting_what_is_accepted_succeeds_and_too_early_or_too_late_does_not() {
    for (status, outcome) in [
        ("Activated", None),
        ("Updating", None),
        ("Creating", Some(ErrorKind::Busy)),
        ("Expired", Some(ErrorKind::Failed)),
    ] {
        let server = server().await;
        answers(&server, ACCEPT, refused("IncorrectStatus.VpcPeer")).await;
        on(LIST)
            .and(body_string_contains("InstanceId=pcc-1"))
            .respond_with(listed(&[connection("pcc-1", status, None)]))
            .mount(&server)
            .await;
        let cloud = cloud(&server.uri(), FakeClock::new());
        let result = cloud.accept_peering(&"pcc-1".into()).await;
        assert_eq!(result.err().map(|error| error.kind()), outcome, "{status}");
    }
}

#[tokio::test]
async fn an_open_request_is_accepted_in_one_call() {
    let server = server().await;
    answers(&server, ACCEPT, ok(nothing())).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let id = PeeringId::from("pcc-1");
    cloud.accept_peering(&id).await.expect("accepted");
    let sent = sent(&server, ACCEPT).await;
    assert!(sent[0].starts_with("RegionId=cn-hangzhou&InstanceId=pcc-1&ClientToken="));
    let error = cloud
        .allow_dns_resolution(&id, PeeringSide::Accepter, DnsAccess::Allow)
        .await
        .expect_err("no such option");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn connections_are_listed_by_tag_by_id_and_all() {
    let server = server().await;
    on(LIST)
        .and(body_string_contains("NextToken=n"))
        .respond_with(listed(&[connection("pcc-2", "Accepting", None)]))
        .with_priority(1)
        .mount(&server)
        .await;
    let first = connection("pcc-1", "Activated", Some("peering/p"));
    let gone = connection("pcc-9", "Deleted", Some("peering/q"));
    let page = json!({"VpcPeerConnects": [first, gone], "NextToken": "n"});
    answers(&server, LIST, ok(page)).await;
    answers(&server, "ListTransitRouterVpcAttachments", ok(nothing())).await;
    answers(&server, "ListTransitRouterPeerAttachments", ok(nothing())).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let kind = PeeringSelect::all().with_kind(PeeringKind::NetworkToNetwork);
    let all = cloud.list_peerings(&kind).await.expect("listed");
    assert_eq!(ids(&all), ["pcc-1", "pcc-2"]);
    assert_eq!(all[1].status.phase, Phase::AwaitingAcceptance);
    let ours = PeeringSelect::all().with_topology("t");
    let ours = cloud.list_peerings(&ours).await.expect("listed");
    assert_eq!(ids(&ours), ["pcc-1"]);
    let one = PeeringSelect::all().with_id("pcc-2".into());
    let one = cloud.list_peerings(&one).await.expect("listed");
    assert_eq!(ids(&one), ["pcc-2"]);
    let sent = sent(&server, LIST).await;
    assert_eq!(sent[0], "RegionId=cn-hangzhou&MaxResults=100");
    assert!(sent[2].contains("Tags.1.Key=landbridge%3Atopology&Tags.1.Value=t"));
    assert!(sent[4].starts_with("RegionId=cn-hangzhou&InstanceId=pcc-2"));
}

#[tokio::test]
async fn a_connection_is_not_deleted_while_routes_lead_to_it() {
    let server = server().await;
    on(DELETE)
        .respond_with(Script::new([
            refused("OperationDenied.RouteEntryExist"),
            ok(nothing()),
            refused("ResourceNotFound.InstanceId"),
        ]))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let kind = PeeringKind::NetworkToNetwork;
    let delete = async || cloud.delete_peering(&"pcc-1".into(), kind).await;
    assert_eq!(delete().await.expect_err("used").kind(), ErrorKind::InUse);
    delete().await.expect("deleted");
    delete().await.expect("absent");
    let sent = sent(&server, DELETE).await;
    assert!(!sent[0].contains("Force"), "{}", sent[0]);
}

#[tokio::test]
async fn a_route_to_a_connection_says_so() {
    let server = server().await;
    answers(
        &server,
        "CreateRouteEntry",
        ok(json!({"RouteEntryId": "rte-1"})),
    )
    .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let range = "10.9.0.0/16".parse().expect("range");
    let route = CreateRoute::new("vtb-1".into(), range, "pcc-1".into())
        .with_name("a name")
        .with_token(token());
    cloud.create_route(&route).await.expect("made");
    let sent = sent(&server, "CreateRouteEntry").await;
    assert!(sent[0].contains("&NextHopType=VpcPeer&NextHopId=pcc-1&"));
}

#[tokio::test]
async fn the_inventory_shows_connections_that_concern_the_topology() {
    let server = server().await;
    let identity =
        json!({"IdentityType": "RAMUser", "AccountId": ACCOUNT, "Arn": "acs:ram::1:user/alice"});
    answers(&server, "GetCallerIdentity", ok(identity)).await;
    for empty in [
        "DescribeCens",
        "DescribeVSwitches",
        "DescribeRouteTableList",
        "DescribeGrantRulesToResource",
        "DescribeSecurityGroups",
        "DescribeInstances",
        "GetCdtServiceStatus",
        "DescribeNetworkAcls",
        "CheckTransitRouterService",
        "ListTransitRouterAvailableResource",
    ] {
        answers(&server, empty, ok(nothing())).await;
    }
    let vpc = json!({"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "Status": "Available", "OwnerId": ACCOUNT});
    let vpcs = json!({"Vpcs": {"Vpc": [vpc]}, "TotalCount": 1});
    answers(&server, "DescribeVpcs", ok(vpcs)).await;
    let mut elsewhere = connection("pcc-3", "Activated", None);
    elsewhere["Vpc"]["VpcId"] = json!("vpc-8");
    let mut tagged = connection("pcc-2", "Expired", Some("peering/q"));
    tagged["Vpc"]["VpcId"] = json!("vpc-9");
    let all = [connection("pcc-1", "Activated", None), tagged, elsewhere];
    answers(&server, LIST, listed(&all)).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let scope = Scope::new("t").with_networks(vec!["vpc-1".into()]);
    let inventory = cloud.inventory(&scope).await.expect("read");
    assert_eq!(ids(&inventory.peerings), ["pcc-1", "pcc-2"]);
    assert_eq!(sent(&server, LIST).await.len(), 1);
}

#[tokio::test]
async fn hubs_are_preferred_to_meshes() {
    let server = server().await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let data: &Capabilities = cloud.capabilities();
    assert_eq!(data.models, [Model::Hub, Model::Mesh]);
    assert!(data.peerings_per_network.is_some() && data.outstanding_requests.is_none());
}
