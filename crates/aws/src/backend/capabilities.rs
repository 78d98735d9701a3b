use landbridge_core::backend::capabilities::{
    actions_by_form, actions_by_kind, blocks, needs, partitions, reads,
};
use landbridge_core::object::{Form, Kind, OpKind};
use landbridge_core::{
    Capabilities, Concern, GroupReferences, Model, NameRule, OracleReach, Pace, ProbeMachine,
    Protocol, Quota,
};

use super::CLOUD_NAME;
use super::agent::SERVICES;
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
    data.oracle = Some(reachability_analyzer());
    data.commands = true;
    data.agent_roles = true;
    data.agent_services = SERVICES.map(str::to_owned).to_vec();
    data.probe_machine = Some(ProbeMachine::new("t3.nano", PROBE_IMAGE));
    data.trusted_users = true;
    data.longest_chained_session = Some(LONGEST_CHAINED);
    data.network_prefix = (16, 28);
    data.rules_per_group = Some(Quota::raisable(60).up_to(1000));
    data.synchronous = SYNCHRONOUS.to_vec();
    data.concurrent = CONCURRENT.to_vec();
    data.pace = Pace::of(READY, GONE);
    data.read_permissions = read_permissions();
    data.probe_permissions = PROBES.iter().copied().map(str::to_owned).collect();
    data.reads = reads(READS);
    data.needs = needs(SOMETIMES, ADVISED);
    data.form_permissions = actions_by_form(FORM_PERMISSIONS);
    data.permissions = actions_by_kind(PERMISSIONS);
    data.mark_permissions = actions_by_kind(MARK_PERMISSIONS);
    data
}

// No ICMP and no IPv6. Other accounts need one organization and trusted access, which Landbridge does not set up.
fn reachability_analyzer() -> OracleReach {
    let protocols = vec![Protocol::Tcp, Protocol::Udp];
    OracleReach::new("reachability-analyzer", protocols)
}

/// The newest Amazon Linux 2023, which has the agent of Systems Manager. EC2 looks the parameter up in each region.
const PROBE_IMAGE: &str =
    "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";

/// Seconds until things are usually ready, by the form of their keys. None of them is documented.
const READY: &[(&str, u64)] = &[
    ("accept", 4),
    ("instance", 20),
    ("network", 2),
    ("peering", 3),
    ("service-endpoint", 60),
    ("range", 4),
    ("subnet", 1),
];

/// Seconds until things that are deleted are usually gone.
const GONE: &[(&str, u64)] = &[("instance", 20), ("peering", 20), ("service-endpoint", 30)];

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
    OpKind::delete(Kind::Analysis),
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

/// The IAM actions of an inventory and of waiting for steps: each with what of an account must concern the topology, and what
/// is read.
#[rustfmt::skip] // one line an action
const READS: &[(&str, Concern, &str)] = &[
    ("ec2:DescribeVpcs", Concern::Any, "VPCs, and how many there are"),
    ("ec2:DescribeAvailabilityZones", Concern::NewSubnets, "the zones of a region"),
    ("ec2:DescribeSubnets", Concern::Any, "subnets"),
    ("ec2:DescribeRouteTables", Concern::Any, "route tables and routes"),
    ("ec2:DescribeNetworkAcls", Concern::Any, "network ACLs"),
    ("ec2:DescribeVpcPeeringConnections", Concern::Any, "VPC peering connections"),
    ("ec2:DescribeSecurityGroups", Concern::Any, "security groups"),
    ("ec2:DescribeSecurityGroupRules", Concern::Any, "rules of security groups"),
    ("ec2:DescribeInstances", Concern::Any, "instances"),
    ("ec2:DescribeNetworkInterfaces", Concern::Networks, "what others run in the subnets, before a deletion"),
    ("ec2:DescribeRegions", Concern::Any, "the regions in which to search for the topology's tags"),
    ("ec2:DescribeTags", Concern::Any, "what carries the topology's tags, in all regions"),
    ("ec2:DescribeVpcEndpoints", Concern::Instances, "interface endpoints of VPCs"),
    ("iam:GetInstanceProfile", Concern::Any, "the instance profile that lets agents fetch commands"),
    ("ec2:DescribeVpcAttribute", Concern::Names, "whether a VPC gives instances host names"),
    ("ec2:GetManagedPrefixListEntries", Concern::Networks, "prefix lists in routes and rules of others"),
];

/// The IAM actions of pings by Run Command of Systems Manager.
const PROBES: &[&str] = &[
    "ssm:DescribeInstanceInformation",
    "ssm:GetCommandInvocation",
    "ssm:ListCommandInvocations",
    "ssm:SendCommand",
];

/// What each step and each observation may need, whatever it concerns. Only name resolution asks for attributes.
fn read_permissions() -> Vec<String> {
    let always = READS
        .iter()
        .filter(|(_, concern, _)| !matches!(concern, Concern::Names | Concern::Instances));
    always.map(|(action, ..)| (*action).to_owned()).collect()
}

