//! What `verify` tells of chosen pairs.

use crate::{Server, example, run};

#[test]
fn chosen_pairs_are_told_with_their_ways_in_both_directions() {
    let server = Server::start();
    let applied = run(server
        .client([0, 1])
        .env("LANDBRIDGE_PASSWORD", "Canary-7-secret")
        .args(["apply", "--yes", "--no-verify", &example()]));
    assert_eq!(applied.code, Some(0), "{applied:#?}");
    let verify = |more: &[&str]| {
        run(server
            .client([0, 1])
            .args(["verify", &example()])
            .args(more))
    };
    let all = verify(&[]);
    assert_eq!(all.code, Some(0), "{all:#?}");
    assert_eq!(all.stdout.matches(": reachable").count(), 6, "{all:#?}");
    assert!(!all.stdout.contains("  via "), "{all:#?}");

    let one = verify(&["--from", "ecs1", "--to", "ecs2"]);
    assert_eq!(one.code, Some(0), "{one:#?}");
    assert!(one.stdout.contains("6 of 6"), "{one:#?}");
    assert_eq!(one.stdout.matches(": reachable").count(), 1, "{one:#?}");
    for way in ["\n  via sg-", "\n  back vtb-"] {
        assert_eq!(one.stdout.matches(way).count(), 1, "{one:#?}");
    }
    let json = verify(&["--only", "blocked", "--format", "json"]).document();
    assert_eq!(json["verify"]["pairs"], 6);
    assert_eq!(json["verify"]["verdicts"], serde_json::json!([]));

    let unknown = verify(&["--from", "ecs9"]);
    assert_eq!(unknown.code, Some(2), "{unknown:#?}");
    assert!(
        unknown
            .stderr
            .contains("invalid --from `ecs9`: expected one of ecs1, ecs2, ecs3"),
        "{unknown:#?}"
    );
}
