//! Reachability Analyzer: paths, and analyses of them that the data plane answers.
//!
//! An analysis looks at the configuration when it starts and when it ends, and fails if that changed meanwhile. It knows IPv4,
//! TCP and UDP, and one region. There are no organizations here, so nothing of other accounts is analysed.

mod analyses;
mod explanations;
mod filter;
mod paths;
mod report;
mod views;

use std::time::Duration;

use crate::aws::state;
use crate::aws::timings::Timings;
use crate::ledger::Ledger;
use crate::table::{Object, Phase, objects};

pub(crate) use analyses::Analysis;
pub(super) use analyses::{delete as delete_analysis, describe as describe_analyses, start};
pub(crate) use paths::Path;
pub(super) use paths::{create, delete as delete_path, describe as describe_paths};

objects!(Path, Analysis);

/// Ends the analyses that are due.
pub(crate) fn settle(state: &mut state::State, now: Duration) {
    let analyses = state.ec2.analyses.iter();
    let is_due = |analysis: &&Analysis| {
        analysis.is_running() && analysis.life().phase(now) != Phase::Creating
    };
    let due: Vec<Analysis> = analyses.filter(is_due).cloned().collect();
    for analysis in due {
        let ended = analysis.ended(state);
        if let Some(stored) = state.ec2.analyses.get_mut(ended.id()) {
            *stored = ended;
        }
    }
}

/// Analyses vanish after a while; paths do not.
pub(crate) fn forget(
    state: &mut state::State,
    timings: &Timings,
    now: Duration,
    ledger: &mut Ledger,
) {
    for analysis in state.ec2.analyses.iter_mut() {
        let over = analysis
            .base
            .life
            .created
            .saturating_add(timings.analysis_memory);
        if over <= now {
            analysis.base.life.leave(over);
        }
    }
    ledger.close_gone(&mut state.ec2.analyses, now);
    ledger.close_gone(&mut state.ec2.insights_paths, now);
}
