//! DHCP option sets: what the instances of a VPC are told about names and time. Nothing here reads them.

use std::time::Duration;

use super::find::{DHCP_OPTIONS, VPC};
use super::{Vpc, tagging};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, bad_value, depends, missing};
use crate::aws::filters::Fields;
use crate::aws::paging::paged;
use crate::aws::xml::Xml;
use crate::table::Base;

/// What a VPC without a set of its own shows.
pub(super) const DEFAULT: &str = "default";

/// The options that a set may hold.
const KEYS: [&str; 6] = [
    "domain-name",
    "domain-name-servers",
    "ipv6-address-preferred-lease-time",
    "netbios-name-servers",
    "netbios-node-type",
    "ntp-servers",
];

#[derive(Debug, Clone)]
pub(crate) struct DhcpOptions {
    pub(crate) base: Base,
    options: Vec<(String, Vec<String>)>,
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let options = sent(ctx)?;
    let tags = tagging::specified(ctx, &["dhcp-options"])?;
    let set = DhcpOptions {
        base: ctx.base("dopt", Duration::ZERO),
        options,
    };
    ctx.born("dhcp-options", &set.base.id);
    tagging::put(ctx, &set.base.id, tags);
    let answer = Xml::new().node("dhcpOptions", view(ctx, &set));
    ctx.state.ec2.dhcp_options.insert(set);
    Ok(answer)
}

fn sent(ctx: &Context<'_>) -> Outcome<Vec<(String, Vec<String>)>> {
    const NAME: &str = "DhcpConfiguration";
    let option = |number| {
        let key = ctx
            .parameters
            .nested(NAME, number, "Key")
            .unwrap_or_default();
        let values = ctx.parameters.list(&format!("{NAME}.{number}.Value"));
        match KEYS.contains(&key) && !values.is_empty() {
            true => Ok((key.to_owned(), values)),
            false => Err(bad_value(key, "dhcpConfiguration")),
        }
    };
    let numbers = ctx.parameters.numbers(NAME);
    let options: Vec<_> = numbers.into_iter().map(option).collect::<Outcome<_>>()?;
    match options.is_empty() {
        true => Err(missing("dhcpConfiguration")),
        false => Ok(options),
    }
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    const FILTERS: [&str; 4] = ["dhcp-options-id", "key", "owner-id", "value"];
    let fields = |set: &DhcpOptions| {
        Fields::new(ctx.tags(&set.base.id))
            .with("dhcp-options-id", &set.base.id)
            .many("key", set.options.iter().map(|(key, _)| key))
            .with("owner-id", &set.base.owner)
            .many("value", set.options.iter().flat_map(|(_, values)| values))
    };
    let sets = DHCP_OPTIONS.select(ctx, "DhcpOptionsId", &FILTERS, fields)?;
    let rows = sets.iter().map(|set| view(ctx, set)).collect();
    paged(ctx, "dhcpOptionsSet", rows, 1000)
}

fn view(ctx: &Context<'_>, set: &DhcpOptions) -> Xml {
    let value = |value: &String| Xml::new().leaf("value", value);
    let option = |(key, values): &(String, Vec<String>)| {
        Xml::new()
            .leaf("key", key)
            .items("valueSet", values.iter().map(value))
    };
    Xml::new()
        .leaf("dhcpOptionsId", &set.base.id)
        .leaf("ownerId", &set.base.owner)
        .items("dhcpConfigurationSet", set.options.iter().map(option))
        .and(ctx.tag_set(&set.base.id))
}

/// A set, or `default` for none.
pub(super) fn associate(ctx: &mut Context<'_>) -> Outcome {
    let vpc = VPC.named(ctx, "VpcId")?.base.id;
    let set = match ctx.required("DhcpOptionsId")?.as_str() {
        DEFAULT => None,
        id => Some(DHCP_OPTIONS.get(ctx, id)?.base.id),
    };
    if let Some(vpc) = ctx.state.ec2.vpcs.get_mut(&vpc) {
        vpc.dhcp_options = set;
    }
    Ok(Xml::done())
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let id = ctx.required("DhcpOptionsId")?;
    if id == DEFAULT {
        let message = "The default DHCP options set cannot be deleted.";
        return Err(Failure::bad("OperationNotPermitted", message));
    }
    let id = DHCP_OPTIONS.get(ctx, &id)?.base.id;
    let is_user = |vpc: &Vpc| vpc.dhcp_options.as_deref() == Some(id.as_str());
    if ctx.state.ec2.vpcs.iter().any(is_user) {
        return Err(depends("dhcpOptions", &id));
    }
    let now = ctx.now;
    if let Some(set) = ctx.state.ec2.dhcp_options.get_mut(&id) {
        set.base.life.leave(now);
    }
    tagging::forget(ctx, &id);
    Ok(Xml::done())
}
