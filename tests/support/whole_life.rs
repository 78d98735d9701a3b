//! The whole life of a topology with one engine, and what it asked the clouds for.

use std::collections::BTreeSet;

use landbridge_core::engine::Engine;
use landbridge_core::plan::{plan, plan_destroy};
use landbridge_core::preflight::preflight;
use landbridge_core::topology::Topology;
use landbridge_sim::Call;

/// Applies, verifies, plans again, destroys and looks for leftovers.
///
/// # Errors
/// What ended it, in the words that a user reads.
pub(crate) async fn live(engine: &Engine, topology: &Topology) -> Result<(), String> {
    let observed = engine.observe(topology).await.map_err(told)?;
    let report = preflight(topology, &observed);
    expect(
        report.passed() && !report.codes().contains(&"place/not-searched"),
        &report,
    )?;
    let steps = plan(topology, &observed);
    engine.apply(&steps).await.map_err(told)?;
    let verdict = engine.verify(topology).await.map_err(told)?;
    expect(verdict.passed(), &verdict)?;
    let again = engine.observe_again(topology, &observed).await;
    let again = plan(topology, &again.map_err(told)?);
    expect(again.is_empty(), &again)?;
    let observed = engine.observe_for_destroy(topology).await.map_err(told)?;
    let steps = plan_destroy(topology, &observed);
    engine.apply(&steps).await.map_err(told)?;
    let observed = engine.observe_for_residue(topology).await.map_err(told)?;
    let residue = engine
        .residue_observed(topology, &observed, Some(&steps))
        .await
        .map_err(told)?;
    expect(residue.is_empty() && residue.is_decided(), &residue)
}

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn expect(holds: bool, otherwise: &impl std::fmt::Display) -> Result<(), String> {
    match holds {
        true => Ok(()),
        false => Err(otherwise.to_string()),
    }
}

/// The actions of these calls of an account, as policies name them. Who one is needs no permission.
pub(crate) fn actions(calls: &[Call], account: &str) -> BTreeSet<String> {
    let own = calls.iter().filter(|call| call.account == account);
    own.filter(|call| call.action != "GetCallerIdentity")
        .map(|call| {
            let product = match call.product.as_str() {
                "cbn" => "cen",
                "vpcpeer" => "vpc",
                product => product,
            };
            format!("{product}:{}", call.action)
        })
        .collect()
}
