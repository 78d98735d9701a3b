//! Roles with the permissions that a topology computes: enough for its whole life, and nothing more.

use std::sync::Arc;

use landbridge_aliyun::Aliyun;
use landbridge_aliyun::credential::{AssumeRoleCredentials, StaticCredentials};
use landbridge_core::engine::{Engine, EngineOptions};
use landbridge_core::topology::Topology;
use landbridge_core::trust::life_actions;
use landbridge_core::{
    AssumeRole, CloudProvider, CreateNetwork, EnsureTrust, ErrorKind, Label, Owner, Permissions,
    Principal, Token,
};
use landbridge_sim::{AccountKeys, AccountSpec, BorderRouterSpec, IdentityKind, RoleSpec};

use crate::acs::call;
use crate::virtual_time::VirtualTime;
use crate::world::{A, B, Password, World, place, three_networks, two_accounts};

const REGION: &str = "cn-hangzhou";
const RAM: &str = "2015-05-01";

fn role(topology: &Topology, account: &str, actions: Vec<String>) -> EnsureTrust {
    let owner = Owner::new(&topology.name, "role/operator");
    EnsureTrust::new("operator", owner, Principal::Account(account.into()))
        .with_permissions(Permissions::Actions(actions))
}

/// A world whose two accounts are entered through roles that may do what the topology computes.
async fn through_roles(topology: &Topology) -> World {
    let administered = World::start([]).await;
    let simulator = administered.simulator.clone();
    let administrators = World::on(simulator.clone(), two_accounts(), EngineOptions::default());
    let clock = Arc::new(VirtualTime(simulator.clone()));
    let mut builder = Aliyun::builder()
        .clock(clock.clone())
        .endpoint(&simulator.url())
        .expect("a loopback address is allowed");
    for id in [A, B] {
        let cloud = administrators.provider.cloud(&place(id, REGION)).await;
        let cloud = cloud.expect("a handle");
        let capabilities = administrators.engine.capabilities();
        let actions = life_actions(topology, &capabilities, &id.into());
        let made = cloud.ensure_trust(&role(topology, id, actions)).await;
        let keys = simulator.provision(AccountSpec::new("aliyun", id));
        let keys = StaticCredentials::new(&keys.access_key_id, keys.access_key_secret.as_str());
        let session = AssumeRoleCredentials::new(Arc::new(keys), made.expect("made").arn);
        builder = builder.credentials(id, Arc::new(session));
    }
    simulator.advance(std::time::Duration::from_secs(60));
    let provider = Arc::new(builder.build().expect("a provider"));
    let engine = Engine::new()
        .with_clock(clock)
        .with_provider(provider.clone())
        .with_secrets(Arc::new(Password));
    World {
        simulator,
        provider,
        engine,
        keys: Vec::new(),
    }
}

async fn lives(topology: &Topology, world: &World) {
    let report = world.preflight(topology).await;
    assert!(report.passed(), "{report}");
    world.apply(topology).await;
    assert!(world.verify(topology).await.passed());
    world.destroy(topology).await;
    let denied = |call: &&landbridge_sim::Call| {
        let code = call.code.as_deref().unwrap_or_default();
        ["Forbidden.RAM", "NoPermission", "Unauthorized"].contains(&code)
    };
    let calls = world.simulator.calls();
    // Whoever has no edges needs no permission to look for them; the look is made and its refusal taken for "none".
    let edges = |action: &&str| action.contains("ExpressConnectRouter") || action.contains("ToEcr");
    let denied = calls.iter().filter(denied).map(|call| call.action.as_str());
    let denied: Vec<&str> = denied.filter(|action| !edges(action)).collect();
    assert_eq!(denied, [""; 0]);
}

#[tokio::test]
async fn the_computed_permissions_are_enough_for_the_whole_life_of_a_topology() {
    let mut topology = three_networks();
    // Opened once by an administrator, who then needs no role for it.
    topology
        .accounts
        .iter_mut()
        .for_each(|account| account.open_services = false);
    let world = through_roles(&topology).await;
    lives(&topology, &world).await;
}

