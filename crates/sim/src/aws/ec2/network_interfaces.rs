//! Network interfaces that calls make by themselves. Nothing attaches them to an instance here; they hold an address of
//! their subnet, and their groups.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::find::{GROUP, SUBNET, check_form};
use super::{Group, Subnet, addresses, interfaces, tagging};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, absent, bad_value};
use crate::aws::xml::Xml;
use crate::table::{Base, Object};

#[derive(Debug, Clone)]
pub(crate) struct NetworkInterface {
    pub(crate) base: Base,
    pub(crate) vpc: String,
    pub(crate) subnet: String,
    pub(crate) address: Ipv4Addr,
    pub(crate) groups: Vec<String>,
}

impl NetworkInterface {
    pub(super) fn is_there(&self) -> bool {
        self.life().gone_at().is_none()
    }
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let subnet = SUBNET.named(ctx, "SubnetId")?;
    let groups = groups(ctx, &subnet)?;
    let tags = tagging::specified(ctx, &["network-interface"])?;
    let wanted = ctx.parameters.get("PrivateIpAddress");
    let wanted = wanted.map(|text| {
        text.parse()
            .map_err(|_| bad_value(text, "privateIpAddress"))
    });
    let address = addresses::take(&ctx.state.ec2, &subnet, wanted.transpose()?, ctx.now);
    let address = address.ok_or_else(|| {
        let message = format!("The address is not free in subnet '{}'.", subnet.base.id);
        Failure::bad("InvalidIPAddress.InUse", message)
    })?;
    let mut base = ctx.base("eni", Duration::ZERO);
    base.description = ctx.parameters.text("Description");
    ctx.born("network-interface", &base.id);
    tagging::put(ctx, &base.id, tags);
    let interface = NetworkInterface {
        base,
        vpc: subnet.vpc,
        subnet: subnet.base.id,
        address,
        groups,
    };
    let answer = Xml::new().node("networkInterface", interfaces::of_made(ctx, &interface));
    ctx.state.ec2.network_interfaces.insert(interface);
    Ok(answer)
}

/// Those asked for, or the default group of the VPC.
fn groups(ctx: &Context<'_>, subnet: &Subnet) -> Outcome<Vec<String>> {
    let mut ids = ctx.parameters.list("SecurityGroupId");
    for id in &ids {
        if GROUP.get(ctx, id)?.vpc != subnet.vpc {
            let message = format!(
                "Security group {id} and subnet {} belong to different networks.",
                subnet.base.id
            );
            return Err(Failure::bad("InvalidParameter", message));
        }
    }
    if ids.is_empty() {
        let is_default = |group: &&Group| group.vpc == subnet.vpc && group.is_default();
        let default = ctx.state.ec2.groups.iter().find(is_default);
        ids.extend(default.map(|group| group.base.id.clone()));
    }
    Ok(ids)
}

/// One that belongs to something else goes with that only.
pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let id = ctx.required("NetworkInterfaceId")?;
    check_form("InvalidNetworkInterfaceID", "eni-", &id)?;
    let made = ctx.state.ec2.network_interfaces.get(&id);
    if made.is_some_and(|interface| ctx.can_see(interface)) {
        let now = ctx.now;
        if let Some(interface) = ctx.state.ec2.network_interfaces.get_mut(&id) {
            interface.base.life.leave(now);
        }
        tagging::forget(ctx, &id);
        return Ok(Xml::done());
    }
    if interfaces::exists(ctx, &id) {
        let message = format!("Network interface '{id}' is currently in use.");
        return Err(Failure::bad("InvalidParameterValue", message));
    }
    Err(absent("InvalidNetworkInterfaceID", "networkInterface", &id))
}
