//! RAM: roles, whom they trust and what they may do. It is global, and slow to tell everybody.

mod alias;
mod attachments;
mod names;
mod paging;
mod policies;
mod provision;
mod roles;
mod system;
mod tags;
mod versions;

use std::collections::BTreeMap;
use std::time::Duration;

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::operation::Operation;
use super::policy::Document;
use crate::table::Tags;

pub(crate) use names::RamArn;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::write("CreateRole", roles::create),
    Operation::read("GetRole", roles::get),
    Operation::write("UpdateRole", roles::update),
    Operation::write("DeleteRole", roles::delete),
    Operation::read("ListRoles", roles::list),
    Operation::write("CreatePolicy", policies::create),
    Operation::read("GetPolicy", policies::get),
    Operation::read("ListPolicies", policies::list),
    Operation::write("DeletePolicy", policies::delete),
    Operation::write("CreatePolicyVersion", versions::create),
    Operation::read("ListPolicyVersions", versions::list),
    Operation::write("DeletePolicyVersion", versions::delete),
    Operation::write("AttachPolicyToRole", attachments::attach),
    Operation::write("DetachPolicyFromRole", attachments::detach),
    Operation::read("ListPoliciesForRole", attachments::list),
    Operation::read("GetAccountAlias", alias::get),
];

/// Roles, policies and identity providers by account and name.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// Names of roles compare without case.
    roles: BTreeMap<(String, String), Role>,
    policies: BTreeMap<(String, String), Policy>,
    /// The token that each identity provider accepts.
    providers: BTreeMap<(String, String), String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Role {
    pub(crate) account: String,
    pub(crate) name: String,
    pub(crate) id: String,
    description: String,
    /// As sent.
    trust_text: String,
    trust: Trust,
    /// In seconds.
    pub(crate) longest_session: u64,
    created: Duration,
    updated: Duration,
    /// When everybody knows of it.
    usable: Duration,
    tags: Tags,
    attached: Vec<Attachment>,
}

/// Whom a role trusts, now and until lately.
#[derive(Debug, Clone)]
struct Trust {
    present: Document,
    /// From when on the present one counts, and what counts until then.
    since: Duration,
    former: Document,
}

#[derive(Debug, Clone)]
struct Attachment {
    policy: PolicyName,
    attached: Duration,
    /// When everybody knows of it.
    effective: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum PolicyName {
    System(String),
    Custom(String),
}

impl PolicyName {
    fn kind(&self) -> &'static str {
        match self {
            Self::System(_) => "System",
            Self::Custom(_) => "Custom",
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::System(name) | Self::Custom(name) => name,
        }
    }
}

/// A policy made by the account.
#[derive(Debug, Clone)]
struct Policy {
    account: String,
    name: String,
    description: String,
    versions: Vec<Version>,
    /// The number of the version that counts.
    default: u64,
    /// The highest number given so far; numbers are not given twice.
    last: u64,
    created: Duration,
    updated: Duration,
    tags: Tags,
}

#[derive(Debug, Clone)]
struct Version {
    number: u64,
    text: String,
    document: Document,
    created: Duration,
}

impl Role {
    pub(crate) fn arn(&self) -> String {
        format!("acs:ram::{}:role/{}", self.account, self.name)
    }

    pub(crate) fn trust(&self, now: Duration) -> &Document {
        if now < self.trust.since {
            &self.trust.former
        } else {
            &self.trust.present
        }
    }
}

fn place(account: &str, name: &str) -> (String, String) {
    (account.to_owned(), name.to_lowercase())
}

impl State {
    /// A role that everybody knows of by now.
    pub(crate) fn known_role(&self, account: &str, name: &str, now: Duration) -> Option<&Role> {
        let role = self.roles.get(&place(account, name));
        role.filter(|role| role.usable <= now)
    }

    /// What a session's role may do by now. A role made anew under the same name is another one.
    pub(crate) fn documents(
        &self,
        account: &str,
        name: &str,
        id: &str,
        now: Duration,
    ) -> Vec<Document> {
        let role = self.roles.get(&place(account, name));
        let attached = role
            .filter(|role| role.id == id)
            .map(|role| role.attached.as_slice())
            .unwrap_or_default();
        attached
            .iter()
            .filter(|attachment| attachment.effective <= now)
            .filter_map(|attachment| self.document(account, &attachment.policy))
            .collect()
    }

    fn document(&self, account: &str, policy: &PolicyName) -> Option<Document> {
        match policy {
            PolicyName::System(name) => system::document(name),
            PolicyName::Custom(name) => {
                let policy = self.policies.get(&custom_place(account, name))?;
                Some(policy.default_version()?.document.clone())
            }
        }
    }

    /// The token that an identity provider accepts; `None` if there is no such provider.
    pub(crate) fn accepted_token(&self, account: &str, provider: &str) -> Option<&str> {
        let provider = self.providers.get(&custom_place(account, provider));
        provider.map(String::as_str)
    }

    /// How many roles have a policy.
    fn attachment_count(&self, account: &str, policy: &PolicyName) -> usize {
        let has = |role: &&Role| {
            role.account == account && role.attached.iter().any(|known| known.policy == *policy)
        };
        self.roles.values().filter(has).count()
    }
}

impl Policy {
    fn default_version(&self) -> Option<&Version> {
        self.versions
            .iter()
            .find(|version| version.number == self.default)
    }

    fn arn(&self) -> String {
        format!("acs:ram::{}:policy/{}", self.account, self.name)
    }
}

fn custom_place(account: &str, name: &str) -> (String, String) {
    (account.to_owned(), name.to_owned())
}

fn no_such(code: &str, name: &str) -> Failure {
    let message = format!("The specified {name} does not exist.");
    Failure::missing(format!("EntityNotExist.{code}"), message)
}

fn conflict(code: &str, message: &str) -> Failure {
    Failure::new(409, code, message)
}

/// Refuses the call if the caller has `used` up the quota.
fn within(ctx: &Context<'_>, quota: &str, used: usize, code: &str) -> Outcome<()> {
    if used < ctx.quota(quota) {
        return Ok(());
    }
    let message = format!("The limit of {} is reached.", quota.replace('_', " "));
    Err(conflict(&format!("LimitExceeded.{code}"), &message))
}

/// The role of the caller that the call names.
fn named_role<'a>(ctx: &'a mut Context<'_>) -> Outcome<&'a mut Role> {
    let name = ctx.required("RoleName")?;
    let place = place(ctx.account(), &name);
    let role = ctx.state.ram.roles.get_mut(&place);
    role.ok_or_else(|| no_such("Role", &format!("role {name}")))
}

/// The policy of the caller that the call names.
fn named_policy<'a>(ctx: &'a mut Context<'_>) -> Outcome<&'a mut Policy> {
    let name = ctx.required("PolicyName")?;
    let place = custom_place(ctx.account(), &name);
    let policy = ctx.state.ram.policies.get_mut(&place);
    policy.ok_or_else(|| no_such("Policy", &format!("policy {name}")))
}
