//! A simulator of both clouds on virtual time, and an engine that speaks to it with both backends.

use std::sync::Arc;
use std::time::Duration;

use landbridge::aws::Aws;
use landbridge::aws::credential as aws_credential;
use landbridge_aliyun::Aliyun;
use landbridge_aliyun::credential as aliyun_credential;
use landbridge_core::Clock;
use landbridge_core::engine::{ApplyError, Engine, SecretSource};
use landbridge_core::plan::{Plan, plan, plan_destroy};
use landbridge_core::preflight::preflight;
use landbridge_core::topology::Topology;
use landbridge_sim::{AccountSpec, Call, RoleSpec, Simulator};
use secrecy::SecretString;

use crate::inventory::inventory;
use crate::scenarios::Scenario;
use crate::virtual_time::VirtualTime;

/// Longer than anything takes.
const LONG: Duration = Duration::from_secs(2 * 3600);

#[derive(Debug)]
struct Password;

impl SecretSource for Password {
    fn secret(&self, _name: &str) -> Option<SecretString> {
        Some(SecretString::from("Canary-7-secret"))
    }
}

/// What a run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Apply,
    Destroy,
}

/// How the accounts are entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// With keys that do not end.
    Keys,
    /// Through a role of the account, whose sessions end.
    Role,
}

pub(crate) struct Ground {
    pub(crate) topology: Topology,
    pub(crate) simulator: Simulator,
    pub(crate) engine: Engine,
}

impl Ground {
    pub(crate) async fn start(scenario: &Scenario, entry: Entry) -> Self {
        let simulator = Simulator::start().await.expect("the simulator starts");
        Self::on(simulator, scenario, entry)
    }

    pub(crate) fn on(simulator: Simulator, scenario: &Scenario, entry: Entry) -> Self {
        let topology = (scenario.topology)();
        (scenario.prepare)(&simulator);
        let engine = engine(&simulator, &accounts(&topology), entry);
        Self {
            topology,
            simulator,
            engine,
        }
    }

    /// What a run of this phase would do now.
    pub(crate) async fn plan(&self, phase: Phase) -> Result<Plan, String> {
        // Futures of a whole run are large; boxed, they leave room on the stack of a test.
        let observed = Box::pin(self.engine.observe(&self.topology)).await;
        let observation = observed.map_err(|error| format!("observe: {error}"))?;
        if phase == Phase::Destroy {
            return Ok(plan_destroy(&self.topology, &observation));
        }
        let report = preflight(&self.topology, &observation);
        match report.passed() {
            true => Ok(plan(&self.topology, &observation)),
            false => Err(format!("preflight: {report}")),
        }
    }

    pub(crate) async fn apply(&self, plan: &Plan) -> Result<(), ApplyError> {
        Box::pin(self.engine.apply(plan)).await.map(|_| ())
    }

    pub(crate) async fn run(&self, phase: Phase) -> Result<(), String> {
        let plan = self.plan(phase).await?;
        let applied = self.apply(&plan).await;
        applied.map_err(|error| format!("{phase:?}: {error}"))
    }

    /// Everything alive once all has settled, and what the data plane does, without IDs and dates.
    pub(crate) fn inventory(&self) -> Vec<String> {
        self.simulator.advance(LONG);
        inventory(&self.simulator, &self.topology)
    }

    /// Calls that write.
    pub(crate) fn writes(&self) -> Vec<Call> {
        let mut calls = self.simulator.calls();
        calls.retain(|call| call.write);
        calls
    }

    /// The next run ends well, in the undisturbed end state, and leaves nothing to do.
    pub(crate) async fn is_complete(&self, wanted: &[String]) -> Result<(), String> {
        let run = self.run(Phase::Apply).await;
        run.map_err(|error| format!("the next run: {error}"))?;
        same(&self.inventory(), wanted)?;
        let writes = self.writes().len();
        let again = self.plan(Phase::Apply).await?;
        expect(again.is_empty(), || format!("one more plan: {again}"))?;
        expect(self.writes().len() == writes, || "a plan writes".to_owned())
    }

    /// A destroy ends well and leaves nothing.
    pub(crate) async fn is_gone(&self) -> Result<(), String> {
        let plan = self.plan(Phase::Destroy).await?;
        let destroyed = self.apply(&plan).await;
        destroyed.map_err(|error| format!("destroy: {error}"))?;
        let residue = Box::pin(self.engine.residue(&self.topology, Some(&plan))).await;
        let residue = residue.map_err(|error| format!("residue: {error}"))?;
        expect(residue.is_empty(), || residue.to_string())?;
        self.simulator.advance(LONG);
        let alive = self.simulator.alive();
        expect(alive.is_empty(), || format!("left: {alive:?}"))
    }
}

