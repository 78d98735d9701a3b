//! Associations (which table an attachment's traffic is looked up in) and propagations (which tables learn its routes).

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    Attachment, Binding, Link, RouterTable, State, check_lock, check_ready, lock, own_attachment,
    own_table,
};
use crate::aliyun::choices::{ASSOCIATED_ALREADY, PROPAGATED_ALREADY};
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::{TokenStyle, tokened};
use crate::table::{Base, Life, Object, Phase, Table};

/// What differs between the two.
struct Kind {
    name: &'static str,
    /// The code when attachment or table are busy.
    busy: &'static str,
    /// The code when it exists.
    exists: &'static str,
    takes: Duration,
    table: fn(&mut State) -> &mut Table<Binding>,
}

fn association(ctx: &Context<'_>) -> Kind {
    let takes = ctx.setup.timings.association;
    Kind {
        name: "association",
        busy: "IncorrectStatus.Status",
        exists: ASSOCIATED_ALREADY,
        takes,
        table: |state| &mut state.associations,
    }
}

fn propagation(ctx: &Context<'_>) -> Kind {
    let takes = ctx.setup.timings.propagation;
    Kind {
        name: "propagation",
        busy: "IncorrectStatus.AttachmentOrRouteTable",
        exists: PROPAGATED_ALREADY,
        takes,
        table: |state| &mut state.propagations,
    }
}

pub(super) fn associate(ctx: &mut Context<'_>) -> Outcome {
    let kind = association(ctx);
    let (attachment, table) = ends(ctx)?;
    // One association per attachment and router: a peering has one on each side.
    let state = &ctx.state.cbn;
    let existing = state.associations.iter().find(|known| {
        known.attachment == attachment.base.id
            && state
                .tables
                .get(&known.table)
                .is_some_and(|known| known.router == table.router)
    });
    let existing = existing.cloned();
    bind(ctx, &kind, &attachment, &table, existing)
}

pub(super) fn enable(ctx: &mut Context<'_>) -> Outcome {
    let kind = propagation(ctx);
    let (attachment, table) = ends(ctx)?;
    let existing = find(
        &ctx.state.cbn.propagations,
        &attachment.base.id,
        &table.base.id,
    )
    .cloned();
    bind(ctx, &kind, &attachment, &table, existing)
}

/// The attachment and the table of a call, on the same router.
fn ends(ctx: &Context<'_>) -> Outcome<(Attachment, RouterTable)> {
    let id = ctx.required("TransitRouterAttachmentId")?;
    let table = own_table(ctx, &ctx.required("TransitRouterRouteTableId")?)?;
    let attachment = own_attachment(ctx, &id, "InvalidAttachmentId.NotFound")?;
    if !attachment.is_on(&table.router) {
        return Err(Failure::bad(
            "IllegalParam.TransitRouterAttachmentId",
            "Attachment and table are on different routers.",
        ));
    }
    Ok((attachment, table))
}

fn find<'a>(table: &'a Table<Binding>, attachment: &str, route_table: &str) -> Option<&'a Binding> {
    table
        .iter()
        .find(|binding| binding.attachment == attachment && binding.table == route_table)
}

fn bind(
    ctx: &mut Context<'_>,
    kind: &Kind,
    attachment: &Attachment,
    table: &RouterTable,
    existing: Option<Binding>,
) -> Outcome {
    check_lock(ctx, &attachment.cen)?;
    check_ready(attachment, ctx.now, kind.busy)?;
    check_ready(table, ctx.now, kind.busy)?;
    if let Some(existing) = existing {
        check_ready(&existing, ctx.now, kind.busy)?;
        return Err(Failure::bad(
            kind.exists,
            format!("The {} exists already.", kind.name),
        ));
    }
    let base = Base {
        id: format!("{}/{}/{}", kind.name, attachment.base.id, table.base.id),
        owner: ctx.account().to_owned(),
        region: table.base.region.clone(),
        name: String::new(),
        description: String::new(),
        tags: Vec::new(),
        life: Life::new(ctx.now, kind.takes).visible_after(ctx.setup.timings.visibility),
    };
    ctx.born(kind.name, &base);
    let binding = Binding {
        base,
        attachment: attachment.base.id.clone(),
        table: table.base.id.clone(),
    };
    (kind.table)(&mut ctx.state.cbn).insert(binding);
    lock(ctx, &attachment.cen);
    Ok(json!({}))
}

