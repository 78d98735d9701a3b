//! Random topologies in random weather, on the in-memory cloud.
//!
//! The test command looks at the same few; `LANDBRIDGE_STORMS=1000` asks for more, `LANDBRIDGE_SEED` for one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use landbridge_core::engine::Engine;
use landbridge_core::memory::{FaultPoint, ManualClock, MemoryCall, MemoryProvider};
use landbridge_core::topology::{ModelChoice, Topology};
use landbridge_core::{
    Clock, CloudName, CreateGroup, CreateSubnet, Direction, ErrorKind, GroupId, Label, NetworkId,
    NextHop, Owner, Place, Protocol, Rule, RulePeer, RuleRecord, Select, Token,
};

use crate::brownfield;
use crate::cases::{conclude_seeds, seeds};
use crate::common::{A, B, memory};
use crate::draw::{Dice, Draft, Terrain};
use crate::law::{Arena, Tally, hold, undisturbed};
use crate::mesh::capabilities;

const FEW: u64 = 12;

fn peers() -> CloudName {
    CloudName::from_static("peers")
}

fn terrains(dice: &mut Dice) -> Vec<Terrain> {
    let hubs = Terrain {
        cloud: memory(),
        accounts: vec![A, B],
        regions: vec![("r1", ["r1-a", "r1-b"]), ("r2", ["r2-a", "r2-b"])],
        models: vec![ModelChoice::Hub, ModelChoice::Mesh],
        machine: ("small", "linux"),
        first: 1,
    };
    let mesh = Terrain {
        cloud: peers(),
        accounts: vec!["0000000000000003", "0000000000000004"],
        regions: vec![("e1", ["e1-a", "e1-b"]), ("e2", ["e2-a", "e2-b"])],
        models: vec![ModelChoice::Mesh],
        machine: ("small", "linux"),
        first: 51,
    };
    match dice.below(3) {
        0 => vec![hubs],
        1 => vec![mesh],
        _ => vec![hubs, mesh],
    }
}

/// What others do when a write of ours has been made.
#[derive(Clone, Debug)]
struct Act {
    kind: usize,
    id: String,
    place: String,
}

#[derive(Debug, Default)]
struct Others {
    /// The numbers of the writes after which they act, and how.
    plans: BTreeMap<usize, usize>,
    due: Vec<Act>,
    done: Vec<String>,
}

struct Memory {
    engine: Engine,
    clock: Arc<ManualClock>,
    clouds: Vec<MemoryProvider>,
    others: Arc<Mutex<Others>>,
}

impl Memory {
    fn new(dice: &mut Dice) -> Self {
        let clock = Arc::new(ManualClock::new());
        let mut peering = capabilities();
        peering.cloud = peers();
        let latency = Duration::from_secs(*dice.one(&[0, 5, 20, 60]));
        let visibility = Duration::from_secs(*dice.one(&[0, 0, 4, 20, 50]));
        let builder = || {
            MemoryProvider::builder(clock.clone())
                .with_latency(latency)
                .with_visibility(visibility)
        };
        let peering = builder().with_capabilities(peering);
        let clouds = vec![builder().build(), peering.with_first_number(1000).build()];
        let engine = Engine::new().with_clock(clock.clone());
        let engine = clouds.iter().fold(engine, |engine, cloud| {
            engine.with_provider(Arc::new(cloud.clone()))
        });
        Self {
            engine,
            clock,
            clouds,
            others: Arc::default(),
        }
    }

    /// Others act after up to three of the writes to come.
    fn with_others(self, dice: &mut Dice) -> Self {
        {
            let mut others = lock(&self.others);
            for _ in 0..1 + dice.below(3) {
                let write = 5 + dice.below(60);
                others.plans.insert(write, dice.below(6));
            }
        }
        for cloud in &self.clouds {
            let others = self.others.clone();
            cloud.on_write(move |index, line| lock(&others).hear(index, line));
        }
        self
    }

