//! Statements, and documents of them that a cloud accepts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::PolicyLanguage;
use super::trusted::{TrustDocument, trust_of};
use super::usage::AccountUse;
use crate::ids::{AccountId, CloudName};
use crate::object::OpKind;
use crate::topology::{Holder, Topology};
use crate::traits::{Capabilities, Need};

/// What a policy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Purpose {
    /// Reading what is there: `plan`, `verify` without pings, `drift`, `status`. It writes nothing.
    Plan,
    /// The whole life of a topology: reading, creating, changing, proving, deleting.
    Life,
}

impl Purpose {
    /// Both, the smaller one first.
    pub const ALL: [Self; 2] = [Self::Plan, Self::Life];

    /// The purpose as text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Life => "life",
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One statement that allows something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Statement {
    /// Its name: letters and digits.
    pub sid: String,
    /// What it is for, as a sentence without a full stop.
    pub why: String,
    /// The actions, in the cloud's words.
    pub actions: BTreeSet<String>,
    /// The resources, in the cloud's words.
    pub resources: Vec<String>,
    /// The conditions: operator, key, values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub conditions: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

impl Statement {
    /// A statement about all resources.
    pub fn new<A: Into<String>>(
        sid: impl Into<String>,
        why: impl Into<String>,
        actions: impl IntoIterator<Item = A>,
    ) -> Self {
        Self {
            sid: sid.into(),
            why: why.into(),
            actions: actions.into_iter().map(Into::into).collect(),
            resources: vec!["*".to_owned()],
            conditions: BTreeMap::new(),
        }
    }

    /// What assumes the roles that the account uses; none if it uses none. Both clouds call the action the same.
    pub fn entering(usage: &AccountUse) -> Option<Self> {
        let why = "enters the other accounts of the topology";
        let statement = Self::new("EnterAccounts", why, ["sts:AssumeRole"]);
        let roles = usage.assumes.iter().cloned();
        (!usage.assumes.is_empty()).then(|| statement.on(roles))
    }

    /// Sets the resources.
    #[must_use]
    pub fn on(mut self, resources: impl IntoIterator<Item = String>) -> Self {
        self.resources = resources.into_iter().collect();
        self
    }

    /// Adds a condition.
    #[must_use]
    pub fn when<V: Into<String>>(
        mut self,
        operator: impl Into<String>,
        key: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        let keys = self.conditions.entry(operator.into()).or_default();
        keys.insert(key.into(), values);
        self
    }

    // Two of it that allow together what it allows.
    fn halves(&self) -> Option<[Self; 2]> {
        let half = |number: usize, actions: Vec<&String>, resources: &[String]| Self {
            sid: format!("{}{number}", self.sid),
            actions: actions.into_iter().cloned().collect(),
            resources: resources.to_vec(),
            ..self.clone()
        };
        let actions: Vec<&String> = self.actions.iter().collect();
        if actions.len() > 1 {
            let (left, right) = actions.split_at(actions.len() / 2);
            let all = &self.resources;
            return Some([half(1, left.to_vec(), all), half(2, right.to_vec(), all)]);
        }
        let (left, right) = self.resources.split_at(self.resources.len() / 2);
        (!left.is_empty()).then(|| [half(1, actions.clone(), left), half(2, actions, right)])
    }
}

/// A document that the cloud accepts as one policy.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PolicyDocument {
    /// What it is for.
    pub purpose: Purpose,
    /// Its number among the documents for this purpose, from 1: an identity needs all of them.
    pub part: usize,
    /// How many there are.
    pub parts: usize,
    /// What it says.
    pub statements: Vec<Statement>,
    /// The same in the cloud's own language.
    pub document: Value,
    /// How many characters it has without white space.
    pub characters: usize,
}

/// The policies of one account.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AccountPolicies {
    /// The account's name in the topology.
    pub name: String,
    /// The cloud.
    pub cloud: CloudName,
    /// The account.
    pub account: AccountId,
    /// The documents for planning, then those for the whole life.
    pub documents: Vec<PolicyDocument>,
    /// The trust document of the role through which the topology enters the account, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust: Option<TrustDocument>,
    /// Actions that only some runs take, or that Landbridge goes on without, and what for.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub needs: BTreeMap<String, Need>,
    /// What a reader must know of these documents.
    pub notes: Vec<String>,
    /// How many characters a document may have.
    pub limit: usize,
}

impl AccountPolicies {
    /// The documents for a purpose.
    pub fn documents_for(&self, purpose: Purpose) -> impl Iterator<Item = &PolicyDocument> {
        let documents = self.documents.iter();
        documents.filter(move |document| document.purpose == purpose)
    }

    /// The actions for a purpose, sorted.
    pub fn actions(&self, purpose: Purpose) -> BTreeSet<&str> {
        self.documents_for(purpose)
            .flat_map(|document| &document.statements)
            .flat_map(|statement| statement.actions.iter().map(String::as_str))
            .collect()
    }
}

