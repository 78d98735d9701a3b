//! Profiles as the vendor's tools write them: one for each way to get keys, and what is said of those that give none.

mod common;

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use common::*;
use landbridge_aws::Environment;
use landbridge_aws::credential::{
    AssumeRoleCredentials, Credentials, DefaultCredentials, EnvironmentMfaCodes, MfaCallback,
    ProfileCredentials,
};
use landbridge_core::{CrossAccountAuth, ErrorKind};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const CONFIG: &str = "tests/fixtures/credentials/config";
const CREDENTIALS: &str = "tests/fixtures/credentials/credentials";
const END: &str = "2026-01-02T04:04:05Z";

fn profile(name: &str) -> ProfileCredentials {
    ProfileCredentials::new(name).with_files(CONFIG, CREDENTIALS)
}

/// STS, whose sessions have the role's name in their key ids.
async fn sessions(server: &MockServer) {
    let opens = |request: &Request| {
        let role = form(request).remove("RoleArn").unwrap_or_default();
        let id = format!("ASIA{}", role.rsplit('/').next().unwrap_or_default());
        sts(&action(request), &session(&id, END))
    };
    for action in ["AssumeRole", "AssumeRoleWithWebIdentity"] {
        on(action).respond_with(opens).mount(server).await;
    }
    somebody(server).await;
}

/// What was asked, and with which keys.
async fn asked(server: &MockServer) -> Vec<(String, String)> {
    let requests = server.received_requests().await.expect("recorded");
    requests
        .iter()
        .map(|one| (action(one), signer(one)))
        .collect()
}

fn calls(calls: &[(&str, &str)]) -> Vec<(String, String)> {
    let call = |(action, key): &(&str, &str)| ((*action).to_owned(), (*key).to_owned());
    calls.iter().map(call).collect()
}

#[tokio::test]
async fn each_profile_signs_with_the_keys_that_the_vendors_tools_would_take() {
    for (name, expected) in [
        ("default", calls(&[("GetCallerIdentity", "AKIADEFAULT")])),
        ("static", calls(&[("GetCallerIdentity", "AKIASTATIC")])),
        ("session", calls(&[("GetCallerIdentity", "ASIASESSION")])),
        ("process", calls(&[("GetCallerIdentity", "ASIAPROCESS")])),
        (
            "role",
            calls(&[("AssumeRole", "AKIASTATIC"), ("GetCallerIdentity", "ASIAr")]),
        ),
        (
            "role-over-role",
            calls(&[
                ("AssumeRole", "AKIASTATIC"),
                ("AssumeRole", "ASIAr"),
                ("GetCallerIdentity", "ASIAsecond"),
            ]),
        ),
        (
            "role-over-itself",
            calls(&[("AssumeRole", "AKIAITSELF"), ("GetCallerIdentity", "ASIAr")]),
        ),
        (
            "web-identity",
            calls(&[
                ("AssumeRoleWithWebIdentity", ""),
                ("GetCallerIdentity", "ASIAr"),
            ]),
        ),
    ] {
        let server = server().await;
        sessions(&server).await;
        let signed = signed_with(&server, Arc::new(profile(name))).await;
        signed.unwrap_or_else(|error| {
            panic!("{name}: {error}: {:?}", std::error::Error::source(&error))
        });
        assert_eq!(asked(&server).await, expected, "{name}");
    }
}

#[tokio::test]
async fn a_role_of_a_profile_is_assumed_as_the_profile_says() {
    let server = server().await;
    sessions(&server).await;
    signed_with(&server, Arc::new(profile("role-over-role")))
        .await
        .expect("signed");
    let requests = server.received_requests().await.expect("recorded");
    let forms: Vec<_> = requests.iter().map(form).collect();
    for (name, value) in [
        ("RoleArn", "arn:aws:iam::011111111111:role/r"),
        ("RoleSessionName", "from-a-profile"),
        ("ExternalId", "an-external-id"),
        ("DurationSeconds", "7200"),
    ] {
        assert_eq!(
            forms[0].get(name).map(String::as_str),
            Some(value),
            "{name}"
        );
    }
    // The second session is a chained one.
    assert_eq!(forms[1]["DurationSeconds"], "3600");
    assert_eq!(forms[1]["RoleSessionName"], "landbridge");
}

