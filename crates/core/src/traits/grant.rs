use std::fmt::{self, Debug};
use std::time::SystemTime;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Endpoint;
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{AccountId, BorderRouterId, HubId, NetworkId};

/// Who pays for an attachment across accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Payer {
    /// The owner of the hub.
    #[default]
    HubOwner,
    /// The owner of the member.
    MemberOwner,
}

impl fmt::Display for Payer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HubOwner => "hub owner pays",
            Self::MemberOwner => "member owner pays",
        })
    }
}

/// What [`Grant::create_grant`] needs: the consent of a member's owner that this hub takes this member.
///
/// A grant carries no tags: member and hub are its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreateGrant {
    /// The network or border router that is granted.
    pub member: Endpoint,
    /// The hub that may take it: the global hub where the cloud has global hubs, or a hub at the edge.
    pub hub: HubId,
    /// The account that owns the hub.
    pub hub_account: AccountId,
    /// Who pays for the attachment. Default: the owner of the hub. A hub at the edge ignores it.
    pub payer: Payer,
}

impl CreateGrant {
    /// The grant of `member` to `hub`, whose owner pays.
    pub fn new(member: Endpoint, hub: HubId, hub_account: AccountId) -> Self {
        Self {
            member,
            hub,
            hub_account,
            payer: Payer::default(),
        }
    }

    setters! {
        /// Sets who pays for the attachment.
        with_payer(payer: Payer);
    }
}

/// What [`Grant::revoke_grant`] needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RevokeGrant {
    /// The network or border router that was granted.
    pub member: Endpoint,
    /// The hub that it was granted to.
    pub hub: HubId,
    /// The account that owns the hub.
    pub hub_account: AccountId,
}

impl RevokeGrant {
    /// Takes back the grant of `member` to `hub`.
    pub fn new(member: Endpoint, hub: HubId, hub_account: AccountId) -> Self {
        Self {
            member,
            hub,
            hub_account,
        }
    }
}

impl From<&CreateGrant> for RevokeGrant {
    fn from(grant: &CreateGrant) -> Self {
        Self::new(
            grant.member.clone(),
            grant.hub.clone(),
            grant.hub_account.clone(),
        )
    }
}

/// What is granted to a hub, as a grant's record names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Member {
    /// A network.
    Network(NetworkId),
    /// A border router.
    BorderRouter(BorderRouterId),
}

impl Member {
    /// The member that is this side of an attachment.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a hub.
    pub fn of(endpoint: &Endpoint) -> Result<Self> {
        match endpoint {
            Endpoint::Network { id, .. } => Ok(Self::Network(id.clone())),
            Endpoint::BorderRouter { id, .. } => Ok(Self::BorderRouter(id.clone())),
            Endpoint::Hub { id, .. } | Endpoint::Edge { id, .. } => Err(Error::new(
                ErrorKind::InvalidInput,
                format!("invalid member `{id}`: expected a network or a border router"),
            )),
        }
    }

    /// The id as the cloud wrote it.
    pub fn id(&self) -> &str {
        match self {
            Self::Network(id) => id.as_str(),
            Self::BorderRouter(id) => id.as_str(),
        }
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl From<NetworkId> for Member {
    fn from(id: NetworkId) -> Self {
        Self::Network(id)
    }
}

impl From<BorderRouterId> for Member {
    fn from(id: BorderRouterId) -> Self {
        Self::BorderRouter(id)
    }
}

/// A grant as the cloud reports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GrantRecord {
    /// What is granted.
    pub member: Member,
    /// The account that owns the member, if this view names it.
    pub member_account: Option<AccountId>,
    /// The hub that may take it.
    pub hub: HubId,
    /// The account that owns the hub.
    pub hub_account: AccountId,
    /// Who pays; absent when the cloud does not say. Do not assume a payer then.
    pub payer: Option<Payer>,
    /// When it was given, where the cloud reports it.
    #[serde(default)]
    pub created_at: Option<SystemTime>,
}

impl GrantRecord {
    /// A grant of `member` to `hub`, without what not every view tells.
    pub fn new(member: Member, hub: HubId, hub_account: AccountId) -> Self {
        Self {
            member,
            member_account: None,
            hub,
            hub_account,
            payer: None,
            created_at: None,
        }
    }

    setters! {
        /// Sets the account that owns the member.
        with_member_account(member_account: impl Into<Option<AccountId>>);
        /// Sets who pays.
        with_payer(payer: impl Into<Option<Payer>>);
        /// Sets when it was given.
        with_created_at(created_at: impl Into<Option<SystemTime>>);
    }
}

/// Consent between accounts, which the member's owner gives before the attachment.
#[async_trait]
pub trait Grant: Debug + Send + Sync + 'static {
    /// Grants a member to a hub, as the member's owner. Repeating a grant with the same payer succeeds.
    ///
    /// - Fails with [`AlreadyExists`](crate::ErrorKind::AlreadyExists) when it is granted with another payer.
    /// - Fails with [`NotFound`](crate::ErrorKind::NotFound) or [`InvalidInput`](crate::ErrorKind::InvalidInput) when the
    ///   named account does not own the hub.
    /// - Fails with [`PermissionDenied`](crate::ErrorKind::PermissionDenied) when the cloud's provider must approve
    ///   first, as for border routers; the remedy says what to send to whom.
    async fn create_grant(&self, request: &CreateGrant) -> Result<()>;

    /// Lists the grants on a member, as its owner.
    async fn list_grants(&self, member: &Endpoint) -> Result<Vec<GrantRecord>>;

    /// Lists the grants on a member to one hub, as the member's owner. It fails where the caller may not see them, also where
    /// [`list_grants`](Self::list_grants) leaves such grants out. Default: those of `list_grants` to the hub.
    async fn list_grants_to(&self, member: &Endpoint, hub: &HubId) -> Result<Vec<GrantRecord>> {
        let mut grants = self.list_grants(member).await?;
        grants.retain(|grant| grant.hub == *hub);
        Ok(grants)
    }

    /// Lists the grants that a hub has received, as the hub's owner.
    async fn list_received_grants(&self, hub: &HubId) -> Result<Vec<GrantRecord>>;

    /// Revokes a grant, as the member's owner. Revoking an absent grant succeeds.
    ///
    /// - Fails with [`InUse`](crate::ErrorKind::InUse) while the member is attached.
    async fn revoke_grant(&self, request: &RevokeGrant) -> Result<()>;
}
