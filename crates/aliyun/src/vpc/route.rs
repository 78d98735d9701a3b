use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};
use landbridge_core::{
    CreateRoute, Destination, NetworkId, NextHop, PeeringId, PrefixList, Region, Result,
    RouteOrigin, RouteRecord, RouteTableId, RouteTableRecord, TableRole,
};

use crate::document::{Doc, range};
use crate::paging::{Listing, Paging};
use crate::params::Params;
use crate::request::{Product, Request, fresh_token, in_region, with_token};

const ATTACHMENT: &str = "Attachment";
const ROUTER: &str = "Ecr";
const PEERING: &str = "VpcPeer";

/// What the name of a marked route begins with; the topology follows.
const MARK: &str = "landbridge:";

/// Gateways that lead to the internet and nowhere else.
const INTERNET: [&str; 3] = ["IPv4Gateway", "IPv6Gateway", "Ipv6InternetGateway"];

/// The next hop of a route to a service of the cloud. Its prefix list is the cloud's own.
const ENDPOINT: &str = "GatewayEndpoint";

/// Where the cloud has its services: the lists of gateway endpoints hold parts of it.
const SERVICES: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(100, 64, 0, 0), 10);

/// The word for a next hop, which follows from what kind of peering it is.
pub(super) fn hop_word(id: &PeeringId) -> &'static str {
    match id.as_str() {
        id if id.starts_with("ecr-") => ROUTER,
        id if id.starts_with("pcc-") => PEERING,
        _ => ATTACHMENT,
    }
}

fn leads_to_peering(kind: &str) -> bool {
    [ATTACHMENT, ROUTER, PEERING]
        .iter()
        .any(|word| word.eq_ignore_ascii_case(kind))
}

pub(super) fn request(action: &str, params: Params) -> Request {
    Request::new(Product::Vpc, action, params)
}

/// `DescribeRouteTableList` of a network.
pub(crate) fn route_tables_of(region: &Region, network: &NetworkId) -> Listing {
    route_tables(in_region(region).with("VpcId", network))
}

/// `DescribeRouteTableList`: those of all networks of the account in the region.
pub(crate) fn all_route_tables(region: &Region) -> Listing {
    route_tables(in_region(region).with("RouterType", "VRouter"))
}

fn route_tables(params: Params) -> Listing {
    Listing::new(
        request("DescribeRouteTableList", params),
        Paging::Numbered,
        &["RouterTableList", "RouterTableListType"],
    )
}

/// A table of `DescribeRouteTableList`.
pub(crate) fn read_route_table(doc: Doc<'_>) -> Result<RouteTableRecord> {
    let role = match doc.text("RouteTableType").as_deref() {
        Some("System") => TableRole::Main,
        _ => TableRole::Custom,
    };
    Ok(
        RouteTableRecord::new(doc.need("RouteTableId")?, doc.need("VpcId")?, role)
            .with_subnets(doc.texts(&["VSwitchIds", "VSwitchId"]))
            .with_gateway(doc.text("AssociateType").as_deref() == Some("Gateway"))
            .with_tags(doc.tags()),
    )
}

/// `DescribeRouteEntryList` of a table.
pub(crate) fn routes_of(region: &Region, table: &RouteTableId) -> Listing {
    routes(in_region(region).with("RouteTableId", table))
}

/// `DescribeRouteEntryList` of a table: routes to this destination.
pub(crate) fn routes_to(region: &Region, table: &RouteTableId, destination: &IpNet) -> Listing {
    let params = in_region(region).with("RouteTableId", table);
    routes(params.with("DestinationCidrBlock", destination))
}

fn routes(params: Params) -> Listing {
    Listing::new(
        request("DescribeRouteEntryList", params),
        Paging::Tokened("MaxResult", 100),
        &["RouteEntrys", "RouteEntry"],
    )
}

