//! The policies that the cloud itself manages: those that people attach, with the actions that matter here.

use super::of_iam;
use crate::aws::policy::{Policy, Purpose};
use crate::aws::regions::Partition;

/// The resource name of a policy of this name, with its path.
pub(super) fn arn(partition: &Partition, name: &str) -> String {
    format!("arn:{}:iam::aws:policy/{name}", partition.name)
}

/// The name, with its path, that a resource name has; `None` if it is of no policy of the cloud.
pub(super) fn name(arn: &str) -> Option<&str> {
    of_iam(arn)?.strip_prefix("aws:policy/")
}

/// The resource name of the policy that allows everything.
pub(super) fn administrator(partition: &Partition) -> String {
    arn(partition, "AdministratorAccess")
}

const NETWORK: &[&str] = &[
    "ec2:*Vpc*",
    "ec2:*Subnet*",
    "ec2:*Route*",
    "ec2:*SecurityGroup*",
    "ec2:*NetworkAcl*",
    "ec2:*NetworkInterface*",
    "ec2:*Gateway*",
    "ec2:*DhcpOptions*",
    "ec2:*Address*",
    "ec2:Describe*",
    "ec2:CreateTags",
    "ec2:DeleteTags",
];

const NETWORK_TO_READ: &[&str] = &["ec2:Describe*", "ec2:Get*", "ec2:Search*"];

/// Reachability Analyzer, with what it reads in the name of its caller.
const ANALYSER: &[&str] = &[
    "ec2:CreateNetworkInsightsPath",
    "ec2:DeleteNetworkInsightsAnalysis",
    "ec2:DeleteNetworkInsightsPath",
    "ec2:StartNetworkInsightsAnalysis",
    "ec2:CreateTags",
    "ec2:DeleteTags",
    "ec2:Describe*",
    "ec2:GetManagedPrefixListEntries",
    "elasticloadbalancing:Describe*",
    "tiros:CreateQuery",
    "tiros:GetQueryAnswer",
    "tiros:GetQueryExplanation",
];

/// What the agent of Systems Manager on an instance calls.
const AGENT: &[&str] = &[
    "ssm:DescribeAssociation",
    "ssm:GetDeployablePatchSnapshotForInstance",
    "ssm:GetDocument",
    "ssm:DescribeDocument",
    "ssm:GetManifest",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:ListAssociations",
    "ssm:ListInstanceAssociations",
    "ssm:PutInventory",
    "ssm:PutComplianceItems",
    "ssm:PutConfigurePackageResult",
    "ssm:UpdateAssociationStatus",
    "ssm:UpdateInstanceAssociationStatus",
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
    "ec2messages:AcknowledgeMessage",
    "ec2messages:DeleteMessage",
    "ec2messages:FailMessage",
    "ec2messages:GetEndpoint",
    "ec2messages:GetMessages",
    "ec2messages:SendReply",
];

/// Names, with their paths, and what the policies allow on everything.
const POLICIES: [(&str, &[&str]); 34] = [
    ("AdministratorAccess", &["*"]),
    (
        "AmazonDynamoDBFullAccess",
        &["dynamodb:*", "ec2:DescribeVpcs", "iam:ListRoles"],
    ),
    (
        "AmazonEC2FullAccess",
        &[
            "ec2:*",
            "elasticloadbalancing:*",
            "cloudwatch:*",
            "autoscaling:*",
        ],
    ),
    (
        "AmazonEC2ReadOnlyAccess",
        &["ec2:Describe*", "ec2:GetSecurityGroupsForVpc"],
    ),
    ("AmazonRDSFullAccess", &["rds:*", "ec2:Describe*"]),
    (
        "AmazonRoute53FullAccess",
        &[
            "route53:*",
            "route53domains:*",
            "ec2:DescribeVpcs",
            "ec2:DescribeVpcEndpoints",
            "ec2:DescribeRegions",
        ],
    ),
    (
        "AmazonRoute53ReadOnlyAccess",
        &["route53:Get*", "route53:List*"],
    ),
    (
        "AmazonRoute53ResolverFullAccess",
        &["route53resolver:*", "ec2:Describe*"],
    ),
    ("AmazonS3FullAccess", &["s3:*", "s3-object-lambda:*"]),
    ("AmazonS3ReadOnlyAccess", &["s3:Get*", "s3:List*"]),
    ("AmazonSNSFullAccess", &["sns:*"]),
    ("AmazonSQSFullAccess", &["sqs:*"]),
    ("AmazonSSMFullAccess", &["ssm:*", "ec2messages:*"]),
    ("AmazonSSMManagedInstanceCore", AGENT),
    ("AmazonSSMReadOnlyAccess", &["ssm:Get*", "ssm:List*"]),
    (
        "AmazonVPCCrossAccountNetworkInterfaceOperations",
        &["ec2:*NetworkInterface*", "ec2:Describe*"],
    ),
    ("AmazonVPCFullAccess", NETWORK),
    ("AmazonVPCReadOnlyAccess", NETWORK_TO_READ),
    ("AmazonVPCReachabilityAnalyzerFullAccessPolicy", ANALYSER),
    ("AWSCloudFormationFullAccess", &["cloudformation:*"]),
    ("AWSDirectConnectFullAccess", &["directconnect:*"]),
    ("AWSLambda_FullAccess", &["lambda:*", "ec2:Describe*"]),
    ("AWSSupportAccess", &["support:*"]),
    ("CloudWatchFullAccess", &["cloudwatch:*", "logs:*"]),
    ("CloudWatchLogsFullAccess", &["logs:*"]),
    (
        "ElasticLoadBalancingFullAccess",
        &["elasticloadbalancing:*", "ec2:Describe*"],
    ),
    ("IAMFullAccess", &["iam:*"]),
    (
        "IAMReadOnlyAccess",
        &["iam:Generate*", "iam:Get*", "iam:List*", "iam:Simulate*"],
    ),
    (
        "IAMUserChangePassword",
        &["iam:ChangePassword", "iam:GetAccountPasswordPolicy"],
    ),
    (
        "IAMUserSSHKeys",
        &["iam:*SSHPublicKey*", "iam:ListSSHPublicKeys"],
    ),
    (
        "PowerUserAccess",
        &[
            "ec2:*",
            "sts:*",
            "iam:ListRoles",
            "iam:CreateServiceLinkedRole",
        ],
    ),
    (
        "ReadOnlyAccess",
        &["ec2:Describe*", "ec2:Get*", "iam:Get*", "iam:List*"],
    ),
    ("job-function/NetworkAdministrator", NETWORK),
    (
        "job-function/ViewOnlyAccess",
        &["ec2:Describe*", "iam:List*"],
    ),
];

/// All names, with their paths.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    POLICIES.iter().map(|(name, _)| *name)
}

fn actions(arn: &str) -> Option<&'static [&'static str]> {
    let wanted = name(arn)?;
    let found = POLICIES.iter().find(|(name, _)| *name == wanted);
    found.map(|(_, actions)| *actions)
}

/// The document of a managed policy; `None` if there is none of this name.
pub(super) fn text(arn: &str) -> Option<String> {
    let document = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": actions(arn)?, "Resource": "*"}],
    });
    Some(document.to_string())
}

/// The content of a managed policy; `None` if there is none of this name.
pub(super) fn policy(arn: &str) -> Option<Policy> {
    Policy::parse(&text(arn)?, Purpose::Identity).ok()
}
