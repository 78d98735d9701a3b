//! Routes that others added over what the topology made.

use std::collections::BTreeMap;

use super::{Context, Finding};
use crate::ids::{PeeringId, RouteTableId};
use crate::object::ObjectKey;
use crate::plan::{Op, StepKey};
use crate::traits::{NextHop, RouteOrigin};

/// How many routes one finding lists.
const LISTED: usize = 4;

/// A network, one of its route tables, what its routes of others lead over, and whether that is deleted.
type Where<'a> = (&'a str, &'a RouteTableId, &'a PeeringId, bool);

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut places: BTreeMap<Where<'_>, Vec<String>> = BTreeMap::new();
    for (key, route) in &context.found.routes {
        let (ObjectKey::Route { network, .. }, NextHop::Peering(over)) =
            (key, &route.record.next_hop)
        else {
            continue;
        };
        let is_pruned = || context.plan.step(&StepKey::delete(key.clone())).is_some();
        if route.foreign && !is_pruned() && route.record.origin == RouteOrigin::Custom {
            let place = (
                network.as_str(),
                &route.record.table,
                over,
                is_deleted(context, over),
            );
            let to = route.record.destination.to_string();
            places.entry(place).or_default().push(to);
        }
    }
    findings.extend(places.into_iter().map(told));
}

fn is_deleted(context: &Context<'_>, over: &PeeringId) -> bool {
    let mut steps = context.plan.steps.iter();
    steps.any(|step| matches!(&step.op, Op::DeletePeering(delete) if delete.id == *over))
}

fn told(((network, table, over, deleted), mut routes): (Where<'_>, Vec<String>)) -> Finding {
    let more = routes.len().saturating_sub(LISTED);
    routes.truncate(LISTED);
    if more > 0 {
        routes.push(format!("{more} more"));
    }
    let routes = routes.join(", ");
    let subject = format!("network {network}");
    let what = format!(
        "route table {table} has routes of others over {over}, which this topology made: {routes}"
    );
    if deleted {
        return Finding::error(
            "route/foreign",
            subject,
            format!("{what}; the plan deletes {over}, and packets of these routes would be lost"),
            "delete these routes, or ask who added them to; or run again with `--prune` to delete them too",
        );
    }
    Finding::warning(
        "route/foreign",
        subject,
        format!("{what}; they are left alone"),
        "if nothing uses them, run again with `--prune` to delete them",
    )
}
