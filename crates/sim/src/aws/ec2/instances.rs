//! Starting and terminating instances.

use std::net::Ipv4Addr;

use super::find::{GROUP, INSTANCE, SUBNET};
use super::instance_attributes::Attributes;
use super::instance_views::{change, reservation};
use super::power::Power;
use super::{Instance, Subnet, addresses, profile_associations, public_addresses, tagging};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, bad_value, missing};
use crate::aws::iam::InstanceProfile;
use crate::aws::ssm::image_of;
use crate::aws::xml::Xml;
use crate::table::Object;

/// What a call asks for, once for all its instances.
struct Wish {
    subnet: Subnet,
    groups: Vec<String>,
    address: Option<Ipv4Addr>,
    /// How many IPv6 addresses each is to have.
    count_v6: u64,
    image: String,
    is_public: bool,
    profile: Option<InstanceProfile>,
    kind: String,
    reservation: String,
}

pub(super) fn run(ctx: &mut Context<'_>) -> Outcome {
    let count = count(ctx)?;
    let subnet = subnet(ctx)?;
    let tags = tagging::specified(ctx, &["instance", "volume", "network-interface"])?;
    let wish = Wish {
        groups: groups(ctx, &subnet)?,
        address: wanted_address(ctx, count)?,
        count_v6: count_v6(ctx, &subnet)?,
        image: image(ctx)?,
        is_public: public_addresses::is_wanted(ctx, &subnet)?,
        profile: profile_associations::wanted(ctx)?,
        kind: ctx
            .parameters
            .get("InstanceType")
            .unwrap_or("m1.small")
            .to_owned(),
        reservation: ctx.new_id("r"),
        subnet,
    };
    if u64::from(addresses::free(&ctx.state.ec2, &wish.subnet, ctx.now)) < count {
        return Err(no_address(&wish.subnet));
    }
    let mut started = Vec::new();
    for _ in 0..count {
        let instance = start(ctx, &wish)?;
        tagging::put(ctx, &instance.base.id, tags.clone());
        ctx.state.ec2.instances.insert(instance.clone());
        started.push(instance);
    }
    Ok(reservation(ctx, &wish.reservation, &started))
}

fn count(ctx: &Context<'_>) -> Outcome<u64> {
    let number = |name| {
        let text = ctx.required(name)?;
        let number: Option<u64> = text
            .parse()
            .ok()
            .filter(|number| (1..=1000).contains(number));
        number.ok_or_else(|| bad_value(&text, name))
    };
    let (least, most) = (number("MinCount")?, number("MaxCount")?);
    if least > most {
        let message = format!("MinCount ({least}) is larger than MaxCount ({most})");
        return Err(Failure::bad("InvalidParameterCombination", message));
    }
    Ok(most)
}

/// A parameter of the instance, or of its only interface.
fn placed<'a>(ctx: &'a Context<'_>, name: &str) -> Option<&'a str> {
    let direct = ctx.parameters.get(name);
    direct.or_else(|| ctx.parameters.nested("NetworkInterface", 1, name))
}

fn subnet(ctx: &Context<'_>) -> Outcome<Subnet> {
    // There are no default networks here.
    let id = placed(ctx, "SubnetId").ok_or_else(|| {
        Failure::bad(
            "MissingInput",
            "No subnets found for the default VPC. Please specify a subnet.",
        )
    })?;
    SUBNET.usable(ctx, id)
}

/// Those asked for, or the default group of the VPC.
fn groups(ctx: &Context<'_>, subnet: &Subnet) -> Outcome<Vec<String>> {
    let mut ids = ctx.parameters.list("SecurityGroupId");
    ids.extend(ctx.parameters.list("NetworkInterface.1.SecurityGroupId"));
    for id in &ids {
        if GROUP.get(ctx, id)?.vpc != subnet.vpc {
            let message = format!(
                "Security group {id} and subnet {} belong to different networks.",
                subnet.base.id
            );
            return Err(Failure::bad("InvalidParameter", message));
        }
    }
    ctx.within(
        "security_groups_per_interface",
        ids.len().saturating_sub(1),
        "SecurityGroupsPerInterfaceLimitExceeded",
    )?;
    if ids.is_empty() {
        let mut all = ctx.state.ec2.groups.iter();
        let default = all.find(|group| group.vpc == subnet.vpc && group.is_default());
        ids.extend(default.map(|group| group.base.id.clone()));
    }
    Ok(ids)
}

