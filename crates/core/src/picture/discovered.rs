//! The picture of what exists in some places, made by Landbridge or by others.

use std::collections::{BTreeMap, BTreeSet};

use super::declared::{ranges, zone};
use super::text::count;
use super::{Element, ElementKind, Link, LinkKind, Mark, Picture, Row, Subject};
use crate::discovery::Discovery;
use crate::ids::{AccountId, CloudName, NetworkId, Place, Region};
use crate::object::Record;
use crate::topology::Account;
use crate::traits::{
    Endpoint, GrantRecord, HubRecord, HubScope, Inventory, Member, NetworkRecord, NotUnderstood,
    PeeringKind, PeeringRecord, Status,
};

/// So many objects that were not understood are drawn in each region; the others are counted.
const UNKNOWN: usize = 8;

impl Picture {
    /// What exists in some places. Ends of peerings and attachments that were not read are drawn with their IDs alone, and
    /// what was listed and not understood, or could not be read, has a place too.
    ///
    /// `accounts` give accounts their names; the others are called by their IDs.
    pub fn discovered(discovery: &Discovery, accounts: &[Account]) -> Self {
        let mut pen = Pen {
            picture: Picture::new(Subject::Discovered, ""),
            accounts,
            seen: BTreeSet::new(),
        };
        for inventory in &discovery.inventories {
            pen.account(&inventory.place.cloud, &inventory.place.account)
                .region(&inventory.place.region);
            pen.hubs(inventory);
            pen.networks(inventory);
        }
        for inventory in &discovery.inventories {
            pen.joins(inventory);
            pen.grants(inventory);
        }
        let mut picture = pen.picture;
        not_understood(
            &mut picture,
            discovery.inventories.iter().flat_map(|i| &i.not_understood),
        );
        for missing in discovery.not_read() {
            let element = Element::new(
                format!("not-read/{}/{}", missing.place, missing.what),
                ElementKind::Unknown,
                format!("{} not read", missing.what),
            );
            let element = element
                .with_mark(Mark::Unknown)
                .with_detail(&missing.reason);
            put(&mut picture, &missing.place, element);
            picture.notes.push(format!("{missing}"));
        }
        let (title, summary) = headings(&picture);
        (picture.title, picture.summary) = (title, summary);
        picture.bundle();
        picture
    }
}

fn headings(picture: &Picture) -> (String, String) {
    let regions = picture.accounts.iter().flat_map(|account| &account.regions);
    let title = format!("Discovered in {}", count(regions.count(), "place"));
    let of = |kind: ElementKind| picture.elements().filter(move |one| one.kind == kind);
    let hubs = picture.elements().filter(|one| one.is_router());
    let summary = [
        count(of(ElementKind::Network).count(), "network"),
        format!("{} and routers", count(hubs.count(), "hub")),
        count(picture.links.len(), "connection"),
    ];
    (title, summary.join(", "))
}

/// Draws what was listed in places and not understood.
pub(super) fn not_understood<'a>(
    picture: &mut Picture,
    listed: impl IntoIterator<Item = &'a NotUnderstood>,
) {
    let mut places: BTreeMap<&Place, Vec<&NotUnderstood>> = BTreeMap::new();
    for one in listed {
        places.entry(&one.place).or_default().push(one);
    }
    for (place, listed) in places {
        for (index, one) in listed.iter().take(UNKNOWN).enumerate() {
            let element = Element::new(
                format!("not-understood/{place}/{index}"),
                ElementKind::Unknown,
                one.name(),
            );
            let element = element
                .with_row(one.operation.clone())
                .with_mark(Mark::Unknown)
                .with_detail(&one.reason);
            put(picture, place, element);
        }
        let others: Vec<&&NotUnderstood> = listed.iter().skip(UNKNOWN).collect();
        if others.is_empty() {
            continue;
        }
        let mut element = Element::new(
            format!("not-understood/{place}/more"),
            ElementKind::Unknown,
            format!("{} more", others.len()),
        )
        .with_mark(Mark::Unknown);
        let lines = others
            .iter()
            .map(|one| format!("{}: {}", one.name(), one.reason));
        element.details.extend(lines);
        put(picture, place, element);
    }
}

fn put(picture: &mut Picture, place: &Place, element: Element) {
    let account = picture.account(&place.cloud, &place.account);
    account.region(&place.region).elements.push(element);
}

struct Pen<'a> {
    picture: Picture,
    accounts: &'a [Account],
    /// The IDs that are drawn.
    seen: BTreeSet<String>,
}

