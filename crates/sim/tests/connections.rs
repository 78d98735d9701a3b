//! TCP connections that scripts on instances open, and the ports on which instances listen.

mod support;

use std::time::Duration;

use landbridge_sim::Simulator;
use serde_json::{Value, json};
use support::aws::{Aws, pair};
use support::aws_agents::{endpoint, for_endpoints, invocation, launch, pass, profile, send};
use support::peered::Peered;
use support::{ECS, LONG, control, text};

/// Two instances of AWS whose agents are online; the group of the right one lets nothing in.
struct Two {
    simulator: Simulator,
    client: Aws,
    left: String,
    right: String,
    group: String,
}

async fn two() -> Two {
    let (simulator, client, _) = pair().await;
    let (vpc, subnet) = client.network("10.0.0.0/16", "10.0.1.0/24").await;
    profile(&simulator, &client).await;
    let doors = for_endpoints(&client, &vpc, "10.0.0.0/16").await;
    for service in ["ssm", "ssmmessages"] {
        endpoint(&client, &vpc, &subnet, &doors, service).await;
    }
    let group = client.group(&vpc, "probe").await;
    let (a, b) = (
        [("PrivateIpAddress", "10.0.1.10")],
        [("PrivateIpAddress", "10.0.1.11")],
    );
    let left = launch(&client, &subnet, &group, &a).await;
    let right = launch(&client, &subnet, &group, &b).await;
    pass(&simulator, 120);
    Two {
        simulator,
        client,
        left,
        right,
        group,
    }
}

impl Two {
    async fn open(&self, from: &str, to: &str) {
        let rule = [
            ("GroupId", self.group.as_str()),
            ("IpPermissions.1.IpProtocol", "tcp"),
            ("IpPermissions.1.FromPort", from),
            ("IpPermissions.1.ToPort", to),
            ("IpPermissions.1.IpRanges.1.CidrIp", "10.0.0.0/16"),
        ];
        self.client.ok("AuthorizeSecurityGroupIngress", &rule).await;
    }

    async fn run(&self, script: &str) -> Value {
        let command = send(&self.client, &self.left, script).await;
        pass(&self.simulator, 30);
        invocation(&self.client, &command, &self.left).await
    }

    async fn connects(&self, port: u16) -> Value {
        let script = format!("timeout 3 bash -c '</dev/tcp/10.0.1.11/{port}'");
        self.run(&script).await["ResponseCode"].clone()
    }
}

#[tokio::test]
async fn on_aws_a_connection_is_accepted_refused_or_lost() {
    let two = two().await;
    assert_eq!(two.connects(22).await, 124);
    two.open("22", "80").await;
    let accepted = two.run("timeout 3 bash -c '</dev/tcp/10.0.1.11/22'").await;
    assert_eq!(accepted["Status"], "Success");
    assert_eq!(accepted["StandardOutputContent"], "");
    assert_eq!(accepted["StandardErrorContent"], "");
    let refused = two.run("timeout 3 bash -c '</dev/tcp/10.0.1.11/80'").await;
    assert_eq!(refused["ResponseCode"], 1);
    let expected = "bash: connect: Connection refused\n\
        bash: line 1: /dev/tcp/10.0.1.11/80: Connection refused\n\
        failed to run commands: exit status 1";
    assert_eq!(refused["StandardErrorContent"], expected);
    // The group does not let it in, whether anything listens or not.
    assert_eq!(two.connects(443).await, 124);
}

#[tokio::test]
async fn tests_choose_the_ports_on_which_instances_listen() {
    let two = two().await;
    two.open("0", "65535").await;
    assert!(two.simulator.listen(&two.right, &[80]));
    assert_eq!(two.connects(80).await, 0);
    assert_eq!(two.connects(22).await, 1);
    two.simulator.listen_by_default(&[443]);
    assert_eq!(two.connects(443).await, 1, "the instance has its own ports");
    assert!(!two.simulator.listen("i-0", &[80]));
    assert!(!two.simulator.listen("10.0.1.11", &[80]));
}

#[tokio::test]
async fn the_control_interface_chooses_them_too() {
    let two = two().await;
    two.open("0", "65535").await;
    let post = |body: Value| {
        let body = body.to_string();
        let simulator = two.simulator.clone();
        async move { control(&simulator, "POST", "/_sim/listeners", &body).await }
    };
    post(json!({"ports": [8080]})).await.ok();
    assert_eq!(two.connects(8080).await, 0);
    post(json!({"ports": [9090], "instance": two.right}))
        .await
        .ok();
    assert_eq!(two.connects(8080).await, 1);
    assert_eq!(two.connects(9090).await, 0);
    let unknown = post(json!({"ports": [], "instance": "i-0"})).await;
    assert_eq!(unknown.status, 400);
}

#[tokio::test]
async fn on_alibaba_cloud_as_well() {
    let stage = Peered::new().await;
    assert_eq!(connects(&stage, 22).await["ExitCode"], 124);
    let right = &stage.right.group;
    stage.allow(right, &[("SourceCidrIp", "10.0.0.0/16")]).await;
    assert_eq!(connects(&stage, 22).await["ExitCode"], 0);
    let refused = connects(&stage, 80).await;
    assert_eq!(refused["ExitCode"], 1);
    let output = text(&refused["Output"]);
    assert!(
        output.starts_with("bash: connect: Connection refused\n"),
        "{output}"
    );
    assert!(stage.simulator.listen(&stage.right.instance, &[80]));
    assert_eq!(connects(&stage, 80).await["ExitCode"], 0);
}

async fn connects(stage: &Peered, port: u16) -> Value {
    let left = &stage.left;
    let script = format!(
        "timeout 3 bash -c '</dev/tcp/{}/{port}'",
        stage.right.address
    );
    let run = [
        left.place(),
        ("Type", "RunShellScript"),
        ("CommandContent", &script),
        ("InstanceId.1", &left.instance),
    ];
    let id = text(&stage.client.ok(ECS, "RunCommand", &run).await["InvokeId"]);
    stage.simulator.advance(LONG + Duration::from_secs(1));
    let query = [
        left.place(),
        ("InvokeId", id.as_str()),
        ("ContentEncoding", "PlainText"),
    ];
    let answer = stage.client.ok(ECS, "DescribeInvocationResults", &query);
    answer.await["Invocation"]["InvocationResults"]["InvocationResult"][0].clone()
}
