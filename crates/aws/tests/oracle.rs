//! Reachability Analyzer: what is asked, what the answers mean, and that nothing is left.

mod common;

use common::*;
use landbridge_core::verify::Traffic;
use landbridge_core::{
    AnalysisState, Cloud, ErrorKind, OracleAnswer, OracleVerdict, PathOracle, Scope, Select,
    StartAnalysis,
};
use wiremock::MockServer;

const CREATE: &str = "CreateNetworkInsightsPath";
const START: &str = "StartNetworkInsightsAnalysis";
const ANALYSES: &str = "DescribeNetworkInsightsAnalyses";
const PATHS: &str = "DescribeNetworkInsightsPaths";
const DELETE_ANALYSIS: &str = "DeleteNetworkInsightsAnalysis";
const DELETE_PATH: &str = "DeleteNetworkInsightsPath";

fn request() -> StartAnalysis {
    let address = |text: &str| text.parse().expect("an address");
    StartAnalysis::new(
        label("analysis/x"),
        ("i-1".into(), address("10.0.0.4")),
        ("i-2".into(), address("10.1.0.4")),
        Traffic::tcp(22),
    )
}

fn path(id: &str) -> String {
    let tags = tags("analysis/x");
    format!("<networkInsightsPathId>{id}</networkInsightsPathId><source>i-1</source>{tags}")
}

fn made() -> wiremock::ResponseTemplate {
    let inner = path("nip-1");
    ok(
        CREATE,
        &format!("<networkInsightsPath>{inner}</networkInsightsPath>"),
    )
}

fn analysis(rest: &str) -> String {
    format!(
        "<networkInsightsAnalysisId>nia-1</networkInsightsAnalysisId>\
         <networkInsightsPathId>nip-1</networkInsightsPathId>{rest}"
    )
}

fn analyses(items_of: &[String]) -> wiremock::ResponseTemplate {
    ok(ANALYSES, &items("networkInsightsAnalysisSet", items_of))
}

fn started() -> wiremock::ResponseTemplate {
    let inner = analysis("<status>running</status>");
    ok(
        START,
        &format!("<networkInsightsAnalysis>{inner}</networkInsightsAnalysis>"),
    )
}

#[tokio::test]
async fn a_path_is_asked_for_with_token_tags_and_the_very_packet() {
    let server = server().await;
    on(CREATE).respond_with(made()).mount(&server).await;
    on(START).respond_with(started()).mount(&server).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let id = cloud.start_analysis(&request()).await.expect("started");
    assert_eq!(id.as_str(), "nip-1");
    let form = sent(&server, CREATE).await;
    for (name, value) in [
        ("Source", "i-1"),
        ("Destination", "i-2"),
        ("Protocol", "tcp"),
        ("FilterAtSource.SourceAddress", "10.0.0.4"),
        ("FilterAtSource.SourcePortRange.FromPort", "49152"),
        ("FilterAtSource.DestinationAddress", "10.1.0.4"),
        ("FilterAtSource.DestinationPortRange.FromPort", "22"),
        ("FilterAtSource.DestinationPortRange.ToPort", "22"),
        ("TagSpecification.1.ResourceType", "network-insights-path"),
        ("ClientToken", token().as_str()),
    ] {
        assert_eq!(form.get(name).map(String::as_str), Some(value), "{name}");
    }
    let form = sent(&server, START).await;
    assert_eq!(form["NetworkInsightsPathId"], "nip-1");
    assert_eq!(
        form["TagSpecification.1.ResourceType"],
        "network-insights-analysis"
    );
}

/// What an analysis says that ended like this.
async fn told(rest: &str) -> OracleAnswer {
    let server = server().await;
    on(ANALYSES)
        .respond_with(analyses(&[analysis(rest)]))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    match cloud.analysis(&"nip-1".into()).await.expect("read") {
        AnalysisState::Done(answer) => answer,
        state => panic!("{state:?}"),
    }
}

const HOPS: &str = "<item><sequenceNumber>2</sequenceNumber><component><id>pcx-1</id></component></item>\
    <item><sequenceNumber>1</sequenceNumber><component><id>rtb-1</id></component>\
    <routeTableRoute><destinationCidr>10.1.0.0/16</destinationCidr>\
    <vpcPeeringConnectionId>pcx-1</vpcPeeringConnectionId></routeTableRoute></item>";

