//! Whole scenarios: the Alibaba Cloud backend and the engine against the simulator, over HTTP.

#[path = "../support/acs.rs"]
mod acs;
mod answers;
mod breaking;
mod calls;
mod cen;
mod changes;
mod chaos;
#[path = "../support/clocks.rs"]
mod clock_support;
mod clocks;
mod concurrency;
mod discover;
mod documented;
mod dual_stack;
#[path = "../support/ec2.rs"]
#[expect(dead_code, reason = "only its encoding is used")]
mod ec2;
mod edges;
mod existing_groups;
mod existing_hub;
mod existing_peerings;
mod expiry;
mod footprint;
mod gone_hub;
mod holders;
mod mesh;
mod ownership;
mod permits;
mod place_reads;
#[path = "../support/place_reads.rs"]
mod place_reads_support;
mod policies;
mod probes;
mod ranges;
mod roles;
mod second_opinion;
mod traffic;
mod twins;
#[path = "../support/two_runs.rs"]
mod two_runs;
#[path = "../support/virtual_time.rs"]
mod virtual_time;
#[path = "../support/whole_life.rs"]
mod whole_life;
mod world;
