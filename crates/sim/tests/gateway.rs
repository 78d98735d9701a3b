//! What the gateway refuses, remembers, delays and records.

mod support;

use std::time::Duration;

use landbridge_sim::{AccountSpec, FaultEffect, FaultRule, Simulator, Speed};
use support::{
    A, CBN, Client, ECS, REGION, STS, Twist, VPC, control, start, start_with, text, vpc,
};

#[tokio::test]
async fn other_addresses_than_loopback_are_refused() {
    let refused = Simulator::builder()
        .listen("0.0.0.0:0".parse().expect("an address"))
        .start()
        .await;
    assert_eq!(
        refused.err().map(|error| error.kind()),
        Some(std::io::ErrorKind::InvalidInput)
    );
}

#[tokio::test]
async fn the_server_ends_with_its_last_handle() {
    let (simulator, client) = start().await;
    let other = simulator.clone();
    drop(simulator);
    client.ok(STS, "GetCallerIdentity", &[]).await;
    other.shutdown().await;
    tokio::task::yield_now().await;
    let answer = client
        .twisted(STS, "GetCallerIdentity", &[], Twist::default())
        .await;
    assert!(answer.is_err());
}

#[tokio::test]
async fn same_seed_and_same_calls_give_the_same_ids() {
    let mut ids = Vec::new();
    for _ in 0..2 {
        let (_simulator, client) = start().await;
        ids.push(text(&vpc(&client, "10.0.0.0/16").await["VpcId"]));
    }
    assert_eq!(ids[0], ids[1]);
    assert!(ids[0].starts_with("vpc-bp1"));
}

#[tokio::test]
async fn accounts_see_only_their_own() {
    let (simulator, client) = start().await;
    let id = text(&vpc(&client, "10.0.0.0/16").await["VpcId"]);
    let stranger = Client::new(
        &simulator,
        &simulator.provision(AccountSpec::new("aliyun", "1234567890123457")),
    );
    let seen = stranger.ok(VPC, "DescribeVpcs", &[REGION]).await;
    assert_eq!(seen["TotalCount"], 0);
    stranger
        .call(VPC, "DeleteVpc", &[REGION, ("VpcId", &id)])
        .await
        .refused("InvalidVpcId.NotFound");
}

#[tokio::test]
async fn a_client_token_makes_a_create_happen_once() {
    let (simulator, client) = start().await;
    let with = |range: &'static str| [REGION, ("CidrBlock", range), ("ClientToken", "t-1")];
    let first = client.ok(VPC, "CreateVpc", &with("10.0.0.0/16")).await;
    let second = client.ok(VPC, "CreateVpc", &with("10.0.0.0/16")).await;
    assert_eq!(first["VpcId"], second["VpcId"]);
    assert_ne!(first["RequestId"], second["RequestId"]);
    client
        .call(VPC, "CreateVpc", &with("10.1.0.0/16"))
        .await
        .refused("IdempotentParameterMismatch");
    assert_eq!(
        simulator
            .alive()
            .iter()
            .filter(|entry| entry.kind == "vpc")
            .count(),
        1
    );
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let (simulator, client) = start().await;
    let parameters = [REGION, ("CidrBlock", "10.0.0.0/16"), ("DryRun", "true")];
    client
        .call(VPC, "CreateVpc", &parameters)
        .await
        .refused("DryRunOperation");
    let bad = [REGION, ("CidrBlock", "10.0.0.1/16"), ("DryRun", "true")];
    client
        .call(VPC, "CreateVpc", &bad)
        .await
        .refused("InvalidCidrBlock");
    assert!(simulator.ledger().is_empty());
}

#[tokio::test]
async fn lists_are_paged_with_small_defaults() {
    let (_simulator, client) =
        start_with(AccountSpec::new("aliyun", A).quota("vpcs_per_region", 20)).await;
    for n in 0..12 {
        vpc(&client, &format!("10.{n}.0.0/16")).await;
    }
    let first = client.ok(VPC, "DescribeVpcs", &[REGION]).await;
    assert_eq!(
        (
            first["Vpcs"]["Vpc"].as_array().map(Vec::len),
            &first["TotalCount"]
        ),
        (Some(10), &12.into())
    );
    let second = client
        .ok(VPC, "DescribeVpcs", &[REGION, ("PageNumber", "2")])
        .await;
    assert_eq!(second["Vpcs"]["Vpc"].as_array().map(Vec::len), Some(2));
    client
        .call(VPC, "DescribeVpcs", &[REGION, ("PageSize", "51")])
        .await
        .refused("InvalidParameter");
}

