//! Policy documents: who may do what to which resource under which conditions.

use serde_json::Value;

use super::failure::Failure;
use crate::policy::{self, like, texts};

pub(crate) use crate::policy::Decision;

/// A document, read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Policy {
    statements: Vec<Statement>,
}

#[derive(Debug, Clone)]
struct Statement {
    allows: bool,
    principals: Vec<String>,
    actions: Patterns,
    resources: Patterns,
    conditions: Vec<Condition>,
}

/// Patterns, or everything but the patterns.
#[derive(Debug, Clone)]
struct Patterns {
    negated: bool,
    patterns: Vec<String>,
}

impl Patterns {
    fn match_any(&self, text: &str, ignore_case: bool) -> bool {
        let matches = |pattern: &String| {
            if ignore_case {
                like(&pattern.to_lowercase(), &text.to_lowercase())
            } else {
                like(pattern, text)
            }
        };
        self.patterns.iter().any(matches) != self.negated
    }
}

#[derive(Debug, Clone)]
struct Condition {
    operator: String,
    key: String,
    values: Vec<String>,
}

/// What policies are asked about.
#[derive(Debug, Clone, Default)]
pub(crate) struct Question {
    /// Empty for the policies of identities.
    pub(crate) principals: Vec<String>,
    pub(crate) action: String,
    pub(crate) resource: String,
    /// Condition keys in lower case, and their values.
    pub(crate) keys: Vec<(String, String)>,
}

/// What a document is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Names resources.
    Identity,
    /// Names principals.
    Trust,
}

impl Policy {
    pub(crate) fn parse(text: &str, purpose: Purpose) -> Result<Self, Failure> {
        let malformed = |why: &str| Failure::bad("MalformedPolicyDocument", why.to_owned());
        let value: Value =
            serde_json::from_str(text).map_err(|_| malformed("Syntax errors in policy."))?;
        let version = value.get("Version").and_then(Value::as_str);
        if version.is_some_and(|version| !["2012-10-17", "2008-10-17"].contains(&version)) {
            return Err(malformed("The policy must contain a valid version string"));
        }
        let statements = match value.get("Statement") {
            Some(Value::Array(statements)) => statements.clone(),
            Some(statement @ Value::Object(_)) => vec![statement.clone()],
            _ => Vec::new(),
        };
        if statements.is_empty() {
            return Err(malformed("Syntax errors in policy: there is no statement."));
        }
        let statements = statements
            .iter()
            .map(|statement| Statement::parse(statement, purpose).map_err(malformed));
        Ok(Self {
            statements: statements.collect::<Result<_, _>>()?,
        })
    }

    /// All principals that statements name.
    pub(crate) fn principals(&self) -> impl Iterator<Item = &String> {
        self.statements
            .iter()
            .flat_map(|statement| &statement.principals)
    }
}

/// The word of several policies together: a denial beats everything.
pub(crate) fn decide<'a>(
    policies: impl IntoIterator<Item = &'a Policy>,
    question: &Question,
) -> Decision {
    let statements = policies.into_iter().flat_map(|policy| &policy.statements);
    let about = statements.filter(|statement| statement.is_about(question));
    policy::decide(about.map(|statement| statement.allows))
}

impl Statement {
    fn parse(value: &Value, purpose: Purpose) -> Result<Self, &'static str> {
        let allows = match value.get("Effect").and_then(Value::as_str) {
            Some("Allow") => true,
            Some("Deny") => false,
            _ => return Err("Syntax errors in policy: Effect must be Allow or Deny."),
        };
        let actions = patterns(value, "Action", "NotAction")
            .ok_or("Policy statement must contain actions.")?;
        let resources = match (purpose, patterns(value, "Resource", "NotResource")) {
            (Purpose::Identity, Some(resources)) => resources,
            (Purpose::Identity, None) => return Err("Policy statement must contain resources."),
            (Purpose::Trust, None) => Patterns {
                negated: false,
                patterns: vec!["*".to_owned()],
            },
            (Purpose::Trust, Some(_)) => return Err("Has prohibited field Resource"),
        };
        let principals = principals(value);
        if (purpose == Purpose::Trust) == principals.is_empty() {
            return Err(match purpose {
                Purpose::Trust => "AssumeRolePolicy must contain principals.",
                Purpose::Identity => "Policy document should not specify a principal.",
            });
        }
        Ok(Self {
            allows,
            principals,
            actions,
            resources,
            conditions: conditions(value),
        })
    }

    fn is_about(&self, question: &Question) -> bool {
        let trusted =
            |principal: &String| principal == "*" || question.principals.contains(principal);
        (self.principals.is_empty() || self.principals.iter().any(trusted))
            && self.actions.match_any(&question.action, true)
            && self.resources.match_any(&question.resource, false)
            && self
                .conditions
                .iter()
                .all(|condition| condition.holds(question))
    }
}

