//! Grants: the owner of a VPC lets another account's CEN take it.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{Grant, State, attachments_of_vpc, own_cen};
use crate::aliyun::choices::{GRANT_EXISTS, REVOKE_WHILE_ATTACHED, REVOKE_WITHOUT_GRANT};
use crate::aliyun::context::{Context, uid};
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::{TokenStyle, Tokened, numbered, tokened};
use crate::aliyun::vpc::vswitches_of;
use crate::table::{Base, Life, Object};

/// The grant of an instance to a CEN.
pub(super) fn find<'a>(state: &'a State, cen: &str, instance: &str) -> Option<&'a Grant> {
    state
        .grants
        .iter()
        .find(|grant| grant.cen == cen && grant.instance == instance)
}

/// Takes the grants of a VPC along, which is gone from then on.
pub(crate) fn let_grants_go(state: &mut State, vpc: &str, gone: Duration) {
    let grants = state.grants.iter_mut();
    for grant in grants.filter(|grant| grant.instance == vpc) {
        grant.base.life.leave(gone);
    }
}

pub(super) fn check_payer(payer: &str) -> Outcome<()> {
    match payer {
        "PayByCenOwner" | "PayByResourceOwner" => Ok(()),
        _ => Err(Failure::bad(
            "IllegalParam.OrderType",
            "OrderType is PayByCenOwner or PayByResourceOwner.",
        )),
    }
}

/// What can be granted. The same kind has different names in different operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Vpc,
    BorderRouter,
    ExpressConnectRouter,
}

impl Kind {
    /// As grants and their owner name it; `VBR` is taken as well.
    fn of_instance(name: &str) -> Option<Self> {
        match name {
            "VPC" => Some(Self::Vpc),
            "ExpressConnect" | "VBR" => Some(Self::BorderRouter),
            "ECR" => Some(Self::ExpressConnectRouter),
            _ => None,
        }
    }

    /// As the CEN's owner names it.
    fn of_child(self) -> &'static str {
        match self {
            Self::Vpc => "VPC",
            Self::BorderRouter => "VBR",
            Self::ExpressConnectRouter => "ECR",
        }
    }

    fn find<'a>(self, ctx: &'a Context<'_>, id: &str) -> Option<&'a Base> {
        let state = &ctx.state;
        match self {
            Self::Vpc => state.vpc.vpcs.get(id).map(Object::base),
            Self::BorderRouter => state.vpc.border_routers.get(id).map(Object::base),
            Self::ExpressConnectRouter => state.ecr.routers.get(id).map(Object::base),
        }
    }

    /// Express connect routers have no region.
    fn is_in(self, base: &Base, region: Option<&str>) -> bool {
        self == Self::ExpressConnectRouter || region.is_none_or(|region| region == base.region)
    }
}

/// What grant and revocation name.
struct Subject {
    cen: String,
    cen_owner: String,
    instance: String,
    kind: Kind,
    region: String,
}

fn subject(ctx: &Context<'_>) -> Outcome<Subject> {
    ctx.region()?;
    let (cen, cen_owner) = (ctx.required("CenId")?, ctx.required("CenOwnerId")?);
    let instance = ctx.required("InstanceId")?;
    let unknown = || {
        Failure::bad(
            "IllegalParam.InstanceType",
            "The instance type is not known.",
        )
    };
    let kind = Kind::of_instance(&ctx.required("InstanceType")?).ok_or_else(unknown)?;
    let missing = || {
        Failure::missing(
            "InvalidInstanceId.NotFound",
            format!("The instance {instance} does not exist."),
        )
    };
    let asked = ctx.parameters.get("RegionId");
    let base = kind
        .find(ctx, &instance)
        .filter(|base| base.owner == ctx.account() && kind.is_in(base, asked))
        .filter(|base| base.life.gone_at().is_none())
        .ok_or_else(missing)?;
    Ok(Subject {
        cen,
        cen_owner,
        kind,
        region: base.region.clone(),
        instance,
    })
}

