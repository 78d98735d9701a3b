//! AWS: changing what is there in place, and finding it by more than its id.

mod support;

use support::aws::{Aws, pair};

fn filter<'a>(name: &'a str, value: &'a str) -> [(&'static str, &'a str); 2] {
    [("Filter.1.Name", name), ("Filter.1.Value.1", value)]
}

async fn table(client: &Aws, vpc: &str) -> String {
    let made = client.ok("CreateRouteTable", &[("VpcId", vpc)]).await;
    made.text("routeTableId")
}

async fn replace(client: &Aws, association: &str, table: &str) -> support::aws::Xml {
    let parameters = [("AssociationId", association), ("RouteTableId", table)];
    client
        .ec2("ReplaceRouteTableAssociation", &parameters)
        .await
}

#[tokio::test]
async fn a_subnet_goes_to_another_table_in_one_call() {
    let (_simulator, a, b) = pair().await;
    let (vpc, subnet) = a.network("10.0.0.0/16", "10.0.1.0/24").await;
    let (first, second) = (table(&a, &vpc).await, table(&a, &vpc).await);
    let associate = [("RouteTableId", first.as_str()), ("SubnetId", &subnet)];
    let old = a.ok("AssociateRouteTable", &associate).await;
    let old = old.text("associationId");
    replace(&b, &old, &second)
        .await
        .refused("InvalidRouteTableID.NotFound");
    let new = replace(&a, &old, &second).await.ok();
    let new = new.text("newAssociationId");
    assert_ne!(new, old);
    let by_subnet = filter("association.subnet-id", &subnet);
    let found = a.ok("DescribeRouteTables", &by_subnet).await;
    assert_eq!(found.text("routeTableId"), second);
    replace(&a, &old, &first)
        .await
        .refused("InvalidAssociationID.NotFound");
    let elsewhere = a.vpc("10.1.0.0/16").await;
    let elsewhere = a.main_table(&elsewhere).await;
    replace(&a, &new, &elsewhere)
        .await
        .refused("InvalidParameterValue");
}

#[tokio::test]
async fn another_table_becomes_the_main_one() {
    let (_simulator, a, _) = pair().await;
    let vpc = a.vpc("10.0.0.0/16").await;
    let (old, new) = (a.main_table(&vpc).await, table(&a, &vpc).await);
    let by_id = filter("route-table-id", &old);
    let found = a.ok("DescribeRouteTables", &by_id).await;
    let association = found.text("routeTableAssociationId");
    let replaced = replace(&a, &association, &new).await.ok();
    assert_eq!(a.main_table(&vpc).await, new);
    a.ec2("DeleteRouteTable", &[("RouteTableId", &new)])
        .await
        .refused("DependencyViolation");
    let association = replaced.text("newAssociationId");
    replace(&a, &association, &old).await.ok();
    a.ok("DeleteRouteTable", &[("RouteTableId", &new)]).await;
    a.ok("DeleteVpc", &[("VpcId", &vpc)]).await;
}

#[tokio::test]
async fn attributes_of_a_subnet_are_changed_one_at_a_time() {
    let (_simulator, a, _) = pair().await;
    let (_, subnet) = a.network("10.0.0.0/16", "10.0.1.0/24").await;
    let id = ("SubnetId", subnet.as_str());
    let modify = async |parameters: &[(&str, &str)]| {
        let parameters = [&[id], parameters].concat();
        a.ec2("ModifySubnetAttribute", &parameters).await
    };
    modify(&[("MapPublicIpOnLaunch.Value", "true")]).await.ok();
    modify(&[("PrivateDnsHostnameTypeOnLaunch", "resource-name")])
        .await
        .ok();
    modify(&[]).await.refused("InvalidParameterCombination");
    let two = [
        ("MapPublicIpOnLaunch.Value", "true"),
        ("EnableDns64.Value", "true"),
    ];
    modify(&two).await.refused("InvalidParameterCombination");
    modify(&[("AssignIpv6AddressOnCreation.Value", "true")])
        .await
        .refused("InvalidParameterValue");
    let by_attribute = filter("map-public-ip-on-launch", "true");
    let found = a.ok("DescribeSubnets", &by_attribute).await;
    assert_eq!(found.text("subnetId"), subnet);
    assert_eq!(found.text("mapPublicIpOnLaunch"), "true");
    assert_eq!(found.text("hostnameType"), "resource-name");
}

