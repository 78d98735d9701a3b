//! Fleets on the in-memory cloud and a manual clock.

mod budgets;
mod common;
mod crashes;
mod files;
mod leases;
mod life;
mod many;
mod peers;
