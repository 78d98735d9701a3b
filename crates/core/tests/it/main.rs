//! The engine on the in-memory cloud.

mod apply;
mod border;
mod chaos;
mod common;
mod documents;
mod dropped;
mod edge;
mod mesh;
mod observe;
mod partitions;
mod permit;
mod plan;
mod preflight;
mod shared;
mod spawn;
mod topology_file;
mod trust;
mod understood;
mod verify;
mod writes;
mod zones;
