//! The AWS backend and the engine against moto, read back with boto3: two pieces of software that nobody here wrote.

#[path = "../support/moto.rs"]
mod moto;
#[path = "../support/python.rs"]
mod python;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use landbridge::aws::Aws;
use landbridge::aws::credential::{AssumeRoleCredentials, StaticCredentials};
use landbridge_core::engine::Engine;
use landbridge_core::memory::ManualClock;
use landbridge_core::plan::{plan, plan_destroy};
use landbridge_core::preflight::preflight;
use landbridge_core::topology::{
    Account, Firewall, FirewallRuleSpec, Interconnect, ModelChoice, Network, RuleSource, Subnet,
    Topology,
};
use landbridge_core::{CloudName, Protocol};
use serde_json::{Value, json};

use crate::moto::{Moto, REQUIREMENTS, VISITOR, role};
use crate::python::Python;

const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];
const REGIONS: [&str; 2] = ["us-east-1", "eu-central-1"];

struct World {
    python: Python,
    moto: Moto,
    engine: Engine,
}

impl World {
    /// A moto of its own, and an engine that assumes a role in each account.
    fn start() -> Option<Self> {
        let python = Python::ready(REQUIREMENTS)?;
        let moto = Moto::start(&python);
        let visitor = Arc::new(StaticCredentials::new(VISITOR, VISITOR));
        // Nothing at moto takes time, so nobody waits for real.
        let clock = Arc::new(ManualClock::new());
        let mut builder = Aws::builder()
            .clock(clock.clone())
            .endpoint(&moto.url())
            .expect("a loopback address is allowed");
        for id in ACCOUNTS {
            let session = AssumeRoleCredentials::new(visitor.clone(), role(id));
            builder = builder.credentials(id, Arc::new(session));
        }
        let provider = builder.build().expect("a provider");
        Some(Self {
            python,
            moto,
            engine: Engine::new()
                .with_clock(clock)
                .with_provider(Arc::new(provider)),
        })
    }

    async fn apply(&self, topology: &Topology) {
        let observation = self.engine.observe(topology).await.expect("observe");
        let report = preflight(topology, &observation);
        assert!(report.passed(), "{report}");
        if let Err(error) = self.engine.apply(&plan(topology, &observation)).await {
            panic!("{error}");
        }
    }

    async fn destroy(&self, topology: &Topology) {
        let observation = self.engine.observe(topology).await.expect("observe");
        let plan = plan_destroy(topology, &observation);
        if let Err(error) = self.engine.apply(&plan).await {
            panic!("{error}");
        }
        let residue = self.engine.residue(topology, Some(&plan)).await;
        let residue = residue.expect("residue");
        assert!(residue.is_empty(), "{residue}");
    }

    /// What boto3 finds, with sessions of its own.
    fn read_back(&self) -> Value {
        let job = json!({
            "endpoint": self.moto.url(),
            "accounts": self.moto.sessions(&self.python, &ACCOUNTS),
            "regions": REGIONS,
        });
        self.python.run("tests/foreign/read_back.py", &job)
    }
}

/// A network with one subnet, `10.<number>.0.0/16`.
fn network(name: &str, account: &str, region: &str, number: u8) -> Network {
    let range = |text: String| text.parse().expect("a range");
    let subnet = Subnet::new(
        "s",
        format!("{region}a"),
        range(format!("10.{number}.1.0/24")),
    );
    Network::new(name, account, region, range(format!("10.{number}.0.0/16"))).with_subnet(subnet)
}

/// Four networks, one in each region of each account, every two of them peered.
fn mesh() -> Topology {
    let members = ["a-east", "a-central", "b-east", "b-central"];
    let all = || [RuleSource::Members("all".to_owned())];
    let mut topology = Topology::new("four")
        .with_account(Account::new(
            "a",
            CloudName::from_static("aws"),
            ACCOUNTS[0],
        ))
        .with_account(Account::new(
            "b",
            CloudName::from_static("aws"),
            ACCOUNTS[1],
        ));
    for (number, name) in (1..).zip(members) {
        let region = REGIONS[usize::from(name.ends_with("central"))];
        topology = topology.with_network(network(name, &name[..1], region, number));
    }
    topology
        .with_interconnect(Interconnect::new("all", "a", members).with_model(ModelChoice::Mesh))
        .with_firewall(
            Firewall::new("inside", members)
                .with_rule(FirewallRuleSpec::allow(Protocol::Icmp, all()))
                .with_rule(FirewallRuleSpec::allow(Protocol::Tcp, all()).with_port(22)),
        )
}

/// Applies a topology twice, reads it back, removes it, and gives what was read.
async fn comes_and_goes(topology: &Topology) -> Option<Value> {
    let world = World::start()?;
    let before = world.read_back();
    assert_eq!(before["networks"], json!({}), "moto is new");

    world.apply(topology).await;
    let verified = world.engine.verify(topology).await.expect("verify");
    assert!(verified.passed(), "{verified}");
    let observation = world.engine.observe(topology).await.expect("observe");
    let second = plan(topology, &observation);
    assert!(second.is_empty(), "{second}");
    let found = world.read_back();

    world.destroy(topology).await;
    assert_eq!(world.read_back(), before);
    Some(found)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mesh_of_two_accounts_and_two_regions_comes_and_goes() {
    let Some(found) = comes_and_goes(&mesh()).await else {
        return;
    };
    let ranges = [
        ("a-east", "10.1.0.0/16"),
        ("a-central", "10.2.0.0/16"),
        ("b-east", "10.3.0.0/16"),
        ("b-central", "10.4.0.0/16"),
    ];
    let mut routes = Vec::new();
    let mut peerings = Vec::new();
    let mut ingress = Vec::new();
    for (here, _) in ranges {
        for (there, range) in ranges.iter().filter(|(there, _)| *there != here) {
            routes.push(json!([here, range, there, "active"]));
            ingress.push(json!([here, "icmp", -1, -1, range]));
            ingress.push(json!([here, "tcp", 22, 22, range]));
            if here < *there {
                peerings.push(json!([here, there, "active"]));
            }
        }
    }
    assert_eq!(found["networks"], json!(BTreeMap::from(ranges)));
    assert_eq!(found["peerings"], sorted(peerings));
    assert_eq!(found["routes"], sorted(routes));
    assert_eq!(found["ingress"], sorted(ingress));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_comes_and_goes() {
    let path = "examples/topologies/aws-peering-two-accounts.yaml";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let mut topology = Topology::from_file(&path).expect("the example is good");
    // moto knows none of the policies that AWS manages, which the role of their agents gets, and it has no agents.
    topology.instances = Vec::new().into();
    let Some(found) = comes_and_goes(&topology).await else {
        return;
    };
    assert_eq!(found["peerings"], json!([["app", "data", "active"]]));
    let routes = json!([
        ["app", "10.20.0.0/16", "data", "active"],
        ["data", "10.10.0.0/16", "app", "active"],
    ]);
    assert_eq!(found["routes"], routes);
    assert_eq!(found["resolution"], json!([["app", "data", true, true]]));
}

/// In the order of the texts, as the script gives them.
fn sorted(mut values: Vec<Value>) -> Value {
    values.sort_by_key(Value::to_string);
    values.into()
}
