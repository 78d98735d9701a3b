//! Whoever hands a role to a service or to a profile must be allowed to pass it.

use super::Resource;
use crate::aws::context::Context;
use crate::aws::iam::InstanceProfile;
use crate::aws::operation::Operation;
use crate::aws::policy::Question;

/// Whether the caller may pass the role that the call hands on.
pub(super) fn questions(ctx: &Context<'_>, operation: &Operation) -> Vec<Question> {
    let role = match operation.name {
        "RunInstances" | "AssociateIamInstanceProfile" => role_of_profile(ctx),
        "AddRoleToInstanceProfile" => ctx.parameters.get("RoleName"),
        _ => None,
    };
    let role = role.and_then(|name| ctx.state.iam.get(ctx.account(), name));
    let question = role.map(|role| {
        let service = "ec2.amazonaws.com";
        let resource = Resource::of(&role.arn).key("iam:passedtoservice", service);
        resource.question(ctx, "iam:PassRole")
    });
    question.into_iter().collect()
}

fn role_of_profile<'a>(ctx: &'a Context<'_>) -> Option<&'a str> {
    let sent = |field: &str| ctx.parameters.get(&format!("IamInstanceProfile.{field}"));
    let (iam, account) = (&ctx.state.iam, ctx.account());
    let by_name = || iam.profile(account, sent("Name")?);
    let by_arn = || iam.profile_of_arn(account, sent("Arn")?);
    let profile: &InstanceProfile = by_name().or_else(by_arn)?;
    Some(&profile.role.as_ref()?.role)
}
