//! What the VPC product shows of grants to Express Connect Routers. They are written in the routers' own product.

use landbridge_core::{GrantRecord, Result};

use crate::document::Doc;
use crate::member::{Member, MemberKind};
use crate::paging::{Listing, Paging, TOKENED};
use crate::request::{Product, Request, in_region};

/// `DescribeVpcGrantRulesToEcr` of a network, `DescribeGrantRulesToEcr` of a border router: as its owner sees them.
pub(crate) fn router_grants_on(member: &Member<'_>) -> Listing {
    let params = in_region(member.region).with("InstanceId", member.id);
    match member.kind {
        MemberKind::Network => Listing::new(
            Request::new(
                Product::Vpc,
                "DescribeVpcGrantRulesToEcr",
                params.with("InstanceType", "VPC"),
            ),
            TOKENED,
            &["GrantRuleModels"],
        ),
        MemberKind::BorderRouter => Listing::new(
            Request::new(Product::Vpc, "DescribeGrantRulesToEcr", params),
            Paging::Numbered,
            &["EcrGrantRules"],
        ),
    }
}

/// A grant of either operation.
pub(crate) fn read_router_grant_on(member: &Member<'_>, doc: Doc<'_>) -> Result<GrantRecord> {
    let [router, account, time] = match member.kind {
        MemberKind::Network => ["EcrId", "EcrOwnerId", "CreationTime"],
        MemberKind::BorderRouter => ["EcrInstanceId", "EcrUid", "CreateTime"],
    };
    Ok(
        GrantRecord::new(member.granted(), doc.need(router)?, doc.need(account)?)
            .with_member_account(member.account.clone())
            .with_created_at(doc.time(time)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::Endpoint;
    use serde_json::json;
    use std::time::{Duration, SystemTime};

    #[test]
    fn each_kind_of_member_has_its_own_view() {
        let network = Endpoint::Network {
            id: "vpc-2".into(),
            account: "2".into(),
            region: "r".into(),
        };
        let member = Member::of(&network).expect("a member");
        let listing = router_grants_on(&member);
        assert_eq!(
            listing.request.params().form_body(),
            "RegionId=r&InstanceId=vpc-2&InstanceType=VPC"
        );
        let doc = json!({"EcrId": "ecr-1", "EcrOwnerId": 1, "InstanceId": "vpc-2", "CreationTime": "1970-01-01T00:01:00Z"});
        let grant = read_router_grant_on(&member, Doc::of(&doc)).expect("reads");
        assert_eq!(
            (grant.hub.as_str(), grant.hub_account.as_str()),
            ("ecr-1", "1")
        );
        let minute = SystemTime::UNIX_EPOCH + Duration::from_secs(60);
        assert_eq!(grant.created_at, Some(minute));
        let line = Endpoint::BorderRouter {
            id: "vbr-1".into(),
            account: "2".into(),
            region: "r".into(),
        };
        let member = Member::of(&line).expect("a member");
        let listing = router_grants_on(&member);
        assert_eq!(listing.request.action(), "DescribeGrantRulesToEcr");
        let doc = json!({"EcrInstanceId": "ecr-1", "EcrUid": 1, "CreateTime": "1970-01-01T00:01Z"});
        let grant = read_router_grant_on(&member, Doc::of(&doc)).expect("reads");
        assert_eq!(grant.created_at, Some(minute));
    }
}
