//! Policy documents of RAM: who may do what on which resource under which conditions.

use serde_json::{Map, Value};

use super::failure::{Failure, Outcome};
use crate::policy::{self, like, texts};

pub(crate) use crate::policy::Decision;

/// A document, read. The empty one is silent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Document {
    statements: Vec<Statement>,
}

#[derive(Debug, Clone)]
struct Statement {
    allows: bool,
    /// In lower case; empty in documents of permissions.
    principals: Vec<String>,
    actions: Vec<String>,
    /// Empty in documents of trust.
    resources: Vec<String>,
    conditions: Vec<Condition>,
}

#[derive(Debug, Clone)]
struct Condition {
    operator: String,
    /// In lower case.
    key: String,
    values: Vec<String>,
}

/// What a document is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Names resources.
    Permission,
    /// Names principals.
    Trust,
}

/// What documents are asked about.
#[derive(Debug, Clone, Default)]
pub(crate) struct Question {
    /// All names of the caller in lower case; only trust is asked for them.
    pub(crate) principals: Vec<String>,
    pub(crate) action: String,
    pub(crate) target: Target,
    /// Condition keys in lower case, and their values.
    pub(crate) keys: Vec<(String, String)>,
}

/// What a call works on, as far as the call itself tells.
#[derive(Debug, Clone, Default)]
pub(crate) struct Target {
    pub(crate) product: String,
    /// `None` if the call names none.
    pub(crate) region: Option<String>,
    pub(crate) account: String,
    /// The ids and names in the call's parameters; empty if there are none.
    pub(crate) ids: Vec<String>,
}

/// The word of several documents together: a denial beats everything.
pub(crate) fn decide<'a>(
    documents: impl IntoIterator<Item = &'a Document>,
    question: &Question,
) -> Decision {
    let statements = documents.into_iter().flat_map(|all| &all.statements);
    let about = statements.filter(|statement| statement.is_about(question));
    policy::decide(about.map(|statement| statement.allows))
}

impl Document {
    pub(crate) fn parse(text: &str, purpose: Purpose) -> Outcome<Self> {
        let document: Value =
            serde_json::from_str(text).map_err(|_| malformed("The document is not JSON."))?;
        if document.get("Version").and_then(Value::as_str) != Some("1") {
            return Err(malformed("Version must be 1."));
        }
        let statements = document.get("Statement").and_then(Value::as_array);
        let statements = statements
            .filter(|statements| !statements.is_empty())
            .ok_or_else(|| malformed("Statement must be a list that is not empty."))?;
        let statements = statements
            .iter()
            .map(|statement| Statement::parse(statement, purpose).map_err(malformed))
            .collect::<Result<_, _>>()?;
        Ok(Self { statements })
    }

    /// Allows these actions on everything.
    pub(crate) fn allow(actions: &[&str]) -> Self {
        Self {
            statements: vec![Statement {
                allows: true,
                principals: Vec::new(),
                actions: actions.iter().map(|action| (*action).to_owned()).collect(),
                resources: vec!["*".to_owned()],
                conditions: Vec::new(),
            }],
        }
    }
}

fn malformed(why: &str) -> Failure {
    Failure::bad("MalformedPolicyDocument", why)
}

impl Statement {
    fn parse(statement: &Value, purpose: Purpose) -> Result<Self, &'static str> {
        let field = |name| statement.get(name).map(texts).unwrap_or_default();
        let allows = match statement.get("Effect").and_then(Value::as_str) {
            Some("Allow") => true,
            Some("Deny") => false,
            _ => return Err("Effect must be Allow or Deny."),
        };
        let (actions, resources) = (field("Action"), field("Resource"));
        if actions.is_empty() {
            return Err("A statement needs an Action.");
        }
        let principals = principals(statement)?;
        match purpose {
            Purpose::Trust if principals.is_empty() => return Err("Trust needs a Principal."),
            Purpose::Trust if !resources.is_empty() => return Err("Trust has no Resource."),
            Purpose::Permission if resources.is_empty() => {
                return Err("A statement needs a Resource.");
            }
            Purpose::Permission if !principals.is_empty() => {
                return Err("Only trust has a Principal.");
            }
            Purpose::Trust | Purpose::Permission => {}
        }
        Ok(Self {
            allows,
            principals,
            actions,
            resources,
            conditions: conditions(statement)?,
        })
    }

    fn is_about(&self, question: &Question) -> bool {
        let named =
            |principal: &String| principal == "*" || question.principals.contains(principal);
        let action = question.action.to_lowercase();
        (self.principals.is_empty() || self.principals.iter().any(named))
            && self
                .actions
                .iter()
                .any(|pattern| like(&pattern.to_lowercase(), &action))
            && (self.resources.is_empty()
                || self
                    .resources
                    .iter()
                    .any(|pattern| question.target.is_in(pattern)))
            && self
                .conditions
                .iter()
                .all(|condition| condition.holds(&question.keys))
    }
}

impl Target {
    /// Product, region and account are compared; what comes last only with the ids that the call names, if it names any.
    fn is_in(&self, pattern: &str) -> bool {
        if pattern == "*" {
            return true;
        }
        let parts: Vec<&str> = pattern.splitn(5, ':').collect();
        let [scheme, product, region, account, relative] = parts[..] else {
            return false;
        };
        let region_fits = |asked: &String| region.is_empty() || like(region, asked);
        scheme == "acs"
            && like(product, &self.product)
            && self.region.as_ref().is_none_or(region_fits)
            && like(account, &self.account)
            && self.relative_fits(relative)
    }

