use landbridge_core::{
    CreateGroup, GroupId, GroupRecord, NetworkId, Phase, Region, Result, Status,
};

use super::request;
use crate::document::Doc;
use crate::paging::{Listing, UNCOUNTED};
use crate::params::Params;
use crate::request::{Request, in_region, lettered, with_token};
use crate::vpc::of_topology;

/// `CreateSecurityGroup`, of the basic kind.
pub(crate) fn create_group(region: &Region, wanted: &CreateGroup) -> Request {
    let params = in_region(region)
        .with("VpcId", &wanted.network)
        .with("SecurityGroupName", lettered(&wanted.label.name))
        .with("SecurityGroupType", "normal")
        .with_tags(&wanted.label.owner.to_tags());
    request(
        "CreateSecurityGroup",
        with_token(params, &wanted.label.token),
    )
}

/// `DeleteSecurityGroup`.
pub(crate) fn delete_group(region: &Region, id: &GroupId) -> Request {
    request(
        "DeleteSecurityGroup",
        in_region(region).with("SecurityGroupId", id),
    )
}

fn groups(params: Params) -> Listing {
    Listing::new(
        request("DescribeSecurityGroups", params),
        UNCOUNTED,
        &["SecurityGroups", "SecurityGroup"],
    )
}

/// `DescribeSecurityGroups`: all of the account in the region.
pub(crate) fn all_groups(region: &Region) -> Listing {
    groups(in_region(region))
}

/// `DescribeSecurityGroups`: those in a VPC.
pub(crate) fn groups_in(region: &Region, network: &NetworkId) -> Listing {
    groups(in_region(region).with("VpcId", network))
}

/// `DescribeSecurityGroups`: those of a topology.
pub(crate) fn topology_groups(region: &Region, topology: &str) -> Listing {
    groups(of_topology(in_region(region), topology))
}

/// `DescribeSecurityGroups`: these, at most [`IDS_PER_CALL`](super::IDS_PER_CALL).
pub(crate) fn groups_by_id(region: &Region, ids: &[GroupId]) -> Listing {
    groups(in_region(region).with_json_list("SecurityGroupIds", ids))
}

/// A group of `DescribeSecurityGroups`.
///
/// Basic groups let all out and members reach each other; enterprise groups do neither.
pub(crate) fn read_group(doc: Doc<'_>) -> Result<GroupRecord> {
    let basic = doc.text("SecurityGroupType").as_deref() != Some("enterprise");
    Ok(GroupRecord::new(doc.need("SecurityGroupId")?, available())
        .with_name(doc.text_or_empty("SecurityGroupName"))
        .with_network(doc.text("VpcId").map(NetworkId::from))
        .with_references(basic)
        .with_open_egress(basic)
        .with_members_trusted(members_trusted(doc).unwrap_or(basic))
        .with_owner(doc.owner())
        .with_maker(doc.maker()))
}

/// A group has no state of its own: it is ready as soon as it exists.
pub(crate) fn available() -> Status {
    Status::new(Phase::Ready, "Available")
}

/// Whether members reach each other, where an answer says so.
fn members_trusted(doc: Doc<'_>) -> Option<bool> {
    let policy = doc.text("InnerAccessPolicy")?;
    Some(policy.eq_ignore_ascii_case("Accept"))
}

/// The same, from a page of `DescribeSecurityGroupAttribute`.
pub(crate) fn read_members_trusted(page: Doc<'_>) -> Option<bool> {
    members_trusted(page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn groups_differ_in_what_they_let_pass() {
        let group = |doc: Value| read_group(Doc::of(&doc)).expect("reads");
        let basic = group(
            json!({"SecurityGroupId": "sg-1", "SecurityGroupType": "normal", "VpcId": "vpc-1",
            "Tags": {"Tag": [{"TagKey": "landbridge:topology", "TagValue": "t"}, {"TagKey": "landbridge:key", "TagValue": "group/g"}]}}),
        );
        assert!(basic.open_egress && basic.members_trusted && basic.references);
        assert_eq!(
            basic.owner.map(|owner| owner.key).as_deref(),
            Some("group/g")
        );
        let closed = group(json!({"SecurityGroupId": "sg-1", "InnerAccessPolicy": "Drop"}));
        assert!(closed.open_egress && !closed.members_trusted);
        let enterprise =
            group(json!({"SecurityGroupId": "sg-2", "SecurityGroupType": "enterprise"}));
        assert!(!enterprise.open_egress && !enterprise.members_trusted);
        assert!(!enterprise.references);
    }

    #[test]
    fn groups_are_looked_up_by_a_json_list() {
        let listing = groups_by_id(&"r".into(), &["sg-1".into()]);
        assert_eq!(
            listing.request.params().form_body(),
            "RegionId=r&SecurityGroupIds=%5B%22sg-1%22%5D"
        );
    }
}
