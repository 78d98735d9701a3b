//! AWS: roles, trust, second factors, and what policies allow.

mod support;

use std::time::Duration;

use landbridge_sim::{AccountSpec, IdentityKind, RoleSpec, aws_choices::MFA_CODE};
use serde_json::json;
use support::aws::{A, Aws, B, IAM, STS, Xml, pair};

const ROLE: &str = "arn:aws:iam::444455556666:role/peer";

async fn assume(client: &Aws, arn: &str, more: &[(&str, &str)]) -> Xml {
    let mut parameters = vec![("RoleArn", arn), ("RoleSessionName", "me")];
    parameters.extend(more);
    client.call(STS, "AssumeRole", &parameters).await
}

fn trusting(principal: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}]})
    .to_string()
}

async fn create_role(client: &Aws, name: &str, trust: &str) -> Xml {
    let parameters = [("RoleName", name), ("AssumeRolePolicyDocument", trust)];
    client.call(IAM, "CreateRole", &parameters).await
}

async fn allow(client: &Aws, role: &str, statements: &serde_json::Value) {
    let document = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let parameters = [
        ("RoleName", role),
        ("PolicyName", "p"),
        ("PolicyDocument", document.as_str()),
    ];
    client.call(IAM, "PutRolePolicy", &parameters).await.ok();
}

#[tokio::test]
async fn a_trusted_caller_gets_a_session_in_the_other_account() {
    let (simulator, a, _) = pair().await;
    simulator.provision_role(RoleSpec::new(B, "peer").trust(A).external_id("deal-1"));
    assume(&a, ROLE, &[]).await.refused("AccessDenied");
    assume(&a, ROLE, &[("ExternalId", "deal-2")])
        .await
        .refused("AccessDenied");
    assume(&a, ROLE, &[("ExternalId", "x")])
        .await
        .refused("ValidationError");
    let answer = assume(&a, ROLE, &[("ExternalId", "deal-1")]).await.ok();
    let session = a.with_session(&answer);
    let identity = session.call(STS, "GetCallerIdentity", &[]).await.ok();
    assert_eq!(identity.text("Account"), B);
    assert_eq!(
        identity.text("Arn"),
        format!("arn:aws:sts::{B}:assumed-role/peer/me")
    );
    session.vpc("10.0.0.0/16").await;
    assert_eq!(simulator.alive()[0].account, B);
}

#[tokio::test]
async fn strangers_and_roots_are_refused() {
    let (simulator, a, b) = pair().await;
    let trust = format!("arn:aws:iam::{A}:user/alice");
    simulator.provision_role(RoleSpec::new(B, "peer").trust(trust));
    assume(&b, ROLE, &[]).await.refused("AccessDenied");
    assume(&a, "arn:aws:iam::444455556666:role/nobody", &[])
        .await
        .refused("AccessDenied");
    let root = AccountSpec::new("aws", A).identity(IdentityKind::Root);
    let root = Aws::new(&simulator, &simulator.provision(root), "us-east-1");
    assume(&root, ROLE, &[]).await.refused("AccessDenied");
    assume(&a, ROLE, &[]).await.ok();
}

#[tokio::test]
async fn durations_are_capped_by_the_role_and_by_chaining() {
    let (simulator, a, b) = pair().await;
    let long = trusting(&format!("arn:aws:iam::{A}:root"));
    let parameters = [
        ("RoleName", "peer"),
        ("AssumeRolePolicyDocument", long.as_str()),
        ("MaxSessionDuration", "7200"),
    ];
    b.call(IAM, "CreateRole", &parameters).await.ok();
    simulator.provision_role(RoleSpec::new(A, "first").trust(A));
    simulator.advance(Duration::from_secs(60));
    let lasting = |seconds| [("DurationSeconds", seconds)];
    for seconds in ["899", "43201", "7201"] {
        assume(&a, ROLE, &lasting(seconds))
            .await
            .refused("ValidationError");
    }
    assume(&a, ROLE, &lasting("7200")).await.ok();
    let first = assume(&a, &format!("arn:aws:iam::{A}:role/first"), &[]).await;
    let first = a.with_session(&first.ok());
    assume(&first, ROLE, &lasting("7200"))
        .await
        .refused("ValidationError");
    assume(&first, ROLE, &lasting("3600")).await.ok();
    first
        .call(STS, "GetSessionToken", &[])
        .await
        .refused("AccessDenied");
}

