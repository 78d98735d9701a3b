//! Quotas: what is there, whoever made it, and what the plan adds.
//!
//! What no account may have more of is an error. What an account can have raised is a warning, because no read that
//! Landbridge makes tells whether it was.

use std::collections::{BTreeSet, HashMap};
use std::iter::Sum;

use super::{Context, Finding};
use ipnet::IpNet;

use crate::ids::{Place, RouteTableId};
use crate::object::{ObjectKey, Pair};
use crate::plan::{Op, PlannedPeer, PlannedRule, Step, tables_of};
use crate::preflight::routes::aggregated_away;
use crate::topology::{Firewall, Network, Topology};
use crate::traits::{
    Capabilities, Direction, Endpoint, PeeringKind, PeeringRecord, Phase, Quota, RouteOrigin,
    RouteRecord, RulePeer, RuleRecord, TableRole,
};

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let count = Count::of(context);
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

/// What the plan makes and deletes, by what would hold it.
#[derive(Default)]
struct Changes<'a> {
    networks: HashMap<Place, Change>,
    subnets: HashMap<&'a str, Change>,
    /// By network, and whether they lead to another region.
    peerings: HashMap<(&'a str, bool), Change>,
    peerings_at: HashMap<Place, Change>,
    /// By network, custom route table, and whether their destinations are IPv4.
    routes: HashMap<(&'a str, Option<&'a RouteTableId>, bool), Change>,
    rules: HashMap<&'a ObjectKey, Vec<&'a Step>>,
}

impl<'a> Changes<'a> {
    fn add(&mut self, topology: &Topology, step: &'a Step) {
        let object = step.key.object();
        if matches!(step.op, Op::AuthorizeRules(_) | Op::RevokeRules(_)) {
            self.rules.entry(object).or_default().push(step);
        }
        if step.existing.is_some() {
            return;
        }
        let place_of = |name: &str| topology.place_of(topology.network(name)?);
        match object {
            ObjectKey::Network(name) => {
                if let Some(place) = place_of(name) {
                    self.networks.entry(place).or_default().count(step);
                }
            }
            ObjectKey::Subnet { network, .. } => {
                self.subnets.entry(network).or_default().count(step);
            }
            ObjectKey::Route {
                network,
                table,
                destination,
            } => {
                let held_by = (
                    network.as_str(),
                    table.as_ref(),
                    destination.addr().is_ipv4(),
                );
                self.routes.entry(held_by).or_default().count(step);
            }
            ObjectKey::Peering(pair) => {
                let places = [&pair.left, &pair.right].map(|name| place_of(name));
                let places: BTreeSet<Place> = places.into_iter().flatten().collect();
                for place in places {
                    self.peerings_at.entry(place).or_default().count(step);
                }
                self.peering(topology, pair, step);
            }
            _ => {}
        }
    }

    fn peering(&mut self, topology: &Topology, pair: &'a Pair, step: &Step) {
        let ends = [&pair.left, &pair.right].map(|name| topology.network(name));
        if let [Some(left), Some(right)] = ends {
            let is_far = left.region != right.region;
            for name in [&pair.left, &pair.right] {
                let held_by = (name.as_str(), is_far);
                self.peerings.entry(held_by).or_default().count(step);
            }
        }
    }
}

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
    changes: Changes<'a>,
}

impl<'a> Count<'a> {
    fn of(context: &'a Context<'a>) -> Self {
        let mut changes = Changes::default();
        for step in &context.plan.steps {
            changes.add(context.topology, step);
        }
        Self { context, changes }
    }

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

