//! What the backend sends, compared with the SDK's request models.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use landbridge::aliyun::credential::{Credentials, OidcCredentials, StaticCredentials};
use landbridge::aliyun::{Aliyun, AliyunProvider};
use landbridge_core::engine::{Engine, SecretSource};
use landbridge_core::plan::{plan, plan_destroy};
use landbridge_core::topology::{ModelChoice, Topology};
use landbridge_core::{
    AssumeRole, Cloud, CloudName, CloudProvider, Direction, EnsureTrust, ErrorKind, Owner,
    Permissions, Place, Principal,
};
use landbridge_sim::{AccountSpec, BorderRouterSpec, Call, RoleSpec, Service, Simulator};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::differences::{REQUESTS, complaints};
use crate::virtual_time::VirtualTime;
use crate::{A, B, python, run, texts};

#[derive(Debug)]
struct Password;

impl SecretSource for Password {
    fn secret(&self, _name: &str) -> Option<SecretString> {
        Some(SecretString::from("Foreign-7-secret"))
    }
}

struct World {
    simulator: Simulator,
    provider: Arc<AliyunProvider>,
    engine: Engine,
}

impl World {
    /// An engine with a user of each account.
    async fn start(accounts: [AccountSpec; 2]) -> Self {
        let simulator = Simulator::start().await.expect("the simulator starts");
        let sources = accounts.map(|account| {
            let keys = simulator.provision(account);
            let keys = StaticCredentials::new(&keys.access_key_id, keys.access_key_secret.as_str());
            Arc::new(keys) as Arc<dyn Credentials>
        });
        Self::with(simulator, sources)
    }

    fn with(simulator: Simulator, sources: [Arc<dyn Credentials>; 2]) -> Self {
        let clock = Arc::new(VirtualTime(simulator.clone()));
        let mut builder = Aliyun::builder()
            .clock(clock.clone())
            .endpoint(&simulator.url())
            .expect("a loopback address is allowed");
        for (id, source) in [A, B].into_iter().zip(sources) {
            builder = builder.credentials(id, source);
        }
        let provider = Arc::new(builder.build().expect("a provider"));
        Self {
            engine: Engine::new()
                .with_clock(clock)
                .with_provider(provider.clone())
                .with_secrets(Arc::new(Password)),
            simulator,
            provider,
        }
    }

    async fn cloud(&self, account: &str) -> Arc<dyn Cloud> {
        let place = Place::new(CloudName::from_static("aliyun"), account, "cn-hangzhou");
        self.provider.cloud(&place).await.expect("a handle")
    }

    /// Applies a topology, then again with fewer rules, and destroys it.
    async fn live(&self, topology: &Topology) {
        self.apply(topology).await;
        let verified = self.engine.verify(topology).await.expect("verify");
        assert!(verified.passed(), "{verified}");
        let mut fewer = topology.clone();
        for firewall in &mut fewer.firewalls {
            firewall.rules.truncate(1);
        }
        self.apply(&fewer).await;
        let observed = self.engine.observe(&fewer).await.expect("observe");
        let destroy = plan_destroy(&fewer, &observed);
        self.engine.apply(&destroy).await.expect("destroy");
        let residue = self.engine.residue(&fewer, Some(&destroy)).await;
        assert!(residue.expect("residue").is_empty());
        assert_eq!(self.simulator.alive(), vec![]);
    }

    async fn apply(&self, topology: &Topology) {
        let observed = self.engine.observe(topology).await.expect("observe");
        let plan = plan(topology, &observed);
        if let Err(error) = self.engine.apply(&plan).await {
            panic!("{error}");
        }
    }
}

fn users() -> [AccountSpec; 2] {
    [A, B].map(|id| AccountSpec::new("aliyun", id))
}

fn example(name: &str) -> Topology {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/topologies");
    let mut topology = Topology::from_file(&examples.join(name)).expect("the example is good");
    for account in &mut topology.accounts {
        account.open_services = true;
    }
    topology
}

/// Networks joined by transit routers, of accounts that have yet to open the services.
async fn hub() -> Vec<Call> {
    let services = [Service::TransitRouter, Service::Cdt];
    let closed = |account: AccountSpec| {
        let close = |account: AccountSpec, service| account.service_open(service, false);
        services.into_iter().fold(account, close)
    };
    let world = World::start(users().map(closed)).await;
    let mut topology = example("cen-two-accounts.yaml");
    let rules = &mut topology.firewalls[0].rules;
    let mut outbound = rules[0].clone();
    outbound.direction = Direction::Egress;
    rules.push(outbound);
    world.live(&topology).await;
    world.simulator.calls()
}

/// The same networks joined two by two.
async fn mesh() -> Vec<Call> {
    let world = World::start(users()).await;
    let mut topology = example("cen-two-accounts.yaml");
    topology.interconnects[0].model = ModelChoice::Mesh;
    world.live(&topology).await;
    world.simulator.calls()
}

