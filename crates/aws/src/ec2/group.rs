//! Security groups.

use aws_sdk_ec2::operation::create_security_group::builders::CreateSecurityGroupInputBuilder;
use aws_sdk_ec2::types::{ResourceType, SecurityGroup};
use landbridge_core::{CreateGroup, GroupRecord, NetworkId, Phase, Result, Status};

use super::field::need;
use super::tag::{made_by, tagged, told_by};

/// `CreateSecurityGroup`.
pub(crate) fn create_group(request: &CreateGroup) -> CreateSecurityGroupInputBuilder {
    CreateSecurityGroupInputBuilder::default()
        .group_name(&request.label.name)
        .description("made by landbridge")
        .vpc_id(request.network.as_str())
        .tag_specifications(tagged(ResourceType::SecurityGroup, &request.label))
}

/// A group. Nothing passes unless a rule says so: what a new group lets out is a rule like others.
pub(crate) fn read_group(group: &SecurityGroup) -> Result<GroupRecord> {
    let (_, owner) = told_by(group.tags());
    Ok(
        GroupRecord::new(need(group.group_id(), "groupId")?.into(), available())
            .with_name(group.group_name().unwrap_or_default().to_owned())
            .with_network(group.vpc_id().map(NetworkId::from))
            .with_references(true)
            .with_owner(owner)
            .with_maker(made_by(group.tags())),
    )
}

/// A group has no state of its own: it is ready as soon as it exists.
pub(crate) fn available() -> Status {
    Status::new(Phase::Ready, "available")
}
