//! Many route entries in one call: what one of them cannot have is told beside what became of the others.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::routes::{
    NextHop, Route, Sent, check_deletable, check_idle, create_one, find_by_id, find_by_place, leave,
};
use super::{own_table, refuse_if};
use crate::aliyun::choices::TOO_MANY_ROUTES;
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};

const LIST: &str = "RouteEntries";

/// How many entries a call may have.
const MOST: usize = 50;

/// An entry of a call, by its number.
struct Entry {
    number: u32,
    table: String,
}

impl Entry {
    fn field<'c>(&self, ctx: &'c Context<'_>, name: &str) -> Option<&'c str> {
        ctx.parameters.nested(LIST, self.number, name)
    }

    fn text(&self, ctx: &Context<'_>, name: &str) -> String {
        self.field(ctx, name).unwrap_or_default().to_owned()
    }

    fn need(&self, ctx: &Context<'_>, name: &str) -> Outcome<String> {
        let missing = || {
            Failure::bad(
                format!("MissingParam.{name}"),
                format!("{name} is missing."),
            )
        };
        self.field(ctx, name).map(str::to_owned).ok_or_else(missing)
    }
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let entries = entries(ctx)?;
    let mut ids = Vec::new();
    let mut failed = Vec::new();
    for entry in &entries {
        match sent(ctx, entry).and_then(|sent| create_one(ctx, sent)) {
            Ok(id) => ids.push(id),
            Err(failure) => failed.push(told(ctx, entry, &failure)),
        }
    }
    Ok(json!({
        "SuccessCount": ids.len(), "RouteEntryIds": ids,
        "FailedCount": failed.len(), "FailedRouteEntries": failed,
    }))
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let entries = entries(ctx)?;
    let mut failed = Vec::new();
    for entry in &entries {
        let found = find(ctx, entry);
        match found.and_then(|route| check_deletable(ctx, &route).map(|()| route)) {
            Ok(route) => leave(ctx, &route.base.id),
            Err(failure) => failed.push(told(ctx, entry, &failure)),
        }
    }
    Ok(json!({
        "SuccessCount": entries.len() - failed.len(),
        "FailedCount": failed.len(), "FailedRouteEntries": failed,
    }))
}

/// The entries of a call that may write now: no route of their VPCs is on its way.
fn entries(ctx: &Context<'_>) -> Outcome<Vec<Entry>> {
    ctx.required_region()?;
    let numbers = ctx.parameters.numbers(LIST);
    if numbers.is_empty() {
        ctx.required(LIST)?;
    }
    if numbers.len() > MOST {
        let message = format!("At most {MOST} route entries.");
        return Err(Failure::bad(TOO_MANY_ROUTES, message));
    }
    let entry = |number| {
        let table = String::new();
        let table = Entry { number, table }.need(ctx, "RouteTableId")?;
        Ok(Entry { number, table })
    };
    let entries: Vec<Entry> = numbers.into_iter().map(entry).collect::<Outcome<_>>()?;
    let tables: BTreeSet<&str> = entries.iter().map(|entry| entry.table.as_str()).collect();
    for table in tables {
        let is_busy = check_idle(ctx, &own_table(ctx, table)?).is_err();
        refuse_if(is_busy, "TaskConflict", "Another route of the VPC")?;
    }
    Ok(entries)
}

fn sent(ctx: &Context<'_>, entry: &Entry) -> Outcome<Sent> {
    let hop = NextHop {
        kind: entry.need(ctx, "NextHopType")?,
        id: entry.need(ctx, "NextHop")?,
        weight: 0,
    };
    Ok(Sent {
        table: entry.table.clone(),
        destination: entry.need(ctx, "DstCidrBlock")?,
        hops: vec![hop],
        name: format!("{LIST}.{}.Name", entry.number),
    })
}

fn find(ctx: &Context<'_>, entry: &Entry) -> Outcome<Route> {
    if let Some(id) = entry.field(ctx, "RouteEntryId") {
        return find_by_id(ctx, id);
    }
    let to = entry.need(ctx, "DstCidrBlock")?;
    let hop = entry.need(ctx, "NextHop")?;
    find_by_place(ctx, &entry.table, &to, &[hop])
}

fn told(ctx: &Context<'_>, entry: &Entry, failure: &Failure) -> Value {
    let mut told = json!({
        "DstCidrBlock": entry.text(ctx, "DstCidrBlock"),
        "NextHop": entry.text(ctx, "NextHop"),
        "FailedCode": word(&failure.code),
        "FailedMessage": failure.message,
    });
    if let Some(id) = entry.field(ctx, "RouteEntryId") {
        told["RouteEntryId"] = json!(id);
    }
    told
}

/// Entries fail with words of their own, of which few are documented; where none is, that of the call for one route.
fn word(code: &str) -> &str {
    match code {
        "RouterEntryConflict.Duplicated"
        | "RouteConflict.AlreadyExist"
        | "InvalidCIDRBlock.Duplicate" => "VPC_ROUTE_ENTRY_CIDR_BLOCK_DUPLICATE",
        "IncorrectRouteEntryStatus" => "VPC_ROUTE_ENTRY_STATUS_ERROR",
        "InvalidRouteEntry.NotFound" | "InvalidRouteEntryId.NotFound" => {
            "VPC_ROUTER_ENTRY_NOT_EXIST"
        }
        code => code,
    }
}
