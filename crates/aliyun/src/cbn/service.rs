use landbridge_core::{Region, Result, Zone};

use super::request;
use crate::document::Doc;
use crate::params::Params;
use crate::request::{Request, fresh_token, in_region, with_token};

/// `CheckTransitRouterService`.
pub(crate) fn check_service() -> Request {
    request("CheckTransitRouterService", Params::new())
}

/// `OpenTransitRouterService`.
pub(crate) fn open_service() -> Request {
    request(
        "OpenTransitRouterService",
        with_token(Params::new(), &fresh_token()),
    )
}

/// `ListTransitRouterAvailableResource`.
pub(crate) fn available_zones(region: &Region) -> Request {
    request("ListTransitRouterAvailableResource", in_region(region))
}

/// The zones in which networks can be attached.
pub(crate) fn read_zones(doc: Doc<'_>) -> Result<Vec<Zone>> {
    let mut zones: Vec<Zone> = doc.texts(&["AvailableZones"]);
    if zones.is_empty() {
        // The older split of the same list.
        let has_any = doc.list(&["MasterZones"]).is_some() || doc.list(&["SlaveZones"]).is_some();
        if !has_any {
            doc.need_list(&["AvailableZones"])?;
        }
        zones = doc.texts(&["MasterZones"]);
        zones.extend(doc.texts::<Zone>(&["SlaveZones"]));
    }
    zones.sort();
    zones.dedup();
    Ok(zones)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn zones_come_from_the_new_list_or_the_old_ones() {
        let new = json!({"AvailableZones": ["b", "a"], "MasterZones": ["c"]});
        assert_eq!(
            read_zones(Doc::of(&new)).expect("reads"),
            ["a".into(), "b".into()]
        );
        let old = json!({"MasterZones": ["c"], "SlaveZones": ["d", "c"]});
        assert_eq!(
            read_zones(Doc::of(&old)).expect("reads"),
            ["c".into(), "d".into()]
        );
    }
}
