//! What agents of Systems Manager need: a role, and ways to the service.

use async_trait::async_trait;
use aws_sdk_ec2::types::VpcEndpoint;
use landbridge_core::{
    AgentRoleId, AgentRoleRecord, Agents, CreateServiceEndpoint, ErrorKind, Label, NetworkId,
    Result, Select, ServiceEndpointId, ServiceEndpointRecord,
};

use super::describe::DESCRIBE_ENDPOINTS;
use super::{AwsCloud, absent_is_done, calls, selected, with_values};
use crate::client::{Operation, repeatable};
use crate::ec2::endpoint::{answers_names, create, is_gone, read_endpoint, refusal};

/// The services that agents call. Those of earlier years called `ec2messages` too.
pub(super) const SERVICES: [&str; 2] = ["ssm", "ssmmessages"];

// The client token makes a second request the first one.
const CREATE: Operation = repeatable("CreateVpcEndpoint");
const DELETE: Operation = repeatable("DeleteVpcEndpoints");

impl AwsCloud {
    fn read_endpoints(&self, endpoints: &[VpcEndpoint]) -> Result<Vec<ServiceEndpointRecord>> {
        let region = &self.own_place().region;
        let live = endpoints
            .iter()
            .filter(|one| !is_gone(one) && answers_names(one));
        self.read_listed(DESCRIBE_ENDPOINTS, live, |one| read_endpoint(region, one))
    }

    /// The endpoints of these networks, also those that others made. A caller that may not list them learns of them when a delete
    /// fails, unless they `must` be known.
    pub(super) async fn endpoints_of(
        &self,
        ids: &[NetworkId],
        must: bool,
    ) -> Result<Vec<ServiceEndpointRecord>> {
        let mut endpoints = match self.endpoints(with_values("vpc-id", ids)).await {
            Err(error) if error.kind() == ErrorKind::PermissionDenied && !must => Vec::new(),
            endpoints => self.read_endpoints(&endpoints?)?,
        };
        endpoints.retain(|one| ids.contains(&one.network));
        Ok(endpoints)
    }
}

#[async_trait]
impl Agents for AwsCloud {
    async fn ensure_agent_role(&self, label: &Label) -> Result<AgentRoleRecord> {
        self.make_agent_role(label).await
    }

    async fn list_agent_roles(&self, select: &Select<AgentRoleId>) -> Result<Vec<AgentRoleRecord>> {
        self.agent_roles(select).await
    }

    async fn delete_agent_role(&self, id: &AgentRoleId) -> Result<()> {
        self.remove_agent_role(id).await
    }

    async fn create_service_endpoint(
        &self,
        request: &CreateServiceEndpoint,
    ) -> Result<ServiceEndpointRecord> {
        let region = &self.own_place().region;
        let input = create(request, region);
        let send = || input.clone().send_with(self.client.ec2());
        let answer = self.client.call(CREATE, send).await;
        let groups = request.groups.iter().map(AsRef::as_ref);
        let parts: Vec<&str> = [request.subnet.as_str(), request.network.as_str()]
            .into_iter()
            .chain(groups)
            .collect();
        let answer = self.memory.patient(answer, &parts)?;
        let read = |one: &VpcEndpoint| read_endpoint(region, one);
        let mut record = self.read_one(CREATE, answer.vpc_endpoint, read)?;
        record.name.clone_from(&request.label.name);
        record.owner = Some(request.label.owner.clone());
        Ok(record)
    }

    async fn list_service_endpoints(
        &self,
        select: &Select<ServiceEndpointId>,
    ) -> Result<Vec<ServiceEndpointRecord>> {
        let calls = calls(select, "vpc-endpoint-id");
        let endpoints = self.read_endpoints(&self.endpoints(calls).await?)?;
        Ok(selected(
            select,
            endpoints,
            |one| &one.id,
            |one| one.owner.as_ref(),
        ))
    }

    async fn delete_service_endpoint(&self, id: &ServiceEndpointId) -> Result<()> {
        let call = self.client.ec2().delete_vpc_endpoints();
        let call = call.vpc_endpoint_ids(id.as_str());
        let answer = self.client.call(DELETE, || call.clone().send()).await;
        let answer = answer.and_then(|answer| {
            let refused = refusal(DELETE.name, answer.unsuccessful());
            refused.map_err(|error| self.client.locate(error, DELETE))
        });
        absent_is_done(answer)
    }
}
