//! The picture of a plan: what is new, what changes, and what goes away.

use std::collections::BTreeMap;

use super::declared::draw;
use super::discovered::not_understood;
use super::text::count;
use super::{Element, ElementKind, Link, LinkKind, Mark, Picture, Row, Subject};
use crate::ids::Place;
use crate::object::{Attached, MemberKey, ObjectKey, Pair};
use crate::observation::Observation;
use crate::plan::{Found, Plan, Step};
use crate::topology::Topology;

impl Picture {
    /// What a plan changes of a topology: the topology, what the plan takes away, and at each object the steps that concern
    /// it. Every step of the plan is told at one place of the picture.
    pub fn planned(topology: &Topology, observation: &Observation, plan: &Plan) -> Self {
        let found = Found::objects(topology, observation);
        let mut picture = draw(topology, &offers(observation), &found);
        picture.subject = Subject::Plan;
        let heading = plan.to_string();
        picture.title = heading.lines().next().unwrap_or_default().to_owned();
        let mut steps = Steps::of(topology, &found, plan);
        steps.mark(&mut picture);
        steps.add(topology, &mut picture);
        not_understood(&mut picture, observation.not_understood());
        picture.bundle();
        picture
    }
}

/// What the clouds of an observation offer.
pub(super) fn offers(observation: &Observation) -> super::declared::Offers {
    let known = observation.capabilities.iter();
    known
        .map(|(cloud, capabilities)| (cloud.clone(), capabilities.into()))
        .collect()
}

/// Where a step is told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum At {
    /// At an element, a row or a link of this key.
    Key(String),
    /// At a row that is part of the network of this key.
    Part { network: String, key: String },
    /// At an account.
    Account(String),
    /// Nowhere else than in its place.
    Place(Place),
}

/// What a plan does to one part of a picture.
#[derive(Default)]
struct Change<'a> {
    own: Vec<&'a Step>,
    more: Vec<&'a Step>,
}

impl Change<'_> {
    fn mark(&self) -> Mark {
        let marks: Vec<Mark> = self.own.iter().map(|step| mark(step)).collect();
        match (marks.contains(&Mark::New), marks.contains(&Mark::Gone)) {
            (true, true) => Mark::Replaced,
            (true, false) => Mark::New,
            (false, true) => Mark::Gone,
            (false, false) => Mark::Changed,
        }
    }

    fn details(&self) -> impl Iterator<Item = String> {
        let steps = self.own.iter().chain(&self.more);
        steps.map(|step| detail(step))
    }
}

fn mark(step: &Step) -> Mark {
    match (step.op.is_delete(), &step.existing) {
        (true, _) => Mark::Gone,
        (false, Some(_)) => Mark::Changed,
        _ if step.op.is_rename() => Mark::Changed,
        (false, None) => Mark::New,
    }
}

fn detail(step: &Step) -> String {
    let (sign, key) = (mark(step).sign(), step.key.object());
    let mut text = format!("{sign} {key}: {}", step.op);
    if let Some(id) = &step.existing {
        text.push_str(&format!("; {id} is there and not ready yet"));
    }
    if let Some(id) = &step.replaces {
        text.push_str(&format!("; replaces {id}"));
    }
    text
}

struct Steps<'a>(BTreeMap<At, Change<'a>>);

impl<'a> Steps<'a> {
    fn of(topology: &Topology, found: &Found, plan: &'a Plan) -> Self {
        let mut changes: BTreeMap<At, Change<'a>> = BTreeMap::new();
        for step in &plan.steps {
            let (at, is_own) = at(topology, found, step);
            let change = changes.entry(at).or_default();
            match is_own {
                true => change.own.push(step),
                false => change.more.push(step),
            }
        }
        Self(changes)
    }

