//! The AWS half of the simulator as seen by a client that nobody here wrote, next to moto.
//!
//! The same boto3 scripts run against moto and against the simulator. Every step must have the same outcome, except for
//! the differences listed and explained in [`differences`]; every answer of the simulator must agree with botocore's model.

mod cli;
mod compare;
mod differences;
#[path = "../support/moto.rs"]
mod moto;
#[path = "../support/python.rs"]
mod python;
mod terraform;
#[path = "../support/terraform.rs"]
mod terraform_cli;

use landbridge_sim::{AccountKeys, AccountSpec, RoleSpec, Simulator, Speed};
use serde_json::{Value, json};

use crate::compare::Run;
use crate::differences::Accepted;
use crate::moto::{Moto, REQUIREMENTS, role};
use crate::python::Python;

const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];

fn on_moto(python: &Python, script: &str) -> Run {
    let moto = Moto::start(python);
    let accounts = moto.sessions(python, &ACCOUNTS);
    let job = json!({"endpoint": moto.url(), "accounts": accounts});
    Run::new(&python.run(script, &job))
}

/// Virtual time runs fast enough that waiting for the cloud is short, and slow enough that no session expires meanwhile.
async fn on_the_simulator(python: &Python, script: &str, keys: KeysFor) -> Run {
    let simulator = Simulator::builder()
        .speed(Speed::Scaled(10.0))
        .start()
        .await
        .expect("the simulator starts");
    let (python, script) = (python.clone(), script.to_owned());
    let output = tokio::task::spawn_blocking(move || {
        let accounts = keys(&python, &simulator);
        let job = json!({"endpoint": simulator.url(), "accounts": accounts});
        python.run(&script, &job)
    });
    Run::new(&output.await.expect("the script runs"))
}

/// Makes the accounts on the simulator and says what opens them.
type KeysFor = fn(&Python, &Simulator) -> Value;

/// The keys of a user in each account.
fn users(_: &Python, simulator: &Simulator) -> Value {
    let user = |id| as_json(&simulator.provision(AccountSpec::new("aws", id)));
    ACCOUNTS.map(user).to_vec().into()
}

/// A session in the first account, opened by a user of the second.
fn visitor(python: &Python, simulator: &Simulator) -> Value {
    let [host, visitor] = ACCOUNTS;
    simulator.provision(AccountSpec::new("aws", host));
    let keys = simulator.provision(AccountSpec::new("aws", visitor));
    simulator.provision_role(RoleSpec::new(host, "owner").trust(visitor));
    let job = json!({
        "endpoint": simulator.url(),
        "keys": as_json(&keys),
        "roles": {host: role(host)},
    });
    let mut opened = python.run("tests/foreign/sessions.py", &job);
    assert_eq!(opened["wire"]["problems"], json!([]));
    opened["accounts"].take()
}

fn as_json(keys: &AccountKeys) -> Value {
    json!({
        "account": keys.account_id,
        "access_key_id": keys.access_key_id,
        "access_key_secret": keys.access_key_secret,
    })
}

async fn same_on_both(script: &str, keys: KeysFor, accepted: &[Accepted]) {
    let Some(python) = Python::ready(REQUIREMENTS) else {
        return;
    };
    let ours = on_the_simulator(&python, script, keys).await;
    let moto = on_moto(&python, script);
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
    same_on_both("tests/foreign/peering.py", users, differences::PEERING).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_in_one_region_are_refused_repeated_and_withdrawn() {
    same_on_both(
        "tests/foreign/one_region.py",
        users,
        differences::ONE_REGION,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_account_with_two_regions_by_a_session_of_a_role() {
    same_on_both(
        "tests/foreign/one_account.py",
        visitor,
        differences::ONE_ACCOUNT,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_regions_and_their_partitions_are_those_that_botocore_knows() {
    let Some(python) = Python::ready(REQUIREMENTS) else {
        return;
    };
    let simulator = Simulator::start().await.expect("the simulator starts");
    let (known, job) = (simulator.regions("aws"), json!({}));
    let job = tokio::task::spawn_blocking(move || python.run("tests/foreign/regions.py", &job));
    let output = job.await.expect("the script runs");
    let partitions = output["partitions"].as_object().expect("an object");
    for region in partitions
        .values()
        .flat_map(|list| list.as_array().expect("a list"))
    {
        let region = region.as_str().expect("text");
        assert!(known.iter().any(|known| known == region), "{region}");
    }
}

/// What the cloud says against its own model: the state of an attached internet gateway, and small letters in the states of
/// endpoints.
const NOT_IN_THE_MODEL: [&str; 3] = [
    "internetGatewaySet.attachmentSet.state: 'available'",
    "vpcEndpoint.state: 'pending'",
    "vpcEndpointSet.state: 'available'",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_networks_have_around_a_peering_answers_as_the_model_says() {
    answers_as_the_model_says("tests/foreign/around.py").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_register_and_ping_in_the_words_of_the_model() {
    answers_as_the_model_says("tests/foreign/probes.py").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_are_analysed_in_the_words_of_the_model() {
    answers_as_the_model_says("tests/foreign/analyser.py").await;
}

/// Runs a script on a simulator whose time the script moves.
async fn answers_as_the_model_says(script: &'static str) {
    let Some(python) = Python::ready(REQUIREMENTS) else {
        return;
    };
    let simulator = Simulator::start().await.expect("the simulator starts");
    let walk = tokio::task::spawn_blocking(move || {
        let job = json!({"endpoint": simulator.url(), "accounts": users(&python, &simulator)});
        let report = python.run(script, &job);
        let problems = report["problems"].as_array().expect("a list").iter();
        let problems = problems.filter_map(Value::as_str);
        let problems: Vec<&str> = problems
            .filter(|problem| !NOT_IN_THE_MODEL.iter().any(|known| problem.contains(known)))
            .collect();
        assert!(problems.is_empty(), "{script}: {}", problems.join("\n"));
    });
    walk.await.expect("the walk ends");
}
