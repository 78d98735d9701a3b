//! Instances.

use std::net::IpAddr;

use super::prelude::*;
use crate::error::{Error, ErrorKind};
use crate::ids::{AgentRoleId, GroupId, InstanceId, SubnetId};
use crate::traits::{Disk, InstanceRecord, RunInstance};

#[async_trait]
impl Listed for InstanceRecord {
    const KIND: Kind = Kind::Instance;
    type Query = Select<InstanceId>;

    async fn list(cloud: &dyn Cloud, query: &Self::Query) -> Result<Vec<Self>> {
        cloud.list_instances(query).await
    }
}

#[async_trait]
impl Record for InstanceRecord {
    fields!(InstanceId);

    fn query(select: Select<InstanceId>) -> Self::Query {
        select
    }

    fn of(inventory: &Inventory) -> &[Self] {
        &inventory.instances
    }

    async fn delete(&self, cloud: &dyn Cloud) -> Result<()> {
        Self::delete_id(cloud, &self.id).await
    }
}

#[async_trait]
impl DeletedById for InstanceRecord {
    async fn delete_id(cloud: &dyn Cloud, id: &InstanceId) -> Result<()> {
        cloud.terminate_instance(id).await
    }
}

/// Starts an instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Its name.
    pub name: String,
    /// Its subnet.
    pub subnet: Ref,
    /// Its firewall groups.
    pub groups: Vec<Ref>,
    /// The cloud's instance type.
    pub instance_type: String,
    /// The cloud's image, or image family.
    pub image: String,
    /// Its private address; the cloud chooses when absent.
    pub address: Option<IpAddr>,
    /// Whether it gets an IPv6 address too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ipv6: bool,
    /// Its system disk; the cloud's default when absent.
    pub disk: Option<Disk>,
    /// The role of its agent, where it gets one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_role: Option<Ref>,
    /// The environment variable that holds the password; the password itself is never part of a plan.
    pub password_env: Option<String>,
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "instance {} in {}", self.instance_type, self.subnet)?;
        if let Some(address) = self.address {
            write!(f, " at {address}")?;
        }
        match self.ipv6 {
            true => f.write_str(", with IPv6"),
            false => Ok(()),
        }
    }
}

impl Run {
    fn request(&self, site: &Site<'_>) -> Result<RunInstance> {
        let groups = self.groups.iter();
        let groups = groups.map(|group| site.resolve(group).map(GroupId::new));
        let mut request = RunInstance::new(
            site.label(&self.name),
            SubnetId::new(site.resolve(&self.subnet)?),
            groups.collect::<Result<_>>()?,
            &self.instance_type,
            &self.image,
        );
        request = request
            .with_address(self.address)
            .with_ipv6(self.ipv6)
            .with_disk(self.disk.clone());
        if let Some(role) = &self.agent_role {
            request = request.with_agent_role(AgentRoleId::new(site.resolve(role)?));
        }
        if let Some(variable) = &self.password_env {
            let secret = site.secret(variable).ok_or_else(|| {
                let message = format!("no password for instance `{}`", self.name);
                Error::new(ErrorKind::InvalidInput, message)
                    .with_remedy(format!("set the environment variable {variable}"))
            })?;
            request = request.with_password(secret);
        }
        Ok(request)
    }
}

#[async_trait]
impl Action for Run {
    fn kind(&self) -> OpKind {
        OpKind::create(Kind::Instance)
    }

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let request = self.request(site)?;
        let cloud = site.writing().await?;
        let record = cloud.run_instance(&request).await?;
        Ok(Some(record.id.to_string()))
    }

    async fn look(&self, site: &Site<'_>, id: &str) -> Result<Seen> {
        site.seen::<InstanceRecord>(id).await
    }

    async fn find(&self, site: &Site<'_>) -> Result<Option<String>> {
        site.owned::<InstanceRecord>().await
    }

    async fn rivals(&self, site: &Site<'_>, id: &str) -> Result<Vec<String>> {
        let query = site.query::<InstanceRecord>();
        site.rivals::<InstanceRecord>(&query, id, |own, other| own.subnet == other.subnet)
            .await
    }

    async fn undo(&self, site: &Site<'_>, id: &str) -> Result<()> {
        let cloud = site.writing().await?;
        InstanceRecord::delete_id(cloud.as_ref(), &InstanceId::new(id)).await
    }
}
