//! The embedded simulator and the accounts on it.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use landbridge_core::AccountId;
use landbridge_core::topology::{Account, Topology};
use landbridge_sim::{AccountKeys, AccountSpec, Service, Simulator, Speed};

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
            let message = format!("the simulator cannot listen on {listen}");
            Failure::new(Exit::BadInput, anyhow::Error::new(error).context(message))
        })
    }
}

/// Keys by account.
pub(crate) type Keys = BTreeMap<AccountId, AccountKeys>;

/// Makes the accounts of a topology known to the simulator.
///
/// Where the topology consents to opening services, they are closed, so that opening them is part of what is done.
pub(crate) fn provision(simulator: &Simulator, topology: &Topology) -> Keys {
    let keys = |account: &Account| {
        let open = !account.open_services;
        let spec = AccountSpec::new(account.cloud.as_str(), account.id.as_str())
            .name(&account.name)
            .service_open(Service::TransitRouter, open)
            .service_open(Service::Cdt, open);
        (account.id.clone(), simulator.provision(spec))
    };
    topology.accounts.iter().map(keys).collect()
}
