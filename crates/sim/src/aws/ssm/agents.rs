//! Agents: when they register, and when they are lost.

use std::time::Duration;

use super::parameters::has_agent;
use crate::aws::dataplane::reaches_service;
use crate::aws::ec2::Instance;
use crate::aws::iam::Role;
use crate::aws::policy::{Decision, Question, decide};
use crate::aws::state::State;
use crate::aws::timings::Timings;
use crate::table::Object;

/// What is known of the agent of an instance.
#[derive(Debug, Clone, Default)]
pub(super) struct Agent {
    /// Since when it can register: it has a role that lets it, and a way to the service.
    able: Option<Duration>,
    /// When the service first heard of it.
    pub(super) registered: Option<Duration>,
    /// When it was last seen unable.
    unable: Duration,
}

impl Agent {
    /// From when on the service hears of it, if it does now.
    pub(super) fn online(&self, timings: &Timings, now: Duration) -> Option<Duration> {
        let online = self.able? + timings.agent;
        (online <= now).then_some(online)
    }

    /// What the service calls its state, if it ever heard of it. A loss is noticed after a while.
    pub(super) fn ping_status(&self, timings: &Timings, now: Duration) -> Option<&'static str> {
        self.registered?;
        let is_noticed = self.able.is_some() || now >= self.last_ping(now) + timings.agent_loss;
        match self.online(timings, now) {
            None if is_noticed => Some("ConnectionLost"),
            _ => Some("Online"),
        }
    }

    /// When the service last heard of it.
    pub(super) fn last_ping(&self, now: Duration) -> Duration {
        match self.able {
            Some(_) => now,
            None => self.unable,
        }
    }

    fn see(&mut self, able: Option<Duration>, timings: &Timings, now: Duration) {
        match able {
            Some(since) => {
                let since = since.max(self.unable);
                self.able.get_or_insert(since);
            }
            // The time of the loss counts, not that of the last look.
            None if self.able.take().is_some() || self.registered.is_none() => self.unable = now,
            None => {}
        }
        let online = self.online(timings, now);
        self.registered = self.registered.or(online);
    }
}

/// The services that an agent calls.
const SERVICES: [&str; 2] = ["ssm", "ssmmessages"];

/// What an agent must be allowed to do.
const ACTIONS: [&str; 3] = [
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:OpenControlChannel",
];

/// Looks after every instance with a profile or with an agent that is known.
pub(super) fn settle(state: &mut State, timings: &Timings, now: Duration) {
    let mut agents = std::mem::take(&mut state.ssm.agents);
    agents.retain(|id, _| {
        let instance = state.ec2.instances.get(id);
        instance.is_some_and(|instance| instance.state(now).1 != "terminated")
    });
    for instance in state.ec2.instances.iter() {
        let is_known = agents.contains_key(instance.id());
        if !is_known && instance.profile(now).is_none() {
            continue;
        }
        let agent = agents.entry(instance.id().to_owned()).or_default();
        agent.see(able_since(state, instance, timings, now), timings, now);
    }
    state.ssm.agents = agents;
}

/// The last of the moments at which something that an agent needs was there; `None` if something is missing.
fn able_since(
    state: &State,
    instance: &Instance,
    timings: &Timings,
    now: Duration,
) -> Option<Duration> {
    let has_agent = has_agent(&instance.base.region, &instance.image);
    if !has_agent || instance.state(now).1 != "running" {
        return None;
    }
    let mut since = instance
        .life()
        .ready
        .max(role_since(state, instance, timings, now)?);
    for service in SERVICES {
        since = since.max(reaches_service(state, instance, service, now)?);
    }
    (since <= now).then_some(since)
}

/// Since when the agent has a role that allows what it does.
fn role_since(
    state: &State,
    instance: &Instance,
    timings: &Timings,
    now: Duration,
) -> Option<Duration> {
    let association = instance.profile(now)?;
    let account = &instance.base.owner;
    let profile = state.iam.profile_of_arn(account, association.arn())?;
    let member = profile.role.as_ref()?;
    let role = state.iam.get(account, &member.role)?;
    if !is_for_instances(role) || !allows(state, role) {
        return None;
    }
    let associated = association.life.ready;
    let is_noticed = association.is_original || instance.life().ready >= associated;
    let noticed = match is_noticed {
        true => associated,
        false => associated + timings.agent_hibernation,
    };
    Some(noticed.max(member.usable).max(role.usable))
}

/// Whether instances may assume a role.
fn is_for_instances(role: &Role) -> bool {
    let question = Question {
        principals: ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"]
            .map(str::to_owned)
            .into(),
        action: "sts:AssumeRole".to_owned(),
        resource: role.arn.clone(),
        keys: Vec::new(),
    };
    decide([&role.trust], &question) == Decision::Allow
}

fn allows(state: &State, role: &Role) -> bool {
    let policies = state.iam.policies(&role.account, &role.name);
    ACTIONS.iter().all(|action| {
        let question = Question {
            action: (*action).to_owned(),
            resource: "*".to_owned(),
            ..Question::default()
        };
        decide(&policies, &question) == Decision::Allow
    })
}
