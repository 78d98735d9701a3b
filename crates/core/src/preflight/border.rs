//! Traffic between regions on both sides of a border: what it needs beside the service that `identity` asks for.

use super::{Context, Finding};
use crate::ids::Region;
use crate::plan::{borders_crossed, capabilities_of, chosen_model};
use crate::topology::Interconnect;
use crate::traits::{Capabilities, Model};

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for interconnect in &context.topology.interconnects {
        let capabilities = capabilities_of(context.topology, context.observation, interconnect);
        let model = chosen_model(context.topology, context.observation, interconnect);
        if let (Some(capabilities), Some(Model::Hub)) = (capabilities, model) {
            findings.extend(too_fast(context, capabilities, interconnect));
        }
    }
}

// The cap of an interconnect is that of each connection between two of its regions.
fn too_fast(
    context: &Context<'_>,
    capabilities: &Capabilities,
    interconnect: &Interconnect,
) -> Option<Finding> {
    let cap = interconnect.max_mbps?;
    let (_, limit) = capabilities.transit_mbps?;
    let borders = borders_crossed(context.topology, capabilities, interconnect);
    let crossed: &(&Region, &Region) = borders.first().filter(|_| cap > limit)?;
    let (left, right) = crossed;
    Some(Finding::warning(
        "quota/cross-border",
        format!("interconnect {}", interconnect.name),
        format!(
            "`max-mbps` is {cap}; the default quota of a connection across the border, such as between {left} and \
             {right}, is {limit} Mbit/s"
        ),
        format!(
            "unless the quota of account {} was raised already, set `max-mbps` to {limit} or less, or ask the cloud for a \
             higher quota",
            interconnect.owner
        ),
    ))
}