pub(super) fn dissociate(ctx: &mut Context<'_>) -> Outcome {
    let kind = association(ctx);
    unbind(ctx, &kind)
}

pub(super) fn disable(ctx: &mut Context<'_>) -> Outcome {
    let kind = propagation(ctx);
    unbind(ctx, &kind)
}

fn unbind(ctx: &mut Context<'_>, kind: &Kind) -> Outcome {
    let (attachment, table) = ends(ctx)?;
    let missing = || {
        Failure::missing(
            "InvalidAttachmentId.NotFound",
            format!("There is no such {}.", kind.name),
        )
    };
    let bindings = (kind.table)(&mut ctx.state.cbn);
    let binding = find(bindings, &attachment.base.id, &table.base.id)
        .cloned()
        .ok_or_else(missing)?;
    check_lock(ctx, &attachment.cen)?;
    check_ready(&attachment, ctx.now, kind.busy)?;
    check_ready(&binding, ctx.now, kind.busy)?;
    let gone = ctx.now + kind.takes;
    if let Some(binding) = (kind.table)(&mut ctx.state.cbn).get_mut(&binding.base.id) {
        binding.base.life.leave(gone);
    }
    lock(ctx, &attachment.cen);
    Ok(json!({}))
}

pub(super) fn list_associations(ctx: &mut Context<'_>) -> Outcome {
    let of = ["TransitRouterRouteTableId", "TransitRouterAttachmentId"];
    if of.iter().all(|name| ctx.parameters.get(name).is_none()) {
        return Err(Failure::bad(
            "InvalidParameter",
            "Name a route table or an attachment.",
        ));
    }
    list(
        ctx,
        &ctx.state.cbn.associations,
        "TransitRouterAssociations",
        ["Associating", "Active", "Dissociating"],
    )
}

pub(super) fn list_propagations(ctx: &mut Context<'_>) -> Outcome {
    ctx.required("TransitRouterRouteTableId")?;
    list(
        ctx,
        &ctx.state.cbn.propagations,
        "TransitRouterPropagations",
        ["Enabling", "Active", "Disabling"],
    )
}

fn list(
    ctx: &Context<'_>,
    bindings: &Table<Binding>,
    wrapper: &str,
    statuses: [&str; 3],
) -> Outcome {
    let parameters = &ctx.parameters;
    if let Some(table) = parameters.get("TransitRouterRouteTableId") {
        own_table(ctx, table)?;
    }
    let shown = |binding: &Binding| {
        ctx.is_own(binding)
            && binding.life().is_listed(ctx.now)
            && parameters.matches("TransitRouterRouteTableId", &binding.table)
            && parameters.matches("TransitRouterAttachmentId", &binding.attachment)
    };
    let matching = |row: &Value| {
        let is = |parameter: &str, field: &str| {
            parameters.matches(parameter, row[field].as_str().unwrap_or_default())
        };
        is("TransitRouterAttachmentResourceId", "ResourceId")
            && is("TransitRouterAttachmentResourceType", "ResourceType")
            && is("Status", "Status")
    };
    let rows = bindings
        .iter()
        .filter(|binding| shown(binding))
        .map(|binding| view(ctx, binding, statuses));
    let rows = rows.filter(matching).collect();
    Ok(tokened(parameters, rows, TokenStyle::cbn(50, 100))?.bare(wrapper))
}

fn view(ctx: &Context<'_>, binding: &Binding, [coming, active, going]: [&str; 3]) -> Value {
    let status = match binding.life().phase(ctx.now) {
        Phase::Creating => coming,
        Phase::Ready | Phase::Modifying => active,
        Phase::Leaving | Phase::Gone => going,
    };
    let (resource, kind) = match ctx
        .state
        .cbn
        .attachments
        .get(&binding.attachment)
        .map(|known| &known.link)
    {
        Some(Link::Vpc { vpc, .. }) => (vpc.as_str(), "VPC"),
        Some(Link::Peer { router, .. }) => (router.as_str(), "TR"),
        None => ("", ""),
    };
    json!({
        "ResourceId": resource, "ResourceType": kind, "Status": status,
        "TransitRouterAttachmentId": binding.attachment, "TransitRouterRouteTableId": binding.table,
    })
}
