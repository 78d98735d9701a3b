//! The engine on the in-memory cloud.

mod apply;
mod bad_files;
mod baseline;
mod border;
mod brownfield;
#[path = "../../../../tests/support/cases.rs"]
mod cases;
mod chaos;
mod common;
mod cost;
#[cfg(feature = "conformance")]
mod differential;
mod discover;
mod documents;
#[path = "../../../../tests/support/draw.rs"]
mod draw;
mod drift;
mod dropped;
mod edge;
mod events;
mod every_index;
mod existing_groups;
mod existing_hub;
mod existing_network;
mod existing_peering;
mod findings;
mod footprint;
mod gone_hubs;
mod holders;
mod ipv6;
mod journal;
#[path = "../../../../tests/support/law.rs"]
mod law;
mod located;
mod mesh;
mod mixed;
mod observe;
mod one_side;
mod page;
mod partitions;
mod permit;
mod picture;
mod plan;
mod plan_schema;
mod policy;
mod preflight;
mod quotas;
mod ranges;
mod rename;
mod replace;
mod routes;
mod saved_plan;
mod scale;
mod shared;
mod spawn;
mod stops;
mod storm;
mod tags_lost;
mod topology_file;
mod trust;
mod twins;
mod undecided;
mod understood;
mod verify;
mod writes;
mod zones;
