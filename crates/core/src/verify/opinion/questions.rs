//! What to ask the analysers: only what they can answer.

use std::collections::BTreeMap;

use super::{Agreement, Opinion};
use crate::ids::{CloudName, InstanceId, Place};
use crate::object::ObjectKey;
use crate::observation::Observation;
use crate::plan::{At, Found};
use crate::topology::{FirewallRuleSpec, Topology};
use crate::traits::{
    Action, Direction, InstanceRecord, OracleAnswer, OracleReach, OracleVerdict, Protocol,
};
use crate::verify::{PairVerdict, Path, Traffic, VerifyReport, verify};

/// The port of a rule that opens all of them.
const SOME_PORT: u16 = 443;

/// One analysis to ask for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Question {
    /// The opinion as it is while there is no answer.
    pub opinion: Opinion,
    /// The instance that sends.
    pub source: InstanceId,
    /// The instance that receives.
    pub destination: InstanceId,
    /// The packet.
    pub traffic: Traffic,
    /// What the analyser can be asked.
    pub reach: OracleReach,
    /// Where the opinion stands among all.
    pub(crate) position: usize,
}

/// What to ask about a topology, and what no analyser can be asked.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Questions {
    /// The name of the topology.
    pub topology: String,
    /// The analyses, each of which may cost money.
    pub asked: Vec<Question>,
    /// All opinions, in the order of the pairs: those that no analyser can give are complete.
    pub opinions: Vec<Opinion>,
}

impl Questions {
    /// How many analyses there are in each place.
    pub fn by_place(&self) -> BTreeMap<&Place, usize> {
        let mut counts = BTreeMap::new();
        for question in &self.asked {
            *counts.entry(&question.opinion.place).or_insert(0) += 1;
        }
        counts
    }

    /// What the analysers of the places are called.
    pub fn sources(&self) -> BTreeMap<&CloudName, &str> {
        let asked = self.asked.iter();
        asked
            .map(|question| {
                let cloud = &question.opinion.place.cloud;
                (cloud, question.reach.source.as_str())
            })
            .collect()
    }
}

/// Which packets to ask the analysers about, for each ordered pair of a report with instances at both ends. `traffic` is the
/// packet under test; an analyser that does not take its protocol is asked about tcp to a port that a rule opens. Pure, and
/// contacts no cloud.
pub fn questions(
    topology: &Topology,
    observation: &Observation,
    report: &VerifyReport,
    traffic: Traffic,
) -> Questions {
    let mut asking = Asking {
        topology,
        observation,
        found: Found::objects(topology, observation),
        judged: Vec::new(),
        questions: Questions {
            topology: topology.name.clone(),
            ..Questions::default()
        },
    };
    // Pairs of subnets have nothing that an analyser could start from; their paths need not be told.
    for index in 0..report.pairs.len() {
        let ends = report.pairs.ends(index);
        let of_instances = ends.is_some_and(|(source, destination)| {
            asking.instance(source).is_some() && asking.instance(destination).is_some()
        });
        if !of_instances {
            continue;
        }
        if let Some(pair) = report.pairs.get(index) {
            asking.pair(index, pair, traffic);
        }
    }
    asking.questions
}

struct Asking<'a> {
    topology: &'a Topology,
    observation: &'a Observation,
    found: Found,
    /// The verdicts on other packets, by packet.
    judged: Vec<(Traffic, VerifyReport)>,
    questions: Questions,
}

/// An analysis that can be asked for.
struct Possible {
    source: InstanceId,
    destination: InstanceId,
    traffic: Traffic,
    reach: OracleReach,
}

