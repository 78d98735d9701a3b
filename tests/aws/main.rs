//! The AWS backend and the engine against the simulator, over HTTP.

mod discover;
mod dual_stack;
#[path = "../support/ec2.rs"]
mod ec2;
mod existing_groups;
mod handshake;
mod holders;
mod mesh;
mod ownership;
mod permits;
mod regions;
mod trust;
mod verdicts;
#[path = "../support/virtual_time.rs"]
mod virtual_time;
mod world;
