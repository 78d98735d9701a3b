//! How instances, their images, disks and addresses, rules and commands are refused.

mod support;

use landbridge_sim::Simulator;
use support::{Answer, Client, ECS, LONG, REGION, VPC, start, text, vpc};

struct World {
    simulator: Simulator,
    client: Client,
    vswitch: String,
    group: String,
    stranger: String,
}

async fn world() -> World {
    let (simulator, client) = start().await;
    let mut groups = Vec::new();
    let mut networks = Vec::new();
    for range in ["10.0.0.0/16", "10.1.0.0/16"] {
        let id = text(&vpc(&client, range).await["VpcId"]);
        simulator.advance(LONG);
        let group = [REGION, ("VpcId", id.as_str())];
        let group = client.ok(ECS, "CreateSecurityGroup", &group).await;
        groups.push(text(&group["SecurityGroupId"]));
        networks.push(id);
    }
    let create = [
        REGION,
        ("VpcId", networks[0].as_str()),
        ("ZoneId", "cn-hangzhou-h"),
        ("CidrBlock", "10.0.1.0/24"),
    ];
    let vswitch = text(&client.ok(VPC, "CreateVSwitch", &create).await["VSwitchId"]);
    simulator.advance(LONG);
    let stranger = groups.remove(1);
    let group = groups.remove(0);
    World {
        simulator,
        client,
        vswitch,
        group,
        stranger,
    }
}

impl World {
    /// Runs an instance: the usual parameters, unless the test gives others.
    async fn run(&self, with: &[(&str, &str)]) -> Answer {
        let mut parameters = vec![
            REGION,
            ("InstanceType", "ecs.t5-lc2m1.nano"),
            ("VSwitchId", self.vswitch.as_str()),
        ];
        let given = |name: &str| with.iter().any(|(known, _)| *known == name);
        if !given("SecurityGroupId") {
            parameters.push(("SecurityGroupId", &self.group));
        }
        if !given("ImageId") && !given("ImageFamily") {
            parameters.push(("ImageId", "aliyun_3_x64"));
        }
        parameters.extend(with);
        self.client.call(ECS, "RunInstances", &parameters).await
    }
}

#[tokio::test]
async fn images_disks_and_addresses_must_be_there_to_be_had() {
    let world = world().await;
    world.run(&[("PrivateIpAddress", "10.0.1.9")]).await.ok();
    let stranger = world.stranger.as_str();
    let family = "acs:alibaba_cloud_linux_3_2104_lts_x64";
    for (with, status, code) in [
        (
            &[("ImageFamily", "acs:bogus")][..],
            403,
            "InvalidImageFamily.MissingAvailableImage",
        ),
        (&[("ImageId", "m-bogus")], 404, "InvalidImageId.NotFound"),
        (
            &[("ImageId", "aliyun_3_x64"), ("ImageFamily", family)],
            400,
            "UnexpectedImageFamily.ImageIdSupplied",
        ),
        (
            &[("SystemDisk.Size", "5")],
            404,
            "InvalidSystemDiskSize.LessThanMinSize",
        ),
        (
            &[("SystemDisk.Size", "9000")],
            404,
            "InvalidSystemDiskSize.MoreThanMaxSize",
        ),
        (
            &[("SystemDisk.Size", "big")],
            400,
            "InvalidSystemDiskSize.ValueNotSupported",
        ),
        (
            &[("PrivateIpAddress", "10.0.1.9")],
            400,
            "InvalidPrivateIpAddress.Duplicated",
        ),
        (
            &[("PrivateIpAddress", "10.0.2.9")],
            400,
            "InvalidPrivateIpAddress",
        ),
        (
            &[("SecurityGroupId", stranger)],
            400,
            "InvalidSecurityGroup.VpcMismatch",
        ),
    ] {
        let answer = world.run(with).await;
        assert_eq!(
            (answer.status, answer.code()),
            (status, code),
            "{with:?}: {}",
            answer.body
        );
    }
    world
        .run(&[("ImageFamily", family), ("SystemDisk.Size", "20")])
        .await
        .ok();
}

#[tokio::test]
async fn a_call_names_a_rule_once_and_a_rule_has_a_peer() {
    let world = world().await;
    let rule = |number: usize, source: bool| {
        let field =
            |name: &str, value: &str| (format!("Permissions.{number}.{name}"), value.to_owned());
        let mut fields = vec![field("IpProtocol", "ALL"), field("PortRange", "-1/-1")];
        if source {
            fields.push(field("SourceCidrIp", "10.9.0.0/16"));
        }
        fields
    };
    for (rules, code) in [
        (
            [rule(1, true), rule(2, true)].concat(),
            "InvalidParam.DuplicatePermissions",
        ),
        (rule(1, false), "MissingParameter.Source"),
        (rule(1, true), ""),
    ] {
        let mut parameters = vec![REGION, ("SecurityGroupId", world.group.as_str())];
        parameters.extend(
            rules
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        );
        let answer = world
            .client
            .call(ECS, "AuthorizeSecurityGroup", &parameters)
            .await;
        assert_eq!(answer.code(), code, "{}", answer.body);
    }
    let gone = [REGION, ("SecurityGroupId", "sg-none")];
    let answer = world.client.call(ECS, "DeleteSecurityGroup", &gone).await;
    answer.refused("InvalidSecurityGroup.NotFound");
}

#[tokio::test]
async fn commands_say_why_they_are_not_run_and_how_they_ended() {
    let world = world().await;
    let started = world.run(&[]).await.ok();
    let id = text(&started["InstanceIdSets"]["InstanceIdSet"][0]);
    let client = &world.client;
    let run = async |kind: &str, encoding: &str, script: &str| {
        let parameters = [
            REGION,
            ("Type", kind),
            ("ContentEncoding", encoding),
            ("CommandContent", script),
            ("InstanceId.1", id.as_str()),
        ];
        client.call(ECS, "RunCommand", &parameters).await
    };
    let outcome = async |answer: Answer| {
        let id = text(&answer.ok()["InvokeId"]);
        world.simulator.advance(LONG);
        let query = [REGION, ("InvokeId", id.as_str())];
        let results = client.ok(ECS, "DescribeInvocationResults", &query).await;
        let result = &results["Invocation"]["InvocationResults"]["InvocationResult"][0];
        (
            text(&result["InvocationStatus"]),
            text(&result["ErrorCode"]),
        )
    };
    let shell = "RunShellScript";
    let long = "#".repeat(25 * 1024);
    for (kind, encoding, script, code) in [
        ("RunPoem", "PlainText", "true", "InvalidCmdType.NotFound"),
        (shell, "Base64", "%%%", "CmdContent.DecodeError"),
        (shell, "PlainText", long.as_str(), "CmdContent.ExceedLimit"),
    ] {
        run(kind, encoding, script).await.refused(code);
    }
    let pending = run(shell, "PlainText", "true").await;
    let words = |status: &str, code: &str| (status.to_owned(), code.to_owned());
    assert_eq!(
        outcome(pending).await,
        words("Aborted", "InstanceNotRunning")
    );
    world.simulator.advance(LONG);
    let failing = run(shell, "PlainText", "false").await;
    assert_eq!(outcome(failing).await, words("Failed", "ExitCodeNonzero"));
}

#[tokio::test]
async fn the_agent_of_an_unknown_instance_is_not_found() {
    let world = world().await;
    let unknown = [REGION, ("InstanceId.1", "i-none")];
    let status = "DescribeCloudAssistantStatus";
    let answer = world.client.call(ECS, status, &unknown).await;
    assert_eq!(answer.status, 404);
    answer.refused("InvalidInstance.NotFound");
}
