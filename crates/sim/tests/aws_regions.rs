//! AWS: partitions, and regions that an account has not enabled.

mod support;

use landbridge_sim::{AccountSpec, RoleSpec, Simulator};
use support::aws::{A, Aws, B, EC2, IAM, STS};

async fn start() -> Simulator {
    Simulator::start().await.expect("a loopback port")
}

fn account(simulator: &Simulator, id: &str, region: &str) -> Aws {
    let spec = AccountSpec::new("aws", id).name("alice").home(region);
    Aws::new(simulator, &simulator.provision(spec), region)
}

#[tokio::test]
async fn every_partition_has_regions_and_names_of_its_own() {
    let simulator = start().await;
    for (region, home, partition) in [
        ("ap-east-1", "us-east-1", "aws"),
        ("cn-northwest-1", "cn-north-1", "aws-cn"),
        ("us-gov-east-1", "us-gov-west-1", "aws-us-gov"),
        ("eusc-de-east-1", "eusc-de-east-1", "aws-eusc"),
        ("us-iso-west-1", "us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "us-isob-east-1", "aws-iso-b"),
        ("eu-isoe-west-1", "eu-isoe-west-1", "aws-iso-e"),
        ("us-isof-east-1", "us-isof-south-1", "aws-iso-f"),
    ] {
        assert!(simulator.regions("aws").iter().any(|known| known == region));
        let a = account(&simulator, A, region);
        a.vpc("10.0.0.0/16").await;
        let caller = a.call(STS, "GetCallerIdentity", &[]).await.ok();
        let expected = format!("arn:{partition}:iam::{A}:user/alice");
        assert_eq!(caller.text("Arn"), expected);
        let policy = r#"{"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]}"#;
        let create = [("PolicyName", "p"), ("PolicyDocument", policy)];
        let made = a.in_region(home).call(IAM, "CreatePolicy", &create).await;
        let expected = format!("arn:{partition}:iam::{A}:policy/p");
        assert_eq!(made.ok().text("Arn"), expected);
        // Signed for any region of the partition, IAM is the same.
        let named = [("PolicyArn", expected.as_str())];
        let elsewhere = a.call(IAM, "GetPolicy", &named).await;
        assert_eq!(elsewhere.ok().text("PolicyName"), "p");
        let of_cloud = [("Scope", "AWS"), ("PathPrefix", "/job-function/")];
        let managed = a
            .call(IAM, "ListPolicies", &of_cloud)
            .await
            .ok()
            .text("Arn");
        let prefix = format!("arn:{partition}:iam::aws:policy/job-function/");
        assert!(managed.starts_with(&prefix), "{managed}");
        let managed = [("PolicyArn", managed.as_str())];
        a.call(IAM, "GetPolicy", &managed).await.ok();
    }
}

#[tokio::test]
async fn keys_are_unknown_in_other_partitions() {
    let simulator = start().await;
    let a = account(&simulator, A, "cn-north-1");
    for region in ["us-east-1", "us-gov-west-1"] {
        let abroad = a.in_region(region);
        abroad.ec2("DescribeVpcs", &[]).await.refused("AuthFailure");
        let caller = abroad.call(STS, "GetCallerIdentity", &[]).await;
        caller.refused("InvalidClientTokenId");
    }
    let (own, peer) = (a.vpc("10.0.0.0/16").await, "vpc-0123456789abcdef0");
    let request = [
        ("VpcId", own.as_str()),
        ("PeerVpcId", peer),
        ("PeerOwnerId", B),
        ("PeerRegion", "us-east-1"),
    ];
    let refused = a.ec2("CreateVpcPeeringConnection", &request).await;
    refused.refused("InvalidParameterValue");
}

#[tokio::test]
async fn roles_are_assumed_by_the_names_of_their_partition() {
    let simulator = start().await;
    let a = account(&simulator, A, "eusc-de-east-1");
    account(&simulator, B, "eusc-de-east-1");
    simulator.provision_role(RoleSpec::new(B, "peer").trust(A));
    let assume = |partition: &str| {
        let arn = format!("arn:{partition}:iam::{B}:role/peer");
        let a = a.clone();
        async move {
            let parameters = [("RoleArn", arn.as_str()), ("RoleSessionName", "here")];
            a.call(STS, "AssumeRole", &parameters).await
        }
    };
    assume("aws").await.refused("AccessDenied");
    let opened = assume("aws-eusc").await.ok();
    let session = a.with_session(&opened);
    let caller = session.call(STS, "GetCallerIdentity", &[]).await.ok();
    let expected = format!("arn:aws-eusc:sts::{B}:assumed-role/peer/here");
    assert_eq!(caller.text("Arn"), expected);
    session.vpc("10.0.0.0/16").await;
}

#[tokio::test]
async fn a_region_that_is_not_enabled_knows_no_keys_and_home_says_so() {
    let simulator = start().await;
    let spec = AccountSpec::new("aws", A)
        .region_enabled("me-south-1", false)
        .region_enabled("eu-west-1", false);
    let a = Aws::new(&simulator, &simulator.provision(spec), "me-south-1");
    a.ec2("DescribeVpcs", &[]).await.refused("AuthFailure");
    let caller = a.call(STS, "GetCallerIdentity", &[]).await;
    caller.refused("InvalidClientTokenId");
    // Accounts cannot do without this one.
    a.in_region("eu-west-1").ok("DescribeVpcs", &[]).await;
    let home = a.in_region("us-east-1");
    home.call(STS, "GetCallerIdentity", &[]).await.ok();
    let status = |region: &'static str| {
        let home = home.clone();
        async move {
            let all = [("AllRegions", "true"), ("RegionName.1", region)];
            home.ok("DescribeRegions", &all).await.text("optInStatus")
        }
    };
    assert_eq!(status("me-south-1").await, "not-opted-in");
    assert_eq!(status("ap-east-1").await, "opted-in");
    assert_eq!(status("eu-west-1").await, "opt-in-not-required");
    let enabled = home.ok("DescribeRegions", &[]).await.all("regionName");
    assert!(!enabled.iter().any(|region| region == "me-south-1"));
    assert!(enabled.iter().any(|region| region == "ap-east-1"));
    let abroad = home.call(EC2, "DescribeRegions", &[("RegionName.1", "cn-north-1")]);
    abroad.await.refused("InvalidParameterValue");
}
