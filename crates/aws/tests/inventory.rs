//! One view of a place, with few calls.

mod common;

use common::*;
use landbridge_core::{Action, Cloud, NextHop, Protocol, Scope, TableRole};
use wiremock::MockServer;

async fn caller(server: &MockServer, account: &str) {
    let arn = format!("arn:aws:iam::{account}:user/u");
    let inner = format!("<Arn>{arn}</Arn><UserId>U</UserId><Account>{account}</Account>");
    on("GetCallerIdentity")
        .respond_with(sts("GetCallerIdentity", &inner))
        .mount(server)
        .await;
}

#[tokio::test]
async fn of_another_account_nothing_but_the_identity_is_read() {
    let server = server().await;
    caller(&server, PEER).await;
    let inventory = cloud(&server.uri(), FakeClock::new())
        .inventory(&Scope::new("t"))
        .await;
    let inventory = inventory.expect("read");
    assert_eq!(inventory.identity.account.as_str(), PEER);
    assert!(inventory.networks.is_empty());
    assert_eq!(actions(&server).await, ["GetCallerIdentity"]);
}

// A server that ignores all filters and answers with everything it has.
async fn a_place(server: &MockServer) {
    caller(server, ACCOUNT).await;
    let secondary = "<cidrBlockAssociationSet><item><cidrBlock>10.0.0.0/16</cidrBlock></item>\
         <item><cidrBlock>10.9.0.0/16</cidrBlock></item></cidrBlockAssociationSet>";
    let vpcs = [
        vpc(
            "vpc-1",
            "10.0.0.0/16",
            &format!("{secondary}{}", tags("network/n")),
        ),
        vpc("vpc-3", "10.3.0.0/16", ""),
        vpc("vpc-9", "172.31.0.0/16", ""),
    ];
    answers(server, "DescribeVpcs", &items("vpcSet", &vpcs)).await;
    let subnet = |id: &str, vpc: &str| {
        format!(
            "<subnetId>{id}</subnetId><vpcId>{vpc}</vpcId><availabilityZone>eu-central-1a</availabilityZone>\
             <cidrBlock>10.0.1.0/24</cidrBlock><state>available</state><availableIpAddressCount>251</availableIpAddressCount>"
        )
    };
    let subnets = [subnet("subnet-1", "vpc-1"), subnet("subnet-9", "vpc-9")];
    answers(server, "DescribeSubnets", &items("subnetSet", &subnets)).await;
    let table = |id: &str, vpc: &str, association: &str| {
        format!(
            "<routeTableId>{id}</routeTableId><vpcId>{vpc}</vpcId><associationSet><item>{association}</item></associationSet>\
             <routeSet><item><destinationCidrBlock>10.2.0.0/16</destinationCidrBlock>\
             <vpcPeeringConnectionId>pcx-1</vpcPeeringConnectionId><state>active</state></item></routeSet>"
        )
    };
    let tables = [
        table("rtb-1", "vpc-1", "<main>true</main>"),
        table(
            "rtb-2",
            "vpc-1",
            "<main>false</main><subnetId>subnet-1</subnetId>",
        ),
        table("rtb-9", "vpc-9", "<main>true</main>"),
    ];
    answers(
        server,
        "DescribeRouteTables",
        &items("routeTableSet", &tables),
    )
    .await;
    let entry = |number: u32, action: &str| {
        format!(
            "<item><ruleNumber>{number}</ruleNumber><protocol>-1</protocol><ruleAction>{action}</ruleAction>\
             <egress>false</egress><cidrBlock>0.0.0.0/0</cidrBlock></item>"
        )
    };
    let acl = format!(
        "<networkAclId>acl-1</networkAclId><vpcId>vpc-1</vpcId><entrySet>{}{}</entrySet>\
         <associationSet><item><subnetId>subnet-1</subnetId></item></associationSet>",
        entry(100, "allow"),
        entry(32767, "deny")
    );
    answers(
        server,
        "DescribeNetworkAcls",
        &items("networkAclSet", &[acl]),
    )
    .await;
    let peerings = [
        peering("pcx-1", "active", &tags("peering/p")),
        peering("pcx-2", "failed", &tags("peering/p")),
        peering("pcx-3", "deleted", ""),
        peering("pcx-9", "active", "").replace("vpc-1<", "vpc-8<"),
    ];
    answers(
        server,
        "DescribeVpcPeeringConnections",
        &items("vpcPeeringConnectionSet", &peerings),
    )
    .await;
    let group = |id: &str, tags: &str| {
        format!("<groupId>{id}</groupId><groupName>g</groupName><vpcId>vpc-1</vpcId>{tags}")
    };
    let groups = [group("sg-1", &tags("group/f/n")), group("sg-9", "")];
    answers(
        server,
        "DescribeSecurityGroups",
        &items("securityGroupInfo", &groups),
    )
    .await;
    let rule = |group: &str| {
        format!(
            "<securityGroupRuleId>sgr-1</securityGroupRuleId><groupId>{group}</groupId><isEgress>true</isEgress>\
             <ipProtocol>-1</ipProtocol><fromPort>-1</fromPort><toPort>-1</toPort><cidrIpv4>0.0.0.0/0</cidrIpv4>"
        )
    };
    let rules = [rule("sg-1"), rule("sg-9")];
    answers(
        server,
        "DescribeSecurityGroupRules",
        &items("securityGroupRuleSet", &rules),
    )
    .await;
    answers(server, "DescribeInstances", "<reservationSet/>").await;
}

