//! Analyses of paths by Network Intelligence Service.

use landbridge_core::verify::Traffic;
use landbridge_core::{
    AnalysisState, Label, OracleVerdict, Owner, PathOracle, StartAnalysis, Token,
};

use super::Scene;

#[tokio::test]
async fn a_ping_is_analysed_and_its_result_is_read() {
    let scene = Scene::of("paths").await;
    let address = |text: &str| text.parse().expect("an address");
    let owner = Owner::new("recorded", "analysis/x");
    let request = StartAnalysis::new(
        Label::new("landbridge-x", owner, Token::derive(&["recorded"])),
        ("i-1".into(), address("172.16.20.100")),
        ("i-2".into(), address("192.168.20.100")),
        Traffic::PING,
    );
    let cloud = &scene.cloud;
    let id = cloud.start_analysis(&request).await.expect("started");
    let running = AnalysisState::Running("init".to_owned());
    assert_eq!(cloud.analysis(&id).await.expect("a state"), running);
    let AnalysisState::Done(answer) = cloud.analysis(&id).await.expect("a state") else {
        panic!("it has ended");
    };
    assert_eq!(answer.verdict, OracleVerdict::Reachable);
    assert_eq!((answer.forward.len(), answer.back.len()), (2, 1));
    scene.finish();
}
