//! VPCs.

use std::time::Duration;

use ipnet::Ipv4Net;

use super::find::VPC;
use super::peering::Status;
use super::routes::ledger_id;
use super::rules::Rule;
use super::{Association, Group, RouteTable, Vpc, acls, cidrs, dhcp, endpoints, tagging};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, bad_value, depends};
use crate::aws::filters::Fields;
use crate::aws::paging::paged;
use crate::aws::xml::Xml;
use crate::table::Object;

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let range = cidrs::vpc_range(&ctx.required("CidrBlock")?)?;
    let tags = tagging::specified(ctx, &["vpc"])?;
    let tenancy = ctx.parameters.get("InstanceTenancy").unwrap_or("default");
    if !["default", "dedicated"].contains(&tenancy) {
        return Err(bad_value(tenancy, "instanceTenancy"));
    }
    let tenancy = tenancy.to_owned();
    let own = |vpc: &&Vpc| vpc.base.owner == ctx.account() && vpc.base.region == ctx.region;
    let used = ctx.state.ec2.vpcs.iter().filter(own).count();
    ctx.within("vpcs_per_region", used, "VpcLimitExceeded")?;
    let wants_v6 = ctx.flag("AmazonProvidedIpv6CidrBlock")?;
    let vpc = Vpc {
        base: ctx.base("vpc", ctx.setup.timings.vpc),
        ranges: vec![Association {
            id: ctx.new_id("vpc-cidr-assoc"),
            range,
            since: ctx.now,
        }],
        ranges_v6: wants_v6.then(|| cidrs::next_v6(ctx)).into_iter().collect(),
        tenancy,
        dns_support: true,
        dns_hostnames: false,
        usage_metrics: false,
        dhcp_options: None,
    };
    let id = vpc.base.id.clone();
    ctx.born("vpc", &id);
    tagging::put(ctx, &id, tags);
    add_main_table(ctx, &id);
    acls::add_default(ctx, &id);
    add_default_group(ctx, &id);
    if wants_v6 {
        acls::open_to_ipv6(ctx, &id);
        open_default_group_to_ipv6(ctx, &id);
    }
    let answer = Xml::new().node("vpc", view(ctx, &vpc));
    ctx.state.ec2.vpcs.insert(vpc);
    Ok(answer)
}

fn add_main_table(ctx: &mut Context<'_>, vpc: &str) {
    let base = ctx.base("rtb", Duration::ZERO);
    ctx.born("route-table", &base.id);
    let main = ctx.new_id("rtbassoc");
    ctx.state.ec2.tables.insert(RouteTable {
        base,
        vpc: vpc.to_owned(),
        main: Some(main),
        subnets: Vec::new(),
        routes: Vec::new(),
    });
}

/// The default group lets its members talk to each other, and everything out.
fn add_default_group(ctx: &mut Context<'_>, vpc: &str) {
    let mut base = ctx.base("sg", Duration::ZERO);
    base.name = "default".to_owned();
    base.description = "default VPC security group".to_owned();
    ctx.born("security-group", &base.id);
    let owner = ctx.account().to_owned();
    let within = Rule::from_group(ctx.new_id("sgr"), &base.id, &owner, vpc);
    let out = Rule::everything_out(ctx.new_id("sgr"));
    for rule in [&within, &out] {
        ctx.born("security-group-rule", &rule.id);
    }
    ctx.state.ec2.groups.insert(Group {
        base,
        vpc: vpc.to_owned(),
        rules: vec![within, out],
    });
}

/// Once a VPC has IPv6, its default group lets that out too; other groups stay as they are.
pub(super) fn open_default_group_to_ipv6(ctx: &mut Context<'_>, vpc: &str) {
    let rule = Rule::all_ipv6_out(ctx.new_id("sgr"));
    ctx.born("security-group-rule", &rule.id);
    let mut groups = ctx.state.ec2.groups.iter_mut();
    if let Some(group) = groups.find(|group| group.vpc == vpc && group.is_default()) {
        group.rules.push(rule);
    }
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    const FILTERS: [&str; 13] = [
        "cidr",
        "cidr-block-association.cidr-block",
        "cidr-block-association.association-id",
        "cidr-block-association.state",
        "dhcp-options-id",
        "ipv6-cidr-block-association.association-id",
        "ipv6-cidr-block-association.ipv6-cidr-block",
        "ipv6-cidr-block-association.state",
        "is-default",
        "isDefault",
        "owner-id",
        "state",
        "vpc-id",
    ];
    let fields = |vpc: &Vpc| {
        Fields::new(ctx.tags(&vpc.base.id))
            .many("cidr", vpc.ranges.iter().take(1).map(|own| own.range))
            .many(
                "cidr-block-association.cidr-block",
                vpc.ranges.iter().map(|own| own.range),
            )
            .many(
                "cidr-block-association.association-id",
                vpc.ranges.iter().map(|own| &own.id),
            )
            .with("cidr-block-association.state", "associated")
            .with("dhcp-options-id", dhcp_options(vpc))
            .many(
                "ipv6-cidr-block-association.association-id",
                vpc.ranges_v6.iter().map(|own| &own.id),
            )
            .many(
                "ipv6-cidr-block-association.ipv6-cidr-block",
                vpc.ranges_v6.iter().map(|own| own.range),
            )
            .many(
                "ipv6-cidr-block-association.state",
                vpc.ranges_v6.iter().map(|_| "associated"),
            )
            .with("is-default", false)
            .with("isDefault", false)
            .with("owner-id", &vpc.base.owner)
            .with("state", state(ctx, vpc))
            .with("vpc-id", &vpc.base.id)
    };
    let vpcs = VPC.select(ctx, "VpcId", &FILTERS, fields)?;
    let rows = vpcs.iter().map(|vpc| view(ctx, vpc)).collect();
    paged(ctx, "vpcSet", rows, 1000)
}

