//! After a destroy that stopped: what is left, and what holds it.

use landbridge_core::plan::Plan;
use landbridge_core::preflight::preflight_destroy;
use landbridge_core::topology::Topology;

use super::stages;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{Output, complain_line};
use crate::session::Session;

/// Shows what is left after the error that stopped a destroy. A caller that cancelled is not kept waiting.
pub(super) async fn tell(
    output: &mut Output,
    session: &Session,
    topology: &Topology,
    plan: &Plan,
    stopped: &Failure,
) {
    if stopped.exit != Exit::Stopped {
        return;
    }
    if let Err(failure) = look(output, session, topology, plan).await {
        complain_line(format_args!(
            "what is left could not be read: {:#}",
            failure.error
        ));
    }
}

async fn look(
    output: &mut Output,
    session: &Session,
    topology: &Topology,
    plan: &Plan,
) -> Outcome<()> {
    let observation = session.observe_for_destroy(topology).await?;
    let holders = preflight_destroy(topology, &observation);
    if !holders.findings.is_empty() {
        output.report("holders", &holders);
    }
    let observation = session.observe_for_residue(topology).await?;
    stages::residue(output, session, topology, &observation, plan, None).await?;
    Ok(())
}
