//! Users that may assume roles and do nothing else.

use std::collections::BTreeSet;

use super::prelude::*;
use crate::traits::{EnsureUser, UserRecord};

#[async_trait]
impl Listed for UserRecord {
    const KIND: Kind = Kind::User;
    /// The user's name.
    type Query = String;

    async fn list(cloud: &dyn Cloud, user: &String) -> Result<Vec<Self>> {
        let found = cloud.describe_user(user).await?;
        Ok(found.into_iter().collect())
    }
}

/// Makes a user, or changes one of the same owner, who may assume exactly these roles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ensure {
    /// The user.
    pub user: EnsureUser,
}

impl fmt::Display for Ensure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roles = super::rules::list(&self.user.roles);
        write!(f, "user {} who may assume {roles}", self.user.name)
    }
}

#[async_trait]
impl Action for Ensure {
    fn kind(&self) -> OpKind {
        OpKind::create(Kind::User)
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let cloud = site.writing().await?;
        cloud.ensure_user(&self.user).await?;
        Ok(None)
    }

    async fn look(&self, site: &Site<'_>, _: &str) -> Result<Seen> {
        let found = site.list::<UserRecord>(&self.user.name).await?;
        let owner = Some(&self.user.owner);
        let Some(found) = found.iter().find(|user| user.owner.as_ref() == owner) else {
            return Ok(Seen::Absent);
        };
        let wanted: BTreeSet<&String> = self.user.roles.iter().collect();
        Ok(
            match found.roles.iter().collect::<BTreeSet<_>>() == wanted {
                true => Seen::ready(),
                false => Seen::not_yet("may assume other roles"),
            },
        )
    }
}

/// Deletes a user of the plan's topology.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Delete {
    /// The user's name.
    pub user: String,
}

impl fmt::Display for Delete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "delete user {}", self.user)
    }
}

#[async_trait]
impl Action for Delete {
    fn kind(&self) -> OpKind {
        OpKind::delete(Kind::User)
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let cloud = site.writing().await?;
        cloud.delete_user(&self.user, site.topology()).await?;
        Ok(None)
    }

    async fn look(&self, site: &Site<'_>, _: &str) -> Result<Seen> {
        let found = site.list::<UserRecord>(&self.user).await?;
        Ok(Seen::left(found.first().map(|_| "there".to_owned())))
    }
}
