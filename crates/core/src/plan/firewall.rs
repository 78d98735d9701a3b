use std::collections::BTreeSet;

use super::builder::{Builder, Wanted};
use super::found::Found;
use super::wish::source_ranges;
use super::{PlannedPeer, PlannedRule, Reach};
use crate::object::{ObjectKey, Pair, group, rules};
use crate::observation::Observation;
use crate::topology::{Firewall, FirewallRuleSpec, Network, RuleSource, Topology};
use crate::traits::{Protocol, Rule};

/// The rules that a topology wants in the group of a firewall in a network, as far as they are known.
pub(crate) fn wanted_rules(
    topology: &Topology,
    observation: &Observation,
    found: &Found,
    firewall: &Firewall,
    network: &Network,
) -> Vec<Rule> {
    let builder = Builder {
        topology,
        observation,
        found,
        wanted: Wanted::default(),
    };
    let rules = builder.rules_in(firewall, network);
    rules.iter().filter_map(PlannedRule::known).collect()
}

impl<'a> Builder<'a> {
    /// A group in each of the firewall's networks.
    pub(super) fn groups(&mut self, firewall: &Firewall) {
        for network in self.networks_of(firewall) {
            if firewall.groups.contains_key(&network.name) {
                let key = ObjectKey::group(&firewall.name, &network.name);
                self.wanted.keep(key);
                continue;
            }
            let op = group::Create {
                name: firewall.name.clone(),
                network: self.network_ref(&network.name),
            };
            let key = ObjectKey::group(&firewall.name, &network.name);
            let place = self.place(&network.account, &network.region);
            let present = self.found.groups.present(&key);
            let after = vec![ObjectKey::network(&network.name)];
            self.want(key, op, place, after, present);
        }
    }

    /// The rules that are missing in each of the firewall's groups, and all that may stay.
    pub(super) fn rules(&mut self, firewall: &Firewall) {
        for network in self.networks_of(firewall) {
            let group = ObjectKey::group(&firewall.name, &network.name);
            let mut rules = self.rules_in(firewall, network);
            let found = self.found;
            // The rules of a group that is on its way out go with it.
            let stays = found.groups.present(&group).is_some();
            if let Some(at) = found.groups.get(&group).filter(|_| stays) {
                let id = &at.record.id;
                let there = found.rules.get(id).map_or(&[][..], Vec::as_slice);
                let stay = rules.iter().filter_map(PlannedRule::known).collect();
                let is_there = |rule: Rule| there.iter().any(|record| record.rule.same_as(&rule));
                rules.retain(|rule| !rule.known().is_some_and(is_there));
                self.wanted.rules.insert(id.clone(), stay);
            } else if firewall.groups.contains_key(&network.name) {
                // Preflight refuses a topology that names a group that is not there.
                continue;
            }
            if rules.is_empty() {
                continue;
            }
            let op = rules::Authorize {
                group: self.group_ref(&group),
                rules: rules.into_iter().collect(),
            };
            let mut after = vec![group];
            after.extend(op.rules.iter().filter_map(PlannedRule::awaits));
            after.extend(self.named_by(firewall, network));
            let place = self.place(&network.account, &network.region);
            let key = ObjectKey::rules(&firewall.name, &network.name);
            self.want(key, op, place, after, None);
        }
    }

    fn networks_of(&self, firewall: &Firewall) -> Vec<&'a Network> {
        let topology = self.topology;
        firewall
            .networks
            .iter()
            .filter_map(|name| topology.network(name))
            .collect()
    }

    // In canonical order.
    fn rules_in(&self, firewall: &Firewall, network: &Network) -> BTreeSet<PlannedRule> {
        let sources = firewall
            .rules
            .iter()
            .flat_map(|spec| spec.from.iter().map(move |from| (spec, from)));
        sources
            .flat_map(|(spec, from)| {
                self.peers(spec, from, network)
                    .into_iter()
                    .map(move |peer| planned(spec, peer))
            })
            .collect()
    }

    fn peers(
        &self,
        spec: &FirewallRuleSpec,
        source: &RuleSource,
        network: &Network,
    ) -> Vec<PlannedPeer> {
        if let RuleSource::Group {
            firewall,
            network: other,
        } = source
        {
            let key = ObjectKey::group(firewall, other);
            let owner = self.topology.network(other).map(|other| &other.account);
            let foreign = owner.filter(|owner| **owner != network.account);
            return vec![PlannedPeer::Group {
                id: self.group_ref(&key),
                account: foreign.map(|owner| self.account_id(owner)),
            }];
        }
        let of_family = |part: &Reach| match spec.allow {
            Protocol::Icmp => !part.is_ipv6(),
            Protocol::Icmpv6 => part.is_ipv6(),
            _ => true,
        };
        let ranges = source_ranges(self.topology, self.found, source, &network.name);
        ranges
            .into_iter()
            .filter(of_family)
            .filter_map(|part| match part {
                Reach::Range(range) => Some(PlannedPeer::Range(range)),
                Reach::Ipv6Of(name) => {
                    let other = self.topology.network(&name)?;
                    Some(PlannedPeer::Ipv6Of(self.ipv6_of(other)))
                }
            })
            .collect()
    }

    // Groups that the rules name, and the peerings over which they can be named.
    fn named_by(&self, firewall: &Firewall, network: &Network) -> Vec<ObjectKey> {
        let mut after = Vec::new();
        for source in firewall.rules.iter().flat_map(|rule| &rule.from) {
            if let RuleSource::Group {
                firewall,
                network: other,
            } = source
            {
                after.push(ObjectKey::group(firewall, other));
                let interconnects = self.topology.interconnects.iter();
                after.extend(interconnects.map(|interconnect| {
                    let pair = Pair::new(&interconnect.name, other, &network.name);
                    ObjectKey::Acceptance(pair)
                }));
            }
        }
        after
    }
}

fn planned(spec: &FirewallRuleSpec, peer: PlannedPeer) -> PlannedRule {
    // The range of a rule and its ports are brought to the form in which clouds show them.
    let any = Rule::allow(
        spec.direction,
        spec.allow,
        spec.ports.map(|ports| ports.0),
        crate::traits::RulePeer::Other(String::new()),
    );
    PlannedRule {
        direction: any.direction,
        protocol: any.protocol,
        ports: any.ports,
        peer: match peer {
            PlannedPeer::Range(range) => PlannedPeer::Range(range.trunc()),
            peer @ (PlannedPeer::Group { .. } | PlannedPeer::Ipv6Of(_)) => peer,
        },
    }
}
