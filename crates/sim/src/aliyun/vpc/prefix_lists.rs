//! Prefix lists of the VPC product, which routes and entries of network ACLs refer to. They are not those of ECS.

use std::time::Duration;

use ipnet::IpNet;
use serde_json::{Value, json};

use super::{State, refuse_if};
use crate::aliyun::choices::{LIST_FULL, VPC_LIST_IN_USE};
use crate::aliyun::context::{Context, tags, uid};
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::{TokenStyle, tokened};
use crate::aliyun::parameters::invalid;
use crate::table::{Base, Object, Phase};

#[derive(Debug, Clone)]
pub(crate) struct PrefixList {
    pub(crate) base: Base,
    is_v6: bool,
    room: usize,
    entries: Vec<Entry>,
    /// What counts while the list is being modified.
    before: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    range: IpNet,
    description: String,
}

impl PrefixList {
    fn in_use(&self, now: Duration) -> &[Entry] {
        match self.life().phase(now) {
            Phase::Modifying => &self.before,
            Phase::Creating | Phase::Gone => &[],
            Phase::Ready | Phase::Leaving => &self.entries,
        }
    }

    /// What it counts as in a quota: its size.
    pub(super) fn weight(&self) -> usize {
        self.room
    }
}

/// The ranges that a list stands for now.
pub(crate) fn ranges_of_list(state: &State, id: &str, now: Duration) -> Vec<IpNet> {
    let list = state.prefix_lists.get(id);
    let entries = list.map_or(&[][..], |list| list.in_use(now));
    entries.iter().map(|entry| entry.range).collect()
}

/// The caller's list.
pub(crate) fn own(ctx: &Context<'_>, id: &str) -> Outcome<PrefixList> {
    let known = ctx.state.vpc.prefix_lists.get(id);
    let seen = known.filter(|list| ctx.can_see(*list) && list.life().phase(ctx.now) != Phase::Gone);
    let missing = || {
        Failure::missing(
            "ResourceNotFound.PrefixList",
            format!("The prefix list {id} does not exist."),
        )
    };
    seen.cloned().ok_or_else(missing)
}

fn own_idle(ctx: &Context<'_>) -> Outcome<PrefixList> {
    let list = own(ctx, &ctx.required("PrefixListId")?)?;
    let is_busy = !list.life().is_ready(ctx.now);
    refuse_if(is_busy, "IncorrectStatus.PrefixList", "The prefix list")?;
    Ok(list)
}

fn store(ctx: &mut Context<'_>, list: PrefixList) {
    if let Some(stored) = ctx.state.vpc.prefix_lists.get_mut(&list.base.id) {
        *stored = list;
    }
}

fn sent(ctx: &Context<'_>, prefix: &str, is_v6: bool) -> Outcome<Vec<Entry>> {
    let one = |number| {
        let text = ctx.parameters.nested(prefix, number, "Cidr");
        let parsed = text.and_then(|text| text.parse::<IpNet>().ok());
        let range = parsed.filter(|net| net.addr().is_ipv6() == is_v6);
        let description = ctx.parameters.nested(prefix, number, "Description");
        Ok(Entry {
            range: range
                .ok_or_else(|| invalid(&format!("{prefix}.Cidr")))?
                .trunc(),
            description: description.unwrap_or_default().to_owned(),
        })
    };
    let numbers = ctx.parameters.numbers(prefix);
    numbers.into_iter().map(one).collect()
}

fn room(ctx: &Context<'_>, otherwise: usize) -> Outcome<usize> {
    let sent = ctx.parameters.integer("MaxEntries")?;
    let room = sent.map_or(Some(otherwise), |sent| usize::try_from(sent).ok());
    let largest = ctx.quota("entries_per_vpc_prefix_list");
    room.filter(|room| (1..=largest).contains(room))
        .ok_or_else(|| invalid("MaxEntries"))
}

fn check_room(room: usize, entries: &[Entry]) -> Outcome<()> {
    if entries.len() <= room {
        return Ok(());
    }
    Err(Failure::bad(
        LIST_FULL,
        "The list has more entries than MaxEntries.",
    ))
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let region = ctx.required_region()?;
    let is_v6 = match ctx.parameters.get("IpVersion") {
        None | Some("IPv4" | "IPV4") => false,
        Some("IPv6" | "IPV6") => true,
        Some(_) => return Err(invalid("IpVersion")),
    };
    let room = room(ctx, 50)?;
    let entries = sent(ctx, "PrefixListEntries", is_v6)?;
    check_room(room, &entries)?;
    let lists = ctx.state.vpc.prefix_lists.iter();
    if lists.filter(|list| ctx.can_see(*list)).count() >= ctx.quota("vpc_prefix_lists") {
        return Err(Failure::bad(
            "QuotaExceeded.PrefixList",
            "Prefix list quota exceeded.",
        ));
    }
    let takes = ctx.setup.timings.prefix_list;
    let base = ctx.base("pl", &region, "PrefixListName", takes)?;
    ctx.born("prefix-list", &base);
    let answer = json!({"PrefixListId": base.id, "ResourceGroupId": ""});
    ctx.state.vpc.prefix_lists.insert(PrefixList {
        base,
        is_v6,
        room,
        before: Vec::new(),
        entries,
    });
    Ok(answer)
}

