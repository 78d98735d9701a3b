use std::collections::BTreeMap;
use std::time::Duration;

use landbridge_core::backend::capabilities::{
    actions, actions_by_form, actions_by_kind, blocks, needs, partitions, reads,
};
use landbridge_core::object::{Form, Kind, OpKind};
use landbridge_core::{
    Capabilities, CloudName, CloudService, Concern, Disk, Model, NameRule, OracleReach, Pace,
    ProbeMachine, Protocol, Quota,
};

use super::CLOUD;
use crate::vpc::ROUTES_PER_CALL;

/// What Alibaba Cloud can do and asks for.
pub(super) fn capabilities() -> Capabilities {
    let mut data = Capabilities::new(CloudName::from_static(CLOUD), vec![Model::Hub, Model::Mesh]);
    data.global_hub = true;
    data.grants = true;
    data.edge_hubs = true;
    data.longest_chained_session = Some(super::auth::LONGEST_CHAINED);
    data.services = vec![
        CloudService::Hub,
        CloudService::Transit,
        CloudService::CrossBorder,
    ];
    data.areas = partitions(AREAS);
    data.transit_mbps = Some((1000, 100));
    data.attachment_zones = 2;
    data.reserved = blocks(RESERVED);
    data.subnet_prefix = (16, 29);
    data.kept_addresses = (1, 3);
    data.networks_per_region = Some(Quota::raisable(10));
    data.subnets_per_network = Some(Quota::raisable(150));
    data.routes_per_table = Some(Quota::raisable(200));
    data.routes_per_call = ROUTES_PER_CALL;
    data.peerings_per_network = Some(Quota::raisable(10));
    data.peerings_to_other_regions = Some(Quota::raisable(20));
    data.peerings_per_region = Some(Quota::raisable(20));
    // 200 in older texts; the newer ones count all groups of an interface in both directions.
    data.rules_per_group = Some(Quota::raisable(200).up_to(1000));
    data.names = names();
    data.pace = Pace::of(READY, GONE)
        .with_hub_rest(Duration::from_secs(2))
        .with_drain(Duration::from_secs(20));
    data.read_permissions = names_of(READS.iter().filter(|row| !is_at_edge(row)));
    data.edge_read_permissions = names_of(READS.iter().filter(is_at_edge));
    data.reads = reads(READS);
    data.needs = needs(SOMETIMES, ADVISED);
    data.probe_permissions = actions(PROBES);
    data.oracle = Some(network_intelligence());
    data.probe_machine = Some(probe_machine());
    data.permissions = actions_by_kind(PERMISSIONS);
    data.form_permissions = actions_by_form(FORM_PERMISSIONS);
    data
}

// Whether it looks into other regions is not documented: it is asked, and may say that it cannot.
fn network_intelligence() -> OracleReach {
    let protocols = vec![Protocol::Icmp, Protocol::Tcp, Protocol::Udp];
    OracleReach::new("nis", protocols)
        .with_cross_region(true)
        .with_poll(Duration::from_secs(2))
        .with_limit(Duration::from_secs(120))
}

// The smallest shared type, and an image family that has Cloud Assistant, in the same words in every region.
fn probe_machine() -> ProbeMachine {
    let machine = ProbeMachine::new(
        "ecs.t5-lc2m1.nano",
        "acs:alibaba_cloud_linux_3_2104_lts_x64",
    );
    machine.with_disk(Disk {
        category: "cloud_efficiency".to_owned(),
        size_gib: 40,
    })
}

/// Seconds until things are usually ready, by the form of their keys. None of them is documented.
const READY: &[(&str, u64)] = &[
    ("accept", 5),
    ("association", 10),
    ("attachment", 60),
    ("edge", 3),
    ("hub", 3),
    ("instance", 25),
    ("link", 45),
    ("network", 2),
    ("peering", 5),
    ("propagation", 10),
    ("regional-hub", 20),
    ("route", 4),
    ("subnet", 3),
];

