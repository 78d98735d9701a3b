//! VPCs and subnets.

use aws_sdk_ec2::operation::create_subnet::builders::CreateSubnetInputBuilder;
use aws_sdk_ec2::operation::create_vpc::builders::CreateVpcInputBuilder;
use aws_sdk_ec2::types::{
    AvailabilityZone, ResourceType, Subnet, SubnetState, Vpc, VpcCidrBlockState,
    VpcCidrBlockStateCode, VpcState,
};
use ipnet::IpNet;
use landbridge_core::{
    AccountId, CreateNetwork, CreateSubnet, Error, ErrorKind, NetworkRecord, Phase, Place, Region,
    Result, Status, SubnetRecord, Zone, ZoneRecord,
};

use super::field::{need, range};
use super::tag::{tagged, told_by};

/// `CreateVpc`. Its IPv4 range is the primary one.
pub(crate) fn create_vpc(request: &CreateNetwork) -> Result<CreateVpcInputBuilder> {
    let range = primary(&request.range, "a network")?;
    Ok(CreateVpcInputBuilder::default()
        .cidr_block(range)
        .tag_specifications(tagged(ResourceType::Vpc, &request.label)))
}

/// `CreateSubnet`.
pub(crate) fn create_subnet(
    region: &Region,
    request: &CreateSubnet,
) -> Result<CreateSubnetInputBuilder> {
    let range = primary(&request.range, "a subnet")?;
    let zone = request.zone.as_str();
    // Names of zones begin with the region, and IDs, such as `use1-az1`, do not.
    let named = zone.starts_with(region.as_str());
    Ok(CreateSubnetInputBuilder::default()
        .vpc_id(request.network.as_str())
        .cidr_block(range)
        .set_availability_zone(named.then(|| zone.to_owned()))
        .set_availability_zone_id((!named).then(|| zone.to_owned()))
        .tag_specifications(tagged(ResourceType::Subnet, &request.label)))
}

fn primary(range: &IpNet, what: &str) -> Result<String> {
    match range {
        IpNet::V4(range) => Ok(range.trunc().to_string()),
        IpNet::V6(_) => Err(Error::new(
            ErrorKind::InvalidInput,
            format!("invalid first CIDR block `{range}` of {what}: expected an IPv4 block"),
        )),
    }
}

/// A VPC as `CreateVpc` and `DescribeVpcs` show it, with all its ranges.
pub(crate) fn read_vpc(place: &Place, vpc: &Vpc) -> Result<NetworkRecord> {
    let id = need(vpc.vpc_id(), "vpcId")?;
    let (name, owner) = told_by(vpc.tags());
    Ok(NetworkRecord::new(
        id.into(),
        vpc.owner_id()
            .map_or_else(|| place.account.clone(), Into::into),
        place.region.clone(),
        match vpc.state() {
            Some(VpcState::Available) => Status::new(Phase::Ready, "available"),
            Some(state) => Status::new(Phase::Pending, state.as_str()),
            None => Status::new(Phase::Pending, "pending"),
        },
    )
    .with_name(name)
    .with_ranges(ranges(vpc)?)
    .with_owner(owner))
}

fn ranges(vpc: &Vpc) -> Result<Vec<IpNet>> {
    let secondary = vpc.cidr_block_association_set().iter();
    let secondary = secondary
        .filter(|part| is_associated(part.cidr_block_state()))
        .filter_map(|part| part.cidr_block());
    let sixth = vpc.ipv6_cidr_block_association_set().iter();
    let sixth = sixth
        .filter(|part| is_associated(part.ipv6_cidr_block_state()))
        .filter_map(|part| part.ipv6_cidr_block());
    let mut ranges = Vec::new();
    for text in vpc.cidr_block().into_iter().chain(secondary).chain(sixth) {
        let range = range(text)?;
        if !ranges.contains(&range) {
            ranges.push(range);
        }
    }
    Ok(ranges)
}

// A range on its way in counts: it collides already. A range on its way out or failed does not.
fn is_associated(state: Option<&VpcCidrBlockState>) -> bool {
    let code = state.and_then(VpcCidrBlockState::state);
    !matches!(
        code,
        Some(
            VpcCidrBlockStateCode::Disassociated
                | VpcCidrBlockStateCode::Disassociating
                | VpcCidrBlockStateCode::Failed
                | VpcCidrBlockStateCode::Failing
        )
    )
}

