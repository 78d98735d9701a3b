//! Tags of objects that exist. Each product has a `TagResources` of its own, with its own words for kinds of objects.

use landbridge_core::{HubId, Owner, PeeringId, PeeringKind, Region, TaggedId};

use crate::ecr;
use crate::request::{Product, Request, in_region};
use crate::vpcpeer;

const TAG: &str = "TagResources";

/// `TagResources` of one object; none for what carries no tags.
pub(crate) fn tag(region: &Region, object: &TaggedId, owner: &Owner) -> Option<Request> {
    let (product, kind) = words(object)?;
    let ids = [object.as_str()];
    let params = in_region(region)
        .with("ResourceType", kind)
        .with_list("ResourceId", ids)
        .with_tags(&owner.to_tags());
    Some(Request::new(product, TAG, params))
}

fn words(object: &TaggedId) -> Option<(Product, &'static str)> {
    Some(match object {
        TaggedId::Network(_) => (Product::Vpc, "VPC"),
        TaggedId::Subnet(_) => (Product::Vpc, "VSWITCH"),
        TaggedId::Hub(id) => hub(id),
        TaggedId::Peering { id, kind } => return peering(id, *kind),
        TaggedId::Group(_) => (Product::Ecs, "securitygroup"),
        TaggedId::Instance(_) => (Product::Ecs, "instance"),
        _ => return None,
    })
}

fn hub(id: &HubId) -> (Product, &'static str) {
    match id {
        id if ecr::is_router(id) => (Product::ExpressConnectRouter, "EXPRESSCONNECTROUTER"),
        id if id.as_str().starts_with("tr-") => (Product::Cbn, "TransitRouter"),
        _ => (Product::Cbn, "cen"),
    }
}

fn peering(id: &PeeringId, kind: PeeringKind) -> Option<(Product, &'static str)> {
    match kind {
        _ if vpcpeer::is_connection(id) => Some((Product::VpcPeer, "PeerConnection")),
        _ if ecr::is_association(id) => None,
        PeeringKind::Attachment => Some((Product::Cbn, "TransitRouterVpcAttachment")),
        PeeringKind::HubToHub => Some((Product::Cbn, "TransitRouterPeerAttachment")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_product_tags_its_own_objects() {
        let peering = |id: &str, kind| TaggedId::Peering {
            id: id.into(),
            kind,
        };
        let (network, attachment) = (PeeringKind::NetworkToNetwork, PeeringKind::Attachment);
        let owner = Owner::new("net", "a key");
        for (object, product, kind) in [
            (TaggedId::Network("vpc-1".into()), Product::Vpc, "VPC"),
            (TaggedId::Subnet("vsw-1".into()), Product::Vpc, "VSWITCH"),
            (TaggedId::Hub("cen-1".into()), Product::Cbn, "cen"),
            (TaggedId::Hub("tr-1".into()), Product::Cbn, "TransitRouter"),
            (
                TaggedId::Hub("ecr-1".into()),
                Product::ExpressConnectRouter,
                "EXPRESSCONNECTROUTER",
            ),
            (
                peering("pcc-1", network),
                Product::VpcPeer,
                "PeerConnection",
            ),
            (
                peering("tr-attach-1", attachment),
                Product::Cbn,
                "TransitRouterVpcAttachment",
            ),
            (
                peering("tr-attach-1", PeeringKind::HubToHub),
                Product::Cbn,
                "TransitRouterPeerAttachment",
            ),
            (
                TaggedId::Group("sg-1".into()),
                Product::Ecs,
                "securitygroup",
            ),
            (TaggedId::Instance("i-1".into()), Product::Ecs, "instance"),
        ] {
            let request = tag(&"r".into(), &object, &owner).expect("a request");
            assert_eq!(request.product(), product, "{object}");
            let body = request.params().form_body();
            let id = object.as_str();
            let expected = format!(
                "RegionId=r&ResourceType={kind}&ResourceId.1={id}&Tag.1.Key=landbridge%3Akey&Tag.1.Value=a%20key&\
                 Tag.2.Key=landbridge%3Atopology&Tag.2.Value=net"
            );
            assert_eq!(body, expected);
        }
        assert!(tag(&"r".into(), &peering("ecr-assoc-1", attachment), &owner).is_none());
    }
}