impl Condition {
    fn holds(&self, question: &Question) -> bool {
        let key = self.key.to_lowercase();
        let mut actual = question
            .keys
            .iter()
            .filter(|(name, _)| *name == key)
            .peekable();
        let (operator, if_exists) = match self.operator.strip_suffix("IfExists") {
            Some(operator) => (operator, true),
            None => (self.operator.as_str(), false),
        };
        let (of_set, operator) = match operator.split_once(':') {
            Some((set, operator)) => (Some(set), operator),
            None => (None, operator),
        };
        if operator == "Null" {
            let wants_null = self.values.iter().any(|value| value == "true");
            return actual.peek().is_none() == wants_null;
        }
        let (positive, negated) = match operator
            .strip_prefix("StringNot")
            .or(operator.strip_prefix("ArnNot"))
        {
            Some(rest) => (rest, true),
            None => (operator, false),
        };
        let all = of_set == Some("ForAllValues");
        if actual.peek().is_none() {
            return if_exists || negated || all;
        }
        let equals = |wanted: &String, actual: &String| match positive {
            "StringEquals" | "Equals" => wanted == actual,
            "StringEqualsIgnoreCase" | "EqualsIgnoreCase" | "Bool" => {
                wanted.eq_ignore_ascii_case(actual)
            }
            "StringLike" | "Like" | "ArnEquals" | "ArnLike" => like(wanted, actual),
            _ => false,
        };
        let is_wanted = |actual: &String| self.values.iter().any(|wanted| equals(wanted, actual));
        if all {
            return actual.all(|(_, actual)| is_wanted(actual) != negated);
        }
        let matches = actual.any(|(_, actual)| is_wanted(actual));
        matches != negated
    }
}

fn patterns(value: &Value, name: &str, negated_name: &str) -> Option<Patterns> {
    let read = |name: &str, negated| {
        let patterns = texts(value.get(name)?);
        (!patterns.is_empty()).then_some(Patterns { negated, patterns })
    };
    read(name, false).or_else(|| read(negated_name, true))
}

fn principals(value: &Value) -> Vec<String> {
    match value.get("Principal") {
        Some(Value::String(all)) => vec![all.clone()],
        Some(Value::Object(kinds)) => kinds.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

fn conditions(value: &Value) -> Vec<Condition> {
    let operators = value.get("Condition").and_then(Value::as_object);
    let mut all = Vec::new();
    for (operator, keys) in operators.into_iter().flatten() {
        for (key, values) in keys.as_object().into_iter().flatten() {
            all.push(Condition {
                operator: operator.clone(),
                key: key.clone(),
                values: texts(values),
            });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(action: &str, resource: &str, keys: &[(&str, &str)]) -> Question {
        let keys = keys
            .iter()
            .map(|(key, value)| (key.to_lowercase(), (*value).to_owned()));
        Question {
            principals: Vec::new(),
            action: action.to_owned(),
            resource: resource.to_owned(),
            keys: keys.collect(),
        }
    }

    #[test]
    fn actions_resources_and_conditions_must_all_match() {
        let text = r#"{"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "ec2:Create*", "Resource": "arn:aws:ec2:*:1:vpc/*",
             "Condition": {"ArnEquals": {"ec2:Vpc": "arn:aws:ec2:*:1:vpc/a"}}},
            {"Effect": "Deny", "Action": ["ec2:CreateVpc"], "Resource": "*"}]}"#;
        let policy = Policy::parse(text, Purpose::Identity).expect("a policy");
        let vpc = [("ec2:Vpc", "arn:aws:ec2:r:1:vpc/a")];
        let asked = |action, resource, keys| decide([&policy], &question(action, resource, keys));
        assert_eq!(
            asked("ec2:CreateX", "arn:aws:ec2:r:1:vpc/b", &vpc),
            Decision::Allow
        );
        assert_eq!(
            asked("ec2:CreateX", "arn:aws:ec2:r:1:vpc/b", &[]),
            Decision::Silent
        );
        assert_eq!(
            asked("ec2:CreateX", "arn:aws:ec2:r:2:vpc/b", &vpc),
            Decision::Silent
        );
        assert_eq!(
            asked("ec2:CreateVpc", "arn:aws:ec2:r:1:vpc/b", &vpc),
            Decision::Deny
        );
    }

    #[test]
    fn a_condition_of_a_set_holds_for_all_values_or_for_one() {
        let policy = |operator: &str| {
            let text = format!(
                r#"{{"Statement": {{"Effect": "Allow", "Action": "*", "Resource": "*",
                "Condition": {{"{operator}": {{"aws:TagKeys": ["ours:*"]}}}}}}}}"#
            );
            Policy::parse(&text, Purpose::Identity).expect("a policy")
        };
        let asked = |operator: &str, keys: &[&str]| {
            let keys: Vec<(&str, &str)> = keys.iter().map(|key| ("aws:TagKeys", *key)).collect();
            decide([&policy(operator)], &question("ec2:CreateTags", "x", &keys)) == Decision::Allow
        };
        for (operator, keys, allowed) in [
            ("ForAllValues:StringLike", &["ours:a", "ours:b"][..], true),
            ("ForAllValues:StringLike", &["ours:a", "Name"], false),
            ("ForAllValues:StringLike", &[], true),
            ("ForAnyValue:StringLike", &["ours:a", "Name"], true),
            ("ForAnyValue:StringLike", &["Name"], false),
            ("ForAnyValue:StringLike", &[], false),
        ] {
            assert_eq!(asked(operator, keys), allowed, "{operator} {keys:?}");
        }
    }

    #[test]
    fn malformed_documents_are_told_apart() {
        let identity = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
        assert!(Policy::parse(identity, Purpose::Identity).is_ok());
        for text in [
            "nope",
            r#"{"Version": "2012-10-17", "Statement": []}"#,
            r#"{"Version": "2013-01-01", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#,
            r#"{"Statement": [{"Effect": "Perhaps", "Action": "*", "Resource": "*"}]}"#,
            r#"{"Statement": [{"Effect": "Allow", "Action": "*"}]}"#,
        ] {
            assert!(Policy::parse(text, Purpose::Identity).is_err(), "{text}");
        }
        assert!(Policy::parse(identity, Purpose::Trust).is_err());
    }
}