#[tokio::test]
async fn a_role_over_a_pods_role_is_a_chained_one() {
    let server = server().await;
    sessions(&server).await;
    let role = "arn:aws:iam::011111111111:role/second";
    let second = AssumeRoleCredentials::new(Arc::new(profile("web-identity")), role)
        .with_duration(Duration::from_secs(7200));
    signed_with(&server, Arc::new(second))
        .await
        .expect("signed");
    let form = sent(&server, "AssumeRole").await;
    assert_eq!(form["DurationSeconds"], "3600");
}

#[tokio::test]
async fn a_pod_shows_its_token_to_the_address_that_the_provider_has() {
    let server = server().await;
    sessions(&server).await;
    signed_with(&server, Arc::new(profile("web-identity")))
        .await
        .expect("signed");
    let form = sent(&server, "AssumeRoleWithWebIdentity").await;
    assert!(form["WebIdentityToken"].starts_with("CANARY"));
    assert_eq!(form["RoleSessionName"], "from-a-pod");
}

#[tokio::test]
async fn a_profile_with_a_device_shows_its_code() {
    let variables = Environment::empty().with_variable("CODE", " 012345 ");
    let from_variable = EnvironmentMfaCodes::new("CODE").with_environment(variables);
    let from_function = MfaCallback::new(|serial| async move {
        assert_eq!(serial, "arn:aws:iam::011111111111:mfa/m");
        Ok("012345".into())
    });
    let sources: [Arc<dyn landbridge_aws::credential::MfaCodes>; 2] =
        [Arc::new(from_variable), Arc::new(from_function)];
    for codes in sources {
        let server = server().await;
        sessions(&server).await;
        let profile = Arc::new(profile("mfa").with_mfa_codes(codes));
        let signed = signed_with(&server, profile).await.expect("signed");
        assert_eq!(signed, "ASIAr");
        let form = sent(&server, "AssumeRole").await;
        assert_eq!(form["SerialNumber"], "arn:aws:iam::011111111111:mfa/m");
        assert_eq!(form["TokenCode"], "012345");
    }
}

#[tokio::test]
async fn a_profile_with_a_device_and_no_codes_is_said_with_its_file_before_anything_is_sent() {
    let server = server().await;
    let error = signed_with(&server, Arc::new(profile("mfa"))).await;
    let error = error.expect_err("no codes");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    for part in ["profile `mfa`", CONFIG, "mfa/m"] {
        assert!(error.message().contains(part), "{error}");
    }
    assert!(
        error
            .remedy()
            .is_some_and(|text| text.contains("with_mfa_codes"))
    );
    assert_eq!(asked(&server).await, []);
}

#[tokio::test]
async fn a_code_in_a_variable_is_shown_once() {
    use landbridge_aws::credential::MfaCodes;
    let variables = Environment::empty().with_variable("CODE", "012345");
    let codes = EnvironmentMfaCodes::new("CODE").with_environment(variables);
    codes.code("the-device").await.expect("fresh");
    for (codes, part) in [
        (codes, "used before"),
        (
            EnvironmentMfaCodes::new("CODE").with_environment(Environment::empty()),
            "is not set",
        ),
    ] {
        let error = codes.code("the-device").await.expect_err("unusable");
        let text = error.to_string();
        assert!(
            text.contains(part) && text.contains("CODE") && !text.contains("012345"),
            "{text}"
        );
        assert!(!format!("{codes:?}").contains("012345"));
    }
}

