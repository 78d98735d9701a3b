//! Tags: each account has its own on an object, per region, so the two sides of a peering do not see each other's.

use std::collections::BTreeMap;

use super::find::check_form;
use super::interfaces;
use super::peering_views::visible;
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, absent, bad_value};
use crate::aws::filters::{self, Fields};
use crate::aws::paging::paged;
use crate::aws::xml::Xml;
use crate::table::{Object, Table};

type Tags = BTreeMap<String, String>;

/// All tags, by account, region and object.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tagging(BTreeMap<(String, String, String), Tags>);

impl Tagging {
    pub(crate) fn of(&self, account: &str, region: &str, id: &str) -> Tags {
        let place = (account.to_owned(), region.to_owned(), id.to_owned());
        self.0.get(&place).cloned().unwrap_or_default()
    }
}

/// The kinds that can be tagged, by the prefix of their ids.
const KINDS: [(&str, &str); 18] = [
    ("vpc-", "vpc"),
    ("subnet-", "subnet"),
    ("rtb-", "route-table"),
    ("pcx-", "vpc-peering-connection"),
    ("sgr-", "security-group-rule"),
    ("sg-", "security-group"),
    ("acl-", "network-acl"),
    ("pl-", "prefix-list"),
    ("i-", "instance"),
    ("igw-", "internet-gateway"),
    ("eigw-", "egress-only-internet-gateway"),
    ("nat-", "natgateway"),
    ("eipalloc-", "elastic-ip"),
    ("vpce-", "vpc-endpoint"),
    ("dopt-", "dhcp-options"),
    ("eni-", "network-interface"),
    ("nip-", "network-insights-path"),
    ("nia-", "network-insights-analysis"),
];

/// The kind of object that an id belongs to, as resource names and tags spell it.
pub(crate) fn kind_of(id: &str) -> Option<&'static str> {
    let found = KINDS.iter().find(|(prefix, _)| id.starts_with(prefix));
    found.map(|(_, kind)| *kind)
}

/// The tags that a creating call specifies for objects of a kind.
pub(super) fn specified(ctx: &Context<'_>, kinds: &[&str]) -> Outcome<Tags> {
    let parameters = &ctx.parameters;
    let mut tags = Tags::new();
    for number in parameters.numbers("TagSpecification") {
        let kind = parameters
            .nested("TagSpecification", number, "ResourceType")
            .unwrap_or_default();
        if !kinds.contains(&kind) {
            let message =
                format!("'{kind}' is not a valid taggable resource type for this operation.");
            return Err(Failure::bad("InvalidParameterValue", message));
        }
        if kind == kinds[0] {
            tags.extend(listed(ctx, &format!("TagSpecification.{number}.Tag"))?);
        }
    }
    check_count(ctx, &tags)?;
    Ok(tags)
}

fn listed(ctx: &Context<'_>, prefix: &str) -> Outcome<Tags> {
    let parameters = &ctx.parameters;
    let tag = |number| {
        let key = parameters.nested(prefix, number, "Key").unwrap_or_default();
        let value = parameters
            .nested(prefix, number, "Value")
            .unwrap_or_default();
        let reserved = key.to_lowercase().starts_with("aws:");
        if key.is_empty() || reserved || key.chars().count() > 127 || value.chars().count() > 255 {
            return Err(Failure::bad(
                "InvalidParameterValue",
                format!(
                    "Tag keys have 1 to 127 characters and do not start with aws:, values have up to 255: '{key}'"
                ),
            ));
        }
        Ok((key.to_owned(), value.to_owned()))
    };
    parameters.numbers(prefix).into_iter().map(tag).collect()
}

fn check_count(ctx: &Context<'_>, tags: &Tags) -> Outcome<()> {
    let used = tags.len().saturating_sub(1);
    ctx.within("tags_per_resource", used, "TagLimitExceeded")
}

/// Adds tags of the caller to an object.
pub(super) fn put(ctx: &mut Context<'_>, id: &str, tags: Tags) {
    let place = (ctx.account().to_owned(), ctx.region.clone(), id.to_owned());
    if !tags.is_empty() {
        ctx.state.ec2.tags.0.entry(place).or_default().extend(tags);
    }
}

/// Drops the caller's tags of an object that is gone.
pub(super) fn forget(ctx: &mut Context<'_>, id: &str) {
    let place = (ctx.account().to_owned(), ctx.region.clone(), id.to_owned());
    ctx.state.ec2.tags.0.remove(&place);
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let ids = resources(ctx)?;
    let tags = listed(ctx, "Tag")?;
    if tags.is_empty() {
        ctx.required("Tag")?;
    }
    for id in &ids {
        let mut all = ctx.tags(id);
        all.extend(tags.clone());
        check_count(ctx, &all)?;
    }
    for id in &ids {
        put(ctx, id, tags.clone());
    }
    Ok(Xml::done())
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let ids = resources(ctx)?;
    let doomed: Vec<(String, Option<String>)> = ctx
        .parameters
        .numbers("Tag")
        .into_iter()
        .map(|number| {
            let text = |field| {
                let value = ctx.parameters.nested("Tag", number, field);
                value.map(str::to_owned)
            };
            (text("Key").unwrap_or_default(), text("Value"))
        })
        .collect();
    for id in ids {
        let place = (ctx.account().to_owned(), ctx.region.clone(), id);
        if let Some(tags) = ctx.state.ec2.tags.0.get_mut(&place) {
            tags.retain(|key, value| {
                let named = |(doomed, of): &(String, Option<String>)| {
                    doomed == key && of.as_ref().is_none_or(|of| of == value)
                };
                !doomed.is_empty() && !doomed.iter().any(named)
            });
        }
    }
    Ok(Xml::done())
}

