//! What the cloud refuses, and what goes wrong on the way: answers written by hand.

use std::sync::Arc;
use std::time::Duration;

use landbridge::aws::credential::{AssumeRoleCredentials, StaticCredentials};
use landbridge_core::ErrorKind::{self, *};
use landbridge_core::{
    AssumeRole, Compute, CreateGroup, CreateNetwork, CreateRoute, CreateSubnet, CrossAccountAuth,
    Direction, Endpoint, EnsureTrust, Error, FirewallRule, Network, Peering, PeeringKind,
    Permissions, Principal, Protocol, RequestPeering, Routing, Rule, RulePeer, RunInstance, Select,
    SessionToken, Trust,
};

use super::stage::{A, B, HERE, Stage, label, owner};

fn network() -> CreateNetwork {
    CreateNetwork::new(
        label("n", "network/n"),
        "10.1.0.0/16".parse().expect("a range"),
    )
}

fn subnet(network: &str) -> CreateSubnet {
    let range = "10.1.1.0/24".parse().expect("a range");
    CreateSubnet::new(
        label("s", "subnet/s"),
        network.into(),
        "eu-central-1a".into(),
        range,
    )
}

fn ping() -> Rule {
    let range = "10.2.0.0/16".parse().expect("a range");
    Rule::allow(
        Direction::Ingress,
        Protocol::Icmp,
        None,
        RulePeer::Range(range),
    )
}

fn route() -> CreateRoute {
    let range = "10.2.0.0/16".parse().expect("a range");
    CreateRoute::new("rtb-1".into(), range, "pcx-1".into())
}

fn peering() -> RequestPeering {
    let end = |id: &str, account: &str| Endpoint::Network {
        id: id.into(),
        account: account.into(),
        region: HERE.into(),
    };
    let kind = PeeringKind::NetworkToNetwork;
    RequestPeering::new(
        label("p", "peering/p"),
        kind,
        end("vpc-1", A),
        end("vpc-2", B),
    )
}

fn trust() -> EnsureTrust {
    let actions = Permissions::Actions(vec!["ec2:DescribeVpcs".to_owned()]);
    EnsureTrust::new("peer", owner("role/peer"), Principal::Account(B.into()))
        .with_permissions(actions)
}

fn told<T: std::fmt::Debug>(result: Result<T, Error>) -> (ErrorKind, String) {
    let error = result.expect_err("refused");
    (error.kind(), error.code().unwrap_or_default().to_owned())
}

fn has_remedy(error: &Error, part: &str) {
    let remedy = error.remedy().unwrap_or_default();
    assert!(remedy.contains(part), "{error}");
}

#[tokio::test]
async fn refusals_say_what_they_mean_and_what_to_do() {
    let stage = Stage::written("refusals").await;
    let cloud = stage.cloud(A, HERE);
    for (kind, code, remedy) in [
        (PermissionDenied, "UnauthorizedOperation", "administrator"),
        (Unauthenticated, "AuthFailure", "check the keys"),
        (Unauthenticated, "InvalidClientTokenId", "access key"),
        (Unauthenticated, "SignatureDoesNotMatch", "secret key"),
        (ClockSkew, "RequestTimeTooSkewed", "clock"),
        (ServiceNotOpen, "OptInRequired", "sign the account up"),
        (PermissionDenied, "Blocked", "AWS Support"),
        (InvalidInput, "InvalidParameterValue", "correct"),
        (InvalidInput, "InvalidVpcID.Malformed", "correct"),
        (InvalidInput, "MissingParameter", "correct"),
        (Unsupported, "InvalidAction", "endpoint"),
        (Refused, "DryRunOperation", "would be allowed"),
        (Refused, "Never.Heard.Of", ""),
    ] {
        let error = cloud.list_networks(&Select::All).await.expect_err(code);
        assert_eq!((error.kind(), error.code()), (kind, Some(code)));
        has_remedy(&error, remedy);
        assert_eq!(error.operation(), Some("DescribeVpcs"));
        assert!(
            error
                .place()
                .is_some_and(|place| place.account.as_str() == A)
        );
        assert!(
            error
                .request_id()
                .is_some_and(|id| id.starts_with("00000000-"))
        );
    }
    assert!(
        stage.clock.delays().is_empty(),
        "nothing of this gets better by waiting"
    );
    stage.end();
}

#[tokio::test]
async fn a_region_that_is_not_enabled_is_told_from_wrong_keys() {
    let stage = Stage::written("region-not-enabled").await;
    let cloud = stage.cloud(A, "me-south-1");
    let listed = cloud.list_networks(&Select::All).await;
    let error = listed.expect_err("not enabled");
    assert_eq!(
        (error.kind(), error.code()),
        (ServiceNotOpen, Some("AuthFailure"))
    );
    has_remedy(&error, "enable region me-south-1");
    stage.end();
}

