//! The picture of verdicts: which networks reach each other.

use std::collections::{BTreeMap, BTreeSet};

use super::declared::{draw, member_key, router_key};
use super::discovered::not_understood;
use super::planned::offers;
use super::text::count;
use super::{Cell, Grid, Mark, Picture, Row, Subject};
use crate::object::{Attached, ObjectKey, Pair};
use crate::observation::Observation;
use crate::plan::Found;
use crate::topology::{Interconnect, Topology};
use crate::verify::{PairVerdict, ProbeMethod, Verdict, VerifyReport};

/// Above this many rows, pairs are only told at the elements and links.
const MOST_ROWS: usize = 100;

impl Picture {
    /// Which networks of a topology reach each other, by the verdicts of a report.
    ///
    /// A link is open if every pair of ends whose packets take it is, and the grid tells each ordered pair of networks.
    pub fn judged(topology: &Topology, observation: &Observation, report: &VerifyReport) -> Self {
        let found = Found::objects(topology, observation);
        let mut picture = draw(topology, &offers(observation), &found);
        picture.subject = Subject::Verdict;
        picture.title = title(topology, report);
        let verdicts = Verdicts::of(topology, report);
        verdicts.mark(topology, &mut picture);
        picture.grid = verdicts.grid(&picture);
        picture.notes.extend(verdicts.notes(report));
        not_understood(&mut picture, observation.not_understood());
        picture.bundle();
        picture
    }
}

fn title(topology: &Topology, report: &VerifyReport) -> String {
    let heading = report.to_string();
    let heading = heading.lines().next().unwrap_or_default();
    let heading = heading.strip_prefix("verify: ").unwrap_or(heading);
    let unprobed = match (report.pairs.any_probed(), report.traffic.probe_method()) {
        (true, _) => "",
        (false, Some(ProbeMethod::Ping)) => "; no ping sent",
        (false, _) => "; no packet sent",
    };
    format!("{}: {heading}{unprobed}", topology.name)
}

/// What is said of some pairs.
#[derive(Default)]
struct Said {
    marks: Vec<Mark>,
    causes: Vec<String>,
}

impl Said {
    fn add(&mut self, other: &Self) {
        self.marks.extend(&other.marks);
        self.causes.extend(other.causes.iter().cloned());
    }

    fn mark(&self) -> Mark {
        Mark::together(self.marks.iter().copied())
    }

    fn open(&self) -> usize {
        let open = self.marks.iter().filter(|mark| **mark == Mark::Open);
        open.count()
    }

    fn row(&self, way: &str) -> Row {
        let mut row = Row::new(format!(
            "{} of {} open {way}",
            self.open(),
            self.marks.len()
        ));
        row.mark = self.mark();
        row
    }

    fn details(&self) -> Vec<String> {
        let (open, of) = (self.open(), count(self.marks.len(), "ordered pair"));
        let mut details = vec![format!("{open} of {of} open")];
        details.extend(self.causes.iter().cloned());
        details
    }
}

/// What is said of each ordered pair of ends, by their keys in the picture.
struct Verdicts(BTreeMap<(String, String), Said>);

impl Verdicts {
    fn of(topology: &Topology, report: &VerifyReport) -> Self {
        let ends = Ends::of(topology);
        let mut said: BTreeMap<(String, String), Said> = BTreeMap::new();
        for pair in &report.pairs {
            let key = (ends.source(&pair.source), ends.destination(topology, pair));
            let said = said.entry(key).or_default();
            said.marks.push(mark(pair.verdict()));
            said.causes.extend(cause(pair));
        }
        Self(said)
    }

    fn between(&self, one: &str, other: &str) -> Said {
        let mut said = Said::default();
        for (from, to) in [(one, other), (other, one)] {
            let pair = self.0.get(&(from.to_owned(), to.to_owned()));
            pair.into_iter().for_each(|pair| said.add(pair));
        }
        said
    }

