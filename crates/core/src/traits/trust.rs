use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::time::Duration;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Owner;
use crate::error::Result;
use crate::ids::AccountId;

/// Who may assume a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Principal {
    /// Every user and role of an account whose own policies allow it.
    Account(AccountId),
    /// One user.
    User {
        /// Its account.
        account: AccountId,
        /// Its name.
        name: String,
    },
    /// One role.
    Role {
        /// Its account.
        account: AccountId,
        /// Its name.
        name: String,
    },
    /// A principal that Landbridge does not manage, in the cloud's words.
    Other(String),
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(account) => write!(f, "account {account}"),
            Self::User { account, name } => write!(f, "user {name} of {account}"),
            Self::Role { account, name } => write!(f, "role {name} of {account}"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// What a role may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Permissions {
    /// These actions, in the cloud's words, on everything of the account. Their order does not matter.
    Actions(Vec<String>),
    /// A policy document of the cloud.
    Document(Value),
    /// Whatever it has: no policy is written, so that a new role may do nothing.
    AsIs,
}

/// What [`Trust::ensure_trust`] needs: a role that other principals may assume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct EnsureTrust {
    /// The role's name.
    pub role: String,
    /// Ownership, written as tags.
    pub owner: Owner,
    /// Who may assume it.
    pub principals: Vec<Principal>,
    /// The external ID that the caller must send to assume it. It protects against a confused deputy.
    pub external_id: Option<String>,
    /// Whether the caller must have proved a second factor to assume it.
    pub require_mfa: bool,
    /// The longest session. Default 1 h.
    pub max_session: Duration,
    /// What it may do. Default: nothing.
    pub permissions: Permissions,
    /// Whether what others made of the role is replaced: a trust document or a policy that they altered, and policies that
    /// they attached. Default no: the former is refused, the latter stay.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replace: bool,
}

impl EnsureTrust {
    /// A role that `principal` may assume and that may do nothing yet.
    pub fn new(role: impl Into<String>, owner: Owner, principal: Principal) -> Self {
        Self {
            role: role.into(),
            owner,
            principals: vec![principal],
            external_id: None,
            require_mfa: false,
            max_session: Duration::from_secs(3600),
            permissions: Permissions::Actions(Vec::new()),
            replace: false,
        }
    }

    /// Lets one more principal assume it.
    #[must_use]
    pub fn with_principal(mut self, principal: Principal) -> Self {
        self.principals.push(principal);
        self
    }

    /// Asks for an external id.
    #[must_use]
    pub fn with_external_id(mut self, id: impl Into<String>) -> Self {
        self.external_id = Some(id.into());
        self
    }

    /// Asks for a second factor.
    #[must_use]
    pub fn with_mfa_required(mut self) -> Self {
        self.require_mfa = true;
        self
    }

    setters! {
        /// Sets the longest session.
        with_max_session(max_session: Duration);
        /// Sets what it may do.
        with_permissions(permissions: Permissions);
        /// Sets whether what others made of the role is replaced.
        with_replace(replace: bool);
    }
}

/// A role as the cloud reports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TrustRecord {
    /// Its name.
    pub role: String,
    /// Its full name (ARN), by which it is assumed.
    pub arn: String,
    /// Whose it is, if tagged by us.
    pub owner: Option<Owner>,
    /// Who may assume it.
    pub principals: Vec<Principal>,
    /// The external id it asks for.
    pub external_id: Option<String>,
    /// Whether it asks for a second factor.
    pub require_mfa: bool,
    /// The longest session.
    pub max_session: Duration,
    /// Its trust document as the cloud has it.
    pub trust: Value,
    /// Whether its trust document has another form than Landbridge writes: others made it so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub altered: bool,
    /// Its policies by name; absent documents are the cloud's own policies.
    pub policies: BTreeMap<String, Option<Value>>,
}

impl TrustRecord {
    /// A role without principals and permissions.
    pub fn new(role: impl Into<String>, arn: impl Into<String>) -> Self {
        Self {
            role: role.into(),
            arn: arn.into(),
            owner: None,
            principals: Vec::new(),
            external_id: None,
            require_mfa: false,
            max_session: Duration::from_secs(3600),
            trust: Value::Null,
            altered: false,
            policies: BTreeMap::new(),
        }
    }

    setters! {
        /// Sets its owner, as its tags name it.
        with_owner(owner: impl Into<Option<Owner>>);
        /// Sets who may assume it.
        with_principals(principals: Vec<Principal>);
        /// Sets the external ID that it asks for.
        with_external_id(external_id: impl Into<Option<String>>);
        /// Sets whether it asks for a second factor.
        with_require_mfa(require_mfa: bool);
        /// Sets the longest session.
        with_max_session(max_session: Duration);
        /// Sets its trust document.
        with_trust(trust: Value);
        /// Sets whether others altered its trust document.
        with_altered(altered: bool);
        /// Sets its policies by name.
        with_policies(policies: BTreeMap<String, Option<Value>>);
    }
}

/// A difference between a role and its request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// What it is: `role`, `principals`, `external id`, `second factor`, `longest session`, `permissions`, or
    /// `policy NAME` for one of others that is to be replaced.
    pub what: String,
    /// The requested value.
    pub wanted: String,
    /// The value that the cloud reports.
    pub found: String,
    /// Whether others made it so: it has no form that Landbridge writes, and is replaced only on
    /// [request](EnsureTrust::replace).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_others: bool,
}

