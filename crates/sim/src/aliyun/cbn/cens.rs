//! CEN instances.

use serde_json::{Value, json};

use super::{Cen, check_lock, check_ready, lock, own_cen};
use crate::aliyun::context::{Context, tags};
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::numbered;
use crate::table::{Object, Phase};

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    if ctx
        .parameters
        .get("ProtectionLevel")
        .is_some_and(|level| level != "REDUCED")
    {
        return Err(Failure::bad(
            "IllegalParam.ProtectionLevel",
            "The only protection level is REDUCED.",
        ));
    }
    let count = ctx
        .state
        .cbn
        .cens
        .iter()
        .filter(|cen| ctx.is_own(*cen))
        .count();
    if count >= ctx.quota("cens") {
        return Err(Failure::bad("QuotaExceeded.Cen", "CEN quota exceeded."));
    }
    let mut base = ctx.base("cen", "", "Name", ctx.setup.timings.cen)?;
    base.description = ctx.parameters.text("Description");
    base.life = base.life.visible_after(ctx.setup.timings.visibility);
    ctx.born("cen", &base);
    let answer = json!({"CenId": base.id});
    ctx.state.cbn.cens.insert(Cen { base });
    Ok(answer)
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    let filters = filters(ctx)?;
    let shown = |cen: &&Cen| {
        ctx.is_own(*cen)
            && cen.life().is_listed(ctx.now)
            && ctx.parameters.tags_match(&cen.base.tags)
            && filters.iter().all(|(key, values)| {
                let actual = if key == "CenId" {
                    &cen.base.id
                } else {
                    &cen.base.name
                };
                values.contains(actual)
            })
    };
    let cens = ctx
        .state
        .cbn
        .cens
        .iter()
        .filter(shown)
        .map(|cen| view(ctx, cen))
        .collect();
    let page = numbered(&ctx.parameters, cens, 50)?;
    Ok(json!({
        "Cens": {"Cen": page.items}, "TotalCount": page.total, "PageNumber": page.number, "PageSize": page.size,
    }))
}

/// `Filter.N.Key` with `Filter.N.Value.M`.
fn filters(ctx: &Context<'_>) -> Outcome<Vec<(String, Vec<String>)>> {
    let filter = |number: u32| {
        let key = ctx
            .parameters
            .nested("Filter", number, "Key")
            .unwrap_or_default();
        if !matches!(key, "CenId" | "Name") {
            return Err(Failure::bad(
                "IllegalParam.Filter",
                "A filter's key is CenId or Name.",
            ));
        }
        Ok((
            key.to_owned(),
            ctx.parameters.list(&format!("Filter.{number}.Value")),
        ))
    };
    ctx.parameters
        .numbers("Filter")
        .into_iter()
        .map(filter)
        .collect()
}

fn view(ctx: &Context<'_>, cen: &Cen) -> Value {
    let status = match cen.life().phase(ctx.now) {
        Phase::Creating => "Creating",
        Phase::Leaving | Phase::Gone => "Deleting",
        Phase::Ready | Phase::Modifying => "Active",
    };
    json!({
        "CenId": cen.base.id, "Name": cen.base.name, "Description": cen.base.description, "Status": status,
        "ProtectionLevel": "REDUCED", "Ipv6Level": "", "CreationTime": ctx.date(cen.base.life.created),
        "ResourceGroupId": "rg-default", "CenBandwidthPackageIds": {"CenBandwidthPackageId": []},
        "Tags": {"Tag": tags(&cen.base.tags)},
    })
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let cen = own_cen(ctx, &ctx.required("CenId")?)?;
    let id = cen.base.id.clone();
    check_lock(ctx, &id)?;
    check_ready(&cen, ctx.now, "InvalidOperation.CenInstanceStatus")?;
    let state = &ctx.state.cbn;
    let routers: Vec<String> = state
        .routers
        .iter()
        .filter(|router| router.cen == id)
        .map(|router| router.base.id.clone())
        .collect();
    if state
        .attachments
        .iter()
        .any(|attachment| attachment.cen == id)
    {
        return Err(Failure::bad(
            "InvalidOperation.AttachedChildInstanceExist",
            "The CEN instance has attachments.",
        ));
    }
    for router in &routers {
        check_empty(ctx, router)?;
        super::routers::remove(ctx, router);
    }
    let gone = ctx.now + ctx.setup.timings.cen;
    if let Some(cen) = ctx.state.cbn.cens.get_mut(&id) {
        cen.base.life.leave(gone);
    }
    lock(ctx, &id);
    Ok(json!({}))
}

fn check_empty(ctx: &Context<'_>, router: &str) -> Outcome<()> {
    let state = &ctx.state.cbn;
    if state
        .routers
        .get(router)
        .is_some_and(|router| !router.life().is_ready(ctx.now))
    {
        return Err(Failure::bad(
            "InvalidOperation.CenInstanceStatus",
            "A transit router of the CEN instance is being changed.",
        ));
    }
    for table in state.tables.iter().filter(|table| table.router == router) {
        if table.is_custom {
            return Err(Failure::bad(
                "OperationFailed.DeleteCenWithCustomRouteTable",
                "A custom route table exists.",
            ));
        }
        if state
            .routes
            .iter()
            .any(|route| route.table == table.base.id)
        {
            return Err(Failure::bad(
                "OperationFailed.DeleteCenWithRouteEntry",
                "A route entry exists.",
            ));
        }
    }
    Ok(())
}
