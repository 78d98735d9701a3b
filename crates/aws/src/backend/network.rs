use async_trait::async_trait;
use ipnet::IpNet;
use landbridge_core::{
    CreateNetwork, CreateSubnet, Error, ErrorKind, Network, NetworkId, NetworkRecord, Result,
    Select, SubnetId, SubnetRecord,
};

use super::describe::{DESCRIBE_SUBNETS, DESCRIBE_VPCS};
use super::{AwsCloud, absent_is_done, calls, selected};
use crate::client::{Operation, once, read, repeatable};
use crate::ec2::host_names;
use crate::ec2::network::{
    associate_range, association, create_subnet, create_vpc, ipv6_part, read_subnet, read_vpc,
};

const CREATE_VPC: Operation = once("CreateVpc");
const DELETE_VPC: Operation = repeatable("DeleteVpc");
const ASSOCIATE_RANGE: Operation = once("AssociateVpcCidrBlock");
const DISASSOCIATE_RANGE: Operation = repeatable("DisassociateVpcCidrBlock");
const MODIFY_VPC: Operation = repeatable("ModifyVpcAttribute");
const DESCRIBE_ATTRIBUTE: Operation = read("DescribeVpcAttribute");
const CREATE_SUBNET: Operation = once("CreateSubnet");
const DELETE_SUBNET: Operation = repeatable("DeleteSubnet");

impl AwsCloud {
    // A subnet is created with its IPv6 range in full, which follows from that of its VPC.
    async fn ipv6_part(&self, id: &NetworkId, slot: u8) -> Result<IpNet> {
        let networks = self.list_networks(&Select::Ids(vec![id.clone()])).await?;
        let network = networks.first().ok_or_else(|| {
            let error = Error::new(ErrorKind::NotFound, format!("{id} does not exist"));
            self.client.locate(error, CREATE_SUBNET)
        })?;
        ipv6_part(network, slot).map_err(|error| self.client.locate(error, CREATE_SUBNET))
    }
}

#[async_trait]
impl Network for AwsCloud {
    async fn create_network(&self, request: &CreateNetwork) -> Result<NetworkRecord> {
        let input = create_vpc(request).map_err(|error| self.client.locate(error, CREATE_VPC))?;
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
            self.read_listed(DESCRIBE_VPCS, &vpcs, |vpc| read_vpc(self.own_place(), vpc))?;
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

    async fn add_range(&self, id: &NetworkId, range: &IpNet) -> Result<()> {
        let networks = self.list_networks(&Select::Ids(vec![id.clone()])).await?;
        if networks.iter().any(|one| one.ranges.contains(range)) {
            return Ok(());
        }
        let input = associate_range(id, range);
        let send = || input.clone().send_with(self.client.ec2());
        let answer = self.client.call(ASSOCIATE_RANGE, send).await;
        self.memory.patient(answer.map(drop), &[id.as_str()])
    }

    async fn remove_range(&self, id: &NetworkId, range: &IpNet) -> Result<()> {
        let ids = Select::Ids(vec![id.clone()]);
        let vpcs = self.vpcs(calls(&ids, "vpc-id")).await?;
        let Some(association) = vpcs.iter().find_map(|vpc| association(vpc, range)) else {
            return Ok(());
        };
        let call = self.client.ec2().disassociate_vpc_cidr_block();
        let call = call.association_id(association);
        let send = || call.clone().send();
        let answer = self.client.call(DISASSOCIATE_RANGE, send).await;
        absent_is_done(answer.map(drop))
    }

    async fn enable_host_names(&self, id: &NetworkId) -> Result<()> {
        for name in &host_names::NEEDED {
            let input = host_names::turn_on(id, name);
            let send = || input.clone().send_with(self.client.ec2());
            let answer = self.client.call(MODIFY_VPC, send).await;
            self.memory.patient(answer.map(drop), &[id.as_str()])?;
        }
        Ok(())
    }

    async fn has_host_names(&self, id: &NetworkId) -> Result<bool> {
        for name in &host_names::NEEDED {
            let input = host_names::ask(id, name);
            let send = || input.clone().send_with(self.client.ec2());
            let answer = self.client.call(DESCRIBE_ATTRIBUTE, send).await;
            let answer = self.memory.patient(answer, &[id.as_str()])?;
            if !host_names::is_on(&answer, name) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn create_subnet(&self, request: &CreateSubnet) -> Result<SubnetRecord> {
        let ipv6 = match request.ipv6_slot {
            Some(slot) => Some(self.ipv6_part(&request.network, slot).await?),
            None => None,
        };
        let input = create_subnet(&self.own_place().region, request, ipv6);
        let input = input.map_err(|error| self.client.locate(error, CREATE_SUBNET))?;
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
        let subnets = self.read_listed(DESCRIBE_SUBNETS, &subnets, read_subnet)?;
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
