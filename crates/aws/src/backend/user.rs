use landbridge_core::trust::{policy_name, refuse_altered, same_document};
use landbridge_core::{Drift, EnsureUser, Error, ErrorKind, Result, UserRecord};
use serde_json::Value;

use super::role::absent_is_empty;
use super::trust::{foreign, is_of, not_shown_yet};
use super::{AwsCloud, absent_is_done};
use crate::client::{Operation, list, page, read, repeatable};
use crate::iam::{decoded, read_user, roles_in, tags};

const GET: Operation = read("GetUser");
const LIST_INLINE: Operation = list("ListUserPolicies");
const GET_INLINE: Operation = read("GetUserPolicy");
const LIST_ATTACHED: Operation = list("ListAttachedUserPolicies");
const LIST_GROUPS: Operation = list("ListGroupsForUser");
const LIST_KEYS: Operation = list("ListAccessKeys");
const CREATE: Operation = repeatable("CreateUser");
const PUT_INLINE: Operation = repeatable("PutUserPolicy");
const DELETE_INLINE: Operation = repeatable("DeleteUserPolicy");
const DETACH: Operation = repeatable("DetachUserPolicy");
const LEAVE: Operation = repeatable("RemoveUserFromGroup");
const DELETE: Operation = repeatable("DeleteUser");

/// A user as it is.
pub(super) struct User {
    pub(super) record: UserRecord,
    /// The policy inside it that bears our name.
    document: Option<Value>,
}

// One list of what a user has: its call, the field of its answer, and what is kept of an item.
macro_rules! list {
    ($name:ident, $operation:ident, $call:ident, $field:ident, $item:expr) => {
        async fn $name(&self, user: &str) -> Result<Vec<String>> {
            let call = self.client.iam().$call().user_name(user);
            let send = |marker| {
                let call = call.clone().set_marker(marker);
                async {
                    let answer = call.send().await?;
                    let next = answer.marker.filter(|_| answer.is_truncated);
                    Ok(page(answer.$field.into(), next))
                }
            };
            let items: Vec<_> = absent_is_empty(self.client.pages($operation, send).await)?;
            Ok(items.into_iter().filter_map($item).collect())
        }
    };
}

