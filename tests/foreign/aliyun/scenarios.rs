//! The official SDK on the simulator.

use landbridge_sim::{AccountSpec, Service, Simulator, Speed};
use serde_json::{Value, json};

use crate::{A, B, as_json, python, run, texts};

/// Virtual time runs so fast that waiting for the cloud is short, and slow enough that a client's pause between two looks
/// is shorter than what it waits for.
const FAST: f64 = 200.0;

/// So fast that a session of an hour lasts minutes, however busy the machine is.
const SLOW: f64 = 20.0;

/// Runs a script with a user of each account, and looks at what it said and left behind.
async fn on_the_simulator(script: &'static str, speed: f64, accounts: [AccountSpec; 2]) {
    let Some(python) = python() else {
        return;
    };
    let simulator = Simulator::builder()
        .speed(Speed::Scaled(speed))
        .start()
        .await
        .expect("the simulator starts");
    let keys: Vec<Value> = accounts
        .into_iter()
        .map(|account| as_json(&simulator.provision(account)))
        .collect();
    let job = json!({"endpoint": simulator.url(), "accounts": keys});
    let report = run(python, script, job).await;
    let problems = texts(&report["problems"]);
    println!("{}", summary(script, &report, problems.len()));
    assert!(problems.is_empty(), "{script}:\n{}", problems.join("\n"));
    assert_eq!(simulator.alive(), vec![], "{script} leaves nothing alive");
}

fn summary(script: &str, report: &Value, differences: usize) -> String {
    let calls = report["calls"].as_object().expect("calls by operation");
    let all: u64 = calls.values().filter_map(Value::as_u64).sum();
    let fields = texts(&report["fields"]).len();
    format!(
        "foreign: alibaba SDK, {script}: {} operations, {all} calls, {fields} fields, {differences} differences",
        calls.len()
    )
}

fn user(id: &str) -> AccountSpec {
    AccountSpec::new("aliyun", id)
}

#[tokio::test(flavor = "multi_thread")]
async fn three_networks_of_two_accounts_are_joined_by_a_cen_instance() {
    let accounts = [
        user(A).service_open(Service::Cdt, false),
        user(B).service_open(Service::TransitRouter, false),
    ];
    on_the_simulator("cen.py", FAST, accounts).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_of_groups_decide_whether_instances_of_two_accounts_reach_each_other() {
    on_the_simulator("groups.py", FAST, [user(A), user(B)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_of_two_accounts_name_each_other_in_a_shared_network() {
    on_the_simulator("shared.py", FAST, [user(A), user(B)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_and_a_border_router_are_granted_to_a_router_of_another_account() {
    on_the_simulator("routers.py", FAST, [user(A), user(B)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn networks_of_two_accounts_are_peered_directly() {
    on_the_simulator("peerings.py", FAST, [user(A), user(B)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_between_instances_are_analysed() {
    on_the_simulator("paths.py", FAST, [user(A), user(B)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_of_one_account_is_assumed_by_another_and_does_what_its_policy_says() {
    on_the_simulator("trust.py", SLOW, [user(A), user(B)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_with_the_policies_of_recipes_takes_part_for_its_account() {
    let b = user(B).service_open(Service::TransitRouter, false);
    on_the_simulator("by_role.py", FAST, [user(A), b]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_scenario_needs_answers_as_the_models_say() {
    on_the_simulator("rest.py", FAST, [user(A), user(B)]).await;
}
