//! Edges: their border routers, and what the lines learn.

use super::{Check, overlap};
use crate::topology::{BorderRouter, Edge};

impl Check<'_> {
    pub(super) fn edge(&mut self, edge: &Edge) {
        let what = format!("edge `{}`", edge.name);
        if self.topology.interconnect(&edge.name).is_some() {
            self.problem(format!(
                "{what}: an interconnect has the same name; rename one of them"
            ));
        }
        self.account_exists(&what, "owner", &edge.owner);
        if edge.region.as_str().is_empty() {
            self.problem(format!(
                "{what}: invalid region ``: expected the region in which the owner manages the edge"
            ));
        }
        if edge.asn == 0 {
            self.problem(format!(
                "{what}: invalid autonomous system number `0`: expected one that the cloud allows, such as `65000`"
            ));
        }
        self.members(&what, &edge.members);
        self.names(
            &format!("{what}: "),
            "border router",
            edge.border_routers.iter().map(|router| &router.name),
        );
        for (index, router) in edge.border_routers.iter().enumerate() {
            self.border_router(edge, router, &edge.border_routers[..index]);
        }
        self.advertised(&what, edge);
        self.hub_of_another(&what, edge);
        self.edge_of_one_cloud(&what, edge);
    }

    // The hub of another is not found by what we know of it, and one of ours needs no ID.
    fn hub_of_another(&mut self, what: &str, edge: &Edge) {
        let owner = &edge.owner;
        match (self.topology.is_held_by_other(owner), &edge.id) {
            (true, None) => self.problem(format!(
                "{what}: missing key `id`: account `{owner}` is `held-by: other`, so the hub must exist; add its ID"
            )),
            (false, Some(_)) => self.problem(format!(
                "{what}: `id` is for hubs of accounts that are `held-by: other`; remove it"
            )),
            _ => {}
        }
        for network in edge
            .attachments
            .keys()
            .filter(|name| !edge.members.contains(name))
        {
            self.problem(format!(
                "{what}: invalid key `{network}` of `attachments`: expected a member of the edge"
            ));
        }
    }

    fn edge_of_one_cloud(&mut self, what: &str, edge: &Edge) {
        let topology = self.topology;
        let networks = edge
            .members
            .iter()
            .filter_map(|name| topology.network(name));
        let accounts = networks
            .map(|network| network.account.as_str())
            .chain(edge.border_routers.iter().map(|r| r.account.as_str()))
            .chain([edge.owner.as_str()]);
        self.of_one_cloud(what, accounts, "declare one edge for each cloud");
    }

    fn border_router(&mut self, edge: &Edge, router: &BorderRouter, earlier: &[BorderRouter]) {
        let what = format!("border router `{}/{}`", edge.name, router.name);
        self.account_exists(&what, "account", &router.account);
        // The id is part of keys, in which `/` divides.
        let id = router.id.as_str();
        if id.is_empty() || id.contains(|c: char| c == '/' || c.is_whitespace()) {
            self.problem(format!(
                "{what}: invalid ID `{id}`: expected the border router's ID in the cloud, such as `vbr-bp1example`"
            ));
        }
        if let Some(twin) = earlier.iter().find(|other| other.id == router.id) {
            self.problem(format!(
                "{what}: duplicate ID `{id}`: border router `{}/{}` has it too; declare the border router once",
                edge.name, twin.name
            ));
        }
        self.behind_the_line(&what, router);
        if let Some(probe) = router.probe
            && !router.ranges.iter().any(|range| range.contains(&probe))
        {
            self.problem(format!(
                "{what}: invalid probe `{probe}`: expected an address in its `ranges`, because only they get routes"
            ));
        }
    }

    // Two lines of an edge may lead to one CIDR block: that is how a private line is made redundant.
    fn behind_the_line(&mut self, what: &str, router: &BorderRouter) {
        if router.ranges.is_empty() {
            self.problem(format!(
                "{what}: too few `ranges`: expected at least one CIDR block behind its line"
            ));
        }
        for (index, range) in router.ranges.iter().enumerate() {
            self.no_host_bits(what, range);
            if let Some(other) = router.ranges[..index].iter().find(|o| overlap(o, range)) {
                self.problem(format!(
                    "{what}: CIDR block `{range}` overlaps its other CIDR block `{other}`; remove one of them"
                ));
            }
        }
    }

    fn advertised(&mut self, what: &str, edge: &Edge) {
        for (name, ranges) in &edge.advertise {
            if !edge.members.contains(name) {
                self.unknown(
                    what,
                    "`advertise` key",
                    name,
                    "members",
                    edge.members.iter(),
                );
            }
            if ranges.is_empty() {
                self.problem(format!(
                    "{what}: `advertise` has no CIDR block for network `{name}`; remove `{name}` from it to advertise all"
                ));
            }
            let network = self.topology.network(name);
            let network = network.filter(|network| network.range.is_some());
            for range in ranges {
                self.no_host_bits(what, range);
                if let Some(network) = network {
                    self.inside(what, range, network);
                }
            }
        }
    }
}
