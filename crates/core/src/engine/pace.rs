//! How long things take: what the clouds' [`Pace`] says, corrected by what a run sees.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::EngineOptions;
use crate::ids::{CloudName, Place};
use crate::object::Kind;
use crate::plan::{Step, StepKey};
use crate::traits::{Cloud, Pace};

/// The share of the usual time after which looks are close to each other.
const USUALLY_READY: f64 = 0.9;
/// Until then there are a few looks, unless the usual time is as short as this: the first when this part of it has passed,
const SHORT: Duration = Duration::from_secs(5);
const FIRST_PART: u32 = 32;
/// and each further one when this many times what had passed at the one before has passed.
const EARLY_LOOKS: u32 = 5;
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
        self.seen_settling(step)
            .unwrap_or_else(|| self.told_settling(step))
    }

    fn seen_settling(&self, step: &Step) -> Option<Duration> {
        self.seen().took.get(&took_key(step)).copied()
    }

    fn told_settling(&self, step: &Step) -> Duration {
        let (cloud, delete, form) = took_key(step);
        let table = self.usual.get(&cloud).map(|pace| match delete {
            true => &pace.gone,
            false => &pace.ready,
        });
        let usual = table.and_then(|table| table.get(form));
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
        let seen = self.seen_settling(step);
        Looks {
            is_seen: seen.is_some(),
            ..Looks::new(seen.unwrap_or_else(|| self.told_settling(step)), options)
        }
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

/// When a step looks at its object: at once, because it may be ready although nothing of its kind is ready so soon; a few times
/// more, unless the run has seen what is usual; and often from the time on when it usually is.
#[derive(Debug)]
pub(super) struct Looks {
    usual: Duration,
    /// Whether the run has seen that it takes so long.
    is_seen: bool,
    shortest: Duration,
    longest: Duration,
}

impl Looks {
    pub(super) fn new(usual: Duration, options: &EngineOptions) -> Self {
        Self {
            usual,
            is_seen: false,
            shortest: options.poll,
            longest: options.poll_max,
        }
    }

    /// The pause before the next look, this long after the call was accepted.
    pub(super) fn next(&self, passed: Duration) -> Duration {
        let longest = self.longest.max(self.shortest);
        let until_usual = self.usual.mul_f64(USUALLY_READY).saturating_sub(passed);
        if until_usual > self.shortest {
            if self.is_seen || self.usual <= SHORT {
                return until_usual;
            }
            let first = self.shortest.max(self.usual / FIRST_PART);
            return first.max(passed * (EARLY_LOOKS - 1)).min(until_usual);
        }
        (self.usual.max(passed) / LOOKS).clamp(self.shortest, longest)
    }

    /// How old a list may be that is looked at this long after the call was accepted: those who look at about the same time
    /// share one, and nobody is shown the one of the look before.
    pub(super) fn shared_age(&self, passed: Duration) -> Duration {
        (self.next(passed) / 2).min(passed / EARLY_LOOKS)
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
        assert!(count <= 9 && late <= usual / 20, "{count} looks, {late:?}");
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
    fn what_is_ready_long_before_its_usual_time_is_seen_in_time() {
        let usual = Duration::from_secs(60);
        for ready in [300, 2000, 10_000].map(Duration::from_millis) {
            let (count, late) = until_ready(&looks(60), ready);
            let most = (ready * (EARLY_LOOKS - 1)).max(usual / FIRST_PART);
            assert!(
                late <= most && count <= 4,
                "{ready:?}: {count} looks, {late:?}"
            );
        }
    }

    #[test]
    fn what_the_run_has_seen_takes_no_early_looks() {
        let seen = Looks {
            is_seen: true,
            ..looks(60)
        };
        let (count, _) = until_ready(&seen, Duration::from_secs(54));
        assert_eq!(count, 2);
    }

    #[test]
    fn no_look_is_shown_the_list_of_the_one_before() {
        let looks = looks(60);
        let mut before = Duration::ZERO;
        for _ in 0..50 {
            let at = before + looks.next(before);
            assert!(at - looks.shared_age(at) > before, "{before:?}, {at:?}");
            before = at;
        }
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
