use landbridge_core::{
    AccountId, Endpoint, GrantOrigin, HubId, InterfaceId, NetworkId, PeeringId, PeeringKind,
    PeeringRecord, Place, Region, RequestPeering, Result, SubnetId, Transit, Zone,
};

use super::request;
use crate::document::{Doc, Document};
use crate::paging::{Listing, TOKENED};
use crate::params::Params;
use crate::request::{Request, fresh_token, in_region, with_token};
use crate::vpc::of_topology;

/// The options of a VPC attachment: a JSON text where they are sent.
const VPC_OPTIONS: &str = "TransitRouterVPCAttachmentOptions";
const WITH_IPV6: &str = r#"{"ipv6Support":"enable"}"#;

/// A network to be attached: its id and owner.
pub(crate) struct Member<'a> {
    pub(crate) id: &'a NetworkId,
    pub(crate) account: &'a AccountId,
}

/// A transit router and the CEN it belongs to.
pub(crate) struct Router<'a> {
    pub(crate) id: &'a HubId,
    pub(crate) cen: &'a HubId,
    pub(crate) region: &'a Region,
}

/// `CreateTransitRouterVpcAttachment`, called by the owner of the transit router.
///
/// Route sync stays off and nothing is associated or propagated: these are steps of their own.
pub(crate) fn attach_vpc(
    place: &Place,
    member: &Member<'_>,
    router: &Router<'_>,
    wanted: &RequestPeering,
) -> Request {
    let foreign = (member.account != &place.account).then_some(member.account);
    let zones = wanted.subnets.iter().map(|(zone, subnet)| {
        vec![
            ("ZoneId", zone.to_string()),
            ("VSwitchId", subnet.to_string()),
        ]
    });
    let params = in_region(&place.region)
        .with("CenId", router.cen)
        .with("TransitRouterId", router.id)
        .with("VpcId", member.id)
        .with_option("VpcOwnerId", foreign)
        .with_structs("ZoneMappings", zones)
        .with("ChargeType", "POSTPAY")
        .with("AutoPublishRouteEnabled", false)
        .with_option(VPC_OPTIONS, wanted.ipv6.then_some(WITH_IPV6))
        .with("TransitRouterAttachmentName", &wanted.label.name)
        .with_tags(&wanted.tags());
    request(
        "CreateTransitRouterVpcAttachment",
        with_token(params, &wanted.label.token),
    )
}

/// `CreateTransitRouterPeerAttachment`, paid by the gigabyte.
pub(crate) fn attach_peer(
    local: &Router<'_>,
    remote: &Router<'_>,
    wanted: &RequestPeering,
) -> Request {
    let bandwidth = match wanted.transit {
        Some(Transit::ByTraffic { max_mbps }) => max_mbps,
        _ => None,
    };
    let params = in_region(local.region)
        .with("CenId", local.cen)
        .with("TransitRouterId", local.id)
        .with("PeerTransitRouterId", remote.id)
        .with("PeerTransitRouterRegionId", remote.region)
        .with("BandwidthType", "DataTransfer")
        .with_option("Bandwidth", bandwidth)
        .with("AutoPublishRouteEnabled", true)
        .with("TransitRouterAttachmentName", &wanted.label.name)
        .with_tags(&wanted.label.owner.to_tags());
    request(
        "CreateTransitRouterPeerAttachment",
        with_token(params, &wanted.label.token),
    )
}

/// `DeleteTransitRouterVpcAttachment` or `DeleteTransitRouterPeerAttachment`.
pub(crate) fn detach(action: &'static str, region: &Region, id: &PeeringId) -> Request {
    let params = in_region(region).with("TransitRouterAttachmentId", id);
    request(action, with_token(params, &fresh_token()))
}

/// What attachment lists are narrowed by.
#[derive(Clone, Debug, Default)]
pub(crate) struct AttachmentFilter {
    pub(crate) cen: Option<HubId>,
    pub(crate) router: Option<HubId>,
    pub(crate) id: Option<PeeringId>,
}

impl AttachmentFilter {
    fn params(&self, region: &Region) -> Params {
        in_region(region)
            .with_option("CenId", self.cen.as_ref())
            .with_option("TransitRouterId", self.router.as_ref())
            .with_option("TransitRouterAttachmentId", self.id.as_ref())
    }
}

/// `ListTransitRouterVpcAttachments`.
pub(crate) fn vpc_attachments(region: &Region, filter: &AttachmentFilter) -> Listing {
    attachments("ListTransitRouterVpcAttachments", filter.params(region))
}

/// `ListTransitRouterVpcAttachments`: those of a topology in the region, whosever the hub is.
pub(crate) fn topology_vpc_attachments(region: &Region, topology: &str) -> Listing {
    attachments(
        "ListTransitRouterVpcAttachments",
        of_topology(in_region(region), topology),
    )
}

/// `ListTransitRouterPeerAttachments`.
pub(crate) fn peer_attachments(region: &Region, filter: &AttachmentFilter) -> Listing {
    attachments("ListTransitRouterPeerAttachments", filter.params(region))
}

