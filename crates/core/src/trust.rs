//! Trust between accounts, above the verbs of [`Trust`](crate::Trust): what backends share, and what callers do with
//! roles.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};
use crate::ids::AccountId;
use crate::object::{Kind, OpKind};
use crate::observation::Observation;
use crate::plan::{Plan, plan};
use crate::retry::{Backoff, Look, Patience, wait_until};
use crate::topology::Topology;
use crate::traits::{
    AssumeRole, CallerIdentity, Capabilities, CrossAccountAuth, Drift, EnsureTrust, HubRecord,
    HubScope, IdentityKind, Inventory, Owner, Principal, SessionCredentials, TrustRecord,
};

/// The name of the policy that the role or user of `owner` gets: letters, digits and hyphens, another for each owner,
/// because some clouds keep the policies of all roles of an account in one place.
pub fn policy_name(owner: &Owner) -> String {
    let name = format!("landbridge-{}-{}", owner.topology, owner.key);
    let allowed = |letter: char| match letter.is_ascii_alphanumeric() {
        true => letter,
        false => '-',
    };
    name.chars().map(allowed).collect()
}

/// Everything that an account's role must be allowed to do through the whole life of a topology, from nothing to
/// nothing: reading, creating, proving, deleting. It does not depend on what is there. Sorted, without repetition.
pub fn life_actions(
    topology: &Topology,
    capabilities: &[Capabilities],
    account: &AccountId,
) -> Vec<String> {
    let nothing = topology.places().into_iter().map(|place| {
        let identity =
            CallerIdentity::new(place.account.clone(), IdentityKind::User, String::new());
        Inventory::new(place, identity)
    });
    let observation = Observation::new(capabilities.iter().cloned(), nothing.collect());
    let plan = plan(topology, &observation);
    let mut actions: BTreeSet<String> = actions_of(&plan, &observation, account)
        .into_iter()
        .collect();
    // Between networks that others made there may be peerings of others.
    let existing = topology.networks.iter().any(|network| network.id.is_some());
    for step in plan.steps.iter().filter(|s| s.place.account == *account) {
        let Some(capabilities) = observation.capabilities.get(&step.place.cloud) else {
            continue;
        };
        let undo = step.op.kind().undo();
        if let Some(undo) = undo {
            actions.extend(capabilities.permissions_of(undo, step.is_at_edge()));
        }
        for kind in undo
            .into_iter()
            .chain([step.op.kind()])
            .filter(|_| existing)
        {
            let marks = capabilities.mark_permissions.get(&kind);
            actions.extend(marks.into_iter().flatten().cloned());
        }
        if step.op.kind() == OpKind::create(Kind::Instance) {
            actions.extend(capabilities.probe_permissions.iter().cloned());
        }
    }
    actions.into_iter().collect()
}

/// Everything that an account's role must be allowed to do to take the steps of a plan: reading what is there, and
/// the steps in its places. Sorted, without repetition.
pub fn actions_of(plan: &Plan, observation: &Observation, account: &AccountId) -> Vec<String> {
    let mut actions = BTreeSet::new();
    for step in plan.steps.iter().filter(|s| s.place.account == *account) {
        actions.extend(step.permissions.iter().cloned());
    }
    let is_edge = |hub: &HubRecord| matches!(hub.scope, HubScope::Edge { .. });
    let mut hubs = observation.inventories.iter().flat_map(|i| &i.hubs);
    let with_edges = hubs.any(is_edge) || plan.steps.iter().any(|step| step.is_at_edge());
    for inventory in observation.of_account(account) {
        if let Some(capabilities) = observation.capabilities.get(&inventory.place.cloud) {
            actions.extend(capabilities.read_permissions.iter().cloned());
            if with_edges {
                actions.extend(capabilities.edge_read_permissions.iter().cloned());
            }
        }
    }
    actions.into_iter().collect()
}

/// Opens sessions until one opens: a role that was just made, or whose trust was just changed, is not known everywhere
/// for up to a minute.
///
/// `on_wait` hears the refusal each time.
///
/// # Errors
/// The last refusal when `patience` ends, [`ErrorKind::Cancelled`], and any other error at once.
pub async fn wait_for_trust(
    caller: &dyn CrossAccountAuth,
    request: &AssumeRole,
    patience: &Patience,
    mut on_wait: impl FnMut(&str),
) -> Result<SessionCredentials> {
    let refusal = Mutex::new(None);
    let session = wait_until(
        &request.role,
        patience,
        &Backoff::default(),
        &mut on_wait,
        || {
            let opened = caller.assume_role(request);
            let refusal = &refusal;
            async move {
                match opened.await {
                    Ok(session) => Ok(Look::Ready(session)),
                    Err(error) if may_pass(&error) => {
                        let state = format!("refused ({})", error.message());
                        *refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                        Ok(Look::NotYet(state))
                    }
                    Err(error) => Err(error),
                }
            }
        },
    )
    .await;
    let refusal = refusal.into_inner().unwrap_or_else(PoisonError::into_inner);
    session.map_err(|error| match (error.kind(), refusal) {
        (ErrorKind::Timeout, Some(refusal)) => refusal,
        _ => error,
    })
}

