//! What an analysis finds: the way of the first packet that gets through, or why none does.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use super::analyses::Analysis;
use super::explanations;
use super::filter::Filter;
use super::paths::End;
use super::views::{Component, Viewer};
use crate::aws::dataplane::{self, Journey};
use crate::aws::ec2::Instance;
use crate::aws::state::State;
use crate::aws::xml::Xml;
use crate::packet::{Packet, Protocol};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    pub(super) is_found: bool,
    forward: Vec<Component>,
    back: Vec<Component>,
    explanations: Vec<Xml>,
}

impl Report {
    fn blocked(explanations: Vec<Xml>) -> Self {
        Self {
            is_found: false,
            forward: Vec::new(),
            back: Vec::new(),
            explanations,
        }
    }

    pub(super) fn view(&self) -> Xml {
        let mut view = Xml::new().leaf("networkPathFound", self.is_found);
        for (name, components) in [
            ("forwardPathComponentSet", &self.forward),
            ("returnPathComponentSet", &self.back),
        ] {
            if !components.is_empty() {
                let numbered = components.iter().enumerate();
                view = view.items(name, numbered.map(|(at, one)| one.view(at + 1)));
            }
        }
        if !self.explanations.is_empty() {
            view = view.items("explanationSet", self.explanations.clone());
        }
        view
    }
}

/// What there is at an end of a path.
enum Found<'a> {
    Instance(&'a Instance),
    /// An interface that nothing uses.
    Unattached,
}

const UNSUPPORTED: &str = "The network configuration is not supported";

/// An error is why the analysis fails.
pub(super) fn of(state: &State, analysis: &Analysis, now: Duration) -> Result<Report, String> {
    let examiner = Examiner {
        state,
        analysis,
        now,
        viewer: Viewer::new(&state.ec2, &analysis.base, now),
    };
    examiner.report()
}

struct Examiner<'a> {
    state: &'a State,
    analysis: &'a Analysis,
    now: Duration,
    viewer: Viewer<'a>,
}

impl<'a> Examiner<'a> {
    fn report(&self) -> Result<Report, String> {
        let (viewer, path) = (&self.viewer, &self.analysis.path);
        if !self.is_here(&path.source) {
            let source = &path.source.arn;
            return Err(format!(
                "The request failed due to inaccessible resource {source}"
            ));
        }
        let source = match self.found(&path.source)? {
            Found::Instance(source) => source,
            Found::Unattached => {
                let why = explanations::unattached(viewer, &path.source.id);
                return Ok(Report::blocked(vec![why]));
            }
        };
        let target = match &path.destination {
            None => None,
            Some(end) if !self.is_here(end) => {
                let why = explanations::no_destination(end);
                return Ok(Report::blocked(vec![why]));
            }
            Some(end) => match self.found(end)? {
                Found::Instance(target) => Some(target),
                Found::Unattached => {
                    let why = explanations::unattached(viewer, &end.id);
                    return Ok(Report::blocked(vec![why]));
                }
            },
        };
        Ok(match path.packets() {
            None => Report::blocked(vec![explanations::no_path()]),
            Some(packets) => self.examine(source, target, &packets),
        })
    }

    /// Whether an end is of the account and the region of the analysis.
    fn is_here(&self, end: &End) -> bool {
        let base = &self.analysis.base;
        end.account == base.owner && end.region == base.region
    }

