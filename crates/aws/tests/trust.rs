//! Roles and users: what is written, what is left alone, and what is refused.

mod common;

use std::collections::BTreeMap;
use std::time::Duration;

use common::*;
use landbridge_aws::AwsCloud;
use landbridge_core::{EnsureTrust, EnsureUser, ErrorKind, Owner, Permissions, Principal, Trust};
use serde_json::{Value, json};
use wiremock::{MockServer, ResponseTemplate};

const ROLE: &str = "arn:aws:iam::011111111111:role/accepter";
const USER: &str = "arn:aws:iam::011111111111:user/joiner";

type Inline = Vec<(&'static str, Value)>;

fn owner() -> Owner {
    Owner::new("t", "role/accepter")
}

fn wanted() -> EnsureTrust {
    EnsureTrust::new("accepter", owner(), Principal::Account(PEER.into()))
        .with_external_id("an-id")
        .with_mfa_required()
        .with_max_session(Duration::from_secs(7200))
        .with_permissions(Permissions::Actions(vec![
            "ec2:DescribeVpcs".to_owned(),
            "ec2:AcceptVpcPeeringConnection".to_owned(),
        ]))
}

fn trust() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::022222222222:root"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"sts:ExternalId": "an-id"},
            "Bool": {"aws:MultiFactorAuthPresent": "true"},
        },
    }]})
}

fn policy() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Action": ["ec2:AcceptVpcPeeringConnection", "ec2:DescribeVpcs"],
        "Resource": "*",
    }]})
}

fn user() -> EnsureUser {
    EnsureUser::new("joiner", Owner::new("t", "user/joiner"), ROLE)
}

fn user_policy() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": [ROLE],
    }]})
}

/// As IAM sends a document.
fn encoded(document: &Value) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    document.to_string().bytes().map(byte).collect()
}

fn owned(owner: &Owner) -> String {
    let tag = |(key, value)| format!("<member><Key>{key}</Key><Value>{value}</Value></member>");
    let tags: String = owner.to_tags().into_iter().map(tag).collect();
    format!("<Tags>{tags}</Tags>")
}

fn role(trust: &Value, seconds: u32, tags: &str) -> String {
    format!(
        "<Role><Path>/</Path><RoleName>accepter</RoleName><RoleId>AROA</RoleId><Arn>{ROLE}</Arn>\
         <CreateDate>2026-01-02T03:04:05Z</CreateDate><MaxSessionDuration>{seconds}</MaxSessionDuration>\
         <AssumeRolePolicyDocument>{}</AssumeRolePolicyDocument>{tags}</Role>",
        encoded(trust)
    )
}

fn user_xml(tags: &str) -> String {
    format!(
        "<User><Path>/</Path><UserName>joiner</UserName><UserId>AIDA</UserId><Arn>{USER}</Arn>\
         <CreateDate>2026-01-02T03:04:05Z</CreateDate>{tags}</User>"
    )
}

fn members(list: &str, items: &[String]) -> String {
    let items: String = items
        .iter()
        .map(|item| format!("<member>{item}</member>"))
        .collect();
    format!("<IsTruncated>false</IsTruncated><{list}>{items}</{list}>")
}

fn absent() -> ResponseTemplate {
    sts_says(404, "NoSuchEntity", "it cannot be found")
}

async fn says(server: &MockServer, action: &'static str, inner: &str) {
    on(action)
        .respond_with(iam(action, inner))
        .mount(server)
        .await;
}

