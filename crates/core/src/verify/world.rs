//! Everything that verdicts are told from.

use super::classes::Classes;
use super::fabric::{Fabric, Spot};
use super::report::{PairVerdict, Path, Verdict};
use super::trail::Trail;
use super::{Traffic, edge, walk};
use crate::observation::Observation;
use crate::plan::Found;
use crate::topology::{Network, Topology};

/// What packets go through, and between which ends. Copies of an observation share what it holds.
#[derive(Debug)]
pub(super) struct World {
    topology: Topology,
    observation: Observation,
    pub(super) found: Found,
    spots: Vec<Spot>,
    /// The names of what is behind private lines.
    lines: Vec<String>,
    traffic: Traffic,
}

/// Where a packet starts, and where it goes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ends {
    source: u32,
    target: Target,
}

#[derive(Clone, Copy, Debug)]
enum Target {
    Spot(u32),
    /// What is behind a private line.
    Line(u32),
}

impl Default for Target {
    fn default() -> Self {
        Self::Spot(0)
    }
}

impl World {
    pub(super) fn new(topology: &Topology, observation: &Observation, traffic: Traffic) -> Self {
        let mut world = Self {
            topology: topology.clone(),
            observation: observation.clone(),
            found: Found::objects(topology, observation),
            spots: Vec::new(),
            lines: Vec::new(),
            traffic,
        };
        world.spots = world.fabric().spots();
        let lines = world.fabric().lines().into_iter();
        world.lines = lines.map(|line| line.spot.name).collect();
        world
    }

    pub(super) fn fabric(&self) -> Fabric<'_> {
        Fabric::new(&self.topology, &self.observation, &self.found)
    }

    fn source(&self, ends: Ends) -> &Spot {
        &self.spots[ends.source as usize]
    }

    /// The names of both ends.
    pub(super) fn names(&self, ends: Ends) -> (&str, &str) {
        let target = match ends.target {
            Target::Spot(target) => &self.spots[target as usize].name,
            Target::Line(line) => &self.lines[line as usize],
        };
        (&self.source(ends).name, target)
    }

    /// The names of the networks of both ends.
    pub(super) fn networks(&self, ends: Ends) -> (&str, &str) {
        let target = match ends.target {
            Target::Spot(target) => &self.spots[target as usize].network_name,
            // What is behind a line is a network of its own.
            Target::Line(line) => &self.lines[line as usize],
        };
        (&self.source(ends).network_name, target)
    }

    /// The verdict on a pair, with its path.
    pub(super) fn told(&self, fabric: &Fabric<'_>, ends: Ends) -> PairVerdict {
        let source = self.source(ends);
        match ends.target {
            Target::Spot(target) => {
                walk::pair(fabric, source, &self.spots[target as usize], self.traffic)
            }
            Target::Line(line) => {
                let line = &fabric.lines()[line as usize];
                edge::pair(fabric, source, line, self.traffic)
            }
        }
    }

    /// The verdicts on all pairs that the topology joins, and how many ways were gone for them.
    pub(super) fn verdicts(&self) -> (Vec<(Ends, Verdict)>, usize) {
        let mut fabric = self.fabric();
        let joined = self.joined(&fabric);
        fabric.classes = Some(Classes::of(&fabric, &self.spots));
        let mut verdicts = Vec::with_capacity(joined.len());
        for (source, target) in joined {
            let ends = Ends {
                source,
                target: Target::Spot(target),
            };
            let (from, to) = (self.source(ends), &self.spots[target as usize]);
            let mut trail = Trail::untold();
            let (blocked, open) = walk::walk(&fabric, from, to, self.traffic, &mut trail);
            verdicts.push((ends, trail.path(blocked, open).verdict()));
        }
        for (index, line) in (0..).zip(fabric.lines()) {
            for (source, spot) in (0..).zip(&self.spots) {
                let is_joined = line.edge.members.contains(&spot.network_name);
                if is_joined && spot.speaks_to(&line.spot) {
                    let mut trail = Trail::untold();
                    let walk = edge::walk(&fabric, spot, &line, self.traffic, &mut trail);
                    let path: Path = trail.path(walk.0, walk.1);
                    let target = Target::Line(index);
                    verdicts.push((Ends { source, target }, path.verdict()));
                }
            }
        }
        let walks = fabric.classes.as_ref().map_or(0, Classes::walks);
        (verdicts, walks)
    }

    // All ordered pairs of spots that the topology asks for, in the order of the spots.
    fn joined(&self, fabric: &Fabric<'_>) -> Vec<(u32, u32)> {
        let neighbours = fabric.neighbours(&self.spots);
        let networks: Vec<Option<&Network>> = (self.spots.iter())
            .map(|spot| self.topology.network(&spot.network_name))
            .collect();
        let excludes = |from: u32, to: u32| {
            let network = networks[from as usize];
            let address = &self.spots[to as usize].address;
            network.is_some_and(|network| network.excludes_address(address))
        };
        let mut pairs = Vec::new();
        for (source, spot) in (0..).zip(&self.spots) {
            // What another holds can be asked, and cannot be made to ask.
            let others = neighbours.get(spot.network_name.as_str());
            let others = others.filter(|_| !spot.elsewhere).into_iter().flatten();
            let asked = others.copied().filter(|target| {
                let other = &self.spots[*target as usize];
                spot.name != other.name
                    && spot.network_name != other.network_name
                    && spot.speaks_to(other)
                    && !excludes(source, *target)
                    && !excludes(*target, source)
            });
            pairs.extend(asked.map(|target| (source, target)));
        }
        pairs
    }
}
