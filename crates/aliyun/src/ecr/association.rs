//! What hangs on a router: networks by an association, border routers as child instances. Both have an association id.

use landbridge_core::{
    AccountId, Endpoint, HubId, PeeringId, PeeringKind, PeeringRecord, Place, RequestPeering,
    Result,
};

use super::{request, word};
use crate::document::{Doc, range, unknown};
use crate::mark::{mark, read_mark};
use crate::member::{Member, MemberKind};
use crate::paging::{Listing, TOKENED};
use crate::params::Params;
use crate::request::{Request, fresh_token, with_token};

fn foreign<'a>(place: &Place, member: &Member<'a>) -> Option<&'a AccountId> {
    (*member.account != place.account).then_some(member.account)
}

/// `CreateExpressConnectRouterAssociation` of a network, called by the router's owner.
pub(crate) fn associate(
    place: &Place,
    router: &HubId,
    member: &Member<'_>,
    wanted: &RequestPeering,
) -> Request {
    let params = Params::new()
        .with("EcrId", router)
        .with("AssociationRegionId", member.region)
        .with("VpcId", member.id)
        .with_option("VpcOwnerId", foreign(place, member))
        .with_list("AllowedPrefixes", &wanted.prefixes)
        .with("Description", &wanted.label.name)
        .with_tags(&wanted.label.owner.to_tags());
    request(
        "CreateExpressConnectRouterAssociation",
        with_token(params, &wanted.label.token),
    )
}

/// `AttachExpressConnectRouterChildInstance`, called by the router's owner. It takes no tags, so the description names
/// the owner.
pub(crate) fn attach_child(
    place: &Place,
    router: &HubId,
    member: &Member<'_>,
    wanted: &RequestPeering,
) -> Request {
    let params = Params::new()
        .with("EcrId", router)
        .with("ChildInstanceId", member.id)
        .with("ChildInstanceType", word(member.kind))
        .with("ChildInstanceRegionId", member.region)
        .with_option("ChildInstanceOwnerId", foreign(place, member))
        .with("Description", mark(&wanted.label.owner));
    request(
        "AttachExpressConnectRouterChildInstance",
        with_token(params, &wanted.label.token),
    )
}

/// `DeleteExpressConnectRouterAssociation`.
pub(crate) fn dissociate(router: &HubId, id: &PeeringId) -> Request {
    let params = Params::new()
        .with("EcrId", router)
        .with("AssociationId", id);
    request(
        "DeleteExpressConnectRouterAssociation",
        with_token(params, &fresh_token()),
    )
}

/// `DetachExpressConnectRouterChildInstance`.
pub(crate) fn detach_child(router: &HubId, instance: &str) -> Request {
    let params = Params::new()
        .with("EcrId", router)
        .with("ChildInstanceId", instance)
        .with("ChildInstanceType", word(MemberKind::BorderRouter));
    request(
        "DetachExpressConnectRouterChildInstance",
        with_token(params, &fresh_token()),
    )
}

/// `DescribeExpressConnectRouterAssociation` of a router: all, or this one.
pub(crate) fn associations(router: &HubId, id: Option<&PeeringId>) -> Listing {
    let params = Params::new()
        .with("EcrId", router)
        .with_option("AssociationId", id);
    Listing::new(
        request("DescribeExpressConnectRouterAssociation", params),
        TOKENED,
        &["AssociationList"],
    )
}

/// `DescribeExpressConnectRouterChildInstance` of a router: all, or this one.
pub(crate) fn children(router: &HubId, id: Option<&PeeringId>) -> Listing {
    child_instances(
        Params::new()
            .with("EcrId", router)
            .with_option("AssociationId", id),
    )
}

/// `DescribeExpressConnectRouterChildInstance`: this border router at this router.
pub(crate) fn child_of(router: &HubId, instance: &str) -> Listing {
    child_instances(
        Params::new()
            .with("EcrId", router)
            .with("ChildInstanceId", instance)
            .with("ChildInstanceType", word(MemberKind::BorderRouter)),
    )
}

