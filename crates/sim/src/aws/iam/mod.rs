//! IAM: roles, their trust and their policies. It is global, and slow to tell everybody.

mod access_keys;
mod account;
mod attachments;
mod instance_profiles;
mod managed;
mod paging;
mod policies;
mod role_policies;
mod roles;
mod tags;
mod user_policies;
mod users;

use std::collections::BTreeMap;
use std::time::Duration;

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::operation::Operation;
use super::policy::{Policy, Purpose};
use super::regions::Partition;
use crate::account::RoleSpec;
use crate::random::Ids;

pub(crate) use instance_profiles::InstanceProfile;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::put("CreateRole", roles::create),
    Operation::get("GetRole", roles::get),
    Operation::get("ListRoles", roles::list),
    Operation::put("DeleteRole", roles::delete),
    Operation::put("UpdateRole", roles::update),
    Operation::put("UpdateAssumeRolePolicy", roles::update_trust),
    Operation::put("TagRole", tags::tag_role),
    Operation::put("UntagRole", tags::untag_role),
    Operation::get("ListRoleTags", tags::of_role),
    Operation::put("PutRolePolicy", role_policies::put),
    Operation::get("GetRolePolicy", role_policies::get),
    Operation::put("DeleteRolePolicy", role_policies::delete),
    Operation::get("ListRolePolicies", role_policies::list),
    Operation::put("AttachRolePolicy", attachments::attach_to_role),
    Operation::put("DetachRolePolicy", attachments::detach_from_role),
    Operation::get("ListAttachedRolePolicies", attachments::of_role),
    Operation::put("CreateUser", users::create),
    Operation::get("GetUser", users::get),
    Operation::get("ListUsers", users::list),
    Operation::put("DeleteUser", users::delete),
    Operation::put("TagUser", users::tag),
    Operation::put("UntagUser", users::untag),
    Operation::get("ListUserTags", users::list_tags),
    Operation::get("ListGroupsForUser", users::list_groups),
    Operation::put("PutUserPolicy", user_policies::put),
    Operation::get("GetUserPolicy", user_policies::get),
    Operation::put("DeleteUserPolicy", user_policies::delete),
    Operation::get("ListUserPolicies", user_policies::list),
    Operation::put("AttachUserPolicy", attachments::attach_to_user),
    Operation::put("DetachUserPolicy", attachments::detach_from_user),
    Operation::get("ListAttachedUserPolicies", attachments::of_user),
    Operation::put("CreateAccessKey", access_keys::create),
    Operation::get("ListAccessKeys", access_keys::list),
    Operation::put("DeleteAccessKey", access_keys::delete),
    Operation::put("CreatePolicy", policies::create),
    Operation::get("GetPolicy", policies::get),
    Operation::get("GetPolicyVersion", policies::get_version),
    Operation::get("ListPolicies", policies::list),
    Operation::put("DeletePolicy", policies::delete),
    Operation::put("CreateInstanceProfile", instance_profiles::create),
    Operation::get("GetInstanceProfile", instance_profiles::get),
    Operation::get("ListInstanceProfiles", instance_profiles::list),
    Operation::put("DeleteInstanceProfile", instance_profiles::delete),
    Operation::put("AddRoleToInstanceProfile", instance_profiles::add_role),
    Operation::put(
        "RemoveRoleFromInstanceProfile",
        instance_profiles::remove_role,
    ),
    Operation::get("ListInstanceProfilesForRole", instance_profiles::of_role),
    Operation::get("ListAccountAliases", account::aliases),
];

#[derive(Debug, Clone)]
pub(crate) struct Role {
    pub(crate) account: String,
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) arn: String,
    path: String,
    description: String,
    /// As sent.
    trust_text: String,
    pub(crate) trust: Policy,
    /// Inline policies by name.
    inline: BTreeMap<String, String>,
    attached: Vec<String>,
    /// In seconds.
    pub(crate) longest_session: i64,
    created: Duration,
    /// When everybody knows of it.
    pub(crate) usable: Duration,
    tags: tags::Tags,
}

#[derive(Debug, Clone)]
struct User {
    account: String,
    name: String,
    id: String,
    arn: String,
    path: String,
    created: Duration,
    /// Inline policies by name.
    policies: BTreeMap<String, String>,
    attached: Vec<String>,
    tags: tags::Tags,
}

/// A managed policy made by an account.
#[derive(Debug, Clone)]
struct ManagedPolicy {
    account: String,
    name: String,
    id: String,
    arn: String,
    path: String,
    description: String,
    /// As sent.
    text: String,
    document: Policy,
    created: Duration,
}

/// Roles, users and instance profiles by account and name; names compare without case.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    roles: BTreeMap<(String, String), Role>,
    users: BTreeMap<(String, String), User>,
    profiles: BTreeMap<(String, String), InstanceProfile>,
    /// By resource name.
    managed: BTreeMap<String, ManagedPolicy>,
    /// When calls made keys.
    key_dates: BTreeMap<String, Duration>,
}

fn place(account: &str, name: &str) -> (String, String) {
    (account.to_owned(), name.to_lowercase())
}

impl State {
    pub(crate) fn get(&self, account: &str, name: &str) -> Option<&Role> {
        self.roles.get(&place(account, name))
    }

