//! Who may open sessions of roles, from when on, and for how long.

mod support;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use landbridge_sim::{AccountSpec, RoleSpec, Simulator, Timings};
use serde_json::{Value, json};
use support::{A, Answer, B, Client, RAM, STS, VPC, control, exchange, form, text};

const DELAY: Duration = Duration::from_secs(10);

/// A user of A and one of B.
async fn pair() -> (Simulator, Client, Client) {
    let simulator = Simulator::start().await.expect("a loopback port");
    let client = |id, name| {
        let keys = simulator.provision(AccountSpec::new("aliyun", id).name(name));
        Client::new(&simulator, &keys)
    };
    let (a, b) = (client(A, "alice"), client(B, "bob"));
    (simulator, a, b)
}

fn trust(principal: &Value, condition: &Value) -> String {
    json!({"Version": "1", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, "Condition": condition}]})
    .to_string()
}

fn trusting(name: &str) -> String {
    trust(&json!({"RAM": [name]}), &json!({}))
}

async fn create_role(client: &Client, name: &str, trust: &str, more: &[(&str, &str)]) {
    let mut parameters = vec![("RoleName", name), ("AssumeRolePolicyDocument", trust)];
    parameters.extend(more);
    client.ok(RAM, "CreateRole", &parameters).await;
}

async fn assume(client: &Client, account: &str, role: &str, more: &[(&str, &str)]) -> Answer {
    let arn = format!("acs:ram::{account}:role/{role}");
    let mut parameters = vec![("RoleArn", arn.as_str()), ("RoleSessionName", "me")];
    parameters.extend(more);
    client.call(STS, "AssumeRole", &parameters).await
}

async fn update_trust(client: &Client, name: &str, trust: &str) {
    let parameters = [("RoleName", name), ("NewAssumeRolePolicyDocument", trust)];
    client.ok(RAM, "UpdateRole", &parameters).await;
}

#[tokio::test]
async fn a_new_role_and_new_trust_are_not_known_at_once() {
    let (simulator, a, b) = pair().await;
    create_role(&b, "Peer", &trusting(&format!("acs:ram::{A}:root")), &[]).await;
    assume(&a, B, "Peer", &[])
        .await
        .refused("EntityNotExist.Role");
    simulator.advance(DELAY);
    let opened = assume(&a, B, "peer", &[]).await.ok();
    assert_eq!(
        opened["AssumedRoleUser"]["Arn"],
        format!("acs:ram::{B}:role/peer/me")
    );
    update_trust(&b, "Peer", &trusting(&format!("acs:ram::{A}:user/carol"))).await;
    assume(&a, B, "Peer", &[]).await.ok();
    simulator.advance(DELAY);
    assume(&a, B, "Peer", &[]).await.refused("NoPermission");
    update_trust(&b, "Peer", &trusting(&format!("acs:ram::{A}:user/alice"))).await;
    assume(&a, B, "Peer", &[]).await.refused("NoPermission");
    simulator.advance(DELAY);
    assume(&a, B, "Peer", &[]).await.ok();
}

#[tokio::test]
async fn the_delay_can_be_set() {
    let mut timings = Timings::default();
    timings.ram_propagation = Duration::ZERO;
    let simulator = Simulator::builder().timings(timings).start().await;
    let simulator = simulator.expect("a loopback port");
    let keys = simulator.provision(AccountSpec::new("aliyun", A));
    let client = Client::new(&simulator, &keys);
    create_role(
        &client,
        "own",
        &trusting(&format!("acs:ram::{A}:root")),
        &[],
    )
    .await;
    assume(&client, A, "own", &[]).await.ok();
}

#[tokio::test]
async fn trust_names_accounts_users_and_roles() {
    let (simulator, a, b) = pair().await;
    simulator.provision_role(RoleSpec::new(A, "Hop").trust(A));
    let hop = a.with_session(&assume(&a, A, "Hop", &[]).await.ok());
    for (principal, user_may, role_may) in [
        (format!("acs:ram::{A}:root"), true, true),
        (format!("acs:ram::{A}:user/alice"), true, false),
        (format!("acs:ram::{A}:role/Hop"), false, true),
        (format!("acs:ram::{A}:user/carol"), false, false),
        (format!("acs:ram::{B}:root"), false, false),
    ] {
        create_role(&b, "peer", &trusting(&principal), &[]).await;
        simulator.advance(DELAY);
        for (client, may) in [(&a, user_may), (&hop, role_may)] {
            let answer = assume(client, B, "peer", &[]).await;
            if may {
                answer.ok();
            } else {
                assert_eq!(answer.status, 403, "{principal}");
                answer.refused("NoPermission");
            }
        }
        b.ok(RAM, "DeleteRole", &[("RoleName", "peer")]).await;
    }
}

