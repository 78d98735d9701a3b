use async_trait::async_trait;
use landbridge_core::trust::{
    drift, is_generated, policies_after, policy_name, refuse_altered, same_document,
};
use landbridge_core::{
    Drift, EnsureTrust, EnsureUser, Error, ErrorKind, Owner, Permissions, Result, Trust,
    TrustDocuments, TrustRecord, UserRecord,
};
use serde_json::Value;

use super::trust_check::check;
use super::{AliyunCloud, each, none_if_barred};
use crate::ram::{self, Policy, PolicyKind, PolicyRef};
use crate::request::Request;

/// A role and the policies that are attached to it.
struct Role {
    record: TrustRecord,
    attached: Vec<PolicyRef>,
}

/// The cloud refuses to make what is there.
fn present_is_done(result: Result<()>) -> Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

fn absent_is_none<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Err(error) if error.is_not_found() => Ok(None),
        other => other.map(Some),
    }
}

fn is_of(owner: Option<&Owner>, topology: &str) -> bool {
    owner.is_some_and(|owner| owner.topology == topology)
}

fn no_users() -> Error {
    Error::unsupported("Landbridge does not create RAM users")
        .with_remedy("create the user in the RAM console and allow it sts:AssumeRole on the role")
}

impl AliyunCloud {
    async fn role_alone(&self, name: &str) -> Result<Option<TrustRecord>> {
        let found = self.ask(ram::get_role(name), ram::read_role).await;
        let Some(mut record) = absent_is_none(found)? else {
            return Ok(None);
        };
        if record.owner.is_none() {
            record.owner = self.listed_owner(name).await?;
        }
        Ok(Some(record))
    }

    /// Whose a role is by its tags, which only the list shows: its description may have been rewritten.
    async fn listed_owner(&self, name: &str) -> Result<Option<Owner>> {
        let roles = none_if_barred(self.list(ram::list_roles(), ram::read_listed).await)?;
        let is_it = |(listed, owner): (String, Option<Owner>)| owner.filter(|_| listed == name);
        Ok(roles.into_iter().find_map(is_it))
    }

    async fn role(&self, name: &str) -> Result<Option<Role>> {
        let Some(mut record) = self.role_alone(name).await? else {
            return Ok(None);
        };
        let attached = self.ask(ram::policies_of(name), ram::read_policies).await;
        let attached = absent_is_none(attached)?.unwrap_or_default();
        record.policies = each(attached.clone(), |policy| async move {
            let document = self.document_of(&policy).await?;
            Ok(vec![(policy.name, document)])
        })
        .await?
        .into_iter()
        .collect();
        Ok(Some(Role { record, attached }))
    }

    async fn document_of(&self, policy: &PolicyRef) -> Result<Option<Value>> {
        if policy.kind == PolicyKind::System {
            return Ok(None);
        }
        Ok(self.policy(policy).await?.map(|policy| policy.document))
    }

    async fn policy(&self, policy: &PolicyRef) -> Result<Option<Policy>> {
        absent_is_none(self.ask(ram::get_policy(policy), ram::read_policy).await)
    }

    fn foreign(&self, noun: &str, name: &str, action: &str) -> Error {
        let message = format!("{noun} {name} exists without the topology's tags");
        let error = Error::new(ErrorKind::AlreadyExists, message)
            .with_remedy("choose another name, or delete it if it is no longer used");
        self.locate(error, action)
    }

    /// Refuses a role, or a policy of the same name, without the topology's tags.
    fn own(
        &self,
        request: &EnsureTrust,
        role: Option<&Role>,
        policy: Option<&Policy>,
    ) -> Result<()> {
        let owner = &request.owner;
        if role.is_some_and(|role| role.record.owner.as_ref() != Some(owner)) {
            return Err(self.foreign("role", &request.role, "CreateRole"));
        }
        if policy.is_some_and(|policy| !is_of(policy.owner.as_ref(), &owner.topology)) {
            return Err(self.foreign("policy", &policy_name(owner), "CreatePolicy"));
        }
        Ok(())
    }

