//! Options of peerings: each side sets its own.

use super::find::check_form;
use super::peering::{Peering, Side, Status};
use super::peering_views::{options, visible};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, absent, not_permitted};
use crate::aws::xml::Xml;

const SIDES: [(Side, &str, &str, &str); 2] = [
    (
        Side::Accepter,
        "AccepterPeeringConnectionOptions",
        "accepterPeeringConnectionOptions",
        "accepter",
    ),
    (
        Side::Requester,
        "RequesterPeeringConnectionOptions",
        "requesterPeeringConnectionOptions",
        "requester",
    ),
];

pub(super) fn modify(ctx: &mut Context<'_>) -> Outcome {
    let mut peering = found(ctx)?;
    check_active(ctx, &peering)?;
    let mut answer = Xml::new();
    for (side, parameter, element, label) in SIDES {
        let prefix = format!("{parameter}.");
        let names = ctx.parameters.all().keys();
        if !names.into_iter().any(|name| name.starts_with(&prefix)) {
            continue;
        }
        if !peering.is_held(side, ctx.account(), &ctx.region) {
            return Err(not_permitted(format!(
                "User {} does not have permission to modify the {label} side peering options",
                ctx.account()
            )));
        }
        refuse_classic(ctx, &peering, parameter)?;
        if let Some(dns) = ctx.maybe_flag(&format!("{prefix}AllowDnsResolutionFromRemoteVpc"))? {
            check_names(ctx, &peering)?;
            match side {
                Side::Requester => peering.requester_dns = dns,
                Side::Accepter => peering.accepter_dns = dns,
            }
        }
        answer = answer.node(element, options(&peering, side));
    }
    if let Some(stored) = ctx.state.ec2.peerings.get_mut(&peering.base.id) {
        *stored = peering;
    }
    Ok(answer)
}

fn found(ctx: &Context<'_>) -> Outcome<Peering> {
    let id = ctx.required("VpcPeeringConnectionId")?;
    check_form("InvalidVpcPeeringConnectionID", "pcx-", &id)?;
    let peering = ctx.state.ec2.peerings.get(&id);
    let seen = peering.filter(|peering| visible(ctx, peering).is_some());
    let missing = || absent("InvalidVpcPeeringConnectionID", "vpcPeeringConnection", &id);
    seen.cloned().ok_or_else(missing)
}

/// The caller's side must know that the peering is active.
fn check_active(ctx: &Context<'_>, peering: &Peering) -> Outcome<()> {
    let status =
        visible(ctx, peering).map(|side| peering.status_for(side, ctx.now, &ctx.setup.timings));
    if status == Some(Status::Active) {
        return Ok(());
    }
    Err(not_permitted(format!(
        "Peering {} is not active. Peering options can be added only to active peerings.",
        peering.base.id
    )))
}

/// What remains of an older kind of network does not cross regions.
fn refuse_classic(ctx: &Context<'_>, peering: &Peering, parameter: &str) -> Outcome<()> {
    let classic = ctx
        .parameters
        .all()
        .keys()
        .any(|name| name.starts_with(parameter) && name.contains("ClassicLink"));
    if classic && peering.requester.region != peering.accepter.region {
        let message = "ClassicLink options are not supported for inter-region peerings.";
        return Err(Failure::bad("InvalidParameterCombination", message));
    }
    Ok(())
}

fn check_names(ctx: &Context<'_>, peering: &Peering) -> Outcome<()> {
    let has_names = |vpc: &String| {
        let vpc = ctx.state.ec2.vpcs.get(vpc);
        vpc.is_some_and(|vpc| vpc.dns_support && vpc.dns_hostnames)
    };
    if has_names(&peering.requester.vpc) && has_names(&peering.accepter.vpc) {
        return Ok(());
    }
    Err(Failure::bad(
        "InvalidVpcPeeringConnectionState.DnsHostnamesDisabled",
        "DNS hostnames and DNS support must be enabled for both VPCs of the peering.",
    ))
}
