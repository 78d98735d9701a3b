//! VPCs.

use ipnet::Ipv4Net;
use serde_json::{Value, json};

use super::shares::{is_open_to_caller, is_shared_with_caller, usable_vpc, visible};
use super::{
    RouteTable, VSwitch, Vpc, cen_grants, gateway_endpoints, ipv4_gateways, ipv6, nat_gateways,
    own_vpc, range, vswitches_of,
};
use crate::aliyun::cbn;
use crate::aliyun::choices::{VPC_WITH_ECR_ASSOCIATION, VPC_WITH_PEERING, VPC_WITH_TRANSIT_ROUTER};
use crate::aliyun::context::{Context, tags, uid};
use crate::aliyun::ecr;
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::paging::numbered;
use crate::aliyun::vpcpeer;
use crate::table::{Base, Life, Object, Phase};

/// The range of a VPC for which none is asked.
const DEFAULT_RANGE: &str = "172.16.0.0/12";

/// Ranges that no network may use.
const FORBIDDEN: [&str; 4] = [
    "100.64.0.0/10",
    "224.0.0.0/4",
    "127.0.0.0/8",
    "169.254.0.0/16",
];

/// A range fit for a VPC.
pub(super) fn network_range(text: &str) -> Outcome<Ipv4Net> {
    let net = range(text)?;
    let forbidden = FORBIDDEN
        .iter()
        .filter_map(|known| known.parse::<Ipv4Net>().ok())
        .any(|known| known.contains(&net));
    if forbidden || !(8..=28).contains(&net.prefix_len()) {
        return Err(Failure::bad(
            "InvalidCidrBlock",
            format!("Specified CIDR block {text} may not be used for a VPC."),
        ));
    }
    Ok(net)
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let region = ctx.required_region()?;
    let cidr = network_range(ctx.parameters.get("CidrBlock").unwrap_or(DEFAULT_RANGE))?;
    let count = ctx
        .state
        .vpc
        .vpcs
        .owned_by(ctx.account())
        .filter(|vpc| ctx.can_see(*vpc))
        .count();
    if count >= ctx.quota("vpcs_per_region") {
        return Err(Failure::bad("QuotaExceeded.Vpc", "VPC quota exceeded."));
    }
    let ipv6 = ipv6::wanted(ctx, "EnableIpv6")?;
    let ipv6 = ipv6.then(|| ipv6::next_range(ctx));
    let base = ctx.base("vpc", &region, "VpcName", ctx.setup.timings.vpc)?;
    let router = ctx.new_id("vrt", &region);
    let system_table = create_system_table(ctx, &base);
    ctx.born("vpc", &base);
    let answer = json!({
        "VpcId": base.id, "VRouterId": router, "RouteTableId": system_table, "ResourceGroupId": "rg-default",
    });
    ctx.state.vpc.vpcs.insert(Vpc {
        base,
        cidr,
        secondary: Vec::new(),
        ipv6: ipv6.into_iter().collect(),
        router,
        system_table,
    });
    Ok(answer)
}

fn create_system_table(ctx: &mut Context<'_>, vpc: &Base) -> String {
    let base = Base {
        id: ctx.new_id("vtb", &vpc.region),
        name: String::new(),
        description: String::new(),
        tags: Vec::new(),
        life: Life::new(ctx.now, ctx.setup.timings.vpc),
        ..vpc.clone()
    };
    ctx.born("route-table", &base);
    let id = base.id.clone();
    ctx.state.vpc.tables.insert(RouteTable {
        base,
        vpc: vpc.id.clone(),
        is_custom: false,
    });
    id
}

