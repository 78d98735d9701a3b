//! Every backend against the promises of the traits, on simulated clouds.

mod aliyun;
#[cfg(feature = "aws")]
mod aws;
#[cfg(feature = "aws")]
mod moto;
#[cfg(feature = "aws")]
#[path = "../support/moto.rs"]
#[allow(dead_code, reason = "scripts are run elsewhere")]
mod moto_server;
#[cfg(feature = "aws")]
#[path = "../support/python.rs"]
#[allow(dead_code, reason = "scripts are run elsewhere")]
mod python;
#[path = "../support/virtual_time.rs"]
mod virtual_time;

use landbridge_core::conformance::{Subject, Verdict, run_all};
use landbridge_sim::Simulator;

/// Examines a backend on a simulator: every promise is kept, and nothing is left that was not there before.
async fn keeps_every_promise(kind: &str, simulator: &Simulator, subject: Subject) {
    let alive = || {
        let entries = simulator.alive().into_iter();
        let entry =
            |one: landbridge_sim::LedgerEntry| format!("{} {} {}", one.account, one.kind, one.id);
        entries.map(entry).collect::<Vec<_>>()
    };
    let before = alive();
    let calls = simulator.clone();
    let succeeded = move || {
        let is_write = |call: &landbridge_sim::Call| call.write && call.code.is_none();
        calls.calls().iter().filter(|call| is_write(call)).count()
    };
    let report = run_all(&subject.with_write_counter(succeeded)).await;
    println!("conformance {kind}: {}", report.summary());
    // What is not examined is named, so that nobody takes it for kept.
    for finding in &report.findings {
        if let Verdict::NotOffered(why) = &finding.verdict {
            println!("conformance {kind}: not offered: {}: {why}", finding.check);
        }
    }
    assert!(report.passed(), "{report}");
    assert_eq!(alive(), before);
}
