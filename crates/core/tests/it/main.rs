//! The engine on the in-memory cloud.

mod apply;
mod chaos;
mod common;
mod documents;
mod dropped;
mod edge;
mod ipv6;
mod mesh;
mod observe;
mod permit;
mod plan;
mod preflight;
mod spawn;
mod topology_file;
mod trust;
mod verify;
mod writes;
