use std::collections::BTreeSet;
use std::fmt;

use super::{CredentialSource, Firewall, Instance, Interconnect, Network, RuleSource, Topology};
use crate::traits::Protocol;

/// Everything that is wrong with a topology by itself, before any cloud is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopologyError {
    problems: Vec<String>,
}

impl TopologyError {
    pub(super) fn syntax(problem: String) -> Self {
        Self {
            problems: vec![problem],
        }
    }

    /// The problems, each with its place in the topology.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

impl fmt::Display for TopologyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("\n"))
    }
}

impl std::error::Error for TopologyError {}

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
            Err(TopologyError {
                problems: check.problems,
            })
        }
    }
}

pub(super) struct Check<'a> {
    pub(super) topology: &'a Topology,
    problems: Vec<String>,
}

impl Check<'_> {
    fn all(&mut self) {
        let topology = self.topology;
        self.name("topology", &topology.name);
        self.names("account", topology.accounts.iter().map(|a| &a.name));
        self.names("network", topology.networks.iter().map(|n| &n.name));
        self.names(
            "interconnect",
            topology.interconnects.iter().map(|i| &i.name),
        );
        self.names("edge", topology.edges.iter().map(|e| &e.name));
        self.names("firewall", topology.firewalls.iter().map(|f| &f.name));
        self.names("instance", topology.instances.iter().map(|i| &i.name));
        self.accounts();
        self.credentials();
        topology
            .networks
            .iter()
            .for_each(|network| self.network(network));
        topology
            .interconnects
            .iter()
            .for_each(|interconnect| self.interconnect(interconnect));
        topology.edges.iter().for_each(|edge| self.edge(edge));
        topology
            .firewalls
            .iter()
            .for_each(|firewall| self.firewall(firewall));
        topology
            .instances
            .iter()
            .for_each(|instance| self.instance(instance));
    }

    pub(super) fn problem(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }

    fn name(&mut self, what: &str, name: &str) {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(allowed) {
            self.problem(format!(
                "{what} name `{name}`: use 1 to {MAX_NAME} letters, digits, hyphens and underscores"
            ));
        }
    }

    pub(super) fn names<'n>(&mut self, what: &str, names: impl Iterator<Item = &'n String>) {
        let mut seen = BTreeSet::new();
        for name in names {
            self.name(what, name);
            if !seen.insert(name) {
                self.problem(format!(
                    "{what} `{name}` is declared twice; give each its own name"
                ));
            }
        }
    }

    fn accounts(&mut self) {
        let mut seen = BTreeSet::new();
        for account in &self.topology.accounts {
            if account.id.as_str().is_empty()
                || !account.id.as_str().chars().all(|c| c.is_ascii_digit())
            {
                self.problem(format!(
                    "account `{}`: id `{}` is not made of digits; write the account's number in quotes",
                    account.name, account.id
                ));
            }
            if !seen.insert((&account.cloud, &account.id)) {
                self.problem(format!(
                    "account `{}`: id {} is declared twice; two accounts of a topology must differ",
                    account.name, account.id
                ));
            }
        }
    }

    // Whose keys open the session must end at keys of an account's own.
    fn credentials(&mut self) {
        for account in &self.topology.accounts {
            let mut seen = BTreeSet::from([account.name.as_str()]);
            let mut current = account;
            while let CredentialSource::AssumeRole { from, .. } = &current.credentials {
                let Some(next) = self.topology.account(from) else {
                    self.problem(format!(
                        "account `{}`: `assume-role` names account `{from}`, which is not declared",
                        current.name
                    ));
                    break;
                };
                if !seen.insert(&next.name) {
                    self.problem(format!(
                        "account `{}`: `assume-role` goes round in a circle; one account needs keys of its own",
                        account.name
                    ));
                    break;
                }
                current = next;
            }
        }
    }

    pub(super) fn account_exists(&mut self, what: &str, name: &str) {
        if self.topology.account(name).is_none() {
            self.problem(format!(
                "{what}: account `{name}` is not declared under `accounts`"
            ));
        }
    }

    fn network(&mut self, network: &Network) {
        let what = format!("network `{}`", network.name);
        self.account_exists(&what, &network.account);
        match (&network.range, &network.id) {
            (None, None) => self.problem(format!(
                "{what}: give `range` to create it, or `id` of an existing network"
            )),
            (Some(_), Some(_)) => {
                self.problem(format!("{what}: `range` and `id` exclude each other"))
            }
            _ => {}
        }
        self.names(
            &format!("{what}: subnet"),
            network.subnets.iter().map(|s| &s.name),
        );
        for (index, subnet) in network.subnets.iter().enumerate() {
            let what = format!("subnet `{}/{}`", network.name, subnet.name);
            if subnet.range != subnet.range.trunc() {
                self.problem(format!(
                    "{what}: {} has host bits; write {}",
                    subnet.range,
                    subnet.range.trunc()
                ));
            }
            if subnet.id.is_some() && network.id.is_none() {
                self.problem(format!("{what}: `id` is for subnets of existing networks"));
            }
            if let Some(range) = network.range.filter(|range| !range.contains(&subnet.range)) {
                self.problem(format!("{what}: {} is not inside {range}", subnet.range));
            }
            for other in &network.subnets[..index] {
                if other.range.contains(&subnet.range) || subnet.range.contains(&other.range) {
                    self.problem(format!(
                        "{what}: {} overlaps {} of subnet `{}`",
                        subnet.range, other.range, other.name
                    ));
                }
            }
        }
        if let Some(range) = network.range.filter(|range| *range != range.trunc()) {
            self.problem(format!(
                "{what}: {range} has host bits; write {}",
                range.trunc()
            ));
        }
    }

    fn interconnect(&mut self, interconnect: &Interconnect) {
        let what = format!("interconnect `{}`", interconnect.name);
        self.account_exists(&what, &interconnect.owner);
        let mut seen = BTreeSet::new();
        for member in &interconnect.members {
            self.network_exists(&what, member);
            if !seen.insert(member) {
                self.problem(format!("{what}: member `{member}` is named twice"));
            }
        }
        if seen.len() < 2 {
            self.problem(format!("{what}: name at least two members"));
        }
        self.one_cloud(&what, interconnect);
    }

    fn one_cloud(&mut self, what: &str, interconnect: &Interconnect) {
        let topology = self.topology;
        let members = interconnect
            .members
            .iter()
            .filter_map(|member| topology.network(member));
        let accounts = members
            .map(|network| network.account.as_str())
            .chain([interconnect.owner.as_str()]);
        self.of_one_cloud(what, accounts, "use one interconnect for each cloud");
    }

    pub(super) fn of_one_cloud<'n>(
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
                "{what}: its owner and members are of different clouds ({}); {remedy}",
                clouds.join(", ")
            ));
        }
    }

    pub(super) fn network_exists(&mut self, what: &str, name: &str) {
        if self.topology.network(name).is_none() {
            self.problem(format!(
                "{what}: network `{name}` is not declared under `networks`"
            ));
        }
    }

    fn firewall(&mut self, firewall: &Firewall) {
        let what = format!("firewall `{}`", firewall.name);
        firewall
            .networks
            .iter()
            .for_each(|network| self.network_exists(&what, network));
        for rule in &firewall.rules {
            if rule.ports.is_some() && !rule.allow.has_ports() {
                self.problem(format!(
                    "{what}: `ports` is for tcp and udp, not for {}",
                    rule.allow
                ));
            }
            if rule.from.is_empty() {
                self.problem(format!(
                    "{what}: a rule for {} has an empty `from`",
                    rule.allow
                ));
            }
            for source in &rule.from {
                self.rule_source(&what, rule.allow, source);
            }
        }
    }

    fn rule_source(&mut self, what: &str, protocol: Protocol, source: &RuleSource) {
        match source {
            RuleSource::Network(name) => self.network_exists(what, name),
            RuleSource::Group { firewall, network } => {
                let declared = self.topology.firewalls.iter().any(|declared| {
                    declared.name == *firewall && declared.networks.contains(network)
                });
                if !declared {
                    self.problem(format!(
                        "{what}: firewall `{firewall}` has no group in network `{network}`"
                    ));
                }
            }
            RuleSource::Members(name) if self.topology.interconnect(name).is_none() => {
                self.problem(format!(
                    "{what}: interconnect `{name}` is not declared under `interconnects`"
                ));
            }
            RuleSource::Range(range) if protocol == Protocol::Icmp && range.addr().is_ipv6() => {
                self.problem(format!(
                    "{what}: icmp from {range} can never match; use icmpv6"
                ));
            }
            _ => {}
        }
    }

    fn instance(&mut self, instance: &Instance) {
        let what = format!("instance `{}`", instance.name);
        let path = &instance.subnet;
        let network = self.topology.network(&path.network);
        let subnet =
            network.and_then(|network| network.subnets.iter().find(|s| s.name == path.subnet));
        match subnet {
            None => self.problem(format!("{what}: subnet `{path}` is not declared")),
            Some(subnet) => {
                if let Some(address) = instance
                    .address
                    .filter(|address| !subnet.range.contains(address))
                {
                    self.problem(format!(
                        "{what}: address {address} is not inside {} of `{path}`",
                        subnet.range
                    ));
                }
            }
        }
        if instance.firewalls.is_empty() {
            self.problem(format!("{what}: name at least one firewall"));
        }
        for name in &instance.firewalls {
            let firewall = self
                .topology
                .firewalls
                .iter()
                .find(|firewall| firewall.name == *name);
            match firewall {
                None => self.problem(format!("{what}: firewall `{name}` is not declared under `firewalls`")),
                Some(firewall) if !firewall.networks.contains(&path.network) => self.problem(format!(
                    "{what}: firewall `{name}` has no group in network `{}`; add it to its `networks`",
                    path.network
                )),
                Some(_) => {}
            }
        }
    }
}
