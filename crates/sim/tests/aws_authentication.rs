//! AWS: who may call, and how it is proved.

mod support;

use std::time::{Duration, SystemTime};

use landbridge_sim::{AccountSpec, FaultEffect, FaultRule, Simulator};
use support::aws::{A, Aws, EC2, IAM, STS, Twist, Xml, pair};

const MINUTE: Duration = Duration::from_secs(60);

async fn describe(client: &Aws, twist: Twist) -> Xml {
    client.twisted(EC2, "DescribeVpcs", &[], twist).await
}

#[tokio::test]
async fn a_signed_call_is_answered_in_the_products_form() {
    let (_simulator, a, _) = pair().await;
    let answer = a.ok("DescribeVpcs", &[]).await;
    let root = "<DescribeVpcsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">";
    assert!(answer.body.contains(root), "{}", answer.body);
    let answer = a.call(STS, "GetCallerIdentity", &[]).await.ok();
    assert_eq!(answer.text("Arn"), format!("arn:aws:iam::{A}:user/alice"));
    assert!(answer.body.contains("<GetCallerIdentityResult>"));
}

#[tokio::test]
async fn a_wrong_secret_is_refused_in_each_products_words() {
    let (_simulator, mut a, _) = pair().await;
    a.secret.push('x');
    let answer = a.ec2("DescribeVpcs", &[]).await;
    assert_eq!(answer.status, 401);
    assert!(answer.body.contains("<Response><Errors><Error><Code>"));
    answer.refused("AuthFailure");
    let answer = a.call(STS, "GetCallerIdentity", &[]).await;
    assert!(
        answer
            .text("Message")
            .contains("The String-to-Sign should have been")
    );
    assert!(answer.body.contains("<Error><Type>Sender</Type>"));
    answer.refused("SignatureDoesNotMatch");
}

#[tokio::test]
async fn unknown_and_unsigned_callers_are_refused() {
    let (simulator, mut a, _) = pair().await;
    let twist = Twist {
        unsigned: true,
        ..Twist::default()
    };
    describe(&a, twist)
        .await
        .refused("MissingAuthenticationToken");
    a.key_id = "AKIANOBODY".to_owned();
    a.ec2("DescribeVpcs", &[]).await.refused("AuthFailure");
    a.call(STS, "GetCallerIdentity", &[])
        .await
        .refused("InvalidClientTokenId");
    let other_cloud = simulator.provision(AccountSpec::new("aliyun", "1234567890123456"));
    let stranger = Aws::new(&simulator, &other_cloud, "us-east-1");
    stranger
        .ec2("DescribeVpcs", &[])
        .await
        .refused("AuthFailure");
}

#[tokio::test]
async fn requests_may_be_fifteen_minutes_old_and_five_ahead() {
    let (simulator, a, _) = pair().await;
    let at = |date| Twist {
        date: Some(date),
        ..Twist::default()
    };
    let now = SystemTime::now();
    describe(&a, at(now - MINUTE * 14)).await.ok();
    describe(&a, at(now + MINUTE * 4)).await.ok();
    describe(&a, at(now - MINUTE * 16))
        .await
        .refused("RequestExpired");
    describe(&a, at(now + MINUTE * 6))
        .await
        .refused("RequestExpired");
    let late = a.twisted(STS, "GetCallerIdentity", &[], at(now - MINUTE * 16));
    late.await.refused("SignatureDoesNotMatch");
    simulator.advance(MINUTE * 600);
    describe(&a, at(now)).await.ok();
    describe(&a, at(now + MINUTE * 600)).await.ok();
}

#[tokio::test]
async fn the_hash_of_the_body_must_be_right_or_waived() {
    let (_simulator, a, _) = pair().await;
    let hashed = |hash: &str| Twist {
        content_hash: Some(hash.to_owned()),
        ..Twist::default()
    };
    describe(&a, hashed("UNSIGNED-PAYLOAD")).await.ok();
    describe(&a, hashed("0000")).await.refused("AuthFailure");
}

