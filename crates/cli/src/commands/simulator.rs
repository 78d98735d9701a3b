use landbridge_core::CloudName;
use landbridge_core::topology::{Account, Topology};
use landbridge_sim::{Simulator, Speed};
use serde_json::{Value, json};

use super::stages;
use crate::args::SimulatorArgs;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{complain, print};
use crate::simulated::{Simulation, provision};

pub(super) async fn run(args: &SimulatorArgs) -> Outcome {
    let topology = match &args.topology {
        Some(file) => stages::load(file)?,
        None => two_accounts(),
    };
    let simulation = Simulation {
        listen: args.listen,
        speed: Speed::Scaled(args.speed),
        seed: args.seed,
    };
    let simulator = simulation.start().await?;
    print(greeting(&simulator, &topology));
    complain("the simulator is running; end it with Ctrl-C");
    let interrupted = tokio::signal::ctrl_c().await;
    simulator.shutdown().await;
    interrupted.map_err(|error| Failure::new(Exit::Unexpected, error))?;
    Ok(Exit::Ok)
}

/// Where the simulator is and with which keys it is reached. They are made up and open nothing else, which is why this
/// is the one secret that the program prints.
fn greeting(simulator: &Simulator, topology: &Topology) -> Value {
    let mut keys = provision(simulator, topology);
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
    json!({ "url": simulator.url(), "accounts": accounts })
}

fn two_accounts() -> Topology {
    let account = |name, id| Account::new(name, CloudName::from_static("aliyun"), id);
    Topology::new("default")
        .with_account(account("a", "1234567890123456"))
        .with_account(account("b", "1234567890123457"))
}
