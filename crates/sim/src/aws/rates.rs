//! Token buckets per operation, account and region: those that EC2 publishes, and chosen ones for Systems Manager.

use super::operation::Operation;
use crate::parameters::Parameters;
use crate::throttle::Rate;

pub(crate) const DESCRIBE: Rate = Rate::bucket(100, 20.0);
/// Describe calls that neither filter nor page, of the operations that punish it.
const DESCRIBE_ALL: Rate = Rate::bucket(50, 10.0);
/// Changing calls, the resource-intensive ones included.
pub(crate) const CHANGE: Rate = Rate::bucket(50, 5.0);
pub(crate) const TAGS: Rate = Rate::bucket(100, 10.0);
pub(crate) const REFERENCES: Rate = Rate::bucket(20, 5.0);
/// Instances, not calls.
pub(crate) const INSTANCES: Rate = Rate::bucket(1000, 2.0);

/// Reading calls of Systems Manager.
pub(crate) const SSM_READ: Rate = Rate::bucket(40, 20.0);
/// Commands, and their cancellation.
pub(crate) const SSM_COMMAND: Rate = Rate::bucket(20, 5.0);

const PUNISHED: [(&str, &str); 2] = [
    ("DescribeInstances", "DescribeInstances (all)"),
    ("DescribeSecurityGroups", "DescribeSecurityGroups (all)"),
];

/// The bucket that a call draws from: its name and its rate.
pub(crate) fn bucket(
    operation: &Operation,
    parameters: &Parameters,
) -> Option<(&'static str, Rate)> {
    let rate = operation.rate?;
    let punished = PUNISHED.iter().find(|(name, _)| *name == operation.name);
    let selective = parameters.all().keys().any(|name| {
        ["Filter.", "MaxResults", "InstanceId.", "GroupId."]
            .iter()
            .any(|start| name.starts_with(start))
    });
    match punished {
        Some((_, all)) if !selective => Some((all, DESCRIBE_ALL)),
        _ => Some((operation.name, rate)),
    }
}
