//! The list of instances whose agents have registered.

use serde_json::{Value, json};

use super::agents::Agent;
use super::answers::{paged, stamp};
use crate::aws::context::Context;
use crate::aws::ec2::Instance;
use crate::aws::failure::{Failure, Outcome};
use crate::table::Object;

/// A filter of either of the two kinds that the call has.
struct Filter {
    key: String,
    values: Vec<String>,
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome<Value> {
    let mut filters = filters(ctx, "Filters", "Key", "Values");
    let old = self::filters(ctx, "InstanceInformationFilterList", "key", "valueSet");
    if !filters.is_empty() && !old.is_empty() {
        let message = "Filters and InstanceInformationFilterList exclude each other.";
        return Err(Failure::bad("ValidationException", message));
    }
    check_old(ctx, &old)?;
    filters.extend(old);
    let mut rows = Vec::new();
    for (instance, agent) in registered(ctx) {
        let mut is_wanted = true;
        for filter in &filters {
            is_wanted &= filter.lets(ctx, instance, agent)?;
        }
        if is_wanted {
            rows.push(row(ctx, instance, agent));
        }
    }
    for filter in &filters {
        filter.check_key()?;
    }
    paged(ctx, "InstanceInformationList", rows, 5..=50, 10)
}

fn filters(ctx: &Context<'_>, list: &str, key: &str, values: &str) -> Vec<Filter> {
    let numbers = ctx.parameters.numbers(list).into_iter();
    let filter = |number| Filter {
        key: ctx
            .parameters
            .nested(list, number, key)
            .unwrap_or_default()
            .to_owned(),
        values: ctx.parameters.list(&format!("{list}.{number}.{values}")),
    };
    numbers.map(filter).collect()
}

/// Unlike the newer filters, the old list must name instances that are registered.
fn check_old(ctx: &Context<'_>, old: &[Filter]) -> Outcome<()> {
    let by_id = old.iter().filter(|filter| filter.key == "InstanceIds");
    for id in by_id.flat_map(|filter| &filter.values) {
        if !registered(ctx).any(|(instance, _)| instance.id() == id) {
            return Err(Failure::bad("InvalidInstanceId", ""));
        }
    }
    Ok(())
}

/// The caller's instances of which the service has heard.
pub(super) fn registered<'a>(
    ctx: &'a Context<'_>,
) -> impl Iterator<Item = (&'a Instance, &'a Agent)> {
    let own = ctx.state.ec2.instances.iter();
    let own = own.filter(|instance| ctx.can_see(*instance));
    own.filter_map(|instance| {
        let agent = ctx.state.ssm.agents.get(instance.id())?;
        agent.registered.is_some().then_some((instance, agent))
    })
}

impl Filter {
    fn check_key(&self) -> Outcome<()> {
        const KEYS: [&str; 9] = [
            "InstanceIds",
            "PingStatus",
            "PlatformTypes",
            "ResourceType",
            "AgentVersion",
            "tag-key",
            "IamRole",
            "ActivationIds",
            "AssociationStatus",
        ];
        match KEYS.contains(&self.key.as_str()) || self.key.starts_with("tag:") {
            true => Ok(()),
            false => Err(Failure::bad("InvalidFilterKey", "")),
        }
    }

    fn lets(&self, ctx: &Context<'_>, instance: &Instance, agent: &Agent) -> Outcome<bool> {
        self.check_key()?;
        let tags = ctx.tags(instance.id());
        let actual = match self.key.as_str() {
            "InstanceIds" => vec![instance.id()],
            "PingStatus" => status(ctx, agent).into_iter().collect(),
            "PlatformTypes" => vec!["Linux"],
            "ResourceType" => vec!["EC2Instance", "ManagedInstance"],
            "AgentVersion" => vec![VERSION],
            "tag-key" => tags.keys().map(String::as_str).collect(),
            key => {
                let tag = key.strip_prefix("tag:").and_then(|key| tags.get(key));
                tag.map(String::as_str).into_iter().collect()
            }
        };
        Ok(self
            .values
            .iter()
            .any(|value| actual.contains(&value.as_str())))
    }
}

const VERSION: &str = "3.3.2299.0";

fn status(ctx: &Context<'_>, agent: &Agent) -> Option<&'static str> {
    agent.ping_status(&ctx.setup.timings, ctx.now)
}

fn row(ctx: &Context<'_>, instance: &Instance, agent: &Agent) -> Value {
    json!({
        "InstanceId": instance.id(),
        "PingStatus": status(ctx, agent),
        "LastPingDateTime": stamp(ctx, agent.last_ping(ctx.now)),
        "AgentVersion": VERSION,
        "IsLatestVersion": true,
        "PlatformType": "Linux",
        "PlatformName": "Amazon Linux",
        "PlatformVersion": "2023",
        "ResourceType": "EC2Instance",
        "IPAddress": instance.address,
        "ComputerName": format!("ip-{}", instance.address.to_string().replace('.', "-")),
        "SourceId": instance.id(),
        "SourceType": "AWS::EC2::Instance",
    })
}