/// Seconds until things that are deleted are usually gone.
const GONE: &[(&str, u64)] = &[
    ("association", 10),
    ("attachment", 30),
    ("edge", 3),
    ("hub", 3),
    ("instance", 25),
    ("link", 30),
    ("network", 2),
    ("peering", 5),
    ("propagation", 10),
    ("regional-hub", 20),
    ("route", 4),
    ("subnet", 2),
];

fn names() -> BTreeMap<OpKind, NameRule> {
    // The name of an instance follows the same rule as that of a group.
    let rule = NameRule::new(2, 128).with_letter_first();
    [Kind::Group, Kind::Instance]
        .map(|kind| (OpKind::create(kind), rule.clone()))
        .into()
}
/// The first prefix that fits counts: all regions of China but Hong Kong are in the mainland.
const AREAS: &[(&str, &str)] = &[
    ("cn-hongkong", "abroad"),
    ("cn-", "mainland"),
    ("", "abroad"),
];

const RESERVED: &[([u8; 4], u8)] = &[
    ([100, 64, 0, 0], 10),
    ([224, 0, 0, 0], 4),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
];

/// The RAM actions of those sorts of objects that need others than all of their kind together.
const FORM_PERMISSIONS: &[(OpKind, Form, &[&str])] = &[
    (
        OpKind::create(Kind::Service),
        Form::HubService,
        &["cen:OpenTransitRouterService"],
    ),
    (
        OpKind::create(Kind::Service),
        Form::TransitService,
        &["cdt:OpenCdtService"],
    ),
    (
        OpKind::create(Kind::Service),
        Form::CrossBorderService,
        &["cdt:OpenCdtCbService"],
    ),
    (
        OpKind::create(Kind::Adoption),
        Form::EdgeHub,
        &["expressconnectrouter:TagResources"],
    ),
    (OpKind::create(Kind::Adoption), Form::GlobalHub, TAG_CEN),
    (OpKind::create(Kind::Adoption), Form::RegionalHub, TAG_CEN),
    (OpKind::create(Kind::Adoption), Form::Attachment, TAG_CEN),
    (OpKind::create(Kind::Adoption), Form::Link, TAG_CEN),
    (OpKind::create(Kind::Adoption), Form::Network, TAG_VPC),
    (OpKind::create(Kind::Adoption), Form::Subnet, TAG_VPC),
    (OpKind::create(Kind::Adoption), Form::Peering, TAG_VPC),
    (OpKind::create(Kind::Adoption), Form::Group, TAG_ECS),
    (OpKind::create(Kind::Adoption), Form::Instance, TAG_ECS),
    (
        OpKind::create(Kind::Hub),
        Form::GlobalHub,
        &["cen:CreateCen"],
    ),
    (
        OpKind::create(Kind::Hub),
        Form::RegionalHub,
        &["cen:CreateTransitRouter", "ram:CreateServiceLinkedRole"],
    ),
    (
        OpKind::create(Kind::Hub),
        Form::EdgeHub,
        &["expressconnectrouter:CreateExpressConnectRouter"],
    ),
    (
        OpKind::create(Kind::Grant),
        Form::EdgeGrant,
        &["expressconnectrouter:GrantInstanceToExpressConnectRouter"],
    ),
    (
        OpKind::create(Kind::Peering),
        Form::Attachment,
        &["cen:CreateTransitRouterVpcAttachment"],
    ),
    (
        OpKind::create(Kind::Peering),
        Form::Link,
        &["cen:CreateTransitRouterPeerAttachment"],
    ),
    (
        OpKind::create(Kind::Peering),
        Form::Peering,
        &["vpc:CreateVpcPeerConnection"],
    ),
    (
        OpKind::create(Kind::Peering),
        Form::EdgeRouter,
        &["expressconnectrouter:AttachExpressConnectRouterChildInstance"],
    ),
    (
        OpKind::create(Kind::Peering),
        Form::EdgeNetwork,
        &["expressconnectrouter:CreateExpressConnectRouterAssociation"],
    ),
    (
        OpKind::create(Kind::Learning),
        Form::Association,
        &["cen:AssociateTransitRouterAttachmentWithRouteTable"],
    ),
    (
        OpKind::create(Kind::Learning),
        Form::Propagation,
        &["cen:EnableTransitRouterRouteTablePropagation"],
    ),
    (
        OpKind::create(Kind::Rules),
        Form::Ingress,
        &["ecs:AuthorizeSecurityGroup"],
    ),
    (
        OpKind::create(Kind::Rules),
        Form::Egress,
        &["ecs:AuthorizeSecurityGroupEgress"],
    ),
    (
        OpKind::delete(Kind::Rules),
        Form::Ingress,
        &["ecs:RevokeSecurityGroup"],
    ),
    (
        OpKind::delete(Kind::Rules),
        Form::Egress,
        &["ecs:RevokeSecurityGroupEgress"],
    ),
    (
        OpKind::delete(Kind::Learning),
        Form::Association,
        &["cen:DissociateTransitRouterAttachmentFromRouteTable"],
    ),
    (
        OpKind::delete(Kind::Learning),
        Form::Propagation,
        &["cen:DisableTransitRouterRouteTablePropagation"],
    ),
    (
        OpKind::delete(Kind::Peering),
        Form::Attachment,
        &["cen:DeleteTransitRouterVpcAttachment"],
    ),
    (
        OpKind::delete(Kind::Peering),
        Form::Link,
        &["cen:DeleteTransitRouterPeerAttachment"],
    ),
    (
        OpKind::delete(Kind::Peering),
        Form::Peering,
        &["vpc:DeleteVpcPeerConnection"],
    ),
    (
        OpKind::delete(Kind::Peering),
        Form::EdgeRouter,
        &["expressconnectrouter:DetachExpressConnectRouterChildInstance"],
    ),
    (
        OpKind::delete(Kind::Peering),
        Form::EdgeNetwork,
        &["expressconnectrouter:DeleteExpressConnectRouterAssociation"],
    ),
    (
        OpKind::delete(Kind::Grant),
        Form::EdgeGrant,
        &["expressconnectrouter:RevokeInstanceFromExpressConnectRouter"],
    ),
    (
        OpKind::delete(Kind::Hub),
        Form::GlobalHub,
        &["cen:DeleteCen"],
    ),
    (
        OpKind::delete(Kind::Hub),
        Form::RegionalHub,
        &["cen:DeleteTransitRouter"],
    ),
    (
        OpKind::delete(Kind::Hub),
        Form::EdgeHub,
        &["expressconnectrouter:DeleteExpressConnectRouter"],
    ),
];

