//! Attachments that join the transit routers of two regions.

use serde_json::{Value, json};

use super::services::check_open;
use super::vpc_attachments::check_list;
use super::{
    Attachment, Link, Router, check_cen_ready, check_lock, check_ready, lock, own_attachment,
    own_router,
};
use crate::account::Service;
use crate::aliyun::choices::PEERED_ALREADY;
use crate::aliyun::context::{Context, tags, uid};
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::{TokenStyle, tokened};
use crate::aliyun::regions::is_mainland;
use crate::table::Object;

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    ctx.region()?;
    let local = own_router(ctx, &ctx.required("TransitRouterId")?)?;
    let peer = peer_router(ctx, &local)?;
    check_open(ctx)?;
    let (bandwidth, link_type) = transport(ctx, &local, &peer)?;
    let auto_publish = ctx.parameters.flag("AutoPublishRouteEnabled")?;
    check_lock(ctx, &local.cen)?;
    check_cen_ready(ctx, &local.cen)?;
    check_ready(&local, ctx.now, "IncorrectStatus.TransitRouter")?;
    check_ready(&peer, ctx.now, "IncorrectStatus.TransitRouter")?;
    check_new(ctx, &local, &peer)?;
    let mut base = ctx.base(
        "tr-attach",
        "",
        "TransitRouterAttachmentName",
        ctx.setup.timings.peer_attachment,
    )?;
    base.region.clone_from(&local.base.region);
    base.life = base.life.visible_after(ctx.setup.timings.visibility);
    ctx.born("peer-attachment", &base);
    let answer = json!({"TransitRouterAttachmentId": base.id});
    let link = Link::Peer {
        router: peer.base.id,
        region: peer.base.region,
        bandwidth,
        link_type,
    };
    let (cen, router) = (local.cen, local.base.id);
    ctx.state.cbn.attachments.insert(Attachment {
        base,
        cen: cen.clone(),
        router,
        auto_publish,
        link,
    });
    lock(ctx, &cen);
    Ok(answer)
}

fn peer_router(ctx: &Context<'_>, local: &Router) -> Outcome<Router> {
    let id = ctx.required("PeerTransitRouterId")?;
    let missing = || {
        Failure::missing(
            "InvalidPeerTransitRouterId.NotFound",
            "The peer transit router does not exist.",
        )
    };
    let peer = own_router(ctx, &id).map_err(|_| missing())?;
    let illegal = |name: &str| {
        Err(Failure::bad(
            format!("IllegalParam.{name}"),
            format!("{name} does not fit."),
        ))
    };
    if ctx
        .parameters
        .get("CenId")
        .is_some_and(|cen| cen != local.cen)
    {
        return illegal("CenId");
    }
    if ctx
        .parameters
        .get("RegionId")
        .is_some_and(|region| region != local.base.region)
    {
        return illegal("RegionId");
    }
    if ctx
        .parameters
        .get("PeerTransitRouterRegionId")
        .is_some_and(|region| region != peer.base.region)
    {
        return illegal("PeerTransitRouterRegionId");
    }
    if peer.cen != local.cen || peer.base.id == local.base.id {
        return illegal("PeerTransitRouterId");
    }
    Ok(peer)
}

/// Bandwidth and link type, if they may be had.
fn transport(ctx: &Context<'_>, local: &Router, peer: &Router) -> Outcome<(u64, String)> {
    let illegal = |name: &str| {
        Err(Failure::bad(
            format!("IllegalParam.{name}"),
            format!("{name} is not valid."),
        ))
    };
    match ctx.parameters.get("BandwidthType") {
        Some("DataTransfer") => {}
        None | Some("BandwidthPackage") => {
            ctx.required("Bandwidth")?;
            return Err(Failure::bad(
                "InvalidOperation.BwpNotAssociated",
                "No such bandwidth package is associated.",
            ));
        }
        Some(_) => return illegal("BandwidthType"),
    }
    let crosses_border = is_mainland(&local.base.region) != is_mainland(&peer.base.region);
    let service = if crosses_border {
        Service::CdtCrossBorder
    } else {
        Service::Cdt
    };
    if !ctx.accounts.is_open(ctx.account(), service) {
        return Err(Failure::bad(
            "OperationUnsupported.CloudDataTransferService",
            "The CDT service is not open.",
        ));
    }
    let largest = if crosses_border { 100 } else { 1000 };
    let bandwidth = ctx.parameters.integer("Bandwidth")?.unwrap_or(largest);
    if bandwidth == 0 || bandwidth > largest {
        return Err(Failure::bad(
            "QuotaExceeded.Bandwidth",
            format!("The bandwidth is 1 to {largest} Mbit/s."),
        ));
    }
    match ctx.parameters.get("DefaultLinkType").unwrap_or("Gold") {
        link @ ("Gold" | "Platinum") => Ok((bandwidth, link.to_owned())),
        _ => illegal("DefaultLinkType"),
    }
}