pub(super) fn grant(ctx: &mut Context<'_>) -> Outcome {
    let subject = subject(ctx)?;
    let payer = ctx.parameters.text("OrderType");
    if !payer.is_empty() {
        check_payer(&payer)?;
    }
    let cen = ctx
        .state
        .cbn
        .cens
        .get(&subject.cen)
        .filter(|cen| cen.base.owner == subject.cen_owner);
    if cen.is_none() {
        return Err(Failure::bad(
            "ParameterCenInstanceId",
            "The CEN instance does not exist in that account.",
        ));
    }
    if subject.cen_owner == ctx.account() {
        return Err(Failure::bad(
            "IllegalParam.CenOwnerId",
            "Grants are for other accounts.",
        ));
    }
    if let Some(existing) = find(&ctx.state.cbn, &subject.cen, &subject.instance) {
        let same = payer.is_empty() || existing.payer == payer;
        return if same {
            Ok(json!({}))
        } else {
            Err(Failure::bad(
                GRANT_EXISTS,
                "The instance is granted already.",
            ))
        };
    }
    let base = Base {
        id: format!("grant/{}/{}", subject.cen, subject.instance),
        owner: ctx.account().to_owned(),
        region: subject.region,
        name: String::new(),
        description: String::new(),
        tags: Vec::new(),
        life: Life::new(ctx.now, Duration::ZERO),
    };
    ctx.born("grant", &base);
    let (cen, cen_owner, instance) = (subject.cen, subject.cen_owner, subject.instance);
    ctx.state.cbn.grants.insert(Grant {
        base,
        cen,
        cen_owner,
        instance,
        kind: subject.kind,
        payer,
    });
    Ok(json!({}))
}

pub(super) fn revoke(ctx: &mut Context<'_>) -> Outcome {
    let subject = subject(ctx)?;
    let grant = find(&ctx.state.cbn, &subject.cen, &subject.instance).cloned();
    let missing = || {
        Failure::bad(
            REVOKE_WITHOUT_GRANT,
            "The instance is not granted to the CEN instance.",
        )
    };
    let grant = grant
        .filter(|grant| grant.cen_owner == subject.cen_owner)
        .ok_or_else(missing)?;
    if attachments_of_vpc(&ctx.state.cbn, &subject.instance).any(|known| known.cen == subject.cen) {
        return Err(Failure::bad(
            REVOKE_WHILE_ATTACHED,
            "The instance is still attached.",
        ));
    }
    let now = ctx.now;
    if let Some(grant) = ctx.state.cbn.grants.get_mut(&grant.base.id) {
        grant.base.life.leave(now);
    }
    for (id, at) in ctx.state.cbn.grants.purge(now) {
        ctx.ledger.gone(&id, at);
    }
    Ok(json!({}))
}

pub(super) fn modify(ctx: &mut Context<'_>) -> Outcome {
    let (cen, instance) = (ctx.required("CenId")?, ctx.required("InstanceId")?);
    let payer = ctx.required("OrderType")?;
    check_payer(&payer)?;
    let account = ctx.account().to_owned();
    let grants = &mut ctx.state.cbn.grants;
    let grant = grants.iter_mut().find(|grant| {
        grant.cen == cen
            && grant.instance == instance
            && (grant.base.owner == account || grant.cen_owner == account)
    });
    let missing = || {
        Failure::bad(
            "OperationFailed.GrantCrossAccountNotExist",
            "There is no such grant.",
        )
    };
    grant.ok_or_else(missing)?.payer.clone_from(&payer);
    for attachment in ctx
        .state
        .cbn
        .attachments
        .iter_mut()
        .filter(|known| known.cen == cen)
    {
        if let super::Link::Vpc {
            vpc, payer: old, ..
        } = &mut attachment.link
            && *vpc == instance
        {
            old.clone_from(&payer);
        }
    }
    Ok(json!({}))
}

/// Everything is returned unless a page size is asked for.
const ALL: TokenStyle = TokenStyle {
    default: None,
    ..TokenStyle::cbn(20, 100)
};

