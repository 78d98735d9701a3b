//! `Marker` and `MaxItems`.

use crate::aws::context::{Context, invalid};
use crate::aws::failure::Outcome;
use crate::aws::xml::Xml;
use crate::pages::{position, token};

/// One page of a list under `name`, 100 rows if not asked otherwise.
pub(super) fn paged(ctx: &Context<'_>, name: &str, rows: Vec<Xml>) -> Outcome {
    let size = ctx.integer("MaxItems")?.unwrap_or(100);
    if !(1..=1000).contains(&size) {
        return Err(invalid("MaxItems is 1 to 1000."));
    }
    let start = ctx.parameters.get("Marker").map_or(Some(0), position);
    let start = start.ok_or_else(|| invalid("The Marker is not valid."))?;
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let end = start.saturating_add(size);
    let next = (end < rows.len()).then(|| token(end));
    Ok(Xml::new()
        .members(name, rows.into_iter().skip(start).take(size))
        .leaf("IsTruncated", next.is_some())
        .maybe("Marker", next))
}
