//! The trust documents of the roles through which a topology enters accounts.

use serde::Serialize;
use serde_json::Value;

use super::{AccountUse, PolicyLanguage};
use crate::ids::AccountId;
use crate::topology::{Account, CredentialSource, Topology};
use crate::traits::{EnsureTrust, Owner, Principal};

/// The trust document of a role that the topology's own credentials assume.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TrustDocument {
    /// The name of the role.
    pub role: String,
    /// Its ARN, as the topology says it.
    pub arn: String,
    /// Who may assume it.
    pub principal: String,
    /// The external ID that the caller must send.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The document, in the cloud's own language.
    pub document: Value,
}

/// The trust document of the role of an account, if the topology enters it through one.
pub(super) fn trust_of(
    topology: &Topology,
    usage: &AccountUse,
    language: &dyn PolicyLanguage,
) -> Option<TrustDocument> {
    let account = topology.account(&usage.name)?;
    let CredentialSource::AssumeRole {
        from,
        role: arn,
        external_id,
    } = &account.credentials
    else {
        return None;
    };
    let role = role_in(arn)?;
    // A topology does not say whose keys the program has.
    let principal = principal(topology.account(from.as_ref()?)?);
    let owner = Owner::new(&topology.name, format!("role/{role}"));
    let mut request = EnsureTrust::new(&role, owner, principal.clone());
    if let Some(id) = external_id {
        request = request.with_external_id(id);
    }
    Some(TrustDocument {
        document: language.trust(&request, usage),
        role,
        arn: arn.clone(),
        principal: principal.to_string(),
        external_id: external_id.clone(),
    })
}

/// Who acts with the credentials of an account: its role, where they are those of one; any user or role of it that has the
/// permission, where the topology does not tell.
fn principal(account: &Account) -> Principal {
    let anyone = || Principal::Account(account.id.clone());
    let CredentialSource::AssumeRole { role, .. } = &account.credentials else {
        return anyone();
    };
    match (account_in(role), role_in(role)) {
        (Some(account), Some(name)) => Principal::Role { account, name },
        _ => anyone(),
    }
}

/// The name of a role, without its path, in an ARN of the form `..:ACCOUNT:role/NAME`.
fn role_in(arn: &str) -> Option<String> {
    let (_, name) = arn.split_once(":role/")?;
    let name = name.rsplit('/').next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

fn account_in(arn: &str) -> Option<AccountId> {
    let (before, _) = arn.split_once(":role/")?;
    before.rsplit(':').next().map(AccountId::new)
}