#[tokio::test]
async fn whatever_is_full_is_told_as_full() {
    let stage = Stage::written("quotas").await;
    let cloud = stage.cloud(A, HERE);
    let full = |code: &str| (QuotaExceeded, code.to_owned());
    assert_eq!(
        told(cloud.create_network(&network()).await),
        full("VpcLimitExceeded")
    );
    assert_eq!(
        told(cloud.create_subnet(&subnet("vpc-1")).await),
        full("SubnetLimitExceeded")
    );
    let group = CreateGroup::new(label("g", "group/g"), "vpc-1".into());
    assert_eq!(
        told(cloud.create_group(&group).await),
        full("SecurityGroupLimitExceeded")
    );
    let rules = [ping()];
    let added = cloud
        .authorize_rules(&"sg-1".into(), "recorded", &rules)
        .await;
    assert_eq!(told(added), full("RulesPerSecurityGroupLimitExceeded"));
    assert_eq!(
        told(cloud.create_route(&route()).await),
        full("RouteLimitExceeded")
    );
    // Requests that wait are accepted sooner or later.
    let code = "OutstandingVpcPeeringConnectionLimitExceeded".to_owned();
    assert_eq!(told(cloud.request_peering(&peering()).await), (Busy, code));
    let code = "VpcPeeringConnectionsPerVpcLimitExceeded";
    assert_eq!(told(cloud.request_peering(&peering()).await), full(code));
    let error = cloud
        .accept_peering(&"pcx-1".into())
        .await
        .expect_err("full");
    assert_eq!(error.kind(), QuotaExceeded);
    has_remedy(&error, "125");
    let instance = RunInstance::new(
        label("i", "instance/i"),
        "subnet-1".into(),
        vec!["sg-1".into()],
        "t3.nano",
        "ami-1",
    );
    assert_eq!(
        told(cloud.run_instance(&instance).await),
        full("VcpuLimitExceeded")
    );
    assert_eq!(
        told(cloud.ensure_trust(&trust()).await),
        full("LimitExceeded")
    );
    assert!(stage.clock.delays().is_empty());
    stage.end();
}

#[tokio::test]
async fn throttling_is_waited_out_but_not_for_ever() {
    let stage = Stage::written("throttling").await;
    let cloud = stage.cloud(A, HERE);
    assert_eq!(cloud.list_networks(&Select::All).await.expect("lists"), []);
    assert!(
        stage.clock.delays().len() >= 2,
        "{:?}",
        stage.clock.delays()
    );
    let error = cloud
        .create_network(&network())
        .await
        .expect_err("throttled");
    assert_eq!((error.kind(), error.is_retryable()), (Throttled, true));
    stage.end();
}

#[tokio::test]
async fn a_secondary_range_is_added_once_and_removed_when_it_is_free() {
    let stage = Stage::written("secondary-ranges").await;
    let cloud = stage.cloud(A, HERE);
    let (id, second) = ("vpc-1".into(), "10.2.0.0/16".parse().expect("a range"));
    for _ in 0..2 {
        cloud.add_range(&id, &second).await.expect("added");
    }
    let error = cloud.remove_range(&id, &second).await.expect_err("in use");
    assert_eq!(error.kind(), ErrorKind::InUse, "{error}");
    for _ in 0..2 {
        cloud.remove_range(&id, &second).await.expect("removed");
    }
    stage.end();
}

#[tokio::test]
async fn what_is_gone_is_deleted_and_what_is_young_is_waited_for() {
    let stage = Stage::written("gone").await;
    let cloud = stage.cloud(A, HERE);
    cloud.delete_network(&"vpc-1".into()).await.expect("gone");
    cloud.delete_subnet(&"subnet-1".into()).await.expect("gone");
    cloud.delete_group(&"sg-1".into()).await.expect("gone");
    cloud.terminate_instance(&"i-1".into()).await.expect("gone");
    let kind = PeeringKind::NetworkToNetwork;
    cloud
        .delete_peering(&"pcx-1".into(), kind)
        .await
        .expect("gone");
    let route = route();
    let gone = cloud.delete_route(&route.table, &route.destination, &route.next_hop);
    gone.await.expect("gone");
    cloud.delete_trust("peer", "recorded").await.expect("gone");
    cloud
        .delete_user("visitor", "recorded")
        .await
        .expect("gone");
    let absent = told(cloud.create_subnet(&subnet("vpc-1")).await);
    assert_eq!(absent, (NotFound, "InvalidVpcID.NotFound".to_owned()));
    let made = cloud.create_network(&network()).await.expect("a network");
    assert!(!made.status.is_ready());
    let error = cloud
        .create_subnet(&subnet(made.id.as_str()))
        .await
        .expect_err("too soon");
    assert_eq!((error.kind(), error.is_retryable()), (Busy, true));
    has_remedy(&error, "moments ago");
    stage.end();
}

