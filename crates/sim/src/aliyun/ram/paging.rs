//! `Marker` and `MaxItems`.

use serde_json::{Value, json};

use crate::aliyun::context::Context;
use crate::aliyun::failure::Outcome;
use crate::aliyun::parameters::invalid;
use crate::pages::{position, token};

/// One page of a list, 100 rows if not asked otherwise.
pub(super) fn paged(ctx: &Context<'_>, rows: Vec<Value>, outer: &str, inner: &str) -> Outcome {
    let size = ctx.parameters.integer("MaxItems")?.unwrap_or(100);
    if !(1..=1000).contains(&size) {
        return Err(invalid("MaxItems"));
    }
    let start = ctx.parameters.get("Marker").map_or(Some(0), position);
    let start = start.ok_or_else(|| invalid("Marker"))?;
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let end = start.saturating_add(size);
    let is_truncated = end < rows.len();
    let page: Vec<Value> = rows.into_iter().skip(start).take(size).collect();
    let mut answer = json!({outer: {inner: page}, "IsTruncated": is_truncated});
    if is_truncated {
        answer["Marker"] = token(end).into();
    }
    Ok(answer)
}
