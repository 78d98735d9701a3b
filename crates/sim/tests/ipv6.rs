//! IPv6 on the wire of both clouds: ranges that the cloud hands out, parts of them, addresses.

mod support;

use std::time::Duration;

use serde_json::Value;
use support::aws::pair;
use support::{CBN, Client, ECS, LONG, REGION, VPC, start, text};

async fn dual_vpc(client: &Client, range: &str) -> String {
    let parameters = [REGION, ("CidrBlock", range), ("EnableIpv6", "true")];
    text(&client.ok(VPC, "CreateVpc", &parameters).await["VpcId"])
}

async fn seen(client: &Client, vpc: &str) -> Value {
    let parameters = [REGION, ("VpcId", vpc)];
    client.ok(VPC, "DescribeVpcs", &parameters).await["Vpcs"]["Vpc"][0].clone()
}

#[tokio::test]
async fn a_vpc_gets_a_range_and_its_vswitches_parts_by_number() {
    let (simulator, client) = start().await;
    let (one, two) = (
        dual_vpc(&client, "10.0.0.0/16").await,
        dual_vpc(&client, "10.1.0.0/16").await,
    );
    simulator.advance(LONG);
    let vpc = seen(&client, &one).await;
    let range = text(&vpc["Ipv6CidrBlock"]);
    assert!(
        range.ends_with("::/56") && vpc["EnabledIpv6"] == true,
        "{vpc}"
    );
    assert_eq!(
        vpc["Ipv6CidrBlocks"]["Ipv6CidrBlock"][0]["Ipv6CidrBlock"],
        *range
    );
    assert_ne!(seen(&client, &two).await["Ipv6CidrBlock"], *range);
    let create = |cidr: &'static str, number: &'static str| {
        let zone = ("ZoneId", "cn-hangzhou-h");
        [
            REGION,
            ("VpcId", one.as_str()),
            zone,
            ("CidrBlock", cidr),
            ("Ipv6CidrBlock", number),
        ]
    };
    client
        .call(VPC, "CreateVSwitch", &create("10.0.0.0/24", "256"))
        .await
        .refused("InvalidParameter.Ipv6CidrBlock");
    let vswitch = client
        .ok(VPC, "CreateVSwitch", &create("10.0.0.0/24", "10"))
        .await;
    let vswitch = text(&vswitch["VSwitchId"]);
    simulator.advance(LONG);
    client
        .call(VPC, "CreateVSwitch", &create("10.0.1.0/24", "10"))
        .await
        .refused("OperationFailed.Ipv6CidrBlockExisted");
    let parameters = [REGION, ("VSwitchId", vswitch.as_str())];
    let view = client.ok(VPC, "DescribeVSwitches", &parameters).await;
    let part = text(&view["VSwitches"]["VSwitch"][0]["Ipv6CidrBlock"]);
    let parsed: ipnet::Ipv6Net = part.parse().expect("a range");
    let whole: ipnet::Ipv6Net = range.parse().expect("a range");
    assert!(whole.contains(&parsed) && parsed.prefix_len() == 64);
    assert_eq!(parsed.network().octets()[7], 10);

    let group = [REGION, ("VpcId", one.as_str())];
    let group = text(&client.ok(ECS, "CreateSecurityGroup", &group).await["SecurityGroupId"]);
    let run = [
        REGION,
        ("ImageId", "aliyun_3_x64"),
        ("InstanceType", "ecs.t6-c1m1.large"),
        ("SecurityGroupId", group.as_str()),
        ("VSwitchId", vswitch.as_str()),
        ("Amount", "2"),
        ("Ipv6AddressCount", "1"),
    ];
    client.ok(ECS, "RunInstances", &run).await;
    let instances = client.ok(ECS, "DescribeInstances", &[REGION]).await;
    let address = |number: usize| {
        let interface = &instances["Instances"]["Instance"][number]["NetworkInterfaces"];
        text(&interface["NetworkInterface"][0]["Ipv6Sets"]["Ipv6Set"][0]["Ipv6Address"])
    };
    let addresses = [address(0), address(1)];
    assert_ne!(addresses[0], addresses[1]);
    for address in addresses {
        assert!(parsed.contains(&address.parse::<std::net::Ipv6Addr>().expect("an address")));
    }
}

#[tokio::test]
async fn without_a_range_there_are_no_parts_and_it_can_be_given_later() {
    let (simulator, client) = start().await;
    let vpc = text(&support::vpc(&client, "10.0.0.0/16").await["VpcId"]);
    simulator.advance(LONG);
    let zone = ("ZoneId", "cn-hangzhou-h");
    let cidr = ("CidrBlock", "10.0.0.0/24");
    let create = [
        REGION,
        ("VpcId", vpc.as_str()),
        zone,
        cidr,
        ("Ipv6CidrBlock", "0"),
    ];
    client
        .call(VPC, "CreateVSwitch", &create)
        .await
        .refused("OperationDenied.VpcIpv6NotEnabled");
    let enable = [REGION, ("VpcId", vpc.as_str()), ("EnableIPv6", "true")];
    client.ok(VPC, "ModifyVpcAttribute", &enable).await;
    let first = text(&seen(&client, &vpc).await["Ipv6CidrBlock"]);
    let more = [REGION, ("VpcId", vpc.as_str()), ("IpVersion", "IPV6")];
    client.ok(VPC, "AssociateVpcCidrBlock", &more).await;
    let view = seen(&client, &vpc).await;
    let all = view["Ipv6CidrBlocks"]["Ipv6CidrBlock"]
        .as_array()
        .expect("a list");
    assert_eq!(
        (all.len(), &view["Ipv6CidrBlock"]),
        (2, &Value::from(first))
    );
    client.ok(VPC, "CreateVSwitch", &create).await;
}

