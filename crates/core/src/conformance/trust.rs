//! Roles that other accounts may assume, and users that may assume them.

use std::time::Duration;

use super::check::{Check, Stop, always, check, ensure, refused};
use super::lab::Lab;
use crate::error::{Error, ErrorKind};
use crate::ids::AccountId;
use crate::retry::Look;
use crate::traits::{
    Capabilities, Drift, EnsureTrust, EnsureUser, Owner, Permissions, Principal, TrustRecord,
    UserRecord,
};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(
            "trust.ensure",
            always,
            "a role is made as requested, with its ownership, and described so",
            ensure_makes
        ),
        check!(
            "trust.ensure.again",
            always,
            "a role that matches the request is not written again",
            ensure_again
        ),
        check!(
            "trust.ensure.repair",
            always,
            "a role that differs from the request is corrected",
            repair
        ),
        check!(
            "trust.ensure.foreign",
            always,
            "making a role fails with AlreadyExists, and writes nothing, where one without the \
             request's ownership is",
            foreign
        ),
        check!(
            "trust.drift",
            always,
            "each difference of a role is reported once, and nothing else",
            drift
        ),
        check!(
            "trust.drift.absent",
            always,
            "an absent role is one difference",
            drift_absent
        ),
        check!(
            "trust.describe.absent",
            always,
            "an absent role is described as none",
            describe_absent
        ),
        check!(
            "trust.delete",
            always,
            "a deleted role is described no more",
            delete
        ),
        check!(
            "trust.delete.absent",
            always,
            "deleting an absent role succeeds",
            delete_absent
        ),
        check!(
            "trust.delete.foreign",
            always,
            "deleting a role fails with AlreadyExists, and writes nothing, where it is not the topology's",
            delete_foreign
        ),
        check!(
            "trust.user.ensure",
            users,
            "a user is made as requested, with its ownership; repeating it changes nothing",
            user
        ),
        check!(
            "trust.user.foreign",
            users,
            "a user that is not the topology's is neither made anew nor deleted",
            user_foreign
        ),
        check!(
            "trust.user.delete.absent",
            users,
            "deleting an absent user succeeds",
            user_delete_absent
        ),
    ]
}

fn users(capabilities: &Capabilities) -> bool {
    capabilities.trusted_users
}

pub(super) fn not_offered(error: &Error) -> Stop {
    Stop::NotOffered(error.message().to_owned())
}

/// The role that the checks request of the guest.
pub(super) struct Role {
    pub(super) request: EnsureTrust,
}

impl Role {
    /// A role of the guest that the first account may assume.
    pub(super) fn of_guest(lab: &Lab, key: &str) -> Self {
        Self::trusting(lab, &lab.home.place().account.clone(), key)
    }

    pub(super) fn trusting(lab: &Lab, account: &AccountId, key: &str) -> Self {
        let principal = Principal::Account(account.clone());
        let owner = lab.owner(&format!("role/{key}"));
        let request = EnsureTrust::new(lab.short_name(key), owner, principal)
            .with_permissions(Permissions::Actions(actions(lab)));
        Self { request }
    }

    /// Makes the role, where the cloud can.
    pub(super) async fn ensure(&self, lab: &Lab) -> Result<TrustRecord, Stop> {
        match lab.patient(|| lab.guest.ensure_trust(&self.request)).await {
            Err(error) if error.kind() == ErrorKind::Unsupported => Err(not_offered(&error)),
            other => {
                let record = other?;
                lab.keep_role(&lab.guest, &record.role, &self.request.owner.topology);
                Ok(record)
            }
        }
    }

    /// Makes the role, and waits until it is described as requested.
    async fn settle(&self, lab: &Lab) -> Result<TrustRecord, Stop> {
        let record = self.ensure(lab).await?;
        let look = || async {
            let drift = self.drift(lab).await?;
            Ok(match drift.is_empty() {
                true => Look::Ready(()),
                false => Look::NotYet(format!("differs: {drift:?}")),
            })
        };
        lab.until("the role", look).await?;
        Ok(record)
    }

    async fn drift(&self, lab: &Lab) -> crate::Result<Vec<Drift>> {
        lab.patient(|| lab.guest.trust_drift(&self.request)).await
    }

    async fn describe(&self, lab: &Lab) -> crate::Result<Option<TrustRecord>> {
        let name = &self.request.role;
        lab.patient(|| lab.guest.describe_trust(name)).await
    }

