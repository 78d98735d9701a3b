//! Files as people have them: edited by hand, by several tools, and left behind half filled.

mod common;

use std::sync::Arc;

use common::issuing::*;
use common::*;
use landbridge_aliyun::Environment;
use landbridge_aliyun::credential::{
    Credentials, DefaultCredentials, IniCredentials, ProfileCredentials, StaticCredentials,
    UriCredentials,
};
use landbridge_core::{Error, ErrorKind};
use serde_json::json;
use tempfile::TempDir;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer};

const CLI: &str = ".aliyun/config.json";
const SHARED: &str = ".alibabacloud/credentials";
const ROLE: &str = "acs:ram::2:role/R";
const FORBIDDEN: &str = "ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS";

/// A cloud, and a home directory with these files.
struct World {
    server: MockServer,
    home: TempDir,
}

impl World {
    async fn new(files: &[(&str, &str)]) -> Self {
        let (server, home) = (server().await, home());
        answer_calls(&server).await;
        on("AssumeRole")
            .respond_with(ok(session(ROLE, "STS.role")))
            .mount(&server)
            .await;
        for (file, text) in files {
            write(home.path(), file, text);
        }
        Self { server, home }
    }

    fn environment(&self) -> Environment {
        Environment::empty()
            .with_home(self.home.path())
            .with_variable("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true")
    }

    fn named(&self, name: &str) -> DefaultCredentials {
        DefaultCredentials::of_profile(self.environment(), name)
    }

    async fn id(&self, source: impl Credentials) -> String {
        signed_with(&self.server, Arc::new(source))
            .await
            .expect("keys are found")
    }

    async fn refused(&self, source: impl Credentials) -> Error {
        let error = signed_with(&self.server, Arc::new(source)).await;
        let error = error.expect_err("refused");
        assert!(!format!("{error} {error:?}").contains("CANARY"), "{error}");
        error
    }
}

#[tokio::test]
async fn byte_order_marks_are_no_part_of_a_file() {
    let shared = "\u{feff}[default]\naccess_key_id = ini\naccess_key_secret = s\n";
    let cli = "\u{feff}{\"profiles\":[{\"name\":\"default\",\"access_key_id\":\"cli\",\"access_key_secret\":\"s\"}]}";
    let world = World::new(&[(SHARED, shared), (CLI, cli)]).await;
    assert_eq!(
        world.id(IniCredentials::new(world.environment())).await,
        "ini"
    );
    assert_eq!(
        world.id(ProfileCredentials::new(world.environment())).await,
        "cli"
    );
}

#[tokio::test]
async fn comments_quotes_and_indents_are_no_part_of_a_value() {
    let shared = "; ours\n[ default ] ; the first\n  type = access_key ; kind\n  access_key_id = \"ini\" # id\n  access_key_secret = s;secret\n";
    let world = World::new(&[(SHARED, shared)]).await;
    let source = DefaultCredentials::new(world.environment());
    assert_eq!(world.id(source).await, "ini");
    assert!(is_signed_by(&last(&world.server).await, "s"));
}

#[tokio::test]
async fn an_odd_line_is_told_with_its_place_and_disables_no_other_section() {
    let shared = "[good]\naccess_key_id = good\naccess_key_secret = s\n\n[odd]\naccess_key_id = odd\naccess_key_secret s-CANARY\n";
    let world = World::new(&[(SHARED, shared)]).await;
    assert_eq!(world.id(world.named("good")).await, "good");
    let error = world.refused(world.named("odd")).await;
    assert!(
        error
            .message()
            .contains(".alibabacloud/credentials:7: expected"),
        "{error}"
    );
}

