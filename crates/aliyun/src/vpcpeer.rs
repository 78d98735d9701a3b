//! VPC peering connections: two networks joined without a hub.

use landbridge_core::{
    AccountId, Endpoint, NetworkId, PeeringId, PeeringKind, PeeringRecord, Place, Region,
    RequestPeering, Result, TAG_TOPOLOGY, Transit,
};

use crate::document::Doc;
use crate::paging::{Listing, TOKENED};
use crate::params::Params;
use crate::request::{Product, Request, fresh_token, in_region, lettered, with_token};

fn request(action: &'static str, params: Params) -> Request {
    Request::new(Product::VpcPeer, action, params)
}

/// Whether the id is that of a peering connection.
pub(crate) fn is_connection(id: &PeeringId) -> bool {
    id.as_str().starts_with("pcc-")
}

/// One side of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Side<'a> {
    pub(crate) network: &'a NetworkId,
    pub(crate) account: &'a AccountId,
    pub(crate) region: &'a Region,
}

/// `CreateVpcPeerConnection`. The bandwidth is the cloud's default unless another one is asked for between regions.
pub(crate) fn create_connection(
    requester: &Side<'_>,
    accepter: &Side<'_>,
    wanted: &RequestPeering,
) -> Request {
    let bandwidth = match wanted.transit {
        Some(Transit::ByTraffic { max_mbps }) if requester.region != accepter.region => max_mbps,
        _ => None,
    };
    let params = in_region(requester.region)
        .with("VpcId", requester.network)
        .with("AcceptingAliUid", accepter.account)
        .with("AcceptingRegionId", accepter.region)
        .with("AcceptingVpcId", accepter.network)
        .with("Name", lettered(&wanted.label.name))
        .with_option("Bandwidth", bandwidth)
        .with_tags(&wanted.label.owner.to_tags());
    request(
        "CreateVpcPeerConnection",
        with_token(params, &wanted.label.token),
    )
}

/// `AcceptVpcPeerConnection`, called by the accepter.
pub(crate) fn accept_connection(region: &Region, id: &PeeringId) -> Request {
    let params = in_region(region).with("InstanceId", id);
    request(
        "AcceptVpcPeerConnection",
        with_token(params, &fresh_token()),
    )
}

/// `DeleteVpcPeerConnection`, which leaves routes alone and is refused while there are any.
pub(crate) fn delete_connection(region: &Region, id: &PeeringId) -> Request {
    let params = in_region(region).with("InstanceId", id);
    request(
        "DeleteVpcPeerConnection",
        with_token(params, &fresh_token()),
    )
}

fn connections(params: Params) -> Listing {
    Listing::new(
        request("ListVpcPeerConnections", params),
        TOKENED,
        &["VpcPeerConnects"],
    )
}

/// `ListVpcPeerConnections`: all that the account has in the region, whichever side it is.
pub(crate) fn all_connections(region: &Region) -> Listing {
    connections(in_region(region))
}

/// `ListVpcPeerConnections`: those of a topology. The tag filter has a name of its own in this operation.
pub(crate) fn topology_connections(region: &Region, topology: &str) -> Listing {
    connections(
        in_region(region)
            .with("Tags.1.Key", TAG_TOPOLOGY)
            .with("Tags.1.Value", topology),
    )
}

/// `ListVpcPeerConnections`: this one.
pub(crate) fn connection_by_id(region: &Region, id: &PeeringId) -> Listing {
    connections(in_region(region).with("InstanceId", id))
}

/// `ListVpcPeerConnections`: those of a network.
pub(crate) fn connections_of(region: &Region, network: &NetworkId) -> Listing {
    connections(in_region(region).with("VpcId", network))
}

