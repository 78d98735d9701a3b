//! The parts that ask no cloud, at three sizes each: `cargo bench -p landbridge-core --bench pure`.

mod support;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use landbridge_core::plan::{plan, plan_destroy};
use landbridge_core::preflight::preflight;
use landbridge_core::verify::{Traffic, verify};

/// Networks, without anything that exists and with everything applied.
const PLANNED: [usize; 3] = [250, 500, 1000];
const APPLIED: [usize; 3] = [25, 50, 100];
/// Networks in each hub.
const MEMBERS: usize = 10;

fn planned(criterion: &mut Criterion) {
    for networks in PLANNED {
        let topology = support::topology(networks, MEMBERS);
        let nothing = support::nothing(&topology);
        let mut bench = |part: &str, work: &mut dyn FnMut()| {
            let name = format!("{part} of {networks} networks");
            criterion.bench_function(&name, |bencher| bencher.iter(&mut *work));
        };
        bench("check", &mut || topology.check().expect("it is sound"));
        bench("preflight", &mut || {
            black_box(preflight(&topology, &nothing));
        });
        bench("plan", &mut || {
            black_box(plan(&topology, &nothing));
        });
    }
}

fn applied(criterion: &mut Criterion) {
    for networks in APPLIED {
        let topology = support::topology(networks, MEMBERS);
        let applied = support::applied(&topology);
        let mut bench = |part: &str, work: &mut dyn FnMut()| {
            let name = format!("{part} of {networks} networks");
            criterion.bench_function(&name, |bencher| bencher.iter(&mut *work));
        };
        bench("empty plan", &mut || {
            black_box(plan(&topology, &applied));
        });
        bench("destroy plan", &mut || {
            black_box(plan_destroy(&topology, &applied));
        });
        bench("verify", &mut || {
            black_box(verify(&topology, &applied, Traffic::PING));
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = planned, applied
}
criterion_main!(benches);
