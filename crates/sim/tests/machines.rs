//! Instances, their groups and their commands.

mod support;

use std::time::Duration;

use landbridge_sim::Simulator;
use serde_json::Value;
use support::{A, Client, ECS, LONG, REGION, VPC, start, text, vpc};

#[tokio::test]
async fn rules_come_in_two_forms_that_do_not_mix() {
    let (simulator, client) = start().await;
    let id = text(&vpc(&client, "10.0.0.0/16").await["VpcId"]);
    simulator.advance(LONG);
    let group = text(
        &client
            .ok(ECS, "CreateSecurityGroup", &[REGION, ("VpcId", &id)])
            .await["SecurityGroupId"],
    );
    let flat = [
        REGION,
        ("SecurityGroupId", group.as_str()),
        ("IpProtocol", "tcp"),
        ("PortRange", "22/22"),
        ("SourceCidrIp", "10.0.0.0/8"),
    ];
    client.ok(ECS, "AuthorizeSecurityGroup", &flat).await;
    let mut mixed = flat.to_vec();
    mixed.push(("Permissions.1.IpProtocol", "ICMP"));
    client
        .call(ECS, "AuthorizeSecurityGroup", &mixed)
        .await
        .refused("InvalidParam.Permissions");
    let shown = client
        .ok(ECS, "DescribeSecurityGroupAttribute", &flat[..2])
        .await;
    let rule = &shown["Permissions"]["Permission"][0];
    assert_eq!(
        (&rule["IpProtocol"], &rule["Policy"], &rule["Priority"]),
        (&"TCP".into(), &"Accept".into(), &"1".into())
    );
    let by_id = text(&rule["SecurityGroupRuleId"]);
    client
        .ok(
            ECS,
            "RevokeSecurityGroup",
            &[flat[0], flat[1], ("SecurityGroupRuleId.1", &by_id)],
        )
        .await;
    client
        .call(ECS, "RevokeSecurityGroup", &flat)
        .await
        .refused("InvalidSecurityGroupRule.RuleNotExist");
}

async fn command(simulator: &Simulator, client: &Client, instance: &str, script: &str) -> Value {
    let run = [
        REGION,
        ("Type", "RunShellScript"),
        ("CommandContent", script),
        ("InstanceId.1", instance),
        ("Timeout", "20"),
    ];
    let id = text(&client.ok(ECS, "RunCommand", &run).await["InvokeId"]);
    simulator.advance(LONG);
    let query = [
        REGION,
        ("InvokeId", id.as_str()),
        ("ContentEncoding", "PlainText"),
    ];
    let answer = client.ok(ECS, "DescribeInvocationResults", &query).await;
    answer["Invocation"]["InvocationResults"]["InvocationResult"][0].clone()
}

#[tokio::test]
async fn commands_need_an_agent_and_take_their_time() {
    let (simulator, client) = start().await;
    let id = text(&vpc(&client, "10.0.0.0/16").await["VpcId"]);
    simulator.advance(LONG);
    let create = [
        REGION,
        ("VpcId", &id),
        ("ZoneId", "cn-hangzhou-h"),
        ("CidrBlock", "10.0.0.0/24"),
    ];
    let vswitch = text(&client.ok(VPC, "CreateVSwitch", &create).await["VSwitchId"]);
    simulator.advance(LONG);
    let group = client
        .ok(ECS, "CreateSecurityGroup", &[REGION, ("VpcId", &id)])
        .await;
    let group = text(&group["SecurityGroupId"]);
    let run = [
        REGION,
        ("ImageFamily", "acs:alibaba_cloud_linux_3_2104_lts_x64"),
        ("InstanceType", "ecs.t5-lc2m1.nano"),
        ("SecurityGroupId", &group),
        ("VSwitchId", &vswitch),
        ("Amount", "2"),
    ];
    let instances = client.ok(ECS, "RunInstances", &run).await;
    let [first, second] = [0, 1].map(|n| text(&instances["InstanceIdSets"]["InstanceIdSet"][n]));
    simulator.advance(Duration::from_secs(26));
    let early = command(&simulator, &client, &first, "true").await;
    assert_eq!(
        (&early["InvocationStatus"], &early["ErrorCode"]),
        (&"Error".into(), &"ClientNotRunning".into())
    );

    let found = client
        .ok(
            ECS,
            "DescribeInstances",
            &[REGION, ("InstanceIds", &format!("[\"{second}\"]"))],
        )
        .await;
    let address =
        &found["Instances"]["Instance"][0]["VpcAttributes"]["PrivateIpAddress"]["IpAddress"][0];
    let address = text(address);
    // Members of a basic group reach each other without any rule.
    let script = format!("ping -q -c 2 {address} && echo fine $?; tail -1");
    let done = command(&simulator, &client, &first, &script).await;
    let output = text(&done["Output"]);
    assert!(
        output.contains("2 packets transmitted, 2 received") && output.contains("fine 0\n"),
        "{output}"
    );
    assert_eq!(
        (&done["ExitCode"], &done["InvocationStatus"]),
        (&127.into(), &"Failed".into())
    );

    let endless = command(&simulator, &client, &first, "ping 10.0.0.200").await;
    assert_eq!(endless["InvocationStatus"], "Timeout");

    client
        .call(ECS, "DeleteInstance", &[REGION, ("InstanceId", &first)])
        .await
        .refused("IncorrectInstanceStatus");
    client
        .ok(
            ECS,
            "DeleteInstance",
            &[REGION, ("InstanceId", &second), ("Force", "true")],
        )
        .await;
    let lost = command(
        &simulator,
        &client,
        &first,
        &format!("ping -c 2 -W 1 {address}"),
    )
    .await;
    assert_eq!(
        (&lost["ExitCode"], &lost["InvocationStatus"]),
        (&1.into(), &"Failed".into())
    );
}

