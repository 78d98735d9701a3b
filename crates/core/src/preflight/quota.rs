//! Quotas: what is there, whoever made it, and what the plan adds.
//!
//! What no account may have more of is an error. What an account can have raised is a warning, because no read that
//! Landbridge makes tells whether it was.

use std::collections::BTreeSet;

use super::{Context, Finding};
use ipnet::IpNet;

use crate::ids::{Place, RouteTableId};
use crate::object::{ObjectKey, Pair};
use crate::plan::{Op, PlannedPeer, PlannedRule, tables_of};
use crate::preflight::routes::aggregated_away;
use crate::topology::{Firewall, Network};
use crate::traits::{
    Capabilities, Direction, Endpoint, PeeringKind, PeeringRecord, Phase, Quota, RouteOrigin,
    RouteRecord, RulePeer, RuleRecord, TableRole,
};

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let count = Count { context };
    let mut crowded = Vec::new();
    count.networks(&mut crowded);
    count.subnets(&mut crowded);
    count.peerings_of_networks(&mut crowded);
    count.peerings_of_places(&mut crowded);
    count.routes(&mut crowded);
    count.rules(&mut crowded);
    tell(crowded, findings);
}

/// What is counted, and what its finding says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Counted {
    code: &'static str,
    what: &'static str,
    remedy: &'static str,
}

const NETWORKS: Counted = Counted {
    code: "quota/networks",
    what: "networks",
    remedy: "delete unused networks",
};
const SUBNETS: Counted = Counted {
    code: "quota/subnets",
    what: "subnets",
    remedy: "declare fewer subnets, or delete unused ones",
};
const PEERINGS: Counted = Counted {
    code: "quota/peerings",
    what: "peerings",
    remedy: "split the mesh into smaller interconnects, delete unused peerings, or set `model: hub` where the cloud \
             offers it",
};
const NEAR: Counted = Counted {
    what: "peerings with networks of its region",
    ..PEERINGS
};
const FAR: Counted = Counted {
    what: "peerings with networks of other regions",
    ..PEERINGS
};
const ROUTES: Counted = Counted {
    code: "quota/routes",
    what: "routes",
    remedy: "combine the CIDR blocks that the network reaches, or delete unused routes",
};
const ROUTES_APART: Counted = Counted {
    remedy: "set `aggregate: true` on its interconnects, which combines routes to CIDR blocks that lie side by side, or \
             delete unused routes",
    ..ROUTES
};
const RULES: Counted = Counted {
    code: "quota/rules",
    what: "rules in one direction",
    remedy: "combine CIDR blocks, or split the firewall",
};

/// Something that would hold more than an account usually may.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Crowd {
    counted: Counted,
    cloud: String,
    there: usize,
    added: usize,
    usual: usize,
    most: Option<usize>,
    /// What holds them.
    holder: String,
}

impl Crowd {
    /// Whether there would be room with so many fewer.
    fn would_fit(&self, fewer: usize) -> bool {
        let total = (self.there + self.added).saturating_sub(fewer);
        fewer > 0 && total <= self.most.unwrap_or(self.usual)
    }
}

struct Count<'a> {
    context: &'a Context<'a>,
}