#[tokio::test]
async fn quotas_can_be_set_per_account() {
    let (_simulator, client) =
        start_with(AccountSpec::new("aliyun", A).quota("vpcs_per_region", 1)).await;
    vpc(&client, "10.0.0.0/16").await;
    client
        .call(VPC, "CreateVpc", &[REGION, ("CidrBlock", "10.1.0.0/16")])
        .await
        .refused("QuotaExceeded.Vpc");
}

#[tokio::test]
async fn published_rates_throttle_with_a_hint() {
    let (simulator, client) = start().await;
    let create = [("CenId", "cen-none"), REGION];
    for _ in 0..3 {
        client
            .call(CBN, "CreateTransitRouter", &create)
            .await
            .refused("ParameterCenInstanceId");
    }
    let throttled = client.call(CBN, "CreateTransitRouter", &create).await;
    assert_eq!(throttled.headers["x-acs-retry-after"], "334");
    throttled.refused("Throttling.User");
    simulator.advance(Duration::from_millis(334));
    client
        .call(CBN, "CreateTransitRouter", &create)
        .await
        .refused("ParameterCenInstanceId");
}

#[tokio::test]
async fn faults_hit_before_or_after_the_effect() {
    let (simulator, client) = start().await;
    let parameters = [REGION, ("CidrBlock", "10.0.0.0/16")];
    let count = || {
        simulator
            .alive()
            .iter()
            .filter(|entry| entry.kind == "vpc")
            .count()
    };
    let rule = |effect| FaultRule::new(effect).action("CreateVpc").times(1);
    let error = |code: &str| (503, code.to_owned());

    let (status, code) = error("ServiceUnavailable");
    simulator.add_fault(rule(FaultEffect::ErrorBefore { status, code }));
    client
        .call(VPC, "CreateVpc", &parameters)
        .await
        .refused("ServiceUnavailable");
    assert_eq!(count(), 0);

    let (status, code) = error("InternalError");
    simulator.add_fault(rule(FaultEffect::ErrorAfter { status, code }));
    client
        .call(VPC, "CreateVpc", &parameters)
        .await
        .refused("InternalError");
    assert_eq!(count(), 1);

    simulator.add_fault(rule(FaultEffect::DropBefore));
    assert!(
        client
            .twisted(VPC, "CreateVpc", &parameters, Twist::default())
            .await
            .is_err()
    );
    assert_eq!(count(), 1);

    simulator.add_fault(rule(FaultEffect::DropAfter));
    assert!(
        client
            .twisted(VPC, "CreateVpc", &parameters, Twist::default())
            .await
            .is_err()
    );
    assert_eq!(count(), 2);
    assert_eq!(simulator.calls().last().map(|call| call.status), Some(0));

    simulator.add_fault(rule(FaultEffect::TruncatedBody { keep: 10 }));
    assert!(
        client
            .twisted(VPC, "CreateVpc", &parameters, Twist::default())
            .await
            .is_err()
    );
    assert_eq!(count(), 3);

    simulator.add_fault(rule(FaultEffect::SlowBody { milliseconds: 1 }));
    client.ok(VPC, "CreateVpc", &parameters).await;

    simulator.add_fault(rule(FaultEffect::Throttle {
        retry_after_milliseconds: Some(1500),
    }));
    let throttled = client.call(VPC, "CreateVpc", &parameters).await;
    assert_eq!(throttled.headers["x-acs-retry-after"], "1500");
    throttled.refused("Throttling.User");

    simulator.add_fault(rule(FaultEffect::ExpireSession));
    client
        .call(VPC, "CreateVpc", &parameters)
        .await
        .refused("InvalidSecurityToken.Expired");
    client.ok(VPC, "CreateVpc", &parameters).await;
}

