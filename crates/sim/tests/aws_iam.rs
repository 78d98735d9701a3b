//! AWS: what clients do to roles and users besides trusting them.

mod support;

use std::time::Duration;

use landbridge_sim::{AccountSpec, Simulator};
use serde_json::json;
use support::aws::{A, Aws, B, IAM, STS, Xml, pair};

const ROLE: (&str, &str) = ("RoleName", "peer");
const USER: (&str, &str) = ("UserName", "carol");

async fn call(client: &Aws, action: &str, parameters: &[(&str, &str)]) -> Xml {
    client.call(IAM, action, parameters).await
}

fn document(statements: &serde_json::Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

async fn create_role(client: &Aws) -> Xml {
    let trust = document(
        &json!([{"Effect": "Allow", "Principal": {"AWS": A}, "Action": "sts:AssumeRole"}]),
    );
    let parameters = [
        ROLE,
        ("AssumeRolePolicyDocument", trust.as_str()),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "net"),
    ];
    call(client, "CreateRole", &parameters).await
}

#[tokio::test]
async fn an_account_has_one_alias_or_none() {
    let (simulator, _, b) = pair().await;
    let none = call(&b, "ListAccountAliases", &[]).await.ok();
    assert!(none.all("member").is_empty());
    let keys = simulator.provision(AccountSpec::new("aws", A).name("alice").alias("acme"));
    let a = Aws::new(&simulator, &keys, "us-east-1");
    let aliases = call(&a, "ListAccountAliases", &[]).await.ok();
    assert_eq!(aliases.all("member"), ["acme"]);
}

#[tokio::test]
async fn a_role_can_be_changed() {
    let (simulator, a, b) = pair().await;
    create_role(&b).await.ok();
    for seconds in ["3599", "43201"] {
        call(&b, "UpdateRole", &[ROLE, ("MaxSessionDuration", seconds)])
            .await
            .refused("ValidationError");
    }
    let changes = [
        ROLE,
        ("MaxSessionDuration", "7200"),
        ("Description", "peers"),
    ];
    call(&b, "UpdateRole", &changes).await.ok();
    let role = call(&b, "GetRole", &[ROLE]).await.ok();
    assert_eq!(role.text("MaxSessionDuration"), "7200");
    assert_eq!(role.text("Description"), "peers");
    call(&b, "UpdateRole", &[("RoleName", "nobody")])
        .await
        .refused("NoSuchEntity");
    simulator.advance(Duration::from_secs(60));
    let arn = format!("arn:aws:iam::{B}:role/peer");
    let parameters = [
        ("RoleArn", arn.as_str()),
        ("RoleSessionName", "me"),
        ("DurationSeconds", "7200"),
    ];
    a.call(STS, "AssumeRole", &parameters).await.ok();
}

#[tokio::test]
async fn roles_and_users_have_tags() {
    let (_simulator, _, b) = pair().await;
    create_role(&b).await.ok();
    call(&b, "CreateUser", &[USER]).await.ok();
    for (of, tag, untag, list) in [
        (ROLE, "TagRole", "UntagRole", "ListRoleTags"),
        (USER, "TagUser", "UntagUser", "ListUserTags"),
    ] {
        let tags = [
            of,
            ("Tags.member.1.Key", "team"),
            ("Tags.member.1.Value", "core"),
            ("Tags.member.2.Key", "env"),
        ];
        call(&b, tag, &tags).await.ok();
        let tags = call(&b, list, &[of]).await.ok();
        assert_eq!(tags.all("Key"), ["env", "team"]);
        assert_eq!(tags.all("Value"), ["", "core"]);
        let keys = [of, ("TagKeys.member.1", "env")];
        call(&b, untag, &keys).await.ok();
        assert_eq!(call(&b, list, &[of]).await.ok().all("Key"), ["team"]);
        call(&b, tag, &[of, ("Tags.member.1.Value", "x")])
            .await
            .refused("ValidationError");
        let names: Vec<_> = (0..50)
            .map(|n| (format!("Tags.member.{n}.Key"), format!("k{n}")))
            .collect();
        let mut many = vec![of];
        many.extend(names.iter().map(|(k, v)| (k.as_str(), v.as_str())));
        call(&b, tag, &many).await.refused("LimitExceeded");
    }
    assert!(call(&b, "GetRole", &[ROLE]).await.body.contains("<Tags>"));
    for action in ["TagRole", "UntagRole", "ListRoleTags"] {
        call(&b, action, &[("RoleName", "nobody")])
            .await
            .refused("NoSuchEntity");
    }
    for action in ["TagUser", "UntagUser", "ListUserTags"] {
        call(&b, action, &[("UserName", "nobody")])
            .await
            .refused("NoSuchEntity");
    }
}

