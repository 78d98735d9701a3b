//! The engine on the in-memory cloud.

mod apply;
mod baseline;
mod border;
mod brownfield;
mod chaos;
mod common;
#[cfg(feature = "conformance")]
mod differential;
mod discover;
mod documents;
mod dropped;
mod edge;
mod existing_groups;
mod existing_hub;
mod existing_network;
mod holders;
mod ipv6;
mod mesh;
mod observe;
mod one_side;
mod partitions;
mod permit;
mod plan;
mod preflight;
mod quotas;
mod routes;
mod saved_plan;
mod shared;
mod spawn;
mod topology_file;
mod trust;
mod undecided;
mod understood;
mod verify;
mod writes;
mod zones;
