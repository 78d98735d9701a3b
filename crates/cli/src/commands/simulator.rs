//! `landbridge simulator`: serves the simulator.

use landbridge_core::CloudName;
use landbridge_core::topology::{Account, Topology};
use landbridge_sim::{Simulator, Speed};
use serde_json::{Value, json};

use super::stages;
use crate::args::SimulatorArgs;
use crate::clouds;
use crate::exit::{Exit, Outcome};
use crate::interrupt::signalled;
use crate::output::Output;
use crate::simulated::{Simulation, provision};

pub(super) async fn run(args: &SimulatorArgs, output: &mut Output) -> Outcome {
    let topology = match &args.topology {
        Some(file) => stages::load(file)?,
        None => sample_accounts(),
    };
    let simulation = Simulation {
        listen: args.listen,
        speed: Speed::Scaled(args.speed),
        seed: args.seed,
    };
    let simulator = simulation.start().await?;
    output.line(&greeting(&simulator, &topology)?);
    output.check()?;
    output.note("the simulator is running; press Ctrl-C to stop it");
    signalled().await;
    simulator.shutdown().await;
    Ok(Exit::Ok)
}

/// The simulator's URL and the keys of its accounts. They are made up and open nothing else, so the program prints their
/// secrets, and no other secret.
fn greeting(simulator: &Simulator, topology: &Topology) -> Outcome<Value> {
    let mut keys = provision(simulator, topology)?;
    let account = |account: &Account| {
        let keys = keys.remove(&account.id)?;
        Some(json!({
            "name": account.name,
            "id": account.id,
            "access_key_id": keys.access_key_id,
            "access_key_secret": keys.access_key_secret,
        }))
    };
    let accounts: Vec<Value> = topology.accounts.iter().filter_map(account).collect();
    Ok(json!({ "url": simulator.url(), "accounts": accounts }))
}

/// The sample accounts of every cloud, called `a`, `b` and so on.
fn sample_accounts() -> Topology {
    let ids = clouds::ALL.iter().filter_map(|cloud| {
        let ids = cloud.simulated.as_ref()?.accounts;
        Some(ids.map(|id| (CloudName::from_static(cloud.name), id)))
    });
    let accounts = ('a'..='z').zip(ids.flatten());
    accounts.fold(Topology::new("default"), |topology, (name, (cloud, id))| {
        topology.with_account(Account::new(name.to_string(), cloud, id))
    })
}