pub(super) fn modify(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let mut list = own_idle(ctx)?;
    let added = sent(ctx, "AddPrefixListEntry", list.is_v6)?;
    let removed = sent(ctx, "RemovePrefixListEntry", list.is_v6)?;
    let mut entries = list.entries.clone();
    for gone in &removed {
        let position = entries.iter().position(|entry| entry.range == gone.range);
        entries.remove(position.ok_or_else(|| invalid("RemovePrefixListEntry.Cidr"))?);
    }
    for entry in added {
        entries.retain(|other| other.range != entry.range);
        entries.push(entry);
    }
    list.room = room(ctx, list.room)?;
    check_room(list.room, &entries)?;
    list.before = std::mem::replace(&mut list.entries, entries);
    for (name, field) in [
        ("PrefixListName", &mut list.base.name),
        ("PrefixListDescription", &mut list.base.description),
    ] {
        if let Some(text) = ctx.parameters.get(name) {
            text.clone_into(field);
        }
    }
    let until = ctx.now + ctx.setup.timings.prefix_list;
    list.base.life.modify(until);
    store(ctx, list);
    Ok(json!({}))
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let mut list = own_idle(ctx)?;
    let id = &list.base.id;
    let state = &ctx.state.vpc;
    let by_acl = state.acls.iter().any(|acl| acl.names_list(id));
    let by_route = state
        .routes
        .iter()
        .any(|route| route.destination.is_list(id));
    let by_router = ctx.state.cbn.uses_list(id);
    if by_acl || by_route || by_router {
        return Err(Failure::bad(
            VPC_LIST_IN_USE,
            "The prefix list is still used.",
        ));
    }
    list.base
        .life
        .leave(ctx.now + ctx.setup.timings.prefix_list);
    store(ctx, list);
    Ok(json!({}))
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let parameters = &ctx.parameters;
    let ids = parameters.list("PrefixListIds");
    let shown = |list: &&PrefixList| {
        ctx.lists(*list)
            && parameters.tags_match_under("Tags", &list.base.tags)
            && (ids.is_empty() || ids.contains(&list.base.id))
            && parameters.matches("PrefixListName", &list.base.name)
    };
    let lists = ctx.state.vpc.prefix_lists.iter().filter(shown);
    let rows = lists.map(|list| view(ctx, list)).collect();
    Ok(tokened(parameters, rows, TokenStyle::new(20, 100))?.bare("PrefixLists"))
}

fn view(ctx: &Context<'_>, list: &PrefixList) -> Value {
    let status = if list.life().is_ready(ctx.now) {
        "Created"
    } else {
        "Modifying"
    };
    let ranges = list.entries.iter().map(|entry| entry.range.to_string());
    json!({
        "PrefixListId": list.base.id, "PrefixListName": list.base.name, "PrefixListDescription": list.base.description,
        "PrefixListType": "Custom", "PrefixListStatus": status, "Status": status, "ShareType": "",
        "IpVersion": if list.is_v6 { "IPV6" } else { "IPV4" }, "MaxEntries": list.room,
        "CidrBlocks": ranges.collect::<Vec<String>>(), "RegionId": list.base.region, "OwnerId": uid(&list.base.owner).to_string(),
        "CreationTime": ctx.date(list.base.life.created), "ResourceGroupId": "", "Tags": tags(&list.base.tags),
    })
}

pub(super) fn entries(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let list = own(ctx, &ctx.required("PrefixListId")?)?;
    let row = |entry: &Entry| {
        json!({
            "Cidr": entry.range.to_string(), "Description": entry.description, "PrefixListId": list.base.id,
            "RegionId": list.base.region,
        })
    };
    let rows = list.entries.iter().map(row).collect();
    let page = tokened(&ctx.parameters, rows, TokenStyle::new(20, 100))?;
    Ok(json!({
        "Count": page.items.len(), "TotalCount": page.total, "PrefixListEntry": page.items,
        "NextToken": page.next.unwrap_or_default(),
    }))
}
