//! Instances on the wire.

use std::time::Duration;

use super::find::INSTANCE;
use super::{Instance, interfaces, profile_associations};
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
        } else if let Some(down) = self.power.down {
            if now < down {
                (64, "stopping")
            } else {
                (80, "stopped")
            }
        } else if now < self.base.life.ready {
            (0, "pending")
        } else {
            (16, "running")
        }
    }
}

const FILTERS: [&str; 35] = [
    "architecture",
    "availability-zone",
    "client-token",
    "dns-name",
    "hypervisor",
    "iam-instance-profile.arn",
    "iam-instance-profile.id",
    "image-id",
    "instance-id",
    "instance-lifecycle",
    "instance-state-code",
    "instance-state-name",
    "instance-type",
    "instance.group-id",
    "instance.group-name",
    "ip-address",
    "key-name",
    "launch-time",
    "monitoring-state",
    "network-interface.addresses.private-ip-address",
    "network-interface.group-id",
    "network-interface.network-interface-id",
    "network-interface.subnet-id",
    "network-interface.vpc-id",
    "owner-id",
    "platform",
    "private-dns-name",
    "private-ip-address",
    "reservation-id",
    "root-device-type",
    "source-dest-check",
    "subnet-id",
    "tenancy",
    "virtualization-type",
    "vpc-id",
];

pub(super) fn fields(ctx: &Context<'_>, instance: &Instance) -> Fields {
    let (code, state) = instance.state(ctx.now);
    let names = instance.groups.iter().filter_map(|id| {
        let group = ctx.state.ec2.groups.get(id);
        group.map(|group| &group.base.name)
    });
    let own = &instance.attributes;
    let profile = instance.profile(ctx.now);
    Fields::new(ctx.tags(&instance.base.id))
        .with("architecture", "x86_64")
        .with("availability-zone", &instance.zone)
        .many("client-token", &own.client_token)
        .with("hypervisor", "xen")
        .many("iam-instance-profile.arn", profile.map(|own| own.arn()))
        .many(
            "iam-instance-profile.id",
            profile.map(|own| own.profile_id()),
        )
        .with("image-id", &instance.image)
        .with("instance-id", &instance.base.id)
        .with("instance-state-code", code)
        .with("instance-state-name", state)
        .with("instance-type", &instance.kind)
        .many("ip-address", instance.public_address(ctx.now))
        .many("instance.group-id", &instance.groups)
        .many("instance.group-name", names)
        .many("key-name", &own.key_name)
        .with("launch-time", ctx.date(instance.base.life.created))
        .with("monitoring-state", "disabled")
        .with(
            "network-interface.addresses.private-ip-address",
            instance.address,
        )
        .many("network-interface.group-id", &instance.groups)
        .with(
            "network-interface.network-interface-id",
            &instance.interface,
        )
        .with("network-interface.subnet-id", &instance.subnet)
        .with("network-interface.vpc-id", &instance.vpc)
        .with("owner-id", &instance.base.owner)
        .with("private-dns-name", host_name(ctx, instance))
        .with("private-ip-address", instance.address)
        .with("reservation-id", &instance.reservation)
        .with("root-device-type", "ebs")
        .with("source-dest-check", own.source_dest_check)
        .with("subnet-id", &instance.subnet)
        .with("tenancy", &own.tenancy)
        .with("virtualization-type", "hvm")
        .with("vpc-id", &instance.vpc)
}