#[tokio::test]
async fn a_skewed_clock_can_be_corrected_from_the_date_header() {
    let (simulator, client) = start().await;
    simulator.add_fault(FaultRule::new(FaultEffect::ClockSkew { seconds: 3600 }));
    let answer = client.call(STS, "GetCallerIdentity", &[]).await;
    let date = answer.headers["date"].clone();
    answer.refused("InvalidTimeStamp.Expired");
    let date = jiff::fmt::rfc2822::parse(&date)
        .expect("a date")
        .timestamp();
    let twist = Twist {
        date: Some(date.into()),
        ..Twist::default()
    };
    client
        .twisted(STS, "GetCallerIdentity", &[], twist)
        .await
        .expect("an answer")
        .ok();
}

#[tokio::test]
async fn the_control_interface_provisions_accounts_and_moves_time() {
    let (simulator, _) = start().await;
    let account = r#"{"cloud": "aliyun", "id": "77", "name": "x"}"#;
    let keys = control(&simulator, "POST", "/_sim/accounts", account)
        .await
        .ok();
    let secret = text(&keys["access_key_secret"]);
    let listed = control(&simulator, "GET", "/_sim/accounts", "").await.ok();
    assert!(
        listed.to_string().contains(&text(&keys["access_key_id"]))
            && !listed.to_string().contains(&secret)
    );
    let advance = r#"{"advance_seconds": 1.5}"#;
    let clock = control(&simulator, "POST", "/_sim/clock", advance)
        .await
        .ok();
    assert_eq!(clock["uptime_seconds"], 1.5);
}

#[tokio::test]
async fn the_control_interface_injects_faults_and_shows_calls_and_the_ledger() {
    let (simulator, client) = start().await;
    let rule = r#"{"effect": {"type": "error_before", "status": 500, "code": "InternalError"}, "action": "CreateVpc"}"#;
    let id = control(&simulator, "POST", "/_sim/faults", rule).await.ok()["id"].to_string();
    let refused = client.call(VPC, "CreateVpc", &[]).await;
    refused.refused("InternalError");
    let faults = control(&simulator, "GET", "/_sim/faults", "").await.ok();
    assert_eq!(faults[0]["hits"], 1);
    let fault = format!("/_sim/faults?id={id}");
    control(&simulator, "DELETE", &fault, "").await.ok();
    vpc(&client, "10.0.0.0/16").await;
    let ledger = control(&simulator, "GET", "/_sim/ledger?alive=true", "")
        .await
        .ok();
    assert_eq!(ledger.as_array().map(Vec::len), Some(2));
    let calls = control(&simulator, "GET", "/_sim/calls", "").await.ok();
    assert_eq!(calls[1]["action"], "CreateVpc");
    let (all, later) = (calls.as_array().map_or(0, Vec::len), "?after=1");
    let counts = control(&simulator, "GET", "/_sim/counts", "").await.ok();
    assert_eq!(
        (&counts["calls"], &counts["alive"]),
        (&all.into(), &2.into())
    );
    assert_eq!(counts["by_code"]["InternalError"], 1);
    assert_eq!(counts["by_action"]["CreateVpc"], counts["writes"]);
    let places = counts["by_place"].as_object().expect("counts of places");
    let counted = places.values().filter_map(serde_json::Value::as_u64);
    assert_eq!(counted.sum::<u64>(), all as u64);
    let place = ["account", "region", "product"].map(|part| calls[1][part].as_str().expect("text"));
    assert!(places.contains_key(&place.join("/")), "{places:?}");
    let path = format!("/_sim/counts{later}");
    let counts = control(&simulator, "GET", &path, "").await.ok();
    assert_eq!(counts["calls"], all - 1);
    assert_eq!(counts["created"], 2);
    let path = format!("/_sim/calls{later}");
    let shown = control(&simulator, "GET", &path, "").await.ok();
    assert_eq!(shown[0], calls[1]);
    let packet = "/_sim/packet?source=i-1&destination=10.0.0.1&protocol=icmp";
    let packet = control(&simulator, "GET", packet, "").await.ok();
    assert_eq!(packet["verdict"], "dropped");
}

