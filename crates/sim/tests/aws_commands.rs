//! AWS: commands that Systems Manager runs on instances.

mod support;

use landbridge_sim::{AccountSpec, FaultEffect, FaultRule, Simulator};
use serde_json::{Value, json};
use support::aws::{A, Aws, Twist, pair};
use support::aws_agents::{endpoint, for_endpoints, invocation, launch, pass, profile, send};

struct Stage {
    simulator: Simulator,
    client: Aws,
    left: String,
    right: String,
    group: String,
}

/// Two instances of one group in one subnet, whose agents are online. The group lets nothing in.
async fn stage() -> Stage {
    let (simulator, client, _) = pair().await;
    let (vpc, subnet) = client.network("10.0.0.0/16", "10.0.1.0/24").await;
    let group = client.group(&vpc, "probe").await;
    profile(&simulator, &client).await;
    let doors = for_endpoints(&client, &vpc, "10.0.0.0/16").await;
    for service in ["ssm", "ssmmessages"] {
        endpoint(&client, &vpc, &subnet, &doors, service).await;
    }
    let left = launch(
        &client,
        &subnet,
        &group,
        &[("PrivateIpAddress", "10.0.1.10")],
    )
    .await;
    let right = launch(
        &client,
        &subnet,
        &group,
        &[("PrivateIpAddress", "10.0.1.11")],
    )
    .await;
    pass(&simulator, 120);
    Stage {
        simulator,
        client,
        left,
        right,
        group,
    }
}

impl Stage {
    async fn run(&self, script: &str, seconds: u64) -> Value {
        let command = send(&self.client, &self.left, script).await;
        pass(&self.simulator, seconds);
        invocation(&self.client, &command, &self.left).await
    }

    async fn let_pings_in(&self) {
        let ping = [
            ("GroupId", self.group.as_str()),
            ("IpPermissions.1.IpProtocol", "icmp"),
            ("IpPermissions.1.FromPort", "-1"),
            ("IpPermissions.1.ToPort", "-1"),
            ("IpPermissions.1.IpRanges.1.CidrIp", "10.0.0.0/16"),
        ];
        self.client.ok("AuthorizeSecurityGroupIngress", &ping).await;
    }
}

const PING: &str = "ping -n -c 4 -i 0.2 -W 2 10.0.1.11";

#[tokio::test]
async fn a_ping_tells_what_the_data_plane_does() {
    let stage = stage().await;
    let lost = stage.run(PING, 30).await;
    assert_eq!(lost["Status"], "Failed");
    assert_eq!(lost["ResponseCode"], 1);
    let output = lost["StandardOutputContent"].as_str().expect("a text");
    assert!(
        output.contains("4 packets transmitted, 0 received, 100% packet loss"),
        "{output}"
    );
    assert_eq!(
        lost["StandardErrorContent"],
        "failed to run commands: exit status 1"
    );

    stage.let_pings_in().await;
    let answered = stage.run(PING, 30).await;
    assert_eq!(answered["Status"], "Success");
    assert_eq!(answered["ResponseCode"], 0);
    let output = answered["StandardOutputContent"].as_str().expect("a text");
    assert!(output.starts_with(
        "PING 10.0.1.11 (10.0.1.11) 56(84) bytes of data.\n64 bytes from 10.0.1.11: icmp_seq=1 "
    ));
    assert!(
        output.contains("4 packets transmitted, 4 received, 0% packet loss"),
        "{output}"
    );
    assert_eq!(answered["StandardErrorContent"], "");
    assert!(
        stage
            .simulator
            .ledger()
            .iter()
            .all(|entry| entry.product != "ssm")
    );
}

#[tokio::test]
async fn an_invocation_appears_late_and_passes_through_its_states() {
    let stage = stage().await;
    let command = send(&stage.client, &stage.left, "sleep 10; echo done").await;
    let wanted = json!({"CommandId": command, "InstanceId": stage.left});
    let early = stage
        .client
        .ssm("GetCommandInvocation", wanted.clone())
        .await;
    early.refused("InvocationDoesNotExist");
    pass(&stage.simulator, 1);
    let pending = invocation(&stage.client, &command, &stage.left).await;
    assert_eq!(
        (&pending["Status"], &pending["ResponseCode"]),
        (&json!("Pending"), &json!(-1))
    );
    pass(&stage.simulator, 5);
    let running = invocation(&stage.client, &command, &stage.left).await;
    assert_eq!(
        (&running["Status"], &running["ResponseCode"]),
        (&json!("InProgress"), &json!(-1))
    );
    assert_eq!(running["StandardOutputContent"], "");
    pass(&stage.simulator, 10);
    let done = invocation(&stage.client, &command, &stage.left).await;
    assert_eq!(done["Status"], "Success");
    assert_eq!(done["StandardOutputContent"], "done\n");
    assert_eq!(done["ExecutionElapsedTime"], "PT10S");

    let other = json!({"CommandId": command, "InstanceId": stage.right});
    stage
        .client
        .ssm("GetCommandInvocation", other)
        .await
        .refused("InvocationDoesNotExist");
    let unknown = json!({"CommandId": "0".repeat(36), "InstanceId": stage.left});
    stage
        .client
        .ssm("GetCommandInvocation", unknown)
        .await
        .refused("InvalidCommandId");
    let short = json!({"CommandId": "1", "InstanceId": stage.left});
    stage
        .client
        .ssm("GetCommandInvocation", short)
        .await
        .refused("ValidationException");
}

