//! Roles that other accounts may assume.

use super::prelude::*;
use crate::traits::{EnsureTrust, TrustRecord};

#[async_trait]
impl Listed for TrustRecord {
    const KIND: Kind = Kind::Role;
    /// The role's name.
    type Query = String;

    async fn list(cloud: &dyn Cloud, role: &String) -> Result<Vec<Self>> {
        let found = cloud.describe_trust(role).await?;
        Ok(found.into_iter().collect())
    }
}

/// Makes a role, or changes one of the same owner, so that it is exactly as described.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ensure {
    /// The role.
    pub role: EnsureTrust,
}

impl fmt::Display for Ensure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let principals = super::rules::list(&self.role.principals);
        write!(f, "role {} that trusts {principals}", self.role.role)
    }
}

#[async_trait]
impl Action for Ensure {
    fn kind(&self) -> OpKind {
        OpKind::create(Kind::Role)
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let cloud = site.writing().await?;
        cloud.ensure_trust(&self.role).await?;
        Ok(None)
    }

    async fn look(&self, site: &Site<'_>, _: &str) -> Result<Seen> {
        let found = site.list::<TrustRecord>(&self.role.role).await?;
        let owner = Some(&self.role.owner);
        if !found.iter().any(|role| role.owner.as_ref() == owner) {
            return Ok(Seen::Absent);
        }
        let drift = site.reading()?.trust_drift(&self.role).await?;
        Ok(match drift.first() {
            None => Seen::ready(),
            Some(drift) => Seen::not_yet(drift.to_string()),
        })
    }
}

/// Deletes a role of the plan's topology.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Delete {
    /// The role's name.
    pub role: String,
}

impl fmt::Display for Delete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "delete role {}", self.role)
    }
}

#[async_trait]
impl Action for Delete {
    fn kind(&self) -> OpKind {
        OpKind::delete(Kind::Role)
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let cloud = site.writing().await?;
        cloud.delete_trust(&self.role, site.topology()).await?;
        Ok(None)
    }

    async fn look(&self, site: &Site<'_>, _: &str) -> Result<Seen> {
        let found = site.list::<TrustRecord>(&self.role).await?;
        Ok(Seen::left(found.first().map(|_| "there".to_owned())))
    }
}
