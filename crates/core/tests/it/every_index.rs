//! Whatever befalls any single write of an apply or a destroy, running again gives the undisturbed end state.
//!
//! The test command strikes one write of each verb in every third way; `LANDBRIDGE_EXHAUSTIVE=1` strikes them all.

use std::sync::Arc;
use std::time::Instant;

use landbridge_core::ErrorKind;
use landbridge_core::engine::{ApplyError, Engine};
use landbridge_core::memory::{FaultPoint, ManualClock, MemoryProvider};
use landbridge_core::plan::{Plan, plan, plan_destroy};
use landbridge_core::preflight::preflight;
use landbridge_core::topology::Topology;
use tokio::sync::Notify;

use crate::cases::{conclude, struck};
use crate::{common, edge, mesh, mixed};

/// What befalls a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blow {
    /// It is refused and has no effect.
    Refused,
    /// It has its effect, and a refusal is answered.
    RefusedTooLate,
    /// It has its effect; the connection ends before the answer.
    AnswerLost,
    /// The connection ends before it arrives.
    Reset,
    /// The session of its caller has ended.
    SessionEnded,
    /// It has its effect; the program is killed before the answer, with all that it has under way.
    Killed,
}

const BLOWS: [Blow; 6] = [
    Blow::Refused,
    Blow::RefusedTooLate,
    Blow::AnswerLost,
    Blow::Reset,
    Blow::SessionEnded,
    Blow::Killed,
];

impl Blow {
    /// When and with what error the write fails. A killed program hears of none.
    fn fault(self) -> Option<(FaultPoint, ErrorKind)> {
        match self {
            Self::Refused => Some((FaultPoint::Before, ErrorKind::PermissionDenied)),
            Self::RefusedTooLate => Some((FaultPoint::After, ErrorKind::PermissionDenied)),
            Self::AnswerLost => Some((FaultPoint::After, ErrorKind::OutcomeUnknown)),
            Self::Reset => Some((FaultPoint::Before, ErrorKind::OutcomeUnknown)),
            Self::SessionEnded => Some((FaultPoint::Before, ErrorKind::SessionExpired)),
            Self::Killed => None,
        }
    }

    /// Whether the run that it befalls ends well all the same.
    fn is_survived(self) -> bool {
        matches!(self, Self::AnswerLost | Self::Reset | Self::SessionEnded)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Apply,
    Destroy,
}

/// A world, and a topology for it.
pub(crate) struct Ground {
    pub(crate) topology: Topology,
    pub(crate) engine: Engine,
    pub(crate) clouds: Vec<MemoryProvider>,
}

impl Ground {
    fn new(topology: Topology, engine: Engine, clouds: impl Into<Vec<MemoryProvider>>) -> Self {
        let clouds = clouds.into();
        Self {
            topology,
            engine,
            clouds,
        }
    }

    async fn plan(&self, phase: Phase) -> Plan {
        let observation = self.engine.observe(&self.topology).await.expect("observe");
        match phase {
            Phase::Apply => {
                let report = preflight(&self.topology, &observation);
                assert!(report.passed(), "{report}");
                plan(&self.topology, &observation)
            }
            Phase::Destroy => plan_destroy(&self.topology, &observation),
        }
    }

    async fn run(&self, phase: Phase) -> Result<(), ApplyError> {
        let plan = self.plan(phase).await;
        self.engine.apply(&plan).await.map(|_| ())
    }

    /// Everything alive on all clouds.
    fn objects(&self) -> Vec<String> {
        let clouds = self.clouds.iter();
        clouds.flat_map(MemoryProvider::objects).collect()
    }

    /// The writes so far on each cloud.
    fn writes(&self) -> Vec<usize> {
        let clouds = self.clouds.iter();
        clouds.map(MemoryProvider::write_count).collect()
    }

    /// The verbs of the writes of a cloud from this one on.
    fn verbs(&self, cloud: usize, from: usize) -> Vec<String> {
        let lines = self.clouds[cloud].writes();
        let verb = |line: &String| line.split(' ').next().unwrap_or_default().to_owned();
        lines[from..].iter().map(verb).collect()
    }

