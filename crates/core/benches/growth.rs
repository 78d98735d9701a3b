//! How the time of the parts that ask no cloud grows with the size of the topology.
//!
//! `cargo bench -p landbridge-core --bench growth` doubles the topology twice and fits the exponent: about 1 where time grows
//! as the topology does. `-- 10000` measures the plan of one size, `-- apply 3824` an apply, with what the in-memory cloud
//! needs for it, and `-- verify 1000` the verdicts on all pairs of networks in one hub. Times are those of the processor, so
//! that what else runs on the machine counts little.

mod support;

use std::fs::read_to_string;

use landbridge_core::plan::{plan, plan_destroy};
use landbridge_core::preflight::preflight;
use landbridge_core::verify::{Traffic, verify};

/// Networks in each hub; in the world that is verified there is one hub.
const MEMBERS: usize = 20;
const SIZES: [usize; 3] = [1000, 2000, 4000];
const APPLIED: [usize; 3] = [40, 80, 160];
/// About 10 000, 30 000 and 100 000 steps.
const APPLIES: [usize; 3] = [382, 1147, 3824];

/// A part, and how many seconds it took.
type Times = Vec<(&'static str, f64)>;

fn main() {
    // `cargo bench` adds a flag of its own.
    let words: Vec<String> = std::env::args().skip(1).collect();
    let sizes: Vec<usize> = words.iter().filter_map(|one| one.parse().ok()).collect();
    if sizes.is_empty() {
        fit(&SIZES, planned);
        fit(&APPLIED, applied);
        fit(&APPLIES, apply);
        return;
    }
    let measure = match words[0].as_str() {
        "apply" => apply,
        "verify" => verified,
        _ => planned,
    };
    for networks in sizes {
        tell(networks, &measure(networks));
    }
}

fn fit(sizes: &[usize], measure: impl Fn(usize) -> Times) {
    let measured: Vec<Times> = sizes.iter().map(|size| measure(*size)).collect();
    for (size, times) in sizes.iter().zip(&measured) {
        tell(*size, times);
    }
    for (index, (part, _)) in measured[0].iter().enumerate() {
        let points = sizes.iter().zip(&measured);
        let points = points.map(|(size, times)| ((*size as f64).ln(), times[index].1.ln()));
        println!(
            "{part}: grows as n^{:.2}",
            slope(&points.collect::<Vec<_>>())
        );
    }
}

/// The slope of the line that fits these points best.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let both: f64 = points.iter().map(|one| (one.0 - x) * (one.1 - y)).sum();
    let own: f64 = points.iter().map(|one| (one.0 - x).powi(2)).sum();
    both / own
}

fn tell(networks: usize, times: &Times) {
    let times: Vec<String> = times
        .iter()
        .map(|(part, time)| format!("{part} {time:.3} s"))
        .collect();
    println!(
        "{networks} networks: {}; peak {} MiB",
        times.join(", "),
        peak()
    );
}

fn planned(networks: usize) -> Times {
    let topology = support::topology(networks, MEMBERS);
    let nothing = support::nothing(&topology);
    let mut steps = 0;
    let times = vec![
        ("check", seconds(|| topology.check().expect("it is sound"))),
        (
            "plan",
            seconds(|| steps = plan(&topology, &nothing).steps.len()),
        ),
        (
            "preflight",
            seconds(|| assert!(preflight(&topology, &nothing).passed())),
        ),
    ];
    println!("{networks} networks: {steps} steps");
    times
}

fn applied(networks: usize) -> Times {
    let topology = support::topology(networks, MEMBERS);
    let applied = support::applied(&topology);
    vec![
        (
            "plan of nothing",
            seconds(|| assert!(plan(&topology, &applied).is_empty())),
        ),
        (
            "plan of a destroy",
            seconds(|| assert!(!plan_destroy(&topology, &applied).is_empty())),
        ),
        (
            "verify",
            seconds(|| assert!(verify(&topology, &applied, Traffic::PING).passed())),
        ),
    ]
}

fn apply(networks: usize) -> Times {
    let topology = support::topology(networks, MEMBERS);
    let plan = plan(&topology, &support::nothing(&topology));
    let steps = plan.steps.len();
    let time = seconds(|| support::apply(&plan));
    let each = time / steps as f64 * 1e6;
    println!("{networks} networks: {steps} steps, {each:.1} microseconds each");
    vec![("apply", time)]
}

fn verified(networks: usize) -> Times {
    let topology = support::one_hub(networks);
    let applied = support::applied(&topology);
    let mut pairs = 0;
    let verify = || {
        let report = verify(&topology, &applied, Traffic::PING);
        assert!(report.passed());
        pairs = report.pairs.len();
    };
    let time = seconds(verify);
    println!("{networks} networks: {pairs} pairs");
    vec![("verify", time)]
}

/// The processor's time that some work takes.
fn seconds(work: impl FnOnce()) -> f64 {
    let before = processor();
    work();
    (processor() - before).max(0.000_001)
}

fn processor() -> f64 {
    let text = read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds = text
        .split_whitespace()
        .next()
        .and_then(|word| word.parse::<f64>().ok());
    nanoseconds.unwrap_or_default() / 1e9
}

fn peak() -> u64 {
    let text = read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.unwrap_or_default() / 1024
}