#[tokio::test]
async fn group_references_stay_inside_one_vpc() {
    let (simulator, client) = start().await;
    let mut groups = Vec::new();
    let mut networks = Vec::new();
    for range in ["10.0.0.0/16", "10.1.0.0/16"] {
        let id = text(&vpc(&client, range).await["VpcId"]);
        simulator.advance(LONG);
        for _ in 0..2 {
            let group = client
                .ok(ECS, "CreateSecurityGroup", &[REGION, ("VpcId", &id)])
                .await;
            groups.push(text(&group["SecurityGroupId"]));
        }
        networks.push(id);
    }
    let reference = |source: usize| {
        [
            REGION,
            ("SecurityGroupId", groups[0].as_str()),
            ("Permissions.1.IpProtocol", "ALL"),
            ("Permissions.1.PortRange", "-1/-1"),
            ("Permissions.1.SourceGroupId", groups[source].as_str()),
            ("Permissions.1.SourceGroupOwnerId", A),
        ]
    };
    client
        .call(ECS, "AuthorizeSecurityGroup", &reference(2))
        .await
        .refused("InvalidSourceGroupId.Mismatch");
    client
        .ok(ECS, "AuthorizeSecurityGroup", &reference(1))
        .await;
    let delete = [REGION, ("SecurityGroupId", groups[1].as_str())];
    client
        .call(ECS, "DeleteSecurityGroup", &delete)
        .await
        .refused("DependencyViolation");
    client.ok(ECS, "RevokeSecurityGroup", &reference(1)).await;
    client.ok(ECS, "DeleteSecurityGroup", &delete).await;
    let busy = client
        .call(VPC, "DeleteVpc", &[REGION, ("VpcId", &networks[0])])
        .await;
    busy.refused("DependencyViolation.SecurityGroup");
}

#[tokio::test]
async fn interfaces_are_listed_with_what_they_belong_to() {
    let (simulator, client) = start().await;
    let id = text(&vpc(&client, "10.0.0.0/16").await["VpcId"]);
    simulator.advance(LONG);
    let none = client
        .ok(ECS, "DescribeNetworkInterfaces", &[REGION, ("VpcId", &id)])
        .await;
    assert_eq!(
        none["NetworkInterfaceSets"]["NetworkInterfaceSet"],
        serde_json::json!([])
    );
    let (instance, vswitch, group) = started(&simulator, &client, &id).await;
    let listed = client
        .ok(
            ECS,
            "DescribeNetworkInterfaces",
            &[REGION, ("VpcId", &id), ("MaxResults", "10")],
        )
        .await;
    let interface = &listed["NetworkInterfaceSets"]["NetworkInterfaceSet"][0];
    assert_eq!(interface["InstanceId"], *instance.as_str());
    assert_eq!(interface["VSwitchId"], *vswitch.as_str());
    assert_eq!(
        interface["SecurityGroupIds"]["SecurityGroupId"][0],
        *group.as_str()
    );
    let other = [REGION, ("VpcId", "vpc-other")];
    let none = client.ok(ECS, "DescribeNetworkInterfaces", &other).await;
    assert_eq!(
        none["NetworkInterfaceSets"]["NetworkInterfaceSet"],
        serde_json::json!([])
    );
}

/// An instance in a new vSwitch and a new group of a VPC.
async fn started(simulator: &Simulator, client: &Client, vpc: &str) -> (String, String, String) {
    let create = [
        REGION,
        ("VpcId", vpc),
        ("ZoneId", "cn-hangzhou-h"),
        ("CidrBlock", "10.0.0.0/24"),
    ];
    let vswitch = text(&client.ok(VPC, "CreateVSwitch", &create).await["VSwitchId"]);
    simulator.advance(LONG);
    let group = client.ok(ECS, "CreateSecurityGroup", &create[..2]).await;
    let group = text(&group["SecurityGroupId"]);
    let run = [
        REGION,
        ("ImageFamily", "acs:alibaba_cloud_linux_3_2104_lts_x64"),
        ("InstanceType", "ecs.t5-lc2m1.nano"),
        ("SecurityGroupId", &group),
        ("VSwitchId", &vswitch),
    ];
    let run = client.ok(ECS, "RunInstances", &run).await;
    let instance = text(&run["InstanceIdSets"]["InstanceIdSet"][0]);
    (instance, vswitch, group)
}
