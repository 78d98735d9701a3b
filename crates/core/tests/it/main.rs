//! The engine on the in-memory cloud.

mod apply;
mod chaos;
mod common;
#[cfg(feature = "conformance")]
mod differential;
mod documents;
mod dropped;
mod edge;
mod mesh;
mod observe;
mod permit;
mod plan;
mod preflight;
mod spawn;
mod topology_file;
mod trust;
mod undecided;
mod verify;
mod writes;
