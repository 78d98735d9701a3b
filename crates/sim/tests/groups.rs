//! Security groups: forms of rules, references to other groups, limits.

mod support;

use landbridge_sim::{AccountSpec, Simulator};
use serde_json::{Value, json};
use support::{
    A, Answer, B, Client, ECS, LONG, REGION, VPC, control, start, start_with, text, vpc,
};

async fn place(spec: AccountSpec) -> (Simulator, Client, String) {
    let (simulator, client) = start_with(spec).await;
    let vpc = text(&vpc(&client, "10.0.0.0/16").await["VpcId"]);
    simulator.advance(LONG);
    (simulator, client, vpc)
}

async fn group(client: &Client, vpc: &str, kind: &str) -> String {
    let parameters = [REGION, ("VpcId", vpc), ("SecurityGroupType", kind)];
    let answer = client.ok(ECS, "CreateSecurityGroup", &parameters).await;
    text(&answer["SecurityGroupId"])
}

async fn change(client: &Client, action: &str, group: &str, more: &[(&str, &str)]) -> Answer {
    let mut parameters = vec![REGION, ("SecurityGroupId", group)];
    parameters.extend(more);
    client.call(ECS, action, &parameters).await
}

async fn rules(client: &Client, group: &str) -> Vec<Value> {
    let action = "DescribeSecurityGroupAttribute";
    let shown = change(client, action, group, &[]).await.ok();
    let rules = shown["Permissions"]["Permission"].as_array();
    rules.cloned().unwrap_or_default()
}

fn everything_from<'a>(side: &'a str, value: &'a str) -> [(&'a str, &'a str); 3] {
    [
        ("Permissions.1.IpProtocol", "ALL"),
        ("Permissions.1.PortRange", "-1/-1"),
        (side, value),
    ]
}

#[tokio::test]
async fn rules_go_out_too_and_in_both_forms() {
    let (_simulator, client, vpc) = place(AccountSpec::new("aliyun", A)).await;
    let group = group(&client, &vpc, "normal").await;
    let flat = [
        ("IpProtocol", "all"),
        ("PortRange", "-1/-1"),
        ("DestCidrIp", "10.9.0.0/16"),
        ("NicType", "intranet"),
    ];
    let authorize = "AuthorizeSecurityGroupEgress";
    change(&client, authorize, &group, &flat).await.ok();
    let numbered = everything_from("Permissions.1.DestCidrIp", "10.9.0.0/16");
    change(&client, authorize, &group, &numbered).await.ok();
    let shown = rules(&client, &group).await;
    assert_eq!(shown.len(), 1, "equal rules are one");
    assert_eq!(
        (&shown[0]["Direction"], &shown[0]["DestCidrIp"]),
        (&"egress".into(), &"10.9.0.0/16".into())
    );
    for flat in ["DestGroupOwnerAccount", "Priority", "NicType", "IpProtocol"] {
        let mut mixed = numbered.to_vec();
        mixed.push((flat, "1"));
        change(&client, authorize, &group, &mixed)
            .await
            .refused("InvalidParam.Permissions");
    }
    change(&client, authorize, &group, &[])
        .await
        .refused("InvalidParam.Permissions");
    let id = text(&shown[0]["SecurityGroupRuleId"]);
    let by_id = [("SecurityGroupRuleId.1", id.as_str())];
    change(&client, "RevokeSecurityGroup", &group, &by_id)
        .await
        .refused("InvalidSecurityGroupRuleId.NotFound");
    change(&client, "RevokeSecurityGroupEgress", &group, &by_id)
        .await
        .ok();
    change(&client, "RevokeSecurityGroupEgress", &group, &by_id)
        .await
        .refused("InvalidSecurityGroupRuleId.NotFound");
    change(&client, "RevokeSecurityGroupEgress", &group, &numbered)
        .await
        .refused("InvalidSecurityGroupRule.RuleNotExist");
}

