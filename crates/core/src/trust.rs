//! Trust between accounts, above the verbs of [`Trust`](crate::Trust): what backends share, and what callers do with
//! roles.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};
use crate::ids::AccountId;
use crate::observation::Observation;
use crate::plan::Plan;
use crate::policy::AccountUse;
use crate::retry::{Backoff, Look, Patience, wait_until};
use crate::topology::Topology;
use crate::traits::{
    AssumeRole, Capabilities, CrossAccountAuth, Drift, EnsureTrust, HubRecord, HubScope, Owner,
    Permissions, Principal, SessionCredentials, TrustRecord,
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
/// nothing: reading, creating, proving, deleting, whichever model is chosen where it leaves that open. It does not depend on what
/// is there. Sorted, without repetition.
pub fn life_actions(
    topology: &Topology,
    capabilities: &[Capabilities],
    account: &AccountId,
) -> Vec<String> {
    let uses = AccountUse::of(topology, capabilities).into_iter();
    let own = uses.filter(|usage| usage.account == *account);
    let actions: BTreeSet<String> = own.flat_map(|usage| usage.actions()).collect();
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
            drift.push(Drift::new(what, wanted, found).with_by_others(record.altered));
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
        _ if request.permissions == Permissions::AsIs => {}
        Some(Some(found)) if same_document(document, found) => {}
        Some(Some(found)) => {
            let differs = Drift::new("permissions", document.to_string(), found.to_string());
            drift.push(differs.with_by_others(!is_generated(found)));
        }
        Some(None) | None => {
            drift.push(Drift::new("permissions", document.to_string(), "no policy"))
        }
    }
    if request.replace {
        let others = record.policies.keys().filter(|name| **name != ours);
        drift.extend(others.map(|name| Drift::new(format!("policy {name}"), "absent", "attached")));
    }
    drift
}

/// Whether a policy document has the form that Landbridge gives to [`Permissions::Actions`]: it allows actions on
/// everything, or denies all. What has another form was written by others, or by a caller who named the document. For
/// backends.
pub fn is_generated(document: &Value) -> bool {
    let statement = match normal(&document["Statement"]) {
        Value::Null => document.clone(),
        statement => statement,
    };
    let Some(fields) = statement.as_object() else {
        return false;
    };
    let known = ["Effect", "Action", "Resource"];
    let is = |field: &str, text: &str| fields.get(field).is_none_or(|value| value == text);
    let denies_all = is("Effect", "Deny") && fields.get("Action").is_some_and(|value| value == "*");
    fields.keys().all(|field| known.contains(&field.as_str()))
        && fields.contains_key("Action")
        && is("Resource", "*")
        && (is("Effect", "Allow") || denies_all)
}

/// Refuses to replace what others altered, unless the request says so. For backends.
///
/// # Errors
/// [`AlreadyExists`](ErrorKind::AlreadyExists), naming each difference that others made.
pub fn refuse_altered(role: &str, replace: bool, drift: &[Drift]) -> Result<()> {
    let altered: Vec<String> = drift
        .iter()
        .filter(|drift| drift.by_others)
        .map(ToString::to_string)
        .collect();
    if replace || altered.is_empty() {
        return Ok(());
    }
    let message = format!("{role} was altered by others: {}", altered.join("; "));
    Err(Error::new(ErrorKind::AlreadyExists, message)
        .with_remedy("change it by hand, or ask to replace what others made of it"))
}

/// The policies of a role that had these, once it is as requested. For backends.
pub fn policies_after(
    request: &EnsureTrust,
    document: &Value,
    mut found: BTreeMap<String, Option<Value>>,
) -> BTreeMap<String, Option<Value>> {
    let ours = policy_name(&request.owner);
    if request.replace {
        found.retain(|name, _| *name == ours);
    }
    if request.permissions != Permissions::AsIs {
        found.insert(ours, Some(document.clone()));
    }
    found
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
                "permissions"
            ]
        );
        assert_eq!(what(None, &document), ["role"]);
    }

    #[test]
    fn policies_of_others_stay_unless_they_are_to_be_replaced() {
        let document = json!({"Action": ["a"]});
        let mut found = record();
        found.policies.insert("Admin".to_owned(), None);
        assert_eq!(drift(&request(), &document, Some(&found)), []);
        let replacing = request().with_replace(true);
        let told = drift(&replacing, &document, Some(&found));
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].what, "policy Admin");
        let after = |request: &EnsureTrust| {
            let after = policies_after(request, &document, found.policies.clone());
            after.contains_key("Admin")
        };
        assert_eq!((after(&request()), after(&replacing)), (true, false));
    }

    #[test]
    fn what_others_altered_is_refused_unless_it_is_to_be_replaced() {
        let document = json!({"Action": ["a"]});
        let mut found = record();
        let denied = json!({"Statement": [{"Effect": "Allow", "Action": "a", "Resource": "*"},
            {"Effect": "Deny", "Action": "*", "Resource": "*"}]});
        let ours = policy_name(&request().owner);
        found.policies.insert(ours, Some(denied));
        let told = drift(&request(), &document, Some(&found));
        let error = refuse_altered("role peer", false, &told).expect_err("altered");
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert!(error.message().contains("Deny"), "{error}");
        assert!(refuse_altered("role peer", true, &told).is_ok());

        let mut found = record();
        found
            .principals
            .push(Principal::Other("a condition".to_owned()));
        let told = |record: &TrustRecord| drift(&request(), &document, Some(record));
        assert!(refuse_altered("role peer", false, &told(&found)).is_ok());
        found.altered = true;
        refuse_altered("role peer", false, &told(&found)).expect_err("altered");
    }

    #[test]
    fn permissions_as_they_are_never_differ() {
        let request = request().with_permissions(Permissions::AsIs);
        let mut found = record();
        assert_eq!(drift(&request, &Value::Null, Some(&found)), []);
        found.policies.clear();
        assert_eq!(drift(&request, &Value::Null, Some(&found)), []);
        assert_eq!(
            policies_after(&request, &Value::Null, BTreeMap::new()).len(),
            0
        );
    }

    #[test]
    fn only_documents_of_our_form_count_as_ours() {
        let statement = |statement: Value| json!({"Version": "1", "Statement": [statement]});
        for ours in [
            statement(json!({"Effect": "Allow", "Action": ["a", "b"], "Resource": "*"})),
            statement(json!({"Effect": "Deny", "Action": ["*"], "Resource": "*"})),
            json!({"Statement": {"Effect": "Allow", "Action": "a", "Resource": ["*"]}}),
        ] {
            assert!(is_generated(&ours), "{ours}");
        }
        for theirs in [
            statement(json!({"Effect": "Deny", "Action": "a", "Resource": "*"})),
            statement(json!({"Effect": "Allow", "Action": "a", "Resource": "vpc-1"})),
            statement(json!({"Effect": "Allow", "Action": "a", "Resource": "*", "Condition": {}})),
            statement(json!({"Effect": "Allow", "NotAction": "a", "Resource": "*"})),
            json!({"Version": "1"}),
            json!("text"),
        ] {
            assert!(!is_generated(&theirs), "{theirs}");
        }
    }
}