#[tokio::test]
async fn a_path_that_is_found_is_told_hop_by_hop() {
    let found = "<status>succeeded</status><networkPathFound>true</networkPathFound>";
    let both = format!(
        "{found}<forwardPathComponentSet>{HOPS}</forwardPathComponentSet>\
         <returnPathComponentSet>{HOPS}</returnPathComponentSet>"
    );
    let answer = told(&both).await;
    assert_eq!(answer.verdict, OracleVerdict::Reachable);
    assert!(!answer.one_way);
    assert_eq!(
        answer.forward[0].to_string(),
        "route table (rtb-1) sends 10.1.0.0/16 to pcx-1"
    );
    assert_eq!(
        answer.forward[1].to_string(),
        "VPC peering connection (pcx-1) passes it on"
    );
    let hub = format!("{found}<forwardPathComponentSet>{HOPS}</forwardPathComponentSet>");
    assert!(
        told(&hub).await.one_way,
        "through a transit gateway only the way there is analysed"
    );
}

fn explained(code: &str, element: &str) -> String {
    format!(
        "<status>succeeded</status><networkPathFound>false</networkPathFound><explanationSet><item>\
         <explanationCode>{code}</explanationCode><direction>ingress</direction>{element}</item></explanationSet>"
    )
}

#[tokio::test]
async fn a_code_is_a_reason_or_says_that_there_is_no_verdict() {
    for (code, element, verdict) in [
        (
            "ENI_SG_RULES_MISMATCH",
            "<securityGroupSet><item><id>sg-1</id></item></securityGroupSet>",
            "blocked at sg-1: ENI_SG_RULES_MISMATCH (no rule of the security groups lets the packet pass; ingress)",
        ),
        (
            "SUBNET_ACL_RESTRICTION",
            "<acl><id>acl-1</id></acl>",
            "blocked at acl-1: SUBNET_ACL_RESTRICTION (no entry of the network ACL lets the packet pass; ingress)",
        ),
        (
            "NO_ROUTE_TO_DESTINATION",
            "<routeTable><id>rtb-1</id></routeTable>",
            "blocked at rtb-1: NO_ROUTE_TO_DESTINATION (the route table has no route to the destination; ingress)",
        ),
        (
            "SOMETHING_NEW",
            "<component><id>x-1</id></component>",
            "blocked at x-1: SOMETHING_NEW (ingress)",
        ),
        ("NO_PATH", "", "cannot tell: NO_PATH"),
        (
            "NO_POSSIBLE_DESTINATION",
            "",
            "cannot tell: NO_POSSIBLE_DESTINATION",
        ),
    ] {
        let answer = told(&explained(code, element)).await;
        assert_eq!(answer.verdict.to_string(), verdict);
    }
    let failed = "<status>failed</status><statusMessage>no access</statusMessage>";
    assert_eq!(
        told(failed).await.verdict.to_string(),
        "cannot tell: the analysis failed: no access"
    );
}

#[tokio::test]
async fn what_runs_and_what_is_not_listed_yet_is_waited_for() {
    let server = server().await;
    let running = analysis("<status>running</status>");
    on(ANALYSES)
        .respond_with(Script::new([analyses(&[]), analyses(&[running])]))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    for word in ["not listed", "running"] {
        let state = cloud.analysis(&"nip-1".into()).await.expect("read");
        assert_eq!(state, AnalysisState::Running(word.to_owned()));
    }
}

async fn deletes(server: &MockServer) {
    on(ANALYSES)
        .respond_with(analyses(&[analysis("<status>succeeded</status>")]))
        .mount(server)
        .await;
    answers(server, DELETE_ANALYSIS, "").await;
}

#[tokio::test]
async fn a_path_that_still_has_analyses_is_deleted_after_them() {
    let server = server().await;
    deletes(&server).await;
    on(DELETE_PATH)
        .respond_with(Script::new([
            refused(400, "AnalysisExistsForNetworkInsightsPath"),
            ok(DELETE_PATH, ""),
        ]))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    cloud.delete_analysis(&"nip-1".into()).await.expect("gone");
    assert_eq!(
        actions(&server).await,
        [
            ANALYSES,
            DELETE_ANALYSIS,
            DELETE_PATH,
            ANALYSES,
            DELETE_ANALYSIS,
            DELETE_PATH
        ]
    );
}

#[tokio::test]
async fn a_path_that_keeps_its_analyses_is_in_use_and_an_absent_one_is_deleted() {
    let server = server().await;
    deletes(&server).await;
    on(DELETE_PATH)
        .respond_with(refused(400, "AnalysisExistsForNetworkInsightsPath"))
        .mount(&server)
        .await;
    let one = cloud(&server.uri(), FakeClock::new());
    let error = one
        .delete_analysis(&"nip-1".into())
        .await
        .expect_err("used");
    assert_eq!(error.kind(), ErrorKind::InUse);

    let gone = common::server().await;
    on(ANALYSES)
        .respond_with(refused(400, "InvalidNetworkInsightsPathId.NotFound"))
        .mount(&gone)
        .await;
    on(DELETE_PATH)
        .respond_with(refused(400, "InvalidNetworkInsightsPathId.NotFound"))
        .mount(&gone)
        .await;
    let one = cloud(&gone.uri(), FakeClock::new());
    one.delete_analysis(&"nip-1".into()).await.expect("gone");
}

