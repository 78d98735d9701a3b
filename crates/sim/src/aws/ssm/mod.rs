//! Systems Manager: agents on instances, and the commands that they run.

mod agents;
mod answers;
mod commands;
mod guests;
mod information;
mod invocations;
mod parameters;
mod runs;
mod targets;

use std::collections::BTreeMap;
use std::time::Duration;

use super::operation::Operation;
use super::rates::{SSM_COMMAND, SSM_READ};
use super::state;
use super::timings::Timings;
use agents::Agent;
use runs::Command;

pub(crate) use parameters::image_of;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::json(
        "DescribeInstanceInformation",
        SSM_READ,
        information::describe,
    ),
    Operation::json_write("SendCommand", SSM_COMMAND, commands::send),
    Operation::json_write("CancelCommand", SSM_COMMAND, commands::cancel),
    Operation::json("GetCommandInvocation", SSM_READ, invocations::get),
    Operation::json("ListCommandInvocations", SSM_READ, invocations::list),
    Operation::json("ListCommands", SSM_READ, invocations::list_commands),
    Operation::json("GetParameter", SSM_READ, parameters::get),
];

/// Agents by instance, and commands.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    agents: BTreeMap<String, Agent>,
    /// In the order in which they were sent.
    commands: Vec<Command>,
}

/// Lets agents come and go, and their commands carry on until now.
pub(crate) fn settle(state: &mut state::State, timings: &Timings, now: Duration) {
    agents::settle(state, timings, now);
    // Taken out while they run: they only read the rest of the state.
    let mut commands = std::mem::take(&mut state.ssm.commands);
    for command in &mut commands {
        command.carry_on(state, timings, now);
    }
    state.ssm.commands = commands;
}