#[tokio::test]
async fn a_profile_that_gives_no_keys_is_one_clear_error() {
    for (name, part) in [
        ("both", "`source_profile` or `credential_source`, not both"),
        (
            "lost",
            "unknown profile `nowhere`, the `source_profile` of profile `lost`",
        ),
        ("circle", "circle -> other-half -> circle"),
        ("itself", "itself -> itself"),
        (
            "no-source",
            "`source_profile` or `credential_source` beside `role_arn`",
        ),
        ("half", "`aws_secret_access_key` beside `aws_access_key_id`"),
        ("no-session", "unknown `sso_session` `elsewhere`"),
        ("empty", "has no keys"),
        ("console", "does not read console sessions"),
        ("never-heard-of", "unknown profile `never-heard-of`"),
    ] {
        let server = server().await;
        let error = signed_with(&server, Arc::new(profile(name))).await;
        let error = error.expect_err(name);
        assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{name}");
        assert!(error.message().contains(name), "{error}");
        assert!(error.remedy().is_some(), "{error}");
        assert!(error.to_string().contains(part), "{name}: {error}");
        assert_eq!(asked(&server).await, [], "{name}");
    }
}

#[tokio::test]
async fn a_session_length_that_is_none_is_said_before_anything_is_sent() {
    for (name, kind, part) in [
        (
            "no-number",
            ErrorKind::Unauthenticated,
            "profile `no-number`",
        ),
        ("too-long", ErrorKind::InvalidInput, "86400 s"),
    ] {
        let server = server().await;
        let error = signed_with(&server, Arc::new(profile(name))).await;
        let error = error.expect_err(name);
        assert_eq!(error.kind(), kind);
        assert!(error.message().contains(part), "{error}");
        assert_eq!(asked(&server).await, [], "{name}");
    }
}

#[tokio::test]
async fn a_token_that_the_cloud_does_not_take_is_said_with_its_code() {
    let server = server().await;
    on("AssumeRoleWithWebIdentity")
        .respond_with(sts_says(400, "InvalidIdentityToken", "no such service"))
        .mount(&server)
        .await;
    let error = signed_with(&server, Arc::new(profile("web-identity"))).await;
    let error = error.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert_eq!(error.code(), Some("InvalidIdentityToken"));
    assert!(
        error
            .remedy()
            .is_some_and(|text| text.contains("token file")),
        "{error}"
    );
}

// What the SDK reads of the process's variables, a process of its own is given: this one when it is told so.
const PROFILE: &str = "LANDBRIDGE_TEST_PROFILE";
const SERVER: &str = "LANDBRIDGE_TEST_SERVER";

#[tokio::test]
async fn inside_of_a_process_with_variables() {
    let variables = Environment::from_process();
    let (Some(name), Some(server)) = (variables.variable(PROFILE), variables.variable(SERVER))
    else {
        return;
    };
    let codes = Arc::new(EnvironmentMfaCodes::new("CODE"));
    let source: Arc<dyn Credentials> = match name {
        "the default chain" => Arc::new(DefaultCredentials::new().with_mfa_codes(codes)),
        name => Arc::new(profile(name)),
    };
    let provider = provider_with(server, FakeClock::new(), source);
    let cloud = provider.place(&place_of(ACCOUNT, REGION)).expect("known");
    if let Err(error) = cloud.caller_identity().await {
        panic!("{error}: {:?}", std::error::Error::source(&error));
    }
}

/// Asks who we are with a profile, in a process with just these variables.
async fn ask_with(
    server: &MockServer,
    name: &str,
    variables: &[(&str, &str)],
) -> Result<(), String> {
    let mut process = Command::new(std::env::current_exe().expect("this test"));
    process
        .args(["--exact", "inside_of_a_process_with_variables"])
        .env_clear()
        .env(PROFILE, name)
        .env(SERVER, server.uri())
        .envs(variables.iter().copied());
    let ended = tokio::task::spawn_blocking(move || process.output());
    let ended = ended.await.expect("ended").expect("started");
    match ended.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&ended.stdout).into_owned()),
    }
}

const AN_ENVIRONMENT: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT"),
    ("AWS_SECRET_ACCESS_KEY", "CANARYenvironmentsecret"),
];

