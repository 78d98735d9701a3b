//! `MaxResults` and `NextToken`.

use std::ops::RangeInclusive;

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::xml::Xml;
use crate::pages::{position, token};

/// The smallest page of most operations.
const LEAST: i64 = 5;

/// One page of a list under `name`, with the token of the next. Everything if no size is asked for.
pub(crate) fn paged(ctx: &Context<'_>, name: &str, rows: Vec<Xml>, largest: i64) -> Outcome {
    paged_from(ctx, name, rows, LEAST..=largest)
}

/// The same for an operation with a smallest page of its own.
pub(crate) fn paged_from(
    ctx: &Context<'_>,
    name: &str,
    rows: Vec<Xml>,
    sizes: RangeInclusive<i64>,
) -> Outcome {
    let size = page_size(ctx, &sizes)?;
    let start = match ctx.parameters.get("NextToken") {
        None => 0,
        Some(token) => position(token).ok_or_else(|| {
            Failure::bad(
                "InvalidPaginationToken",
                "The pagination token is malformed or does not exist.",
            )
        })?,
    };
    let end = start.saturating_add(size);
    let next = (end < rows.len()).then(|| token(end));
    let page = rows.into_iter().skip(start).take(size);
    Ok(Xml::new().items(name, page).maybe("nextToken", next))
}

fn page_size(ctx: &Context<'_>, sizes: &RangeInclusive<i64>) -> Outcome<usize> {
    let Some(size) = ctx.integer("MaxResults")? else {
        return Ok(usize::MAX);
    };
    let problem = if size < *sizes.start() {
        format!(
            "Expecting a value greater than or equal to {}.",
            sizes.start()
        )
    } else if size > *sizes.end() {
        format!("Expecting a value less than or equal to {}.", sizes.end())
    } else {
        return Ok(usize::try_from(size).unwrap_or(usize::MAX));
    };
    Err(Failure::bad(
        "InvalidParameterValue",
        format!("Value ( {size} ) for parameter maxResults is invalid. {problem}"),
    ))
}
