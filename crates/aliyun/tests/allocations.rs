//! What a call takes from the memory allocator. Time depends on the machine; this does not, and most of the time of a call that
//! is not the cloud's goes there.

#[path = "../benches/support/mod.rs"]
mod support;
#[path = "../benches/support/typed.rs"]
mod typed;
#[path = "../benches/support/wire.rs"]
mod wire;

use allocation_counter::measure;
use landbridge_aliyun::bench_support::networks;
use support::{NONCE, PARAMS, prepared, vpcs};
use tokio::runtime::{Builder, Runtime};
use wire::{Bare, cloud, records, server};

/// How often something is done that is counted, so that what happens now and then (a buffer that grows, a timer's slot)
/// counts little.
const TIMES: u64 = 50;

fn each(runtime: &Runtime, call: impl AsyncFn()) -> u64 {
    let calls = async |times| {
        for _ in 0..times {
            call().await;
        }
    };
    runtime.block_on(calls(5));
    measure(|| runtime.block_on(calls(TIMES))).count_total / TIMES
}

#[test]
fn a_call_takes_little_more_than_its_http_and_its_records() {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let address = server();
    let (cloud, bare) = (cloud(&address), Bare::new(&address));
    let (ours, bare) = (
        each(&runtime, async || records(&cloud).await),
        each(&runtime, async || bare.records().await),
    );
    println!("allocations: {ours} a call, {bare} with a bare client");
    assert!(
        ours <= bare + 60,
        "{ours} allocations, and {bare} with a bare client"
    );
}

#[test]
fn reading_an_answer_copies_none_of_the_texts_that_are_not_kept() {
    let allocations = |count| {
        let answer = vpcs(count);
        measure(|| assert_eq!(networks(&answer).expect("reads").len(), count)).count_total
    };
    // What a record keeps, seven texts and its ranges, and while it is read its ranges and its tags in order.
    let (few, many) = (allocations(10), allocations(510));
    assert!((many - few).div_ceil(500) <= 12, "{few}, {many}");
}

#[test]
fn signing_a_request_takes_its_body_its_headers_and_one_canonical_text() {
    let request = prepared("http://127.0.0.1:8080", "DescribeVpcs", PARAMS);
    let now = std::time::SystemTime::UNIX_EPOCH;
    let count = measure(|| drop(request.signed(now, NONCE).expect("signs"))).count_total;
    assert!(count <= 16, "{count} allocations");
}
