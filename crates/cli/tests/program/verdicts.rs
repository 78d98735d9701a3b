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
    for way in [
        "\n  there:\n     1. security group of ecs1 (sg-",
        "\n  back:\n     1. route table of network vpc2 (vtb-",
        "reachable, 4 of 4 pings answered",
    ] {
        assert_eq!(one.stdout.matches(way).count(), 1, "{one:#?}");
    }
    let json = verify(&["--only", "blocked", "--format", "json"]).document();
    assert_eq!(json["verify"]["pairs"], 6);
    assert_eq!(json["verify"]["verdicts"], serde_json::json!([]));

    let page = tempfile::NamedTempFile::new().expect("a temporary file");
    let paged = verify(&["--only", "blocked", "--html", crate::path(&page)]);
    assert_eq!(paged.code, Some(0), "{paged:#?}");
    let html = std::fs::read_to_string(page.path()).expect("the page");
    assert_eq!(html.matches("<details class=\"pair answered\"").count(), 6);
    for said in [
        "<svg",
        ">Alibaba Cloud 1234567890123456, cn-hangzhou, cn-qingdao; read as acs:ram::",
    ] {
        assert!(html.contains(said), "{said}");
    }
    // What the page shows is in the JSON document.
    assert_eq!(json["verify"]["counts"]["answered"], 6);
    assert_eq!(json["verify"]["networks"][0]["ends"][0]["name"], "ecs1");
    assert_eq!(json["verify"]["matrix"].as_array().map(Vec::len), Some(6));
    assert!(json["verify"]["at"].is_string());

    let unknown = verify(&["--from", "ecs9"]);
    assert_eq!(unknown.code, Some(2), "{unknown:#?}");
    assert!(
        unknown
            .stderr
            .contains("invalid --from `ecs9`: expected one of ecs1, ecs2, ecs3"),
        "{unknown:#?}"
    );
}

#[test]
fn other_traffic_is_judged_and_probed_and_what_is_typed_is_checked() {
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
    let ssh = verify(&["--traffic", "tcp:22"]);
    assert_eq!(ssh.code, Some(0), "{ssh:#?}");
    assert!(
        ssh.stdout
            .contains("verify: 6 of 6 ordered pairs reachable on tcp 22"),
        "{ssh:#?}"
    );
    assert!(ssh.stdout.contains("connected"), "{ssh:#?}");
    let web = verify(&["--traffic", "tcp:443", "--format", "json"]);
    assert_eq!(web.code, Some(5), "{web:#?}");
    let web = web.document();
    assert_eq!(web["verify"]["traffic"]["port"], 443);
    assert_eq!(
        web["verify"]["verdicts"][0]["connection"]["outcome"],
        "silent"
    );
    let udp = verify(&["--traffic", "udp:53"]);
    assert_eq!(udp.code, Some(5), "{udp:#?}");
    assert!(
        udp.stdout.contains("instances probe icmp and tcp, not udp"),
        "{udp:#?}"
    );
    let bad = verify(&["--traffic", "tcp:22;reboot"]);
    assert_eq!(bad.code, Some(2), "{bad:#?}");
    assert!(
        bad.stderr.contains("expected icmp, tcp:PORT or udp:PORT"),
        "{bad:#?}"
    );
}
