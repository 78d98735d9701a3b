//! AWS: when agents of Systems Manager register.

mod support;

use landbridge_sim::Simulator;
use serde_json::{Value, json};
use support::aws::{A, Aws, IAM, pair};
use support::aws_agents::{endpoint, for_endpoints, launch, pass, ping_status, profile, send};

const RANGE: &str = "10.0.0.0/16";

struct Site {
    simulator: Simulator,
    client: Aws,
    vpc: String,
    subnet: String,
    group: String,
}

impl Site {
    async fn new() -> Self {
        let (simulator, client, _) = pair().await;
        let (vpc, subnet) = client.network(RANGE, "10.0.1.0/24").await;
        let group = client.group(&vpc, "probe").await;
        profile(&simulator, &client).await;
        Self {
            simulator,
            client,
            vpc,
            subnet,
            group,
        }
    }

    /// Both endpoints, ready; their IDs and their group.
    async fn endpoints(&self) -> (Vec<String>, String) {
        let group = for_endpoints(&self.client, &self.vpc, RANGE).await;
        let mut ids = Vec::new();
        for service in ["ssm", "ssmmessages"] {
            ids.push(endpoint(&self.client, &self.vpc, &self.subnet, &group, service).await);
        }
        pass(&self.simulator, 60);
        (ids, group)
    }

    async fn launch(&self, more: &[(&str, &str)]) -> String {
        launch(&self.client, &self.subnet, &self.group, more).await
    }

    async fn status(&self, instance: &str) -> Value {
        ping_status(&self.client, instance).await
    }

    fn pass(&self, seconds: u64) {
        pass(&self.simulator, seconds);
    }

    /// A default route of the VPC's main table.
    async fn route(&self, table: &str, parameter: &str, target: &str) {
        let wanted = [
            ("RouteTableId", table),
            ("DestinationCidrBlock", "0.0.0.0/0"),
            (parameter, target),
        ];
        self.client.ok("CreateRoute", &wanted).await;
    }

    async fn internet_gateway(&self) -> String {
        let made = self.client.ok("CreateInternetGateway", &[]).await;
        let id = made.text("internetGatewayId");
        let wanted = [("InternetGatewayId", id.as_str()), ("VpcId", &self.vpc)];
        self.client.ok("AttachInternetGateway", &wanted).await;
        id
    }
}

#[tokio::test]
async fn an_agent_registers_over_endpoints_some_time_after_its_instance_runs() {
    let site = Site::new().await;
    site.endpoints().await;
    let instance = site.launch(&[]).await;
    site.pass(25);
    assert_eq!(site.status(&instance).await, Value::Null);
    site.pass(45);
    assert_eq!(site.status(&instance).await, "Online");
    let all = site
        .client
        .ssm("DescribeInstanceInformation", json!({}))
        .await
        .ok();
    assert_eq!(all["InstanceInformationList"][0]["PlatformType"], "Linux");
    let by_status = json!({"Filters": [{"Key": "PingStatus", "Values": ["ConnectionLost"]}]});
    let lost = site
        .client
        .ssm("DescribeInstanceInformation", by_status)
        .await
        .ok();
    assert_eq!(lost["InstanceInformationList"], json!([]));
}

#[tokio::test]
async fn without_a_way_or_a_profile_or_an_agent_nothing_registers() {
    let site = Site::new().await;
    let isolated = site.launch(&[]).await;
    site.pass(600);
    assert_eq!(site.status(&isolated).await, Value::Null);
    site.endpoints().await;
    let without_role = site.launch(&[("IamInstanceProfile.Name", "")]).await;
    let minimal =
        "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-default-x86_64";
    let without_agent = site.launch(&[("ImageId", minimal)]).await;
    site.pass(600);
    assert_eq!(site.status(&without_role).await, Value::Null);
    assert_eq!(site.status(&without_agent).await, Value::Null);
    assert_eq!(site.status(&isolated).await, "Online");
}

#[tokio::test]
async fn one_endpoint_is_not_enough_and_its_group_must_let_the_agent_in() {
    let site = Site::new().await;
    let closed = site.client.group(&site.vpc, "closed").await;
    let open = for_endpoints(&site.client, &site.vpc, RANGE).await;
    let instance = site.launch(&[]).await;
    endpoint(&site.client, &site.vpc, &site.subnet, &open, "ssm").await;
    site.pass(600);
    assert_eq!(site.status(&instance).await, Value::Null);
    let second = endpoint(
        &site.client,
        &site.vpc,
        &site.subnet,
        &closed,
        "ssmmessages",
    )
    .await;
    site.pass(600);
    assert_eq!(site.status(&instance).await, Value::Null);
    let change = [
        ("VpcEndpointId", second.as_str()),
        ("AddSecurityGroupId.1", &open),
        ("RemoveSecurityGroupId.1", &closed),
    ];
    site.client.ok("ModifyVpcEndpoint", &change).await;
    site.pass(10);
    assert_eq!(site.status(&instance).await, Value::Null);
    site.pass(60);
    assert_eq!(site.status(&instance).await, "Online");
}