/// The accounts of a topology, each a cloud and an ID.
pub(crate) fn accounts(topology: &Topology) -> Vec<(&str, &str)> {
    let accounts = topology.accounts.iter();
    let pair = accounts.map(|account| (account.cloud.as_str(), account.id.as_str()));
    pair.collect()
}

/// A key of an account.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) cloud: String,
    pub(crate) account: String,
    pub(crate) id: String,
    pub(crate) secret: String,
}

/// Keys of these accounts, each a cloud and an ID, which the simulator learns of.
pub(crate) fn provision(simulator: &Simulator, accounts: &[(&str, &str)]) -> Vec<Key> {
    let key = |(cloud, id): &(&str, &str)| {
        let spec = AccountSpec::new(*cloud, *id).quota("vpcs_per_region", 100);
        let keys = simulator.provision(spec.quota("vpc_peerings_per_region", 100));
        Key {
            cloud: (*cloud).to_owned(),
            account: keys.account_id,
            id: keys.access_key_id,
            secret: keys.access_key_secret,
        }
    };
    accounts.iter().map(key).collect()
}

/// An engine on the simulator's virtual time, with keys of these accounts, each a cloud and an ID.
pub(crate) fn engine(simulator: &Simulator, accounts: &[(&str, &str)], entry: Entry) -> Engine {
    let keys = provision(simulator, accounts);
    if entry == Entry::Role {
        for (_, id) in accounts {
            simulator.provision_role(RoleSpec::new(*id, "runner").trust(*id));
        }
    }
    let clock = Arc::new(VirtualTime(simulator.clone()));
    engine_of(&simulator.url(), clock, &keys, entry)
}

/// An engine with these keys.
pub(crate) fn engine_of(url: &str, clock: Arc<dyn Clock>, keys: &[Key], entry: Entry) -> Engine {
    let loopback = "a loopback address is allowed";
    let (mut aliyun, mut aws) = (None, None);
    for key in keys {
        let account = key.account.as_str();
        // A provider of AWS reads the certificates of the machine, so that none is made in vain.
        if key.cloud == "aws" {
            let builder = aws.take().unwrap_or_else(|| {
                let builder = Aws::builder().clock(clock.clone());
                builder.endpoint(url).expect(loopback)
            });
            aws = Some(builder.credentials(account, aws_keys(key, entry)));
        } else {
            let builder = aliyun.take().unwrap_or_else(|| {
                let builder = Aliyun::builder().clock(clock.clone());
                builder.endpoint(url).expect(loopback)
            });
            aliyun = Some(builder.credentials(account, aliyun_keys(key, entry)));
        }
    }
    let mut engine = Engine::new()
        .with_clock(clock)
        .with_secrets(Arc::new(Password));
    if let Some(aliyun) = aliyun {
        engine = engine.with_provider(Arc::new(aliyun.build().expect("a provider")));
    }
    if let Some(aws) = aws {
        engine = engine.with_provider(Arc::new(aws.build().expect("a provider")));
    }
    engine
}

fn aws_keys(key: &Key, entry: Entry) -> Arc<dyn aws_credential::Credentials> {
    let fixed = aws_credential::StaticCredentials::new(&key.id, key.secret.as_str());
    if entry == Entry::Keys {
        return Arc::new(fixed);
    }
    let role = format!("arn:aws:iam::{}:role/runner", key.account);
    let source = Arc::new(fixed);
    Arc::new(aws_credential::AssumeRoleCredentials::new(source, role))
}

fn aliyun_keys(key: &Key, entry: Entry) -> Arc<dyn aliyun_credential::Credentials> {
    let fixed = aliyun_credential::StaticCredentials::new(&key.id, key.secret.as_str());
    if entry == Entry::Keys {
        return Arc::new(fixed);
    }
    let role = format!("acs:ram::{}:role/runner", key.account);
    let source = Arc::new(fixed);
    Arc::new(aliyun_credential::AssumeRoleCredentials::new(source, role))
}

pub(crate) fn expect(holds: bool, message: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(message()) }
}

pub(crate) fn same(objects: &[String], wanted: &[String]) -> Result<(), String> {
    expect(objects == wanted, || {
        let (more, less) = (without(objects, wanted), without(wanted, objects));
        format!("too much: {more:?}, missing: {less:?}")
    })
}

/// Those of `these` that are not among `those`, each as often as it is too many.
fn without(these: &[String], those: &[String]) -> Vec<String> {
    let mut rest = those.to_vec();
    let missing = these.iter().filter(|one| {
        let found = rest.iter().position(|other| other == *one);
        found.map(|index| rest.swap_remove(index)).is_none()
    });
    missing.cloned().collect()
}