#[tokio::test]
async fn other_programs_and_bad_addresses_fail_with_what_a_shell_says() {
    let stage = stage().await;
    let unknown = stage.run("nmap 10.0.1.11", 10).await;
    assert_eq!(unknown["ResponseCode"], 127);
    let error = unknown["StandardErrorContent"].as_str().expect("a text");
    assert!(error.contains("nmap: command not found"), "{error}");
    assert_eq!(unknown["StandardOutputContent"], "");
    let nowhere = stage.run("ping -c 1 nowhere", 10).await;
    assert_eq!(nowhere["ResponseCode"], 2);
}

#[tokio::test]
async fn what_cannot_run_is_refused_or_given_up() {
    let stage = stage().await;
    let base = json!({"DocumentName": "AWS-RunShellScript", "InstanceIds": [stage.left],
        "Parameters": {"commands": ["true"]}});
    for (field, value, code) in [
        (
            "InstanceIds",
            json!(["i-0123456789abcdef0"]),
            "InvalidInstanceId",
        ),
        (
            "InstanceIds",
            json!([stage.left, stage.left]),
            "DuplicateInstanceId",
        ),
        ("InstanceIds", json!(vec!["i-0"; 51]), "ValidationException"),
        ("InstanceIds", json!([]), "ValidationException"),
        (
            "DocumentName",
            json!("AWS-RunPowerShellScript"),
            "UnsupportedPlatformType",
        ),
        ("DocumentName", json!("mine"), "InvalidDocument"),
        ("DocumentName", json!(null), "ValidationException"),
        ("TimeoutSeconds", json!(29), "ValidationException"),
        ("Comment", json!("x".repeat(101)), "ValidationException"),
        ("Parameters", json!({}), "InvalidParameters"),
        (
            "Parameters",
            json!({"commands": ["true"], "colour": ["red"]}),
            "InvalidParameters",
        ),
        (
            "Parameters",
            json!({"commands": ["true"], "executionTimeout": ["0"]}),
            "InvalidParameters",
        ),
        (
            "Parameters",
            json!({"commands": ["x".repeat(70_000)]}),
            "MaxDocumentSizeExceeded",
        ),
    ] {
        let mut wanted = base.clone();
        wanted[field] = value;
        stage.client.ssm("SendCommand", wanted).await.refused(code);
    }
    let slow = send(&stage.client, &stage.left, "sleep 100").await;
    pass(&stage.simulator, 70);
    let seen = invocation(&stage.client, &slow, &stage.left).await;
    assert_eq!(seen["StatusDetails"], "ExecutionTimedOut");
    stage
        .client
        .ok("StopInstances", &[("InstanceId.1", &stage.left)])
        .await;
    stage
        .client
        .ssm("SendCommand", base)
        .await
        .refused("InvalidInstanceId");
}

#[tokio::test]
async fn commands_are_listed_and_found_by_their_comment() {
    let stage = stage().await;
    let first = send(&stage.client, &stage.left, "echo one").await;
    pass(&stage.simulator, 10);
    let second = send(&stage.client, &stage.right, "false").await;
    pass(&stage.simulator, 10);
    let all = stage
        .client
        .ssm("ListCommandInvocations", json!({"Details": true}))
        .await
        .ok();
    let all = all["CommandInvocations"].as_array().expect("a list");
    let ids: Vec<&Value> = all.iter().map(|row| &row["CommandId"]).collect();
    assert_eq!(ids, [&json!(second), &json!(first)]);
    assert_eq!(all[1]["Comment"], "token-1");
    assert_eq!(all[1]["CommandPlugins"][0]["Output"], "one\n");
    assert_eq!(all[0]["CommandPlugins"][0]["ResponseCode"], 1);
    let here = json!({"InstanceId": stage.left});
    let here = stage.client.ssm("ListCommands", here).await.ok();
    assert_eq!(here["Commands"][0]["CommandId"], json!(first));
    assert_eq!(here["Commands"].as_array().map(Vec::len), Some(1));
    let failed = json!({"Filters": [{"key": "Status", "value": "Failed"}]});
    let failed = stage.client.ssm("ListCommands", failed).await.ok();
    assert_eq!(failed["Commands"][0]["ErrorCount"], 1);
}

