use ipnet::IpNet;
use landbridge_core::{
    AccountId, CreateNetwork, CreateSubnet, NetworkId, NetworkRecord, Place, Region, Result,
    SubnetId, SubnetRecord, TAG_TOPOLOGY, ZoneRecord,
};

use crate::document::{Doc, malformed, range};
use crate::paging::{Listing, Paging};
use crate::params::Params;
use crate::request::{Product, Request, fresh_token, in_region, with_token};

/// How many ids `DescribeVpcs` takes at once.
pub(crate) const VPC_IDS_PER_CALL: usize = 20;

const REGIONS: &[&str] = &["Regions", "Region"];
const ZONES: &[&str] = &["Zones", "Zone"];

fn request(action: &'static str, params: Params) -> Request {
    Request::new(Product::Vpc, action, params)
}

/// A filter on the tag that names the topology.
pub(crate) fn of_topology(params: Params, topology: &str) -> Params {
    params
        .with("Tag.1.Key", TAG_TOPOLOGY)
        .with("Tag.1.Value", topology)
}

/// `CreateVpc`.
pub(crate) fn create_vpc(region: &Region, wanted: &CreateNetwork) -> Request {
    let params = in_region(region)
        .with("CidrBlock", wanted.range)
        .with_option("EnableIpv6", wanted.ipv6.then_some(true))
        .with("VpcName", &wanted.label.name)
        .with_tags(&wanted.label.owner.to_tags());
    request("CreateVpc", with_token(params, &wanted.label.token))
}

/// `DeleteVpc`.
pub(crate) fn delete_vpc(region: &Region, id: &NetworkId) -> Request {
    let params = in_region(region).with("VpcId", id);
    request("DeleteVpc", with_token(params, &fresh_token()))
}

/// `AssociateVpcCidrBlock`: adds a secondary IPv4 block. It takes no token.
pub(crate) fn associate_range(region: &Region, id: &NetworkId, range: &IpNet) -> Request {
    request("AssociateVpcCidrBlock", secondary(region, id, range))
}

/// `UnassociateVpcCidrBlock`: removes a secondary IPv4 block.
pub(crate) fn unassociate_range(region: &Region, id: &NetworkId, range: &IpNet) -> Request {
    request("UnassociateVpcCidrBlock", secondary(region, id, range))
}

fn secondary(region: &Region, id: &NetworkId, range: &IpNet) -> Params {
    in_region(region)
        .with("VpcId", id)
        .with("SecondaryCidrBlock", range)
}

fn vpcs(params: Params) -> Listing {
    Listing::new(
        request("DescribeVpcs", params),
        Paging::Numbered,
        &["Vpcs", "Vpc"],
    )
}

/// `DescribeVpcs`: all of the account in the region.
pub(crate) fn all_vpcs(region: &Region) -> Listing {
    vpcs(in_region(region))
}

/// `DescribeVpcs`: those of a topology.
pub(crate) fn topology_vpcs(region: &Region, topology: &str) -> Listing {
    vpcs(of_topology(in_region(region), topology))
}

/// `DescribeVpcs`: these, at most [`VPC_IDS_PER_CALL`].
pub(crate) fn vpcs_by_id(region: &Region, ids: &[NetworkId]) -> Listing {
    let ids: Vec<_> = ids.iter().map(NetworkId::as_str).collect();
    vpcs(in_region(region).with("VpcId", ids.join(",")))
}

/// `DescribeVpcs`: one of them, for the sake of `TotalCount`.
pub(crate) fn count_vpcs(region: &Region) -> Request {
    request(
        "DescribeVpcs",
        in_region(region).with("PageNumber", 1).with("PageSize", 1),
    )
}

/// `DescribeRegions`: those that the account can use.
pub(crate) fn regions() -> Request {
    request("DescribeRegions", Params::new()).listing(REGIONS)
}

