//! Calling operations: connections and clocks, pacing, repeating, and what failures mean.

mod call;
mod connection;
mod fault;
mod http;
mod json;
mod listen;
mod operation;
mod pages;
mod price_list;
mod region;
mod time;
mod whole;

pub use connection::{Connection, home_region};

pub(crate) use call::AwsClient;
pub(crate) use connection::ConnectionSettings;
pub(crate) use fault::find;
pub(crate) use json::JsonService;
pub(crate) use operation::{Operation, list, once, read, repeatable};
pub(crate) use pages::{Page, page};
pub(crate) use price_list::GET_PRODUCTS;
