//! Security groups.

use aws_sdk_ec2::operation::create_security_group::builders::CreateSecurityGroupInputBuilder;
use aws_sdk_ec2::types::{IpPermission, ResourceType, SecurityGroup};
use landbridge_core::{CreateGroup, GroupRecord, NetworkId, Phase, Result, Status};

use super::field::need;
use super::tag::{tagged, told_by};

/// `CreateSecurityGroup`.
pub(crate) fn create_group(request: &CreateGroup) -> CreateSecurityGroupInputBuilder {
    CreateSecurityGroupInputBuilder::default()
        .group_name(&request.label.name)
        .description("made by landbridge")
        .vpc_id(request.network.as_str())
        .tag_specifications(tagged(ResourceType::SecurityGroup, &request.label))
}

/// A group. Its members do not reach each other unless a rule says so.
pub(crate) fn read_group(group: &SecurityGroup) -> Result<GroupRecord> {
    let (_, owner) = told_by(group.tags());
    Ok(
        GroupRecord::new(need(group.group_id(), "groupId")?.into(), available())
            .with_name(group.group_name().unwrap_or_default().to_owned())
            .with_network(group.vpc_id().map(NetworkId::from))
            .with_references(true)
            .with_open_egress(group.ip_permissions_egress().iter().any(is_open))
            .with_owner(owner),
    )
}

/// A group has no state of its own: it is ready as soon as it exists.
pub(crate) fn available() -> Status {
    Status::new(Phase::Ready, "available")
}

// The rule that every new group has, which is also listed as a rule.
fn is_open(permission: &IpPermission) -> bool {
    let everywhere = |text: Option<&str>| text == Some("0.0.0.0/0");
    permission.ip_protocol() == Some("-1")
        && permission
            .ip_ranges()
            .iter()
            .any(|range| everywhere(range.cidr_ip()))
}
