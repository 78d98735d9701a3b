//! Where keys come from, and when they are fetched anew.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use common::*;
use landbridge_aws::credential::{
    AssumeRoleCredentials, Credentials, EnvironmentCredentials, Keys, Mfa, MfaCodes,
    ProfileCredentials, SessionTokenCredentials,
};
use landbridge_aws::{Connection, Environment};
use landbridge_core::{AssumeRole, CrossAccountAuth, ErrorKind, IdentityKind, Result};
use secrecy::SecretString;

const ROLE: &str = "arn:aws:iam::011111111111:role/r";

#[derive(Debug)]
struct Prompt(&'static str);

#[async_trait]
impl MfaCodes for Prompt {
    async fn code(&self, _: &str) -> Result<SecretString> {
        Ok(self.0.into())
    }
}

fn mfa(code: &'static str) -> Mfa {
    Mfa::new("arn:aws:iam::011111111111:mfa/m", Arc::new(Prompt(code)))
}

#[tokio::test]
async fn the_name_tells_who_we_are() {
    let server = server().await;
    somebody(&server).await;
    let caller = cloud(&server.uri(), FakeClock::new())
        .caller_identity()
        .await
        .expect("told");
    assert_eq!(
        (caller.account.as_str(), caller.kind),
        (ACCOUNT, IdentityKind::Role)
    );
}

#[tokio::test]
async fn a_role_is_assumed_with_external_id_name_duration_and_mfa() {
    let server = server().await;
    somebody(&server).await;
    on("AssumeRole")
        .respond_with(sts(
            "AssumeRole",
            &session("ASIAROLE", "2026-01-02T04:04:05Z"),
        ))
        .mount(&server)
        .await;
    let source = AssumeRoleCredentials::new(keys("AKIAUSER"), ROLE)
        .with_external_id("an-id")
        .with_session_name("a-name")
        .with_duration(Duration::from_secs(900))
        .with_mfa(mfa("012345"));
    assert_eq!(
        signed_with(&server, Arc::new(source))
            .await
            .expect("signed"),
        "ASIAROLE"
    );
    let form = sent(&server, "AssumeRole").await;
    for (name, value) in [
        ("RoleArn", ROLE),
        ("RoleSessionName", "a-name"),
        ("DurationSeconds", "900"),
        ("ExternalId", "an-id"),
        ("SerialNumber", "arn:aws:iam::011111111111:mfa/m"),
        ("TokenCode", "012345"),
    ] {
        assert_eq!(form.get(name).map(String::as_str), Some(value), "{name}");
    }
    let requests = server.received_requests().await.expect("recorded");
    assert!(
        head(&requests[0], "authorization").contains("Credential=AKIAUSER/20260102/us-east-1/sts")
    );
    assert_eq!(
        head(&requests[1], "x-amz-security-token"),
        "a-session-token"
    );
}

#[tokio::test]
async fn a_session_token_needs_serial_and_code() {
    let server = server().await;
    somebody(&server).await;
    on("GetSessionToken")
        .respond_with(sts(
            "GetSessionToken",
            &session("ASIAUSER", "2026-01-02T15:04:05Z"),
        ))
        .mount(&server)
        .await;
    let source = SessionTokenCredentials::new(keys("AKIAUSER")).with_mfa(mfa("123456"));
    assert_eq!(
        signed_with(&server, Arc::new(source))
            .await
            .expect("signed"),
        "ASIAUSER"
    );
    let form = sent(&server, "GetSessionToken").await;
    assert_eq!(form.get("TokenCode").map(String::as_str), Some("123456"));
    assert_eq!(
        form.get("DurationSeconds").map(String::as_str),
        Some("43200")
    );
    let wrong = SessionTokenCredentials::new(keys("AKIAUSER")).with_mfa(mfa("12345"));
    let error = signed_with(&server, Arc::new(wrong))
        .await
        .expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn a_role_that_does_not_trust_us_is_said_in_the_words_of_sts() {
    let server = server().await;
    on("AssumeRole")
        .respond_with(sts_refused("AccessDenied"))
        .mount(&server)
        .await;
    let source = AssumeRoleCredentials::new(keys("AKIAUSER"), ROLE);
    let error = signed_with(&server, Arc::new(source))
        .await
        .expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(error.operation(), Some("AssumeRole"));
    assert_eq!(error.code(), Some("AccessDenied"));
}

#[tokio::test]
async fn a_session_is_given_to_whoever_asks_the_trait() {
    let server = server().await;
    on("AssumeRole")
        .respond_with(sts(
            "AssumeRole",
            &session("ASIAROLE", "2026-01-02T04:04:05Z"),
        ))
        .mount(&server)
        .await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    let session = cloud
        .assume_role(&AssumeRole::new(ROLE, "name"))
        .await
        .expect("opened");
    assert_eq!(session.access_key_id, "ASIAROLE");
    assert!(!format!("{session:?}").contains("a-session-secret"));
}

#[derive(Debug)]
struct Counting(AtomicU32);

#[async_trait]
impl Credentials for Counting {
    async fn fetch(&self, connection: &Connection) -> Result<Keys> {
        let number = self.0.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        let end = connection.now() + Duration::from_secs(3600);
        let keys = Keys::new(format!("ASIA{number}"), "secret").with_token("a-token");
        Ok(keys.with_expiry(end))
    }
}

#[tokio::test]
async fn keys_are_fetched_once_for_all_and_again_before_they_expire() {
    let server = server().await;
    somebody(&server).await;
    let source = Arc::new(Counting(AtomicU32::new(0)));
    let clock = FakeClock::new();
    let provider = provider_with(&server.uri(), clock.clone(), source.clone());
    let here = provider.place(&place_of(ACCOUNT, REGION)).expect("known");
    let there = provider
        .place(&place_of(ACCOUNT, "us-east-1"))
        .expect("known");
    let (first, second, third) = tokio::join!(
        here.caller_identity(),
        here.caller_identity(),
        there.caller_identity()
    );
    assert!(first.is_ok() && second.is_ok() && third.is_ok());
    assert_eq!(source.0.load(Ordering::SeqCst), 1);
    clock.advance(Duration::from_secs(46 * 60));
    here.caller_identity().await.expect("told");
    assert_eq!(source.0.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_session_that_the_cloud_calls_expired_is_renewed_once() {
    let server = server().await;
    on("GetCallerIdentity")
        .respond_with(sts_refused("ExpiredToken"))
        // The first, and whose the renewed keys are, which is asked twice in its turn.
        .expect(3)
        .mount(&server)
        .await;
    let source = Arc::new(Counting(AtomicU32::new(0)));
    let error = signed_with(&server, source.clone())
        .await
        .expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::SessionExpired);
    assert!(!error.is_retryable());
    assert_eq!(source.0.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn variables_are_read_with_and_without_a_prefix() {
    let server = server().await;
    somebody(&server).await;
    let variables = Environment::empty()
        .with_variable("AWS_ACCESS_KEY_ID", "AKIAENV")
        .with_variable("AWS_SECRET_ACCESS_KEY", "s")
        .with_variable("PEER_ACCESS_KEY_ID", "ASIAPEER")
        .with_variable("PEER_ACCESS_KEY_SECRET", "s")
        .with_variable("PEER_SECURITY_TOKEN", "t");
    let plain = EnvironmentCredentials::new(variables.clone());
    assert_eq!(
        signed_with(&server, Arc::new(plain)).await.expect("signed"),
        "AKIAENV"
    );
    let prefixed = EnvironmentCredentials::new(variables).with_prefix("PEER");
    assert_eq!(
        signed_with(&server, Arc::new(prefixed))
            .await
            .expect("signed"),
        "ASIAPEER"
    );
    let nothing = EnvironmentCredentials::new(Environment::empty()).with_prefix("NONE");
    let error = signed_with(&server, Arc::new(nothing))
        .await
        .expect_err("absent");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(
        error.to_string().contains("NONE_ACCESS_KEY_ID is not set"),
        "{error}"
    );
}

#[tokio::test]
async fn a_profile_is_read_from_its_files_and_a_missing_one_is_said_at_once() {
    let server = server().await;
    somebody(&server).await;
    let home = tempfile::tempdir().expect("made");
    let (config, credentials) = (home.path().join("config"), home.path().join("credentials"));
    std::fs::write(&config, "[profile p]\nregion = eu-west-1\n").expect("written");
    let text = "[p]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = s\n";
    std::fs::write(&credentials, text).expect("written");
    let profile =
        |name: &str| Arc::new(ProfileCredentials::new(name).with_files(&config, &credentials));
    assert_eq!(
        signed_with(&server, profile("p")).await.expect("signed"),
        "AKIAPROFILE"
    );
    let error = signed_with(&server, profile("q"))
        .await
        .expect_err("absent");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    let text = error.to_string();
    assert!(text.contains("unknown profile `q`"), "{text}");
    assert!(text.contains(&config.display().to_string()), "{text}");
}

#[tokio::test]
async fn the_token_of_a_session_that_has_ended_is_named_by_where_it_comes_from() {
    let server = server().await;
    on("GetCallerIdentity")
        .respond_with(sts_refused("ExpiredToken"))
        .mount(&server)
        .await;
    let variables = Environment::empty()
        .with_variable("PEER_ACCESS_KEY_ID", "ASIAPEER")
        .with_variable("PEER_ACCESS_KEY_SECRET", "s3cret")
        .with_variable("PEER_SECURITY_TOKEN", "t0ken");
    let source = EnvironmentCredentials::new(variables).with_prefix("PEER");
    let error = signed_with(&server, Arc::new(source)).await;
    let error = error.expect_err("ended");
    assert_eq!(error.kind(), ErrorKind::SessionExpired);
    let text = error.to_string();
    assert!(
        text.contains("the session token from the variables PEER_* has expired"),
        "{text}"
    );
    assert!(
        text.contains("store the keys of the new session there"),
        "{text}"
    );
    assert!(
        !text.contains("s3cret") && !text.contains("t0ken"),
        "{text}"
    );
}

#[tokio::test]
async fn keys_of_a_session_without_its_token_are_told_before_anything_is_sent() {
    let server = server().await;
    let variables = Environment::empty()
        .with_variable("AWS_ACCESS_KEY_ID", "ASIAALONE")
        .with_variable("AWS_SECRET_ACCESS_KEY", "s3cret");
    let error = signed_with(&server, Arc::new(EnvironmentCredentials::new(variables))).await;
    let text = error.expect_err("no token").to_string();
    assert!(text.contains("the session token is missing"), "{text}");
    assert!(text.contains("from the variables AWS_*"), "{text}");
    assert!(!text.contains("s3cret"), "{text}");
    assert_eq!(actions(&server).await, [""; 0]);
}
