//! The measurements of whole lives (`benches/life`) say the truth: the same seed says the same twice, and nothing is faster
//! than what is said to be the least.

#[path = "../benches/life/bound.rs"]
mod bound;
#[path = "../benches/life/course.rs"]
#[allow(
    dead_code,
    reason = "the table has more columns than are looked at here"
)]
mod course;
#[path = "../benches/life/gantt.rs"]
mod gantt;
#[path = "../benches/life/need.rs"]
mod need;
#[path = "../benches/life/report.rs"]
#[allow(dead_code, reason = "one seed has no spread")]
mod report;
#[path = "../benches/life/stage.rs"]
mod stage;
#[path = "../benches/life/worlds.rs"]
#[allow(dead_code, reason = "worlds are named here")]
mod worlds;

use std::time::Duration;

use course::Phase;
use stage::Terms;

async fn life(name: &str, seed: u64, latency: u64) -> Vec<Phase> {
    let world = worlds::world(name).expect("a world");
    let terms = Terms {
        seed,
        latency: Duration::from_millis(latency),
        parallel: 8,
        instant: false,
    };
    course::run(&world, terms).await
}

/// All that is told of a life: the table and the pictures.
fn told(name: &str, phases: &[Phase]) -> String {
    let pictures = phases.iter().filter_map(|phase| {
        let work = phase.work.as_ref()?;
        Some(gantt::draw(name, phase, work))
    });
    pictures.fold(report::table(name, phases), |text, picture| text + &picture)
}

#[tokio::test]
async fn one_seed_gives_the_same_bytes_twice() {
    for (name, latency) in [("cen", 0), ("pair", 40)] {
        let first = told(name, &life(name, 7, latency).await);
        assert_eq!(first, told(name, &life(name, 7, latency).await), "{name}");
    }
}

#[tokio::test]
async fn no_life_is_shorter_than_its_bound() {
    for name in ["cen", "pair", "hub-3", "mesh-4"] {
        for phase in life(name, 3, 0).await {
            if let Some(work) = &phase.work {
                let least = work.bound.rated;
                assert!(least > 0.0, "{name}: {}", phase.name);
                assert!(
                    phase.seconds >= least,
                    "{name}: {} takes {} of {least} s",
                    phase.name,
                    phase.seconds
                );
            }
        }
    }
}

#[tokio::test]
async fn a_course_goes_forward_and_ends_with_its_phase() {
    for phase in life("cen", 1, 40).await {
        let Some(work) = &phase.work else { continue };
        for (key, course) in &work.courses {
            let moments = [
                course.released,
                course.sent,
                course.accepted,
                course.ready,
                course.done,
            ];
            assert!(moments.is_sorted(), "{key}: {course:?}");
        }
        let last = work
            .courses
            .values()
            .map(|course| course.done)
            .fold(0.0, f64::max);
        let chain: f64 = gantt::losses(work).iter().map(|(_, seconds)| seconds).sum();
        assert!(
            (last - chain).abs() < 1e-6,
            "the last chain tells where all {last} s went, not {chain}"
        );
        assert!(
            phase.seconds - last < 1.0,
            "{} s, the last step at {last} s",
            phase.seconds
        );
    }
}
