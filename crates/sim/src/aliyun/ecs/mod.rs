//! ECS: security groups, instances, Cloud Assistant, catalogue.

mod attribute;
mod catalogue;
mod classic;
mod commands;
mod filter;
mod groups;
mod images;
mod instances;
mod interfaces;
mod lists;
mod power;
mod references;
mod rules;
mod runner;
mod tagging;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::{Value, json};

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::operation::Operation;
use super::paging::{TokenStyle, numbered, tokened};
use crate::table::{Base, Table, objects};

use lists::{List, PORTS, PREFIXES};

pub(crate) use classic::provision as provision_classic;
pub(crate) use filter::{Side, decide};
pub(crate) use rules::{Peer, Rule};
pub(crate) use runner::run as run_commands;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::write("CreateSecurityGroup", groups::create).token(),
    Operation::read("DescribeSecurityGroups", groups::describe),
    Operation::read("DescribeSecurityGroupAttribute", attribute::describe),
    Operation::write("DeleteSecurityGroup", groups::delete),
    Operation::write("AuthorizeSecurityGroup", |ctx| rules::authorize(ctx, false)).token(),
    Operation::write("AuthorizeSecurityGroupEgress", |ctx| {
        rules::authorize(ctx, true)
    })
    .token(),
    Operation::write("RevokeSecurityGroup", |ctx| rules::revoke(ctx, false)).token(),
    Operation::write("RevokeSecurityGroupEgress", |ctx| rules::revoke(ctx, true)).token(),
    Operation::write("ModifySecurityGroupPolicy", groups::modify_policy).token(),
    Operation::write("CreatePrefixList", |ctx| PREFIXES.create(ctx)).token(),
    Operation::read("DescribePrefixLists", lists::describe_prefix_lists),
    Operation::read(
        "DescribePrefixListAttributes",
        lists::describe_prefix_list_attributes,
    ),
    Operation::write("ModifyPrefixList", |ctx| PREFIXES.modify(ctx)),
    Operation::write("DeletePrefixList", |ctx| PREFIXES.delete(ctx)),
    Operation::write("CreatePortRangeList", |ctx| PORTS.create(ctx)).token(),
    Operation::read("DescribePortRangeLists", lists::describe_port_lists),
    Operation::read(
        "DescribePortRangeListEntries",
        lists::describe_port_list_entries,
    ),
    Operation::write("ModifyPortRangeList", |ctx| PORTS.modify(ctx)).token(),
    Operation::write("DeletePortRangeList", |ctx| PORTS.delete(ctx)),
    Operation::write("RunInstances", instances::run).token(),
    Operation::read("DescribeInstances", instances::describe),
    Operation::write("StopInstance", power::stop_one),
    Operation::write("StopInstances", power::stop_many),
    Operation::write("StartInstance", power::start_one),
    Operation::write("StartInstances", power::start_many),
    Operation::read("DescribeNetworkInterfaces", interfaces::describe),
    Operation::write("DeleteInstances", instances::delete_many).token(),
    Operation::write("DeleteInstance", instances::delete_one),
    Operation::write("TagResources", tagging::tag),
    Operation::write("UntagResources", tagging::untag),
    Operation::read("DescribeCloudAssistantStatus", commands::agent_status),
    Operation::write("RunCommand", commands::run).token(),
    Operation::read("DescribeInvocationResults", commands::results),
    Operation::read("DescribeZones", catalogue::zones),
    Operation::read("DescribeAvailableResource", catalogue::available),
    Operation::read("DescribeInstanceTypes", catalogue::types),
    Operation::read("DescribePrice", catalogue::price),
];

#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) groups: Table<Group>,
    pub(crate) prefix_lists: Table<List>,
    pub(crate) port_lists: Table<List>,
    pub(crate) instances: Table<Instance>,
    invocations: BTreeMap<String, runner::Invocation>,
    /// The invocations that are not finished.
    active: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) base: Base,
    pub(crate) vpc: String,
    /// Advanced groups deny both directions by default and know no group references.
    pub(crate) is_enterprise: bool,
    /// Whether members of a basic group let each other in.
    pub(crate) trusts_members: bool,
    pub(crate) rules: Vec<rules::Rule>,
}

#[derive(Debug, Clone)]
pub(crate) struct Instance {
    pub(crate) base: Base,
    pub(crate) vpc: String,
    pub(crate) vswitch: String,
    zone: String,
    kind: String,
    image: String,
    pub(crate) groups: Vec<String>,
    pub(crate) address: Ipv4Addr,
    pub(crate) ipv6: Vec<Ipv6Addr>,
    pub(crate) interface: String,
    power: power::Power,
}

objects!(Group, Instance, List);

impl Instance {
    /// The addresses of both families.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        let sixth = self.ipv6.iter().copied().map(IpAddr::V6);
        std::iter::once(IpAddr::V4(self.address)).chain(sixth)
    }
}

fn own_group(ctx: &Context<'_>) -> Outcome<Group> {
    let id = ctx.required("SecurityGroupId")?;
    let missing = || {
        Failure::missing(
            "InvalidSecurityGroupId.NotFound",
            format!("The security group {id} does not exist."),
        )
    };
    ctx.state
        .ecs
        .groups
        .get(&id)
        .filter(|group| ctx.can_see(*group))
        .cloned()
        .ok_or_else(missing)
}

/// `[{TagKey, TagValue}]`: this product spells them its own way.
fn tags(tags: &[(String, String)]) -> Value {
    tags.iter()
        .map(|(key, value)| json!({"TagKey": key, "TagValue": value}))
        .collect()
}

/// Token paging, or the older page numbers if one is sent.
fn paged(ctx: &Context<'_>, rows: Vec<Value>, outer: &str, inner: &str) -> Outcome {
    let parameters = &ctx.parameters;
    let by_number = ["PageNumber", "PageSize"]
        .iter()
        .any(|name| parameters.get(name).is_some());
    if by_number && parameters.get("MaxResults").is_none() && parameters.get("NextToken").is_none()
    {
        let page = numbered(parameters, rows, 100)?;
        return Ok(json!({
            outer: {inner: page.items}, "TotalCount": page.total, "PageNumber": page.number, "PageSize": page.size,
            "NextToken": "",
        }));
    }
    let page = tokened(parameters, rows, TokenStyle::new(10, 100))?;
    Ok(json!({
        outer: {inner: page.items}, "TotalCount": page.total, "NextToken": page.next.unwrap_or_default(),
        "PageNumber": 1, "PageSize": page.size,
    }))
}
