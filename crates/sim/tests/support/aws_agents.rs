//! Instances of AWS whose agents can register.

use std::time::Duration;

use landbridge_sim::Simulator;
use serde_json::{Value, json};

use super::aws::{Aws, IAM};

pub const REGION: &str = "us-east-1";
const CORE: &str = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore";

pub fn pass(simulator: &Simulator, seconds: u64) {
    simulator.advance(Duration::from_secs(seconds));
}

/// A profile `probe` whose role instances may assume, with the policy of agents; EC2 knows of it.
pub async fn profile(simulator: &Simulator, client: &Aws) {
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    let trust = trust.to_string();
    let (role, profile) = (("RoleName", "probe"), ("InstanceProfileName", "probe"));
    let wanted = [role, ("AssumeRolePolicyDocument", trust.as_str())];
    client.call(IAM, "CreateRole", &wanted).await.ok();
    let policy = [role, ("PolicyArn", CORE)];
    client.call(IAM, "AttachRolePolicy", &policy).await.ok();
    client
        .call(IAM, "CreateInstanceProfile", &[profile])
        .await
        .ok();
    client
        .call(IAM, "AddRoleToInstanceProfile", &[profile, role])
        .await
        .ok();
    pass(simulator, 15);
}

/// An instance with the profile `probe`.
pub async fn launch(client: &Aws, subnet: &str, group: &str, more: &[(&str, &str)]) -> String {
    let mut parameters = vec![
        ("ImageId", "ami-1"),
        ("MinCount", "1"),
        ("MaxCount", "1"),
        ("SubnetId", subnet),
        ("SecurityGroupId.1", group),
        ("IamInstanceProfile.Name", "probe"),
    ];
    parameters.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    parameters.extend(more.iter().filter(|(_, value)| !value.is_empty()));
    let launched = client.ok("RunInstances", &parameters).await;
    launched.text("instanceId")
}

/// Names for endpoints, and a group that lets the VPC's range in on port 443.
pub async fn for_endpoints(client: &Aws, vpc: &str, range: &str) -> String {
    for attribute in ["EnableDnsSupport.Value", "EnableDnsHostnames.Value"] {
        let wanted = [("VpcId", vpc), (attribute, "true")];
        client.ok("ModifyVpcAttribute", &wanted).await;
    }
    let group = client.group(vpc, "endpoints").await;
    let https = [
        ("GroupId", group.as_str()),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", "443"),
        ("IpPermissions.1.ToPort", "443"),
        ("IpPermissions.1.IpRanges.1.CidrIp", range),
    ];
    client.ok("AuthorizeSecurityGroupIngress", &https).await;
    group
}

/// An interface endpoint of a service with private names; its ID.
pub async fn endpoint(client: &Aws, vpc: &str, subnet: &str, group: &str, service: &str) -> String {
    let service = format!("com.amazonaws.{REGION}.{service}");
    let wanted = [
        ("VpcId", vpc),
        ("ServiceName", service.as_str()),
        ("VpcEndpointType", "Interface"),
        ("SubnetId.1", subnet),
        ("SecurityGroupId.1", group),
        ("PrivateDnsEnabled", "true"),
    ];
    let made = client.ok("CreateVpcEndpoint", &wanted).await;
    made.text("vpcEndpointId")
}

/// What the service calls the state of an agent; null if it never heard of it.
pub async fn ping_status(client: &Aws, instance: &str) -> Value {
    let only = json!({"Filters": [{"Key": "InstanceIds", "Values": [instance]}]});
    let answer = client.ssm("DescribeInstanceInformation", only).await.ok();
    answer["InstanceInformationList"][0]["PingStatus"].clone()
}

/// Sends a script; the ID of the command.
pub async fn send(client: &Aws, instance: &str, script: &str) -> String {
    let command = json!({"DocumentName": "AWS-RunShellScript", "InstanceIds": [instance],
        "TimeoutSeconds": 30, "Comment": "token-1",
        "Parameters": {"commands": [script], "executionTimeout": ["60"]}});
    let answer = client.ssm("SendCommand", command).await.ok();
    let id = answer["Command"]["CommandId"].as_str();
    id.expect("an id").to_owned()
}

/// The invocation of a command on an instance.
pub async fn invocation(client: &Aws, command: &str, instance: &str) -> Value {
    let wanted = json!({"CommandId": command, "InstanceId": instance});
    client.ssm("GetCommandInvocation", wanted).await.ok()
}
