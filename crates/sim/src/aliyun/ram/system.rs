//! The policies that the cloud itself manages, as far as they matter here.

use crate::aliyun::policy::Document;

pub(super) const ADMINISTRATOR: &str = "AdministratorAccess";

/// Name, what it is for, and the actions it allows.
const ALL: [(&str, &str, &[&str]); 10] = [
    (ADMINISTRATOR, "Everything", &["*"]),
    (
        "ReadOnlyAccess",
        "Reading everything",
        &["*:Describe*", "*:List*", "*:Get*"],
    ),
    ("AliyunCENFullAccess", "All of CEN", &["cen:*"]),
    ("AliyunVPCFullAccess", "All of VPC", &["vpc:*"]),
    (
        "AliyunECSFullAccess",
        "All of ECS",
        &["ecs:*", "vpc:DescribeVpcs", "vpc:DescribeVSwitches"],
    ),
    ("AliyunRAMFullAccess", "All of RAM", &["ram:*"]),
    ("AliyunROSFullAccess", "All of ROS", &["ros:*"]),
    ("AliyunCDTFullAccess", "All of CDT", &["cdt:*"]),
    (
        "AliyunSTSAssumeRoleAccess",
        "Assuming roles",
        &["sts:AssumeRole"],
    ),
    (
        "AliyunExpressConnectRouterFullAccess",
        "All of ExpressConnectRouter",
        &["expressconnectrouter:*"],
    ),
];

/// Names and descriptions.
pub(super) fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    ALL.iter()
        .map(|(name, description, _)| (*name, *description))
}

pub(super) fn description(name: &str) -> Option<&'static str> {
    all()
        .find(|(known, _)| *known == name)
        .map(|(_, description)| description)
}

fn actions(name: &str) -> Option<&'static [&'static str]> {
    let found = ALL.iter().find(|(known, _, _)| *known == name);
    found.map(|(_, _, actions)| *actions)
}

pub(super) fn document(name: &str) -> Option<Document> {
    actions(name).map(Document::allow)
}

/// The document as text.
pub(super) fn text(name: &str) -> Option<String> {
    let statement =
        serde_json::json!({"Effect": "Allow", "Action": actions(name)?, "Resource": "*"});
    Some(serde_json::json!({"Version": "1", "Statement": [statement]}).to_string())
}