#[tokio::test]
async fn a_path_whose_analysis_is_refused_is_deleted_at_once() {
    let server = server().await;
    on(CREATE).respond_with(made()).mount(&server).await;
    on(START)
        .respond_with(refused(403, "UnauthorizedOperation"))
        .mount(&server)
        .await;
    on(ANALYSES)
        .respond_with(analyses(&[]))
        .mount(&server)
        .await;
    answers(&server, DELETE_PATH, "").await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let error = cloud.start_analysis(&request()).await.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    let form = sent(&server, DELETE_PATH).await;
    assert_eq!(form["NetworkInsightsPathId"], "nip-1");
}

#[tokio::test]
async fn throttling_is_waited_for() {
    let server = server().await;
    on(CREATE)
        .respond_with(Script::new([refused(503, "RequestLimitExceeded"), made()]))
        .mount(&server)
        .await;
    on(START)
        .respond_with(Script::new([
            refused(503, "RequestLimitExceeded"),
            started(),
        ]))
        .mount(&server)
        .await;
    let clock = FakeClock::new();
    let cloud = cloud(&server.uri(), clock.clone());
    cloud.start_analysis(&request()).await.expect("started");
    assert!(!clock.sleeps().is_empty());
}

#[tokio::test]
async fn paths_are_listed_with_name_and_owner() {
    let server = server().await;
    answers(
        &server,
        PATHS,
        &items("networkInsightsPathSet", &[path("nip-1"), path("nip-2")]),
    )
    .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let all = cloud.list_analyses(&Select::Topology("t".to_owned())).await;
    let all = all.expect("listed");
    assert_eq!(all.len(), 2);
    assert_eq!(
        (all[0].name.as_str(), all[0].owner.as_ref()),
        ("a name", Some(&label("analysis/x").owner))
    );
    let form = sent(&server, PATHS).await;
    assert_eq!(form["Filter.1.Name"], "tag:landbridge:topology");
    let one = cloud.list_analyses(&Select::id("nip-2")).await;
    assert_eq!(one.expect("listed")[0].id.as_str(), "nip-2");
}

#[tokio::test]
async fn an_icmp_packet_is_refused_without_a_call() {
    let server = server().await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let mut ping = request();
    ping.traffic = Traffic::PING;
    let error = cloud.start_analysis(&ping).await.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(actions(&server).await.is_empty());
}

/// A place without anything but what `DescribeTags` says.
async fn empty_place(tags: wiremock::ResponseTemplate) -> MockServer {
    let server = server().await;
    somebody(&server).await;
    for (action, list) in [
        ("DescribeVpcs", "vpcSet"),
        ("DescribeVpcPeeringConnections", "vpcPeeringConnectionSet"),
        ("DescribeSecurityGroups", "securityGroupInfo"),
        ("DescribeInstances", "reservationSet"),
    ] {
        answers(&server, action, &items(list, &[])).await;
    }
    on("DescribeTags").respond_with(tags).mount(&server).await;
    server
}

#[tokio::test]
async fn what_was_left_is_found_by_its_tags_where_it_is_asked_for() {
    let tag = "<resourceId>nip-9</resourceId><resourceType>network-insights-path</resourceType>\
               <key>landbridge:topology</key><value>t</value>";
    let other = tag
        .replace("nip-9", "nip-8")
        .replace("<value>t<", "<value>u<");
    let listed = items("tagSet", &[tag.to_owned(), other]);
    let server = empty_place(ok("DescribeTags", &listed)).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let scope = Scope::new("t");
    let inventory = cloud.inventory(&scope).await.expect("read");
    assert!(inventory.analyses.is_empty());
    assert!(!actions(&server).await.contains(&"DescribeTags".to_owned()));
    let scope = scope.with_analyses();
    let inventory = cloud.inventory(&scope).await.expect("read");
    let ids: Vec<&str> = inventory
        .analyses
        .iter()
        .map(|one| one.id.as_str())
        .collect();
    assert_eq!(ids, ["nip-9"]);
}

#[tokio::test]
async fn keys_that_may_not_read_tags_are_told_and_the_rest_is_read() {
    let server = empty_place(refused(403, "UnauthorizedOperation")).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let scope = Scope::new("t").with_analyses();
    let inventory = cloud.inventory(&scope).await.expect("read");
    assert_eq!(inventory.not_read.len(), 1);
    assert_eq!(inventory.not_read[0].what, "paths of Reachability Analyzer");
}
