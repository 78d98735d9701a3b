//! Files as the vendor's tools write them, one per mode and type: what they say reaches the signed request.

mod common;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use common::issuing::*;
use common::*;
use landbridge_aliyun::credential::{
    Credentials, IniCredentials, MetadataCredentials, ProfileCredentials,
};
use landbridge_aliyun::endpoint::Endpoints;
use landbridge_aliyun::{Aliyun, Environment, Product};
use landbridge_core::{Error, ErrorKind};
use tempfile::TempDir;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer};

const ROLE: &str = "acs:ram::1234567890123457:role/PeerRole";

/// A home directory with one fixture in its place, and everything that fixtures refer to.
struct World {
    server: MockServer,
    home: TempDir,
}

impl World {
    async fn new(fixture: &str, file: &str) -> Self {
        let world = Self {
            server: server().await,
            home: home(),
        };
        world.serve().await;
        for name in ["oidc-token", "external keys.json"] {
            write(world.home.path(), name, &read(name));
        }
        let text = read(fixture)
            .replace("@SERVER@", &world.server.uri())
            .replace("@HOME@", &world.home.path().display().to_string());
        write(world.home.path(), file, &text);
        world
    }

    async fn serve(&self) {
        answer_calls(&self.server).await;
        let first = session("acs:ram::1234567890123456:role/First", "STS.First");
        on("AssumeRole")
            .and(wiremock::matchers::body_string_contains("role%2FFirst"))
            .respond_with(ok(first))
            .mount(&self.server)
            .await;
        on("AssumeRole")
            .respond_with(ok(session(ROLE, "STS.Peer")))
            .mount(&self.server)
            .await;
        on_anonymous("AssumeRoleWithOIDC")
            .respond_with(ok(session(ROLE, "STS.Oidc")))
            .mount(&self.server)
            .await;
        Mock::given(path("/keys"))
            .respond_with(ok(issued("STS.Uri")))
            .mount(&self.server)
            .await;
        metadata(&self.server, "InstanceRole", ok(issued("STS.Instance"))).await;
    }

    fn environment(&self) -> Environment {
        Environment::empty().with_home(self.home.path())
    }

    fn metadata(&self) -> MetadataCredentials {
        let source = MetadataCredentials::new(&self.environment());
        source.with_address(&self.server.uri()).expect("loopback")
    }

    fn profile(&self) -> Arc<dyn Credentials> {
        self.profile_in(self.environment())
    }

    fn profile_in(&self, environment: Environment) -> Arc<dyn Credentials> {
        Arc::new(ProfileCredentials::new(environment).with_metadata(self.metadata()))
    }

    fn section(&self) -> Arc<dyn Credentials> {
        Arc::new(IniCredentials::new(self.environment()).with_metadata(self.metadata()))
    }

    async fn refused(&self, source: Arc<dyn Credentials>) -> Error {
        let error = signed_with(&self.server, source).await;
        let error = error.expect_err("refused");
        assert!(!format!("{error} {error:?}").contains("CANARY"), "{error}");
        error
    }
}

async fn cli(mode: &str) -> World {
    World::new(&format!("cli/{mode}.json"), ".aliyun/config.json").await
}

async fn ini(kind: &str) -> World {
    World::new(&format!("ini/{kind}.ini"), ".alibabacloud/credentials").await
}

fn read(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/credentials");
    std::fs::read_to_string(folder.join(name)).expect("the fixture is there")
}

fn names(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/credentials")
        .join(folder);
    let files = std::fs::read_dir(folder).expect("the folder is there");
    let stem = |path: PathBuf| path.file_stem().map(|stem| stem.to_string_lossy().into());
    let mut names: Vec<String> = files
        .filter_map(|file| stem(file.expect("readable").path()))
        .collect();
    names.sort();
    names
}

/// Makes one call and looks at what it was signed with.
async fn check(world: &World, source: Arc<dyn Credentials>, keys: (&str, &str, &str), case: &str) {
    let (id, secret, token) = keys;
    let signed = signed_with(&world.server, source).await.expect(case);
    let request = last(&world.server).await;
    assert_eq!(signed, id, "{case}");
    assert!(is_signed_by(&request, secret), "{case}");
    assert_eq!(head(&request, "x-acs-security-token"), token, "{case}");
}

