use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Owner;
use crate::error::Result;
use crate::ids::AccountId;

/// Who may assume a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Principal {
    /// Every user and role of an account that its own policies allow to.
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
    /// Somebody that this crate does not manage, in the cloud's words.
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
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Permissions {
    /// These actions, in the cloud's words, on everything of the account. Their order does not matter.
    Actions(Vec<String>),
    /// A policy document of the cloud.
    Document(Value),
}

/// A role that somebody else may assume, as wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnsureTrust {
    /// The role's name.
    pub role: String,
    /// Ownership, written as tags.
    pub owner: Owner,
    /// Who may assume it.
    pub principals: Vec<Principal>,
    /// The external id that whoever assumes it must send, against a confused deputy.
    pub external_id: Option<String>,
    /// Whether whoever assumes it must have shown a second factor.
    pub require_mfa: bool,
    /// The longest session. Default 1 h.
    pub max_session: Duration,
    /// What it may do. Default: nothing.
    pub permissions: Permissions,
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
    }
}

/// A role as the cloud shows it.
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
    /// Its policies by name; absent documents are the cloud's own policies.
    pub policies: BTreeMap<String, Option<Value>>,
}

impl TrustRecord {
    /// A role that nobody may assume and that may do nothing.
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
            policies: BTreeMap::new(),
        }
    }
}

/// Something of a role that is not as wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// What it is: `role`, `principals`, `external id`, `second factor`, `longest session`, `permissions`, or
    /// `policy NAME` for one that should not be there.
    pub what: String,
    /// As wanted.
    pub wanted: String,
    /// As found.
    pub found: String,
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
        }
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: wanted {}, found {}",
            self.what, self.wanted, self.found
        )
    }
}

/// A user that may assume roles and do nothing else, as wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnsureUser {
    /// The user's name.
    pub name: String,
    /// Ownership, written as tags.
    pub owner: Owner,
    /// The full names (ARNs) of the roles.
    pub roles: Vec<String>,
}

impl EnsureUser {
    /// A user that may assume `role`.
    pub fn new(name: impl Into<String>, owner: Owner, role: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            owner,
            roles: vec![role.into()],
        }
    }

    /// Lets the user assume one more role.
    #[must_use]
    pub fn with_role(mut self, role: impl Into<String>) -> Self {
        self.roles.push(role.into());
        self
    }
}

/// A user as the cloud shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// Roles that other accounts may assume, as the owner of the role sees them.
///
/// A role takes effect some time after it was made or changed, as long as a minute:
/// [`wait_for_trust`](crate::trust::wait_for_trust) waits that out.
#[async_trait]
pub trait Trust: Debug + Send + Sync + 'static {
    /// Makes a role as wanted, or makes it so again. Whatever policy else the role has is taken from it.
    ///
    /// - What is as wanted is not written.
    /// - Fails with [`AlreadyExists`](crate::ErrorKind::AlreadyExists), and writes nothing, for a role of that name that
    ///   does not carry the request's ownership.
    async fn ensure_trust(&self, request: &EnsureTrust) -> Result<TrustRecord>;

    /// Reads what of a role is not as wanted; nothing when all is. An absent role is one difference.
    async fn trust_drift(&self, request: &EnsureTrust) -> Result<Vec<Drift>>;

    /// Reads a role, if there is one of that name.
    async fn describe_trust(&self, role: &str) -> Result<Option<TrustRecord>>;

    /// Deletes a role of `topology` with its policies. Deleting an absent one succeeds.
    ///
    /// - Fails with [`AlreadyExists`](crate::ErrorKind::AlreadyExists), and writes nothing, for a role that is not the
    ///   topology's.
    async fn delete_trust(&self, role: &str, topology: &str) -> Result<()>;

    /// Makes a user that may assume roles, without keys; a person makes those and keeps them.
    ///
    /// - As [`ensure_trust`](Self::ensure_trust) for one that exists.
    /// - [`Unsupported`](crate::ErrorKind::Unsupported) where
    ///   [`trusted_users`](super::Capabilities::trusted_users) says so.
    async fn ensure_user(&self, request: &EnsureUser) -> Result<UserRecord>;

    /// Deletes a user of `topology`. Deleting an absent one succeeds.
    ///
    /// - As [`delete_trust`](Self::delete_trust) for one that is not the topology's.
    /// - Fails with [`InUse`](crate::ErrorKind::InUse) while it has keys.
    async fn delete_user(&self, name: &str, topology: &str) -> Result<()>;
}