#[tokio::test]
async fn an_internet_gateway_serves_instances_with_a_public_address_only() {
    let site = Site::new().await;
    let gateway = site.internet_gateway().await;
    let table = site.client.main_table(&site.vpc).await;
    site.route(&table, "GatewayId", &gateway).await;
    let private = site.launch(&[]).await;
    let interface = [
        ("SubnetId", ""),
        ("SecurityGroupId.1", ""),
        ("NetworkInterface.1.DeviceIndex", "0"),
        ("NetworkInterface.1.SubnetId", site.subnet.as_str()),
        ("NetworkInterface.1.SecurityGroupId.1", &site.group),
        ("NetworkInterface.1.AssociatePublicIpAddress", "true"),
    ];
    let public = site.launch(&interface).await;
    site.pass(600);
    assert_eq!(site.status(&private).await, Value::Null);
    assert_eq!(site.status(&public).await, "Online");
    let seen = site
        .client
        .ok("DescribeInstances", &[("InstanceId.1", &public)])
        .await;
    assert!(seen.text("ipAddress").starts_with("203.0.113."), "{seen:?}");
}

#[tokio::test]
async fn a_nat_gateway_serves_private_instances_while_its_group_lets_them_out() {
    let site = Site::new().await;
    let gateway = site.internet_gateway().await;
    let main = site.client.main_table(&site.vpc).await;
    site.route(&main, "GatewayId", &gateway).await;
    let wanted = [("VpcId", site.vpc.as_str()), ("CidrBlock", "10.0.2.0/24")];
    let inner = site
        .client
        .ok("CreateSubnet", &wanted)
        .await
        .text("subnetId");
    let address = site
        .client
        .ok("AllocateAddress", &[])
        .await
        .text("allocationId");
    let wanted = [
        ("SubnetId", site.subnet.as_str()),
        ("AllocationId", &address),
    ];
    let nat = site
        .client
        .ok("CreateNatGateway", &wanted)
        .await
        .text("natGatewayId");
    let table = site
        .client
        .ok("CreateRouteTable", &[("VpcId", &site.vpc)])
        .await;
    let table = table.text("routeTableId");
    let wanted = [("RouteTableId", table.as_str()), ("SubnetId", &inner)];
    site.client.ok("AssociateRouteTable", &wanted).await;
    site.route(&table, "NatGatewayId", &nat).await;
    let instance = site.launch(&[("SubnetId", inner.as_str())]).await;
    site.pass(70);
    assert_eq!(
        site.status(&instance).await,
        Value::Null,
        "the NAT gateway is new"
    );
    site.pass(60);
    assert_eq!(site.status(&instance).await, "Online");
    let everything = [
        ("GroupId", site.group.as_str()),
        ("IpPermissions.1.IpProtocol", "-1"),
        ("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"),
    ];
    site.client
        .ok("RevokeSecurityGroupEgress", &everything)
        .await;
    site.pass(60);
    assert_eq!(site.status(&instance).await, "Online", "not noticed yet");
    site.pass(300);
    assert_eq!(site.status(&instance).await, "ConnectionLost");
    site.client
        .ok("AuthorizeSecurityGroupEgress", &everything)
        .await;
    site.pass(60);
    assert_eq!(site.status(&instance).await, "Online");
}

#[tokio::test]
async fn the_role_must_let_the_agent() {
    let site = Site::new().await;
    site.endpoints().await;
    let role = ("RoleName", "probe");
    let core = (
        "PolicyArn",
        "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
    );
    site.client
        .call(IAM, "DetachRolePolicy", &[role, core])
        .await
        .ok();
    let instance = site.launch(&[]).await;
    site.pass(600);
    assert_eq!(site.status(&instance).await, Value::Null);
    let own = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*",
        "Action": ["ssm:UpdateInstanceInformation", "ssmmessages:*"]}]});
    let own = own.to_string();
    let policy = [
        role,
        ("PolicyName", "agent"),
        ("PolicyDocument", own.as_str()),
    ];
    site.client.call(IAM, "PutRolePolicy", &policy).await.ok();
    site.pass(60);
    assert_eq!(site.status(&instance).await, "Online");
}

