//! Whether the caller may do what it asks for. It is asked before anything else, dry runs included.

use serde_json::{Value, json};

use super::context::Call;
use super::failure::{Failure, Outcome};
use super::operation::{Operation, Product};
use super::parameters::Parameters;
use super::policy::{Decision, Document, Purpose, Question, Target, decide};
use super::ram::RamArn;
use super::state::State;
use crate::account::{Accounts, Caller, Holder};

/// Refuses what no policy of the caller allows. Roots may do everything, and users whom nothing restricts.
pub(crate) fn check(
    state: &State,
    accounts: &Accounts,
    call: &Call,
    operation: &Operation,
) -> Outcome<()> {
    let caller = &call.caller;
    if operation.name == "GetCallerIdentity" {
        return Ok(());
    }
    let documents = match &caller.holder {
        Holder::User { .. } => match accounts.restriction(&caller.key_id) {
            None => return Ok(()),
            Some(text) => vec![Document::parse(text, Purpose::Permission).unwrap_or_default()],
        },
        Holder::Session { role, role_id, .. } => {
            let ram = &state.ram;
            ram.documents(&caller.account, role, role_id, call.now)
        }
        Holder::Root | Holder::Anonymous | Holder::Temporary { .. } => return Ok(()),
    };
    let question = question(call, operation);
    allowed(&documents, &question).map_err(|decision| denied(call, &question, decision))?;
    let session = state.sts.restriction(&caller.key_id);
    match session.map(|session| allowed([session], &question)) {
        Some(Err(decision)) => Err(denied(call, &question, decision)),
        Some(Ok(())) | None => Ok(()),
    }
}

fn allowed<'a>(
    documents: impl IntoIterator<Item = &'a Document>,
    question: &Question,
) -> Result<(), Decision> {
    match decide(documents, question) {
        Decision::Allow => Ok(()),
        decision => Err(decision),
    }
}

/// How policies call the product.
fn prefix(product: Product) -> &'static str {
    match product.name() {
        "cbn" => "cen",
        "vpcpeer" => "vpc",
        name => name,
    }
}

fn question(call: &Call, operation: &Operation) -> Question {
    let prefix = prefix(call.product);
    let role = call.parameters.get("RoleArn").and_then(RamArn::parse);
    Question {
        principals: Vec::new(),
        action: format!("{prefix}:{}", operation.name),
        target: Target {
            // Roles are objects of RAM, whichever product is asked about them.
            product: if prefix == "sts" { "ram" } else { prefix }.to_owned(),
            region: call.parameters.get("RegionId").map(str::to_owned),
            account: role
                .map_or(call.caller.account.as_str(), |role| role.account)
                .to_owned(),
            ids: ids(&call.parameters),
        },
        keys: Vec::new(),
    }
}

/// What the call names: the values of parameters that hold ids, and the names of objects of RAM.
fn ids(parameters: &Parameters) -> Vec<String> {
    let all = parameters.all().iter();
    all.filter(|(name, _)| is_id(name))
        .flat_map(|(_, value)| values(value))
        .collect()
}

fn is_id(parameter: &str) -> bool {
    const NOT_OF_OBJECTS: [&str; 3] = ["RegionId", "OwnerId", "ZoneId"];
    let name = parameter.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    let is_of_object = (name.ends_with("Id") || name.ends_with("Ids"))
        && !NOT_OF_OBJECTS.iter().any(|known| name.ends_with(known));
    is_of_object || ["RoleName", "PolicyName", "RoleArn"].contains(&name)
}

/// One value, or those of a list in JSON. Of a resource name, the last part.
fn values(value: &str) -> Vec<String> {
    let list: Option<Vec<String>> = serde_json::from_str(value).ok();
    let last = |text: &str| text.rsplit('/').next().unwrap_or(text).to_owned();
    list.unwrap_or_else(|| vec![value.to_owned()])
        .iter()
        .map(|value| last(value))
        .collect()
}

fn denied(call: &Call, question: &Question, decision: Decision) -> Failure {
    let (status, code) = match call.product.name() {
        "cbn" => (400, "Unauthorized"),
        "vpc" | "ecs" => (403, "Forbidden.RAM"),
        _ => (403, "NoPermission"),
    };
    let detail = detail(&call.caller, question, decision);
    // One product writes the detail as a text.
    let detail = match call.product.name() {
        "expressconnectrouter" => Value::from(detail.to_string()),
        _ => detail,
    };
    Failure {
        detail: Some(Box::new(detail)),
        ..Failure::new(
            status,
            code,
            "You are not authorized to do this action. You should be authorized by RAM.",
        )
    }
}

fn detail(caller: &Caller, question: &Question, decision: Decision) -> Value {
    let (kind, name) = match &caller.holder {
        Holder::User { id, .. } => ("SubUser", id.clone()),
        Holder::Session { role, session, .. } => ("AssumedRoleUser", format!("{role}:{session}")),
        Holder::Root | Holder::Anonymous | Holder::Temporary { .. } => ("RootUser", String::new()),
    };
    let why = if decision == Decision::Deny {
        "ExplicitDeny"
    } else {
        "ImplicitDeny"
    };
    json!({
        "PolicyType": "AccountLevelIdentityBasedPolicy", "AuthPrincipalOwnerId": caller.account,
        "AuthPrincipalType": kind, "AuthPrincipalDisplayName": name, "AuthAction": question.action,
        "NoPermissionType": why, "EncodedDiagnosticMessage": "",
    })
}