    /// Makes the role; one that turns out to be there was made by an attempt whose answer was lost, or is foreign.
    async fn make_role(&self, request: &EnsureTrust) -> Result<Role> {
        let made = self.ask(ram::create_role(request), ram::read_role).await;
        match made {
            Ok(record) => Ok(Role {
                record,
                attached: Vec::new(),
            }),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let found = self.role(&request.role).await?.ok_or(error)?;
                self.own(request, Some(&found), None)?;
                let drift = drift(request, &Value::Null, Some(&found.record));
                self.refuse_altered(request, &drift, None)?;
                self.correct_role(request, &drift).await?;
                Ok(found)
            }
            Err(error) => Err(error),
        }
    }

    /// Refuses what others altered of the role, or of a policy of its name that is not attached to it.
    fn refuse_altered(
        &self,
        request: &EnsureTrust,
        drift: &[Drift],
        policy: Option<(&Policy, &Value)>,
    ) -> Result<()> {
        let mut drift = drift.to_vec();
        let kept = request.permissions == Permissions::AsIs;
        let theirs = policy.filter(|(policy, wanted)| {
            !kept && !same_document(&policy.document, wanted) && !is_generated(&policy.document)
        });
        if let Some((policy, wanted)) = theirs
            && !drift
                .iter()
                .any(|drift| drift.what == "permissions" && drift.by_others)
        {
            let found = policy.document.to_string();
            drift.push(Drift::new("permissions", wanted.to_string(), found).with_by_others(true));
        }
        refuse_altered(&format!("role {}", request.role), request.replace, &drift)
            .map_err(|error| self.locate(error, "UpdateRole"))
    }

    async fn correct_role(&self, request: &EnsureTrust, drift: &[Drift]) -> Result<()> {
        let differs = drift.iter().any(|drift| is_about_role(&drift.what));
        match differs {
            true => self.tell(ram::update_role(request)).await,
            false => Ok(()),
        }
    }

    async fn ensure_policy(
        &self,
        request: &EnsureTrust,
        document: &Value,
        found: Option<&Policy>,
    ) -> Result<()> {
        let name = policy_name(&request.owner);
        match found {
            Some(found) if same_document(&found.document, document) => Ok(()),
            Some(_) => self.tell(ram::create_policy_version(&name, document)).await,
            None => {
                let made = self
                    .tell(ram::create_policy(&name, &request.owner, document))
                    .await;
                match made {
                    Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                        self.adopt_policy(request, document, error).await
                    }
                    other => other,
                }
            }
        }
    }

    /// The policy appeared meanwhile: made by an attempt whose answer was lost, for another role of the topology, or
    /// foreign.
    async fn adopt_policy(
        &self,
        request: &EnsureTrust,
        document: &Value,
        refusal: Error,
    ) -> Result<()> {
        let name = policy_name(&request.owner);
        let found = self.policy(&PolicyRef::custom(&name)).await?;
        let found = found.ok_or(refusal)?;
        self.own(request, None, Some(&found))?;
        match same_document(&found.document, document) {
            true => Ok(()),
            false => self.tell(ram::create_policy_version(&name, document)).await,
        }
    }

    /// Attaches our policy, and takes those of others away if they are to be replaced.
    async fn settle_policies(&self, request: &EnsureTrust, role: &Role) -> Result<()> {
        let ours = PolicyRef::custom(policy_name(&request.owner));
        if request.permissions != Permissions::AsIs && !role.attached.contains(&ours) {
            present_is_done(self.tell(ram::attach(&ours, &request.role)).await)?;
        }
        if !request.replace {
            return Ok(());
        }
        let others = role.attached.iter().filter(|policy| **policy != ours);
        self.detach_all(&request.role, others).await
    }

    async fn detach_all<'a>(
        &self,
        role: &str,
        policies: impl Iterator<Item = &'a PolicyRef>,
    ) -> Result<()> {
        let calls: Vec<Request> = policies.map(|policy| ram::detach(policy, role)).collect();
        for call in calls {
            self.delete(call).await?;
        }
        Ok(())
    }

    /// Whether the topology's policy is there, is the topology's, and nothing but this role uses it. Asked before the
    /// role is detached, because the count may lag.
    async fn drops_policy(&self, topology: &str, ours: &PolicyRef, role: &Role) -> Result<bool> {
        let here = usize::from(role.attached.contains(ours));
        Ok(self.policy(ours).await?.is_some_and(|policy| {
            policy.attachments <= here && is_of(policy.owner.as_ref(), topology)
        }))
    }
}

