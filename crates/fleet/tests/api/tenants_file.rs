//! What a tenants file may say.

use landbridge_fleet::tenants::{ApiKey, Tenants};

use crate::served::tenants;

#[test]
fn mistakes_are_told_with_their_place() {
    let good = tenants("");
    let hash = ApiKey::random().expect("a key").hash();
    let key = format!("sha256: {hash}");
    let first = good
        .split("sha256: ")
        .nth(1)
        .and_then(|rest| rest.split(',').next());
    let known = format!("sha256: {}", first.expect("a hash"));
    let one = |text: &str| format!("tenants: [{{ name: acme, {text} }}]");
    let issuer =
        |url: &str| format!("issuers: [{{ issuer: i, audience: a, jwks-url: '{url}' }}]\n{good}");
    for (text, told) in [
        (one("api-key: x"), "invalid key `api-key`"),
        (
            one(&format!("api-keys: [{{ {key}, for: x }}, {{ {key} }}]")),
            "duplicate hash",
        ),
        (
            good.replacen(&known, &format!("sha256: {}", &hash[1..]), 1),
            "invalid sha256",
        ),
        (
            good.replacen(&known, &format!("sha256: {}", "ä".repeat(32)), 1),
            "invalid sha256",
        ),
        (
            one("tokens: [{ issuer: i, value: x }]"),
            "unknown issuer `i`",
        ),
        (one("own-keys: perhaps"), "invalid"),
        (
            good.replace("name: other", "name: acme"),
            "duplicate tenant `acme`",
        ),
        (
            good.replace("name: other", "name: Other"),
            "invalid name `Other`",
        ),
        (issuer("http://login.example.com/keys"), "invalid jwks-url"),
        (
            issuer("https://user:pw@login.example.com/keys"),
            "invalid jwks-url",
        ),
        (issuer("file:///etc/passwd"), "invalid jwks-url"),
        ("tenants: 5".to_owned(), "expected a list"),
    ] {
        let error = Tenants::from_text(&text).expect_err("refused");
        let error = error.message();
        assert!(
            error.contains(told) && error.contains("line "),
            "{told}: {error}"
        );
    }
    for url in [
        "https://login.example.com/keys",
        "http://127.0.0.1:9/keys",
        "http://localhost/keys",
        "http://[::1]/keys",
    ] {
        Tenants::from_text(&issuer(url)).expect("allowed");
    }
    let duplicate = "issuers: [{ issuer: i, audience: a, jwks-url: 'https://x' }]\ntenants:\n\
        - { name: a, tokens: [{ issuer: i, value: x }] }\n- { name: b, tokens: [{ issuer: i, claim: sub, value: x }] }\n";
    let error = Tenants::from_text(duplicate).expect_err("refused");
    assert!(
        error
            .message()
            .contains("duplicate value `x` of claim `sub`"),
        "{error}"
    );
}

#[test]
fn a_file_is_read_and_named_in_its_mistakes() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("tenants.yaml");
    let error = Tenants::from_file(&file).expect_err("absent");
    assert!(error.message().contains("tenants.yaml"), "{error}");
    std::fs::write(&file, "tenant: []").expect("written");
    let error = Tenants::from_file(&file).expect_err("refused");
    assert!(
        error.message().contains("tenants.yaml") && error.message().contains("`tenants`"),
        "{error}"
    );
    std::fs::write(&file, tenants("")).expect("written");
    let read = Tenants::from_file(&file).expect("tenants");
    let limits: Vec<_> = read
        .all()
        .map(|one| (one.name.as_str(), one.most_topologies, one.most_networks))
        .collect();
    assert_eq!(limits, [("acme", 3, 3), ("other", 3, 3)]);
}

#[test]
fn the_example_of_the_guide_is_one() {
    let guide = include_str!("../../../../docs/FLEET-API.md");
    let example = guide
        .split("```yaml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let tenants = Tenants::from_text(example.expect("an example")).expect("tenants");
    assert_eq!(
        tenants.all().next().map(|one| one.name.as_str()),
        Some("acme")
    );
}
