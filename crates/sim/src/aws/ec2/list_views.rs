//! Prefix lists on the wire.

use super::prefix_lists::{ListEntry, PrefixList, usable};
use super::service_lists;
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome};
use crate::aws::filters::{self, Fields};
use crate::aws::paging::{paged, paged_from};
use crate::aws::xml::Xml;

/// The form of `DescribeManagedPrefixLists` and of the answers to changes.
pub(super) fn view(ctx: &Context<'_>, list: &PrefixList) -> Xml {
    let owner = &list.base.owner;
    let account = owner.to_lowercase();
    let arn = format!(
        "arn:aws:ec2:{}:{account}:prefix-list/{}",
        list.base.region, list.base.id
    );
    let own_version = list.room.map(|_| list.version());
    Xml::new()
        .leaf("prefixListId", &list.base.id)
        .leaf("addressFamily", family(list))
        .leaf("state", list.state(ctx.now))
        .leaf("prefixListArn", arn)
        .leaf("prefixListName", &list.base.name)
        .maybe("maxEntries", list.room)
        .maybe("version", own_version)
        .and(ctx.tag_set(&list.base.id))
        .leaf("ownerId", owner)
}

fn family(list: &PrefixList) -> &'static str {
    if list.is_v6 { "IPv6" } else { "IPv4" }
}

pub(super) fn describe_managed(ctx: &mut Context<'_>) -> Outcome {
    const FILTERS: [&str; 3] = ["owner-id", "prefix-list-id", "prefix-list-name"];
    let own = ctx.state.ec2.lists.iter().filter(|list| ctx.can_see(*list));
    let all = own
        .cloned()
        .chain(service_lists::all(&ctx.region))
        .collect();
    let rows = select(ctx, all, &FILTERS)?;
    let rows = rows.iter().map(|list| view(ctx, list)).collect();
    paged_from(ctx, "prefixListSet", rows, 1..=100)
}

/// The older call tells of the lists of services that gateway endpoints lead to.
pub(super) fn describe_services(ctx: &mut Context<'_>) -> Outcome {
    const FILTERS: [&str; 2] = ["prefix-list-id", "prefix-list-name"];
    let services = service_lists::all(&ctx.region);
    let of_endpoints = services.filter(|list| !list.base.name.contains(".global."));
    let rows = select(ctx, of_endpoints.collect(), &FILTERS)?;
    let row = |list: &PrefixList| {
        let ranges = list.versions.iter().flatten();
        Xml::new()
            .leaf("prefixListId", &list.base.id)
            .leaf("prefixListName", &list.base.name)
            .items(
                "cidrSet",
                ranges.map(|entry| Xml::text(&entry.range.to_string())),
            )
    };
    paged(ctx, "prefixListSet", rows.iter().map(row).collect(), 1000)
}

fn select(
    ctx: &Context<'_>,
    mut lists: Vec<PrefixList>,
    known_filters: &[&str],
) -> Outcome<Vec<PrefixList>> {
    let ids = ctx.parameters.list("PrefixListId");
    for id in &ids {
        usable(ctx, id)?;
    }
    let filters = filters::read(ctx, known_filters)?;
    lists.retain(|list| {
        let fields = Fields::new(ctx.tags(&list.base.id))
            .with("owner-id", &list.base.owner)
            .with("prefix-list-id", &list.base.id)
            .with("prefix-list-name", &list.base.name);
        (ids.is_empty() || ids.contains(&list.base.id)) && filters::pass(&filters, &fields)
    });
    Ok(lists)
}

/// The entries of the current version, or of an earlier one.
pub(super) fn entries(ctx: &mut Context<'_>) -> Outcome {
    let list = usable(ctx, &ctx.required("PrefixListId")?)?;
    let target = ctx.integer("TargetVersion")?;
    let version = match target {
        None => list.version(),
        Some(target) => usize::try_from(target).unwrap_or_default(),
    };
    let entries = version.checked_sub(1).and_then(|at| list.versions.get(at));
    let unknown = || {
        let message = format!("The prefix list {} has no version {version}", list.base.id);
        Failure::bad("InvalidParameterValue", message)
    };
    let row = |entry: &ListEntry| {
        Xml::new()
            .leaf("cidr", entry.range)
            .maybe("description", entry.description.as_ref())
    };
    let rows = entries.ok_or_else(unknown)?.iter().map(row).collect();
    paged_from(ctx, "entrySet", rows, 1..=100)
}