#[tokio::test]
async fn the_measurement_of_addresses_is_an_attribute_of_a_vpc() {
    let (_simulator, a, _) = pair().await;
    let vpc = a.vpc("10.0.0.0/16").await;
    let look = async || {
        let parameters = [
            ("VpcId", vpc.as_str()),
            ("Attribute", "enableNetworkAddressUsageMetrics"),
        ];
        let answer = a.ok("DescribeVpcAttribute", &parameters).await;
        answer.text("enableNetworkAddressUsageMetrics")
    };
    assert_eq!(look().await, "<value>false</value>");
    let modify = [
        ("VpcId", vpc.as_str()),
        ("EnableNetworkAddressUsageMetrics.Value", "true"),
    ];
    a.ok("ModifyVpcAttribute", &modify).await;
    assert_eq!(look().await, "<value>true</value>");
}

#[tokio::test]
async fn a_vpc_is_found_by_its_ipv6_range_whose_origin_is_told() {
    let (_simulator, a, _) = pair().await;
    a.vpc("10.1.0.0/16").await;
    let six = [
        ("CidrBlock", "10.0.0.0/16"),
        ("AmazonProvidedIpv6CidrBlock", "true"),
    ];
    let vpc = a.ok("CreateVpc", &six).await;
    assert_eq!(vpc.text("ipv6Pool"), "Amazon");
    assert_eq!(vpc.text("networkBorderGroup"), "us-east-1");
    let association = vpc.text("ipv6CidrBlockAssociationSet");
    let association = association.split(['<', '>']).nth(4).expect("an id");
    let by_association = filter("ipv6-cidr-block-association.association-id", association);
    let found = a.ok("DescribeVpcs", &by_association).await;
    assert_eq!(found.all("vpcId"), [vpc.text("vpcId")]);
}

/// A group that lets ssh in from a range; its id and its rule's.
async fn group_with_rule(client: &Aws) -> (String, String) {
    let vpc = client.vpc("10.0.0.0/16").await;
    let group = client.group(&vpc, "web").await;
    let added = client
        .ok("AuthorizeSecurityGroupIngress", &ssh(&group))
        .await;
    (group, added.text("securityGroupRuleId"))
}

