//! An example of a service on Landbridge: a platform joins its customers' networks to its own, over HTTP.
//!
//! Each customer is one topology: a VPC in the customer's account, which the service enters through a role, attached to the
//! company's CEN instance. `README.md` has the interface and how to try it.

mod api;
mod clouds;
mod log;
mod onboard;
mod problem;
mod runs;
mod serve;
mod settings;

pub use clouds::{Clouds, Platform};
pub use serve::Service;
pub use settings::Settings;
