//! Express Connect Routers over HTTP: hubs, grants with their two views, attachments of networks and border routers.

mod common;

use common::*;
use landbridge_core::{
    CreateGrant, CreateHub, CreateRoute, Endpoint, ErrorKind, Grant, Hub, HubScope, Label, Member,
    Owner, Peering, PeeringKind, PeeringRecord, PeeringSelect, Phase, RequestPeering, RevokeGrant,
    Routing, Select, Token,
};
use serde_json::{Value, json};
use wiremock::matchers::body_string_contains;
use wiremock::{MockServer, ResponseTemplate};

const GRANT: &str = "GrantInstanceToExpressConnectRouter";
const REVOKE: &str = "RevokeInstanceFromExpressConnectRouter";
const GRANTED: &str = "DescribeInstanceGrantedToExpressConnectRouter";
const ASSOCIATIONS: &str = "DescribeExpressConnectRouterAssociation";
const CHILDREN: &str = "DescribeExpressConnectRouterChildInstance";

fn label(key: &str) -> Label {
    Label::new("a name", Owner::new("t", key), token())
}

fn token() -> Token {
    Token::derive(&["x"])
}

fn network() -> Endpoint {
    Endpoint::Network {
        id: "vpc-2".into(),
        account: ACCOUNT.into(),
        region: REGION.into(),
    }
}

fn line(account: &str) -> Endpoint {
    Endpoint::BorderRouter {
        id: "vbr-1".into(),
        account: account.into(),
        region: REGION.into(),
    }
}

fn edge() -> Endpoint {
    Endpoint::Edge {
        id: "ecr-1".into(),
        account: ACCOUNT.into(),
    }
}

/// A good answer of this product.
fn fine(mut body: Value) -> ResponseTemplate {
    body["Success"] = json!(true);
    body["Code"] = json!("200");
    body["HttpStatusCode"] = json!(200);
    ok(body)
}

/// A failure as this product tells it.
fn failed(code: &str) -> ResponseTemplate {
    ok(
        json!({"Success": false, "Code": code, "Message": "the message", "HttpStatusCode": 400, "RequestId": "R-1"}),
    )
}

async fn answers(server: &MockServer, action: &str, answer: ResponseTemplate) {
    on(action).respond_with(answer).mount(server).await;
}

async fn sent(server: &MockServer, name: &str) -> Vec<String> {
    let requests = server.received_requests().await.expect("recorded");
    let of = requests.iter().filter(|request| action(request) == name);
    of.map(body).collect()
}

fn grant(member: Endpoint) -> CreateGrant {
    CreateGrant::new(member, "ecr-1".into(), "77".into())
}

fn granted(member: &str, owner: &str) -> Value {
    json!({"EcrGrantedInstanceList": [{"EcrId": "ecr-1", "EcrOwnerAliUid": owner, "NodeId": member,
        "NodeOwnerUid": 2, "Status": "ACTIVE"}]})
}

#[tokio::test]
async fn a_router_is_made_listed_and_deleted() {
    let server = server().await;
    answers(
        &server,
        "CreateExpressConnectRouter",
        fine(json!({"EcrId": "ecr-1"})),
    )
    .await;
    answers(
        &server,
        "DeleteExpressConnectRouter",
        failed("ResourceNotFound.EcrId"),
    )
    .await;
    let router = json!({"EcrId": "ecr-1", "AlibabaSideAsn": 45104, "Status": "ACTIVE", "OwnerId": 7,
        "Tags": [{"TagKey": "landbridge:topology", "TagValue": "t"}, {"TagKey": "landbridge:key", "TagValue": "hub/e"}]});
    let foreign = json!({"EcrId": "ecr-2", "AlibabaSideAsn": 45104, "Status": "ACTIVE"});
    let list = json!({"EcrList": [router, foreign], "TotalCount": 2});
    answers(&server, "DescribeExpressConnectRouter", fine(list)).await;
    answers(&server, "DescribeCens", ok(nothing())).await;
    answers(&server, "ListTransitRouters", ok(nothing())).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let scope = HubScope::Edge { asn: 45104 };
    let hub = cloud
        .create_hub(&CreateHub::new(label("hub/e"), scope.clone()))
        .await
        .expect("made");
    assert_eq!(
        (hub.id.as_str(), hub.region, hub.status.phase),
        ("ecr-1", None, Phase::Pending)
    );
    let ours = cloud
        .list_hubs(&Select::Topology("t".to_owned()))
        .await
        .expect("listed");
    assert_eq!((ours.len(), &ours[0].scope), (1, &scope));
    let all = cloud.list_hubs(&Select::All).await.expect("listed");
    assert_eq!(all.len(), 2);
    cloud.delete_hub(&"ecr-1".into()).await.expect("absent");
}