#[tokio::test]
async fn and_so_are_those_of_a_topology_with_an_edge() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/examples/topologies/ecr-two-accounts.yaml"
    );
    let topology = Topology::from_file(path.as_ref()).expect("the example is good");
    let world = through_roles(&topology).await;
    let line = BorderRouterSpec::new(A, REGION)
        .id("vbr-bp1example")
        .prefix("10.9.0.0/16")
        .host("10.9.0.10");
    world.simulator.provision_border_router(line);
    lives(&topology, &world).await;
}

#[tokio::test]
async fn a_role_may_do_nothing_that_its_account_has_no_part_in() {
    // Account b only grants and is attached: it makes no hub.
    let topology = three_networks();
    let capabilities = World::start(two_accounts()).await.engine.capabilities();
    let of = |account: &str| life_actions(&topology, &capabilities, &account.into());
    assert!(of(A).contains(&"cen:CreateTransitRouter".to_owned()));
    assert!(!of(B).contains(&"cen:CreateTransitRouter".to_owned()));
    assert!(
        !of(A).iter().any(|action| action.contains('*')),
        "{:?}",
        of(A)
    );

    let world = through_roles(&topology).await;
    let b = world
        .provider
        .cloud(&place(B, REGION))
        .await
        .expect("a handle");
    let hub = landbridge_core::CreateHub::new(label("hub"), landbridge_core::HubScope::Global);
    let refused = b.create_hub(&hub).await.expect_err("not its part");
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
    assert!(refused.remedy().is_some());
}

fn label(name: &str) -> Label {
    Label::new(name, Owner::new("t", name), Token::derive(&[name]))
}

#[tokio::test]
async fn what_keeps_a_role_from_being_assumed_is_one_error_with_its_remedy_and_no_write() {
    let world = World::start(two_accounts()).await;
    let trusting = RoleSpec::new(B, "trusting").trust(A);
    world.simulator.provision_role(trusting);
    world
        .simulator
        .provision_role(RoleSpec::new(B, "untrusting").trust(B));
    world
        .simulator
        .provision_role(RoleSpec::new(A, "first").trust(A));
    let a = world
        .provider
        .cloud(&place(A, REGION))
        .await
        .expect("a handle");
    let arn = |name: &str| format!("acs:ram::{B}:role/{name}");
    let refused = a
        .assume_role(&AssumeRole::new(arn("untrusting"), "test"))
        .await;
    let refused = refused.expect_err("it does not trust us");
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied, "{refused}");
    assert!(refused.remedy().is_some(), "{refused}");

    // Root keys may not assume roles.
    let root = World::on(
        world.simulator.clone(),
        [AccountSpec::new("aliyun", A).identity(IdentityKind::Root)],
        EngineOptions::default(),
    );
    let root = root
        .provider
        .cloud(&place(A, REGION))
        .await
        .expect("a handle");
    let refused = root
        .assume_role(&AssumeRole::new(arn("trusting"), "test"))
        .await;
    let refused = refused.expect_err("root");
    assert!(refused.message().contains("root"), "{refused}");
    assert!(refused.remedy().is_some(), "{refused}");

    // A chained session lasts an hour at most, and the longer one is not even asked for.
    let keys = world.simulator.provision(AccountSpec::new("aliyun", A));
    let keys = StaticCredentials::new(&keys.access_key_id, keys.access_key_secret.as_str());
    let first = AssumeRoleCredentials::new(Arc::new(keys), format!("acs:ram::{A}:role/first"));
    let chained = Aliyun::builder()
        .clock(Arc::new(VirtualTime(world.simulator.clone())))
        .endpoint(&world.simulator.url())
        .expect("loopback")
        .credentials(A, Arc::new(first))
        .build()
        .expect("a provider");
    let chained = chained.cloud(&place(A, REGION)).await.expect("a handle");
    let long = AssumeRole::new(arn("trusting"), "test")
        .with_duration(std::time::Duration::from_secs(2 * 3600));
    let refused = chained.assume_role(&long).await.expect_err("too long");
    assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{refused}");
    assert!(
        refused
            .remedy()
            .is_some_and(|remedy| remedy.contains("one hour")),
        "{refused}"
    );
    let sent = world.simulator.calls();
    let sent = sent.iter().filter(|call| {
        call.parameters
            .get("DurationSeconds")
            .is_some_and(|s| s == "7200")
    });
    assert_eq!(sent.count(), 0);
    assert_eq!(world.writes(), 0);
}

