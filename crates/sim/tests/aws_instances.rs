//! AWS: instances as clients with a plan of their own look at them: power, attributes, types, interfaces.

mod support;

use std::time::Duration;

use landbridge_sim::{Protocol, Simulator, Verdict};
use support::aws::{Aws, pair};

fn pass(simulator: &Simulator, seconds: u64) {
    simulator.advance(Duration::from_secs(seconds));
}

/// A running instance, and what it is in.
struct Stage {
    vpc: String,
    subnet: String,
    group: String,
    instance: String,
}

async fn stage(simulator: &Simulator, client: &Aws) -> Stage {
    let (vpc, subnet) = client.network("10.0.0.0/16", "10.0.1.0/24").await;
    let group = client.group(&vpc, "web").await;
    let parameters = [
        ("ImageId", "ami-1"),
        ("InstanceType", "t3.micro"),
        ("MinCount", "1"),
        ("MaxCount", "1"),
        ("SubnetId", subnet.as_str()),
        ("SecurityGroupId.1", group.as_str()),
    ];
    let run = client.ok("RunInstances", &parameters).await;
    pass(simulator, 20);
    Stage {
        instance: run.text("instanceId"),
        vpc,
        subnet,
        group,
    }
}

#[tokio::test]
async fn a_stopped_instance_answers_nobody_and_starts_again() {
    let (simulator, a, _) = pair().await;
    let stage = stage(&simulator, &a).await;
    let neighbour = a.instance(&stage.subnet, &stage.group, "10.0.1.77").await;
    let ping = [
        ("GroupId", stage.group.as_str()),
        ("IpProtocol", "icmp"),
        ("FromPort", "-1"),
        ("ToPort", "-1"),
        ("CidrIp", "10.0.0.0/16"),
    ];
    a.ok("AuthorizeSecurityGroupIngress", &ping).await;
    pass(&simulator, 20);
    let reached = || {
        let address = "10.0.1.77".parse().expect("an address");
        simulator.probe(&stage.instance, address, Protocol::ECHO)
    };
    assert!(reached().is_delivered());

    let named = [("InstanceId.1", neighbour.as_str())];
    let stopped = a.ok("StopInstances", &named).await;
    assert_eq!(stopped.all("name"), ["stopping", "running"]);
    a.ec2("StartInstances", &named)
        .await
        .refused("IncorrectInstanceState");
    pass(&simulator, 20);
    match reached() {
        Verdict::Dropped { element, .. } => assert_eq!(element, neighbour),
        verdict => panic!("{verdict}"),
    }
    let by_state = [
        ("Filter.1.Name", "instance-state-name"),
        ("Filter.1.Value.1", "stopped"),
    ];
    let found = a.ok("DescribeInstances", &by_state).await;
    assert_eq!(found.text("instanceId"), neighbour);
    assert_eq!(found.text("privateIpAddress"), "10.0.1.77");

    let started = a.ok("StartInstances", &named).await;
    assert_eq!(started.all("name"), ["pending", "stopped"]);
    pass(&simulator, 20);
    assert!(reached().is_delivered());
    a.ok("TerminateInstances", &named).await;
    a.ec2("StopInstances", &named)
        .await
        .refused("IncorrectInstanceState");
}

#[tokio::test]
async fn the_status_of_instances_that_run_is_told_unless_all_are_asked_for() {
    let (simulator, a, _) = pair().await;
    let stage = stage(&simulator, &a).await;
    let named = [("InstanceId.1", stage.instance.as_str())];
    let found = a.ok("DescribeInstanceStatus", &named).await;
    assert_eq!(found.text("instanceId"), stage.instance);
    assert!(found.text("instanceStatus").contains("<status>ok</status>"));
    assert!(found.text("systemStatus").contains("<status>ok</status>"));
    a.ok("StopInstances", &named).await;
    let found = a.ok("DescribeInstanceStatus", &named).await;
    assert_eq!(found.text("instanceStatusSet"), "");
    let all = [named[0], ("IncludeAllInstances", "true")];
    let found = a.ok("DescribeInstanceStatus", &all).await;
    assert_eq!(found.text("name"), "stopping");
    let unknown = [("InstanceId.1", "i-0123456789abcdef0")];
    a.ec2("DescribeInstanceStatus", &unknown)
        .await
        .refused("InvalidInstanceID.NotFound");
}

#[tokio::test]
async fn attributes_are_read_and_changed_one_at_a_time() {
    let (simulator, a, _) = pair().await;
    let stage = stage(&simulator, &a).await;
    let id = ("InstanceId", stage.instance.as_str());
    let attribute = async |name: &str| {
        let parameters = [id, ("Attribute", name)];
        let answer = a.ok("DescribeInstanceAttribute", &parameters).await;
        answer.text(name)
    };
    let modify = async |name: &str, value: &str| {
        a.ec2("ModifyInstanceAttribute", &[id, (name, value)]).await
    };
    assert_eq!(attribute("sourceDestCheck").await, "<value>true</value>");
    modify("SourceDestCheck.Value", "false").await.ok();
    assert_eq!(attribute("sourceDestCheck").await, "<value>false</value>");
    let seen = a.ok("DescribeInstances", &[]).await;
    assert_eq!(seen.all("sourceDestCheck"), ["false", "false"]);

    modify("DisableApiTermination.Value", "true").await.ok();
    let end = [("InstanceId.1", stage.instance.as_str())];
    a.ec2("TerminateInstances", &end)
        .await
        .refused("OperationNotPermitted");
    let other_form = [
        id,
        ("Attribute", "disableApiTermination"),
        ("Value", "false"),
    ];
    a.ok("ModifyInstanceAttribute", &other_form).await;

    modify("DisableApiStop.Value", "true").await.ok();
    a.ec2("StopInstances", &end)
        .await
        .refused("OperationNotPermitted");
    modify("DisableApiStop.Value", "false").await.ok();

    modify("InstanceType.Value", "t3.small")
        .await
        .refused("IncorrectInstanceState");
    a.ok("StopInstances", &end).await;
    pass(&simulator, 20);
    modify("InstanceType.Value", "t3.small").await.ok();
    assert_eq!(attribute("instanceType").await, "<value>t3.small</value>");

    modify("Beauty.Value", "true")
        .await
        .refused("InvalidParameterValue");
    a.ec2("ModifyInstanceAttribute", &[id])
        .await
        .refused("MissingParameter");
    let unknown = [id, ("Attribute", "beauty")];
    a.ec2("DescribeInstanceAttribute", &unknown)
        .await
        .refused("InvalidParameterValue");
    a.ok("TerminateInstances", &end).await;
}

