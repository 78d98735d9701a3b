//! The AWS backend and the engine against the simulator, over HTTP.

mod agents;
mod answers;
mod changes;
#[path = "../support/clocks.rs"]
mod clock_support;
mod clocks;
mod discover;
mod dual_stack;
#[path = "../support/ec2.rs"]
mod ec2;
mod existing_groups;
mod existing_networks;
mod existing_peerings;
mod footprint;
mod handshake;
mod holders;
mod mesh;
mod one_side;
mod ownership;
mod permissions_page;
mod permits;
mod place_reads;
#[path = "../support/place_reads.rs"]
mod place_reads_support;
mod policies;
mod probes;
#[path = "../support/python.rs"]
#[allow(dead_code)]
mod python;
mod ranges;
mod regions;
mod second_opinion;
#[path = "../support/shell.rs"]
mod shell;
mod trust;
mod twins;
#[path = "../support/two_runs.rs"]
mod two_runs;
mod verdicts;
#[path = "../support/virtual_time.rs"]
mod virtual_time;
#[path = "../support/whole_life.rs"]
mod whole_life;
mod world;
