//! The embedded simulator, and the accounts and private lines that a topology needs on it.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use landbridge_core::topology::{Account, Topology};
use landbridge_core::{AccountId, Region};
use landbridge_sim::{AccountKeys, AccountSpec, BorderRouterSpec, Service, Simulator, Speed};

use crate::clouds::{KnownCloud, did_you_mean};
use crate::exit::{Exit, Failure, Outcome};

/// How a simulator is started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Simulation {
    pub(crate) listen: SocketAddr,
    pub(crate) speed: Speed,
    pub(crate) seed: u64,
}

impl Default for Simulation {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            speed: Speed::Manual,
            seed: 1,
        }
    }
}

impl Simulation {
    pub(crate) async fn start(self) -> Outcome<Simulator> {
        let listen = self.listen;
        let simulator = Simulator::builder()
            .listen(listen)
            .speed(self.speed)
            .seed(self.seed)
            .start();
        simulator.await.map_err(|error| {
            let message = format!("cannot start the simulator on {listen}");
            Failure::new(Exit::BadInput, anyhow::Error::new(error).context(message))
        })
    }
}

/// Keys by account.
pub(crate) type Keys = BTreeMap<AccountId, AccountKeys>;

/// Makes the accounts of a topology known to the simulator.
///
/// Where the topology consents to opening services, they start closed, so that the run opens them.
///
/// # Errors
/// For an account on a cloud, or a place in a region, that the simulator does not have.
pub(crate) fn provision(simulator: &Simulator, topology: &Topology) -> Outcome<Keys> {
    let keys = |account: &Account| {
        let open = !account.open_services;
        let mut spec = AccountSpec::new(counterpart(account)?, account.id.as_str())
            .name(&account.name)
            .service_open(Service::TransitRouter, open)
            .service_open(Service::Cdt, open);
        if let Some(region) = region_of(topology, account) {
            spec = spec.home(region.as_str());
        }
        Ok((account.id.clone(), simulator.provision(spec)))
    };
    let keys = topology.accounts.iter().map(keys);
    let keys = keys.collect::<Outcome<Keys>>()?;
    check_regions(simulator, topology)?;
    lay_lines(simulator, topology);
    Ok(keys)
}

/// A region that an account works in: it says which partition the account is in.
fn region_of(topology: &Topology, account: &Account) -> Option<Region> {
    let mut places = topology.places().into_iter();
    let place = places.find(|place| place.account == account.id && place.cloud == account.cloud);
    place.map(|place| place.region)
}

/// The simulator's name for the cloud of an account.
fn counterpart(account: &Account) -> Outcome<&'static str> {
    let cloud = KnownCloud::named(account.cloud.as_str()).map_err(Failure::bad_input)?;
    let simulated = cloud.simulated.as_ref().ok_or_else(|| {
        Failure::bad_input(format!(
            "account `{}`: the simulator does not simulate {}",
            account.name, cloud.title
        ))
    })?;
    Ok(simulated.name)
}

fn check_regions(simulator: &Simulator, topology: &Topology) -> Outcome<()> {
    for place in topology.places() {
        let cloud = KnownCloud::named(place.cloud.as_str()).map_err(Failure::bad_input)?;
        let simulated = cloud.simulated.as_ref().map_or("", |cloud| cloud.name);
        let regions = simulator.regions(simulated);
        if regions.iter().all(|region| region != place.region.as_str()) {
            let known: Vec<&str> = regions.iter().map(String::as_str).collect();
            return Err(Failure::bad_input(format!(
                "unknown region `{}`: the simulator has no such region of {}{}",
                place.region,
                cloud.title,
                did_you_mean(place.region.as_str(), known)
            )));
        }
    }
    Ok(())
}

/// Sets up private lines with the ranges and hosts that the topology declares behind them, and lets border routers join
/// hubs of other accounts.
fn lay_lines(simulator: &Simulator, topology: &Topology) {
    let id = |account: &str| topology.account(account).map(|account| account.id.as_str());
    for edge in &topology.edges {
        for router in &edge.border_routers {
            let (Some(member), Some(owner)) = (id(&router.account), id(&edge.owner)) else {
                continue;
            };
            let mut line =
                BorderRouterSpec::new(member, router.region.as_str()).id(router.id.as_str());
            for range in router.ranges.iter().filter(|range| range.addr().is_ipv4()) {
                line = line.prefix(&range.to_string());
            }
            // A host that is probed over one line answers over each line that leads to it.
            let probes = edge.border_routers.iter().filter_map(|other| other.probe);
            let behind = |probe: &IpAddr| router.ranges.iter().any(|range| range.contains(probe));
            for probe in probes.filter(IpAddr::is_ipv4).filter(behind) {
                line = line.host(&probe.to_string());
            }
            simulator.provision_border_router(line);
            simulator.approve_border_router_sharing(member, owner);
        }
    }
}
