use std::collections::BTreeSet;

use ipnet::IpNet;

use super::check::Check;
use super::{BorderRouter, Edge};

impl Check<'_> {
    pub(super) fn edge(&mut self, edge: &Edge) {
        let what = format!("edge `{}`", edge.name);
        if self.topology.interconnect(&edge.name).is_some() {
            self.problem(format!(
                "{what}: an interconnect has the same name; give each its own"
            ));
        }
        self.account_exists(&what, &edge.owner);
        if edge.region.as_str().is_empty() {
            self.problem(format!(
                "{what}: `region` is empty; name the one in which its owner's calls are made"
            ));
        }
        if edge.asn == 0 {
            self.problem(format!("{what}: 0 is no autonomous system number"));
        }
        let mut seen = BTreeSet::new();
        for member in &edge.members {
            self.network_exists(&what, member);
            if !seen.insert(member) {
                self.problem(format!("{what}: member `{member}` is named twice"));
            }
        }
        self.names(
            &format!("{what}: border router"),
            edge.border_routers.iter().map(|router| &router.name),
        );
        for (index, router) in edge.border_routers.iter().enumerate() {
            self.border_router(edge, router, &edge.border_routers[..index]);
        }
        self.advertised(&what, edge);
        let topology = self.topology;
        let networks = edge
            .members
            .iter()
            .filter_map(|name| topology.network(name));
        let accounts = networks
            .map(|network| network.account.as_str())
            .chain(edge.border_routers.iter().map(|r| r.account.as_str()))
            .chain([edge.owner.as_str()]);
        self.of_one_cloud(&what, accounts, "use one edge for each cloud");
    }

    fn border_router(&mut self, edge: &Edge, router: &BorderRouter, earlier: &[BorderRouter]) {
        let what = format!("border router `{}/{}`", edge.name, router.name);
        self.account_exists(&what, &router.account);
        // The id is part of keys, in which `/` divides.
        let id = router.id.as_str();
        if id.is_empty() || id.contains(|c: char| c == '/' || c.is_whitespace()) {
            self.problem(format!("{what}: `{}` is no id", router.id));
        }
        if let Some(twin) = earlier.iter().find(|other| other.id == router.id) {
            self.problem(format!(
                "{what}: {} is border router `{}` already",
                router.id, twin.name
            ));
        }
        if router.ranges.is_empty() {
            self.problem(format!(
                "{what}: name at least one range that is behind its line"
            ));
        }
        self.whole(&what, &router.ranges);
        for (index, range) in router.ranges.iter().enumerate() {
            if let Some(other) = router.ranges[..index].iter().find(|o| overlap(o, range)) {
                self.problem(format!("{what}: {range} overlaps its range {other}"));
            }
            for twin in earlier {
                if let Some(other) = twin.ranges.iter().find(|other| overlap(other, range)) {
                    self.problem(format!(
                        "{what}: {range} overlaps {other} of border router `{}`",
                        twin.name
                    ));
                }
            }
        }
        if let Some(probe) = router.probe
            && !router.ranges.iter().any(|range| range.contains(&probe))
        {
            self.problem(format!(
                "{what}: probe {probe} is in none of its ranges, so no packet goes there"
            ));
        }
    }

    fn advertised(&mut self, what: &str, edge: &Edge) {
        for (name, ranges) in &edge.advertise {
            if !edge.members.contains(name) {
                self.problem(format!("{what}: `advertise` names `{name}`, no member"));
            }
            if ranges.is_empty() {
                self.problem(format!(
                    "{what}: `advertise` gives no range of `{name}`; leave it out for all of them"
                ));
            }
            self.whole(what, ranges);
            let whole = self.topology.network(name).and_then(|n| n.range);
            for range in ranges {
                if let Some(whole) = whole.filter(|whole| !whole.contains(range)) {
                    self.problem(format!(
                        "{what}: advertised range {range} is not inside {whole} of network `{name}`"
                    ));
                }
            }
        }
    }

    fn whole(&mut self, what: &str, ranges: &[IpNet]) {
        for range in ranges.iter().filter(|range| **range != range.trunc()) {
            self.problem(format!(
                "{what}: {range} has host bits; write {}",
                range.trunc()
            ));
        }
    }
}

fn overlap(left: &IpNet, right: &IpNet) -> bool {
    left.contains(right) || right.contains(left)
}
