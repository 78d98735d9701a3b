//! Roles and users on AWS: permissions that are enough and no more, second factors, and what keeps a role closed.

use std::sync::Arc;
use std::time::Duration;

use landbridge::aws::Aws;
use landbridge::aws::credential::{AssumeRoleCredentials, StaticCredentials};
use landbridge_core::engine::Engine;
use landbridge_core::plan::plan;
use landbridge_core::traits::{Endpoint, MfaCode, PeeringKind, RequestPeering, Token};
use landbridge_core::trust::{life_actions, policy_name};
use landbridge_core::{
    AssumeRole, CloudProvider, EnsureTrust, EnsureUser, ErrorKind, Label, Owner, Permissions,
    Principal, SessionToken,
};
use landbridge_sim::{AccountSpec, Simulator};
use serde_json::json;

use crate::virtual_time::VirtualTime;
use crate::world::{A, B, World, pair, place};

const REGION: &str = "us-east-1";
const CODE: &str = "123456";

fn role(account: &str, permissions: Permissions) -> EnsureTrust {
    let owner = Owner::new("pair", "role/operator");
    EnsureTrust::new("operator", owner, Principal::Account(account.into()))
        .with_external_id("peering-7")
        .with_permissions(permissions)
}

/// The time it takes until everybody knows of a role.
fn spread(simulator: &Simulator) {
    simulator.advance(Duration::from_secs(60));
}

/// An engine whose two accounts are entered through roles with these permissions.
async fn through_roles(world: &World, permissions: impl Fn(&str) -> Permissions) -> Engine {
    let clock = Arc::new(VirtualTime(world.simulator.clone()));
    let mut builder = Aws::builder()
        .clock(clock.clone())
        .endpoint(&world.simulator.url())
        .expect("a loopback address is allowed");
    for id in [A, B] {
        let cloud = world
            .provider
            .cloud(&place(id, REGION))
            .await
            .expect("a handle");
        let made = cloud
            .ensure_trust(&role(id, permissions(id)))
            .await
            .expect("made");
        let keys = world.simulator.provision(AccountSpec::new("aws", id));
        let keys = StaticCredentials::new(&keys.access_key_id, keys.access_key_secret.as_str());
        let session =
            AssumeRoleCredentials::new(Arc::new(keys), made.arn).with_external_id("peering-7");
        builder = builder.credentials(id, Arc::new(session));
    }
    spread(&world.simulator);
    Engine::new()
        .with_clock(clock)
        .with_provider(Arc::new(builder.build().expect("a provider")))
}

#[tokio::test]
async fn computed_permissions_of_requester_and_accepter_are_enough_for_a_whole_life() {
    let world = World::start().await;
    let capabilities = world.engine.capabilities();
    let topology = pair();
    let engine = through_roles(&world, |id| {
        Permissions::Actions(life_actions(&topology, &capabilities, &id.into()))
    })
    .await;
    let steps = plan(
        &topology,
        &engine.observe(&topology).await.expect("observe"),
    );
    if let Err(error) = engine.apply(&steps).await {
        panic!("{error}");
    }
    assert!(engine.verify(&topology).await.expect("verify").passed());
    let observed = engine.observe(&topology).await.expect("observe");
    let destroy = landbridge_core::plan::plan_destroy(&topology, &observed);
    if let Err(error) = engine.apply(&destroy).await {
        panic!("{error}");
    }
    let of = |account: &str| life_actions(&topology, &capabilities, &account.into());
    let accept = "ec2:AcceptVpcPeeringConnection".to_owned();
    let request = "ec2:CreateVpcPeeringConnection".to_owned();
    assert!(of(A).contains(&request) && !of(A).contains(&accept));
    assert!(of(B).contains(&accept) && !of(B).contains(&request));
}

#[tokio::test]
async fn a_policy_of_routes_and_instances_can_neither_ask_for_a_peering_nor_accept_one() {
    let world = World::start().await;
    // What is often written down: it names neither of the two actions.
    let folklore = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Action": ["ec2:Describe*", "ec2:CreateRoute", "ec2:ModifyInstanceAttribute"],
        "Resource": "*",
    }]});
    let engine = through_roles(&world, |_| Permissions::Document(folklore.clone())).await;
    world.apply(&pair()).await;
    let ids = |account: &str| {
        let world = &world;
        let place = place(account, REGION);
        async move {
            let cloud = world.provider.cloud(&place).await.expect("a handle");
            let all = landbridge_core::Select::All;
            cloud.list_networks(&all).await.expect("a list")[0]
                .id
                .clone()
        }
    };
    let end = |id, account: &str| Endpoint::Network {
        id,
        account: account.into(),
        region: REGION.into(),
    };
    let label = Label::new("p", Owner::new("t", "p"), Token::derive(&["p"]));
    let (here, there) = (end(ids(A).await, A), end(ids(B).await, B));
    let request = RequestPeering::new(label, PeeringKind::NetworkToNetwork, here, there);
    let a = engine.cloud(&place(A, REGION)).await.expect("a handle");
    let refused = a.request_peering(&request).await.expect_err("not allowed");
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied, "{refused}");
    assert!(refused.remedy().is_some());
    let b = engine.cloud(&place(B, REGION)).await.expect("a handle");
    let peering = b.list_peerings(&Default::default()).await.expect("a list");
    let refused = b.accept_peering(&peering[0].id).await;
    assert_eq!(
        refused.expect_err("not allowed").kind(),
        ErrorKind::PermissionDenied
    );
}

