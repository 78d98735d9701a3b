//! Instances.

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use super::power::Power;
use super::{Instance, classic, images, paged, tags};
use crate::aliyun::choices::VSWITCH_WITHOUT_IPV6;
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::parameters::invalid;
use crate::aliyun::vpc::{
    VSwitch, elastic_address_of, free_addresses, interface, is_shared_with_caller, take_address,
    take_ipv6, unbind_addresses,
};
use crate::table::{Object, Phase};

pub(super) fn run(ctx: &mut Context<'_>) -> Outcome {
    let region = ctx.required_region()?;
    let kind = ctx.required("InstanceType")?;
    let price = super::catalogue::hourly_price(&kind).ok_or_else(|| {
        Failure::bad(
            "InvalidInstanceType.ValueNotSupported",
            format!("The instance type {kind} is not supported."),
        )
    })?;
    let image = images::check(ctx)?;
    images::check_system_disk(ctx)?;
    check_password(ctx)?;
    let vswitch = vswitch(ctx, &region)?;
    let groups = groups(ctx, &vswitch)?;
    let amount = ctx.parameters.integer("Amount")?.unwrap_or(1);
    let wanted = wanted_address(ctx)?;
    if !(1..=100).contains(&amount) || (wanted.is_some() && amount > 1) {
        return Err(invalid("Amount"));
    }
    if u64::from(free_addresses(&ctx.state.vpc, &vswitch)) < amount {
        return Err(Failure::bad(
            "InvalidVSwitchId.IpNotEnough",
            "The vSwitch has too few addresses.",
        ));
    }
    let ipv6 = ipv6_count(ctx, &vswitch)?;
    let mut ids = Vec::new();
    for _ in 0..amount {
        let id = start(ctx, &vswitch, (&kind, &image), &groups, wanted)?;
        give_ipv6(ctx, &vswitch, &id, ipv6);
        ids.push(id);
    }
    Ok(json!({"InstanceIdSets": {"InstanceIdSet": ids}, "OrderId": "", "TradePrice": price}))
}

/// Looked at once and forgotten.
fn check_password(ctx: &Context<'_>) -> Outcome<()> {
    let Some(password) = ctx.parameters.get("Password") else {
        return Ok(());
    };
    let has = |class: fn(char) -> bool| usize::from(password.chars().any(class));
    let classes = has(|c| c.is_ascii_lowercase())
        + has(|c| c.is_ascii_uppercase())
        + has(|c| c.is_ascii_digit())
        + has(|c| c.is_ascii_punctuation());
    if (8..=30).contains(&password.len()) && classes >= 3 {
        return Ok(());
    }
    Err(Failure::bad(
        "InvalidPassword.Malformed",
        "The password has 8 to 30 characters of three kinds.",
    ))
}

fn vswitch(ctx: &Context<'_>, region: &str) -> Outcome<VSwitch> {
    let id = ctx.required("VSwitchId")?;
    let missing = || {
        Failure::missing(
            "InvalidVSwitchId.NotFound",
            format!("The vSwitch {id} does not exist."),
        )
    };
    let found = ctx
        .state
        .vpc
        .vswitches
        .get(&id)
        .filter(|vswitch| ctx.is_own(*vswitch) || is_shared_with_caller(ctx, vswitch))
        .filter(|vswitch| vswitch.base.region == region);
    let vswitch = found.ok_or_else(missing)?;
    if ctx
        .parameters
        .get("ZoneId")
        .is_some_and(|zone| zone != vswitch.zone)
    {
        return Err(Failure::bad(
            "InvalidParameter.Mismatch",
            "The vSwitch is in another zone.",
        ));
    }
    if !vswitch.life().is_ready(ctx.now) {
        return Err(Failure::bad(
            "IncorrectVSwitchStatus",
            "The status of the vSwitch does not allow this.",
        ));
    }
    Ok(vswitch.clone())
}

fn groups(ctx: &Context<'_>, vswitch: &VSwitch) -> Outcome<Vec<String>> {
    let mut ids = ctx.parameters.list("SecurityGroupIds");
    ids.extend(ctx.parameters.get("SecurityGroupId").map(str::to_owned));
    if ids.is_empty() {
        ctx.required("SecurityGroupId")?;
    }
    for id in &ids {
        let missing = || {
            Failure::missing(
                "InvalidSecurityGroupId.NotFound",
                format!("The security group {id} does not exist."),
            )
        };
        let group = ctx
            .state
            .ecs
            .groups
            .get(id)
            .filter(|group| ctx.can_see(*group))
            .ok_or_else(missing)?;
        if group.vpc != vswitch.vpc {
            return Err(Failure::bad(
                "InvalidSecurityGroup.VpcMismatch",
                "Security group and vSwitch are in different VPCs.",
            ));
        }
    }
    Ok(ids)
}

