//! The promises of the traits, and the worlds to try them in.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod addresses;
mod edge;
mod faults;
mod idempotency;
mod lab;
mod mesh;
mod places;
mod recipe;
mod refusals;
mod rings;
mod time;