#[tokio::test]
async fn every_mode_of_the_cli_that_gives_keys_signs_with_them() {
    let sts = (
        "STS.FixtureSession",
        "sts-secret-CANARY",
        "sts-token-CANARY",
    );
    for (mode, id, secret, token) in [
        ("ak", "LTAI5tFixtureKey", "ak-secret-CANARY", ""),
        ("ststoken", sts.0, sts.1, sts.2),
        ("cloudsso", sts.0, sts.1, sts.2),
        ("oauth", sts.0, sts.1, sts.2),
        ("ramrolearn", "STS.Peer", "", ""),
        ("chainableramrolearn", "STS.Peer", "", ""),
        ("ecsramrole", "STS.Instance", "", ""),
        ("oidc", "STS.Oidc", "", ""),
        ("credentialsuri", "STS.Uri", "", ""),
        (
            "external",
            "STS.External",
            "external-secret-CANARY",
            "external-token-CANARY",
        ),
    ] {
        let world = cli(mode).await;
        let (own_secret, own_token) = (secret_of(id), token_of(id));
        let keys = match secret {
            "" => (id, own_secret.as_str(), own_token.as_str()),
            _ => (id, secret, token),
        };
        check(&world, world.profile(), keys, mode).await;
    }
}

#[tokio::test]
async fn every_type_of_the_shared_file_that_gives_keys_signs_with_them() {
    for (kind, id, secret, token) in [
        ("access_key", "LTAI5tFixtureKey", "ini-secret-CANARY", ""),
        (
            "sts",
            "STS.FixtureSession",
            "sts-secret-CANARY",
            "sts-token-CANARY",
        ),
        ("ram_role_arn", "STS.Peer", "", ""),
        ("oidc_role_arn", "STS.Oidc", "", ""),
        ("ecs_ram_role", "STS.Instance", "", ""),
    ] {
        let world = ini(kind).await;
        let (own_secret, own_token) = (secret_of(id), token_of(id));
        let keys = match secret {
            "" => (id, own_secret.as_str(), own_token.as_str()),
            _ => (id, secret, token),
        };
        check(&world, world.section(), keys, kind).await;
    }
}

#[tokio::test]
async fn other_modes_are_refused_by_name_with_the_file_and_a_remedy() {
    for mode in [
        "anonymous",
        "bearertoken",
        "ramrolearnwithrolename",
        "rsakeypair",
    ] {
        let world = cli(mode).await;
        let error = world.refused(world.profile()).await;
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        let message = error.message().to_lowercase();
        assert!(
            message.contains(&format!("`{mode}`")) && message.contains("config.json"),
            "{error}"
        );
        assert!(error.remedy().is_some(), "{error}");
    }
    let world = ini("rsa_key_pair").await;
    let error = world.refused(world.section()).await;
    assert!(error.message().contains("rsa_key_pair"), "{error}");
    assert!(
        error
            .remedy()
            .is_some_and(|remedy| remedy.contains("[default]")),
        "{error}"
    );
}

#[test]
fn no_fixture_is_left_out_and_each_is_explained() {
    let read_me = read("README.md");
    let (cli, ini) = (names("cli"), names("ini"));
    assert_eq!((cli.len(), ini.len()), (14, 6));
    for name in cli.iter().map(|name| format!("cli/{name}.json")) {
        assert!(read_me.contains(&name), "{name}");
    }
    for name in ini.iter().map(|name| format!("ini/{name}.ini")) {
        assert!(read_me.contains(&name), "{name}");
    }
}

#[tokio::test]
async fn modes_are_compared_without_regard_to_case() {
    let world = cli("oidc").await;
    let file = world.home.path().join(".aliyun/config.json");
    let text = std::fs::read_to_string(&file).expect("readable");
    std::fs::write(&file, text.replace("\"OIDC\"", "\"oidc\"")).expect("written");
    let id = signed_with(&world.server, world.profile()).await;
    assert_eq!(id.expect("understood"), "STS.Oidc");
}

#[tokio::test]
async fn a_role_is_asked_for_exactly_as_the_profile_says() {
    let world = cli("ramrolearn").await;
    signed_with(&world.server, world.profile())
        .await
        .expect("assumed");
    let requests = requests(&world.server).await;
    assert_eq!(
        form(&requests[0]),
        [
            "RoleArn=acs%3Aram%3A%3A1234567890123457%3Arole%2FPeerRole",
            "RoleSessionName=fixture",
            "DurationSeconds=1800",
            "ExternalId=external-1",
            "Policy=%7B%22Version%22%3A%221%22%2C%22Statement%22%3A%5B%5D%7D",
        ]
    );
}

#[tokio::test]
async fn a_chained_session_is_signed_with_the_one_before_and_lasts_an_hour() {
    let world = cli("chainableramrolearn").await;
    signed_with(&world.server, world.profile())
        .await
        .expect("assumed");
    let requests = requests(&world.server).await;
    assert_eq!(id_of(&requests[0]), "LTAI5tFixtureKey");
    assert_eq!(id_of(&requests[1]), "STS.First");
    assert!(form(&requests[1]).contains(&"DurationSeconds=3600".to_owned()));
}

