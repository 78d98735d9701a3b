//! Joining networks with one side's keys: the other owner pastes the commands of the hand-over into a shell. `aliyun` is
//! the official SDK's generic client there, which takes the same product, operation and parameters.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use landbridge::aliyun::Aliyun;
use landbridge::aliyun::credential::StaticCredentials;
use landbridge_core::engine::Engine;
use landbridge_core::handover::{Act, HandOver};
use landbridge_core::plan::{plan, plan_destroy};
use landbridge_core::topology::{
    Account, Edge, Holder, Interconnect, ModelChoice, Network, Subnet, Topology,
};
use landbridge_core::verify::Verdict;
use landbridge_core::{CloudName, Place, Select};
use landbridge_sim::{AccountKeys, AccountSpec, Simulator};

use crate::python::Python;
use crate::shell::paste;
use crate::virtual_time::VirtualTime;
use crate::{A, B, python};

const REGION: &str = "cn-hangzhou";

struct World {
    simulator: Simulator,
    /// Has the keys of account A alone.
    engine: Engine,
    /// Has the keys of both, as nobody has in these tests but to prepare and to prove.
    everybody: Engine,
    theirs: AccountKeys,
    python: Python,
}

impl World {
    async fn start() -> Option<Self> {
        let python = python()?;
        let simulator = Simulator::start().await.expect("the simulator starts");
        let keys = [A, B].map(|id| simulator.provision(AccountSpec::new("aliyun", id)));
        let engine = |count: usize| {
            let clock = Arc::new(VirtualTime(simulator.clone()));
            let mut builder = Aliyun::builder()
                .clock(clock.clone())
                .endpoint(&simulator.url())
                .expect("a loopback address is allowed");
            for (id, keys) in [A, B].into_iter().zip(&keys).take(count) {
                let secret = keys.access_key_secret.as_str();
                let source = StaticCredentials::new(&keys.access_key_id, secret);
                builder = builder.credentials(id, Arc::new(source));
            }
            let provider = builder.build().expect("a provider");
            Engine::new()
                .with_clock(clock)
                .with_provider(Arc::new(provider))
        };
        Some(Self {
            engine: engine(1),
            everybody: engine(2),
            theirs: keys[1].clone(),
            simulator,
            python,
        })
    }

    /// The partner makes network `warehouse`; its ID and those of its subnets.
    async fn warehouse(&self) -> (String, Vec<String>) {
        let range = |text: &str| text.parse().expect("a range");
        let base = Topology::new("base")
            .with_account(Account::new("partner", CloudName::new("aliyun"), B))
            .with_network(
                Network::new("warehouse", "partner", REGION, range("10.2.0.0/16"))
                    .with_subnet(Subnet::new("h", "cn-hangzhou-h", range("10.2.1.0/24")))
                    .with_subnet(Subnet::new("i", "cn-hangzhou-i", range("10.2.2.0/24"))),
            );
        let observation = self.everybody.observe(&base).await.expect("observe");
        let plan = plan(&base, &observation);
        self.everybody.apply(&plan).await.expect("their network");
        let place = Place::new(CloudName::new("aliyun"), B, REGION);
        let cloud = self.everybody.cloud(&place).await.expect("a handle");
        let networks = cloud.list_networks(&Select::All).await.expect("networks");
        let mut subnets = cloud.list_subnets(&Select::All).await.expect("subnets");
        subnets.sort_by_key(|subnet| subnet.range);
        let subnets = subnets.into_iter().map(|subnet| subnet.id.to_string());
        (networks[0].id.to_string(), subnets.collect())
    }

    async fn apply(&self, topology: &Topology) {
        topology.check().expect("a topology");
        let observation = self.engine.observe(topology).await.expect("observe");
        let report = landbridge_core::preflight::preflight(topology, &observation);
        assert!(report.passed(), "{report}");
        let plan = plan(topology, &observation);
        if let Err(error) = self.engine.apply(&plan).await {
            panic!("{error}");
        }
    }

    async fn hand_over(&self, topology: &Topology) -> HandOver {
        let observation = self.engine.observe(topology).await.expect("observe");
        let mut documents = self.engine.hand_over(topology, &observation);
        assert_eq!(documents.len(), 1);
        documents.remove(0)
    }