impl AwsCloud {
    /// A user with the policy of ours.
    pub(super) async fn user(&self, name: &str) -> Result<Option<User>> {
        let call = self.client.iam().get_user().user_name(name);
        let mut record = match self.client.call(GET, || call.clone().send()).await {
            Ok(answer) => self.read_one(GET, answer.user, |user| Ok(read_user(user)))?,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error),
        };
        let document = match &record.owner {
            Some(owner) => self.user_policy(name, &policy_name(owner)).await?,
            None => None,
        };
        record.roles = document.as_ref().map(roles_in).unwrap_or_default();
        Ok(Some(User { record, document }))
    }

    async fn user_policy(&self, user: &str, policy: &str) -> Result<Option<Value>> {
        let call = self.client.iam().get_user_policy();
        let call = call.user_name(user).policy_name(policy);
        match self.client.call(GET_INLINE, || call.clone().send()).await {
            Ok(answer) => decoded(answer.policy_document())
                .map(Some)
                .map_err(|error| self.client.locate(error, GET_INLINE)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    list!(
        user_policies,
        LIST_INLINE,
        list_user_policies,
        policy_names,
        Some
    );
    list!(
        user_attachments,
        LIST_ATTACHED,
        list_attached_user_policies,
        attached_policies,
        |policy| policy.policy_arn
    );
    list!(
        user_groups,
        LIST_GROUPS,
        list_groups_for_user,
        groups,
        |group| Some(group.group_name)
    );
    list!(
        user_keys,
        LIST_KEYS,
        list_access_keys,
        access_key_metadata,
        |key| key.access_key_id
    );

    pub(super) async fn make_user(
        &self,
        request: &EnsureUser,
        document: &Value,
    ) -> Result<UserRecord> {
        let call = self.client.iam().create_user().user_name(&request.name);
        let call = call.set_tags(Some(tags(&request.owner)?));
        let answer = match self.client.call(CREATE, || call.clone().send()).await {
            // An answer of ours may have been lost.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let found = self.user(&request.name).await?;
                let found = found.ok_or_else(|| not_shown_yet(error))?;
                return self.bring_user_in_line(request, document, found).await;
            }
            other => other?,
        };
        let record = self.read_one(CREATE, answer.user, |user| Ok(read_user(user)))?;
        self.memory.created(&record.arn);
        self.put_user_policy(request, document, &record.arn).await?;
        Ok(as_wanted(request, record.arn))
    }

    /// Writes what of a user differs. Permissions that others gave it stay, unless they are to be replaced: then they are
    /// taken before any are given.
    pub(super) async fn bring_user_in_line(
        &self,
        request: &EnsureUser,
        document: &Value,
        found: User,
    ) -> Result<UserRecord> {
        let owner = found.record.owner.as_ref();
        if owner != Some(&request.owner) {
            let error = foreign("user", &request.name, owner);
            return Err(self.client.locate(error, CREATE));
        }
        let there = found.document.as_ref();
        let altered = there.filter(|there| roles_in(there).is_empty());
        let altered = altered.map(|there| {
            let (wanted, there) = (document.to_string(), there.to_string());
            Drift::new("permissions", wanted, there).with_by_others(true)
        });
        let altered: Vec<Drift> = altered.into_iter().collect();
        refuse_altered(&format!("user {}", request.name), request.replace, &altered)
            .map_err(|error| self.client.locate(error, PUT_INLINE))?;
        if request.replace {
            let ours = policy_name(&request.owner);
            self.take_from_user(&request.name, Some(&ours)).await?;
        }
        if !there.is_some_and(|there| same_document(there, document)) {
            let arn = &found.record.arn;
            self.put_user_policy(request, document, arn).await?;
        }
        Ok(as_wanted(request, found.record.arn))
    }

    async fn put_user_policy(
        &self,
        request: &EnsureUser,
        document: &Value,
        arn: &str,
    ) -> Result<()> {
        let call = self
            .client
            .iam()
            .put_user_policy()
            .user_name(&request.name)
            .policy_name(policy_name(&request.owner))
            .policy_document(document.to_string());
        let answer = self.client.call(PUT_INLINE, || call.clone().send()).await;
        self.memory.patient(answer.map(drop), &[arn])
    }

    /// Takes every permission from a user but those of the policy `kept`.
    async fn take_from_user(&self, user: &str, kept: Option<&str>) -> Result<()> {
        let iam = self.client.iam();
        for arn in self.user_attachments(user).await? {
            let call = iam.detach_user_policy().user_name(user).policy_arn(arn);
            let answer = self.client.call(DETACH, || call.clone().send()).await;
            absent_is_done(answer.map(drop))?;
        }
        for group in self.user_groups(user).await? {
            let call = iam.remove_user_from_group();
            let call = call.user_name(user).group_name(group);
            let answer = self.client.call(LEAVE, || call.clone().send()).await;
            absent_is_done(answer.map(drop))?;
        }
        for policy in self.user_policies(user).await? {
            if Some(policy.as_str()) == kept {
                continue;
            }
            let call = iam.delete_user_policy().user_name(user).policy_name(policy);
            let answer = self.client.call(DELETE_INLINE, || call.clone().send());
            absent_is_done(answer.await.map(drop))?;
        }
        Ok(())
    }

    pub(super) async fn remove_user(&self, user: User, topology: &str) -> Result<()> {
        let owner = user.record.owner.as_ref();
        if !is_of(owner, topology) {
            let error = foreign("user", &user.record.name, owner);
            return Err(self.client.locate(error, DELETE));
        }
        let name = &user.record.name;
        let keys = self.user_keys(name).await?;
        if !keys.is_empty() {
            let message = format!("user {name} has the access keys {}", keys.join(", "));
            let error = Error::new(ErrorKind::InUse, message)
                .with_remedy("delete the access keys once they are no longer used");
            return Err(self.client.locate(error, DELETE));
        }
        self.take_from_user(name, None).await?;
        let call = self.client.iam().delete_user().user_name(name);
        let answer = self.client.call(DELETE, || call.clone().send()).await;
        absent_is_done(answer.map(drop))
    }
}

/// The user, once all is written.
fn as_wanted(request: &EnsureUser, arn: String) -> UserRecord {
    let mut roles = request.roles.clone();
    roles.sort();
    roles.dedup();
    UserRecord::new(request.name.clone(), arn)
        .with_owner(request.owner.clone())
        .with_roles(roles)
}
