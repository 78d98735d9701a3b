//! Policy documents, written and read.

use std::collections::BTreeSet;

use landbridge_core::trust::same_document;
use landbridge_core::{EnsureTrust, Error, ErrorKind, Permissions, Principal, Result};
use serde_json::{Map, Value, json};

const VERSION: &str = "2012-10-17";
const EXTERNAL_ID: &str = "sts:ExternalId";
const SECOND_FACTOR: &str = "aws:MultiFactorAuthPresent";

/// Who may assume a role, in a fixed order, and what they must show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trusted {
    pub(crate) principals: Vec<Principal>,
    pub(crate) external_id: Option<String>,
    pub(crate) require_mfa: bool,
    /// Whether the document has another form than we write.
    pub(crate) altered: bool,
}

impl From<&EnsureTrust> for Trusted {
    fn from(request: &EnsureTrust) -> Self {
        let principals: BTreeSet<&Principal> = request.principals.iter().collect();
        Self {
            principals: principals.into_iter().cloned().collect(),
            external_id: request.external_id.clone(),
            require_mfa: request.require_mfa,
            altered: false,
        }
    }
}

/// The trust document of a role in the partition named `partition`.
pub(crate) fn trust_document(partition: &str, trusted: &Trusted) -> Value {
    let names: BTreeSet<String> = trusted
        .principals
        .iter()
        .map(|principal| name_of(partition, principal))
        .collect();
    let mut statement = json!({
        "Effect": "Allow",
        "Principal": { "AWS": names },
        "Action": "sts:AssumeRole",
    });
    let conditions = conditions(trusted);
    if !conditions.is_empty() {
        statement["Condition"] = Value::Object(conditions);
    }
    json!({ "Version": VERSION, "Statement": [statement] })
}

fn conditions(trusted: &Trusted) -> Map<String, Value> {
    let mut conditions = Map::new();
    if let Some(id) = &trusted.external_id {
        conditions.insert("StringEquals".to_owned(), json!({ EXTERNAL_ID: id }));
    }
    if trusted.require_mfa {
        conditions.insert("Bool".to_owned(), json!({ SECOND_FACTOR: "true" }));
    }
    conditions
}

fn name_of(partition: &str, principal: &Principal) -> String {
    match principal {
        Principal::Account(account) => format!("arn:{partition}:iam::{account}:root"),
        Principal::User { account, name } => format!("arn:{partition}:iam::{account}:user/{name}"),
        Principal::Role { account, name } => format!("arn:{partition}:iam::{account}:role/{name}"),
        other => other.to_string(),
    }
}

/// What a trust document says. One that says more than [`trust_document`] can write has the whole of it as one more
/// principal, so that it never passes for what was wanted.
pub(crate) fn read_trust(partition: &str, document: &Value) -> Trusted {
    let statement = only(&document["Statement"]);
    let condition = &statement["Condition"];
    let principals: BTreeSet<Principal> = texts(&statement["Principal"]["AWS"])
        .map(|name| principal(partition, name))
        .collect();
    let mut trusted = Trusted {
        principals: principals.into_iter().collect(),
        external_id: only(&condition["StringEquals"][EXTERNAL_ID])
            .as_str()
            .map(str::to_owned),
        require_mfa: is_true(only(&condition["Bool"][SECOND_FACTOR])),
        altered: false,
    };
    if !same_document(&trust_document(partition, &trusted), document) {
        trusted.altered = true;
        trusted
            .principals
            .push(Principal::Other(document.to_string()));
    }
    trusted
}

fn principal(partition: &str, name: &str) -> Principal {
    known(partition, name).unwrap_or_else(|| Principal::Other(name.to_owned()))
}

fn known(partition: &str, name: &str) -> Option<Principal> {
    let rest = name.strip_prefix("arn:")?.strip_prefix(partition)?;
    let (account, what) = rest.strip_prefix(":iam::")?.split_once(':')?;
    landbridge_core::backend::principal(account.into(), what)
}

/// What a role may do, in IAM's words. An empty list of actions is refused by IAM, so "nothing" is a denial.
pub(crate) fn permissions_document(permissions: &Permissions) -> Result<Value> {
    match permissions {
        Permissions::Actions(actions) if actions.is_empty() => Ok(statement("Deny", json!("*"))),
        Permissions::Actions(actions) => {
            let actions: BTreeSet<&String> = actions.iter().collect();
            Ok(statement("Allow", json!(actions)))
        }
        Permissions::Document(document) if document.is_object() => Ok(document.clone()),
        Permissions::AsIs => Ok(Value::Null),
        _ => Err(Error::new(
            ErrorKind::InvalidInput,
            "invalid permissions: expected a policy document",
        )
        .with_remedy("give an object with `Version` and `Statement`")),
    }
}

fn statement(effect: &str, actions: Value) -> Value {
    let statement = json!({ "Effect": effect, "Action": actions, "Resource": "*" });
    json!({ "Version": VERSION, "Statement": [statement] })
}

