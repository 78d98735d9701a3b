//! The law of a run in a storm: it ends converged or with an error that has a kind, and within its limits. Once the storm is
//! over, a few runs converge; one more writes nothing; a destroy leaves nothing of ours and everything of others.

use std::time::Duration;

use landbridge_core::engine::{Engine, EngineOptions};
use landbridge_core::plan::{plan, plan_destroy};
use landbridge_core::preflight::preflight;
use landbridge_core::topology::Topology;

use crate::draw::Dice;

/// A world with weather.
pub(crate) trait Arena {
    fn engine(&self) -> &Engine;
    /// Everything alive, in words that are the same for two worlds.
    fn objects(&self) -> Vec<String>;
    /// How many calls wrote so far.
    fn writes(&self) -> usize;
    fn uptime(&self) -> Duration;
    /// Lets time pass.
    fn pass(&self, time: Duration);
    /// Things go wrong from now on; gives what, in words.
    fn storm(&self, dice: &mut Dice) -> String;
    /// Nothing goes wrong any more.
    fn calm(&self);
    /// What others do meanwhile; it never ends.
    fn meddle(&self) -> impl Future<Output = ()> + Send;
    /// What others did.
    fn meddled(&self) -> Vec<String>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Apply,
    Destroy,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    Done,
    /// With a finding or an error, in words without IDs.
    Told(String),
}

/// How a case ended that keeps the law.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) runs: usize,
    /// Runs in the storm that ended well.
    pub(crate) weathered: usize,
    /// What others did.
    pub(crate) others: usize,
    /// Whether others left the topology in a state that each run names.
    pub(crate) stalled: Option<String>,
    /// What a destroy left and named, because of others.
    pub(crate) left: Option<String>,
}

async fn run(arena: &impl Arena, topology: &Topology, phase: Phase) -> End {
    let engine = arena.engine();
    let observation = match Box::pin(engine.observe(topology)).await {
        Ok(observation) => observation,
        Err(error) => return End::Told(format!("observe: {}", error.kind().as_str())),
    };
    let plan = match phase {
        Phase::Destroy => plan_destroy(topology, &observation),
        Phase::Apply => {
            let report = preflight(topology, &observation);
            if !report.passed() {
                return End::Told(format!("preflight: {}", report.codes().join(", ")));
            }
            plan(topology, &observation)
        }
    };
    let applied = tokio::select! {
        applied = Box::pin(engine.apply(&plan)) => applied,
        () = arena.meddle() => unreachable!("others never end"),
    };
    match applied {
        Ok(_) => End::Done,
        Err(error) => End::Told(format!("{phase:?}: {}", error.kind().as_str())),
    }
}

/// Runs once, and holds it to its limits.
async fn timed(
    arena: &impl Arena,
    topology: &Topology,
    phase: Phase,
    tally: &mut Tally,
) -> Result<End, String> {
    let begun = arena.uptime();
    // Futures of a whole run are large; boxed, they leave room on the stack of a test.
    let end = Box::pin(run(arena, topology, phase)).await;
    tally.runs += 1;
    let took = arena.uptime().saturating_sub(begun);
    let limit = EngineOptions::default().total_limit + Duration::from_secs(600);
    match took <= limit {
        true => Ok(end),
        false => Err(format!("a run took {took:?}: {end:?}")),
    }
}

/// Runs until one ends well, or two in turn end alike.
async fn until_stable(
    arena: &impl Arena,
    topology: &Topology,
    phase: Phase,
    tally: &mut Tally,
) -> Result<End, String> {
    let mut ends: Vec<End> = Vec::new();
    for _ in 0..6 {
        let end = timed(arena, topology, phase, tally).await?;
        arena.pass(Duration::from_secs(600));
        let is_same = ends.last() == Some(&end);
        if end == End::Done || is_same {
            return Ok(end);
        }
        ends.push(end);
    }
    Err(format!(
        "six runs without a storm do not converge: {ends:?}"
    ))
}

fn compare(objects: &[String], wanted: &[String]) -> Result<(), String> {
    if objects == wanted {
        return Ok(());
    }
    let not_in = |these: &[String], those: &[String]| -> Vec<String> {
        let mut rest = those.to_vec();
        let missing = these.iter().filter(|one| {
            let found = rest.iter().position(|other| other == *one);
            found.map(|index| rest.swap_remove(index)).is_none()
        });
        missing.cloned().collect()
    };
    let (more, less) = (not_in(objects, wanted), not_in(wanted, objects));
    Err(format!("too much: {more:?}, missing: {less:?}"))
}

