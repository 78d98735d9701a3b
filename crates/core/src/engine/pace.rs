//! How long things take: what the clouds' [`Pace`] says, corrected by what a run sees.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::EngineOptions;
use crate::ids::{CloudName, Place};
use crate::object::Kind;
use crate::plan::{Step, StepKey};
use crate::traits::{Cloud, Pace};

/// The share of the usual time after which the second look is worth its call.
const SECOND_LOOK: f64 = 0.9;
/// How many looks fit into the usual time, or into what has passed if that is longer. A look comes too late by half of the
/// time between two of them.
const LOOKS: u32 = 20;
/// What is still in use this long after its attachment was gone has another user.
const LONGEST_DRAIN: Duration = Duration::from_secs(60);

/// What a run knows of the time that things take.
#[derive(Debug)]
pub(super) struct Estimates {
    usual: BTreeMap<CloudName, Pace>,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// How long the last object of its kind took, by cloud, whether it was deleted, and the form of its key.
    took: HashMap<(CloudName, bool, &'static str), Duration>,
    drain: HashMap<CloudName, Duration>,
    /// When attachments were gone.
    detached: HashMap<StepKey, Duration>,
}

impl Estimates {
    pub(super) fn of(clouds: &BTreeMap<Place, Arc<dyn Cloud>>) -> Self {
        let pace = |(place, cloud): (&Place, &Arc<dyn Cloud>)| {
            (place.cloud.clone(), cloud.capabilities().pace.clone())
        };
        Self {
            usual: clouds.iter().map(pace).collect(),
            seen: Mutex::default(),
        }
    }

    /// How long it usually takes from the accepted call until the step's object is ready, or gone.
    pub(super) fn settling(&self, step: &Step) -> Duration {
        let key = took_key(step);
        if let Some(took) = self.seen().took.get(&key) {
            return *took;
        }
        let table = self.usual.get(&step.place.cloud).map(|pace| match key.1 {
            true => &pace.gone,
            false => &pace.ready,
        });
        let usual = table.and_then(|table| table.get(key.2));
        usual.copied().unwrap_or_default()
    }

    /// The step's object was ready, or gone, this long after its call was accepted. What the first look found so tells
    /// nothing of when others are: they are looked at once as well.
    pub(super) fn settled(&self, step: &Step, took: Option<Duration>, now: Duration) {
        let mut seen = self.seen();
        if let Some(took) = took {
            seen.took.insert(took_key(step), took);
        }
        if step.op.is_delete() && step.op.kind().kind() == Kind::Peering {
            seen.detached.insert(step.key.clone(), now);
        }
    }

    /// When to look at the step's object.
    pub(super) fn looks(&self, step: &Step, options: &EngineOptions) -> Looks {
        Looks::new(self.settling(step), options)
    }

    /// How long a hub of this cloud usually takes no other write once it has taken one.
    pub(super) fn rest(&self, cloud: &CloudName) -> Duration {
        self.of_cloud(cloud, |pace| pace.hub_rest)
    }

    /// When what the step deletes is likely to be free of the attachments that are gone.
    pub(super) fn free_at(&self, step: &Step) -> Option<Duration> {
        let detached = self.detached(step)?;
        let drain = self.seen().drain.get(&step.place.cloud).copied();
        let drain = drain.unwrap_or_else(|| self.of_cloud(&step.place.cloud, |pace| pace.drain));
        Some(detached + drain)
    }

    /// What the step deletes is still in use.
    pub(super) fn still_drains(&self, step: &Step, now: Duration) {
        let passed = self.detached(step).map(|at| now.saturating_sub(at));
        if let Some(passed) = passed.filter(|passed| *passed < LONGEST_DRAIN) {
            self.seen().drain.insert(step.place.cloud.clone(), passed);
        }
    }

    fn detached(&self, step: &Step) -> Option<Duration> {
        if !step.op.is_delete() || step.op.kind().kind() != Kind::Subnet {
            return None;
        }
        let seen = self.seen();
        let gone = step.depends_on.iter();
        gone.filter_map(|key| seen.detached.get(key)).max().copied()
    }

    fn of_cloud(&self, cloud: &CloudName, field: impl Fn(&Pace) -> Duration) -> Duration {
        self.usual.get(cloud).map(field).unwrap_or_default()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn took_key(step: &Step) -> (CloudName, bool, &'static str) {
    let form = step.key.object().form();
    (step.place.cloud.clone(), step.op.is_delete(), form)
}

/// When a step looks at its object: at once, because it may be ready although nothing of its kind is ready so soon, and again
/// from the time on when it usually is.
#[derive(Debug)]
pub(super) struct Looks {
    usual: Duration,
    shortest: Duration,
    longest: Duration,
}

impl Looks {
    pub(super) fn new(usual: Duration, options: &EngineOptions) -> Self {
        Self {
            usual,
            shortest: options.poll,
            longest: options.poll_max,
        }
    }

    // From when on another look is worth its call.
    fn worthwhile(&self) -> Duration {
        self.usual.mul_f64(SECOND_LOOK)
    }

    /// The pause before the next look, this long after the call was accepted.
    pub(super) fn next(&self, passed: Duration) -> Duration {
        let part = self.usual.max(passed) / LOOKS;
        let part = part.clamp(self.shortest, self.longest.max(self.shortest));
        part.max(self.worthwhile().saturating_sub(passed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(usual: u64) -> Looks {
        Looks::new(Duration::from_secs(usual), &EngineOptions::default())
    }

    /// How many looks it takes, and how much too late the last one comes.
    fn until_ready(looks: &Looks, ready: Duration) -> (u32, Duration) {
        let (mut at, mut count) = (Duration::ZERO, 1);
        while at < ready {
            at += looks.next(at);
            count += 1;
        }
        (count, at - ready)
    }

    #[test]
    fn what_is_ready_at_once_takes_one_look_and_no_pause() {
        assert_eq!(until_ready(&looks(0), Duration::ZERO), (1, Duration::ZERO));
    }

    #[test]
    fn what_takes_its_usual_time_is_seen_within_a_twentieth_of_it_after_few_looks() {
        let usual = Duration::from_secs(60);
        let (count, late) = until_ready(&looks(60), usual);
        assert!(count <= 5 && late <= usual / 20, "{count} looks, {late:?}");
    }

    #[test]
    fn what_is_not_ready_at_once_is_looked_at_when_it_usually_is() {
        let usual = Duration::from_secs(2);
        let looks = Looks::new(usual, &EngineOptions::default());
        assert_eq!(until_ready(&looks, Duration::ZERO), (1, Duration::ZERO));
        let (count, _) = until_ready(&looks, usual);
        assert_eq!(count, 3);
    }

    #[test]
    fn what_takes_longer_is_looked_at_ever_more_rarely() {
        let ready = Duration::from_secs(1800);
        let (count, late) = until_ready(&looks(60), ready);
        assert!(
            count <= 150 && late <= Duration::from_secs(15),
            "{count} looks, {late:?}"
        );
    }
}