fn is_about_role(what: &str) -> bool {
    matches!(
        what,
        "principals" | "external id" | "second factor" | "longest session"
    )
}

/// The role as it is after all was written.
fn settled(request: &EnsureTrust, document: Value, role: Role) -> TrustRecord {
    let mut record = role.record;
    record.owner = Some(request.owner.clone());
    record.principals = request.principals.clone();
    record.principals.sort();
    record.principals.dedup();
    record.external_id = request.external_id.clone();
    record.require_mfa = request.require_mfa;
    record.max_session = request.max_session;
    record.trust = ram::trust_document(request);
    record.altered = false;
    record.policies = policies_after(request, &document, record.policies);
    record
}

/// One role, and one policy of its own.
///
/// Ownership is written as tags and into the description, because not every view shows tags: a role whose description
/// says nothing is looked up in the list. The policy is named after the owner, because all roles of an account share one
/// space of names.
#[async_trait]
impl Trust for AliyunCloud {
    async fn ensure_trust(&self, request: &EnsureTrust) -> Result<TrustRecord> {
        let document = check(request).map_err(|error| self.locate(error, "CreateRole"))?;
        let ours = PolicyRef::custom(policy_name(&request.owner));
        let (role, policy) = tokio::try_join!(self.role(&request.role), self.policy(&ours))?;
        self.own(request, role.as_ref(), policy.as_ref())?;
        let role = match role {
            Some(role) if drift(request, &document, Some(&role.record)).is_empty() => {
                return Ok(role.record);
            }
            Some(role) => {
                let drift = drift(request, &document, Some(&role.record));
                let policy = policy.as_ref().map(|policy| (policy, &document));
                self.refuse_altered(request, &drift, policy)?;
                self.correct_role(request, &drift).await?;
                role
            }
            None => {
                let policy = policy.as_ref().map(|policy| (policy, &document));
                self.refuse_altered(request, &[], policy)?;
                self.make_role(request).await?
            }
        };
        if request.permissions != Permissions::AsIs {
            self.ensure_policy(request, &document, policy.as_ref())
                .await?;
        }
        self.settle_policies(request, &role).await?;
        Ok(settled(request, document, role))
    }

    fn trust_documents(&self, request: &EnsureTrust) -> Result<TrustDocuments> {
        let permissions = check(request).map_err(|error| self.locate(error, "CreateRole"))?;
        let permissions = Some(permissions).filter(|document| !document.is_null());
        Ok(TrustDocuments::new(
            ram::trust_document(request),
            permissions,
        ))
    }

    async fn trust_drift(&self, request: &EnsureTrust) -> Result<Vec<Drift>> {
        let document = check(request).map_err(|error| self.locate(error, "GetRole"))?;
        let found = self.describe_trust(&request.role).await?;
        Ok(drift(request, &document, found.as_ref()))
    }

    async fn describe_trust(&self, role: &str) -> Result<Option<TrustRecord>> {
        Ok(self.role(role).await?.map(|role| role.record))
    }

    async fn delete_trust(&self, role: &str, topology: &str) -> Result<()> {
        let Some(record) = self.role_alone(role).await? else {
            return Ok(());
        };
        let owner = record.owner.clone();
        let Some(owner) = owner.filter(|owner| is_of(Some(owner), topology)) else {
            return Err(self.foreign("role", role, "DeleteRole"));
        };
        let attached = self.ask(ram::policies_of(role), ram::read_policies).await;
        let attached = absent_is_none(attached)?.unwrap_or_default();
        let found = Role { record, attached };
        let ours = PolicyRef::custom(policy_name(&owner));
        let drops = self.drops_policy(topology, &ours, &found).await?;
        self.detach_all(role, found.attached.iter()).await?;
        if drops {
            self.delete(ram::delete_policy(&ours.name)).await?;
        }
        self.delete(ram::delete_role(role)).await
    }

    async fn ensure_user(&self, _: &EnsureUser) -> Result<UserRecord> {
        Err(no_users())
    }

    async fn describe_user(&self, _: &str) -> Result<Option<UserRecord>> {
        Err(no_users())
    }

    async fn delete_user(&self, _: &str, _: &str) -> Result<()> {
        Err(no_users())
    }
}
