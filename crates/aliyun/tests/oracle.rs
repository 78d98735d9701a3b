//! Network Intelligence Service: what is asked, and what the answers mean.

mod common;

use common::*;
use landbridge_core::verify::Traffic;
use landbridge_core::{
    AnalysisState, ErrorKind, Label, OracleVerdict, Owner, PathOracle, Select, StartAnalysis, Token,
};
use serde_json::json;

const CREATE: &str = "CreateAndAnalyzeNetworkPath";
const GET: &str = "GetNetworkReachableAnalysis";

fn request() -> StartAnalysis {
    let address = |text: &str| text.parse().expect("an address");
    let owner = Owner::new("t", "analysis/x");
    StartAnalysis::new(
        Label::new("a name", owner, Token::derive(&["x"])),
        ("i-1".into(), address("10.0.0.4")),
        ("i-2".into(), address("10.1.0.4")),
        Traffic::PING,
    )
}

#[tokio::test]
async fn a_ping_is_analysed_and_nothing_has_to_be_deleted() {
    let server = server().await;
    on(CREATE)
        .respond_with(ok(json!({"NetworkReachableAnalysisId": "nra-1"})))
        .expect(1)
        .mount(&server)
        .await;
    let result = json!({"errorCode": "", "status": "security_group_checking_target",
        "securityGroupData": {"policy": "accept", "securityGroupItems": []},
        "topologyData": {
            "positive": {"nodeList": [{"id": "i-1", "nodeType": "VM"}, {"id": "vtb-1", "nodeType": "VRT"}]},
            "reverse": {"revNodeList": [{"id": "i-2", "nodeType": "VM"}]}}});
    let finished = json!({"NetworkReachableAnalysisStatus": "finish", "Reachable": true,
        "NetworkReachableAnalysisResult": result.to_string()});
    let early = json!({"NetworkReachableAnalysisStatus": "init"});
    on(GET)
        .respond_with(Script::new([ok(early), ok(finished)]))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let id = cloud.start_analysis(&request()).await.expect("started");
    let state = cloud.analysis(&id).await.expect("read");
    assert_eq!(state, AnalysisState::Running("init".to_owned()));
    let AnalysisState::Done(answer) = cloud.analysis(&id).await.expect("read") else {
        panic!("it has ended");
    };
    assert_eq!(answer.verdict, OracleVerdict::Reachable);
    assert_eq!((answer.forward.len(), answer.back.len()), (2, 1));
    assert!(!answer.one_way);
    let left = cloud.list_analyses(&Select::All).await.expect("listed");
    assert!(left.is_empty());
    cloud.delete_analysis(&id).await.expect("nothing to do");
    let sent = server.received_requests().await.expect("recorded");
    assert_eq!(sent.len(), 3, "listing and deleting send nothing");
    let body = body(&sent[0]);
    for part in [
        "SourceId=i-1",
        "SourceType=ecs",
        "TargetId=i-2",
        "TargetType=ecs",
        "Protocol=icmp",
    ] {
        assert!(body.contains(part), "{part} in {body}");
    }
    assert_eq!(head(&sent[0], "x-acs-version"), "2021-12-16");
}

// A second request would be a second analysis, which may cost money.
#[tokio::test]
async fn a_lost_answer_is_not_asked_for_again() {
    let server = server().await;
    on(CREATE)
        .respond_with(wiremock::ResponseTemplate::new(502))
        .expect(1)
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let error = cloud.start_analysis(&request()).await.expect_err("lost");
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
}

#[tokio::test]
async fn throttling_is_waited_for_and_a_refusal_is_told() {
    let server = server().await;
    on(CREATE)
        .respond_with(Script::new([
            refused("Throttling.User"),
            ok(json!({"NetworkReachableAnalysisId": "nra-1"})),
            refused("Forbidden.RAM"),
        ]))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let id = cloud.start_analysis(&request()).await.expect("started");
    assert_eq!(id.as_str(), "nra-1");
    let error = cloud.start_analysis(&request()).await.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
}
