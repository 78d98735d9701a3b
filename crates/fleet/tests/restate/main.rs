//! Orders, workers and clouds around a real Restate server.
//!
//! The server comes from npm, pinned in `package-lock.json`. Workers that are killed are processes: this program starts itself
//! with the name of a test that is ignored otherwise.

mod cloud;
mod failures;
mod life;
mod proxy;
mod secrets;
mod server;
mod throttled;
mod worker;