#[tokio::test]
async fn the_control_interface_lists_clouds_with_their_regions() {
    let (simulator, _) = start().await;
    let clouds = control(&simulator, "GET", "/_sim/clouds", "").await.ok();
    for (index, name) in landbridge_sim::CLOUDS.iter().enumerate() {
        let cloud = &clouds[index];
        assert_eq!(cloud["name"], *name);
        let regions = cloud["regions"].as_array().expect("a list");
        let known = simulator.regions(name);
        assert_eq!(regions.len(), known.len());
        assert_eq!(text(&regions[0]["id"]), known[0]);
        let zone = text(&regions[0]["zones"][0]);
        assert!(zone.starts_with(&known[0]), "{zone}");
    }
    assert!(simulator.regions("elsewhere").is_empty());
}

#[tokio::test]
async fn bad_control_requests_are_refused() {
    let (simulator, _) = start().await;
    for (method, path, body, status) in [
        ("GET", "/_sim/nothing", "", 404),
        ("POST", "/_sim/nothing", "{}", 404),
        ("POST", "/_sim/faults", "{", 400),
        ("DELETE", "/_sim/faults?id=9", "", 400),
        ("GET", "/_sim/counts?after=x", "", 400),
        (
            "POST",
            "/_sim/accounts",
            r#"{"cloud": "elsewhere", "id": "1"}"#,
            400,
        ),
        (
            "POST",
            "/_sim/roles",
            r#"{"account": "404", "name": "r", "trusts": []}"#,
            400,
        ),
    ] {
        let answer = control(&simulator, method, path, body).await;
        assert_eq!(answer.status, status, "{method} {path}");
    }
}

#[tokio::test]
async fn a_request_for_no_cloud_is_refused_by_none_of_them() {
    let (simulator, _) = start().await;
    let answer = control(&simulator, "GET", "/favicon.ico", "").await;
    assert_eq!(answer.status, 404);
    assert!(simulator.calls().is_empty());
}

#[tokio::test]
async fn keys_of_another_cloud_are_unknown() {
    let (simulator, mut client) = start().await;
    let keys = simulator.provision(landbridge_sim::AccountSpec::new("aws", "111122223333"));
    client.key_id = keys.access_key_id;
    client.secret = keys.access_key_secret;
    let answer = client.call(VPC, "DescribeVpcs", &[]).await;
    answer.refused("InvalidAccessKeyId.NotFound");
}

#[tokio::test]
async fn oversized_bodies_are_refused() {
    let (_simulator, client) = start().await;
    let long = "x".repeat(1024 * 1024 + 1);
    let answer = client
        .twisted(
            VPC,
            "CreateVpc",
            &[("Description", &long)],
            Twist::default(),
        )
        .await;
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status == 413));
}

#[tokio::test]
async fn scaled_time_runs_by_itself() {
    let simulator = Simulator::builder()
        .speed(Speed::Scaled(1000.0))
        .start()
        .await
        .expect("a loopback port");
    let before = simulator.uptime();
    simulator.advance(Duration::from_secs(5));
    assert!(simulator.uptime() >= before + Duration::from_secs(5));
}

#[tokio::test]
async fn nothing_that_a_client_sends_breaks_the_server() {
    let (_simulator, client) = start().await;
    let odd = "\u{0}\u{1F600}-1/\\%\u{7f}99999999999999999999";
    let names = [
        "RegionId",
        "VpcId",
        "CidrBlock",
        "PageNumber",
        "PageSize",
        "MaxResults",
        "NextToken",
        "InstanceIds",
        "Permissions.1.PortRange",
        "Tag.1.Key",
        "ZoneMappings.1.ZoneId",
        "Bandwidth",
    ];
    for (version, action) in [
        (VPC, "CreateVpc"),
        (VPC, "DescribeVpcs"),
        (VPC, "DescribeRouteEntryList"),
        (CBN, "DescribeCens"),
        (CBN, "CreateTransitRouterVpcAttachment"),
        (ECS, "RunInstances"),
        (ECS, "DescribeInstances"),
        (ECS, "AuthorizeSecurityGroup"),
        (STS, "AssumeRole"),
    ] {
        for count in 0..=names.len() {
            let parameters: Vec<(&str, &str)> =
                names[..count].iter().map(|name| (*name, odd)).collect();
            client.call(version, action, &parameters).await;
        }
    }
    client.ok(STS, "GetCallerIdentity", &[]).await;
}
