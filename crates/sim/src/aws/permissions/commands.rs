//! What calls of Systems Manager are about.

use super::Resource;
use crate::aws::context::Context;
use crate::aws::operation::Operation;

/// A command is about its document and about every instance; other calls are about nothing special.
pub(super) fn resources(ctx: &Context<'_>, operation: &Operation) -> Vec<Resource> {
    match operation.name {
        "SendCommand" => sent(ctx),
        "GetParameter" => {
            let name = ctx.parameters.text("Name");
            let name = name.trim_start_matches('/');
            vec![Resource::of(of_the_cloud(
                ctx,
                &format!("parameter/{name}"),
            ))]
        }
        _ => vec![Resource::of("*")],
    }
}

fn sent(ctx: &Context<'_>) -> Vec<Resource> {
    let document = ctx.parameters.get("DocumentName").unwrap_or("*");
    let document = of_the_cloud(ctx, &format!("document/{document}"));
    let mut resources = vec![Resource::of(document)];
    let named = ctx.parameters.list("InstanceIds");
    if named.is_empty() {
        resources.push(Resource::of(ctx.arn("instance", "*")));
    }
    resources.extend(named.iter().map(|id| instance(ctx, id)));
    resources
}

/// Of documents and parameters that the cloud itself publishes.
fn of_the_cloud(ctx: &Context<'_>, what: &str) -> String {
    let (partition, region) = (ctx.partition().name, &ctx.region);
    format!("arn:{partition}:ssm:{region}::{what}")
}

fn instance(ctx: &Context<'_>, id: &str) -> Resource {
    let mut resource = super::own(ctx, id);
    for (key, value) in ctx.tags(id) {
        let key = key.to_lowercase();
        resource = resource.key(&format!("ssm:resourcetag/{key}"), value);
    }
    resource
}
