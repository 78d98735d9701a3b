//! What sessions and restricted users may do.

mod support;

use std::time::Duration;

use landbridge_sim::{AccountSpec, RoleSpec, Simulator};
use serde_json::{Value, json};
use support::{A, B, CBN, CDT, Client, ECS, RAM, REGION, STS, VPC, control, start, text, vpc};

const DELAY: Duration = Duration::from_secs(10);

fn document(statements: &Value) -> String {
    json!({"Version": "1", "Statement": statements}).to_string()
}

/// A role that its own account may assume.
async fn create_role(client: &Client, name: &str) {
    let trust = document(&json!([
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [format!("acs:ram::{A}:root")]}}]));
    let parameters = [
        ("RoleName", name),
        ("AssumeRolePolicyDocument", trust.as_str()),
    ];
    client.ok(RAM, "CreateRole", &parameters).await;
}

async fn attach(client: &Client, role: &str, kind: &str, policy: &str) {
    let parameters = [
        ("RoleName", role),
        ("PolicyType", kind),
        ("PolicyName", policy),
    ];
    client.ok(RAM, "AttachPolicyToRole", &parameters).await;
}

async fn custom(client: &Client, role: &str, policy: &str, statements: &Value) {
    let text = document(statements);
    let parameters = [("PolicyName", policy), ("PolicyDocument", text.as_str())];
    client.ok(RAM, "CreatePolicy", &parameters).await;
    attach(client, role, "Custom", policy).await;
}

async fn session(client: &Client, account: &str, role: &str) -> Client {
    let arn = format!("acs:ram::{account}:role/{role}");
    let parameters = [("RoleArn", arn.as_str()), ("RoleSessionName", "me")];
    client.with_session(&client.ok(STS, "AssumeRole", &parameters).await)
}

/// A session of a role with these permissions.
async fn with(simulator: &Simulator, client: &Client, statements: &Value) -> Client {
    create_role(client, "limited").await;
    custom(client, "limited", "limits", statements).await;
    simulator.advance(DELAY);
    session(client, A, "limited").await
}

const VPC_PARAMETERS: [(&str, &str); 2] = [REGION, ("CidrBlock", "10.0.0.0/16")];

#[tokio::test]
async fn a_role_without_policies_may_do_nothing_but_say_who_it_is() {
    let (simulator, client) = start().await;
    create_role(&client, "empty").await;
    simulator.advance(DELAY);
    let session = session(&client, A, "empty").await;
    session.ok(STS, "GetCallerIdentity", &[]).await;
    let regions = [REGION];
    let role = [("RoleName", "empty")];
    for (version, action, parameters, code, name) in [
        (
            VPC,
            "DescribeVpcs",
            &regions[..],
            "Forbidden.RAM",
            "vpc:DescribeVpcs",
        ),
        (
            ECS,
            "DescribeInstances",
            &regions,
            "Forbidden.RAM",
            "ecs:DescribeInstances",
        ),
        (CBN, "DescribeCens", &[], "Unauthorized", "cen:DescribeCens"),
        (
            CDT,
            "GetCdtServiceStatus",
            &[],
            "NoPermission",
            "cdt:GetCdtServiceStatus",
        ),
        (RAM, "GetRole", &role, "NoPermission", "ram:GetRole"),
        (STS, "AssumeRole", &[], "NoPermission", "sts:AssumeRole"),
    ] {
        let answer = session.call(version, action, parameters).await;
        let status = if version == CBN { 400 } else { 403 };
        assert_eq!(answer.status, status);
        let detail = &answer.body["AccessDeniedDetail"];
        assert_eq!(
            (
                text(&detail["AuthAction"]),
                text(&detail["NoPermissionType"])
            ),
            (name.to_owned(), "ImplicitDeny".to_owned())
        );
        assert_eq!(detail["AuthPrincipalOwnerId"], A);
        answer.refused(code);
    }
}

#[tokio::test]
async fn system_policies_open_their_products() {
    let (simulator, client) = start().await;
    create_role(&client, "net").await;
    attach(&client, "net", "System", "AliyunVPCFullAccess").await;
    simulator.advance(DELAY);
    let net = session(&client, A, "net").await;
    net.ok(VPC, "CreateVpc", &VPC_PARAMETERS).await;
    net.call(CBN, "CreateCen", &[])
        .await
        .refused("Unauthorized");
    attach(&client, "net", "System", "AliyunCENFullAccess").await;
    net.call(CBN, "CreateCen", &[])
        .await
        .refused("Unauthorized");
    simulator.advance(DELAY);
    net.ok(CBN, "CreateCen", &[]).await;
    create_role(&client, "reader").await;
    attach(&client, "reader", "System", "ReadOnlyAccess").await;
    simulator.advance(DELAY);
    let reader = session(&client, A, "reader").await;
    reader.ok(VPC, "DescribeVpcs", &[REGION]).await;
    reader.ok(RAM, "ListRoles", &[]).await;
    reader
        .call(VPC, "CreateVpc", &VPC_PARAMETERS)
        .await
        .refused("Forbidden.RAM");
}

