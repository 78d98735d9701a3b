//! A simulator on virtual time, and an engine that speaks to it with the AWS backend.

use std::path::Path;
use std::sync::Arc;

use landbridge::aws::credential::StaticCredentials;
use landbridge::aws::{Aws, AwsProvider};
use landbridge_core::engine::{ApplyError, Engine, EngineOptions};
use landbridge_core::plan::{Plan, plan, plan_destroy};
use landbridge_core::preflight::{Report, preflight};
use landbridge_core::topology::{
    Account, Firewall, FirewallRuleSpec, Interconnect, ModelChoice, Network, RuleSource, Subnet,
    Topology,
};
use landbridge_core::verify::VerifyReport;
use landbridge_core::{CloudName, Inventory, Place, Protocol};
use landbridge_sim::{AccountKeys, AccountSpec, Simulator};

use crate::virtual_time::{Skewed, VirtualTime};

pub(crate) const A: &str = "111122223333";
pub(crate) const B: &str = "444455556666";
pub(crate) const C: &str = "777788889999";

pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) provider: Arc<AwsProvider>,
    pub(crate) engine: Engine,
    keys: Vec<AccountKeys>,
}

impl World {
    pub(crate) async fn start() -> Self {
        let simulator = Simulator::start().await.expect("the simulator starts");
        Self::on(simulator, EngineOptions::default())
    }

    pub(crate) fn on(simulator: Simulator, options: EngineOptions) -> Self {
        let accounts = [A, B, C].map(|id| AccountSpec::new("aws", id));
        Self::with(simulator, accounts, options)
    }

    /// With users of these accounts.
    pub(crate) fn with(
        simulator: Simulator,
        accounts: impl IntoIterator<Item = AccountSpec>,
        options: EngineOptions,
    ) -> Self {
        let clock = Arc::new(VirtualTime(simulator.clone()));
        let mut builder = Aws::builder()
            .clock(clock.clone())
            .endpoint(&simulator.url())
            .expect("a loopback address is allowed");
        let mut keys = Vec::new();
        for account in accounts {
            let account = simulator.provision(account.quota("vpcs_per_region", 100));
            let credentials =
                StaticCredentials::new(&account.access_key_id, account.access_key_secret.as_str());
            builder = builder.credentials(account.account_id.as_str(), Arc::new(credentials));
            keys.push(account);
        }
        let provider = Arc::new(builder.build().expect("a provider"));
        let engine = Engine::new()
            .with_clock(clock)
            .with_provider(provider.clone())
            .with_options(options);
        Self {
            simulator,
            provider,
            engine,
            keys,
        }
    }

    /// Another machine with the same keys, whose clock is wrong by so many seconds.
    pub(crate) fn beside(&self, seconds: i64) -> Self {
        let time = VirtualTime(self.simulator.clone());
        let clock = Arc::new(Skewed { time, seconds });
        let mut builder = Aws::builder()
            .clock(clock.clone())
            .endpoint(&self.simulator.url())
            .expect("a loopback address is allowed");
        for keys in &self.keys {
            let credentials =
                StaticCredentials::new(&keys.access_key_id, keys.access_key_secret.as_str());
            builder = builder.credentials(keys.account_id.as_str(), Arc::new(credentials));
        }
        let provider = Arc::new(builder.build().expect("a provider"));
        let engine = Engine::new()
            .with_clock(clock)
            .with_provider(provider.clone());
        Self {
            simulator: self.simulator.clone(),
            provider,
            engine,
            keys: self.keys.clone(),
        }
    }

    pub(crate) async fn preflight(&self, topology: &Topology) -> Report {
        preflight(
            topology,
            &self.engine.observe(topology).await.expect("observe"),
        )
    }

    pub(crate) async fn plan(&self, topology: &Topology) -> Plan {
        plan(
            topology,
            &self.engine.observe(topology).await.expect("observe"),
        )
    }

    pub(crate) async fn try_apply(&self, topology: &Topology) -> Result<(), ApplyError> {
        self.engine
            .apply(&self.plan(topology).await)
            .await
            .map(|_| ())
    }

    pub(crate) async fn apply(&self, topology: &Topology) {
        if let Err(error) = self.try_apply(topology).await {
            panic!("{error}");
        }
    }

    pub(crate) async fn verify(&self, topology: &Topology) -> VerifyReport {
        self.engine.verify(topology).await.expect("verify")
    }