/// The policies of each account of a topology whose keys are ours, in the order of the topology. An account on which nothing
/// is read or written has none. `language` finds the language of a cloud; accounts of other clouds are left out.
pub fn policies<'l>(
    topology: &Topology,
    capabilities: &[Capabilities],
    language: impl Fn(&CloudName) -> Option<&'l dyn PolicyLanguage>,
) -> Vec<AccountPolicies> {
    policies_with(topology, capabilities, &PolicyOptions::default(), language)
}

/// What policies allow beside the life of a topology.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyOptions {
    /// Whether second opinions of the clouds' analysers may be asked for. Default: no.
    pub second_opinion: bool,
}

impl PolicyOptions {
    /// Sets whether second opinions may be asked for.
    #[must_use]
    pub fn with_second_opinion(mut self, second_opinion: bool) -> Self {
        self.second_opinion = second_opinion;
        self
    }
}

/// The same, with what the options add.
pub fn policies_with<'l>(
    topology: &Topology,
    capabilities: &[Capabilities],
    options: &PolicyOptions,
    language: impl Fn(&CloudName) -> Option<&'l dyn PolicyLanguage>,
) -> Vec<AccountPolicies> {
    let mut all = Vec::new();
    for mut usage in AccountUse::of(topology, capabilities) {
        let mut known = capabilities.iter();
        let capabilities = known.find(|one| one.cloud == usage.cloud);
        let (Some(language), Some(capabilities)) = (language(&usage.cloud), capabilities) else {
            continue;
        };
        if options.second_opinion {
            usage.add_second_opinion(capabilities);
        }
        let account = of_account(topology, &usage, capabilities, language);
        if !account.documents.is_empty() {
            all.push(account);
        }
    }
    all
}

fn of_account(
    topology: &Topology,
    usage: &AccountUse,
    capabilities: &Capabilities,
    language: &dyn PolicyLanguage,
) -> AccountPolicies {
    let documents = Purpose::ALL.into_iter().flat_map(|purpose| {
        let statements = language.statements(usage, capabilities, purpose);
        documents(language, purpose, statements)
    });
    AccountPolicies {
        name: usage.name.clone(),
        cloud: usage.cloud.clone(),
        account: usage.account.clone(),
        documents: documents.collect(),
        trust: trust_of(topology, usage, language),
        needs: needs(usage, capabilities),
        notes: notes(topology, usage, language),
        limit: language.limit(),
    }
}

// An account that marks routes and writes no other tags marks only routes over peerings of others.
fn needs(usage: &AccountUse, capabilities: &Capabilities) -> BTreeMap<String, Need> {
    let actions = usage.actions();
    let known = capabilities.needs.iter();
    let known = known.filter(|(action, _)| actions.contains(*action));
    let mut needs: BTreeMap<String, Need> = known
        .map(|(action, need)| (action.clone(), need.clone()))
        .collect();
    for (action, written) in &usage.writes {
        let mut kinds = written.kinds.iter();
        let marks = |kind: &OpKind| {
            let marks = capabilities.mark_permissions.get(kind);
            marks.is_some_and(|marks| marks.contains(action))
        };
        if kinds.all(marks) {
            let when = "a route leads over a peering of others, so that its table carries a mark";
            needs.insert(action.clone(), Need::Sometimes(when.to_owned()));
        }
    }
    needs
}

fn notes(topology: &Topology, usage: &AccountUse, language: &dyn PolicyLanguage) -> Vec<String> {
    let mut notes = language.notes();
    let others = topology.accounts.iter();
    let mut others = others.filter(|one| one.held_by == Holder::Other && one.cloud == usage.cloud);
    if let Some(other) = others.next() {
        notes.push(format!(
            "account {} is held by its owner, who is told the permissions of its part in the hand-over (`landbridge plan FILE \
             --handover DIR`)",
            other.name
        ));
    }
    notes
}

/// As few documents as hold the statements in their order, each of a size that the cloud accepts.
fn documents(
    language: &dyn PolicyLanguage,
    purpose: Purpose,
    statements: Vec<Statement>,
) -> Vec<PolicyDocument> {
    let size = |statements: &[Statement]| language.document(statements).to_string().chars().count();
    let mut parts: Vec<Vec<Statement>> = Vec::new();
    let mut waiting: Vec<Statement> = statements.into_iter().rev().collect();
    while let Some(statement) = waiting.pop() {
        let alone = size(std::slice::from_ref(&statement)) <= language.limit();
        if let (false, Some([left, right])) = (alone, statement.halves()) {
            waiting.extend([right, left]);
            continue;
        }
        match parts.last_mut() {
            Some(last) => {
                last.push(statement);
                if size(last) > language.limit() && last.len() > 1 {
                    let moved = last.pop();
                    parts.push(moved.into_iter().collect());
                }
            }
            None => parts.push(vec![statement]),
        }
    }
    let count = parts.len();
    let numbered = parts.into_iter().enumerate();
    numbered
        .map(|(number, statements)| PolicyDocument {
            purpose,
            part: number + 1,
            parts: count,
            document: language.document(&statements),
            characters: size(&statements),
            statements,
        })
        .collect()
}