#[tokio::test]
async fn rules_are_checked() {
    let (_simulator, client, vpc) = place(AccountSpec::new("aliyun", A)).await;
    let group = group(&client, &vpc, "normal").await;
    let range = ("Permissions.1.SourceCidrIp", "10.0.0.0/8");
    for (protocol, ports, more, code) in [
        ("IPIP", "-1/-1", range, "InvalidParam.IpProtocol"),
        ("TCP", "9/1", range, "InvalidParam.PortRange"),
        ("ICMP", "1/9", range, "InvalidParam.PortRange"),
        ("TCP", "", range, "InvalidParam.PortRange"),
        (
            "ALL",
            "-1/-1",
            ("Permissions.1.SourceCidrIp", "10"),
            "InvalidParam.SourceCidrIp",
        ),
        ("ALL", "-1/-1", ("", ""), "InvalidParam.SourceCidrIp"),
    ] {
        let parameters = [
            ("Permissions.1.IpProtocol", protocol),
            ("Permissions.1.PortRange", ports),
            more,
        ];
        change(&client, "AuthorizeSecurityGroup", &group, &parameters)
            .await
            .refused(code);
    }
    for (name, value) in [
        ("Policy", "perhaps"),
        ("Priority", "0"),
        ("Priority", "101"),
    ] {
        let parameter = format!("Permissions.1.{name}");
        let mut parameters = everything_from(range.0, range.1).to_vec();
        parameters.push((&parameter, value));
        change(&client, "AuthorizeSecurityGroup", &group, &parameters)
            .await
            .refused(&format!("InvalidParam.{name}"));
    }
    let unknown = everything_from(range.0, range.1);
    change(&client, "AuthorizeSecurityGroup", "sg-none", &unknown)
        .await
        .refused("InvalidSecurityGroupId.NotFound");
    let many: Vec<_> = (1..=101)
        .map(|n| (format!("Permissions.{n}.IpProtocol"), "ALL"))
        .collect();
    let many: Vec<_> = many.iter().map(|(k, v)| (k.as_str(), *v)).collect();
    change(&client, "AuthorizeSecurityGroup", &group, &many)
        .await
        .refused("InvalidParam.Permissions");
}

#[tokio::test]
async fn rules_and_references_are_limited() {
    let spec = AccountSpec::new("aliyun", A)
        .quota("rules_per_security_group", 3)
        .quota("source_groups_per_security_group", 2);
    let (_simulator, client, vpc) = place(spec).await;
    let mut groups = Vec::new();
    for _ in 0..4 {
        groups.push(group(&client, &vpc, "normal").await);
    }
    let refer = async |to: &str| {
        let parameters = everything_from("Permissions.1.SourceGroupId", to);
        change(&client, "AuthorizeSecurityGroup", &groups[0], &parameters).await
    };
    refer(&groups[1]).await.ok();
    refer(&groups[2]).await.ok();
    refer(&groups[1]).await.ok();
    let third = refer(&groups[3]).await;
    assert_eq!(third.status, 403);
    third.refused("AuthorizationLimitExceed");
    let allow = async |range: &str| {
        let parameters = everything_from("Permissions.1.SourceCidrIp", range);
        change(&client, "AuthorizeSecurityGroup", &groups[0], &parameters).await
    };
    allow("10.0.0.0/8").await.ok();
    allow("10.1.0.0/16")
        .await
        .refused("AuthorizationLimitExceed");
    assert_eq!(rules(&client, &groups[0]).await.len(), 3);
}

#[tokio::test]
async fn advanced_groups_know_no_references() {
    let (_simulator, client, vpc) = place(AccountSpec::new("aliyun", A)).await;
    let basic = group(&client, &vpc, "normal").await;
    let advanced = group(&client, &vpc, "enterprise").await;
    for (from, to) in [(&basic, &advanced), (&advanced, &basic)] {
        let parameters = everything_from("Permissions.1.SourceGroupId", to);
        change(&client, "AuthorizeSecurityGroup", from, &parameters)
            .await
            .refused("InvalidGroupAuthParameter.OperationDenied");
    }
}