/// Lets a user assume roles and nothing else.
pub(crate) fn user_document(roles: &[String]) -> Value {
    let roles: BTreeSet<&String> = roles.iter().collect();
    let statement = json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": roles });
    json!({ "Version": VERSION, "Statement": [statement] })
}

/// The roles of a [`user_document`]; none in one that says anything else.
pub(crate) fn roles_in(document: &Value) -> Vec<String> {
    let resources = texts(&only(&document["Statement"])["Resource"]);
    let mut roles: Vec<String> = resources.map(str::to_owned).collect();
    roles.sort();
    match same_document(&user_document(&roles), document) {
        true => roles,
        false => Vec::new(),
    }
}

/// A value, or the only one of a list: IAM makes no difference.
fn only(value: &Value) -> &Value {
    match value.as_array().map(Vec::as_slice) {
        Some([only]) => only,
        Some(_) => &Value::Null,
        None => value,
    }
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let list = value
        .as_array()
        .map_or(std::slice::from_ref(value), |list| list);
    list.iter().filter_map(Value::as_str)
}

fn is_true(value: &Value) -> bool {
    value.as_bool() == Some(true) || value.as_str() == Some("true")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusted() -> Trusted {
        Trusted {
            principals: vec![
                Principal::Account("011111111111".into()),
                Principal::User {
                    account: "022222222222".into(),
                    name: "u".to_owned(),
                },
                Principal::Role {
                    account: "011111111111".into(),
                    name: "a/path/r".to_owned(),
                },
            ],
            external_id: Some("an-id".to_owned()),
            require_mfa: true,
            altered: false,
        }
    }

    #[test]
    fn a_trust_document_is_read_as_it_was_written() {
        for partition in ["aws", "aws-cn"] {
            let document = trust_document(partition, &trusted());
            assert_eq!(read_trust(partition, &document), trusted());
        }
        assert_eq!(
            trust_document("aws", &trusted()),
            json!({"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow",
                "Principal": {"AWS": [
                    "arn:aws:iam::011111111111:role/a/path/r",
                    "arn:aws:iam::011111111111:root",
                    "arn:aws:iam::022222222222:user/u",
                ]},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"sts:ExternalId": "an-id"},
                    "Bool": {"aws:MultiFactorAuthPresent": "true"},
                },
            }]})
        );
    }

    #[test]
    fn a_list_of_one_is_its_item() {
        let one = Trusted {
            principals: vec![Principal::Account("011111111111".into())],
            ..Trusted::default()
        };
        let mut document = trust_document("aws", &one);
        let statement = document["Statement"][0].take();
        document["Statement"] = statement;
        document["Statement"]["Principal"]["AWS"] = json!("arn:aws:iam::011111111111:root");
        assert_eq!(read_trust("aws", &document), one);
    }

    #[test]
    fn a_document_that_says_more_never_passes_for_ours() {
        let change: [fn(&mut Value); 5] = [
            |document| {
                let second = document["Statement"][0].clone();
                document["Statement"] = json!([document["Statement"][0].take(), second]);
            },
            |document| document["Statement"][0]["Action"] = json!("sts:*"),
            |document| document["Statement"][0]["Effect"] = json!("Deny"),
            |document| {
                document["Statement"][0]["Principal"]["Service"] = json!("ec2.amazonaws.com");
            },
            |document| {
                document["Statement"][0]["Condition"]["StringLike"] = json!({"aws:x": "y"});
            },
        ];
        for change in change {
            let mut document = trust_document("aws", &trusted());
            change(&mut document);
            let found = read_trust("aws", &document).principals;
            assert!(
                matches!(found.last(), Some(Principal::Other(_))),
                "{document}"
            );
        }
        let mut gone = trust_document("aws", &trusted());
        gone["Statement"][0]["Principal"]["AWS"] = json!("AIDAEXAMPLE");
        let found = read_trust("aws", &gone).principals;
        assert_eq!(found, [Principal::Other("AIDAEXAMPLE".to_owned())]);
    }

    #[test]
    fn permissions_are_sorted_and_nothing_is_a_denial() {
        let of = |actions: &[&str]| {
            let actions = actions.iter().map(|action| (*action).to_owned()).collect();
            permissions_document(&Permissions::Actions(actions)).expect("written")
        };
        assert_eq!(
            of(&["ec2:B", "ec2:A", "ec2:B"]),
            json!({"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": ["ec2:A", "ec2:B"], "Resource": "*"},
            ]})
        );
        assert_eq!(of(&[])["Statement"][0]["Effect"], "Deny");
        let error = permissions_document(&Permissions::Document(json!("text"))).expect_err("none");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn the_roles_of_a_user_are_read_as_they_were_written() {
        let roles = [
            "arn:aws:iam::1:role/a".to_owned(),
            "arn:aws:iam::1:role/b".to_owned(),
        ];
        let mut document = user_document(&roles);
        assert_eq!(roles_in(&document), roles);
        document["Statement"][0]["Action"] = json!("*");
        assert_eq!(roles_in(&document), Vec::<String>::new());
    }
}
