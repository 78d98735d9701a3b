//! RAM: roles, policies and what joins them.

mod support;

use landbridge_sim::{AccountSpec, RoleSpec};
use serde_json::{Value, json};
use support::{A, Answer, B, Client, RAM, control, start, start_with, text};

const ROLE: (&str, &str) = ("RoleName", "Peer.Role-1");
const POLICY: (&str, &str) = ("PolicyName", "net-policy");
const CUSTOM: (&str, &str) = ("PolicyType", "Custom");

async fn call(client: &Client, action: &str, parameters: &[(&str, &str)]) -> Answer {
    client.call(RAM, action, parameters).await
}

fn trust() -> String {
    json!({"Version": "1", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [format!("acs:ram::{B}:root")]}}]})
    .to_string()
}

fn permission(action: &str) -> String {
    json!({"Version": "1", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})
        .to_string()
}

async fn create_role(client: &Client, more: &[(&str, &str)]) -> Answer {
    let trust = trust();
    let mut parameters = vec![ROLE, ("AssumeRolePolicyDocument", trust.as_str())];
    parameters.extend(more);
    call(client, "CreateRole", &parameters).await
}

async fn create_policy(client: &Client) -> Answer {
    let text = permission("vpc:*");
    let parameters = [POLICY, ("PolicyDocument", text.as_str())];
    call(client, "CreatePolicy", &parameters).await
}

async fn create_version(client: &Client, more: &[(&str, &str)]) -> Answer {
    let text = permission("ecs:*");
    let mut parameters = vec![POLICY, ("PolicyDocument", text.as_str())];
    parameters.extend(more);
    call(client, "CreatePolicyVersion", &parameters).await
}

fn names(answer: &Value, outer: &str, inner: &str, field: &str) -> Vec<String> {
    let rows = answer[outer][inner].as_array().cloned().unwrap_or_default();
    rows.iter().map(|row| text(&row[field])).collect()
}

