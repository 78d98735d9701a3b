//! AWS: instance profiles, and the instances that have them.

mod support;

use std::time::Duration;

use landbridge_sim::{AccountSpec, Simulator};
use serde_json::json;
use support::aws::{A, Aws, IAM, Xml, pair};

const PROFILE: (&str, &str) = ("InstanceProfileName", "probe");
const ROLE: (&str, &str) = ("RoleName", "probe");
const LAUNCHED: (&str, &str) = ("IamInstanceProfile.Name", "probe");

fn pass(simulator: &Simulator, seconds: u64) {
    simulator.advance(Duration::from_secs(seconds));
}

async fn iam(client: &Aws, action: &str, parameters: &[(&str, &str)]) -> Xml {
    client.call(IAM, action, parameters).await
}

async fn create_role(client: &Aws) {
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    let trust = trust.to_string();
    let parameters = [ROLE, ("AssumeRolePolicyDocument", trust.as_str())];
    iam(client, "CreateRole", &parameters).await.ok();
}

async fn create_profile(client: &Aws) {
    create_role(client).await;
    iam(client, "CreateInstanceProfile", &[PROFILE]).await.ok();
    iam(client, "AddRoleToInstanceProfile", &[PROFILE, ROLE])
        .await
        .ok();
}

async fn run(client: &Aws, subnet: &str, more: &[(&str, &str)]) -> Xml {
    let mut parameters = vec![
        ("ImageId", "ami-1"),
        ("MinCount", "1"),
        ("MaxCount", "1"),
        ("SubnetId", subnet),
    ];
    parameters.extend(more);
    client.ec2("RunInstances", &parameters).await
}

#[tokio::test]
async fn a_profile_has_one_role_and_goes_before_it() {
    let (simulator, a, b) = pair().await;
    create_role(&a).await;
    let made = iam(&a, "CreateInstanceProfile", &[PROFILE]).await.ok();
    let arn = format!("arn:aws:iam::{A}:instance-profile/probe");
    assert_eq!(made.text("Arn"), arn);
    assert!(made.text("InstanceProfileId").starts_with("AIPA"));
    iam(&a, "CreateInstanceProfile", &[PROFILE])
        .await
        .refused("EntityAlreadyExists");
    iam(
        &a,
        "AddRoleToInstanceProfile",
        &[PROFILE, ("RoleName", "nobody")],
    )
    .await
    .refused("NoSuchEntity");
    iam(&a, "RemoveRoleFromInstanceProfile", &[PROFILE, ROLE])
        .await
        .refused("NoSuchEntity");
    iam(&a, "AddRoleToInstanceProfile", &[PROFILE, ROLE])
        .await
        .ok();
    iam(&a, "AddRoleToInstanceProfile", &[PROFILE, ROLE])
        .await
        .refused("LimitExceeded");
    let seen = iam(&a, "GetInstanceProfile", &[PROFILE]).await.ok();
    assert_eq!(seen.text("RoleName"), "probe");
    let listed = iam(&a, "ListInstanceProfilesForRole", &[ROLE]).await.ok();
    assert_eq!(listed.all("InstanceProfileName"), ["probe"]);
    iam(&b, "GetInstanceProfile", &[PROFILE])
        .await
        .refused("NoSuchEntity");

    iam(&a, "DeleteRole", &[ROLE])
        .await
        .refused("DeleteConflict");
    iam(&a, "DeleteInstanceProfile", &[PROFILE])
        .await
        .refused("DeleteConflict");
    iam(&a, "RemoveRoleFromInstanceProfile", &[PROFILE, ROLE])
        .await
        .ok();
    iam(&a, "DeleteInstanceProfile", &[PROFILE]).await.ok();
    iam(&a, "DeleteRole", &[ROLE]).await.ok();
    assert_eq!(simulator.alive(), vec![]);
}

#[tokio::test]
async fn ec2_hears_of_a_profile_after_a_while() {
    let (simulator, a, _) = pair().await;
    let (_, subnet) = a.network("10.0.0.0/16", "10.0.1.0/24").await;
    create_role(&a).await;
    iam(&a, "CreateInstanceProfile", &[PROFILE]).await.ok();
    let fresh = run(&a, &subnet, &[LAUNCHED]).await;
    fresh.refused("InvalidParameterValue");
    pass(&simulator, 11);
    let empty = run(&a, &subnet, &[LAUNCHED]).await;
    assert!(
        empty.body.contains("has no associated IAM Roles"),
        "{empty:?}"
    );
    iam(&a, "AddRoleToInstanceProfile", &[PROFILE, ROLE])
        .await
        .ok();
    pass(&simulator, 11);
    let launched = run(&a, &subnet, &[LAUNCHED]).await.ok();
    let arn = format!("arn:aws:iam::{A}:instance-profile/probe");
    assert_eq!(
        Xml {
            status: 200,
            body: launched.text("iamInstanceProfile")
        }
        .text("arn"),
        arn
    );
    run(&a, &subnet, &[("IamInstanceProfile.Arn", &arn)])
        .await
        .ok();
    run(&a, &subnet, &[LAUNCHED, ("IamInstanceProfile.Arn", &arn)])
        .await
        .refused("InvalidParameterCombination");
    run(&a, &subnet, &[("IamInstanceProfile.Name", "nobody")])
        .await
        .refused("InvalidParameterValue");
}

