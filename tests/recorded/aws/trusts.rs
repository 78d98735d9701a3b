//! Roles and users, as moto answers about them.

use std::time::Duration;

use landbridge_core::{EnsureTrust, EnsureUser, ErrorKind, Permissions, Principal, Trust};

use super::stage::{A, B, HERE, Stage, owner};

fn trust() -> EnsureTrust {
    let principal = Principal::Account(B.into());
    let actions = Permissions::Actions(vec!["ec2:DescribeVpcs".to_owned()]);
    EnsureTrust::new("peer", owner("role/peer"), principal).with_permissions(actions)
}

#[tokio::test]
async fn a_role_is_made_brought_in_line_and_removed() {
    let Some(stage) = Stage::recorded("roles", &[]).await else {
        return;
    };
    let cloud = stage.cloud(A, HERE);
    assert_eq!(cloud.describe_trust("peer").await.expect("asked"), None);
    let made = cloud.ensure_trust(&trust()).await.expect("a role");
    assert_eq!(made.owner, Some(owner("role/peer")));
    let told = cloud
        .describe_trust("peer")
        .await
        .expect("asked")
        .expect("a role");
    assert_eq!((&told.arn, &told.principals), (&made.arn, &made.principals));
    assert_eq!(cloud.trust_drift(&trust()).await.expect("compared"), []);

    let policy = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3AGetObject%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D";
    let arn = format!("arn:aws:iam::{A}:policy/extra");
    stage
        .meanwhile(
            "CreatePolicy",
            &[("PolicyName", "extra"), ("PolicyDocument", policy)],
        )
        .await;
    stage
        .meanwhile(
            "AttachRolePolicy",
            &[("RoleName", "peer"), ("PolicyArn", &arn)],
        )
        .await;
    stage
        .meanwhile(
            "PutRolePolicy",
            &[
                ("RoleName", "peer"),
                ("PolicyName", "more"),
                ("PolicyDocument", policy),
            ],
        )
        .await;
    let other = trust()
        .with_external_id("an-id")
        .with_max_session(Duration::from_secs(7200))
        .with_permissions(Permissions::Actions(vec!["ec2:CreateRoute".to_owned()]))
        .with_replace(true);
    let drift = cloud.trust_drift(&other).await.expect("compared");
    let mut drift: Vec<_> = drift.into_iter().map(|drift| drift.what).collect();
    drift.sort();
    drift.dedup();
    assert!(drift.len() >= 3, "{drift:?}");
    cloud.ensure_trust(&other).await.expect("in line");
    assert_eq!(cloud.trust_drift(&other).await.expect("compared"), []);

    let error = cloud
        .delete_trust("peer", "somebody")
        .await
        .expect_err("not theirs");
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    for _ in 0..2 {
        cloud.delete_trust("peer", "recorded").await.expect("gone");
    }
    stage.end();
}

#[tokio::test]
async fn a_user_is_made_brought_in_line_and_removed() {
    let Some(stage) = Stage::recorded("users", &[]).await else {
        return;
    };
    let cloud = stage.cloud(A, HERE);
    let role = format!("arn:aws:iam::{B}:role/peer");
    let wanted = EnsureUser::new("visitor", owner("user/visitor"), &role);
    let made = cloud.ensure_user(&wanted).await.expect("a user");
    assert_eq!(
        (made.owner, made.roles),
        (Some(owner("user/visitor")), vec![role])
    );

    let policy = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3AGetObject%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D";
    let arn = format!("arn:aws:iam::{A}:policy/extra");
    let user = ("UserName", "visitor");
    stage
        .meanwhile(
            "CreatePolicy",
            &[("PolicyName", "extra"), ("PolicyDocument", policy)],
        )
        .await;
    stage
        .meanwhile("AttachUserPolicy", &[user, ("PolicyArn", &arn)])
        .await;
    stage
        .meanwhile(
            "PutUserPolicy",
            &[user, ("PolicyName", "more"), ("PolicyDocument", policy)],
        )
        .await;
    stage
        .meanwhile("CreateGroup", &[("GroupName", "crew")])
        .await;
    stage
        .meanwhile("AddUserToGroup", &[user, ("GroupName", "crew")])
        .await;
    let wanted = wanted.with_replace(true);
    cloud.ensure_user(&wanted).await.expect("in line");

    let key = stage.meanwhile("CreateAccessKey", &[user]).await;
    let error = cloud
        .delete_user("visitor", "recorded")
        .await
        .expect_err("has a key");
    assert_eq!(error.kind(), ErrorKind::InUse);
    if let Some((_, key)) = key.split_once("<AccessKeyId>") {
        let key = key.split('<').next().expect("an id");
        stage
            .meanwhile("DeleteAccessKey", &[user, ("AccessKeyId", key)])
            .await;
    }
    for _ in 0..2 {
        cloud
            .delete_user("visitor", "recorded")
            .await
            .expect("gone");
    }
    stage.end();
}
