//! A simulator on virtual time, and an engine that speaks to it with the real backend.

use std::path::Path;
use std::sync::Arc;

use landbridge_aliyun::credential::StaticCredentials;
use landbridge_aliyun::{Aliyun, AliyunProvider};
use landbridge_core::engine::{Engine, EngineOptions, SecretSource};
use landbridge_core::plan::{Plan, plan, plan_destroy};
use landbridge_core::preflight::{Report, preflight};
use landbridge_core::topology::Topology;
use landbridge_core::verify::VerifyReport;
use landbridge_core::{CloudName, Place};
use landbridge_sim::{AccountKeys, AccountSpec, Simulator};
use secrecy::SecretString;

use crate::virtual_time::{Skewed, VirtualTime};

pub(crate) const A: &str = "1234567890123456";
pub(crate) const B: &str = "1234567890123457";

#[derive(Debug)]
pub(crate) struct Password;

impl SecretSource for Password {
    fn secret(&self, _name: &str) -> Option<SecretString> {
        Some(SecretString::from("Canary-7-secret"))
    }
}

pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) provider: Arc<AliyunProvider>,
    pub(crate) engine: Engine,
    pub(crate) keys: Vec<AccountKeys>,
}

impl World {
    /// A simulator with these accounts.
    pub(crate) async fn start(accounts: impl IntoIterator<Item = AccountSpec>) -> Self {
        let simulator = Simulator::start().await.expect("the simulator starts");
        Self::on(simulator, accounts, EngineOptions::default())
    }

    pub(crate) fn on(
        simulator: Simulator,
        accounts: impl IntoIterator<Item = AccountSpec>,
        options: EngineOptions,
    ) -> Self {
        let clock = Arc::new(VirtualTime(simulator.clone()));
        let mut builder = Aliyun::builder()
            .clock(clock.clone())
            .endpoint(&simulator.url())
            .expect("a loopback address is allowed");
        let mut all = Vec::new();
        for account in accounts {
            let keys = simulator.provision(account);
            all.push(keys.clone());
            let credentials =
                StaticCredentials::new(&keys.access_key_id, keys.access_key_secret.as_str());
            builder = builder.credentials(keys.account_id.as_str(), Arc::new(credentials));
        }
        let provider = Arc::new(builder.build().expect("a provider"));
        let engine = Engine::new()
            .with_clock(clock)
            .with_provider(provider.clone())
            .with_secrets(Arc::new(Password))
            .with_options(options);
        Self {
            simulator,
            provider,
            engine,
            keys: all,
        }
    }

    /// Another machine with the same keys, whose clock is wrong by so many seconds.
    pub(crate) fn beside(&self, seconds: i64) -> Self {
        let time = VirtualTime(self.simulator.clone());
        let clock = Arc::new(Skewed { time, seconds });
        let mut builder = Aliyun::builder()
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
            .with_provider(provider.clone())
            .with_secrets(Arc::new(Password));
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

    pub(crate) async fn apply(&self, topology: &Topology) {
        let plan = self.plan(topology).await;
        if let Err(error) = self.engine.apply(&plan).await {
            panic!("{error}");
        }
    }

    pub(crate) async fn verify(&self, topology: &Topology) -> VerifyReport {
        self.engine.verify(topology).await.expect("verify")
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

    /// Writes that the simulator has seen.
    pub(crate) fn writes(&self) -> usize {
        self.simulator
            .calls()
            .iter()
            .filter(|call| call.write)
            .count()
    }
}

pub(crate) fn aliyun() -> CloudName {
    CloudName::from_static("aliyun")
}

pub(crate) fn place(account: &str, region: &str) -> Place {
    Place::new(aliyun(), account, region)
}

pub(crate) fn two_accounts() -> [AccountSpec; 2] {
    [A, B].map(|id| AccountSpec::new("aliyun", id))
}

/// The example that users run.
pub(crate) fn three_networks() -> Topology {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/topologies/cen-two-accounts.yaml");
    Topology::from_file(&path).expect("the example is good")
}
