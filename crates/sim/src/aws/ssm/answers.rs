//! What all answers of Systems Manager have in common: dates, and lists page by page.

use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome};
use crate::aws::json::invalid;
use crate::pages::{position, token};

/// A date as JSON has it: seconds since 1970.
pub(super) fn stamp(ctx: &Context<'_>, at: Duration) -> Value {
    let since = ctx.clock.at(at).duration_since(SystemTime::UNIX_EPOCH);
    json!(since.unwrap_or_default().as_secs_f64())
}

/// A number of a range, or the default.
pub(super) fn number(
    ctx: &Context<'_>,
    name: &str,
    range: RangeInclusive<u64>,
    default: u64,
) -> Outcome<u64> {
    let number = ctx.parameters.number(name);
    let number = number.ok().map(|number| number.unwrap_or(default));
    number.filter(|number| range.contains(number)).ok_or_else(|| {
        let (least, most) = (range.start(), range.end());
        invalid(&format!(
            "1 validation error detected: Value at '{name}' failed to satisfy constraint: Member must have value from {least} to {most}"
        ))
    })
}

/// A text of at most so many characters.
pub(super) fn text(ctx: &Context<'_>, name: &str, most: usize) -> Outcome<String> {
    let text = ctx.parameters.text(name);
    if text.chars().count() <= most {
        return Ok(text);
    }
    Err(invalid(&format!(
        "1 validation error detected: Value at '{name}' failed to satisfy constraint: Member must have length less than or equal to {most}"
    )))
}

/// One page of a list under `name`.
pub(super) fn paged(
    ctx: &Context<'_>,
    name: &str,
    rows: Vec<Value>,
    sizes: RangeInclusive<u64>,
    default: u64,
) -> Outcome<Value> {
    let size = number(ctx, "MaxResults", sizes, default)?;
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let start = ctx.parameters.get("NextToken").map_or(Some(0), position);
    let start = start
        .ok_or_else(|| Failure::bad("InvalidNextToken", "The specified token is not valid."))?;
    let end = start.saturating_add(size);
    let next = (end < rows.len()).then(|| token(end));
    let page: Vec<Value> = rows.into_iter().skip(start).take(size).collect();
    let mut answer = Map::from_iter([(name.to_owned(), Value::Array(page))]);
    answer.extend(next.map(|next| ("NextToken".to_owned(), Value::String(next))));
    Ok(Value::Object(answer))
}