#[tokio::test]
async fn a_user_goes_only_without_policies() {
    let (simulator, _, b) = pair().await;
    let tag = [
        USER,
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "net"),
    ];
    let user = call(&b, "CreateUser", &tag).await.ok();
    assert_eq!(user.text("Value"), "net");
    call(&b, "CreateUser", &tag)
        .await
        .refused("EntityAlreadyExists");
    let text = document(&json!([{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]));
    let policy = ("PolicyName", "p");
    let put = [USER, policy, ("PolicyDocument", text.as_str())];
    call(&b, "PutUserPolicy", &put).await.ok();
    call(
        &b,
        "PutUserPolicy",
        &[USER, policy, ("PolicyDocument", "nope")],
    )
    .await
    .refused("MalformedPolicyDocument");
    let shown = call(&b, "GetUserPolicy", &[USER, policy]).await.ok();
    assert!(shown.text("PolicyDocument").contains("ec2%3A%2A"));
    let names = call(&b, "ListUserPolicies", &[USER]).await.ok();
    assert_eq!(names.all("member"), ["p"]);
    call(&b, "DeleteUser", &[USER])
        .await
        .refused("DeleteConflict");
    call(&b, "DeleteUserPolicy", &[USER, policy]).await.ok();
    for action in ["DeleteUserPolicy", "GetUserPolicy"] {
        call(&b, action, &[USER, policy])
            .await
            .refused("NoSuchEntity");
    }
    call(&b, "DeleteUser", &[USER]).await.ok();
    for action in ["DeleteUser", "GetUser", "ListUserPolicies"] {
        call(&b, action, &[USER]).await.refused("NoSuchEntity");
    }
    call(&b, "PutUserPolicy", &put)
        .await
        .refused("NoSuchEntity");
    assert!(simulator.alive().is_empty());
}

#[tokio::test]
async fn users_of_the_setup_have_keys_and_stay() {
    let (_simulator, _, b) = pair().await;
    call(&b, "CreateUser", &[USER]).await.ok();
    let users = call(&b, "ListUsers", &[]).await.ok();
    assert_eq!(users.all("UserName"), ["bob", "carol"]);
    let bob = ("UserName", "bob");
    call(&b, "DeleteUser", &[bob])
        .await
        .refused("DeleteConflict");
    let own = call(&b, "GetUser", &[]).await.ok();
    let identity = b.call(STS, "GetCallerIdentity", &[]).await.ok();
    assert_eq!(own.text("UserName"), "bob");
    assert_eq!(own.text("UserId"), identity.text("UserId"));
}

