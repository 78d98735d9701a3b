//! A provider that lives for months: accounts come, change and go, and requests take the way that the user set.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::*;
use landbridge_aliyun::credential::StaticCredentials;
use landbridge_aliyun::{Aliyun, AliyunProvider, HttpOptions};
use landbridge_core::{AccountId, Clock, CloudProvider, ErrorKind, Network, Place, Select};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use wiremock::{MockServer, Request};

const OTHER: &str = "9876543210987654";
const ROOT: &str = include_str!("root.pem");

fn source(id: &str) -> Arc<StaticCredentials> {
    Arc::new(StaticCredentials::new(id, "the-secret".to_owned()))
}

/// The access key ID that signed a request.
fn signer(request: &Request) -> String {
    let header = head(request, "authorization");
    let (_, rest) = header.split_once("Credential=").unwrap_or_default();
    rest.split(',').next().unwrap_or_default().to_owned()
}

fn place_of(account: &str) -> Place {
    Place {
        account: AccountId::new(account),
        ..place()
    }
}

async fn list(provider: &AliyunProvider, account: &str) -> landbridge_core::Result<()> {
    let cloud = provider.place(&place_of(account))?;
    cloud.list_networks(&Select::All).await.map(drop)
}

/// Keys whose ID begins with `other` are of account [`OTHER`]; those that begin with `slow` are answered late.
async fn everything() -> MockServer {
    let server = server().await;
    let whose = |request: &Request| match signer(request).starts_with("other") {
        true => common::issuing::identity(OTHER),
        false => common::issuing::identity(ACCOUNT),
    };
    on("GetCallerIdentity")
        .respond_with(whose)
        .mount(&server)
        .await;
    let answer = |request: &Request| match signer(request).starts_with("slow") {
        true => ok(nothing()).set_delay(Duration::from_secs(2)),
        false => ok(nothing()),
    };
    on("DescribeVpcs").respond_with(answer).mount(&server).await;
    server
}

/// Which operations were called, and with which keys.
async fn calls(server: &MockServer) -> Vec<String> {
    let requests = server.received_requests().await.expect("recorded");
    let call = |request: &Request| format!("{} by {}", action(request), signer(request));
    requests.iter().map(call).collect()
}

#[tokio::test]
async fn an_account_is_added_while_a_call_of_another_is_in_flight() {
    let server = everything().await;
    let provider = Arc::new(provider(&server.uri(), FakeClock::new(), source("slow")));
    let running = provider.clone();
    let slow = tokio::spawn(async move { list(&running, ACCOUNT).await });
    while calls(&server).await.is_empty() {
        tokio::task::yield_now().await;
    }
    let unknown = list(&provider, OTHER).await.expect_err("not added yet");
    assert_eq!(unknown.kind(), ErrorKind::Unauthenticated);
    provider.set_credentials(OTHER, source("other"));
    list(&provider, OTHER).await.expect("the new account");
    assert!(!slow.is_finished());
    slow.await.expect("no panic").expect("the old account");
    assert_eq!(provider.accounts(), [ACCOUNT.into(), OTHER.into()]);
}

#[tokio::test]
async fn replaced_credentials_are_used_by_the_next_call_once_they_are_proven() {
    let server = everything().await;
    let provider = provider(&server.uri(), FakeClock::new(), source("first"));
    let cloud = provider.place(&place()).expect("known");
    cloud.list_networks(&Select::All).await.expect("the first");
    provider.set_credentials(ACCOUNT, source("second"));
    for _ in 0..2 {
        cloud.list_networks(&Select::All).await.expect("the second");
    }
    provider.set_credentials(ACCOUNT, source("other"));
    let error = cloud.list_networks(&Select::All).await;
    let error = error.expect_err("keys of another account");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(error.message().contains(ACCOUNT) && error.message().contains(OTHER));
    assert_eq!(
        calls(&server).await,
        [
            "DescribeVpcs by first",
            "GetCallerIdentity by second",
            "DescribeVpcs by second",
            "DescribeVpcs by second",
            "GetCallerIdentity by other",
        ]
    );
}

