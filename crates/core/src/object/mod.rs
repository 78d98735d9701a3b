//! The one notion of a cloud object that all of this crate stands on: its kind, its key in a topology, its record, and the
//! steps that create and delete it.
//!
//! Each kind has a file. It says how such objects are [listed and deleted](Record), what its steps are called and how they
//! read, how they are sent, how their outcome is seen, and which lock they take. The engine knows only
//! [`Op`](crate::plan::Op)s and keys.

mod action;
mod form;
mod key;
mod kind;
mod record;

pub mod acceptance;
pub mod adoption;
pub mod agent_role;
pub mod analysis;
pub mod dns_resolution;
pub mod grant;
pub mod group;
pub mod host_names;
pub mod hub;
pub mod instance;
pub mod learning;
pub mod network;
pub mod peering;
pub mod range;
pub mod rename;
pub mod role;
pub mod route;
pub mod rules;
pub mod service;
pub mod service_endpoint;
pub mod subnet;
pub mod user;
mod words;

pub use action::Delete;
pub(crate) use action::{Action, Seen};
pub use form::Form;
pub use key::{Attached, MemberKey, ObjectKey, Pair};
pub use kind::{Kind, OpKind, Verb};
pub(crate) use record::DeletedById;
pub use record::{Id, Listed, Record};
pub(crate) use route::Write as RouteWrite;

// One `use` for the files of the kinds.
mod prelude {
    pub(super) use std::fmt;

    pub(super) use async_trait::async_trait;
    pub(super) use schemars::JsonSchema;
    pub(super) use serde::{Deserialize, Serialize};

    pub(super) use super::action::{Action, Seen};
    pub(super) use super::record::{DeletedById, Listed, Record, fields};
    pub(super) use super::{Form, Kind, ObjectKey, OpKind};
    pub(super) use crate::engine::Site;
    pub(super) use crate::error::Result;
    pub(super) use crate::plan::Ref;
    pub(super) use crate::traits::{Cloud, Inventory, Owner, Select, Status};
}
