use std::sync::Arc;
use std::time::Duration;

use landbridge_aliyun::Aliyun;
use landbridge_aliyun::credential::StaticCredentials;
use landbridge_core::engine::{Engine, EngineOptions};
use landbridge_core::plan::plan;
use landbridge_core::topology::Topology;
use landbridge_core::{
    AccountId, CloudName, CreateHub, CreateNetwork, HubScope, InstanceRecord, Label, Owner, Place,
    RuleRecord, Select, Token,
};

use super::{A, B, World};

const REGION: &str = "cn-hangzhou";

/// A network in each of two accounts, joined by a hub of the first; an instance in each, and no rule but for SSH.
pub(crate) struct Joined {
    pub(crate) world: World,
    /// The instance of account A.
    pub(crate) left: InstanceRecord,
    /// The instance of account B.
    pub(crate) right: InstanceRecord,
    /// The hub of account A that took the network of account B.
    pub(crate) hub: String,
    engine: Engine,
}

impl Joined {
    pub(crate) fn start() -> Self {
        let world = World::start();
        let runtime = runtime();
        let engine = engine(&world);
        let topology = topology();
        let (left, right, hub) = runtime.block_on(async {
            let observation = engine.observe(&topology).await.expect("it is empty");
            let plan = plan(&topology, &observation);
            engine.apply(&plan).await.expect("it can be applied");
            let observation = engine.observe(&topology).await.expect("it is there");
            let inventory = |account| observation.at(&place(account)).expect("it was read");
            let instance = |account| inventory(account).instances[0].clone();
            let hub = inventory(B).grants[0].hub.to_string();
            (instance(A), instance(B), hub)
        });
        Self {
            world,
            left,
            right,
            hub,
            engine,
        }
    }

    /// One more network of account B, which nothing joins.
    pub(crate) fn lonely_network(&self) -> String {
        self.one_more("lonely")
    }

    /// One more network of that name.
    pub(crate) fn twin_network(&self) -> String {
        self.one_more("twin")
    }

    fn one_more(&self, token: &str) -> String {
        runtime().block_on(async {
            let cloud = self.engine.cloud(&place(B)).await.expect("B is known");
            let owner = Owner::new("somebody", "network/lonely");
            let label = Label::new("lonely", owner, Token::derive(&[token]));
            let range = "10.9.0.0/16".parse().expect("a range");
            let request = CreateNetwork::new(label, range);
            let network = cloud.create_network(&request).await.expect("it is made");
            let select = Select::id(network.id.clone());
            let listed = async || cloud.list_networks(&select).await.expect("a list");
            // What is made is invisible first, then pending.
            while !listed().await.first().is_some_and(|n| n.status.is_ready()) {}
            network.id.to_string()
        })
    }

    /// The rules of the group of account A's instance.
    pub(crate) fn rules_of_left(&self) -> Vec<RuleRecord> {
        runtime().block_on(async {
            let cloud = self.engine.cloud(&place(A)).await.expect("A is known");
            let rules = cloud.list_rules(&self.left.groups[0]).await;
            rules.expect("a list")
        })
    }

    /// Revokes the rules of that group that a topology added, and tells which they were.
    pub(crate) fn revoke_rules_of(&self, topology: &str) -> Vec<RuleRecord> {
        let mut rules = self.rules_of_left();
        rules.retain(|rule| rule.topology.as_deref() == Some(topology));
        runtime().block_on(async {
            let cloud = self.engine.cloud(&place(A)).await.expect("A is known");
            let revoked = cloud.revoke_rules(&self.left.groups[0], &rules).await;
            revoked.expect("revoked");
        });
        rules
    }

    /// The instance of account A as a party.
    pub(crate) fn left(&self) -> String {
        format!("aliyun:env-A@{REGION}/{}", self.left.id)
    }

    /// The instance of account B as a party.
    pub(crate) fn right(&self) -> String {
        format!("aliyun:env-B@{REGION}/{}", self.right.id)
    }
}

