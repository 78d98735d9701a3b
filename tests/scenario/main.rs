//! Whole scenarios: the Alibaba Cloud backend and the engine against the simulator, over HTTP.

mod breaking;
mod cen;
mod chaos;
mod concurrency;
mod discover;
mod documented;
mod dual_stack;
mod edges;
mod existing_groups;
mod expiry;
mod holders;
mod mesh;
mod ownership;
mod permits;
mod roles;
#[path = "../support/virtual_time.rs"]
mod virtual_time;
mod world;
