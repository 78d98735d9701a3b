//! What came out.

use std::fmt;

use super::ground::Placement;
use crate::verify::{PairVerdict, Traffic, Verdict};

/// The most mismatches that are told in full.
const TOLD: usize = 1;

/// Who else says something of a packet.
#[derive(Clone, Copy, Debug)]
pub(super) enum Claim {
    /// An instance that sent it.
    Probe,
    /// The cloud's analyser.
    Analyser,
}

/// What a voice other than the verifier's said, and how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Said {
    /// That packets arrive and answers come back.
    pub open: usize,
    /// That they do not.
    pub closed: usize,
    /// Nothing: no packet could be sent, or the analyser had no verdict.
    pub nothing: usize,
}

impl Said {
    fn and(self, other: Self) -> Self {
        Self {
            open: self.open + other.open,
            closed: self.closed + other.closed,
            nothing: self.nothing + other.nothing,
        }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            open,
            closed,
            nothing,
        } = self;
        write!(f, "{open} open, {closed} closed, {nothing} without a word")
    }
}

/// How many verdicts were compared, and which were wrong.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Tally {
    /// Worlds compared.
    pub worlds: usize,
    /// Packets sent, each compared with one verdict.
    pub packets: usize,
    /// Packets that arrived, and whose answer came back.
    pub delivered: usize,
    /// Verdicts that left the question open.
    pub undecided: usize,
    /// Objects of others that were placed.
    pub objects: usize,
    /// What packets of the instances themselves said.
    pub probes: Said,
    /// What the cloud's analyser said.
    pub analyses: Said,
    /// Verdicts that were wrong, in words; of each seed the first is told.
    pub mismatches: Vec<String>,
    /// How many verdicts were wrong.
    pub wrong: usize,
    seed: u64,
    scenery: Vec<Placement>,
}

impl Tally {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed,
            ..Self::default()
        }
    }

    pub(super) fn world(&mut self) {
        self.worlds += 1;
    }

    pub(super) fn placed(&mut self, placement: Placement) {
        self.objects += 1;
        self.scenery.push(placement);
    }

    pub(super) fn packet(&mut self, delivered: bool, verdict: Verdict) {
        self.packets += 1;
        self.delivered += usize::from(delivered);
        self.undecided += usize::from(verdict == Verdict::Undecided);
    }

    pub(super) fn claim(&mut self, by: Claim, says: Option<bool>) {
        let said = match by {
            Claim::Probe => &mut self.probes,
            Claim::Analyser => &mut self.analyses,
        };
        match says {
            Some(true) => said.open += 1,
            Some(false) => said.closed += 1,
            None => said.nothing += 1,
        }
    }

    /// Notes something else that was wrong.
    pub(super) fn wrong(&mut self, what: String) {
        self.wrong += 1;
        if self.mismatches.len() < TOLD {
            let (seed, worlds, placed) = (self.seed, self.worlds, self.placed_lines());
            let what = format!("seed {seed} world {worlds}: {what}\n  placed:{placed}");
            self.mismatches.push(what);
        }
    }

    /// Checks that both other voices were heard, and that each said both yes and no.
    ///
    /// # Panics
    /// If it is not so.
    pub fn check_voices(&self) {
        for said in [self.probes, self.analyses] {
            assert!(said.open > 0 && said.closed > 0, "{self}");
        }
    }

    fn placed_lines(&self) -> String {
        let placed = self.scenery.iter();
        placed.map(|one| format!("\n    {one:?}")).collect()
    }

    pub(super) fn mismatch(&mut self, traffic: Traffic, pair: &PairVerdict, delivered: bool) {
        let fate = if delivered { "arrives" } else { "is dropped" };
        self.wrong(format!(
            "{traffic} (from port {:?}) from {} ({}) to {} ({}) {fate}; the verdict says {:?}: {:#?}",
            traffic.source_port,
            pair.source,
            pair.source_address,
            pair.destination,
            pair.destination_address,
            pair.path.verdict(),
            pair.path,
        ));
    }

    /// Both together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.worlds += other.worlds;
        self.packets += other.packets;
        self.delivered += other.delivered;
        self.undecided += other.undecided;
        self.objects += other.objects;
        self.wrong += other.wrong;
        self.probes = self.probes.and(other.probes);
        self.analyses = self.analyses.and(other.analyses);
        self.mismatches.extend(other.mismatches);
        self
    }

    /// How many of a hundred verdicts left the question open.
    pub fn undecided_percent(&self) -> usize {
        (self.undecided * 100).div_ceil(self.packets.max(1))
    }

    /// Checks that no verdict was wrong, that no more than `undecided` of a hundred left the question open, and that the
    /// worlds were worth asking about: of the packets, more than a tenth arrived and more than a tenth did not.
    ///
    /// # Panics
    /// If it is not so. The message names the seeds.
    pub fn check(&self, undecided: usize) {
        assert!(
            self.mismatches.is_empty(),
            "{self}\n{}",
            self.mismatches.join("\n")
        );
        assert!(self.undecided_percent() <= undecided, "{self}");
        let tenth = self.packets / 10;
        let arrived = tenth..=self.packets - tenth;
        assert!(arrived.contains(&self.delivered), "{self}");
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} worlds, {} foreign objects, {} packets ({} delivered), {} mismatches, {} undecided ({} %); probes: {}; analyser: {}",
            self.worlds,
            self.objects,
            self.packets,
            self.delivered,
            self.wrong,
            self.undecided,
            self.undecided_percent(),
            self.probes,
            self.analyses
        )
    }
}