fn wanted_address(ctx: &Context<'_>, count: u64) -> Outcome<Option<Ipv4Addr>> {
    let Some(text) = placed(ctx, "PrivateIpAddress") else {
        return Ok(None);
    };
    let address = text
        .parse()
        .map_err(|_| bad_value(text, "privateIpAddress"))?;
    if count > 1 {
        let message = "A private address can be given to one instance only.";
        return Err(Failure::bad("InvalidParameterCombination", message));
    }
    Ok(Some(address))
}

fn count_v6(ctx: &Context<'_>, subnet: &Subnet) -> Outcome<u64> {
    let Some(text) = placed(ctx, "Ipv6AddressCount") else {
        return Ok(0);
    };
    let count: Option<u64> = text.parse().ok().filter(|count| *count <= 15);
    let count = count.ok_or_else(|| bad_value(text, "ipv6AddressCount"))?;
    if count > 0 && subnet.range_v6.is_none() {
        let message = format!(
            "The subnet '{}' does not have an IPv6 CIDR block.",
            subnet.base.id
        );
        return Err(Failure::bad("InvalidParameterValue", message));
    }
    Ok(count)
}

/// An image, or the parameter that names one.
fn image(ctx: &Context<'_>) -> Outcome<String> {
    let wanted = ctx.required("ImageId")?;
    image_of(&ctx.region, &wanted).ok_or_else(|| {
        let message = format!("Invalid value '{wanted}' for imageId: there is no such parameter.");
        Failure::bad("InvalidParameterValue", message)
    })
}

fn no_address(subnet: &Subnet) -> Failure {
    let message = format!(
        "There are not enough free addresses in subnet '{}' to satisfy the requested number of instances.",
        subnet.base.id
    );
    Failure::bad("InsufficientFreeAddressesInSubnet", message)
}

fn start(ctx: &mut Context<'_>, wish: &Wish) -> Outcome<Instance> {
    let subnet = &wish.subnet;
    let address = addresses::take(&ctx.state.ec2, subnet, wish.address, ctx.now);
    let address = address.ok_or_else(|| match wish.address {
        Some(wanted) if subnet.range.contains(&wanted) => Failure::bad(
            "InvalidIPAddress.InUse",
            format!("Address {wanted} is in use."),
        ),
        Some(wanted) => Failure::bad(
            "InvalidParameterValue",
            format!("Address {wanted} does not fall within the subnet's address range"),
        ),
        None => no_address(subnet),
    })?;
    let addresses_v6 = addresses::take_v6(&ctx.state.ec2, subnet, wish.count_v6, ctx.now);
    let base = ctx.base("i", ctx.setup.timings.instance);
    ctx.born("instance", &base.id);
    let interface = ctx.new_id("eni");
    let public_address = wish.is_public.then(|| public_addresses::next(ctx));
    Ok(Instance {
        base,
        vpc: subnet.vpc.clone(),
        subnet: subnet.base.id.clone(),
        groups: wish.groups.clone(),
        address,
        addresses_v6,
        zone: subnet.zone.clone(),
        image: wish.image.clone(),
        public_address,
        profile: profile_associations::launched(ctx, wish.profile.as_ref()),
        kind: wish.kind.clone(),
        reservation: wish.reservation.clone(),
        interface,
        terminated: None,
        shutting_down: None,
        power: Power::default(),
        attributes: Attributes::launched(ctx)?,
    })
}

pub(super) fn terminate(ctx: &mut Context<'_>) -> Outcome {
    let ids = ctx.parameters.list("InstanceId");
    if ids.is_empty() {
        return Err(missing("InstanceId"));
    }
    let mut before = Vec::new();
    for id in &ids {
        let instance = INSTANCE.get(ctx, id)?;
        instance.attributes.check_may_end(id)?;
        before.push(instance);
    }
    let (now, timings) = (ctx.now, &ctx.setup.timings);
    let mut rows = Vec::new();
    for old in &before {
        let Some(instance) = ctx.state.ec2.instances.get_mut(old.id()) else {
            continue;
        };
        if instance.shutting_down.is_none() {
            let end = now + timings.instance_terminate;
            instance.shutting_down = Some(now);
            instance.terminated = Some(end);
            instance.base.life.leave(end + timings.instance_tombstone);
        }
        rows.push(change(old, instance, now));
    }
    Ok(Xml::new().items("instancesSet", rows))
}