impl Count<'_> {
    fn capabilities(&self, place: &Place) -> Option<&Capabilities> {
        self.context.observation.capabilities.get(&place.cloud)
    }

    fn quota(
        &self,
        network: &Network,
        quota: impl Fn(&Capabilities) -> Option<Quota>,
    ) -> Option<(String, Quota)> {
        let account = self.context.topology.account(&network.account)?;
        let capabilities = self.context.observation.capabilities.get(&account.cloud)?;
        Some((account.cloud.to_string(), quota(capabilities)?))
    }

    /// How many objects the plan makes and deletes whose key passes a test.
    fn changed(&self, test: impl Fn(&ObjectKey) -> bool) -> Change {
        let mut change = Change::default();
        let steps = self.context.plan.steps.iter();
        let steps = steps.filter(|step| step.existing.is_none() && test(step.key.object()));
        for step in steps {
            match step.key.is_delete() {
                true => change.removed += 1,
                false => change.added += 1,
            }
        }
        change
    }

    fn networks(&self, crowded: &mut Vec<Crowd>) {
        let topology = self.context.topology;
        for inventory in &self.context.observation.inventories {
            let place = &inventory.place;
            let quota = self.capabilities(place).and_then(|c| c.networks_per_region);
            let here = |name: &str| {
                let network = topology.network(name);
                network
                    .and_then(|network| topology.place_of(network))
                    .as_ref()
                    == Some(place)
            };
            let change = self.changed(|key| matches!(key, ObjectKey::Network(name) if here(name)));
            let there = inventory.network_count;
            let cloud = place.cloud.to_string();
            let holder = place.to_string();
            crowded.extend(change.crowd(NETWORKS, there, quota.map(|q| (cloud, q)), holder));
        }
    }

    fn subnets(&self, crowded: &mut Vec<Crowd>) {
        for network in &self.context.topology.networks {
            let quota = self.quota(network, |c| c.subnets_per_network);
            let at = self
                .context
                .found
                .networks
                .get(&ObjectKey::network(&network.name));
            let inventories = self.context.observation.inventories.iter();
            let there: BTreeSet<_> = inventories
                .flat_map(|inventory| &inventory.subnets)
                .filter(|subnet| at.is_some_and(|at| at.record.id == subnet.network))
                .map(|subnet| &subnet.id)
                .collect();
            let change = self.changed(
                |key| matches!(key, ObjectKey::Subnet { network: of, .. } if *of == network.name),
            );
            let holder = format!("network {}", network.name);
            crowded.extend(change.crowd(SUBNETS, there.len(), quota, holder));
        }
    }

    /// Peerings of networks that are alive, each once.
    fn peerings(&self) -> Vec<&PeeringRecord> {
        let inventories = self.context.observation.inventories.iter();
        let peerings = inventories.flat_map(|inventory| &inventory.peerings);
        let mut seen = BTreeSet::new();
        peerings
            .filter(|peering| peering.kind == PeeringKind::NetworkToNetwork)
            .filter(|peering| !matches!(peering.status.phase, Phase::Failed | Phase::Deleting))
            .filter(|peering| seen.insert(&peering.id))
            .collect()
    }

    fn peerings_of_networks(&self, crowded: &mut Vec<Crowd>) {
        let peerings = self.peerings();
        for network in &self.context.topology.networks {
            let Some(quota) = self.quota(network, |c| c.peerings_per_network) else {
                continue;
            };
            let far_quota = self.quota(network, |c| c.peerings_to_other_regions);
            let parts = match far_quota {
                Some(far) => vec![(NEAR, Some(false), quota), (FAR, Some(true), far)],
                None => vec![(PEERINGS, None, quota)],
            };
            let there: Vec<bool> = peerings
                .iter()
                .filter_map(|record| self.leads_far(record, network))
                .collect();
            for (counted, far, quota) in parts {
                let counts = |is_far: bool| far.is_none_or(|far| far == is_far);
                let there = there.iter().filter(|is_far| counts(**is_far)).count();
                let change = self.changed(|key| match key {
                    ObjectKey::Peering(pair) => {
                        self.will_lead_far(pair, network).is_some_and(counts)
                    }
                    _ => false,
                });
                let holder = format!("network {}", network.name);
                crowded.extend(change.crowd(counted, there, Some(quota), holder));
            }
        }
    }

    /// Whether a peering of a network leads to another region; nothing if it joins others.
    fn leads_far(&self, record: &PeeringRecord, network: &Network) -> Option<bool> {
        let key = ObjectKey::network(&network.name);
        let id = &self.context.found.networks.get(&key)?.record.id;
        let far = match (&record.requester, &record.accepter) {
            (near, far) if near.id() == id.as_str() => far,
            (far, near) if near.id() == id.as_str() => far,
            _ => return None,
        };
        Some(far.region() != Some(&network.region))
    }

    /// The same of a peering of the topology.
    fn will_lead_far(&self, pair: &Pair, network: &Network) -> Option<bool> {
        let other = match &network.name {
            name if pair.left == *name => &pair.right,
            name if pair.right == *name => &pair.left,
            _ => return None,
        };
        let other = self.context.topology.network(other)?;
        Some(other.region != network.region)
    }

    // As far as they join networks that were read: no list holds those of networks that take no part.
    fn peerings_of_places(&self, crowded: &mut Vec<Crowd>) {
        let topology = self.context.topology;
        let peerings = self.peerings();
        for inventory in &self.context.observation.inventories {
            let place = &inventory.place;
            let Some(quota) = self.capabilities(place).and_then(|c| c.peerings_per_region) else {
                continue;
            };
            let is_here = |end: &Endpoint| {
                *end.account() == place.account && end.region() == Some(&place.region)
            };
            let here =
                |record: &&&PeeringRecord| is_here(&record.requester) || is_here(&record.accepter);
            let there = peerings.iter().filter(here).count();
            let joins = |name: &String| {
                let network = topology.network(name);
                network
                    .and_then(|network| topology.place_of(network))
                    .as_ref()
                    == Some(place)
            };
            let change = self.changed(|key| {
                matches!(key, ObjectKey::Peering(pair) if joins(&pair.left) || joins(&pair.right))
            });
            let quota = Some((place.cloud.to_string(), quota));
            crowded.extend(change.crowd(PEERINGS, there, quota, place.to_string()));
        }
    }

    fn routes(&self, crowded: &mut Vec<Crowd>) {
        for network in &self.context.topology.networks {
            let chosen = tables_of(network, self.context.found).chosen.into_iter();
            let mut tables: Vec<Table> = chosen
                .map(|table| (table.role == TableRole::Custom, Some(table.id.clone())))
                .collect();
            if tables.is_empty() {
                tables.push((false, None));
            }
            for table in tables {
                for v4 in [true, false] {
                    crowded.extend(self.routes_of(network, &table, v4));
                }
            }
        }
    }

    fn routes_of(&self, network: &Network, (custom, id): &Table, v4: bool) -> Option<Crowd> {
        let inventories = self.context.observation.inventories.iter();
        let routes = inventories.flat_map(|inventory| &inventory.routes);
        let counts = |route: &&RouteRecord| {
            id.as_ref() == Some(&route.table)
                && route.origin == RouteOrigin::Custom
                && route.status.phase != Phase::Deleting
        };
        let of_family = |range: &&IpNet| range.addr().is_ipv4() == v4;
        // Each entry of a prefix list counts. One that could not be read has at least one, of a family that is not known.
        let weight = |route: &RouteRecord| match route.destination.ranges() {
            Some(ranges) => ranges.iter().filter(of_family).count(),
            None => 1,
        };
        let there = routes.filter(counts).map(weight).sum();
        let in_plan = id.as_ref().filter(|_| *custom);
        let change = self.changed(|key| match key {
            ObjectKey::Route {
                network: of,
                table,
                destination,
            } => {
                *of == network.name
                    && table.as_ref() == in_plan
                    && destination.addr().is_ipv4() == v4
            }
            _ => false,
        });
        let table = match id {
            Some(id) => format!("route table {id}"),
            None => "the main route table".to_owned(),
        };
        let holder = format!("{table} of network {}", network.name);
        let quota = self.quota(network, |c| c.routes_per_table);
        let fewer = aggregated_away(self.context, network, v4);
        let crowd = change.crowd(ROUTES, there, quota, holder)?;
        let counted = match crowd.would_fit(fewer) {
            true => ROUTES_APART,
            false => ROUTES,
        };
        Some(Crowd { counted, ..crowd })
    }

    fn rules(&self, crowded: &mut Vec<Crowd>) {
        for firewall in &self.context.topology.firewalls {
            let networks = firewall.networks.iter();
            for network in networks.filter_map(|name| self.context.topology.network(name)) {
                for direction in [Direction::Ingress, Direction::Egress] {
                    for v4 in [true, false] {
                        crowded.extend(self.rules_of(firewall, network, direction, v4));
                    }
                }
            }
        }
    }

    fn rules_of(
        &self,
        firewall: &Firewall,
        network: &Network,
        direction: Direction,
        v4: bool,
    ) -> Option<Crowd> {
        let found = self.context.found;
        let group = found
            .groups
            .get(&ObjectKey::group(&firewall.name, &network.name));
        let records = group.and_then(|at| found.rules.get(&at.record.id));
        let counts = |record: &&RuleRecord| {
            record.rule.direction == direction && of_family(&record.rule.peer, v4)
        };
        let there = records.into_iter().flatten().filter(counts).count();
        let object = ObjectKey::rules(&firewall.name, &network.name);
        let mut change = Change::default();
        let steps = self.context.plan.steps.iter();
        for step in steps.filter(|step| *step.key.object() == object) {
            match &step.op {
                Op::AuthorizeRules(step) => {
                    let planned = step.rules.iter();
                    let counts = |rule: &&PlannedRule| {
                        rule.direction == direction && planned_family(rule, v4)
                    };
                    change.added += planned.filter(counts).count();
                }
                Op::RevokeRules(step) => {
                    change.removed += step.rules.iter().filter(counts).count();
                }
                _ => {}
            }
        }
        let quota = self.quota(network, |c| c.rules_per_group);
        let holder = format!("firewall {} in network {}", firewall.name, network.name);
        change.crowd(RULES, there, quota, holder)
    }
}