#[tokio::test]
async fn an_odd_profile_disables_no_other_and_a_file_that_is_not_json_names_the_line() {
    let cli = r#"{"profiles":[7, {"name":["x"]}, {"name":"odd","mode":"RamRoleArn","access_key_id":{},"expired_seconds":"s-CANARY"},
        {"name":"good","mode":"AK","access_key_id":"good","access_key_secret":"s","unknown":{"a":[]}}]}"#;
    let world = World::new(&[(CLI, cli)]).await;
    assert_eq!(world.id(world.named("good")).await, "good");
    let error = world.refused(world.named("odd")).await;
    assert!(
        error
            .message()
            .contains("config.json:1 (mode `RamRoleArn`)"),
        "{error}"
    );
    let world = World::new(&[(CLI, "{\"profiles\":[\n{\"s-CANARY\":}]}")]).await;
    let error = world.refused(world.named("good")).await;
    assert!(error.message().contains("config.json:2:"), "{error}");
}

#[tokio::test]
async fn the_first_of_two_profiles_of_one_name_counts() {
    let cli = r#"{"profiles":[
        {"name":"work","mode":"AK","access_key_id":"first","access_key_secret":"s"},
        {"name":"work","mode":"AK","access_key_id":"second","access_key_secret":"s"}]}"#;
    let world = World::new(&[(CLI, cli)]).await;
    assert_eq!(world.id(world.named("work")).await, "first");
}

#[tokio::test]
async fn two_sections_of_one_name_are_refused_by_their_lines() {
    let shared =
        "[work]\naccess_key_id = first\naccess_key_secret = s\n[work]\naccess_key_id = second\n";
    let world = World::new(&[(SHARED, shared)]).await;
    let error = world.refused(world.named("work")).await;
    assert!(
        error.message().contains("credentials:4:") && error.message().contains("line 1"),
        "{error}"
    );
}

#[tokio::test]
async fn a_profile_that_was_left_blank_configures_nothing() {
    let shared = "[default]\naccess_key_id = ini\naccess_key_secret = s\n";
    for mode in ["\"mode\":\"\",", "\"mode\":\"AK\",", ""] {
        let cli = format!(
            r#"{{"current":"default","profiles":[{{"name":"default",{mode}"access_key_id":"","access_key_secret":"","expired_seconds":0,"language":"en"}},
            {{"name":"chain","mode":"ChainableRamRoleArn","source_profile":"default","ram_role_arn":"{ROLE}"}}]}}"#
        );
        let world = World::new(&[(SHARED, shared), (CLI, &cli)]).await;
        let chain = DefaultCredentials::new(world.environment());
        assert_eq!(world.id(chain).await, "ini", "{mode}");
        assert_eq!(world.id(world.named("default")).await, "ini", "{mode}");
        let error = world.refused(world.named("chain")).await;
        assert!(
            error.message().contains("has no `access_key_id`"),
            "{error}"
        );
    }
    let half = r#"{"profiles":[{"name":"default","mode":"","access_key_id":"half"}]}"#;
    let world = World::new(&[(SHARED, shared), (CLI, half)]).await;
    let error = world
        .refused(DefaultCredentials::new(world.environment()))
        .await;
    assert!(
        error.message().contains("has no `access_key_secret`"),
        "{error}"
    );
}

#[tokio::test]
async fn a_section_that_was_left_blank_configures_nothing() {
    let shared = "[default]\ntype = access_key\naccess_key_id =\naccess_key_secret = # secret\n";
    let world = World::new(&[(SHARED, shared)]).await;
    let error = world
        .refused(DefaultCredentials::new(world.environment()))
        .await;
    assert!(
        error.message().starts_with("found no credentials")
            && error.message().contains("no keys in section [default]"),
        "{error}"
    );
}

