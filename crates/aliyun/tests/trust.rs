//! Roles over HTTP: only what differs is written, and nothing of somebody else's is touched.

mod common;

use std::time::Duration;

use common::*;
use landbridge_core::{
    AssumeRole, CrossAccountAuth, EnsureTrust, EnsureUser, ErrorKind, MfaCode, Owner, Permissions,
    Principal, SessionToken, Trust,
};
use serde_json::{Value, json};
use wiremock::MockServer;
use wiremock::matchers::body_string_contains;

const TRUST: &str = r#"{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"RAM":["acs:ram::11:root"]}}],"Version":"1"}"#;
const PERMISSIONS: &str =
    r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":["cen:A","vpc:B"],"Resource":"*"}]}"#;

fn wanted() -> EnsureTrust {
    let owner = Owner::new("net", "role/peer");
    EnsureTrust::new("peer", owner, Principal::Account("11".into())).with_permissions(
        Permissions::Actions(vec!["vpc:B".to_owned(), "cen:A".to_owned()]),
    )
}

fn role(description: &str, trust: &str) -> Value {
    json!({"Role": {"RoleName": "peer", "Arn": "acs:ram::22:role/peer", "Description": description,
        "MaxSessionDuration": 3600, "AssumeRolePolicyDocument": trust}})
}

fn ours() -> Value {
    role("landbridge:net role/peer", TRUST)
}

fn policy(description: &str, document: &str, attachments: u32) -> Value {
    json!({"Policy": {"PolicyName": "landbridge-net-role-peer", "PolicyType": "Custom", "Description": description, "AttachmentCount": attachments},
        "DefaultPolicyVersion": {"VersionId": "v1", "PolicyDocument": document}})
}

fn our_policy(attachments: u32) -> Value {
    policy("landbridge:net role/peer", PERMISSIONS, attachments)
}

fn policies(names: &[(&str, &str)]) -> Value {
    let policy = |(name, kind): &(&str, &str)| json!({"PolicyName": name, "PolicyType": kind});
    json!({"Policies": {"Policy": names.iter().map(policy).collect::<Vec<_>>()}})
}

const OURS: (&str, &str) = ("landbridge-net-role-peer", "Custom");

async fn answers(server: &MockServer, action: &str, body: Value) {
    on(action).respond_with(ok(body)).mount(server).await;
}

async fn done(server: &MockServer, actions: &[&str]) {
    for action in actions {
        answers(server, action, json!({"RequestId": "R"})).await;
    }
}

async fn absent(server: &MockServer, action: &str, code: &str) {
    on(action).respond_with(refused(code)).mount(server).await;
}

/// Everything but the reads.
async fn writes(server: &MockServer) -> Vec<String> {
    let requests = server.received_requests().await.expect("recorded");
    let writes = requests.iter().map(action);
    writes
        .filter(|action| !action.starts_with("Get") && !action.starts_with("List"))
        .collect()
}

async fn sent(server: &MockServer, name: &str) -> String {
    let requests = server.received_requests().await.expect("recorded");
    let request = requests.iter().find(|request| action(request) == name);
    body(request.expect("sent"))
}

