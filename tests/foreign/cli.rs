//! The AWS CLI as a client of the simulator, by the steps that people follow to peer two networks.

use landbridge_sim::{AccountSpec, Simulator, Speed};
use serde_json::{Value, json};

use crate::moto::REQUIREMENTS;
use crate::python::Python;
use crate::{ACCOUNTS, as_json};

/// Fast enough that waiting for the cloud is short, and so slow that the longest session outlasts the steps on any machine:
/// every step starts a process.
const PACE: f64 = 10.0;

#[tokio::test(flavor = "multi_thread")]
async fn two_accounts_are_peered_as_the_recipe_says_and_corrected_where_it_errs() {
    let Some(python) = Python::ready(REQUIREMENTS) else {
        return;
    };
    let simulator = Simulator::builder().speed(Speed::Scaled(PACE));
    let simulator = simulator.start().await.expect("the simulator starts");
    let steps = tokio::task::spawn_blocking(move || {
        let keys = |id| as_json(&simulator.provision(AccountSpec::new("aws", id)));
        let accounts: Vec<Value> = ACCOUNTS.map(keys).to_vec();
        let job = json!({"endpoint": simulator.url(), "accounts": accounts});
        let report = python.run("tests/foreign/cli.py", &job);
        println!("foreign: AWS CLI, {} lines typed", report["typed"]);
        assert_eq!(simulator.alive(), vec![], "nothing stays");
    });
    steps.await.expect("the steps are taken");
}