pub(super) fn describe_all(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let wanted: Option<Vec<&str>> = ctx
        .parameters
        .get("VpcId")
        .map(|ids| ids.split(',').collect());
    if wanted.as_ref().is_some_and(|ids| ids.len() > 20) {
        return Err(Failure::bad(
            "InvalidVpcIdNumber.NotSupported",
            "At most 20 ids.",
        ));
    }
    let shown = |vpc: &&Vpc| {
        (ctx.lists(*vpc) || is_open_to_caller(ctx, vpc))
            && wanted
                .as_ref()
                .is_none_or(|ids| ids.contains(&vpc.base.id.as_str()))
            && ctx.parameters.matches("VpcName", &vpc.base.name)
            && ctx.parameters.matches("VpcOwnerId", &vpc.base.owner)
            && ctx
                .parameters
                .get("IsDefault")
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case("false"))
    };
    let vpcs = visible(ctx, &ctx.state.vpc.vpcs);
    let vpcs: Vec<&Vpc> = vpcs.filter(shown).collect();
    let page = numbered(&ctx.parameters, vpcs, 50)?.shown(|vpc| view(ctx, vpc));
    Ok(json!({
        "Vpcs": {"Vpc": page.items}, "TotalCount": page.total, "PageNumber": page.number, "PageSize": page.size,
    }))
}

pub(super) fn describe_one(ctx: &mut Context<'_>) -> Outcome {
    ctx.required_region()?;
    let vpc = usable_vpc(ctx, &ctx.required("VpcId")?)?;
    let mut answer = view(ctx, &vpc);
    let cens: Vec<Value> = cbn::cens_of_vpc(&ctx.state.cbn, &vpc.base.id)
        .map(|cen| json!({"CenId": cen.base.id, "CenOwnerId": uid(&cen.base.owner), "CenStatus": "Attached"}))
        .collect();
    if let Some(object) = answer.as_object_mut() {
        // Only the list has these.
        for name in ["CenStatus", "NatGatewayIds", "RouterTableIds"] {
            object.remove(name);
        }
        object.insert(
            "AssociatedCens".to_owned(),
            json!({ "AssociatedCen": cens }),
        );
        object.insert(
            "AssociatedPropagationSources".to_owned(),
            json!({"AssociatedPropagationSources": []}),
        );
        object.insert(
            "CloudResources".to_owned(),
            json!({ "CloudResourceSetType": resources(ctx, &vpc) }),
        );
    }
    Ok(answer)
}

fn resources(ctx: &Context<'_>, vpc: &Vpc) -> Value {
    let state = &ctx.state.vpc;
    let vswitches = vswitches_of(state, &vpc.base.id, ctx.now).count();
    let tables = state.tables.held_by(&vpc.base.id).count();
    let groups = ctx
        .state
        .ecs
        .groups
        .iter()
        .filter(|group| group.vpc == vpc.base.id)
        .count();
    json!([
        {"ResourceType": "VSwitch", "ResourceCount": vswitches},
        {"ResourceType": "VRouter", "ResourceCount": 1},
        {"ResourceType": "RouteTable", "ResourceCount": tables},
        {"ResourceType": "SecurityGroup", "ResourceCount": groups},
    ])
}

