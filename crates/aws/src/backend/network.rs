use async_trait::async_trait;
use landbridge_core::{
    CreateNetwork, CreateSubnet, Error, ErrorKind, Network, NetworkId, NetworkRecord, Result,
    Select, SubnetId, SubnetRecord,
};

use super::describe::{DESCRIBE_SUBNETS, DESCRIBE_VPCS};
use super::{AwsCloud, absent_is_done, calls, selected};
use crate::client::{Operation, once, repeatable};
use crate::ec2::by_owner;
use crate::ec2::network::{create_subnet, create_vpc, read_subnet, read_vpc};

const CREATE_VPC: Operation = once("CreateVpc");
const DELETE_VPC: Operation = repeatable("DeleteVpc");
const CREATE_SUBNET: Operation = once("CreateSubnet");
const DELETE_SUBNET: Operation = repeatable("DeleteSubnet");

impl AwsCloud {
    // The operation takes no token, so what carries the label already is what the same token would give.
    async fn network_of(&self, request: &CreateNetwork) -> Result<Option<NetworkRecord>> {
        let owner = &request.label.owner;
        let vpcs = self.vpcs(vec![by_owner(owner)]).await?;
        let vpcs = self.read_each(DESCRIBE_VPCS, &vpcs, |vpc| read_vpc(self.own_place(), vpc))?;
        let known = vpcs
            .into_iter()
            .find(|known| known.owner.as_ref() == Some(owner));
        match &known {
            Some(known) if !known.ranges.contains(&request.range.trunc()) => {
                Err(other_range(known.id.as_str(), &request.range))
            }
            _ => Ok(known),
        }
    }

    async fn subnet_of(&self, request: &CreateSubnet) -> Result<Option<SubnetRecord>> {
        let owner = &request.label.owner;
        let subnets = self.subnets(vec![by_owner(owner)]).await?;
        let subnets = self.read_each(DESCRIBE_SUBNETS, &subnets, read_subnet)?;
        let known = subnets
            .into_iter()
            .find(|known| known.owner.as_ref() == Some(owner) && known.network == request.network);
        match &known {
            Some(known) if known.range != request.range.trunc() => {
                Err(other_range(known.id.as_str(), &request.range))
            }
            _ => Ok(known),
        }
    }
}

fn other_range(id: &str, wanted: &ipnet::IpNet) -> Error {
    let message = format!("{id} carries the same tags and has other addresses than {wanted}");
    Error::new(ErrorKind::AlreadyExists, message).with_remedy("delete it, or keep its range")
}

#[async_trait]
impl Network for AwsCloud {
    async fn create_network(&self, request: &CreateNetwork) -> Result<NetworkRecord> {
        let input = create_vpc(request).map_err(|error| self.client.locate(error, CREATE_VPC))?;
        if let Some(known) = self.network_of(request).await? {
            return Ok(known);
        }
        let send = || input.clone().send_with(self.client.ec2());
        let answer = self.client.call(CREATE_VPC, send).await?;
        let read = |vpc: &_| read_vpc(self.own_place(), vpc);
        let mut network = self.read_one(CREATE_VPC, answer.vpc, read)?;
        self.memory.created(network.id.as_str());
        network.name.clone_from(&request.label.name);
        network.owner = Some(request.label.owner.clone());
        Ok(network)
    }

    async fn list_networks(&self, select: &Select<NetworkId>) -> Result<Vec<NetworkRecord>> {
        let vpcs = self.vpcs(calls(select, "vpc-id")).await?;
        let networks =
            self.read_each(DESCRIBE_VPCS, &vpcs, |vpc| read_vpc(self.own_place(), vpc))?;
        Ok(selected(
            select,
            networks,
            |one| &one.id,
            |one| one.owner.as_ref(),
        ))
    }

    async fn delete_network(&self, id: &NetworkId) -> Result<()> {
        let call = self.client.ec2().delete_vpc().vpc_id(id.as_str());
        let answer = self.client.call(DELETE_VPC, || call.clone().send()).await;
        absent_is_done(answer.map(drop))
    }

    async fn create_subnet(&self, request: &CreateSubnet) -> Result<SubnetRecord> {
        let input = create_subnet(request);
        let input = input.map_err(|error| self.client.locate(error, CREATE_SUBNET))?;
        if let Some(known) = self.subnet_of(request).await? {
            return Ok(known);
        }
        let send = || input.clone().send_with(self.client.ec2());
        let answer = self.client.call(CREATE_SUBNET, send).await;
        let answer = self.memory.patient(answer, &[request.network.as_str()])?;
        let mut subnet = self.read_one(CREATE_SUBNET, answer.subnet, read_subnet)?;
        self.memory.created(subnet.id.as_str());
        subnet.name.clone_from(&request.label.name);
        subnet.owner = Some(request.label.owner.clone());
        Ok(subnet)
    }

    async fn list_subnets(&self, select: &Select<SubnetId>) -> Result<Vec<SubnetRecord>> {
        let subnets = self.subnets(calls(select, "subnet-id")).await?;
        let subnets = self.read_each(DESCRIBE_SUBNETS, &subnets, read_subnet)?;
        Ok(selected(
            select,
            subnets,
            |one| &one.id,
            |one| one.owner.as_ref(),
        ))
    }

    async fn delete_subnet(&self, id: &SubnetId) -> Result<()> {
        let call = self.client.ec2().delete_subnet().subnet_id(id.as_str());
        let answer = self
            .client
            .call(DELETE_SUBNET, || call.clone().send())
            .await;
        absent_is_done(answer.map(drop))
    }
}
