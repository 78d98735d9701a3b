//! VPCs and subnets.

use aws_sdk_ec2::operation::associate_vpc_cidr_block::builders::AssociateVpcCidrBlockInputBuilder;
use aws_sdk_ec2::operation::create_subnet::builders::CreateSubnetInputBuilder;
use aws_sdk_ec2::operation::create_vpc::builders::CreateVpcInputBuilder;
use aws_sdk_ec2::types::{
    AvailabilityZone, ResourceType, Subnet, SubnetCidrBlockStateCode, SubnetState, Vpc,
    VpcCidrBlockAssociation, VpcCidrBlockState, VpcCidrBlockStateCode, VpcState,
};
use ipnet::{IpNet, Ipv6Net};
use landbridge_core::{
    AccountId, CreateNetwork, CreateSubnet, Error, ErrorKind, NetworkId, NetworkRecord, Phase,
    Place, Region, Result, Status, SubnetRecord, Zone, ZoneRecord,
};

use super::field::{need, range};
use super::tag::{made_by, tagged, told_by};

/// `CreateVpc`. Its IPv4 range is the primary one; Amazon chooses the IPv6 range.
pub(crate) fn create_vpc(request: &CreateNetwork) -> Result<CreateVpcInputBuilder> {
    let range = primary(&request.range, "a network")?;
    Ok(CreateVpcInputBuilder::default()
        .cidr_block(range)
        .set_amazon_provided_ipv6_cidr_block(request.ipv6.then_some(true))
        .tag_specifications(tagged(ResourceType::Vpc, &request.label)))
}

/// `CreateSubnet`; `ipv6` is its part of the VPC's IPv6 range, see [`ipv6_part`].
pub(crate) fn create_subnet(
    region: &Region,
    request: &CreateSubnet,
    ipv6: Option<IpNet>,
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
        .set_ipv6_cidr_block(ipv6.map(|range| range.to_string()))
        .tag_specifications(tagged(ResourceType::Subnet, &request.label)))
}

/// The /64 of this number in the first IPv6 range of a VPC.
///
/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) for a VPC that has none, or whose range has no such part.
pub(crate) fn ipv6_part(network: &NetworkRecord, slot: u8) -> Result<IpNet> {
    let wrong = |problem: String, remedy: &str| {
        Error::new(ErrorKind::InvalidInput, problem).with_remedy(remedy)
    };
    let Some(IpNet::V6(whole)) = network.ipv6_ranges().next() else {
        let problem = format!("{} has no IPv6 CIDR block", network.id);
        return Err(wrong(problem, "associate an IPv6 CIDR block with the VPC"));
    };
    let address = u128::from(whole.network()) | (u128::from(slot) << 64);
    let part = Ipv6Net::new_assert(address.into(), 64);
    match whole.contains(&part) {
        true => Ok(IpNet::V6(part)),
        false => Err(wrong(
            format!("{whole} of {} has no /64 number {slot}", network.id),
            "choose a smaller number",
        )),
    }
}

/// `AssociateVpcCidrBlock` that adds a secondary IPv4 range.
pub(crate) fn associate_range(id: &NetworkId, range: &IpNet) -> AssociateVpcCidrBlockInputBuilder {
    AssociateVpcCidrBlockInputBuilder::default()
        .vpc_id(id.as_str())
        .cidr_block(range.to_string())
}

/// What a VPC knows a secondary IPv4 range by, if it has it: `DisassociateVpcCidrBlock` takes nothing else.
pub(crate) fn association<'a>(vpc: &'a Vpc, range: &IpNet) -> Option<&'a str> {
    let mut parts = vpc.cidr_block_association_set().iter();
    let is_it = |part: &&VpcCidrBlockAssociation| {
        let known = part
            .cidr_block()
            .and_then(|text| text.parse::<IpNet>().ok());
        known.as_ref() == Some(range) && is_associated(part.cidr_block_state())
    };
    parts.find(is_it)?.association_id()
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
            Some(VpcState::Available) if awaits_range(vpc) => {
                Status::new(Phase::Pending, "associating its IPv6 CIDR block")
            }
            Some(VpcState::Available) => Status::new(Phase::Ready, "available"),
            Some(state) => Status::new(Phase::Pending, state.as_str()),
            None => Status::new(Phase::Pending, "pending"),
        },
    )
    .with_name(name)
    .with_ranges(ranges(vpc)?)
    .with_owner(owner)
    .with_maker(made_by(vpc.tags())))
}

// A VPC is available before its IPv6 range is: that may be shown later, and routes and subnets need it.
fn awaits_range(vpc: &Vpc) -> bool {
    let mut parts = vpc.ipv6_cidr_block_association_set().iter();
    parts.any(|part| {
        let state = part.ipv6_cidr_block_state().and_then(|state| state.state());
        state == Some(&VpcCidrBlockStateCode::Associating)
    })
}