impl Asking<'_> {
    fn instance(&self, name: &str) -> Option<&At<InstanceRecord>> {
        self.found.instances.get(&ObjectKey::instance(name))
    }

    // Pairs of subnets have nothing that an analyser could start from.
    fn pair(&mut self, index: usize, pair: &PairVerdict, traffic: Traffic) {
        let ends = (
            self.instance(&pair.source),
            self.instance(&pair.destination),
        );
        let (Some(_), Some(_)) = ends else {
            return;
        };
        let possible = self.possible(pair, traffic);
        let position = self.questions.opinions.len();
        let mut opinion = Opinion {
            source: pair.source.clone(),
            destination: pair.destination.clone(),
            source_address: pair.source_address,
            destination_address: pair.destination_address,
            place: pair.source_place.clone(),
            oracle: self.reach(pair).map(|reach| reach.source.clone()),
            asked: None,
            at: None,
            answer: OracleAnswer::new(OracleVerdict::cannot_tell("not asked")),
            configuration: None,
            ping: pair.ping.clone(),
            connection: pair.connection.clone(),
            agreement: Agreement::CannotTell,
        };
        match possible {
            Err(reason) => {
                opinion.answer = OracleAnswer::new(OracleVerdict::cannot_tell(reason));
            }
            Ok(possible) => {
                opinion.asked = Some(possible.traffic.to_string());
                opinion.configuration = self.path(index, possible.traffic);
                self.questions.asked.push(Question {
                    opinion: opinion.clone(),
                    source: possible.source,
                    destination: possible.destination,
                    traffic: possible.traffic,
                    reach: possible.reach,
                    position,
                });
            }
        }
        self.questions.opinions.push(opinion);
    }

    fn reach(&self, pair: &PairVerdict) -> Option<&OracleReach> {
        let cloud = &pair.source_place.cloud;
        self.observation.capabilities.get(cloud)?.oracle.as_ref()
    }

    fn possible(&self, pair: &PairVerdict, traffic: Traffic) -> Result<Possible, String> {
        let (from, to) = (&pair.source_place, &pair.destination_place);
        let reach = self
            .reach(pair)
            .ok_or_else(|| format!("Landbridge knows no analyser of cloud `{}`", from.cloud))?;
        let name = &reach.source;
        if from.cloud != to.cloud {
            return Err(format!("{name} does not look into another cloud"));
        }
        if from.account != to.account && !reach.cross_account {
            return Err(format!("{name} is asked inside one account only"));
        }
        if from.region != to.region && !reach.cross_region {
            return Err(format!("{name} looks inside one region only"));
        }
        if pair.destination_address.is_ipv6() && !reach.ipv6 {
            return Err(format!("{name} takes no IPv6 addresses"));
        }
        let (source, destination) = (
            self.instance(&pair.source),
            self.instance(&pair.destination),
        );
        let (Some(source), Some(destination)) = (source, destination) else {
            return Err("an instance was not found".to_owned());
        };
        let traffic = traffic.towards(&pair.destination_address);
        let traffic = match reach.protocols.contains(&traffic.protocol) {
            true => traffic,
            false => self.other_packet(reach, traffic, pair, destination)?,
        };
        Ok(Possible {
            source: source.record.id.clone(),
            destination: destination.record.id.clone(),
            traffic,
            reach: reach.clone(),
        })
    }

    // An analyser without ICMP proves nothing about pings: it is asked about a packet that a rule lets in.
    fn other_packet(
        &self,
        reach: &OracleReach,
        traffic: Traffic,
        pair: &PairVerdict,
        destination: &At<InstanceRecord>,
    ) -> Result<Traffic, String> {
        let port = self
            .declared_port(&pair.destination_network)
            .or_else(|| self.open_port(destination));
        let is_tcp = reach.protocols.contains(&Protocol::Tcp);
        port.filter(|_| is_tcp).map(Traffic::tcp).ok_or_else(|| {
            let (name, protocol) = (&reach.source, traffic.protocol);
            format!(
                "{name} takes no {protocol}, and no rule of {} lets tcp in",
                pair.destination
            )
        })
    }

    fn declared_port(&self, network: &str) -> Option<u16> {
        let firewalls = self.topology.firewalls.iter();
        let here = firewalls.filter(|one| one.networks.iter().any(|name| name == network));
        let rules: Vec<&FirewallRuleSpec> = here
            .flat_map(|firewall| &firewall.rules)
            .filter(|rule| rule.direction == Direction::Ingress)
            .collect();
        let of = |protocol| {
            let mut rules = rules.iter().filter(|rule| rule.allow == protocol);
            rules.next()
        };
        let port = |rule: &&FirewallRuleSpec| {
            let ports = rule.ports.as_ref();
            ports.map_or(SOME_PORT, |ports| ports.0.first)
        };
        of(Protocol::Tcp).or_else(|| of(Protocol::All)).map(port)
    }

    // What the groups of the instance let in, also by rules of others.
    fn open_port(&self, destination: &At<InstanceRecord>) -> Option<u16> {
        let groups = destination.record.groups.iter();
        let rules = groups.filter_map(|group| self.found.rules.get(group));
        let open = |protocol: Protocol| {
            let mut rules = rules.clone().flatten().map(|record| &record.rule);
            rules.find(|rule| {
                rule.protocol == protocol
                    && rule.direction == Direction::Ingress
                    && rule.action == Action::Allow
            })
        };
        let rule = open(Protocol::Tcp).or_else(|| open(Protocol::All))?;
        Some(rule.ports.as_ref().map_or(SOME_PORT, |ports| ports.first))
    }

    // The pairs are the same for every packet, in the same order.
    fn path(&mut self, index: usize, traffic: Traffic) -> Option<Path> {
        let known = self.judged.iter().position(|(one, _)| *one == traffic);
        let at = known.unwrap_or_else(|| {
            let report = verify(self.topology, self.observation, traffic);
            self.judged.push((traffic, report));
            self.judged.len() - 1
        });
        let (_, report) = &self.judged[at];
        report.pairs.get(index).map(|pair| pair.path.clone())
    }
}