/// A role with these policies inside it and attached to it.
async fn there(
    server: &MockServer,
    role: &str,
    inline: &[(&'static str, Value)],
    attached: &[&str],
) {
    says(server, "GetRole", role).await;
    let names: Vec<String> = inline.iter().map(|(name, _)| (*name).to_owned()).collect();
    says(server, "ListRolePolicies", &members("PolicyNames", &names)).await;
    let documents: BTreeMap<String, String> = inline
        .iter()
        .map(|(name, document)| ((*name).to_owned(), encoded(document)))
        .collect();
    let answer = move |request: &wiremock::Request| {
        let name = form(request).remove("PolicyName").unwrap_or_default();
        let inner = format!(
            "<RoleName>accepter</RoleName><PolicyName>{name}</PolicyName>\
             <PolicyDocument>{}</PolicyDocument>",
            documents[&name]
        );
        iam("GetRolePolicy", &inner)
    };
    on("GetRolePolicy").respond_with(answer).mount(server).await;
    let attached: Vec<String> = attached
        .iter()
        .map(|name| {
            format!("<PolicyName>{name}</PolicyName><PolicyArn>arn:aws:iam::aws:policy/{name}</PolicyArn>")
        })
        .collect();
    let attached = members("AttachedPolicies", &attached);
    says(server, "ListAttachedRolePolicies", &attached).await;
}

async fn as_wanted(server: &MockServer) {
    let role = role(&trust(), 7200, &owned(&owner()));
    there(
        server,
        &role,
        &[("landbridge-t-role-accepter", policy())],
        &[],
    )
    .await;
}

/// What was sent but reads.
async fn writes(server: &MockServer) -> Vec<String> {
    let mut actions = actions(server).await;
    actions.retain(|action| !action.starts_with("Get") && !action.starts_with("List"));
    actions
}

fn here(server: &MockServer) -> AwsCloud {
    cloud(&server.uri(), FakeClock::new())
}

fn document(form: &BTreeMap<String, String>, name: &str) -> Value {
    serde_json::from_str(&form[name]).expect("a document")
}

#[tokio::test]
async fn a_role_is_made_with_its_owner_its_trust_and_one_policy() {
    let server = server().await;
    on("GetRole").respond_with(absent()).mount(&server).await;
    says(&server, "CreateRole", &role(&trust(), 7200, "")).await;
    says(&server, "PutRolePolicy", "").await;
    let record = here(&server).ensure_trust(&wanted()).await.expect("made");
    assert_eq!(
        actions(&server).await,
        ["GetRole", "CreateRole", "PutRolePolicy"]
    );
    let made = sent(&server, "CreateRole").await;
    for (name, value) in [
        ("RoleName", "accepter"),
        ("MaxSessionDuration", "7200"),
        ("Tags.member.1.Key", "landbridge:key"),
        ("Tags.member.1.Value", "role/accepter"),
        ("Tags.member.2.Key", "landbridge:topology"),
        ("Tags.member.2.Value", "t"),
    ] {
        assert_eq!(made.get(name).map(String::as_str), Some(value), "{name}");
    }
    let single = document(&made, "AssumeRolePolicyDocument");
    assert_eq!(
        single["Statement"][0]["Principal"]["AWS"],
        json!(["arn:aws:iam::022222222222:root"])
    );
    assert_eq!(
        single["Statement"][0]["Condition"],
        trust()["Statement"][0]["Condition"]
    );
    let put = sent(&server, "PutRolePolicy").await;
    assert_eq!(put["PolicyName"], "landbridge-t-role-accepter");
    assert_eq!(document(&put, "PolicyDocument"), policy());
    assert_eq!((record.arn.as_str(), record.owner), (ROLE, Some(owner())));
    let requests = server.received_requests().await.expect("recorded");
    let scope = head(&requests[0], "authorization");
    assert!(scope.contains("/us-east-1/iam/aws4_request"), "{scope}");
}

#[tokio::test]
async fn what_is_as_wanted_is_not_written() {
    let server = server().await;
    as_wanted(&server).await;
    let cloud = here(&server);
    assert_eq!(cloud.trust_drift(&wanted()).await.expect("read"), []);
    let record = cloud.ensure_trust(&wanted()).await.expect("there");
    let read = cloud.describe_trust("accepter").await.expect("read");
    assert_eq!(writes(&server).await, Vec::<String>::new());
    let read = read.expect("there");
    assert_eq!(read.principals, record.principals);
    assert_eq!(read.policies, record.policies);
    assert_eq!(read.max_session, Duration::from_secs(7200));
}

#[tokio::test]
async fn each_difference_is_one_write() {
    let ours = owned(&owner());
    let role_of = |trust: Value, seconds| role(&trust, seconds, &ours);
    let mut open = trust();
    open["Statement"][0]["Condition"] = json!({});
    let mine = ("landbridge-t-role-accepter", policy());
    let cases: [(&str, String, Inline, &[&str]); 5] = [
        (
            "UpdateAssumeRolePolicy",
            role_of(open, 7200),
            vec![mine.clone()],
            &[],
        ),
        (
            "UpdateRole",
            role_of(trust(), 3600),
            vec![mine.clone()],
            &[],
        ),
        (
            "PutRolePolicy",
            role_of(trust(), 7200),
            vec![("landbridge-t-role-accepter", json!({"a": "b"}))],
            &[],
        ),
        (
            "DeleteRolePolicy",
            role_of(trust(), 7200),
            vec![mine.clone(), ("other", policy())],
            &[],
        ),
        (
            "DetachRolePolicy",
            role_of(trust(), 7200),
            vec![mine],
            &["AdministratorAccess"],
        ),
    ];
    for (write, role, inline, attached) in cases {
        let server = server().await;
        there(&server, &role, &inline, attached).await;
        for action in [
            "UpdateAssumeRolePolicy",
            "UpdateRole",
            "PutRolePolicy",
            "DeleteRolePolicy",
            "DetachRolePolicy",
        ] {
            says(&server, action, "").await;
        }
        let cloud = here(&server);
        assert!(
            !cloud
                .trust_drift(&wanted().with_replace(true))
                .await
                .expect("read")
                .is_empty()
        );
        cloud
            .ensure_trust(&wanted().with_replace(true))
            .await
            .expect("made so");
        assert_eq!(writes(&server).await, [write]);
    }
}

#[tokio::test]
async fn what_others_altered_is_refused_and_what_they_attached_stays() {
    let ours = owned(&owner());
    let mine = ("landbridge-t-role-accepter", policy());
    let mut denied = trust();
    let deny = json!({ "Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole" });
    denied["Statement"] = json!([denied["Statement"][0].take(), deny]);
    let mut wider = policy();
    wider["Statement"][0]["Condition"] = json!({ "Bool": { "aws:SecureTransport": "true" } });
    let altered = [
        (denied, vec![mine.clone()], "sts:AssumeRole"),
        (
            trust(),
            vec![("landbridge-t-role-accepter", wider)],
            "aws:SecureTransport",
        ),
    ];
    for (trust, inline, word) in altered {
        let server = server().await;
        there(&server, &role(&trust, 7200, &ours), &inline, &[]).await;
        let error = here(&server)
            .ensure_trust(&wanted())
            .await
            .expect_err("altered");
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert!(error.to_string().contains(word), "{error}");
        assert_eq!(writes(&server).await, Vec::<String>::new());
    }

    let nothing = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Action": "*", "Resource": "*" }] });
    let server = server().await;
    let inline = [mine, ("frozen", nothing)];
    there(
        &server,
        &role(&trust(), 7200, &ours),
        &inline,
        &["ReadOnlyAccess"],
    )
    .await;
    let cloud = here(&server);
    assert_eq!(cloud.trust_drift(&wanted()).await.expect("read"), []);
    let kept = cloud.ensure_trust(&wanted()).await.expect("as it is");
    for name in ["frozen", "ReadOnlyAccess"] {
        assert!(kept.policies.contains_key(name), "{kept:?}");
    }
    assert_eq!(writes(&server).await, Vec::<String>::new());
}

#[tokio::test]
async fn somebody_elses_role_or_user_is_never_written() {
    for tags in [String::new(), owned(&Owner::new("other", "role/accepter"))] {
        let server = server().await;
        there(&server, &role(&trust(), 7200, &tags), &[], &[]).await;
        says(&server, "GetUser", &user_xml(&tags)).await;
        on("GetUserPolicy")
            .respond_with(absent())
            .mount(&server)
            .await;
        let cloud = here(&server);
        for result in [
            cloud.ensure_trust(&wanted()).await.map(drop),
            cloud.delete_trust("accepter", "t").await,
            cloud.ensure_user(&user()).await.map(drop),
            cloud.delete_user("joiner", "t").await,
        ] {
            let error = result.expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::AlreadyExists);
            assert!(
                error.place().is_some() && error.remedy().is_some(),
                "{error}"
            );
        }
        assert_eq!(writes(&server).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn what_iam_cannot_make_is_refused_before_anything_is_sent() {
    let server = server().await;
    let cloud = here(&server);
    let long = "x".repeat(10_240);
    let long = Permissions::Document(json!({ "Version": long }));
    for request in [
        wanted().with_max_session(Duration::from_secs(13 * 3600)),
        wanted().with_external_id("x"),
        wanted().with_permissions(long),
        wanted().with_principal(Principal::Other("*".to_owned())),
        EnsureTrust::new("a role", owner(), Principal::Account(PEER.into())),
    ] {
        let error = cloud.ensure_trust(&request).await.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
    let mut nothing = user();
    nothing.roles.clear();
    let error = cloud.ensure_user(&nothing).await.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(actions(&server).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_role_whose_creation_got_no_answer_is_read_back_and_adopted_if_it_is_ours() {
    for (tags, kind) in [
        (owned(&owner()), None),
        (String::new(), Some(ErrorKind::AlreadyExists)),
    ] {
        let server = server().await;
        let there = iam("GetRole", &role(&trust(), 7200, &tags));
        on("GetRole")
            .respond_with(Script::new([absent(), there]))
            .mount(&server)
            .await;
        on("CreateRole")
            .respond_with(Script::new([
                sts_says(500, "ServiceFailure", "lost"),
                sts_says(409, "EntityAlreadyExists", "it exists"),
            ]))
            .expect(2)
            .mount(&server)
            .await;
        says(&server, "ListRolePolicies", &members("PolicyNames", &[])).await;
        says(
            &server,
            "ListAttachedRolePolicies",
            &members("AttachedPolicies", &[]),
        )
        .await;
        says(&server, "PutRolePolicy", "").await;
        let made = here(&server).ensure_trust(&wanted()).await;
        assert_eq!(
            made.as_ref().err().map(landbridge_core::Error::kind),
            kind,
            "{made:?}"
        );
    }
}

#[tokio::test]
async fn a_role_that_is_not_known_everywhere_yet_is_worth_waiting_for() {
    let server = server().await;
    on("GetRole").respond_with(absent()).mount(&server).await;
    says(&server, "CreateRole", &role(&trust(), 7200, "")).await;
    on("PutRolePolicy")
        .respond_with(absent())
        .mount(&server)
        .await;
    let error = here(&server)
        .ensure_trust(&wanted())
        .await
        .expect_err("young");
    assert_eq!(error.kind(), ErrorKind::Busy);
}

#[tokio::test]
async fn policies_are_read_to_their_end_and_never_in_a_circle() {
    let server = server().await;
    says(&server, "GetRole", &role(&trust(), 7200, &owned(&owner()))).await;
    let page = |name: &str, marker: &str| {
        let more = match marker {
            "" => "<IsTruncated>false</IsTruncated>".to_owned(),
            _ => format!("<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>"),
        };
        let inner = format!("{more}<PolicyNames><member>{name}</member></PolicyNames>");
        iam("ListRolePolicies", &inner)
    };
    let pages = Script::new([page("one", "m"), page("two", "")]);
    on("ListRolePolicies")
        .respond_with(pages)
        .mount(&server)
        .await;
    let inner = format!(
        "<RoleName>accepter</RoleName><PolicyName>p</PolicyName><PolicyDocument>{}</PolicyDocument>",
        encoded(&policy())
    );
    says(&server, "GetRolePolicy", &inner).await;
    let attached = "<PolicyName>one</PolicyName><PolicyArn>arn:aws:iam::aws:policy/one</PolicyArn>";
    let attached = members("AttachedPolicies", &[attached.to_owned()]);
    says(&server, "ListAttachedRolePolicies", &attached).await;
    let cloud = here(&server);
    let record = cloud.describe_trust("accepter").await.expect("read");
    let policies = record.expect("there").policies;
    assert_eq!(
        policies,
        BTreeMap::from([
            ("one".to_owned(), Some(policy())),
            ("two".to_owned(), Some(policy())),
            ("arn:aws:iam::aws:policy/one".to_owned(), None),
        ])
    );
    server.reset().await;
    says(&server, "GetRole", &role(&trust(), 7200, "")).await;
    on("ListRolePolicies")
        .respond_with(page("one", "m"))
        .mount(&server)
        .await;
    let error = cloud.describe_trust("accepter").await.expect_err("circle");
    assert_eq!(error.kind(), ErrorKind::Malformed);
}

#[tokio::test]
async fn an_absent_role_is_one_difference_and_deleting_it_succeeds() {
    let server = server().await;
    on("GetRole").respond_with(absent()).mount(&server).await;
    on("GetUser").respond_with(absent()).mount(&server).await;
    let cloud = here(&server);
    let drift = cloud.trust_drift(&wanted()).await.expect("read");
    assert_eq!((drift.len(), drift[0].what.as_str()), (1, "role"));
    assert_eq!(cloud.describe_trust("accepter").await.expect("read"), None);
    cloud.delete_trust("accepter", "t").await.expect("gone");
    cloud.delete_user("joiner", "t").await.expect("gone");
    assert_eq!(writes(&server).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_role_is_deleted_with_its_policies() {
    let server = server().await;
    let role = role(&trust(), 7200, &owned(&owner()));
    there(
        &server,
        &role,
        &[("landbridge-t-role-accepter", policy())],
        &["ReadOnlyAccess"],
    )
    .await;
    for action in ["DetachRolePolicy", "DeleteRolePolicy"] {
        says(&server, action, "").await;
    }
    on("DeleteRole")
        .respond_with(Script::new([
            sts_says(409, "DeleteConflict", "an instance profile"),
            iam("DeleteRole", ""),
        ]))
        .mount(&server)
        .await;
    let cloud = here(&server);
    let error = cloud.delete_trust("accepter", "t").await.expect_err("held");
    assert_eq!(error.kind(), ErrorKind::InUse);
    cloud.delete_trust("accepter", "t").await.expect("deleted");
    let detached = server.received_requests().await.expect("recorded");
    let detached = detached
        .iter()
        .find(|one| action(one) == "DetachRolePolicy");
    let detached = form(detached.expect("sent"));
    assert_eq!(
        detached["PolicyArn"],
        "arn:aws:iam::aws:policy/ReadOnlyAccess"
    );
}

/// A user with the policies, memberships and keys of these lists.
async fn user_there(server: &MockServer, policies: &[&str], groups: &[&str], keys: &[&str]) {
    let tags = owned(&user().owner);
    says(server, "GetUser", &user_xml(&tags)).await;
    let inner = format!(
        "<UserName>joiner</UserName><PolicyName>landbridge-t-user-joiner</PolicyName>\
         <PolicyDocument>{}</PolicyDocument>",
        encoded(&user_policy())
    );
    says(server, "GetUserPolicy", &inner).await;
    let names: Vec<String> = policies.iter().map(|name| (*name).to_owned()).collect();
    says(server, "ListUserPolicies", &members("PolicyNames", &names)).await;
    says(
        server,
        "ListAttachedUserPolicies",
        &members("AttachedPolicies", &[]),
    )
    .await;
    let group = |name: &&str| {
        format!(
            "<Path>/</Path><GroupName>{name}</GroupName><GroupId>AGPA</GroupId><Arn>arn</Arn>\
             <CreateDate>2026-01-02T03:04:05Z</CreateDate>"
        )
    };
    let groups: Vec<String> = groups.iter().map(group).collect();
    says(server, "ListGroupsForUser", &members("Groups", &groups)).await;
    let key = |id: &&str| format!("<AccessKeyId>{id}</AccessKeyId>");
    let keys: Vec<String> = keys.iter().map(key).collect();
    says(
        server,
        "ListAccessKeys",
        &members("AccessKeyMetadata", &keys),
    )
    .await;
}

#[tokio::test]
async fn a_user_is_made_without_keys_and_may_assume_the_role_and_nothing_else() {
    let server = server().await;
    on("GetUser").respond_with(absent()).mount(&server).await;
    says(&server, "CreateUser", &user_xml("")).await;
    says(&server, "PutUserPolicy", "").await;
    let record = here(&server).ensure_user(&user()).await.expect("made");
    assert_eq!(record.roles, [ROLE]);
    assert_eq!(
        actions(&server).await,
        ["GetUser", "CreateUser", "PutUserPolicy"]
    );
    let put = sent(&server, "PutUserPolicy").await;
    assert_eq!(document(&put, "PolicyDocument"), user_policy());
}

#[tokio::test]
async fn a_user_loses_what_others_gave_it_only_on_request() {
    let server = server().await;
    user_there(
        &server,
        &["landbridge-t-user-joiner", "other"],
        &["admins"],
        &[],
    )
    .await;
    for action in ["DeleteUserPolicy", "RemoveUserFromGroup", "PutUserPolicy"] {
        says(&server, action, "").await;
    }
    let cloud = here(&server);
    cloud.ensure_user(&user()).await.expect("as it is");
    assert_eq!(writes(&server).await, Vec::<String>::new());
    let alone = user().with_replace(true);
    cloud.ensure_user(&alone).await.expect("made so");
    assert_eq!(
        writes(&server).await,
        ["RemoveUserFromGroup", "DeleteUserPolicy"]
    );
    let mut more = user();
    more.roles.push(format!("{ROLE}2"));
    cloud.ensure_user(&more).await.expect("made so");
    assert_eq!(
        writes(&server).await.last().map(String::as_str),
        Some("PutUserPolicy")
    );
}

#[tokio::test]
async fn a_user_with_keys_is_not_deleted() {
    let server = server().await;
    user_there(&server, &["landbridge-t-user-joiner"], &[], &["AKIAJOINER"]).await;
    let error = here(&server)
        .delete_user("joiner", "t")
        .await
        .expect_err("held");
    assert_eq!(error.kind(), ErrorKind::InUse);
    assert!(error.to_string().contains("AKIAJOINER"), "{error}");
    assert_eq!(writes(&server).await, Vec::<String>::new());
    server.reset().await;
    user_there(&server, &["landbridge-t-user-joiner"], &[], &[]).await;
    says(&server, "DeleteUserPolicy", "").await;
    on("DeleteUser")
        .respond_with(Script::new([
            sts_says(409, "DeleteConflict", "a password"),
            iam("DeleteUser", ""),
        ]))
        .mount(&server)
        .await;
    let cloud = here(&server);
    let error = cloud.delete_user("joiner", "t").await.expect_err("held");
    assert_eq!(error.kind(), ErrorKind::InUse);
    cloud.delete_user("joiner", "t").await.expect("deleted");
}
