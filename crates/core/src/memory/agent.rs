//! Roles of agents and service endpoints, where the options say that agents need them.

use async_trait::async_trait;

use super::cloud::MemoryCloud;
use super::item::Entry;
use super::world::{World, invalid};
use crate::error::{Error, Result};
use crate::ids::{AgentRoleId, NetworkId, Place, ServiceEndpointId};
use crate::traits::{
    AgentRoleRecord, Agents, CreateServiceEndpoint, InstanceRecord, Label, Phase, Select,
    ServiceEndpointRecord, Status, SubnetRecord,
};

#[async_trait]
impl Agents for MemoryCloud {
    async fn ensure_agent_role(&self, label: &Label) -> Result<AgentRoleRecord> {
        self.write("ensure_agent_role", &label.owner.key, |world, place| {
            world.ensure_agent_role(place, label)
        })
        .await
    }

    async fn list_agent_roles(&self, select: &Select<AgentRoleId>) -> Result<Vec<AgentRoleRecord>> {
        self.read(World::check_roles)?;
        self.look(|world| world.list(&self.place, select)).await
    }

    async fn delete_agent_role(&self, id: &AgentRoleId) -> Result<()> {
        self.write("delete_agent_role", id.as_str(), |world, place| {
            world.end::<AgentRoleRecord>(place, id);
            Ok(())
        })
        .await
    }

    async fn create_service_endpoint(
        &self,
        request: &CreateServiceEndpoint,
    ) -> Result<ServiceEndpointRecord> {
        let key = &request.label.owner.key;
        self.write("create_service_endpoint", key, |world, place| {
            world.create_service_endpoint(place, request)
        })
        .await
    }

    async fn list_service_endpoints(
        &self,
        select: &Select<ServiceEndpointId>,
    ) -> Result<Vec<ServiceEndpointRecord>> {
        self.read(World::check_endpoints)?;
        self.look(|world| world.list(&self.place, select)).await
    }

    async fn delete_service_endpoint(&self, id: &ServiceEndpointId) -> Result<()> {
        self.write("delete_service_endpoint", id.as_str(), |world, place| {
            world.end::<ServiceEndpointRecord>(place, id);
            Ok(())
        })
        .await
    }
}

impl World {
    fn check_roles(&self) -> Result<()> {
        match self.options.capabilities.agent_roles {
            true => Ok(()),
            false => Err(Error::unsupported("agents need no role here")),
        }
    }

    fn check_endpoints(&self) -> Result<()> {
        match self.options.capabilities.agent_services.is_empty() {
            false => Ok(()),
            true => Err(Error::unsupported("agents need no service endpoints here")),
        }
    }

    fn ensure_agent_role(&mut self, place: &Place, label: &Label) -> Result<AgentRoleRecord> {
        self.check_roles()?;
        let roles = self.shelf::<AgentRoleRecord>().iter();
        let mut own = roles.filter(|one| one.place.account == place.account);
        let known = own.find(|one| {
            one.record.owner.as_ref() == Some(&label.owner) && one.life.is_wanted(self.now)
        });
        if let Some(known) = known {
            return Ok(known.show(self.now));
        }
        let life = self.birth();
        Ok(self.admit(place, &label.token, life, |id| {
            AgentRoleRecord::new(id, Status::new(Phase::Pending, ""))
                .with_owner(label.owner.clone())
        }))
    }

    fn create_service_endpoint(
        &mut self,
        place: &Place,
        request: &CreateServiceEndpoint,
    ) -> Result<ServiceEndpointRecord> {
        self.check_endpoints()?;
        let label = &request.label;
        if let Some(known) = self.remembered(place, &label.token) {
            return Ok(known);
        }
        if !self
            .options
            .capabilities
            .agent_services
            .contains(&request.service)
        {
            return Err(invalid(format!("there is no service {}", request.service)));
        }
        let subnet = self.find_ready::<SubnetRecord>(place, &request.subnet)?;
        if subnet.record.network != request.network {
            let (subnet, network) = (&request.subnet, &request.network);
            return Err(invalid(format!(
                "subnet {subnet} is not of network {network}"
            )));
        }
        if !self.host_names.contains(&request.network) {
            let network = &request.network;
            return Err(invalid(format!("network {network} gives no host names")));
        }
        let life = self.birth();
        Ok(self.admit(place, &label.token, life, |id| {
            let status = Status::new(Phase::Pending, "");
            ServiceEndpointRecord::new(id, &request.service, request.network.clone(), status)
                .with_name(label.name.clone())
                .with_subnets(vec![request.subnet.clone()])
                .with_groups(request.groups.clone())
                .with_owner(label.owner.clone())
        }))
    }

    /// Whether the agent of an instance that runs has all that it needs.
    pub(super) fn has_agent(&self, instance: &InstanceRecord) -> bool {
        let capabilities = &self.options.capabilities;
        let has_role = || {
            let mut roles = self.shelf::<AgentRoleRecord>().iter();
            roles.any(|one| Some(&one.record.id) == instance.agent_role.as_ref() && self.is_up(one))
        };
        let reaches = |service: &String| {
            let mut ends = self.shelf::<ServiceEndpointRecord>().iter();
            ends.any(|one| {
                let network: &NetworkId = &one.record.network;
                one.record.service == *service
                    && Some(network) == instance.network.as_ref()
                    && self.is_up(one)
            })
        };
        (!capabilities.agent_roles || has_role()) && capabilities.agent_services.iter().all(reaches)
    }

    fn is_up<R>(&self, entry: &Entry<R>) -> bool {
        entry.life.phase(self.now) == Phase::Ready
    }
}
