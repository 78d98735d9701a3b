//! Grants: the consent of a member's owner.

use super::prelude::*;
use super::{Attached, MemberKey};
use crate::ids::{AccountId, HubId};
use crate::plan::EndpointRef;
use crate::traits::{CreateGrant, Endpoint, GrantRecord, Payer, RevokeGrant};

#[async_trait]
impl Listed for GrantRecord {
    const KIND: Kind = Kind::Grant;
    /// The member, as its owner sees it.
    type Query = Endpoint;

    async fn list(cloud: &dyn Cloud, member: &Endpoint) -> Result<Vec<Self>> {
        cloud.list_grants(member).await
    }
}

// Writes to a network's grants share the lock of its subnets.
fn domain(key: &ObjectKey) -> Option<String> {
    let ObjectKey::Grant(Attached { member, .. }) = key else {
        return None;
    };
    Some(match member {
        MemberKey::Network(name) => ObjectKey::network(name).to_string(),
        MemberKey::BorderRouter(_) => member.to_string(),
    })
}

/// Gives consent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Create {
    /// What is granted.
    pub member: EndpointRef,
    /// The hub that may take it.
    pub hub: Ref,
    /// The account that owns the hub.
    pub hub_account: AccountId,
    /// Who pays; absent for a hub at the edge, where the cloud offers no choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<Payer>,
}

impl fmt::Display for Create {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            member,
            hub,
            hub_account,
            payer,
        } = self;
        write!(f, "grant {member} to {hub} of {hub_account}")?;
        payer.map_or(Ok(()), |payer| write!(f, "; {payer}"))
    }
}

#[async_trait]
impl Action for Create {
    fn kind(&self) -> OpKind {
        OpKind::create(Kind::Grant)
    }

    fn is_at_edge(&self, _: &ObjectKey) -> bool {
        self.payer.is_none()
    }

    fn domain(&self, key: &ObjectKey) -> Option<String> {
        domain(key)
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let member = site.endpoint(&self.member)?;
        let hub = HubId::new(site.resolve(&self.hub)?);
        let request = CreateGrant::new(member, hub, self.hub_account.clone())
            .with_payer(self.payer.unwrap_or_default());
        let cloud = site.writing().await?;
        cloud.create_grant(&request).await?;
        Ok(None)
    }

    async fn look(&self, site: &Site<'_>, _: &str) -> Result<Seen> {
        let hub = site.resolve(&self.hub)?;
        let member = site.endpoint(&self.member)?;
        let grants = site.list::<GrantRecord>(&member).await?;
        if self.payer.is_none() && !grants.iter().any(|grant| grant.hub.as_str() == hub) {
            // It may be hidden: a caller that may not read grants at the edge gets a list without them.
            let hub = HubId::new(hub.clone());
            site.reading()?.list_grants_to(&member, &hub).await?;
        }
        let grant = grants.iter().find(|grant| grant.hub.as_str() == hub);
        Ok(match grant {
            Some(grant) if self.payer.is_none() || grant.payer == self.payer => Seen::ready(),
            Some(_) => Seen::not_yet("granted with another payer"),
            None => Seen::Absent,
        })
    }
}

/// Takes consent back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Revoke {
    /// What was granted.
    pub member: Endpoint,
    /// The hub that might take it.
    pub hub: HubId,
    /// The account that owns the hub.
    pub hub_account: AccountId,
    /// Whether the hub is one at the edge.
    #[serde(default)]
    pub edge: bool,
}

impl fmt::Display for Revoke {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "revoke grant of {} to {}", self.member.id(), self.hub)
    }
}

#[async_trait]
impl Action for Revoke {
    fn kind(&self) -> OpKind {
        OpKind::delete(Kind::Grant)
    }

    fn is_at_edge(&self, _: &ObjectKey) -> bool {
        self.edge
    }

    fn domain(&self, key: &ObjectKey) -> Option<String> {
        domain(key)
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let (member, hub) = (self.member.clone(), self.hub.clone());
        let request = RevokeGrant::new(member, hub, self.hub_account.clone());
        let cloud = site.writing().await?;
        cloud.revoke_grant(&request).await?;
        Ok(None)
    }

    async fn look(&self, site: &Site<'_>, _: &str) -> Result<Seen> {
        let grants = site.list::<GrantRecord>(&self.member).await?;
        let there = grants.iter().any(|grant| grant.hub == self.hub);
        Ok(Seen::left(there.then(|| "granted".to_owned())))
    }
}
