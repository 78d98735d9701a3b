//! A world made by foreign clients, and an engine in it.

use std::collections::BTreeSet;
use std::panic::resume_unwind;

use landbridge_core::engine::Engine;
use landbridge_core::plan::{Plan, plan, plan_destroy};
use landbridge_core::preflight::preflight;
use landbridge_core::topology::Topology;
use landbridge_sim::{AccountKeys, AccountSpec, Protocol, Simulator};
use serde_json::{Value, json};

use crate::differences::differences;
use crate::python::Python;

/// The scripts of a cloud, and the requirements of their client.
#[derive(Clone, Copy)]
pub(crate) struct Scripts {
    pub(crate) cloud: &'static str,
    pub(crate) requirements: &'static str,
    pub(crate) world: &'static str,
    pub(crate) snapshot: &'static str,
    /// Members of answers that count what others make.
    pub(crate) counters: &'static [&'static str],
}

pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) engine: Engine,
    /// What the world's script told.
    pub(crate) told: Value,
    python: Python,
    scripts: Scripts,
    job: Value,
    before: Value,
    /// What was alive before Landbridge came.
    others: BTreeSet<String>,
}

impl World {
    /// Makes the world and describes it. `None` where there is no foreign client.
    pub(crate) async fn make(
        scripts: Scripts,
        accounts: &[&str],
        engine: impl FnOnce(&Simulator, &[AccountKeys]) -> Engine,
    ) -> Option<Self> {
        let python = Python::ready(scripts.requirements)?;
        let simulator = Simulator::start().await.expect("the simulator starts");
        let spec = |id: &&str| AccountSpec::new(scripts.cloud, *id).quota("vpcs_per_region", 60);
        let keys = accounts.iter().map(|id| simulator.provision(spec(id)));
        let keys: Vec<AccountKeys> = keys.collect();
        let shown: Vec<Value> = keys.iter().map(as_json).collect();
        let mut world = Self {
            engine: engine(&simulator, &keys),
            told: Value::Null,
            job: json!({"endpoint": simulator.url(), "accounts": shown}),
            before: Value::Null,
            others: BTreeSet::new(),
            simulator,
            python,
            scripts,
        };
        world.told = world.run(scripts.world).await;
        // What lists show late is there, too.
        world.simulator.advance(std::time::Duration::from_secs(120));
        world.before = world.run(scripts.snapshot).await;
        world.others = world.alive();
        Some(world)
    }

    async fn run(&self, script: &'static str) -> Value {
        let (python, job) = (self.python.clone(), self.job.clone());
        let output = tokio::task::spawn_blocking(move || python.run(script, &job));
        output
            .await
            .unwrap_or_else(|error| resume_unwind(error.into_panic()))
    }

    /// A text of what the world's script told, such as `/networks/shop/vpc`.
    pub(crate) fn id(&self, pointer: &str) -> &str {
        let id = self.told.pointer(pointer).and_then(Value::as_str);
        id.unwrap_or_else(|| panic!("the world tells {pointer}"))
    }

    fn alive(&self) -> BTreeSet<String> {
        let alive = self.simulator.alive().into_iter();
        alive.map(|entry| entry.id).collect()
    }

    pub(crate) async fn plan(&self, topology: &Topology) -> Plan {
        let observation = self.engine.observe(topology).await.expect("observe");
        let report = preflight(topology, &observation);
        assert!(report.passed(), "{report}");
        plan(topology, &observation)
    }

    /// Applies, verifies, and finds nothing left to do.
    pub(crate) async fn apply(&self, topology: &Topology) {
        let plan = self.plan(topology).await;
        assert!(!plan.is_empty(), "there is something to do");
        self.apply_plan(&plan).await;
        self.is_done(topology).await;
    }

    pub(crate) async fn apply_plan(&self, plan: &Plan) {
        if let Err(error) = self.engine.apply(plan).await {
            panic!("{error}");
        }
    }

    pub(crate) async fn is_done(&self, topology: &Topology) {
        let verified = self.engine.verify(topology).await.expect("verify");
        assert!(verified.passed(), "{verified}");
        assert_eq!(verified.undecided(), 0, "{verified}");
        let second = self.plan(topology).await;
        assert!(second.is_empty(), "{second}");
    }

    pub(crate) async fn destroy(&self, topology: &Topology) {
        let observation = self.engine.observe(topology).await.expect("observe");
        let plan = plan_destroy(topology, &observation);
        self.apply_plan(&plan).await;
        let residue = self.engine.residue(topology, Some(&plan)).await;
        let residue = residue.expect("residue");
        assert!(residue.is_empty(), "{residue}");
    }

    /// Whether an echo of each of two networks' instances comes back from the other's.
    #[track_caller]
    pub(crate) fn reach(&self, one: &str, two: &str, wanted: bool) {
        for (from, to) in [(one, two), (two, one)] {
            let instance = self.id(&format!("/networks/{from}/instance"));
            let address = self.id(&format!("/networks/{to}/address"));
            let address = address.parse().expect("an address");
            let verdict = self.simulator.probe(instance, address, Protocol::ECHO);
            assert_eq!(verdict.is_delivered(), wanted, "{from} to {to}: {verdict}");
        }
    }

    /// Describes everything again, and gives the places that differ. What may differ: what names an object that came since
    /// the world was made, a mark of Landbridge or one of the `used` objects; what a hub tells of the topology's networks;
    /// and what counts all that.
    pub(crate) async fn only_ours_differs(
        &self,
        topology: &Topology,
        used: &[&str],
    ) -> BTreeSet<String> {
        self.simulator.advance(std::time::Duration::from_secs(120));
        let after = self.run(self.scripts.snapshot).await;
        let alive = self.alive();
        let ours = alive.difference(&self.others).map(String::as_str);
        let ours: Vec<&str> = ours
            .chain(used.iter().copied())
            .chain(["landbridge:"])
            .collect();
        let networks = topology.networks.iter();
        let members: Vec<&str> = networks
            .filter_map(|one| Some(one.id.as_ref()?.as_str()))
            .collect();
        let names = |line: &str, ids: &[&str]| ids.iter().any(|id| line.contains(id));
        let may_differ = |line: &&String| {
            let path = line.split(": ").next().unwrap_or_default();
            let member = path.rsplit('/').next().unwrap_or_default();
            let of_hub = path.contains("/cbn ") || path.contains("/AssociatedCens");
            self.scripts.counters.contains(&member)
                || names(line, &ours)
                || of_hub && names(line, &members)
        };
        let found = differences(&self.before, &after);
        let others: Vec<&str> = found
            .iter()
            .filter(|line| !may_differ(line))
            .map(String::as_str)
            .collect();
        assert!(
            others.is_empty(),
            "nobody asked for:\n{}",
            others.join("\n")
        );
        let places = found.iter().filter_map(|line| line.split('/').nth(1));
        places.map(str::to_owned).collect()
    }

    /// Everything is as it was.
    pub(crate) async fn nothing_differs(&self) {
        self.simulator.advance(std::time::Duration::from_secs(120));
        let after = self.run(self.scripts.snapshot).await;
        let found = differences(&self.before, &after);
        assert!(found.is_empty(), "left behind:\n{}", found.join("\n"));
        let alive = self.alive();
        assert_eq!(alive, self.others, "alive");
    }
}

fn as_json(keys: &AccountKeys) -> Value {
    json!({
        "account": keys.account_id,
        "access_key_id": keys.access_key_id,
        "access_key_secret": keys.access_key_secret,
    })
}

/// A topology from its text.
pub(crate) fn topology(text: &str) -> Topology {
    Topology::from_text(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}
