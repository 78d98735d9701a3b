//! The AWS backend against recorded answers of the cloud's API.

mod aws;
#[path = "../support/python.rs"]
#[allow(dead_code, reason = "scripts are run elsewhere")]
mod python;
