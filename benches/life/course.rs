//! The life of a topology in phases, each with its time, its calls, and the course of every step.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use landbridge_core::Observation;
use landbridge_core::journal::{Answer, Entry, Happening};
use landbridge_core::plan::{Plan, StepKey, plan, plan_destroy};
use landbridge_core::preflight::preflight;

use crate::bound::{Bound, bound};
use crate::need::{Need, needs};
use crate::stage::{Stage, Terms};
use crate::worlds::World;

/// One phase of a life.
#[derive(Debug)]
pub(crate) struct Phase {
    pub(crate) name: &'static str,
    /// Simulated seconds.
    pub(crate) seconds: f64,
    pub(crate) calls: usize,
    /// How often each code was answered.
    pub(crate) refused: BTreeMap<String, usize>,
    /// How often each operation was called.
    pub(crate) operations: BTreeMap<String, usize>,
    /// What was done, if anything was written.
    pub(crate) work: Option<Work>,
}

/// What a phase that writes did.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) plan: Plan,
    pub(crate) bound: Bound,
    pub(crate) courses: BTreeMap<StepKey, Course>,
}

/// When what happened to a step, in seconds since the phase began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Course {
    /// All steps before it were done.
    pub(crate) released: f64,
    /// Its first write was sent.
    pub(crate) sent: f64,
    /// The cloud took a write.
    pub(crate) accepted: f64,
    /// The cloud was done.
    pub(crate) ready: f64,
    /// Landbridge knew it.
    pub(crate) done: f64,
}

impl Phase {
    /// How many objects it made or deleted.
    pub(crate) fn objects(&self) -> usize {
        self.work.as_ref().map_or(0, |work| work.plan.steps.len())
    }

    /// The measured time over the least that the cloud needs.
    pub(crate) fn ratio(&self) -> Option<f64> {
        let bound = self.work.as_ref()?.bound.rated;
        (bound > 0.0).then(|| self.seconds / bound)
    }
}

/// Measures phase after phase.
struct Watch<'a> {
    stage: &'a Stage,
    world: &'a World,
    terms: Terms,
    began: Duration,
    at: SystemTime,
    calls: usize,
    phases: Vec<Phase>,
}

impl Watch<'_> {
    fn begin(&mut self) {
        self.began = self.stage.simulator.uptime();
        self.at = self.stage.simulator.now();
        self.calls = self.stage.simulator.calls().len();
        self.stage.notes.take();
    }

    fn end(&mut self, name: &'static str, done: Option<&Plan>) {
        let seconds = self.stage.simulator.uptime() - self.began;
        let calls = self.stage.simulator.calls().split_off(self.calls);
        let (mut refused, mut operations) = (BTreeMap::new(), BTreeMap::new());
        for call in &calls {
            *operations.entry(call.action.clone()).or_insert(0) += 1;
            if let Some(code) = &call.code {
                *refused.entry(code.clone()).or_insert(0) += 1;
            }
        }
        self.phases.push(Phase {
            name,
            seconds: seconds.as_secs_f64(),
            calls: calls.len(),
            refused,
            operations,
            work: done.map(|plan| self.work(plan)),
        });
    }

    fn work(&self, plan: &Plan) -> Work {
        let needs = needs(plan, &self.world.topology, &self.terms.aws());
        Work {
            bound: bound(plan, &needs, self.world.rate),
            courses: courses(plan, &needs, &self.stage.notes.take(), self.at),
            plan: plan.clone(),
        }
    }
}

/// Runs a whole life.
pub(crate) async fn run(world: &World, terms: Terms) -> Vec<Phase> {
    let stage = &Stage::new(world, terms).await;
    let (topology, engine) = (&world.topology, &stage.engine);
    let observe =
        async || -> Observation { engine.observe(topology).await.expect("places are read") };
    let mut watch = Watch {
        stage,
        world,
        terms,
        began: Duration::ZERO,
        at: SystemTime::UNIX_EPOCH,
        calls: 0,
        phases: Vec::new(),
    };

    watch.begin();
    let observation = observe().await;
    let report = preflight(topology, &observation);
    assert!(report.passed(), "{report}");
    let first = plan(topology, &observation);
    watch.end("plan", None);

    watch.begin();
    engine
        .apply(&first)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    watch.end("apply", Some(&first));

    watch.begin();
    let verified = engine.verify(topology).await.expect("verdicts");
    assert!(verified.passed(), "{verified}");
    watch.end("verify", None);

    watch.begin();
    let second = plan(topology, &observe().await);
    assert!(second.is_empty(), "{second}");
    engine
        .apply(&second)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    watch.end("apply again", None);

    let destruction = plan_destroy(topology, &observe().await);
    watch.begin();
    engine
        .apply(&destruction)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    watch.end("destroy", Some(&destruction));

    watch.begin();
    let residue = engine
        .residue(topology, Some(&destruction))
        .await
        .expect("a report");
    assert!(residue.is_empty(), "{residue}");
    watch.end("residue", None);
    watch.phases
}

/// The course of each step, from what the engine noted.
fn courses(
    plan: &Plan,
    needs: &BTreeMap<StepKey, Need>,
    notes: &[Entry],
    began: SystemTime,
) -> BTreeMap<StepKey, Course> {
    let (mut sent, mut accepted, mut done) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for note in notes {
        let at = note
            .at
            .duration_since(began)
            .unwrap_or_default()
            .as_secs_f64();
        match &note.what {
            Happening::Intent { step, .. } => sent.entry(step.clone()).or_insert(at),
            Happening::Outcome {
                step,
                answer: Answer::Accepted { .. },
                ..
            } => accepted.entry(step.clone()).or_insert(at),
            Happening::Done { step, .. } => done.entry(step.clone()).or_insert(at),
            _ => continue,
        };
    }
    let course = |step: &landbridge_core::plan::Step| {
        let key = &step.key;
        let done_at = done.get(key).copied().unwrap_or_default();
        let accepted = accepted.get(key).copied().unwrap_or(done_at);
        let before = step
            .depends_on
            .iter()
            .filter_map(|key| done.get(key).copied());
        let released = before.fold(0.0, f64::max);
        let course = Course {
            released,
            sent: sent.get(key).copied().unwrap_or(released),
            accepted,
            ready: done_at.min(accepted + needs[key].works),
            done: done_at,
        };
        (key.clone(), course)
    };
    plan.steps.iter().map(course).collect()
}
