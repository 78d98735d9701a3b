//! Whatever befalls any single write of an apply or a destroy, running again gives the undisturbed end state.
//!
//! The test command strikes one write of each operation in one way, and of the largest topology a few; `LANDBRIDGE_EXHAUSTIVE=1` strikes them all.

use std::time::Instant;

use landbridge_sim::{Call, FaultEffect, FaultId, FaultRule, Simulator};

use crate::cases::{conclude, struck};
use crate::ground::{Entry, Ground, Phase};
use crate::scenarios::{ALIYUN_PEERING, AWS_PEERING, CEN, MIXED, ROUTER, Scenario};

/// What befalls a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blow {
    /// It is refused and has no effect.
    Refused,
    /// It has its effect, and a failure of the server is answered.
    FailedTooLate,
    /// It has its effect; the connection ends before the answer.
    AnswerLost,
    /// The connection ends before the call has any effect.
    Reset,
    /// The session of its caller has ended.
    SessionEnded,
    /// It has its effect; the program ends before the answer, with all that it has under way.
    Killed,
}

const BLOWS: [Blow; 6] = [
    Blow::Refused,
    Blow::FailedTooLate,
    Blow::AnswerLost,
    Blow::Reset,
    Blow::SessionEnded,
    Blow::Killed,
];

impl Blow {
    /// What the simulator does to the call.
    fn effect(self, call: &Call) -> FaultEffect {
        let is_aws = matches!(call.product.as_str(), "ec2" | "iam" | "sts");
        match self {
            Self::Refused => FaultEffect::ErrorBefore {
                status: 403,
                code: if is_aws {
                    "UnauthorizedOperation"
                } else {
                    "Forbidden.RAM"
                }
                .to_owned(),
            },
            Self::FailedTooLate => FaultEffect::ErrorAfter {
                status: 500,
                code: "InternalError".to_owned(),
            },
            Self::AnswerLost | Self::Killed => FaultEffect::DropAfter,
            Self::Reset => FaultEffect::DropBefore,
            Self::SessionEnded => FaultEffect::ExpireSession,
        }
    }

    /// Whether the run that it befalls ends well all the same.
    fn is_survived(self) -> bool {
        !matches!(self, Self::Refused | Self::Killed)
    }

    fn entry(self) -> Entry {
        match self {
            Self::SessionEnded => Entry::Role,
            _ => Entry::Keys,
        }
    }
}

/// Ends when the rule has hit a call.
async fn hit(simulator: &Simulator, rule: FaultId) {
    while simulator.fault_hits(rule) == 0 {
        tokio::task::yield_now().await;
    }
}

async fn run_struck(
    ground: &Ground,
    phase: Phase,
    blow: Blow,
    n: usize,
    call: &Call,
) -> Result<(), String> {
    let plan = ground.plan(phase).await?;
    let simulator = &ground.simulator;
    let nth = n as u64 + 1;
    let write = |effect| FaultRule::new(effect).write(true);
    let rule = simulator.add_fault(write(blow.effect(call)).nth(nth));
    let outcome = if blow == Blow::Killed {
        let dead = write(FaultEffect::DropBefore).nth(nth + 1);
        simulator.add_fault(dead.times(u64::MAX));
        let outcome = tokio::select! {
            biased;
            () = hit(simulator, rule) => Ok(()),
            ended = ground.apply(&plan) => Err(format!("it ended before the write: {ended:?}")),
        };
        // What the program had sent by then arrives, and finds nothing that answers.
        for _ in 0..256 {
            tokio::task::yield_now().await;
        }
        outcome
    } else {
        match (ground.apply(&plan).await, blow.is_survived()) {
            (Ok(()), true) | (Err(_), false) => Ok(()),
            (Err(error), true) => Err(format!("the run did not settle it: {error}")),
            (Ok(()), false) => Err("the run claims success".to_owned()),
        }
    };
    let hits = simulator.fault_hits(rule);
    simulator.clear_faults();
    match hits {
        1 => outcome,
        _ => Err(format!("the blow struck {hits} calls")),
    }
}

async fn judge(
    scenario: &Scenario,
    phase: Phase,
    (blow, n): (Blow, usize),
    call: &Call,
    wanted: &[String],
) -> Result<(), String> {
    let ground = Ground::start(scenario, blow.entry()).await;
    if phase == Phase::Destroy {
        ground.run(Phase::Apply).await?;
    }
    run_struck(&ground, phase, blow, n, call).await?;
    if phase == Phase::Apply {
        ground.is_complete(wanted).await?;
    }
    ground.is_gone().await
}

/// The writes of an undisturbed apply and destroy, and what there was between them.
async fn undisturbed(scenario: &Scenario) -> ([Vec<Call>; 2], Vec<String>) {
    let ground = Ground::start(scenario, Entry::Keys).await;
    ground.run(Phase::Apply).await.expect("undisturbed");
    let wanted = ground.inventory();
    let mut applied = ground.writes();
    ground.is_gone().await.expect("undisturbed");
    let mut all = ground.writes();
    let destroyed = all.split_off(applied.len());
    applied.truncate(all.len());
    ([applied, destroyed], wanted)
}

/// Strikes the writes of a scenario's whole life, one in each world.
async fn strike(scenario: Scenario) {
    let started = Instant::now();
    let ([applied, destroyed], wanted) = undisturbed(&scenario).await;
    let (mut count, mut failures) = (0, Vec::new());
    for (phase, calls) in [(Phase::Apply, &applied), (Phase::Destroy, &destroyed)] {
        let actions: Vec<String> = calls.iter().map(|call| call.action.clone()).collect();
        for (number, blow) in BLOWS.into_iter().enumerate() {
            for n in struck(&actions, number, scenario.sparse) {
                count += 1;
                let call = &calls[n];
                if let Err(failure) =
                    Box::pin(judge(&scenario, phase, (blow, n), call, &wanted)).await
                {
                    failures.push(format!("{phase:?} {blow:?} {n} {}: {failure}", call.action));
                }
            }
        }
    }
    let what = format!("every call index, simulator, {}", scenario.name);
    let writes = [applied.len(), destroyed.len()];
    conclude(&what, writes, count, &failures, started);
}

#[tokio::test]
async fn any_write_of_a_cen_of_two_accounts_may_go_wrong() {
    strike(CEN).await;
}

#[tokio::test]
async fn any_write_of_an_express_connect_router_may_go_wrong() {
    strike(ROUTER).await;
}

#[tokio::test]
async fn any_write_of_a_peering_on_alibaba_cloud_may_go_wrong() {
    strike(ALIYUN_PEERING).await;
}

#[tokio::test]
async fn any_write_of_a_peering_on_aws_may_go_wrong() {
    strike(AWS_PEERING).await;
}

#[tokio::test]
async fn any_write_of_twelve_networks_on_both_clouds_may_go_wrong() {
    strike(MIXED).await;
}