const FILES: [(&str, &str); 2] = [
    ("AWS_CONFIG_FILE", CONFIG),
    ("AWS_SHARED_CREDENTIALS_FILE", CREDENTIALS),
];

#[tokio::test]
async fn a_role_is_assumed_with_the_keys_of_the_environment() {
    let server = server().await;
    sessions(&server).await;
    ask_with(&server, "environment", &AN_ENVIRONMENT)
        .await
        .expect("asked");
    let expected = [
        ("AssumeRole", "AKIAENVIRONMENT"),
        ("GetCallerIdentity", "ASIAr"),
    ];
    assert_eq!(asked(&server).await, calls(&expected));
}

fn metadata(id: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(
        format!(
            r#"{{"Code":"Success","Type":"AWS-HMAC","LastUpdated":"2026-01-02T02:04:05Z","AccessKeyId":"{id}",
                "SecretAccessKey":"CANARYmetadatasecret","Token":"CANARYmetadatatoken","Expiration":"{END}"}}"#
        ),
        "application/json",
    )
}

#[tokio::test]
async fn a_role_is_assumed_with_the_keys_of_the_container() {
    let server = server().await;
    sessions(&server).await;
    Mock::given(path("/keys"))
        .and(header("authorization", "CANARYcontainertoken"))
        .respond_with(metadata("ASIACONTAINER"))
        .mount(&server)
        .await;
    let address = format!("{}/keys", server.uri());
    let variables = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", address.as_str()),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "CANARYcontainertoken"),
    ];
    ask_with(&server, "container", &variables)
        .await
        .expect("asked");
    let asked = asked(&server).await.split_off(1);
    let expected = [
        ("AssumeRole", "ASIACONTAINER"),
        ("GetCallerIdentity", "ASIAr"),
    ];
    assert_eq!(asked, calls(&expected));
}

#[tokio::test]
async fn a_role_is_assumed_with_the_keys_of_the_instance() {
    let server = server().await;
    sessions(&server).await;
    let token = ResponseTemplate::new(200)
        .set_body_string("a-token")
        .insert_header("x-aws-ec2-metadata-token-ttl-seconds", "21600");
    Mock::given(method("PUT"))
        .and(path("/latest/api/token"))
        .respond_with(token)
        .mount(&server)
        .await;
    let keys = "/latest/meta-data/iam/security-credentials/";
    Mock::given(path(keys))
        .respond_with(ResponseTemplate::new(200).set_body_string("the-role"))
        .mount(&server)
        .await;
    Mock::given(path(format!("{keys}the-role")))
        .respond_with(metadata("ASIAINSTANCE"))
        .mount(&server)
        .await;
    let address = server.uri();
    let variables = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", address.as_str())];
    ask_with(&server, "instance", &variables)
        .await
        .expect("asked");
    let asked = asked(&server).await.split_off(3);
    let expected = [
        ("AssumeRole", "ASIAINSTANCE"),
        ("GetCallerIdentity", "ASIAr"),
    ];
    assert_eq!(asked, calls(&expected));
}

#[tokio::test]
async fn single_sign_on_gives_the_keys_of_a_role() {
    let server = server().await;
    sessions(&server).await;
    let keys = r#"{"roleCredentials":{"accessKeyId":"ASIASSO","secretAccessKey":"CANARYssosecret",
        "sessionToken":"CANARYssosession","expiration":1767326645000}}"#;
    Mock::given(path("/federation/credentials"))
        .and(header("x-amz-sso_bearer_token", "CANARYssotoken"))
        .and(header("host", "portal.sso.us-east-1.amazonaws.com"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(keys, "application/json"))
        .mount(&server)
        .await;
    let home = [("HOME", "tests/fixtures/credentials/home")];
    ask_with(&server, "sso", &home).await.expect("asked");
    let last = asked(&server).await.pop();
    assert_eq!(last, calls(&[("GetCallerIdentity", "ASIASSO")]).pop());
    let nowhere = [("HOME", "tests/fixtures/credentials/nowhere")];
    let said = ask_with(&server, "sso", &nowhere)
        .await
        .expect_err("not signed in");
    assert!(
        said.contains("profile `sso`") && said.contains("aws sso login"),
        "{said}"
    );
}

