//! What a verification saw, as one document: the JSON of `landbridge verify`, and the source of its page.

mod networks;
mod unchecked;

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::opinion::SecondOpinion;
use super::probed::Probed;
use super::report::{PairVerdict, Verdict, VerifyReport};
use super::traffic::Traffic;
use crate::format::FormatVersion;
use crate::ids::{AccountId, CloudName, Region};
use crate::observation::Observation;
use crate::picture::{Picture, Words};
use crate::plan::Found;
use crate::preflight::Finding;
use crate::topology::{Holder, Topology};

pub use networks::{VerifiedEnd, VerifiedNetwork};
pub use unchecked::NotChecked;

/// So many pairs are told with their ways. A document for people has no use for more.
const MOST_TOLD: usize = 5000;
/// Above so many networks there is no matrix.
const MOST_NETWORKS: usize = 100;

/// A verification as a document for people and programs: over what, when, by which program, and the verdicts.
///
/// The same input gives the same bytes. A [`Page`](crate::page::Page) shows it to people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VerifyDocument {
    /// The version of its JSON document.
    pub format: FormatVersion<1>,
    /// The name of the topology.
    pub topology: String,
    /// When the verification ended.
    #[serde(with = "crate::journal::rfc3339")]
    pub at: SystemTime,
    /// The program that verified, and its version.
    pub program: String,
    /// How it ended, in a sentence.
    pub summary: String,
    /// The traffic that the verdicts are about. Default, as in older documents: pings.
    #[serde(default)]
    pub traffic: Traffic,
    /// The accounts and regions that were read.
    pub accounts: Vec<VerifiedAccount>,
    /// How many ordered pairs there are of each kind.
    pub counts: Counts,
    /// The networks and border routers, and the ends of pairs in them.
    pub networks: Vec<VerifiedNetwork>,
    /// The ordered pairs of networks: how many pairs of ends there are between them. Empty for more than 100 networks.
    #[serde(default)]
    pub matrix: Vec<Between>,
    /// The ordered pairs of networks that the topology joins and of which no pair of ends was checked.
    #[serde(default)]
    pub not_checked: Vec<NotChecked>,
    /// The verdicts with their ways: those that are blocked first, then those that are undecided; at most 5,000.
    pub verdicts: Vec<PairVerdict>,
    /// What else was seen.
    #[serde(default)]
    pub findings: Vec<VerifiedFinding>,
    /// What the clouds' own analysers say, if they were asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_opinion: Option<SecondOpinion>,
    /// What the clouds call things.
    #[serde(default, skip)]
    words: BTreeMap<CloudName, Words>,
    #[serde(default, skip)]
    picture: Option<Box<Picture>>,
}

/// An account over which was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VerifiedAccount {
    /// Its name in the topology.
    pub name: String,
    /// The cloud.
    pub cloud: CloudName,
    /// Its ID.
    pub id: AccountId,
    /// The regions of the topology in it.
    pub regions: Vec<Region>,
    /// Who read it, as the cloud names the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// Whether another holds its keys, so that nothing in it was read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held_by_other: bool,
}

/// How many ordered pairs there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Counts {
    /// All pairs of ends.
    pub pairs: usize,
    /// Those that are reachable by configuration, whatever probes did.
    pub by_configuration: usize,
    /// Those of which every ping, or the connection, was answered.
    pub answered: usize,
    /// Those that are blocked: by configuration, or because probes have no answer.
    pub blocked: usize,
    /// Those that nobody can judge.
    pub undecided: usize,
    /// Ordered pairs of networks that the topology joins and of which no pair of ends was checked.
    pub not_checked: usize,
}

/// The pairs of ends from one network to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Between {
    /// The network of the sources.
    pub from: String,
    /// The network of the destinations.
    pub to: String,
    /// How many pairs there are of each kind.
    #[serde(flatten)]
    pub counts: Counts,
}

/// What else a verification saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VerifiedFinding {
    /// How bad it is.
    pub severity: String,
    /// Its code.
    pub code: String,
    /// What it is about.
    pub subject: String,
    /// What was seen.
    pub message: String,
    /// What to do; empty for nothing.
    pub remedy: String,
}

impl From<&Finding> for VerifiedFinding {
    fn from(finding: &Finding) -> Self {
        Self {
            severity: finding.severity.as_str().to_owned(),
            code: finding.code.to_owned(),
            subject: finding.subject.clone(),
            message: finding.message.clone(),
            remedy: finding.remedy.clone(),
        }
    }
}

impl Counts {
    fn add(&mut self, pair: Judged) {
        self.pairs += 1;
        self.by_configuration += usize::from(pair.by_configuration);
        self.answered += usize::from(pair.answered);
        self.blocked += usize::from(pair.verdict == Verdict::Blocked);
        self.undecided += usize::from(pair.verdict == Verdict::Undecided);
    }