#[tokio::test]
async fn the_token_of_an_identity_provider_is_shown_without_a_signature() {
    let world = cli("oidc").await;
    signed_with(&world.server, world.profile())
        .await
        .expect("assumed");
    let request = &requests(&world.server).await[0];
    for header in ["authorization", "x-acs-action", "x-acs-security-token"] {
        assert_eq!(head(request, header), "", "{header}");
    }
    let query = request.url.query().unwrap_or_default();
    assert!(query.starts_with("Action=AssumeRoleWithOIDC&Format=JSON&SignatureNonce="));
    assert!(query.ends_with("&Timestamp=2026-01-02T03%3A04%3A05Z&Version=2015-04-01"));
    assert!(!query.contains("CANARY"));
    assert!(form(request).contains(&"OIDCToken=oidc.token.CANARY".to_owned()));
}

#[tokio::test]
async fn what_a_profile_leaves_out_is_taken_from_variables() {
    let world = cli("oidc").await;
    let text = r#"{"profiles":[{"name":"default","mode":"OIDC"}]}"#;
    write(world.home.path(), ".aliyun/config.json", text);
    let token = world.home.path().join("oidc-token");
    let variables = [
        ("ALIBABA_CLOUD_ROLE_ARN", ROLE),
        ("ALIBABA_CLOUD_ROLE_SESSION_NAME", "from-env"),
        (
            "ALIBABA_CLOUD_OIDC_PROVIDER_ARN",
            "acs:ram::1:oidc-provider/p",
        ),
        (
            "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
            token.to_str().expect("text"),
        ),
    ];
    let source = world.profile_in(with(world.environment(), &variables));
    let id = signed_with(&world.server, source).await.expect("assumed");
    assert_eq!(id, "STS.Oidc");
    let request = &requests(&world.server).await[0];
    assert!(form(request).contains(&"RoleSessionName=from-env".to_owned()));
}

#[tokio::test]
async fn a_sign_in_that_has_ended_names_the_command_that_renews_it() {
    for (mode, command) in [
        (
            "cloudsso",
            "aliyun configure --profile default --mode CloudSSO",
        ),
        ("oauth", "aliyun configure --profile default --mode OAuth"),
    ] {
        let world = cli(mode).await;
        let clock = FakeClock::new();
        clock.advance(std::time::Duration::from_secs(3600));
        let cloud = cloud_of(&world.server, &clock, world.profile());
        let error = call(&cloud).await.expect_err("ended");
        assert_eq!(error.kind(), ErrorKind::SessionExpired);
        assert!(!error.is_retryable());
        assert!(error.message().contains("has expired"), "{error}");
        assert!(
            error.remedy().is_some_and(|text| text.contains(command)),
            "{error}"
        );
        assert!(requests(&world.server).await.is_empty());
    }
}

#[tokio::test]
async fn a_command_is_not_run_where_that_is_switched_off() {
    let world = cli("external").await;
    let off = [("ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS", "true")];
    let source = world.profile_in(with(world.environment(), &off));
    let error = world.refused(source).await;
    assert!(
        error
            .message()
            .contains("ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS"),
        "{error}"
    );
}

#[tokio::test]
async fn a_duration_that_no_role_allows_is_not_sent() {
    for seconds in ["60", "86400", "-1", "\"soon\""] {
        let world = cli("ramrolearn").await;
        let file = world.home.path().join(".aliyun/config.json");
        let text = std::fs::read_to_string(&file).expect("readable");
        std::fs::write(&file, text.replace("1800", seconds)).expect("written");
        world.refused(world.profile()).await;
        assert!(requests(&world.server).await.is_empty(), "{seconds}");
    }
}

#[tokio::test]
async fn the_endpoint_of_sts_in_a_profile_is_asked_and_overrides_come_first() {
    let (world, elsewhere) = (cli("ramrolearn").await, server().await);
    let file = world.home.path().join(".aliyun/config.json");
    let text = std::fs::read_to_string(&file).expect("readable");
    let endpoint = format!("\"sts_endpoint\": \"{}\",", world.server.uri());
    let text = text.replacen("\"mode\"", &format!("{endpoint}\n\"mode\""), 1);
    std::fs::write(&file, text).expect("written");
    answer_calls(&elsewhere).await;
    on("AssumeRole")
        .respond_with(ok(session(ROLE, "STS.Elsewhere")))
        .mount(&elsewhere)
        .await;
    let networks = Endpoints::new()
        .with_product_address(Product::Vpc, &elsewhere.uri())
        .expect("loopback");
    let all = Endpoints::new()
        .with_address(&elsewhere.uri())
        .expect("loopback");
    for (endpoints, id) in [(networks, "STS.Peer"), (all, "STS.Elsewhere")] {
        let provider = Aliyun::builder()
            .clock(FakeClock::new())
            .endpoints(endpoints)
            .credentials(ACCOUNT, world.profile())
            .build()
            .expect("builds");
        call(&provider.place(&place()).expect("known account"))
            .await
            .expect("signed");
        assert_eq!(id_of(&last(&elsewhere).await), id);
    }
}