    async fn act(&self, act: &Act) -> Option<String> {
        let Act { kind, id, place } = act;
        let mut parts = place.split(':');
        let (cloud, account, region) = (parts.next()?, parts.next()?, parts.next()?);
        let place = Place::new(CloudName::new(cloud), account, region);
        let provider = &self.clouds[usize::from(cloud != "memory")];
        let cloud = self.engine.cloud(&place).await.ok()?;
        let label =
            |key: &str| Label::new("odd", Owner::new("theirs", key), Token::derive(&[key, id]));
        let done = match kind {
            0 => provider.untag(id).is_ok().then_some("untag"),
            1 => provider.take_away(id).is_ok().then_some("take away"),
            2 => {
                let anyone = "0.0.0.0/0".parse().expect("a range");
                let rule = Rule::allow(
                    Direction::Ingress,
                    Protocol::Tcp,
                    None,
                    RulePeer::Range(anyone),
                );
                let rule = RuleRecord::new(GroupId::new(id), rule);
                provider.place_rule(rule).is_ok().then_some("rule")
            }
            3 => {
                let networks = Select::Ids(vec![NetworkId::new(id)]);
                let networks = cloud.list_networks(&networks).await.ok()?;
                let range = networks.first()?.ranges.first()?.to_string();
                let inside = range.replace(".0.0/16", ".250.0/24").parse().ok()?;
                let zone = format!("{region}-a").as_str().into();
                let subnet =
                    CreateSubnet::new(label("subnet/odd"), NetworkId::new(id), zone, inside);
                cloud
                    .create_subnet(&subnet)
                    .await
                    .is_ok()
                    .then_some("subnet")
            }
            4 => {
                let tables = cloud.list_route_tables(&[NetworkId::new(id)]).await.ok()?;
                let to: ipnet::IpNet = "198.51.100.0/24".parse().expect("a range");
                let table = &tables.first()?.id;
                brownfield::place(provider, table, to, NextHop::BlackHole);
                Some("route")
            }
            _ => {
                let group = CreateGroup::new(label("group/odd"), NetworkId::new(id));
                cloud.create_group(&group).await.is_ok().then_some("group")
            }
        };
        done.map(|what| format!("{what} {id}"))
    }
}

impl Others {
    /// Plans what to do about an object that was made; acts that want a network or a group wait for one.
    fn hear(&mut self, index: usize, line: &str) {
        let mut words = line.split(' ');
        let (Some(verb), Some(id), Some(place)) = (words.next(), words.next(), words.next()) else {
            return;
        };
        if !verb.starts_with("create_") && verb != "run_instance" || place.ends_with(':') {
            return;
        }
        let fits = |kind: usize| match kind {
            0 | 1 => id.contains('-') && !id.contains('/'),
            2 => id.starts_with("grp-"),
            _ => id.starts_with("net-"),
        };
        let due = self
            .plans
            .iter()
            .find(|(at, kind)| index >= **at && fits(**kind));
        let Some((at, kind)) = due.map(|(at, kind)| (*at, *kind)) else {
            return;
        };
        self.plans.remove(&at);
        let (id, place) = (id.to_owned(), place.to_owned());
        self.due.push(Act { kind, id, place });
    }
}

fn lock(others: &Mutex<Others>) -> std::sync::MutexGuard<'_, Others> {
    others.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What may befall a call, and how often in a hundred calls.