fn ssh(group: &str) -> [(&'static str, &str); 5] {
    [
        ("GroupId", group),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", "22"),
        ("IpPermissions.1.ToPort", "22"),
        ("IpPermissions.1.IpRanges.1.CidrIp", "10.1.0.0/16"),
    ]
}

#[tokio::test]
async fn a_rule_is_changed_in_place() {
    let (_simulator, a, _) = pair().await;
    let (group, rule) = group_with_rule(&a).await;
    let modify = async |rule: &str, source: (&str, &str)| {
        let parameters = [
            ("GroupId", group.as_str()),
            ("SecurityGroupRule.1.SecurityGroupRuleId", rule),
            ("SecurityGroupRule.1.SecurityGroupRule.IpProtocol", "tcp"),
            ("SecurityGroupRule.1.SecurityGroupRule.FromPort", "80"),
            ("SecurityGroupRule.1.SecurityGroupRule.ToPort", "81"),
            ("SecurityGroupRule.1.SecurityGroupRule.Description", "web"),
            source,
        ];
        a.ec2("ModifySecurityGroupRules", &parameters).await
    };
    let range = (
        "SecurityGroupRule.1.SecurityGroupRule.CidrIpv4",
        "10.2.0.0/16",
    );
    modify(&rule, range).await.ok();
    let by_id = [("SecurityGroupRuleId.1", rule.as_str())];
    let found = a.ok("DescribeSecurityGroupRules", &by_id).await;
    assert_eq!(found.text("securityGroupRuleId"), rule);
    assert_eq!(found.text("fromPort"), "80");
    assert_eq!(found.text("toPort"), "81");
    assert_eq!(found.text("cidrIpv4"), "10.2.0.0/16");
    assert_eq!(found.text("description"), "web");
    let to_itself = (
        "SecurityGroupRule.1.SecurityGroupRule.ReferencedGroupId",
        group.as_str(),
    );
    modify(&rule, to_itself).await.ok();
    let found = a.ok("DescribeSecurityGroupRules", &by_id).await;
    assert!(found.text("referencedGroupInfo").contains(&group));
    let twin = a.ok("AuthorizeSecurityGroupIngress", &ssh(&group)).await;
    let twin = twin.text("securityGroupRuleId");
    modify(&twin, to_itself)
        .await
        .refused("InvalidPermission.Duplicate");
    modify("sgr-0123456789abcdef0", range)
        .await
        .refused("InvalidSecurityGroupRuleId.NotFound");
}

#[tokio::test]
async fn descriptions_of_rules_are_changed_by_id_and_by_content() {
    let (_simulator, a, _) = pair().await;
    let (group, rule) = group_with_rule(&a).await;
    let described = async || {
        let by_id = [("SecurityGroupRuleId.1", rule.as_str())];
        let found = a.ok("DescribeSecurityGroupRules", &by_id).await;
        found.text("description")
    };
    assert_eq!(described().await, "");
    let by_id = [
        ("GroupId", group.as_str()),
        ("SecurityGroupRuleDescription.1.SecurityGroupRuleId", &rule),
        ("SecurityGroupRuleDescription.1.Description", "one"),
    ];
    let action = "UpdateSecurityGroupRuleDescriptionsIngress";
    a.ok(action, &by_id).await;
    assert_eq!(described().await, "one");
    let description = ("IpPermissions.1.IpRanges.1.Description", "two");
    let by_content = [&ssh(&group)[..], &[description]].concat();
    a.ok(action, &by_content).await;
    assert_eq!(described().await, "two");
    a.ec2("UpdateSecurityGroupRuleDescriptionsEgress", &by_content)
        .await
        .refused("InvalidPermission.NotFound");
}

#[tokio::test]
async fn groups_are_asked_for_by_names_that_must_exist() {
    let (_simulator, a, b) = pair().await;
    let (group, _) = group_with_rule(&a).await;
    let named = [("GroupName.1", "web")];
    let found = a.ok("DescribeSecurityGroups", &named).await;
    assert_eq!(found.text("groupId"), group);
    for client in [&a, &b] {
        let names = [("GroupName.1", "web"), ("GroupName.2", "none")];
        client
            .ec2("DescribeSecurityGroups", &names)
            .await
            .refused("InvalidGroup.NotFound");
    }
}

#[tokio::test]
async fn an_acl_is_found_by_its_entries() {
    let (_simulator, a, _) = pair().await;
    let vpc = a.vpc("10.0.0.0/16").await;
    let acl = a.ok("CreateNetworkAcl", &[("VpcId", &vpc)]).await;
    let acl = acl.text("networkAclId");
    let entry = [
        ("NetworkAclId", acl.as_str()),
        ("RuleNumber", "77"),
        ("Protocol", "6"),
        ("RuleAction", "deny"),
        ("Egress", "true"),
        ("CidrBlock", "10.9.0.0/16"),
        ("PortRange.From", "22"),
        ("PortRange.To", "23"),
    ];
    a.ok("CreateNetworkAclEntry", &entry).await;
    for (name, value) in [
        ("entry.rule-number", "77"),
        ("entry.port-range.to", "23"),
        ("entry.protocol", "6"),
        ("entry.rule-action", "deny"),
        ("entry.cidr", "10.9.0.0/16"),
    ] {
        let found = a.ok("DescribeNetworkAcls", &filter(name, value)).await;
        assert_eq!(found.all("vpcId").len(), 1, "{name}");
        assert_eq!(found.text("networkAclId"), acl, "{name}");
    }
    let inward = filter("entry.egress", "false");
    let found = a.ok("DescribeNetworkAcls", &inward).await;
    assert!(!found.body.contains(&acl));
}