    fn found(&self, end: &End) -> Result<Found<'a>, String> {
        let (ec2, id) = (&self.state.ec2, end.id.as_str());
        if !id.starts_with("i-") && !id.starts_with("eni-") {
            return Err(UNSUPPORTED.to_owned());
        }
        let base = &self.analysis.base;
        let is_meant = |instance: &&Instance| {
            (instance.base.id == id || instance.interface == id)
                && instance.base.owner == base.owner
                && instance.base.region == base.region
                && instance.state(self.now).1 != "terminated"
        };
        if let Some(instance) = ec2.instances.iter().find(is_meant) {
            return Ok(Found::Instance(instance));
        }
        let free = ec2.network_interfaces.get(id);
        match free.filter(|free| free.base.owner == base.owner) {
            Some(_) => Ok(Found::Unattached),
            None if self.is_of_a_service(id) => Err(UNSUPPORTED.to_owned()),
            None => Err(format!("The request failed due to missing component {id}")),
        }
    }

    /// Whether an interface is one of a gateway or an endpoint.
    fn is_of_a_service(&self, id: &str) -> bool {
        let ec2 = &self.state.ec2;
        let mut endpoints = ec2.endpoints.iter();
        ec2.nat_gateways.iter().any(|nat| nat.interface == id)
            || endpoints.any(|endpoint| endpoint.has_interface(id))
    }

    fn examine(&self, source: &Instance, target: Option<&Instance>, packets: &Filter) -> Report {
        let from = packets.source.unwrap_or(source.address);
        if from != source.address {
            let why = explanations::address(&self.viewer, source, true);
            return Report::blocked(vec![why]);
        }
        let to = packets.destination.or(target.map(|target| target.address));
        let to = to.unwrap_or(source.address);
        if let Some(target) = target.filter(|target| target.address != to) {
            let why = explanations::address(&self.viewer, target, false);
            return Report::blocked(vec![why]);
        }
        let mut blocked = None;
        for port in self.ports(source, to.into(), packets) {
            let packet = Packet {
                source: from.into(),
                destination: to.into(),
                protocol: self.protocol(packets, port),
            };
            let journey = dataplane::examined(self.state, &source.base.id, packet, self.now);
            let arrived = journey.receiver.as_deref();
            let is_there = target.is_none_or(|target| arrived == Some(target.base.id.as_str()));
            if journey.walked.is_ok() && journey.passed_over.is_empty() && is_there {
                return self.passed(&journey, packet);
            }
            blocked.get_or_insert((journey, packet));
        }
        let explanations = blocked.map(|(journey, packet)| {
            explanations::of(&self.viewer, &journey, packet, (source, target))
        });
        Report::blocked(explanations.unwrap_or_default())
    }

    fn protocol(&self, packets: &Filter, destination: u16) -> Protocol {
        let source = packets.source_ports.map(|(first, _)| first);
        let source = source.unwrap_or(Protocol::EPHEMERAL_PORT);
        match self.analysis.path.protocol.as_str() {
            "udp" => Protocol::udp(destination).from_port(source),
            _ => Protocol::tcp(destination).from_port(source),
        }
    }

    /// The ports to try: the ends of the range, and those at which a rule in the way may begin or end.
    fn ports(&self, source: &Instance, to: IpAddr, packets: &Filter) -> BTreeSet<u16> {
        let (first, last) = packets.destination_ports.unwrap_or((0, u16::MAX));
        let mut ports = BTreeSet::from([first, last]);
        if first == last {
            return ports;
        }
        let ec2 = &self.state.ec2;
        let receivers = ec2.instances.iter();
        let receivers = receivers.filter(|one| one.has_address_now(to, self.now));
        let ends: Vec<&Instance> = std::iter::once(source).chain(receivers).collect();
        let groups = ends.iter().flat_map(|end| &end.groups);
        let groups = groups.filter_map(|id| ec2.groups.get(id));
        let of_rules = groups.flat_map(|group| group.rules.iter().map(|rule| &rule.ports));
        let acls = ec2.acls.iter();
        let acls = acls.filter(|acl| ends.iter().any(|end| end.vpc == acl.vpc));
        let of_entries = acls.flat_map(|acl| acl.entries.iter().map(|entry| &entry.ports));
        for covered in of_rules.chain(of_entries) {
            let edges = [
                covered.from,
                covered.to,
                covered.from.map(|port| port - 1),
                covered.to.map(|port| port + 1),
            ];
            let edges = edges.into_iter().flatten();
            let edges = edges.filter_map(|edge| u16::try_from(edge).ok());
            ports.extend(edges.filter(|edge| (first..=last).contains(edge)));
        }
        ports
    }

    fn passed(&self, journey: &Journey, packet: Packet) -> Report {
        let path = &self.analysis.path;
        let is_interface = |end: &End| end.id.starts_with("eni-");
        let ends = (
            is_interface(&path.source),
            path.destination.as_ref().is_some_and(is_interface),
        );
        let (there, back) = journey.hops.split_at(journey.turned);
        let forward = self.viewer.components(there, packet, ends);
        let back = match (
            journey.hops.get(journey.turned.wrapping_sub(1)),
            packet.answer(),
        ) {
            (Some(turn), Some(answer)) => {
                let hops: Vec<_> = std::iter::once(turn).chain(back).cloned().collect();
                self.viewer.components(&hops, answer, (ends.1, ends.0))
            }
            _ => Vec::new(),
        };
        let passes = |arn: &String| forward.iter().any(|component| component.arn == *arn);
        let analysis = self.analysis;
        if !analysis.filter_in.iter().all(passes) || analysis.filter_out.iter().any(passes) {
            return Report::blocked(vec![explanations::no_path()]);
        }
        Report {
            is_found: true,
            forward,
            back,
            explanations: Vec::new(),
        }
    }
}
