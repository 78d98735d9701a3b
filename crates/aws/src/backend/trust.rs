//! Roles and users that other accounts work through.
//!
//! A role has one policy of ours inside it. Everything is named, so every write may be sent again: a
//! second `CreateRole` is refused, and what is there is read back and adopted if it is ours.

use async_trait::async_trait;
use landbridge_core::trust::drift;
use landbridge_core::{
    Drift, EnsureTrust, EnsureUser, Error, ErrorKind, Owner, Result, Trust, TrustDocuments,
    TrustRecord, UserRecord,
};
use serde_json::Value;

use super::AwsCloud;
use crate::iam::{
    Trusted, check_name, check_trust, check_user, permissions_document, trust_document,
    user_document,
};

/// The documents that a request for a role asks for.
pub(super) struct Documents {
    pub(super) trust: Value,
    pub(super) permissions: Value,
}

impl AwsCloud {
    fn documents(&self, request: &EnsureTrust) -> Result<Documents> {
        let partition = self.client.partition().name;
        let documents = Documents {
            trust: trust_document(partition, &Trusted::from(request)),
            permissions: permissions_document(&request.permissions)?,
        };
        check_trust(request, &documents.trust, &documents.permissions)?;
        Ok(documents)
    }
}

/// The error for a role or a user of this name with another owner.
pub(super) fn foreign(noun: &str, name: &str, owner: Option<&Owner>) -> Error {
    let whose = match owner {
        Some(owner) => format!("belongs to {} of topology {}", owner.key, owner.topology),
        None => "does not carry Landbridge's tags".to_owned(),
    };
    let message = format!("{noun} {name} exists and {whose}");
    Error::new(ErrorKind::AlreadyExists, message)
        .with_remedy("choose another name, or delete it if it is no longer used")
}

/// Something exists and cannot be read: it was made a moment ago.
pub(super) fn not_shown_yet(refusal: Error) -> Error {
    refusal
        .with_kind(ErrorKind::Busy)
        .with_remedy("wait, then repeat: it was created moments ago and lists do not show it yet")
}

pub(super) fn is_of(owner: Option<&Owner>, topology: &str) -> bool {
    owner.is_some_and(|owner| owner.topology == topology)
}

#[async_trait]
impl Trust for AwsCloud {
    async fn ensure_trust(&self, request: &EnsureTrust) -> Result<TrustRecord> {
        let wanted = self.documents(request)?;
        match self.role(&request.role).await? {
            Some(found) => self.bring_role_in_line(request, &wanted, found).await,
            None => self.make_role(request, &wanted).await,
        }
    }

    fn trust_documents(&self, request: &EnsureTrust) -> Result<TrustDocuments> {
        let Documents { trust, permissions } = self.documents(request)?;
        let permissions = Some(permissions).filter(|document| !document.is_null());
        Ok(TrustDocuments::new(trust, permissions))
    }

    async fn trust_drift(&self, request: &EnsureTrust) -> Result<Vec<Drift>> {
        let wanted = self.documents(request)?;
        let found = self.describe_trust(&request.role).await?;
        Ok(drift(request, &wanted.permissions, found.as_ref()))
    }

    async fn describe_trust(&self, role: &str) -> Result<Option<TrustRecord>> {
        check_name("role", role)?;
        let found = self.role(role).await?;
        Ok(found.map(|found| found.record))
    }

    async fn delete_trust(&self, role: &str, topology: &str) -> Result<()> {
        check_name("role", role)?;
        match self.role(role).await? {
            Some(found) => self.remove_role(found, topology).await,
            None => Ok(()),
        }
    }

    async fn ensure_user(&self, request: &EnsureUser) -> Result<UserRecord> {
        let document = user_document(&request.roles);
        check_user(request, &document)?;
        match self.user(&request.name).await? {
            Some(found) => self.bring_user_in_line(request, &document, found).await,
            None => self.make_user(request, &document).await,
        }
    }

    async fn describe_user(&self, name: &str) -> Result<Option<UserRecord>> {
        check_name("user", name)?;
        let found = self.user(name).await?;
        Ok(found.map(|found| found.record))
    }

    async fn delete_user(&self, name: &str, topology: &str) -> Result<()> {
        check_name("user", name)?;
        match self.user(name).await? {
            Some(found) => self.remove_user(found, topology).await,
            None => Ok(()),
        }
    }
}
