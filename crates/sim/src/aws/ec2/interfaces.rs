//! Network interfaces: those of instances and of NAT gateways. They come and go with what they belong to.

use std::net::Ipv4Addr;

use super::find::check_form;
use super::instance_attributes::checked_groups;
use super::{Instance, NatGateway};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, absent};
use crate::aws::filters::{self, Fields};
use crate::aws::paging::paged;
use crate::aws::xml::Xml;
use crate::table::Base;

/// An interface, by what it belongs to.
struct Interface<'a> {
    id: &'a str,
    base: &'a Base,
    vpc: &'a str,
    subnet: &'a str,
    address: Ipv4Addr,
    groups: &'a [String],
    /// `None` for one of a NAT gateway.
    instance: Option<&'a Instance>,
}

impl<'a> Interface<'a> {
    fn of_instance(instance: &'a Instance) -> Self {
        Self {
            id: &instance.interface,
            base: &instance.base,
            vpc: &instance.vpc,
            subnet: &instance.subnet,
            address: instance.address,
            groups: &instance.groups,
            instance: Some(instance),
        }
    }

    fn of_nat(nat: &'a NatGateway) -> Self {
        Self {
            id: &nat.interface,
            base: &nat.base,
            vpc: &nat.vpc,
            subnet: &nat.subnet,
            address: nat.address,
            groups: &[],
            instance: None,
        }
    }

    fn description(&self) -> String {
        match self.instance {
            Some(_) => String::new(),
            None => format!("Interface for NAT Gateway {}", self.base.id),
        }
    }

    fn kind(&self) -> &'static str {
        match self.instance {
            Some(_) => "interface",
            None => "natGateway",
        }
    }

    fn checks_addresses(&self) -> bool {
        self.instance
            .is_some_and(|instance| instance.attributes.source_dest_check)
    }

    /// Unlike the cloud's, made of the id.
    fn hardware_address(&self) -> String {
        let digits = self.id.get(self.id.len().saturating_sub(10)..);
        let digits = digits.unwrap_or_default().as_bytes().chunks(2);
        let pairs = digits.map(|pair| String::from_utf8_lossy(pair).into_owned());
        let pairs: Vec<String> = std::iter::once("02".to_owned()).chain(pairs).collect();
        pairs.join(":")
    }

    fn attachment_id(&self) -> String {
        self.id.replace("eni-", "eni-attach-")
    }
}

/// The caller's interfaces in the region of the call.
fn all<'a>(ctx: &'a Context<'_>) -> impl Iterator<Item = Interface<'a>> {
    let ec2 = &ctx.state.ec2;
    let instances = ec2
        .instances
        .iter()
        .filter(|instance| ctx.can_see(*instance) && instance.holds_address(ctx.now))
        .map(Interface::of_instance);
    let translators = ec2
        .nat_gateways
        .iter()
        .filter(|nat| ctx.can_see(*nat) && nat.is_there(ctx.now))
        .map(Interface::of_nat);
    instances.chain(translators)
}

fn unknown(id: &str) -> Failure {
    absent("InvalidNetworkInterfaceID", "networkInterface", id)
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    const FILTERS: [&str; 21] = [
        "addresses.private-ip-address",
        "attachment.attachment-id",
        "attachment.device-index",
        "attachment.instance-id",
        "attachment.instance-owner-id",
        "attachment.status",
        "availability-zone",
        "description",
        "group-id",
        "group-name",
        "interface-type",
        "mac-address",
        "network-interface-id",
        "owner-id",
        "private-ip-address",
        "requester-id",
        "requester-managed",
        "source-dest-check",
        "status",
        "subnet-id",
        "vpc-id",
    ];
    let ids = ctx.parameters.list("NetworkInterfaceId");
    for id in &ids {
        check_form("InvalidNetworkInterfaceID", "eni-", id)?;
        let known = all(ctx).any(|interface| interface.id == id);
        known.then_some(()).ok_or_else(|| unknown(id))?;
    }
    let filters = filters::read(ctx, &FILTERS)?;
    let wanted = |interface: &Interface<'_>| {
        (ids.is_empty() || ids.iter().any(|id| id == interface.id))
            && filters::pass(&filters, &fields(ctx, interface))
    };
    let rows = all(ctx).filter(wanted);
    let rows = rows.map(|interface| view(ctx, &interface)).collect();
    paged(ctx, "networkInterfaceSet", rows, 1000)
}