    fn take(&mut self, key: &str) -> Option<Change<'a>> {
        self.0.remove(&At::Key(key.to_owned()))
    }

    // What the topology declares.
    fn mark(&mut self, picture: &mut Picture) {
        for element in picture.elements_mut() {
            self.mark_element(element);
        }
        for link in &mut picture.links {
            if let Some(change) = self.take(&link.key) {
                link.mark = change.mark();
                link.details.extend(change.details());
            }
        }
        for account in &mut picture.accounts {
            if let Some(change) = self.0.remove(&At::Account(account.name.clone())) {
                account.mark = Mark::Changed;
                account.details.extend(change.details());
            }
        }
    }

    fn mark_element(&mut self, element: &mut Element) {
        let mut change = self.take(&element.key);
        if let Some(change) = &mut change {
            element.mark = change.mark();
            element.details.extend(change.details());
            element.rows.extend(routes(&change.more));
        }
        let parts = self.parts_of(&element.key);
        if parts.is_empty() {
            return;
        }
        if change.is_none() {
            element.mark = Mark::Changed;
        }
        for (key, change) in parts {
            element.details.extend(change.details());
            match element.rows.iter_mut().find(|row| row.key == key) {
                Some(row) => row.mark = change.mark(),
                None => {
                    let mut row = Row::of(&key, key.replacen('/', " ", 1));
                    row.mark = change.mark();
                    element.rows.push(row);
                }
            }
        }
    }

    fn parts_of(&mut self, key: &str) -> Vec<(String, Change<'a>)> {
        let is_part = |at: &At| matches!(at, At::Part { network, .. } if network == key);
        let keys: Vec<At> = self.0.keys().filter(|at| is_part(at)).cloned().collect();
        let take = |at: At| {
            let change = self.0.remove(&at)?;
            match at {
                At::Part { key, .. } => Some((key, change)),
                _ => None,
            }
        };
        keys.into_iter().filter_map(take).collect()
    }

    // What the topology does not declare any more.
    fn add(&mut self, topology: &Topology, picture: &mut Picture) {
        while let Some((at, change)) = self.0.pop_first() {
            match at {
                At::Key(key) => self.add_object(topology, picture, &key, change),
                At::Part { network, key } => {
                    let first = change.own.iter().chain(&change.more).next();
                    if let Some(step) = first {
                        element(picture, topology, &network, &step.place);
                        self.0.insert(
                            At::Part {
                                network: network.clone(),
                                key,
                            },
                            change,
                        );
                        if let Some(drawn) = picture.element_mut(&network) {
                            self.mark_element(drawn);
                        }
                    }
                }
                At::Account(_) | At::Place(_) => other(picture, topology, &change),
            }
        }
    }

    fn add_object(
        &mut self,
        topology: &Topology,
        picture: &mut Picture,
        key: &str,
        change: Change<'a>,
    ) {
        let Some(step) = change.own.iter().chain(&change.more).next() else {
            return;
        };
        if let Some((kind, ends)) = ends(key, &step.place) {
            for end in &ends {
                element(picture, topology, end, &step.place);
            }
            let [one, other] = ends;
            let mut link = Link::new(key, kind, one, other);
            let object = ObjectKey::from(key);
            link.group = object
                .carried()
                .interconnect()
                .unwrap_or_default()
                .to_owned();
            link.mark = change.mark();
            link.details.extend(change.details());
            picture.links.push(link);
            return;
        }
        if kind(&ObjectKey::from(key)).is_none() {
            other(picture, topology, &change);
            return;
        }
        element(picture, topology, key, &step.place);
        let key = key.to_owned();
        self.0.insert(At::Key(key.clone()), change);
        if let Some(drawn) = picture.element_mut(&key) {
            self.mark_element(drawn);
        }
    }
}

// Where a step is told, and whether it makes or deletes what is there.
fn at(topology: &Topology, found: &Found, step: &Step) -> (At, bool) {
    let key = step.key.object();
    let of = |key: ObjectKey| At::Key(key.to_string());
    let part = |network: &str, key: ObjectKey| At::Part {
        network: ObjectKey::network(network).to_string(),
        key: key.to_string(),
    };
    match key {
        ObjectKey::Duplicate { .. } => (of(key.clone()), true),
        ObjectKey::Network(_)
        | ObjectKey::GlobalHub(_)
        | ObjectKey::RegionalHub { .. }
        | ObjectKey::EdgeHub(_)
        | ObjectKey::Attachment(_)
        | ObjectKey::Link(_)
        | ObjectKey::Peering(_) => (of(key.clone()), true),
        ObjectKey::Learning { of: attached, .. } | ObjectKey::Grant(attached) => {
            (of(ObjectKey::Attachment(attached.clone())), false)
        }
        ObjectKey::LinkLearning { of: pair, .. } => (of(ObjectKey::Link(pair.clone())), false),
        ObjectKey::Acceptance(pair) | ObjectKey::DnsResolution { of: pair, .. } => {
            (of(ObjectKey::Peering(pair.clone())), false)
        }
        ObjectKey::Route { network, .. }
        | ObjectKey::Ipv6Route { network, .. }
        | ObjectKey::HostNames(network) => (of(ObjectKey::network(network)), false),
        ObjectKey::Range { network, .. }
        | ObjectKey::Subnet { network, .. }
        | ObjectKey::ServiceEndpoint { network, .. } => (part(network, key.clone()), true),
        ObjectKey::Group { network, .. } => (part(network, key.clone()), true),
        ObjectKey::Rules { firewall, network } => {
            (part(network, ObjectKey::group(firewall, network)), false)
        }
        ObjectKey::Instance(name) => match network_of(topology, found, name) {
            Some(network) => (part(&network, key.clone()), true),
            None => (At::Place(step.place.clone()), true),
        },
        ObjectKey::Service { account, .. } => (At::Account(account.clone()), false),
        _ => (At::Place(step.place.clone()), true),
    }
}

// The network of an instance that the topology declares, or of one that it has dropped and that is there.
fn network_of(topology: &Topology, found: &Found, instance: &str) -> Option<String> {
    let mut declared = topology.instances.iter();
    if let Some(declared) = declared.find(|one| one.name == instance) {
        return declared.network_name().map(str::to_owned);
    }
    let there = found.instances.get(&ObjectKey::instance(instance))?;
    let key = found.networks.key_of(there.record.network.as_ref()?)?;
    match key {
        ObjectKey::Network(name) => Some(name.clone()),
        _ => None,
    }
}