const TAG_CEN: &[&str] = &["cen:TagResources"];
const TAG_ECS: &[&str] = &["ecs:TagResources"];
const TAG_VPC: &[&str] = &["vpc:TagResources"];

/// What only some runs call, and when.
const SOMETIMES: &[(&str, &str)] = &[
    (
        "cen:OpenTransitRouterService",
        "the service is closed, and the topology lets Landbridge open it",
    ),
    (
        "cdt:OpenCdtService",
        "the service is closed, and the topology lets Landbridge open it",
    ),
    (
        "cdt:OpenCdtCbService",
        "the service is closed, and the topology lets Landbridge open it",
    ),
    (
        "ecs:RevokeSecurityGroup",
        "a rule has left the file, or stands in a group of others",
    ),
    (
        "ecs:RevokeSecurityGroupEgress",
        "a rule has left the file, or stands in a group of others",
    ),
    (
        "ram:CreateServiceLinkedRole",
        "the account has never used a transit router",
    ),
    ("vpc:CreateRouteEntry", "one route of a table is due"),
    ("vpc:DeleteRouteEntry", "one route of a table is due"),
];

/// What Landbridge goes on without, and what it does not see then.
const ADVISED: &[(&str, &str)] = &[
    (
        "ecs:DescribeNetworkInterfaces",
        "what others run in a vSwitch is seen only when its deletion fails",
    ),
    (
        "ecs:DescribePortRangeListEntries",
        "rules of others with lists of ports make paths undecided",
    ),
    (
        "ecs:DescribePrefixListAttributes",
        "rules of others with prefix lists make paths undecided",
    ),
    ("vpc:CreateRouteEntries", "routes are written one by one"),
    ("vpc:DeleteRouteEntries", "routes are removed one by one"),
    (
        "vpc:DescribeZones",
        "a zone that does not exist is seen only when a vSwitch is created there",
    ),
    (
        "vpc:GetVpcPrefixListEntries",
        "routes of others to prefix lists make paths undecided",
    ),
];

