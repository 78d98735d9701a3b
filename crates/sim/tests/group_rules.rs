//! Security groups of Alibaba Cloud: which packets their rules let pass, and the lists that rules name.

mod support;

use landbridge_sim::{AccountSpec, Protocol};
use serde_json::{Value, json};
use support::peered::{Peered, SSH};
use support::{A, ECS, LONG, VPC, text};

const GRE: Protocol = Protocol::Other(47);
const ANYWHERE: (&str, &str) = ("SourceCidrIp", "0.0.0.0/0");
const INTO_TARGET: &str = "the target's security groups do not allow";
const OUT_OF_SOURCE: &str = "the source's security groups do not allow";

#[tokio::test]
async fn protocols_have_names_in_any_case() {
    let stage = Peered::new().await;
    let group = stage.right.group.as_str();
    for (name, protocol) in [
        ("tcp", SSH),
        ("Udp", Protocol::udp(53)),
        ("ICMP", Protocol::ECHO),
        ("icmpV6", Protocol::ECHO_V6),
        ("gre", GRE),
    ] {
        stage.lost(protocol, INTO_TARGET);
        stage.allow(group, &[("IpProtocol", name), ANYWHERE]).await;
        stage.arrives(protocol);
    }
    stage.arrives(Protocol::Icmp { kind: 3, code: 4 });
    stage.lost(Protocol::Other(50), INTO_TARGET);
    stage.allow(group, &[("IpProtocol", "50"), ANYWHERE]).await;
    stage.arrives(Protocol::Other(50));
    stage.lost(Protocol::Other(51), INTO_TARGET);
    stage.allow(group, &[("IpProtocol", "ALL"), ANYWHERE]).await;
    stage.arrives(Protocol::Other(51));
}

#[tokio::test]
async fn only_some_regions_take_numbers() {
    let stage = Peered::new().await;
    let elsewhere = ("RegionId", "cn-hangzhou");
    let network = [elsewhere, ("CidrBlock", "10.2.0.0/16")];
    let network = stage.client.ok(VPC, "CreateVpc", &network).await;
    stage.simulator.advance(LONG);
    let vpc = [
        elsewhere,
        ("VpcId", network["VpcId"].as_str().expect("a network")),
    ];
    let group = stage.client.ok(ECS, "CreateSecurityGroup", &vpc).await;
    let rule = [
        elsewhere,
        (
            "SecurityGroupId",
            group["SecurityGroupId"].as_str().expect("a group"),
        ),
        ("Permissions.1.IpProtocol", "50"),
        ("Permissions.1.PortRange", "-1/-1"),
        ("Permissions.1.SourceCidrIp", "0.0.0.0/0"),
    ];
    let answer = stage
        .client
        .call(ECS, "AuthorizeSecurityGroup", &rule)
        .await;
    answer.refused("InvalidIpProtocol.ValueNotSupported");
    let number = [("IpProtocol", "256"), ANYWHERE];
    let refused = stage.rule("AuthorizeSecurityGroup", &stage.right.group, &number);
    refused.await.refused("InvalidIpProtocol.ValueNotSupported");
}

#[tokio::test]
async fn the_lowest_number_decides_and_a_drop_among_equals() {
    let stage = Peered::new().await;
    let group = stage.right.group.as_str();
    let accept = [("Priority", "50"), ANYWHERE];
    stage.allow(group, &accept).await;
    stage.arrives(SSH);
    let drop_equal = [("Priority", "50"), ("Policy", "drop"), ANYWHERE];
    stage.allow(group, &drop_equal).await;
    stage.lost(SSH, INTO_TARGET);
    let before = [
        ("Priority", "49"),
        ("IpProtocol", "TCP"),
        ("PortRange", "20/22"),
        ("SourceCidrIp", "10.0.20.0/24"),
    ];
    stage.allow(group, &before).await;
    stage.arrives(SSH);
    stage.lost(Protocol::tcp(23), INTO_TARGET);
    stage.lost(Protocol::udp(22), INTO_TARGET);
    let first = [("Policy", "Drop"), ("SourceCidrIp", "10.0.20.100")];
    stage.allow(group, &first).await;
    stage.lost(SSH, INTO_TARGET);
}

