//! Firewalls: what their rules name.

use super::Check;
use crate::topology::{Firewall, RuleSource};
use crate::traits::Protocol;

impl Check<'_> {
    pub(super) fn firewall(&mut self, firewall: &Firewall) {
        let what = format!("firewall `{}`", firewall.name);
        for network in &firewall.networks {
            self.network_exists(&what, "network", network);
            self.network_is_ours(&what, network, "its groups");
        }
        self.groups(&what, firewall);
        for rule in &firewall.rules {
            if rule.ports.is_some() && !rule.allow.has_ports() {
                self.problem(format!(
                    "{what}: protocol {} has no ports; remove `ports` from its rule, or allow `tcp` or `udp`",
                    rule.allow
                ));
            }
            if rule.from.is_empty() {
                self.problem(format!(
                    "{what}: the rule that allows {} has an empty `from`; name at least one source in it",
                    rule.allow
                ));
            }
            for source in &rule.from {
                self.rule_source(&what, rule.allow, source);
            }
        }
    }

    // Each group has one firewall: else it could not be told whose a rule is.
    fn groups(&mut self, what: &str, firewall: &Firewall) {
        for (network, id) in &firewall.groups {
            if !firewall.networks.contains(network) {
                self.problem(format!(
                    "{what}: invalid key `{network}` in `groups`: expected one of its `networks`; add `{network}` to them"
                ));
            }
            let all = self.topology.firewalls.iter();
            let named = all.flat_map(|firewall| firewall.groups.values());
            if named.filter(|named| *named == id).count() > 1 {
                self.problem(format!(
                    "group `{id}` is named more than once in `groups`; put the rules for it into one firewall"
                ));
            }
        }
    }

    fn rule_source(&mut self, what: &str, protocol: Protocol, source: &RuleSource) {
        match source {
            RuleSource::Network(name) => self.network_exists(what, "source network", name),
            RuleSource::Group { firewall, network } => self.source_group(what, firewall, network),
            RuleSource::Members(name) => self.source_members(what, name),
            RuleSource::Range(range) if protocol == Protocol::Icmp && range.addr().is_ipv6() => {
                self.problem(format!(
                    "{what}: a rule allows icmp from the IPv6 block `{range}`, which never matches; allow `icmpv6`"
                ));
            }
            RuleSource::Range(_) => {}
        }
    }

    fn source_group(&mut self, what: &str, firewall: &str, network: &str) {
        self.firewall_exists(what, "source firewall", firewall);
        let declared = self.topology.firewall(firewall);
        if declared.is_some_and(|declared| !declared.networks.iter().any(|name| name == network)) {
            self.problem(format!(
                "{what}: invalid source `group:{firewall}@{network}`: firewall `{firewall}` has no group in network \
                 `{network}`; add `{network}` to its `networks`"
            ));
        }
    }

    fn source_members(&mut self, what: &str, name: &str) {
        let topology = self.topology;
        if topology.interconnect(name).is_none() {
            let declared = topology.interconnects.iter().map(|i| &i.name);
            self.unknown(what, "source interconnect", name, "interconnects", declared);
        }
    }
}
