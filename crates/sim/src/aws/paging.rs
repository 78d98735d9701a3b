//! `MaxResults` and `NextToken`.

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::xml::Xml;
use crate::pages::{position, token};

/// The smallest page that EC2 makes.
const LEAST: i64 = 5;

/// One page of a list under `name`, with the token of the next. Everything if no size is asked for.
pub(crate) fn paged(ctx: &Context<'_>, name: &str, rows: Vec<Xml>, largest: i64) -> Outcome {
    let size = page_size(ctx, largest)?;
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

fn page_size(ctx: &Context<'_>, largest: i64) -> Outcome<usize> {
    let Some(size) = ctx.integer("MaxResults")? else {
        return Ok(usize::MAX);
    };
    let problem = if size < LEAST {
        format!("Expecting a value greater than or equal to {LEAST}.")
    } else if size > largest {
        format!("Expecting a value less than or equal to {largest}.")
    } else {
        return Ok(usize::try_from(size).unwrap_or(usize::MAX));
    };
    Err(Failure::bad(
        "InvalidParameterValue",
        format!("Value ( {size} ) for parameter maxResults is invalid. {problem}"),
    ))
}
