use landbridge_core::backend::capabilities::{actions, actions_by_kind, blocks, partitions};
use landbridge_core::object::{Kind, OpKind};
use landbridge_core::{Capabilities, GroupReferences, Model, NameRule, Pace, Quota};

use super::CLOUD_NAME;
use crate::partition;
use crate::sts::LONGEST_CHAINED;

/// What AWS can do and asks for. Quotas are those of an account that has raised none.
pub(super) fn capabilities() -> Capabilities {
    let mut data = Capabilities::new(CLOUD_NAME, vec![Model::Mesh]);
    data.network_tokens = false;
    data.attachment_zones = 1;
    let named = partition::ALL.map(|partition| (partition.start, partition.name));
    data.partitions = partitions(&named);
    data.reserved = blocks(RESERVED);
    data.subnet_prefix = (16, 28);
    data.kept_addresses = (4, 1);
    data.networks_per_region = Some(Quota::raisable(5));
    data.subnets_per_network = Some(Quota::raisable(200));
    // 500 since June 2025, 50 before.
    data.routes_per_table = Some(Quota::raisable(500).up_to(1000));
    data.peerings_per_network = Some(Quota::raisable(50).up_to(125));
    data.outstanding_requests = Some(25);
    data.names = [(OpKind::create(Kind::Group), group_names())].into();
    data.unique_group_names = true;
    data.dns_resolution = true;
    data.group_references = GroupReferences::PeeredInRegion;
    data.commands = false;
    data.trusted_users = true;
    data.longest_chained_session = Some(LONGEST_CHAINED);
    data.network_prefix = (16, 28);
    data.rules_per_group = Some(Quota::raisable(60).up_to(1000));
    data.synchronous = SYNCHRONOUS.to_vec();
    data.concurrent = CONCURRENT.to_vec();
    data.pace = Pace::of(READY, GONE);
    data.read_permissions = actions(READS);
    data.permissions = actions_by_kind(PERMISSIONS);
    data.mark_permissions = actions_by_kind(MARK_PERMISSIONS);
    data
}

/// Seconds until things are usually ready, by the form of their keys. None of them is documented.
const READY: &[(&str, u64)] = &[
    ("accept", 4),
    ("instance", 20),
    ("network", 2),
    ("peering", 3),
    ("range", 4),
    ("subnet", 1),
];

/// Seconds until things that are deleted are usually gone.
const GONE: &[(&str, u64)] = &[("instance", 20), ("peering", 20)];

// Each VPC has a group called `default` from the start.
fn group_names() -> NameRule {
    NameRule::new(1, 255)
        .without_start("sg-")
        .without("default")
}

/// A group is not among them: it may be unknown for a moment after its creation.
const SYNCHRONOUS: &[OpKind] = &[
    OpKind::create(Kind::DnsResolution),
    OpKind::create(Kind::HostNames),
    OpKind::create(Kind::Route),
    OpKind::create(Kind::Rules),
    OpKind::delete(Kind::Rules),
    OpKind::delete(Kind::Group),
    OpKind::delete(Kind::Route),
    OpKind::delete(Kind::Subnet),
    OpKind::delete(Kind::Network),
];

const CONCURRENT: &[OpKind] = &[
    OpKind::create(Kind::Route),
    OpKind::create(Kind::Subnet),
    OpKind::delete(Kind::Route),
    OpKind::delete(Kind::Subnet),
];

const RESERVED: &[([u8; 4], u8)] = &[
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([224, 0, 0, 0], 4),
];

const READS: &[&str] = &[
    "ec2:DescribeVpcs",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeSubnets",
    "ec2:DescribeRouteTables",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeVpcPeeringConnections",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSecurityGroupRules",
    "ec2:DescribeInstances",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRegions",
    "ec2:DescribeTags",
    "ec2:GetManagedPrefixListEntries",
];

/// IAM actions beside those of the kind of step where a route is marked, which its table is for it.
const MARK_PERMISSIONS: &[(OpKind, &[&str])] = &[
    (OpKind::create(Kind::Route), &["ec2:CreateTags"]),
    (OpKind::delete(Kind::Route), &["ec2:DeleteTags"]),
];