#[tokio::test]
async fn groups_of_an_instance_are_changed_by_it_or_by_its_interface() {
    let (simulator, a, _) = pair().await;
    let stage = stage(&simulator, &a).await;
    let other = a.group(&stage.vpc, "other").await;
    let elsewhere = a.vpc("10.9.0.0/16").await;
    let foreign = a.group(&elsewhere, "foreign").await;
    let by_instance = async |group: &str| {
        let parameters = [
            ("InstanceId", stage.instance.as_str()),
            ("GroupId.1", group),
        ];
        a.ec2("ModifyInstanceAttribute", &parameters).await
    };
    by_instance(&foreign).await.refused("InvalidGroup.NotFound");
    by_instance(&other).await.ok();
    let interface = a.ok("DescribeNetworkInterfaces", &[]).await;
    assert!(interface.text("groupSet").contains(&other));
    let interface = interface.text("networkInterfaceId");
    let by_interface = [
        ("NetworkInterfaceId", interface.as_str()),
        ("SecurityGroupId.1", stage.group.as_str()),
    ];
    a.ok("ModifyNetworkInterfaceAttribute", &by_interface).await;
    let found = a.ok("DescribeInstances", &[]).await;
    // The reservation has a set of its own, which is empty.
    let groups = found.all("groupSet");
    assert!(groups.iter().any(|set| set.contains(&stage.group)));
    assert!(!found.body.contains(&other));
    let unknown = [("NetworkInterfaceId", "eni-0123456789abcdef0")];
    a.ec2("ModifyNetworkInterfaceAttribute", &unknown)
        .await
        .refused("InvalidNetworkInterfaceID.NotFound");
}

#[tokio::test]
async fn an_interface_tells_what_it_is_attached_to() {
    let (simulator, a, b) = pair().await;
    let stage = stage(&simulator, &a).await;
    for (name, value) in [
        ("group-id", &stage.group),
        ("vpc-id", &stage.vpc),
        ("subnet-id", &stage.subnet),
        ("attachment.instance-id", &stage.instance),
    ] {
        let parameters = [
            ("Filter.1.Name", name),
            ("Filter.1.Value.1", value.as_str()),
        ];
        let found = a.ok("DescribeNetworkInterfaces", &parameters).await;
        assert_eq!(found.text("instanceId"), stage.instance, "{name}");
        let other = [("Filter.1.Name", name), ("Filter.1.Value.1", "x-1")];
        let none = a.ok("DescribeNetworkInterfaces", &other).await;
        assert_eq!(none.text("networkInterfaceSet"), "", "{name}");
    }
    let found = b.ok("DescribeNetworkInterfaces", &[]).await;
    assert_eq!(found.text("networkInterfaceSet"), "");
    let instance = a.ok("DescribeInstances", &[]).await;
    let attachment = instance.text("attachment");
    assert!(attachment.contains("<deviceIndex>0</deviceIndex>"));
    assert!(attachment.contains("<status>attached</status>"));
    let id = instance.text("networkInterfaceId");
    let named = [("NetworkInterfaceId.1", id.as_str())];
    let found = a.ok("DescribeNetworkInterfaces", &named).await;
    assert_eq!(
        found.text("attachmentId"),
        id.replace("eni-", "eni-attach-")
    );
    b.ec2("DescribeNetworkInterfaces", &named)
        .await
        .refused("InvalidNetworkInterfaceID.NotFound");
    let end = [("InstanceId.1", stage.instance.as_str())];
    a.ok("TerminateInstances", &end).await;
    pass(&simulator, 20);
    let found = a.ok("DescribeNetworkInterfaces", &[]).await;
    assert_eq!(found.text("networkInterfaceSet"), "");
}

#[tokio::test]
async fn types_are_described_and_earn_credits_by_their_family() {
    let (simulator, a, _) = pair().await;
    let stage = stage(&simulator, &a).await;
    let kinds = [
        ("InstanceType.1", "t3.micro"),
        ("InstanceType.2", "m5.large"),
    ];
    let kinds = a.ok("DescribeInstanceTypes", &kinds).await;
    assert_eq!(kinds.all("instanceType"), ["t3.micro", "m5.large"]);
    assert_eq!(
        kinds.all("burstablePerformanceSupported"),
        ["true", "false"]
    );
    a.ec2("DescribeInstanceTypes", &[("InstanceType.1", "huge")])
        .await
        .refused("InvalidInstanceType");
    let named = [("InstanceId.1", stage.instance.as_str())];
    let credits = a.ok("DescribeInstanceCreditSpecifications", &named).await;
    assert_eq!(credits.text("cpuCredits"), "unlimited");
    let volumes = [
        ("Filter.1.Name", "attachment.instance-id"),
        ("Filter.1.Value.1", stage.instance.as_str()),
    ];
    let volumes = a.ok("DescribeVolumes", &volumes).await;
    assert_eq!(volumes.text("volumeSet"), "");
}