#[tokio::test]
async fn whoever_may_not_see_routers_sees_the_other_hubs() {
    let server = server().await;
    answers(
        &server,
        "DescribeExpressConnectRouter",
        refused("NoPermission"),
    )
    .await;
    let cen = json!({"CenId": "cen-1", "Status": "Active"});
    answers(
        &server,
        "DescribeCens",
        ok(json!({"Cens": {"Cen": [cen]}, "TotalCount": 1})),
    )
    .await;
    answers(&server, "ListTransitRouters", ok(nothing())).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    assert_eq!(
        cloud.list_hubs(&Select::All).await.expect("listed").len(),
        1
    );
    let error = cloud
        .list_hubs(&Select::id("ecr-1"))
        .await
        .expect_err("asked for by name");
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
}

#[tokio::test]
async fn a_grant_is_written_once_and_with_the_members_kind() {
    for (member, id, kind) in [(network(), "vpc-2", "VPC"), (line(ACCOUNT), "vbr-1", "VBR")] {
        let server = server().await;
        on(GRANTED)
            .and(body_string_contains("CallerType=OTHER"))
            .respond_with(Script::new([
                fine(json!({"EcrGrantedInstanceList": []})),
                fine(granted(id, "77")),
                fine(granted(id, "78")),
            ]))
            .mount(&server)
            .await;
        answers(&server, GRANT, fine(nothing())).await;
        let cloud = cloud(&server.uri(), FakeClock::new());
        let request = grant(member);
        cloud.create_grant(&request).await.expect("granted");
        cloud.create_grant(&request).await.expect("is granted");
        let error = cloud.create_grant(&request).await.expect_err("other owner");
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        let sent = sent(&server, GRANT).await;
        assert_eq!(sent.len(), 1);
        let start = format!(
            "EcrId=ecr-1&EcrOwnerAliUid=77&InstanceId={id}&InstanceType={kind}&InstanceRegionId={REGION}&ClientToken="
        );
        assert!(sent[0].starts_with(&start), "{}", sent[0]);
    }
}

#[tokio::test]
async fn a_border_router_that_may_not_be_shared_says_whom_to_ask() {
    let server = server().await;
    answers(&server, GRANTED, fine(nothing())).await;
    answers(
        &server,
        GRANT,
        failed("Forbbiden.AttachChildInstanceAcrossBid"),
    )
    .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let error = cloud
        .create_grant(&grant(line(ACCOUNT)))
        .await
        .expect_err("not enabled");
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    let remedy = error.remedy().expect("a remedy");
    for part in [
        "account manager",
        "legal entity",
        ACCOUNT,
        "77",
        "vbr-1",
        "ecr-1",
    ] {
        assert!(remedy.contains(part), "{remedy}");
    }
    let error = cloud
        .create_grant(&grant(network()))
        .await
        .expect_err("sites");
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
}

#[tokio::test]
async fn a_wrong_owner_of_the_router_is_named() {
    let server = server().await;
    answers(&server, GRANTED, fine(nothing())).await;
    answers(&server, GRANT, failed("IllegalParam.EcrOwnerAliUid")).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let error = cloud
        .create_grant(&grant(network()))
        .await
        .expect_err("wrong");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("account 77"), "{error}");
}