#[tokio::test]
async fn host_and_scope_are_part_of_the_proof() {
    let (_simulator, a, _) = pair().await;
    let no_host = Twist {
        unsigned_host: true,
        ..Twist::default()
    };
    describe(&a, no_host).await.refused("AuthFailure");
    let wrong_service = Twist {
        service: Some("sts"),
        ..Twist::default()
    };
    describe(&a, wrong_service).await.refused("AuthFailure");
    a.in_region("mars-1")
        .ec2("DescribeVpcs", &[])
        .await
        .refused("AuthFailure");
    a.in_region("mars-1")
        .call(IAM, "ListRoles", &[])
        .await
        .refused("SignatureDoesNotMatch");
    // Clients with an endpoint of their own sign for their own region, whatever the product.
    let here = a.in_region("eu-west-1");
    here.call(IAM, "ListRoles", &[]).await.ok();
    here.call(STS, "GetCallerIdentity", &[]).await.ok();
}

#[tokio::test]
async fn a_session_needs_its_token_and_ends() {
    let (simulator, a, _) = pair().await;
    let answer = a.call(STS, "GetSessionToken", &[("DurationSeconds", "900")]);
    let session = a.with_session(&answer.await.ok());
    assert!(session.key_id.starts_with("ASIA"));
    session.ok("DescribeVpcs", &[]).await;
    let without = Aws {
        token: None,
        ..session.clone()
    };
    without
        .ec2("DescribeVpcs", &[])
        .await
        .refused("AuthFailure");
    without
        .call(STS, "GetCallerIdentity", &[])
        .await
        .refused("InvalidClientTokenId");
    simulator.advance(MINUTE * 15);
    session
        .ec2("DescribeVpcs", &[])
        .await
        .refused("RequestExpired");
    session
        .call(STS, "GetCallerIdentity", &[])
        .await
        .refused("ExpiredToken");
}

#[tokio::test]
async fn unknown_actions_and_versions_are_refused_after_the_signature() {
    let (_simulator, a, _) = pair().await;
    a.ec2("MakeCoffee", &[]).await.refused("InvalidAction");
    a.call(("ec2", "1999-01-01"), "DescribeVpcs", &[])
        .await
        .refused("InvalidAction");
}

#[tokio::test]
async fn faults_hit_aws_calls_and_calls_are_recorded() {
    let (simulator, a, _) = pair().await;
    let fault = |effect| FaultRule::new(effect).product("ec2").times(1);
    simulator.add_fault(fault(FaultEffect::Throttle {
        retry_after_milliseconds: None,
    }));
    let throttled = a.ec2("CreateVpc", &[("CidrBlock", "10.0.0.0/16")]).await;
    assert_eq!(throttled.status, 503);
    throttled.refused("RequestLimitExceeded");
    simulator.clear_faults();
    simulator.add_fault(fault(FaultEffect::ErrorAfter {
        status: 500,
        code: "InternalError".to_owned(),
    }));
    a.ec2("CreateVpc", &[("CidrBlock", "10.0.0.0/16")])
        .await
        .refused("InternalError");
    let created = simulator.alive();
    assert!(
        created
            .iter()
            .any(|entry| entry.kind == "vpc" && entry.account == A)
    );
    simulator.clear_faults();
    simulator.add_fault(fault(FaultEffect::ClockSkew { seconds: 7200 }));
    a.ec2("DescribeVpcs", &[]).await.refused("RequestExpired");
    simulator.add_fault(FaultRule::new(FaultEffect::ExpireSession).product("sts"));
    a.call(STS, "GetCallerIdentity", &[])
        .await
        .refused("ExpiredToken");
    let calls = simulator.calls();
    let seen: Vec<_> = calls
        .iter()
        .map(|call| {
            (
                call.product.as_str(),
                call.action.as_str(),
                call.write,
                call.status,
            )
        })
        .collect();
    let expected = [
        ("ec2", "CreateVpc", true, 503),
        ("ec2", "CreateVpc", true, 500),
        ("ec2", "DescribeVpcs", false, 400),
        ("sts", "GetCallerIdentity", false, 403),
    ];
    assert_eq!(seen, expected);
    assert_eq!(calls[0].region, "us-east-1");
}

#[tokio::test]
async fn ids_repeat_with_the_seed() {
    let mut ids = Vec::new();
    for _ in 0..2 {
        let simulator = Simulator::builder().seed(7).start().await.expect("a port");
        let keys = simulator.provision(AccountSpec::new("aws", A));
        assert!(keys.access_key_id.starts_with("AKIA") && keys.access_key_id.len() == 20);
        let client = Aws::new(&simulator, &keys, "eu-west-1");
        ids.push(client.vpc("10.0.0.0/16").await);
    }
    assert_eq!(ids[0], ids[1]);
    assert_eq!(ids[0].len(), "vpc-0123456789abcdef0".len());
}