    /// `arn:<partition>:iam::<account>:role/<path><name>`, which must be exact.
    pub(crate) fn role_of_arn(&self, arn: &str) -> Option<&Role> {
        let (account, name) = of_iam(arn)?.split_once(":role/")?;
        let name = name.rsplit('/').next()?;
        self.get(account, name).filter(|role| role.arn == arn)
    }

    pub(crate) fn profile(&self, account: &str, name: &str) -> Option<&InstanceProfile> {
        self.profiles.get(&place(account, name))
    }

    /// The profile of an account with this resource name, which must be exact.
    pub(crate) fn profile_of_arn(&self, account: &str, arn: &str) -> Option<&InstanceProfile> {
        let mut profiles = self.profiles.values();
        profiles.find(|profile| profile.account == account && profile.arn == arn)
    }

    /// All policies of a role.
    pub(crate) fn policies(&self, account: &str, role: &str) -> Vec<Policy> {
        let Some(role) = self.get(account, role) else {
            return Vec::new();
        };
        self.read(account, &role.inline, &role.attached)
    }

    /// All policies of a user.
    pub(crate) fn user_policies(&self, account: &str, user: &str) -> Vec<Policy> {
        match self.users.get(&place(account, user)) {
            Some(user) => self.read(account, &user.policies, &user.attached),
            None => Vec::new(),
        }
    }

    fn read(
        &self,
        account: &str,
        inline: &BTreeMap<String, String>,
        attached: &[String],
    ) -> Vec<Policy> {
        let inline = inline.values();
        let inline = inline.filter_map(|text| Policy::parse(text, Purpose::Identity).ok());
        let attached = attached.iter();
        let attached = attached.filter_map(|arn| self.managed_policy(account, arn));
        inline.chain(attached).collect()
    }

    /// The content of a managed policy of the cloud or of the account; `None` if there is none of this name.
    pub(crate) fn managed_policy(&self, account: &str, arn: &str) -> Option<Policy> {
        let own = self.managed.get(arn);
        let own = own.filter(|policy| policy.account == account);
        own.map(|policy| policy.document.clone())
            .or_else(|| managed::policy(arn))
    }

    /// How many roles and users of an account have a managed policy.
    fn attachments(&self, account: &str, arn: &str) -> usize {
        let roles = self.roles.values();
        let roles = roles.filter(|role| role.account == account);
        let users = self.users.values();
        let users = users.filter(|user| user.account == account);
        let has = |attached: &&Vec<String>| attached.iter().any(|known| known == arn);
        roles
            .map(|role| &role.attached)
            .chain(users.map(|user| &user.attached))
            .filter(has)
            .count()
    }

    /// A role of the setup, that may do everything and is known at once.
    pub(crate) fn provision(&mut self, spec: RoleSpec, partition: &Partition, ids: &mut Ids) {
        let (trust_text, trust) = trust_of(&spec);
        let role = Role {
            id: role_id(ids),
            arn: format!(
                "arn:{}:iam::{}:role/{}",
                partition.name, spec.account, spec.name
            ),
            path: "/".to_owned(),
            description: String::new(),
            trust_text,
            trust,
            inline: BTreeMap::new(),
            attached: vec![managed::administrator(partition)],
            longest_session: 3600,
            created: Duration::ZERO,
            usable: Duration::ZERO,
            tags: BTreeMap::new(),
            account: spec.account,
            name: spec.name,
        };
        self.roles.insert(place(&role.account, &role.name), role);
    }
}

/// The part of an ARN after `arn:<partition>:iam::`.
fn of_iam(arn: &str) -> Option<&str> {
    let (_partition, rest) = arn.strip_prefix("arn:")?.split_once(':')?;
    rest.strip_prefix("iam::")
}

fn role_id(ids: &mut Ids) -> String {
    format!("AROA{}", ids.word("aws role", 17).to_uppercase())
}

/// The trust policy of a specification; without trusted principals it is silent.
fn trust_of(spec: &RoleSpec) -> (String, Policy) {
    let mut conditions = serde_json::Map::new();
    if let Some(id) = &spec.external_id {
        conditions.insert(
            "StringEquals".to_owned(),
            serde_json::json!({"sts:ExternalId": id}),
        );
    }
    if spec.requires_mfa {
        let mfa = serde_json::json!({"aws:MultiFactorAuthPresent": "true"});
        conditions.insert("Bool".to_owned(), mfa);
    }
    let text = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"AWS": spec.trusts},
            "Action": "sts:AssumeRole",
            "Condition": conditions,
        }],
    })
    .to_string();
    let trust = Policy::parse(&text, Purpose::Trust).unwrap_or_default();
    (text, trust)
}

fn no_such(kind: &str, name: &str) -> Failure {
    let message = format!("The {kind} with name {name} cannot be found.");
    Failure::missing("NoSuchEntity", message)
}

fn conflict(code: &str, message: &str) -> Failure {
    Failure::new(409, code, message)
}

/// The role of the caller that the call names.
fn named<'a>(ctx: &'a mut Context<'_>) -> Outcome<&'a mut Role> {
    let name = ctx.required("RoleName")?;
    let place = place(ctx.account(), &name);
    let role = ctx.state.iam.roles.get_mut(&place);
    role.ok_or_else(|| no_such("role", &name))
}