#[tokio::test]
async fn revoking_is_settled_by_reading_back_and_asks_to_detach_first() {
    let server = server().await;
    answers(&server, REVOKE, failed("OperationDenied.Attached")).await;
    on(GRANTED)
        .respond_with(Script::new([fine(nothing()), fine(granted("vbr-1", "77"))]))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    cloud
        .revoke_grant(&RevokeGrant::from(&grant(line(ACCOUNT))))
        .await
        .expect("absent");
    let error = cloud
        .revoke_grant(&RevokeGrant::from(&grant(line(ACCOUNT))))
        .await
        .expect_err("attached");
    assert_eq!(error.kind(), ErrorKind::InUse);
    assert!(
        error.to_string().contains("detach the member first"),
        "{error}"
    );
}

#[tokio::test]
async fn a_locked_router_is_busy() {
    let server = server().await;
    answers(&server, GRANTED, fine(nothing())).await;
    answers(&server, GRANT, failed("Conflict.Lock")).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let error = cloud
        .create_grant(&grant(network()))
        .await
        .expect_err("locked");
    assert_eq!(error.kind(), ErrorKind::Busy);
}

fn view(owner: u64) -> Value {
    json!({"GrantRuleModels": [{"EcrId": "ecr-1", "EcrOwnerId": owner, "InstanceId": "vpc-2", "CreationTime": "2026-01-02T03:04:05Z"}]})
}

#[tokio::test]
async fn grants_on_a_member_are_those_of_both_products() {
    let server = server().await;
    let rule = json!({"CenId": "cen-1", "CenOwnerId": 1, "OrderType": "PayByCenOwner"});
    on("DescribeGrantRulesToResource")
        .respond_with(Script::new([
            ok(json!({"GrantRules": [rule]})),
            refused("Forbbiden.TransitRouterServiceNotOpen"),
        ]))
        .mount(&server)
        .await;
    answers(&server, "DescribeVpcGrantRulesToEcr", ok(view(77))).await;
    let lines = json!({"EcrGrantRules": [{"EcrInstanceId": "ecr-1", "EcrUid": 77, "CreateTime": "2026-01-02T03:04:05Z"}], "TotalCount": 1});
    answers(&server, "DescribeGrantRulesToEcr", ok(lines)).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let grants = cloud.list_grants(&network()).await.expect("listed");
    let hubs: Vec<_> = grants.iter().map(|grant| grant.hub.as_str()).collect();
    assert_eq!(hubs, ["cen-1", "ecr-1"]);
    assert!(grants[1].created_at.is_some() && grants[1].payer.is_none());
    let grants = cloud.list_grants(&line(ACCOUNT)).await.expect("listed");
    assert_eq!(grants.len(), 1);
    assert_eq!(grants[0].hub_account.as_str(), "77");
}

