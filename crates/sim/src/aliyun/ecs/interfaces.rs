//! Network interfaces: those of instances, and those that other products have in vSwitches.

use serde_json::{Value, json};

use super::{Instance, paged, tags};
use crate::aliyun::context::Context;
use crate::aliyun::failure::Outcome;
use crate::aliyun::vpc::Interface;

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    let region = ctx.required_region()?;
    let ids = ctx.parameters.list("NetworkInterfaceId");
    let parameters = &ctx.parameters;
    let shown = |interface: &&Interface| {
        let instance = instance_of(ctx, interface);
        let id = instance.map_or("", |instance| instance.base.id.as_str());
        let kind = if instance.is_some() {
            "Primary"
        } else {
            "Secondary"
        };
        let groups = instance.map_or(&[][..], |instance| &instance.groups);
        ctx.can_see(*interface)
            && interface.base.region == region
            && (ids.is_empty() || ids.contains(&interface.base.id))
            && parameters.matches("VpcId", vpc_of(ctx, interface))
            && parameters.matches("VSwitchId", &interface.vswitch)
            && parameters.matches("InstanceId", id)
            && parameters.matches("Type", kind)
            && parameters
                .get("SecurityGroupId")
                .is_none_or(|group| groups.iter().any(|of| of == group))
    };
    let interfaces = ctx.state.vpc.interfaces.iter().filter(shown);
    let rows = interfaces.map(|interface| view(ctx, interface)).collect();
    paged(ctx, rows, "NetworkInterfaceSets", "NetworkInterfaceSet")
}

fn instance_of<'a>(ctx: &'a Context<'_>, interface: &Interface) -> Option<&'a Instance> {
    let mut instances = ctx.state.ecs.instances.iter();
    instances.find(|instance| instance.interface == interface.base.id)
}

fn vpc_of<'a>(ctx: &'a Context<'_>, interface: &Interface) -> &'a str {
    let vswitch = ctx.state.vpc.vswitches.get(&interface.vswitch);
    vswitch.map_or("", |vswitch| &vswitch.vpc)
}

fn view(ctx: &Context<'_>, interface: &Interface) -> Value {
    let base = &interface.base;
    let instance = instance_of(ctx, interface);
    let address = interface.address.to_string();
    let vswitch = ctx.state.vpc.vswitches.get(&interface.vswitch);
    json!({
        "NetworkInterfaceId": base.id, "NetworkInterfaceName": base.name, "Description": base.description,
        "VpcId": vpc_of(ctx, interface), "VSwitchId": interface.vswitch,
        "ZoneId": vswitch.map(|vswitch| &vswitch.zone), "OwnerId": base.owner, "Status": "InUse",
        "Type": if instance.is_some() { "Primary" } else { "Secondary" }, "ServiceManaged": instance.is_none(),
        "InstanceId": instance.map_or("", |instance| &instance.base.id),
        "SecurityGroupIds": {"SecurityGroupId": instance.map_or(&[][..], |instance| &instance.groups)},
        "PrivateIpAddress": address,
        "PrivateIpSets": {"PrivateIpSet": [{"PrivateIpAddress": address, "Primary": true}]},
        "Tags": {"Tag": tags(&base.tags)}, "CreationTime": ctx.minute(base.life.created),
    })
}
