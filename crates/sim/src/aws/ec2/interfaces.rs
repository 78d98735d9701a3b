//! Network interfaces. Those of instances, NAT gateways and endpoints come and go with what they belong to.

use std::net::Ipv4Addr;

use super::endpoints::{self, Spot};
use super::find::check_form;
use super::instance_attributes::checked_groups;
use super::{Endpoint, Instance, NatGateway, NetworkInterface};
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
    holder: Holder<'a>,
}

/// What an interface is attached to.
#[derive(Clone, Copy)]
enum Holder<'a> {
    Instance(&'a Instance),
    NatGateway,
    Endpoint,
    /// Nothing: a call made it.
    Nobody(&'a NetworkInterface),
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
            holder: Holder::Instance(instance),
        }
    }

    fn of_endpoint(endpoint: &'a Endpoint, spot: &'a Spot) -> Self {
        Self {
            id: &spot.interface,
            base: &endpoint.base,
            vpc: &endpoint.vpc,
            subnet: &spot.subnet,
            address: spot.address,
            groups: endpoint.groups(),
            holder: Holder::Endpoint,
        }
    }

    fn made(interface: &'a NetworkInterface) -> Self {
        Self {
            id: &interface.base.id,
            base: &interface.base,
            vpc: &interface.vpc,
            subnet: &interface.subnet,
            address: interface.address,
            groups: &interface.groups,
            holder: Holder::Nobody(interface),
        }
    }

    fn instance(&self) -> Option<&'a Instance> {
        match self.holder {
            Holder::Instance(instance) => Some(instance),
            _ => None,
        }
    }

    /// Whether the cloud keeps it for something else.
    fn is_managed(&self) -> bool {
        matches!(self.holder, Holder::NatGateway | Holder::Endpoint)
    }

    fn is_attached(&self) -> bool {
        !matches!(self.holder, Holder::Nobody(_))
    }

    fn status(&self) -> &'static str {
        match self.holder {
            Holder::Nobody(_) => "available",
            _ => "in-use",
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
            holder: Holder::NatGateway,
        }
    }

    fn description(&self) -> String {
        match self.holder {
            Holder::Instance(_) => String::new(),
            Holder::NatGateway => format!("Interface for NAT Gateway {}", self.base.id),
            Holder::Endpoint => format!("VPC Endpoint Interface {}", self.base.id),
            Holder::Nobody(interface) => interface.base.description.clone(),
        }
    }

    fn kind(&self) -> &'static str {
        match self.holder {
            Holder::Instance(_) | Holder::Nobody(_) => "interface",
            Holder::NatGateway => "natGateway",
            Holder::Endpoint => "vpc_endpoint",
        }
    }

    fn checks_addresses(&self) -> bool {
        match self.holder {
            Holder::Instance(instance) => instance.attributes.source_dest_check,
            Holder::Nobody(_) => true,
            Holder::NatGateway | Holder::Endpoint => false,
        }
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
    let endpoints = endpoints::living(ec2, ctx.now).filter(|endpoint| ctx.can_see(*endpoint));
    let spots = endpoints.flat_map(|endpoint| {
        let spots = endpoint.spots().iter();
        spots.map(|spot| Interface::of_endpoint(endpoint, spot))
    });
    let others = ec2.network_interfaces.iter();
    let others = others
        .filter(|interface| ctx.can_see(*interface))
        .map(Interface::made);
    instances.chain(translators).chain(spots).chain(others)
}

/// Whether the caller has an interface of this id.
pub(super) fn exists(ctx: &Context<'_>, id: &str) -> bool {
    all(ctx).any(|interface| interface.id == id)
}

/// A made interface as the call that makes it answers.
pub(super) fn of_made(ctx: &Context<'_>, interface: &NetworkInterface) -> Xml {
    view(ctx, &Interface::made(interface))
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
    let instance = interface.instance().map(|instance| &instance.base.id);
    let attached = interface.is_attached().then_some(());
    Fields::new(ctx.tags(interface.id))
        .with("addresses.private-ip-address", interface.address)
        .many(
            "attachment.attachment-id",
            attached.map(|()| interface.attachment_id()),
        )
        .many("attachment.device-index", attached.map(|()| 0))
        .many("attachment.instance-id", instance)
        .many(
            "attachment.instance-owner-id",
            attached.map(|()| &interface.base.owner),
        )
        .many("attachment.status", attached.map(|()| "attached"))
        .many("availability-zone", zone(ctx, interface))
        .with("description", interface.description())
        .many("group-id", interface.groups)
        .many("group-name", names)
        .with("interface-type", interface.kind())
        .with("mac-address", interface.hardware_address())
        .with("network-interface-id", interface.id)
        .with("owner-id", &interface.base.owner)
        .with("private-ip-address", interface.address)
        .with("requester-managed", interface.is_managed())
        .with("source-dest-check", interface.checks_addresses())
        .with("status", interface.status())
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
    let instance = interface.instance().map(|instance| &instance.base.id);
    let holder = Xml::new()
        .maybe("instanceId", instance)
        .leaf("instanceOwnerId", &interface.base.owner);
    core(ctx, interface, holder)
        .maybe("availabilityZone", zone(ctx, interface))
        .leaf("requesterManaged", interface.is_managed())
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
    let v6 = interface.instance().map(|instance| &instance.addresses_v6);
    let v6 = v6.into_iter().flatten();
    let v6 = v6.map(|address| Xml::new().leaf("ipv6Address", address));
    Xml::new()
        .leaf("networkInterfaceId", interface.id)
        .leaf("subnetId", interface.subnet)
        .leaf("vpcId", interface.vpc)
        .leaf("ownerId", &interface.base.owner)
        .leaf("description", interface.description())
        .leaf("interfaceType", interface.kind())
        .leaf("status", interface.status())
        .leaf("macAddress", interface.hardware_address())
        .leaf("privateIpAddress", interface.address)
        .leaf("sourceDestCheck", interface.checks_addresses())
        .items("groupSet", groups)
        .and(match interface.is_attached() {
            true => Xml::new().node("attachment", attachment),
            false => Xml::new(),
        })
        .items("privateIpAddressesSet", [address])
        .items("ipv6AddressesSet", v6)
}

/// Changes the instance that the interface belongs to.
pub(super) fn modify(ctx: &mut Context<'_>) -> Outcome {
    let id = ctx.required("NetworkInterfaceId")?;
    check_form("InvalidNetworkInterfaceID", "eni-", &id)?;
    let found = all(ctx).find(|interface| interface.id == id);
    let instance = found.ok_or_else(|| unknown(&id))?.instance().cloned();
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
