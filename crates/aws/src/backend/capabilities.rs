use landbridge_core::backend::capabilities::{actions, actions_by_kind, blocks};
use landbridge_core::plan::OpKind;
use landbridge_core::{Capabilities, GroupReferences, Model};

use super::CLOUD_NAME;
use crate::sts::LONGEST_CHAINED;

/// What AWS can do and asks for. Quotas are those of an account that has raised none.
pub(super) fn capabilities() -> Capabilities {
    let mut data = Capabilities::new(CLOUD_NAME, vec![Model::Mesh]);
    data.network_tokens = false;
    data.attachment_zones = 1;
    data.reserved = blocks(RESERVED);
    data.subnet_prefix = (16, 28);
    data.networks_per_region = Some(5);
    // 500 since June 2025, 50 before; the most is 1000.
    data.routes_per_table = Some(500);
    // The ceiling: 50 is the default, which an account can raise to this.
    data.peerings_per_network = Some(125);
    data.outstanding_requests = Some(25);
    data.dns_resolution = true;
    data.group_references = GroupReferences::PeeredInRegion;
    data.commands = false;
    data.trusted_users = true;
    data.longest_chained_session = Some(LONGEST_CHAINED);
    data.network_prefix = (16, 28);
    data.rules_per_group = Some(60);
    data.synchronous = SYNCHRONOUS.to_vec();
    data.read_permissions = actions(READS);
    data.permissions = actions_by_kind(PERMISSIONS);
    data
}

/// A group is not among them: it may be unknown for a moment after its creation.
const SYNCHRONOUS: &[OpKind] = &[
    OpKind::AllowDnsResolution,
    OpKind::CreateRoute,
    OpKind::AuthorizeRules,
    OpKind::RevokeRules,
    OpKind::DeleteGroup,
    OpKind::DeleteRoute,
    OpKind::DeleteSubnet,
    OpKind::DeleteNetwork,
];

const RESERVED: &[([u8; 4], u8)] = &[
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([224, 0, 0, 0], 4),
];

const READS: &[&str] = &[
    "ec2:DescribeVpcs",
    "ec2:DescribeSubnets",
    "ec2:DescribeRouteTables",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeVpcPeeringConnections",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSecurityGroupRules",
    "ec2:DescribeInstances",
];

/// IAM actions by kind of step; what carries tags needs `ec2:CreateTags` with it. Reads are left out, but those that
/// only one kind of step needs.
const PERMISSIONS: &[(OpKind, &[&str])] = &[
    (OpKind::OpenService, &[]),
    (OpKind::CreateNetwork, &["ec2:CreateVpc", "ec2:CreateTags"]),
    (
        OpKind::CreateSubnet,
        &["ec2:CreateSubnet", "ec2:CreateTags"],
    ),
    (
        OpKind::RequestPeering,
        &["ec2:CreateVpcPeeringConnection", "ec2:CreateTags"],
    ),
    (OpKind::AcceptPeering, &["ec2:AcceptVpcPeeringConnection"]),
    (
        OpKind::AllowDnsResolution,
        &[
            "ec2:ModifyVpcPeeringConnectionOptions",
            // Names are turned on in a network where they are off.
            "ec2:ModifyVpcAttribute",
        ],
    ),
    (
        OpKind::CreateRoute,
        &["ec2:CreateRoute", "ec2:ReplaceRoute"],
    ),
    (
        OpKind::CreateGroup,
        &["ec2:CreateSecurityGroup", "ec2:CreateTags"],
    ),
    (
        OpKind::AuthorizeRules,
        &[
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:AuthorizeSecurityGroupEgress",
        ],
    ),
    (
        OpKind::RunInstance,
        &["ec2:RunInstances", "ec2:CreateTags", "ec2:DescribeImages"],
    ),
    (OpKind::TerminateInstance, &["ec2:TerminateInstances"]),
    (
        OpKind::RevokeRules,
        &[
            "ec2:RevokeSecurityGroupIngress",
            "ec2:RevokeSecurityGroupEgress",
        ],
    ),
    (OpKind::DeleteGroup, &["ec2:DeleteSecurityGroup"]),
    (OpKind::DeleteRoute, &["ec2:DeleteRoute"]),
    (OpKind::DeletePeering, &["ec2:DeleteVpcPeeringConnection"]),
    (OpKind::DeleteSubnet, &["ec2:DeleteSubnet"]),
    (OpKind::DeleteNetwork, &["ec2:DeleteVpc"]),
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

    const BOTH_SIDES: [OpKind; 8] = [
        OpKind::AllowDnsResolution,
        OpKind::CreateRoute,
        OpKind::CreateGroup,
        OpKind::AuthorizeRules,
        OpKind::RevokeRules,
        OpKind::DeleteGroup,
        OpKind::DeleteRoute,
        OpKind::OpenService,
    ];

    fn side(own: &[OpKind]) -> BTreeSet<String> {
        let data = capabilities();
        let steps = BOTH_SIDES.iter().chain(own);
        let actions = steps.flat_map(|kind| data.permissions[kind].clone());
        actions.chain(data.read_permissions.clone()).collect()
    }

    #[test]
    fn the_docs_list_what_each_side_of_a_peering_needs() {
        let requester = side(&[OpKind::RequestPeering, OpKind::DeletePeering]);
        let accepter = side(&[OpKind::AcceptPeering]);
        let mark = |side: &BTreeSet<String>, action| if side.contains(action) { "yes" } else { "" };
        let line = |action| {
            let (one, other) = (mark(&requester, action), mark(&accepter, action));
            format!("| `{action}` | {one} | {other} |\n")
        };
        let table: String = requester.union(&accepter).map(line).collect();
        let docs = include_str!("../permissions.md");
        assert!(docs.contains(&table), "{table}");
    }
}