/// A hub of account A at the edge of private lines, in a world where nothing else is.
pub(crate) fn edge_hub(world: &World) -> String {
    let engine = engine(world);
    runtime().block_on(async {
        let cloud = engine.cloud(&place(A)).await.expect("A is known");
        let owner = Owner::new("somebody", "hub/edge");
        let label = Label::new("edge", owner, Token::derive(&["edge"]));
        let request = CreateHub::new(label, HubScope::Edge { asn: 64512 });
        let hub = cloud.create_hub(&request).await.expect("it is made");
        let select = Select::id(hub.id.clone());
        let listed = async || cloud.list_hubs(&select).await.expect("a list");
        while !listed()
            .await
            .first()
            .is_some_and(|hub| hub.status.is_ready())
        {}
        hub.id.to_string()
    })
}

/// A network in each of two accounts, which the topology `others` has made and peered: their ids, and the peering's.
pub(crate) fn peered(world: &World) -> (String, String, String) {
    let network = |number: u8, account: &str| {
        format!(
            "{{ name: vpc{number}, account: {account}, region: {REGION}, range: 10.{number}.0.0/16 }}"
        )
    };
    let text = format!(
        "{{ name: others, accounts: [{{ name: a, cloud: aliyun, id: \"{A}\" }}, {{ name: b, cloud: aliyun, id: \"{B}\" }}],
networks: [{}, {}], interconnects: [{{ name: pair, owner: a, members: [vpc1, vpc2], model: mesh }}] }}",
        network(1, "a"),
        network(2, "b"),
    );
    let topology = Topology::from_text(&text).expect("it is one");
    let engine = engine(world);
    runtime().block_on(async {
        let observation = engine.observe(&topology).await.expect("it is empty");
        let plan = plan(&topology, &observation);
        engine.apply(&plan).await.expect("it can be applied");
        let observation = engine.observe(&topology).await.expect("it is there");
        let inventory = |account| observation.at(&place(account)).expect("it was read");
        let network = |account| inventory(account).networks[0].id.to_string();
        (
            network(A),
            network(B),
            inventory(A).peerings[0].id.to_string(),
        )
    })
}

/// What waits for the calls of an engine.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

/// The region of an account that the worlds of these tests are in.
pub(crate) fn place(account: &str) -> Place {
    Place::new(
        CloudName::from_static("aliyun"),
        AccountId::new(account),
        REGION,
    )
}

/// An engine with the keys of both accounts, for what others do.
pub(crate) fn engine(world: &World) -> Engine {
    let url = world.simulator.url();
    let mut builder = Aliyun::builder().endpoint(&url).expect("an address");
    for (prefix, account) in [("A", A), ("B", B)] {
        let keys: Vec<&str> = world.keys(prefix, "").map(|(_, value)| value).collect();
        let keys = StaticCredentials::new(keys[0], keys[1].to_owned());
        builder = builder.credentials(account, Arc::new(keys));
    }
    let mut options = EngineOptions::default();
    options.poll = Duration::from_millis(20);
    options.poll_max = Duration::from_millis(100);
    Engine::new()
        .with_provider(Arc::new(builder.build().expect("a provider")))
        .with_options(options)
}

fn topology() -> Topology {
    let network = |number: u8, account: &str| {
        format!(
            "  - {{ name: vpc{number}, account: {account}, region: {REGION}, range: 10.{number}.0.0/16, subnets: [
      {{ name: h, zone: {REGION}-h, range: 10.{number}.1.0/24 }},
      {{ name: i, zone: {REGION}-i, range: 10.{number}.2.0/24 }}] }}"
        )
    };
    let instance = |number: u8| {
        format!(
            "  - {{ name: ecs{number}, subnet: vpc{number}/h, type: ecs.t5-lc2m1.nano, firewalls: [ssh],
      image: acs:alibaba_cloud_linux_3_2104_lts_x64 }}"
        )
    };
    let text = format!(
        "name: joined
accounts:
  - {{ name: a, cloud: aliyun, id: \"{A}\" }}
  - {{ name: b, cloud: aliyun, id: \"{B}\" }}
networks:
{}
{}
interconnects:
  - {{ name: core, owner: a, members: [vpc1, vpc2] }}
firewalls:
  - {{ name: ssh, networks: [vpc1, vpc2], rules: [{{ allow: tcp, ports: \"22\", from: [\"members:core\"] }}] }}
instances:
{}
{}
",
        network(1, "a"),
        network(2, "b"),
        instance(1),
        instance(2)
    );
    Topology::from_text(&text).expect("it is one")
}