type Chance = (&'static str, bool, FaultPoint, ErrorKind, usize);

const WEATHER: [Chance; 13] = [
    (
        "throttled writes",
        true,
        FaultPoint::Before,
        ErrorKind::Throttled,
        30,
    ),
    (
        "throttled reads",
        false,
        FaultPoint::Before,
        ErrorKind::Throttled,
        2,
    ),
    (
        "failing servers",
        true,
        FaultPoint::Before,
        ErrorKind::Unavailable,
        15,
    ),
    (
        "failing reads",
        false,
        FaultPoint::Before,
        ErrorKind::Unavailable,
        2,
    ),
    (
        "lost answers",
        true,
        FaultPoint::After,
        ErrorKind::OutcomeUnknown,
        15,
    ),
    (
        "resets",
        true,
        FaultPoint::Before,
        ErrorKind::OutcomeUnknown,
        15,
    ),
    ("busy locks", true, FaultPoint::Before, ErrorKind::Busy, 40),
    (
        "ended sessions",
        true,
        FaultPoint::Before,
        ErrorKind::SessionExpired,
        10,
    ),
    (
        "torn lists",
        false,
        FaultPoint::Before,
        ErrorKind::Malformed,
        1,
    ),
    (
        "skewed clocks",
        true,
        FaultPoint::Before,
        ErrorKind::ClockSkew,
        1,
    ),
    (
        "used up quotas",
        true,
        FaultPoint::Before,
        ErrorKind::QuotaExceeded,
        2,
    ),
    (
        "refusals",
        true,
        FaultPoint::Before,
        ErrorKind::PermissionDenied,
        2,
    ),
    (
        "refusals that come late",
        true,
        FaultPoint::After,
        ErrorKind::Refused,
        2,
    ),
];

impl Arena for Memory {
    fn engine(&self) -> &Engine {
        &self.engine
    }

    fn objects(&self) -> Vec<String> {
        let clouds = self.clouds.iter();
        clouds.flat_map(MemoryProvider::objects).collect()
    }

    fn writes(&self) -> usize {
        let clouds = self.clouds.iter();
        clouds.map(MemoryProvider::write_count).sum()
    }

    fn uptime(&self) -> Duration {
        self.clock.uptime()
    }

    fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    fn storm(&self, dice: &mut Dice) -> String {
        let count = 1 + dice.below(3);
        let chances: Vec<Chance> = (0..count).map(|_| *dice.one(&WEATHER)).collect();
        // Some storms come in gusts: bad for a while, then good for a while.
        let gust = *dice.one(&[usize::MAX, usize::MAX, 20, 60]);
        for cloud in &self.clouds {
            let mut dice = Dice::new(dice.below(usize::MAX) as u64);
            let (chances, mut count) = (chances.clone(), 0_usize);
            cloud.set_weather(move |call: MemoryCall<'_>| {
                count += 1;
                let is_bad = gust == usize::MAX || (count / gust).is_multiple_of(2);
                let fits = |chance: &&Chance| chance.1 == call.is_write;
                let mut struck = chances.iter().filter(fits);
                let struck = struck.find(|chance| is_bad && dice.chance(chance.4));
                struck.map(|chance| (chance.2, chance.3))
            });
        }
        let names: Vec<&str> = chances.iter().map(|chance| chance.0).collect();
        names.join(", ")
    }

    fn calm(&self) {
        self.clouds.iter().for_each(MemoryProvider::clear_weather);
        lock(&self.others).plans.clear();
    }

    async fn meddle(&self) {
        loop {
            let act = lock(&self.others).due.pop();
            if let Some(act) = act
                && let Some(done) = self.act(&act).await
            {
                lock(&self.others).done.push(done);
            }
            tokio::task::yield_now().await;
        }
    }

    fn meddled(&self) -> Vec<String> {
        lock(&self.others).done.clone()
    }
}

/// One world of a seed, with what others have in it.
async fn world(seed: u64) -> (Memory, Topology, Dice) {
    let mut dice = Dice::new(seed);
    let draft = Draft::new(seed, terrains(&mut dice));
    let memory = Memory::new(&mut dice);
    let clock = memory.clock.clone();
    let theirs = draft.settle(&memory.engine, clock.as_ref()).await;
    let topology = draft.topology(&theirs.expect("others can make what they have"));
    (memory, topology, dice)
}

async fn case(seed: u64) -> Result<Option<Tally>, String> {
    let (twin, topology, _) = world(seed).await;
    let Some(wanted) = undisturbed(&twin, &topology).await? else {
        return Ok(None);
    };
    let (mut memory, topology, mut dice) = world(seed).await;
    if dice.chance(30) {
        memory = memory.with_others(&mut dice);
    }
    hold(&memory, &topology, &wanted, &mut dice).await.map(Some)
}

#[tokio::test]
async fn random_topologies_weather_random_storms() {
    let started = Instant::now();
    let (mut failures, mut runs, mut weathered, mut none) = (Vec::new(), 0, 0, 0);
    let mut others = 0;
    let (mut stalled, mut left) = (Vec::new(), Vec::new());
    let seeds = seeds(FEW);
    let count = seeds.end - seeds.start;
    for seed in seeds {
        // A panic is a failure of its seed.
        match tokio::spawn(case(seed)).await {
            Ok(Ok(Some(tally))) => {
                runs += tally.runs;
                weathered += tally.weathered;
                others += usize::from(tally.others > 0);
                stalled.extend(tally.stalled.map(|what| format!("seed {seed}: {what}")));
                left.extend(tally.left.map(|what| format!("seed {seed}: {what}")));
            }
            Ok(Ok(None)) => none += 1,
            Ok(Err(failure)) => failures.push((seed, failure)),
            Err(panic) => failures.push((seed, panic.to_string())),
        }
    }
    println!(
        "seeded chaos, memory cloud: {count} topologies ({none} refused by preflight), {runs} runs, {weathered} ended well \
in the storm; in {others} topologies others acted, {} of them stopped and named it, {} left something because of it, {} failures, {:.1} s",
        stalled.len(),
        left.len(),
        failures.len(),
        started.elapsed().as_secs_f64(),
    );
    for line in stalled.iter().chain(&left) {
        println!("  {line}");
    }
    conclude_seeds(&failures, "cargo test -p landbridge-core --test it storm");
}