#[tokio::test]
async fn unknown_groups_and_owners_are_not_found() {
    let (_simulator, client, vpc) =
        place(AccountSpec::new("aliyun", A).login_name("a@example.com")).await;
    let first = group(&client, &vpc, "normal").await;
    let second = group(&client, &vpc, "normal").await;
    for (id, owner, value) in [
        ("sg-none", "OwnerId", A),
        (&second, "OwnerId", B),
        (&second, "OwnerAccount", "nobody@example.com"),
        (&second, "OwnerAccount", A),
    ] {
        let owner = format!("Permissions.1.SourceGroup{owner}");
        let mut parameters = everything_from("Permissions.1.SourceGroupId", id).to_vec();
        parameters.push((&owner, value));
        change(&client, "AuthorizeSecurityGroup", &first, &parameters)
            .await
            .refused("InvalidSourceGroupId.NotFound");
    }
}

#[tokio::test]
async fn with_a_range_the_owner_does_not_matter() {
    let (_simulator, client, vpc) = place(AccountSpec::new("aliyun", A)).await;
    let group = group(&client, &vpc, "normal").await;
    let mut parameters = everything_from("Permissions.1.SourceCidrIp", "10.9.0.0/16").to_vec();
    parameters.push(("Permissions.1.SourceGroupId", "sg-none"));
    parameters.push(("Permissions.1.SourceGroupOwnerId", B));
    parameters.push((
        "Permissions.1.SourceGroupOwnerAccount",
        "nobody@example.com",
    ));
    change(&client, "AuthorizeSecurityGroup", &group, &parameters)
        .await
        .ok();
    let shown = rules(&client, &group).await;
    assert_eq!(
        (
            &shown[0]["SourceGroupId"],
            &shown[0]["SourceGroupOwnerAccount"]
        ),
        (&"".into(), &"".into())
    );
}

/// A network of A of which a vSwitch is shared with B.
struct Shared {
    simulator: Simulator,
    a: Client,
    b: Client,
    vpc: String,
    vswitch: String,
}

async fn shared(b: AccountSpec) -> Shared {
    let (simulator, a) =
        start_with(AccountSpec::new("aliyun", A).login_name("a@example.com")).await;
    let b = Client::new(&simulator, &simulator.provision(b));
    let vpc = text(&vpc(&a, "10.0.0.0/16").await["VpcId"]);
    simulator.advance(LONG);
    let mut vswitches = Vec::new();
    for range in ["10.0.0.0/24", "10.0.1.0/24"] {
        let parameters = [
            REGION,
            ("VpcId", vpc.as_str()),
            ("ZoneId", "cn-hangzhou-h"),
            ("CidrBlock", range),
        ];
        let vswitch = a.ok(VPC, "CreateVSwitch", &parameters).await;
        vswitches.push(text(&vswitch["VSwitchId"]));
        simulator.advance(LONG);
    }
    assert!(simulator.share_vswitch(&vswitches[0], B));
    Shared {
        simulator,
        a,
        b,
        vpc,
        vswitch: vswitches.swap_remove(0),
    }
}

async fn instance(client: &Client, vswitch: &str, group: &str) -> Answer {
    let parameters = [
        REGION,
        ("InstanceType", "ecs.t6-c1m1.large"),
        ("ImageId", "i"),
        ("VSwitchId", vswitch),
        ("SecurityGroupId", group),
    ];
    client.call(ECS, "RunInstances", &parameters).await
}

