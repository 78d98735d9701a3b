//! The rules of a security group, as they are shown.

use serde_json::{Value, json};

use super::own_group;
use super::rules::{Peer, Rule};
use crate::aliyun::context::Context;
use crate::aliyun::failure::Outcome;
use crate::aliyun::paging::{TokenStyle, tokened};
use crate::aliyun::parameters::invalid;

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    let region = ctx.required_region()?;
    let group = own_group(ctx)?;
    let wanted = match ctx.parameters.get("Direction") {
        None | Some("all") => None,
        Some("ingress") => Some(false),
        Some("egress") => Some(true),
        Some(_) => return Err(invalid("Direction")),
    };
    let rules = group
        .rules
        .iter()
        .filter(|rule| wanted.is_none_or(|egress| egress == rule.is_egress));
    let rows = rules.map(|rule| view(ctx, rule)).collect();
    let style = TokenStyle {
        least: 10,
        ..TokenStyle::new(500, 1000)
    };
    let page = tokened(&ctx.parameters, rows, style)?;
    Ok(json!({
        "SecurityGroupId": group.base.id, "SecurityGroupName": group.base.name, "VpcId": group.vpc,
        "Description": group.base.description, "RegionId": region,
        "InnerAccessPolicy": if group.is_enterprise { "Drop" } else { "Accept" },
        "Permissions": {"Permission": page.items}, "NextToken": page.next.unwrap_or_default(),
    }))
}

fn view(ctx: &Context<'_>, rule: &Rule) -> Value {
    let (cidr, cidr6, group, owner, prefix_list) = match &rule.peer {
        Peer::Range(range) => (range.to_string(), String::new(), "", "", ""),
        Peer::Range6(range) => (String::new(), range.clone(), "", "", ""),
        Peer::Group { id, owner } => (
            String::new(),
            String::new(),
            id.as_str(),
            ctx.accounts
                .account(owner)
                .map_or(owner.as_str(), |owner| owner.shown_name()),
            "",
        ),
        Peer::PrefixList(id) => (String::new(), String::new(), "", "", id.as_str()),
    };
    let (this, other) = if rule.is_egress {
        ("Dest", "Source")
    } else {
        ("Source", "Dest")
    };
    let direction = if rule.is_egress { "egress" } else { "ingress" };
    json!({
        "SecurityGroupRuleId": rule.id, "Direction": direction, "IpProtocol": rule.protocol, "PortRange": rule.port_range,
        "SourcePortRange": rule.source_port_range, format!("{this}CidrIp"): cidr,
        format!("Ipv6{this}CidrIp"): cidr6, format!("{this}GroupId"): group, format!("{this}GroupName"): "",
        format!("{this}GroupOwnerAccount"): owner, format!("{this}PrefixListId"): prefix_list,
        format!("{other}CidrIp"): rule.other_range, format!("Ipv6{other}CidrIp"): "", format!("{other}GroupId"): "",
        format!("{other}GroupName"): "", format!("{other}GroupOwnerAccount"): "", format!("{other}PrefixListId"): "",
        "Policy": if rule.accepts { "Accept" } else { "Drop" }, "Priority": rule.priority.to_string(),
        "NicType": rule.nic_type, "Description": rule.description, "CreateTime": ctx.date(rule.created),
    })
}