#[tokio::test]
async fn a_role_that_asks_for_a_second_factor_opens_with_a_code_and_says_so_without() {
    let world = World::start().await;
    let b = world
        .provider
        .cloud(&place(B, REGION))
        .await
        .expect("a handle");
    let a = world
        .provider
        .cloud(&place(A, REGION))
        .await
        .expect("a handle");
    let wanted =
        role(A, Permissions::Actions(vec!["ec2:DescribeVpcs".to_owned()])).with_mfa_required();
    let made = b.ensure_trust(&wanted).await.expect("made");
    assert!(made.require_mfa);
    assert_eq!(b.trust_drift(&wanted).await.expect("drift"), []);
    spread(&world.simulator);
    let writes = || {
        world
            .simulator
            .calls()
            .iter()
            .filter(|call| call.write)
            .count()
    };
    let before = writes();

    let plain = AssumeRole::new(&made.arn, "test").with_external_id("peering-7");
    let refused = a.assume_role(&plain).await.expect_err("no code");
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied, "{refused}");
    assert!(
        refused
            .remedy()
            .is_some_and(|remedy| remedy.contains("second factor") || remedy.contains("MFA")),
        "{refused}"
    );
    let identity = a.caller_identity().await.expect("identity");
    let user = identity.arn.rsplit('/').next().expect("a name");
    let serial = format!("arn:aws:iam::{A}:mfa/{user}");
    let code = |digits: &str| MfaCode::new(serial.clone(), digits.into());
    let wrong = a.assume_role(&plain.clone().with_mfa(code("000000"))).await;
    let wrong = wrong.expect_err("a wrong code");
    assert!(wrong.remedy().is_some(), "{wrong}");
    assert!(
        !format!("{wrong:?} {wrong}").contains("000000"),
        "{wrong:?}"
    );
    a.assume_role(&plain.clone().with_mfa(code(CODE)))
        .await
        .expect("a session");

    let session = SessionToken::new().with_mfa(code(CODE));
    a.session_token(&session).await.expect("a session");
    let refused = a
        .session_token(&session.with_duration(Duration::from_secs(60)))
        .await;
    assert_eq!(
        refused.expect_err("too short").kind(),
        ErrorKind::InvalidInput
    );

    let without_id = AssumeRole::new(&made.arn, "test").with_mfa(code(CODE));
    let refused = a
        .assume_role(&without_id)
        .await
        .expect_err("no external id");
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied, "{refused}");
    assert_eq!(writes(), before);
}

#[tokio::test]
async fn a_user_may_assume_its_role_and_nothing_else_and_both_are_removed() {
    let world = World::start().await;
    let a = world
        .provider
        .cloud(&place(A, REGION))
        .await
        .expect("a handle");
    let b = world
        .provider
        .cloud(&place(B, REGION))
        .await
        .expect("a handle");
    let made = b
        .ensure_trust(&role(A, Permissions::Actions(Vec::new())))
        .await
        .expect("made");
    let wanted = EnsureUser::new("joiner", Owner::new("pair", "user/joiner"), &made.arn);
    let user = a.ensure_user(&wanted).await.expect("made");
    assert_eq!(user.roles, std::slice::from_ref(&made.arn));
    let writes = || {
        world
            .simulator
            .calls()
            .iter()
            .filter(|call| call.write)
            .count()
    };
    let before = writes();
    a.ensure_user(&wanted).await.expect("there");
    b.ensure_trust(&role(A, Permissions::Actions(Vec::new())))
        .await
        .expect("there");
    assert_eq!(
        writes(),
        before,
        "a role that matches the request is not written"
    );
    assert!(
        made.policies
            .contains_key(&policy_name(&Owner::new("pair", "role/operator")))
    );

    let foreign = a
        .delete_user("joiner", "other")
        .await
        .expect_err("not ours");
    assert_eq!(foreign.kind(), ErrorKind::AlreadyExists);
    a.delete_user("joiner", "pair").await.expect("deleted");
    b.delete_trust("operator", "pair").await.expect("deleted");
    assert_eq!(b.describe_trust("operator").await.expect("look"), None);
    assert_eq!(world.simulator.alive(), vec![]);
}
