use std::collections::BTreeMap;

use landbridge_core::trust::{drift, policies_after, policy_name, refuse_altered};
use landbridge_core::{Drift, EnsureTrust, ErrorKind, Permissions, Result, TrustRecord};
use serde_json::Value;

use super::trust::{Documents, foreign, is_of, not_shown_yet};
use super::{AwsCloud, absent_is_done};
use crate::client::{Operation, list, page, read, repeatable};
use crate::iam::{Trusted, decoded, read_role, tags};

const GET: Operation = read("GetRole");
const LIST_INLINE: Operation = list("ListRolePolicies");
const GET_INLINE: Operation = read("GetRolePolicy");
const LIST_ATTACHED: Operation = list("ListAttachedRolePolicies");
const CREATE: Operation = repeatable("CreateRole");
const UPDATE: Operation = repeatable("UpdateRole");
const UPDATE_TRUST: Operation = repeatable("UpdateAssumeRolePolicy");
const PUT_INLINE: Operation = repeatable("PutRolePolicy");
const DELETE_INLINE: Operation = repeatable("DeleteRolePolicy");
const DETACH: Operation = repeatable("DetachRolePolicy");
const DELETE: Operation = repeatable("DeleteRole");

/// What of a role its trust document says, in the words of a [`Drift`].
const IN_TRUST_DOCUMENT: [&str; 3] = ["principals", "external id", "second factor"];

/// A role as it is.
pub(super) struct Role {
    pub(super) record: TrustRecord,
    /// The full names of those of its policies that are only attached to it.
    attached: BTreeMap<String, String>,
}

impl AwsCloud {
    /// A role with its policies.
    pub(super) async fn role(&self, name: &str) -> Result<Option<Role>> {
        let Some(mut record) = self.bare_role(name).await? else {
            return Ok(None);
        };
        for policy in self.inline_policies(name).await? {
            if let Some(document) = self.inline_policy(name, &policy).await? {
                record.policies.insert(policy, Some(document));
            }
        }
        let ours = record.owner.as_ref().map(policy_name);
        let mut attached = BTreeMap::new();
        for (name, arn) in self.attached_policies(name).await? {
            // Two policies may have one name; the one inside the role keeps it, as does ours.
            let taken = record.policies.contains_key(&name) || ours.as_ref() == Some(&name);
            let key = if taken { arn.clone() } else { name };
            record.policies.insert(key.clone(), None);
            attached.insert(key, arn);
        }
        Ok(Some(Role { record, attached }))
    }

