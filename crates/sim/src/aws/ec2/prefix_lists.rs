//! Managed prefix lists: named sets of ranges that rules and routes refer to, with versions.

use std::time::Duration;

use ipnet::IpNet;

use super::service_lists;
use super::tagging;
use super::{Destination, Other, State};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, absent, bad_value, missing};
use crate::aws::xml::Xml;
use crate::table::{Base, Object, Phase};

/// A list of an account, or one of the cloud itself.
#[derive(Debug, Clone)]
pub(crate) struct PrefixList {
    /// With the name.
    pub(crate) base: Base,
    pub(super) is_v6: bool,
    /// How many entries it may have; the cloud's own do not tell.
    pub(super) room: Option<usize>,
    /// The entries of version 1, 2, ….
    pub(super) versions: Vec<Vec<ListEntry>>,
    pub(super) last_change: Change,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ListEntry {
    pub(super) range: IpNet,
    pub(super) description: Option<String>,
}

/// What was last done to a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Created,
    Modified,
    Resized,
    /// Deletion was asked for while rules or routes still refer to it.
    DeletionRefused,
}

impl PrefixList {
    pub(super) fn state(&self, now: Duration) -> &'static str {
        match (self.base.life.phase(now), self.last_change) {
            (Phase::Creating, _) => "create-in-progress",
            (Phase::Modifying, Change::DeletionRefused) | (Phase::Leaving, _) => {
                "delete-in-progress"
            }
            (Phase::Modifying, _) => "modify-in-progress",
            (Phase::Ready, Change::Created) => "create-complete",
            (Phase::Ready, Change::Modified | Change::Resized) => "modify-complete",
            (Phase::Ready, Change::DeletionRefused) => "delete-failed",
            (Phase::Gone, _) => "delete-complete",
        }
    }

    pub(super) fn version(&self) -> usize {
        self.versions.len()
    }

    /// The entries that count now: a new version does so once the change is complete.
    fn entries_in_use(&self, now: Duration) -> &[ListEntry] {
        let is_changing =
            self.last_change == Change::Modified && self.base.life.phase(now) == Phase::Modifying;
        let position = match self.base.life.phase(now) {
            Phase::Creating | Phase::Gone => return &[],
            _ if is_changing => self.versions.len().checked_sub(2),
            _ => self.versions.len().checked_sub(1),
        };
        let version = position.and_then(|position| self.versions.get(position));
        version.map_or(&[], Vec::as_slice)
    }

    /// What it counts as in a quota: its size.
    pub(super) fn weight(&self) -> usize {
        let last = self.versions.last();
        self.room.unwrap_or(last.map_or(0, Vec::len))
    }
}

/// The list of this id in a region: an account's, or the cloud's own.
fn find(state: &State, region: &str, id: &str) -> Option<PrefixList> {
    let own = state
        .lists
        .get(id)
        .filter(|list| list.base.region == region);
    own.cloned().or_else(|| service_lists::find(region, id))
}

/// The ranges that a list stands for now.
pub(crate) fn ranges_of_list(state: &State, region: &str, id: &str, now: Duration) -> Vec<IpNet> {
    let list = find(state, region, id);
    let ranges = |list: PrefixList| -> Vec<IpNet> {
        let entries = list.entries_in_use(now).iter();
        entries.map(|entry| entry.range).collect()
    };
    list.map_or_else(Vec::new, ranges)
}

/// The list that the caller may refer to.
pub(super) fn usable(ctx: &Context<'_>, id: &str) -> Outcome<PrefixList> {
    super::find::check_form("InvalidPrefixListID", "pl-", id)?;
    let found = find(&ctx.state.ec2, &ctx.region, id);
    let seen = found.filter(|list| list.room.is_none() || ctx.can_see(list));
    seen.ok_or_else(|| absent("InvalidPrefixListID", "prefix list", id))
}

