//! What runs on instances of every cloud: scripts of a shell, with `ping` as Linux has it.

mod ping;
mod process;
mod shell;

pub(crate) use ping::Ping;
pub(crate) use process::{End, Process};
