//! What a whole call costs its thread: a list of networks through the client, and the same bytes through a bare `reqwest`.
//! A server on loopback answers both over kept connections.
//!
//! `cargo bench -p landbridge-aliyun --bench call`

mod support;
#[path = "support/typed.rs"]
mod typed;
#[path = "support/wire.rs"]
mod wire;

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use futures_util::future::LocalBoxFuture;
use futures_util::{StreamExt, stream};
use tokio::runtime::{Builder, Runtime};

use support::cost;
use wire::{Bare, cloud, records, server, value};

const TASKS: [usize; 3] = [1, 16, 64];

// All on this thread: what is measured is the work of a call, not a scheduler.
fn run<'a>(
    runtime: &Runtime,
    times: u64,
    tasks: usize,
    call: impl Fn() -> LocalBoxFuture<'a, ()>,
) -> Duration {
    let calls = stream::iter(0..times).map(|_| call());
    let all = calls.buffer_unordered(tasks).for_each(async |()| {});
    cost(|| runtime.block_on(all))
}

fn calling(criterion: &mut Criterion) {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let address = server();
    let (cloud, bare) = (cloud(&address), Bare::new(&address));
    for kind in ["records", "values"] {
        let mut group = criterion.benchmark_group(format!("call for {kind}"));
        for tasks in TASKS {
            group.bench_function(BenchmarkId::new("bare", tasks), |bench| {
                bench.iter_custom(|times| match kind {
                    "records" => run(&runtime, times, tasks, || Box::pin(bare.records())),
                    _ => run(&runtime, times, tasks, || Box::pin(bare.value())),
                });
            });
            if kind == "records" {
                group.bench_function(BenchmarkId::new("bare, read by us", tasks), |bench| {
                    bench
                        .iter_custom(|times| run(&runtime, times, tasks, || Box::pin(bare.read())));
                });
            }
            group.bench_function(BenchmarkId::new("ours", tasks), |bench| {
                bench.iter_custom(|times| match kind {
                    "records" => run(&runtime, times, tasks, || Box::pin(records(&cloud))),
                    _ => run(&runtime, times, tasks, || Box::pin(value(&cloud))),
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, calling);
criterion_main!(benches);