    fn networks(&self, crowded: &mut Vec<Crowd>) {
        for inventory in &self.context.observation.inventories {
            let place = &inventory.place;
            let quota = self.capabilities(place).and_then(|c| c.networks_per_region);
            let change = self
                .changes
                .networks
                .get(place)
                .copied()
                .unwrap_or_default();
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
            let observation = self.context.observation;
            let there = at
                .into_iter()
                .flat_map(|at| observation.subnets_of(&at.record.id));
            let there: BTreeSet<_> = there.map(|subnet| &subnet.id).collect();
            let change = self.changes.subnets.get(network.name.as_str());
            let change = change.copied().unwrap_or_default();
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
        let mut joining: HashMap<&str, Vec<&PeeringRecord>> = HashMap::new();
        for record in self.peerings() {
            for end in [&record.requester, &record.accepter] {
                joining.entry(end.id()).or_default().push(record);
            }
        }
        for network in &self.context.topology.networks {
            let Some(quota) = self.quota(network, |c| c.peerings_per_network) else {
                continue;
            };
            let far_quota = self.quota(network, |c| c.peerings_to_other_regions);
            let parts = match far_quota {
                Some(far) => vec![(NEAR, Some(false), quota), (FAR, Some(true), far)],
                None => vec![(PEERINGS, None, quota)],
            };
            let key = ObjectKey::network(&network.name);
            let there = self.context.found.networks.get(&key);
            let there = there.and_then(|at| joining.get(at.record.id.as_str()));
            let there: Vec<bool> = there
                .into_iter()
                .flatten()
                .filter_map(|record| self.leads_far(record, network))
                .collect();
            for (counted, far, quota) in parts {
                let counts = |is_far: bool| far.is_none_or(|far| far == is_far);
                let there = there.iter().filter(|is_far| counts(**is_far)).count();
                let change = [false, true].into_iter().filter(|is_far| counts(*is_far));
                let change = change.map(|is_far| {
                    let change = self.changes.peerings.get(&(network.name.as_str(), is_far));
                    change.copied().unwrap_or_default()
                });
                let change: Change = change.sum();
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

    // As far as they join networks that were read: no list holds those of networks that take no part.
    fn peerings_of_places(&self, crowded: &mut Vec<Crowd>) {
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
            let change = self.changes.peerings_at.get(place);
            let change = change.copied().unwrap_or_default();
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
        let observation = self.context.observation;
        let routes = id.iter().flat_map(|id| observation.routes_in(id));
        let routes = routes.map(|(_, route)| route);
        let counts = |route: &&RouteRecord| {
            route.origin == RouteOrigin::Custom && route.status.phase != Phase::Deleting
        };
        let of_family = |range: &&IpNet| range.addr().is_ipv4() == v4;
        // Each entry of a prefix list counts. One that could not be read has at least one, of a family that is not known.
        let weight = |route: &RouteRecord| match route.destination.ranges() {
            Some(ranges) => ranges.iter().filter(of_family).count(),
            None => 1,
        };
        let there = routes.filter(counts).map(weight).sum();
        let in_plan = id.as_ref().filter(|_| *custom);
        let change = self
            .changes
            .routes
            .get(&(network.name.as_str(), in_plan, v4));
        let change = change.copied().unwrap_or_default();
        let table = match id {
            Some(id) => format!("route table {id}"),
            None => "the main route table".to_owned(),
        };
        let holder = format!("{table} of network {}", network.name);
        let quota = self.quota(network, |c| c.routes_per_table);
        let crowd = change.crowd(ROUTES, there, quota, holder)?;
        let fewer = aggregated_away(self.context, network, v4);
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
        for step in self.changes.rules.get(&object).into_iter().flatten() {
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

#[derive(Clone, Copy, Default)]
struct Change {
    added: usize,
    removed: usize,
}

impl Sum for Change {
    fn sum<I: Iterator<Item = Self>>(changes: I) -> Self {
        changes.fold(Self::default(), |sum, one| Self {
            added: sum.added + one.added,
            removed: sum.removed + one.removed,
        })
    }
}

impl Change {
    fn count(&mut self, step: &Step) {
        match step.key.is_delete() {
            true => self.removed += 1,
            false => self.added += 1,
        }
    }

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
