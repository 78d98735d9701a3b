//! The public parameters that tell the newest images of Amazon Linux, and which images have an agent.

use serde_json::{Value, json};

use super::answers::stamp;
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome};
use crate::digest::hash;

const PATH: &str = "/aws/service/ami-amazon-linux-latest/";

const NAMES: [&str; 10] = [
    "al2023-ami-kernel-default-x86_64",
    "al2023-ami-kernel-default-arm64",
    "al2023-ami-kernel-6.1-x86_64",
    "al2023-ami-kernel-6.1-arm64",
    "al2023-ami-minimal-kernel-default-x86_64",
    "al2023-ami-minimal-kernel-default-arm64",
    "al2023-ami-minimal-kernel-6.1-x86_64",
    "al2023-ami-minimal-kernel-6.1-arm64",
    "amzn2-ami-hvm-x86_64-gp2",
    "amzn2-ami-hvm-arm64-gp2",
];

fn image(region: &str, name: &str) -> String {
    let digits = hash(format!("{region} {name}").as_bytes());
    format!("ami-0{}", digits.get(..16).unwrap_or_default())
}

/// The image that a public parameter names in a region.
fn image_of_parameter(region: &str, parameter: &str) -> Option<String> {
    let name = parameter.strip_prefix(PATH)?;
    NAMES.contains(&name).then(|| image(region, name))
}

/// The image that a launch asks for: an id, or `resolve:ssm:` with a parameter. `None` if there is no such parameter.
pub(crate) fn image_of(region: &str, wanted: &str) -> Option<String> {
    match wanted.strip_prefix("resolve:ssm:") {
        Some(parameter) => image_of_parameter(region, parameter),
        None => Some(wanted.to_owned()),
    }
}

/// Whether instances of an image have an agent: all but those of the minimal ones.
pub(super) fn has_agent(region: &str, id: &str) -> bool {
    let mut minimal = NAMES.iter().filter(|name| name.contains("-minimal-"));
    !minimal.any(|name| image(region, name) == id)
}

pub(super) fn get(ctx: &mut Context<'_>) -> Outcome<Value> {
    let name = ctx.required("Name")?;
    let image = image_of_parameter(&ctx.region, &name);
    let image = image.ok_or_else(|| Failure::bad("ParameterNotFound", ""))?;
    let partition = ctx.partition().name;
    Ok(json!({"Parameter": {
        "Name": name,
        "Type": "String",
        "Value": image,
        "Version": 1,
        "LastModifiedDate": stamp(ctx, std::time::Duration::ZERO),
        "ARN": format!("arn:{partition}:ssm:{}::parameter{name}", ctx.region),
        "DataType": "text",
    }}))
}
