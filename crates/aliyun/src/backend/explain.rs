//! Remedies that need the ids at hand, which the table of codes cannot know.

use landbridge_core::{AccountId, Error, ErrorKind, HubId};

use crate::member::{Member, MemberKind};

const ACROSS_BID: &str = "Forbbiden.AttachChildInstanceAcrossBid";
const WRONG_OWNER: &str = "IllegalParam.EcrOwnerAliUid";

/// Why a grant was refused, with the ids that its remedy needs.
pub(super) fn explain_grant(
    error: Error,
    member: &Member<'_>,
    hub: &HubId,
    hub_account: &AccountId,
) -> Error {
    let error = explain_sharing(error, member, hub, hub_account);
    match error.code() {
        Some(WRONG_OWNER) => {
            let remedy =
                format!("correct the account ID: account {hub_account} does not own {hub}");
            error.with_kind(ErrorKind::InvalidInput).with_remedy(remedy)
        }
        _ => error,
    }
}

/// Why a member was not attached: what the cloud calls a missing permission may be a missing grant.
pub(super) fn explain_attachment(
    error: Error,
    member: &Member<'_>,
    hub: &HubId,
    hub_account: &AccountId,
) -> Error {
    let error = explain_sharing(error, member, hub, hub_account);
    let denied = error.kind() == ErrorKind::PermissionDenied && error.code() != Some(ACROSS_BID);
    if !denied || member.account == hub_account {
        return error;
    }
    let remedy = format!(
        "let account {} grant {} to {hub} first; if it has, let the administrator of account {hub_account} allow the \
         action to this user or role",
        member.account, member.id
    );
    error.with_remedy(remedy)
}

/// Why a border router was not let into a hub of another account: no call can change that.
pub(super) fn explain_sharing(
    error: Error,
    member: &Member<'_>,
    hub: &HubId,
    hub_account: &AccountId,
) -> Error {
    if error.code() != Some(ACROSS_BID) || member.kind != MemberKind::BorderRouter {
        return error;
    }
    let remedy = format!(
        "sharing border routers across accounts is off by default: ask the account manager of accounts {} and \
         {hub_account} to enable it for border router {} and router {hub}, with proof that both accounts belong to the \
         same legal entity",
        member.account, member.id
    );
    error
        .with_kind(ErrorKind::PermissionDenied)
        .with_remedy(remedy)
}