fn attachments(action: &'static str, params: Params) -> Listing {
    Listing::new(
        request(action, params),
        TOKENED,
        &["TransitRouterAttachments"],
    )
}

/// An attachment of `ListTransitRouterVpcAttachments`.
pub(crate) fn read_vpc_attachment(place: &Place, doc: Doc<'_>) -> Result<PeeringRecord> {
    let region: Region = doc
        .text("VpcRegionId")
        .map_or_else(|| place.region.clone(), Into::into);
    let requester = Endpoint::Network {
        id: doc.need("VpcId")?,
        account: doc
            .text("VpcOwnerId")
            .map_or_else(|| place.account.clone(), Into::into),
        region: region.clone(),
    };
    let accepter = Endpoint::Hub {
        id: doc.need("TransitRouterId")?,
        parent: doc.text("CenId").map(Into::into),
        account: place.account.clone(),
        region,
    };
    let record = record(doc, PeeringKind::Attachment, requester, accepter)?;
    Ok(record
        .with_ipv6(carries_ipv6(doc))
        .with_grant(GrantOrigin::from_tags(&doc.tags())))
}

// Options are shown as an object or as a JSON text, under an old and a new name that spells its members otherwise.
fn carries_ipv6(doc: Doc<'_>) -> Option<bool> {
    [VPC_OPTIONS, "Options"].into_iter().find_map(|name| {
        let text = doc.text(name);
        let parsed = text.and_then(|text| Document::read(text).ok());
        let options = parsed
            .as_ref()
            .map_or_else(|| doc.get(name), Document::root);
        let word = (options.text("ipv6Support")).or_else(|| options.text("Ipv6Support"))?;
        Some(word.eq_ignore_ascii_case("enable"))
    })
}

/// An attachment of `ListTransitRouterPeerAttachments`.
pub(crate) fn read_peer_attachment(place: &Place, doc: Doc<'_>) -> Result<PeeringRecord> {
    let parent: Option<HubId> = doc.text("CenId").map(Into::into);
    let requester = Endpoint::Hub {
        id: doc.need("TransitRouterId")?,
        parent: parent.clone(),
        account: place.account.clone(),
        region: doc
            .text("RegionId")
            .map_or_else(|| place.region.clone(), Into::into),
    };
    let accepter = Endpoint::Hub {
        id: doc.need("PeerTransitRouterId")?,
        parent,
        account: doc
            .text("PeerTransitRouterOwnerId")
            .map_or_else(|| place.account.clone(), Into::into),
        region: doc.need("PeerTransitRouterRegionId")?,
    };
    record(doc, PeeringKind::HubToHub, requester, accepter)
}

fn record(
    doc: Doc<'_>,
    kind: PeeringKind,
    requester: Endpoint,
    accepter: Endpoint,
) -> Result<PeeringRecord> {
    Ok(PeeringRecord::new(
        doc.need("TransitRouterAttachmentId")?,
        kind,
        requester,
        accepter,
        doc.status("Status"),
    )
    .with_name(doc.text_or_empty("TransitRouterAttachmentName"))
    .with_subnets(subnets(doc)?)
    .with_interfaces(interfaces(doc))
    .with_owner(doc.owner())
    .with_maker(doc.maker()))
}

fn interfaces(doc: Doc<'_>) -> Vec<InterfaceId> {
    let mappings = doc
        .list_or_none(&["ZoneMappings", "ZoneMapping"])
        .into_iter();
    let ids = mappings.filter_map(|zone| zone.text("NetworkInterfaceId"));
    ids.filter(|id| !id.is_empty()).map(Into::into).collect()
}