#[tokio::test]
async fn conditions_of_trust_must_hold() {
    let (simulator, a, b) = pair().await;
    let principal = json!({"RAM": [format!("acs:ram::{A}:root")]});
    let external = json!({"StringEquals": {"sts:ExternalId": "deal-1"}});
    create_role(&b, "external", &trust(&principal, &external), &[]).await;
    let factor = json!({"Bool": {"acs:MFAPresent": "true"}});
    create_role(&b, "factor", &trust(&principal, &factor), &[]).await;
    simulator.provision_role(RoleSpec::new(B, "setup").trust(A).requires_mfa());
    simulator.advance(DELAY);
    assume(&a, B, "external", &[]).await.refused("NoPermission");
    assume(&a, B, "external", &[("ExternalId", "deal-2")])
        .await
        .refused("NoPermission");
    for bad in ["x", "a b"] {
        assume(&a, B, "external", &[("ExternalId", bad)])
            .await
            .refused("InvalidParameter.ExternalId");
    }
    assume(&a, B, "external", &[("ExternalId", "deal-1")])
        .await
        .ok();
    for role in ["factor", "setup"] {
        assume(&a, B, role, &[]).await.refused("NoPermission");
    }
}

#[tokio::test]
async fn a_denial_in_trust_wins() {
    let (simulator, a, b) = pair().await;
    let document = json!({"Version": "1", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [format!("acs:ram::{A}:root")]}},
        {"Effect": "Deny", "Action": "sts:*", "Principal": {"RAM": [format!("acs:ram::{A}:user/alice")]}}]});
    create_role(&b, "peer", &document.to_string(), &[]).await;
    simulator.advance(DELAY);
    assume(&a, B, "peer", &[]).await.refused("NoPermission");
}

#[tokio::test]
async fn durations_are_capped_by_the_role_and_by_chaining() {
    let (simulator, a, b) = pair().await;
    let trust = trusting(&format!("acs:ram::{A}:root"));
    create_role(&b, "peer", &trust, &[("MaxSessionDuration", "7200")]).await;
    simulator.provision_role(RoleSpec::new(A, "hop").trust(A));
    simulator.advance(DELAY);
    for seconds in ["899", "7201", "43201"] {
        assume(&a, B, "peer", &[("DurationSeconds", seconds)])
            .await
            .refused("InvalidParameter.DurationSeconds");
    }
    assume(&a, B, "peer", &[("DurationSeconds", "7200")])
        .await
        .ok();
    let hop = a.with_session(&assume(&a, A, "hop", &[]).await.ok());
    assume(&hop, B, "peer", &[("DurationSeconds", "3601")])
        .await
        .refused("InvalidParameter.DurationSeconds");
    assume(&hop, B, "peer", &[("DurationSeconds", "3600")])
        .await
        .ok();
}

#[tokio::test]
async fn malformed_calls_are_refused() {
    let (simulator, a, _) = pair().await;
    simulator.provision_role(RoleSpec::new(B, "peer").trust(A));
    let arn = format!("acs:ram::{B}:role/peer");
    let user = format!("acs:ram::{B}:user/bob");
    let long = "x".repeat(2049);
    for (arn, name, more, code) in [
        ("peer", "me", ("", ""), "InvalidParameter.RoleArn"),
        (&user, "me", ("", ""), "EntityNotExist.Role"),
        (&arn, "m", ("", ""), "InvalidParameter.RoleSessionName"),
        (&arn, "m e", ("", ""), "InvalidParameter.RoleSessionName"),
        (
            &arn,
            "me",
            ("Policy", "{}"),
            "InvalidParameter.PolicyGrammar",
        ),
        (&arn, "me", ("Policy", &long), "InvalidParameter.PolicySize"),
        ("", "me", ("", ""), "MissingParameter"),
    ] {
        let parameters = [("RoleArn", arn), ("RoleSessionName", name), more];
        a.call(STS, "AssumeRole", &parameters).await.refused(code);
    }
}

#[tokio::test]
async fn a_session_policy_narrows_the_role() {
    let (simulator, a, _) = pair().await;
    simulator.provision_role(RoleSpec::new(B, "peer").trust(A));
    let policy = json!({"Version": "1", "Statement": [
        {"Effect": "Allow", "Action": "vpc:Describe*", "Resource": "*"}]});
    let policy = policy.to_string();
    let opened = assume(&a, B, "peer", &[("Policy", &policy)]).await.ok();
    let session = a.with_session(&opened);
    session.ok(VPC, "DescribeRegions", &[]).await;
    let create = [("RegionId", "cn-hangzhou"), ("CidrBlock", "10.0.0.0/16")];
    session
        .call(VPC, "CreateVpc", &create)
        .await
        .refused("Forbidden.RAM");
    let full = a.with_session(&assume(&a, B, "peer", &[]).await.ok());
    full.ok(VPC, "CreateVpc", &create).await;
}

const TOKEN: &str = "a-token";

