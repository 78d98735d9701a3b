//! Which peered networks name a group in their rules.

use super::find::GROUP;
use super::peering::Status;
use super::rules::Other;
use crate::aws::context::Context;
use crate::aws::failure::Outcome;
use crate::aws::xml::Xml;

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    let ids = ctx.parameters.list("GroupId");
    if ids.is_empty() {
        ctx.required("GroupId")?;
    }
    let mut rows = Vec::new();
    for id in &ids {
        GROUP.get(ctx, id)?;
        let mut seen = Vec::new();
        for (vpc, peering) in over_peerings(ctx, id) {
            if !seen.contains(&(vpc, peering)) {
                seen.push((vpc, peering));
                let row = Xml::new().leaf("groupId", id).leaf("referencingVpcId", vpc);
                rows.push(row.leaf("vpcPeeringConnectionId", peering));
            }
        }
    }
    Ok(Xml::new().items("securityGroupReferenceSet", rows))
}

/// The VPCs whose rules name the group over an active peering, and the peerings.
fn over_peerings<'a>(
    ctx: &'a Context<'_>,
    id: &'a str,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let ec2 = &ctx.state.ec2;
    ec2.groups.iter().flat_map(move |group| {
        group.rules.iter().filter_map(move |rule| {
            let Other::Group {
                group: named,
                peering: Some(peering),
                ..
            } = &rule.other
            else {
                return None;
            };
            let active = ec2.peerings.get(peering)?.status(ctx.now) == Status::Active;
            (named == id && active).then_some((group.vpc.as_str(), peering.as_str()))
        })
    })
}
