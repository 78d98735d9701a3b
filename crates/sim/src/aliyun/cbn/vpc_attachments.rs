//! Attachments of VPCs.

use serde_json::{Value, json};

use super::services::check_open;
use super::{
    Attachment, Link, Router, ZoneMapping, attachments_of_vpc, check_cen_ready, check_lock,
    check_ready, grants, lock, own_attachment, own_router, routers, zones,
};
use crate::account::Service;
use crate::aliyun::choices::{ATTACH_WITHOUT_GRANT, GRANT_WITHOUT_PAYER, VPC_ATTACHED_ALREADY};
use crate::aliyun::context::{Context, tags, uid};
use crate::aliyun::ecr::associations_of_vpc;
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::{TokenStyle, tokened};
use crate::aliyun::vpc::Vpc;
use crate::table::Object;

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    ctx.region()?;
    check_open(ctx)?;
    let (router, is_new) = router(ctx)?;
    let outcome = attach(ctx, router.clone());
    if is_new && outcome.is_err() {
        routers::forget(ctx, &router.base.id);
    }
    outcome
}

fn attach(ctx: &mut Context<'_>, router: Router) -> Outcome {
    let vpc_id = ctx.required("VpcId")?;
    let ipv6 = ipv6_support(ctx)?.unwrap_or(false);
    let (vpc, payer) = member(ctx, &vpc_id, &router)?;
    if vpc.base.region != router.base.region {
        return Err(Failure::bad(
            "OperationUnsupported.TransitRouterRegionId",
            "VPC and transit router are in different regions.",
        ));
    }
    check_states(ctx, &router, &vpc)?;
    let auto_publish = ctx.parameters.flag("AutoPublishRouteEnabled")?;
    if auto_publish {
        check_route_sync(ctx, &vpc, &router.base.id)?;
    }
    let mappings = zones::mappings(ctx, &vpc)?;
    let used = ctx
        .state
        .cbn
        .attachments
        .iter()
        .filter(|known| known.router == router.base.id)
        .count();
    if used >= ctx.quota("vpc_attachments_per_transit_router") {
        let code = "QuotaExceeded.CenQuotaVpcAttachPerTransitRouter";
        return Err(Failure::bad(code, "VPC attachment quota exceeded."));
    }
    let takes = ctx.setup.timings.vpc_attachment;
    let mut base = ctx.base("tr-attach", "", "TransitRouterAttachmentName", takes)?;
    base.region.clone_from(&router.base.region);
    base.life = base.life.visible_after(ctx.setup.timings.visibility);
    ctx.born("vpc-attachment", &base);
    let zones = zones::place_interfaces(ctx, mappings)?;
    let answer = json!({"TransitRouterAttachmentId": base.id});
    let link = Link::Vpc {
        vpc: vpc.base.id,
        owner: vpc.base.owner,
        zones,
        payer,
        ipv6,
    };
    let (cen, router) = (router.cen, router.base.id);
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

/// The IPv6 option, if it is sent: in a JSON text, under its old or its new name.
fn ipv6_support(ctx: &Context<'_>) -> Outcome<Option<bool>> {
    let old = ("TransitRouterVPCAttachmentOptions", "ipv6Support");
    let new = ("Options", "Ipv6Support");
    let sent = [old, new].map(|(name, member)| Some((name, member, ctx.parameters.get(name)?)));
    let (name, member, text) = match sent {
        [Some(_), Some(_)] => return Err(illegal_options("Options")),
        [None, None] => return Ok(None),
        [Some(sent), None] | [None, Some(sent)] => sent,
    };
    let options: Value = serde_json::from_str(text).map_err(|_| illegal_options(name))?;
    match options.get(member).map(Value::as_str) {
        None => Ok(None),
        Some(Some("enable")) => Ok(Some(true)),
        Some(Some("disable")) => Ok(Some(false)),
        Some(_) => Err(illegal_options(name)),
    }
}

fn illegal_options(name: &str) -> Failure {
    Failure::bad(
        format!("IllegalParam.{name}"),
        format!("{name} is not valid."),
    )
}

/// The router by its id, or the only one of the CEN in the region, which is made if there is none; and whether it was.
fn router(ctx: &mut Context<'_>) -> Outcome<(Router, bool)> {
    let Some(id) = ctx.parameters.get("TransitRouterId") else {
        return router_of_cen(ctx);
    };
    let router = own_router(ctx, id)?;
    let cen = ctx.parameters.get("CenId");
    if cen.is_some_and(|cen| cen != router.cen) {
        return Err(Failure::bad(
            "IllegalParam.CenId",
            "The transit router belongs to another CEN instance.",
        ));
    }
    Ok((router, false))
}

fn router_of_cen(ctx: &mut Context<'_>) -> Outcome<(Router, bool)> {
    if ["CenId", "RegionId"]
        .iter()
        .any(|name| ctx.parameters.get(name).is_none())
    {
        return Err(Failure::bad(
            "MissingParam.CenIdOrRegionId",
            "Name the transit router, or its CEN instance and region.",
        ));
    }
    let cen = super::own_cen(ctx, &ctx.required("CenId")?)?;
    let region = ctx.required_region()?;
    let of_cen = |router: &&Router| router.cen == cen.base.id && router.base.region == region;
    let found = ctx.state.cbn.routers.iter().find(of_cen).cloned();
    match found {
        Some(router) => Ok((router, false)),
        None => {
            let router = routers::create_for_attachment(ctx, &cen.base.id, &region)?;
            Ok((router, true))
        }
    }
}

/// The VPC, the caller's own or one granted, and who pays for it.
fn member(ctx: &Context<'_>, id: &str, router: &Router) -> Outcome<(Vpc, String)> {
    let owner = ctx
        .parameters
        .get("VpcOwnerId")
        .unwrap_or(ctx.account())
        .to_owned();
    let vpc = ctx
        .state
        .vpc
        .vpcs
        .get(id)
        .filter(|vpc| vpc.base.owner == owner)
        .cloned();
    if owner == ctx.account() {
        let missing = || {
            Failure::missing(
                "InvalidVpcId.NotFound",
                format!("The VPC {id} does not exist."),
            )
        };
        return Ok((vpc.ok_or_else(missing)?, "PayByCenOwner".to_owned()));
    }
    let grant =
        grants::find(&ctx.state.cbn, &router.cen, id).filter(|grant| grant.base.owner == owner);
    let (Some(vpc), Some(grant)) = (vpc, grant) else {
        return Err(Failure::forbidden(
            ATTACH_WITHOUT_GRANT,
            format!("The VPC {id} is not granted to the CEN instance."),
        ));
    };
    if grant.payer.is_empty() {
        return Err(Failure::bad(
            GRANT_WITHOUT_PAYER,
            "The grant names no payer (OrderType).",
        ));
    }
    if !ctx.accounts.is_open(&owner, Service::TransitRouter) {
        let code = "Forbidden.ResourceOwnerTransitRouterServiceNotOpen";
        return Err(Failure::forbidden(
            code,
            "The VPC's owner has not opened the transit router service.",
        ));
    }
    Ok((vpc, grant.payer.clone()))
}

fn check_states(ctx: &Context<'_>, router: &Router, vpc: &Vpc) -> Outcome<()> {
    check_lock(ctx, &router.cen)?;
    check_cen_ready(ctx, &router.cen)?;
    check_ready(router, ctx.now, "IncorrectStatus.TransitRouterInstance")?;
    check_ready(vpc, ctx.now, "IncorrectStatus.Vpc")?;
    let tables = ctx
        .state
        .vpc
        .tables
        .iter()
        .filter(|table| table.vpc == vpc.base.id);
    for table in tables {
        check_ready(table, ctx.now, "IncorrectStatus.VpcRouteTable")?;
    }
    match attachments_of_vpc(&ctx.state.cbn, &vpc.base.id)
        .find(|known| known.router == router.base.id)
    {
        Some(known) if known.life().gone_at().is_some() => {
            check_ready(known, ctx.now, "IncorrectStatus.Attachment")
        }
        Some(_) => Err(Failure::bad(
            VPC_ATTACHED_ALREADY,
            "The VPC is attached to the transit router already.",
        )),
        None => Ok(()),
    }
}

/// Only one transit router may write routes into a VPC that is on no express connect router, and a router only into so
/// many VPCs.
fn check_route_sync(ctx: &Context<'_>, vpc: &Vpc, router: &str) -> Outcome<()> {
    if associations_of_vpc(&ctx.state.ecr, &vpc.base.id)
        .next()
        .is_some()
    {
        return Err(Failure::bad(
            "OperationNotSupport.VpcAutoRoutesPublish",
            "The VPC is associated with an ECR.",
        ));
    }
    let state = &ctx.state.cbn;
    if attachments_of_vpc(state, &vpc.base.id)
        .any(|known| known.auto_publish && known.router != router)
    {
        let code = "InvalidOperation.VpcAutoRoutesPublishInOtherCEN";
        return Err(Failure::bad(
            code,
            "Another CEN instance synchronises routes with the VPC.",
        ));
    }
    let count = state
        .attachments
        .iter()
        .filter(|known| known.router == router && known.auto_publish)
        .count();
    if count >= ctx.quota("route_sync_per_transit_router") {
        return Err(Failure::bad(
            "QuotaExceeded.VpcAutoRoutesPublishPerTransitRouter",
            "Route synchronisation quota exceeded.",
        ));
    }
    Ok(())
}

pub(super) fn list(ctx: &mut Context<'_>) -> Outcome {
    ctx.region()?;
    check_list(ctx)?;
    let parameters = &ctx.parameters;
    let shown = |attachment: &&Attachment| {
        let Link::Vpc { vpc, payer, .. } = &attachment.link else {
            return false;
        };
        ctx.lists(*attachment)
            && parameters.matches("CenId", &attachment.cen)
            && parameters.matches("TransitRouterId", &attachment.router)
            && parameters.matches("TransitRouterAttachmentId", &attachment.base.id)
            && parameters.matches("VpcId", vpc)
            && parameters.matches("Status", attachment.status(ctx.now))
            && parameters.matches("OrderType", payer)
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

/// Lists of attachments are asked for by CEN, region or router.
pub(super) fn check_list(ctx: &Context<'_>) -> Outcome<()> {
    let parameters = &ctx.parameters;
    let of = ["CenId", "RegionId", "TransitRouterId"];
    if of.iter().all(|name| parameters.get(name).is_none()) {
        return Err(Failure::bad(
            "IllegalParam.CenIdOrRegionId",
            "Name a CEN instance, a region or a transit router.",
        ));
    }
    let unknown = |_| Failure::bad("IllegalParam.CenId", "The CEN instance does not exist.");
    match parameters.get("CenId") {
        Some(cen) => super::own_cen(ctx, cen).map(drop).map_err(unknown),
        None => Ok(()),
    }
}

fn view(ctx: &Context<'_>, attachment: &Attachment) -> Value {
    let Link::Vpc {
        vpc,
        owner,
        zones,
        payer,
        ipv6,
    } = &attachment.link
    else {
        return Value::Null;
    };
    let base = &attachment.base;
    let zone = |zone: &ZoneMapping| json!({"ZoneId": zone.zone, "VSwitchId": zone.vswitch, "NetworkInterfaceId": zone.interface});
    json!({
        "TransitRouterAttachmentId": base.id, "TransitRouterAttachmentName": base.name,
        "TransitRouterAttachmentDescription": base.description, "TransitRouterId": attachment.router,
        "CenId": attachment.cen, "VpcId": vpc, "VpcOwnerId": uid(owner), "VpcRegionId": base.region,
        "Status": attachment.status(ctx.now), "ResourceType": "VPC", "ChargeType": "POSTPAY", "OrderType": payer,
        "AutoPublishRouteEnabled": attachment.auto_publish, "ZoneMappings": zones.iter().map(zone).collect::<Vec<_>>(),
        "TransitRouterVPCAttachmentOptions": {"ipv6Support": if *ipv6 { "enable" } else { "disable" }},
        "Tags": tags(&base.tags), "CreationTime": ctx.minute(base.life.created),
    })
}

pub(super) fn update(ctx: &mut Context<'_>) -> Outcome {
    let id = ctx.required("TransitRouterAttachmentId")?;
    let attachment = own_attachment(ctx, &id, "InvalidTransitRouterAttachmentId.NotFound")?;
    check_lock(ctx, &attachment.cen)?;
    check_ready(&attachment, ctx.now, "IncorrectStatus.Attachment")?;
    let auto_publish = ctx.parameters.maybe_flag("AutoPublishRouteEnabled")?;
    if auto_publish == Some(true)
        && let Some(vpc) = super::vpc_of(&attachment).and_then(|vpc| ctx.state.vpc.vpcs.get(vpc))
    {
        check_route_sync(ctx, vpc, &attachment.router)?;
    }
    let ipv6_support = ipv6_support(ctx)?;
    let new_payer = ctx.parameters.get("OrderType").map(str::to_owned);
    if let Some(payer) = &new_payer {
        grants::check_payer(payer)?;
    }
    let (name, description) = (
        ctx.parameters.text("TransitRouterAttachmentName"),
        ctx.parameters.text("TransitRouterAttachmentDescription"),
    );
    let until = ctx.now + ctx.setup.timings.modify;
    if let Some(known) = ctx.state.cbn.attachments.get_mut(&id) {
        known.auto_publish = auto_publish.unwrap_or(known.auto_publish);
        if let Link::Vpc { payer, ipv6, .. } = &mut known.link {
            *payer = new_payer.unwrap_or_else(|| payer.clone());
            *ipv6 = ipv6_support.unwrap_or(*ipv6);
        }
        super::attachments::rename(&mut known.base, name, description);
        known.base.life.modify(until);
    }
    lock(ctx, &attachment.cen);
    Ok(json!({}))
}