async fn with_token(simulator: &Simulator, more: &[(&str, &str)]) -> Answer {
    let role = format!("acs:ram::{B}:role/ci");
    let provider = format!("acs:ram::{B}:oidc-provider/builds");
    let mut parameters = BTreeMap::from([
        ("Action", "AssumeRoleWithOIDC"),
        ("Version", STS),
        ("Format", "JSON"),
        ("RoleArn", role.as_str()),
        ("OIDCProviderArn", &provider),
        ("OIDCToken", TOKEN),
        ("RoleSessionName", "build-1"),
    ]);
    parameters.extend(more.iter().copied());
    let url = simulator.url();
    let address = url.trim_start_matches("http://");
    let headers = BTreeMap::from([
        ("host".to_owned(), address.to_owned()),
        (
            "content-type".to_owned(),
            "application/x-www-form-urlencoded".to_owned(),
        ),
    ]);
    let pairs: Vec<_> = parameters.into_iter().collect();
    exchange(address, "POST", "/", &headers, &form(&pairs))
        .await
        .expect("an answer")
}

fn federated() -> Value {
    json!({"Federated": [format!("acs:ram::{B}:oidc-provider/builds")]})
}

#[tokio::test]
async fn a_token_opens_a_session_without_a_key() {
    let (simulator, a, b) = pair().await;
    with_token(&simulator, &[])
        .await
        .refused("EntityNotExist.OIDCProvider");
    simulator.provision_oidc_provider(B, "builds", TOKEN);
    with_token(&simulator, &[])
        .await
        .refused("EntityNotExist.Role");
    simulator.provision_role(RoleSpec::new(B, "ci").trust(A));
    with_token(&simulator, &[]).await.refused("NoPermission");
    let provider = format!("acs:ram::{B}:oidc-provider/builds");
    simulator.provision_role(RoleSpec::new(B, "ci").trust(provider));
    for (name, value, code) in [
        (
            "OIDCToken",
            "another",
            "AuthenticationFail.OIDCToken.Invalid",
        ),
        ("OIDCToken", "abc", "InvalidParameter.OIDCToken"),
        ("OIDCToken", "", "MissingParameter"),
        (
            "OIDCProviderArn",
            "builds",
            "InvalidParameter.OIDCProviderArn",
        ),
        ("OIDCProviderArn", "", "MissingParameter"),
        ("RoleArn", "ci", "InvalidParameter.RoleArn"),
        ("RoleSessionName", "x", "InvalidParameter.RoleSessionName"),
        (
            "DurationSeconds",
            "7200",
            "InvalidParameter.DurationSeconds",
        ),
        ("Policy", "nope", "InvalidParameter.PolicyGrammar"),
    ] {
        with_token(&simulator, &[(name, value)]).await.refused(code);
    }
    let opened = with_token(&simulator, &[]).await.ok();
    assert!(opened["OIDCTokenInfo"]["Issuer"].is_string());
    let session = a.with_session(&opened);
    let identity = session.ok(STS, "GetCallerIdentity", &[]).await;
    assert_eq!(identity["AccountId"], B);
    assume(&b, B, "ci", &[]).await.refused("NoPermission");
}

fn base64url(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits: String = text.bytes().map(|byte| format!("{byte:08b}")).collect();
    let digit = |chunk: &[u8]| {
        let digits = String::from_utf8_lossy(chunk);
        char::from(DIGITS[usize::from_str_radix(&format!("{digits:0<6}"), 2).expect("binary")])
    };
    bits.as_bytes().chunks(6).map(digit).collect()
}

fn web_token(audience: &str, end: SystemTime) -> String {
    let end = end.duration_since(UNIX_EPOCH).expect("a date").as_secs();
    let claims = json!({"iss": "https://ci.example", "aud": audience, "sub": "main", "exp": end});
    format!("{}.{}.x", base64url("{}"), base64url(&claims.to_string()))
}

#[tokio::test]
async fn claims_of_a_web_token_count() {
    let (simulator, _, b) = pair().await;
    let condition =
        json!({"StringEquals": {"oidc:aud": ["cloud"], "oidc:iss": "https://ci.example"}});
    create_role(&b, "ci", &trust(&federated(), &condition), &[]).await;
    simulator.advance(DELAY);
    let hour = Duration::from_secs(3600);
    let good = web_token("cloud", simulator.now() + hour);
    let send = async |token: &str| {
        let body = json!({"account": B, "name": "builds", "accepted_token": token}).to_string();
        control(&simulator, "POST", "/_sim/oidc-providers", &body)
            .await
            .ok();
        with_token(&simulator, &[("OIDCToken", token)]).await
    };
    send(&web_token("other", simulator.now() + hour))
        .await
        .refused("NoPermission");
    send(TOKEN).await.refused("NoPermission");
    let info = send(&good).await.ok()["OIDCTokenInfo"].clone();
    assert_eq!(
        (text(&info["Subject"]), text(&info["ClientIds"])),
        ("main".to_owned(), "cloud".to_owned())
    );
    simulator.advance(hour);
    send(&good)
        .await
        .refused("AuthenticationFail.OIDCToken.Expired");
}
