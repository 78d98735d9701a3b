use landbridge_core::{AccountId, GrantRecord, HubId, Phase, Result};

use super::{request, word};
use crate::document::{Doc, unknown};
use crate::member::{Member, MemberKind};
use crate::paging::{Listing, TOKENED};
use crate::params::Params;
use crate::request::{Request, fresh_token, with_token};

const LIST: &str = "DescribeInstanceGrantedToExpressConnectRouter";

fn write(
    action: &'static str,
    member: &Member<'_>,
    router: &HubId,
    account: &AccountId,
) -> Request {
    let params = Params::new()
        .with("EcrId", router)
        .with("EcrOwnerAliUid", account)
        .with("InstanceId", member.id)
        .with("InstanceType", word(member.kind))
        .with("InstanceRegionId", member.region);
    request(action, with_token(params, &fresh_token()))
}

/// `GrantInstanceToExpressConnectRouter`.
pub(crate) fn grant_to_router(member: &Member<'_>, router: &HubId, account: &AccountId) -> Request {
    write(
        "GrantInstanceToExpressConnectRouter",
        member,
        router,
        account,
    )
}

/// `RevokeInstanceFromExpressConnectRouter`.
pub(crate) fn revoke_from_router(
    member: &Member<'_>,
    router: &HubId,
    account: &AccountId,
) -> Request {
    write(
        "RevokeInstanceFromExpressConnectRouter",
        member,
        router,
        account,
    )
}

fn grants(params: Params) -> Listing {
    Listing::new(request(LIST, params), TOKENED, &["EcrGrantedInstanceList"])
}

/// `DescribeInstanceGrantedToExpressConnectRouter` as the owner of the member, who says so: without that the view is the
/// router's owner's.
pub(crate) fn granted_by_us(member: &Member<'_>, router: &HubId) -> Listing {
    grants(
        Params::new()
            .with("EcrId", router)
            .with("InstanceId", member.id)
            .with("InstanceType", word(member.kind))
            .with("InstanceRegionId", member.region)
            .with("CallerType", "OTHER"),
    )
}

/// `DescribeInstanceGrantedToExpressConnectRouter` as the router's owner.
pub(crate) fn granted_to_router(router: &HubId) -> Listing {
    grants(Params::new().with("EcrId", router))
}

/// A grant of `DescribeInstanceGrantedToExpressConnectRouter`; none if it is on its way out.
pub(crate) fn read_router_grant(
    router: &HubId,
    account: &AccountId,
    doc: Doc<'_>,
) -> Result<Option<GrantRecord>> {
    if doc.status("Status").phase == Phase::Deleting {
        return Ok(None);
    }
    let kind = match doc.text("NodeType").as_deref() {
        Some("VBR") => MemberKind::BorderRouter,
        Some("VPC") | None => MemberKind::Network,
        Some(other) => return Err(unknown("NodeType", other)),
    };
    Ok(Some(
        GrantRecord::new(
            kind.member(doc.need("NodeId")?),
            doc.text("EcrId").map_or_else(|| router.clone(), Into::into),
            doc.text("EcrOwnerAliUid")
                .map_or_else(|| account.clone(), Into::into),
        )
        .with_member_account(doc.text("NodeOwnerUid").map(AccountId::from))
        .with_created_at(doc.time("GmtCreate")),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::Endpoint;
    use serde_json::json;

    fn line() -> Endpoint {
        Endpoint::BorderRouter {
            id: "vbr-1".into(),
            account: "2".into(),
            region: "cn-hangzhou".into(),
        }
    }

    #[test]
    fn a_grant_of_something_else_is_not_taken_for_a_network() {
        let read = |kind: &str| {
            let doc = json!({"EcrId": "ecr-1", "NodeId": "x-1", "NodeType": kind});
            read_router_grant(&"ecr-1".into(), &"1".into(), Doc::of(&doc))
        };
        assert!(read("VPC").is_ok() && read("VBR").is_ok());
        let error = read("MOON").expect_err("unknown");
        assert!(error.message().contains("`MOON`"), "{error}");
    }

    #[test]
    fn a_grant_names_the_routers_owner_and_the_members_region() {
        let endpoint = line();
        let member = Member::of(&endpoint).expect("a member");
        let request = grant_to_router(&member, &"ecr-1".into(), &"01".into());
        assert!(request.params().form_body().starts_with(
            "EcrId=ecr-1&EcrOwnerAliUid=01&InstanceId=vbr-1&InstanceType=VBR&InstanceRegionId=cn-hangzhou&ClientToken="
        ));
        assert!(request.intent().may_repeat());
        assert_eq!(
            granted_by_us(&member, &"ecr-1".into())
                .request
                .params()
                .form_body(),
            "EcrId=ecr-1&InstanceId=vbr-1&InstanceType=VBR&InstanceRegionId=cn-hangzhou&CallerType=OTHER"
        );
    }

    #[test]
    fn a_grant_is_read_with_accounts_as_texts_or_numbers() {
        let read = |status: &str| {
            let doc = json!({"EcrId": "ecr-1", "EcrOwnerAliUid": "1234567890123456", "NodeId": "vbr-1", "NodeType": "VBR",
                "NodeOwnerUid": 1234567890123457_u64, "Status": status});
            read_router_grant(&"ecr-1".into(), &"x".into(), Doc::of(&doc)).expect("reads")
        };
        let grant = read("ACTIVE").expect("there");
        assert_eq!(grant.hub_account.as_str(), "1234567890123456");
        assert_eq!(grant.member_account, Some("1234567890123457".into()));
        assert_eq!(grant.payer, None);
        assert_eq!(read("DELETING"), None);
    }
}