#[tokio::test]
async fn a_restricted_user_may_do_what_policies_allow() {
    let simulator = Simulator::start().await.expect("a loopback port");
    let reads = document(&json!([{"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}]));
    let spec = AccountSpec::new("aws", A).name("alice");
    let keys = simulator.provision(spec.clone().policy(reads));
    let restricted = Aws::new(&simulator, &keys, "us-east-1");
    let full = spec.name("root-like").access_key("AKIAFULL", "secret");
    let full = Aws::new(&simulator, &simulator.provision(full), "us-east-1");
    let create = [("CidrBlock", "10.0.0.0/16")];
    restricted.ok("DescribeVpcs", &[]).await;
    restricted
        .ec2("CreateVpc", &create)
        .await
        .refused("UnauthorizedOperation");
    let token = [("DurationSeconds", "900")];
    let early = restricted.call(STS, "GetSessionToken", &token).await.ok();
    restricted
        .with_session(&early)
        .ec2("CreateVpc", &create)
        .await
        .refused("UnauthorizedOperation");
    restricted.call(STS, "GetCallerIdentity", &[]).await.ok();
    let text = document(&json!([
        {"Effect": "Allow", "Action": "ec2:CreateVpc", "Resource": "*"},
        {"Effect": "Deny", "Action": "sts:GetSessionToken", "Resource": "*"}]));
    let put = [
        ("UserName", "alice"),
        ("PolicyName", "p"),
        ("PolicyDocument", text.as_str()),
    ];
    call(&full, "PutUserPolicy", &put).await.ok();
    restricted.ok("CreateVpc", &create).await;
    let session = restricted.call(STS, "GetSessionToken", &token).await.ok();
    let session = restricted.with_session(&session);
    session.ok("CreateVpc", &create).await;
    let table = session
        .ec2("CreateRouteTable", &[("VpcId", "vpc-0123456789abcdef0")])
        .await;
    table.refused("UnauthorizedOperation");
}

#[tokio::test]
async fn a_made_user_acts_with_its_key_within_its_policies() {
    let (_simulator, _, b) = pair().await;
    call(&b, "CreateAccessKey", &[USER])
        .await
        .refused("NoSuchEntity");
    call(&b, "CreateUser", &[USER]).await.ok();
    let key = call(&b, "CreateAccessKey", &[USER]).await.ok();
    let mut carol = b.clone();
    carol.key_id = key.text("AccessKeyId");
    carol.secret = key.text("SecretAccessKey");
    let identity = carol.call(STS, "GetCallerIdentity", &[]).await.ok();
    assert_eq!(identity.text("Arn"), format!("arn:aws:iam::{B}:user/carol"));
    carol
        .ec2("DescribeVpcs", &[])
        .await
        .refused("UnauthorizedOperation");
    let managed = (
        "PolicyArn",
        "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess",
    );
    call(&b, "AttachUserPolicy", &[USER, managed]).await.ok();
    let attached = call(&b, "ListAttachedUserPolicies", &[USER]).await.ok();
    assert_eq!(attached.text("PolicyName"), "AmazonEC2ReadOnlyAccess");
    carol.ok("DescribeVpcs", &[]).await;
    let second = call(&b, "CreateAccessKey", &[USER]).await.ok();
    call(&b, "CreateAccessKey", &[USER])
        .await
        .refused("LimitExceeded");
    let keys = call(&b, "ListAccessKeys", &[USER]).await.ok();
    assert_eq!(keys.all("AccessKeyId").len(), 2);
    call(&b, "DeleteUser", &[USER])
        .await
        .refused("DeleteConflict");
    for key in [carol.key_id.clone(), second.text("AccessKeyId")] {
        let key = ("AccessKeyId", key.as_str());
        call(&b, "DeleteAccessKey", &[USER, key]).await.ok();
        call(&b, "DeleteAccessKey", &[USER, key])
            .await
            .refused("NoSuchEntity");
    }
    carol
        .call(STS, "GetCallerIdentity", &[])
        .await
        .refused("InvalidClientTokenId");
    call(&b, "DeleteUser", &[USER])
        .await
        .refused("DeleteConflict");
    call(&b, "DetachUserPolicy", &[USER, managed]).await.ok();
    call(&b, "DetachUserPolicy", &[USER, managed])
        .await
        .refused("NoSuchEntity");
    call(&b, "DeleteUser", &[USER]).await.ok();
}

#[tokio::test]
async fn accounts_make_managed_policies() {
    let (simulator, a, b) = pair().await;
    let text = document(&json!([{"Effect": "Allow", "Action": "ec2:CreateVpc", "Resource": "*"}]));
    let parameters = [("PolicyName", "vpcs"), ("PolicyDocument", text.as_str())];
    let made = call(&b, "CreatePolicy", &parameters).await.ok();
    let arn = made.text("Arn");
    assert_eq!(arn, format!("arn:aws:iam::{B}:policy/vpcs"));
    let policy = ("PolicyArn", arn.as_str());
    call(&b, "CreatePolicy", &parameters)
        .await
        .refused("EntityAlreadyExists");
    call(
        &b,
        "CreatePolicy",
        &[parameters[0], ("PolicyDocument", "x")],
    )
    .await
    .refused("MalformedPolicyDocument");
    call(&b, "CreatePolicy", &[("PolicyName", "a b"), parameters[1]])
        .await
        .refused("ValidationError");
    call(&b, "GetPolicy", &[policy]).await.ok();
    call(&a, "GetPolicy", &[policy])
        .await
        .refused("NoSuchEntity");
    let version = call(&b, "GetPolicyVersion", &[policy, ("VersionId", "v1")]).await;
    assert!(version.ok().text("Document").contains("CreateVpc"));
    call(&b, "GetPolicyVersion", &[policy, ("VersionId", "v2")])
        .await
        .refused("NoSuchEntity");
    create_role(&b).await.ok();
    call(&b, "AttachRolePolicy", &[ROLE, policy]).await.ok();
    let listed = call(&b, "ListPolicies", &[]).await.ok();
    assert_eq!(listed.text("AttachmentCount"), "1");
    simulator.advance(Duration::from_secs(60));
    let role = format!("arn:aws:iam::{B}:role/peer");
    let parameters = [("RoleArn", role.as_str()), ("RoleSessionName", "me")];
    let session = a.call(STS, "AssumeRole", &parameters).await.ok();
    let session = a.with_session(&session);
    session
        .ok("CreateVpc", &[("CidrBlock", "10.0.0.0/16")])
        .await;
    session
        .ec2("DescribeVpcs", &[])
        .await
        .refused("UnauthorizedOperation");
    call(&b, "DeletePolicy", &[policy])
        .await
        .refused("DeleteConflict");
    call(&b, "DetachRolePolicy", &[ROLE, policy]).await.ok();
    call(&b, "DeletePolicy", &[policy]).await.ok();
    call(&b, "DeletePolicy", &[policy])
        .await
        .refused("NoSuchEntity");
}

#[tokio::test]
async fn lists_come_page_by_page() {
    let (_simulator, _, b) = pair().await;
    for name in ["u1", "u2", "u3", "u4"] {
        call(&b, "CreateUser", &[("UserName", name)]).await.ok();
    }
    let mut seen = Vec::new();
    let mut marker = String::new();
    loop {
        let page = [("MaxItems", "2"), ("Marker", marker.as_str())];
        let page = call(&b, "ListUsers", &page).await.ok();
        seen.extend(page.all("UserName"));
        marker = page.text("Marker");
        assert_eq!(page.text("IsTruncated"), (!marker.is_empty()).to_string());
        if marker.is_empty() {
            break;
        }
    }
    assert_eq!(seen, ["bob", "u1", "u2", "u3", "u4"]);
    for (name, value) in [("MaxItems", "0"), ("MaxItems", "1001"), ("Marker", "x")] {
        call(&b, "ListUsers", &[(name, value)])
            .await
            .refused("ValidationError");
    }
}

#[tokio::test]
async fn the_policies_that_people_attach_are_known() {
    let (_simulator, a, b) = pair().await;
    call(&a, "CreateUser", &[USER]).await.ok();
    let arn = |name: &str| format!("arn:aws:iam::aws:policy/{name}");
    let attach = async |name: &str| {
        let arn = arn(name);
        call(&a, "AttachUserPolicy", &[USER, ("PolicyArn", &arn)]).await
    };
    for name in [
        "AdministratorAccess",
        "AmazonEC2FullAccess",
        "AmazonRoute53FullAccess",
        "AmazonVPCFullAccess",
        "IAMFullAccess",
        "PowerUserAccess",
        "ReadOnlyAccess",
        "job-function/NetworkAdministrator",
    ] {
        attach(name).await.ok();
        let arn = arn(name);
        let policy = call(&a, "GetPolicy", &[("PolicyArn", &arn)]).await.ok();
        assert_eq!(policy.text("Arn"), arn);
        assert_eq!(policy.text("AttachmentCount"), "1");
        let elsewhere = call(&b, "GetPolicy", &[("PolicyArn", &arn)]).await.ok();
        assert_eq!(elsewhere.text("AttachmentCount"), "0");
        let version = [("PolicyArn", arn.as_str()), ("VersionId", "v1")];
        let version = call(&a, "GetPolicyVersion", &version).await.ok();
        assert!(version.text("Document").contains("Statement"));
    }
    attach("AmazonMoonAccess").await.refused("NoSuchEntity");
    let delete = [("PolicyArn", arn("IAMFullAccess"))];
    let delete = delete.each_ref().map(|(name, arn)| (*name, arn.as_str()));
    call(&a, "DeletePolicy", &delete)
        .await
        .refused("NoSuchEntity");
}

#[tokio::test]
async fn policies_of_the_cloud_are_listed_apart() {
    let (_simulator, a, _) = pair().await;
    let text = document(&json!([{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]));
    let own = [("PolicyName", "own"), ("PolicyDocument", text.as_str())];
    call(&a, "CreatePolicy", &own).await.ok();
    let listed = async |scope: &str| {
        let parameters = [("Scope", scope), ("MaxItems", "1000")];
        call(&a, "ListPolicies", &parameters)
            .await
            .ok()
            .all("PolicyName")
    };
    assert_eq!(listed("Local").await, ["own"]);
    let clouds = listed("AWS").await;
    assert!(clouds.contains(&"AmazonVPCFullAccess".to_owned()));
    assert_eq!(listed("All").await.len(), clouds.len() + 1);
}

#[tokio::test]
async fn roles_have_no_instance_profiles() {
    let (_simulator, a, _) = pair().await;
    let role = [("RoleName", "nobody")];
    call(&a, "ListInstanceProfilesForRole", &role)
        .await
        .refused("NoSuchEntity");
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": A}}]})
    .to_string();
    let create = [
        ("RoleName", "visitor"),
        ("AssumeRolePolicyDocument", trust.as_str()),
    ];
    call(&a, "CreateRole", &create).await.ok();
    let role = [("RoleName", "visitor")];
    let profiles = call(&a, "ListInstanceProfilesForRole", &role).await.ok();
    assert_eq!(profiles.text("InstanceProfiles"), "");
    assert_eq!(profiles.text("IsTruncated"), "false");
}