    fn mark(&self, topology: &Topology, picture: &mut Picture) {
        let (mut from_it, mut to_it): (BTreeMap<&str, Said>, BTreeMap<&str, Said>) =
            Default::default();
        for ((from, to), pair) in &self.0 {
            from_it.entry(from).or_default().add(pair);
            to_it.entry(to).or_default().add(pair);
        }
        for element in picture.elements_mut() {
            let key = element.key.as_str();
            let ways = [("from it", from_it.get(key)), ("to it", to_it.get(key))];
            let ways = ways
                .into_iter()
                .filter_map(|(way, said)| Some((way, said?)));
            let ways: Vec<(&str, &Said)> = ways.collect();
            let mut both = Said::default();
            ways.iter().for_each(|(_, said)| both.add(said));
            if both.marks.is_empty() {
                continue;
            }
            element.mark = both.mark();
            element.details.extend(both.details());
            // Where some packets pass, the direction often tells whose fault it is that others do not.
            if element.mark != Mark::Open {
                element
                    .rows
                    .extend(ways.iter().map(|(way, said)| said.row(way)));
            }
        }
        let links = self.links(topology);
        for link in &mut picture.links {
            if let Some(said) = links.get(&link.key) {
                link.mark = said.mark();
                link.details.extend(said.details());
            }
        }
    }

    // What is said of the pairs whose packets take each link.
    fn links(&self, topology: &Topology) -> BTreeMap<String, Said> {
        let mut links: BTreeMap<String, Said> = BTreeMap::new();
        for interconnect in &topology.interconnects {
            for (index, left) in interconnect.members.iter().enumerate() {
                for right in &interconnect.members[index + 1..] {
                    let ends = [left, right].map(|name| ObjectKey::network(name).to_string());
                    let said = self.between(&ends[0], &ends[1]);
                    if said.marks.is_empty() {
                        continue;
                    }
                    for key in way(topology, interconnect, left, right) {
                        links.entry(key).or_default().add(&said);
                    }
                }
            }
        }
        for edge in topology.wanted_edges() {
            for member in &edge.members {
                for router in &edge.border_routers {
                    let network = ObjectKey::network(member).to_string();
                    let said = self.between(&network, &router_key(&edge.name, &router.name));
                    if said.marks.is_empty() {
                        continue;
                    }
                    let line = Attached::border_router(&edge.name, &router.id);
                    for key in [
                        ObjectKey::attachment(&edge.name, member),
                        ObjectKey::Attachment(line),
                    ] {
                        links.entry(key.to_string()).or_default().add(&said);
                    }
                }
            }
        }
        links
    }

    fn names(&self) -> BTreeSet<&str> {
        let pairs = self.0.keys();
        pairs.flat_map(|(from, to)| [from.as_str(), to]).collect()
    }

    // In the order of the map: what stands together there stands together here.
    fn grid(&self, picture: &Picture) -> Option<Grid> {
        let mut left = self.names();
        if left.is_empty() || left.len() > MOST_ROWS {
            return None;
        }
        let elements = picture.elements().map(|element| element.key.as_str());
        let mut names: Vec<&str> = elements.filter(|key| left.remove(key)).collect();
        names.extend(left);
        let places: BTreeMap<&str, usize> = names.iter().copied().zip(0..).collect();
        let place = |name: &str| places.get(name).copied().unwrap_or_default();
        let cell = |((from, to), said): (&(String, String), &Said)| Cell {
            row: place(from),
            column: place(to),
            mark: said.mark(),
            details: said.details(),
        };
        Some(Grid {
            title: "From the network of a row to the network of a column".to_owned(),
            cells: self.0.iter().map(cell).collect(),
            names: names.iter().map(|key| shown(key)).collect(),
        })
    }