/// The RAM actions of an inventory and of waiting for steps: each with what of an account must concern the topology, and what
/// is read.
#[rustfmt::skip] // one line an action
const READS: &[(&str, Concern, &str)] = &[
    ("cdt:GetCdtCbServiceStatus", Concern::CrossBorder, "whether traffic across the border may be used"),
    ("cdt:GetCdtServiceStatus", Concern::Any, "whether traffic between regions may be used"),
    ("cen:CheckTransitRouterService", Concern::Any, "whether transit routers may be used"),
    ("cen:DescribeCens", Concern::Any, "CEN instances, by the topology's tags and by ID"),
    ("cen:DescribeGrantRulesToCen", Concern::AwaitedGrants, "which VPCs of others were authorized for the CEN instance"),
    ("cen:DescribeGrantRulesToResource", Concern::Networks, "for which CEN instances a VPC was authorized"),
    ("cen:ListTransitRouterAvailableResource", Concern::Any, "zones where a transit router attaches VPCs"),
    ("cen:ListTransitRouterPeerAttachments", Concern::Hub, "connections between transit routers"),
    ("cen:ListTransitRouterRouteEntries", Concern::Hub, "routes of transit routers"),
    ("cen:ListTransitRouterRouteTableAssociations", Concern::Hub, "associated forwarding of attachments"),
    ("cen:ListTransitRouterRouteTablePropagations", Concern::Hub, "route learning of attachments"),
    ("cen:ListTransitRouterRouteTables", Concern::Hub, "route tables of transit routers"),
    ("cen:ListTransitRouterVpcAttachments", Concern::Any, "VPC attachments, those with the topology's tags in all regions too"),
    ("cen:ListTransitRouters", Concern::AnyHub, "transit routers"),
    ("ecs:DescribeInstances", Concern::Any, "instances, by the topology's tags and by ID"),
    ("ecs:DescribeNetworkInterfaces", Concern::Networks, "what others run in the vSwitches, before a deletion"),
    ("ecs:DescribePortRangeListEntries", Concern::Groups, "lists of ports in rules of others"),
    ("ecs:DescribePrefixListAttributes", Concern::Groups, "prefix lists in rules of others"),
    ("ecs:DescribeSecurityGroupAttribute", Concern::Groups, "rules of security groups"),
    ("ecs:DescribeSecurityGroups", Concern::Any, "security groups"),
    ("expressconnectrouter:DescribeExpressConnectRouter", Concern::Edge, "Express Connect Routers"),
    ("expressconnectrouter:DescribeExpressConnectRouterAssociation", Concern::EdgeHub, "VPCs of Express Connect Routers"),
    ("expressconnectrouter:DescribeExpressConnectRouterChildInstance", Concern::EdgeHub, "virtual border routers of Express Connect Routers"),
    ("expressconnectrouter:DescribeInstanceGrantedToExpressConnectRouter", Concern::Edge, "authorizations for Express Connect Routers, given and received"),
    ("vpc:DescribeGrantRulesToEcr", Concern::EdgeRouter, "for which Express Connect Routers a virtual border router was authorized"),
    ("vpc:DescribeNetworkAcls", Concern::Networks, "network ACLs"),
    ("vpc:DescribeRegions", Concern::Any, "the regions in which to search for the topology's tags"),
    ("vpc:DescribeRouteEntryList", Concern::Networks, "routes of VPCs"),
    ("vpc:DescribeRouteTableList", Concern::Networks, "route tables of VPCs"),
    ("vpc:DescribeVSwitches", Concern::Any, "vSwitches"),
    ("vpc:DescribeVpcGrantRulesToEcr", Concern::EdgeNetworks, "for which Express Connect Routers a VPC was authorized"),
    ("vpc:DescribeVpcs", Concern::Any, "VPCs, by the topology's tags and by ID, and how many there are"),
    ("vpc:DescribeZones", Concern::NewSubnets, "the zones of a region"),
    ("vpc:GetVpcPrefixListEntries", Concern::Networks, "prefix lists in routes of others"),
    ("vpc:ListVpcPeerConnections", Concern::Any, "VPC peering connections"),
];

