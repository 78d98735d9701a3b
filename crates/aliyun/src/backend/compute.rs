use std::collections::BTreeMap;

use async_trait::async_trait;
use landbridge_core::{
    CommandId, CommandOutput, Compute, InstanceId, InstanceRecord, NetworkId, Result, RunCommand,
    RunInstance, Select, SubnetId,
};

use super::{AliyunCloud, each, portions, tagged};
use crate::document::pending;
use crate::ecs::{self, AGENTS_PER_CALL, IDS_PER_CALL};
use crate::paging::Listing;

impl AliyunCloud {
    async fn instances(&self, listing: Listing) -> Result<Vec<InstanceRecord>> {
        self.look_up(listing, ecs::read_instance).await
    }

    /// The network of a subnet; the empty id while the subnet is not visible yet.
    async fn network_of(&self, subnet: &SubnetId) -> Result<NetworkId> {
        let subnets = self.subnets_by_id(std::slice::from_ref(subnet)).await?;
        let network = subnets.into_iter().next().map(|subnet| subnet.network);
        Ok(network.unwrap_or_else(|| NetworkId::new("")))
    }
}

#[async_trait]
impl Compute for AliyunCloud {
    async fn run_instance(&self, request: &RunInstance) -> Result<InstanceRecord> {
        let network = self.network_of(&request.subnet).await?;
        let call = ecs::run_instance(self.region(), request);
        let id = self.ask(call, ecs::read_started).await?;
        Ok(InstanceRecord::new(id, pending("Pending"))
            .with_name(request.label.name.clone())
            .with_network(network)
            .with_subnet(request.subnet.clone())
            .with_address(request.address)
            .with_groups(request.groups.clone())
            .with_owner(request.label.owner.clone()))
    }

    async fn list_instances(&self, select: &Select<InstanceId>) -> Result<Vec<InstanceRecord>> {
        match select {
            Select::Ids(ids) => {
                each(portions(ids, IDS_PER_CALL), |ids| async move {
                    self.instances(ecs::instances_by_id(self.region(), &ids))
                        .await
                })
                .await
            }
            Select::Topology(topology) => {
                let listing = ecs::topology_instances(self.region(), topology);
                let instances = self.instances(listing).await?;
                Ok(tagged(select, instances, |instance| {
                    instance.owner.as_ref()
                }))
            }
            _ => self.instances(ecs::all_instances(self.region())).await,
        }
    }

    async fn terminate_instance(&self, id: &InstanceId) -> Result<()> {
        self.delete(ecs::delete_instance(self.region(), id)).await
    }

    async fn agents_ready(&self, ids: &[InstanceId]) -> Result<Vec<bool>> {
        let agents = each(portions(ids, AGENTS_PER_CALL), |ids| async move {
            self.look_up(ecs::agents_of(self.region(), &ids), ecs::read_agent)
                .await
        });
        let agents: BTreeMap<_, _> = agents.await?.into_iter().collect();
        Ok(ids
            .iter()
            .map(|id| agents.get(id).copied().unwrap_or(false))
            .collect())
    }

    async fn run_command(&self, request: &RunCommand) -> Result<CommandId> {
        self.ask(ecs::run_command(self.region(), request), ecs::read_command)
            .await
    }

    async fn command_output(&self, instance: &InstanceId, id: &CommandId) -> Result<CommandOutput> {
        let request = ecs::invocation(self.region(), instance, id);
        self.ask(request, |answer| Ok(ecs::read_output(answer, instance)))
            .await
    }
}