/// A subnet as `CreateSubnet` and `DescribeSubnets` show it.
pub(crate) fn read_subnet(subnet: &Subnet) -> Result<SubnetRecord> {
    let (name, owner) = told_by(subnet.tags());
    let first = subnet.cidr_block().or_else(|| {
        let ranges = subnet.ipv6_cidr_block_association_set();
        ranges.first().and_then(|part| part.ipv6_cidr_block())
    });
    let free = subnet.available_ip_address_count();
    Ok(SubnetRecord::new(
        need(subnet.subnet_id(), "subnetId")?.into(),
        need(subnet.vpc_id(), "vpcId")?.into(),
        need(subnet.availability_zone(), "availabilityZone")?.into(),
        range(need(first, "cidrBlock")?)?,
        match subnet.state() {
            Some(SubnetState::Available) => Status::new(Phase::Ready, "available"),
            Some(state) => Status::new(Phase::Pending, state.as_str()),
            None => Status::new(Phase::Pending, "pending"),
        },
    )
    .with_name(name)
    .with_account(subnet.owner_id().map(AccountId::from))
    .with_zone_id(subnet.availability_zone_id().map(Zone::new))
    .with_free_addresses(free.and_then(|count| u64::try_from(count).ok()))
    .with_owner(owner))
}

/// A zone as `DescribeAvailabilityZones` shows it; none without a name.
pub(crate) fn read_zone(zone: &AvailabilityZone) -> Option<ZoneRecord> {
    let name = Zone::new(zone.zone_name()?);
    Some(ZoneRecord::new(name).with_id(zone.zone_id().map(Zone::new)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::{VpcCidrBlockAssociation, VpcIpv6CidrBlockAssociation};
    use landbridge_core::{CloudName, Label, Owner, Token};

    fn place() -> Place {
        Place::new(
            CloudName::from_static("aws"),
            "012345678901",
            "eu-central-1",
        )
    }

    #[test]
    fn a_network_is_created_with_canonical_range_and_tags() {
        let label = Label::new("n", Owner::new("t", "network/n"), Token::derive(&["x"]));
        let request = CreateNetwork::new(label, "10.99.7.9/16".parse().expect("range"));
        let input = create_vpc(&request)
            .expect("builds")
            .build()
            .expect("builds");
        assert_eq!(input.cidr_block(), Some("10.99.0.0/16"));
        let tags = input.tag_specifications()[0].tags();
        let (name, owner) = told_by(tags);
        assert_eq!(
            (name.as_str(), owner),
            ("n", Some(Owner::new("t", "network/n")))
        );
        let sixth = CreateNetwork::new(request.label, "fd00::/48".parse().expect("range"));
        assert!(create_vpc(&sixth).is_err());
    }

    #[test]
    fn a_zone_is_sent_by_name_or_by_id() {
        let label = || Label::new("s", Owner::new("t", "subnet/n/s"), Token::derive(&["x"]));
        let input = |zone: &str| {
            let range = "10.0.0.0/24".parse().expect("range");
            let request = CreateSubnet::new(label(), "vpc-1".into(), zone.into(), range);
            let input = create_subnet(&"us-west-2".into(), &request).expect("builds");
            input.build().expect("builds")
        };
        for name in ["us-west-2a", "us-west-2-lax-1a"] {
            let sent = input(name);
            assert_eq!(sent.availability_zone(), Some(name));
            assert_eq!(sent.availability_zone_id(), None);
        }
        for id in ["usw2-az1", "usw2-lax1-az1"] {
            let sent = input(id);
            assert_eq!(sent.availability_zone(), None);
            assert_eq!(sent.availability_zone_id(), Some(id));
        }
    }

    #[test]
    fn all_ranges_count_but_those_on_their_way_out() {
        let part = |range: &str, state| {
            let state = VpcCidrBlockState::builder().state(state).build();
            VpcCidrBlockAssociation::builder()
                .cidr_block(range)
                .cidr_block_state(state)
                .build()
        };
        let vpc = Vpc::builder()
            .vpc_id("vpc-1")
            .cidr_block("10.0.0.0/16")
            .cidr_block_association_set(part("10.0.0.0/16", VpcCidrBlockStateCode::Associated))
            .cidr_block_association_set(part("10.1.0.0/16", VpcCidrBlockStateCode::Associating))
            .cidr_block_association_set(part("10.2.0.0/16", VpcCidrBlockStateCode::Disassociated))
            .ipv6_cidr_block_association_set(
                VpcIpv6CidrBlockAssociation::builder()
                    .ipv6_cidr_block("2600::/56")
                    .build(),
            )
            .build();
        let record = read_vpc(&place(), &vpc).expect("reads");
        let ranges: Vec<String> = record.ranges.iter().map(ToString::to_string).collect();
        assert_eq!(ranges, ["10.0.0.0/16", "10.1.0.0/16", "2600::/56"]);
        assert_eq!(record.account.as_str(), "012345678901");
        assert!(read_vpc(&place(), &Vpc::builder().build()).is_err());
    }
}