#[tokio::test]
async fn a_second_factor_counts_on_the_call_or_on_the_session() {
    let (simulator, a, _) = pair().await;
    simulator.provision_role(RoleSpec::new(B, "peer").trust(A).requires_mfa());
    let serial = format!("arn:aws:iam::{A}:mfa/alice");
    let factor = |code| [("SerialNumber", serial.as_str()), ("TokenCode", code)];
    assume(&a, ROLE, &[]).await.refused("AccessDenied");
    assume(&a, ROLE, &factor("000000"))
        .await
        .refused("AccessDenied");
    assume(&a, ROLE, &factor(MFA_CODE)[..1])
        .await
        .refused("AccessDenied");
    assume(&a, ROLE, &factor(MFA_CODE)).await.ok();
    let plain = a.call(STS, "GetSessionToken", &[]).await.ok();
    assume(&a.with_session(&plain), ROLE, &[])
        .await
        .refused("AccessDenied");
    let strong = a.call(STS, "GetSessionToken", &factor(MFA_CODE)).await.ok();
    let strong = a.with_session(&strong);
    assume(&strong, ROLE, &[]).await.ok();
    strong.call(IAM, "ListRoles", &[]).await.ok();
    let plain = a.with_session(&plain);
    plain
        .call(IAM, "ListRoles", &[])
        .await
        .refused("AccessDenied");
}

#[tokio::test]
async fn a_new_role_is_not_known_at_once() {
    let (simulator, a, b) = pair().await;
    let trust = trusting(&format!("arn:aws:iam::{A}:user/alice"));
    create_role(&b, "peer", &trust).await.ok();
    create_role(&b, "peer", &trust)
        .await
        .refused("EntityAlreadyExists");
    assume(&a, ROLE, &[]).await.refused("AccessDenied");
    create_role(&a, "hop", &trusting(ROLE))
        .await
        .refused("MalformedPolicyDocument");
    simulator.advance(Duration::from_secs(10));
    assume(&a, ROLE, &[]).await.ok();
    create_role(&a, "hop", &trusting(ROLE)).await.ok();
    create_role(
        &a,
        "none",
        &trusting(&format!("arn:aws:iam::{B}:user/ghost")),
    )
    .await
    .refused("MalformedPolicyDocument");
    create_role(&a, "none", "nope")
        .await
        .refused("MalformedPolicyDocument");
}

#[tokio::test]
async fn a_role_goes_only_without_policies() {
    let (simulator, _, b) = pair().await;
    create_role(&b, "peer", &trusting(A)).await.ok();
    let role = ("RoleName", "peer");
    let managed = ("PolicyArn", "arn:aws:iam::aws:policy/AmazonVPCFullAccess");
    allow(
        &b,
        "peer",
        &json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]),
    )
    .await;
    b.call(IAM, "AttachRolePolicy", &[role, managed]).await.ok();
    b.call(
        IAM,
        "AttachRolePolicy",
        &[role, ("PolicyArn", "arn:aws:iam::aws:policy/No")],
    )
    .await
    .refused("NoSuchEntity");
    let names = b.call(IAM, "ListRolePolicies", &[role]).await.ok();
    assert_eq!(names.all("member"), ["p"]);
    b.call(IAM, "DeleteRole", &[role])
        .await
        .refused("DeleteConflict");
    b.call(IAM, "DetachRolePolicy", &[role, managed]).await.ok();
    b.call(IAM, "DeleteRole", &[role])
        .await
        .refused("DeleteConflict");
    b.call(IAM, "DeleteRolePolicy", &[role, ("PolicyName", "p")])
        .await
        .ok();
    b.call(IAM, "DeleteRole", &[role]).await.ok();
    b.call(IAM, "GetRole", &[role])
        .await
        .refused("NoSuchEntity");
    assert!(simulator.alive().is_empty());
}

