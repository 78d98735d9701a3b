use landbridge_core::{
    HubId, HubRecord, HubScope, HubTable, Label, Place, Region, Result, RouteTableId,
};

use super::request;
use crate::document::{Doc, unknown};
use crate::paging::{Listing, Paging, TOKENED};
use crate::params::Params;
use crate::request::{Request, fresh_token, in_region, with_token};
use crate::vpc::of_topology;

/// How many ids one filter of `DescribeCens` is given.
pub(crate) const CEN_IDS_PER_CALL: usize = 5;

/// `CreateCen`.
pub(crate) fn create_cen(label: &Label) -> Request {
    let params = Params::new()
        .with("Name", &label.name)
        .with_tags(&label.owner.to_tags());
    request("CreateCen", with_token(params, &label.token))
}

/// `DeleteCen`.
pub(crate) fn delete_cen(id: &HubId) -> Request {
    request("DeleteCen", Params::new().with("CenId", id))
}

fn cens(params: Params) -> Listing {
    Listing::new(
        request("DescribeCens", params),
        Paging::Numbered,
        &["Cens", "Cen"],
    )
}

/// `DescribeCens`: all of the account.
pub(crate) fn all_cens() -> Listing {
    cens(Params::new())
}

/// `DescribeCens`: those of a topology.
pub(crate) fn topology_cens(topology: &str) -> Listing {
    cens(of_topology(Params::new(), topology))
}

/// `DescribeCens`: these, at most [`CEN_IDS_PER_CALL`].
pub(crate) fn cens_by_id(ids: &[HubId]) -> Listing {
    cens(
        Params::new()
            .with("Filter.1.Key", "CenId")
            .with_list("Filter.1.Value", ids),
    )
}

/// A CEN instance of `DescribeCens`, which lists the caller's own only.
pub(crate) fn read_cen(place: &Place, doc: Doc<'_>) -> Result<HubRecord> {
    Ok(HubRecord::new(
        doc.need("CenId")?,
        HubScope::Global,
        place.account.clone(),
        doc.status("Status"),
    )
    .with_name(doc.text_or_empty("Name"))
    .with_owner(doc.owner())
    .with_maker(doc.maker()))
}

/// `CreateTransitRouter`.
pub(crate) fn create_transit_router(region: &Region, cen: &HubId, label: &Label) -> Request {
    let params = in_region(region)
        .with("CenId", cen)
        .with("TransitRouterName", &label.name)
        .with_tags(&label.owner.to_tags());
    request("CreateTransitRouter", with_token(params, &label.token))
}

/// `DeleteTransitRouter`.
pub(crate) fn delete_transit_router(region: &Region, id: &HubId) -> Request {
    let params = in_region(region).with("TransitRouterId", id);
    request("DeleteTransitRouter", with_token(params, &fresh_token()))
}

fn transit_routers(params: Params) -> Listing {
    Listing::new(
        request("ListTransitRouters", params),
        Paging::Numbered,
        &["TransitRouters"],
    )
}

/// `ListTransitRouters`: all of the account in the region.
pub(crate) fn all_transit_routers(region: &Region) -> Listing {
    transit_routers(in_region(region))
}

/// `ListTransitRouters`: those of a topology.
pub(crate) fn topology_transit_routers(region: &Region, topology: &str) -> Listing {
    transit_routers(of_topology(in_region(region), topology))
}

/// `ListTransitRouters`: those of a CEN in the region.
pub(crate) fn transit_routers_of(region: &Region, cen: &HubId) -> Listing {
    transit_routers(in_region(region).with("CenId", cen))
}

/// `ListTransitRouters`: those of a CEN in all regions.
pub(crate) fn transit_routers_anywhere(cen: &HubId) -> Listing {
    transit_routers(Params::new().with("CenId", cen))
}

/// `ListTransitRouters`: this one.
pub(crate) fn transit_router_by_id(region: &Region, id: &HubId) -> Listing {
    transit_routers(in_region(region).with("TransitRouterId", id))
}

/// A transit router of `ListTransitRouters`, of the one edition that takes attachments.
pub(crate) fn read_transit_router(place: &Place, doc: Doc<'_>) -> Result<HubRecord> {
    if let Some(edition) = doc.text("Type").filter(|edition| edition != "Enterprise") {
        return Err(unknown("Type", &edition));
    }
    Ok(HubRecord::new(
        doc.need("TransitRouterId")?,
        HubScope::Regional {
            parent: doc.text("CenId").map(Into::into),
        },
        doc.text("AliUid")
            .map_or_else(|| place.account.clone(), Into::into),
        doc.status("Status"),
    )
    .with_name(doc.text_or_empty("TransitRouterName"))
    .with_region(
        doc.text("RegionId")
            .map_or_else(|| place.region.clone(), Into::into),
    )
    .with_owner(doc.owner())
    .with_maker(doc.maker()))
}