#[tokio::test]
async fn rules_of_all_groups_are_one_list() {
    let stage = Peered::new().await;
    let place = stage.right.place();
    let more = [place, ("VpcId", stage.right.vpc.as_str())];
    let second = stage.client.ok(ECS, "CreateSecurityGroup", &more).await;
    let second = text(&second["SecurityGroupId"]);
    let vswitch = stage.right.vswitch.as_str();
    let twin = [
        place,
        ("ImageId", "aliyun_3_x64"),
        ("InstanceType", "ecs.t5-lc2m1.nano"),
        ("SecurityGroupIds.1", stage.right.group.as_str()),
        ("SecurityGroupIds.2", second.as_str()),
        ("VSwitchId", vswitch),
        ("PrivateIpAddress", "10.1.20.101"),
    ];
    stage.client.ok(ECS, "RunInstances", &twin).await;
    stage.simulator.advance(LONG);
    let target = "10.1.20.101".parse().expect("an address");
    let probe = || stage.simulator.probe(&stage.left.instance, target, SSH);
    stage
        .allow(&stage.right.group, &[("Priority", "10"), ANYWHERE])
        .await;
    assert!(probe().is_delivered(), "{}", probe());
    let drop = [("Priority", "9"), ("Policy", "drop"), ANYWHERE];
    stage.allow(&second, &drop).await;
    let text = probe().to_string();
    assert!(text.contains(INTO_TARGET), "{text}");
    stage.arrives(SSH);
}

#[tokio::test]
async fn what_leaves_a_basic_group_passes_unless_a_rule_drops_it() {
    let stage = Peered::open().await;
    let group = stage.left.group.as_str();
    stage.arrives(SSH);
    let drop = [
        ("Policy", "drop"),
        ("IpProtocol", "TCP"),
        ("PortRange", "22/22"),
        ("DestCidrIp", "10.1.0.0/16"),
    ];
    stage.allow_out(group, &drop).await;
    let element = stage.lost(SSH, OUT_OF_SOURCE);
    assert_eq!(element, group);
    stage.arrives(Protocol::tcp(23));
}

#[tokio::test]
async fn rules_of_five_parts_look_at_both_ends() {
    let stage = Peered::new().await;
    let group = stage.right.group.as_str();
    let five = [
        ("IpProtocol", "TCP"),
        ("SourceCidrIp", "10.0.0.0/8"),
        ("SourcePortRange", "40000/50000"),
        ("DestCidrIp", "10.1.20.100"),
        ("PortRange", "22/22"),
    ];
    stage.allow(group, &five).await;
    stage.arrives(SSH);
    stage.lost(SSH.from_port(50_001), INTO_TARGET);
    stage.lost(Protocol::tcp(23), INTO_TARGET);
    let attribute = [("SecurityGroupId", group)];
    let shown = stage
        .ecs("DescribeSecurityGroupAttribute", &attribute)
        .await
        .ok();
    let rule = &shown["Permissions"]["Permission"][0];
    assert_eq!(
        (
            &rule["DestCidrIp"],
            &rule["SourcePortRange"],
            &rule["SourceCidrIp"]
        ),
        (
            &"10.1.20.100/32".into(),
            &"40000/50000".into(),
            &"10.0.0.0/8".into()
        )
    );
    let elsewhere = [
        ("Policy", "drop"),
        ("DestCidrIp", "10.1.0.0/16"),
        ("SourceCidrIp", "10.0.21.0/24"),
    ];
    stage.allow_out(&stage.left.group, &elsewhere).await;
    stage.arrives(SSH);
    let here = [
        ("Policy", "drop"),
        ("DestCidrIp", "10.1.0.0/16"),
        ("SourceCidrIp", "10.0.20.0/24"),
    ];
    stage.allow_out(&stage.left.group, &here).await;
    stage.lost(SSH, OUT_OF_SOURCE);
    for (name, value) in [("SourcePortRange", "9/1"), ("DestCidrIp", "10.1")] {
        let rule = [("IpProtocol", "TCP"), ANYWHERE, (name, value)];
        let refused = stage.rule("AuthorizeSecurityGroup", group, &rule).await;
        refused.refused(&format!("InvalidParam.{name}"));
    }
}

