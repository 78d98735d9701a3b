//! What can be read of connections.

use ipnet::Ipv4Net;
use serde_json::{Value, json};

use super::{Peering, not_found};
use crate::aliyun::context::{Context, tags, uid};
use crate::aliyun::failure::Outcome;
use crate::aliyun::paging::{TokenStyle, tokened};
use crate::table::{Object, Tags};

/// Shows a deleted connection for a while, unlike the list.
pub(super) fn get(ctx: &mut Context<'_>) -> Outcome {
    let id = ctx.required("InstanceId")?;
    let state = &ctx.state.vpcpeer;
    let lasts = ctx.setup.timings.vpc_peering_remembered;
    let is_remembered = |known: &&Peering| {
        let gone = known.life().gone_at().unwrap_or_default();
        known.base.id == id && ctx.now < gone + lasts
    };
    let found = state.peerings.get(&id);
    found
        .or_else(|| state.remembered.iter().find(is_remembered))
        .filter(|peering| peering.is_of(ctx.account()))
        .map(|peering| view(ctx, peering))
        .ok_or_else(|| not_found("InstanceId", &id))
}

pub(super) fn list(ctx: &mut Context<'_>) -> Outcome {
    let parameters = &ctx.parameters;
    let vpcs = vpc_filter(ctx);
    let shown = |peering: &&Peering| {
        let region = parameters.get("RegionId");
        peering.is_of(ctx.account())
            && peering.life().is_listed(ctx.now)
            && parameters.tags_match_under("Tags", own_tags(ctx, peering))
            && parameters.matches("InstanceId", &peering.base.id)
            && parameters.matches("Name", &peering.base.name)
            && region.is_none_or(|region| {
                region == peering.base.region || region == peering.accepter.region
            })
            && (vpcs.is_empty() || vpcs.iter().any(|vpc| peering.joins(vpc)))
    };
    let peerings = ctx.state.vpcpeer.peerings.iter();
    let rows = peerings
        .filter(shown)
        .map(|peering| view(ctx, peering))
        .collect();
    Ok(tokened(parameters, rows, TokenStyle::new(20, 100))?.bare("VpcPeerConnects"))
}

/// One value with commas, or a numbered list.
fn vpc_filter(ctx: &Context<'_>) -> Vec<String> {
    let joined = ctx.parameters.text("VpcId");
    let single = joined
        .split(',')
        .filter(|id| !id.is_empty())
        .map(str::to_owned);
    single.chain(ctx.parameters.list("VpcId")).collect()
}

/// Each side sees the tags it gave.
fn own_tags<'a>(ctx: &Context<'_>, peering: &'a Peering) -> &'a Tags {
    if ctx.is_own(peering) {
        &peering.base.tags
    } else {
        &peering.accepter.tags
    }
}

fn view(ctx: &Context<'_>, peering: &Peering) -> Value {
    let base = &peering.base;
    let accepter = &peering.accepter;
    let is_foreign = accepter.account != base.owner;
    let expires = if is_foreign {
        ctx.date(peering.expires)
    } else {
        String::new()
    };
    json!({
        "InstanceId": base.id, "Name": base.name, "Description": base.description,
        "Status": peering.status(ctx.now), "BizStatus": "Normal", "RegionId": base.region,
        "Vpc": vpc_view(ctx, &peering.vpc), "OwnerId": uid(&base.owner), "AcceptingRegionId": accepter.region,
        "AcceptingVpc": vpc_view(ctx, &accepter.vpc), "AcceptingOwnerUid": uid(&accepter.account),
        "Bandwidth": peering.bandwidth.map_or(Value::from(-1), Value::from), "LinkType": peering.link_type,
        "GmtCreate": ctx.date(base.life.created), "GmtModified": ctx.date(base.life.created),
        "GmtExpired": expires, "ResourceGroupId": "rg-default", "Tags": tags(own_tags(ctx, peering)),
    })
}

fn vpc_view(ctx: &Context<'_>, id: &str) -> Value {
    let ranges = ctx.state.vpc.vpcs.get(id).map(|vpc| {
        let all = std::iter::once(&vpc.cidr).chain(&vpc.secondary);
        all.map(Ipv4Net::to_string).collect::<Vec<_>>()
    });
    let ipv6 = ctx.state.vpc.vpcs.get(id).map(|vpc| {
        let all = vpc.ipv6.iter().map(ToString::to_string);
        all.collect::<Vec<_>>()
    });
    json!({"VpcId": id, "Ipv4Cidrs": ranges.unwrap_or_default(), "Ipv6Cidrs": ipv6.unwrap_or_default()})
}