fn wanted_address(ctx: &Context<'_>) -> Outcome<Option<Ipv4Addr>> {
    let wanted = ctx
        .parameters
        .get("PrivateIpAddress")
        .map(str::parse)
        .transpose();
    wanted.map_err(|_| {
        Failure::bad(
            "InvalidPrivateIpAddress.Malformed",
            "The private address is not valid.",
        )
    })
}

fn start(
    ctx: &mut Context<'_>,
    vswitch: &VSwitch,
    (kind, image): (&str, &str),
    groups: &[String],
    wanted: Option<Ipv4Addr>,
) -> Outcome<String> {
    let address = take_address(&ctx.state.vpc, vswitch, wanted).ok_or_else(|| match wanted {
        Some(wanted) if vswitch.cidr.contains(&wanted) => Failure::bad(
            "InvalidPrivateIpAddress.Duplicated",
            format!("The address {wanted} is in use."),
        ),
        Some(_) => Failure::bad(
            "InvalidPrivateIpAddress",
            "The address is not in the vSwitch.",
        ),
        None => Failure::bad(
            "InvalidVSwitchId.IpNotEnough",
            "The vSwitch has no free address.",
        ),
    })?;
    let base = ctx.base(
        "i",
        &vswitch.base.region,
        "InstanceName",
        ctx.setup.timings.instance,
    )?;
    ctx.born("instance", &base);
    let interface = interface(ctx, vswitch, address, "ecs");
    let id = base.id.clone();
    ctx.state.ecs.instances.insert(Instance {
        base,
        vpc: vswitch.vpc.clone(),
        vswitch: vswitch.base.id.clone(),
        zone: vswitch.zone.clone(),
        kind: kind.to_owned(),
        image: image.to_owned(),
        groups: groups.to_vec(),
        address,
        ipv6: Vec::new(),
        interface,
        power: Power::default(),
    });
    Ok(id)
}

/// How many IPv6 addresses each instance is to have.
fn ipv6_count(ctx: &Context<'_>, vswitch: &VSwitch) -> Outcome<u64> {
    let count = ctx.parameters.integer("Ipv6AddressCount")?.unwrap_or(0);
    if count > 10 {
        return Err(invalid("Ipv6AddressCount"));
    }
    if count > 0 && vswitch.ipv6.is_none() {
        return Err(Failure::bad(
            VSWITCH_WITHOUT_IPV6,
            "The vSwitch has no IPv6 CIDR block.",
        ));
    }
    Ok(count)
}

fn give_ipv6(ctx: &mut Context<'_>, vswitch: &VSwitch, id: &str, count: u64) {
    let instances = ctx.state.ecs.instances.iter();
    let taken: Vec<_> = instances
        .flat_map(|instance| instance.ipv6.iter().copied())
        .collect();
    let addresses = take_ipv6(vswitch, count, &taken);
    if let Some(instance) = ctx.state.ecs.instances.get_mut(id) {
        instance.ipv6 = addresses.unwrap_or_default();
    }
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let parameters = &ctx.parameters;
    let ids = parameters.json_list("InstanceIds")?;
    if ids.as_ref().is_some_and(|ids| ids.len() > 100) {
        return Err(invalid("InstanceIds"));
    }
    let shown = |instance: &&Instance| {
        ctx.lists(*instance)
            && ids
                .as_ref()
                .is_none_or(|ids| ids.contains(&instance.base.id))
            && parameters.matches("VpcId", &instance.vpc)
            && parameters.matches("VSwitchId", &instance.vswitch)
            && parameters.matches("ZoneId", &instance.zone)
            && parameters.matches("InstanceName", &instance.base.name)
            && parameters.matches("Status", status(instance, ctx))
            && parameters
                .get("SecurityGroupId")
                .is_none_or(|id| instance.groups.iter().any(|group| group == id))
    };
    let rows = ctx
        .state
        .ecs
        .instances
        .iter()
        .filter(shown)
        .map(|instance| view(ctx, instance))
        .collect();
    paged(ctx, rows, "Instances", "Instance")
}