#[tokio::test]
async fn rules_of_ipv6_do_not_count_for_ipv4() {
    let stage = Peered::new().await;
    let group = stage.right.group.as_str();
    stage.allow(group, &[("Ipv6SourceCidrIp", "::/0")]).await;
    stage.lost(SSH, INTO_TARGET);
    let attribute = [("SecurityGroupId", group)];
    let shown = stage
        .ecs("DescribeSecurityGroupAttribute", &attribute)
        .await
        .ok();
    let rule = &shown["Permissions"]["Permission"][0];
    assert_eq!(rule["Ipv6SourceCidrIp"], "::/0");
    let wrong = [("Ipv6SourceCidrIp", "10.0.0.0/8")];
    let refused = stage.rule("AuthorizeSecurityGroup", group, &wrong).await;
    refused.refused("InvalidParam.Ipv6SourceCidrIp");
}

/// A second instance in the left network, in a group of a kind; its address is 10.0.20.101.
async fn neighbour(stage: &Peered, group: &str) -> String {
    let parameters = [
        ("ImageId", "aliyun_3_x64"),
        ("InstanceType", "ecs.t5-lc2m1.nano"),
        ("SecurityGroupId", group),
        ("VSwitchId", stage.left.vswitch.as_str()),
        ("PrivateIpAddress", "10.0.20.101"),
    ];
    let started = stage.ecs("RunInstances", &parameters).await.ok();
    stage.simulator.advance(LONG);
    text(&started["InstanceIdSets"]["InstanceIdSet"][0])
}

fn knock(stage: &Peered, from: &str) -> String {
    let target = stage.left.address.parse().expect("an address");
    stage.simulator.probe(from, target, SSH).to_string()
}

#[tokio::test]
async fn members_trust_each_other_unless_told_not_to() {
    let stage = Peered::new().await;
    let group = stage.left.group.as_str();
    let other = neighbour(&stage, group).await;
    assert!(knock(&stage, &other).starts_with("delivered"));
    let policy = async |value: &str| {
        let parameters = [("SecurityGroupId", group), ("InnerAccessPolicy", value)];
        stage.ecs("ModifySecurityGroupPolicy", &parameters).await
    };
    policy("Drop").await.ok();
    assert!(knock(&stage, &other).contains(INTO_TARGET));
    let attribute = [("SecurityGroupId", group)];
    let shown = stage
        .ecs("DescribeSecurityGroupAttribute", &attribute)
        .await
        .ok();
    assert_eq!(shown["InnerAccessPolicy"], "Drop");
    policy("accept").await.ok();
    assert!(knock(&stage, &other).starts_with("delivered"));
    // A rule of the user comes before trust.
    stage
        .allow(group, &[("Policy", "drop"), ("Priority", "100"), ANYWHERE])
        .await;
    assert!(knock(&stage, &other).contains(INTO_TARGET));
    policy("perhaps")
        .await
        .refused("InvalidParameter.InnerAccessPolicy");
}

#[tokio::test]
async fn advanced_groups_drop_what_no_rule_accepts() {
    let stage = Peered::new().await;
    let kind = [
        ("VpcId", stage.left.vpc.as_str()),
        ("SecurityGroupType", "enterprise"),
    ];
    let created = stage.ecs("CreateSecurityGroup", &kind).await.ok();
    let group = text(&created["SecurityGroupId"]);
    let other = neighbour(&stage, &group).await;
    stage.allow(&stage.left.group, &[ANYWHERE]).await;
    assert!(knock(&stage, &other).contains(OUT_OF_SOURCE));
    stage
        .allow_out(&group, &[("DestCidrIp", "10.0.0.0/16")])
        .await;
    assert!(knock(&stage, &other).starts_with("delivered"));
    let policy = [
        ("SecurityGroupId", group.as_str()),
        ("InnerAccessPolicy", "Accept"),
    ];
    let refused = stage.ecs("ModifySecurityGroupPolicy", &policy).await;
    refused.refused("InvalidOperation.SecurityGroupType");
}

async fn prefix_list(stage: &Peered, family: &str, ranges: &[&str]) -> String {
    let names: Vec<String> = (1..=ranges.len())
        .map(|n| format!("Entry.{n}.Cidr"))
        .collect();
    let mut parameters = vec![
        ("PrefixListName", "offices"),
        ("AddressFamily", family),
        ("MaxEntries", "3"),
    ];
    parameters.extend(names.iter().map(String::as_str).zip(ranges.iter().copied()));
    let created = stage.ecs("CreatePrefixList", &parameters).await.ok();
    text(&created["PrefixListId"])
}

