//! Roles that let agents on instances fetch commands.

use super::prelude::*;
use crate::ids::AgentRoleId;
use crate::traits::AgentRoleRecord;

#[async_trait]
impl Listed for AgentRoleRecord {
    const KIND: Kind = Kind::AgentRole;
    type Query = Select<AgentRoleId>;

    async fn list(cloud: &dyn Cloud, query: &Self::Query) -> Result<Vec<Self>> {
        cloud.list_agent_roles(query).await
    }
}

#[async_trait]
impl Record for AgentRoleRecord {
    fields!(AgentRoleId);

    fn query(select: Select<AgentRoleId>) -> Self::Query {
        select
    }

    fn of(inventory: &Inventory) -> &[Self] {
        &inventory.agent_roles
    }

    async fn delete(&self, cloud: &dyn Cloud) -> Result<()> {
        Self::delete_id(cloud, &self.id).await
    }
}

#[async_trait]
impl DeletedById for AgentRoleRecord {
    async fn delete_id(cloud: &dyn Cloud, id: &AgentRoleId) -> Result<()> {
        cloud.delete_agent_role(id).await
    }
}

/// Makes the role of the agents on the topology's instances in an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Ensure {
    /// What it is for, as the cloud shows it.
    pub name: String,
}

impl fmt::Display for Ensure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("role that lets the agents of instances fetch commands")
    }
}

#[async_trait]
impl Action for Ensure {
    fn kind(&self) -> OpKind {
        OpKind::create(Kind::AgentRole)
    }

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let label = site.label(&self.name);
        let cloud = site.writing().await?;
        let record = cloud.ensure_agent_role(&label).await?;
        Ok(Some(record.id.to_string()))
    }

    async fn look(&self, site: &Site<'_>, id: &str) -> Result<Seen> {
        site.seen::<AgentRoleRecord>(id).await
    }

    async fn find(&self, site: &Site<'_>) -> Result<Option<String>> {
        site.owned::<AgentRoleRecord>().await
    }
}