impl Pen<'_> {
    fn account(&mut self, cloud: &CloudName, id: &AccountId) -> &mut super::AccountBox {
        let mut named = self.accounts.iter();
        let named = named.find(|account| account.cloud == *cloud && account.id == *id);
        let drawn = self.picture.account(cloud, id);
        if let Some(account) = named {
            drawn.name.clone_from(&account.name);
        }
        drawn
    }

    fn put(
        &mut self,
        cloud: &CloudName,
        id: &AccountId,
        region: Option<&Region>,
        element: Element,
    ) {
        if !self.seen.insert(element.key.clone()) {
            return;
        }
        let account = self.account(cloud, id);
        match region {
            Some(region) => account.region(region).elements.push(element),
            None => account.elements.push(element),
        }
    }

    fn hubs(&mut self, inventory: &Inventory) {
        for hub in &inventory.hubs {
            let cloud = &inventory.place.cloud;
            self.put(cloud, &hub.account, hub.region.as_ref(), of_hub(hub));
            if let HubScope::Regional {
                parent: Some(parent),
            } = &hub.scope
            {
                let key = format!("part/{}", hub.id);
                let part = Link::new(key, LinkKind::Part, hub.id.as_str(), parent.as_str());
                self.link(part);
            }
        }
    }

    fn link(&mut self, link: Link) {
        if self.seen.insert(format!("link {}", link.key)) {
            self.picture.links.push(link);
        }
    }

    fn networks(&mut self, inventory: &Inventory) {
        let cloud = &inventory.place.cloud;
        for network in &inventory.networks {
            let element = of_network(network, inventory);
            self.put(cloud, &network.account, Some(&network.region), element);
        }
        let networks = || inventory.networks.iter().map(|network| &network.id);
        let is_here = |id: &Option<NetworkId>| networks().any(|one| Some(one) == id.as_ref());
        let instances = inventory.instances.iter();
        let instances = instances.filter(|one| !is_here(&one.network)).count();
        let groups = inventory.groups.iter();
        let groups = groups.filter(|one| !is_here(&one.network)).count();
        let rows: Vec<Row> = [(instances, "instance"), (groups, "security group")]
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, what)| Row::new(count(number, what)))
            .collect();
        if !rows.is_empty() {
            let place = &inventory.place;
            let key = format!("outside/{place}");
            let element = Element::new(key, ElementKind::Other, "outside of these networks");
            self.put(
                cloud,
                &place.account,
                Some(&place.region),
                element.with_rows(rows),
            );
        }
    }

    fn joins(&mut self, inventory: &Inventory) {
        for peering in &inventory.peerings {
            let ends = [&peering.requester, &peering.accepter];
            for end in ends {
                self.end(&inventory.place.cloud, end);
            }
            let [one, other] = ends.map(Endpoint::id);
            let kind = match peering.kind {
                PeeringKind::Attachment => LinkKind::Attachment,
                PeeringKind::HubToHub => LinkKind::Link,
                PeeringKind::NetworkToNetwork => LinkKind::Peering,
            };
            let mut link = Link::new(peering.id.as_str(), kind, one, other);
            link.mark = standing(&peering.status);
            link.details = of_peering(peering);
            self.link(link);
        }
        let parts: Vec<(String, CloudName, AccountId)> = inventory
            .hubs
            .iter()
            .filter_map(|hub| match &hub.scope {
                HubScope::Regional {
                    parent: Some(parent),
                } => Some((
                    parent.to_string(),
                    inventory.place.cloud.clone(),
                    hub.account.clone(),
                )),
                _ => None,
            })
            .collect();
        for (id, cloud, account) in parts {
            let element = not_read(&id, ElementKind::GlobalHub);
            self.put(&cloud, &account, None, element);
        }
    }

    // What a peering joins and no list showed.
    fn end(&mut self, cloud: &CloudName, end: &Endpoint) {
        let kind = match end {
            Endpoint::Network { .. } => ElementKind::Network,
            Endpoint::Hub { .. } => ElementKind::RegionalHub,
            Endpoint::Edge { .. } => ElementKind::EdgeHub,
            Endpoint::BorderRouter { .. } => ElementKind::BorderRouter,
        };
        let mut element = not_read(end.id(), kind);
        if kind == ElementKind::BorderRouter {
            // Border routers are in no list: all that is known of them is what they are attached to.
            element.mark = Mark::Plain;
            element.rows.clear();
        }
        self.put(cloud, end.account(), end.region(), element);
    }

    fn grants(&mut self, inventory: &Inventory) {
        for grant in &inventory.grants {
            let (id, what) = match &grant.member {
                Member::Network(id) => (id.as_str(), "network"),
                Member::BorderRouter(id) => (id.as_str(), "border router"),
            };
            let words = of_grant(grant);
            if let Some(member) = self.picture.element_mut(id) {
                if !member.details.contains(&words) {
                    member.rows.push(Row::new(words.clone()));
                    member.details.push(words);
                }
                continue;
            }
            let element = Element::new(format!("grant/{id}"), ElementKind::Other, id)
                .with_row(format!("{what} of another place"))
                .with_row(words.clone())
                .with_detail(words);
            let place = &inventory.place;
            let account = grant.member_account.as_ref().unwrap_or(&place.account);
            self.put(&place.cloud, account, Some(&place.region), element);
        }
    }
}