    /// Runs until the write `n` writes from now on this cloud has taken effect, and no further.
    async fn run_killed(&self, phase: Phase, cloud: usize, n: usize) -> Result<(), String> {
        let plan = self.plan(phase).await;
        let reached = Arc::new(Notify::new());
        let (told, at) = (reached.clone(), self.clouds[cloud].write_count() + n);
        self.clouds[cloud].on_write(move |index, _| {
            if index == at {
                told.notify_one();
            }
        });
        self.clouds[cloud].kill_after(n);
        let outcome = tokio::select! {
            biased;
            () = reached.notified() => Ok(()),
            ended = self.engine.apply(&plan) => Err(format!("it ended before the write: {ended:?}")),
        };
        self.clouds.iter().for_each(MemoryProvider::revive);
        outcome
    }

    async fn run_struck(&self, phase: Phase, case: &Case) -> Result<(), String> {
        let Case { cloud, n, blow } = *case;
        let Some((point, kind)) = blow.fault() else {
            return self.run_killed(phase, cloud, n).await;
        };
        self.clouds[cloud].fail_call(n, point, kind);
        match (self.run(phase).await, blow.is_survived()) {
            (Ok(()), true) | (Err(_), false) => Ok(()),
            (Err(error), true) => Err(format!("the run did not settle it: {error}")),
            (Ok(()), false) => Err("the run claims success".to_owned()),
        }
    }

    async fn is_complete(&self, wanted: &[String]) -> Result<(), String> {
        self.run(Phase::Apply)
            .await
            .map_err(|e| format!("the next run: {e}"))?;
        same(&self.objects(), wanted)?;
        let writes = self.writes();
        let again = self.plan(Phase::Apply).await;
        expect(again.is_empty(), || format!("one more plan: {again}"))?;
        expect(self.writes() == writes, || "a plan writes".to_owned())
    }

    async fn is_gone(&self) -> Result<(), String> {
        let plan = self.plan(Phase::Destroy).await;
        let destroyed = self.engine.apply(&plan).await;
        destroyed.map_err(|error| format!("destroy: {error}"))?;
        same(&self.objects(), &[])?;
        let residue = self.engine.residue(&self.topology, Some(&plan)).await;
        let residue = residue.map_err(|error| format!("residue: {error}"))?;
        expect(residue.is_empty(), || residue.to_string())
    }
}

#[derive(Clone, Copy, Debug)]
struct Case {
    cloud: usize,
    n: usize,
    blow: Blow,
}

fn expect(holds: bool, message: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(message()) }
}

fn same(objects: &[String], wanted: &[String]) -> Result<(), String> {
    let without = |these: &[String], those: &[String]| -> Vec<String> {
        let mut rest = those.to_vec();
        let missing = these.iter().filter(|one| {
            let found = rest.iter().position(|other| other == *one);
            found.map(|index| rest.swap_remove(index)).is_none()
        });
        missing.cloned().collect()
    };
    expect(objects == wanted, || {
        let (more, less) = (without(objects, wanted), without(wanted, objects));
        format!("too much: {more:?}, missing: {less:?}")
    })
}

async fn judge(
    ground: &Ground,
    phase: Phase,
    case: &Case,
    wanted: &[String],
) -> Result<(), String> {
    if phase == Phase::Destroy {
        let applied = ground.run(Phase::Apply).await;
        applied.map_err(|error| format!("apply: {error}"))?;
    }
    ground.run_struck(phase, case).await?;
    if phase == Phase::Apply {
        ground.is_complete(wanted).await?;
    }
    ground.is_gone().await
}

/// The cases of a phase, from the writes that an undisturbed run makes in it.
fn cases(verbs: &[Vec<String>]) -> Vec<Case> {
    let mut cases = Vec::new();
    for (number, blow) in BLOWS.into_iter().enumerate() {
        for (cloud, verbs) in verbs.iter().enumerate() {
            let struck = struck(verbs, number, 3).into_iter();
            cases.extend(struck.map(|n| Case { cloud, n, blow }));
        }
    }
    cases
}

