//! Instance profiles: what hands a role to instances.

use std::time::Duration;

use super::paging::paged;
use super::{Role, conflict, named, no_such, place, tags};
use crate::aws::context::{Context, invalid};
use crate::aws::failure::Outcome;
use crate::aws::xml::Xml;

/// A profile. It has one role at most.
#[derive(Debug, Clone)]
pub(crate) struct InstanceProfile {
    pub(crate) account: String,
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) arn: String,
    path: String,
    created: Duration,
    /// When EC2 knows of it.
    pub(crate) usable: Duration,
    pub(crate) role: Option<Member>,
    tags: tags::Tags,
}

/// The role of a profile.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) role: String,
    /// When EC2 knows of it.
    pub(crate) usable: Duration,
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let name = checked_name(&ctx.required("InstanceProfileName")?)?;
    let path = ctx.parameters.get("Path").unwrap_or("/").to_owned();
    let tags = tags::sent(ctx)?;
    let account = ctx.account().to_owned();
    let place = place(&account, &name);
    if ctx.state.iam.profiles.contains_key(&place) {
        let message = format!("Instance Profile {name} already exists.");
        return Err(conflict("EntityAlreadyExists", &message));
    }
    let profile = InstanceProfile {
        arn: ctx.iam_arn(&format!("instance-profile{path}{name}")),
        id: format!(
            "AIPA{}",
            ctx.ids.word("aws instance profile", 17).to_uppercase()
        ),
        created: ctx.now,
        usable: ctx.now + ctx.setup.timings.role_propagation,
        role: None,
        tags,
        account,
        name,
        path,
    };
    ctx.born("instance-profile", &profile.arn);
    let answer = Xml::new().node("InstanceProfile", view(ctx, &profile));
    ctx.state.iam.profiles.insert(place, profile);
    Ok(answer)
}

fn checked_name(name: &str) -> Outcome<String> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter);
    if name.len() <= 128 && name.chars().all(allowed) {
        Ok(name.to_owned())
    } else {
        Err(invalid(
            "InstanceProfileName has 1 to 128 characters of [\\w+=,.@-]",
        ))
    }
}

/// The profile of the caller that the call names.
fn wanted<'a>(ctx: &'a mut Context<'_>) -> Outcome<&'a mut InstanceProfile> {
    let name = ctx.required("InstanceProfileName")?;
    let place = place(ctx.account(), &name);
    let profile = ctx.state.iam.profiles.get_mut(&place);
    profile.ok_or_else(|| no_such("instance profile", &name))
}

pub(super) fn get(ctx: &mut Context<'_>) -> Outcome {
    let profile = wanted(ctx)?.clone();
    Ok(Xml::new().node("InstanceProfile", view(ctx, &profile)))
}

pub(super) fn list(ctx: &mut Context<'_>) -> Outcome {
    let prefix = ctx.parameters.get("PathPrefix").unwrap_or("/").to_owned();
    listed(ctx, |profile| profile.path.starts_with(&prefix))
}

pub(super) fn of_role(ctx: &mut Context<'_>) -> Outcome {
    let role = named(ctx)?.clone();
    listed(ctx, |profile| profile.has(&role))
}

fn listed(ctx: &Context<'_>, is_wanted: impl Fn(&InstanceProfile) -> bool) -> Outcome {
    let profiles = ctx.state.iam.profiles.values();
    let own = profiles.filter(|profile| profile.account == ctx.account() && is_wanted(profile));
    let rows = own.map(|profile| view(ctx, profile)).collect();
    paged(ctx, "InstanceProfiles", rows)
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let profile = wanted(ctx)?.clone();
    if profile.role.is_some() {
        let message = "Cannot delete entity, must remove roles from instance profile first.";
        return Err(conflict("DeleteConflict", message));
    }
    let place = place(&profile.account, &profile.name);
    ctx.state.iam.profiles.remove(&place);
    ctx.gone(&profile.arn);
    Ok(Xml::new())
}

pub(super) fn add_role(ctx: &mut Context<'_>) -> Outcome {
    wanted(ctx)?;
    let role = named(ctx)?.name.clone();
    let usable = ctx.now + ctx.setup.timings.role_propagation;
    let profile = wanted(ctx)?;
    if profile.role.is_some() {
        let message = "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1";
        return Err(conflict("LimitExceeded", message));
    }
    profile.role = Some(Member { role, usable });
    Ok(Xml::new())
}

pub(super) fn remove_role(ctx: &mut Context<'_>) -> Outcome {
    wanted(ctx)?;
    let role = named(ctx)?.clone();
    let profile = wanted(ctx)?;
    if !profile.has(&role) {
        return Err(no_such("role", &role.name));
    }
    profile.role = None;
    Ok(Xml::new())
}

impl InstanceProfile {
    pub(super) fn has(&self, role: &Role) -> bool {
        let member = self.role.as_ref();
        self.account == role.account && member.is_some_and(|member| member.role == role.name)
    }
}

fn view(ctx: &Context<'_>, profile: &InstanceProfile) -> Xml {
    let member = profile.role.as_ref();
    let role = member.and_then(|member| ctx.state.iam.get(&profile.account, &member.role));
    let role = role.map(|role| super::roles::view(ctx, role));
    Xml::new()
        .leaf("Path", &profile.path)
        .leaf("InstanceProfileName", &profile.name)
        .leaf("InstanceProfileId", &profile.id)
        .leaf("Arn", &profile.arn)
        .leaf("CreateDate", ctx.date(profile.created))
        .members("Roles", role)
        .and(tags::list(&profile.tags))
}
