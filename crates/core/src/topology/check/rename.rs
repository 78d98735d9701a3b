//! Names that things had before.

use std::collections::BTreeSet;

use super::Check;

impl Check<'_> {
    /// A name is of one thing: what has it now cannot be what had it before, and two cannot have had it.
    pub(super) fn renamed(&mut self) {
        let topology = self.topology;
        let was = topology.was.iter();
        let own = was.map(|was| (topology.name.as_str(), Some(was)));
        self.earlier("", "topology", own.collect(), &[&topology.name]);
        let networks = topology.networks.iter();
        let networks: Vec<_> = networks
            .map(|one| (one.name.as_str(), one.was.as_ref()))
            .collect();
        self.earlier_of("", "network", networks);
        let joins = topology.interconnects.iter();
        let joins = joins.map(|one| (one.name.as_str(), one.was.as_ref()));
        let edges = topology.edges.iter();
        let edges = edges.map(|one| (one.name.as_str(), one.was.as_ref()));
        // They share one space of names.
        self.earlier_of("", "interconnect", joins.chain(edges).collect());
        let firewalls = topology.firewalls.iter();
        let firewalls = firewalls.map(|one| (one.name.as_str(), one.was.as_ref()));
        self.earlier_of("", "firewall", firewalls.collect());
        let instances = topology.instances.iter();
        let instances = instances.map(|one| (one.name.as_str(), one.was.as_ref()));
        self.earlier_of("", "instance", instances.collect());
        for network in &topology.networks {
            let subnets = network.subnets.iter();
            let subnets = subnets.map(|one| (one.name.as_str(), one.was.as_ref()));
            let inside = format!("network `{}`: ", network.name);
            self.earlier_of(&inside, "subnet", subnets.collect());
        }
    }

    fn earlier_of(&mut self, inside: &str, what: &str, names: Vec<(&str, Option<&String>)>) {
        let declared: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        self.earlier(inside, what, names, &declared);
    }

    fn earlier(
        &mut self,
        inside: &str,
        what: &str,
        names: Vec<(&str, Option<&String>)>,
        declared: &[&str],
    ) {
        let mut seen = BTreeSet::new();
        for (name, was) in names {
            let Some(was) = was else { continue };
            let of = format!("{inside}{what} `{name}`: ");
            self.name(&of, "earlier", was);
            if declared.contains(&was.as_str()) {
                self.problem(format!(
                    "{of}invalid `was` `{was}`: expected a name that no {what} has now; rename in two steps, with an apply \
                     between them"
                ));
            }
            if !seen.insert(was) {
                self.problem(format!(
                    "{of}duplicate `was` `{was}`: expected a name that one {what} had before"
                ));
            }
        }
    }
}