/// Strikes the writes of a topology's whole life, one in each world.
async fn strike(name: &str, world: impl Fn() -> Ground) {
    let started = Instant::now();
    let ground = world();
    let undisturbed = |from: Vec<usize>| {
        let clouds = 0..ground.clouds.len();
        clouds
            .map(|cloud| ground.verbs(cloud, from[cloud]))
            .collect::<Vec<_>>()
    };
    ground.run(Phase::Apply).await.expect("apply");
    let (wanted, at) = (ground.objects(), ground.writes());
    let applied = undisturbed(vec![0; ground.clouds.len()]);
    ground.run(Phase::Destroy).await.expect("destroy");
    let destroyed = undisturbed(at);
    assert_eq!(ground.objects(), Vec::<String>::new());

    let (mut count, mut failures) = (0, Vec::new());
    for (phase, verbs) in [(Phase::Apply, &applied), (Phase::Destroy, &destroyed)] {
        for case in cases(verbs) {
            count += 1;
            let ground = world();
            if let Err(failure) = judge(&ground, phase, &case, &wanted).await {
                let verb = &verbs[case.cloud][case.n];
                failures.push(format!("{phase:?} {case:?} ({verb}): {failure}"));
            }
        }
    }
    let all = |verbs: &[Vec<String>]| verbs.iter().map(Vec::len).sum::<usize>();
    let what = format!("every call index, memory cloud, {name}");
    let writes = [all(&applied), all(&destroyed)];
    conclude(&what, writes, count, &failures, started);
}

#[tokio::test]
async fn any_write_of_a_hub_of_two_accounts_may_go_wrong() {
    strike("a hub of two accounts", || {
        let (engine, provider, _) = common::world();
        Ground::new(common::topology(), engine, [provider])
    })
    .await;
}

#[tokio::test]
async fn any_write_of_a_peering_may_go_wrong() {
    strike("a peering of two accounts", || {
        let (engine, provider) = mesh::world();
        Ground::new(mesh::mesh(2), engine, [provider])
    })
    .await;
}

#[tokio::test]
async fn any_write_of_an_edge_may_go_wrong() {
    strike("an edge with lines of two accounts", || {
        let (engine, provider, _) = edge::world();
        Ground::new(edge::lines(), engine, [provider])
    })
    .await;
}

#[tokio::test]
async fn any_write_of_twelve_networks_on_two_clouds_may_go_wrong() {
    strike("twelve networks on two clouds", || {
        let clock = Arc::new(ManualClock::new());
        let clouds = mixed::clouds(&clock);
        let engine = clouds
            .iter()
            .fold(Engine::new().with_clock(clock), |engine, cloud| {
                engine.with_provider(Arc::new(cloud.clone()))
            });
        Ground::new(mixed::topology(), engine, clouds)
    })
    .await;
}

#[tokio::test]
async fn what_exists_already_is_found_although_lists_show_it_late() {
    let world = || {
        let (engine, provider, _) = common::world_like(|builder| {
            builder.with_visibility(std::time::Duration::from_secs(4))
        });
        Ground::new(common::topology(), engine, [provider])
    };
    let ground = world();
    ground.run(Phase::Apply).await.expect("apply");
    let wanted = ground.objects();
    let made = |verb: &String| {
        let makes = [
            "create_network",
            "create_subnet",
            "create_group",
            "create_hub",
        ];
        makes.contains(&verb.as_str()) || verb == "run_instance"
    };
    let verbs = ground.verbs(0, 0);
    for n in (0..verbs.len()).filter(|n| made(&verbs[*n])) {
        let ground = world();
        ground.clouds[0].fail_call(n, FaultPoint::After, ErrorKind::AlreadyExists);
        let run = ground.run(Phase::Apply).await;
        assert!(run.is_ok(), "write {n} ({}): {run:?}", verbs[n]);
        assert_eq!(ground.objects(), wanted, "write {n} ({})", verbs[n]);
    }
}

#[tokio::test]
async fn a_refusal_after_a_lost_answer_makes_no_second_network() {
    let world = || {
        let (engine, provider, _) = common::world_like(|builder| {
            builder.with_visibility(std::time::Duration::from_secs(40))
        });
        Ground::new(common::topology(), engine, [provider])
    };
    let ground = world();
    ground.run(Phase::Apply).await.expect("apply");
    let wanted = ground.objects();
    let ground = world();
    let networks = ground.topology.networks.len();
    let mut creates = 0_usize;
    ground.clouds[0].set_weather(move |call| {
        creates += usize::from(call.verb == "create_network");
        match (call.verb, creates.saturating_sub(1) / networks) {
            ("create_network", 0) => Some((FaultPoint::After, ErrorKind::OutcomeUnknown)),
            ("create_network", 1) => Some((FaultPoint::Before, ErrorKind::Busy)),
            _ => None,
        }
    });
    let run = ground.run(Phase::Apply).await;
    assert!(run.is_ok(), "{run:?}");
    assert_eq!(ground.objects(), wanted);
}
