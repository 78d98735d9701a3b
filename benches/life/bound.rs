//! How fast a plan could be at best: calls take no time, readiness is known when it happens, nothing is refused, and any
//! number of calls goes at once. What remains is what the cloud needs, in the order that the plan demands.

use std::collections::BTreeMap;

use landbridge_core::object::Kind;
use landbridge_core::plan::{Op, Plan, Step, StepKey};

use crate::need::Need;

/// The lower bounds of a plan, in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    /// The longest chain of steps.
    pub(crate) path: f64,
    /// The same, with locks that one write holds at a time, and with the requests that may wait for their accepters.
    pub(crate) locked: f64,
    /// The same, with the published rates of calls.
    pub(crate) rated: f64,
}

/// How many calls of one operation an account may make in a region: at once, and a second.
pub(crate) type Rate = (f64, f64);

/// The bounds of a plan. `rate` is what the cloud allows each account and region of each kind of write.
pub(crate) fn bound(plan: &Plan, needs: &BTreeMap<StepKey, Need>, rate: Option<Rate>) -> Bound {
    let nodes = Nodes::new(plan, needs);
    let path = nodes.longest();
    let locked = nodes
        .locks()
        .into_values()
        .map(|jobs| one_at_a_time(&jobs))
        .chain([nodes.requests(plan)])
        .fold(path, f64::max);
    let rated = rate.map_or(0.0, |rate| nodes.slowest(plan, rate));
    Bound {
        path,
        locked,
        rated: locked.max(rated),
    }
}

/// The steps with their heads (the earliest start) and tails (what must pass from the start to the end of all).
struct Nodes<'a> {
    needs: Vec<&'a Need>,
    before: Vec<Vec<(usize, f64)>>,
    head: Vec<f64>,
    tail: Vec<f64>,
}

impl<'a> Nodes<'a> {
    /// Plans list steps after those that they depend on.
    fn new(plan: &Plan, needs: &'a BTreeMap<StepKey, Need>) -> Self {
        let index: BTreeMap<&StepKey, usize> = plan
            .steps
            .iter()
            .enumerate()
            .map(|(at, step)| (&step.key, at))
            .collect();
        let before = plan.steps.iter().map(|step| {
            let lag = |key: &StepKey| needs[&step.key].lag.get(key).copied().unwrap_or(0.0);
            step.depends_on
                .iter()
                .map(|key| (index[key], lag(key)))
                .collect()
        });
        let mut nodes = Self {
            needs: plan.steps.iter().map(|step| &needs[&step.key]).collect(),
            before: before.collect(),
            head: vec![0.0; plan.steps.len()],
            tail: vec![0.0; plan.steps.len()],
        };
        nodes.walk();
        nodes
    }

    fn walk(&mut self) {
        for at in 0..self.needs.len() {
            for (before, lag) in &self.before[at] {
                let ready = self.head[*before] + self.needs[*before].works + lag;
                self.head[at] = self.head[at].max(ready);
            }
        }
        for at in (0..self.needs.len()).rev() {
            self.tail[at] = self.tail[at].max(self.needs[at].works);
            for (before, lag) in &self.before[at] {
                let rest = self.needs[*before].works + lag + self.tail[at];
                self.tail[*before] = self.tail[*before].max(rest);
            }
        }
    }

    fn longest(&self) -> f64 {
        let ends = self
            .head
            .iter()
            .zip(&self.tail)
            .map(|(head, tail)| head + tail);
        ends.fold(0.0, f64::max)
    }

    /// The slowest bucket of calls: of the writes of one kind, account and region.
    fn slowest(&self, plan: &Plan, rate: Rate) -> f64 {
        let mut buckets = BTreeMap::<_, Vec<Job>>::new();
        // One call takes fifty routes of a table of Alibaba Cloud.
        let alone = |step: &Step| {
            step.place.cloud.as_str() == "aws" || step.op.kind().kind() != Kind::Route
        };
        for (at, step) in plan.steps.iter().enumerate() {
            if alone(step) {
                let bucket = buckets.entry((&step.place, step.op.kind())).or_default();
                bucket.push(Job {
                    head: self.head[at],
                    held: 0.0,
                    tail: self.tail[at],
                });
            }
        }
        let ends = buckets.into_values().map(|jobs| one_bucket(jobs, rate));
        ends.fold(0.0, f64::max)
    }

    /// The time of the account with the most requests: each waits for its accepter, and AWS lets only so many do so.
    fn requests(&self, plan: &Plan) -> f64 {
        let mut accounts = BTreeMap::<_, Vec<Job>>::new();
        for (at, step) in plan.steps.iter().enumerate() {
            if !matches!(step.op, Op::AcceptPeering(_)) || step.place.cloud.as_str() != "aws" {
                continue;
            }
            for (request, lag) in &self.before[at] {
                let asked = self.needs[*request].works + lag;
                let account = accounts.entry(&plan.steps[*request].place.account);
                account.or_default().push(Job {
                    head: self.head[*request],
                    held: asked,
                    tail: asked + self.tail[at],
                });
            }
        }
        let ends = accounts.into_values().map(|jobs| side_by_side(&jobs));
        ends.fold(0.0, f64::max)
    }