fn child_instances(params: Params) -> Listing {
    Listing::new(
        request("DescribeExpressConnectRouterChildInstance", params),
        TOKENED,
        &["ChildInstanceList"],
    )
}

fn hub(place: &Place, router: &HubId, doc: Doc<'_>) -> Endpoint {
    Endpoint::Edge {
        id: doc.text("EcrId").map_or_else(|| router.clone(), Into::into),
        account: place.account.clone(),
    }
}

/// An association of `DescribeExpressConnectRouterAssociation`; one with a transit router joins two hubs.
pub(crate) fn read_association(
    place: &Place,
    router: &HubId,
    doc: Doc<'_>,
) -> Result<PeeringRecord> {
    let owner = |key| {
        doc.text(key)
            .map_or_else(|| place.account.clone(), AccountId::from)
    };
    let region = doc
        .text("RegionId")
        .map_or_else(|| place.region.clone(), Into::into);
    let of_router = match doc.text("AssociationNodeType").as_deref() {
        Some("TR") => true,
        Some("VPC") | None => false,
        Some(other) => return Err(unknown("AssociationNodeType", other)),
    };
    let (kind, requester) = if of_router {
        let requester = Endpoint::Hub {
            id: doc.need("TransitRouterId")?,
            parent: doc.text("CenId").map(Into::into),
            account: owner("TransitRouterOwnerId"),
            region,
        };
        (PeeringKind::HubToHub, requester)
    } else {
        let requester = Endpoint::Network {
            id: doc.need("VpcId")?,
            account: owner("VpcOwnerId"),
            region,
        };
        (PeeringKind::Attachment, requester)
    };
    let prefixes: Vec<String> = doc.texts(&["AllowedPrefixes"]);
    Ok(PeeringRecord::new(
        doc.need("AssociationId")?,
        kind,
        requester,
        hub(place, router, doc),
        doc.status("Status"),
    )
    .with_name(doc.text_or_empty("Description"))
    .with_prefixes(
        prefixes
            .iter()
            .map(|text| range(text))
            .collect::<Result<_>>()?,
    )
    .with_owner(doc.owner())
    .with_maker(doc.maker()))
}

