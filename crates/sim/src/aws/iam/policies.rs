//! Managed policies that accounts make. They have one version for good: clients of trust set-up write no other.

use super::paging::paged;
use super::{ManagedPolicy, conflict, no_such};
use crate::aws::context::{Context, invalid};
use crate::aws::failure::{Failure, Outcome};
use crate::aws::policy::{Policy, Purpose};
use crate::aws::xml::Xml;
use crate::wire::encode;

const VERSION: &str = "v1";

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let name = ctx.required("PolicyName")?;
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter);
    if name.len() > 128 || !name.chars().all(allowed) {
        return Err(invalid("PolicyName has 1 to 128 characters of [\\w+=,.@-]"));
    }
    let text = ctx.required("PolicyDocument")?;
    let document = Policy::parse(&text, Purpose::Identity)?;
    let path = ctx.parameters.get("Path").unwrap_or("/").to_owned();
    let arn = ctx.iam_arn(&format!("policy{path}{name}"));
    if ctx.state.iam.managed.contains_key(&arn) {
        let message =
            format!("A policy called {name} already exists. Duplicate names are not allowed.");
        return Err(conflict("EntityAlreadyExists", &message));
    }
    let policy = ManagedPolicy {
        account: ctx.account().to_owned(),
        id: format!("ANPA{}", ctx.ids.word("aws policy", 17).to_uppercase()),
        description: ctx.parameters.text("Description"),
        created: ctx.now,
        arn: arn.clone(),
        name,
        path,
        text,
        document,
    };
    ctx.born("policy", &arn);
    let answer = Xml::new().node("Policy", view(ctx, &policy));
    ctx.state.iam.managed.insert(arn, policy);
    Ok(answer)
}

fn view(ctx: &Context<'_>, policy: &ManagedPolicy) -> Xml {
    Xml::new()
        .leaf("PolicyName", &policy.name)
        .leaf("PolicyId", &policy.id)
        .leaf("Arn", &policy.arn)
        .leaf("Path", &policy.path)
        .leaf("DefaultVersionId", VERSION)
        .leaf("AttachmentCount", ctx.state.iam.attachments(&policy.arn))
        .leaf("IsAttachable", true)
        .leaf("Description", &policy.description)
        .leaf("CreateDate", ctx.date(policy.created))
        .leaf("UpdateDate", ctx.date(policy.created))
}

/// The caller's policy that the call names.
fn named(ctx: &Context<'_>) -> Outcome<ManagedPolicy> {
    let arn = ctx.required("PolicyArn")?;
    let policy = ctx.state.iam.managed.get(&arn);
    let own = policy.filter(|policy| policy.account == ctx.account());
    own.cloned().ok_or_else(|| {
        let message = format!("Policy {arn} was not found.");
        Failure::missing("NoSuchEntity", message)
    })
}

pub(super) fn get(ctx: &mut Context<'_>) -> Outcome {
    let policy = named(ctx)?;
    Ok(Xml::new().node("Policy", view(ctx, &policy)))
}

pub(super) fn get_version(ctx: &mut Context<'_>) -> Outcome {
    let policy = named(ctx)?;
    let version = ctx.required("VersionId")?;
    if version != VERSION {
        return Err(no_such("policy version", &version));
    }
    let version = Xml::new()
        .leaf("Document", encode(&policy.text))
        .leaf("VersionId", VERSION)
        .leaf("IsDefaultVersion", true)
        .leaf("CreateDate", ctx.date(policy.created));
    Ok(Xml::new().node("PolicyVersion", version))
}

/// Those of the account only.
pub(super) fn list(ctx: &mut Context<'_>) -> Outcome {
    let policies = ctx.state.iam.managed.values();
    let own = policies.filter(|policy| policy.account == ctx.account());
    let rows = own.map(|policy| view(ctx, policy)).collect();
    paged(ctx, "Policies", rows)
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let policy = named(ctx)?;
    if ctx.state.iam.attachments(&policy.arn) > 0 {
        return Err(conflict(
            "DeleteConflict",
            "Cannot delete a policy attached to entities.",
        ));
    }
    ctx.state.iam.managed.remove(&policy.arn);
    ctx.gone(&policy.arn);
    Ok(Xml::new())
}