/// The regions of `DescribeRegions`. There is always one.
pub(crate) fn read_regions(doc: Doc<'_>) -> Result<Vec<Region>> {
    let listed = doc.need_list(REGIONS)?;
    let regions = listed.iter().map(|region| region.need("RegionId"));
    let regions = regions.collect::<Result<Vec<Region>>>()?;
    match regions.is_empty() {
        true => Err(malformed("the answer has no `Regions`")),
        false => Ok(regions),
    }
}

/// A network of `DescribeVpcs`.
pub(crate) fn read_vpc(place: &Place, doc: Doc<'_>) -> Result<NetworkRecord> {
    let primary = doc.text("CidrBlock");
    let secondary: Vec<String> = doc.texts(&["SecondaryCidrBlocks", "SecondaryCidrBlock"]);
    let texts = primary.into_iter().chain(secondary);
    let mut ranges = texts.map(|text| range(&text)).collect::<Result<Vec<_>>>()?;
    ranges.extend(ipv6_ranges(doc)?);
    if ranges.is_empty() {
        ranges.push(doc.range("CidrBlock")?);
    }
    Ok(NetworkRecord::new(
        doc.need("VpcId")?,
        doc.str("OwnerId")
            .map_or_else(|| place.account.clone(), Into::into),
        doc.str("RegionId")
            .map_or_else(|| place.region.clone(), Into::into),
        doc.status("Status"),
    )
    .with_name(doc.text_or_empty("VpcName"))
    .with_ranges(ranges)
    .with_owner(doc.owner())
    .with_maker(doc.maker()))
}

// The first one stands alone too, and the list of all may be missing.
fn ipv6_ranges(doc: Doc<'_>) -> Result<Vec<IpNet>> {
    let listed = doc
        .list_or_none(&["Ipv6CidrBlocks", "Ipv6CidrBlock"])
        .into_iter();
    let listed = listed.filter_map(|block| block.text("Ipv6CidrBlock"));
    let mut ranges = Vec::new();
    for text in doc.text("Ipv6CidrBlock").into_iter().chain(listed) {
        let range = range(&text)?;
        if !ranges.contains(&range) {
            ranges.push(range);
        }
    }
    Ok(ranges)
}

/// `CreateVSwitch`. The IPv6 block is given by its number in that of the VPC.
pub(crate) fn create_vswitch(region: &Region, wanted: &CreateSubnet) -> Request {
    let params = in_region(region)
        .with("VpcId", &wanted.network)
        .with("ZoneId", &wanted.zone)
        .with("CidrBlock", wanted.range)
        .with_option("Ipv6CidrBlock", wanted.ipv6_slot)
        .with("VSwitchName", &wanted.label.name)
        .with_tags(&wanted.label.owner.to_tags());
    request("CreateVSwitch", with_token(params, &wanted.label.token))
}

/// `DeleteVSwitch`.
pub(crate) fn delete_vswitch(region: &Region, id: &SubnetId) -> Request {
    request("DeleteVSwitch", in_region(region).with("VSwitchId", id))
}

fn vswitches(params: Params) -> Listing {
    Listing::new(
        request("DescribeVSwitches", params),
        Paging::Numbered,
        &["VSwitches", "VSwitch"],
    )
}

/// `DescribeVSwitches`: all of the account in the region.
pub(crate) fn all_vswitches(region: &Region) -> Listing {
    vswitches(in_region(region))
}

/// `DescribeVSwitches`: those of a topology.
pub(crate) fn topology_vswitches(region: &Region, topology: &str) -> Listing {
    vswitches(of_topology(in_region(region), topology))
}

/// `DescribeVSwitches`: this one.
pub(crate) fn vswitch_by_id(region: &Region, id: &SubnetId) -> Listing {
    vswitches(in_region(region).with("VSwitchId", id))
}

/// `DescribeVSwitches`: those of a network.
pub(crate) fn vswitches_of(region: &Region, network: &NetworkId) -> Listing {
    vswitches(in_region(region).with("VpcId", network))
}