fn subnets(doc: Doc<'_>) -> Result<Vec<(Zone, SubnetId)>> {
    let mappings = doc
        .list_or_none(&["ZoneMappings", "ZoneMapping"])
        .into_iter();
    mappings
        .map(|zone| Ok((zone.need("ZoneId")?, zone.need("VSwitchId")?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::{CloudName, Label, Owner, Token};
    use serde_json::json;

    fn place() -> Place {
        Place::new(CloudName::from_static("aliyun"), "1", "cn-hangzhou")
    }

    fn wanted(account: &str) -> RequestPeering {
        let label = Label::new("a", Owner::new("t", "attachment/a"), Token::derive(&["x"]));
        let network = Endpoint::Network {
            id: "vpc-1".into(),
            account: account.into(),
            region: "cn-hangzhou".into(),
        };
        let hub = Endpoint::Hub {
            id: "tr-1".into(),
            parent: Some("cen-1".into()),
            account: "1".into(),
            region: "cn-hangzhou".into(),
        };
        RequestPeering::new(label, PeeringKind::Attachment, network, hub).with_subnets(vec![
            ("h".into(), "vsw-1".into()),
            ("i".into(), "vsw-2".into()),
        ])
    }

    #[test]
    fn attaching_a_foreign_network_names_its_owner_and_leaves_route_sync_off() {
        let (id, cen, region, network) = (
            "tr-1".into(),
            "cen-1".into(),
            "cn-hangzhou".into(),
            "vpc-1".into(),
        );
        let router = Router {
            id: &id,
            cen: &cen,
            region: &region,
        };
        for (account, owner) in [("1", ""), ("2", "&VpcOwnerId=2")] {
            let account_id = account.into();
            let member = Member {
                id: &network,
                account: &account_id,
            };
            let body = attach_vpc(&place(), &member, &router, &wanted(account))
                .params()
                .form_body();
            let start = format!(
                "RegionId=cn-hangzhou&CenId=cen-1&TransitRouterId=tr-1&VpcId=vpc-1{owner}\
                 &ZoneMappings.1.ZoneId=h&ZoneMappings.1.VSwitchId=vsw-1&ZoneMappings.2.ZoneId=i&ZoneMappings.2.VSwitchId=vsw-2\
                 &ChargeType=POSTPAY&AutoPublishRouteEnabled=false&"
            );
            assert!(body.starts_with(&start), "{body}");
        }
    }

    #[test]
    fn an_attachment_to_a_hub_of_others_says_whose_its_grant_is() {
        let hub = [HubId::new("tr-1"), HubId::new("cen-1")];
        let (region, network, account) = ("cn-hangzhou".into(), "vpc-1".into(), "2".into());
        let router = Router {
            id: &hub[0],
            cen: &hub[1],
            region: &region,
        };
        let member = Member {
            id: &network,
            account: &account,
        };
        for (grant, said) in [(GrantOrigin::Made, "made"), (GrantOrigin::Used, "used")] {
            let wanted = wanted("2").with_grant(grant);
            let body = attach_vpc(&place(), &member, &router, &wanted);
            let body = body.params().form_body();
            let tag = format!("Tag.1.Key=landbridge%3Agrant&Tag.1.Value={said}&");
            assert!(body.contains(&tag), "{body}");
        }
    }

    #[test]
    fn ipv6_is_an_option_of_an_attachment_and_is_read_in_every_shape() {
        let (id, cen, region, network) = (
            "tr-1".into(),
            "cen-1".into(),
            "cn-hangzhou".into(),
            "vpc-1".into(),
        );
        let router = Router {
            id: &id,
            cen: &cen,
            region: &region,
        };
        let account = "1".into();
        let member = Member {
            id: &network,
            account: &account,
        };
        let sent = "&TransitRouterVPCAttachmentOptions=%7B%22ipv6Support%22%3A%22enable%22%7D&";
        for ipv6 in [true, false] {
            let wanted = wanted("1").with_ipv6(ipv6);
            let body = attach_vpc(&place(), &member, &router, &wanted);
            let body = body.params().form_body();
            assert_eq!(body.contains(sent), ipv6, "{body}");
        }
        let shapes = [
            (
                json!({"TransitRouterVPCAttachmentOptions": {"ipv6Support": "enable"}}),
                Some(true),
            ),
            (
                json!({"TransitRouterVPCAttachmentOptions": "{\"ipv6Support\":\"disable\"}"}),
                Some(false),
            ),
            (
                json!({"Options": {"ApplianceModeSupport": "disable", "Ipv6Support": "enable"}}),
                Some(true),
            ),
            (
                json!({"Options": "{\"Ipv6Support\":\"disable\"}"}),
                Some(false),
            ),
            (json!({"Options": ""}), None),
            (json!({}), None),
        ];
        for (shape, carries) in shapes {
            assert_eq!(carries_ipv6(Doc::of(&shape)), carries, "{shape}");
        }
    }

    #[test]
    fn a_vpc_attachment_is_read() {
        let doc = json!({"TransitRouterAttachmentId": "tr-attach-1", "TransitRouterId": "tr-1", "CenId": "cen-1", "VpcId": "vpc-1",
            "VpcOwnerId": 2, "VpcRegionId": "cn-hangzhou", "Status": "Attached",
            "ZoneMappings": [{"ZoneId": "h", "VSwitchId": "vsw-1", "NetworkInterfaceId": "eni-1"}],
            "Tags": [{"Key": "landbridge:grant", "Value": "made"}]});
        let record = read_vpc_attachment(&place(), Doc::of(&doc)).expect("reads");
        assert_eq!(record.grant, Some(GrantOrigin::Made));
        assert_eq!(record.requester.account().as_str(), "2");
        assert_eq!(record.accepter.id(), "tr-1");
        assert_eq!(record.subnets, [("h".into(), "vsw-1".into())]);
        assert_eq!(record.interfaces, ["eni-1".into()]);
        assert!(record.status.is_ready());
    }

    #[test]
    fn a_peer_attachment_is_read_with_the_near_side_as_requester() {
        let doc = json!({"TransitRouterAttachmentId": "tr-attach-9", "TransitRouterId": "tr-1", "RegionId": "cn-hangzhou", "CenId": "cen-1",
            "PeerTransitRouterId": "tr-2", "PeerTransitRouterRegionId": "cn-qingdao", "PeerTransitRouterOwnerId": 1, "Status": "Attaching"});
        let record = read_peer_attachment(&place(), Doc::of(&doc)).expect("reads");
        assert_eq!(
            (record.requester.id(), record.accepter.region()),
            ("tr-1", Some(&"cn-qingdao".into()))
        );
    }
}
