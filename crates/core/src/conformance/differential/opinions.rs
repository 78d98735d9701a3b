//! What else is said of the same pairs: by packets that the instances send, and by the cloud's own analyser.

use super::ground::Ground;
use super::tally::{Claim, Tally};
use crate::error::Result;
use crate::observation::Observation;
use crate::topology::Topology;
use crate::traits::{InstanceRecord, OracleVerdict};
use crate::verify::{Agreement, PairVerdict, Probed, Traffic, Verdict, questions};

/// What instances can send, and analysers can be asked.
const TRAFFICS: [Traffic; 2] = [Traffic::PING, Traffic::tcp(22)];

/// Has every pair of instances verified as a user has, with probes and a second opinion, and compares both with the data
/// plane and with the verdict.
///
/// # Errors
/// Those of the verification and of the second opinion.
pub(super) async fn compare(
    ground: &dyn Ground,
    topology: &Topology,
    observation: &Observation,
    tally: &mut Tally,
) -> Result<()> {
    let engine = ground.engine();
    for traffic in TRAFFICS {
        let report = engine
            .verify_traffic(topology, observation, traffic)
            .await?;
        for pair in &report.pairs {
            probe(ground, observation, traffic, pair, tally).await;
        }
        let asked = questions(topology, observation, &report, traffic);
        let second = engine.second_opinion(observation, &asked).await?;
        for left in &second.left {
            tally.wrong(format!("an analysis is left: {left:?}"));
        }
        for opinion in &second.opinions {
            let says = match (&opinion.answer.verdict, opinion.asked.is_some()) {
                (_, false) | (OracleVerdict::CannotTell { .. }, _) => None,
                (verdict, _) => Some(*verdict == OracleVerdict::Reachable),
            };
            tally.claim(Claim::Analyser, says);
            if opinion.agreement == Agreement::Disagrees {
                tally.wrong(format!("{traffic}: the analyser disagrees: {opinion:#?}"));
            }
        }
    }
    Ok(())
}

async fn probe(
    ground: &dyn Ground,
    observation: &Observation,
    traffic: Traffic,
    pair: &PairVerdict,
    tally: &mut Tally,
) {
    let says = match pair.probed() {
        None | Some(Probed::NotSent) => None,
        Some(probed) => Some(probed == Probed::Answered),
    };
    tally.claim(Claim::Probe, says);
    let (Some(answered), Some(source)) = (says, sender(observation, pair)) else {
        return;
    };
    let delivered = ground
        .delivers(source, pair.destination_address, traffic)
        .await;
    let verdict = match pair.path.verdict() {
        Verdict::Reachable => answered,
        Verdict::Blocked => !answered,
        Verdict::Undecided => true,
    };
    if delivered != answered || !verdict {
        tally.wrong(format!(
            "{traffic}: the data plane delivers: {delivered}; probe and verdict say: {pair:#?}"
        ));
    }
}

fn sender<'o>(observation: &'o Observation, pair: &PairVerdict) -> Option<&'o InstanceRecord> {
    let here =
        (observation.inventories.iter()).find(|inventory| inventory.place == pair.source_place)?;
    (here.instances.iter()).find(|one| one.address == Some(pair.source_address))
}