/// A list of the caller; those of the cloud cannot be changed.
fn own(ctx: &Context<'_>) -> Outcome<PrefixList> {
    let list = usable(ctx, &ctx.required("PrefixListId")?)?;
    if list.room.is_some() {
        return Ok(list);
    }
    let message = format!("{} is managed by AWS and cannot be changed", list.base.id);
    Err(Failure::bad("UnsupportedOperation", message))
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let name = list_name(&ctx.required("PrefixListName")?)?;
    let is_v6 = match ctx.required("AddressFamily")?.as_str() {
        "IPv4" => false,
        "IPv6" => true,
        other => return Err(bad_value(other, "AddressFamily")),
    };
    let room = room(ctx)?.ok_or_else(|| missing("MaxEntries"))?;
    let entries = entries(ctx, "Entry", is_v6)?;
    check_room(room, entries.len())?;
    let tags = tagging::specified(ctx, &["prefix-list"])?;
    let used = ctx.state.ec2.lists.iter().filter(|list| ctx.can_see(*list));
    ctx.within(
        "prefix_lists_per_region",
        used.count(),
        "PrefixListLimitExceeded",
    )?;
    let takes = ctx.setup.timings.prefix_list;
    let list = PrefixList {
        base: Base {
            name,
            ..ctx.base("pl", takes)
        },
        is_v6,
        room: Some(room),
        versions: vec![entries],
        last_change: Change::Created,
    };
    ctx.born("prefix-list", &list.base.id);
    tagging::put(ctx, &list.base.id, tags);
    let answer = answer(ctx, &list);
    ctx.state.ec2.lists.insert(list);
    Ok(answer)
}

fn answer(ctx: &Context<'_>, list: &PrefixList) -> Xml {
    Xml::new().node("prefixList", super::list_views::view(ctx, list))
}

fn list_name(name: &str) -> Outcome<String> {
    if name.chars().count() > 255 || name.starts_with("com.amazonaws") {
        return Err(bad_value(name, "PrefixListName"));
    }
    Ok(name.to_owned())
}

fn room(ctx: &Context<'_>) -> Outcome<Option<usize>> {
    let sent = ctx.integer("MaxEntries")?;
    let checked = |number: i64| {
        let room = usize::try_from(number).ok();
        let room = room.filter(|room| (1..=1000).contains(room));
        room.ok_or_else(|| bad_value(&number.to_string(), "MaxEntries"))
    };
    sent.map(checked).transpose()
}

fn check_room(room: usize, entries: usize) -> Outcome<()> {
    if entries <= room {
        return Ok(());
    }
    let message = format!("The prefix list can have {room} entries, and {entries} are asked for");
    Err(Failure::bad("PrefixListMaxEntriesExceeded", message))
}

/// `Entry.N.Cidr` and `Entry.N.Description`.
fn entries(ctx: &Context<'_>, prefix: &str, is_v6: bool) -> Outcome<Vec<ListEntry>> {
    let parameters = &ctx.parameters;
    let one = |number| {
        let text = parameters.nested(prefix, number, "Cidr");
        let text = text.ok_or_else(|| missing("Cidr"))?;
        let parsed: Option<IpNet> = text.parse().ok();
        let range = parsed.filter(|net| net.addr().is_ipv6() == is_v6);
        let description = parameters.nested(prefix, number, "Description");
        Ok(ListEntry {
            range: range.ok_or_else(|| bad_value(text, "Cidr"))?.trunc(),
            description: description.map(str::to_owned),
        })
    };
    let numbers = parameters.numbers(prefix);
    if numbers.len() > 100 {
        let message = "At most 100 entries can be added or removed in a request";
        return Err(Failure::bad("InvalidParameterValue", message));
    }
    let entries: Vec<ListEntry> = numbers.into_iter().map(one).collect::<Outcome<_>>()?;
    let is_double = |(position, entry): (usize, &ListEntry)| {
        entries[..position]
            .iter()
            .any(|other| other.range == entry.range)
    };
    if entries.iter().enumerate().any(is_double) {
        let message = "The request names a CIDR block twice";
        return Err(Failure::bad("InvalidParameterValue", message));
    }
    Ok(entries)
}

