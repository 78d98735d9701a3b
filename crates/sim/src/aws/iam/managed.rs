//! The policies that the cloud itself manages, as far as they matter here.

use super::of_iam;
use crate::aws::policy::Policy;
use crate::aws::regions::Partition;

/// The full name of the policy that allows everything.
pub(super) fn administrator(partition: &Partition) -> String {
    format!("arn:{}:iam::aws:policy/AdministratorAccess", partition.name)
}

const NETWORK: [&str; 9] = [
    "ec2:*Vpc*",
    "ec2:*Subnet*",
    "ec2:*Route*",
    "ec2:*SecurityGroup*",
    "ec2:*NetworkAcl*",
    "ec2:Describe*",
    "ec2:CreateTags",
    "ec2:DeleteTags",
    "ec2:*Address*",
];

/// The content of a managed policy; `None` if there is none of this name.
pub(super) fn policy(arn: &str) -> Option<Policy> {
    let actions: &[&str] = match of_iam(arn)?.strip_prefix("aws:policy/")? {
        "AdministratorAccess" => &["*"],
        "AmazonEC2FullAccess" => &["ec2:*"],
        "AmazonEC2ReadOnlyAccess" | "AmazonVPCReadOnlyAccess" => &["ec2:Describe*"],
        "AmazonVPCFullAccess" => &NETWORK,
        "IAMFullAccess" => &["iam:*"],
        "ReadOnlyAccess" => &["ec2:Describe*", "iam:Get*", "iam:List*"],
        _ => return None,
    };
    Some(Policy::allow(actions))
}