#[tokio::test]
async fn a_shared_network_is_seen_by_both_and_changed_by_its_owner_only() {
    let Shared {
        simulator,
        a,
        b,
        vpc,
        vswitch,
    } = shared(AccountSpec::new("aliyun", B)).await;
    let vpcs = b.ok(VPC, "DescribeVpcs", &[REGION]).await;
    assert_eq!(vpcs["TotalCount"], 1);
    assert_eq!(vpcs["Vpcs"]["Vpc"][0]["OwnerId"], 1234567890123456_u64);
    assert_eq!(
        vpcs["Vpcs"]["Vpc"][0]["VSwitchIds"]["VSwitchId"],
        json!([vswitch])
    );
    let id = ("VpcId", vpc.as_str());
    b.ok(VPC, "DescribeVpcAttribute", &[REGION, id]).await;
    let vswitches = b.ok(VPC, "DescribeVSwitches", &[REGION, id]).await;
    assert_eq!(vswitches["TotalCount"], 1);
    assert_eq!(vswitches["VSwitches"]["VSwitch"][0]["ShareType"], "Shared");
    let elsewhere = [("RegionId", "cn-qingdao")];
    let none = b.ok(VPC, "DescribeVpcs", &elsewhere).await;
    assert_eq!(none["TotalCount"], 0);
    let own = a.ok(VPC, "DescribeVSwitches", &[REGION, id]).await;
    assert_eq!(own["TotalCount"], 2);
    b.call(VPC, "DeleteVSwitch", &[REGION, ("VSwitchId", &vswitch)])
        .await
        .refused("InvalidVSwitchId.NotFound");
    b.call(VPC, "DeleteVpc", &[REGION, id])
        .await
        .refused("InvalidVpcId.NotFound");
    let stranger = simulator.provision(AccountSpec::new("aliyun", "1234567890123458"));
    let stranger = Client::new(&simulator, &stranger);
    stranger
        .call(VPC, "DescribeVpcAttribute", &[REGION, id])
        .await
        .refused("InvalidVpcId.NotFound");
    stranger
        .call(ECS, "CreateSecurityGroup", &[REGION, id])
        .await
        .refused("InvalidVpcId.NotFound");
    let group = group(&b, &vpc, "normal").await;
    let others = own["VSwitches"]["VSwitch"].as_array().cloned();
    let others = others.unwrap_or_default();
    let closed = others
        .iter()
        .map(|other| text(&other["VSwitchId"]))
        .find(|id| *id != vswitch)
        .expect("a vSwitch that is not shared");
    instance(&b, &closed, &group)
        .await
        .refused("InvalidVSwitchId.NotFound");
    let body = json!({"vswitch": closed, "account": B}).to_string();
    control(&simulator, "POST", "/_sim/shares", &body)
        .await
        .ok();
    instance(&b, &closed, &group).await.ok();
    let unknown = json!({"vswitch": "vsw-none", "account": B}).to_string();
    let unknown = control(&simulator, "POST", "/_sim/shares", &unknown).await;
    assert_eq!(unknown.status, 400);
    assert!(!simulator.share_vswitch("vsw-none", B));
}

#[tokio::test]
async fn groups_of_two_accounts_in_one_network_let_each_other_in() {
    let Shared {
        simulator,
        a,
        b,
        vpc,
        vswitch,
    } = shared(AccountSpec::new("aliyun", B).login_name("b@example.com")).await;
    let (of_a, of_b) = (
        group(&a, &vpc, "normal").await,
        group(&b, &vpc, "normal").await,
    );
    let id = |answer: Answer| text(&answer.ok()["InstanceIdSets"]["InstanceIdSet"][0]);
    let first = id(instance(&a, &vswitch, &of_a).await);
    let second = id(instance(&b, &vswitch, &of_b).await);
    simulator.advance(LONG);
    instance(&b, &vswitch, &of_a)
        .await
        .refused("InvalidSecurityGroupId.NotFound");
    let shown = b.ok(ECS, "DescribeInstances", &[REGION]).await;
    let shown = &shown["Instances"]["Instance"][0];
    let address = text(&shown["VpcAttributes"]["PrivateIpAddress"]["IpAddress"][0]);
    let address = address.parse().expect("an address");
    let ping = || simulator.probe(&first, address, landbridge_sim::Protocol::ECHO);
    assert!(!ping().is_delivered(), "{}", ping());
    let own_by_default = everything_from("Permissions.1.SourceGroupId", &of_a);
    change(&b, "AuthorizeSecurityGroup", &of_b, &own_by_default)
        .await
        .refused("InvalidSourceGroupId.NotFound");
    let mut by_name = own_by_default.to_vec();
    by_name.push(("Permissions.1.SourceGroupOwnerAccount", "a@example.com"));
    change(&b, "AuthorizeSecurityGroup", &of_b, &by_name)
        .await
        .ok();
    assert!(ping().is_delivered(), "{}", ping());
    let mut by_id = own_by_default.to_vec();
    by_id.push(("Permissions.1.SourceGroupOwnerId", A));
    change(&b, "AuthorizeSecurityGroup", &of_b, &by_id)
        .await
        .ok();
    let shown = rules(&b, &of_b).await;
    assert_eq!(shown.len(), 1, "one owner in two spellings is one rule");
    assert_eq!(shown[0]["SourceGroupOwnerAccount"], "a@example.com");
    a.call(
        ECS,
        "DeleteInstance",
        &[REGION, ("InstanceId", &first), ("Force", "true")],
    )
    .await
    .ok();
    simulator.advance(LONG);
    let delete = [REGION, ("SecurityGroupId", of_a.as_str())];
    a.call(ECS, "DeleteSecurityGroup", &delete)
        .await
        .refused("DependencyViolation");
    change(&b, "RevokeSecurityGroup", &of_b, &by_id).await.ok();
    a.ok(ECS, "DeleteSecurityGroup", &delete).await;
    let _ = second;
}