/// The name inside of the network, by the address.
fn host_name(ctx: &Context<'_>, instance: &Instance) -> String {
    let address = instance.address.to_string().replace('.', "-");
    match ctx.region.as_str() {
        "us-east-1" => format!("ip-{address}.ec2.internal"),
        region => format!("ip-{address}.{region}.compute.internal"),
    }
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    let of = |instance: &Instance| fields(ctx, instance);
    let instances = INSTANCE.select(ctx, "InstanceId", &FILTERS, of)?;
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

pub(super) fn state_view((code, name): State) -> Xml {
    Xml::new().leaf("code", code).leaf("name", name)
}

/// Terminated instances have left their network.
fn view(ctx: &Context<'_>, instance: &Instance) -> Xml {
    let state = instance.state(ctx.now);
    let own = &instance.attributes;
    let placement = Xml::new()
        .leaf("availabilityZone", &instance.zone)
        .leaf("groupName", "")
        .leaf("tenancy", &own.tenancy);
    let xml = Xml::new()
        .leaf("instanceId", &instance.base.id)
        .leaf("imageId", &instance.image)
        .node("instanceState", state_view(state))
        .leaf("dnsName", "")
        .maybe("keyName", own.key_name.as_ref())
        .leaf("amiLaunchIndex", 0)
        .items("productCodes", [])
        .leaf("instanceType", &instance.kind)
        .leaf("launchTime", ctx.date(instance.base.life.created))
        .node("placement", placement)
        .node("monitoring", Xml::new().leaf("state", "disabled"))
        .leaf("architecture", "x86_64")
        .leaf("rootDeviceType", "ebs")
        .leaf("rootDeviceName", "/dev/xvda")
        .items("blockDeviceMapping", [])
        .leaf("virtualizationType", "hvm")
        .maybe("clientToken", own.client_token.as_ref())
        .leaf("hypervisor", "xen")
        .leaf("ebsOptimized", own.ebs_optimized)
        .leaf("enaSupport", true)
        .and(machine());
    let xml = if state.1 == "terminated" {
        xml
    } else {
        xml.and(network(ctx, instance))
    };
    xml.and(profile_associations::of_instance(ctx, instance))
        .and(ctx.tag_set(&instance.base.id))
}

/// What is the same for all instances here.
fn machine() -> Xml {
    let reservation = Xml::new().leaf("capacityReservationPreference", "open");
    let metadata = Xml::new()
        .leaf("state", "applied")
        .leaf("httpTokens", "optional")
        .leaf("httpPutResponseHopLimit", 1)
        .leaf("httpEndpoint", "enabled")
        .leaf("httpProtocolIpv6", "disabled")
        .leaf("instanceMetadataTags", "disabled");
    let names = Xml::new()
        .leaf("hostnameType", "ip-name")
        .leaf("enableResourceNameDnsARecord", false)
        .leaf("enableResourceNameDnsAAAARecord", false);
    Xml::new()
        .node(
            "cpuOptions",
            Xml::new().leaf("coreCount", 1).leaf("threadsPerCore", 2),
        )
        .node("capacityReservationSpecification", reservation)
        .node("hibernationOptions", Xml::new().leaf("configured", false))
        .node("metadataOptions", metadata)
        .node("enclaveOptions", Xml::new().leaf("enabled", false))
        .node(
            "maintenanceOptions",
            Xml::new().leaf("autoRecovery", "default"),
        )
        .node("privateDnsNameOptions", names)
}

fn network(ctx: &Context<'_>, instance: &Instance) -> Xml {
    let groups = instance.groups.iter().map(|id| {
        let group = ctx.state.ec2.groups.get(id);
        let name = group.map_or("", |group| &group.base.name);
        Xml::new().leaf("groupId", id).leaf("groupName", name)
    });
    Xml::new()
        .leaf("privateDnsName", host_name(ctx, instance))
        .leaf("subnetId", &instance.subnet)
        .leaf("vpcId", &instance.vpc)
        .leaf("privateIpAddress", instance.address)
        .maybe("ipAddress", instance.public_address(ctx.now))
        .leaf("sourceDestCheck", instance.attributes.source_dest_check)
        .items("groupSet", groups)
        .items(
            "networkInterfaceSet",
            [interfaces::of_instance(ctx, instance)],
        )
}

/// What a call did to an instance.
pub(super) fn change(before: &Instance, after: &Instance, now: Duration) -> Xml {
    Xml::new()
        .leaf("instanceId", &before.base.id)
        .node("currentState", state_view(after.state(now)))
        .node("previousState", state_view(before.state(now)))
}