    fn locks(&self) -> BTreeMap<&str, Vec<Job>> {
        let mut locks: BTreeMap<&str, Vec<Job>> = BTreeMap::new();
        for (at, need) in self.needs.iter().enumerate() {
            if let Some((lock, held)) = &need.lock {
                locks.entry(lock).or_default().push(Job {
                    head: self.head[at],
                    held: *held,
                    tail: self.tail[at],
                });
            }
        }
        locks
    }
}

/// A write under a lock, or one that a bucket lets through.
#[derive(Clone, Copy, Debug)]
struct Job {
    head: f64,
    held: f64,
    tail: f64,
}

/// Jackson's bound for one machine: always work on what has the longest way to go, and stop for what is more urgent. No
/// order of uninterrupted writes is faster.
fn one_at_a_time(jobs: &[Job]) -> f64 {
    let mut coming = jobs.to_vec();
    coming.sort_by(|one, other| other.head.total_cmp(&one.head));
    let (mut here, mut now, mut end) = (Vec::<Job>::new(), 0.0_f64, 0.0_f64);
    loop {
        if here.is_empty() {
            let Some(next) = coming.last() else {
                return end;
            };
            now = now.max(next.head);
        }
        while coming.last().is_some_and(|job| job.head <= now) {
            here.extend(coming.pop());
        }
        here.sort_by(|one, other| one.tail_after().total_cmp(&other.tail_after()));
        let Some(job) = here.last_mut() else {
            continue;
        };
        let until = coming.last().map_or(f64::INFINITY, |next| next.head);
        let work = job.held.min(until - now);
        now += work;
        // What is left to do keeps its way to go.
        job.tail -= work;
        job.held -= work;
        if job.held <= 0.0 {
            end = end.max(now + job.tail);
            here.pop();
        }
    }
}

impl Job {
    /// What is to pass once its lock is free.
    fn tail_after(&self) -> f64 {
        self.tail - self.held
    }
}

/// How many requests of an account of AWS may wait for their accepters.
const OUTSTANDING: usize = 25;

/// The time that requests need, so many at a time: the last one is accepted no earlier than if none of the places were ever
/// empty.
fn side_by_side(jobs: &[Job]) -> f64 {
    let least = |of: fn(&Job) -> f64| jobs.iter().map(of).fold(f64::INFINITY, f64::min);
    let work: f64 = jobs.iter().map(|job| job.held).sum();
    let places = jobs.len().clamp(1, OUTSTANDING);
    least(|job| job.head) + work / places as f64 + least(Job::tail_after)
}

/// The time that jobs need which share a bucket of calls. Of any of them the last one is sent once the bucket has let all of
/// them through, and then its way to the end lies ahead.
fn one_bucket(mut jobs: Vec<Job>, (burst, per_second): Rate) -> f64 {
    jobs.sort_by(|one, other| other.tail.total_cmp(&one.tail));
    let (mut first, mut end) = (f64::INFINITY, 0.0_f64);
    for (before, job) in jobs.iter().enumerate() {
        first = first.min(job.head);
        let waits = ((before as f64 + 1.0 - burst) / per_second).max(0.0);
        end = end.max(first + waits + job.tail);
    }
    end
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_last_call_of_a_bucket_still_has_its_way_to_the_end() {
        use super::{Job, one_bucket};

        let jobs = |count, head, tail| {
            vec![
                Job {
                    head,
                    held: 0.0,
                    tail
                };
                count
            ]
        };
        let rate = (50.0, 5.0);
        assert_eq!(one_bucket(jobs(50, 3.0, 20.0), rate), 23.0);
        assert_eq!(one_bucket(jobs(95, 3.0, 20.0), rate), 32.0);
        // Those with the longest way go first.
        let mixed = [jobs(50, 0.0, 20.0), jobs(45, 0.0, 1.0)].concat();
        assert_eq!(one_bucket(mixed, rate), 20.0);
    }

    #[test]
    fn so_many_requests_wait_side_by_side() {
        use super::{Job, OUTSTANDING, side_by_side};

        let job = Job {
            head: 2.0,
            held: 3.0,
            tail: 7.0,
        };
        assert_eq!(side_by_side(&[job]), 9.0);
        assert_eq!(side_by_side(&vec![job; OUTSTANDING]), 9.0);
        assert_eq!(side_by_side(&vec![job; 2 * OUTSTANDING]), 12.0);
    }

    #[test]
    fn writes_under_one_lock_come_one_after_the_other_the_longest_way_first() {
        use super::{Job, one_at_a_time};

        let end = |jobs: &[(f64, f64, f64)]| {
            let jobs = jobs
                .iter()
                .map(|&(head, held, tail)| Job { head, held, tail });
            one_at_a_time(&jobs.collect::<Vec<_>>())
        };
        assert_eq!(end(&[]), 0.0);
        assert_eq!(end(&[(5.0, 2.0, 2.0)]), 7.0);
        assert_eq!(end(&[(0.0, 2.0, 3.0), (0.0, 2.0, 20.0)]), 20.0);
        assert_eq!(end(&[(0.0, 2.0, 20.0), (0.0, 2.0, 20.0)]), 22.0);
        // No order of whole writes ends before 32; the bound lets what is urgent interrupt, so it is never too high.
        assert_eq!(end(&[(0.0, 2.0, 3.0), (1.0, 1.0, 30.0)]), 31.0);
    }
}
