//! The legacy grant of an instance to a CEN. Transit routers do not know it.

use std::time::Duration;

use serde_json::{Value, json};

use super::State;
use crate::aliyun::context::{Context, uid};
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::numbered;
use crate::aliyun::parameters::invalid;
use crate::table::{Base, Life, Object};

/// An instance's owner lets another account's CEN take it.
#[derive(Debug, Clone)]
pub(crate) struct CenGrant {
    pub(crate) base: Base,
    cen: String,
    cen_owner: String,
    instance: String,
}

fn missing(instance: &str) -> Failure {
    Failure::missing(
        "InvalidInstanceId.NotFound",
        format!("The instance {instance} does not exist or is not granted."),
    )
}

/// The caller's instance that the call names.
fn instance(ctx: &Context<'_>) -> Outcome<Base> {
    ctx.required_region()?;
    let id = ctx.required("InstanceId")?;
    let state = &ctx.state.vpc;
    let base = match ctx.required("InstanceType")?.as_str() {
        "VPC" => state.vpcs.get(&id).map(Object::base),
        "VBR" => state.border_routers.get(&id).map(Object::base),
        "CCN" => None,
        _ => return Err(invalid("InstanceType")),
    };
    let region = ctx.parameters.text("RegionId");
    base.filter(|base| base.owner == ctx.account() && base.region == region)
        .filter(|base| base.life.gone_at().is_none())
        .cloned()
        .ok_or_else(|| missing(&id))
}

fn id_of(cen: &str, instance: &str) -> String {
    format!("cen-grant/{cen}/{instance}")
}

/// Takes the grants of a VPC along, which is gone from then on.
pub(super) fn let_go(state: &mut State, vpc: &str, gone: Duration) {
    let grants = state.cen_grants.iter_mut();
    for grant in grants.filter(|grant| grant.instance == vpc) {
        grant.base.life.leave(gone);
    }
}

pub(super) fn grant(ctx: &mut Context<'_>) -> Outcome {
    let instance = instance(ctx)?;
    let (cen, cen_owner) = (ctx.required("CenId")?, ctx.required("CenOwnerId")?);
    let found = ctx.state.cbn.cens.get(&cen);
    if found.is_none_or(|known| known.base.owner != cen_owner) {
        return Err(Failure::bad(
            "ParameterCenInstanceId",
            "The CEN instance does not exist in that account.",
        ));
    }
    let base = Base {
        id: id_of(&cen, &instance.id),
        life: Life::new(ctx.now, Duration::ZERO),
        ..instance.clone()
    };
    if ctx.state.vpc.cen_grants.get(&base.id).is_some() {
        return Ok(json!({}));
    }
    ctx.born("cen-grant", &base);
    ctx.state.vpc.cen_grants.insert(CenGrant {
        base,
        cen,
        cen_owner,
        instance: instance.id,
    });
    Ok(json!({}))
}

pub(super) fn revoke(ctx: &mut Context<'_>) -> Outcome {
    let instance = instance(ctx)?;
    let (cen, cen_owner) = (ctx.required("CenId")?, ctx.required("CenOwnerId")?);
    let now = ctx.now;
    let grants = &mut ctx.state.vpc.cen_grants;
    let grant = grants
        .get_mut(&id_of(&cen, &instance.id))
        .filter(|grant| grant.cen_owner == cen_owner);
    grant
        .ok_or_else(|| missing(&instance.id))?
        .base
        .life
        .leave(now);
    for (id, at) in grants.purge(now) {
        ctx.ledger.gone(&id, at);
    }
    Ok(json!({}))
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    let instance = instance(ctx)?;
    let row = |grant: &CenGrant| -> Value {
        json!({
            "CenInstanceId": grant.cen, "CenOwnerId": uid(&grant.cen_owner),
            "CreationTime": ctx.date(grant.base.life.created),
        })
    };
    let grants = ctx.state.vpc.cen_grants.iter();
    let rows = grants
        .filter(|grant| grant.instance == instance.id)
        .map(row)
        .collect();
    let page = numbered(&ctx.parameters, rows, 50)?;
    Ok(json!({
        "CenGrantRules": {"CbnGrantRule": page.items}, "TotalCount": page.total, "PageNumber": page.number,
        "PageSize": page.size,
    }))
}
