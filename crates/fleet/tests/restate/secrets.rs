//! The server keeps what it is given in clear: no secret is among it.

use std::fs;
use std::path::Path;

use landbridge_fleet::Phase;

use crate::cloud::key;
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
    world.submit(&key).await;
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
    for secret in world.cloud.access.secrets() {
        for (name, text) in &places {
            assert!(!holds(text, secret), "a secret is in {name}");
        }
    }
    world.is_deleted(&[key]).await;
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
