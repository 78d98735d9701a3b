//! Sessions that callers of the traits open: what is sent, what is refused before, and what refusals mean.

mod common;

use std::time::Duration;

use common::*;
use landbridge_aws::AwsCloud;
use landbridge_core::{AssumeRole, CrossAccountAuth, Error, ErrorKind, MfaCode, SessionToken};
use wiremock::{MockServer, ResponseTemplate};

const ROLE: &str = "arn:aws:iam::022222222222:role/accepter";
const DEVICE: &str = "arn:aws:iam::011111111111:mfa/m";
const HOUR: Duration = Duration::from_secs(3600);

fn here(server: &MockServer) -> AwsCloud {
    cloud(&server.uri(), FakeClock::new())
}

fn role() -> AssumeRole {
    AssumeRole::new(ROLE, "a-name")
}

fn mfa(code: &str) -> MfaCode {
    MfaCode::new(DEVICE.to_owned(), code.into())
}

async fn opens(server: &MockServer, action: &'static str) {
    let inner = session("ASIASESSION", "2026-01-02T04:04:05Z");
    on(action)
        .respond_with(sts(action, &inner))
        .mount(server)
        .await;
}

async fn we_are(server: &MockServer, who: &str) {
    on("GetCallerIdentity")
        .respond_with(caller(ACCOUNT, who))
        .mount(server)
        .await;
}

async fn refuses(answer: ResponseTemplate, request: &AssumeRole) -> Error {
    let server = server().await;
    on("AssumeRole").respond_with(answer).mount(&server).await;
    here(&server)
        .assume_role(request)
        .await
        .expect_err("refused")
}

#[tokio::test]
async fn the_alias_is_the_first_and_only_one() {
    for (members, alias) in [("", None), ("<member>our-name</member>", Some("our-name"))] {
        let server = server().await;
        let inner =
            format!("<IsTruncated>false</IsTruncated><AccountAliases>{members}</AccountAliases>");
        on("ListAccountAliases")
            .respond_with(iam("ListAccountAliases", &inner))
            .mount(&server)
            .await;
        let told = here(&server).account_alias().await.expect("told");
        assert_eq!(told.as_deref(), alias);
    }
}

#[tokio::test]
async fn a_second_factor_is_shown_with_either_kind_of_session() {
    let server = server().await;
    opens(&server, "AssumeRole").await;
    opens(&server, "GetSessionToken").await;
    let cloud = here(&server);
    let request = role().with_mfa(mfa("012345"));
    let session = cloud.assume_role(&request).await.expect("opened");
    assert_eq!(session.access_key_id, "ASIASESSION");
    let request = SessionToken::new()
        .with_mfa(mfa("123456"))
        .with_duration(HOUR);
    cloud.session_token(&request).await.expect("opened");
    for (action, code) in [("AssumeRole", "012345"), ("GetSessionToken", "123456")] {
        let form = sent(&server, action).await;
        assert_eq!(form["SerialNumber"], DEVICE);
        assert_eq!(form["TokenCode"], code);
        assert_eq!(form["DurationSeconds"], "3600");
    }
}

#[tokio::test]
async fn what_no_session_can_be_is_refused_before_anything_is_sent() {
    let server = server().await;
    let cloud = here(&server);
    for duration in [HOUR / 5, 13 * HOUR] {
        let error = cloud.assume_role(&role().with_duration(duration)).await;
        assert_eq!(error.expect_err("refused").kind(), ErrorKind::InvalidInput);
    }
    for duration in [HOUR / 5, 37 * HOUR] {
        let error = cloud
            .session_token(&SessionToken::new().with_duration(duration))
            .await;
        assert_eq!(error.expect_err("refused").kind(), ErrorKind::InvalidInput);
    }
    let error = cloud.assume_role(&role().with_mfa(mfa("12345"))).await;
    let error = error.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains(DEVICE) && !error.to_string().contains("12345"));
    assert_eq!(actions(&server).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_role_session_opens_no_session_of_more_than_an_hour() {
    let server = server().await;
    we_are(&server, "sts::011111111111:assumed-role/r/s").await;
    let error = here(&server)
        .assume_role(&role().with_duration(2 * HOUR))
        .await;
    let error = error.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(
        error
            .remedy()
            .is_some_and(|remedy| remedy.starts_with("ask for at most one hour"))
    );
    assert_eq!(actions(&server).await, ["GetCallerIdentity"]);
}

#[tokio::test]
async fn a_user_opens_sessions_of_twelve_hours() {
    let server = server().await;
    we_are(&server, "iam::011111111111:user/u").await;
    opens(&server, "AssumeRole").await;
    opens(&server, "GetSessionToken").await;
    let cloud = here(&server);
    cloud
        .assume_role(&role().with_duration(12 * HOUR))
        .await
        .expect("opened");
    cloud
        .session_token(&SessionToken::new())
        .await
        .expect("opened");
    assert_eq!(
        sent(&server, "AssumeRole").await["DurationSeconds"],
        "43200"
    );
}

#[tokio::test]
async fn the_account_itself_opens_no_session_of_more_than_an_hour() {
    let server = server().await;
    we_are(&server, "iam::011111111111:root").await;
    let error = here(&server).session_token(&SessionToken::new()).await;
    let error = error.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("the account itself"), "{error}");
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    use ErrorKind::{InvalidInput, PermissionDenied};
    let denied = |message| sts_says(403, "AccessDenied", message);
    for (answer, request, kind, remedy) in [
        (
            denied(
                "User: arn:aws:iam::011111111111:user/u is not authorized to perform: sts:AssumeRole",
            ),
            role(),
            PermissionDenied,
            "let the role's trust name the caller",
        ),
        (
            denied("not authorized"),
            role().with_mfa(mfa("012345")),
            PermissionDenied,
            "check that the role exists",
        ),
        (
            denied("MultiFactorAuthentication failed with invalid MFA one time pass code. "),
            role().with_mfa(mfa("012345")),
            InvalidInput,
            "wait for the device's next code",
        ),
        (
            denied("Roles may not be assumed by root accounts."),
            role(),
            PermissionDenied,
            "use the keys of a user or a role",
        ),
        (
            sts_says(
                400,
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            ),
            role(),
            InvalidInput,
            "raise the role's longest session",
        ),
    ] {
        let error = refuses(answer, &request).await;
        assert_eq!(error.kind(), kind, "{error}");
        assert!(
            error.remedy().is_some_and(|text| text.contains(remedy)),
            "{error}"
        );
        assert_eq!(error.operation(), Some("AssumeRole"));
    }
}

#[tokio::test]
async fn a_session_that_has_expired_and_cannot_be_renewed_is_said_to_have() {
    let error = refuses(sts_says(403, "ExpiredToken", "it is expired"), &role()).await;
    assert_eq!(error.kind(), ErrorKind::SessionExpired);
    assert!(!error.is_retryable());
    assert!(
        error
            .remedy()
            .is_some_and(|text| text.contains("sign in again")),
        "{error}"
    );
}
