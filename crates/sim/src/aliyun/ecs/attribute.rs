//! The rules of a security group, as they are shown.

use ipnet::IpNet;
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
        "InnerAccessPolicy": if group.trusts_members { "Accept" } else { "Drop" },
        "Permissions": {"Permission": page.items}, "NextToken": page.next.unwrap_or_default(),
    }))
}

/// The texts of a rule about one of its sides.
#[derive(Default)]
struct End {
    range: String,
    range_v6: String,
    group: String,
    owner: String,
    prefix_list: String,
}

impl End {
    fn of_range(range: IpNet) -> Self {
        match range {
            IpNet::V4(range) => Self {
                range: range.to_string(),
                ..Self::default()
            },
            IpNet::V6(range) => Self {
                range_v6: range.to_string(),
                ..Self::default()
            },
        }
    }

    fn of_peer(ctx: &Context<'_>, peer: &Peer) -> Self {
        match peer {
            Peer::Range(range) => Self::of_range(*range),
            Peer::Group { id, owner } => Self {
                group: id.clone(),
                owner: ctx
                    .accounts
                    .account(owner)
                    .map_or(owner.as_str(), |owner| owner.shown_name())
                    .to_owned(),
                ..Self::default()
            },
            Peer::PrefixList(id) => Self {
                prefix_list: id.clone(),
                ..Self::default()
            },
        }
    }

    fn view(&self, side: &str) -> Value {
        json!({
            format!("{side}CidrIp"): self.range, format!("Ipv6{side}CidrIp"): self.range_v6,
            format!("{side}GroupId"): self.group, format!("{side}GroupName"): "",
            format!("{side}GroupOwnerAccount"): self.owner, format!("{side}PrefixListId"): self.prefix_list,
        })
    }
}

fn view(ctx: &Context<'_>, rule: &Rule) -> Value {
    let (far, near, direction) = if rule.is_egress {
        ("Dest", "Source", "egress")
    } else {
        ("Source", "Dest", "ingress")
    };
    let mut view = json!({
        "SecurityGroupRuleId": rule.id, "Direction": direction, "IpProtocol": rule.protocol, "PortRange": rule.port_range,
        "SourcePortRange": rule.source_port_range, "PortRangeListId": rule.port_list.as_deref().unwrap_or_default(),
        "Policy": if rule.accepts { "Accept" } else { "Drop" }, "Priority": rule.priority.to_string(),
        "NicType": rule.nic_type, "Description": rule.description, "CreateTime": ctx.date(rule.created),
    });
    let far = End::of_peer(ctx, &rule.peer).view(far);
    let near = rule
        .near
        .map_or_else(End::default, End::of_range)
        .view(near);
    for end in [far, near] {
        if let (Value::Object(view), Value::Object(end)) = (&mut view, end) {
            view.extend(end);
        }
    }
    view
}
