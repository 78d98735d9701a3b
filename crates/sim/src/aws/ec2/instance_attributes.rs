//! What can be changed about an instance after it was launched.

use super::find::{GROUP, INSTANCE};
use super::{Group, Instance};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, bad_value, missing, not_permitted};
use crate::aws::xml::Xml;

/// The attributes that nothing else is about.
#[derive(Debug, Clone)]
pub(crate) struct Attributes {
    pub(super) source_dest_check: bool,
    pub(super) protected_from_end: bool,
    pub(super) protected_from_stop: bool,
    /// `stop` or `terminate`.
    at_shutdown: String,
    pub(super) ebs_optimized: bool,
    user_data: Option<String>,
    pub(super) key_name: Option<String>,
    pub(super) client_token: Option<String>,
    pub(super) tenancy: String,
}

impl Attributes {
    /// As a call to launch asks for.
    pub(super) fn launched(ctx: &Context<'_>) -> Outcome<Self> {
        let text = |name| ctx.parameters.get(name).map(str::to_owned);
        Ok(Self {
            source_dest_check: true,
            protected_from_end: ctx.flag("DisableApiTermination")?,
            protected_from_stop: ctx.flag("DisableApiStop")?,
            at_shutdown: text("InstanceInitiatedShutdownBehavior").unwrap_or("stop".to_owned()),
            ebs_optimized: ctx.flag("EbsOptimized")?,
            user_data: text("UserData"),
            key_name: text("KeyName"),
            client_token: text("ClientToken"),
            tenancy: text("Placement.Tenancy").unwrap_or("default".to_owned()),
        })
    }

    /// Refuses to terminate what is protected.
    pub(super) fn check_may_end(&self, id: &str) -> Outcome<()> {
        check_may(
            !self.protected_from_end,
            id,
            "terminated",
            "disableApiTermination",
        )
    }

    /// Refuses to stop what is protected.
    pub(super) fn check_may_stop(&self, id: &str) -> Outcome<()> {
        check_may(!self.protected_from_stop, id, "stopped", "disableApiStop")
    }
}

fn check_may(may: bool, id: &str, end: &str, attribute: &str) -> Outcome<()> {
    if may {
        return Ok(());
    }
    Err(not_permitted(format!(
        "The instance '{id}' may not be {end}. Modify its '{attribute}' instance attribute and try again."
    )))
}

pub(super) fn describe(ctx: &mut Context<'_>) -> Outcome {
    let instance = INSTANCE.named(ctx, "InstanceId")?;
    let name = ctx.required("Attribute")?;
    let own = &instance.attributes;
    let value = |value: &dyn std::fmt::Display| Some(Xml::new().leaf("value", value));
    let content = match name.as_str() {
        "instanceType" => value(&instance.kind),
        "disableApiTermination" => value(&own.protected_from_end),
        "disableApiStop" => value(&own.protected_from_stop),
        "instanceInitiatedShutdownBehavior" => value(&own.at_shutdown),
        "ebsOptimized" => value(&own.ebs_optimized),
        "sourceDestCheck" => value(&own.source_dest_check),
        "enaSupport" => value(&true),
        "userData" => Some(Xml::new().maybe("value", own.user_data.as_ref())),
        "kernel" | "ramdisk" | "rootDeviceName" | "sriovNetSupport" => Some(Xml::new()),
        "groupSet" | "blockDeviceMapping" | "productCodes" => None,
        _ => return Err(bad_value(&name, "attribute")),
    };
    let xml = Xml::new().leaf("instanceId", &instance.base.id);
    Ok(match content {
        Some(content) => xml.node(&name, content),
        None if name == "groupSet" => {
            let group = |id: &String| Xml::new().leaf("groupId", id);
            xml.items("groupSet", instance.groups.iter().map(group))
        }
        None => xml.items(&name, []),
    })
}

/// Exactly one attribute a call.
pub(super) fn modify(ctx: &mut Context<'_>) -> Outcome {
    let instance = INSTANCE.named(ctx, "InstanceId")?;
    let mut changed = instance.clone();
    let groups = ctx.parameters.list("GroupId");
    if !groups.is_empty() {
        changed.groups = checked_groups(ctx, &instance, groups)?;
    } else {
        let (name, value) = sent(ctx)?;
        set(ctx, &mut changed, &name, &value)?;
    }
    if let Some(stored) = ctx.state.ec2.instances.get_mut(&instance.base.id) {
        *stored = changed;
    }
    Ok(Xml::done())
}

/// The attribute's name and value, in either of the two ways to say them.
fn sent(ctx: &Context<'_>) -> Outcome<(String, String)> {
    if let Some(name) = ctx.parameters.get("Attribute") {
        return Ok((name.to_owned(), ctx.required("Value")?));
    }
    let mut values = ctx.parameters.all().iter().filter_map(|(name, value)| {
        let name = name.strip_suffix(".Value")?;
        let (first, rest) = name.split_at_checked(1)?;
        Some((format!("{}{rest}", first.to_lowercase()), value.clone()))
    });
    match (values.next(), values.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(missing("attribute")),
        _ => Err(Failure::bad(
            "InvalidParameterCombination",
            "Fields for multiple attribute types specified",
        )),
    }
}

fn set(ctx: &Context<'_>, instance: &mut Instance, name: &str, value: &str) -> Outcome<()> {
    let flag = || match value.to_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(bad_value(value, name)),
    };
    let state = instance.state(ctx.now).1;
    let own = &mut instance.attributes;
    match name {
        "sourceDestCheck" => own.source_dest_check = flag()?,
        "disableApiTermination" => own.protected_from_end = flag()?,
        "disableApiStop" => own.protected_from_stop = flag()?,
        "ebsOptimized" => own.ebs_optimized = flag()?,
        "enaSupport" => _ = flag()?,
        "instanceInitiatedShutdownBehavior" if ["stop", "terminate"].contains(&value) => {
            value.clone_into(&mut own.at_shutdown);
        }
        "instanceType" | "userData" if state != "stopped" => {
            let id = &instance.base.id;
            let message = format!("The instance '{id}' is not in the 'stopped' state.");
            return Err(Failure::bad("IncorrectInstanceState", message));
        }
        "instanceType" => value.clone_into(&mut instance.kind),
        "userData" => own.user_data = Some(value.to_owned()),
        _ => return Err(bad_value(value, name)),
    }
    Ok(())
}

/// Groups that an instance may have: those of its VPC.
pub(super) fn checked_groups(
    ctx: &Context<'_>,
    instance: &Instance,
    ids: Vec<String>,
) -> Outcome<Vec<String>> {
    let is_here = |group: &Group| group.vpc == instance.vpc;
    for id in &ids {
        if !is_here(&GROUP.get(ctx, id)?) {
            let message = format!(
                "You have specified two resources that belong to different networks: {id} and {}",
                instance.base.id
            );
            return Err(Failure::bad("InvalidGroup.NotFound", message));
        }
    }
    Ok(ids)
}
