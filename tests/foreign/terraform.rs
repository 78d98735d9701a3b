//! Terraform with its AWS provider as a client of the simulator: it makes a world, finds nothing left to do, and removes
//! it again, and nothing stays.

use landbridge_sim::{AccountSpec, Protocol, Simulator, Speed};
use serde_json::{Value, json};

use crate::terraform_cli::Terraform;
use crate::{ACCOUNTS, as_json};

/// So fast that waiting for the cloud is short. Terraform pauses for real between two looks.
const FAST: f64 = 60.0;

/// Runs what blocks without holding up the simulator.
async fn with_terraform(configuration: &str, run: fn(&Simulator, &Terraform)) {
    let simulator = Simulator::builder().speed(Speed::Scaled(FAST));
    let simulator = simulator.start().await.expect("the simulator starts");
    let configuration = format!("tests/foreign/terraform/{configuration}");
    let ran = tokio::task::spawn_blocking(move || {
        let keys = |id| as_json(&simulator.provision(AccountSpec::new("aws", id)));
        let accounts: Vec<Value> = ACCOUNTS.map(keys).to_vec();
        let variables = json!({"endpoint": simulator.url(), "accounts": accounts});
        let Some(terraform) = Terraform::ready(&configuration, &variables) else {
            return;
        };
        run(&simulator, &terraform);
        terraform.destroy();
        assert_eq!(simulator.alive(), vec![], "nothing stays");
    });
    ran.await.expect("Terraform and the simulator agree");
}

/// How many objects of a kind exist.
fn count(simulator: &Simulator, kind: &str) -> usize {
    let alive = simulator.alive();
    alive.iter().filter(|entry| entry.kind == kind).count()
}

/// Whether an operation succeeded.
fn was_done(simulator: &Simulator, action: &str) -> bool {
    let calls = simulator.calls();
    calls
        .iter()
        .any(|call| call.action == action && call.status == 200)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_accounts_are_peered_and_reach_each_other() {
    with_terraform("pair", |simulator, terraform| {
        terraform.apply(&[]);
        assert_eq!(terraform.plan(&[]), None);
        let hosts = terraform.output("hosts");
        let host = |name: &str, what: &str| hosts[name][what].as_str().expect("a text").to_owned();
        for (from, to) in [("app", "data"), ("data", "app")] {
            let address = host(to, "address").parse().expect("an address");
            let verdict = simulator.probe(&host(from, "instance"), address, Protocol::ECHO);
            assert!(verdict.is_delivered(), "from {from} to {to}: {verdict}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_networks_of_two_accounts_are_meshed() {
    with_terraform("mesh", |simulator, terraform| {
        terraform.apply(&[]);
        assert_eq!(terraform.plan(&[]), None);
        assert_eq!(count(simulator, "vpc-peering-connection"), 10);
        assert_eq!(count(simulator, "route"), 20);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_with_all_that_real_ones_have_is_made_and_changed_in_place() {
    with_terraform("wide", |simulator, terraform| {
        terraform.apply(&[]);
        assert_eq!(terraform.plan(&[]), None);
        let changed = ["-var=changed=true"];
        let said = terraform.apply(&changed);
        assert!(said.contains("0 added, 5 changed, 0 destroyed"), "{said}");
        assert_eq!(terraform.plan(&changed), None);
        for action in [
            "ModifyInstanceAttribute",
            "ModifySecurityGroupRules",
            "ModifySubnetAttribute",
            "ReplaceRouteTableAssociation",
            "UpdateSecurityGroupRuleDescriptionsIngress",
        ] {
            assert!(was_done(simulator, action), "{action}");
        }
    })
    .await;
}
