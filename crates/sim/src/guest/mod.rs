//! What runs on instances of every cloud: scripts of a shell, with `ping` as Linux has it and the connections of bash; and
//! the ports on which instances listen.

mod connect;
mod listeners;
mod network;
mod ping;
mod process;
mod shell;
mod timeout;

pub(crate) use listeners::Listeners;
pub(crate) use network::{Network, Reached};
pub(crate) use process::{End, Process};
