//! Tags of CBN objects.

use serde_json::{Value, json};

use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::{TokenStyle, tokened};
use crate::table::Tags;
use crate::table::{Base, Object};

/// Adds tags; a known key gets the new value.
pub(crate) fn merge(old: &mut Tags, new: &Tags) {
    for (key, value) in new {
        old.retain(|(known, _)| known != key);
        old.push((key.clone(), value.clone()));
    }
}

pub(super) fn tag(ctx: &mut Context<'_>) -> Outcome {
    let tags = ctx.parameters.tags()?;
    change(ctx, |old| merge(old, &tags))
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
    let ids = ctx.parameters.list("ResourceId");
    let account = ctx.account().to_owned();
    for id in &ids {
        let base = base_mut(ctx, &kind, id)?.filter(|base| base.owner == account);
        base.ok_or_else(|| {
            Failure::missing(
                "InvalidResourceId.NotFound",
                format!("{id} does not exist."),
            )
        })?;
    }
    for id in &ids {
        if let Some(base) = base_mut(ctx, &kind, id)? {
            edit(&mut base.tags);
        }
    }
    Ok(json!({}))
}

fn unknown_kind() -> Failure {
    Failure::bad(
        "IllegalParam.ResourceType",
        "The resource type is not known.",
    )
}

fn base_mut<'a>(ctx: &'a mut Context<'_>, kind: &str, id: &str) -> Outcome<Option<&'a mut Base>> {
    let state = &mut ctx.state.cbn;
    Ok(match kind.to_ascii_lowercase().as_str() {
        "cen" => state.cens.get_mut(id).map(Object::base_mut),
        "transitrouter" => state.routers.get_mut(id).map(Object::base_mut),
        "transitroutervpcattachment" | "transitrouterpeerattachment" => {
            state.attachments.get_mut(id).map(Object::base_mut)
        }
        "transitrouterroutetable" => state.tables.get_mut(id).map(Object::base_mut),
        _ => return Err(unknown_kind()),
    })
}

pub(super) fn list(ctx: &mut Context<'_>) -> Outcome {
    let kind = ctx.required("ResourceType")?;
    let state = &ctx.state.cbn;
    let bases: Vec<&Base> = match kind.to_ascii_lowercase().as_str() {
        "cen" => state.cens.iter().map(Object::base).collect(),
        "transitrouter" => state.routers.iter().map(Object::base).collect(),
        "transitroutervpcattachment" | "transitrouterpeerattachment" => {
            state.attachments.iter().map(Object::base).collect()
        }
        "transitrouterroutetable" => state.tables.iter().map(Object::base).collect(),
        _ => return Err(unknown_kind()),
    };
    let ids = ctx.parameters.list("ResourceId");
    let mut rows: Vec<Value> = Vec::new();
    for base in bases {
        let shown = base.owner == ctx.account()
            && (ids.is_empty() || ids.contains(&base.id))
            && ctx.parameters.tags_match(&base.tags);
        if shown {
            let row = |(key, value): &(String, String)| json!({"ResourceId": base.id, "ResourceType": kind, "TagKey": key, "TagValue": value});
            rows.extend(base.tags.iter().map(row));
        }
    }
    let page = tokened(&ctx.parameters, rows, TokenStyle::cbn(20, 100))?;
    Ok(
        json!({"TagResources": {"TagResource": page.items}, "NextToken": page.next.unwrap_or_default()}),
    )
}