#[tokio::test]
async fn a_role_is_created_shown_changed_and_deleted() {
    let (simulator, client) = start().await;
    let made = create_role(
        &client,
        &[
            ("Description", "peers"),
            ("MaxSessionDuration", "7200"),
            ("Tag", r#"[{"Key": "team", "Value": "net"}]"#),
        ],
    )
    .await
    .ok();
    let arn = format!("acs:ram::{A}:role/Peer.Role-1");
    assert_eq!(made["Role"]["Arn"], arn);
    let shown = call(&client, "GetRole", &[ROLE]).await.ok();
    let role = &shown["Role"];
    assert_eq!(role["MaxSessionDuration"], 7200);
    assert_eq!(role["Tags"], Value::Null, "tags are told by lists only");
    let listed = call(&client, "ListRoles", &[]).await.ok();
    let row = &listed["Roles"]["Role"][0];
    assert_eq!(row["Tags"]["Tag"][0]["TagKey"], "team");
    assert_eq!(role["RoleId"], made["Role"]["RoleId"]);
    assert!(role["UpdateDate"].is_string() && role["RolePrincipalName"].is_string());
    let document = text(&role["AssumeRolePolicyDocument"]);
    assert_eq!(
        serde_json::from_str::<Value>(&document).ok(),
        serde_json::from_str(&trust()).ok()
    );
    let changes = [
        ROLE,
        ("NewDescription", "more peers"),
        ("NewMaxSessionDuration", "3600"),
    ];
    let changed = call(&client, "UpdateRole", &changes).await.ok();
    assert_eq!(changed["Role"]["Description"], "more peers");
    assert_eq!(changed["Role"]["MaxSessionDuration"], 3600);
    let alive = simulator.alive();
    assert_eq!(
        (
            alive[0].product.as_str(),
            alive[0].kind.as_str(),
            &alive[0].id
        ),
        ("ram", "role", &arn)
    );
    call(&client, "DeleteRole", &[ROLE]).await.ok();
    assert!(simulator.alive().is_empty());
    for action in ["GetRole", "DeleteRole", "UpdateRole", "ListPoliciesForRole"] {
        let answer = call(&client, action, &[ROLE]).await;
        assert_eq!(answer.status, 404);
        answer.refused("EntityNotExist.Role");
    }
}

#[tokio::test]
async fn roles_are_checked() {
    let (_simulator, client) = start().await;
    let (good, long) = (trust(), "x".repeat(65));
    let broad = json!({"Version": "1", "Statement": [], "x": "y".repeat(4096)}).to_string();
    let endless = "y".repeat(1025);
    for (name, document, more, code) in [
        (
            "a_b",
            good.as_str(),
            ("", ""),
            "InvalidParameter.RoleName.InvalidChars",
        ),
        (&long, &good, ("", ""), "InvalidParameter.RoleName.Length"),
        ("", &good, ("", ""), "MissingParameter"),
        ("ok", "", ("", ""), "MissingParameter"),
        ("ok", "nope", ("", ""), "MalformedPolicyDocument"),
        ("ok", &permission("*"), ("", ""), "MalformedPolicyDocument"),
        (
            "ok",
            &broad,
            ("", ""),
            "InvalidParameter.AssumeRolePolicyDocument.Length",
        ),
        (
            "ok",
            &good,
            ("MaxSessionDuration", "3599"),
            "InvalidParameter.MaxSessionDuration",
        ),
        (
            "ok",
            &good,
            ("MaxSessionDuration", "43201"),
            "InvalidParameter.MaxSessionDuration",
        ),
        (
            "ok",
            &good,
            ("Description", &endless),
            "InvalidParameter.Description.Length",
        ),
        ("ok", &good, ("Tag", "team"), "InvalidParameter.Tag"),
    ] {
        let parameters = [
            ("RoleName", name),
            ("AssumeRolePolicyDocument", document),
            more,
        ];
        call(&client, "CreateRole", &parameters).await.refused(code);
    }
    create_role(&client, &[]).await.ok();
    let again = create_role(&client, &[]).await;
    assert_eq!(again.status, 409);
    again.refused("EntityAlreadyExists.Role");
    let wrong = [ROLE, ("NewAssumeRolePolicyDocument", "nope")];
    call(&client, "UpdateRole", &wrong)
        .await
        .refused("MalformedPolicyDocument");
    let wrong = [ROLE, ("NewMaxSessionDuration", "1")];
    call(&client, "UpdateRole", &wrong)
        .await
        .refused("InvalidParameter.MaxSessionDuration");
}

#[tokio::test]
async fn roles_are_listed_page_by_page() {
    let (_simulator, client) = start().await;
    let trust = trust();
    for number in 0..5 {
        let name = format!("role-{number}");
        let tag = format!(r#"[{{"Key": "n", "Value": "{number}"}}]"#);
        let parameters = [
            ("RoleName", name.as_str()),
            ("AssumeRolePolicyDocument", &trust),
            ("Tag", &tag),
        ];
        call(&client, "CreateRole", &parameters).await.ok();
    }
    let mut seen = Vec::new();
    let mut marker = String::new();
    loop {
        let parameters = [("MaxItems", "2"), ("Marker", marker.as_str())];
        let page = call(&client, "ListRoles", &parameters).await.ok();
        seen.extend(names(&page, "Roles", "Role", "RoleName"));
        if page["IsTruncated"] == false {
            assert!(page["Marker"].is_null());
            break;
        }
        marker = text(&page["Marker"]);
    }
    assert_eq!(seen, ["role-0", "role-1", "role-2", "role-3", "role-4"]);
    let filter = [("Tag", r#"[{"Key": "n", "Value": "3"}]"#)];
    let found = call(&client, "ListRoles", &filter).await.ok();
    assert_eq!(names(&found, "Roles", "Role", "RoleName"), ["role-3"]);
    let row = &found["Roles"]["Role"][0];
    assert_eq!(row["Tags"]["Tag"][0]["TagValue"], "3");
    assert!(row["AssumeRolePolicyDocument"].is_null());
    for (name, value) in [("MaxItems", "0"), ("MaxItems", "1001"), ("Marker", "x")] {
        call(&client, "ListRoles", &[(name, value)])
            .await
            .refused(&format!("InvalidParameter.{name}"));
    }
}

#[tokio::test]
async fn a_provisioned_role_is_a_role_like_any_other() {
    let (simulator, client) = start().await;
    simulator.provision_role(
        RoleSpec::new(A, "Setup")
            .trust(B)
            .trust(format!("acs:ram::{B}:user/bob"))
            .external_id("deal"),
    );
    let role = ("RoleName", "setup");
    let shown = call(&client, "GetRole", &[role]).await.ok();
    assert_eq!(shown["Role"]["RoleName"], "Setup");
    let document = text(&shown["Role"]["AssumeRolePolicyDocument"]);
    let document: Value = serde_json::from_str(&document).expect("JSON");
    assert_eq!(
        document["Statement"][0],
        json!({
            "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"RAM": [format!("acs:ram::{B}:root"), format!("acs:ram::{B}:user/bob")]},
            "Condition": {"StringEquals": {"sts:ExternalId": "deal"}},
        })
    );
    let policies = call(&client, "ListPoliciesForRole", &[role]).await.ok();
    assert_eq!(
        names(&policies, "Policies", "Policy", "PolicyName"),
        ["AdministratorAccess"]
    );
    let trust = trust();
    let parameters = [
        ("RoleName", "Setup"),
        ("AssumeRolePolicyDocument", trust.as_str()),
    ];
    call(&client, "CreateRole", &parameters)
        .await
        .refused("EntityAlreadyExists.Role");
    assert!(simulator.alive().is_empty());
}

#[tokio::test]
async fn policies_are_checked() {
    let (_simulator, client) = start().await;
    let (good, long) = (permission("*"), "x".repeat(129));
    let big = permission(&"x".repeat(6144));
    for (name, document, code) in [
        (
            "a.b",
            good.as_str(),
            "InvalidParameter.PolicyName.InvalidChars",
        ),
        (&long, &good, "InvalidParameter.PolicyName.Length"),
        ("ok", "nope", "MalformedPolicyDocument"),
        ("ok", &trust(), "MalformedPolicyDocument"),
        ("ok", &big, "InvalidParameter.PolicyDocument.Length"),
    ] {
        let parameters = [("PolicyName", name), ("PolicyDocument", document)];
        call(&client, "CreatePolicy", &parameters)
            .await
            .refused(code);
    }
    create_policy(&client).await.ok();
    create_policy(&client)
        .await
        .refused("EntityAlreadyExists.Policy");
    call(&client, "GetPolicy", &[POLICY, ("PolicyType", "Other")])
        .await
        .refused("InvalidParameter.PolicyType");
    call(&client, "ListPolicies", &[("PolicyType", "Other")])
        .await
        .refused("InvalidParameter.PolicyType");
    let unknown = ("PolicyName", "unknown");
    for kind in ["System", "Custom"] {
        for action in ["GetPolicy", "ListPolicyVersions"] {
            call(&client, action, &[unknown, ("PolicyType", kind)])
                .await
                .refused("EntityNotExist.Policy");
        }
    }
    call(&client, "DeletePolicy", &[unknown])
        .await
        .refused("EntityNotExist.Policy");
}

#[tokio::test]
async fn policies_are_shown_with_their_default_version() {
    let (_simulator, client) = start().await;
    let made = create_policy(&client).await.ok();
    assert_eq!(made["Policy"]["DefaultVersion"], "v1");
    let shown = call(&client, "GetPolicy", &[POLICY, CUSTOM]).await.ok();
    assert_eq!(
        text(&shown["DefaultPolicyVersion"]["PolicyDocument"]),
        permission("vpc:*")
    );
    let system = [
        ("PolicyName", "AliyunCENFullAccess"),
        ("PolicyType", "System"),
    ];
    let shown = call(&client, "GetPolicy", &system).await.ok();
    let document = text(&shown["DefaultPolicyVersion"]["PolicyDocument"]);
    assert!(document.contains("\"cen:*\""), "{document}");
    let tagged = [
        ("PolicyName", "tagged"),
        ("PolicyDocument", &permission("vpc:*")),
        ("Tag", r#"[{"Key": "team", "Value": "net"}]"#),
    ];
    call(&client, "CreatePolicy", &tagged).await.ok();
    let by_tag = call(&client, "ListPolicies", &[("Tag", r#"[{"Key": "team"}]"#)]).await;
    let by_tag = by_tag.ok();
    assert_eq!(
        names(&by_tag, "Policies", "Policy", "PolicyName"),
        ["tagged"]
    );
    let row = &by_tag["Policies"]["Policy"][0];
    assert_eq!(row["Tags"]["Tag"][0]["TagValue"], "net");
    call(&client, "DeletePolicy", &tagged[..1]).await.ok();
    let custom = call(&client, "ListPolicies", &[CUSTOM]).await.ok();
    assert_eq!(
        names(&custom, "Policies", "Policy", "PolicyName"),
        ["net-policy"]
    );
    let all = call(&client, "ListPolicies", &[("MaxItems", "1000")])
        .await
        .ok();
    let all = names(&all, "Policies", "Policy", "PolicyName");
    for name in [
        "net-policy",
        "AdministratorAccess",
        "ReadOnlyAccess",
        "AliyunSTSAssumeRoleAccess",
    ] {
        assert!(all.iter().any(|known| known == name), "{name}");
    }
}

#[tokio::test]
async fn a_policy_has_at_most_five_versions() {
    let (_simulator, client) = start().await;
    create_policy(&client).await.ok();
    let second = create_version(&client, &[("SetAsDefault", "true")]).await;
    assert_eq!(second.ok()["PolicyVersion"]["IsDefaultVersion"], true);
    for _ in 3..=5 {
        create_version(&client, &[]).await.ok();
    }
    let full = create_version(&client, &[("RotateStrategy", "None")]).await;
    assert_eq!(full.status, 409);
    full.refused("LimitExceeded.Policy.Version");
    create_version(&client, &[("RotateStrategy", "Other")])
        .await
        .refused("InvalidParameter.RotateStrategy");
    let rotate = (
        "RotateStrategy",
        "DeleteOldestNonDefaultVersionWhenLimitExceeded",
    );
    create_version(&client, &[rotate]).await.ok();
    create_version(&client, &[rotate]).await.ok();
    let versions = call(&client, "ListPolicyVersions", &[POLICY, CUSTOM]).await;
    assert_eq!(
        names(
            &versions.ok(),
            "PolicyVersions",
            "PolicyVersion",
            "VersionId"
        ),
        ["v2", "v4", "v5", "v6", "v7"]
    );
    let version = |id| [POLICY, ("VersionId", id)];
    call(&client, "DeletePolicyVersion", &version("v2"))
        .await
        .refused("DeleteConflict.Policy.Version");
    call(&client, "DeletePolicyVersion", &version("v1"))
        .await
        .refused("EntityNotExist.Policy.Version");
    call(&client, "DeletePolicy", &[POLICY])
        .await
        .refused("DeleteConflict.Policy.Version");
    for id in ["v4", "v5", "v6", "v7"] {
        call(&client, "DeletePolicyVersion", &version(id))
            .await
            .ok();
    }
    create_version(&client, &[]).await.ok();
    call(&client, "DeletePolicyVersion", &version("v8"))
        .await
        .ok();
    call(&client, "DeletePolicy", &[POLICY]).await.ok();
    create_version(&client, &[])
        .await
        .refused("EntityNotExist.Policy");
}

#[tokio::test]
async fn policies_are_attached_and_detached() {
    let (simulator, client) = start().await;
    create_role(&client, &[]).await.ok();
    create_policy(&client).await.ok();
    let custom = [POLICY, CUSTOM, ROLE];
    let system = [
        ("PolicyName", "AliyunVPCFullAccess"),
        ("PolicyType", "System"),
        ROLE,
    ];
    call(&client, "AttachPolicyToRole", &custom).await.ok();
    call(&client, "AttachPolicyToRole", &system).await.ok();
    let again = call(&client, "AttachPolicyToRole", &custom).await;
    assert_eq!(again.status, 409);
    again.refused("EntityAlreadyExists.Role.Policy");
    for (name, kind, role, code) in [
        (
            "net-policy",
            "Other",
            "Peer.Role-1",
            "InvalidParameter.PolicyType",
        ),
        (
            "net-policy",
            "System",
            "Peer.Role-1",
            "EntityNotExist.Policy",
        ),
        ("nothing", "Custom", "Peer.Role-1", "EntityNotExist.Policy"),
        ("net-policy", "Custom", "nobody", "EntityNotExist.Role"),
    ] {
        let parameters = [
            ("PolicyName", name),
            ("PolicyType", kind),
            ("RoleName", role),
        ];
        call(&client, "AttachPolicyToRole", &parameters)
            .await
            .refused(code);
    }
    let listed = call(&client, "ListPoliciesForRole", &[ROLE]).await.ok();
    assert_eq!(
        names(&listed, "Policies", "Policy", "PolicyName"),
        ["net-policy", "AliyunVPCFullAccess"]
    );
    let shown = call(&client, "GetPolicy", &[POLICY, CUSTOM]).await.ok();
    assert_eq!(shown["Policy"]["AttachmentCount"], 1);
    call(&client, "DeleteRole", &[ROLE])
        .await
        .refused("DeleteConflict.Role.Policy");
    call(&client, "DeletePolicy", &[POLICY])
        .await
        .refused("DeleteConflict.Role.Policy");
    call(&client, "DetachPolicyFromRole", &system).await.ok();
    call(&client, "DetachPolicyFromRole", &system)
        .await
        .refused("EntityNotExist.Role.Policy");
    let cascade = [POLICY, ("CascadingDelete", "true")];
    call(&client, "DeletePolicy", &cascade).await.ok();
    call(&client, "DeleteRole", &[ROLE]).await.ok();
    assert!(simulator.alive().is_empty());
}

#[tokio::test]
async fn quotas_of_ram_are_kept() {
    let spec = AccountSpec::new("aliyun", A)
        .quota("roles", 1)
        .quota("policies", 1)
        .quota("policies_per_role", 1);
    let (_simulator, client) = start_with(spec).await;
    create_role(&client, &[]).await.ok();
    create_policy(&client).await.ok();
    let (trust, document) = (trust(), permission("*"));
    let role = [
        ("RoleName", "two"),
        ("AssumeRolePolicyDocument", trust.as_str()),
    ];
    let full = call(&client, "CreateRole", &role).await;
    assert_eq!(full.status, 409);
    full.refused("LimitExceeded.Role");
    let policy = [("PolicyName", "two"), ("PolicyDocument", document.as_str())];
    call(&client, "CreatePolicy", &policy)
        .await
        .refused("LimitExceeded.Policy");
    let attach = [POLICY, CUSTOM, ROLE];
    call(&client, "AttachPolicyToRole", &attach).await.ok();
    let system = [
        ("PolicyName", "ReadOnlyAccess"),
        ("PolicyType", "System"),
        ROLE,
    ];
    call(&client, "AttachPolicyToRole", &system)
        .await
        .refused("LimitExceeded.Role.Policy");
}

#[tokio::test]
async fn accounts_have_aliases() {
    let (simulator, client) = start_with(AccountSpec::new("aliyun", A).alias("acme")).await;
    let alias = call(&client, "GetAccountAlias", &[]).await.ok();
    assert_eq!(alias["AccountAlias"], "acme");
    let body = format!(r#"{{"cloud": "aliyun", "id": "{B}", "alias": "beta"}}"#);
    let keys = control(&simulator, "POST", "/_sim/accounts", &body).await;
    let keys = keys.ok();
    let mut other = client.clone();
    other.key_id = text(&keys["access_key_id"]);
    other.secret = text(&keys["access_key_secret"]);
    let alias = call(&other, "GetAccountAlias", &[]).await.ok();
    assert_eq!(alias["AccountAlias"], "beta");
    let plain = simulator.provision(AccountSpec::new("aliyun", "1234567890123458"));
    let plain = Client::new(&simulator, &plain);
    let alias = call(&plain, "GetAccountAlias", &[]).await.ok();
    assert_eq!(alias["AccountAlias"], "");
}