#[tokio::test]
async fn an_absent_role_is_made_with_a_policy_of_its_own() {
    let server = server().await;
    absent(&server, "GetRole", "EntityNotExist.Role").await;
    absent(&server, "GetPolicy", "EntityNotExist.Policy").await;
    answers(&server, "CreateRole", ours()).await;
    done(&server, &["CreatePolicy", "AttachPolicyToRole"]).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let record = cloud.ensure_trust(&wanted()).await.expect("made");
    assert_eq!(record.arn, "acs:ram::22:role/peer");
    assert_eq!(record.owner, Some(wanted().owner));
    assert_eq!(
        writes(&server).await,
        ["CreateRole", "CreatePolicy", "AttachPolicyToRole"]
    );
    let create = sent(&server, "CreateRole").await;
    assert!(
        create.starts_with(
            "RoleName=peer&AssumeRolePolicyDocument=%7B%22Statement%22%3A%5B%7B%22Action%22%3A%22sts%3AAssumeRole%22"
        ),
        "{create}"
    );
    assert_eq!(
        sent(&server, "CreatePolicy").await,
        "PolicyName=landbridge-net-role-peer&PolicyDocument=%7B%22Statement%22%3A%5B%7B%22Action%22%3A%5B%22cen%3AA%22%2C%22vpc%3AB%22%5D%2C\
         %22Effect%22%3A%22Allow%22%2C%22Resource%22%3A%22%2A%22%7D%5D%2C%22Version%22%3A%221%22%7D\
         &Description=landbridge%3Anet%20role%2Fpeer&Tag=%5B%7B%22Key%22%3A%22landbridge%3Akey%22%2C%22Value%22%3A%22role%2Fpeer%22%7D%2C\
         %7B%22Key%22%3A%22landbridge%3Atopology%22%2C%22Value%22%3A%22net%22%7D%5D"
    );
    assert_eq!(
        sent(&server, "AttachPolicyToRole").await,
        "PolicyType=Custom&PolicyName=landbridge-net-role-peer&RoleName=peer"
    );
}

#[tokio::test]
async fn what_is_as_wanted_is_not_written() {
    let server = server().await;
    answers(&server, "GetRole", ours()).await;
    answers(&server, "ListPoliciesForRole", policies(&[OURS])).await;
    answers(&server, "GetPolicy", our_policy(1)).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let record = cloud.ensure_trust(&wanted()).await.expect("is so");
    assert_eq!(record.principals, [Principal::Account("11".into())]);
    assert_eq!(cloud.trust_drift(&wanted()).await.expect("read"), []);
    assert!(writes(&server).await.is_empty());
}

#[tokio::test]
async fn only_what_differs_is_written() {
    let server = server().await;
    let wide = TRUST.replace("11:root", "99:root");
    answers(&server, "GetRole", role("landbridge:net role/peer", &wide)).await;
    let all = [OURS, ("AdministratorAccess", "System")];
    answers(&server, "ListPoliciesForRole", policies(&all)).await;
    answers(&server, "GetPolicy", our_policy(1)).await;
    done(&server, &["UpdateRole", "DetachPolicyFromRole"]).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let drift = cloud
        .trust_drift(&wanted().with_replace(true))
        .await
        .expect("read");
    let what: Vec<_> = drift.iter().map(|drift| drift.what.as_str()).collect();
    assert_eq!(what, ["principals", "policy AdministratorAccess"]);
    cloud
        .ensure_trust(&wanted().with_replace(true))
        .await
        .expect("corrected");
    assert_eq!(
        writes(&server).await,
        ["UpdateRole", "DetachPolicyFromRole"]
    );
    assert_eq!(
        sent(&server, "DetachPolicyFromRole").await,
        "PolicyType=System&PolicyName=AdministratorAccess&RoleName=peer"
    );
}

#[tokio::test]
async fn what_others_altered_is_refused_and_what_they_attached_stays() {
    let denied = TRUST.replace(
        "\"Statement\":[",
        "\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"sts:AssumeRole\",\"Principal\":{\"RAM\":\"*\"}},",
    );
    assert_ne!(denied, TRUST);
    let frozen =
        r#"{"Version":"1","Statement":[{"Effect":"Deny","Action":"vpc:*","Resource":"*"}]}"#;
    let frozen = policy("landbridge:net role/peer", frozen, 1);
    for (role, policy, word) in [
        (
            role("landbridge:net role/peer", &denied),
            our_policy(1),
            "Deny",
        ),
        (ours(), frozen, "vpc:*"),
    ] {
        let server = server().await;
        answers(&server, "GetRole", role).await;
        answers(&server, "ListPoliciesForRole", policies(&[OURS])).await;
        answers(&server, "GetPolicy", policy).await;
        let cloud = cloud(&server.uri(), FakeClock::new());
        let error = cloud.ensure_trust(&wanted()).await.expect_err("altered");
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert!(error.to_string().contains(word), "{error}");
        assert!(writes(&server).await.is_empty());
    }

    let server = server().await;
    answers(&server, "GetRole", ours()).await;
    let all = [OURS, ("Frozen", "System")];
    answers(&server, "ListPoliciesForRole", policies(&all)).await;
    answers(&server, "GetPolicy", our_policy(1)).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    assert_eq!(cloud.trust_drift(&wanted()).await.expect("read"), []);
    let kept = cloud.ensure_trust(&wanted()).await.expect("as it is");
    assert!(kept.policies.contains_key("Frozen"), "{kept:?}");
    let as_is = wanted().with_permissions(Permissions::AsIs);
    cloud.ensure_trust(&as_is).await.expect("as it is");
    assert!(writes(&server).await.is_empty());
}