/// A connection of `ListVpcPeerConnections`; none if it is deleted and still shown.
pub(crate) fn read_connection(place: &Place, doc: Doc<'_>) -> Result<Option<PeeringRecord>> {
    if doc.text("Status").as_deref() == Some("Deleted") {
        return Ok(None);
    }
    let side = |network: &str, account: &str, region: &str| -> Result<Endpoint> {
        Ok(Endpoint::Network {
            id: doc.get(network).need("VpcId")?,
            account: doc.need(account)?,
            region: doc
                .text(region)
                .map_or_else(|| place.region.clone(), Into::into),
        })
    };
    let ranges = |network: &str| {
        let told: Vec<String> = doc.get(network).texts(&["Ipv4Cidrs"]);
        told.iter().filter_map(|range| range.parse().ok()).collect()
    };
    Ok(Some(
        PeeringRecord::new(
            doc.need("InstanceId")?,
            PeeringKind::NetworkToNetwork,
            side("Vpc", "OwnerId", "RegionId")?,
            side("AcceptingVpc", "AcceptingOwnerUid", "AcceptingRegionId")?,
            doc.status("Status"),
        )
        .with_name(doc.text_or_empty("Name"))
        .with_requester_ranges(ranges("Vpc"))
        .with_accepter_ranges(ranges("AcceptingVpc"))
        .with_owner(doc.owner())
        .with_maker(doc.maker()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::{CloudName, Label, Owner, Phase, Token};
    use serde_json::json;

    fn wanted(region: &str, transit: Option<Transit>) -> Request {
        let label = Label::new("pair", Owner::new("t", "peering/p"), Token::derive(&["x"]));
        let end = |id: &str, account: &str, region: &str| Endpoint::Network {
            id: id.into(),
            account: account.into(),
            region: region.into(),
        };
        let (left, right) = (end("vpc-1", "1", "a"), end("vpc-2", "02", region));
        let wanted = RequestPeering::new(label, PeeringKind::NetworkToNetwork, left, right)
            .with_transit(transit);
        let (left, right): (NetworkId, NetworkId) = ("vpc-1".into(), "vpc-2".into());
        let requester = Side {
            network: &left,
            account: wanted.requester.account(),
            region: wanted.requester.region().expect("a region"),
        };
        let accepter = Side {
            network: &right,
            account: wanted.accepter.account(),
            region: wanted.accepter.region().expect("a region"),
        };
        create_connection(&requester, &accepter, &wanted)
    }

    #[test]
    fn a_connection_names_both_sides_and_no_bandwidth_unless_asked() {
        let body = wanted("b", None).params().form_body();
        assert!(
            body.starts_with(
                "RegionId=a&VpcId=vpc-1&AcceptingAliUid=02&AcceptingRegionId=b&AcceptingVpcId=vpc-2&Name=pair\
                 &Tag.1.Key=landbridge%3Akey&Tag.1.Value=peering%2Fp&Tag.2.Key=landbridge%3Atopology&Tag.2.Value=t&ClientToken="
            ),
            "{body}"
        );
        let transit = Some(Transit::ByTraffic { max_mbps: Some(9) });
        let asked = wanted("b", transit);
        assert_eq!(asked.params().get("Bandwidth"), Some("9"));
        assert_eq!(wanted("a", transit).params().get("Bandwidth"), None);
    }

    #[test]
    fn deleting_leaves_routes_alone() {
        let request = delete_connection(&"a".into(), &"pcc-1".into());
        let body = request.params().form_body();
        assert!(body.starts_with("RegionId=a&InstanceId=pcc-1&ClientToken="));
        assert!(!body.contains("Force"));
    }

    #[test]
    fn the_tag_filter_is_plural() {
        let listing = topology_connections(&"a".into(), "t");
        assert_eq!(
            listing.request.params().form_body(),
            "RegionId=a&Tags.1.Key=landbridge%3Atopology&Tags.1.Value=t"
        );
    }

    #[test]
    fn connections_are_read_and_deleted_ones_are_gone() {
        let place = Place::new(CloudName::from_static("aliyun"), "1", "a");
        let read = |status: &str| {
            let doc = json!({"InstanceId": "pcc-1", "Name": "p", "Status": status, "RegionId": "a", "Vpc": {"VpcId": "vpc-1"},
                "OwnerId": 1234567890123456_u64, "AcceptingRegionId": "b", "AcceptingVpc": {"VpcId": "vpc-2"},
                "AcceptingOwnerUid": 1234567890123457_u64, "Bandwidth": -1,
                "Tags": [{"Key": "landbridge:topology", "Value": "t"}, {"Key": "landbridge:key", "Value": "peering/p"}]});
            read_connection(&place, Doc::of(&doc)).expect("reads")
        };
        let record = read("Activated").expect("there");
        assert_eq!(record.requester.id(), "vpc-1");
        assert_eq!(record.accepter.account().as_str(), "1234567890123457");
        assert_eq!(record.accepter.region(), Some(&"b".into()));
        assert_eq!(record.owner, Some(Owner::new("t", "peering/p")));
        let phase = |word| read(word).map(|record| record.status.phase);
        assert_eq!(phase("Activated"), Some(Phase::Ready));
        assert_eq!(phase("Creating"), Some(Phase::Pending));
        assert_eq!(phase("Updating"), Some(Phase::Pending));
        assert_eq!(phase("Accepting"), Some(Phase::AwaitingAcceptance));
        assert_eq!(phase("Rejected"), Some(Phase::Failed));
        assert_eq!(phase("Expired"), Some(Phase::Failed));
        assert_eq!(phase("Deleting"), Some(Phase::Deleting));
        assert_eq!(phase("Deleted"), None);
    }
}
