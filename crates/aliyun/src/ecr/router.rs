use landbridge_core::{HubId, HubRecord, HubScope, Label, Phase, Place, Result, Status};

use super::request;
use crate::document::Doc;
use crate::paging::{Listing, TOKENED};
use crate::params::Params;
use crate::request::{Request, fresh_token, with_token};
use crate::vpc::of_topology;

/// `CreateExpressConnectRouter`.
pub(crate) fn create_router(label: &Label, asn: u32) -> Request {
    let params = Params::new()
        .with("AlibabaSideAsn", asn)
        .with("Name", &label.name)
        .with_tags(&label.owner.to_tags());
    request(
        "CreateExpressConnectRouter",
        with_token(params, &label.token),
    )
}

/// `DeleteExpressConnectRouter`, which must have nothing attached.
pub(crate) fn delete_router(id: &HubId) -> Request {
    let params = Params::new().with("EcrId", id);
    request(
        "DeleteExpressConnectRouter",
        with_token(params, &fresh_token()),
    )
}

fn routers(params: Params) -> Listing {
    Listing::new(
        request("DescribeExpressConnectRouter", params),
        TOKENED,
        &["EcrList"],
    )
}

/// `DescribeExpressConnectRouter`: all of the account.
pub(crate) fn all_routers() -> Listing {
    routers(Params::new())
}

/// `DescribeExpressConnectRouter`: those of a topology.
pub(crate) fn topology_routers(topology: &str) -> Listing {
    routers(of_topology(Params::new(), topology))
}

/// `DescribeExpressConnectRouter`: this one.
pub(crate) fn router_by_id(id: &HubId) -> Listing {
    routers(Params::new().with("EcrId", id))
}

/// A router of `DescribeExpressConnectRouter`.
pub(crate) fn read_router(place: &Place, doc: Doc<'_>) -> Result<HubRecord> {
    Ok(HubRecord::new(
        doc.need("EcrId")?,
        HubScope::Edge {
            asn: doc.parse("AlibabaSideAsn").unwrap_or_default(),
        },
        doc.text("OwnerId")
            .map_or_else(|| place.account.clone(), Into::into),
        status(doc),
    )
    .with_name(doc.text_or_empty("Name"))
    .with_owner(doc.owner())
    .with_maker(doc.maker()))
}

// While one of its attachments goes, the router itself stays. One whose bill is not paid can do nothing.
fn status(doc: Doc<'_>) -> Status {
    if doc.text("BizStatus").as_deref() == Some("FinancialLocked") {
        return Status::new(Phase::Failed, "FinancialLocked");
    }
    let word = doc.text_or_empty("Status");
    // The documents write it in capitals, their example answer does not.
    let phase = match word.to_ascii_uppercase().as_str() {
        "ACTIVE" => Phase::Ready,
        "DELETING" | "RECLAIMING" => Phase::Deleting,
        _ => Phase::Pending,
    };
    Status::new(phase, word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::{CloudName, Owner, Token};
    use serde_json::json;

    #[test]
    fn a_router_is_made_with_its_number_and_tags() {
        let label = Label::new("edge", Owner::new("t", "hub/e"), Token::derive(&["x"]));
        let body = create_router(&label, 45104).params().form_body();
        assert!(
            body.starts_with(
                "AlibabaSideAsn=45104&Name=edge&Tag.1.Key=landbridge%3Akey&Tag.1.Value=hub%2Fe\
                 &Tag.2.Key=landbridge%3Atopology&Tag.2.Value=t&ClientToken="
            ),
            "{body}"
        );
    }

    #[test]
    fn a_router_is_read_and_stays_while_an_attachment_goes() {
        let place = Place::new(CloudName::from_static("aliyun"), "1", "cn-hangzhou");
        let read = |status: &str, bill: &str| {
            let doc = json!({"EcrId": "ecr-1", "Name": "edge", "AlibabaSideAsn": 4200000000_u32, "Status": status, "BizStatus": bill, "OwnerId": 1,
                "Tags": [{"TagKey": "landbridge:topology", "TagValue": "t"}, {"TagKey": "landbridge:key", "TagValue": "hub/e"}]});
            read_router(&place, Doc::of(&doc)).expect("reads")
        };
        let hub = read("ACTIVE", "Normal");
        assert_eq!(hub.scope, HubScope::Edge { asn: 4200000000 });
        assert_eq!((hub.region, hub.table), (None, None));
        assert_eq!(hub.owner, Some(Owner::new("t", "hub/e")));
        assert!(hub.status.is_ready());
        assert_eq!(read("DISSOCIATING", "Normal").status.phase, Phase::Pending);
        assert_eq!(read("DELETING", "Normal").status.phase, Phase::Deleting);
        assert_eq!(
            read("ACTIVE", "FinancialLocked").status.phase,
            Phase::Failed
        );
    }
}