    async fn delete(&self, lab: &Lab, topology: &str) -> crate::Result<()> {
        let name = &self.request.role;
        lab.patient(|| lab.guest.delete_trust(name, topology)).await
    }
}

/// Actions in the cloud's words; which ones does not matter.
fn actions(lab: &Lab) -> Vec<String> {
    let capabilities = lab.capabilities();
    let known = capabilities.permissions.values().flatten();
    let mut actions: Vec<String> = known.cloned().collect();
    actions.sort();
    actions.dedup();
    actions.truncate(3);
    if actions.len() < 2 {
        actions = vec!["example:Read".to_owned(), "example:Write".to_owned()];
    }
    actions
}

async fn ensure_makes(lab: &Lab) -> Result<(), Stop> {
    let mut role = Role::of_guest(lab, "role");
    role.request = (role.request)
        .with_external_id("landbridge-7")
        .with_max_session(Duration::from_secs(7200));
    let made = role.settle(lab).await?;
    let described = role.describe(lab).await?;
    let described = described.ok_or_else(|| Stop::broken("it is not described"))?;
    let wanted = &role.request;
    for one in [&made, &described] {
        ensure(
            one.role == wanted.role
                && !one.arn.is_empty()
                && one.owner.as_ref() == Some(&wanted.owner)
                && one.principals == wanted.principals
                && one.external_id == wanted.external_id
                && one.require_mfa == wanted.require_mfa
                && one.max_session == wanted.max_session
                && one.policies.len() == 1,
            || format!("asked for {wanted:?}: {one:?}"),
        )?;
    }
    Ok(())
}

async fn ensure_again(lab: &Lab) -> Result<(), Stop> {
    let mut role = Role::of_guest(lab, "role");
    let first = role.settle(lab).await?;
    let before = lab.subject.writes();
    // The order of actions says nothing.
    if let Permissions::Actions(actions) = &mut role.request.permissions {
        actions.reverse();
    }
    let second = lab
        .patient(|| lab.guest.ensure_trust(&role.request))
        .await?;
    ensure(first.arn == second.arn, || {
        format!("{} and {}", first.arn, second.arn)
    })?;
    let after = lab.subject.writes();
    ensure(before == after, || {
        format!("{before:?} writes before, {after:?} after")
    })
}

async fn repair(lab: &Lab) -> Result<(), Stop> {
    let mut role = Role::of_guest(lab, "role");
    let first = role.settle(lab).await?;
    role.request = changed(lab, role.request);
    lab.patient(|| lab.guest.ensure_trust(&role.request))
        .await?;
    let second = role.settle(lab).await?;
    ensure(
        first.arn == second.arn && second.principals == role.request.principals,
        || format!("{first:?} became {second:?}"),
    )
}

/// Everything about a role but its name and owner is another.
fn changed(lab: &Lab, request: EnsureTrust) -> EnsureTrust {
    let mut request = request
        .with_principal(Principal::Account(lab.guest.place().account.clone()))
        .with_external_id("landbridge-8")
        .with_mfa_required()
        .with_max_session(Duration::from_secs(3 * 3600));
    if let Permissions::Actions(actions) = &mut request.permissions {
        actions.pop();
    }
    request
}

async fn foreign(lab: &Lab) -> Result<(), Stop> {
    let role = Role::of_guest(lab, "role");
    let made = role.settle(lab).await?;
    let before = lab.subject.writes();
    let mut other = changed(lab, role.request.clone());
    other.owner = Owner::new(lab.other_topology(), "role/role");
    refused(
        lab.patient(|| lab.guest.ensure_trust(&other)).await,
        &[ErrorKind::AlreadyExists],
    )?;
    let after = lab.subject.writes();
    ensure(before == after, || {
        format!("{before:?} writes before, {after:?} after")
    })?;
    let there = role.describe(lab).await?;
    ensure(
        there.as_ref().is_some_and(|one| one.owner == made.owner)
            && role.drift(lab).await?.is_empty(),
        || format!("it was {made:?} and is {there:?}"),
    )
}

async fn drift(lab: &Lab) -> Result<(), Stop> {
    let role = Role::of_guest(lab, "role");
    role.settle(lab).await?;
    let wanted = Role {
        request: changed(lab, role.request),
    };
    let mut what: Vec<String> = Vec::new();
    for drift in wanted.drift(lab).await? {
        what.push(drift.what);
    }
    what.sort();
    let all = [
        "external id",
        "longest session",
        "permissions",
        "principals",
        "second factor",
    ];
    ensure(what == all, || format!("all is changed: {what:?}"))
}