/// IAM actions of rules in one direction.
const FORM_PERMISSIONS: &[(OpKind, Form, &[&str])] = &[
    (
        OpKind::create(Kind::Rules),
        Form::Ingress,
        &["ec2:AuthorizeSecurityGroupIngress"],
    ),
    (
        OpKind::create(Kind::Rules),
        Form::Egress,
        &["ec2:AuthorizeSecurityGroupEgress"],
    ),
    (
        OpKind::delete(Kind::Rules),
        Form::Ingress,
        &["ec2:RevokeSecurityGroupIngress"],
    ),
    (
        OpKind::delete(Kind::Rules),
        Form::Egress,
        &["ec2:RevokeSecurityGroupEgress"],
    ),
];

/// What only some runs call, and when.
const SOMETIMES: &[(&str, &str)] = &[
    (
        "ec2:DeleteTags",
        "a route over a peering of others is removed, whose mark its table carries",
    ),
    (
        "ec2:DescribeImages",
        "the file names the disk of an instance",
    ),
    (
        "ec2:ReplaceRoute",
        "a route leads to a peering that is gone",
    ),
    (
        "route53:AssociateVPCWithHostedZone",
        "EC2 asks for it where an interface endpoint takes the names of its service, which is not verified",
    ),
    (
        "ssm:GetParameter",
        "a public parameter names the image of an instance whose disk the file names",
    ),
    (
        "ssm:GetParameters",
        "a public parameter names the image of an instance, which EC2 then reads as the caller; not verified",
    ),
    (
        "ssm:DescribeInstanceInformation",
        "an instance has what its agent needs",
    ),
    (
        "ssm:GetCommandInvocation",
        "an instance has what its agent needs",
    ),
    ("ssm:SendCommand", "an instance has what its agent needs"),
    (
        "ssm:ListCommandInvocations",
        "the answer to a command gets lost",
    ),
    (
        "ec2:RevokeSecurityGroupEgress",
        "a rule has left the file, or stands in a group of others",
    ),
    (
        "ec2:RevokeSecurityGroupIngress",
        "a rule has left the file, or stands in a group of others",
    ),
];

/// What Landbridge goes on without, and what it does not see then.
const ADVISED: &[(&str, &str)] = &[
    (
        "ec2:DescribeAvailabilityZones",
        "a zone that does not exist is seen only when a subnet is created there",
    ),
    (
        "ec2:DescribeNetworkInterfaces",
        "what others run in a subnet is seen only when its deletion fails",
    ),
    (
        "ec2:GetManagedPrefixListEntries",
        "routes and rules of others with prefix lists make paths undecided",
    ),
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
        &[
            "ec2:RunInstances",
            "ec2:CreateTags",
            "ec2:DescribeImages",
            "iam:PassRole",
            "ssm:GetParameter",
            "ssm:GetParameters",
        ],
    ),
    (
        OpKind::create(Kind::AgentRole),
        &[
            "iam:AddRoleToInstanceProfile",
            "iam:AttachRolePolicy",
            "iam:CreateInstanceProfile",
            "iam:CreateRole",
            "iam:GetInstanceProfile",
            "iam:GetRole",
            "iam:ListAttachedRolePolicies",
            "iam:ListRolePolicies",
            "iam:PassRole",
            "iam:TagInstanceProfile",
            "iam:TagRole",
        ],
    ),
    (
        OpKind::create(Kind::ServiceEndpoint),
        &[
            "ec2:CreateVpcEndpoint",
            "ec2:CreateTags",
            "route53:AssociateVPCWithHostedZone",
        ],
    ),
    (
        OpKind::delete(Kind::ServiceEndpoint),
        &["ec2:DeleteVpcEndpoints"],
    ),
    (
        OpKind::delete(Kind::AgentRole),
        &[
            "iam:DeleteInstanceProfile",
            "iam:DeleteRole",
            "iam:DetachRolePolicy",
            "iam:GetInstanceProfile",
            "iam:GetRole",
            "iam:ListAttachedRolePolicies",
            "iam:ListRolePolicies",
            "iam:RemoveRoleFromInstanceProfile",
        ],
    ),
    (OpKind::delete(Kind::Instance), &["ec2:TerminateInstances"]),
    (
        OpKind::create(Kind::Analysis),
        &[
            "ec2:CreateNetworkInsightsPath",
            "ec2:CreateTags",
            "ec2:DescribeNetworkInsightsAnalyses",
            "ec2:DescribeNetworkInsightsPaths",
            "ec2:StartNetworkInsightsAnalysis",
            "tiros:CreateQuery",
            "tiros:GetQueryAnswer",
            "tiros:GetQueryExplanation",
        ],
    ),
    (
        OpKind::delete(Kind::Analysis),
        &[
            "ec2:DeleteNetworkInsightsAnalysis",
            "ec2:DeleteNetworkInsightsPath",
            "ec2:DescribeNetworkInsightsAnalyses",
            "ec2:DescribeNetworkInsightsPaths",
        ],
    ),
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
        let (_, of_roles) = docs
            .split_once("\nTo create roles")
            .expect("the part on roles");
        let stated: BTreeSet<&str> = of_roles
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
