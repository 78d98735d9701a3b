//! Prefix lists and port lists: named sets of ranges of addresses or of ports that rules refer to.

use std::time::Duration;

use ipnet::IpNet;
use serde_json::{Value, json};

use super::rules::{Peer, Rule, port_range};
use super::{State, tags};
use crate::aliyun::choices::{LIST_FULL, LIST_IN_USE};
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::{TokenStyle, tokened};
use crate::aliyun::parameters::invalid;
use crate::table::{Base, Table};

/// A list of either kind.
#[derive(Debug, Clone)]
pub(crate) struct List {
    pub(crate) base: Base,
    /// Port lists have no family.
    is_v6: bool,
    room: usize,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    /// A range of addresses, or of ports.
    value: String,
    description: String,
}

impl List {
    pub(super) fn has_address(&self, address: std::net::IpAddr) -> bool {
        let ranges = self
            .entries
            .iter()
            .filter_map(|entry| entry.value.parse().ok());
        let mut ranges = ranges.map(|range: IpNet| range.contains(&address));
        ranges.any(|inside| inside)
    }

    pub(super) fn has_port(&self, port: u16) -> bool {
        let ranges = self
            .entries
            .iter()
            .filter_map(|entry| port_range(&entry.value));
        let mut ranges = ranges.map(|(first, last)| (first..=last).contains(&port));
        ranges.any(|inside| inside)
    }
}

/// How calls about a kind of list spell things.
pub(super) struct Kind {
    /// `PrefixList` in names of parameters.
    noun: &'static str,
    /// What an entry is, in parameters.
    value: &'static str,
    id_prefix: &'static str,
    ledger: &'static str,
    largest: usize,
    table: fn(&State) -> &Table<List>,
    table_mut: fn(&mut State) -> &mut Table<List>,
    is_named: fn(&Rule, &str) -> bool,
    read: fn(&str, bool) -> Option<String>,
}

pub(super) const PREFIXES: Kind = Kind {
    noun: "PrefixList",
    value: "Cidr",
    id_prefix: "pl",
    ledger: "prefix-list",
    largest: 200,
    table: |state| &state.prefix_lists,
    table_mut: |state| &mut state.prefix_lists,
    is_named: |rule, id| matches!(&rule.peer, Peer::PrefixList(list) if list == id),
    read: |text, is_v6| {
        let range: IpNet = text.parse().ok()?;
        (range.addr().is_ipv6() == is_v6).then(|| range.trunc().to_string())
    },
};

pub(super) const PORTS: Kind = Kind {
    noun: "PortRangeList",
    value: "PortRange",
    id_prefix: "prl",
    ledger: "port-range-list",
    largest: 2000,
    table: |state| &state.port_lists,
    table_mut: |state| &mut state.port_lists,
    is_named: |rule, id| rule.port_list.as_deref() == Some(id),
    read: |text, _| {
        let (first, last) = port_range(text)?;
        (first >= 1 && first <= last).then(|| text.to_owned())
    },
};

impl Kind {
    fn id(&self) -> String {
        format!("{}Id", self.noun)
    }

    fn name(&self) -> String {
        format!("{}Name", self.noun)
    }

    /// The caller's list that a rule may name.
    pub(super) fn get(&self, ctx: &Context<'_>, id: &str) -> Outcome<List> {
        let found = (self.table)(&ctx.state.ecs).get(id);
        let own = found.filter(|list| ctx.can_see(*list)).cloned();
        own.ok_or_else(|| {
            Failure::missing(
                format!("Invalid{}.NotFound", self.id()),
                format!("The specified {} {id} does not exist.", self.noun),
            )
        })
    }

    fn named(&self, ctx: &Context<'_>) -> Outcome<List> {
        self.get(ctx, &ctx.required(&self.id())?)
    }