async fn drift_absent(lab: &Lab) -> Result<(), Stop> {
    let role = Role::of_guest(lab, "role");
    offered(lab).await?;
    let drift = role.drift(lab).await?;
    ensure(
        matches!(drift.as_slice(), [only] if only.what == "role"),
        || format!("{drift:?}"),
    )
}

/// Makes a role, to see whether the cloud can.
async fn offered(lab: &Lab) -> Result<(), Stop> {
    Role::of_guest(lab, "offered").ensure(lab).await.map(drop)
}

async fn describe_absent(lab: &Lab) -> Result<(), Stop> {
    offered(lab).await?;
    let found = Role::of_guest(lab, "role").describe(lab).await?;
    ensure(found.is_none(), || format!("{found:?}"))
}

async fn delete(lab: &Lab) -> Result<(), Stop> {
    let role = Role::of_guest(lab, "role");
    role.settle(lab).await?;
    delete_and_wait(lab, &role).await
}

async fn delete_and_wait(lab: &Lab, role: &Role) -> Result<(), Stop> {
    role.delete(lab, &lab.topology()).await?;
    let look = || async {
        Ok(match role.describe(lab).await? {
            None => Look::Ready(()),
            Some(_) => Look::NotYet("described".to_owned()),
        })
    };
    lab.until("the role, deleted,", look).await
}

async fn delete_absent(lab: &Lab) -> Result<(), Stop> {
    let role = Role::of_guest(lab, "role");
    role.settle(lab).await?;
    delete_and_wait(lab, &role).await?;
    role.delete(lab, &lab.topology()).await?;
    Ok(())
}

async fn delete_foreign(lab: &Lab) -> Result<(), Stop> {
    let role = Role::of_guest(lab, "role");
    role.settle(lab).await?;
    let before = lab.subject.writes();
    refused(
        role.delete(lab, &lab.other_topology()).await,
        &[ErrorKind::AlreadyExists],
    )?;
    let after = lab.subject.writes();
    ensure(before == after, || {
        format!("{before:?} writes before, {after:?} after")
    })?;
    ensure(role.describe(lab).await?.is_some(), || {
        "it is gone".to_owned()
    })
}

/// A role of the guest, and a user at home that may assume it.
async fn make_user(lab: &Lab) -> Result<(EnsureUser, UserRecord), Stop> {
    let role = Role::of_guest(lab, "role").ensure(lab).await?;
    let name = lab.short_name("user");
    let request = EnsureUser::new(name, lab.owner("user/one"), role.arn);
    let made = lab.patient(|| lab.home.ensure_user(&request)).await?;
    lab.keep_user(&lab.home, &request.name, &request.owner.topology);
    Ok((request, made))
}

async fn user(lab: &Lab) -> Result<(), Stop> {
    let (request, made) = make_user(lab).await?;
    ensure(
        made.name == request.name
            && !made.arn.is_empty()
            && made.owner.as_ref() == Some(&request.owner)
            && made.roles == request.roles,
        || format!("asked for {request:?}: {made:?}"),
    )?;
    lab.pause().await;
    let again = lab.patient(|| lab.home.ensure_user(&request)).await?;
    ensure(again == made, || format!("{made:?} became {again:?}"))?;
    let described = lab
        .patient(|| lab.home.describe_user(&request.name))
        .await?;
    ensure(described.as_ref() == Some(&made), || {
        format!("{made:?} is described as {described:?}")
    })
}

async fn user_foreign(lab: &Lab) -> Result<(), Stop> {
    let (request, _) = make_user(lab).await?;
    let mut other = request.clone();
    other.owner = Owner::new(lab.other_topology(), "user/one");
    let kinds = [ErrorKind::AlreadyExists];
    refused(lab.patient(|| lab.home.ensure_user(&other)).await, &kinds)?;
    let topology = lab.other_topology();
    let call = || lab.home.delete_user(&request.name, &topology);
    refused(lab.patient(call).await, &kinds)
}

async fn user_delete_absent(lab: &Lab) -> Result<(), Stop> {
    let (request, _) = make_user(lab).await?;
    let topology = lab.topology();
    for _ in ["there", "absent"] {
        lab.patient(|| lab.home.delete_user(&request.name, &topology))
            .await?;
        lab.pause().await;
    }
    let described = lab
        .patient(|| lab.home.describe_user(&request.name))
        .await?;
    ensure(described.is_none(), || format!("{described:?}"))
}