    pub(crate) async fn inventory(
        &self,
        topology: &Topology,
        account: &str,
        region: &str,
    ) -> Inventory {
        let observation = self.engine.observe(topology).await.expect("observe");
        observation
            .at(&place(account, region))
            .expect("the place")
            .clone()
    }

    pub(crate) async fn destroy(&self, topology: &Topology) {
        let plan = plan_destroy(
            topology,
            &self.engine.observe(topology).await.expect("observe"),
        );
        if let Err(error) = self.engine.apply(&plan).await {
            panic!("{error}");
        }
        let residue = self
            .engine
            .residue(topology, Some(&plan))
            .await
            .expect("residue");
        assert!(residue.is_empty(), "{residue}");
    }

    pub(crate) fn keys_of(&self, account: &str) -> &AccountKeys {
        let mut keys = self.keys.iter();
        keys.find(|keys| keys.account_id.as_str() == account)
            .expect("an account")
    }

    /// A call that the backend has no verb for, as the owner of an account.
    pub(crate) async fn call(
        &self,
        account: &str,
        region: &str,
        action: &str,
        parameters: &[(&str, &str)],
    ) {
        let keys = self.keys_of(account);
        crate::ec2::call(&self.simulator.url(), keys, region, action, parameters).await;
    }

    /// The same, with the text of the answer.
    pub(crate) async fn answer(
        &self,
        account: &str,
        region: &str,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> String {
        let mut keys = self.keys.iter();
        let keys = keys.find(|keys| keys.account_id.as_str() == account);
        let keys = keys.expect("an account");
        let (url, now) = (self.simulator.url(), std::time::SystemTime::now());
        let answer = crate::ec2::attempt(&url, keys, now, region, action, parameters).await;
        answer.unwrap_or_else(|text| panic!("{action}: {text}"))
    }

    /// What is alive and was not there from the start of an account.
    pub(crate) fn alive(&self) -> Vec<String> {
        let alive = self.simulator.alive();
        alive
            .into_iter()
            .map(|entry| format!("{} {} {}", entry.account, entry.kind, entry.id))
            .collect()
    }
}

pub(crate) fn aws() -> CloudName {
    CloudName::from_static("aws")
}

pub(crate) fn place(account: &str, region: &str) -> Place {
    Place::new(aws(), account, region)
}

pub(crate) fn example(name: &str) -> Topology {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples/topologies")
        .join(name);
    Topology::from_file(&path).expect("the example is good")
}

/// A network with one subnet, `10.<number>.0.0/16`.
pub(crate) fn network(name: &str, account: &str, region: &str, number: u8) -> Network {
    let range = |text: String| text.parse().expect("a range");
    Network::new(name, account, region, range(format!("10.{number}.0.0/16"))).with_subnet(
        Subnet::new(
            "s",
            format!("{region}a"),
            range(format!("10.{number}.1.0/24")),
        ),
    )
}

/// `count` networks of two accounts in two regions, every two of them peered.
pub(crate) fn mesh(count: u8) -> Topology {
    let name = |number: u8| format!("n{number:02}");
    let mut topology = Topology::new("mesh")
        .with_account(Account::new("a", aws(), A))
        .with_account(Account::new("b", aws(), B));
    for number in 0..count {
        let account = ["a", "b"][usize::from(number % 2)];
        let region = ["us-east-1", "eu-central-1"][usize::from(number / 2 % 2)];
        topology = topology.with_network(network(&name(number), account, region, number));
    }
    topology.with_interconnect(
        Interconnect::new("all", "a", (0..count).map(name)).with_model(ModelChoice::Mesh),
    )
}

/// Two networks of two accounts in one region, with groups that let pings in.
pub(crate) fn pair() -> Topology {
    let members = || [RuleSource::Members("pair".to_owned())];
    Topology::new("pair")
        .with_account(Account::new("a", aws(), A))
        .with_account(Account::new("b", aws(), B))
        .with_network(network("left", "a", "us-east-1", 1))
        .with_network(network("right", "b", "us-east-1", 2))
        .with_interconnect(
            Interconnect::new("pair", "a", ["left", "right"]).with_model(ModelChoice::Mesh),
        )
        .with_firewall(
            Firewall::new("members", ["left", "right"])
                .with_rule(FirewallRuleSpec::allow(Protocol::Icmp, members()))
                .with_rule(FirewallRuleSpec::allow(Protocol::Tcp, members()).with_port(22)),
        )
}