#[tokio::test]
async fn rules_follow_their_prefix_lists() {
    let stage = Peered::new().await;
    let group = stage.right.group.as_str();
    let list = prefix_list(&stage, "IPv4", &["10.0.21.0/24"]).await;
    stage.allow(group, &[("SourcePrefixListId", &list)]).await;
    stage.lost(SSH, INTO_TARGET);
    let modify = async |more: &[(&str, &str)]| {
        let mut parameters = vec![("PrefixListId", list.as_str())];
        parameters.extend(more);
        stage.ecs("ModifyPrefixList", &parameters).await
    };
    modify(&[("AddEntry.1.Cidr", "10.0.20.0/25")]).await.ok();
    stage.arrives(SSH);
    modify(&[("RemoveEntry.1.Cidr", "10.0.20.0/25")]).await.ok();
    stage.lost(SSH, INTO_TARGET);
    modify(&[("RemoveEntry.1.Cidr", "10.0.20.0/25")])
        .await
        .refused("InvalidParameter.RemoveEntry.Cidr");
    modify(&[("AddEntry.1.Cidr", "2001:db8::/32")])
        .await
        .refused("InvalidParameter.AddEntry.Cidr");
    let out = prefix_list(&stage, "IPv4", &["10.1.20.100/32"]).await;
    stage
        .allow_out(
            &stage.left.group,
            &[("Policy", "drop"), ("DestPrefixListId", &out)],
        )
        .await;
    stage.lost(SSH, OUT_OF_SOURCE);
    let unknown = [("SourcePrefixListId", "pl-none")];
    let refused = stage.rule("AuthorizeSecurityGroup", group, &unknown).await;
    refused.refused("InvalidPrefixListId.NotFound");
}

#[tokio::test]
async fn prefix_lists_are_listed_shown_and_deleted() {
    let stage = Peered::new().await;
    let ranges = ["10.0.0.0/8", "192.168.9.9/16"];
    let list = prefix_list(&stage, "IPv4", &ranges).await;
    let other = prefix_list(&stage, "IPv6", &["2001:db8::/32"]).await;
    let rule = [("SourcePrefixListId", list.as_str())];
    stage.allow(&stage.right.group, &rule).await;
    let shown = stage
        .ecs("DescribePrefixLists", &[("AddressFamily", "IPv4")])
        .await
        .ok();
    let lists = &shown["PrefixLists"]["PrefixList"];
    assert_eq!(lists.as_array().map(Vec::len), Some(1));
    assert_eq!(
        (
            &lists[0]["PrefixListId"],
            &lists[0]["AssociationCount"],
            &lists[0]["MaxEntries"]
        ),
        (&list.as_str().into(), &1.into(), &3.into())
    );
    let page = [("MaxResults", "1")];
    let first = stage.ecs("DescribePrefixLists", &page).await.ok();
    let rest = [
        ("MaxResults", "1"),
        ("NextToken", first["NextToken"].as_str().expect("a token")),
    ];
    let second = stage.ecs("DescribePrefixLists", &rest).await.ok();
    assert_eq!(
        second["PrefixLists"]["PrefixList"][0]["PrefixListId"],
        other
    );
    assert_eq!(second["NextToken"], "");
    let one = [("PrefixListId", list.as_str())];
    let entries = stage.ecs("DescribePrefixListAttributes", &one).await.ok();
    assert_eq!(
        entries["Entries"]["Entry"],
        json!([{"Cidr": "10.0.0.0/8", "Description": ""}, {"Cidr": "192.168.0.0/16", "Description": ""}])
    );
    stage
        .ecs("DeletePrefixList", &one)
        .await
        .refused("DependencyViolation");
    stage
        .rule("RevokeSecurityGroup", &stage.right.group, &rule)
        .await
        .ok();
    stage.ecs("DeletePrefixList", &one).await.ok();
    let gone = stage.ecs("DescribePrefixListAttributes", &one).await;
    gone.refused("InvalidPrefixListId.NotFound");
    let missing = [("PrefixListName", "x"), ("AddressFamily", "IPv4")];
    stage
        .ecs("CreatePrefixList", &missing)
        .await
        .refused("MissingParameter");
    for (family, room, code) in [
        ("IPv5", "1", "InvalidParameter.AddressFamily"),
        ("IPv4", "201", "InvalidParameter.MaxEntries"),
    ] {
        let parameters = [
            ("PrefixListName", "x"),
            ("AddressFamily", family),
            ("MaxEntries", room),
        ];
        stage
            .ecs("CreatePrefixList", &parameters)
            .await
            .refused(code);
    }
}

