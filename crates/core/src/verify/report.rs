//! Verdicts, and how they print.

use std::fmt;
use std::net::IpAddr;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::opinion::SecondOpinion;
use super::pairs::Pairs;
use super::probed::{ConnectionResult, PingResult, Probed};
use super::traffic::{ProbeMethod, Traffic};
use crate::format::FormatVersion;
use crate::ids::Place;
use crate::preflight::Finding;

/// One element a packet passes. `Display` says it in one clause.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct Hop {
    /// Its ID.
    pub element: String,
    /// What it is and whose, such as `route table of network vpc1`.
    #[serde(default)]
    pub name: String,
    /// What it does with the packet, such as `sends 10.0.0.0/16 to pcx-1`.
    pub action: String,
}

impl Hop {
    /// An element, what it is, and what it does with the packet.
    pub fn new(name: impl Into<String>, element: impl ToString, action: impl Into<String>) -> Self {
        Self {
            element: element.to_string(),
            name: name.into(),
            action: action.into(),
        }
    }
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            element,
            name,
            action,
        } = self;
        match name.is_empty() {
            true => write!(f, "{element} {action}"),
            false => write!(f, "{name} ({element}) {action}"),
        }
    }
}

/// The element that stops a packet, or that leaves open whether it passes.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct Reason {
    /// What it is, by key or id.
    pub element: String,
    /// Why the packet does not pass, or why nobody can tell.
    pub cause: String,
    /// What to do.
    pub remedy: String,
    /// Whether it is about the answer.
    pub on_return: bool,
}

impl Reason {
    pub(super) fn new(
        element: impl Into<String>,
        cause: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            element: element.into(),
            cause: cause.into(),
            remedy: remedy.into(),
            on_return: false,
        }
    }
}

/// Whether packets get from one end to the other and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Verdict {
    /// They do.
    Reachable,
    /// They do not.
    Blocked,
    /// Nobody can tell: something on the way is not understood.
    Undecided,
}

/// The way of a packet from one end to the other, as far as it gets.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct Path {
    /// The elements passed on the way there.
    pub there: Vec<Hop>,
    /// The elements passed on the way back.
    pub back: Vec<Hop>,
    /// What stops it, if anything does.
    pub blocked: Option<Reason>,
    /// What leaves open whether it passes, if nothing stops it for certain.
    pub undecided: Option<Reason>,
}

impl Path {
    /// What the configuration says about a packet on this way.
    pub fn verdict(&self) -> Verdict {
        match (&self.blocked, &self.undecided) {
            (Some(_), _) => Verdict::Blocked,
            (None, Some(_)) => Verdict::Undecided,
            (None, None) => Verdict::Reachable,
        }
    }
}

/// Why a pair is not reachable, or why nobody can tell; [`PairVerdict::explained`] gives it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub struct Explained {
    /// What happens to packets and where.
    pub cause: String,
    /// What to do.
    pub remedy: String,
}

/// The verdict on one ordered pair.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[non_exhaustive]
pub struct PairVerdict {
    /// The name of the source.
    pub source: String,
    /// The name of the destination.
    pub destination: String,
    /// The name of the network that the source is in.
    pub source_network: String,
    /// The name of the network that the destination is in; of what is behind a private line, the border router's.
    pub destination_network: String,
    /// The source's address.
    pub source_address: IpAddr,
    /// The destination's address.
    pub destination_address: IpAddr,
    /// The source's place.
    pub source_place: Place,
    /// The destination's place.
    pub destination_place: Place,
    /// The static path.
    pub path: Path,
    /// Whether the source can send pings, and something at the destination is known to answer them.
    pub pingable: bool,
    /// The pings, if any were asked for.
    pub ping: Option<PingResult>,
    /// The traffic that the verdict is about. Default, as in older documents: pings.
    #[serde(default)]
    pub traffic: Traffic,
    /// The attempts to open a connection, if any were asked for.
    #[serde(default)]
    pub connection: Option<ConnectionResult>,
}

impl PairVerdict {
    /// What the probe says, if the pair was probed: pings or a connection.
    pub fn probed(&self) -> Option<Probed> {
        Probed::of(self.ping.as_ref(), self.connection.as_ref())
    }

    /// What the probe did, in one clause.
    pub fn probe(&self) -> Option<&dyn fmt::Display> {
        let ping = self.ping.as_ref().map(|ping| ping as &dyn fmt::Display);
        let connection = self.connection.as_ref();
        ping.or_else(|| connection.map(|connection| connection as &dyn fmt::Display))
    }

    /// Whether packets get there and back. A probe has the last word: answered, packets get there whatever the configuration
    /// says; lost on a way that the configuration leaves open, something stops them; not sent, nobody can tell.
    pub fn verdict(&self) -> Verdict {
        match self.probed() {
            Some(Probed::Answered) => Verdict::Reachable,
            Some(probed) if self.path.verdict() == Verdict::Reachable => match probed {
                Probed::NotSent => Verdict::Undecided,
                _ => Verdict::Blocked,
            },
            _ => self.path.verdict(),
        }
    }

