//! The static verdict against what packets do: random worlds, every pair of instances, several kinds of packets.
//!
//! A [`Ground`] is a cloud whose data plane can be asked: the in-memory cloud, or a backend on a simulator. [`run`] lets
//! the engine apply a random topology there, puts random objects of others on top, layer after layer, and after each
//! layer compares for every ordered pair of instances what [`verify`](mod@crate::verify) says with what becomes of the
//! packet. A verdict may be undecided; "reachable" for a packet that is dropped, or "blocked" for one that arrives, is a
//! mismatch. So is a verdict on many pairs together that differs from that on one of them alone. Every world is told by one
//! number, its seed.
//!
//! Of each topology's first world and its last, two more voices are heard: packets that the instances send by the agent of
//! their cloud, and the cloud's own analyser. Both must say what the data plane does and what the verdict says.
//!
//! Data planes must not use the code of the verdict: what both get wrong in the same way is not seen here.

mod dice;
mod draw;
mod filters;
mod ground;
mod opinions;
mod tally;
mod worlds;

use dice::Dice;
pub use ground::{Abilities, Ground, Placement, Terrain};
pub use tally::{Said, Tally};
pub use worlds::Seeds;

use crate::error::{Error, ErrorKind, Result};
use crate::ids::{Place, SubnetId};
use crate::observation::Observation;
use crate::plan::plan;
use crate::traits::{InstanceRecord, NextHop, Protocol};
use crate::verify::{Spot, Traffic, Verdict, between, shared_between};

/// How many layers of foreign objects each topology gets: each makes another world.
const LAYERS: usize = 6;

/// The packets that are asked about.
fn traffics() -> [Traffic; 9] {
    [
        Traffic::PING,
        Traffic::tcp(22),
        Traffic::tcp(80),
        Traffic::tcp(80).from_port(1000),
        Traffic::tcp(443),
        Traffic::udp(53),
        Traffic::udp(53).from_port(53),
        Traffic::protocol(Protocol::Gre),
        Traffic::protocol(Protocol::Number(132)),
    ]
}

/// Builds the worlds of one seed and compares.
///
/// # Errors
/// Those of the engine, while it observes and applies the topology.
pub async fn run(ground: &dyn Ground, seed: u64) -> Result<Tally> {
    let mut dice = Dice::new(seed);
    let topology = draw::topology(&mut dice, &ground.terrain());
    let engine = ground.engine();
    let observation = engine.observe(&topology).await?;
    let applied = engine.apply(&plan(&topology, &observation)).await;
    applied.map_err(|error| Error::new(ErrorKind::Failed, error.to_string()))?;
    ground.settle().await;
    let mut tally = Tally::new(seed);
    let mut observation = engine.observe(&topology).await?;
    compare(ground, &observation, &mut tally).await;
    opinions::compare(ground, &topology, &observation, &mut tally).await?;
    for _ in 0..LAYERS {
        for placement in draw::layer(&mut dice, &observation, &ground.abilities()) {
            if place(ground, &placement).await? {
                tally.placed(placement);
            }
        }
        ground.settle().await;
        observation = engine.observe(&topology).await?;
        compare(ground, &observation, &mut tally).await;
    }
    opinions::compare(ground, &topology, &observation, &mut tally).await?;
    Ok(tally)
}

/// What goes, goes by the verbs of the traits; what comes is the ground's business.
async fn place(ground: &dyn Ground, placement: &Placement) -> Result<bool> {
    match placement {
        Placement::Unlearn(place, learning) => {
            let cloud = ground.provider().cloud(place).await?;
            gone(cloud.disable_learning(learning).await)
        }
        Placement::Unroute(place, route) => {
            let (Some(range), NextHop::Peering(id)) = (route.destination.range(), &route.next_hop)
            else {
                return Ok(false);
            };
            let cloud = ground.provider().cloud(place).await?;
            gone(cloud.delete_route(&route.table, &range, id).await)
        }
        other => ground.place(other).await,
    }
}

/// What the cloud does not let go stays.
fn gone(deleted: Result<()>) -> Result<bool> {
    match deleted {
        Err(error) if error.kind() == ErrorKind::Refused => Ok(false),
        other => other.map(|()| true),
    }
}

// What pairs share must be what each of them tells alone: the panic says which did not.
async fn compare(ground: &dyn Ground, observation: &Observation, tally: &mut Tally) {
    tally.world();
    let spots = spots(observation);
    let ends: Vec<Spot> = spots.iter().map(|(_, spot)| spot.clone()).collect();
    let shared = traffics().map(|traffic| shared_between(observation, &ends, traffic));
    for (source, from) in &spots {
        for (_, to) in spots.iter().filter(|(other, _)| other.id != source.id) {
            for (traffic, shared) in traffics().into_iter().zip(&shared) {
                let verdict = between(observation, from, to, traffic);
                let alone = verdict.path.verdict();
                assert_eq!(shared[&(from.index, to.index)], alone, "{verdict}");
                let delivered = ground.delivers(source, to.address, traffic).await;
                tally.packet(delivered, verdict.path.verdict());
                let wrong = match verdict.path.verdict() {
                    Verdict::Reachable => !delivered,
                    Verdict::Blocked => delivered,
                    Verdict::Undecided => false,
                };
                if wrong {
                    tally.mismatch(traffic, &verdict, delivered);
                }
            }
        }
    }
}

/// The instances that were observed, as ends of packets.
fn spots(observation: &Observation) -> Vec<(InstanceRecord, Spot)> {
    let inventories = observation.inventories.iter();
    let instances = inventories.flat_map(|inventory| {
        let place = &inventory.place;
        inventory
            .instances
            .iter()
            .map(move |record| (place, record))
    });
    let spots = instances.filter_map(|(place, record)| Some((record, spot(place, record)?)));
    let placed = spots.enumerate();
    placed
        .map(|(index, (record, spot))| (record.clone(), Spot { index, ..spot }))
        .collect()
}

fn spot(place: &Place, record: &InstanceRecord) -> Option<Spot> {
    let network = record.network.clone()?;
    Some(Spot {
        index: 0,
        elsewhere: false,
        name: record.id.to_string(),
        place: place.clone(),
        network_name: network.to_string(),
        network,
        subnet: record.subnet.clone().unwrap_or_else(|| SubnetId::new("")),
        address: record.address?,
        groups: Some(record.groups.clone()),
        down: (!record.status.is_ready()).then(|| record.status.word.clone()),
    })
}
