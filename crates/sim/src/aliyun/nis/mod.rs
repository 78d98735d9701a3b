//! Network Intelligence Service: whether packets would arrive, by the configuration of the network.
//!
//! An analysis is answered from the data plane when it ends. It knows instances, addresses in vSwitches and hosts behind border
//! routers of the caller; a path whose source or target is of another account ends as `error`. Whether the cloud analyses such
//! a path is not documented.

mod analyses;
mod paths;
mod result;
mod topology;

use std::time::Duration;

use serde_json::Value;

use super::failure::Failure;
use super::operation::Operation;
use super::state;
use crate::table::{Base, Object, Phase, Table, objects};
use paths::Wish;
use result::Outcome;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::write("CreateAndAnalyzeNetworkPath", analyses::create_and_analyze),
    Operation::write("CreateNetworkPath", paths::create),
    Operation::write("CreateNetworkReachableAnalysis", analyses::create),
    Operation::read("GetNetworkReachableAnalysis", analyses::get),
    Operation::write("DeleteNetworkReachableAnalysis", analyses::delete),
    Operation::write("DeleteNetworkPath", paths::delete),
];

#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) paths: Table<Path>,
    pub(crate) analyses: Table<Analysis>,
}

/// A path that was recorded.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    pub(crate) base: Base,
    wish: Wish,
}

#[derive(Debug, Clone)]
pub(crate) struct Analysis {
    pub(crate) base: Base,
    /// The path that it is of; `None`: nothing is recorded.
    path: Option<String>,
    wish: Wish,
    outcome: Option<Outcome>,
}

objects!(Path, Analysis);

/// Ends the analyses that are due.
pub(crate) fn settle(state: &mut state::State, now: Duration) {
    let analyses = state.nis.analyses.iter();
    let is_due = |analysis: &&Analysis| {
        analysis.outcome.is_none() && analysis.life().phase(now) == Phase::Ready
    };
    let due: Vec<Analysis> = analyses.filter(is_due).cloned().collect();
    for analysis in due {
        let at = analysis.life().ready;
        let outcome = result::of(state, &analysis, at);
        if let Some(stored) = state.nis.analyses.get_mut(analysis.id()) {
            stored.outcome = Some(outcome);
        }
    }
}

fn not_found(what: &str, id: &str) -> Failure {
    Failure::missing(
        format!("ResourceNotFound.{what}"),
        format!("The specified resource {id} is not found."),
    )
}

/// `{"Data": true}`, the answer of operations that delete.
fn done() -> Value {
    serde_json::json!({"Data": true})
}