    fn relative_fits(&self, relative: &str) -> bool {
        let last = relative.rsplit('/').next().unwrap_or(relative);
        self.ids.is_empty() || self.ids.iter().any(|id| like(last, id))
    }
}

impl Condition {
    /// An operator that is not known never holds, so that a typing error does not open anything.
    fn holds(&self, keys: &[(String, String)]) -> bool {
        let (operator, is_negated) = match self.operator.replace("StringNot", "String") {
            plain if plain != self.operator => (plain, true),
            plain => (plain, false),
        };
        let equals = |wanted: &String, actual: &str| match operator.as_str() {
            "StringEquals" => wanted == actual,
            "StringEqualsIgnoreCase" | "Bool" => wanted.eq_ignore_ascii_case(actual),
            "StringLike" => like(wanted, actual),
            _ => false,
        };
        let is_known = matches!(
            operator.as_str(),
            "StringEquals" | "StringEqualsIgnoreCase" | "StringLike" | "Bool"
        );
        let any = keys
            .iter()
            .filter(|(key, _)| *key == self.key)
            .any(|(_, actual)| self.values.iter().any(|wanted| equals(wanted, actual)));
        is_known && any != is_negated
    }
}

fn principals(statement: &Value) -> Result<Vec<String>, &'static str> {
    const KINDS: [&str; 3] = ["RAM", "Service", "Federated"];
    let kinds = match statement.get("Principal") {
        None => return Ok(Vec::new()),
        Some(kinds) => kinds.as_object().ok_or("Principal must be an object.")?,
    };
    if kinds.keys().any(|kind| !KINDS.contains(&kind.as_str())) {
        return Err("A Principal is one of RAM, Service and Federated.");
    }
    let all = kinds.values().flat_map(texts);
    Ok(all.map(|principal| principal.to_lowercase()).collect())
}

fn conditions(statement: &Value) -> Result<Vec<Condition>, &'static str> {
    let none = Map::new();
    let operators = match statement.get("Condition") {
        None => &none,
        Some(operators) => operators
            .as_object()
            .ok_or("Condition must be an object.")?,
    };
    let mut all = Vec::new();
    for (operator, keys) in operators {
        let keys = keys
            .as_object()
            .ok_or("A condition's operator has an object of keys.")?;
        for (key, values) in keys {
            all.push(Condition {
                operator: operator.clone(),
                key: key.to_lowercase(),
                values: texts(values),
            });
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(action: &str, region: Option<&str>, ids: &[&str]) -> Question {
        Question {
            action: action.to_owned(),
            target: Target {
                product: action.split(':').next().unwrap_or_default().to_owned(),
                region: region.map(str::to_owned),
                account: "1".to_owned(),
                ids: ids.iter().map(|id| (*id).to_owned()).collect(),
            },
            ..Question::default()
        }
    }

    #[test]
    fn actions_and_resources_must_match_and_denials_win() {
        let text = r#"{"Version": "1", "Statement": [
            {"Effect": "Allow", "Action": ["vpc:Create*", "vpc:Delete*"], "Resource": "acs:vpc:cn-*:1:vpc/vpc-1"},
            {"Effect": "Deny", "Action": "vpc:DeleteVpc", "Resource": "*"}]}"#;
        let document = Document::parse(text, Purpose::Permission).expect("a document");
        let asked = |action, region, ids| decide([&document], &question(action, region, ids));
        let near = Some("cn-hangzhou");
        assert_eq!(
            asked("vpc:CreateVSwitch", near, &["vpc-1"]),
            Decision::Allow
        );
        assert_eq!(
            asked("vpc:CreateVSwitch", near, &["vpc-2"]),
            Decision::Silent
        );
        assert_eq!(asked("vpc:CreateVpc", near, &[]), Decision::Allow);
        assert_eq!(
            asked("vpc:CreateVpc", Some("us-west-1"), &[]),
            Decision::Silent
        );
        assert_eq!(asked("vpc:CreateVpc", None, &[]), Decision::Allow);
        assert_eq!(asked("vpc:DeleteVpc", near, &["vpc-1"]), Decision::Deny);
        assert_eq!(asked("ecs:CreateX", near, &["vpc-1"]), Decision::Silent);
    }

    #[test]
    fn malformed_documents_are_told_apart() {
        let permission = r#"{"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;
        assert!(Document::parse(permission, Purpose::Permission).is_ok());
        assert!(Document::parse(permission, Purpose::Trust).is_err());
        for text in [
            "nope",
            r#"{"Version": "1", "Statement": []}"#,
            r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#,
            r#"{"Version": "1", "Statement": [{"Effect": "Perhaps", "Action": "*", "Resource": "*"}]}"#,
            r#"{"Version": "1", "Statement": [{"Effect": "Allow", "Resource": "*"}]}"#,
            r#"{"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*"}]}"#,
            r#"{"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": {"RAM": ["*"]}}]}"#,
        ] {
            assert!(
                Document::parse(text, Purpose::Permission).is_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn conditions_hold_for_the_right_values_only() {
        let condition = |operator: &str| Condition {
            operator: operator.to_owned(),
            key: "sts:externalid".to_owned(),
            values: vec!["a".to_owned()],
        };
        let sent = |value: &str| vec![("sts:externalid".to_owned(), value.to_owned())];
        assert!(condition("StringEquals").holds(&sent("a")));
        assert!(!condition("StringEquals").holds(&sent("b")));
        assert!(!condition("StringEquals").holds(&[]));
        assert!(condition("StringNotEquals").holds(&sent("b")));
        assert!(!condition("Unheard").holds(&sent("a")));
    }
}