/// Who made a route.
///
/// The cloud lists the routes that a transit router synchronises among the custom ones, with `Origin`
/// `RoutePropagation` and `ServiceType` `TR` ("hosted"). It refuses to delete them, so no plan may try. Whether a route
/// that a user leads to an attachment counts as hosted too is not documented: a hosted one without an origin is taken
/// for the user's if it has a name, which a synchronised route has not.
fn origin(doc: Doc<'_>) -> RouteOrigin {
    let is = |key, word: &str| {
        doc.text(key)
            .is_some_and(|text| text.eq_ignore_ascii_case(word))
    };
    let propagated = match doc.text("Origin") {
        Some(origin) => origin.eq_ignore_ascii_case("RoutePropagation"),
        None => is("ServiceType", "TR") && doc.text("RouteEntryName").is_none(),
    };
    match () {
        () if is("Type", "System") => RouteOrigin::System,
        () if is("Type", "Custom") && !propagated => RouteOrigin::Custom,
        () => RouteOrigin::Learned,
    }
}

/// A route of `DescribeRouteEntryList`.
pub(crate) fn read_route(table: &RouteTableId, doc: Doc<'_>) -> Result<RouteRecord> {
    let origin = origin(doc);
    let next_hop = next_hop(doc, origin);
    let destination = match destination(&doc.text_or_empty("DestinationCidrBlock")) {
        Destination::PrefixList(list) if leads_to_service(&next_hop) => {
            list.with_ranges(vec![SERVICES.into()]).into()
        }
        other => other,
    };
    Ok(RouteRecord::new(
        doc.text("RouteTableId")
            .map_or_else(|| table.clone(), Into::into),
        destination,
        next_hop,
        origin,
        doc.status("Status"),
    )
    .with_mark(mark(doc)))
}

fn mark(doc: Doc<'_>) -> Option<String> {
    let name = doc.text("RouteEntryName")?;
    name.strip_prefix(MARK).map(str::to_owned)
}

// A route of others may name a prefix list.
fn destination(text: &str) -> Destination {
    match range(text) {
        Ok(range) => range.into(),
        Err(_) if text.starts_with("pl-") => PrefixList::new(text).into(),
        Err(_) => Destination::Other(text.to_owned()),
    }
}

fn leads_to_service(hop: &NextHop) -> bool {
    matches!(hop, NextHop::Other { kind, .. } if kind == ENDPOINT)
}

fn next_hop(doc: Doc<'_>, origin: RouteOrigin) -> NextHop {
    if origin == RouteOrigin::System {
        return NextHop::Local;
    }
    let hops = doc.list_or_none(&["NextHops", "NextHop"]);
    let id = |hop: &Doc<'_>| hop.text_or_empty("NextHopId");
    match hops.as_slice() {
        [] => single(
            &doc.text_or_empty("NextHopType"),
            doc.text_or_empty("NextHopId"),
        ),
        [hop] => single(&hop.text_or_empty("NextHopType"), id(hop)),
        many => NextHop::Other {
            kind: "several".to_owned(),
            id: many.iter().map(id).collect::<Vec<_>>().join(","),
        },
    }
}

fn single(kind: &str, id: String) -> NextHop {
    match kind {
        kind if leads_to_peering(kind) && !id.is_empty() => NextHop::Peering(id.into()),
        "local" | "Local" => NextHop::Local,
        "" if id.is_empty() => NextHop::BlackHole,
        kind if INTERNET.iter().any(|word| word.eq_ignore_ascii_case(kind)) => {
            NextHop::Internet(id)
        }
        kind => NextHop::Other {
            kind: kind.to_owned(),
            id,
        },
    }
}

/// `CreateRouteEntry` to an attachment, an association or a peering connection.
pub(crate) fn create_route(region: &Region, wanted: &CreateRoute) -> Request {
    let params = in_region(region)
        .with("RouteTableId", &wanted.table)
        .with("DestinationCidrBlock", wanted.destination)
        .with("NextHopType", hop_word(&wanted.next_hop))
        .with("NextHopId", &wanted.next_hop)
        .with_option("RouteEntryName", name(wanted));
    let token = wanted.token.clone().unwrap_or_else(fresh_token);
    request("CreateRouteEntry", with_token(params, &token))
}