    fn users<'a>(&'a self, state: &'a State, id: &'a str) -> impl Iterator<Item = &'a str> {
        let groups = state.groups.iter();
        let naming =
            groups.filter(|group| group.rules.iter().any(|rule| (self.is_named)(rule, id)));
        naming.map(|group| group.base.id.as_str())
    }

    fn entry(&self, ctx: &Context<'_>, prefix: &str, number: u32, is_v6: bool) -> Outcome<Entry> {
        let field = format!("{prefix}.{number}.{}", self.value);
        let value = ctx
            .parameters
            .get(&field)
            .and_then(|text| (self.read)(text, is_v6));
        let description = ctx.parameters.nested(prefix, number, "Description");
        Ok(Entry {
            value: value.ok_or_else(|| invalid(&format!("{prefix}.{}", self.value)))?,
            description: description.unwrap_or_default().to_owned(),
        })
    }

    /// The entries sent under a prefix; none may be sent twice.
    fn entries(&self, ctx: &Context<'_>, prefix: &str, is_v6: bool) -> Outcome<Vec<Entry>> {
        let numbers = ctx.parameters.numbers(prefix);
        let entries = numbers.into_iter();
        let entries: Vec<Entry> = entries
            .map(|number| self.entry(ctx, prefix, number, is_v6))
            .collect::<Outcome<_>>()?;
        let is_double = |(position, entry): (usize, &Entry)| {
            entries[..position]
                .iter()
                .any(|other| other.value == entry.value)
        };
        if entries.iter().enumerate().any(is_double) {
            return Err(invalid(&format!("{prefix}.{}", self.value)));
        }
        Ok(entries)
    }

    pub(super) fn create(&self, ctx: &mut Context<'_>) -> Outcome {
        let region = ctx.required_region()?;
        ctx.required(&self.name())?;
        let is_v6 = if self.noun == "PrefixList" {
            match ctx.required("AddressFamily")?.as_str() {
                "IPv4" => false,
                "IPv6" => true,
                _ => return Err(invalid("AddressFamily")),
            }
        } else {
            false
        };
        ctx.required("MaxEntries")?;
        let room = ctx.parameters.integer("MaxEntries")?.unwrap_or_default();
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        if !(1..=self.largest).contains(&room) {
            return Err(invalid("MaxEntries"));
        }
        let entries = self.entries(ctx, "Entry", is_v6)?;
        check_room(room, &entries)?;
        let mut base = ctx.base(self.id_prefix, &region, &self.name(), Duration::ZERO)?;
        base.description = ctx.parameters.text("Description");
        ctx.born(self.ledger, &base);
        let answer = json!({ self.id(): base.id });
        (self.table_mut)(&mut ctx.state.ecs).insert(List {
            base,
            is_v6,
            room,
            entries,
        });
        Ok(answer)
    }

    pub(super) fn modify(&self, ctx: &mut Context<'_>) -> Outcome {
        ctx.required_region()?;
        let mut list = self.named(ctx)?;
        let added = self.entries(ctx, "AddEntry", list.is_v6)?;
        let removed = self.entries(ctx, "RemoveEntry", list.is_v6)?;
        for gone in &removed {
            let is_added = added.iter().any(|entry| entry.value == gone.value);
            let is_there = list.entries.iter().any(|entry| entry.value == gone.value);
            if is_added || !is_there {
                return Err(invalid(&format!("RemoveEntry.{}", self.value)));
            }
        }
        // An added entry that is there gets a new description.
        let stays = |entry: &Entry| {
            let mut changed = added.iter().chain(&removed);
            !changed.any(|other| other.value == entry.value)
        };
        list.entries.retain(stays);
        list.entries.extend(added);
        check_room(list.room, &list.entries)?;
        if let Some(name) = ctx.parameters.get(&self.name()) {
            name.clone_into(&mut list.base.name);
        }
        if let Some(description) = ctx.parameters.get("Description") {
            description.clone_into(&mut list.base.description);
        }
        if let Some(stored) = (self.table_mut)(&mut ctx.state.ecs).get_mut(&list.base.id) {
            *stored = list;
        }
        Ok(json!({}))
    }

    pub(super) fn delete(&self, ctx: &mut Context<'_>) -> Outcome {
        ctx.required_region()?;
        let list = self.named(ctx)?;
        if self.users(&ctx.state.ecs, &list.base.id).next().is_some() {
            return Err(Failure::forbidden(
                LIST_IN_USE,
                "The list is still used by security groups.",
            ));
        }
        let now = ctx.now;
        let table = (self.table_mut)(&mut ctx.state.ecs);
        if let Some(list) = table.get_mut(&list.base.id) {
            list.base.life.leave(now);
        }
        for (id, at) in table.purge(now) {
            ctx.ledger.gone(&id, at);
        }
        Ok(json!({}))
    }

    /// The caller's lists that pass the filters.
    fn rows<'a>(&self, ctx: &'a Context<'_>) -> Vec<&'a List> {
        let parameters = &ctx.parameters;
        let mut ids = parameters.list(&self.id());
        ids.extend(parameters.get(&self.id()).map(str::to_owned));
        let shown = |list: &&List| {
            ctx.lists(*list)
                && (ids.is_empty() || ids.contains(&list.base.id))
                && parameters.matches(&self.name(), &list.base.name)
                && (self.noun != "PrefixList" || parameters.matches("AddressFamily", family(list)))
        };
        (self.table)(&ctx.state.ecs).iter().filter(shown).collect()
    }

    /// What lists of lists show of one.
    fn view(&self, ctx: &Context<'_>, list: &List) -> Value {
        json!({
            self.id(): list.base.id, self.name(): list.base.name, "Description": list.base.description,
            "MaxEntries": list.room, "CreationTime": ctx.date(list.base.life.created), "ResourceGroupId": "",
            "AssociationCount": self.users(&ctx.state.ecs, &list.base.id).count(),
        })
    }

    fn entry_views(&self, list: &List) -> Vec<Value> {
        let entries = list.entries.iter();
        entries
            .map(|entry| json!({ self.value: entry.value, "Description": entry.description }))
            .collect()
    }
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