const FORMER: &str =
    r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":["vpc:C"],"Resource":"*"}]}"#;

#[tokio::test]
async fn other_permissions_become_a_new_version() {
    let server = server().await;
    answers(&server, "GetRole", ours()).await;
    answers(&server, "ListPoliciesForRole", policies(&[OURS])).await;
    let old = policy("landbridge:net role/peer", FORMER, 1);
    answers(&server, "GetPolicy", old).await;
    done(&server, &["CreatePolicyVersion"]).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    cloud.ensure_trust(&wanted()).await.expect("corrected");
    assert_eq!(writes(&server).await, ["CreatePolicyVersion"]);
}

#[tokio::test]
async fn a_role_or_policy_of_somebody_else_is_refused_without_a_write() {
    for (role, policy) in [
        (role("made by hand", TRUST), our_policy(1)),
        (role("landbridge:other role/peer", TRUST), our_policy(1)),
        (ours(), policy("made by hand", PERMISSIONS, 1)),
    ] {
        let server = server().await;
        answers(&server, "GetRole", role).await;
        answers(&server, "ListRoles", json!({"Roles": {"Role": []}})).await;
        answers(&server, "ListPoliciesForRole", policies(&[])).await;
        answers(&server, "GetPolicy", policy).await;
        let cloud = cloud(&server.uri(), FakeClock::new());
        let error = cloud.ensure_trust(&wanted()).await.expect_err("foreign");
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert!(writes(&server).await.is_empty());
    }
}

#[tokio::test]
async fn a_role_whose_description_was_rewritten_is_known_by_its_tags() {
    let server = server().await;
    answers(&server, "GetRole", role("for the peering", TRUST)).await;
    let tags = json!({"Tag": [{"TagKey": "landbridge:topology", "TagValue": "net"}, {"TagKey": "landbridge:key", "TagValue": "role/peer"}]});
    on("ListRoles")
        .and(body_string_contains("Marker=m"))
        .respond_with(ok(
            json!({"Roles": {"Role": [{"RoleName": "peer", "Tags": tags}]}, "IsTruncated": false}),
        ))
        .with_priority(1)
        .mount(&server)
        .await;
    let first =
        json!({"Roles": {"Role": [{"RoleName": "other"}]}, "IsTruncated": true, "Marker": "m"});
    answers(&server, "ListRoles", first).await;
    answers(&server, "ListPoliciesForRole", policies(&[OURS])).await;
    answers(&server, "GetPolicy", our_policy(1)).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let record = cloud.ensure_trust(&wanted()).await.expect("ours");
    assert_eq!(record.owner, Some(wanted().owner));
    assert!(writes(&server).await.is_empty());
}

#[tokio::test]
async fn a_role_that_a_lost_call_made_is_found_again() {
    let server = server().await;
    on("GetRole")
        .respond_with(Script::new([refused("EntityNotExist.Role"), ok(ours())]))
        .mount(&server)
        .await;
    on("CreateRole")
        .respond_with(Script::new([
            wiremock::ResponseTemplate::new(503),
            refused("EntityAlreadyExists.Role"),
        ]))
        .expect(2)
        .mount(&server)
        .await;
    on("GetPolicy")
        .respond_with(Script::new([
            refused("EntityNotExist.Policy"),
            ok(our_policy(0)),
        ]))
        .mount(&server)
        .await;
    answers(&server, "ListPoliciesForRole", policies(&[])).await;
    absent(&server, "CreatePolicy", "EntityAlreadyExists.Policy").await;
    absent(
        &server,
        "AttachPolicyToRole",
        "EntityAlreadyExists.Role.Policy",
    )
    .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    cloud.ensure_trust(&wanted()).await.expect("found again");
}