// The name holds the mark: a route carries no tags.
pub(super) fn name(wanted: &CreateRoute) -> Option<String> {
    let mark = wanted.mark.as_ref();
    let mark = mark.map(|topology| format!("{MARK}{topology}"));
    mark.or_else(|| wanted.name.clone())
}

/// `DeleteRouteEntry` by its natural key.
pub(crate) fn delete_route(
    region: &Region,
    table: &RouteTableId,
    destination: &IpNet,
    next_hop: &PeeringId,
) -> Request {
    let params = in_region(region)
        .with("RouteTableId", table)
        .with("DestinationCidrBlock", destination)
        .with("NextHopId", next_hop);
    request("DeleteRouteEntry", params)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn route(doc: &Value) -> RouteRecord {
        read_route(&"vtb-1".into(), Doc::new(doc)).expect("reads")
    }

    #[test]
    fn next_hops_are_told_apart() {
        let custom = json!({"DestinationCidrBlock": "10.0.0.0/8", "RouteTableId": "vtb-1", "Status": "Available", "Type": "Custom",
            "NextHops": {"NextHop": [{"NextHopId": "tr-attach-1", "NextHopType": "Attachment"}]}});
        let read = route(&custom);
        assert_eq!(read.next_hop, NextHop::Peering("tr-attach-1".into()));
        assert!(read.status.is_ready());
        let system = json!({"DestinationCidrBlock": "10.0.0.0/24", "Type": "System", "NextHops": {"NextHop": [{"NextHopType": "local"}]}});
        assert_eq!(route(&system).next_hop, NextHop::Local);
        assert_eq!(route(&system).table.as_str(), "vtb-1");
        let learned = json!({"DestinationCidrBlock": "10.0.0.0/24", "Type": "CEN", "NextHops": {"NextHop": [{"NextHopType": "Instance", "NextHopId": "i-1"}]}});
        assert_eq!(route(&learned).origin, RouteOrigin::Learned);
        assert!(matches!(route(&learned).next_hop, NextHop::Other { .. }));
        let hole = json!({"DestinationCidrBlock": "10.0.0.0/24", "Type": "Custom"});
        assert_eq!(route(&hole).next_hop, NextHop::BlackHole);
    }

    #[test]
    fn the_list_of_a_gateway_endpoint_holds_services_of_the_cloud_only() {
        let to = |hop: &str| {
            let hop = json!([{"NextHopId": "vpce-1", "NextHopType": hop}]);
            let doc = json!({"DestinationCidrBlock": "pl-1", "Type": "Custom", "NextHops": {"NextHop": hop}});
            match route(&doc).destination {
                Destination::PrefixList(list) => list.ranges,
                other => panic!("not a list: {other:?}"),
            }
        };
        assert_eq!(to("GatewayEndpoint"), Some(vec![SERVICES.into()]));
        assert_eq!(to("NatGateway"), None);
    }

    #[test]
    fn what_a_transit_router_synchronises_is_learned_though_the_cloud_lists_it_as_custom() {
        let read = |members: Value| {
            let mut doc = json!({"DestinationCidrBlock": "10.2.0.0/16", "Type": "Custom",
                "NextHops": {"NextHop": [{"NextHopId": "tr-attach-1", "NextHopType": "Attachment"}]}});
            let members = members.as_object().expect("members").clone();
            doc.as_object_mut().expect("an object").extend(members);
            route(&doc).origin
        };
        for learned in [
            json!({"ServiceType": "TR", "Origin": "RoutePropagation"}),
            json!({"ServiceType": "", "Origin": "routepropagation", "RouteEntryName": "x"}),
            json!({"ServiceType": "TR", "Origin": ""}),
            json!({"Type": "CEN"}),
            json!({"Type": "BGP", "Origin": null}),
        ] {
            assert_eq!(read(learned.clone()), RouteOrigin::Learned, "{learned}");
        }
        for custom in [
            json!({}),
            json!({"ServiceType": "", "Origin": ""}),
            json!({"ServiceType": "TR", "RouteEntryName": "landbridge"}),
            json!({"type": "lower", "Type": "custom"}),
        ] {
            assert_eq!(read(custom.clone()), RouteOrigin::Custom, "{custom}");
        }
    }

    #[test]
    fn routes_to_all_kinds_of_peerings_are_written_and_read_back() {
        for (id, word) in [
            ("tr-attach-1", "Attachment"),
            ("ecr-assoc-1", "Ecr"),
            ("pcc-1", "VpcPeer"),
        ] {
            let range = "10.0.0.0/8".parse().expect("range");
            let wanted = CreateRoute::new("vtb-1".into(), range, id.into());
            let body = create_route(&"r".into(), &wanted).params().form_body();
            let start = format!(
                "RegionId=r&RouteTableId=vtb-1&DestinationCidrBlock=10.0.0.0%2F8&NextHopType={word}&NextHopId={id}&"
            );
            assert!(body.starts_with(&start), "{body}");
            let doc = json!({"DestinationCidrBlock": "10.0.0.0/8", "Type": "Custom",
                "NextHops": {"NextHop": [{"NextHopId": id, "NextHopType": word}]}});
            assert_eq!(route(&doc).next_hop, NextHop::Peering(id.into()));
        }
    }

    #[test]
    fn the_mark_of_a_route_is_its_name() {
        let range = "10.0.0.0/8".parse().expect("range");
        let wanted =
            CreateRoute::new("vtb-1".into(), range, "pcc-1".into()).with_name("landbridge");
        let name = |wanted: &CreateRoute| {
            let request = create_route(&"r".into(), wanted);
            request.params().get("RouteEntryName").map(str::to_owned)
        };
        assert_eq!(name(&wanted).as_deref(), Some("landbridge"));
        let marked = name(&wanted.with_mark("net".to_owned())).expect("a name");
        assert_eq!(marked, "landbridge:net");
        let read = |name: &str| {
            let doc = json!({"DestinationCidrBlock": "10.0.0.0/8", "Type": "Custom", "RouteEntryName": name});
            route(&doc).mark
        };
        assert_eq!(read(&marked).as_deref(), Some("net"));
        assert_eq!((read("landbridge"), read("")), (None, None));
    }

    #[test]
    fn tables_have_roles() {
        let doc = json!({"RouteTableId": "vtb-1", "VpcId": "vpc-1", "RouteTableType": "System", "VSwitchIds": {"VSwitchId": ["vsw-1"]}});
        let table = read_route_table(Doc::new(&doc)).expect("reads");
        assert_eq!((table.role, table.subnets.len()), (TableRole::Main, 1));
        assert!(!table.gateway && table.tags.is_empty());
        let doc = json!({"RouteTableId": "vtb-2", "VpcId": "vpc-1", "RouteTableType": "Custom", "AssociateType": "Gateway",
            "Tags": {"Tag": [{"Key": "tier", "Value": "edge"}]}});
        let table = read_route_table(Doc::new(&doc)).expect("reads");
        assert!(table.gateway && table.tags["tier"] == "edge");
    }

    #[test]
    fn deleting_a_route_names_its_natural_key() {
        let range = "10.0.0.0/8".parse().expect("range");
        let request = delete_route(&"r".into(), &"vtb-1".into(), &range, &"tr-attach-1".into());
        assert_eq!(
            request.params().form_body(),
            "RegionId=r&RouteTableId=vtb-1&DestinationCidrBlock=10.0.0.0%2F8&NextHopId=tr-attach-1"
        );
        assert!(!request.intent().may_repeat());
    }
}