#[tokio::test]
async fn a_profile_without_a_mode_is_understood_by_what_it_holds() {
    let keys = r#""access_key_id":"STS.own","access_key_secret":"s""#;
    for (members, id, token) in [
        (format!("{keys},\"sts_token\":\"t\""), "STS.own", "t"),
        (
            format!(
                "\"access_key_id\":\"ak\",\"access_key_secret\":\"s\",\"ram_role_arn\":\"{ROLE}\""
            ),
            "STS.role",
            "STS.role-token-CANARY",
        ),
    ] {
        let cli = format!(r#"{{"profiles":[{{"name":"default","mode":"",{members}}}]}}"#);
        let world = World::new(&[(CLI, &cli)]).await;
        assert_eq!(world.id(world.named("default")).await, id);
        let sent = last(&world.server).await;
        assert_eq!(head(&sent, "x-acs-security-token"), token);
    }
}

#[tokio::test]
async fn a_name_means_a_profile_of_the_cli_or_else_a_section_of_a_shared_file() {
    let shared = "[both]\naccess_key_id = ini\naccess_key_secret = s\n";
    let python = "[two words]\naccess_key_id = python\naccess_key_secret = s\n";
    let cli = r#"{"current":"both","profiles":[{"name":"both","mode":"AK","access_key_id":"cli","access_key_secret":"s"}]}"#;
    let python_file = ".alibabacloud/credentials.ini";
    let world = World::new(&[(SHARED, shared), (python_file, python)]).await;
    assert_eq!(world.id(world.named("both")).await, "ini");
    assert_eq!(world.id(world.named("two words")).await, "python");
    write(world.home.path(), CLI, cli);
    assert_eq!(world.id(world.named("both")).await, "cli");
    assert_eq!(world.id(world.named("two words")).await, "python");
    let named = with(
        world.environment(),
        &[
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", "env"),
            ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s"),
        ],
    );
    let error = world
        .refused(DefaultCredentials::of_profile(named, "absent"))
        .await;
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    for part in [
        "profile `absent`",
        "config.json",
        "credentials.ini",
        "--profile absent",
    ] {
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[tokio::test]
async fn a_role_may_be_assumed_with_a_session() {
    let cli = format!(
        r#"{{"profiles":[
        {{"name":"hop","mode":"RamRoleArn","access_key_id":"STS.own","access_key_secret":"s","sts_token":"t","ram_role_arn":"{ROLE}"}},
        {{"name":"own","mode":"StsToken","access_key_id":"STS.own","access_key_secret":"s","sts_token":"t"}},
        {{"name":"chain","mode":"ChainableRamRoleArn","source_profile":"own","access_key_id":"STS.old","access_key_secret":"old",
          "sts_token":"old","ram_role_arn":"{ROLE}"}}]}}"#
    );
    let shared = format!(
        "[section]\ntype = ram_role_arn\naccess_key_id = STS.own\naccess_key_secret = s\nsecurity_token = t\nrole_arn = {ROLE}\n"
    );
    for name in ["hop", "chain", "section"] {
        let world = World::new(&[(CLI, &cli), (SHARED, &shared)]).await;
        assert_eq!(world.id(world.named(name)).await, "STS.role", "{name}");
        let assumed = &requests(&world.server).await[0];
        assert_eq!(id_of(assumed), "STS.own", "{name}");
        assert_eq!(head(assumed, "x-acs-security-token"), "t", "{name}");
    }
}

#[tokio::test]
async fn keys_of_a_session_without_their_token_sign_nothing() {
    let keys = r#""access_key_id":"STS.own","access_key_secret":"s-CANARY""#;
    let cli = format!(
        r#"{{"profiles":[{{"name":"ak","mode":"AK",{keys}}},{{"name":"role","mode":"RamRoleArn",{keys},"ram_role_arn":"{ROLE}"}}]}}"#
    );
    let shared = "[section]\naccess_key_id = STS.own\naccess_key_secret = s-CANARY\n";
    let world = World::new(&[(CLI, &cli), (SHARED, shared)]).await;
    let variables = [
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", "STS.own"),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s-CANARY"),
    ];
    let chain = DefaultCredentials::new(with(world.environment(), &variables));
    let given = StaticCredentials::new("STS.own", "s-CANARY".to_owned());
    for (error, origin) in [
        (world.refused(world.named("ak")).await, "profile `ak`"),
        (world.refused(world.named("role")).await, "profile `role`"),
        (
            world.refused(world.named("section")).await,
            "/credentials:1",
        ),
        (world.refused(chain).await, "ALIBABA_CLOUD_ACCESS_KEY_ID"),
        (world.refused(given).await, "STS.own"),
    ] {
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        let message = error.message();
        assert!(message.contains("session token is missing"), "{error}");
        assert!(message.contains(origin), "{error}");
        assert!(
            error
                .remedy()
                .is_some_and(|remedy| remedy.contains("SECURITY_TOKEN"))
        );
    }
    assert!(requests(&world.server).await.is_empty());
}

