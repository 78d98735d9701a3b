//! Where keys come from, in made-up environments and home directories.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::issuing::*;
use common::*;
use landbridge_aliyun::credential::{
    AssumeRoleCredentials, DefaultCredentials, EnvironmentCredentials, IniCredentials,
    ProfileCredentials,
};
use landbridge_aliyun::{Environment, Product};
use landbridge_core::ErrorKind;
use wiremock::MockServer;

const ID: &str = "ALIBABA_CLOUD_ACCESS_KEY_ID";
const SECRET: &str = "ALIBABA_CLOUD_ACCESS_KEY_SECRET";

async fn ready() -> MockServer {
    let server = server().await;
    on("DescribeVpcs")
        .respond_with(ok(nothing()))
        .mount(&server)
        .await;
    let session = session("acs:ram::2:role/R", "STS.session");
    on("AssumeRole")
        .respond_with(ok(session))
        .mount(&server)
        .await;
    server
}

const PROFILES: &str = r#"{"current":"b","profiles":[
    {"name":"default","mode":"AK","access_key_id":"ak","access_key_secret":"s"},
    {"name":"sts","mode":"ststoken","access_key_id":"tmp","access_key_secret":"s","sts_token":"t"},
    {"name":"b","mode":"ChainableRamRoleArn","source_profile":"default","ram_role_arn":"acs:ram::2:role/R",
     "ram_session_name":"cli","expired_seconds":1800,"external_id":""},
    {"name":"direct","mode":"RamRoleArn","access_key_id":"ak","access_key_secret":"s","ram_role_arn":"acs:ram::2:role/R"},
    {"name":"x","mode":"ChainableRamRoleArn","source_profile":"y","ram_role_arn":"r"},
    {"name":"y","mode":"ChainableRamRoleArn","source_profile":"x","ram_role_arn":"r"},
    {"name":"sso","mode":"CloudSSO"}]}"#;

/// Where no metadata service is asked.
fn offline() -> Environment {
    Environment::empty().with_variable("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")
}

#[tokio::test]
async fn variables_come_first() {
    let (server, home) = (ready().await, home());
    write(home.path(), ".aliyun/config.json", PROFILES);
    let environment = offline()
        .with_home(home.path())
        .with_variable(ID, "from-env")
        .with_variable(SECRET, "s");
    let chain = DefaultCredentials::new(environment.clone());
    assert_eq!(
        signed_with(&server, Arc::new(chain)).await.expect("found"),
        "from-env"
    );
    let chain = DefaultCredentials::new(environment).without_environment();
    assert_eq!(
        signed_with(&server, Arc::new(chain)).await.expect("found"),
        "STS.session"
    );
}

#[tokio::test]
async fn profiles_of_the_cli_are_understood() {
    let (server, home) = (ready().await, home());
    write(home.path(), ".aliyun/config.json", PROFILES);
    let environment = offline().with_home(home.path());
    for (profile, id) in [
        ("default", "ak"),
        ("sts", "tmp"),
        ("b", "STS.session"),
        ("direct", "STS.session"),
    ] {
        let source = ProfileCredentials::new(environment.clone()).with_profile(profile);
        assert_eq!(
            signed_with(&server, Arc::new(source)).await.expect("found"),
            id,
            "{profile}"
        );
    }
    let requests = server.received_requests().await.expect("recorded");
    let assumed = requests
        .iter()
        .find(|request| action(request) == "AssumeRole")
        .expect("a session");
    assert_eq!(
        body(assumed),
        "RoleArn=acs%3Aram%3A%3A2%3Arole%2FR&RoleSessionName=cli&DurationSeconds=1800"
    );
}

#[tokio::test]
async fn broken_profiles_are_errors_and_not_passed_over() {
    let (server, home) = (ready().await, home());
    write(home.path(), ".aliyun/config.json", PROFILES);
    write(
        home.path(),
        ".alibabacloud/credentials",
        "[sso]\naccess_key_id=other\naccess_key_secret=s\n",
    );
    for profile in ["x", "sso"] {
        let environment = offline()
            .with_home(home.path())
            .with_variable("ALIBABA_CLOUD_PROFILE", profile);
        let error = signed_with(&server, Arc::new(DefaultCredentials::new(environment)))
            .await
            .expect_err("broken");
        assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error}");
        assert!(
            error.message().contains("config.json") && error.remedy().is_some(),
            "{error}"
        );
    }
}

