use landbridge_core::{AccountId, CreateGrant, GrantRecord, HubId, Payer, Result, RevokeGrant};

use super::request;
use crate::document::Doc;
use crate::member::{Member, MemberKind};
use crate::paging::{Listing, TOKENED};
use crate::params::Params;
use crate::request::{Request, in_region};

fn order_type(payer: Payer) -> &'static str {
    match payer {
        Payer::HubOwner => "PayByCenOwner",
        Payer::MemberOwner => "PayByResourceOwner",
    }
}

fn payer(doc: Doc<'_>) -> Option<Payer> {
    match doc
        .text("OrderType")
        .or_else(|| doc.text("EffectiveOrderType"))?
        .as_str()
    {
        "PayByCenOwner" => Some(Payer::HubOwner),
        "PayByResourceOwner" => Some(Payer::MemberOwner),
        _ => None,
    }
}

fn word(kind: MemberKind) -> &'static str {
    match kind {
        MemberKind::Network => "VPC",
        MemberKind::BorderRouter => "ExpressConnect",
    }
}

// The view of the CEN's owner has a word of its own.
fn received_word(kind: MemberKind) -> &'static str {
    match kind {
        MemberKind::Network => "VPC",
        MemberKind::BorderRouter => "VBR",
    }
}

fn of(member: &Member<'_>, cen: &HubId, account: &AccountId) -> Params {
    in_region(member.region)
        .with("CenId", cen)
        .with("CenOwnerId", account)
        .with("InstanceId", member.id)
        .with("InstanceType", word(member.kind))
}

/// `GrantInstanceToTransitRouter`, always with the payer.
pub(crate) fn grant(member: &Member<'_>, grant: &CreateGrant) -> Request {
    let params =
        of(member, &grant.hub, &grant.hub_account).with("OrderType", order_type(grant.payer));
    request("GrantInstanceToTransitRouter", params)
}

/// `RevokeInstanceFromTransitRouter`.
pub(crate) fn revoke(member: &Member<'_>, grant: &RevokeGrant) -> Request {
    request(
        "RevokeInstanceFromTransitRouter",
        of(member, &grant.hub, &grant.hub_account),
    )
}

/// `DescribeGrantRulesToResource`: the grants on a member, as its owner sees them.
pub(crate) fn grants_on(member: &Member<'_>) -> Listing {
    let params = in_region(member.region)
        .with("ProductType", word(member.kind))
        .with("ResourceId", member.id);
    Listing::new(
        request("DescribeGrantRulesToResource", params),
        TOKENED,
        &["GrantRules", "GrantRule"],
    )
}

/// A grant of `DescribeGrantRulesToResource`.
pub(crate) fn read_grant_on(member: &Member<'_>, doc: Doc<'_>) -> Result<GrantRecord> {
    Ok(GrantRecord::new(
        member.granted(),
        doc.need("CenId")?,
        doc.need("CenOwnerId")?,
    )
    .with_member_account(member.account.clone())
    .with_payer(payer(doc))
    .with_created_at(doc.time("CreateTime")))
}

/// `DescribeGrantRulesToCen`: the grants that a CEN has received, as its owner sees them.
///
/// Without a region, which would narrow the list to it.
pub(crate) fn grants_to(cen: &HubId, kind: MemberKind) -> Listing {
    let params = Params::new()
        .with("CenId", cen)
        .with("ProductType", received_word(kind));
    Listing::new(
        request("DescribeGrantRulesToCen", params),
        TOKENED,
        &["GrantRules", "GrantRule"],
    )
}

/// A grant of `DescribeGrantRulesToCen`.
pub(crate) fn read_grant_to(
    cen: &HubId,
    account: &AccountId,
    kind: MemberKind,
    doc: Doc<'_>,
) -> Result<GrantRecord> {
    Ok(GrantRecord::new(
        kind.member(doc.need("ChildInstanceId")?),
        doc.text("CenId").map_or_else(|| cen.clone(), Into::into),
        doc.text("CenOwnerId")
            .map_or_else(|| account.clone(), Into::into),
    )
    .with_member_account(doc.text("ChildInstanceOwnerId").map(AccountId::from))
    .with_payer(payer(doc))
    .with_created_at(doc.time("CreateTime")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::Endpoint;
    use serde_json::json;

    #[test]
    fn a_grant_always_says_who_pays() {
        let member = Endpoint::Network {
            id: "vpc-2".into(),
            account: "2".into(),
            region: "r".into(),
        };
        let wanted =
            CreateGrant::new(member, "cen-1".into(), "01".into()).with_payer(Payer::MemberOwner);
        let request = grant(&Member::of(&wanted.member).expect("a member"), &wanted);
        assert_eq!(
            request.params().form_body(),
            "RegionId=r&CenId=cen-1&CenOwnerId=01&InstanceId=vpc-2&InstanceType=VPC&OrderType=PayByResourceOwner"
        );
        assert!(!request.intent().may_repeat());
        let line = Endpoint::BorderRouter {
            id: "vbr-1".into(),
            account: "2".into(),
            region: "r".into(),
        };
        let body = grants_on(&Member::of(&line).expect("a member"));
        assert_eq!(
            body.request.params().form_body(),
            "RegionId=r&ProductType=ExpressConnect&ResourceId=vbr-1"
        );
    }

    #[test]
    fn grants_are_read_from_both_sides() {
        let doc = json!({"CenId": "cen-1", "CenOwnerId": 1, "OrderType": "PayByCenOwner", "CreateTime": 1});
        let network = Endpoint::Network {
            id: "vpc-2".into(),
            account: "2".into(),
            region: "r".into(),
        };
        let member = Member::of(&network).expect("a member");
        let grant = read_grant_on(&member, Doc::of(&doc)).expect("reads");
        assert_eq!(
            (grant.payer, grant.hub_account.as_str()),
            (Some(Payer::HubOwner), "1")
        );
        let doc = json!({"CenId": "cen-1", "CenOwnerId": 1, "ChildInstanceId": "vpc-2", "ChildInstanceOwnerId": 2});
        let grant = read_grant_to(
            &"cen-1".into(),
            &"1".into(),
            MemberKind::Network,
            Doc::of(&doc),
        )
        .expect("reads");
        assert_eq!(
            (grant.payer, grant.member_account),
            (None, Some("2".into()))
        );
    }
}
