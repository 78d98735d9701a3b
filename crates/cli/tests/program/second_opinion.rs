//! `verify --second-opinion`: the price, the consent, and what no analyser is asked.

use crate::{Server, example, landbridge, run};

/// Two instances of the example are in one account, the third is in another one.
fn applied() -> Server {
    let server = Server::start();
    let applied = run(server
        .client([0, 1])
        .env("LANDBRIDGE_PASSWORD", "Canary-7-secret")
        .args(["apply", "--yes", "--no-verify", &example()]));
    assert_eq!(applied.code, Some(0), "{applied:#?}");
    server
}

#[test]
fn the_price_is_told_before_consent_is_asked_for() {
    let server = applied();
    let verify = run(server
        .client([0, 1])
        .args(["verify", "--second-opinion", &example()]));
    assert_eq!(verify.code, Some(2), "{verify:#?}");
    for part in [
        "second opinion:\n  1 analysis by nis in ",
        "no price is known; the vendor may charge for them",
    ] {
        assert!(verify.stdout.contains(part), "{part}: {verify:#?}");
    }
    assert!(
        verify.stderr.contains("cannot ask \"Ask the analysers?\""),
        "{verify:#?}"
    );
}

#[test]
fn what_no_analyser_can_answer_is_told_without_a_call_and_agrees_with_nothing() {
    let server = applied();
    let page = tempfile::NamedTempFile::new().expect("a temporary file");
    let verify = run(server.client([0, 1]).args([
        "verify",
        "--second-opinion",
        "--yes",
        "--format",
        "json",
        "--html",
        crate::path(&page),
        &example(),
    ]));
    assert_eq!(verify.code, Some(0), "{verify:#?}");
    let document = verify.document();
    let second = &document["verify"]["second_opinion"];
    let opinions = second["opinions"].as_array().expect("opinions");
    assert_eq!(opinions.len(), 6, "{second:#}");
    let not_asked = opinions.iter().filter(|one| one["asked"].is_null());
    let reasons: Vec<_> = not_asked
        .map(|one| &one["answer"]["verdict"]["cannot-tell"]["reason"])
        .collect();
    assert_eq!(reasons, ["nis is asked inside one account only"; 4]);
    let asked: Vec<_> = opinions
        .iter()
        .filter(|one| one["asked"] == "icmp")
        .map(|one| (one["source"].as_str(), one["destination"].as_str()))
        .collect();
    let (one, three) = (Some("ecs1"), Some("ecs3"));
    assert_eq!(asked, [(one, three), (three, one)]);
    let agreed = opinions.iter().filter(|one| one["agreement"] == "agrees");
    assert_eq!(agreed.count(), 2, "{second:#}");
    assert_eq!(document["verify"]["reachable"], 6);
    let html = std::fs::read_to_string(page.path()).expect("the page");
    assert!(html.contains("<h2>Second opinion</h2>"));
}

#[test]
fn the_permissions_of_second_opinions_are_told_only_if_they_are_wanted() {
    let policy = |more: &[&str]| {
        let policy = landbridge(&[&["policy", &example()], more].concat());
        assert_eq!(policy.code, Some(0), "{policy:#?}");
        policy.stdout
    };
    let action = "nis:CreateAndAnalyzeNetworkPath";
    assert!(!policy(&[]).contains(action));
    assert!(policy(&["--second-opinion"]).contains(action));
    let plan = policy(&["--second-opinion", "--for", "plan"]);
    assert!(!plan.contains(action), "{plan}");
}