    fn notes(&self, report: &VerifyReport) -> Vec<String> {
        let mut notes = Vec::new();
        if report.pairs.is_empty() && report.wanted > 0 {
            notes.push(
                "Nothing was checked: declare subnets or instances in the joined networks."
                    .to_owned(),
            );
        }
        let names = self.names().len();
        if names > MOST_ROWS {
            notes.push(format!(
                "No table of pairs: {names} networks are more than {MOST_ROWS}. `landbridge verify` tells each pair."
            ));
        }
        let findings = report.findings.iter();
        notes.extend(findings.map(|finding| format!("{}: {}", finding.subject, finding.message)));
        notes
    }
}

// The links that packets between two members take, as keys: only those that are drawn count.
fn way(topology: &Topology, interconnect: &Interconnect, left: &str, right: &str) -> Vec<String> {
    let name = &interconnect.name;
    let mut keys = vec![
        ObjectKey::attachment(name, left).to_string(),
        ObjectKey::attachment(name, right).to_string(),
        ObjectKey::Peering(Pair::new(name, left, right)).to_string(),
        member_key(name, left),
        member_key(name, right),
    ];
    if let (Some(left), Some(right)) = (topology.network(left), topology.network(right)) {
        let regions = Pair::new(name, left.region.as_str(), right.region.as_str());
        keys.push(ObjectKey::Link(regions).to_string());
    }
    keys
}

fn mark(verdict: Verdict) -> Mark {
    match verdict {
        Verdict::Reachable => Mark::Open,
        Verdict::Blocked => Mark::Blocked,
        Verdict::Undecided => Mark::Undecided,
    }
}

// Why packets do not pass, or why nobody can tell.
fn cause(pair: &PairVerdict) -> Option<String> {
    if pair.reachable() {
        return None;
    }
    let (from, to) = (&pair.source, &pair.destination);
    let reason = pair.path.blocked.as_ref().or(pair.path.undecided.as_ref());
    let why = match reason {
        Some(reason) => format!("at {}: {}", reason.element, reason.cause),
        None if pair.connection.is_some() => "the connection has no answer".to_owned(),
        None => "pings are lost".to_owned(),
    };
    let word = mark(pair.verdict()).word();
    Some(format!("{from} → {to} {word} {why}"))
}

// A key as rows of a grid show it.
fn shown(key: &str) -> String {
    let name = key.split_once('/').map_or(key, |(_, name)| name);
    name.to_owned()
}

/// What the names of ends stand for.
struct Ends(BTreeMap<String, String>);

impl Ends {
    fn of(topology: &Topology) -> Self {
        let mut keys = BTreeMap::new();
        for network in &topology.networks {
            let key = ObjectKey::network(&network.name).to_string();
            keys.insert(network.name.clone(), key);
        }
        // Where there are instances, they are the ends.
        for instance in &topology.instances {
            if let Some(network) = instance.network_name() {
                let key = ObjectKey::network(network).to_string();
                keys.insert(instance.name.clone(), key);
            }
        }
        Self(keys)
    }

    fn source(&self, name: &str) -> String {
        let network = name.split_once('/').map_or(name, |(network, _)| network);
        let key = self.0.get(name).or_else(|| self.0.get(network));
        key.cloned().unwrap_or_else(|| format!("end/{name}"))
    }

    // A subnet of a network and a border router of an edge may be called the same; their addresses are not.
    fn destination(&self, topology: &Topology, pair: &PairVerdict) -> String {
        let behind = |edge: &str, router: &str| {
            let edge = topology.edge(edge)?;
            let mut routers = edge.border_routers.iter();
            let router = routers.find(|one| one.name == router)?;
            let mut ranges = router.ranges.iter();
            let is_behind = ranges.any(|range| range.contains(&pair.destination_address));
            is_behind.then(|| router_key(&edge.name, &router.name))
        };
        let line = pair.destination.split_once('/');
        let line = line.and_then(|(edge, router)| behind(edge, router));
        line.unwrap_or_else(|| self.source(&pair.destination))
    }
}