fn is_at_edge((_, concern, _): &&(&str, Concern, &str)) -> bool {
    use Concern::{Edge, EdgeHub, EdgeNetworks, EdgeRouter};
    matches!(concern, Edge | EdgeHub | EdgeNetworks | EdgeRouter)
}

fn names_of<'t>(rows: impl Iterator<Item = &'t (&'t str, Concern, &'t str)>) -> Vec<String> {
    rows.map(|(action, ..)| (*action).to_owned()).collect()
}

/// The RAM actions of pings by Cloud Assistant.
const PROBES: &[&str] = &[
    "ecs:DescribeCloudAssistantStatus",
    "ecs:DescribeInvocationResults",
    "ecs:RunCommand",
];

/// RAM actions by kind of step. Reads are left out, but those that only one kind of step needs.
const PERMISSIONS: &[(OpKind, &[&str])] = &[
    (
        OpKind::create(Kind::Service),
        &[
            "cen:OpenTransitRouterService",
            "cdt:OpenCdtService",
            "cdt:OpenCdtCbService",
        ],
    ),
    (OpKind::create(Kind::Network), &["vpc:CreateVpc"]),
    (OpKind::create(Kind::Range), &["vpc:AssociateVpcCidrBlock"]),
    (OpKind::create(Kind::Subnet), &["vpc:CreateVSwitch"]),
    (
        OpKind::create(Kind::Hub),
        &[
            "cen:CreateCen",
            "cen:CreateTransitRouter",
            "ram:CreateServiceLinkedRole",
        ],
    ),
    (
        OpKind::create(Kind::Grant),
        &["cen:GrantInstanceToTransitRouter"],
    ),
    (
        OpKind::create(Kind::Peering),
        &[
            "cen:CreateTransitRouterVpcAttachment",
            "cen:CreateTransitRouterPeerAttachment",
            "vpc:CreateVpcPeerConnection",
        ],
    ),
    (
        OpKind::create(Kind::Acceptance),
        &["vpc:AcceptVpcPeerConnection"],
    ),
    (
        OpKind::create(Kind::Adoption),
        &["cen:TagResources", "ecs:TagResources", "vpc:TagResources"],
    ),
    (
        OpKind::create(Kind::Learning),
        &[
            "cen:AssociateTransitRouterAttachmentWithRouteTable",
            "cen:EnableTransitRouterRouteTablePropagation",
        ],
    ),
    (
        OpKind::create(Kind::Route),
        &["vpc:CreateRouteEntry", "vpc:CreateRouteEntries"],
    ),
    (OpKind::create(Kind::Group), &["ecs:CreateSecurityGroup"]),
    (
        OpKind::create(Kind::Rules),
        &[
            "ecs:AuthorizeSecurityGroup",
            "ecs:AuthorizeSecurityGroupEgress",
        ],
    ),
    (OpKind::create(Kind::Instance), &["ecs:RunInstances"]),
    (OpKind::delete(Kind::Instance), &["ecs:DeleteInstances"]),
    (
        OpKind::create(Kind::Analysis),
        &[
            "nis:CreateAndAnalyzeNetworkPath",
            "nis:GetNetworkReachableAnalysis",
        ],
    ),
    (
        OpKind::delete(Kind::Rules),
        &["ecs:RevokeSecurityGroup", "ecs:RevokeSecurityGroupEgress"],
    ),
    (OpKind::delete(Kind::Group), &["ecs:DeleteSecurityGroup"]),
    (
        OpKind::delete(Kind::Route),
        &["vpc:DeleteRouteEntry", "vpc:DeleteRouteEntries"],
    ),
    (
        OpKind::delete(Kind::Learning),
        &[
            "cen:DissociateTransitRouterAttachmentFromRouteTable",
            "cen:DisableTransitRouterRouteTablePropagation",
        ],
    ),
    (
        OpKind::delete(Kind::Peering),
        &[
            "cen:DeleteTransitRouterVpcAttachment",
            "cen:DeleteTransitRouterPeerAttachment",
            "vpc:DeleteVpcPeerConnection",
        ],
    ),
    (
        OpKind::delete(Kind::Grant),
        &["cen:RevokeInstanceFromTransitRouter"],
    ),
    (
        OpKind::delete(Kind::Hub),
        &["cen:DeleteTransitRouter", "cen:DeleteCen"],
    ),
    (OpKind::delete(Kind::Subnet), &["vpc:DeleteVSwitch"]),
    (
        OpKind::delete(Kind::Range),
        &["vpc:UnassociateVpcCidrBlock"],
    ),
    (OpKind::delete(Kind::Network), &["vpc:DeleteVpc"]),
    (
        OpKind::create(Kind::Role),
        &[
            "ram:AttachPolicyToRole",
            "ram:CreatePolicy",
            "ram:CreatePolicyVersion",
            "ram:CreateRole",
            "ram:DetachPolicyFromRole",
            "ram:GetPolicy",
            "ram:GetRole",
            "ram:ListPoliciesForRole",
            "ram:ListRoles",
            "ram:UpdateRole",
        ],
    ),
    (
        OpKind::delete(Kind::Role),
        &[
            "ram:DeletePolicy",
            "ram:DeleteRole",
            "ram:DetachPolicyFromRole",
            "ram:GetPolicy",
            "ram:GetRole",
            "ram:ListPoliciesForRole",
            "ram:ListRoles",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_border_is_around_the_mainland() {
        let data = capabilities();
        let crosses = |left: &str, right: &str| data.crosses_border(&left.into(), &right.into());
        assert!(crosses("cn-shanghai", "ap-southeast-1"));
        assert!(crosses("cn-shanghai", "cn-hongkong"));
        assert!(!crosses("cn-shanghai", "cn-beijing-finance-1"));
        assert!(!crosses("cn-hongkong", "eu-central-1"));
    }

    #[test]
    fn every_kind_of_step_has_its_permissions() {
        let data = capabilities();
        assert_eq!(data.permissions.len(), PERMISSIONS.len());
        let none_of_the_edge = |actions: &Vec<String>| {
            let edge = |action: &String| action.starts_with("expressconnectrouter:");
            !actions.iter().any(edge)
        };
        assert!(data.permissions.values().all(none_of_the_edge));
        assert!(none_of_the_edge(&data.read_permissions));
        assert!(READS.iter().map(|(action, ..)| action).is_sorted());
        assert!(
            data.reserved
                .contains(&"100.64.0.0/10".parse().expect("range"))
        );
    }
}