pub(super) fn modify(ctx: &mut Context<'_>) -> Outcome {
    let mut list = own(ctx)?;
    check_idle(ctx, &list)?;
    let added = entries(ctx, "AddEntry", list.is_v6)?;
    let removed = entries(ctx, "RemoveEntry", list.is_v6)?;
    let changes_entries = !added.is_empty() || !removed.is_empty();
    check_version(ctx, &list, changes_entries)?;
    match (room(ctx)?, changes_entries) {
        (Some(_), true) => {
            let message = "You cannot modify the entries and the maximum entries for the prefix list in the same request.";
            return Err(Failure::bad("InvalidParameterCombination", message));
        }
        (Some(room), false) => resize(&mut list, room)?,
        (None, true) => add_version(&mut list, added, &removed)?,
        (None, false) => {}
    }
    if let Some(name) = ctx.parameters.get("PrefixListName") {
        list.base.name = list_name(name)?;
    }
    let until = ctx.now + ctx.setup.timings.prefix_list;
    if list.last_change == Change::DeletionRefused || changes_entries {
        list.last_change = Change::Modified;
    }
    list.base.life.modify(until);
    let answer = answer(ctx, &list);
    if let Some(stored) = ctx.state.ec2.lists.get_mut(&list.base.id) {
        *stored = list;
    }
    Ok(answer)
}

fn check_idle(ctx: &Context<'_>, list: &PrefixList) -> Outcome<()> {
    if list.life().is_ready(ctx.now) {
        return Ok(());
    }
    let message = format!(
        "The request cannot be completed while the prefix list ({}) is in ({}) state.",
        list.base.id,
        list.state(ctx.now)
    );
    Err(Failure::bad("IncorrectState", message))
}

/// A call that changes entries says which version it changes.
fn check_version(ctx: &Context<'_>, list: &PrefixList, changes_entries: bool) -> Outcome<()> {
    let known = ctx.integer("CurrentVersion")?;
    let is_right = |known: i64| usize::try_from(known).is_ok_and(|known| known == list.version());
    match known {
        None if changes_entries => Err(missing("CurrentVersion")),
        Some(known) if !is_right(known) => Err(Failure::bad(
            "PrefixListVersionMismatch",
            format!(
                "The prefix list has the incorrect version number: it is {}, not {known}",
                list.version()
            ),
        )),
        _ => Ok(()),
    }
}

fn resize(list: &mut PrefixList, room: usize) -> Outcome<()> {
    check_room(room, list.versions.last().map_or(0, Vec::len))?;
    list.room = Some(room);
    list.last_change = Change::Resized;
    Ok(())
}

/// Adding a range that is there changes its description.
fn add_version(list: &mut PrefixList, added: Vec<ListEntry>, removed: &[ListEntry]) -> Outcome<()> {
    let mut next = list.versions.last().cloned().unwrap_or_default();
    for gone in removed {
        let position = next.iter().position(|entry| entry.range == gone.range);
        let missing = || {
            let message = format!("The CIDR block {} is not in the prefix list", gone.range);
            Failure::bad("InvalidPrefixListModification", message)
        };
        next.remove(position.ok_or_else(missing)?);
    }
    for entry in added {
        next.retain(|other| other.range != entry.range);
        next.push(entry);
    }
    check_room(list.room.unwrap_or(usize::MAX), next.len())?;
    list.versions.push(next);
    Ok(())
}

/// Deletion is accepted first and fails afterwards if the list is in use.
pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let mut list = own(ctx)?;
    check_idle(ctx, &list)?;
    let until = ctx.now + ctx.setup.timings.prefix_list;
    if is_used(&ctx.state.ec2, &list.base.id) {
        list.last_change = Change::DeletionRefused;
        list.base.life.modify(until);
    } else {
        list.base.life.leave(until);
    }
    let answer = answer(ctx, &list);
    if let Some(stored) = ctx.state.ec2.lists.get_mut(&list.base.id) {
        *stored = list;
    }
    Ok(answer)
}

fn is_used(state: &State, id: &str) -> bool {
    let by_rule = |other: &Other| matches!(other, Other::PrefixList(list) if list == id);
    let by_route = |to: &Destination| matches!(to, Destination::PrefixList(list) if list == id);
    let mut rules = state.groups.iter().flat_map(|group| &group.rules);
    let mut routes = state.tables.iter().flat_map(|table| &table.routes);
    rules.any(|rule| by_rule(&rule.other)) || routes.any(|route| by_route(&route.destination))
}
