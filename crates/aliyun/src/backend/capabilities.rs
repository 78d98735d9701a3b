use std::collections::BTreeMap;
use std::time::Duration;

use landbridge_core::backend::capabilities::{actions, actions_by_kind, blocks, partitions};
use landbridge_core::object::{Kind, OpKind};
use landbridge_core::{Capabilities, CloudName, CloudService, Model, NameRule, Pace, Quota};

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
    data.read_permissions = actions(READS);
    data.probe_permissions = actions(PROBES);
    data.permissions = actions_by_kind(PERMISSIONS);
    data.edge_read_permissions = actions(EDGE_READS);
    data.edge_permissions = actions_by_kind(EDGE_PERMISSIONS);
    data
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

/// The RAM actions of reading Express Connect Routers.
const EDGE_READS: &[&str] = &[
    "expressconnectrouter:DescribeExpressConnectRouter",
    "expressconnectrouter:DescribeExpressConnectRouterAssociation",
    "expressconnectrouter:DescribeExpressConnectRouterChildInstance",
    "expressconnectrouter:DescribeInstanceGrantedToExpressConnectRouter",
    "vpc:DescribeGrantRulesToEcr",
    "vpc:DescribeVpcGrantRulesToEcr",
];

/// RAM actions by kind of step where Express Connect Routers take part; CEN instances alone need none.
const EDGE_PERMISSIONS: &[(OpKind, &[&str])] = &[
    (
        OpKind::create(Kind::Adoption),
        &["expressconnectrouter:TagResources"],
    ),
    (
        OpKind::create(Kind::Hub),
        &["expressconnectrouter:CreateExpressConnectRouter"],
    ),
    (
        OpKind::create(Kind::Grant),
        &["expressconnectrouter:GrantInstanceToExpressConnectRouter"],
    ),
    (
        OpKind::create(Kind::Peering),
        &[
            "expressconnectrouter:AttachExpressConnectRouterChildInstance",
            "expressconnectrouter:CreateExpressConnectRouterAssociation",
        ],
    ),
    (
        OpKind::delete(Kind::Peering),
        &[
            "expressconnectrouter:DeleteExpressConnectRouterAssociation",
            "expressconnectrouter:DetachExpressConnectRouterChildInstance",
        ],
    ),
    (
        OpKind::delete(Kind::Grant),
        &["expressconnectrouter:RevokeInstanceFromExpressConnectRouter"],
    ),
    (
        OpKind::delete(Kind::Hub),
        &["expressconnectrouter:DeleteExpressConnectRouter"],
    ),
];

/// The RAM actions of an inventory and of waiting for steps.
const READS: &[&str] = &[
    "cdt:GetCdtCbServiceStatus",
    "cdt:GetCdtServiceStatus",
    "cen:CheckTransitRouterService",
    "cen:DescribeCens",
    "cen:DescribeGrantRulesToCen",
    "cen:DescribeGrantRulesToResource",
    "cen:ListTransitRouterAvailableResource",
    "cen:ListTransitRouterPeerAttachments",
    "cen:ListTransitRouterRouteEntries",
    "cen:ListTransitRouterRouteTableAssociations",
    "cen:ListTransitRouterRouteTablePropagations",
    "cen:ListTransitRouterRouteTables",
    "cen:ListTransitRouterVpcAttachments",
    "cen:ListTransitRouters",
    "ecs:DescribeInstances",
    "ecs:DescribeNetworkInterfaces",
    "ecs:DescribePortRangeListEntries",
    "ecs:DescribePrefixListAttributes",
    "ecs:DescribeSecurityGroupAttribute",
    "ecs:DescribeSecurityGroups",
    "vpc:DescribeNetworkAcls",
    "vpc:DescribeRegions",
    "vpc:DescribeRouteEntryList",
    "vpc:DescribeRouteTableList",
    "vpc:DescribeVSwitches",
    "vpc:DescribeVpcs",
    "vpc:DescribeZones",
    "vpc:GetVpcPrefixListEntries",
    "vpc:ListVpcPeerConnections",
];

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
        assert!(EDGE_READS.is_sorted() && READS.is_sorted());
        assert!(
            data.reserved
                .contains(&"100.64.0.0/10".parse().expect("range"))
        );
    }
}
