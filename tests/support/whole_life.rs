//! The whole life of a topology with one engine, and what it asked the clouds for.

use std::collections::BTreeSet;

use landbridge_core::CloudProvider;
use landbridge_core::engine::Engine;
use landbridge_core::plan::{plan, plan_destroy};
use landbridge_core::policy::{AccountPolicies, Purpose, policies};
use landbridge_core::preflight::preflight;
use landbridge_core::topology::Topology;
use landbridge_core::{Need, Observation};
use landbridge_sim::Call;
use serde_json::Value;

/// What the identities of a topology's accounts need.
pub(crate) fn policies_of(
    topology: &Topology,
    provider: &dyn CloudProvider,
) -> Vec<AccountPolicies> {
    let capabilities = [provider.capabilities().clone()];
    let all = policies(topology, &capabilities, |_| provider.policy_language());
    for account in &all {
        for document in &account.documents {
            let size = document.document.to_string().chars().count();
            assert!(size <= account.limit, "{}: {size}", account.name);
        }
    }
    all
}

/// The documents for a purpose as one, without an action.
pub(crate) fn merged(account: &AccountPolicies, purpose: Purpose, without: Option<&str>) -> String {
    let mut parts = account.documents_for(purpose).map(|part| &part.document);
    let mut all = parts.next().expect("a document").clone();
    for part in parts {
        let more = part["Statement"].as_array().expect("statements").clone();
        let statements = all["Statement"].as_array_mut();
        statements.expect("statements").extend(more);
    }
    let statements = all["Statement"].as_array_mut().expect("statements");
    for statement in statements.iter_mut() {
        let actions = match &statement["Action"] {
            Value::Array(actions) => actions.clone(),
            one => vec![one.clone()],
        };
        let kept = actions.into_iter();
        let kept: Vec<Value> = kept.filter(|action| action.as_str() != without).collect();
        statement["Action"] = kept.into();
    }
    statements.retain(|statement| statement["Action"] != Value::Array(Vec::new()));
    all.to_string()
}

/// Applies, verifies, plans again, destroys and looks for leftovers.
///
/// # Errors
/// What ended it, in the words that a user reads.
pub(crate) async fn live(engine: &Engine, topology: &Topology) -> Result<(), String> {
    let observed = Box::pin(look(engine, topology)).await?;
    let steps = plan(topology, &observed);
    Box::pin(engine.apply(&steps)).await.map_err(told)?;
    let verdict = Box::pin(engine.verify(topology)).await.map_err(told)?;
    expect(verdict.passed(), &verdict)?;
    let again = Box::pin(engine.observe_again(topology, &observed)).await;
    let again = plan(topology, &again.map_err(told)?);
    expect(again.is_empty(), &again)?;
    let observed = Box::pin(engine.observe_for_destroy(topology)).await;
    let steps = plan_destroy(topology, &observed.map_err(told)?);
    Box::pin(engine.apply(&steps)).await.map_err(told)?;
    let observed = Box::pin(engine.observe_for_residue(topology)).await;
    let residue = engine
        .residue_observed(topology, &observed.map_err(told)?, Some(&steps))
        .await
        .map_err(told)?;
    expect(residue.is_empty() && residue.is_decided(), &residue)
}

/// Reads everything that a plan needs.
///
/// # Errors
/// What was refused, and what the preflight finds.
pub(crate) async fn look(engine: &Engine, topology: &Topology) -> Result<Observation, String> {
    let observed = Box::pin(engine.observe(topology)).await.map_err(told)?;
    let report = preflight(topology, &observed);
    let searched = !report.codes().contains(&"place/not-searched");
    expect(report.passed() && searched, &report)?;
    Ok(observed)
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

/// The actions of these calls of an account that were allowed, as policies name them. Who one is needs no permission.
pub(crate) fn taken(calls: &[Call], account: &str) -> BTreeSet<String> {
    let own = calls.iter().filter(|call| call.account == account);
    // What is not there was looked for with a permission.
    own.filter(|call| call.action != "GetCallerIdentity")
        .filter(|call| call.status < 400 || call.status == 404)
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

/// Those actions of an account's policy that a whole life does not take, and that no text says why they are there.
pub(crate) fn unneeded(account: &AccountPolicies, calls: &[Call]) -> Vec<String> {
    let taken = taken(calls, account.account.as_str());
    // Tags of a creation, and roles that are handed on, are allowed with an action of their own, without a call of their own.
    const IMPLIED: [&str; 4] = [
        "ec2:CreateTags",
        "iam:PassRole",
        "iam:TagInstanceProfile",
        "iam:TagRole",
    ];
    let implied = |action: &str| IMPLIED.contains(&action);
    account
        .actions(Purpose::Life)
        .into_iter()
        .filter(|action| !taken.contains(*action) && !implied(action))
        .filter(|action| need(account, action) == &Need::Always)
        .map(str::to_owned)
        .collect()
}

/// Whether a life gets by without an action.
pub(crate) fn need<'a>(account: &'a AccountPolicies, action: &str) -> &'a Need {
    account.needs.get(action).unwrap_or(&Need::Always)
}

/// Holds the end of a life without one action against what is said of the action. `before` is what stands before an action in
/// what the cloud says.
pub(crate) fn gets_by(
    lived: &Result<(), String>,
    account: &AccountPolicies,
    action: &str,
    before: &str,
) {
    let name = &account.name;
    match (need(account, action), lived) {
        (Need::Advised(_) | Need::Sometimes(_), Ok(())) => {}
        (Need::Advised(_), Err(text)) => panic!("{name} does not live without {action}: {text}"),
        (_, Ok(())) => panic!("{name} lives without {action}"),
        (_, Err(text)) => {
            let all = text.matches(before).count();
            let named = text.matches(&format!("{before}{action}")).count();
            assert!(named > 0, "{name} without {action}: {text}");
            assert_eq!(named, all, "{name} without {action}: {text}");
            assert!(text.contains(account.account.as_str()), "{text}");
        }
    }
}

/// Which actions to take out: all with `LANDBRIDGE_EXHAUSTIVE`, else some of each account.
pub(crate) fn to_take_out(account: &AccountPolicies) -> Vec<String> {
    let all = account
        .actions(Purpose::Life)
        .into_iter()
        .map(str::to_owned);
    let step = match std::env::var_os("LANDBRIDGE_EXHAUSTIVE") {
        Some(_) => 1,
        None => 9,
    };
    all.step_by(step).collect()
}