/// IAM actions by kind of step; what carries tags needs `ec2:CreateTags` with it. Reads are left out, but those that
/// only one kind of step needs.
const PERMISSIONS: &[(OpKind, &[&str])] = &[
    (OpKind::create(Kind::Service), &[]),
    (
        OpKind::create(Kind::Network),
        &["ec2:CreateVpc", "ec2:CreateTags"],
    ),
    (OpKind::create(Kind::Range), &["ec2:AssociateVpcCidrBlock"]),
    (
        OpKind::create(Kind::Subnet),
        &["ec2:CreateSubnet", "ec2:CreateTags"],
    ),
    (
        OpKind::create(Kind::Peering),
        &["ec2:CreateVpcPeeringConnection", "ec2:CreateTags"],
    ),
    (
        OpKind::create(Kind::Acceptance),
        &["ec2:AcceptVpcPeeringConnection"],
    ),
    (OpKind::create(Kind::Adoption), &["ec2:CreateTags"]),
    (
        OpKind::create(Kind::DnsResolution),
        &[
            "ec2:DescribeVpcAttribute",
            "ec2:ModifyVpcPeeringConnectionOptions",
        ],
    ),
    (
        OpKind::create(Kind::HostNames),
        &["ec2:DescribeVpcAttribute", "ec2:ModifyVpcAttribute"],
    ),
    (
        OpKind::create(Kind::Route),
        &["ec2:CreateRoute", "ec2:ReplaceRoute"],
    ),
    (
        OpKind::create(Kind::Group),
        &["ec2:CreateSecurityGroup", "ec2:CreateTags"],
    ),
    (
        OpKind::create(Kind::Rules),
        &[
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:AuthorizeSecurityGroupEgress",
        ],
    ),
    (
        OpKind::create(Kind::Instance),
        &["ec2:RunInstances", "ec2:CreateTags", "ec2:DescribeImages"],
    ),
    (OpKind::delete(Kind::Instance), &["ec2:TerminateInstances"]),
    (
        OpKind::delete(Kind::Rules),
        &[
            "ec2:RevokeSecurityGroupIngress",
            "ec2:RevokeSecurityGroupEgress",
        ],
    ),
    (OpKind::delete(Kind::Group), &["ec2:DeleteSecurityGroup"]),
    (OpKind::delete(Kind::Route), &["ec2:DeleteRoute"]),
    (
        OpKind::delete(Kind::Peering),
        &["ec2:DeleteVpcPeeringConnection"],
    ),
    (OpKind::delete(Kind::Subnet), &["ec2:DeleteSubnet"]),
    (
        OpKind::delete(Kind::Range),
        &["ec2:DisassociateVpcCidrBlock"],
    ),
    (OpKind::delete(Kind::Network), &["ec2:DeleteVpc"]),
    (
        OpKind::create(Kind::Role),
        &[
            "iam:CreateRole",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:GetRole",
            "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListRolePolicies",
            "iam:PutRolePolicy",
            "iam:TagRole",
            "iam:UpdateAssumeRolePolicy",
            "iam:UpdateRole",
        ],
    ),
    (
        OpKind::delete(Kind::Role),
        &[
            "iam:DeleteRole",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:GetRole",
            "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListRolePolicies",
        ],
    ),
    (
        OpKind::create(Kind::User),
        &[
            "iam:CreateUser",
            "iam:DeleteUserPolicy",
            "iam:DetachUserPolicy",
            "iam:GetUser",
            "iam:GetUserPolicy",
            "iam:ListAttachedUserPolicies",
            "iam:ListGroupsForUser",
            "iam:ListUserPolicies",
            "iam:PutUserPolicy",
            "iam:RemoveUserFromGroup",
            "iam:TagUser",
        ],
    ),
    (
        OpKind::delete(Kind::User),
        &[
            "iam:DeleteUser",
            "iam:DeleteUserPolicy",
            "iam:DetachUserPolicy",
            "iam:GetUser",
            "iam:GetUserPolicy",
            "iam:ListAccessKeys",
            "iam:ListAttachedUserPolicies",
            "iam:ListGroupsForUser",
            "iam:ListUserPolicies",
            "iam:RemoveUserFromGroup",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_of_step_has_its_permissions() {
        let data = capabilities();
        assert_eq!(data.permissions.len(), PERMISSIONS.len());
        let known = |kind: &&OpKind| data.permissions.contains_key(kind);
        assert_eq!(SYNCHRONOUS.iter().filter(known).count(), SYNCHRONOUS.len());
    }

    const BOTH_SIDES: [OpKind; 9] = [
        OpKind::create(Kind::HostNames),
        OpKind::create(Kind::DnsResolution),
        OpKind::create(Kind::Route),
        OpKind::create(Kind::Group),
        OpKind::create(Kind::Rules),
        OpKind::delete(Kind::Rules),
        OpKind::delete(Kind::Group),
        OpKind::delete(Kind::Route),
        OpKind::create(Kind::Service),
    ];

    fn side(own: &[OpKind]) -> BTreeSet<String> {
        let data = capabilities();
        let steps = BOTH_SIDES.iter().chain(own);
        let actions = steps.flat_map(|kind| data.permissions[kind].clone());
        actions.chain(data.read_permissions.clone()).collect()
    }

    #[test]
    fn the_docs_list_what_each_side_of_a_peering_needs() {
        let requester = side(&[OpKind::create(Kind::Peering), OpKind::delete(Kind::Peering)]);
        let accepter = side(&[OpKind::create(Kind::Acceptance)]);
        let mark = |side: &BTreeSet<String>, action| if side.contains(action) { "yes" } else { "" };
        let line = |action| {
            let (one, other) = (mark(&requester, action), mark(&accepter, action));
            format!("| `{action}` | {one} | {other} |\n")
        };
        let table: String = requester.union(&accepter).map(line).collect();
        let docs = include_str!("../permissions.md");
        assert!(docs.contains(&table), "{table}");
    }

    #[test]
    fn the_docs_list_what_roles_and_users_need() {
        let docs = include_str!("../permissions.md");
        let stated: BTreeSet<&str> = docs
            .split('`')
            .filter(|word| word.starts_with("iam:"))
            .collect();
        let of_kind = |kind| [OpKind::create(kind), OpKind::delete(kind)];
        let data = capabilities();
        let mut needed: BTreeSet<&str> = [Kind::Role, Kind::User]
            .into_iter()
            .flat_map(of_kind)
            .flat_map(|op| &data.permissions[&op])
            .map(String::as_str)
            .collect();
        // No step reads the account's alias.
        needed.insert("iam:ListAccountAliases");
        assert_eq!(stated, needed);
    }
}
