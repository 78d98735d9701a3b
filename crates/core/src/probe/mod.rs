//! Probes for the time of a verification: instances that are started in the networks of a topology, send packets to each
//! other, and are terminated.
//!
//! There is one way to write, and probes take it: [`plan_probe`] adds instances and a firewall for each of their networks to
//! the topology, in memory, and plans that. Of the plan it keeps the probe's own steps: those that the topology without
//! probes does not have. [`Engine::probe`] applies them, verifies, and removes by the plan of the topology without probes,
//! again restricted to what the probe made. Nothing else of the topology is changed, whatever it lacks at the moment.
//!
//! What probes make carries the topology's tags. If the process is killed, the next plan of the topology deletes it, as it
//! deletes whatever the topology does not want. Only the role of agents may be overlooked by that plan, where nothing else of
//! the probe is left; a destroy looks for it.
//!
//! ```
//! use std::sync::Arc;
//!
//! use landbridge_core::engine::Engine;
//! use landbridge_core::memory::{ManualClock, MemoryProvider};
//! use landbridge_core::plan::plan;
//! use landbridge_core::probe::{ProbeOptions, plan_probe};
//! use landbridge_core::topology::Topology;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = Arc::new(ManualClock::new());
//! let provider = Arc::new(MemoryProvider::new(clock.clone()));
//! let engine = Engine::new().with_clock(clock).with_provider(provider.clone());
//! let topology = Topology::from_text(
//!     "{ name: demo, accounts: [{ name: a, cloud: memory, id: '1111' }],
//!        networks: [{ name: one, account: a, region: r1, range: 10.1.0.0/16,
//!                     subnets: [{ name: s, zone: r1-a, range: 10.1.1.0/24 }] },
//!                   { name: two, account: a, region: r1, range: 10.2.0.0/16,
//!                     subnets: [{ name: s, zone: r1-a, range: 10.2.1.0/24 }] }],
//!        interconnects: [{ name: core, owner: a, model: mesh, members: [one, two] }] }",
//! )?;
//! engine.apply(&plan(&topology, &engine.observe(&topology).await?)).await?;
//! let before = provider.objects();
//!
//! let observation = engine.observe(&topology).await?;
//! let probe = plan_probe(&topology, &observation, &ProbeOptions::default())?;
//! println!("{probe}");
//! let verified = engine.probe(&probe).await?;
//! assert!(verified.report.passed() && verified.report.pairs.len() == 2);
//! assert_eq!(provider.objects(), before);
//! # Ok(())
//! # }
//! ```
//!
//! [`Engine::probe`]: crate::engine::Engine::probe

mod choice;
mod compose;
mod error;
mod own;
mod run;

use std::fmt;

use crate::error::{Error, ErrorKind, Result};
use crate::ids::Place;
use crate::observation::Observation;
use crate::plan::{Plan, plan};
use crate::preflight::{Report, preflight};
use crate::topology::{SubnetPath, Topology};
use crate::traits::Disk;
use crate::verify::Traffic;

pub(crate) use compose::is_probe;
pub use error::{ProbeError, ProbeFailure};
pub use run::ProbeReport;

/// Where to probe, and with what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProbeOptions {
    /// The subnets that get an instance, as `NETWORK/SUBNET`; subnets of existing networks by their IDs, too. Empty: one in
    /// each joined network that has no instance of the topology.
    pub subnets: Vec<SubnetPath>,
    /// What is probed. Default: pings.
    pub traffic: Traffic,
    /// The instance type. Default: what the cloud's [`ProbeMachine`](crate::ProbeMachine) says.
    pub instance_type: Option<String>,
    /// The image ID, or an image family. Default: what the cloud's [`ProbeMachine`](crate::ProbeMachine) says.
    pub image: Option<String>,
}

impl ProbeOptions {
    /// Adds a subnet that gets an instance.
    #[must_use]
    pub fn with_subnet(mut self, subnet: SubnetPath) -> Self {
        self.subnets.push(subnet);
        self
    }

    /// Sets what is probed.
    #[must_use]
    pub fn with_traffic(mut self, traffic: Traffic) -> Self {
        self.traffic = traffic;
        self
    }

    /// Sets the instance type.
    #[must_use]
    pub fn with_instance_type(mut self, instance_type: impl Into<Option<String>>) -> Self {
        self.instance_type = instance_type.into();
        self
    }