async fn port_list(stage: &Peered, ranges: &[&str]) -> String {
    let names: Vec<String> = (1..=ranges.len())
        .map(|n| format!("Entry.{n}.PortRange"))
        .collect();
    let mut parameters = vec![("PortRangeListName", "web"), ("MaxEntries", "4")];
    parameters.extend(names.iter().map(String::as_str).zip(ranges.iter().copied()));
    let created = stage.ecs("CreatePortRangeList", &parameters).await.ok();
    text(&created["PortRangeListId"])
}

#[tokio::test]
async fn rules_follow_their_port_lists() {
    let stage = Peered::new().await;
    let group = stage.right.group.as_str();
    let list = port_list(&stage, &["80/80", "440/450"]).await;
    let rule = [
        ("IpProtocol", "TCP"),
        ("PortRangeListId", list.as_str()),
        ANYWHERE,
    ];
    stage.allow(group, &rule).await;
    stage.arrives(Protocol::tcp(443));
    stage.lost(SSH, INTO_TARGET);
    stage.lost(Protocol::udp(443), INTO_TARGET);
    let modify = async |more: (&str, &str)| {
        let parameters = [("PortRangeListId", list.as_str()), more];
        stage.ecs("ModifyPortRangeList", &parameters).await
    };
    modify(("AddEntry.1.PortRange", "22/22")).await.ok();
    stage.arrives(SSH);
    modify(("RemoveEntry.1.PortRange", "440/450")).await.ok();
    stage.lost(Protocol::tcp(443), INTO_TARGET);
    modify(("AddEntry.1.PortRange", "9/1"))
        .await
        .refused("InvalidParameter.AddEntry.PortRange");
    let one = [("PortRangeListId", list.as_str())];
    let entries = stage.ecs("DescribePortRangeListEntries", &one).await.ok();
    let ranges: Vec<&Value> = entries["Entries"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|e| &e["PortRange"])
        .collect();
    assert_eq!(ranges, ["80/80", "22/22"]);
    let shown = stage.ecs("DescribePortRangeLists", &one).await.ok();
    assert_eq!(shown["PortRangeLists"][0]["AssociationCount"], 1);
    let attribute = [("SecurityGroupId", group)];
    let shown = stage
        .ecs("DescribeSecurityGroupAttribute", &attribute)
        .await
        .ok();
    assert_eq!(
        shown["Permissions"]["Permission"][0]["PortRangeListId"],
        list
    );
    stage
        .ecs("DeletePortRangeList", &one)
        .await
        .refused("DependencyViolation");
    // A range of ports wins over the list.
    let both = [
        ("IpProtocol", "TCP"),
        ("PortRange", "8080/8080"),
        ("PortRangeListId", "prl-none"),
        ANYWHERE,
    ];
    stage.allow(group, &both).await;
    stage.arrives(Protocol::tcp(8080));
    let unknown = [
        ("IpProtocol", "TCP"),
        ("PortRangeListId", "prl-none"),
        ANYWHERE,
    ];
    let refused = stage.rule("AuthorizeSecurityGroup", group, &unknown).await;
    refused.refused("InvalidPortRangeListId.NotFound");
    stage.rule("RevokeSecurityGroup", group, &rule).await.ok();
    stage.ecs("DeletePortRangeList", &one).await.ok();
}

#[tokio::test]
async fn lists_need_permission() {
    let policy = r#"{"Version": "1", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": ["ecs:CreatePrefixList", "vpc:CreateNetworkAcl"], "Resource": "*"}
    ]}"#;
    let stage = Peered::of(AccountSpec::new("aliyun", A).policy(policy)).await;
    let parameters = [
        ("PrefixListName", "x"),
        ("AddressFamily", "IPv4"),
        ("MaxEntries", "1"),
    ];
    stage
        .ecs("CreatePrefixList", &parameters)
        .await
        .refused("Forbidden.RAM");
    let acl = [("VpcId", stage.left.vpc.as_str())];
    stage
        .vpc("CreateNetworkAcl", &acl)
        .await
        .refused("Forbidden.RAM");
    port_list(&stage, &["80/80"]).await;
}
