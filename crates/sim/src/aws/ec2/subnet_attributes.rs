//! What can be changed about a subnet.

use super::find::SUBNET;
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, bad_value};
use crate::aws::xml::Xml;

/// What instances get when they are launched here.
#[derive(Debug, Clone)]
pub(crate) struct Attributes {
    pub(super) public_addresses: bool,
    ipv6_addresses: bool,
    pub(super) dns64: bool,
    /// `ip-name` or `resource-name`.
    host_names: String,
    a_records: bool,
    aaaa_records: bool,
}

impl Default for Attributes {
    fn default() -> Self {
        Self {
            public_addresses: false,
            ipv6_addresses: false,
            dns64: false,
            host_names: "ip-name".to_owned(),
            a_records: false,
            aaaa_records: false,
        }
    }
}

/// Exactly one attribute a call.
pub(super) fn modify(ctx: &mut Context<'_>) -> Outcome {
    let subnet = SUBNET.named(ctx, "SubnetId")?;
    let mut attributes = subnet.attributes.clone();
    let mut changed = 0;
    let flags = [
        ("MapPublicIpOnLaunch", &mut attributes.public_addresses),
        (
            "AssignIpv6AddressOnCreation",
            &mut attributes.ipv6_addresses,
        ),
        ("EnableDns64", &mut attributes.dns64),
        (
            "EnableResourceNameDnsARecordOnLaunch",
            &mut attributes.a_records,
        ),
        (
            "EnableResourceNameDnsAAAARecordOnLaunch",
            &mut attributes.aaaa_records,
        ),
    ];
    for (name, attribute) in flags {
        if let Some(value) = ctx.maybe_flag(&format!("{name}.Value"))? {
            *attribute = value;
            changed += 1;
        }
    }
    if let Some(kind) = ctx.parameters.get("PrivateDnsHostnameTypeOnLaunch") {
        if !["ip-name", "resource-name"].contains(&kind) {
            return Err(bad_value(kind, "privateDnsHostnameTypeOnLaunch"));
        }
        kind.clone_into(&mut attributes.host_names);
        changed += 1;
    }
    if changed != 1 {
        return Err(Failure::bad(
            "InvalidParameterCombination",
            "Exactly one attribute can be modified at a time",
        ));
    }
    if attributes.ipv6_addresses && subnet.range_v6.is_none() {
        let message = format!(
            "Invalid value 'true' for assignIpv6AddressOnCreation. The subnet '{}' does not have any IPv6 CIDR blocks associated with it.",
            subnet.base.id
        );
        return Err(Failure::bad("InvalidParameterValue", message));
    }
    if let Some(stored) = ctx.state.ec2.subnets.get_mut(&subnet.base.id) {
        stored.attributes = attributes;
    }
    Ok(Xml::done())
}

/// The attributes in a subnet's description.
pub(super) fn view(attributes: &Attributes) -> Xml {
    let names = Xml::new()
        .leaf("hostnameType", &attributes.host_names)
        .leaf("enableResourceNameDnsARecord", attributes.a_records)
        .leaf("enableResourceNameDnsAAAARecord", attributes.aaaa_records);
    Xml::new()
        .leaf("mapPublicIpOnLaunch", attributes.public_addresses)
        .leaf("mapCustomerOwnedIpOnLaunch", false)
        .leaf("assignIpv6AddressOnCreation", attributes.ipv6_addresses)
        .leaf("ipv6Native", false)
        .leaf("enableDns64", attributes.dns64)
        .node("privateDnsNameOptionsOnLaunch", names)
}