    /// Whether the path is open, and probes, where some were sent, were answered.
    pub fn reachable(&self) -> bool {
        self.verdict() == Verdict::Reachable
    }

    // Says no more than was seen: what the configuration lets pass, or what arrived.
    fn words(&self) -> &'static str {
        match (self.probed(), self.path.verdict()) {
            (Some(Probed::Answered), _) => "reachable",
            (_, Verdict::Blocked) => "BLOCKED",
            (_, Verdict::Undecided) => "UNDECIDED",
            (None, Verdict::Reachable) => "reachable by configuration",
            (Some(Probed::NotSent), Verdict::Reachable) if self.ping.is_some() => "NOT PINGED",
            (Some(Probed::NotSent), Verdict::Reachable) => "NOT PROBED",
            (Some(Probed::Lost), Verdict::Reachable) if self.ping.is_some() => "PINGS LOST",
            (Some(Probed::Lost), Verdict::Reachable) => "NO ANSWER",
        }
    }

    /// What the configuration says, what the probe did, and whether they agree, in one clause.
    pub fn seen(&self) -> String {
        match self.probe() {
            None => self.words().to_owned(),
            Some(probe) => format!("{}, {probe}", self.words()),
        }
    }

    /// What stops packets, or why nobody can tell: in one sentence, with what to do. None for a pair that is reachable as the
    /// configuration says.
    pub fn explained(&self) -> Option<Explained> {
        let (word, reason) = match (&self.path.blocked, &self.path.undecided) {
            (Some(reason), _) if self.reachable() => {
                let passed = match self.ping {
                    Some(_) => "pings pass, though the configuration stops them",
                    None => "an answer came, though the configuration stops packets",
                };
                (passed, reason)
            }
            (Some(reason), _) => ("stopped", reason),
            (None, Some(reason)) if !self.reachable() => ("cannot be told", reason),
            _ => return (!self.reachable()).then(|| self.lost()),
        };
        let way = if reason.on_return {
            " on the way back"
        } else {
            ""
        };
        Some(Explained {
            cause: format!("{word}{way} at {}: {}", reason.element, reason.cause),
            remedy: reason.remedy.clone(),
        })
    }

    fn lost(&self) -> Explained {
        let (cause, remedy) = match (self.probed(), &self.ping) {
            (Some(Probed::Lost), Some(_)) => (
                "the configuration lets packets pass, and pings are lost",
                "check the firewall in the instance; after a recent change, wait and verify again",
            ),
            (Some(Probed::Lost), None) => (
                "the configuration lets packets pass, and the connection has no answer",
                "check the firewall in the instance; after a recent change, wait and verify again",
            ),
            (_, Some(_)) => (
                "the configuration lets packets pass, and no ping could be sent",
                "mend what kept the ping from being sent, then verify again",
            ),
            (_, None) => (
                "the configuration lets packets pass, and no connection could be tried",
                "mend what kept the connection from being tried, then verify again",
            ),
        };
        Explained {
            cause: cause.to_owned(),
            remedy: remedy.to_owned(),
        }
    }

    fn write_ways(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return write!(f, "\n  via {}", elements(&self.path.there));
        }
        let ways = [("there", &self.path.there), ("back", &self.path.back)];
        for (way, hops) in ways {
            if hops.is_empty() {
                continue;
            }
            write!(f, "\n  {way}:")?;
            for (number, hop) in (1..).zip(hops) {
                write!(f, "\n  {number:>4}. {hop}")?;
            }
        }
        Ok(())
    }
}

impl Serialize for PairVerdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("PairVerdict", 14)?;
        fields.serialize_field("source", &self.source)?;
        fields.serialize_field("destination", &self.destination)?;
        fields.serialize_field("verdict", &self.verdict())?;
        fields.serialize_field("source_network", &self.source_network)?;
        fields.serialize_field("destination_network", &self.destination_network)?;
        fields.serialize_field("source_address", &self.source_address)?;
        fields.serialize_field("destination_address", &self.destination_address)?;
        fields.serialize_field("source_place", &self.source_place)?;
        fields.serialize_field("destination_place", &self.destination_place)?;
        fields.serialize_field("path", &self.path)?;
        fields.serialize_field("pingable", &self.pingable)?;
        fields.serialize_field("ping", &self.ping)?;
        fields.serialize_field("traffic", &self.traffic)?;
        match &self.connection {
            Some(connection) => fields.serialize_field("connection", connection)?,
            None => fields.skip_field("connection")?,
        }
        fields.end()
    }
}

fn elements(hops: &[Hop]) -> String {
    let elements: Vec<&str> = hops.iter().map(|hop| hop.element.as_str()).collect();
    elements.join(" > ")
}