fn family(list: &List) -> &'static str {
    if list.is_v6 { "IPv6" } else { "IPv4" }
}

pub(super) fn describe_prefix_lists(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let rows = PREFIXES.rows(ctx).into_iter().map(|list| {
        let mut view = PREFIXES.view(ctx, list);
        view["AddressFamily"] = family(list).into();
        view["Tags"] = json!({"Tag": tags(&list.base.tags)});
        view
    });
    let page = tokened(&ctx.parameters, rows.collect(), TokenStyle::new(10, 100))?;
    Ok(json!({
        "PrefixLists": {"PrefixList": page.items}, "NextToken": page.next.unwrap_or_default(),
    }))
}

pub(super) fn describe_prefix_list_attributes(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let list = PREFIXES.named(ctx)?;
    Ok(json!({
        "PrefixListId": list.base.id, "PrefixListName": list.base.name, "Description": list.base.description,
        "AddressFamily": family(&list), "MaxEntries": list.room,
        "CreationTime": ctx.date(list.base.life.created), "Entries": {"Entry": PREFIXES.entry_views(&list)},
    }))
}

/// This answer has bare lists, unlike that of prefix lists.
pub(super) fn describe_port_lists(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let rows = PORTS.rows(ctx).into_iter().map(|list| {
        let mut view = PORTS.view(ctx, list);
        view["Tags"] = tags(&list.base.tags);
        view
    });
    let page = tokened(&ctx.parameters, rows.collect(), TokenStyle::new(10, 100))?;
    Ok(json!({
        "PortRangeLists": page.items, "NextToken": page.next.unwrap_or_default(),
    }))
}

pub(super) fn describe_port_list_entries(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let list = PORTS.named(ctx)?;
    Ok(json!({ "Entries": PORTS.entry_views(&list) }))
}