#[tokio::test]
async fn an_attachment_carries_ipv6_only_where_it_is_asked_to() {
    let (simulator, client) = start().await;
    let cen = text(&client.ok(CBN, "CreateCen", &[]).await["CenId"]);
    simulator.advance(LONG);
    let router = [REGION, ("CenId", cen.as_str())];
    client.ok(CBN, "CreateTransitRouter", &router).await;
    simulator.advance(LONG);
    let cases = [
        ("10.0.0.0/16", None, "disable"),
        (
            "10.1.0.0/16",
            Some((
                "TransitRouterVPCAttachmentOptions",
                r#"{"ipv6Support":"enable"}"#,
            )),
            "enable",
        ),
        (
            "10.2.0.0/16",
            Some((
                "Options",
                r#"{"ApplianceModeSupport":"disable","Ipv6Support":"enable"}"#,
            )),
            "enable",
        ),
    ];
    for (range, option, shown) in cases {
        let vpc = dual_vpc(&client, range).await;
        simulator.advance(LONG);
        let cidr = range.replace("/16", "/24");
        let zone = ("ZoneId", "cn-hangzhou-h");
        let create = [
            REGION,
            ("VpcId", vpc.as_str()),
            zone,
            ("CidrBlock", cidr.as_str()),
        ];
        let vswitch = text(&client.ok(VPC, "CreateVSwitch", &create).await["VSwitchId"]);
        simulator.advance(LONG);
        let mut attach = vec![
            REGION,
            ("CenId", cen.as_str()),
            ("VpcId", vpc.as_str()),
            ("ZoneMappings.1.ZoneId", "cn-hangzhou-h"),
            ("ZoneMappings.1.VSwitchId", vswitch.as_str()),
        ];
        attach.extend(option);
        let id = client
            .ok(CBN, "CreateTransitRouterVpcAttachment", &attach)
            .await;
        let id = text(&id["TransitRouterAttachmentId"]);
        simulator.advance(LONG);
        let list = [REGION, ("TransitRouterAttachmentId", id.as_str())];
        let view = client
            .ok(CBN, "ListTransitRouterVpcAttachments", &list)
            .await;
        let options = &view["TransitRouterAttachments"][0]["TransitRouterVPCAttachmentOptions"];
        assert_eq!(options["ipv6Support"], shown, "{view}");
    }
    let both = [
        REGION,
        ("CenId", cen.as_str()),
        ("VpcId", "vpc-none"),
        ("TransitRouterVPCAttachmentOptions", "{}"),
        ("Options", "{}"),
    ];
    client
        .call(CBN, "CreateTransitRouterVpcAttachment", &both)
        .await
        .refused("IllegalParam.Options");
}

#[tokio::test]
async fn on_aws_a_range_comes_a_little_later_than_its_vpc() {
    let (simulator, a, _) = pair().await;
    let pass = |seconds| simulator.advance(Duration::from_secs(seconds));
    let parameters = [
        ("CidrBlock", "10.0.0.0/16"),
        ("AmazonProvidedIpv6CidrBlock", "true"),
    ];
    let made = a.ok("CreateVpc", &parameters).await;
    let vpc = made.text("vpcId");
    pass(2);
    let see = async || a.ok("DescribeVpcs", &[("VpcId.1", vpc.as_str())]).await;
    let early = see().await;
    assert!(early.all("ipv6CidrBlock").is_empty());
    assert!(early.all("state").contains(&"associating".to_owned()));
    assert!(early.all("state").contains(&"available".to_owned()));
    pass(4);
    let whole = see().await.text("ipv6CidrBlock");
    let whole: ipnet::Ipv6Net = whole.parse().expect("a range");
    let part = format!("{}/64", whole.network());
    let subnet = async |range: &str, v6: &str| {
        let parameters = [
            ("VpcId", vpc.as_str()),
            ("CidrBlock", range),
            ("Ipv6CidrBlock", v6),
        ];
        a.ec2("CreateSubnet", &parameters).await
    };
    let made = subnet("10.0.1.0/24", &part).await.ok();
    subnet("10.0.2.0/24", &part)
        .await
        .refused("InvalidSubnet.Conflict");
    subnet("10.0.2.0/24", "2600::/64")
        .await
        .refused("InvalidSubnet.Range");
    pass(5);
    let run = [
        ("MinCount", "2"),
        ("MaxCount", "2"),
        ("ImageId", "ami-1"),
        ("SubnetId", &made.text("subnetId")),
        ("Ipv6AddressCount", "1"),
    ];
    let addresses = a.ok("RunInstances", &run).await.all("ipv6Address");
    assert_eq!(addresses.len(), 2);
    assert_ne!(addresses[0], addresses[1]);
    for address in addresses {
        assert!(whole.contains(&address.parse::<std::net::Ipv6Addr>().expect("an address")));
    }
    let plain = a
        .ok(
            "CreateSubnet",
            &[("VpcId", vpc.as_str()), ("CidrBlock", "10.0.3.0/24")],
        )
        .await;
    let run = [
        ("MinCount", "1"),
        ("MaxCount", "1"),
        ("ImageId", "ami-1"),
        ("SubnetId", &plain.text("subnetId")),
        ("Ipv6AddressCount", "1"),
    ];
    a.ec2("RunInstances", &run)
        .await
        .refused("InvalidParameterValue");
}