fn check_new(ctx: &Context<'_>, local: &Router, peer: &Router) -> Outcome<()> {
    let joins = |known: &&Attachment| known.is_on(&local.base.id) && known.is_on(&peer.base.id);
    match ctx.state.cbn.attachments.iter().find(joins) {
        Some(known) if known.life().gone_at().is_some() => {
            check_ready(known, ctx.now, "IncorrectStatus.Status")
        }
        Some(_) => Err(Failure::bad(
            PEERED_ALREADY,
            "The transit routers are joined already.",
        )),
        None => Ok(()),
    }
}

pub(super) fn list(ctx: &mut Context<'_>) -> Outcome {
    ctx.region()?;
    check_list(ctx)?;
    let parameters = &ctx.parameters;
    let shown = |attachment: &&Attachment| {
        let Link::Peer { region, .. } = &attachment.link else {
            return false;
        };
        let wanted = parameters.get("RegionId");
        ctx.is_own(*attachment)
            && attachment.life().is_listed(ctx.now)
            && parameters.tags_match(&attachment.base.tags)
            && parameters.matches("CenId", &attachment.cen)
            && parameters.matches("TransitRouterAttachmentId", &attachment.base.id)
            && wanted.is_none_or(|wanted| wanted == attachment.base.region || wanted == region)
            && parameters
                .get("TransitRouterId")
                .is_none_or(|router| attachment.is_on(router))
    };
    let attachments = ctx
        .state
        .cbn
        .attachments
        .iter()
        .filter(shown)
        .map(|attachment| view(ctx, attachment))
        .collect();
    Ok(
        tokened(parameters, attachments, TokenStyle::cbn(20, 100))?
            .bare("TransitRouterAttachments"),
    )
}

fn view(ctx: &Context<'_>, attachment: &Attachment) -> Value {
    let Link::Peer {
        router,
        region,
        bandwidth,
        link_type,
    } = &attachment.link
    else {
        return Value::Null;
    };
    let base = &attachment.base;
    json!({
        "TransitRouterAttachmentId": base.id, "TransitRouterAttachmentName": base.name,
        "TransitRouterAttachmentDescription": base.description, "TransitRouterId": attachment.router,
        "RegionId": base.region, "PeerTransitRouterId": router, "PeerTransitRouterOwnerId": uid(&base.owner),
        "PeerTransitRouterRegionId": region, "CenId": attachment.cen, "Status": attachment.status(ctx.now),
        "ResourceType": "TR", "Bandwidth": bandwidth, "BandwidthType": "DataTransfer", "CenBandwidthPackageId": "",
        "GeographicSpanId": "", "DefaultLinkType": link_type, "AutoPublishRouteEnabled": attachment.auto_publish,
        "Tags": tags(&base.tags), "CreationTime": ctx.minute(base.life.created),
    })
}

pub(super) fn update(ctx: &mut Context<'_>) -> Outcome {
    let id = ctx.required("TransitRouterAttachmentId")?;
    let attachment = own_attachment(ctx, &id, "InvalidTransitRouterAttachmentId.NotFound")?;
    check_lock(ctx, &attachment.cen)?;
    check_ready(&attachment, ctx.now, "IncorrectStatus.Status")?;
    let auto_publish = ctx.parameters.maybe_flag("AutoPublishRouteEnabled")?;
    let new_bandwidth = ctx.parameters.integer("Bandwidth")?;
    let (name, description) = (
        ctx.parameters.text("TransitRouterAttachmentName"),
        ctx.parameters.text("TransitRouterAttachmentDescription"),
    );
    let until = ctx.now + ctx.setup.timings.modify;
    if let Some(known) = ctx.state.cbn.attachments.get_mut(&id) {
        known.auto_publish = auto_publish.unwrap_or(known.auto_publish);
        if let (Link::Peer { bandwidth, .. }, Some(new)) = (&mut known.link, new_bandwidth) {
            *bandwidth = new;
        }
        super::attachments::rename(&mut known.base, name, description);
        known.base.life.modify(until);
    }
    lock(ctx, &attachment.cen);
    Ok(json!({}))
}