fn with_token(page: Tokened, wrap: impl FnOnce(Vec<Value>) -> Value) -> Value {
    let (total, size, next) = (page.total, page.size, page.next);
    let mut answer = wrap(page.items);
    if let Some(object) = answer.as_object_mut() {
        object.insert("TotalCount".to_owned(), total.into());
        object.insert("MaxResults".to_owned(), size.into());
        if let Some(next) = next {
            object.insert("NextToken".to_owned(), next.into());
        }
    }
    answer
}

pub(super) fn to_resource(ctx: &mut Context<'_>) -> Outcome {
    ctx.region()?;
    let product = ctx.required("ProductType")?;
    let resource = ctx.required("ResourceId")?;
    let own = |grant: &&Grant| {
        Kind::of_instance(&product) == Some(grant.kind)
            && ctx.is_own(*grant)
            && grant.instance == resource
    };
    let row = |grant: &Grant| {
        json!({
            "CenId": grant.cen, "CenOwnerId": uid(&grant.cen_owner), "OrderType": grant.payer,
            "EffectiveOrderType": grant.payer, "CreateTime": ctx.minute(grant.base.life.created),
        })
    };
    let rows = ctx.state.cbn.grants.iter().filter(own).map(row).collect();
    Ok(with_token(
        tokened(&ctx.parameters, rows, ALL)?,
        |items| json!({ "GrantRules": items }),
    ))
}

pub(super) fn to_cen(ctx: &mut Context<'_>) -> Outcome {
    ctx.region()?;
    let cen = own_cen(ctx, &ctx.required("CenId")?)?;
    let product = ctx.required("ProductType")?;
    let parameters = &ctx.parameters;
    let shown = |grant: &&Grant| {
        product == grant.kind.of_child()
            && grant.cen == cen.base.id
            && parameters.matches("ChildInstanceId", &grant.instance)
            && parameters.matches("ChildInstanceOwnerId", &grant.base.owner)
            && parameters.matches("RegionId", &grant.base.region)
    };
    let row = |grant: &Grant| {
        let created = ctx
            .clock
            .at(grant.base.life.created)
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        json!({
            "CenId": grant.cen, "CenOwnerId": uid(&grant.cen_owner), "ChildInstanceId": grant.instance,
            "ChildInstanceOwnerId": uid(&grant.base.owner), "ChildInstanceRegionId": grant.base.region,
            "ChildInstanceType": grant.kind.of_child(), "CreateTime": u64::try_from(created.as_millis()).unwrap_or_default(),
            "OrderType": grant.payer, "EffectiveOrderType": grant.payer,
        })
    };
    let rows = ctx.state.cbn.grants.iter().filter(shown).map(row).collect();
    Ok(with_token(
        tokened(parameters, rows, ALL)?,
        |items| json!({"GrantRules": {"GrantRule": items}}),
    ))
}

/// The vSwitches of a granted (or own) VPC; nothing for one that is not granted.
pub(super) fn vswitches(ctx: &mut Context<'_>) -> Outcome {
    let region = ctx.required_region()?;
    let cen = own_cen(ctx, &ctx.required("CenId")?)?;
    let vpc_id = ctx.required("VpcId")?;
    let granted = find(&ctx.state.cbn, &cen.base.id, &vpc_id).is_some();
    let vpc = ctx
        .state
        .vpc
        .vpcs
        .get(&vpc_id)
        .filter(|vpc| granted || ctx.is_own(*vpc));
    let rows: Vec<Value> = match vpc.filter(|vpc| vpc.base.region == region) {
        None => Vec::new(),
        Some(vpc) => vswitches_of(&ctx.state.vpc, &vpc.base.id, ctx.now)
            .filter(|vswitch| vswitch.life().is_ready(ctx.now) && ctx.parameters.matches("ZoneId", &vswitch.zone))
            .map(|vswitch| {
                json!({
                    "VSwitchId": vswitch.base.id, "VSwitchName": vswitch.base.name, "VpcId": vswitch.vpc,
                    "ZoneId": vswitch.zone,
                })
            })
            .collect(),
    };
    let page = numbered(&ctx.parameters, rows, 50)?;
    Ok(json!({
        "VSwitches": page.items, "TotalCount": page.total, "PageNumber": page.number, "PageSize": page.size,
    }))
}