fn view(ctx: &Context<'_>, vpc: &Vpc) -> Value {
    let base = &vpc.base;
    let state = &ctx.state.vpc;
    let tables: Vec<&str> = state
        .tables
        .held_by(&base.id)
        .map(|table| table.base.id.as_str())
        .collect();
    let shown = |vswitch: &&VSwitch| ctx.is_own(*vswitch) || is_shared_with_caller(ctx, vswitch);
    let vswitches: Vec<&str> = vswitches_of(state, &base.id, ctx.now)
        .filter(shown)
        .map(|vswitch| vswitch.base.id.as_str())
        .collect();
    let translators: Vec<&str> = nat_gateways::ids_of(state, &base.id).collect();
    let is_attached = cbn::cens_of_vpc(&ctx.state.cbn, &base.id).next().is_some();
    json!({
        "VpcId": base.id, "VpcName": base.name, "Description": base.description, "Status": status(vpc, ctx.now),
        "CidrBlock": vpc.cidr.to_string(), "Ipv6CidrBlock": ipv6::first(&vpc.ipv6), "EnabledIpv6": !vpc.ipv6.is_empty(),
        "Ipv6CidrBlocks": ipv6::all(&vpc.ipv6),
        "SecondaryCidrBlocks": {"SecondaryCidrBlock": vpc.secondary.iter().map(Ipv4Net::to_string).collect::<Vec<_>>()},
        "UserCidrs": {"UserCidr": []}, "VRouterId": vpc.router,
        "RouterTableIds": {"RouterTableIds": tables}, "VSwitchIds": {"VSwitchId": vswitches},
        "NatGatewayIds": {"NatGatewayIds": translators}, "CenStatus": if is_attached { "Attached" } else { "Detached" },
        "IsDefault": false, "OwnerId": uid(&base.owner), "RegionId": base.region, "ResourceGroupId": "rg-default",
        "Tags": {"Tag": tags(&base.tags)}, "CreationTime": ctx.date(base.life.created),
    })
}

fn status(vpc: &Vpc, now: std::time::Duration) -> &'static str {
    match vpc.life().phase(now) {
        Phase::Creating => "Pending",
        Phase::Leaving | Phase::Gone => "Deleting",
        Phase::Ready | Phase::Modifying => "Available",
    }
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let id = ctx.required("VpcId")?;
    let vpc = own_vpc(ctx, &id)?;
    super::check_ready(&vpc, ctx.now)?;
    check_empty(ctx, &vpc)?;
    let gone = ctx.now + ctx.setup.timings.network_delete;
    if let Some(vpc) = ctx.state.vpc.vpcs.get_mut(&id) {
        vpc.base.life.leave(gone);
    }
    if let Some(table) = ctx.state.vpc.tables.get_mut(&vpc.system_table) {
        table.base.life.leave(gone);
    }
    for route in ctx
        .state
        .vpc
        .routes
        .iter_mut()
        .filter(|route| route.table == vpc.system_table)
    {
        route.base.life.leave(gone);
    }
    cbn::let_grants_go(&mut ctx.state.cbn, &id, gone);
    ecr::let_grants_go(&mut ctx.state.ecr, &id, gone);
    cen_grants::let_go(&mut ctx.state.vpc, &id, gone);
    Ok(json!({}))
}

fn check_empty(ctx: &Context<'_>, vpc: &Vpc) -> Outcome<()> {
    let state = &ctx.state.vpc;
    let id = &vpc.base.id;
    let dependency = if cbn::attachments_of_vpc(&ctx.state.cbn, id).next().is_some() {
        VPC_WITH_TRANSIT_ROUTER
    } else if ecr::associations_of_vpc(&ctx.state.ecr, id)
        .next()
        .is_some()
    {
        VPC_WITH_ECR_ASSOCIATION
    } else if vpcpeer::has_living(ctx.state, id, ctx.now) {
        VPC_WITH_PEERING
    } else if nat_gateways::ids_of(state, id).next().is_some() {
        "DependencyViolation.NatGateway"
    } else if ipv4_gateways::is_at(state, id) {
        "DependencyViolation.Ipv4Gateway"
    } else if gateway_endpoints::is_at(state, id) {
        "DependencyViolation.GatewayEndpoint"
    } else if vswitches_of(state, id, ctx.now).next().is_some() {
        "DependencyViolation.VSwitch"
    } else if ctx.state.ecs.groups.iter().any(|group| group.vpc == *id) {
        "DependencyViolation.SecurityGroup"
    } else if state.tables.held_by(id).any(|table| table.is_custom) {
        "DependencyViolation.RouteTable"
    } else if state.acls.iter().any(|acl| acl.is_of(id)) {
        "DependencyViolation.NetworkAcl"
    } else {
        return Ok(());
    };
    Err(Failure::bad(
        dependency,
        format!("VPC {id} is still in use."),
    ))
}