fn fields(ctx: &Context<'_>, interface: &Interface<'_>) -> Fields {
    let names = interface.groups.iter().map(|id| name_of(ctx, id));
    let instance = interface.instance.map(|instance| &instance.base.id);
    Fields::new(ctx.tags(interface.id))
        .with("addresses.private-ip-address", interface.address)
        .with("attachment.attachment-id", interface.attachment_id())
        .with("attachment.device-index", 0)
        .many("attachment.instance-id", instance)
        .with("attachment.instance-owner-id", &interface.base.owner)
        .with("attachment.status", "attached")
        .many("availability-zone", zone(ctx, interface))
        .with("description", interface.description())
        .many("group-id", interface.groups)
        .many("group-name", names)
        .with("interface-type", interface.kind())
        .with("mac-address", interface.hardware_address())
        .with("network-interface-id", interface.id)
        .with("owner-id", &interface.base.owner)
        .with("private-ip-address", interface.address)
        .with("requester-managed", instance.is_none())
        .with("source-dest-check", interface.checks_addresses())
        .with("status", "in-use")
        .with("subnet-id", interface.subnet)
        .with("vpc-id", interface.vpc)
}

fn zone<'a>(ctx: &'a Context<'_>, interface: &Interface<'_>) -> Option<&'a String> {
    let subnet = ctx.state.ec2.subnets.get(interface.subnet);
    subnet.map(|subnet| &subnet.zone)
}

fn name_of<'a>(ctx: &'a Context<'_>, group: &str) -> &'a str {
    let group = ctx.state.ec2.groups.get(group);
    group.map_or("", |group| &group.base.name)
}

fn view(ctx: &Context<'_>, interface: &Interface<'_>) -> Xml {
    let instance = interface.instance.map(|instance| &instance.base.id);
    let holder = Xml::new()
        .maybe("instanceId", instance)
        .leaf("instanceOwnerId", &interface.base.owner);
    core(ctx, interface, holder)
        .maybe("availabilityZone", zone(ctx, interface))
        .leaf("requesterManaged", interface.instance.is_none())
        .and(ctx.tag_set(interface.id))
}

/// As an instance shows it.
pub(super) fn of_instance(ctx: &Context<'_>, instance: &Instance) -> Xml {
    core(ctx, &Interface::of_instance(instance), Xml::new())
}

/// An interface whose attachment is told with its holder, unless that goes without saying.
fn core(ctx: &Context<'_>, interface: &Interface<'_>, holder: Xml) -> Xml {
    let groups = interface.groups.iter().map(|id| {
        Xml::new()
            .leaf("groupId", id)
            .leaf("groupName", name_of(ctx, id))
    });
    let attachment = Xml::new()
        .leaf("attachmentId", interface.attachment_id())
        .and(holder)
        .leaf("deviceIndex", 0)
        .leaf("networkCardIndex", 0)
        .leaf("status", "attached")
        .leaf("attachTime", ctx.date(interface.base.life.created))
        .leaf("deleteOnTermination", true);
    let address = Xml::new()
        .leaf("privateIpAddress", interface.address)
        .leaf("primary", true);
    let v6 = interface.instance.map(|instance| &instance.addresses_v6);
    let v6 = v6.into_iter().flatten();
    let v6 = v6.map(|address| Xml::new().leaf("ipv6Address", address));
    Xml::new()
        .leaf("networkInterfaceId", interface.id)
        .leaf("subnetId", interface.subnet)
        .leaf("vpcId", interface.vpc)
        .leaf("ownerId", &interface.base.owner)
        .leaf("description", interface.description())
        .leaf("interfaceType", interface.kind())
        .leaf("status", "in-use")
        .leaf("macAddress", interface.hardware_address())
        .leaf("privateIpAddress", interface.address)
        .leaf("sourceDestCheck", interface.checks_addresses())
        .items("groupSet", groups)
        .node("attachment", attachment)
        .items("privateIpAddressesSet", [address])
        .items("ipv6AddressesSet", v6)
}

/// Changes the instance that the interface belongs to.
pub(super) fn modify(ctx: &mut Context<'_>) -> Outcome {
    let id = ctx.required("NetworkInterfaceId")?;
    check_form("InvalidNetworkInterfaceID", "eni-", &id)?;
    let found = all(ctx).find(|interface| interface.id == id);
    let instance = found.ok_or_else(|| unknown(&id))?.instance.cloned();
    let Some(mut instance) = instance else {
        let message = format!("You do not have permission to access the specified resource {id}.");
        return Err(Failure::bad("OperationNotPermitted", message));
    };
    if let Some(check) = ctx.maybe_flag("SourceDestCheck.Value")? {
        instance.attributes.source_dest_check = check;
    }
    let groups = ctx.parameters.list("SecurityGroupId");
    if !groups.is_empty() {
        instance.groups = checked_groups(ctx, &instance, groups)?;
    }
    if let Some(stored) = ctx.state.ec2.instances.get_mut(&instance.base.id) {
        *stored = instance;
    }
    Ok(Xml::done())
}