/// A border router of `DescribeExpressConnectRouterChildInstance`.
pub(crate) fn read_child(place: &Place, router: &HubId, doc: Doc<'_>) -> Result<PeeringRecord> {
    let kind = doc.text("ChildInstanceType");
    if let Some(other) = kind.filter(|kind| kind != "VBR") {
        return Err(unknown("ChildInstanceType", &other));
    }
    let requester = Endpoint::BorderRouter {
        id: doc.need("ChildInstanceId")?,
        account: doc
            .text("ChildInstanceOwnerId")
            .map_or_else(|| place.account.clone(), Into::into),
        region: doc
            .text("ChildInstanceRegionId")
            .or_else(|| doc.text("RegionId"))
            .map_or_else(|| place.region.clone(), Into::into),
    };
    Ok(PeeringRecord::new(
        doc.need("AssociationId")?,
        PeeringKind::Attachment,
        requester,
        hub(place, router, doc),
        doc.status("Status"),
    )
    .with_name(doc.text_or_empty("ChildInstanceName"))
    .with_owner(read_mark(&doc.text_or_empty("Description"))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::{CloudName, Label, Owner, Phase, Token};
    use serde_json::json;

    fn place() -> Place {
        Place::new(CloudName::from_static("aliyun"), "1", "cn-hangzhou")
    }

    fn wanted(requester: Endpoint) -> RequestPeering {
        let label = Label::new("a", Owner::new("t", "attachment/a"), Token::derive(&["x"]));
        let hub = Endpoint::Edge {
            id: "ecr-1".into(),
            account: "1".into(),
        };
        RequestPeering::new(label, PeeringKind::Attachment, requester, hub)
    }

    #[test]
    fn a_foreign_network_is_associated_with_its_owner_and_prefixes() {
        let network = Endpoint::Network {
            id: "vpc-2".into(),
            account: "2".into(),
            region: "cn-qingdao".into(),
        };
        let prefixes = vec!["10.0.0.0/24".parse().expect("range")];
        let wanted = wanted(network).with_prefixes(prefixes);
        let member = Member::of(&wanted.requester).expect("a member");
        let body = associate(&place(), &"ecr-1".into(), &member, &wanted)
            .params()
            .form_body();
        assert!(
            body.starts_with(
                "EcrId=ecr-1&AssociationRegionId=cn-qingdao&VpcId=vpc-2&VpcOwnerId=2&AllowedPrefixes.1=10.0.0.0%2F24\
                 &Description=a&Tag.1.Key=landbridge%3Akey&"
            ),
            "{body}"
        );
    }

    #[test]
    fn a_border_router_is_attached_with_the_mark_in_its_description() {
        for (account, owner) in [("1", ""), ("2", "&ChildInstanceOwnerId=2")] {
            let wanted = wanted(Endpoint::BorderRouter {
                id: "vbr-1".into(),
                account: account.into(),
                region: "cn-hangzhou".into(),
            });
            let member = Member::of(&wanted.requester).expect("a member");
            let body = attach_child(&place(), &"ecr-1".into(), &member, &wanted)
                .params()
                .form_body();
            let start = format!(
                "EcrId=ecr-1&ChildInstanceId=vbr-1&ChildInstanceType=VBR&ChildInstanceRegionId=cn-hangzhou{owner}\
                 &Description=landbridge%3At%20attachment%2Fa&ClientToken="
            );
            assert!(body.starts_with(&start), "{body}");
        }
    }

    #[test]
    fn associations_are_read() {
        let doc = json!({"AssociationId": "ecr-assoc-1", "AssociationNodeType": "VPC", "EcrId": "ecr-1", "Status": "ACTIVE",
            "RegionId": "cn-qingdao", "VpcId": "vpc-2", "VpcOwnerId": 2, "AllowedPrefixes": ["10.0.0.0/24"], "Description": "a",
            "Tags": [{"Key": "landbridge:topology", "Value": "t"}, {"Key": "landbridge:key", "Value": "attachment/a"}]});
        let record = read_association(&place(), &"ecr-1".into(), Doc::of(&doc)).expect("reads");
        assert_eq!(record.requester.account().as_str(), "2");
        assert_eq!(record.requester.region(), Some(&"cn-qingdao".into()));
        assert_eq!(record.accepter.id(), "ecr-1");
        assert_eq!(record.prefixes.len(), 1);
        assert_eq!(record.owner, Some(Owner::new("t", "attachment/a")));
        assert!(record.status.is_ready());
        let doc = json!({"AssociationId": "ecr-assoc-2", "AssociationNodeType": "TR", "Status": "INACTIVE",
            "TransitRouterId": "tr-1", "CenId": "cen-1", "RegionId": "cn-hangzhou"});
        let record = read_association(&place(), &"ecr-1".into(), Doc::of(&doc)).expect("reads");
        assert_eq!(record.kind, PeeringKind::HubToHub);
        assert_eq!(record.status.phase, Phase::Pending);
    }

    #[test]
    fn a_child_instance_is_read_with_its_owner_from_the_description() {
        let doc = json!({"ChildInstanceId": "vbr-1", "ChildInstanceName": "line", "ChildInstanceType": "VBR", "ChildInstanceRegionId": "cn-hangzhou",
            "ChildInstanceOwnerId": "2", "EcrId": "ecr-1", "AssociationId": "ecr-assoc-3", "Status": "DISSOCIATING",
            "Description": "landbridge:t attachment/a"});
        let record = read_child(&place(), &"ecr-1".into(), Doc::of(&doc)).expect("reads");
        assert!(matches!(record.requester, Endpoint::BorderRouter { .. }));
        assert_eq!(record.owner, Some(Owner::new("t", "attachment/a")));
        assert_eq!(record.status.phase, Phase::Deleting);
    }
}