#[tokio::test]
async fn everything_of_the_topology_is_read_and_nothing_else() {
    let server = server().await;
    a_place(&server).await;
    let scope = Scope::new("t").with_networks(vec!["vpc-3".into()]);
    let inventory = cloud(&server.uri(), FakeClock::new())
        .inventory(&scope)
        .await
        .expect("read");
    assert_eq!(inventory.network_count, 3);
    let ids: Vec<&str> = inventory
        .networks
        .iter()
        .map(|one| one.id.as_str())
        .collect();
    assert_eq!(ids, ["vpc-1", "vpc-3"]);
    assert_eq!(inventory.networks[0].ranges.len(), 2);
    assert_eq!(inventory.subnets.len(), 1);
    assert_eq!(inventory.subnets[0].free_addresses, Some(251));
    let roles: Vec<TableRole> = inventory
        .route_tables
        .iter()
        .map(|table| table.role)
        .collect();
    assert_eq!(roles, [TableRole::Main, TableRole::Custom]);
    assert_eq!(inventory.route_tables[1].subnets.len(), 1);
    assert_eq!(inventory.routes.len(), 2);
    assert_eq!(
        inventory.routes[0].next_hop,
        NextHop::Peering("pcx-1".into())
    );
    let peerings: Vec<&str> = inventory
        .peerings
        .iter()
        .map(|one| one.id.as_str())
        .collect();
    assert_eq!(peerings, ["pcx-1"]);
    assert_eq!((inventory.groups.len(), inventory.rules.len()), (1, 1));
    assert_eq!(inventory.rules[0].rule.protocol, Protocol::All);
    assert_eq!(inventory.acls[0].entries.len(), 1);
    assert_eq!(inventory.acls[0].entries[0].action, Action::Allow);
    assert!(inventory.instances.is_empty());
}

#[tokio::test]
async fn the_number_of_calls_does_not_depend_on_the_number_of_networks() {
    let server = server().await;
    a_place(&server).await;
    let scope = Scope::new("t").with_networks(vec!["vpc-3".into()]);
    let cloud = cloud(&server.uri(), FakeClock::new());
    cloud.inventory(&scope).await.expect("read");
    let mut sent = actions(&server).await;
    sent.sort();
    assert_eq!(
        sent,
        [
            "DescribeInstances",
            "DescribeNetworkAcls",
            "DescribeRouteTables",
            "DescribeSecurityGroupRules",
            "DescribeSecurityGroups",
            "DescribeSubnets",
            "DescribeVpcPeeringConnections",
            "DescribeVpcs",
            "GetCallerIdentity",
        ]
    );
}
