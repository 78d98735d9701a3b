use landbridge_core::{
    HubRouteRecord, Learning, LearningKind, LearningRecord, Region, Result, RouteTableId,
};

use super::request;
use crate::document::Doc;
use crate::paging::{Listing, TOKENED};
use crate::request::{Request, fresh_token, in_region, with_token};

fn write(action: &'static str, region: &Region, learning: &Learning) -> Request {
    let params = in_region(region)
        .with("TransitRouterAttachmentId", &learning.peering)
        .with("TransitRouterRouteTableId", &learning.table);
    request(action, with_token(params, &fresh_token()))
}

/// `AssociateTransitRouterAttachmentWithRouteTable` or `EnableTransitRouterRouteTablePropagation`.
pub(crate) fn enable(region: &Region, learning: &Learning) -> Request {
    let action = match learning.kind {
        LearningKind::Association => "AssociateTransitRouterAttachmentWithRouteTable",
        LearningKind::Propagation => "EnableTransitRouterRouteTablePropagation",
    };
    write(action, region, learning)
}

/// `DissociateTransitRouterAttachmentFromRouteTable` or `DisableTransitRouterRouteTablePropagation`.
pub(crate) fn disable(region: &Region, learning: &Learning) -> Request {
    let action = match learning.kind {
        LearningKind::Association => "DissociateTransitRouterAttachmentFromRouteTable",
        LearningKind::Propagation => "DisableTransitRouterRouteTablePropagation",
    };
    write(action, region, learning)
}

/// `ListTransitRouterRouteTableAssociations` or `ListTransitRouterRouteTablePropagations` of a table.
pub(crate) fn learning_of(kind: LearningKind, region: &Region, table: &RouteTableId) -> Listing {
    let params = in_region(region).with("TransitRouterRouteTableId", table);
    match kind {
        LearningKind::Association => Listing::new(
            request("ListTransitRouterRouteTableAssociations", params),
            TOKENED,
            &["TransitRouterAssociations"],
        ),
        LearningKind::Propagation => Listing::new(
            request("ListTransitRouterRouteTablePropagations", params),
            TOKENED,
            &["TransitRouterPropagations"],
        ),
    }
}

/// An association or a propagation.
pub(crate) fn read_learning(
    kind: LearningKind,
    table: &RouteTableId,
    doc: Doc<'_>,
) -> Result<LearningRecord> {
    let learning = Learning {
        kind,
        peering: doc.need("TransitRouterAttachmentId")?,
        table: doc
            .text("TransitRouterRouteTableId")
            .map_or_else(|| table.clone(), Into::into),
    };
    Ok(LearningRecord::new(learning, doc.status("Status")))
}

/// `ListTransitRouterRouteEntries` of a table, those that lost included.
pub(crate) fn hub_routes_of(region: &Region, table: &RouteTableId) -> Listing {
    let params = in_region(region)
        .with("TransitRouterRouteTableId", table)
        .with("TransitRouterRouteEntryStatus", "All");
    Listing::new(
        request("ListTransitRouterRouteEntries", params),
        TOKENED,
        &["TransitRouterRouteEntries"],
    )
}

/// A route of `ListTransitRouterRouteEntries`.
pub(crate) fn read_hub_route(table: &RouteTableId, doc: Doc<'_>) -> Result<HubRouteRecord> {
    let kind = doc.text_or_empty("TransitRouterRouteEntryNextHopType");
    let next_hop = doc
        .text("TransitRouterRouteEntryNextHopId")
        .filter(|_| kind != "BlackHole");
    Ok(HubRouteRecord::new(
        table.clone(),
        doc.range("TransitRouterRouteEntryDestinationCidrBlock")?,
        next_hop.map(Into::into),
        doc.status("TransitRouterRouteEntryStatus"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn learning_is_written_and_read() {
        let learning = Learning {
            kind: LearningKind::Association,
            peering: "tr-attach-1".into(),
            table: "vtb-1".into(),
        };
        let request = enable(&"r".into(), &learning);
        assert_eq!(
            request.action(),
            "AssociateTransitRouterAttachmentWithRouteTable"
        );
        assert!(request.params().form_body().starts_with(
            "RegionId=r&TransitRouterAttachmentId=tr-attach-1&TransitRouterRouteTableId=vtb-1&ClientToken="
        ));
        let doc = json!({"ResourceId": "vpc-1", "ResourceType": "VPC", "Status": "Active", "TransitRouterAttachmentId": "tr-attach-1"});
        let record = read_learning(LearningKind::Association, &"vtb-1".into(), Doc::of(&doc))
            .expect("reads");
        assert_eq!(record.learning, learning);
        assert!(record.status.is_ready());
    }

    #[test]
    fn black_holes_lead_nowhere_and_losers_are_not_ready() {
        let doc = json!({"TransitRouterRouteEntryDestinationCidrBlock": "10.0.20.0/24", "TransitRouterRouteEntryStatus": "Rejected",
            "TransitRouterRouteEntryNextHopType": "Attachment", "TransitRouterRouteEntryNextHopId": "tr-attach-2"});
        let route = read_hub_route(&"vtb-1".into(), Doc::of(&doc)).expect("reads");
        assert_eq!(route.next_hop, Some("tr-attach-2".into()));
        assert!(!route.status.is_ready());
        let doc = json!({"TransitRouterRouteEntryDestinationCidrBlock": "10.0.20.0/24", "TransitRouterRouteEntryStatus": "Active",
            "TransitRouterRouteEntryNextHopType": "BlackHole"});
        assert_eq!(
            read_hub_route(&"vtb-1".into(), Doc::of(&doc))
                .expect("reads")
                .next_hop,
            None
        );
    }
}
