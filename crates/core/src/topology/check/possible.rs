//! What no cloud can have, and what a plan would refuse whatever exists: told by `validate`, before a cloud is asked.

use ipnet::IpNet;

use super::{Check, overlap};
use crate::topology::{Interconnect, Network, Topology, TopologyError};

/// The largest and the smallest IPv4 CIDR block that a network or a subnet of a cloud has.
const PREFIXES: std::ops::RangeInclusive<u8> = 8..=29;
const LONGEST_REGION: usize = 40;

impl Topology {
    /// Refuses what exists in no cloud.
    pub(in crate::topology) fn possible(&self) -> Result<(), TopologyError> {
        let mut check = Check {
            topology: self,
            problems: Vec::new(),
        };
        for network in &self.networks {
            check.places(network);
            check.sizes(network);
        }
        for interconnect in &self.interconnects {
            check.overlaps(interconnect);
        }
        match check.problems.is_empty() {
            true => Ok(()),
            false => Err(TopologyError::new(check.problems)),
        }
    }
}

impl Check<'_> {
    fn places(&mut self, network: &Network) {
        let what = format!("network `{}`", network.name);
        self.place(&what, "region", network.region.as_str());
        for subnet in &network.subnets {
            let what = format!("subnet `{}/{}`", network.name, subnet.name);
            self.place(&what, "zone", subnet.zone.as_str());
        }
    }

    fn place(&mut self, what: &str, key: &str, name: &str) {
        let is_possible = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        if name.is_empty() || name.len() > LONGEST_REGION || !name.chars().all(is_possible) {
            self.problem(format!(
                "{what}: invalid {key} `{name}`: expected 1 to {LONGEST_REGION} letters, digits and hyphens"
            ));
        }
    }

    fn sizes(&mut self, network: &Network) {
        let what = format!("network `{}`", network.name);
        let ranges = network.range.iter().chain(&network.ranges);
        for range in ranges {
            self.size(&what, range);
        }
        for subnet in &network.subnets {
            self.size(
                &format!("subnet `{}/{}`", network.name, subnet.name),
                &subnet.range,
            );
        }
    }

    fn size(&mut self, what: &str, range: &IpNet) {
        if range.addr().is_ipv4() && !PREFIXES.contains(&range.prefix_len()) {
            self.problem(format!(
                "{what}: invalid CIDR block `{range}`: expected a prefix from /{} to /{}",
                PREFIXES.start(),
                PREFIXES.end()
            ));
        }
    }

    // Only of networks whose CIDR blocks the file says. What is excluded stays out of the routes.
    fn overlaps(&mut self, interconnect: &Interconnect) {
        let topology = self.topology;
        let members: Vec<&Network> = (interconnect.members.iter())
            .filter_map(|name| topology.network(name))
            .collect();
        for (index, right) in members.iter().enumerate() {
            for left in &members[..index] {
                if left.name == right.name || !left.exclude.is_empty() || !right.exclude.is_empty()
                {
                    continue;
                }
                for (one, other) in shared(left, right) {
                    self.problem(format!(
                        "network `{}`: CIDR block `{other}` overlaps `{one}` of network `{}`, and interconnect `{}` joins \
                         them; change one of them",
                        right.name, left.name, interconnect.name
                    ));
                }
            }
        }
    }
}

fn shared(left: &Network, right: &Network) -> Vec<(IpNet, IpNet)> {
    let (ones, others) = (left.declared_ranges(), right.declared_ranges());
    let pairs = ones
        .iter()
        .flat_map(|one| others.iter().map(move |other| (*one, *other)));
    pairs.filter(|(one, other)| overlap(one, other)).collect()
}