#[tokio::test]
async fn the_older_form_names_foreign_groups_too() {
    let shared = shared(AccountSpec::new("aliyun", B)).await;
    let Shared { a, b, vpc, .. } = &shared;
    let (of_a, of_b) = (group(a, vpc, "normal").await, group(b, vpc, "normal").await);
    let flat = [
        ("IpProtocol", "all"),
        ("PortRange", "-1/-1"),
        ("SourceGroupId", of_b.as_str()),
        ("SourceGroupOwnerAccount", B),
        ("NicType", "intranet"),
    ];
    change(a, "AuthorizeSecurityGroup", &of_a, &flat).await.ok();
    let shown = rules(a, &of_a).await;
    assert_eq!(
        (
            &shown[0]["SourceGroupOwnerAccount"],
            &shown[0]["SourceGroupId"]
        ),
        (&B.into(), &of_b.as_str().into())
    );
}

#[tokio::test]
async fn classic_instances_can_be_told() {
    let (simulator, client) = start().await;
    let id = simulator.provision_classic_instance(A, "cn-hangzhou");
    let body = json!({"account": A, "region": "cn-hangzhou"}).to_string();
    let second = control(&simulator, "POST", "/_sim/classic-instances", &body).await;
    let second = text(&second.ok()["instance_id"]);
    let shown = client.ok(ECS, "DescribeInstances", &[REGION]).await;
    let instances = shown["Instances"]["Instance"].as_array().cloned();
    let instances = instances.unwrap_or_default();
    assert_eq!(instances.len(), 2);
    assert_eq!(
        (&instances[0]["InstanceId"], &instances[1]["InstanceId"]),
        (&id.as_str().into(), &second.as_str().into())
    );
    let first = &instances[0];
    assert_eq!(first["InstanceNetworkType"], "classic");
    assert_eq!(first["VpcAttributes"]["VpcId"], "");
    let inner = text(&first["InnerIpAddress"]["IpAddress"][0]);
    assert!(inner.parse::<std::net::Ipv4Addr>().is_ok(), "{inner}");
    assert_ne!(first["InnerIpAddress"], instances[1]["InnerIpAddress"]);
    let group = text(&first["SecurityGroupIds"]["SecurityGroupId"][0]);
    let groups = client.ok(ECS, "DescribeSecurityGroups", &[REGION]).await;
    let groups = &groups["SecurityGroups"]["SecurityGroup"];
    assert_eq!(
        (&groups[0]["SecurityGroupId"], &groups[0]["VpcId"]),
        (&group.as_str().into(), &"".into())
    );
    let verdict = simulator.probe(&id, [10, 0, 0, 1].into(), landbridge_sim::Protocol::ECHO);
    assert!(!verdict.is_delivered());
    let vpc = text(&vpc(&client, "10.0.0.0/16").await["VpcId"]);
    simulator.advance(LONG);
    let modern = self::group(&client, &vpc, "normal").await;
    let parameters = everything_from("Permissions.1.SourceGroupId", &group);
    change(&client, "AuthorizeSecurityGroup", &modern, &parameters)
        .await
        .refused("InvalidNetworkType.Mismatch");
    let delete = [REGION, ("InstanceId", id.as_str()), ("Force", "true")];
    client.ok(ECS, "DeleteInstance", &delete).await;
}
