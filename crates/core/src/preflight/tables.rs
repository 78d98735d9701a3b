//! Route tables that a topology chooses.

use super::{Context, Finding};
use crate::object::ObjectKey;
use crate::plan::tables_of;
use crate::topology::Network;
use crate::traits::RouteTableRecord;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for network in &context.topology.networks {
        let tables = tables_of(network, context.found);
        for name in &tables.unknown {
            findings.push(unknown(context, network, &name.to_string()));
        }
        let idle = tables.chosen.into_iter().filter(|table| !table.in_use());
        findings.extend(idle.map(|table| idle_table(network, table)));
    }
}

fn unknown(context: &Context<'_>, network: &Network, name: &str) -> Finding {
    let at = (context.found.networks).get(&ObjectKey::network(&network.name));
    let there = at.and_then(|at| context.found.tables.get(&at.record.id));
    let there: Vec<&str> = (there.into_iter().flatten())
        .filter(|table| !table.gateway)
        .map(|table| table.id.as_str())
        .collect();
    Finding::error(
        "route-table/absent",
        format!("network {}", network.name),
        format!(
            "`route-tables` names `{name}`, and no route table of the network has this ID or tag"
        ),
        match there.as_slice() {
            [] => "remove it from `route-tables`".to_owned(),
            there => format!("choose from {}", there.join(", ")),
        },
    )
}

fn idle_table(network: &Network, table: &RouteTableRecord) -> Finding {
    Finding::warning(
        "route-table/idle",
        format!("network {}", network.name),
        format!(
            "`route-tables` chooses route table {}, and no subnet is associated with it, so packets do not meet its routes",
            table.id
        ),
        format!(
            "associate a subnet with {}, or leave the table out of `route-tables`",
            table.id
        ),
    )
}