#[tokio::test]
async fn what_is_there_already_is_adopted_replaced_or_left_alone() {
    let stage = Stage::written("collisions").await;
    let cloud = stage.cloud(A, HERE);
    cloud
        .create_route(&route())
        .await
        .expect("the dead one is replaced");
    let error = cloud
        .create_route(&route())
        .await
        .expect_err("leads elsewhere");
    assert_eq!(error.kind(), AlreadyExists);
    assert!(error.message().contains("leads to pcx-9"), "{error}");
    let rules = [ping()];
    let added = cloud
        .authorize_rules(&"sg-1".into(), "recorded", &rules)
        .await;
    added.expect("somebody else has added it");
    let error = cloud
        .request_peering(&peering())
        .await
        .expect_err("another topology's");
    assert_eq!(error.kind(), AlreadyExists);
    assert!(error.message().contains("pcx-8 already joins"), "{error}");
    let error = stage.cloud(B, HERE).accept_peering(&"pcx-1".into()).await;
    let error = error.expect_err("the other direction");
    assert_eq!(error.kind(), AlreadyExists);
    has_remedy(&error, "other direction");
    let error = cloud.ensure_trust(&trust()).await.expect_err("not shown");
    assert_eq!(
        (error.kind(), error.code()),
        (Busy, Some("EntityAlreadyExists"))
    );
    stage.end();
}

#[tokio::test]
async fn what_is_needed_is_not_deleted() {
    let stage = Stage::written("dependencies").await;
    let cloud = stage.cloud(A, HERE);
    let in_use = |code: &str| (InUse, code.to_owned());
    assert_eq!(
        told(cloud.delete_network(&"vpc-1".into()).await),
        in_use("DependencyViolation")
    );
    assert_eq!(
        told(cloud.delete_subnet(&"subnet-1".into()).await),
        in_use("DependencyViolation")
    );
    assert_eq!(
        told(cloud.delete_group(&"sg-1".into()).await),
        in_use("DependencyViolation")
    );
    assert_eq!(
        told(cloud.delete_group(&"sg-1".into()).await),
        in_use("InvalidGroup.InUse")
    );
    assert_eq!(
        told(cloud.delete_trust("peer", "recorded").await),
        in_use("DeleteConflict")
    );
    stage.end();
}

#[tokio::test]
async fn lost_answers_are_asked_for_again_unless_they_create() {
    let stage = Stage::written("outages").await;
    let cloud = stage.cloud(A, HERE);
    assert_eq!(cloud.list_networks(&Select::All).await.expect("lists"), []);
    assert_eq!(
        told(cloud.list_networks(&Select::All).await),
        (Unavailable, "Unavailable".to_owned())
    );
    let error = cloud.create_network(&network()).await.expect_err("lost");
    assert_eq!(
        (error.kind(), error.is_retryable()),
        (OutcomeUnknown, false)
    );
    has_remedy(&error, "read the object back");
    let unknown = (OutcomeUnknown, "InternalError".to_owned());
    assert_eq!(told(cloud.create_subnet(&subnet("vpc-1")).await), unknown);
    cloud
        .delete_network(&"vpc-1".into())
        .await
        .expect("the lost one had deleted it");
    let error = cloud
        .delete_subnet(&"subnet-1".into())
        .await
        .expect_err("lost");
    assert_eq!(error.kind(), OutcomeUnknown);
    stage.end();
}

#[tokio::test]
async fn a_session_that_ends_early_is_renewed_once_and_stays_with_its_account() {
    let visitor = Arc::new(StaticCredentials::new("AKIAEXAMPLE", "a"));
    let role = format!("arn:aws:iam::{A}:role/owner");
    let session = AssumeRoleCredentials::new(visitor, role);
    let stage = Stage::written_with("renewal", Arc::new(session)).await;
    let cloud = stage.cloud(A, HERE);
    assert_eq!(cloud.list_networks(&Select::All).await.expect("lists"), []);
    let error = cloud.caller_identity().await.expect_err("over again");
    assert_eq!(
        (error.kind(), error.code()),
        (SessionExpired, Some("ExpiredToken"))
    );
    assert!(!error.is_retryable(), "{error}");
    let error = cloud
        .list_subnets(&Select::All)
        .await
        .expect_err("another account's");
    assert_eq!(error.kind(), Unauthenticated);
    assert!(error.message().contains(B), "{error}");
    stage.end();
}

#[tokio::test]
async fn a_role_that_stays_closed_says_why() {
    let stage = Stage::written("closed-roles").await;
    let cloud = stage.cloud(A, HERE);
    let request = AssumeRole::new(format!("arn:aws:iam::{B}:role/peer"), "recorded");
    for (kind, remedy) in [
        (PermissionDenied, "external id"),
        (PermissionDenied, "keys of a user or a role"),
        (PermissionDenied, "MFA device"),
        (InvalidInput, "shorter session"),
        (ServiceNotOpen, "enable the region"),
    ] {
        let error = cloud.assume_role(&request).await.expect_err(remedy);
        assert_eq!(error.kind(), kind, "{error}");
        has_remedy(&error, remedy);
    }
    let request = SessionToken::new().with_duration(Duration::from_secs(3600));
    for (kind, remedy) in [
        (PermissionDenied, "long-term keys"),
        (InvalidInput, "next code"),
    ] {
        let error = cloud.session_token(&request).await.expect_err(remedy);
        assert_eq!(error.kind(), kind, "{error}");
        has_remedy(&error, remedy);
    }
    stage.end();
}
