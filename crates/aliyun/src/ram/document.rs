//! Trust and permission documents: written in one form, read in every form that says something we know.

use std::collections::BTreeSet;

use landbridge_core::backend::principal;
use landbridge_core::{EnsureTrust, Permissions, Principal};
use serde_json::{Map, Value, json};

const ASSUME: &str = "sts:AssumeRole";
const EXTERNAL_ID: &str = "sts:ExternalId";
const MFA: &str = "acs:MFAPresent";

/// The trust document that a request asks for.
pub(crate) fn trust_document(wanted: &EnsureTrust) -> Value {
    let names: BTreeSet<String> = wanted.principals.iter().map(name).collect();
    let mut statement = json!({
        "Effect": "Allow",
        "Action": ASSUME,
        "Principal": {"RAM": names},
    });
    let mut condition = Map::new();
    if let Some(id) = &wanted.external_id {
        condition.insert("StringEquals".to_owned(), json!({EXTERNAL_ID: id}));
    }
    if wanted.require_mfa {
        condition.insert("Bool".to_owned(), json!({MFA: "true"}));
    }
    if !condition.is_empty() {
        statement["Condition"] = Value::Object(condition);
    }
    json!({"Version": "1", "Statement": [statement]})
}

fn name(principal: &Principal) -> String {
    match principal {
        Principal::Account(account) => format!("acs:ram::{account}:root"),
        Principal::User { account, name } => format!("acs:ram::{account}:user/{name}"),
        Principal::Role { account, name } => format!("acs:ram::{account}:role/{name}"),
        other => other.to_string(),
    }
}

/// The document that says what a role may do.
///
/// A document must name an action, so one for no action denies all.
pub(crate) fn permission_document(permissions: &Permissions) -> Option<Value> {
    let statement = match permissions {
        Permissions::Document(document) => return Some(document.clone()),
        Permissions::AsIs => return Some(Value::Null),
        Permissions::Actions(actions) if actions.is_empty() => {
            json!({"Effect": "Deny", "Action": ["*"], "Resource": "*"})
        }
        Permissions::Actions(actions) => {
            let actions: BTreeSet<&String> = actions.iter().collect();
            json!({"Effect": "Allow", "Action": actions, "Resource": "*"})
        }
        _ => return None,
    };
    Some(json!({"Version": "1", "Statement": [statement]}))
}

/// What a trust document says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TrustTerms {
    pub(crate) principals: Vec<Principal>,
    pub(crate) external_id: Option<String>,
    pub(crate) require_mfa: bool,
}

/// Reads a trust document. Whatever in it is not understood becomes a principal in the cloud's words, so that it is
/// seen as a difference. A condition holds only if every statement makes it.
pub(crate) fn read_trust(document: &Value) -> TrustTerms {
    let statements = one_or_many(&document["Statement"]);
    let mut principals = BTreeSet::new();
    let mut conditions = Vec::new();
    for statement in statements {
        match known(statement) {
            Some(condition) => {
                principals.extend(read_principals(&statement["Principal"]));
                conditions.push(condition);
            }
            None => {
                principals.insert(Principal::Other(statement.to_string()));
            }
        }
    }
    let agreed = conditions.first().cloned().unwrap_or_default();
    let external_id = agreed.external_id.filter(|id| {
        conditions
            .iter()
            .all(|c| c.external_id.as_ref() == Some(id))
    });
    TrustTerms {
        principals: principals.into_iter().collect(),
        external_id,
        require_mfa: !conditions.is_empty() && conditions.iter().all(|c| c.mfa),
    }
}

#[derive(Clone, Debug, Default)]
struct Condition {
    external_id: Option<String>,
    mfa: bool,
}

/// The condition of a statement of the kind that we write; `None` for any other kind.
fn known(statement: &Value) -> Option<Condition> {
    let fields = statement.as_object()?;
    let ours = ["Effect", "Action", "Principal", "Condition", "Sid"];
    let plain = fields.keys().all(|field| ours.contains(&field.as_str()));
    let assumes = one_or_many(&statement["Action"]) == [&json!(ASSUME)];
    if !plain || !assumes || statement["Effect"] != "Allow" {
        return None;
    }
    match &statement["Condition"] {
        Value::Null => Some(Condition::default()),
        condition => read_condition(condition.as_object()?),
    }
}

fn read_condition(operators: &Map<String, Value>) -> Option<Condition> {
    let mut read = Condition::default();
    for (operator, tests) in operators {
        for (key, value) in tests.as_object()? {
            let [value] = one_or_many(value)[..] else {
                return None;
            };
            match (operator.as_str(), key.as_str()) {
                ("StringEquals", EXTERNAL_ID) => {
                    read.external_id = Some(value.as_str()?.to_owned());
                }
                ("Bool", MFA) if *value == json!(true) || value == "true" => read.mfa = true,
                _ => return None,
            }
        }
    }
    Some(read)
}