#[tokio::test]
async fn a_profile_that_comes_later_is_noticed_late_or_after_a_restart() {
    let site = Site::new().await;
    site.endpoints().await;
    let late = site.launch(&[("IamInstanceProfile.Name", "")]).await;
    let restarted = site.launch(&[("IamInstanceProfile.Name", "")]).await;
    site.pass(60);
    for instance in [&late, &restarted] {
        let wanted = [
            ("InstanceId", instance.as_str()),
            ("IamInstanceProfile.Name", "probe"),
        ];
        site.client.ok("AssociateIamInstanceProfile", &wanted).await;
    }
    site.pass(5);
    let named = [("InstanceId.1", restarted.as_str())];
    site.client.ok("StopInstances", &named).await;
    site.pass(30);
    site.client.ok("StartInstances", &named).await;
    site.pass(90);
    assert_eq!(site.status(&restarted).await, "Online");
    assert_eq!(site.status(&late).await, Value::Null);
    site.pass(1800);
    assert_eq!(site.status(&late).await, "Online");
    let named = [("InstanceId.1", late.as_str())];
    site.client.ok("TerminateInstances", &named).await;
    site.pass(30);
    assert_eq!(site.status(&late).await, Value::Null);
}

#[tokio::test]
async fn an_endpoint_that_is_deleted_takes_the_agent_along() {
    let site = Site::new().await;
    let (endpoints, _) = site.endpoints().await;
    let instance = site.launch(&[]).await;
    site.pass(90);
    assert_eq!(site.status(&instance).await, "Online");
    let gone = [("VpcEndpointId.1", endpoints[0].as_str())];
    site.client.ok("DeleteVpcEndpoints", &gone).await;
    let command = send(&site.client, &instance, "echo hello").await;
    // Half a minute to deliver it and a minute to run it.
    site.pass(89);
    let seen = support::aws_agents::invocation(&site.client, &command, &instance).await;
    assert_eq!(seen["Status"], "Pending");
    site.pass(1);
    let seen = support::aws_agents::invocation(&site.client, &command, &instance).await;
    assert_eq!(seen["Status"], "TimedOut");
    assert_eq!(seen["StatusDetails"], "DeliveryTimedOut");
    assert_eq!(seen["ResponseCode"], -1);
}

#[tokio::test]
async fn lists_have_pages_and_bounds() {
    let site = Site::new().await;
    site.endpoints().await;
    for _ in 0..6 {
        site.launch(&[]).await;
    }
    site.pass(120);
    let first = site
        .client
        .ssm("DescribeInstanceInformation", json!({"MaxResults": 5}))
        .await
        .ok();
    assert_eq!(
        first["InstanceInformationList"].as_array().map(Vec::len),
        Some(5)
    );
    let next = json!({"MaxResults": 5, "NextToken": first["NextToken"]});
    let second = site
        .client
        .ssm("DescribeInstanceInformation", next)
        .await
        .ok();
    assert_eq!(
        second["InstanceInformationList"].as_array().map(Vec::len),
        Some(1)
    );
    assert_eq!(second["NextToken"], Value::Null);
    for (parameters, code) in [
        (json!({"MaxResults": 4}), "ValidationException"),
        (json!({"NextToken": "?"}), "InvalidNextToken"),
        (
            json!({"Filters": [{"Key": "Colour", "Values": ["red"]}]}),
            "InvalidFilterKey",
        ),
        (
            json!({"InstanceInformationFilterList": [{"key": "InstanceIds", "valueSet": ["i-1"]}]}),
            "InvalidInstanceId",
        ),
    ] {
        site.client
            .ssm("DescribeInstanceInformation", parameters)
            .await
            .refused(code);
    }
}

#[tokio::test]
async fn the_newest_image_is_a_public_parameter() {
    let (_simulator, a, _) = pair().await;
    let name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
    let found = a.ssm("GetParameter", json!({"Name": name})).await.ok();
    let image = found["Parameter"]["Value"].as_str().expect("an image");
    assert!(image.starts_with("ami-"), "{found}");
    let (_, subnet) = a.network(RANGE, "10.0.1.0/24").await;
    let resolved = format!("resolve:ssm:{name}");
    let wanted = [
        ("ImageId", resolved.as_str()),
        ("MinCount", "1"),
        ("MaxCount", "1"),
        ("SubnetId", &subnet),
    ];
    assert_eq!(a.ok("RunInstances", &wanted).await.text("imageId"), image);
    a.ssm("GetParameter", json!({"Name": "/mine"}))
        .await
        .refused("ParameterNotFound");
    let elsewhere = a
        .in_region("eu-west-1")
        .ssm("GetParameter", json!({"Name": name}))
        .await
        .ok();
    assert_ne!(elsewhere["Parameter"]["Value"], image);
    assert!(
        found["Parameter"]["ARN"]
            .as_str()
            .is_some_and(|arn| !arn.contains(A))
    );
}
