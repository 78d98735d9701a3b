//! What reading an answer costs: into records of Landbridge, and with serde's derived code into records of one's own.
//!
//! `cargo bench -p landbridge-aliyun --bench parse`

mod support;
#[path = "support/typed.rs"]
mod typed;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use landbridge_aliyun::bench_support::networks;
use support::{cost, vpcs};

fn parsing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("answer of DescribeVpcs");
    for count in [1, 10, 50, 500] {
        let answer = vpcs(count);
        group.throughput(Throughput::Bytes(answer.len() as u64));
        group.bench_with_input(
            BenchmarkId::new("derived", count),
            &answer,
            |bench, answer| {
                bench.iter_custom(|times| {
                    cost(|| {
                        for _ in 0..times {
                            assert_eq!(typed::records(black_box(answer.as_bytes())).len(), count);
                        }
                    })
                });
            },
        );
        group.bench_with_input(BenchmarkId::new("ours", count), &answer, |bench, answer| {
            bench.iter_custom(|times| {
                cost(|| {
                    for _ in 0..times {
                        let read = networks(black_box(answer)).expect("reads");
                        assert_eq!(read.len(), count);
                    }
                })
            });
        });
    }
    group.finish();
}

criterion_group!(benches, parsing);
criterion_main!(benches);
