//! Instances and commands on them.

use super::check::{Check, Stop, always, check, ensure};
use super::lab::Lab;
use super::lifecycle::lifecycle;
use super::recipe::{AnInstance, Recipe};
use crate::ids::{CommandId, InstanceId};
use crate::retry::Look;
use crate::traits::{Capabilities, CommandOutput, CommandState, InstanceRecord, RunCommand};

pub(super) fn checks() -> Vec<Check> {
    let mut checks = lifecycle!("instance", AnInstance, always, token always);
    checks.extend([
        check!(
            "instance.record",
            always,
            "an instance is in its subnet and groups, with an address of the subnet's range",
            record
        ),
        check!(
            "instance.address",
            always,
            "an instance gets the address that was asked for",
            address
        ),
        check!(
            "command.agents",
            commands,
            "whether agents are up is told for each instance in order, and they come up",
            agents
        ),
        check!(
            "command.run",
            commands,
            "a command ends, and its exit code and output are told",
            run
        ),
        check!(
            "command.run.failure",
            commands,
            "the exit code of a script that fails is told as it is",
            failure
        ),
        check!(
            "command.run.token",
            commands,
            "with the same token a command is started once",
            token
        ),
    ]);
    checks
}

fn commands(capabilities: &Capabilities) -> bool {
    capabilities.commands
}

async fn record(lab: &Lab) -> Result<(), Stop> {
    let (recipe, one) = lab.make::<AnInstance>(0).await?;
    ensure(
        one.network.as_ref() == Some(&recipe.network.id)
            && one.subnet.as_ref() == Some(&recipe.subnet.id)
            && one.groups == [recipe.group.clone()]
            && one
                .address
                .is_some_and(|address| recipe.subnet.range.contains(&address)),
        || format!("asked for {} in {:?}: {one:?}", recipe.group, recipe.subnet),
    )
}

async fn address(lab: &Lab) -> Result<(), Stop> {
    let recipe = AnInstance::prepare(lab, 0).await?;
    let wanted = recipe.subnet.range.hosts().nth(99);
    let request = recipe
        .request(lab, &lab.label("instance/addressed"))
        .with_address(wanted);
    let made = lab.patient(|| lab.home.run_instance(&request)).await?;
    lab.keep(&lab.home, &made);
    let ready: InstanceRecord = lab.ready(&lab.home, &made.id).await?;
    ensure(ready.address == wanted, || {
        format!("asked for {wanted:?}: {:?}", ready.address)
    })
}

impl Lab {
    async fn agents_up(&self, ids: &[InstanceId]) -> Result<(), Stop> {
        let look = || async {
            let up = self.home.agents_ready(ids).await?;
            Ok(match up.len() == ids.len() && up.iter().all(|up| *up) {
                true => Look::Ready(()),
                false => Look::NotYet(format!("{up:?}")),
            })
        };
        self.until("the agents", look).await
    }

    async fn output(&self, on: &InstanceId, id: &CommandId) -> Result<CommandOutput, Stop> {
        let look = || async {
            let output = self.home.command_output(on, id).await?;
            Ok(match &output.state {
                CommandState::Running(word) => Look::NotYet(word.clone()),
                _ => Look::Ready(output),
            })
        };
        self.until(&format!("command {id}"), look).await
    }

    async fn ping(&self, from: &InstanceId, to: &str) -> Result<CommandOutput, Stop> {
        let script = format!("ping -c 2 -W 1 {to}");
        let request = RunCommand::new(from.clone(), script, self.token(&["ping", to]));
        let id = self.patient(|| self.home.run_command(&request)).await?;
        self.output(from, &id).await
    }
}

async fn agents(lab: &Lab) -> Result<(), Stop> {
    let one = lab.probe().await?;
    lab.agents_up(std::slice::from_ref(&one.id)).await?;
    let gone = InstanceId::new(format!("{}0", one.id));
    let up = lab
        .home
        .agents_ready(&[gone.clone(), one.id.clone()])
        .await?;
    ensure(up == [false, true], || {
        format!("of {gone} and {}: {up:?}", one.id)
    })
}

/// An instance whose agent is up.
async fn running(lab: &Lab) -> Result<InstanceRecord, Stop> {
    let one = lab.probe().await?;
    lab.agents_up(std::slice::from_ref(&one.id)).await?;
    Ok(one)
}

fn address_of(one: &InstanceRecord) -> Result<String, Stop> {
    let none = || Stop::broken(format!("{} has no address", one.id));
    one.address
        .map(|address| address.to_string())
        .ok_or_else(none)
}

async fn run(lab: &Lab) -> Result<(), Stop> {
    let recipe = lab.with_agent(0).await?;
    let mut pair = Vec::new();
    for key in ["instance/one", "instance/other"] {
        let made = lab.create(&recipe, &lab.label(key)).await?;
        pair.push(lab.ready::<InstanceRecord>(&lab.home, &made.id).await?);
    }
    let ids: Vec<InstanceId> = pair.iter().map(|one| one.id.clone()).collect();
    lab.agents_up(&ids).await?;
    // Members of a group reach each other on some clouds only; to itself a ping always comes.
    let trusted = lab
        .find::<crate::traits::GroupRecord>(&lab.home, &recipe.group)
        .await?;
    let trusted = trusted.is_some_and(|group| group.members_trusted);
    let to = address_of(if trusted { &pair[1] } else { &pair[0] })?;
    let output = lab.ping(&pair[0].id, &to).await?;
    ensure(
        output.state == CommandState::Exited(0) && output.text.contains("2 packets transmitted"),
        || format!("of a ping to {to}: {output:?}"),
    )
}

async fn failure(lab: &Lab) -> Result<(), Stop> {
    let one = running(lab).await?;
    // No instance has this address, which is one of its own subnet.
    let own = address_of(&one)?;
    let to = format!(
        "{}.201",
        own.rsplit_once('.').map_or(own.as_str(), |(head, _)| head)
    );
    let output = lab.ping(&one.id, &to).await?;
    ensure(output.state == CommandState::Exited(1), || {
        format!("of a ping without an answer: {output:?}")
    })
}

async fn token(lab: &Lab) -> Result<(), Stop> {
    let one = running(lab).await?;
    let to = address_of(&one)?;
    let request = RunCommand::new(
        one.id.clone(),
        format!("ping -c 1 -W 1 {to}"),
        lab.token(&["once"]),
    );
    let first = lab.patient(|| lab.home.run_command(&request)).await?;
    let second = lab.patient(|| lab.home.run_command(&request)).await?;
    ensure(first == second, || format!("{first} and {second}"))
}
