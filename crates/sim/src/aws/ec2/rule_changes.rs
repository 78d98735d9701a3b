//! Changing rules that are there: all of a call, or none. They keep their ids.

use super::find::GROUP;
use super::rule_calls::{self, Purpose, ports, reference};
use super::rules::{Other, Rule};
use super::{Group, prefix_lists};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, absent, missing};
use crate::aws::xml::Xml;

const LIST: &str = "SecurityGroupRule";

/// New rules in the place of old ones.
pub(super) fn modify(ctx: &mut Context<'_>) -> Outcome {
    let group = GROUP.named(ctx, "GroupId")?;
    let numbers = ctx.parameters.numbers(LIST);
    if numbers.is_empty() {
        return Err(missing("securityGroupRules"));
    }
    let mut changed = group.clone();
    for number in numbers {
        let id = ctx.required(&format!("{LIST}.{number}.SecurityGroupRuleId"))?;
        let rule = wanted(ctx, &changed, number, &id)?;
        if let Some(twin) = changed.rules.iter().find(|other| other.is_same(&rule))
            && twin.id != id
        {
            let message = format!("the specified rule already exists as {}", twin.id);
            return Err(Failure::bad("InvalidPermission.Duplicate", message));
        }
        let mut others = changed.clone();
        others.rules.retain(|other| other.id != id);
        rule_calls::check_room(ctx, &others, std::slice::from_ref(&rule))?;
        *stored(&mut changed, &id)? = rule;
    }
    put(ctx, changed);
    Ok(Xml::done())
}

fn stored<'a>(group: &'a mut Group, id: &str) -> Outcome<&'a mut Rule> {
    let mut rules = group.rules.iter_mut();
    let rule = rules.find(|rule| rule.id == id);
    rule.ok_or_else(|| no_such(id))
}

fn no_such(id: &str) -> Failure {
    absent("InvalidSecurityGroupRuleId", "security group rule", id)
}

fn put(ctx: &mut Context<'_>, group: Group) {
    if let Some(stored) = ctx.state.ec2.groups.get_mut(&group.base.id) {
        *stored = group;
    }
}

/// The rule that the call describes, with the id and the direction of the old one.
fn wanted(ctx: &Context<'_>, group: &Group, number: u32, id: &str) -> Outcome<Rule> {
    let prefix = format!("{LIST}.{number}.{LIST}.");
    let text = |name: &str| ctx.parameters.get(&format!("{prefix}{name}"));
    let old = group.rules.iter().find(|rule| rule.id == id);
    let old = old.ok_or_else(|| no_such(id))?;
    let range = text("CidrIpv4").or(text("CidrIpv6"));
    let other = match (range, text("ReferencedGroupId"), text("PrefixListId")) {
        (Some(text), None, None) => Other::Range(rule_calls::range(text)?),
        (None, Some(other), None) => reference(ctx, group, other, ctx.account(), None)?,
        (None, None, Some(list)) => Other::PrefixList(prefix_lists::usable(ctx, list)?.base.id),
        _ => {
            return Err(Failure::bad(
                "InvalidParameterCombination",
                "A rule is about exactly one range, group or prefix list.",
            ));
        }
    };
    Ok(Rule {
        ports: ports(ctx, &prefix)?,
        other,
        description: text("Description").map(str::to_owned),
        ..old.clone()
    })
}

/// New descriptions for rules that are named by their ids or by what they are about.
pub(super) fn describe_anew(ctx: &mut Context<'_>, is_egress: bool) -> Outcome {
    let group = GROUP.named(ctx, "GroupId")?;
    let mut changed = group.clone();
    let by_id = ctx.parameters.numbers("SecurityGroupRuleDescription");
    for number in &by_id {
        let text = |name| {
            let list = "SecurityGroupRuleDescription";
            ctx.parameters.nested(list, *number, name)
        };
        let id = text("SecurityGroupRuleId").ok_or_else(|| missing("securityGroupRuleId"))?;
        stored(&mut changed, id)?.description = text("Description").map(str::to_owned);
    }
    if by_id.is_empty() {
        for rule in rule_calls::wanted(ctx, &group, is_egress, Purpose::Revoke)? {
            let mut rules = changed.rules.iter_mut();
            let old = rules.find(|old| old.is_same(&rule));
            let missing = || {
                let message = "The specified rule does not exist in this security group.";
                Failure::bad("InvalidPermission.NotFound", message)
            };
            old.ok_or_else(missing)?.description = rule.description;
        }
    }
    put(ctx, changed);
    Ok(Xml::done())
}
