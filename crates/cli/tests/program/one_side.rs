//! One side's keys: `apply` hands over and waits, `accept` does the other side's part, `apply` goes on.

use std::fs;

use serde_json::Value;

use crate::common::{A, B, Joined, run};

fn topology(partner: &str) -> String {
    format!(
        "name: shop
accounts:
  - {{ name: ours, cloud: aliyun, id: \"{A}\", credentials: {{ env: A }} }}
  - {{ name: partner, cloud: aliyun, id: \"{B}\", held-by: other }}
networks:
  - {{ name: orders, account: ours, region: cn-hangzhou, range: 10.50.0.0/16, subnets: [
      {{ name: h, zone: cn-hangzhou-h, range: 10.50.1.0/24 }}] }}
  - {{ name: warehouse, account: partner, region: cn-hangzhou, id: {partner}, ranges: [10.9.0.0/16] }}
interconnects:
  - {{ name: core, owner: ours, model: mesh, members: [orders, warehouse] }}
"
    )
}

#[test]
fn apply_waits_for_the_peer_accept_answers_and_apply_goes_on() {
    let joined = Joined::start();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("shop.yaml");
    fs::write(&file, topology(&joined.lonely_network())).expect("written");
    let documents = folder.path().join("documents");
    let apply = || {
        let mut command = joined.world.client();
        command
            .arg("apply")
            .arg(&file)
            .args(["--yes", "--handover"]);
        run(command.arg(&documents))
    };
    let waiting = apply();
    assert_eq!(waiting.code, Some(7), "{waiting:#?}");
    assert!(waiting.stdout.contains("waiting for peer"), "{waiting:#?}");
    let document = documents.join(format!("shop-{B}-join.json"));
    let text = fs::read_to_string(documents.join(format!("shop-{B}-join.md"))).expect("Markdown");
    assert!(
        text.contains("aliyun vpcpeer AcceptVpcPeerConnection"),
        "{text}"
    );
    let planned = run(joined.world.client().arg("plan").arg(&file));
    assert_eq!(planned.code, Some(7), "{planned:#?}");
    let command = "aliyun vpcpeer AcceptVpcPeerConnection";
    assert!(planned.stdout.contains(command), "{planned:#?}");
    let drift = || run(joined.world.client().arg("drift").arg(&file));

    let accept = |document: &std::path::Path, account: &str| {
        let mut command = joined.world.client();
        command.arg("accept").arg(document);
        run(command.args(["--account", account, "--yes"]))
    };
    let writes = joined.world.writes().len();
    let wrong = accept(&document, "aliyun:env-A");
    assert_eq!(wrong.code, Some(2), "{wrong:#?}");
    assert!(wrong.stderr.contains("the document is for"), "{wrong:#?}");
    let changed = folder.path().join("changed.json");
    let json = fs::read_to_string(&document).expect("JSON");
    fs::write(&changed, json.replace("10.9.0.0/16", "10.8.0.0/16")).expect("written");
    let refused = accept(&changed, "aliyun:env-B");
    assert_eq!(refused.code, Some(2), "{refused:#?}");
    assert!(refused.stderr.contains("it was changed"), "{refused:#?}");
    assert_eq!(joined.world.writes().len(), writes, "nothing was written");

    let accepted = accept(&document, &format!("aliyun:env-B={B}"));
    assert_eq!(accepted.code, Some(0), "{accepted:#?}");
    assert!(accepted.stdout.contains("Accept peering"), "{accepted:#?}");
    let again = accept(&document, "aliyun:env-B");
    assert_eq!(again.code, Some(0), "{again:#?}");
    assert!(
        again.stdout.contains("2 of these are done already"),
        "{again:#?}"
    );

    let connected = apply();
    assert_eq!(
        connected.code,
        Some(6),
        "nobody can tell the rest: {connected:#?}"
    );
    assert!(connected.stdout.contains("held by other"), "{connected:#?}");
    let mut plan = joined.world.client();
    let plan = run(plan.arg("plan").arg(&file).args(["--format", "json"]));
    assert_eq!(plan.code, Some(0), "{plan:#?}");
    assert_eq!(plan.document()["plan"]["steps"], Value::Array(Vec::new()));
    let none = drift();
    assert_eq!(none.code, Some(0), "{none:#?}");

    let mut destroy = joined.world.client();
    destroy
        .arg("destroy")
        .arg(&file)
        .args(["--yes", "--timeout", "20s", "--handover"]);
    let left = run(destroy.arg(&documents));
    let text = fs::read_to_string(documents.join(format!("shop-{B}-leave.md"))).expect("Markdown");
    assert!(text.contains("DeleteRouteEntry"), "{text}");
    assert_ne!(left.code, Some(0), "their route is in the way: {left:#?}");
}