#[tokio::test]
async fn the_two_views_of_a_grant_are_compared() {
    let server = server().await;
    answers(&server, GRANTED, fine(granted("vpc-2", "77"))).await;
    on("DescribeVpcGrantRulesToEcr")
        .respond_with(Script::new([
            ok(view(77)),
            ok(json!({"GrantRuleModels": []})),
        ]))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let request = grant(network());
    let views = cloud.cross_check_grant(&request).await.expect("read");
    assert!(views.router && views.member && views.agree());
    let views = cloud.cross_check_grant(&request).await.expect("read");
    assert!(views.router && !views.member && !views.agree());
    let mut cen = request;
    cen.hub = "cen-1".into();
    let error = cloud.cross_check_grant(&cen).await.expect_err("one view");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn received_grants_are_read_as_the_hubs_owner() {
    let server = server().await;
    answers(&server, GRANTED, fine(granted("vbr-1", ACCOUNT))).await;
    on("DescribeGrantRulesToCen")
        .and(body_string_contains("ProductType=VBR"))
        .respond_with(ok(
            json!({"GrantRules": {"GrantRule": [{"CenId": "cen-1", "ChildInstanceId": "vbr-9"}]}}),
        ))
        .mount(&server)
        .await;
    on("DescribeGrantRulesToCen")
        .and(body_string_contains("ProductType=VPC"))
        .respond_with(ok(nothing()))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let grants = cloud
        .list_received_grants(&"ecr-1".into())
        .await
        .expect("read");
    assert_eq!(grants[0].member.id(), "vbr-1");
    assert_eq!(sent(&server, GRANTED).await, ["EcrId=ecr-1&MaxResults=100"]);
    let grants = cloud
        .list_received_grants(&"cen-1".into())
        .await
        .expect("read");
    assert_eq!(grants[0].member, Member::BorderRouter("vbr-9".into()));
}

#[tokio::test]
async fn border_routers_are_granted_to_cen_instances_too() {
    let server = server().await;
    answers(&server, "DescribeGrantRulesToResource", ok(nothing())).await;
    answers(&server, "GrantInstanceToTransitRouter", ok(nothing())).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let mut request = grant(line(ACCOUNT));
    request.hub = "cen-1".into();
    cloud.create_grant(&request).await.expect("granted");
    assert_eq!(
        sent(&server, "GrantInstanceToTransitRouter").await,
        [
            "RegionId=cn-hangzhou&CenId=cen-1&CenOwnerId=77&InstanceId=vbr-1&InstanceType=ExpressConnect&OrderType=PayByCenOwner"
        ]
    );
}

fn attachment(member: Endpoint) -> RequestPeering {
    RequestPeering::new(
        label("attachment/a"),
        PeeringKind::Attachment,
        member,
        edge(),
    )
}

fn association() -> Value {
    json!({"AssociationId": "ecr-assoc-1", "AssociationNodeType": "VPC", "EcrId": "ecr-1", "VpcId": "vpc-2", "Status": "ACTIVE",
        "AllowedPrefixes": ["10.0.0.0/24"], "RegionId": REGION})
}

fn child(description: &str) -> Value {
    json!({"ChildInstanceId": "vbr-1", "ChildInstanceOwnerId": 2, "ChildInstanceRegionId": REGION, "EcrId": "ecr-1",
        "AssociationId": "ecr-assoc-2", "Status": "ASSOCIATING", "Description": description})
}

#[tokio::test]
async fn a_network_is_associated_and_a_border_router_attached() {
    let server = server().await;
    let made = json!({"AssociationId": "ecr-assoc-1"});
    answers(&server, "CreateExpressConnectRouterAssociation", fine(made)).await;
    answers(
        &server,
        "AttachExpressConnectRouterChildInstance",
        fine(nothing()),
    )
    .await;
    let ours = child("landbridge:t attachment/a");
    answers(
        &server,
        CHILDREN,
        fine(json!({"ChildInstanceList": [ours]})),
    )
    .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let prefixes = vec!["10.0.0.0/24".parse().expect("range")];
    let request = attachment(network()).with_prefixes(prefixes.clone());
    let record = cloud.request_peering(&request).await.expect("asked");
    assert_eq!(
        (record.id.as_str(), record.prefixes),
        ("ecr-assoc-1", prefixes)
    );
    let record = cloud
        .request_peering(&attachment(line("2")))
        .await
        .expect("asked");
    assert_eq!(
        (record.id.as_str(), record.status.phase),
        ("ecr-assoc-2", Phase::Pending)
    );
}

#[tokio::test]
async fn a_border_router_that_is_attached_is_adopted_only_if_ours() {
    for (description, adopted) in [("landbridge:t attachment/a", true), ("by hand", false)] {
        let server = server().await;
        let exists = failed("Existed.ChildInstance");
        answers(&server, "AttachExpressConnectRouterChildInstance", exists).await;
        let list = json!({"ChildInstanceList": [child(description)]});
        answers(&server, CHILDREN, fine(list)).await;
        let cloud = cloud(&server.uri(), FakeClock::new());
        let result = cloud.request_peering(&attachment(line("2"))).await;
        assert_eq!(result.is_ok(), adopted);
    }
}

#[tokio::test]
async fn a_border_router_that_is_not_listed_yet_is_asked_for_again() {
    let server = server().await;
    answers(
        &server,
        "AttachExpressConnectRouterChildInstance",
        fine(nothing()),
    )
    .await;
    answers(&server, CHILDREN, fine(json!({"ChildInstanceList": []}))).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let error = cloud
        .request_peering(&attachment(line("2")))
        .await
        .expect_err("not yet");
    assert_eq!(error.kind(), ErrorKind::Busy);
}

#[tokio::test]
async fn attaching_a_foreign_border_router_that_may_not_be_shared_says_whom_to_ask() {
    let server = server().await;
    let barred = failed("Forbbiden.AttachChildInstanceAcrossBid");
    answers(&server, "AttachExpressConnectRouterChildInstance", barred).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let error = cloud
        .request_peering(&attachment(line("2")))
        .await
        .expect_err("not enabled");
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    let remedy = error.remedy().expect("a remedy");
    assert!(
        remedy.contains("accounts 2 and") && remedy.contains(ACCOUNT),
        "{remedy}"
    );
}

async fn a_router_with_two(server: &MockServer) {
    let routers = json!({"EcrList": [{"EcrId": "ecr-1", "Status": "ACTIVE"}]});
    answers(server, "DescribeExpressConnectRouter", fine(routers)).await;
    let list = json!({"AssociationList": [association()]});
    answers(server, ASSOCIATIONS, fine(list)).await;
    let list = json!({"ChildInstanceList": [child("landbridge:t attachment/a")]});
    answers(server, CHILDREN, fine(list)).await;
}

fn ids(records: &[PeeringRecord]) -> Vec<&str> {
    records.iter().map(|record| record.id.as_str()).collect()
}

#[tokio::test]
async fn attachments_are_listed_for_their_router_or_by_id() {
    let server = server().await;
    a_router_with_two(&server).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let of_router = PeeringSelect::all().with_hub("ecr-1".into());
    let all = cloud.list_peerings(&of_router).await.expect("listed");
    assert_eq!(ids(&all), ["ecr-assoc-1", "ecr-assoc-2"]);
    assert_eq!(all[0].prefixes.len(), 1);
    let ours = of_router.with_topology("t");
    let ours = cloud.list_peerings(&ours).await.expect("listed");
    assert_eq!(ids(&ours), ["ecr-assoc-2"]);
    let by_id = PeeringSelect::all().with_id("ecr-assoc-2".into());
    let found = cloud.list_peerings(&by_id).await.expect("listed");
    assert_eq!(ids(&found), ["ecr-assoc-2"]);
}

#[tokio::test]
async fn deleting_finds_the_router_and_the_way() {
    let server = server().await;
    a_router_with_two(&server).await;
    let used = failed("OperationFailed.UsedInRouteEntryNextHop");
    answers(&server, "DeleteExpressConnectRouterAssociation", used).await;
    answers(
        &server,
        "DetachExpressConnectRouterChildInstance",
        fine(nothing()),
    )
    .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let delete = async |id: &str| {
        cloud
            .delete_peering(&id.into(), PeeringKind::Attachment)
            .await
    };
    let error = delete("ecr-assoc-1")
        .await
        .expect_err("a route leads there");
    assert_eq!(error.kind(), ErrorKind::InUse);
    delete("ecr-assoc-2").await.expect("detached");
    delete("ecr-assoc-3").await.expect("absent");
    let sent = sent(&server, "DetachExpressConnectRouterChildInstance").await;
    assert!(
        sent[0].starts_with("EcrId=ecr-1&ChildInstanceId=vbr-1&ChildInstanceType=VBR&ClientToken="),
        "{}",
        sent[0]
    );
}

#[tokio::test]
async fn a_route_to_the_edge_names_the_association() {
    let server = server().await;
    answers(
        &server,
        "CreateRouteEntry",
        ok(json!({"RouteEntryId": "rte-1"})),
    )
    .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let range = "10.9.0.0/16".parse().expect("range");
    let route = CreateRoute::new("vtb-1".into(), range, "ecr-assoc-1".into())
        .with_name("a name")
        .with_token(token());
    cloud.create_route(&route).await.expect("made");
    let sent = sent(&server, "CreateRouteEntry").await;
    assert!(
        sent[0].contains("&NextHopType=Ecr&NextHopId=ecr-assoc-1&"),
        "{}",
        sent[0]
    );
}