// How many routes of a network are added and taken away, and what else belongs to it.
fn routes(steps: &[&Step]) -> Option<Row> {
    let is_route = |step: &&&Step| step.key.object().form() == "route";
    let routes: Vec<&&Step> = steps.iter().filter(is_route).collect();
    let gone = routes.iter().filter(|step| step.op.is_delete()).count();
    let new = routes.len() - gone;
    let (text, mark) = match (new, gone) {
        (0, 0) => return None,
        (new, 0) => (count(new, "route"), Mark::New),
        (0, gone) => (count(gone, "route"), Mark::Gone),
        (new, gone) => (
            format!("{} new, {gone} away", count(new, "route")),
            Mark::Changed,
        ),
    };
    let mut row = Row::of("routes/", text);
    row.mark = mark;
    Some(row)
}

// The elements that a link joins, by their keys; a hub comes second.
fn ends(key: &str, place: &Place) -> Option<(LinkKind, [String; 2])> {
    let object = ObjectKey::from(key);
    let network = |name: &str| ObjectKey::network(name).to_string();
    match object.carried() {
        ObjectKey::Attachment(Attached { to, member }) => Some(match member {
            MemberKey::Network(name) => {
                let hub = ObjectKey::regional_hub(to, &place.region);
                (LinkKind::Attachment, [network(name), hub.to_string()])
            }
            MemberKey::BorderRouter(id) => {
                let hub = ObjectKey::edge_hub(to).to_string();
                let router = super::declared::router_key(to, id.as_str());
                (LinkKind::Attachment, [router, hub])
            }
        }),
        ObjectKey::Link(Pair {
            interconnect,
            left,
            right,
        }) => {
            let hub = |region: &str| ObjectKey::regional_hub(interconnect, &region.into());
            let ends = [hub(left), hub(right)].map(|hub| hub.to_string());
            Some((LinkKind::Link, ends))
        }
        ObjectKey::Peering(pair) => {
            let ends = [network(&pair.left), network(&pair.right)];
            Some((LinkKind::Peering, ends))
        }
        _ => None,
    }
}

fn kind(key: &ObjectKey) -> Option<(ElementKind, String)> {
    Some(match key.carried() {
        ObjectKey::Network(name) => (ElementKind::Network, name.clone()),
        ObjectKey::GlobalHub(name) => (ElementKind::GlobalHub, name.clone()),
        ObjectKey::RegionalHub { interconnect, .. } => {
            (ElementKind::RegionalHub, interconnect.clone())
        }
        ObjectKey::EdgeHub(name) => (ElementKind::EdgeHub, name.clone()),
        _ => return None,
    })
}

// Draws an element of this key, unless it is there.
fn element(picture: &mut Picture, topology: &Topology, key: &str, place: &Place) {
    if picture.element(key).is_some() {
        return;
    }
    let object = ObjectKey::from(key);
    let (kind, name) = kind(&object).unwrap_or_else(|| match key.rsplit_once('/') {
        Some((head, name)) if head.starts_with("router/") => {
            (ElementKind::BorderRouter, name.to_owned())
        }
        _ => (ElementKind::Other, key.to_owned()),
    });
    let mut element = Element::new(key, kind, name);
    if let ObjectKey::Duplicate { id, .. } = &object {
        element = element.with_row(format!("duplicate {id}"));
    }
    let region = match object.carried() {
        ObjectKey::RegionalHub { region, .. } => Some(region.clone()),
        ObjectKey::GlobalHub(_) | ObjectKey::EdgeHub(_) => None,
        _ => Some(place.region.clone()),
    };
    let account = account(picture, topology, place);
    match region {
        Some(region) => account.region(&region).elements.push(element),
        None => account.elements.push(element),
    }
}

fn account<'p>(
    picture: &'p mut Picture,
    topology: &Topology,
    place: &Place,
) -> &'p mut super::AccountBox {
    let mut declared = topology.accounts.iter();
    let name = declared.find(|one| one.cloud == place.cloud && one.id == place.account);
    let drawn = picture.account(&place.cloud, &place.account);
    if let Some(account) = name {
        drawn.name.clone_from(&account.name);
    }
    drawn
}

// Steps that concern nothing that is drawn: one element for each place.
fn other(picture: &mut Picture, topology: &Topology, change: &Change<'_>) {
    let steps: Vec<&Step> = change.own.iter().chain(&change.more).copied().collect();
    for step in steps {
        let key = format!("steps/{}", step.place);
        element(picture, topology, &key, &step.place);
        let Some(drawn) = picture.element_mut(&key) else {
            continue;
        };
        "other steps".clone_into(&mut drawn.name);
        drawn.mark = Mark::Changed;
        let mut row = Row::of(step.key.object().to_string(), step.key.object().to_string());
        row.mark = mark(step);
        drawn.rows.push(row);
        drawn.details.push(detail(step));
    }
}
