//! The keys of an account stay that account's, whatever their source gives later.

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use common::*;
use landbridge_aws::credential::{Credentials, Keys};
use landbridge_aws::{AwsCloud, Connection};
use landbridge_core::{ErrorKind, Network, Result, Select};
use wiremock::{MockServer, Request};

/// Gives keys that end after an hour, with one id after the other.
#[derive(Debug)]
struct Changing(Mutex<Vec<&'static str>>);

#[async_trait]
impl Credentials for Changing {
    async fn fetch(&self, connection: &Connection) -> Result<Keys> {
        let mut ids = self.0.lock().expect("not poisoned");
        let id = if ids.len() > 1 { ids.remove(0) } else { ids[0] };
        let end = connection.now() + Duration::from_secs(3600);
        let keys = Keys::new(id, SECRET.to_owned()).with_token("a-token");
        Ok(keys.with_expiry(end))
    }
}

fn place_with(server: &MockServer, clock: &Arc<FakeClock>, ids: &[&'static str]) -> AwsCloud {
    let source = Arc::new(Changing(Mutex::new(ids.to_vec())));
    provider_with(&server.uri(), clock.clone(), source)
        .place(&place_of(ACCOUNT, REGION))
        .expect("known")
}

/// Keys whose id ends in `OTHER` are another account's.
async fn everything(server: &MockServer) {
    let whose = |request: &Request| match signer(request).ends_with("OTHER") {
        true => caller(PEER, "iam::022222222222:user/u"),
        false => caller(ACCOUNT, "iam::011111111111:user/u"),
    };
    on("GetCallerIdentity")
        .respond_with(whose)
        .mount(server)
        .await;
    answers(server, "DescribeVpcs", "<vpcSet/>").await;
}

/// What was asked, and with which keys.
async fn asked(server: &MockServer) -> Vec<(String, String)> {
    let requests = server.received_requests().await.expect("recorded");
    let asked = |request: &Request| (action(request), signer(request));
    requests.iter().map(asked).collect()
}

fn call(action: &str, key: &str) -> (String, String) {
    (action.to_owned(), key.to_owned())
}

const LATER: Duration = Duration::from_secs(50 * 60);

#[tokio::test]
async fn other_keys_sign_nothing_before_they_are_proven_to_be_the_accounts() {
    let (server, clock) = (server().await, FakeClock::new());
    everything(&server).await;
    let cloud = place_with(&server, &clock, &["ASIAONE", "ASIATWO"]);
    for _ in 0..3 {
        cloud.list_networks(&Select::All).await.expect("lists");
        clock.advance(LATER);
    }
    assert_eq!(
        asked(&server).await,
        [
            call("DescribeVpcs", "ASIAONE"),
            call("GetCallerIdentity", "ASIATWO"),
            call("DescribeVpcs", "ASIATWO"),
            // The same id again needs no proof.
            call("DescribeVpcs", "ASIATWO"),
        ]
    );
}

#[tokio::test]
async fn keys_of_another_account_are_refused_each_time_and_both_accounts_named() {
    let (server, clock) = (server().await, FakeClock::new());
    everything(&server).await;
    let cloud = place_with(&server, &clock, &["ASIAONE", "ASIAOTHER"]);
    cloud.list_networks(&Select::All).await.expect("lists");
    clock.advance(LATER);
    for _ in 0..2 {
        let error = cloud.list_networks(&Select::All).await;
        let error = error.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        assert!(error.message().contains(ACCOUNT) && error.message().contains(PEER));
        assert!(error.remedy().is_some() && !error.is_retryable());
    }
    let after_the_first = asked(&server).await.split_off(1);
    let question = call("GetCallerIdentity", "ASIAOTHER");
    assert_eq!(after_the_first, [question.clone(), question]);
}

#[tokio::test]
async fn keys_that_replace_refused_ones_are_proven_too() {
    let (server, clock) = (server().await, FakeClock::new());
    everything(&server).await;
    on("DescribeVpcs")
        .respond_with(refused(400, "RequestExpired"))
        .with_priority(1)
        .mount(&server)
        .await;
    let cloud = place_with(&server, &clock, &["ASIAONE", "ASIAOTHER"]);
    let error = cloud
        .list_networks(&Select::All)
        .await
        .expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert_eq!(
        asked(&server).await,
        [
            call("DescribeVpcs", "ASIAONE"),
            call("GetCallerIdentity", "ASIAOTHER"),
        ]
    );
}

#[tokio::test]
async fn keys_that_cannot_be_proven_now_wait_while_the_old_ones_are_valid() {
    let (server, clock) = (server().await, FakeClock::new());
    everything(&server).await;
    let cloud = place_with(&server, &clock, &["ASIAONE", "ASIATWO"]);
    cloud.list_networks(&Select::All).await.expect("lists");
    clock.advance(LATER);
    on("GetCallerIdentity")
        .respond_with(sts_says(503, "ServiceUnavailable", "not now"))
        .with_priority(1)
        .mount(&server)
        .await;
    cloud
        .list_networks(&Select::All)
        .await
        .expect("the old ones");
    let last = asked(&server).await.pop();
    assert_eq!(last, Some(call("DescribeVpcs", "ASIAONE")));
}