/// Applies and destroys in a world without weather: the end state of an undisturbed apply.
pub(crate) async fn undisturbed(
    arena: &impl Arena,
    topology: &Topology,
) -> Result<Option<Vec<String>>, String> {
    let before = arena.objects();
    let mut tally = Tally::default();
    match timed(arena, topology, Phase::Apply, &mut tally).await? {
        End::Done => {}
        // Not every draft is a topology that can be applied; those are no cases.
        End::Told(told) if told.starts_with("preflight") => return Ok(None),
        End::Told(told) => return Err(format!("undisturbed: {told}")),
    }
    arena.pass(Duration::from_secs(7200));
    let wanted = arena.objects();
    match timed(arena, topology, Phase::Destroy, &mut tally).await? {
        End::Done => {}
        End::Told(told) => return Err(format!("undisturbed: {told}")),
    }
    arena.pass(Duration::from_secs(7200));
    compare(&arena.objects(), &before).map_err(|error| format!("undisturbed destroy: {error}"))?;
    Ok(Some(wanted))
}

/// Holds the law in a world whose undisturbed twin has the `wanted` end state.
pub(crate) async fn hold(
    arena: &impl Arena,
    topology: &Topology,
    wanted: &[String],
    dice: &mut Dice,
) -> Result<Tally, String> {
    let theirs = arena.objects();
    let mut tally = Tally::default();
    let weather = arena.storm(dice);
    for _ in 0..1 + dice.below(3) {
        let end = timed(arena, topology, Phase::Apply, &mut tally).await?;
        arena.pass(Duration::from_secs(60));
        if end == End::Done {
            tally.weathered += 1;
            if arena.meddled().is_empty() {
                compare(&arena.objects(), wanted)
                    .map_err(|error| format!("{weather}: success is claimed, {error}"))?;
            }
        }
    }
    arena.calm();
    arena.pass(Duration::from_secs(600));
    Box::pin(converge(arena, topology, wanted, &mut tally))
        .await
        .map_err(|error| format!("after {weather}: {error}"))?;
    let weather = match dice.chance(50) {
        true => arena.storm(dice),
        false => "calm".to_owned(),
    };
    timed(arena, topology, Phase::Destroy, &mut tally).await?;
    arena.calm();
    arena.pass(Duration::from_secs(600));
    Box::pin(vanish(arena, topology, &theirs, &mut tally))
        .await
        .map_err(|error| format!("destroy after {weather}: {error}"))?;
    tally.others = arena.meddled().len();
    Ok(tally)
}

async fn converge(
    arena: &impl Arena,
    topology: &Topology,
    wanted: &[String],
    tally: &mut Tally,
) -> Result<(), String> {
    let end = until_stable(arena, topology, Phase::Apply, tally).await?;
    let others = arena.meddled();
    match end {
        End::Told(told) if others.is_empty() => return Err(told),
        End::Told(told) => {
            tally.stalled = Some(format!("{told} ({})", others.join(", ")));
            return Ok(());
        }
        End::Done if others.is_empty() => compare(&arena.objects(), wanted)?,
        End::Done => {}
    }
    let writes = arena.writes();
    match timed(arena, topology, Phase::Apply, tally).await? {
        End::Done if arena.writes() == writes => Ok(()),
        End::Done => Err("one more apply writes".to_owned()),
        End::Told(told) => Err(format!("one more apply: {told}")),
    }
}

async fn vanish(
    arena: &impl Arena,
    topology: &Topology,
    theirs: &[String],
    tally: &mut Tally,
) -> Result<(), String> {
    let end = until_stable(arena, topology, Phase::Destroy, tally).await?;
    arena.pass(Duration::from_secs(7200));
    let others = arena.meddled();
    let (objects, residue) = (
        arena.objects(),
        Box::pin(arena.engine().residue(topology, None)).await,
    );
    let residue = residue.map_err(|error| format!("residue: {error}"))?;
    let lost: Vec<&String> = theirs.iter().filter(|one| !objects.contains(one)).collect();
    if !lost.is_empty() {
        return Err(format!("objects of others are gone: {lost:?}"));
    }
    if others.is_empty() {
        if let End::Told(told) = end {
            return Err(told);
        }
        compare(&objects, theirs)?;
        return match residue.is_empty() {
            true => Ok(()),
            false => Err(format!("what is not there is residue: {residue}")),
        };
    }
    let left: Vec<&String> = objects.iter().filter(|one| !theirs.contains(one)).collect();
    if !left.is_empty() {
        let named = format!("{end:?}, residue {}", residue.found.len());
        tally.left = Some(format!("{left:?} after {others:?}: {named}"));
    }
    Ok(())
}