    async fn bare_role(&self, name: &str) -> Result<Option<TrustRecord>> {
        let call = self.client.iam().get_role().role_name(name);
        match self.client.call(GET, || call.clone().send()).await {
            Ok(answer) => self
                .read_one(GET, answer.role, |role| self.read(role))
                .map(Some),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read(&self, role: &aws_sdk_iam::types::Role) -> Result<TrustRecord> {
        read_role(self.client.partition().name, role)
    }

    async fn inline_policies(&self, role: &str) -> Result<Vec<String>> {
        let call = self.client.iam().list_role_policies().role_name(role);
        let send = |marker| {
            let call = call.clone().set_marker(marker);
            async {
                let answer = call.send().await?;
                let next = answer.marker.filter(|_| answer.is_truncated);
                Ok(page(Some(answer.policy_names), next))
            }
        };
        absent_is_empty(self.client.pages(LIST_INLINE, send).await)
    }

    async fn inline_policy(&self, role: &str, policy: &str) -> Result<Option<Value>> {
        let call = self.client.iam().get_role_policy();
        let call = call.role_name(role).policy_name(policy);
        match self.client.call(GET_INLINE, || call.clone().send()).await {
            Ok(answer) => decoded(answer.policy_document())
                .map(Some)
                .map_err(|error| self.client.locate(error, GET_INLINE)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Names and full names.
    async fn attached_policies(&self, role: &str) -> Result<Vec<(String, String)>> {
        let call = self.client.iam().list_attached_role_policies();
        let call = call.role_name(role);
        let send = |marker| {
            let call = call.clone().set_marker(marker);
            async {
                let answer = call.send().await?;
                let next = answer.marker.filter(|_| answer.is_truncated);
                Ok(page(answer.attached_policies, next))
            }
        };
        let attached = absent_is_empty(self.client.pages(LIST_ATTACHED, send).await)?;
        let names = |policy: aws_sdk_iam::types::AttachedPolicy| {
            Some((policy.policy_name?, policy.policy_arn?))
        };
        Ok(attached.into_iter().filter_map(names).collect())
    }

    pub(super) async fn make_role(
        &self,
        request: &EnsureTrust,
        wanted: &Documents,
    ) -> Result<TrustRecord> {
        let seconds = seconds(request);
        let call = self
            .client
            .iam()
            .create_role()
            .role_name(&request.role)
            .assume_role_policy_document(wanted.trust.to_string())
            .max_session_duration(seconds)
            .set_tags(Some(tags(&request.owner)?));
        let answer = match self.client.call(CREATE, || call.clone().send()).await {
            // An answer of ours may have been lost.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let found = self.role(&request.role).await?;
                let found = found.ok_or_else(|| not_shown_yet(error))?;
                return self.bring_role_in_line(request, wanted, found).await;
            }
            other => other?,
        };
        let record = self.read_one(CREATE, answer.role, |role| {
            Ok(TrustRecord::new(role.role_name(), role.arn()))
        })?;
        self.memory.created(&record.arn);
        if request.permissions != Permissions::AsIs {
            self.put_policy(request, wanted, &record.arn).await?;
        }
        Ok(as_wanted(request, wanted, record))
    }

    /// Writes what of a role differs. Permissions that it should not have are taken before any are given; those that others
    /// gave it stay, unless they are to be replaced.
    pub(super) async fn bring_role_in_line(
        &self,
        request: &EnsureTrust,
        wanted: &Documents,
        found: Role,
    ) -> Result<TrustRecord> {
        let owner = found.record.owner.as_ref();
        if owner != Some(&request.owner) {
            let error = foreign("role", &request.role, owner);
            return Err(self.client.locate(error, CREATE));
        }
        let drift = drift(request, &wanted.permissions, Some(&found.record));
        refuse_altered(&format!("role {}", request.role), request.replace, &drift)
            .map_err(|error| self.client.locate(error, UPDATE_TRUST))?;
        let ours = policy_name(&request.owner);
        let others = found.record.policies.keys();
        for policy in others.filter(|name| request.replace && **name != ours) {
            self.take_policy(&found, policy).await?;
        }
        if drift.iter().any(in_trust_document) {
            self.put_trust(request, wanted, &found.record.arn).await?;
        }
        if drift.iter().any(|drift| drift.what == "permissions") {
            self.put_policy(request, wanted, &found.record.arn).await?;
        }
        if drift.iter().any(|drift| drift.what == "longest session") {
            self.put_longest_session(request, &found.record.arn).await?;
        }
        Ok(as_wanted(request, wanted, found.record))
    }

    async fn put_trust(&self, request: &EnsureTrust, wanted: &Documents, arn: &str) -> Result<()> {
        let call = self.client.iam().update_assume_role_policy();
        let call = call
            .role_name(&request.role)
            .policy_document(wanted.trust.to_string());
        let answer = self.client.call(UPDATE_TRUST, || call.clone().send()).await;
        self.memory.patient(answer.map(drop), &[arn])
    }

    async fn put_policy(&self, request: &EnsureTrust, wanted: &Documents, arn: &str) -> Result<()> {
        let call = self
            .client
            .iam()
            .put_role_policy()
            .role_name(&request.role)
            .policy_name(policy_name(&request.owner))
            .policy_document(wanted.permissions.to_string());
        let answer = self.client.call(PUT_INLINE, || call.clone().send()).await;
        self.memory.patient(answer.map(drop), &[arn])
    }

    async fn put_longest_session(&self, request: &EnsureTrust, arn: &str) -> Result<()> {
        let call = self.client.iam().update_role().role_name(&request.role);
        let call = call.max_session_duration(seconds(request));
        let answer = self.client.call(UPDATE, || call.clone().send()).await;
        self.memory.patient(answer.map(drop), &[arn])
    }

    async fn take_policy(&self, role: &Role, policy: &str) -> Result<()> {
        let (iam, name) = (self.client.iam(), &role.record.role);
        let answer = match role.attached.get(policy) {
            Some(arn) => {
                let call = iam.detach_role_policy().role_name(name).policy_arn(arn);
                let answer = self.client.call(DETACH, || call.clone().send()).await;
                answer.map(drop)
            }
            None => {
                let call = iam.delete_role_policy().role_name(name).policy_name(policy);
                let answer = self.client.call(DELETE_INLINE, || call.clone().send());
                answer.await.map(drop)
            }
        };
        absent_is_done(answer)
    }

    pub(super) async fn remove_role(&self, role: Role, topology: &str) -> Result<()> {
        let owner = role.record.owner.as_ref();
        if !is_of(owner, topology) {
            let error = foreign("role", &role.record.role, owner);
            return Err(self.client.locate(error, DELETE));
        }
        for policy in role.record.policies.keys() {
            self.take_policy(&role, policy).await?;
        }
        let call = self.client.iam().delete_role().role_name(&role.record.role);
        let answer = self.client.call(DELETE, || call.clone().send()).await;
        absent_is_done(answer.map(drop))
    }
}

/// The role, once all is written: IAM may show the former one for a while.
fn as_wanted(request: &EnsureTrust, wanted: &Documents, found: TrustRecord) -> TrustRecord {
    let trusted = Trusted::from(request);
    let mut record = TrustRecord::new(&request.role, found.arn);
    record.owner = Some(request.owner.clone());
    record.principals = trusted.principals;
    record.external_id = trusted.external_id;
    record.require_mfa = trusted.require_mfa;
    record.max_session = request.max_session;
    record.trust = wanted.trust.clone();
    record.policies = policies_after(request, &wanted.permissions, found.policies);
    record
}

fn in_trust_document(drift: &Drift) -> bool {
    IN_TRUST_DOCUMENT.contains(&drift.what.as_str())
}

fn seconds(request: &EnsureTrust) -> i32 {
    i32::try_from(request.max_session.as_secs()).unwrap_or(i32::MAX)
}

// Whatever was deleted while it was being read has nothing.
pub(super) fn absent_is_empty<T>(result: Result<Vec<T>>) -> Result<Vec<T>> {
    match result {
        Err(error) if error.is_not_found() => Ok(Vec::new()),
        other => other,
    }
}