/// A network and a border router of one account on an express connect router of the other.
async fn edge() -> Vec<Call> {
    let world = World::start(users()).await;
    let mut topology = example("ecr-two-accounts.yaml");
    let line = BorderRouterSpec::new(B, "cn-hangzhou")
        .prefix("10.9.0.0/16")
        .host("10.9.0.10");
    world.simulator.approve_border_router_sharing(B, A);
    let border_router = &mut topology.edges[0].border_routers[0];
    border_router.id = world.simulator.provision_border_router(line).into();
    border_router.account = "b".to_owned();
    world.live(&topology).await;
    world.simulator.calls()
}

/// A role that is made, changed, assumed and deleted.
async fn trust() -> Vec<Call> {
    let world = World::start(users()).await;
    let (host, visitor) = (world.cloud(B).await, world.cloud(A).await);
    let owner = || Owner::new("net", "role/peer");
    let wanted = |actions: &[&str]| {
        let actions = actions.iter().map(|action| (*action).to_owned()).collect();
        EnsureTrust::new("peer", owner(), Principal::Account(A.into()))
            .with_max_session(Duration::from_secs(7200))
            .with_permissions(Permissions::Actions(actions))
    };
    let narrow = wanted(&["vpc:DescribeVpcs"]);
    let wide = wanted(&["vpc:DescribeVpcs", "cen:DescribeCens"])
        .with_max_session(Duration::from_secs(3600));
    let mut role = host.ensure_trust(&narrow).await.expect("a role");
    for request in [narrow.with_external_id("an-id"), wide] {
        world.simulator.advance(Duration::from_secs(60));
        let drift = host.trust_drift(&request).await.expect("differences");
        assert!(!drift.is_empty());
        role = host.ensure_trust(&request).await.expect("changed");
    }
    world.simulator.advance(Duration::from_secs(60));
    let request = AssumeRole::new(role.arn, "visit");
    visitor.assume_role(&request).await.expect("a session");
    host.delete_trust("peer", "net").await.expect("deleted");
    assert_eq!(world.simulator.alive(), vec![]);
    world.simulator.calls()
}

/// What no topology needs: how an account is called, roles of others, what a hub was granted, keys by a token.
async fn rest() -> Vec<Call> {
    let simulator = Simulator::start().await.expect("the simulator starts");
    let keys = simulator.provision(AccountSpec::new("aliyun", A));
    simulator.provision(AccountSpec::new("aliyun", B));
    let provider = format!("acs:ram::{B}:oidc-provider/ci");
    simulator.provision_oidc_provider(B, "ci", "a-token-of-ci");
    simulator.provision_role(RoleSpec::new(B, "ci").trust(&provider));
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("foreign-aliyun-token");
    std::fs::write(&file, "a-token-of-ci").expect("a file");
    let sources: [Arc<dyn Credentials>; 2] = [
        Arc::new(StaticCredentials::new(
            &keys.access_key_id,
            keys.access_key_secret.as_str(),
        )),
        Arc::new(OidcCredentials::new(
            provider,
            file,
            format!("acs:ram::{B}:role/ci"),
        )),
    ];
    let world = World::with(simulator, sources);
    let cloud = world.cloud(B).await;
    cloud.account_alias().await.expect("an answer");
    cloud.describe_trust("ci").await.expect("a role");
    let nobody = cloud.list_received_grants(&"cen-nobody".into()).await;
    assert_eq!(nobody.expect_err("no such hub").kind(), ErrorKind::NotFound);
    world.simulator.calls()
}

/// One call of each kind: of an operation with these parameters.
fn kinds(calls: &[Call]) -> Vec<Value> {
    let mut kinds = BTreeMap::new();
    for call in calls {
        let names: BTreeSet<&str> = call.parameters.keys().map(String::as_str).collect();
        kinds
            .entry((&call.product, &call.action, names))
            .or_insert(call);
    }
    let shown = |call: &Call| json!({"product": call.product, "action": call.action, "parameters": call.parameters});
    kinds.into_values().map(shown).collect()
}

#[tokio::test]
async fn every_parameter_is_in_the_official_models_and_none_is_missing() {
    let Some(python) = python() else {
        return;
    };
    let calls = [
        hub().await,
        mesh().await,
        edge().await,
        trust().await,
        rest().await,
    ]
    .concat();
    let job = json!({ "calls": kinds(&calls) });
    let report = run(python, "sent.py", job).await;
    let problems = texts(&report["problems"]);
    let complaints = complaints(&problems, REQUESTS);
    println!(
        "foreign: alibaba models of requests: {} operations, {} calls, {} parameters, {} differences, {} of them right",
        report["operations"],
        calls.len(),
        report["parameters"],
        problems.len(),
        problems.len() - complaints.len().min(problems.len())
    );
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
