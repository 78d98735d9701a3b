use async_trait::async_trait;
use serde_json::{Value, json};

use super::cloud::{MemoryCloud, Outcome};
use super::life::Life;
use super::world::World;
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{AccountId, Place};
use crate::traits::{
    AssumeRole, CallerIdentity, Drift, EnsureTrust, EnsureUser, Owner, Permissions, Phase,
    Principal, Trust, TrustDocuments, TrustRecord, UserRecord,
};
use crate::trust::{drift, policies_after, refuse_altered};

/// A role, its account and since when it is as it is.
#[derive(Clone, Debug)]
pub(super) struct Role {
    account: AccountId,
    record: TrustRecord,
    life: Life,
}

/// A user and its account.
#[derive(Clone, Debug)]
pub(super) struct User {
    account: AccountId,
    record: UserRecord,
}

impl Outcome for TrustRecord {
    fn id(&self) -> Option<&str> {
        Some(&self.role)
    }
}

impl Outcome for UserRecord {
    fn id(&self) -> Option<&str> {
        Some(&self.name)
    }
}

#[async_trait]
impl Trust for MemoryCloud {
    async fn ensure_trust(&self, request: &EnsureTrust) -> Result<TrustRecord> {
        let found = self.describe_trust(&request.role).await?;
        let ours = found.filter(|found| found.owner.as_ref() == Some(&request.owner));
        if let Some(found) = ours {
            let drift = drift(request, &document(&request.permissions), Some(&found));
            if drift.is_empty() {
                return Ok(found);
            }
            refuse_altered(&format!("role {}", request.role), request.replace, &drift)?;
        }
        self.write("ensure_trust", &request.role, |world, place| {
            world.ensure_trust(place, request)
        })
        .await
    }

    fn trust_documents(&self, request: &EnsureTrust) -> Result<TrustDocuments> {
        let principals: Vec<String> = request
            .principals
            .iter()
            .map(Principal::to_string)
            .collect();
        let permissions = Some(document(&request.permissions)).filter(|value| !value.is_null());
        let trust = json!({ "Statement": [{ "Principal": principals }] });
        Ok(TrustDocuments::new(trust, permissions))
    }

    async fn trust_drift(&self, request: &EnsureTrust) -> Result<Vec<Drift>> {
        let found = self.describe_trust(&request.role).await?;
        let document = document(&request.permissions);
        Ok(drift(request, &document, found.as_ref()))
    }

    async fn describe_trust(&self, role: &str) -> Result<Option<TrustRecord>> {
        self.look(|world| {
            let role = world.role(&self.place.account, role);
            role.map(|role| role.record.clone())
        })
        .await
    }

    async fn delete_trust(&self, role: &str, topology: &str) -> Result<()> {
        self.write("delete_trust", role, |world, place| {
            world.delete_trust(&place.account, role, topology)
        })
        .await
    }

    async fn ensure_user(&self, request: &EnsureUser) -> Result<UserRecord> {
        self.write("ensure_user", &request.name, |world, place| {
            world.ensure_user(place, request)
        })
        .await
    }

    async fn describe_user(&self, name: &str) -> Result<Option<UserRecord>> {
        self.look(|world| {
            if !world.options.capabilities.trusted_users {
                return Err(no_users());
            }
            let user = world.user(&self.place.account, name);
            Ok(user.map(|user| user.record.clone()))
        })
        .await?
    }

    async fn delete_user(&self, name: &str, topology: &str) -> Result<()> {
        self.write("delete_user", name, |world, place| {
            world.delete_user(&place.account, name, topology)
        })
        .await
    }
}

fn document(permissions: &Permissions) -> Value {
    match permissions {
        Permissions::Actions(actions) => json!({ "Action": actions }),
        Permissions::Document(document) => document.clone(),
        Permissions::AsIs => Value::Null,
    }
}

fn no_users() -> Error {
    Error::unsupported("this cloud makes no users")
}

fn foreign(noun: &str, name: &str) -> Error {
    let message = format!("{noun} {name} exists and is not the topology's");
    Error::new(ErrorKind::AlreadyExists, message)
        .with_remedy("choose another name, or delete it if it is not in use")
}