/// Whether a route table is a custom one, and its ID if it exists.
type Table = (bool, Option<RouteTableId>);

// Rules of the two families are counted apart; one that names something else counts in both.
fn of_family(peer: &RulePeer, v4: bool) -> bool {
    match peer {
        RulePeer::Range(range) => range.addr().is_ipv4() == v4,
        _ => true,
    }
}

fn planned_family(rule: &PlannedRule, v4: bool) -> bool {
    match &rule.peer {
        PlannedPeer::Range(range) => range.addr().is_ipv4() == v4,
        PlannedPeer::Ipv6Of(_) => !v4,
        PlannedPeer::Group { .. } => true,
    }
}

#[derive(Default)]
struct Change {
    added: usize,
    removed: usize,
}

impl Change {
    /// What the plan would crowd; nothing where it adds nothing.
    fn crowd(
        self,
        counted: Counted,
        there: usize,
        quota: Option<(String, Quota)>,
        holder: String,
    ) -> Option<Crowd> {
        let (cloud, Quota { usual, most }) = quota?;
        let total = (there + self.added).saturating_sub(self.removed);
        (self.added > 0 && total > usual).then_some(Crowd {
            counted,
            cloud,
            there,
            added: self.added,
            usual,
            most: most.filter(|most| total > *most),
            holder,
        })
    }
}