fn status(instance: &Instance, ctx: &Context<'_>) -> &'static str {
    instance.status(ctx.now)
}

fn view(ctx: &Context<'_>, instance: &Instance) -> Value {
    let base = &instance.base;
    let address = instance.address.to_string();
    let octets = instance.address.octets();
    let mac = format!(
        "00:16:3e:{:02x}:{:02x}:{:02x}",
        octets[1], octets[2], octets[3]
    );
    let ipv6: Vec<Value> = instance
        .ipv6
        .iter()
        .map(|address| json!({"Ipv6Address": address.to_string()}))
        .collect();
    let mut view = json!({
        "InstanceId": base.id, "InstanceName": base.name, "HostName": base.name, "Description": base.description,
        "Status": status(instance, ctx), "ZoneId": instance.zone, "RegionId": base.region, "InstanceType": instance.kind,
        "ImageId": instance.image, "InstanceChargeType": "PostPaid", "InstanceNetworkType": "vpc",
        "VpcAttributes": {
            "VpcId": instance.vpc, "VSwitchId": instance.vswitch, "NatIpAddress": "",
            "PrivateIpAddress": {"IpAddress": [address]},
        },
        "SecurityGroupIds": {"SecurityGroupId": instance.groups},
        "PublicIpAddress": {"IpAddress": []}, "EipAddress": elastic_address_of(ctx, &base.id), "InnerIpAddress": {"IpAddress": []},
        "NetworkInterfaces": {"NetworkInterface": [{
            "NetworkInterfaceId": instance.interface, "PrimaryIpAddress": address, "MacAddress": mac, "Type": "Primary",
            "PrivateIpSets": {"PrivateIpSet": [{"PrivateIpAddress": address, "Primary": true}]},
            "Ipv6Sets": {"Ipv6Set": ipv6},
        }]},
        "Tags": {"Tag": tags(&base.tags)}, "DeletionProtection": false,
        "CreationTime": ctx.minute(base.life.created),
    });
    if instance.is_classic() {
        classic::correct(&mut view, &address);
    }
    view
}

pub(super) fn delete_many(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let ids = ctx.parameters.list("InstanceId");
    if ids.is_empty() || ids.len() > 100 {
        return Err(invalid("InstanceId"));
    }
    for id in &ids {
        check_deletable(ctx, id)?;
    }
    for id in &ids {
        release(ctx, id);
    }
    Ok(json!({}))
}

pub(super) fn delete_one(ctx: &mut Context<'_>) -> Outcome {
    let id = ctx.required("InstanceId")?;
    check_deletable(ctx, &id)?;
    release(ctx, &id);
    Ok(json!({}))
}

fn check_deletable(ctx: &Context<'_>, id: &str) -> Outcome<()> {
    let missing = || {
        Failure::missing(
            "InvalidInstanceId.NotFound",
            format!("The instance {id} does not exist."),
        )
    };
    let instance = ctx
        .state
        .ecs
        .instances
        .get(id)
        .filter(|instance| ctx.can_see(*instance))
        .ok_or_else(missing)?;
    let refused = |code: &str| {
        Err(Failure::forbidden(
            code,
            "The status of the instance does not allow this.",
        ))
    };
    match instance.life().phase(ctx.now) {
        Phase::Creating => return refused("IncorrectInstanceStatus.Initializing"),
        Phase::Leaving | Phase::Gone => return refused("IncorrectInstanceStatus"),
        Phase::Ready | Phase::Modifying
            if !ctx.parameters.flag("Force")? && instance.status(ctx.now) != "Stopped" =>
        {
            return refused("IncorrectInstanceStatus");
        }
        Phase::Ready | Phase::Modifying => {}
    }
    let is_hop = ctx
        .state
        .vpc
        .routes
        .iter()
        .any(|route| route.hops.iter().any(|hop| hop.id == id));
    if is_hop {
        refused("DependencyViolation.RouteEntry")
    } else {
        Ok(())
    }
}

fn release(ctx: &mut Context<'_>, id: &str) {
    let gone = ctx.now + ctx.setup.timings.instance_delete;
    unbind_addresses(ctx, id);
    let Some(instance) = ctx.state.ecs.instances.get_mut(id) else {
        return;
    };
    instance.base.life.leave(gone);
    let interface = instance.interface.clone();
    if let Some(interface) = ctx.state.vpc.interfaces.get_mut(&interface) {
        interface.base_mut().life.leave(gone);
    }
}
