//! Orders over HTTP, on fleets of the in-memory cloud. Requests go over real connections; no test waits for a clock.

// What this program does not need of it.
#[allow(dead_code)]
#[path = "../../../../tests/support/browser.rs"]
mod browser;
mod clock;
mod listing;
mod log;
mod openapi;
mod orders;
mod page;
#[path = "../../../../tests/support/python.rs"]
mod python;
mod reads;
mod schemathesis;
mod served;
mod tenancy;
mod tenants_file;
mod terms;
mod tls;
mod tokens;
mod watch;
// What this program does not need of it.
#[allow(dead_code)]
#[path = "../it/common.rs"]
mod world;
