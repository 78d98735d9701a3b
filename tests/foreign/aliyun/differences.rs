//! Where the backend and the official models differ, and why that is right. Everything else must agree.

/// One reason, and where it shows.
#[derive(Debug)]
pub(crate) struct Accepted {
    why: &'static str,
    shows: &'static [&'static str],
}

const CENTRAL: &str = "the product has one host for all regions, and Terraform's provider names the region in every request to it";

pub(crate) const REQUESTS: &[Accepted] = &[Accepted {
    why: CENTRAL,
    shows: &[
        "cbn AssociateTransitRouterAttachmentWithRouteTable.RegionId: not in the model",
        "cbn DeleteTransitRouter.RegionId: not in the model",
        "cbn DeleteTransitRouterPeerAttachment.RegionId: not in the model",
        "cbn DeleteTransitRouterVpcAttachment.RegionId: not in the model",
        "cbn DisableTransitRouterRouteTablePropagation.RegionId: not in the model",
        "cbn DissociateTransitRouterAttachmentFromRouteTable.RegionId: not in the model",
        "cbn EnableTransitRouterRouteTablePropagation.RegionId: not in the model",
        "cbn ListTransitRouterRouteEntries.RegionId: not in the model",
        "cbn ListTransitRouterRouteTableAssociations.RegionId: not in the model",
        "cbn ListTransitRouterRouteTablePropagations.RegionId: not in the model",
        "cbn ListTransitRouterRouteTables.RegionId: not in the model",
        "vpcpeer AcceptVpcPeerConnection.RegionId: not in the model",
        "vpcpeer DeleteVpcPeerConnection.RegionId: not in the model",
    ],
}];

/// Problems that are not accepted, and accepted ones that are none.
pub(crate) fn complaints(problems: &[String], accepted: &'static [Accepted]) -> Vec<String> {
    let all: Vec<(&str, &str)> = accepted
        .iter()
        .flat_map(|known| known.shows.iter().map(|shows| (*shows, known.why)))
        .collect();
    let new = problems
        .iter()
        .filter(|problem| !all.iter().any(|(shows, _)| shows == problem))
        .cloned();
    let over = all
        .iter()
        .filter(|(shows, _)| !problems.iter().any(|problem| problem == shows))
        .map(|(shows, why)| format!("not found: {shows}, accepted because {why}"));
    new.chain(over).collect()
}
