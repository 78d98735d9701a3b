//! Paths of Reachability Analyzer.

use landbridge_core::verify::Traffic;
use landbridge_core::{AnalysisState, OracleVerdict, PathOracle, Select, StartAnalysis};

use super::stage::{A, HERE, Stage, label, owner};

#[tokio::test]
async fn a_path_is_analysed_and_deleted_with_its_analysis() {
    let stage = Stage::written("paths").await;
    let cloud = stage.cloud(A, HERE);
    let address = |text: &str| text.parse().expect("an address");
    let request = StartAnalysis::new(
        label("landbridge-x", "analysis/x"),
        ("i-0a000000000000001".into(), address("10.1.0.4")),
        ("i-0a000000000000002".into(), address("10.2.0.4")),
        Traffic::tcp(22),
    );
    let id = cloud.start_analysis(&request).await.expect("started");
    let running = AnalysisState::Running("running".to_owned());
    assert_eq!(cloud.analysis(&id).await.expect("a state"), running);
    let AnalysisState::Done(answer) = cloud.analysis(&id).await.expect("a state") else {
        panic!("it has ended");
    };
    let OracleVerdict::Blocked { element, code, .. } = &answer.verdict else {
        panic!("{answer:?}");
    };
    assert_eq!(
        (element.as_str(), code.as_str()),
        ("sg-0a000000000000002", "ENI_SG_RULES_MISMATCH")
    );
    let select = Select::Topology("recorded".to_owned());
    let left = cloud.list_analyses(&select).await.expect("a list");
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].name, "landbridge-x");
    assert_eq!(left[0].owner, Some(owner("analysis/x")));
    cloud.delete_analysis(&id).await.expect("deleted");
    stage.end();
}
