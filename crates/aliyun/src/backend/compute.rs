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

    /// Which agents are up. The cloud refuses a call that names one unknown instance among others, so these are then
    /// asked for one by one.
    async fn agents_of(&self, ids: Vec<InstanceId>) -> Result<Vec<(InstanceId, bool)>> {
        let ask = |ids: Vec<InstanceId>| async move {
            let listing = ecs::agents_of(self.region(), &ids);
            self.list(listing, ecs::read_agent).await
        };
        match ask(ids.clone()).await {
            Err(error) if error.is_not_found() => {
                each(ids, |id| async move { none_if_absent(ask(vec![id]).await) }).await
            }
            other => other,
        }
    }

    /// The network of a subnet; the empty id while the subnet is not visible yet.
    async fn network_of(&self, subnet: &SubnetId) -> Result<NetworkId> {
        let subnets = self.subnets_by_id(std::slice::from_ref(subnet)).await?;
        let network = subnets.into_iter().next().map(|subnet| subnet.network);
        Ok(network.unwrap_or_else(|| NetworkId::new("")))
    }
}

fn none_if_absent<T>(result: Result<Vec<T>>) -> Result<Vec<T>> {
    match result {
        Err(error) if error.is_not_found() => Ok(Vec::new()),
        other => other,
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
            self.agents_of(ids).await
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