fn state(ctx: &Context<'_>, vpc: &Vpc) -> &'static str {
    if vpc.life().is_ready(ctx.now) {
        "available"
    } else {
        "pending"
    }
}

fn dhcp_options(vpc: &Vpc) -> &str {
    vpc.dhcp_options.as_deref().unwrap_or(dhcp::DEFAULT)
}

fn view(ctx: &Context<'_>, vpc: &Vpc) -> Xml {
    let primary = vpc.ranges.first().map(|own| own.range);
    Xml::new()
        .leaf("vpcId", &vpc.base.id)
        .leaf("ownerId", &vpc.base.owner)
        .leaf("state", state(ctx, vpc))
        .maybe("cidrBlock", primary)
        .items(
            "cidrBlockAssociationSet",
            vpc.ranges.iter().map(cidrs::view),
        )
        .items(
            "ipv6CidrBlockAssociationSet",
            vpc.ranges_v6.iter().map(|own| cidrs::view_v6(ctx, own)),
        )
        .leaf("dhcpOptionsId", dhcp_options(vpc))
        .leaf("instanceTenancy", &vpc.tenancy)
        .leaf("isDefault", false)
        .and(ctx.tag_set(&vpc.base.id))
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let vpc = VPC.named(ctx, "VpcId")?;
    if has_dependants(ctx, &vpc) {
        return Err(depends("vpc", &vpc.base.id));
    }
    let (id, now) = (&vpc.base.id, ctx.now);
    let ec2 = &mut ctx.state.ec2;
    let mut contents = Vec::new();
    for table in ec2.tables.iter_mut().filter(|table| table.vpc == *id) {
        table.base.life.leave(now);
        let routes = table.routes.iter();
        contents.extend(routes.map(|route| ledger_id(&table.base.id, &route.destination)));
    }
    for acl in ec2.acls.iter_mut().filter(|acl| acl.vpc == *id) {
        acl.base.life.leave(now);
    }
    for group in ec2.groups.iter_mut().filter(|group| group.vpc == *id) {
        group.base.life.leave(now);
        contents.extend(group.rules.iter().map(|rule| rule.id.clone()));
    }
    if let Some(vpc) = ec2.vpcs.get_mut(id) {
        vpc.base.life.leave(now);
    }
    contents.iter().for_each(|content| ctx.gone(content));
    tagging::forget(ctx, id);
    Ok(Xml::done())
}

/// What goes with its VPC is the main route table, the default group and the default ACL; all else is in the way.
fn has_dependants(ctx: &Context<'_>, vpc: &Vpc) -> bool {
    let (ec2, id, now) = (&ctx.state.ec2, &vpc.base.id, ctx.now);
    let stays = |object: &dyn Object| object.life().gone_at().is_none_or(|gone| now < gone);
    let peered = ec2
        .peerings
        .iter()
        .any(|peering| match peering.status(now) {
            Status::PendingAcceptance => peering.accepter.vpc == *id,
            Status::Provisioning | Status::Active => peering.has(id),
            _ => false,
        });
    let in_vpc = |other: &str| other == id;
    peered
        || ec2
            .internet_gateways
            .iter()
            .any(|gateway| gateway.is_at(id))
        || ec2
            .egress_gateways
            .iter()
            .any(|g| in_vpc(&g.vpc) && stays(g))
        || endpoints::living(ec2, now).any(|e| in_vpc(&e.vpc))
        || ec2.subnets.iter().any(|s| in_vpc(&s.vpc) && stays(s))
        || ec2
            .tables
            .iter()
            .any(|t| in_vpc(&t.vpc) && t.main.is_none() && stays(t))
        || ec2
            .groups
            .iter()
            .any(|g| in_vpc(&g.vpc) && !g.is_default() && stays(g))
        || ec2
            .acls
            .iter()
            .any(|a| in_vpc(&a.vpc) && !a.is_default && stays(a))
}

/// Reads a range; host bits are cut off, as the cloud does.
pub(super) fn canonical(text: &str) -> Outcome<Ipv4Net> {
    let parsed: Ipv4Net = text.parse().map_err(|_| {
        let message = format!(
            "Value ({text}) for parameter cidrBlock is invalid. This is not a valid CIDR block."
        );
        Failure::bad("InvalidParameterValue", message)
    })?;
    Ok(parsed.trunc())
}