    /// How many are reachable, by configuration or as pings have shown.
    pub fn reachable(&self) -> usize {
        self.pairs.saturating_sub(self.blocked + self.undecided)
    }
}

/// What is known of a pair without its way.
#[derive(Clone, Copy)]
struct Judged {
    verdict: Verdict,
    by_configuration: bool,
    answered: bool,
}

impl VerifyDocument {
    /// What a report says about a topology, seen at a time.
    pub fn new(
        topology: &Topology,
        observation: &Observation,
        report: &VerifyReport,
        at: SystemTime,
    ) -> Self {
        let found = Found::objects(topology, observation);
        let networks = networks::networks(topology, &found, report);
        let (mut counts, between) = counted(report);
        let not_checked = unchecked::not_checked(topology, &between);
        counts.not_checked = not_checked.len();
        let between = between.into_iter();
        let matrix = between.map(|((from, to), counts)| Between {
            from: from.to_owned(),
            to: to.to_owned(),
            counts,
        });
        Self {
            format: FormatVersion,
            topology: topology.name.clone(),
            at,
            program: "landbridge".to_owned(),
            summary: report.summary().to_string(),
            traffic: report.traffic,
            accounts: VerifiedAccount::all(topology, observation),
            counts,
            matrix: match networks.len() {
                0..=MOST_NETWORKS => matrix.collect(),
                _ => Vec::new(),
            },
            networks,
            not_checked,
            verdicts: told(report),
            findings: report.findings.iter().map(VerifiedFinding::from).collect(),
            second_opinion: report.second_opinion.clone(),
            words: BTreeMap::new(),
            picture: None,
        }
    }

    /// Sets the name and version of the program that verified.
    #[must_use]
    pub fn with_program(mut self, program: impl Into<String>) -> Self {
        self.program = program.into();
        self
    }

    /// Adds the picture of the verdict to the page, and the words in it.
    #[must_use]
    pub fn with_picture(mut self, picture: Picture) -> Self {
        self.words = picture.words.clone();
        self.picture = Some(Box::new(picture));
        self
    }

    /// How many pairs are counted and not told with their ways.
    pub fn untold(&self) -> usize {
        self.counts.pairs.saturating_sub(self.verdicts.len())
    }

    pub(crate) fn picture(&self) -> Option<&Picture> {
        self.picture.as_deref()
    }

    pub(crate) fn cloud_word(&self, cloud: &CloudName) -> String {
        let words = self.words.get(cloud);
        words.map_or_else(|| cloud.to_string(), |words| words.cloud.clone())
    }
}

impl VerifiedAccount {
    /// The accounts of a topology, and who read them.
    pub fn all(topology: &Topology, observation: &Observation) -> Vec<Self> {
        let places = topology.places();
        let accounts = topology.accounts.iter().map(|account| {
            let here = places
                .iter()
                .filter(|place| place.account == account.id && place.cloud == account.cloud);
            let mut inventories = observation.of_account(&account.id);
            let caller = inventories.next().map(|one| one.identity.arn.clone());
            Self {
                name: account.name.clone(),
                cloud: account.cloud.clone(),
                id: account.id.clone(),
                regions: here.map(|place| place.region.clone()).collect(),
                caller: caller.filter(|caller| !caller.is_empty()),
                held_by_other: account.held_by == Holder::Other,
            }
        });
        accounts.collect()
    }
}

/// Pairs of ends by the networks that they are in.
type ByNetworks<'r> = BTreeMap<(&'r str, &'r str), Counts>;

fn counted(report: &VerifyReport) -> (Counts, ByNetworks<'_>) {
    let mut all = Counts::default();
    let mut between = ByNetworks::new();
    for (index, verdict) in report.pairs.verdicts().enumerate() {
        let judged = match report.pairs.probed(index) {
            Some(pair) => Judged {
                verdict,
                by_configuration: pair.path.verdict() == Verdict::Reachable,
                answered: pair.probed() == Some(Probed::Answered),
            },
            None => Judged {
                verdict,
                by_configuration: verdict == Verdict::Reachable,
                answered: false,
            },
        };
        all.add(judged);
        if let Some(networks) = report.pairs.networks(index) {
            between.entry(networks).or_default().add(judged);
        }
    }
    (all, between)
}

// What needs a person first: what is blocked, then what is undecided.
fn told(report: &VerifyReport) -> Vec<PairVerdict> {
    let rank = |verdict: Verdict| match verdict {
        Verdict::Blocked => 0,
        Verdict::Undecided => 1,
        Verdict::Reachable => 2,
    };
    let mut order: Vec<(u8, usize)> = (report.pairs.verdicts().enumerate())
        .map(|(index, verdict)| (rank(verdict), index))
        .collect();
    order.sort_unstable();
    order.truncate(MOST_TOLD);
    let pairs = order.into_iter();
    let pairs = pairs.filter_map(|(_, index)| report.pairs.get(index));
    pairs.cloned().collect()
}
