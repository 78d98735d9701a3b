//! The AWS half of the simulator as seen by a client that nobody here wrote, next to moto.
//!
//! The same boto3 scripts run against moto and against the simulator. Every step must have the same outcome, except for
//! the differences listed and explained in [`differences`]; every answer of the simulator must agree with botocore's model.

mod compare;
mod differences;
#[path = "../support/python.rs"]
mod python;

use landbridge_sim::{AccountKeys, AccountSpec, Simulator, Speed};
use serde_json::{Value, json};

use crate::compare::Run;
use crate::python::{Moto, Python};

const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];

fn on_moto(python: &Python, script: &str) -> Run {
    let moto = Moto::start(python);
    let accounts = moto.sessions(python, &ACCOUNTS);
    let job = json!({"endpoint": moto.url(), "accounts": accounts});
    Run::new(&python.run(script, &job))
}

/// Virtual time runs fast enough that waiting for the cloud is short, and slow enough that signatures keep their date.
async fn on_the_simulator(python: &Python, script: &str) -> Run {
    let simulator = Simulator::builder()
        .speed(Speed::Scaled(20.0))
        .start()
        .await
        .expect("the simulator starts");
    let accounts = ACCOUNTS.map(|id| keys(&simulator.provision(AccountSpec::new("aws", id))));
    let job = json!({"endpoint": simulator.url(), "accounts": accounts});
    let (python, script) = (python.clone(), script.to_owned());
    let output = tokio::task::spawn_blocking(move || python.run(&script, &job));
    Run::new(&output.await.expect("the script runs"))
}

fn keys(keys: &AccountKeys) -> Value {
    json!({
        "account": keys.account_id,
        "access_key_id": keys.access_key_id,
        "access_key_secret": keys.access_key_secret,
    })
}

async fn same_on_both(script: &str, accepted: &[differences::Accepted]) {
    let Some(python) = Python::ready() else {
        return;
    };
    let ours = on_the_simulator(&python, script).await;
    let moto = {
        let (python, script) = (python.clone(), script.to_owned());
        let run = tokio::task::spawn_blocking(move || on_moto(&python, &script));
        run.await.expect("the script runs")
    };
    let mut complaints = compare::steps(&moto, &ours, accepted);
    complaints.extend(compare::elements(&moto, &ours, differences::ABSENT));
    complaints.extend(ours.problems);
    assert!(
        complaints.is_empty(),
        "{script}:\n{}",
        complaints.join("\n")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_accounts_in_two_regions_are_peered_and_separated() {
    same_on_both("tests/foreign/peering.py", differences::PEERING).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_in_one_region_are_refused_repeated_and_withdrawn() {
    same_on_both("tests/foreign/one_region.py", differences::ONE_REGION).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_account_with_two_regions() {
    same_on_both("tests/foreign/one_account.py", differences::ONE_ACCOUNT).await;
}