#[tokio::test]
async fn the_default_chain_takes_variables_before_the_profile_and_shows_codes() {
    let server = server().await;
    sessions(&server).await;
    let chain = "the default chain";
    let profile = [("AWS_PROFILE", "mfa"), ("CODE", "012345")];
    let variables = [&FILES[..], &profile[..]].concat();
    ask_with(&server, chain, &variables).await.expect("asked");
    let with_keys = [&variables[..], &AN_ENVIRONMENT[..]].concat();
    ask_with(&server, chain, &with_keys).await.expect("asked");
    ask_with(&server, chain, &FILES).await.expect("asked");
    assert_eq!(
        asked(&server).await,
        calls(&[
            ("AssumeRole", "AKIASTATIC"),
            ("GetCallerIdentity", "ASIAr"),
            ("GetCallerIdentity", "AKIAENVIRONMENT"),
            ("GetCallerIdentity", "AKIADEFAULT"),
        ])
    );
    assert_eq!(sent(&server, "AssumeRole").await["TokenCode"], "012345");
}

/// A profile of files with these texts, which live as long as the folder.
fn written(
    folder: &tempfile::TempDir,
    config: impl AsRef<[u8]>,
    credentials: &str,
    name: &str,
) -> ProfileCredentials {
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("config"), config).expect("written");
    std::fs::write(path("credentials"), credentials).expect("written");
    ProfileCredentials::new(name).with_files(path("config"), path("credentials"))
}

const ODDITIES: &str = r#"
[profile indented]
  region = eu-west-1
  aws_access_key_id = AKIAINDENTED
  aws_secret_access_key = CANARYindented

[profile remark] # the network team's
aws_access_key_id = AKIAREMARK # ours
aws_secret_access_key = CANARYremark	; ours

[profile "two words"]
aws_access_key_id : AKIAWORDS
aws_secret_access_key : CANARYwords

[profile 'single q']
aws_access_key_id = AKIASINGLE
aws_secret_access_key = CANARYsingle
s3 =
  max_concurrent_requests = 20
  aws_access_key_id = AKIANESTED

[profile over]
source_profile = two words
role_arn = arn:aws:iam::011111111111:role/r

[profile security]
aws_access_key_id = ASIASECURITY
aws_secret_access_key = CANARYsecurity
aws_security_token = CANARYtoken

[plugins]
cli = something

[profile odd]
aws_access_key_id = AKIAODD
aws_secret_access_key CANARYodd

[profile folded]
aws_access_key_id = AKIAFOLDED
  aws_secret_access_key = CANARYfolded

[profile twice]
aws_access_key_id = AKIATWICE
aws_secret_access_key = CANARYtwice

[profile twice]
region = eu-west-1

[profile unquoted name]
aws_access_key_id = AKIAUNQUOTED
aws_secret_access_key = CANARYunquoted
"#;

#[tokio::test]
async fn files_are_read_as_the_vendors_tools_read_them() {
    let folder = tempfile::tempdir().expect("made");
    let with_mark = [b"\xef\xbb\xbf", ODDITIES.as_bytes()].concat();
    for (name, expected) in [
        ("indented", "AKIAINDENTED"),
        ("remark", "AKIAREMARK"),
        ("two words", "AKIAWORDS"),
        ("single q", "AKIASINGLE"),
        ("over", "ASIAr"),
        ("security", "ASIASECURITY"),
        ("plain words", "AKIAPLAIN"),
    ] {
        let server = server().await;
        sessions(&server).await;
        let credentials =
            "[plain words]\naws_access_key_id = AKIAPLAIN\naws_secret_access_key = CANARYplain\n";
        let profile = written(&folder, &with_mark, credentials, name);
        let signed = signed_with(&server, Arc::new(profile)).await;
        assert_eq!(signed.expect(name), expected, "{name}");
    }
}