/// `ListTransitRouterRouteTables`: the table that a transit router is born with.
pub(crate) fn system_table_of(region: &Region, id: &HubId) -> Listing {
    let params = in_region(region)
        .with("TransitRouterId", id)
        .with("TransitRouterRouteTableType", "System");
    Listing::new(
        request("ListTransitRouterRouteTables", params),
        TOKENED,
        &["TransitRouterRouteTables"],
    )
}

/// `ListTransitRouterRouteTables`: all tables of a transit router.
pub(crate) fn tables_of(region: &Region, id: &HubId) -> Listing {
    let params = in_region(region).with("TransitRouterId", id);
    Listing::new(
        request("ListTransitRouterRouteTables", params),
        TOKENED,
        &["TransitRouterRouteTables"],
    )
}

/// A table of `ListTransitRouterRouteTables`, and whether it is the one that a transit router is born with.
pub(crate) fn read_table(doc: Doc<'_>) -> Result<(HubTable, bool)> {
    let name = doc.text_or_empty("TransitRouterRouteTableName");
    let table = HubTable::new(doc.need("TransitRouterRouteTableId")?, name);
    let is_custom = doc.text("TransitRouterRouteTableType").as_deref() == Some("Custom");
    Ok((table, !is_custom))
}

/// The id of a table of `ListTransitRouterRouteTables`, if it is the system one.
pub(crate) fn read_system_table(doc: Doc<'_>) -> Result<Option<RouteTableId>> {
    let (table, is_system) = read_table(doc)?;
    Ok(is_system.then_some(table.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::{CloudName, Owner, Phase};
    use serde_json::json;

    fn place() -> Place {
        Place::new(CloudName::from_static("aliyun"), "1", "cn-hangzhou")
    }

    #[test]
    fn a_cen_is_read() {
        let doc = json!({"CenId": "cen-1", "Name": "n", "Status": "Deleting"});
        let hub = read_cen(&place(), Doc::of(&doc)).expect("reads");
        assert_eq!(
            (hub.scope, hub.status.phase),
            (HubScope::Global, Phase::Deleting)
        );
    }

    #[test]
    fn a_transit_router_is_read_with_bare_tags_and_a_legacy_one_is_left_out() {
        let doc = json!({"TransitRouterId": "tr-1", "CenId": "cen-1", "RegionId": "cn-hangzhou", "Status": "Active", "Type": "Enterprise",
            "AliUid": 1234567890123456_u64, "Tags": [{"Key": "landbridge:topology", "Value": "t"}, {"Key": "landbridge:key", "Value": "hub/h"}]});
        let hub = read_transit_router(&place(), Doc::of(&doc)).expect("enterprise");
        assert_eq!(hub.account.as_str(), "1234567890123456");
        assert_eq!(hub.owner, Some(Owner::new("t", "hub/h")));
        let basic = json!({"TransitRouterId": "tr-2", "Type": "Basic"});
        let error = read_transit_router(&place(), Doc::of(&basic)).expect_err("legacy");
        assert!(error.message().contains("`Basic`"), "{error}");
    }

    #[test]
    fn tables_are_read_with_their_names_and_the_first_one_is_told_apart() {
        let doc = json!({"TransitRouterRouteTableId": "vtb-2", "TransitRouterRouteTableName": "customers",
            "TransitRouterRouteTableType": "Custom"});
        let custom = read_table(Doc::of(&doc)).expect("reads");
        assert_eq!(custom, (HubTable::new("vtb-2".into(), "customers"), false));
        let doc =
            json!({"TransitRouterRouteTableId": "vtb-1", "TransitRouterRouteTableType": "System"});
        let system = read_table(Doc::of(&doc)).expect("reads");
        assert_eq!(system, (HubTable::new("vtb-1".into(), ""), true));
        let body = tables_of(&"r".into(), &"tr-1".into());
        assert_eq!(
            body.request.params().form_body(),
            "RegionId=r&TransitRouterId=tr-1"
        );
    }

    #[test]
    fn cens_are_looked_up_by_a_filter() {
        let listing = cens_by_id(&["cen-1".into(), "cen-2".into()]);
        assert_eq!(
            listing.request.params().form_body(),
            "Filter.1.Key=CenId&Filter.1.Value.1=cen-1&Filter.1.Value.2=cen-2"
        );
    }
}
