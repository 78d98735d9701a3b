//! The AWS backend against recorded answers of the cloud's API.

mod aws;
#[path = "../support/moto.rs"]
#[allow(dead_code, reason = "sessions are opened elsewhere")]
mod moto;
#[path = "../support/python.rs"]
#[allow(dead_code, reason = "scripts are run elsewhere")]
mod python;