#[tokio::test]
async fn an_odd_line_is_told_with_file_and_line_where_its_profile_is_asked_for() {
    let folder = tempfile::tempdir().expect("made");
    let line = |text: &str| ODDITIES.lines().position(|line| line == text).expect(text) + 1;
    for (name, line, part) in [
        (
            "odd",
            line("aws_secret_access_key CANARYodd"),
            "`key = value`",
        ),
        (
            "folded",
            line("  aws_secret_access_key = CANARYfolded"),
            "whose value it continues",
        ),
        ("twice", line("[profile twice]") + 4, "[profile twice] once"),
        (
            "unquoted name",
            line("[profile unquoted name]"),
            "with quotes around a name",
        ),
        ("plugins", line("[plugins]"), "[profile plugins]"),
    ] {
        let server = server().await;
        let profile = written(&folder, ODDITIES, "", name);
        let error = signed_with(&server, Arc::new(profile)).await;
        let text = error.expect_err(name).to_string();
        let place = format!("{}:{line}", folder.path().join("config").display());
        assert!(text.contains(&place) && text.contains(part), "{text}");
        assert!(!text.contains("CANARY"), "{text}");
        assert_eq!(asked(&server).await, [], "{name}");
    }
}

#[tokio::test]
async fn keys_of_the_credentials_file_come_before_a_program() {
    let folder = tempfile::tempdir().expect("made");
    let config = "[profile a]\ncredential_process = false\n";
    let keys = "[a]\naws_access_key_id = AKIASTANDING\naws_secret_access_key = CANARYstanding\n";
    let server = server().await;
    sessions(&server).await;
    let signed = signed_with(&server, Arc::new(written(&folder, config, keys, "a"))).await;
    assert_eq!(signed.expect("signed"), "AKIASTANDING");
}

#[tokio::test]
async fn a_program_behind_a_role_gives_the_first_keys() {
    let folder = tempfile::tempdir().expect("made");
    let config = "[profile vault]\ncredential_process = cat\n  tests/fixtures/credentials/process.json\n\
        [profile over]\nsource_profile = vault\nrole_arn = arn:aws:iam::011111111111:role/r\n";
    let server = server().await;
    sessions(&server).await;
    let profile = Arc::new(written(&folder, config, "", "over"));
    signed_with(&server, profile).await.expect("signed");
    let expected = [
        ("AssumeRole", "ASIAPROCESS"),
        ("GetCallerIdentity", "ASIAr"),
    ];
    assert_eq!(asked(&server).await, calls(&expected));
}

#[tokio::test]
async fn an_odd_line_elsewhere_does_not_stop_the_default_chain() {
    let server = server().await;
    sessions(&server).await;
    let folder = tempfile::tempdir().expect("made");
    written(&folder, ODDITIES, "", "unused");
    let config = folder.path().join("config");
    let config = config.to_str().expect("text");
    let chain = "the default chain";
    let files = [
        ("AWS_CONFIG_FILE", config),
        ("AWS_SHARED_CREDENTIALS_FILE", "nowhere"),
    ];
    let with_keys = [&files[..], &AN_ENVIRONMENT[..]].concat();
    ask_with(&server, chain, &with_keys).await.expect("asked");
    let named = [&files[..], &[("AWS_DEFAULT_PROFILE", "remark")]].concat();
    ask_with(&server, chain, &named).await.expect("asked");
    let expected = [
        ("GetCallerIdentity", "AKIAENVIRONMENT"),
        ("GetCallerIdentity", "AKIAREMARK"),
    ];
    assert_eq!(asked(&server).await, calls(&expected));
    let odd = [&files[..], &[("AWS_PROFILE", "odd")]].concat();
    let said = ask_with(&server, chain, &odd).await.expect_err("odd");
    assert!(
        said.contains("`key = value`") && !said.contains("CANARY"),
        "{said}"
    );
}
