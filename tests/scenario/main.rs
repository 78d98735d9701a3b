//! Whole scenarios: the Alibaba Cloud backend and the engine against the simulator, over HTTP.

#[path = "../support/acs.rs"]
mod acs;
mod breaking;
mod cen;
mod chaos;
mod concurrency;
mod discover;
mod documented;
mod dual_stack;
#[allow(dead_code, reason = "of its calls only the helpers are needed here")]
#[path = "../support/ec2.rs"]
mod ec2;
mod edges;
mod existing_groups;
mod existing_hub;
mod expiry;
mod holders;
mod mesh;
mod ownership;
mod permits;
mod roles;
#[path = "../support/virtual_time.rs"]
mod virtual_time;
mod world;
