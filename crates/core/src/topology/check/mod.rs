//! What can be found wrong in a topology without asking a cloud: names, references, CIDR blocks.
//!
//! One file for each part of a topology; all problems are told at once.

mod account;
mod edge;
mod firewall;
mod instance;
mod interconnect;
mod network;
mod possible;
mod rename;

use std::collections::{BTreeSet, HashMap};

use ipnet::IpNet;

use super::hint::did_you_mean;
use super::{Topology, TopologyError};

const MAX_NAME: usize = 40;

impl Topology {
    /// Checks what can be known without asking a cloud: names, references, ranges. All problems are told at once.
    ///
    /// # Errors
    /// A [`TopologyError`] with at least one problem.
    pub fn check(&self) -> Result<(), TopologyError> {
        let mut check = Check {
            topology: self,
            problems: Vec::new(),
        };
        check.all();
        if check.problems.is_empty() {
            Ok(())
        } else {
            Err(TopologyError::new(check.problems))
        }
    }
}

struct Check<'a> {
    topology: &'a Topology,
    problems: Vec<String>,
}

impl Check<'_> {
    fn all(&mut self) {
        let topology = self.topology;
        self.name("", "topology", &topology.name);
        self.names("", "account", topology.accounts.iter().map(|a| &a.name));
        self.names("", "network", topology.networks.iter().map(|n| &n.name));
        self.names(
            "",
            "interconnect",
            topology.interconnects.iter().map(|i| &i.name),
        );
        self.names("", "edge", topology.edges.iter().map(|e| &e.name));
        self.names("", "firewall", topology.firewalls.iter().map(|f| &f.name));
        self.names("", "instance", topology.instances.iter().map(|i| &i.name));
        self.renamed();
        self.accounts();
        self.credentials();
        let mut ids = HashMap::new();
        for network in &topology.networks {
            self.network(network);
            self.declared_once(network, &mut ids);
        }
        let mut hubs = HashMap::new();
        for interconnect in &topology.interconnects {
            if let Some(hub) = &interconnect.hub {
                hubs.entry(&hub.id).or_insert(interconnect.name.as_str());
            }
        }
        for interconnect in &topology.interconnects {
            self.interconnect(interconnect, &hubs);
        }
        for edge in &topology.edges {
            self.edge(edge);
        }
        for firewall in &topology.firewalls {
            self.firewall(firewall);
        }
        for instance in &topology.instances {
            self.instance(instance);
        }
    }

    // Two rules of a firewall may name the same unknown network; the reader needs to know once.
    fn problem(&mut self, problem: String) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn name(&mut self, inside: &str, what: &str, name: &str) {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(allowed) {
            self.problem(format!(
                "{inside}invalid {what} name `{name}`: expected 1 to {MAX_NAME} letters, digits, hyphens and underscores"
            ));
        }
    }

    /// Names of a list; `inside` begins the problem with the element that holds the list.
    fn names<'n>(&mut self, inside: &str, what: &str, names: impl Iterator<Item = &'n String>) {
        let mut seen = BTreeSet::new();
        for name in names {
            self.name(inside, what, name);
            if !seen.insert(name) {
                self.problem(format!(
                    "{inside}duplicate {what} name `{name}`: give each {what} its own name"
                ));
            }
        }
    }

    /// Tells that `key` of `what` names something that is not declared in the list `list`.
    fn unknown<'n>(
        &mut self,
        what: &str,
        key: &str,
        name: &str,
        list: &str,
        declared: impl Iterator<Item = &'n String>,
    ) {
        let hint = did_you_mean(name, declared.map(String::as_str));
        self.problem(format!(
            "{what}: invalid {key} `{name}`: expected a name declared in `{list}`{hint}"
        ));
    }

    fn account_exists(&mut self, what: &str, key: &str, name: &str) {
        let topology = self.topology;
        if topology.account(name).is_none() {
            let declared = topology.accounts.iter().map(|account| &account.name);
            self.unknown(what, key, name, "accounts", declared);
        }
    }

    fn network_exists(&mut self, what: &str, key: &str, name: &str) {
        let topology = self.topology;
        if topology.network(name).is_none() {
            let declared = topology.networks.iter().map(|network| &network.name);
            self.unknown(what, key, name, "networks", declared);
        }
    }

    /// Refuses `thing` of `what` in a network where nothing can be written.
    fn network_is_ours(&mut self, what: &str, network: &str, thing: &str) {
        let topology = self.topology;
        let declared = topology.network(network);
        if declared.is_some_and(|declared| topology.is_held_by_other(&declared.account)) {
            self.problem(format!(
                "{what}: {thing} cannot be created in network `{network}`, whose account is `held-by: other`; remove it from \
                 the topology"
            ));
        }
    }

    fn firewall_exists(&mut self, what: &str, key: &str, name: &str) {
        let topology = self.topology;
        if topology.firewall(name).is_none() {
            let declared = topology.firewalls.iter().map(|firewall| &firewall.name);
            self.unknown(what, key, name, "firewalls", declared);
        }
    }

    /// The members of an interconnect or an edge: networks, each named once. Gives how many there are.
    fn members(&mut self, what: &str, members: &[String]) -> usize {
        let mut seen = BTreeSet::new();
        for member in members {
            self.network_exists(what, "member", member);
            if !seen.insert(member) {
                self.problem(format!(
                    "{what}: duplicate member `{member}`: name each network once"
                ));
            }
        }
        seen.len()
    }

    fn of_one_cloud<'n>(
        &mut self,
        what: &str,
        accounts: impl Iterator<Item = &'n str>,
        remedy: &str,
    ) {
        let clouds: BTreeSet<_> = accounts
            .filter_map(|account| self.topology.account(account))
            .map(|account| account.cloud.as_str())
            .collect();
        if clouds.len() > 1 {
            let clouds: Vec<_> = clouds.into_iter().collect();
            self.problem(format!(
                "{what}: its owner and its members belong to different clouds ({}); {remedy}",
                clouds.join(", ")
            ));
        }
    }

    fn no_host_bits(&mut self, what: &str, range: &IpNet) {
        if *range != range.trunc() {
            self.problem(format!(
                "{what}: invalid CIDR block `{range}`: expected no host bits; write `{}`",
                range.trunc()
            ));
        }
    }
}

fn overlap(left: &IpNet, right: &IpNet) -> bool {
    left.contains(right) || right.contains(left)
}
