use async_trait::async_trait;
use ipnet::IpNet;
use landbridge_core::{
    CreateNetwork, CreateSubnet, Error, Network, NetworkId, NetworkRecord, Result, Select,
    SubnetId, SubnetRecord,
};

use super::{AliyunCloud, each, portions, tagged};
use crate::document::{Doc, pending};
use crate::vpc::{self, VPC_IDS_PER_CALL};

impl AliyunCloud {
    pub(super) async fn networks_by_id(&self, ids: &[NetworkId]) -> Result<Vec<NetworkRecord>> {
        each(portions(ids, VPC_IDS_PER_CALL), |ids| async move {
            let listing = vpc::vpcs_by_id(self.region(), &ids);
            self.look_up(listing, |doc| self.read_vpc(doc)).await
        })
        .await
    }

    pub(super) fn read_vpc(&self, doc: Doc<'_>) -> Result<NetworkRecord> {
        vpc::read_vpc(self.client.place(), doc)
    }

    // Private names are a service of their own here.
    fn no_host_names(&self, id: &NetworkId) -> Error {
        Error::unsupported(format!("{id} has no option for host names"))
            .with_place(self.client.place().clone())
    }

    pub(super) async fn subnets_by_id(&self, ids: &[SubnetId]) -> Result<Vec<SubnetRecord>> {
        each(ids.to_vec(), |id| async move {
            let listing = vpc::vswitch_by_id(self.region(), &id);
            self.look_up(listing, vpc::read_vswitch).await
        })
        .await
    }
}

#[async_trait]
impl Network for AliyunCloud {
    async fn create_network(&self, request: &CreateNetwork) -> Result<NetworkRecord> {
        let place = self.client.place();
        let id = self
            .create(vpc::create_vpc(self.region(), request), "VpcId")
            .await?;
        Ok(NetworkRecord::new(
            id,
            place.account.clone(),
            place.region.clone(),
            pending("Pending"),
        )
        .with_name(request.label.name.clone())
        .with_ranges(vec![request.range])
        .with_owner(request.label.owner.clone()))
    }

    async fn list_networks(&self, select: &Select<NetworkId>) -> Result<Vec<NetworkRecord>> {
        let listing = match select {
            Select::Ids(ids) => return self.networks_by_id(ids).await,
            Select::Topology(topology) => vpc::topology_vpcs(self.region(), topology),
            _ => vpc::all_vpcs(self.region()),
        };
        let networks = self.list(listing, |doc| self.read_vpc(doc)).await?;
        Ok(tagged(select, networks, |network| network.owner.as_ref()))
    }

    async fn delete_network(&self, id: &NetworkId) -> Result<()> {
        self.delete(vpc::delete_vpc(self.region(), id)).await
    }

    async fn add_range(&self, id: &NetworkId, range: &IpNet) -> Result<()> {
        let network = self.networks_by_id(std::slice::from_ref(id)).await?;
        if network.iter().any(|one| one.ranges.contains(range)) {
            return Ok(());
        }
        self.tell(vpc::associate_range(self.region(), id, range))
            .await
    }

    async fn remove_range(&self, id: &NetworkId, range: &IpNet) -> Result<()> {
        let network = self.networks_by_id(std::slice::from_ref(id)).await?;
        if !network.iter().any(|one| one.ranges.contains(range)) {
            return Ok(());
        }
        self.delete(vpc::unassociate_range(self.region(), id, range))
            .await
    }

    async fn enable_host_names(&self, id: &NetworkId) -> Result<()> {
        Err(self.no_host_names(id))
    }

    async fn has_host_names(&self, id: &NetworkId) -> Result<bool> {
        Err(self.no_host_names(id))
    }

    async fn create_subnet(&self, request: &CreateSubnet) -> Result<SubnetRecord> {
        let id = self
            .create(vpc::create_vswitch(self.region(), request), "VSwitchId")
            .await?;
        Ok(SubnetRecord::new(
            id,
            request.network.clone(),
            request.zone.clone(),
            request.range,
            pending("Pending"),
        )
        .with_name(request.label.name.clone())
        .with_account(self.client.place().account.clone())
        .with_owner(request.label.owner.clone()))
    }

    async fn list_subnets(&self, select: &Select<SubnetId>) -> Result<Vec<SubnetRecord>> {
        let listing = match select {
            Select::Ids(ids) => return self.subnets_by_id(ids).await,
            Select::Topology(topology) => vpc::topology_vswitches(self.region(), topology),
            _ => vpc::all_vswitches(self.region()),
        };
        let subnets = self.list(listing, vpc::read_vswitch).await?;
        Ok(tagged(select, subnets, |subnet| subnet.owner.as_ref()))
    }

    async fn delete_subnet(&self, id: &SubnetId) -> Result<()> {
        self.delete(vpc::delete_vswitch(self.region(), id)).await
    }
}
