//! Wire-level simulator of the clouds that Landbridge speaks to, with a data plane.
//!
//! A [`Simulator`] is a server on a loopback port that real clients can talk to. It verifies their signatures with its own
//! code, holds accounts x regions x products, takes (virtual) time for what takes time, refuses what the clouds refuse,
//! and walks packets over the state that the calls really produced, so that `ping` tells whether the calls were right.
//!
//! ```
//! use landbridge_sim::{AccountSpec, Simulator};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let simulator = Simulator::start().await?;
//! let keys = simulator.provision(AccountSpec::new("aliyun", "1234567890123456").name("a"));
//! println!("point a client with key {} to {}", keys.access_key_id, simulator.url());
//! assert!(simulator.alive().is_empty());
//! # std::io::Result::Ok(())
//! # })?;
//! # std::io::Result::Ok(())
//! ```
//!
//! All [`CLOUDS`] answer on the same address: a request says by its signature which cloud it is for. On Alibaba Cloud
//! there are VPC, CBN, ECS, ExpressConnectRouter, VpcPeer, NIS, CDT, RAM and STS; on AWS there are EC2 (networks, peerings,
//! firewalls, instances, Reachability Analyzer), STS, IAM, the price list and the commands of Systems Manager, whose region is
//! that of the signature. Where the clouds do not say how they behave, [`aliyun_choices`] and [`aws_choices`] tell what the
//! simulator does.
//!
//! Accounts come from [`Simulator::provision`]; their keys may do everything unless [`AccountSpec::policy`] says otherwise.
//! Roles, made by calls or by [`Simulator::provision_role`], trust whom their document names and may do what their policies
//! allow, after the delay that clients have to live with. What no call can make is setup:
//! [`Simulator::provision_border_router`] with the hosts behind it, [`Simulator::provision_oidc_provider`],
//! [`Simulator::share_vswitch`] and [`Simulator::provision_classic_instance`]. Routes to objects that are not simulated, and
//! entries of network ACLs that no call would take, are placed with [`Simulator::place_aws_route`],
//! [`Simulator::place_aws_acl_entry`] and [`Simulator::place_aliyun_route`].
//!
//! [`Simulator::probe`] asks about a packet of any [`Protocol`]: it is walked forward, and the answer to it back, through
//! routes, security groups (which know connections) and network ACLs (which do not). The [`Verdict`] names the element that
//! dropped it. The clouds' own analysers, and the scripts that run on instances, look at the same walk; whether a connection
//! is accepted also depends on the ports of [`Simulator::listen`].
//!
//! Time is virtual: with [`Speed::Manual`] it does not move until [`Simulator::advance`] or, when nothing else can
//! happen, to the next moment that a [`Simulator::sleep`] waits for; with [`Speed::Scaled`] it follows
//! the machine's clock, faster. Everything random comes from the seed. Every call is recorded in [`Simulator::calls`],
//! everything ever created in [`Simulator::ledger`]. Faults are injected with [`Simulator::add_fault`]. Programs that run
//! the simulator as a process of its own use the [`control`] interface.
//!
//! It is a test double: it listens on loopback only, and its signatures and secrets protect nothing.

mod account;
mod aliyun;
mod aws;
mod base64;
mod border_router;
mod calls;
mod clock;
mod cloud;
mod context;
pub mod control;
mod digest;
mod failure;
mod faults;
mod gateway;
mod guard;
mod guest;
mod known;
mod ledger;
mod memory;
mod packet;
mod pages;
mod parameters;
mod patience;
mod policy;
mod random;
mod server;
mod simulator;
mod sleep;
mod table;
mod throttle;
mod verdict;
mod wire;
mod world;

pub use account::{AccountKeys, AccountSpec, IdentityKind, RoleSpec, Service};
pub use aliyun::{AliyunRoute, Timings, choices as aliyun_choices, quotas as aliyun_quotas};
pub use aws::{
    AwsAclEntry, AwsRoute, Timings as AwsTimings, choices as aws_choices, quotas as aws_quotas,
};
pub use border_router::BorderRouterSpec;
pub use calls::Call;
pub use clock::Speed;
pub use cloud::CLOUDS;
pub use faults::{FaultEffect, FaultId, FaultRule};
pub use known::{known_regions, known_zones};
pub use ledger::LedgerEntry;
pub use packet::{InvalidProtocol, Protocol};
pub use simulator::{Builder, Simulator};
pub use verdict::Verdict;