/// The requester's least-privilege policy can do exactly its part.
#[tokio::test]
async fn policies_limit_actions_resources_and_conditions() {
    let (simulator, a, b) = pair().await;
    let (own, other) = (a.vpc("10.0.0.0/16").await, a.vpc("10.1.0.0/16").await);
    let peer = b.vpc("10.2.0.0/16").await;
    let place = format!("arn:aws:ec2:us-east-1:{A}");
    let request = json!([
        {"Effect": "Allow", "Action": "ec2:CreateVpcPeeringConnection", "Resource": format!("{place}:vpc/{own}")},
        {"Effect": "Allow", "Action": "ec2:CreateVpcPeeringConnection",
         "Resource": format!("{place}:vpc-peering-connection/*"),
         "Condition": {"ArnEquals": {"ec2:AccepterVpc": format!("arn:aws:ec2:us-east-1:{B}:vpc/{peer}")}}},
        {"Effect": "Allow", "Action": "ec2:CreateRoute", "Resource": format!("{place}:route-table/*"),
         "Condition": {"ArnEquals": {"ec2:Vpc": format!("{place}:vpc/{own}")}}},
    ]);
    create_role(&a, "requester", &trusting(A)).await.ok();
    allow(&a, "requester", &request).await;
    simulator.advance(Duration::from_secs(10));
    let session = assume(&a, &format!("arn:aws:iam::{A}:role/requester"), &[]).await;
    let session = a.with_session(&session.ok());
    let parameters = |vpc: &str, peer: &str| {
        vec![
            ("VpcId", vpc.to_owned()),
            ("PeerVpcId", peer.to_owned()),
            ("PeerOwnerId", B.to_owned()),
        ]
    };
    let ask = async |vpc: &str, peer: &str, more: &[(&str, &str)]| {
        let parameters = parameters(vpc, peer);
        let mut parameters: Vec<_> = parameters.iter().map(|(k, v)| (*k, v.as_str())).collect();
        parameters.extend(more);
        session.ec2("CreateVpcPeeringConnection", &parameters).await
    };
    ask(&other, &peer, &[])
        .await
        .refused("UnauthorizedOperation");
    ask(&own, "vpc-0123", &[])
        .await
        .refused("UnauthorizedOperation");
    let dry = ask(&own, &peer, &[("DryRun", "true")]).await;
    assert_eq!(dry.status, 412);
    dry.refused("DryRunOperation");
    let tag = [
        ("TagSpecification.1.ResourceType", "vpc-peering-connection"),
        ("TagSpecification.1.Tag.1.Key", "k"),
    ];
    ask(&own, &peer, &tag)
        .await
        .refused("UnauthorizedOperation");
    let id = ask(&own, &peer, &[])
        .await
        .ok()
        .text("vpcPeeringConnectionId");
    simulator.advance(Duration::from_secs(3));
    session
        .peering("Delete", &id)
        .await
        .refused("UnauthorizedOperation");
    let table = a.main_table(&own).await;
    let route = [
        ("RouteTableId", table.as_str()),
        ("DestinationCidrBlock", "10.2.0.0/16"),
        ("VpcPeeringConnectionId", id.as_str()),
    ];
    session.ok("CreateRoute", &route).await;
    session
        .ec2("DescribeVpcs", &[])
        .await
        .refused("UnauthorizedOperation");
}

#[tokio::test]
async fn a_session_policy_narrows_the_role() {
    let (simulator, a, _) = pair().await;
    simulator.provision_role(RoleSpec::new(B, "peer").trust(A));
    let policy =
        json!({"Statement": [{"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}]});
    let policy = policy.to_string();
    let session = assume(&a, ROLE, &[("Policy", &policy)]).await.ok();
    let session = a.with_session(&session);
    session.ok("DescribeVpcs", &[]).await;
    session
        .ec2("CreateVpc", &[("CidrBlock", "10.0.0.0/16")])
        .await
        .refused("UnauthorizedOperation");
    session.call(STS, "GetCallerIdentity", &[]).await.ok();
}
