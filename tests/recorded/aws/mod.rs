//! Each test plays a directory of `tests/recorded/aws`; its README says how they come about.

mod agents;
mod commands;
mod coverage;
mod everyday;
mod failures;
mod footprint;
mod paths;
mod peerings;
mod prices;
mod script;
mod shapes;
mod stage;
mod trusts;