/// With `#` it tells both ways hop by hop.
impl fmt::Display for PairVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} -> {} {}: {}",
            self.source,
            self.source_address,
            self.destination,
            self.destination_address,
            self.seen()
        )?;
        self.write_ways(f)?;
        match self.explained() {
            Some(Explained { cause, remedy }) => write!(f, "\n  {cause}\n  -> {remedy}"),
            None => Ok(()),
        }
    }
}

/// The verdicts on all ordered pairs.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct VerifyReport {
    /// The version of its JSON document.
    pub format: FormatVersion<1>,
    /// How many ordered pairs of networks, or of a network and a border router, the topology joins.
    pub wanted: usize,
    /// The traffic that the verdicts are about.
    pub traffic: Traffic,
    /// The verdicts.
    pub pairs: Pairs,
    /// What else was seen and is worth knowing, such as rules of others in groups of the topology. It changes no verdict.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What the clouds' own analysers say, if they were [asked](crate::engine::Engine::second_opinion). It changes no
    /// verdict; that it disagrees is a failure of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_opinion: Option<SecondOpinion>,
}

impl VerifyReport {
    pub(crate) fn new(wanted: usize, pairs: impl Into<Pairs>, traffic: Traffic) -> Self {
        Self {
            format: FormatVersion,
            wanted,
            traffic,
            pairs: pairs.into(),
            findings: Vec::new(),
            second_opinion: None,
        }
    }

    pub(crate) fn with_findings(mut self, findings: Vec<Finding>) -> Self {
        self.findings = findings;
        self
    }

    /// Adds what the clouds' own analysers say.
    #[must_use]
    pub fn with_second_opinion(mut self, second: SecondOpinion) -> Self {
        self.second_opinion = Some(second);
        self
    }

    /// How many pairs are reachable.
    pub fn reachable(&self) -> usize {
        self.count(Verdict::Reachable)
    }

    /// How many pairs nobody can judge.
    pub fn undecided(&self) -> usize {
        self.count(Verdict::Undecided)
    }

    fn count(&self, verdict: Verdict) -> usize {
        let verdicts = self.pairs.verdicts();
        verdicts.filter(|one| *one == verdict).count()
    }

    /// Whether a pair is blocked, none was checked though the topology joins networks, or a second opinion
    /// [failed](SecondOpinion::failed).
    pub fn failed(&self) -> bool {
        self.reachable() + self.undecided() < self.pairs.len()
            || (self.wanted > 0 && self.pairs.is_empty())
            || self
                .second_opinion
                .as_ref()
                .is_some_and(SecondOpinion::failed)
    }

    /// Whether a pair is undecided, or a second opinion that was asked for [is](SecondOpinion::is_undecided).
    pub fn is_undecided(&self) -> bool {
        let second = self.second_opinion.as_ref();
        self.undecided() > 0 || second.is_some_and(SecondOpinion::is_undecided)
    }

    /// Whether all pairs are reachable, there is a pair if the topology joins networks at all, and no second opinion
    /// [failed](SecondOpinion::failed).
    pub fn passed(&self) -> bool {
        self.reachable() == self.pairs.len()
            && (self.wanted == 0 || !self.pairs.is_empty())
            && !self
                .second_opinion
                .as_ref()
                .is_some_and(SecondOpinion::failed)
    }

    /// The report, or as an error if it has not [passed](Self::passed).
    ///
    /// # Errors
    /// The report itself. It prints every pair, with what blocks it.
    pub fn into_result(self) -> Result<Self, Box<Self>> {
        match self.passed() {
            true => Ok(self),
            false => Err(Box::new(self)),
        }
    }
}

impl std::error::Error for VerifyReport {}

impl VerifyReport {
    /// How many pairs are reachable, in a sentence: what the report begins with.
    pub fn summary(&self) -> impl fmt::Display {
        fmt::from_fn(|f| self.write_head(f))
    }

    fn write_head(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "verify: {} of {} ordered pairs reachable",
            self.reachable(),
            self.pairs.len()
        )?;
        if !self.pairs.is_empty() && !self.pairs.any_probed() {
            f.write_str(" by configuration")?;
        }
        if self.traffic.probe_method() != Some(ProbeMethod::Ping) {
            write!(f, " on {}", self.traffic)?;
        }
        if self.undecided() > 0 {
            write!(f, ", {} undecided", self.undecided())?;
        }
        if self.pairs.is_empty() && self.wanted > 0 {
            f.write_str(
                "\n  nothing was checked: declare subnets or instances in the joined networks",
            )?;
        }
        if self.traffic.probe_method().is_none() {
            write!(
                f,
                "\n  no packet was sent: instances probe icmp and tcp, not {}",
                self.traffic.protocol
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for VerifyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_head(f)?;
        self.pairs.each(|pair| write!(f, "\n{pair}"))?;
        for finding in &self.findings {
            write!(f, "\n{finding}")?;
        }
        match &self.second_opinion {
            Some(second) => write!(f, "\n{second}"),
            None => Ok(()),
        }
    }
}
