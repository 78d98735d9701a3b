//! Tags of groups and instances.

use serde_json::json;

use crate::aliyun::cbn::merge_tags;
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::parameters::invalid;
use crate::table::{Base, Object, Tags};

pub(super) fn tag(ctx: &mut Context<'_>) -> Outcome {
    let tags = ctx.parameters.tags()?;
    if tags.is_empty() {
        return Err(invalid("Tag"));
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
    let ids = ctx.parameters.list("ResourceId");
    if ids.is_empty() || ids.len() > 50 {
        return Err(invalid("ResourceId"));
    }
    let account = ctx.account().to_owned();
    for id in &ids {
        let base = base_mut(ctx, &kind, id)?.filter(|base| base.owner == account);
        base.ok_or_else(|| {
            let message = format!("The resource {id} does not exist.");
            Failure::missing("InvalidResourceId.NotFound", message)
        })?;
    }
    for id in &ids {
        if let Some(base) = base_mut(ctx, &kind, id)? {
            edit(&mut base.tags);
        }
    }
    Ok(json!({}))
}

fn base_mut<'a>(ctx: &'a mut Context<'_>, kind: &str, id: &str) -> Outcome<Option<&'a mut Base>> {
    let state = &mut ctx.state.ecs;
    Ok(match kind.to_ascii_lowercase().as_str() {
        "securitygroup" => state.groups.get_mut(id).map(Object::base_mut),
        "instance" => state.instances.get_mut(id).map(Object::base_mut),
        _ => return Err(invalid("ResourceType.NotSupported")),
    })
}
