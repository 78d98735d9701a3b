//! Which instance profile an instance has.

use std::time::Duration;

use super::Instance;
use super::find::INSTANCE;
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome};
use crate::aws::filters::{self, Fields};
use crate::aws::iam::InstanceProfile;
use crate::aws::paging::paged;
use crate::aws::xml::Xml;
use crate::table::{Life, Object, Phase};

/// The profile of an instance.
#[derive(Debug, Clone)]
pub(crate) struct Association {
    id: String,
    arn: String,
    profile_id: String,
    pub(crate) life: Life,
    /// Whether the instance was launched with it.
    pub(crate) is_original: bool,
}

impl Association {
    fn state(&self, now: Duration) -> &'static str {
        match self.life.phase(now) {
            Phase::Creating => "associating",
            Phase::Ready | Phase::Modifying => "associated",
            Phase::Leaving => "disassociating",
            Phase::Gone => "disassociated",
        }
    }

    /// The profile's resource name.
    pub(crate) fn arn(&self) -> &str {
        &self.arn
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn profile_id(&self) -> &str {
        &self.profile_id
    }

    fn view(&self) -> Xml {
        Xml::new()
            .leaf("arn", &self.arn)
            .leaf("id", &self.profile_id)
    }
}

impl Instance {
    /// The profile that it has now, or is about to lose or to get.
    pub(crate) fn profile(&self, now: Duration) -> Option<&Association> {
        let association = self.profile.as_ref();
        association.filter(|association| association.life.phase(now) != Phase::Gone)
    }
}

/// The profile that a call names, by its name or resource name; `None` if it names none.
pub(super) fn wanted(ctx: &Context<'_>) -> Outcome<Option<InstanceProfile>> {
    let (name, arn) = (
        ctx.parameters.get("IamInstanceProfile.Name"),
        ctx.parameters.get("IamInstanceProfile.Arn"),
    );
    let iam = &ctx.state.iam;
    let (found, parameter, value) = match (name, arn) {
        (None, None) => return Ok(None),
        (Some(name), None) => (iam.profile(ctx.account(), name), "name", name),
        (None, Some(arn)) => (iam.profile_of_arn(ctx.account(), arn), "arn", arn),
        (Some(_), Some(_)) => {
            let message = "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'";
            return Err(Failure::bad("InvalidParameterCombination", message));
        }
    };
    let Some(profile) = found.filter(|profile| profile.usable <= ctx.now) else {
        let message = format!(
            "Value ({value}) for parameter iamInstanceProfile.{parameter} is invalid. Invalid IAM Instance Profile {parameter}"
        );
        return Err(Failure::bad("InvalidParameterValue", message));
    };
    let member = profile.role.as_ref();
    if member.is_none_or(|member| ctx.now < member.usable) {
        let message = format!(
            "IAM Instance Profile \"{}\" has no associated IAM Roles",
            profile.arn
        );
        return Err(Failure::bad("InvalidParameterValue", message));
    }
    Ok(Some(profile.clone()))
}

/// Made at launch it is there at once.
pub(super) fn launched(
    ctx: &mut Context<'_>,
    profile: Option<&InstanceProfile>,
) -> Option<Association> {
    let profile = profile?;
    Some(made(ctx, profile, Duration::ZERO, true))
}

fn made(
    ctx: &mut Context<'_>,
    profile: &InstanceProfile,
    takes: Duration,
    is_original: bool,
) -> Association {
    Association {
        id: ctx.new_id("iip-assoc"),
        arn: profile.arn.clone(),
        profile_id: profile.id.clone(),
        life: Life::new(ctx.now, takes),
        is_original,
    }
}

pub(super) fn associate(ctx: &mut Context<'_>) -> Outcome {
    let mut instance = INSTANCE.named(ctx, "InstanceId")?;
    let id = instance.base.id.clone();
    let Some(profile) = wanted(ctx)? else {
        return Err(crate::aws::failure::missing("iamInstanceProfile"));
    };
    if ["shutting-down", "terminated"].contains(&instance.state(ctx.now).1) {
        let message =
            format!("The instance '{id}' is not in a state in which it can have a profile.");
        return Err(Failure::bad("IncorrectInstanceState", message));
    }
    if instance.profile(ctx.now).is_some() {
        let message = format!("There is an existing association for instance {id}");
        return Err(Failure::bad("IncorrectState", message));
    }
    let takes = ctx.setup.timings.profile_association;
    let association = made(ctx, &profile, takes, false);
    instance.profile = Some(association.clone());
    let answer = Xml::new().node(
        "iamInstanceProfileAssociation",
        row(ctx, &instance, &association),
    );
    store(ctx, instance);
    Ok(answer)
}

pub(super) fn disassociate(ctx: &mut Context<'_>) -> Outcome {
    let id = ctx.required("AssociationId")?;
    let has = |instance: &&Instance| {
        let association = instance.profile(ctx.now);
        ctx.can_see(*instance) && association.is_some_and(|association| association.id == id)
    };
    let found = ctx.state.ec2.instances.iter().find(has).cloned();
    let Some(mut instance) = found else {
        let message = format!("An invalid association-id of '{id}' was given");
        return Err(Failure::bad("NoSuchAssociation", message));
    };
    let end = ctx.now + ctx.setup.timings.profile_association;
    let association = instance.profile.as_mut().map(|association| {
        association.life.leave(end);
        association.clone()
    });
    let rows = association.map(|association| row(ctx, &instance, &association));
    let answer = Xml::new().node("iamInstanceProfileAssociation", rows.unwrap_or_default());
    store(ctx, instance);
    Ok(answer)
}

fn store(ctx: &mut Context<'_>, instance: Instance) {
    if let Some(stored) = ctx.state.ec2.instances.get_mut(instance.id()) {
        *stored = instance;
    }
}

fn row(ctx: &Context<'_>, instance: &Instance, association: &Association) -> Xml {
    Xml::new()
        .leaf("associationId", &association.id)
        .leaf("instanceId", &instance.base.id)
        .node("iamInstanceProfile", association.view())
        .leaf("state", association.state(ctx.now))
}

/// As an instance shows it.
pub(super) fn of_instance(ctx: &Context<'_>, instance: &Instance) -> Xml {
    match instance.profile(ctx.now) {
        Some(association) => Xml::new().node("iamInstanceProfile", association.view()),
        None => Xml::new(),
    }
}

/// Those of instances that are not terminated.
pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    let filters = filters::read(ctx, &["instance-id", "state"])?;
    let ids = ctx.parameters.list("AssociationId");
    let now = ctx.now;
    let instances = ctx.state.ec2.instances.iter();
    let here = instances
        .filter(|instance| ctx.can_see(*instance) && instance.state(now).1 != "terminated");
    let all: Vec<_> = here
        .filter_map(|instance| Some((instance, instance.profile(now)?)))
        .collect();
    let is_known = |id: &String| all.iter().any(|(_, association)| association.id == *id);
    if let Some(unknown) = ids.iter().find(|id| !is_known(id)) {
        let message = format!("An invalid association-id of '{unknown}' was given");
        return Err(Failure::bad("NoSuchAssociation", message));
    }
    let wanted = all.iter().filter(|(instance, association)| {
        let fields = Fields::default()
            .with("instance-id", &instance.base.id)
            .with("state", association.state(now));
        (ids.is_empty() || ids.contains(&association.id)) && filters::pass(&filters, &fields)
    });
    let rows = wanted.map(|(instance, association)| row(ctx, instance, association));
    paged(
        ctx,
        "iamInstanceProfileAssociationSet",
        rows.collect(),
        1000,
    )
}