fn ranges(vpc: &Vpc) -> Result<Vec<IpNet>> {
    let secondary = vpc.cidr_block_association_set().iter();
    let secondary = secondary
        .filter(|part| is_associated(part.cidr_block_state()))
        .filter_map(|part| part.cidr_block());
    let sixth = vpc.ipv6_cidr_block_association_set().iter();
    let sixth = sixth
        .filter(|part| is_associated(part.ipv6_cidr_block_state()))
        .filter_map(|part| part.ipv6_cidr_block())
        .filter(|text| !text.is_empty());
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

fn subnet_ipv6_ranges(subnet: &Subnet) -> Result<Vec<IpNet>> {
    let parts = subnet.ipv6_cidr_block_association_set().iter();
    let there = parts.filter(|part| {
        let state = part.ipv6_cidr_block_state().and_then(|state| state.state());
        !matches!(
            state,
            Some(
                SubnetCidrBlockStateCode::Disassociated
                    | SubnetCidrBlockStateCode::Disassociating
                    | SubnetCidrBlockStateCode::Failed
                    | SubnetCidrBlockStateCode::Failing
            )
        )
    });
    let texts = there.filter_map(|part| part.ipv6_cidr_block());
    texts.filter(|text| !text.is_empty()).map(range).collect()
}

/// A subnet as `CreateSubnet` and `DescribeSubnets` show it.
pub(crate) fn read_subnet(subnet: &Subnet) -> Result<SubnetRecord> {
    let (name, owner) = told_by(subnet.tags());
    let sixth = subnet_ipv6_ranges(subnet)?;
    // A subnet may have IPv6 only.
    let first = match (subnet.cidr_block(), sixth.first()) {
        (None, Some(range)) => *range,
        (text, _) => range(need(text, "cidrBlock")?)?,
    };
    let free = subnet.available_ip_address_count();
    Ok(SubnetRecord::new(
        need(subnet.subnet_id(), "subnetId")?.into(),
        need(subnet.vpc_id(), "vpcId")?.into(),
        need(subnet.availability_zone(), "availabilityZone")?.into(),
        first,
        match subnet.state() {
            Some(SubnetState::Available) => Status::new(Phase::Ready, "available"),
            Some(state) => Status::new(Phase::Pending, state.as_str()),
            None => Status::new(Phase::Pending, "pending"),
        },
    )
    .with_name(name)
    .with_account(subnet.owner_id().map(AccountId::from))
    .with_zone_id(subnet.availability_zone_id().map(Zone::new))
    .with_ipv6_ranges(sixth)
    .with_free_addresses(free.and_then(|count| u64::try_from(count).ok()))
    .with_owner(owner)
    .with_maker(made_by(subnet.tags())))
}

/// A zone as `DescribeAvailabilityZones` shows it; none without a name.
pub(crate) fn read_zone(zone: &AvailabilityZone) -> Option<ZoneRecord> {
    let name = Zone::new(zone.zone_name()?);
    Some(ZoneRecord::new(name).with_id(zone.zone_id().map(Zone::new)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::VpcIpv6CidrBlockAssociation;
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
    fn a_secondary_range_is_added_by_itself_and_known_by_its_association() {
        use VpcCidrBlockStateCode::{Associated, Disassociated};
        let range: IpNet = "10.2.0.0/16".parse().expect("range");
        let input = associate_range(&"vpc-1".into(), &range).build();
        let input = input.expect("builds");
        assert_eq!(
            (input.vpc_id(), input.cidr_block()),
            (Some("vpc-1"), Some("10.2.0.0/16"))
        );
        let part = |id: &str, range: &str, state| {
            VpcCidrBlockAssociation::builder()
                .association_id(id)
                .cidr_block(range)
                .cidr_block_state(VpcCidrBlockState::builder().state(state).build())
                .build()
        };
        let vpc = Vpc::builder()
            .cidr_block_association_set(part("assoc-1", "10.1.0.0/16", Associated))
            .cidr_block_association_set(part("assoc-2", "10.2.0.0/16", Disassociated))
            .cidr_block_association_set(part("assoc-3", "10.2.0.0/16", Associated))
            .build();
        assert_eq!(association(&vpc, &range), Some("assoc-3"));
        let absent = "10.3.0.0/16".parse().expect("range");
        assert_eq!(association(&vpc, &absent), None);
    }

    fn sixth(range: Option<&str>, state: VpcCidrBlockStateCode) -> VpcIpv6CidrBlockAssociation {
        VpcIpv6CidrBlockAssociation::builder()
            .set_ipv6_cidr_block(range.map(str::to_owned))
            .ipv6_cidr_block_state(VpcCidrBlockState::builder().state(state).build())
            .build()
    }

    #[test]
    fn a_network_is_ready_when_its_ipv6_range_is() {
        use VpcCidrBlockStateCode::{Associated, Associating, Disassociated};
        let read = |parts: Vec<VpcIpv6CidrBlockAssociation>| {
            let vpc = Vpc::builder()
                .vpc_id("vpc-1")
                .cidr_block("10.0.0.0/16")
                .state(VpcState::Available)
                .set_ipv6_cidr_block_association_set(Some(parts))
                .build();
            read_vpc(&place(), &vpc).expect("reads")
        };
        let early = read(vec![sixth(None, Associating)]);
        assert_eq!(
            (early.status.phase, early.ranges.len()),
            (Phase::Pending, 1)
        );
        let there = read(vec![
            sixth(Some("2600:1f10::/56"), Associated),
            sixth(Some("2600:1f11::/56"), Associated),
            sixth(Some("2600:1f12::/56"), Disassociated),
        ]);
        assert!(there.status.is_ready());
        assert_eq!(there.ipv6_ranges().count(), 2);
    }

    #[test]
    fn a_subnet_gets_the_part_of_its_number() {
        let id = || "vpc-1".into();
        let network = |range: &str| {
            NetworkRecord::new(id(), "1".into(), "r".into(), Status::new(Phase::Ready, ""))
                .with_ranges(vec![range.parse().expect("range")])
        };
        let part =
            |range: &str, slot| ipv6_part(&network(range), slot).map(|part| part.to_string());
        assert_eq!(
            part("2600:1f10::/56", 0).ok().as_deref(),
            Some("2600:1f10::/64")
        );
        assert_eq!(
            part("2600:1f10::/56", 255).ok().as_deref(),
            Some("2600:1f10:0:ff::/64")
        );
        assert!(part("2600:1f10::/60", 16).is_err());
        assert!(part("10.0.0.0/16", 1).is_err());
        let label = Label::new("n", Owner::new("t", "k"), Token::derive(&["x"]));
        let range = "10.0.1.0/24".parse().expect("range");
        let request = CreateSubnet::new(label.clone(), id(), "z".into(), range);
        let part = ipv6_part(&network("2600:1f10::/56"), 7).ok();
        let input = create_subnet(&"us-west-2".into(), &request, part)
            .expect("builds")
            .build();
        let input = input.expect("builds");
        assert_eq!(input.ipv6_cidr_block(), Some("2600:1f10:0:7::/64"));
        let input = create_vpc(&CreateNetwork::new(label, range).with_ipv6(true));
        let input = input.expect("builds").build().expect("builds");
        assert_eq!(input.amazon_provided_ipv6_cidr_block(), Some(true));
        assert_eq!(input.ipv6_cidr_block(), None);
    }

    #[test]
    fn ipv6_ranges_of_a_subnet_are_kept_but_those_on_their_way_out() {
        use aws_sdk_ec2::types::{SubnetCidrBlockState, SubnetIpv6CidrBlockAssociation};
        let part = |range: &str, state| {
            SubnetIpv6CidrBlockAssociation::builder()
                .ipv6_cidr_block(range)
                .ipv6_cidr_block_state(SubnetCidrBlockState::builder().state(state).build())
                .build()
        };
        let subnet = |v4: Option<&str>| {
            Subnet::builder()
                .subnet_id("subnet-1")
                .vpc_id("vpc-1")
                .availability_zone("z")
                .set_cidr_block(v4.map(str::to_owned))
                .ipv6_cidr_block_association_set(part(
                    "2600:1f10:0:1::/64",
                    SubnetCidrBlockStateCode::Disassociated,
                ))
                .ipv6_cidr_block_association_set(part(
                    "2600:1f10:0:2::/64",
                    SubnetCidrBlockStateCode::Associated,
                ))
                .build()
        };
        let second = "2600:1f10:0:2::/64".parse().expect("range");
        let both = read_subnet(&subnet(Some("10.0.1.0/24"))).expect("reads");
        assert_eq!(both.ipv6_ranges, [second]);
        assert_eq!(both.range.to_string(), "10.0.1.0/24");
        let only = read_subnet(&subnet(None)).expect("reads");
        assert_eq!(only.range, second);
    }

    #[test]
    fn a_zone_is_sent_by_name_or_by_id() {
        let label = || Label::new("s", Owner::new("t", "subnet/n/s"), Token::derive(&["x"]));
        let input = |zone: &str| {
            let range = "10.0.0.0/24".parse().expect("range");
            let request = CreateSubnet::new(label(), "vpc-1".into(), zone.into(), range);
            let input = create_subnet(&"us-west-2".into(), &request, None).expect("builds");
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