#[tokio::test]
async fn the_shared_file_is_found_under_both_names() {
    for file in [".alibabacloud/credentials", ".alibabacloud/credentials.ini"] {
        let (server, home) = (ready().await, home());
        write(
            home.path(),
            file,
            "# ours\n[default]\ntype = access_key\naccess_key_id = from-ini\naccess_key_secret = s\n\
            [role]\ntype = ram_role_arn\naccess_key_id = a\naccess_key_secret = s\nrole_arn = acs:ram::2:role/R\n",
        );
        let environment = offline().with_home(home.path());
        let chain = DefaultCredentials::new(environment.clone());
        assert_eq!(
            signed_with(&server, Arc::new(chain)).await.expect("found"),
            "from-ini"
        );
        let role = IniCredentials::new(environment).with_profile("role");
        assert_eq!(
            signed_with(&server, Arc::new(role)).await.expect("found"),
            "STS.session"
        );
    }
}

#[tokio::test]
async fn finding_nothing_names_every_place_and_the_remedy() {
    let (server, home) = (ready().await, home());
    let chain = DefaultCredentials::new(offline().with_home(home.path()));
    let error = signed_with(&server, Arc::new(chain))
        .await
        .expect_err("nothing");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    let text = error.to_string();
    for part in [
        ID,
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
        "~/.aliyun/config.json",
        "~/.alibabacloud/credentials",
        "ALIBABA_CLOUD_ECS_METADATA_DISABLED",
        "ALIBABA_CLOUD_CREDENTIALS_URI",
        "aliyun configure",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test]
async fn half_of_a_key_pair_is_an_error() {
    let server = ready().await;
    let half = EnvironmentCredentials::new(Environment::empty().with_variable(ID, "x"));
    let error = signed_with(&server, Arc::new(half))
        .await
        .expect_err("half");
    assert_eq!(error.message(), format!("{ID} is set but {SECRET} is not"));
}

#[tokio::test]
async fn a_role_that_does_not_exist_is_no_missing_object() {
    let server = server().await;
    on("AssumeRole")
        .respond_with(refused("EntityNotExist.Role"))
        .mount(&server)
        .await;
    let role = AssumeRoleCredentials::new(keys(), "acs:ram::2:role/R");
    let error = signed_with(&server, Arc::new(role))
        .await
        .expect_err("no role");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert_eq!(error.operation(), Some("AssumeRole"));
}

#[tokio::test]
async fn while_keys_are_valid_a_passing_failure_to_refresh_them_is_none() {
    let server = server().await;
    on("DescribeVpcs")
        .respond_with(ok(nothing()))
        .mount(&server)
        .await;
    let session = session("acs:ram::2:role/R", "STS.session");
    on("AssumeRole")
        .respond_with(Script::new([ok(session), refused("Throttling")]))
        .mount(&server)
        .await;
    let role = Arc::new(AssumeRoleCredentials::new(keys(), "acs:ram::2:role/R"));
    let clock = FakeClock::new();
    let cloud = provider(&server.uri(), clock.clone(), role)
        .place(&place())
        .expect("known account");
    cloud
        .client()
        .call(Product::Vpc, "DescribeVpcs", &[])
        .await
        .expect("fresh");
    clock.advance(Duration::from_secs(3000));
    cloud
        .client()
        .call(Product::Vpc, "DescribeVpcs", &[])
        .await
        .expect("still valid");
    clock.advance(Duration::from_secs(600));
    let error = cloud
        .client()
        .call(Product::Vpc, "DescribeVpcs", &[])
        .await
        .expect_err("expired");
    assert_eq!(error.kind(), ErrorKind::Throttled);
}

#[test]
fn nothing_shows_a_secret() {
    let environment = offline()
        .with_variable(SECRET, "the-secret")
        .with_variable(ID, "x");
    let shown = format!(
        "{:?} {:?} {:?} {:?}",
        environment,
        keys(),
        DefaultCredentials::new(environment.clone()),
        AssumeRoleCredentials::new(keys(), "r"),
    );
    assert!(!shown.contains("the-secret"), "{shown}");
}