#[tokio::test]
async fn commands_and_addresses_are_sources_only_where_the_environment_allows_them() {
    let world = World::new(&[]).await;
    Mock::given(path("/keys"))
        .respond_with(ok(issued("STS.uri")))
        .mount(&world.server)
        .await;
    let (uri, ran) = (
        format!("{}/keys", world.server.uri()),
        world.home.path().join("ran"),
    );
    let cli = json!({"profiles": [
        {"name": "command", "mode": "External", "process_command": format!("touch {}", ran.display())},
        {"name": "no-mode", "process_command": format!("touch {}", ran.display())},
        {"name": "address", "mode": "CredentialsURI", "credentials_uri": &uri},
        {"name": "over-command", "mode": "ChainableRamRoleArn", "source_profile": "command", "ram_role_arn": ROLE},
        {"name": "chain", "mode": "ChainableRamRoleArn", "source_profile": "address", "ram_role_arn": ROLE}]});
    write(world.home.path(), CLI, &cli.to_string());
    let forbidding = [
        (FORBIDDEN, "true"),
        (FORBIDDEN, "TRUE"),
        (FORBIDDEN, "1"),
        ("ALIBABACLOUD_DISABLE_EXTERNAL_PROCESS", "1"),
        ("ALICLOUD_DISABLE_EXTERNAL_PROCESS", "true"),
    ];
    for (variable, value) in forbidding {
        let environment = world.environment().with_variable(variable, value);
        for (profile, named) in [
            ("command", "command"),
            ("no-mode", "no-mode"),
            ("address", "address"),
            ("over-command", "command"),
            ("chain", "address"),
        ] {
            let source = DefaultCredentials::of_profile(environment.clone(), profile);
            let error = world.refused(source).await;
            assert_eq!(error.kind(), ErrorKind::Unauthenticated);
            assert!(
                error.message().contains(&format!("profile `{named}`")),
                "{error}"
            );
            assert!(
                error.message().contains(&format!("{variable} is set")),
                "{error}"
            );
        }
        let environment = environment.with_variable("ALIBABA_CLOUD_CREDENTIALS_URI", &uri);
        let source = DefaultCredentials::new(environment).without_profile();
        let error = world.refused(source).await;
        assert!(
            error.message().contains(&format!("{variable} is set")),
            "{error}"
        );
    }
    assert!(requests(&world.server).await.is_empty() && !ran.exists());
    for value in ["", "false", "0"] {
        let environment = world.environment().with_variable(FORBIDDEN, value);
        let source = DefaultCredentials::of_profile(environment, "address");
        assert_eq!(world.id(source).await, "STS.uri", "{value}");
    }
}

#[tokio::test]
async fn an_address_that_gives_keys_without_a_code_is_believed() {
    let world = World::new(&[]).await;
    let mut keys = issued("STS.uri");
    keys.as_object_mut().expect("an object").remove("Code");
    for (at, answer) in [
        ("/keys", keys.clone()),
        ("/refusal", json!({"Message": "s-CANARY"})),
    ] {
        Mock::given(path(at))
            .respond_with(ok(answer))
            .mount(&world.server)
            .await;
    }
    let at = |path: &str| UriCredentials::new(format!("{}{path}", world.server.uri()));
    assert_eq!(world.id(at("/keys")).await, "STS.uri");
    let error = world.refused(at("/refusal")).await;
    assert!(error.message().contains("`AccessKeyId`"), "{error}");
}