fn read_principals(value: &Value) -> Vec<Principal> {
    let Some(kinds) = value.as_object() else {
        return vec![Principal::Other(text(value))];
    };
    let of_kind = |(kind, names): (&String, &Value)| -> Vec<Principal> {
        let names = one_or_many(names).into_iter().map(text);
        names.map(|name| read_principal(kind, name)).collect()
    };
    kinds.iter().flat_map(of_kind).collect()
}

fn read_principal(kind: &str, name: String) -> Principal {
    if kind != "RAM" {
        return Principal::Other(format!("{kind} {name}"));
    }
    let known = || {
        let (account, who) = name.strip_prefix("acs:ram::")?.split_once(':')?;
        principal(account.into(), who)
    };
    known().unwrap_or_else(|| Principal::Other(name.clone()))
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// A list may be written as its only item.
fn one_or_many(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::Owner;

    fn wanted() -> EnsureTrust {
        let user = Principal::User {
            account: "11".into(),
            name: "alice".to_owned(),
        };
        EnsureTrust::new("peer", Owner::new("t", "role/peer"), user)
            .with_principal(Principal::Account("11".into()))
            .with_external_id("secret handshake")
            .with_mfa_required()
    }

    #[test]
    fn trust_is_written_in_one_form_and_read_back() {
        let document = trust_document(&wanted());
        assert_eq!(
            document,
            json!({"Version": "1", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                "Principal": {"RAM": ["acs:ram::11:root", "acs:ram::11:user/alice"]},
                "Condition": {"StringEquals": {"sts:ExternalId": "secret handshake"}, "Bool": {"acs:MFAPresent": "true"}}}]})
        );
        let terms = read_trust(&document);
        assert_eq!(terms.principals.len(), 2);
        assert_eq!(terms.external_id.as_deref(), Some("secret handshake"));
        assert!(terms.require_mfa);
    }

    #[test]
    fn the_same_trust_is_read_from_other_forms() {
        let terms = read_trust(
            &json!({"Statement": {"Effect": "Allow", "Action": ["sts:AssumeRole"],
            "Principal": {"RAM": "acs:ram::11:role/ci"}, "Condition": {"Bool": {"acs:MFAPresent": [true]}}}}),
        );
        let role = Principal::Role {
            account: "11".into(),
            name: "ci".to_owned(),
        };
        assert_eq!(terms.principals, [role]);
        assert!(terms.require_mfa && terms.external_id.is_none());
    }

    #[test]
    fn what_is_not_understood_is_told_as_a_principal() {
        let principals =
            |statement: Value| read_trust(&json!({"Statement": [statement]})).principals;
        let of = |principal: Value| {
            principals(
                json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}),
            )
        };
        let other = |text: &str| vec![Principal::Other(text.to_owned())];
        assert_eq!(
            of(json!({"Service": ["ecs.aliyuncs.com"]})),
            other("Service ecs.aliyuncs.com")
        );
        assert_eq!(of(json!({"RAM": "*"})), other("*"));
        assert_eq!(of(json!("*")), other("*"));
        let denied = json!({"Effect": "Deny", "Action": "sts:AssumeRole", "Principal": {"RAM": "acs:ram::11:root"}});
        assert!(matches!(principals(denied)[..], [Principal::Other(_)]));
        let elsewhere = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": "acs:ram::11:root"},
            "Condition": {"IpAddress": {"acs:SourceIp": "10.0.0.0/8"}}});
        assert!(matches!(principals(elsewhere)[..], [Principal::Other(_)]));
    }

    #[test]
    fn a_condition_that_one_statement_lacks_is_none() {
        let mut document = trust_document(&wanted());
        let open = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": "acs:ram::12:root"}});
        if let Some(statements) = document["Statement"].as_array_mut() {
            statements.push(open);
        }
        let terms = read_trust(&document);
        assert_eq!((terms.external_id, terms.require_mfa), (None, false));
        assert_eq!(terms.principals.len(), 3);
    }

    #[test]
    fn permissions_are_sorted_and_none_is_said_as_a_denial() {
        let actions = ["vpc:B", "cen:A", "vpc:B"].map(str::to_owned).to_vec();
        assert_eq!(
            permission_document(&Permissions::Actions(actions)),
            Some(
                json!({"Version": "1", "Statement": [{"Effect": "Allow", "Action": ["cen:A", "vpc:B"], "Resource": "*"}]})
            )
        );
        let nothing = permission_document(&Permissions::Actions(Vec::new())).expect("says so");
        assert_eq!(nothing["Statement"][0]["Effect"], "Deny");
    }
}