    /// The partner pastes what the document says.
    async fn obey(&self, document: HandOver) {
        let url = self.simulator.url();
        let (_, port) = url.rsplit_once(':').expect("a port");
        let tools = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("one-side-{port}"));
        std::fs::create_dir_all(&tools).expect("a folder");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign/aliyun/cli.py");
        let interpreter = self.python.programs().join("python");
        let (interpreter, script) = (interpreter.display(), script.display());
        let tool = tools.join("aliyun");
        let text = format!("#!/bin/sh\nexec '{interpreter}' '{script}' \"$@\"\n");
        std::fs::write(&tool, text).expect("written");
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&tool, mode).expect("it can be run");
        // Nobody waits for real.
        let sleep = tools.join("sleep");
        std::fs::write(&sleep, "#!/bin/sh\n").expect("written");
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&sleep, mode).expect("it can be run");
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", tools.display());
        let environment = [
            ("PATH", path.as_str()),
            ("ENDPOINT", url.as_str()),
            ("ACCESS_KEY_ID", &self.theirs.access_key_id),
            ("ACCESS_KEY_SECRET", self.theirs.access_key_secret.as_str()),
            ("NO_PROXY", "*"),
            ("PYTHONDONTWRITEBYTECODE", "1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.pass_time();
        let mut pasted = tokio::task::spawn_blocking(move || paste(&document, &environment));
        let tick = Duration::from_millis(200);
        // Time goes on while commands wait for the cloud.
        let done = loop {
            match tokio::time::timeout(tick, &mut pasted).await {
                Ok(done) => break done,
                Err(_) => self.pass_time(),
            }
        };
        done.expect("every command is taken");
        self.pass_time();
    }

    // Long enough for what was asked for to be done.
    fn pass_time(&self) {
        let now = self.simulator.uptime();
        self.simulator.advance_to(now + Duration::from_secs(300));
    }

    async fn connected(&self, topology: &Topology) {
        let mut all = topology.clone();
        for account in &mut all.accounts {
            account.held_by = Holder::Us;
        }
        for network in &mut all.networks {
            network.ranges.clear();
        }
        let both = self.everybody.verify(&all).await.expect("verify");
        assert!(both.passed() && !both.pairs.is_empty(), "{both}");
        let half = self.engine.verify(topology).await.expect("verify");
        let undecided =
            |pair: &landbridge_core::verify::PairVerdict| pair.verdict() == Verdict::Undecided;
        assert!(half.pairs.iter().all(undecided), "{half}");
    }

    async fn destroy(&self, topology: &Topology) {
        let observation = self.engine.observe(topology).await.expect("observe");
        let plan = plan_destroy(topology, &observation);
        if let Err(error) = self.engine.apply(&plan).await {
            panic!("{error}");
        }
    }

    /// What the partner is to take away: what must go before our half, and what after it.
    async fn take_back(&self, topology: &Topology) -> [HandOver; 2] {
        let observation = self.engine.observe(topology).await.expect("observe");
        let document = self.engine.take_back(topology, &observation).remove(0);
        let part = |is_route: bool| {
            let mut part = document.clone();
            part.parts
                .retain(|part| matches!(part.act, Act::RemoveRoute { .. }) == is_route);
            assert!(!part.parts.is_empty(), "{document}");
            part
        };
        [part(true), part(false)]
    }

    async fn leave(&self, topology: &Topology) {
        let [before, after] = self.take_back(topology).await;
        self.obey(before).await;
        self.destroy(topology).await;
        self.obey(after).await;
    }
}

#[tokio::test]
async fn the_example_is_joined_by_the_commands_of_its_hand_over() {
    let Some(world) = World::start().await else {
        return;
    };
    let (id, subnets) = world.warehouse().await;
    let before = world.simulator.alive();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/topologies/one-side-only.yaml");
    let mut topology = Topology::from_file(&path).expect("the example is good");
    topology.networks[1].id = Some(id.as_str().into());
    for (subnet, id) in topology.networks[1].subnets.iter_mut().zip(&subnets) {
        subnet.id = Some(id.as_str().into());
    }
    world.apply(&topology).await;
    let first = world.hand_over(&topology).await;
    assert!(first.is_awaited() && first.more_to_come, "{first}");
    world.obey(first).await;
    world.apply(&topology).await;
    let second = world.hand_over(&topology).await;
    assert!(!second.is_awaited() && !second.more_to_come, "{second}");
    world.obey(second).await;
    world.connected(&topology).await;
    world.leave(&topology).await;
    assert_eq!(world.simulator.alive(), before);
}

fn orders() -> Network {
    let range = |text: &str| text.parse().expect("a range");
    Network::new("orders", "ours", REGION, range("10.1.0.0/16")).with_subnet(Subnet::new(
        "h",
        "cn-hangzhou-h",
        range("10.1.1.0/24"),
    ))
}

fn pair(warehouse: &str) -> Topology {
    let aliyun = || CloudName::new("aliyun");
    Topology::new("pair")
        .with_account(Account::new("ours", aliyun(), A))
        .with_account(Account::new("partner", aliyun(), B).with_held_by(Holder::Other))
        .with_network(orders())
        .with_network(
            Network::existing("warehouse", "partner", REGION, warehouse)
                .with_ranges(["10.2.0.0/16".parse().expect("a range")]),
        )
}

#[tokio::test]
async fn a_peering_is_accepted_or_asked_for_by_the_commands() {
    for asks in ["ours", "partner"] {
        let Some(world) = World::start().await else {
            return;
        };
        let (id, _) = world.warehouse().await;
        let members = ["orders", "warehouse"];
        let topology = pair(&id).with_interconnect(
            Interconnect::new("pair", asks, members).with_model(ModelChoice::Mesh),
        );
        for _ in 0..3 {
            world.apply(&topology).await;
            let document = world.hand_over(&topology).await;
            let done = !document.is_awaited();
            // Routes that are there cannot be seen, and cannot be added twice.
            world.obey(document).await;
            if done {
                break;
            }
            if asks == "ours" {
                world.apply(&topology).await;
                break;
            }
        }
        world.connected(&topology).await;
    }
}

#[tokio::test]
async fn a_network_is_granted_to_our_edge_and_taken_back_by_the_commands() {
    let Some(world) = World::start().await else {
        return;
    };
    let (id, _) = world.warehouse().await;
    let mut topology = pair(&id);
    topology.networks.remove(0);
    topology.edges =
        vec![Edge::new("line", "ours", REGION, 64_512).with_member("warehouse")].into();
    world.apply(&topology).await;
    let first = world.hand_over(&topology).await;
    assert!(first.is_awaited(), "{first}");
    world.obey(first).await;
    world.apply(&topology).await;
    let observation = world.engine.observe(&topology).await.expect("observe");
    assert!(plan(&topology, &observation).is_empty());
    let back = world.engine.take_back(&topology, &observation).remove(0);
    world.destroy(&topology).await;
    world.obey(back).await;
}