/// How many holders one finding names.
const NAMED: usize = 3;

// Holders with the same numbers share a finding: in a mesh all networks have them.
fn tell(mut crowded: Vec<Crowd>, findings: &mut Vec<Finding>) {
    crowded.sort();
    let same = |a: &Crowd, b: &Crowd| {
        (a.counted, &a.cloud, a.there, a.added) == (b.counted, &b.cloud, b.there, b.added)
    };
    for crowd in crowded.chunk_by(same) {
        findings.push(finding(crowd));
    }
}

fn finding(crowd: &[Crowd]) -> Finding {
    let Crowd {
        counted,
        cloud,
        there,
        added,
        usual,
        most,
        ..
    } = &crowd[0];
    let names = crowd.iter().map(|one| one.holder.as_str());
    let mut subject: Vec<String> = names.take(NAMED).map(str::to_owned).collect();
    if let Some(more) = crowd.len().checked_sub(NAMED).filter(|more| *more > 0) {
        subject.push(format!("{more} more"));
    }
    let subject = subject.join(", ");
    let what = counted.what;
    let numbers = format!("{what} that exist: {there}, that the plan adds: {added}");
    match most {
        Some(most) => Finding::error(
            counted.code,
            subject,
            format!("{numbers}; {cloud} allows at most {most}, including those of others"),
            counted.remedy,
        ),
        None => Finding::warning(
            counted.code,
            subject,
            format!("{numbers}; the default quota is {usual}, including those of others"),
            format!(
                "unless the quota of this account was raised already, ask the cloud for a higher one; or {}",
                counted.remedy
            ),
        ),
    }
}