fn is_of(owner: Option<&Owner>, topology: &str) -> bool {
    owner.is_some_and(|owner| owner.topology == topology)
}

impl World {
    fn role(&self, account: &AccountId, name: &str) -> Option<&Role> {
        (self.roles.iter()).find(|role| role.account == *account && role.record.role == name)
    }

    fn user(&self, account: &AccountId, name: &str) -> Option<&User> {
        (self.users.iter()).find(|user| user.account == *account && user.record.name == name)
    }

    /// Whether a role that was made here lets the caller assume it; not before it has become known.
    pub(super) fn lets_assume(&self, caller: &CallerIdentity, request: &AssumeRole) -> bool {
        self.roles.iter().any(|role| {
            let record = &role.record;
            let trusted = record.principals.iter().any(|principal| match principal {
                Principal::Account(account) => *account == caller.account,
                Principal::User { account, name } => {
                    *account == caller.account && caller.arn.ends_with(&format!("user/{name}"))
                }
                Principal::Role { account, name } => {
                    *account == caller.account && caller.arn.ends_with(&format!("role/{name}"))
                }
                Principal::Other(_) => false,
            });
            record.arn == request.role
                && trusted
                && role.life.phase(self.now) == Phase::Ready
                && (record.external_id.is_none() || record.external_id == request.external_id)
                && (!record.require_mfa || request.mfa.is_some())
        })
    }

    fn ensure_trust(&mut self, place: &Place, request: &EnsureTrust) -> Result<TrustRecord> {
        let (account, name) = (&place.account, &request.role);
        let known = self.role(account, name);
        if known.is_some_and(|role| role.record.owner.as_ref() != Some(&request.owner)) {
            return Err(foreign("role", name));
        }
        let mut record = TrustRecord::new(name, format!("arn:memory::{account}:role/{name}"));
        record.owner = Some(request.owner.clone());
        record.principals = request.principals.clone();
        record.external_id = request.external_id.clone();
        record.require_mfa = request.require_mfa;
        record.max_session = request.max_session;
        let policies = known.map(|role| role.record.policies.clone());
        let document = document(&request.permissions);
        record.policies = policies_after(request, &document, policies.unwrap_or_default());
        let role = Role {
            account: account.clone(),
            record: record.clone(),
            life: self.birth(),
        };
        self.drop_role(account, name);
        self.roles.push(role);
        Ok(record)
    }

    fn drop_role(&mut self, account: &AccountId, name: &str) {
        self.roles
            .retain(|role| role.account != *account || role.record.role != name);
    }

    fn delete_trust(&mut self, account: &AccountId, name: &str, topology: &str) -> Result<()> {
        match self.role(account, name) {
            Some(role) if !is_of(role.record.owner.as_ref(), topology) => {
                Err(foreign("role", name))
            }
            _ => {
                self.drop_role(account, name);
                Ok(())
            }
        }
    }

    fn ensure_user(&mut self, place: &Place, request: &EnsureUser) -> Result<UserRecord> {
        if !self.options.capabilities.trusted_users {
            return Err(no_users());
        }
        let (account, name) = (&place.account, &request.name);
        let found = (self.users.iter_mut())
            .find(|user| user.account == *account && user.record.name == *name);
        if let Some(user) = found {
            if user.record.owner.as_ref() != Some(&request.owner) {
                return Err(foreign("user", name));
            }
            user.record.roles = request.roles.clone();
            return Ok(user.record.clone());
        }
        let record = UserRecord::new(name.clone(), format!("arn:memory::{account}:user/{name}"))
            .with_owner(request.owner.clone())
            .with_roles(request.roles.clone());
        self.users.push(User {
            account: account.clone(),
            record: record.clone(),
        });
        Ok(record)
    }

    fn delete_user(&mut self, account: &AccountId, name: &str, topology: &str) -> Result<()> {
        match self.user(account, name) {
            Some(user) if !is_of(user.record.owner.as_ref(), topology) => {
                Err(foreign("user", name))
            }
            _ => {
                self.users
                    .retain(|user| user.account != *account || user.record.name != name);
                Ok(())
            }
        }
    }
}
