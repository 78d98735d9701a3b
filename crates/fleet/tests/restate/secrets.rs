//! The server keeps what it is given in clear: no secret is among it.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use landbridge_core::SystemClock;
use landbridge_core::topology::CredentialSource;
use landbridge_fleet::api::{Api, Transport};
use landbridge_fleet::tenants::{ApiKey, Tenants};
use landbridge_fleet::{LinkKey, Phase};
use tokio_util::sync::CancellationToken;

use crate::cloud::{ACCOUNTS, key, three_networks};
use crate::failures::World;
use crate::life::phase;

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_the_servers_files_nor_in_its_tables_nor_in_a_log() {
    let Some(world) = World::start().await else {
        return;
    };
    let key = key("site");
    let worker = world.worker();
    world.register().await;
    let api_key = submitted_by_a_tenant(&world, &key).await;
    phase(&world.orders, &key, Phase::Ready).await;

    let mut places = vec![("a worker's log".to_owned(), worker.log().into_bytes())];
    for table in ["state", "sys_journal", "sys_invocation"] {
        places.push((
            table.to_owned(),
            rows(&world.server.admin_url(), table).await,
        ));
    }
    files(world.server.home(), &mut places);
    let holds = |text: &[u8], part: &str| {
        text.windows(part.len())
            .any(|window| window == part.as_bytes())
    };
    // What is searched is what was written.
    for table in ["state", "sys_journal", "a worker's log"] {
        let place = places.iter().find(|(name, _)| name == table);
        assert!(
            place.is_some_and(|(_, text)| holds(text, key.as_str())),
            "{table}"
        );
    }
    // What each look rewrites and each list reads holds no text of a topology.
    let state = places.iter().find(|(name, _)| name == "state");
    let rows: serde_json::Value =
        serde_json::from_slice(&state.expect("it was read").1).expect("JSON");
    for row in rows["rows"].as_array().expect("rows") {
        let value = row["value_utf8"].as_str().unwrap_or_default();
        let is_text = row["key"] == "topology";
        assert_eq!(value.contains("interconnects"), is_text, "{row}");
    }
    let is_file = |name: &str| name.starts_with('/');
    let in_files = places.iter().filter(|(name, _)| is_file(name));
    assert!(
        in_files
            .filter(|(_, text)| holds(text, key.as_str()))
            .count()
            > 0
    );
    let of_the_caller = [api_key.reveal(), HEADER];
    for secret in world.cloud.access.secrets().chain(of_the_caller) {
        for (name, text) in &places {
            assert!(!holds(text, secret), "a secret is in {name}");
        }
    }
    world.is_deleted(&[key]).await;
}

/// A header of a request that only the API is to see.
const HEADER: &str = "session-of-a-caller-5f1c";

/// Submits a topology as a tenant does, and gives the tenant's API key.
async fn submitted_by_a_tenant(world: &World, key: &LinkKey) -> ApiKey {
    let api_key = ApiKey::random().expect("a key");
    let (tenant, [one, two]) = (key.tenant(), ACCOUNTS);
    let tenants = format!(
        "tenants: [{{ name: {tenant}, api-keys: [{{ sha256: {} }}], accounts: {{ aliyun: ['{one}', '{two}'] }} }}]",
        api_key.hash()
    );
    let tenants = Tenants::from_text(&tenants).expect("tenants");
    let orders = Arc::new(world.server.orders());
    let api = Api::new(orders, tenants, Arc::new(SystemClock::new()));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let stop = CancellationToken::new();
    let served = api.serve(listener, Transport::Loopback, stop.clone());

    let mut topology = three_networks(key).topology_of(key).expect("a topology");
    for account in &mut topology.accounts {
        account.credentials = CredentialSource::Secret("keys".to_owned());
    }
    let client = reqwest::Client::builder().no_proxy().build();
    let request = client
        .expect("a client")
        .put(format!("http://{address}/v1/topologies/{}", key.name()))
        .bearer_auth(api_key.reveal())
        .header("cookie", HEADER)
        .header("content-type", "application/json")
        .body(serde_json::to_string(&topology).expect("JSON"));
    let asked = async {
        let answer = request.send().await.expect("an answer");
        let status = answer.status();
        let text = answer.text().await;
        assert!(status.is_success(), "{status}: {text:?}");
        stop.cancel();
    };
    let (served, ()) = tokio::join!(served, asked);
    served.expect("served");
    api_key
}

async fn rows(admin: &str, table: &str) -> Vec<u8> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let answer = client
        .post(format!("{admin}/query"))
        .header("content-type", "application/json")
        .header("accept", "application/json")
        .body(format!(r#"{{"query":"SELECT * FROM {table}"}}"#))
        .send()
        .await
        .expect("an answer");
    assert!(answer.status().is_success());
    answer.bytes().await.expect("rows").to_vec()
}

fn files(directory: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => files(&path, found),
            // The server removes files of its own meanwhile.
            false => found.extend(fs::read(&path).map(|text| (path.display().to_string(), text))),
        }
    }
}
