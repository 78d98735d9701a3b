//! Preflight: what would go wrong, found before the first write and told all at once.
//!
//! [`preflight`] is pure: it reads a topology and an observation. It checks what the plan makes knowable, not what only
//! the cloud's own validation can know.

mod address;
mod attachment;
mod border;
mod context;
mod drift;
mod duplicate;
mod edge;
mod exclude;
mod finding;
mod footprint;
mod foreign;
mod foreign_rules;
mod group;
mod holders;
mod hub;
mod identity;
mod instance;
mod ipv6;
mod left;
mod names;
mod network;
mod owner;
mod partition;
mod peering;
mod protect;
mod quota;
mod ranges;
mod reach;
mod routes;
mod side;
mod tables;
mod unread;
mod zone;

use crate::observation::Observation;
use crate::plan::{
    AdoptReason, Adoptable, Found, PlanOptions, adoptable_of, going, plan_destroy_of, plan_of,
};
use crate::topology::Topology;

use context::Context;
pub use finding::{Finding, Report, Severity};
pub(crate) use foreign_rules::foreign_rules;

/// Checks a topology against what was observed.
///
/// ```
/// use std::sync::Arc;
///
/// use landbridge_core::IdentityKind;
/// use landbridge_core::engine::Engine;
/// use landbridge_core::memory::{ManualClock, MemoryAccount, MemoryProvider};
/// use landbridge_core::preflight::preflight;
/// use landbridge_core::topology::Topology;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // The credentials for account 1111 are root keys.
/// let provider = MemoryProvider::builder(Arc::new(ManualClock::new()))
///     .with_account(MemoryAccount::new("1111").with_kind(IdentityKind::Root))
///     .build();
/// let engine = Engine::new().with_provider(Arc::new(provider));
/// let topology = Topology::from_text(
///     "{ name: demo, accounts: [{ name: a, cloud: memory, id: '1111' }],
///        networks: [{ name: vpc1, account: a, region: r1, range: 10.1.0.0/16 }] }",
/// )?;
///
/// let report = preflight(&topology, &engine.observe(&topology).await?);
/// assert!(!report.passed());
/// assert_eq!(report.codes(), ["identity/root"]);
/// println!("{report}");
/// # Ok(())
/// # }
/// ```
pub fn preflight(topology: &Topology, observation: &Observation) -> Report {
    preflight_with(topology, observation, &PlanOptions::default())
}

/// The [`preflight`] of a plan that may do what the options allow.
pub fn preflight_with(
    topology: &Topology,
    observation: &Observation,
    options: &PlanOptions,
) -> Report {
    let all = Found::index(topology, observation);
    let found = all.without(&going(topology, &all, options));
    let plan = plan_of(topology, observation, &all, options);
    let lost = lost(topology, observation, &all);
    let given = (topology, observation, options);
    let context = Context::new(given, (&*found, &all), &plan, &lost);
    let mut findings = Vec::new();
    identity::check(&context, &mut findings);
    // With the wrong identity nothing else was read, so nothing else can be told.
    if findings.is_empty() {
        identity::services(&context, &mut findings);
        owner::check(&context, &mut findings);
        left::check(&context, &mut findings);
        footprint::check(&context, &mut findings);
        zone::check(&context, &mut findings);
        partition::check(&context, &mut findings);
        network::check(&context, &mut findings);
        hub::check(&context, &mut findings);
        peering::check(&context, &mut findings);
        border::check(&context, &mut findings);
        edge::check(&context, &mut findings);
        reach::check(&context, &mut findings);
        routes::check(&context, &mut findings);
        tables::check(&context, &mut findings);
        exclude::check(&context, &mut findings);
        foreign::check(&context, &mut findings);
        findings.extend(foreign_rules(context.found, |rule| context.revokes(rule)));
        ranges::check(&context, &mut findings);
        group::check(&context, &mut findings);
        instance::check(&context, &mut findings);
        address::check(&context, &mut findings);
        names::check(&context, &mut findings);
        quota::check(&context, &mut findings);
        unread::check(&context, &mut findings);
        drift::check(&context, &mut findings);
        duplicate::check(&context, &mut findings);
        protect::check(&context, &mut findings);
        holders::check(&context, &mut findings);
        ipv6::check(&context, &mut findings);
        side::check(&context, &mut findings);
    }
    Report::new(findings)
}

/// Checks whether [`plan_destroy`](crate::plan::plan_destroy) can be applied: the keys are those of the declared accounts, no
/// account that left the topology is still joined, and nothing that others made holds what it deletes.
///
/// Holders are known only from an observation that asked for them:
/// [`observe_for_destroy`](crate::engine::Engine::observe_for_destroy).
pub fn preflight_destroy(topology: &Topology, observation: &Observation) -> Report {
    preflight_destroy_with(topology, observation, &PlanOptions::default())
}

/// The [`preflight_destroy`] of a plan that may do what the options allow.
pub fn preflight_destroy_with(
    topology: &Topology,
    observation: &Observation,
    options: &PlanOptions,
) -> Report {
    let found = Found::index(topology, observation);
    let plan = plan_destroy_of(topology, observation, &found, options);
    let lost = lost(topology, observation, &found);
    let given = (topology, observation, options);
    let context = Context::new(given, (&found, &found), &plan, &lost);
    let mut findings = Vec::new();
    identity::check(&context, &mut findings);
    if findings.is_empty() {
        left::check(&context, &mut findings);
        footprint::check(&context, &mut findings);
        protect::check(&context, &mut findings);
        holders::check(&context, &mut findings);
        foreign::check(&context, &mut findings);
        duplicate::check(&context, &mut findings);
        drift::left(&context, &mut findings);
    }
    Report::new(findings)
}

fn lost(topology: &Topology, observation: &Observation, found: &Found) -> Vec<Adoptable> {
    let mut all = adoptable_of(topology, observation, found);
    all.retain(|one| one.reason == AdoptReason::Alike);
    all
}
