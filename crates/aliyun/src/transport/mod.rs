//! Sending requests: signing, limits, retries. The only module that knows HTTP.

mod answer;
mod client;
mod connection;
mod exchange;
#[cfg(test)]
mod fuzz;
mod http;
mod listen;
mod plain;

pub use client::AliyunClient;
pub use connection::Connection;

#[cfg(test)]
pub(crate) use answer::read_for_tests;
pub(crate) use connection::ConnectionSettings;
pub(crate) use exchange::signed_for_benches;
pub(crate) use plain::{NoAnswer, Patience, Plain, PlainAnswer, Route};
