//! Network interfaces.

use aws_sdk_ec2::types::NetworkInterface;
use landbridge_core::{InstanceId, InterfaceRecord, Result};

use super::field::need;

/// An interface, whatever it belongs to. What has no description has a kind.
pub(crate) fn read_interface(interface: &NetworkInterface) -> Result<InterfaceRecord> {
    let groups = interface.groups().iter();
    let groups = groups.filter_map(|group| group.group_id()).map(Into::into);
    let attachment = interface.attachment();
    let instance = attachment.and_then(|attachment| attachment.instance_id());
    let described = interface.description().filter(|text| !text.is_empty());
    let kind = interface.interface_type().map(|kind| kind.as_str());
    Ok(InterfaceRecord::new(
        need(interface.network_interface_id(), "networkInterfaceId")?.into(),
        need(interface.subnet_id(), "subnetId")?.into(),
    )
    .with_groups(groups.collect())
    .with_instance(instance.map(InstanceId::from))
    .with_description(described.or(kind).unwrap_or_default()))
}