#[tokio::test]
async fn a_request_that_cannot_be_right_sends_nothing() {
    let server = server().await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let wrong = wanted().with_max_session(Duration::from_secs(13 * 3600));
    let error = cloud.ensure_trust(&wrong).await.expect_err("too long");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let assume = AssumeRole::new("acs:ram::22:role/peer", "me");
    let brief = assume.clone().with_duration(Duration::from_secs(60));
    let error = cloud.assume_role(&brief).await.expect_err("too short");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let mfa = MfaCode::new("s", "123456".to_owned().into());
    let owner = Owner::new("net", "user/u");
    let user = EnsureUser::new("u", owner, "acs:ram::22:role/peer");
    for error in [
        cloud.assume_role(&assume.with_mfa(mfa)).await.map(drop),
        cloud.session_token(&SessionToken::new()).await.map(drop),
        cloud.ensure_user(&user).await.map(drop),
        cloud.delete_user("u", "net").await,
    ] {
        let error = error.expect_err("unsupported");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
    assert!(writes(&server).await.is_empty());
}

#[tokio::test]
async fn deleting_a_role_takes_its_policies_and_the_topologys_policy_with_it() {
    let server = server().await;
    answers(&server, "GetRole", ours()).await;
    let all = [OURS, ("AdministratorAccess", "System")];
    answers(&server, "ListPoliciesForRole", policies(&all)).await;
    on("GetPolicy")
        .and(body_string_contains("PolicyName=landbridge-net-role-peer"))
        .respond_with(ok(our_policy(1)))
        .mount(&server)
        .await;
    let gone = ["DetachPolicyFromRole", "DeletePolicy", "DeleteRole"];
    done(&server, &gone).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    cloud.delete_trust("peer", "net").await.expect("deleted");
    assert_eq!(
        writes(&server).await,
        [
            "DetachPolicyFromRole",
            "DetachPolicyFromRole",
            "DeletePolicy",
            "DeleteRole"
        ]
    );
    assert_eq!(
        sent(&server, "DeletePolicy").await,
        "PolicyName=landbridge-net-role-peer&CascadingDelete=true"
    );
}

#[tokio::test]
async fn a_policy_that_another_role_uses_is_kept() {
    let server = server().await;
    answers(&server, "GetRole", ours()).await;
    answers(&server, "ListPoliciesForRole", policies(&[OURS])).await;
    answers(&server, "GetPolicy", our_policy(2)).await;
    done(&server, &["DetachPolicyFromRole", "DeleteRole"]).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    cloud.delete_trust("peer", "net").await.expect("deleted");
    assert_eq!(
        writes(&server).await,
        ["DetachPolicyFromRole", "DeleteRole"]
    );
}

#[tokio::test]
async fn an_absent_role_is_deleted_and_one_of_another_topology_is_not() {
    let server = server().await;
    on("GetRole")
        .respond_with(Script::new([refused("EntityNotExist.Role"), ok(ours())]))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    cloud.delete_trust("peer", "net").await.expect("absent");
    let error = cloud
        .delete_trust("peer", "other")
        .await
        .expect_err("foreign");
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert!(writes(&server).await.is_empty());
}

#[tokio::test]
async fn the_accounts_alias_is_read() {
    let server = server().await;
    on("GetAccountAlias")
        .respond_with(Script::new([
            ok(json!({"AccountAlias": "acme"})),
            ok(json!({"AccountAlias": ""})),
        ]))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    assert_eq!(
        cloud.account_alias().await.expect("read").as_deref(),
        Some("acme")
    );
    assert_eq!(cloud.account_alias().await.expect("read"), None);
}