    /// Sets the image.
    #[must_use]
    pub fn with_image(mut self, image: impl Into<Option<String>>) -> Self {
        self.image = image.into();
        self
    }
}

/// An instance for the time of a verification.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProbeInstance {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub subnet: SubnetPath,
    /// Its account and region.
    pub place: Place,
    /// Its instance type.
    pub instance_type: String,
    /// Its image.
    pub image: String,
    disk: Option<Disk>,
}

impl fmt::Display for ProbeInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            subnet,
            place,
            instance_type,
            ..
        } = self;
        write!(f, "{name}: {instance_type} in {subnet}, {place}")
    }
}

/// A network that gets no instance, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotProbed {
    /// The network.
    pub network: String,
    /// Why.
    pub cause: String,
}

/// What [`Engine::probe`](crate::engine::Engine::probe) will do. It writes nothing by itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProbePlan {
    /// The topology with the probes in it. What it [costs](crate::cost::Estimate::change) by [`steps`](Self::steps) is what the
    /// probes cost.
    pub topology: Topology,
    /// The steps that make the probes: none, if all are there already.
    pub steps: Plan,
    /// The instances.
    pub instances: Vec<ProbeInstance>,
    /// The networks without one.
    pub not_probed: Vec<NotProbed>,
    /// What is probed.
    pub traffic: Traffic,
    /// The topology without the probes.
    without: Topology,
}

impl fmt::Display for ProbePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.instances.len();
        let noun = if count == 1 { "instance" } else { "instances" };
        write!(
            f,
            "probe: {count} {noun} for the time of the verification, and a security group for each of their networks"
        )?;
        for instance in &self.instances {
            write!(f, "\n  {instance}")?;
        }
        for NotProbed { network, cause } in &self.not_probed {
            write!(f, "\n  no probe in network {network}: {cause}")?;
        }
        Ok(())
    }
}

/// Plans probes. Pure: the same input gives the same plan.
///
/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) for a subnet that is not there, a name that is taken, traffic that cannot be
/// probed, and a topology in which nothing can be probed; findings of preflight that the probes add.
pub fn plan_probe(
    topology: &Topology,
    observation: &Observation,
    options: &ProbeOptions,
) -> Result<ProbePlan> {
    if options.traffic.probe_method().is_none() {
        return Err(invalid(format!(
            "{} cannot be probed: instances probe icmp and tcp",
            options.traffic
        ))
        .with_remedy("verify it by configuration only, without probes"));
    }
    let (instances, not_probed) = choice::choose(topology, observation, options)?;
    let with = compose::with_probes(topology, observation, &instances, options.traffic)?;
    refuse_new_findings(topology, &with, observation)?;
    let steps = own::steps(&plan(&with, observation), &plan(topology, observation))?;
    Ok(ProbePlan {
        topology: with,
        steps,
        instances,
        not_probed,
        traffic: options.traffic,
        without: topology.clone(),
    })
}

// What the topology itself lacks keeps no probe from showing what packets do.
fn refuse_new_findings(
    topology: &Topology,
    with: &Topology,
    observation: &Observation,
) -> Result<()> {
    let known = preflight(topology, observation);
    let mut findings = preflight(with, observation).findings;
    findings.retain(|finding| !known.findings.contains(finding));
    let report = Report::new(findings);
    match report.passed() {
        true => Ok(()),
        false => Err(invalid(format!("the probes cannot be made: {report}"))),
    }
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}

/// The topology with probes as it would be planned without a cloud, for its [permissions](mod@crate::policy), and the networks
/// without a probe. Subnets that only the cloud tells get none.
///
/// # Errors
/// As [`plan_probe`], but for what only a cloud tells.
pub fn with_probes(
    topology: &Topology,
    capabilities: &[crate::traits::Capabilities],
    options: &ProbeOptions,
) -> Result<(Topology, Vec<NotProbed>)> {
    let observation = crate::policy::imagined(topology, capabilities);
    let chosen = choice::choose_in(topology, &observation, options, choice::Need::Declared)?;
    let (instances, not_probed) = chosen;
    let with = compose::with_probes(topology, &observation, &instances, options.traffic)?;
    Ok((with, not_probed))
}