fn resources(ctx: &Context<'_>) -> Outcome<Vec<String>> {
    let ids = ctx.parameters.list("ResourceId");
    if ids.is_empty() {
        ctx.required("ResourceId")?;
    }
    for id in &ids {
        check_exists(ctx, id)?;
    }
    Ok(ids)
}

fn check_exists(ctx: &Context<'_>, id: &str) -> Outcome<()> {
    let ec2 = &ctx.state.ec2;
    let (code, exists) = match kind_of(id) {
        Some("vpc") => ("InvalidVpcID", sees(ctx, &ec2.vpcs, id)),
        Some("subnet") => ("InvalidSubnetID", sees(ctx, &ec2.subnets, id)),
        Some("route-table") => ("InvalidRouteTableID", sees(ctx, &ec2.tables, id)),
        Some("security-group") => ("InvalidGroup", sees(ctx, &ec2.groups, id)),
        Some("network-acl") => ("InvalidNetworkAclID", sees(ctx, &ec2.acls, id)),
        Some("instance") => ("InvalidInstanceID", sees(ctx, &ec2.instances, id)),
        Some("internet-gateway") => (
            "InvalidInternetGatewayID",
            sees(ctx, &ec2.internet_gateways, id),
        ),
        Some("egress-only-internet-gateway") => {
            ("InvalidGatewayID", sees(ctx, &ec2.egress_gateways, id))
        }
        Some("natgateway") => ("InvalidNatGatewayID", sees(ctx, &ec2.nat_gateways, id)),
        Some("vpc-endpoint") => ("InvalidVpcEndpointId", sees(ctx, &ec2.endpoints, id)),
        Some("dhcp-options") => ("InvalidDhcpOptionsID", sees(ctx, &ec2.dhcp_options, id)),
        Some("network-interface") => ("InvalidNetworkInterfaceID", interfaces::exists(ctx, id)),
        Some("elastic-ip") => ("InvalidAllocationID", sees(ctx, &ec2.elastic_addresses, id)),
        Some("network-insights-path") => (
            "InvalidNetworkInsightsPathId",
            sees(ctx, &ec2.insights_paths, id),
        ),
        Some("network-insights-analysis") => (
            "InvalidNetworkInsightsAnalysisId",
            sees(ctx, &ec2.analyses, id),
        ),
        Some("security-group-rule") => {
            let own = |group: &&super::Group| ctx.can_see(*group);
            let mut rules = ec2.groups.iter().filter(own).flat_map(|group| &group.rules);
            (
                "InvalidSecurityGroupRuleId",
                rules.any(|rule| rule.id == id),
            )
        }
        Some(_) => {
            check_form("InvalidVpcPeeringConnectionID", "pcx-", id)?;
            let role = ec2
                .peerings
                .get(id)
                .and_then(|peering| visible(ctx, peering));
            ("InvalidVpcPeeringConnectionID", role.is_some())
        }
        None => {
            return Err(Failure::bad(
                "InvalidID",
                format!("The ID '{id}' is not valid"),
            ));
        }
    };
    if exists {
        Ok(())
    } else {
        Err(absent(code, "resource", id))
    }
}

fn sees<T: Object>(ctx: &Context<'_>, table: &Table<T>, id: &str) -> bool {
    table.get(id).is_some_and(|object| ctx.can_see(object))
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    let filters = filters::read(ctx, &["resource-id", "resource-type", "key", "value"])?;
    let mut rows = Vec::new();
    for ((account, region, id), tags) in &ctx.state.ec2.tags.0 {
        if account != ctx.account() || *region != ctx.region {
            continue;
        }
        let kind = kind_of(id).ok_or_else(|| bad_value(id, "resourceId"))?;
        for (key, value) in tags {
            let one = BTreeMap::from([(key.clone(), value.clone())]);
            let fields = Fields::new(one)
                .with("resource-id", id)
                .with("resource-type", kind)
                .with("key", key)
                .with("value", value);
            if filters::pass(&filters, &fields) {
                let row = Xml::new().leaf("resourceId", id).leaf("resourceType", kind);
                rows.push(row.leaf("key", key).leaf("value", value));
            }
        }
    }
    paged(ctx, "tagSet", rows, 1000)
}
