//! Tags of connections. Each side has its own.

use serde_json::json;

use super::{illegal, not_found};
use crate::aliyun::cbn::merge_tags;
use crate::aliyun::context::Context;
use crate::aliyun::failure::Outcome;
use crate::table::Tags;

pub(super) fn tag(ctx: &mut Context<'_>) -> Outcome {
    let tags = ctx.parameters.tags()?;
    if tags.is_empty() {
        return Err(illegal("Tag"));
    }
    change(ctx, |old| merge_tags(old, &tags))
}

pub(super) fn untag(ctx: &mut Context<'_>) -> Outcome {
    let keys = ctx.parameters.list("TagKey");
    let all = ctx.parameters.flag("All")?;
    change(ctx, |old| {
        old.retain(|(key, _)| !all && !keys.contains(key))
    })
}

fn change(ctx: &mut Context<'_>, edit: impl Fn(&mut Tags)) -> Outcome {
    let kind = ctx.required("ResourceType")?;
    if !kind.eq_ignore_ascii_case("PeerConnection") {
        return Err(illegal("ResourceType"));
    }
    let ids = ctx.parameters.list("ResourceId");
    let account = ctx.account().to_owned();
    let peerings = &ctx.state.vpcpeer.peerings;
    let is_own = |id: &String| peerings.get(id).is_some_and(|one| one.is_of(&account));
    if let Some(unknown) = ids.iter().find(|id| !is_own(id)) {
        return Err(not_found("ResourceId", unknown));
    }
    for id in &ids {
        if let Some(peering) = ctx.state.vpcpeer.peerings.get_mut(id) {
            match peering.base.owner == account {
                true => edit(&mut peering.base.tags),
                false => edit(&mut peering.accepter.tags),
            }
        }
    }
    Ok(json!({}))
}