/// A subnet of `DescribeVSwitches`.
pub(crate) fn read_vswitch(doc: Doc<'_>) -> Result<SubnetRecord> {
    Ok(SubnetRecord::new(
        doc.need("VSwitchId")?,
        doc.need("VpcId")?,
        doc.need("ZoneId")?,
        // A vSwitch without IPv4 has its IPv6 block alone.
        match doc.text("CidrBlock").or_else(|| doc.text("Ipv6CidrBlock")) {
            Some(text) => range(&text)?,
            None => doc.range("CidrBlock")?,
        },
        doc.status("Status"),
    )
    .with_ipv6_ranges(ipv6_ranges(doc)?)
    .with_name(doc.text_or_empty("VSwitchName"))
    .with_account(doc.str("OwnerId").map(AccountId::from))
    .with_free_addresses(doc.parse::<u64>("AvailableIpAddressCount"))
    .with_owner(doc.owner())
    .with_maker(doc.maker()))
}

/// `DescribeZones`.
pub(crate) fn zones(region: &Region) -> Request {
    request("DescribeZones", in_region(region)).listing(ZONES)
}

/// The zones of `DescribeZones`.
pub(crate) fn read_zones(answer: Doc<'_>) -> Result<Vec<ZoneRecord>> {
    let zones = answer.need_list(ZONES)?.into_iter();
    let mut names: Vec<String> = zones.filter_map(|zone| zone.text("ZoneId")).collect();
    names.sort();
    names.dedup();
    Ok(names
        .into_iter()
        .map(|name| ZoneRecord::new(name.into()))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::{CloudName, Label, Owner, Token};
    use serde_json::json;

    #[test]
    fn creating_a_network_sends_exactly_this() {
        let label = Label::new("n 1", Owner::new("t", "network/n"), Token::derive(&["x"]));
        let wanted = CreateNetwork::new(label, "10.0.0.0/16".parse().expect("range"));
        let request = create_vpc(&"cn-hangzhou".into(), &wanted);
        let body = request.params().form_body();
        let (body, token) = body.rsplit_once("&ClientToken=").expect("a token");
        assert_eq!(
            body,
            "RegionId=cn-hangzhou&CidrBlock=10.0.0.0%2F16&VpcName=n%201&Tag.1.Key=landbridge%3Akey\
             &Tag.1.Value=network%2Fn&Tag.2.Key=landbridge%3Atopology&Tag.2.Value=t"
        );
        assert_eq!(token.len(), 48);
    }

    #[test]
    fn a_network_is_read_with_all_its_ranges_and_its_owner() {
        let doc = json!({"VpcId": "vpc-1", "VpcName": "n", "Status": "Available", "CidrBlock": "10.0.0.0/16",
            "SecondaryCidrBlocks": {"SecondaryCidrBlock": ["10.1.0.0/16"]}, "Ipv6CidrBlock": "2408::/56",
            "OwnerId": 123, "RegionId": "cn-hangzhou", "Unknown": {},
            "Tags": {"Tag": [{"Key": "landbridge:topology", "Value": "t"}, {"Key": "landbridge:key", "Value": "network/n"}]}});
        let place = Place::new(CloudName::from_static("aliyun"), "123", "cn-hangzhou");
        let network = read_vpc(&place, Doc::of(&doc)).expect("reads");
        assert_eq!(network.ranges.len(), 3);
        assert_eq!(network.ipv6_ranges().count(), 1);
        assert_eq!(network.owner, Some(Owner::new("t", "network/n")));
        assert!(network.status.is_ready());
    }

    #[test]
    fn a_secondary_range_is_added_and_removed_by_itself() {
        let (region, id) = ("cn-hangzhou".into(), "vpc-1".into());
        let range = "10.2.0.0/16".parse().expect("range");
        let expected = "RegionId=cn-hangzhou&VpcId=vpc-1&SecondaryCidrBlock=10.2.0.0%2F16";
        for request in [
            associate_range(&region, &id, &range),
            unassociate_range(&region, &id, &range),
        ] {
            assert_eq!(request.params().form_body(), expected);
        }
    }

    #[test]
    fn zones_are_read_once_each() {
        let doc = json!({"Zones": {"Zone": [{"ZoneId": "r-b", "LocalName": "B"}, {"ZoneId": "r-a"}, {"ZoneId": "r-b"}, {}]}});
        let names: Vec<String> = read_zones(Doc::of(&doc))
            .expect("reads")
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(names, ["r-a", "r-b"]);
        read_zones(Doc::of(&json!({}))).expect_err("no list");
    }

    #[test]
    fn ipv6_is_asked_for_and_its_part_is_a_number() {
        let label = || Label::new("n", Owner::new("t", "k"), Token::derive(&["x"]));
        let range = "10.0.0.0/16".parse().expect("range");
        let network = CreateNetwork::new(label(), range).with_ipv6(true);
        let body = create_vpc(&"r".into(), &network).params().form_body();
        assert!(
            body.contains("CidrBlock=10.0.0.0%2F16&EnableIpv6=true&"),
            "{body}"
        );
        for (slot, sent) in [
            (Some(0), "&Ipv6CidrBlock=0&"),
            (Some(255), "&Ipv6CidrBlock=255&"),
        ] {
            let subnet = CreateSubnet::new(label(), "vpc-1".into(), "z".into(), range);
            let subnet = subnet.with_ipv6_slot(slot);
            let body = create_vswitch(&"r".into(), &subnet).params().form_body();
            assert!(body.contains(sent), "{body}");
        }
        let without = CreateSubnet::new(label(), "vpc-1".into(), "z".into(), range);
        let body = create_vswitch(&"r".into(), &without).params().form_body();
        assert!(!body.contains("Ipv6"), "{body}");
    }

    #[test]
    fn all_ipv6_blocks_are_read_once() {
        let block = |text: &str| json!({"Ipv6CidrBlock": text, "Ipv6Isp": "BGP"});
        let doc = json!({"VpcId": "vpc-1", "Status": "Available", "CidrBlock": "10.0.0.0/16", "EnabledIpv6": true,
            "Ipv6CidrBlock": "2408:4001::/56",
            "Ipv6CidrBlocks": {"Ipv6CidrBlock": [block("2408:4001::/56"), block("2408:4002::/56")]}});
        let place = Place::new(CloudName::from_static("aliyun"), "123", "cn-hangzhou");
        let network = read_vpc(&place, Doc::of(&doc)).expect("reads");
        let ranges: Vec<String> = network.ranges.iter().map(ToString::to_string).collect();
        assert_eq!(ranges, ["10.0.0.0/16", "2408:4001::/56", "2408:4002::/56"]);
        let doc = json!({"VSwitchId": "vsw-1", "VpcId": "vpc-1", "ZoneId": "z", "CidrBlock": "10.0.1.0/24",
            "Ipv6CidrBlock": "2408:4001:0:7::/64", "Status": "Available"});
        let subnet = read_vswitch(Doc::of(&doc)).expect("reads");
        let range = "2408:4001:0:7::/64".parse().expect("range");
        assert_eq!(subnet.ipv6_ranges, [range]);
    }

    #[test]
    fn a_subnet_is_read() {
        let doc = json!({"VSwitchId": "vsw-1", "VpcId": "vpc-1", "ZoneId": "cn-hangzhou-h", "CidrBlock": "172.16.20.0/24",
            "Status": "Available", "AvailableIpAddressCount": "250", "ShareType": "Shared", "OwnerId": 1234567890123457_u64});
        let subnet = read_vswitch(Doc::of(&doc)).expect("reads");
        assert_eq!(subnet.account, Some("1234567890123457".into()));
        assert_eq!((subnet.free_addresses, subnet.owner), (Some(250), None));
        assert!(read_vswitch(Doc::of(&json!({"VSwitchId": "v"}))).is_err());
    }
}