#[tokio::test]
async fn targets_select_by_tag_and_a_command_can_be_cancelled() {
    let stage = stage().await;
    let tag = [
        ("ResourceId.1", stage.right.as_str()),
        ("Tag.1.Key", "team"),
        ("Tag.1.Value", "net"),
    ];
    stage.client.ok("CreateTags", &tag).await;
    let wanted = json!({"DocumentName": "AWS-RunShellScript",
        "Targets": [{"Key": "tag:team", "Values": ["net"]}], "Parameters": {"commands": ["sleep 50"]}});
    let sent = stage.client.ssm("SendCommand", wanted).await.ok();
    assert_eq!(sent["Command"]["TargetCount"], 1);
    let id = sent["Command"]["CommandId"].as_str().expect("an id");
    pass(&stage.simulator, 5);
    let elsewhere = json!({"CommandId": id, "InstanceIds": [stage.left]});
    stage
        .client
        .ssm("CancelCommand", elsewhere)
        .await
        .refused("InvalidInstanceId");
    stage
        .client
        .ssm("CancelCommand", json!({"CommandId": id}))
        .await
        .ok();
    assert_eq!(
        invocation(&stage.client, id, &stage.right).await["Status"],
        "Cancelling"
    );
    pass(&stage.simulator, 2);
    assert_eq!(
        invocation(&stage.client, id, &stage.right).await["Status"],
        "Cancelled"
    );
}

#[tokio::test]
async fn policies_tell_who_may_send_to_which_instance() {
    let stage = stage().await;
    let tag = [
        ("ResourceId.1", stage.left.as_str()),
        ("Tag.1.Key", "owner"),
        ("Tag.1.Value", "me"),
    ];
    stage.client.ok("CreateTags", &tag).await;
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "ssm:SendCommand",
         "Resource": "arn:aws:ssm:us-east-1::document/AWS-RunShellScript"},
        {"Effect": "Allow", "Action": "ssm:SendCommand", "Resource": format!("arn:aws:ec2:us-east-1:{A}:instance/*"),
         "Condition": {"StringEquals": {"ssm:resourceTag/owner": "me"}}}]});
    let spec = AccountSpec::new("aws", A)
        .name("carol")
        .policy(policy.to_string());
    let carol = Aws::new(
        &stage.simulator,
        &stage.simulator.provision(spec),
        "us-east-1",
    );
    send(&carol, &stage.left, "true").await;
    let wanted = json!({"DocumentName": "AWS-RunShellScript", "InstanceIds": [stage.right],
        "Parameters": {"commands": ["true"]}});
    carol
        .ssm("SendCommand", wanted)
        .await
        .refused("AccessDeniedException");
    carol
        .ssm("ListCommands", json!({}))
        .await
        .refused("AccessDeniedException");
}

#[tokio::test]
async fn refusals_are_in_the_words_of_json() {
    let (simulator, a, b) = pair().await;
    a.ssm("Nothing", json!({}))
        .await
        .refused("UnknownOperationException");
    a.ssm("ListCommands", json!([]))
        .await
        .refused("SerializationException");
    let wrong = Aws {
        secret: "wrong".to_owned(),
        ..a.clone()
    };
    wrong
        .ssm("ListCommands", json!({}))
        .await
        .refused("InvalidSignatureException");
    let unknown = Aws {
        key_id: "AKIAUNKNOWN".to_owned(),
        ..a.clone()
    };
    unknown
        .ssm("ListCommands", json!({}))
        .await
        .refused("UnrecognizedClientException");
    let query = a
        .twisted(("ssm", "2014-11-06"), "ListCommands", &[], Twist::default())
        .await;
    assert_eq!(query.status, 400);
    assert!(
        query.body.contains("UnknownOperationException"),
        "{}",
        query.body
    );
    simulator.add_fault(
        FaultRule::new(FaultEffect::ExpireSession)
            .action("ListCommands")
            .times(1),
    );
    a.ssm("ListCommands", json!({}))
        .await
        .refused("ExpiredTokenException");
    let mut codes = Vec::new();
    for _ in 0..45 {
        let answer = b.ssm("ListCommands", json!({})).await;
        codes.push(answer.body["__type"].clone());
    }
    assert_eq!(codes.last(), Some(&json!("ThrottlingException")));
}