#[tokio::test]
async fn a_session_that_was_given_and_has_ended_is_told_with_its_source() {
    let world = World::start(two_accounts()).await;
    world
        .simulator
        .provision_role(RoleSpec::new(A, "once").trust(A));
    let a = world
        .provider
        .cloud(&place(A, REGION))
        .await
        .expect("a handle");
    let session = a
        .assume_role(&AssumeRole::new(format!("acs:ram::{A}:role/once"), "test"))
        .await
        .expect("a session");
    let given = StaticCredentials::from(landbridge_aliyun::credential::Keys::from(session))
        .with_origin("the variables of the shell");
    let provider = Aliyun::builder()
        .clock(Arc::new(VirtualTime(world.simulator.clone())))
        .endpoint(&world.simulator.url())
        .expect("loopback")
        .credentials(A, Arc::new(given))
        .build()
        .expect("a provider");
    world
        .simulator
        .advance(std::time::Duration::from_secs(4000));
    let cloud = provider.cloud(&place(A, REGION)).await.expect("a handle");
    let request = CreateNetwork::new(label("n"), "10.0.0.0/16".parse().expect("a range"));
    let refused = cloud.create_network(&request).await.expect_err("ended");
    assert_eq!(refused.kind(), ErrorKind::SessionExpired, "{refused}");
    assert!(
        refused.message().contains("the variables of the shell"),
        "{refused}"
    );
    assert!(refused.remedy().is_some());
    assert_eq!(world.simulator.alive(), vec![]);
}

/// A call of the owner of account B that the backend has no verb for.
async fn by_hand(world: &World, keys: &AccountKeys, action: &str, parameters: &[(&str, &str)]) {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let parameters: Vec<(String, String)> = parameters.iter().map(owned).collect();
    let (url, now) = (world.simulator.url(), world.simulator.now());
    let answer = call(&url, keys, now, RAM, action, &parameters).await;
    assert!(answer.is_some(), "{action} is refused");
}

#[tokio::test]
async fn a_denial_that_others_attached_stays_and_what_they_altered_is_refused() {
    let world = World::start(two_accounts()).await;
    let keys = world.simulator.provision(AccountSpec::new("aliyun", B));
    let cloud = world
        .provider
        .cloud(&place(B, REGION))
        .await
        .expect("a handle");
    let topology = three_networks();
    let wanted = role(&topology, A, vec!["vpc:DescribeVpcs".to_owned()]);
    cloud.ensure_trust(&wanted).await.expect("made");
    let deny = r#"{"Version":"1","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;
    let named = [("PolicyName", "freeze"), ("PolicyDocument", deny)];
    by_hand(&world, &keys, "CreatePolicy", &named).await;
    let attached = [
        ("PolicyType", "Custom"),
        ("PolicyName", "freeze"),
        ("RoleName", "operator"),
    ];
    by_hand(&world, &keys, "AttachPolicyToRole", &attached).await;
    world.simulator.advance(std::time::Duration::from_secs(60));

    assert_eq!(cloud.trust_drift(&wanted).await.expect("read"), []);
    let wider = role(&topology, A, vec!["vpc:DescribeVSwitches".to_owned()]);
    let changed = cloud.ensure_trust(&wider).await.expect("changed");
    assert_eq!(changed.policies.len(), 2, "{changed:?}");
    let found = cloud
        .describe_trust("operator")
        .await
        .expect("read")
        .expect("there");
    let kept = found
        .policies
        .get("freeze")
        .cloned()
        .flatten()
        .expect("attached");
    assert_eq!(kept["Statement"][0]["Effect"], "Deny");

    let trust = found.trust.to_string().replace("\"Allow\"", "\"Deny\"");
    let altered = [
        ("RoleName", "operator"),
        ("NewAssumeRolePolicyDocument", trust.as_str()),
    ];
    by_hand(&world, &keys, "UpdateRole", &altered).await;
    world.simulator.advance(std::time::Duration::from_secs(60));
    let writes = world.writes();
    let error = cloud.ensure_trust(&wider).await.expect_err("altered");
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert!(error.to_string().contains("Deny"), "{error}");
    assert_eq!(world.writes(), writes);

    let replaced = cloud
        .ensure_trust(&wider.with_replace(true))
        .await
        .expect("replaced");
    assert_eq!(replaced.policies.len(), 1, "{replaced:?}");
}
