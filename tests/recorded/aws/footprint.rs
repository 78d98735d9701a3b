//! The search for a topology's tags in all regions that an account has enabled.

use landbridge_core::{CloudProvider, FootprintSearch, Region};

use super::stage::{A, HERE, Stage};

fn search() -> FootprintSearch {
    FootprintSearch::new(A, vec!["net".to_owned()]).with_known(vec![Region::new(HERE)])
}

#[tokio::test]
async fn tags_tell_where_a_topology_is() {
    let stage = Stage::written("footprint").await;
    let told = stage.provider().footprint(&search()).await;
    // Which of the regions is asked first is not told apart by a recording.
    assert_eq!((told.found.len(), told.without.len()), (1, 1), "{told:?}");
    let networks: Vec<_> = told.networks.iter().map(|(_, id)| id.as_str()).collect();
    assert_eq!(networks, ["vpc-of-others"]);
    let barred: Vec<_> = told
        .not_enabled
        .iter()
        .map(|place| place.region.as_str())
        .collect();
    assert_eq!(barred, ["me-south-1"]);
    let gaps: Vec<_> = told.not_searched.iter().collect();
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert!(
        gaps[0].reason.contains("UnauthorizedOperation"),
        "{}",
        gaps[0]
    );
    stage.end();
}

#[tokio::test]
async fn marks_of_routes_in_tables_of_others_are_found() {
    let stage = Stage::written("footprint-marks").await;
    let told = stage.provider().footprint(&search()).await;
    let networks: Vec<_> = told.networks.iter().map(|(_, id)| id.as_str()).collect();
    assert_eq!(networks, ["vpc-of-others"]);
    assert_eq!((told.found.len(), told.without.len()), (1, 0), "{told:?}");
    stage.end();
}
