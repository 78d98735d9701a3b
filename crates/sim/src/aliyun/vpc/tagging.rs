//! Tags of VPC objects.

use serde_json::{Value, json};

use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::{TokenStyle, tokened};
use crate::aliyun::parameters::invalid;
use crate::table::Tags;
use crate::table::{Base, Object, Table};

pub(super) fn tag(ctx: &mut Context<'_>) -> Outcome {
    let tags = ctx.parameters.tags()?;
    if tags.is_empty() {
        return Err(invalid("Tag"));
    }
    change(ctx, |old| crate::aliyun::cbn::merge_tags(old, &tags))
}

pub(super) fn untag(ctx: &mut Context<'_>) -> Outcome {
    let keys = ctx.parameters.list("TagKey");
    let all = ctx.parameters.flag("All")?;
    change(ctx, |old| {
        old.retain(|(key, _)| !all && !keys.contains(key))
    })
}

fn change(ctx: &mut Context<'_>, edit: impl Fn(&mut Tags)) -> Outcome {
    ctx.required_region()?;
    let kind = ctx.required("ResourceType")?;
    let ids = ctx.parameters.list("ResourceId");
    if ids.is_empty() || ids.len() > 20 {
        return Err(invalid("ResourceId"));
    }
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

fn base_mut<'a>(ctx: &'a mut Context<'_>, kind: &str, id: &str) -> Outcome<Option<&'a mut Base>> {
    let state = &mut ctx.state.vpc;
    Ok(match kind.to_ascii_uppercase().as_str() {
        "VPC" => state.vpcs.get_mut(id).map(Object::base_mut),
        "VSWITCH" => state.vswitches.get_mut(id).map(Object::base_mut),
        "ROUTETABLE" => state.tables.get_mut(id).map(Object::base_mut),
        "NETWORKACL" => state.acls.get_mut(id).map(Object::base_mut),
        "PREFIXLIST" => state.prefix_lists.get_mut(id).map(Object::base_mut),
        "EIP" => state.elastic_addresses.get_mut(id).map(Object::base_mut),
        "NATGATEWAY" => state.nat_gateways.get_mut(id).map(Object::base_mut),
        "IPV4GATEWAY" => state.ipv4_gateways.get_mut(id).map(Object::base_mut),
        "GATEWAYENDPOINT" => state.gateway_endpoints.get_mut(id).map(Object::base_mut),
        _ => return Err(invalid("ResourceType")),
    })
}

pub(super) fn list(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let kind = ctx.required("ResourceType")?;
    let state = &ctx.state.vpc;
    let rows = match kind.to_ascii_uppercase().as_str() {
        "VPC" => rows(ctx, &state.vpcs, &kind),
        "VSWITCH" => rows(ctx, &state.vswitches, &kind),
        "ROUTETABLE" => rows(ctx, &state.tables, &kind),
        "NETWORKACL" => rows(ctx, &state.acls, &kind),
        "PREFIXLIST" => rows(ctx, &state.prefix_lists, &kind),
        "EIP" => rows(ctx, &state.elastic_addresses, &kind),
        "NATGATEWAY" => rows(ctx, &state.nat_gateways, &kind),
        "IPV4GATEWAY" => rows(ctx, &state.ipv4_gateways, &kind),
        "GATEWAYENDPOINT" => rows(ctx, &state.gateway_endpoints, &kind),
        _ => return Err(invalid("ResourceType")),
    };
    let page = tokened(&ctx.parameters, rows, TokenStyle::new(50, 50))?;
    Ok(
        json!({"TagResources": {"TagResource": page.items}, "NextToken": page.next.unwrap_or_default()}),
    )
}

fn rows<T: Object>(ctx: &Context<'_>, table: &Table<T>, kind: &str) -> Vec<Value> {
    let ids = ctx.parameters.list("ResourceId");
    let shown = |object: &&T| {
        ctx.lists(*object) && (ids.is_empty() || ids.iter().any(|id| id == object.id()))
    };
    let row = |object: &T| {
        let id = object.id().to_owned();
        let row = |(key, value): &(String, String)| json!({"ResourceId": id, "ResourceType": kind, "TagKey": key, "TagValue": value});
        object.base().tags.iter().map(row).collect::<Vec<_>>()
    };
    table.iter().filter(shown).flat_map(row).collect()
}
