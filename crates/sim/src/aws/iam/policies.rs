//! Managed policies that accounts make, next to those of the cloud. They have one version for good: clients of trust
//! set-up write no other.

use std::time::Duration;

use super::paging::paged;
use super::{ManagedPolicy, conflict, managed, no_such};
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

/// How many roles and users of the caller's account have it.
fn attachments(ctx: &Context<'_>, policy: &ManagedPolicy) -> usize {
    ctx.state.iam.attachments(ctx.account(), &policy.arn)
}

fn view(ctx: &Context<'_>, policy: &ManagedPolicy) -> Xml {
    Xml::new()
        .leaf("PolicyName", &policy.name)
        .leaf("PolicyId", &policy.id)
        .leaf("Arn", &policy.arn)
        .leaf("Path", &policy.path)
        .leaf("DefaultVersionId", VERSION)
        .leaf("AttachmentCount", attachments(ctx, policy))
        .leaf("IsAttachable", true)
        .leaf("Description", &policy.description)
        .leaf("CreateDate", ctx.date(policy.created))
        .leaf("UpdateDate", ctx.date(policy.created))
}

fn unknown(arn: &str) -> Failure {
    Failure::missing("NoSuchEntity", format!("Policy {arn} was not found."))
}

/// The caller's policy that the call names.
fn own(ctx: &Context<'_>) -> Outcome<ManagedPolicy> {
    let arn = ctx.required("PolicyArn")?;
    let policy = ctx.state.iam.managed.get(&arn);
    let own = policy.filter(|policy| policy.account == ctx.account());
    own.cloned().ok_or_else(|| unknown(&arn))
}

/// The policy of the caller or of the cloud that the call names.
fn named(ctx: &Context<'_>) -> Outcome<ManagedPolicy> {
    let arn = ctx.required("PolicyArn")?;
    own(ctx).or_else(|_| of_cloud(&arn).ok_or_else(|| unknown(&arn)))
}

/// A policy of the cloud; `None` if there is none of this name.
fn of_cloud(arn: &str) -> Option<ManagedPolicy> {
    let full_name = managed::name(arn)?;
    let (path, name) = full_name.rsplit_once('/').unwrap_or(("", full_name));
    let path = if path.is_empty() {
        "/".to_owned()
    } else {
        format!("/{path}/")
    };
    let digits = crate::digest::hash(arn.as_bytes()).to_uppercase();
    Some(ManagedPolicy {
        account: "aws".to_owned(),
        name: name.to_owned(),
        id: format!("ANPA{}", digits.get(..17).unwrap_or_default()),
        arn: arn.to_owned(),
        path,
        description: String::new(),
        text: managed::text(arn)?,
        document: managed::policy(arn)?,
        created: Duration::ZERO,
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

/// Those of the account, those of the cloud, or both.
pub(super) fn list(ctx: &mut Context<'_>) -> Outcome {
    let scope = ctx.parameters.get("Scope").unwrap_or("All");
    if !["All", "AWS", "Local"].contains(&scope) {
        return Err(invalid("Scope is All, AWS or Local."));
    }
    let attached_only = ctx.parameters.boolean("OnlyAttached") == Ok(Some(true));
    let prefix = ctx.parameters.get("PathPrefix").unwrap_or("/");
    let own = ctx.state.iam.managed.values();
    let own = own.filter(|policy| policy.account == ctx.account() && scope != "AWS");
    let clouds = managed::names().filter(|_| scope != "Local");
    let clouds = clouds.filter_map(|name| of_cloud(&managed::arn(ctx.partition(), name)));
    let wanted = |policy: &ManagedPolicy| {
        policy.path.starts_with(prefix) && (!attached_only || attachments(ctx, policy) > 0)
    };
    let rows = own.cloned().chain(clouds).filter(wanted);
    let rows = rows.map(|policy| view(ctx, &policy)).collect();
    paged(ctx, "Policies", rows)
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let policy = own(ctx)?;
    if attachments(ctx, &policy) > 0 {
        return Err(conflict(
            "DeleteConflict",
            "Cannot delete a policy attached to entities.",
        ));
    }
    ctx.state.iam.managed.remove(&policy.arn);
    ctx.gone(&policy.arn);
    Ok(Xml::new())
}