#[tokio::test]
async fn a_profile_comes_and_goes_while_an_instance_runs() {
    let (simulator, a, _) = pair().await;
    let (_, subnet) = a.network("10.0.0.0/16", "10.0.1.0/24").await;
    create_profile(&a).await;
    pass(&simulator, 11);
    let instance = run(&a, &subnet, &[]).await.ok().text("instanceId");
    let of_instance = [("InstanceId", instance.as_str())];
    let wanted = [of_instance[0], LAUNCHED];
    let made = a.ok("AssociateIamInstanceProfile", &wanted).await;
    assert_eq!(made.text("state"), "associating");
    a.ec2("AssociateIamInstanceProfile", &wanted)
        .await
        .refused("IncorrectState");
    pass(&simulator, 3);
    let here = [
        ("Filter.1.Name", "instance-id"),
        ("Filter.1.Value.1", instance.as_str()),
    ];
    let seen = a.ok("DescribeIamInstanceProfileAssociations", &here).await;
    assert_eq!(seen.text("state"), "associated");
    let id = seen.text("associationId");
    assert!(id.starts_with("iip-assoc-"));
    let named = [("AssociationId", id.as_str())];
    let going = a.ok("DisassociateIamInstanceProfile", &named).await;
    assert_eq!(going.text("state"), "disassociating");
    pass(&simulator, 3);
    let seen = a.ok("DescribeIamInstanceProfileAssociations", &[]).await;
    assert_eq!(seen.text("associationId"), "");
    a.ec2("DisassociateIamInstanceProfile", &named)
        .await
        .refused("NoSuchAssociation");
    a.ok("AssociateIamInstanceProfile", &wanted).await;
    a.ok("TerminateInstances", &[("InstanceId.1", &instance)])
        .await;
    pass(&simulator, 30);
    let seen = a.ok("DescribeIamInstanceProfileAssociations", &[]).await;
    assert_eq!(seen.text("associationId"), "");
    a.ec2("AssociateIamInstanceProfile", &wanted)
        .await
        .refused("IncorrectInstanceState");
}

/// A user who may do everything, but pass no role unless a statement allows it.
async fn user(simulator: &Simulator, name: &str, more: serde_json::Value) -> Aws {
    let mut statements =
        vec![json!({"Effect": "Allow", "Action": ["ec2:*", "iam:*Instance*"], "Resource": "*"})];
    statements.extend(more.as_array().cloned().unwrap_or_default());
    let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let spec = AccountSpec::new("aws", A).name(name).policy(policy);
    Aws::new(simulator, &simulator.provision(spec), "us-east-1")
}

#[tokio::test]
async fn who_launches_with_a_profile_must_be_allowed_to_pass_its_role() {
    let (simulator, a, _) = pair().await;
    let (_, subnet) = a.network("10.0.0.0/16", "10.0.1.0/24").await;
    create_profile(&a).await;
    pass(&simulator, 11);
    let role = format!("arn:aws:iam::{A}:role/probe");
    let may_pass = json!([{"Effect": "Allow", "Action": "iam:PassRole", "Resource": role,
        "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}}]);
    let unable = user(&simulator, "unable", json!([])).await;
    let able = user(&simulator, "able", may_pass).await;
    let refused = run(&unable, &subnet, &[LAUNCHED]).await;
    assert!(
        refused.body.contains("iam:PassRole on resource"),
        "{refused:?}"
    );
    run(&unable, &subnet, &[]).await.ok();
    run(&able, &subnet, &[LAUNCHED]).await.ok();
    iam(&a, "RemoveRoleFromInstanceProfile", &[PROFILE, ROLE])
        .await
        .ok();
    iam(&unable, "AddRoleToInstanceProfile", &[PROFILE, ROLE])
        .await
        .refused("AccessDenied");
    iam(&able, "AddRoleToInstanceProfile", &[PROFILE, ROLE])
        .await
        .ok();
}
