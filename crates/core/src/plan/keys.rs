//! Keys of objects; those of objects that carry no tags are in `found`.

use crate::ids::{BorderRouterId, Region};
use crate::traits::CloudService;

pub(super) fn service_key(account: &str, service: CloudService) -> String {
    format!("service/{account}/{service}")
}

pub(super) fn group_key(firewall: &str, network: &str) -> String {
    format!("group/{firewall}/{network}")
}

pub(super) fn rules_key(firewall: &str, network: &str) -> String {
    format!("rules/{firewall}/{network}")
}

pub(super) fn global_hub_key(interconnect: &str) -> String {
    format!("hub/{interconnect}")
}

pub(super) fn regional_hub_key(interconnect: &str, region: &Region) -> String {
    format!("hub/{interconnect}/{region}")
}

pub(crate) fn attachment_key(interconnect: &str, network: &str) -> String {
    format!("attachment/{interconnect}/{network}")
}

pub(super) fn link_key(interconnect: &str, left: &Region, right: &Region) -> String {
    format!("link/{interconnect}/{left}~{right}")
}

/// The key of a peering between two networks, whose names are in order.
pub(super) fn peering_key(interconnect: &str, left: &str, right: &str) -> String {
    format!("peering/{interconnect}/{left}~{right}")
}

/// The key of its acceptance.
pub(super) fn accept_key(interconnect: &str, left: &str, right: &str) -> String {
    format!("accept/{interconnect}/{left}~{right}")
}

/// The key of a hub at the edge.
pub(crate) fn edge_key(edge: &str) -> String {
    format!("edge/{edge}")
}

/// What stands for a border router where keys of attachments and grants name a network: its id, so that another name in
/// the topology changes nothing. No network's name has a colon.
pub(crate) fn router_key(id: &BorderRouterId) -> String {
    format!("router:{id}")
}
