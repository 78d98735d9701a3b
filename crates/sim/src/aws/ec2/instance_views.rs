//! Instances on the wire.

use std::time::Duration;

use super::Instance;
use super::find::INSTANCE;
use crate::aws::context::Context;
use crate::aws::failure::Outcome;
use crate::aws::filters::Fields;
use crate::aws::paging::paged;
use crate::aws::xml::Xml;

/// A state's code and name.
pub(crate) type State = (u8, &'static str);

impl Instance {
    pub(crate) fn state(&self, now: Duration) -> State {
        let reached = |at: Option<Duration>| at.is_some_and(|at| now >= at);
        if reached(self.terminated) {
            (48, "terminated")
        } else if reached(self.shutting_down) {
            (32, "shutting-down")
        } else if now < self.base.life.ready {
            (0, "pending")
        } else {
            (16, "running")
        }
    }
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    const FILTERS: [&str; 13] = [
        "availability-zone",
        "image-id",
        "instance-id",
        "instance-state-code",
        "instance-state-name",
        "instance-type",
        "instance.group-id",
        "network-interface.group-id",
        "owner-id",
        "private-ip-address",
        "reservation-id",
        "subnet-id",
        "vpc-id",
    ];
    let fields = |instance: &Instance| {
        let (code, state) = instance.state(ctx.now);
        Fields::new(ctx.tags(&instance.base.id))
            .with("availability-zone", &instance.zone)
            .with("image-id", &instance.image)
            .with("instance-id", &instance.base.id)
            .with("instance-state-code", code)
            .with("instance-state-name", state)
            .with("instance-type", &instance.kind)
            .many("instance.group-id", &instance.groups)
            .many("network-interface.group-id", &instance.groups)
            .with("owner-id", &instance.base.owner)
            .with("private-ip-address", instance.address)
            .with("reservation-id", &instance.reservation)
            .with("subnet-id", &instance.subnet)
            .with("vpc-id", &instance.vpc)
    };
    let instances = INSTANCE.select(ctx, "InstanceId", &FILTERS, fields)?;
    let same = |left: &Instance, right: &Instance| left.reservation == right.reservation;
    let rows = instances
        .chunk_by(same)
        .filter_map(|chunk| Some(reservation(ctx, &chunk.first()?.reservation, chunk)))
        .collect();
    paged(ctx, "reservationSet", rows, 1000)
}

pub(super) fn reservation(ctx: &Context<'_>, id: &str, instances: &[Instance]) -> Xml {
    Xml::new()
        .leaf("reservationId", id)
        .leaf("ownerId", ctx.account())
        .items("groupSet", [])
        .items(
            "instancesSet",
            instances.iter().map(|instance| view(ctx, instance)),
        )
}

fn state_view((code, name): State) -> Xml {
    Xml::new().leaf("code", code).leaf("name", name)
}

/// Terminated instances have left their network.
fn view(ctx: &Context<'_>, instance: &Instance) -> Xml {
    let state = instance.state(ctx.now);
    let xml = Xml::new()
        .leaf("instanceId", &instance.base.id)
        .leaf("imageId", &instance.image)
        .node("instanceState", state_view(state))
        .leaf("instanceType", &instance.kind)
        .leaf("launchTime", ctx.date(instance.base.life.created))
        .node(
            "placement",
            Xml::new()
                .leaf("availabilityZone", &instance.zone)
                .leaf("tenancy", "default"),
        )
        .leaf("architecture", "x86_64");
    let xml = if state.1 == "terminated" {
        xml
    } else {
        xml.and(network(ctx, instance))
    };
    xml.and(ctx.tag_set(&instance.base.id))
}

fn network(ctx: &Context<'_>, instance: &Instance) -> Xml {
    let groups = || {
        instance.groups.iter().map(|id| {
            let group = ctx.state.ec2.groups.get(id);
            let name = group.map_or("", |group| &group.base.name);
            Xml::new().leaf("groupId", id).leaf("groupName", name)
        })
    };
    let addresses = instance.addresses_v6.iter();
    let v6 = addresses.map(|address| Xml::new().leaf("ipv6Address", address));
    let interface = Xml::new()
        .leaf("networkInterfaceId", &instance.interface)
        .leaf("subnetId", &instance.subnet)
        .leaf("vpcId", &instance.vpc)
        .leaf("ownerId", &instance.base.owner)
        .leaf("status", "in-use")
        .leaf("privateIpAddress", instance.address)
        .items("ipv6AddressesSet", v6)
        .items("groupSet", groups());
    Xml::new()
        .leaf("subnetId", &instance.subnet)
        .leaf("vpcId", &instance.vpc)
        .leaf("privateIpAddress", instance.address)
        .items("groupSet", groups())
        .items("networkInterfaceSet", [interface])
}

/// What termination did to an instance.
pub(super) fn change(before: &Instance, after: &Instance, now: Duration) -> Xml {
    Xml::new()
        .leaf("instanceId", &before.base.id)
        .node("currentState", state_view(after.state(now)))
        .node("previousState", state_view(before.state(now)))
}
