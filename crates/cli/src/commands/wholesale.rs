//! Plans that keep nothing of a topology: most likely its name was given to another file.

use landbridge_core::Observation;
use landbridge_core::plan::{Op, Plan};
use landbridge_core::topology::Topology;

use crate::exit::{Failure, Outcome};

/// Refuses a plan that deletes every network that the topology has made, and makes others: `--yes` alone is no consent to
/// that.
pub(super) fn refuse(topology: &Topology, observation: &Observation, plan: &Plan) -> Outcome<()> {
    let ops = || plan.steps.iter().map(|step| &step.op);
    let deleted = ops()
        .filter(|op| matches!(op, Op::DeleteNetwork(_)))
        .count();
    let creates = ops().any(|op| matches!(op, Op::CreateNetwork(_)));
    let made = made(topology, observation);
    if made == 0 || deleted < made || !creates {
        return Ok(());
    }
    Err(Failure::refused(format!(
        "the file keeps none of the networks that topology `{name}` has made ({made}), and --yes would delete them all; \
         nothing was written. If the file is about something else, give it another `name`; if it is meant, confirm at a \
         terminal without --yes, or pass --replace",
        name = topology.name
    )))
}

fn made(topology: &Topology, observation: &Observation) -> usize {
    let inventories = observation.inventories.iter();
    let networks = inventories.flat_map(|inventory| &inventory.networks);
    let owners = networks.filter_map(|network| network.owner.as_ref());
    let ours = |name: &String| *name == topology.name || topology.was.iter().any(|was| was == name);
    owners.filter(|owner| ours(&owner.topology)).count()
}