fn may_pass(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::PermissionDenied | ErrorKind::NotFound
    )
}

/// The differences between a role and the request, whose permissions `document` says in the cloud's words. Empty for a
/// role that matches. For backends.
pub fn drift(request: &EnsureTrust, document: &Value, record: Option<&TrustRecord>) -> Vec<Drift> {
    let Some(record) = record else {
        return vec![Drift::new("role", &request.role, "nothing")];
    };
    let mut drift = Vec::new();
    let mut compare = |what: &str, wanted: String, found: String| {
        if wanted != found {
            drift.push(Drift::new(what, wanted, found));
        }
    };
    compare(
        "principals",
        principals(&request.principals),
        principals(&record.principals),
    );
    compare(
        "external id",
        or_none(request.external_id.as_deref()),
        or_none(record.external_id.as_deref()),
    );
    compare(
        "second factor",
        request.require_mfa.to_string(),
        record.require_mfa.to_string(),
    );
    compare(
        "longest session",
        format!("{} s", request.max_session.as_secs()),
        format!("{} s", record.max_session.as_secs()),
    );
    drift.extend(policy_drift(request, document, record));
    drift
}

fn policy_drift(request: &EnsureTrust, document: &Value, record: &TrustRecord) -> Vec<Drift> {
    let ours = policy_name(&request.owner);
    let mut drift = Vec::new();
    match record.policies.get(&ours) {
        Some(Some(found)) if same_document(document, found) => {}
        Some(Some(found)) => drift.push(Drift::new(
            "permissions",
            document.to_string(),
            found.to_string(),
        )),
        Some(None) | None => {
            drift.push(Drift::new("permissions", document.to_string(), "no policy"))
        }
    }
    let others = record.policies.keys().filter(|name| **name != ours);
    drift.extend(others.map(|name| Drift::new(format!("policy {name}"), "absent", "attached")));
    drift
}

fn principals(principals: &[Principal]) -> String {
    let names: BTreeSet<String> = principals.iter().map(Principal::to_string).collect();
    let names: Vec<String> = names.into_iter().collect();
    names.join(", ")
}

fn or_none(text: Option<&str>) -> String {
    text.unwrap_or("none").to_owned()
}

/// Whether two policy documents say the same: the order of keys, of actions and resources in a list, and a list of one
/// instead of its item make no difference.
pub fn same_document(left: &Value, right: &Value) -> bool {
    normal(left) == normal(right)
}

fn normal(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(normal).collect();
            items.sort_by_key(Value::to_string);
            match items.as_slice() {
                [only] => only.clone(),
                _ => Value::Array(items),
            }
        }
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), normal(value)))
            .collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request() -> EnsureTrust {
        let principal = Principal::Account("1111".into());
        EnsureTrust::new("peer", Owner::new("net", "role/peer"), principal)
    }

    fn record() -> TrustRecord {
        let mut record = TrustRecord::new("peer", "arn:peer");
        record.principals = vec![Principal::Account("1111".into())];
        record.policies = [(
            "landbridge-net-role-peer".to_owned(),
            Some(json!({"Action": "a"})),
        )]
        .into();
        record
    }

    #[test]
    fn a_role_as_wanted_does_not_differ_however_its_document_is_written() {
        let document = json!({"Action": ["a"]});
        assert_eq!(drift(&request(), &document, Some(&record())), []);
    }

    #[test]
    fn each_difference_is_named_once() {
        let document = json!({"Action": ["a"]});
        let mut found = record();
        found.principals.push(Principal::Account("9999".into()));
        found.require_mfa = true;
        found.external_id = Some("x".to_owned());
        found.max_session *= 2;
        found.policies.insert("Admin".to_owned(), None);
        let what = |record: Option<&TrustRecord>, document: &Value| -> Vec<String> {
            let drift = drift(&request(), document, record);
            drift.into_iter().map(|drift| drift.what).collect()
        };
        assert_eq!(
            what(Some(&found), &json!({"Action": ["a", "b"]})),
            [
                "principals",
                "external id",
                "second factor",
                "longest session",
                "permissions",
                "policy Admin"
            ]
        );
        assert_eq!(what(None, &document), ["role"]);
    }
}