#[tokio::test]
async fn siblings_reach_one_account_with_keys_of_their_own_and_within_one_rate() {
    let server = everything().await;
    let clock = FakeClock::new();
    let first = provider(&server.uri(), clock.clone(), source("first"));
    let second = first.sibling();
    let error = list(&second, ACCOUNT).await.expect_err("no keys yet");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    second.set_credentials(ACCOUNT, source("second"));
    list(&first, ACCOUNT).await.expect("the first");
    list(&second, ACCOUNT).await.expect("the second");
    assert_eq!(
        calls(&server).await,
        ["DescribeVpcs by first", "DescribeVpcs by second"]
    );
    let account = AccountId::new(ACCOUNT);
    assert_eq!(first.rate_usage(&account).calls, 2);

    // A share that is set on one holds for both: one call at once, then one in two seconds.
    second.set_rate_share(&account, 0.025);
    let started = clock.uptime();
    for _ in 0..3 {
        list(&first, ACCOUNT).await.expect("in time");
        list(&second, ACCOUNT).await.expect("in time");
    }
    let took = clock.uptime().saturating_sub(started);
    assert!(took >= Duration::from_secs(10), "{took:?}");

    // The account of one goes, that of the other stays.
    assert!(second.remove_account(&account));
    list(&second, ACCOUNT).await.expect_err("removed");
    list(&first, ACCOUNT).await.expect("untouched");
    assert!(first.rate_usage(&account).calls > 0);
}

#[tokio::test]
async fn a_removed_account_is_refused_and_the_others_go_on() {
    let server = everything().await;
    let provider = provider(&server.uri(), FakeClock::new(), source("first"));
    provider.set_credentials(OTHER, source("other"));
    let removed = provider.place(&place()).expect("known");
    removed.list_networks(&Select::All).await.expect("known");
    assert!(provider.remove_account(&ACCOUNT.into()));
    assert!(!provider.remove_account(&ACCOUNT.into()));
    let error = removed.list_networks(&Select::All).await;
    assert_eq!(
        error.expect_err("removed").kind(),
        ErrorKind::Unauthenticated
    );
    list(&provider, ACCOUNT).await.expect_err("removed");
    list(&provider, OTHER).await.expect("untouched");
    provider.set_credentials(ACCOUNT, source("again"));
    list(&provider, ACCOUNT).await.expect("added again");
}

/// A proxy that refuses every request and tells its first line.
async fn proxy() -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    let (sender, lines) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = vec![0; 4096];
            let length = stream.read(&mut head).await.unwrap_or_default();
            let text = String::from_utf8_lossy(&head[..length]).into_owned();
            let _ = sender.send(text.lines().next().unwrap_or_default().to_owned());
            let refusal = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n";
            let _ = stream.write_all(refusal).await;
        }
    });
    (address, lines)
}

fn through(endpoint: &str, options: HttpOptions) -> AliyunProvider {
    let builder = Aliyun::builder().clock(FakeClock::new());
    let builder = builder.endpoint(endpoint).expect("an endpoint");
    let builder = builder.credentials(ACCOUNT, source("first")).http(options);
    builder.build().expect("builds")
}

#[tokio::test]
async fn requests_go_through_the_given_proxy() {
    let (address, mut lines) = proxy().await;
    let options = HttpOptions::new().with_proxy(&address).expect("a proxy");
    let provider = through("https://cloud.example", options);
    let error = list(&provider, ACCOUNT).await.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let line = lines.recv().await.expect("the proxy was asked");
    assert_eq!(line, "CONNECT cloud.example:443 HTTP/1.1");
}

#[tokio::test]
async fn a_loopback_endpoint_is_reached_without_the_proxy() {
    let server = everything().await;
    let (address, mut lines) = proxy().await;
    let options = HttpOptions::new().with_proxy(&address).expect("a proxy");
    let provider = through(&server.uri(), options);
    list(&provider, ACCOUNT).await.expect("answered");
    assert!(lines.try_recv().is_err());
}

#[tokio::test]
async fn root_certificates_are_taken_and_broken_ones_refused() {
    let build = |pem: &str| {
        let options = HttpOptions::new().with_root_certificates(pem)?;
        Aliyun::builder().http(options).build()
    };
    build(ROOT).expect("a certificate");
    build(&ROOT.repeat(2)).expect("two certificates");
    let broken = [
        ROOT.replace("MIIB", "MIIC"),
        ROOT.replace("MIIB", "!!!!"),
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned(),
        "no certificate".to_owned(),
    ];
    for pem in broken {
        let error = build(&pem).expect_err(&pem);
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(
            error
                .message()
                .starts_with("invalid root certificates: expected")
        );
    }
}

#[tokio::test]
async fn an_answer_is_awaited_no_longer_than_the_read_timeout() {
    let server = everything().await;
    let options = HttpOptions::new().with_read_timeout(Duration::from_millis(50));
    let provider = through(&server.uri(), options);
    provider.set_credentials(OTHER, source("slow"));
    let error = list(&provider, OTHER).await.expect_err("too slow");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    list(&provider, ACCOUNT).await.expect("fast enough");
}