impl Drift {
    /// A difference.
    pub fn new(
        what: impl Into<String>,
        wanted: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self {
            what: what.into(),
            wanted: wanted.into(),
            found: found.into(),
            by_others: false,
        }
    }

    setters! {
        /// Sets whether others made it so.
        with_by_others(by_others: bool);
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: wanted {}, found {}",
            self.what, self.wanted, self.found
        )?;
        match self.by_others {
            true => f.write_str(" (altered by others)"),
            false => Ok(()),
        }
    }
}

/// The documents that a request for a role asks for, in the cloud's policy language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TrustDocuments {
    /// Who may assume the role, and how.
    pub trust: Value,
    /// What it may do; absent for [`Permissions::AsIs`].
    pub permissions: Option<Value>,
}

impl TrustDocuments {
    /// These documents.
    pub fn new(trust: Value, permissions: impl Into<Option<Value>>) -> Self {
        Self {
            trust,
            permissions: permissions.into(),
        }
    }
}

/// What [`Trust::ensure_user`] needs: a user that may assume roles and do nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct EnsureUser {
    /// The user's name.
    pub name: String,
    /// Ownership, written as tags.
    pub owner: Owner,
    /// The full names (ARNs) of the roles.
    pub roles: Vec<String>,
    /// Whether what others gave the user or altered is taken away, as [`EnsureTrust::replace`] says it of roles. Default no.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replace: bool,
}

impl EnsureUser {
    /// A user that may assume `role`.
    pub fn new(name: impl Into<String>, owner: Owner, role: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            owner,
            roles: vec![role.into()],
            replace: false,
        }
    }

    setters! {
        /// Sets whether what others gave the user or altered is taken away.
        with_replace(replace: bool);
    }

    /// Lets the user assume one more role.
    #[must_use]
    pub fn with_role(mut self, role: impl Into<String>) -> Self {
        self.roles.push(role.into());
        self
    }
}

/// A user as the cloud reports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserRecord {
    /// Its name.
    pub name: String,
    /// Its full name (ARN).
    pub arn: String,
    /// Whose it is, if tagged by us.
    pub owner: Option<Owner>,
    /// The full names (ARNs) of the roles that it may assume by a policy of ours.
    pub roles: Vec<String>,
}

impl UserRecord {
    /// A user that may assume no role.
    pub fn new(name: impl Into<String>, arn: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            arn: arn.into(),
            owner: None,
            roles: Vec::new(),
        }
    }

    setters! {
        /// Sets its owner, as its tags name it.
        with_owner(owner: impl Into<Option<Owner>>);
        /// Sets the roles that it may assume, by ARN.
        with_roles(roles: Vec<String>);
    }
}

/// Roles that other accounts may assume, managed by the roles' owner.
///
/// A new or changed role can take up to a minute to take effect: [`wait_for_trust`](crate::trust::wait_for_trust) waits
/// for that.
#[async_trait]
pub trait Trust: Debug + Send + Sync + 'static {
    /// Creates a role, or changes it to match the request. Policies that others attached stay, unless the request
    /// [replaces](EnsureTrust::replace) them.
    ///
    /// - Writes only what differs.
    /// - Fails with [`AlreadyExists`](crate::ErrorKind::AlreadyExists), and writes nothing, when others altered the trust
    ///   document or the policy of the role and the request does not replace them.
    /// - Fails with [`AlreadyExists`](crate::ErrorKind::AlreadyExists), and writes nothing, when a role of that name does
    ///   not carry the request's ownership.
    async fn ensure_trust(&self, request: &EnsureTrust) -> Result<TrustRecord>;

    /// The documents that a request asks for. Asks no cloud.
    ///
    /// - Fails with [`InvalidInput`](crate::ErrorKind::InvalidInput) for a request that no role can be made of.
    fn trust_documents(&self, request: &EnsureTrust) -> Result<TrustDocuments>;

    /// Reads how a role differs from the request. An absent role is one difference.
    async fn trust_drift(&self, request: &EnsureTrust) -> Result<Vec<Drift>>;

    /// Reads the role of that name, if it exists.
    async fn describe_trust(&self, role: &str) -> Result<Option<TrustRecord>>;

    /// Deletes a role of `topology` with its policies. Deleting an absent role succeeds.
    ///
    /// - Fails with [`AlreadyExists`](crate::ErrorKind::AlreadyExists), and writes nothing, for a role of another
    ///   owner.
    async fn delete_trust(&self, role: &str, topology: &str) -> Result<()>;

    /// Creates a user that may assume roles, without access keys: a person creates and keeps those.
    ///
    /// - An existing user is treated as [`ensure_trust`](Self::ensure_trust) treats an existing role.
    /// - [`Unsupported`](crate::ErrorKind::Unsupported) where
    ///   [`trusted_users`](super::Capabilities::trusted_users) says so.
    async fn ensure_user(&self, request: &EnsureUser) -> Result<UserRecord>;

    /// Reads the user of that name, if it exists.
    ///
    /// - [`Unsupported`](crate::ErrorKind::Unsupported) as for [`ensure_user`](Self::ensure_user).
    async fn describe_user(&self, name: &str) -> Result<Option<UserRecord>>;

    /// Deletes a user of `topology`. Deleting an absent user succeeds.
    ///
    /// - A user of another owner is refused as [`delete_trust`](Self::delete_trust) refuses such a role.
    /// - Fails with [`InUse`](crate::ErrorKind::InUse) while it has keys.
    async fn delete_user(&self, name: &str, topology: &str) -> Result<()>;
}