fn not_read(id: &str, kind: ElementKind) -> Element {
    Element::new(id, kind, id)
        .with_row("not read")
        .with_mark(Mark::Unknown)
        .with_detail("named by what joins it; its place was not read")
}

fn standing(status: &Status) -> Mark {
    match status.is_ready() {
        true => Mark::Plain,
        false => Mark::NotReady,
    }
}

// What every record tells of itself.
fn described<R: Record>(element: Element, record: &R) -> Element {
    let mut element = element.with_mark(standing(record.status()));
    if !record.status().is_ready() {
        element.rows.push(Row::new(record.status().to_string()));
    }
    element.details.extend(origin(record));
    element
}

fn origin<R: Record>(record: &R) -> Option<String> {
    let owner = record.owner();
    let ours = owner.map(|owner| format!("topology {} ({})", owner.topology, owner.key));
    let maker = ours.or_else(|| record.maker().map(str::to_owned));
    maker.map(|maker| format!("made by {maker}"))
}

fn named(name: &str, id: &str) -> (String, Option<Row>) {
    match name.is_empty() || name == id {
        true => (id.to_owned(), None),
        false => (name.to_owned(), Some(Row::new(id))),
    }
}

fn of_hub(hub: &HubRecord) -> Element {
    let kind = match &hub.scope {
        HubScope::Global => ElementKind::GlobalHub,
        HubScope::Regional { .. } => ElementKind::RegionalHub,
        HubScope::Edge { .. } => ElementKind::EdgeHub,
    };
    let (name, id) = named(&hub.name, hub.id.as_str());
    let mut element = Element::new(hub.id.as_str(), kind, name).with_rows(id);
    if let HubScope::Edge { asn } = &hub.scope {
        element = element.with_row(format!("AS {asn}"));
    }
    described(element, hub)
}

fn of_network(network: &NetworkRecord, inventory: &Inventory) -> Element {
    let (name, id) = named(&network.name, network.id.as_str());
    let element = Element::new(network.id.as_str(), ElementKind::Network, name)
        .with_row(ranges(&network.ranges))
        .with_rows(id);
    let element = element.with_rows(subnets(network, inventory));
    let instances = inventory.instances.iter();
    let instances = instances.filter(|one| one.network.as_ref() == Some(&network.id));
    let groups = inventory.groups.iter();
    let groups = groups.filter(|one| one.network.as_ref() == Some(&network.id));
    let mut element = described(element, network);
    for (number, what) in [
        (instances.count(), "instance"),
        (groups.count(), "security group"),
    ] {
        if number > 0 {
            element = element.with_row(count(number, what));
        }
    }
    element
}

fn subnets(network: &NetworkRecord, inventory: &Inventory) -> Vec<Row> {
    let subnets = inventory.subnets.iter();
    let mut here: Vec<_> = subnets.filter(|one| one.network == network.id).collect();
    here.sort_by(|a, b| (&a.zone, &a.range, &a.id).cmp(&(&b.zone, &b.range, &b.id)));
    here.iter()
        .map(|subnet| {
            let zone = zone(&subnet.zone, &network.region);
            let (name, _) = named(&subnet.name, subnet.id.as_str());
            let mut row = Row::of(
                format!("subnet/{}", subnet.id),
                format!("{zone}  {} {name}", subnet.range),
            );
            row.mark = standing(&subnet.status);
            row
        })
        .collect()
}

fn of_peering(peering: &PeeringRecord) -> Vec<String> {
    let mut details = vec![format!("ID {}", peering.id)];
    if !peering.name.is_empty() {
        details.push(format!("name {}", peering.name));
    }
    if !peering.status.is_ready() {
        details.push(format!("state {}", peering.status));
    }
    details.extend(origin(peering));
    details
}

fn of_grant(grant: &GrantRecord) -> String {
    format!("granted to {} of {}", grant.hub, grant.hub_account)
}