#[tokio::test]
async fn denials_win_and_say_so() {
    let (simulator, client) = start().await;
    let statements = json!([
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": ["vpc:Create*"], "Resource": "*"}]);
    let session = with(&simulator, &client, &statements).await;
    session.ok(VPC, "DescribeVpcs", &[REGION]).await;
    let denied = session.call(VPC, "CreateVpc", &VPC_PARAMETERS).await;
    assert_eq!(
        denied.body["AccessDeniedDetail"]["NoPermissionType"],
        "ExplicitDeny"
    );
    denied.refused("Forbidden.RAM");
    let rehearsal = [REGION, VPC_PARAMETERS[1], ("DryRun", "true")];
    session
        .call(VPC, "CreateVpc", &rehearsal)
        .await
        .refused("Forbidden.RAM");
}

#[tokio::test]
async fn resources_limit_regions_accounts_and_ids() {
    let (simulator, client) = start().await;
    let own = text(&vpc(&client, "10.0.0.0/16").await["VpcId"]);
    let other = text(&vpc(&client, "10.1.0.0/16").await["VpcId"]);
    let statements = json!([
        {"Effect": "Allow", "Action": "vpc:Describe*", "Resource": "acs:vpc:cn-hangzhou:*:vpc/*"},
        {"Effect": "Allow", "Action": "vpc:DeleteVpc", "Resource": [format!("acs:vpc:*:{A}:vpc/{own}")]},
        {"Effect": "Allow", "Action": "vpc:CreateVpc", "Resource": format!("acs:vpc:*:{B}:*")}]);
    let session = with(&simulator, &client, &statements).await;
    session.ok(VPC, "DescribeVpcs", &[REGION]).await;
    session
        .call(VPC, "DescribeVpcs", &[("RegionId", "cn-qingdao")])
        .await
        .refused("Forbidden.RAM");
    session
        .call(VPC, "CreateVpc", &VPC_PARAMETERS)
        .await
        .refused("Forbidden.RAM");
    session
        .call(VPC, "DeleteVpc", &[REGION, ("VpcId", &other)])
        .await
        .refused("Forbidden.RAM");
    session
        .ok(VPC, "DeleteVpc", &[REGION, ("VpcId", &own)])
        .await;
}

#[tokio::test]
async fn a_session_follows_its_roles_policies() {
    let (simulator, client) = start().await;
    let statements = json!([{"Effect": "Allow", "Action": "vpc:*", "Resource": "*"}]);
    let session = with(&simulator, &client, &statements).await;
    session.ok(VPC, "DescribeVpcs", &[REGION]).await;
    let text = document(&json!([{"Effect": "Allow", "Action": "ecs:*", "Resource": "*"}]));
    let version = [
        ("PolicyName", "limits"),
        ("PolicyDocument", text.as_str()),
        ("SetAsDefault", "true"),
    ];
    client.ok(RAM, "CreatePolicyVersion", &version).await;
    session
        .call(VPC, "DescribeVpcs", &[REGION])
        .await
        .refused("Forbidden.RAM");
    session.ok(ECS, "DescribeInstances", &[REGION]).await;
    let cascade = [("PolicyName", "limits"), ("CascadingDelete", "true")];
    client.ok(RAM, "DeletePolicy", &cascade).await;
    session
        .call(ECS, "DescribeInstances", &[REGION])
        .await
        .refused("Forbidden.RAM");
    client
        .ok(RAM, "DeleteRole", &[("RoleName", "limited")])
        .await;
    simulator.provision_role(RoleSpec::new(A, "limited").trust(A));
    session
        .call(ECS, "DescribeInstances", &[REGION])
        .await
        .refused("Forbidden.RAM");
}

#[tokio::test]
async fn a_session_needs_permission_to_assume_the_next_role() {
    let (simulator, client) = start().await;
    simulator.provision(AccountSpec::new("aliyun", B));
    simulator.provision_role(RoleSpec::new(B, "near").trust(A));
    simulator.provision_role(RoleSpec::new(B, "far").trust(A));
    let statements = json!([
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": format!("acs:ram:*:{B}:role/near")}]);
    let hop = with(&simulator, &client, &statements).await;
    session(&hop, B, "near").await;
    let arn = format!("acs:ram::{B}:role/far");
    let parameters = [("RoleArn", arn.as_str()), ("RoleSessionName", "me")];
    hop.call(STS, "AssumeRole", &parameters)
        .await
        .refused("NoPermission");
}

#[tokio::test]
async fn a_user_can_be_restricted() {
    let simulator = Simulator::start().await.expect("a loopback port");
    let reads = document(&json!([{"Effect": "Allow", "Action": "vpc:Describe*", "Resource": "*"}]));
    let keys = simulator.provision(AccountSpec::new("aliyun", A).policy(reads.clone()));
    let user = Client::new(&simulator, &keys);
    user.ok(VPC, "DescribeVpcs", &[REGION]).await;
    let denied = user.call(VPC, "CreateVpc", &VPC_PARAMETERS).await;
    assert_eq!(
        denied.body["AccessDeniedDetail"]["AuthPrincipalType"],
        "SubUser"
    );
    denied.refused("Forbidden.RAM");
    let broken = AccountSpec::new("aliyun", B).policy("nope");
    Client::new(&simulator, &simulator.provision(broken))
        .call(VPC, "DescribeVpcs", &[REGION])
        .await
        .refused("Forbidden.RAM");
    let policy: Value = serde_json::from_str(&reads).expect("JSON");
    let id = "1234567890123458";
    let body = json!({"cloud": "aliyun", "id": id, "policy": policy}).to_string();
    let keys = control(&simulator, "POST", "/_sim/accounts", &body).await;
    let keys = keys.ok();
    let mut third = user.clone();
    third.key_id = text(&keys["access_key_id"]);
    third.secret = text(&keys["access_key_secret"]);
    third.ok(VPC, "DescribeVpcs", &[REGION]).await;
    third
        .call(VPC, "CreateVpc", &VPC_PARAMETERS)
        .await
        .refused("Forbidden.RAM");
}
