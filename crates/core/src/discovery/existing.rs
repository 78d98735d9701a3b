//! The topology of what exists: networks by id, and what joins them already.

use std::collections::{BTreeMap, BTreeSet};

use super::Discovery;
use super::draft::{Draft, Part};
use super::names::Names;
use super::row::ranges;
use crate::ids::{AccountId, CloudName, HubId, NetworkId, PeeringId, Place};
use crate::object::Record;
use crate::topology::{
    Account, CredentialSource, ExistingHub, Interconnect, ModelChoice, Network, Topology,
};
use crate::traits::{
    Endpoint, HubRecord, HubScope, Inventory, NetworkRecord, PeeringKind, PeeringRecord, Phase,
};

const HEADING: [&str; 5] = [
    "What exists, as a topology. Its plan has nothing to do: what others made is used as it is, and never changed or",
    "deleted. To join more, add members or interconnects; to get along with less, delete what you do not need.",
    "",
    "All names but those of clouds and regions are yours to choose, before the first `apply`. The name of the topology is",
    "written into the tags of everything that Landbridge creates from this file.",
];

impl Discovery {
    /// A topology of what was found: every network by its id, and an interconnect for what joins some of them already.
    ///
    /// `accounts` names accounts and where their credentials come from; those that were read and are not among them get
    /// a name made of their id. The name of the topology is one that no tag names.
    ///
    /// Whether a plan of it has nothing to do is not known yet:
    /// [`Engine::draft`](crate::engine::Engine::draft) finds out, and leaves out the rest.
    pub fn draft(&self, accounts: &[Account]) -> Draft {
        let mut writer = Writer::new(self, accounts);
        for inventory in &self.inventories {
            writer.networks(inventory);
        }
        writer.hubs(self);
        writer.peerings(self);
        for list in self.not_read() {
            writer.draft.say(format!("Not read: {list}"));
        }
        writer.draft
    }

    // A name that made nothing here: a topology of a name that did would delete what it does not declare.
    fn free_name(&self) -> String {
        let taken: BTreeSet<String> = self.topologies().into_iter().map(|t| t.topology).collect();
        let numbered = (2_usize..).map(|number| format!("discovered-{number}"));
        let mut names = std::iter::once("discovered".to_owned()).chain(numbered);
        names.find(|name| !taken.contains(name)).unwrap_or_default()
    }
}

/// The names of accounts.
pub(super) struct Accounts(pub(super) BTreeMap<(CloudName, AccountId), String>);

impl Accounts {
    /// Those that are given, and of those that were read the ones that are not among them; all are declared in `draft`.
    pub(super) fn of(discovery: &Discovery, given: &[Account], draft: &mut Draft) -> Self {
        draft.topology.accounts = renamed(given);
        let mut names = BTreeMap::new();
        for account in &draft.topology.accounts {
            let key = (account.cloud.clone(), account.id.clone());
            // Of two with one id the last one's credentials count.
            names.insert(key, account.name.clone());
        }
        let mut accounts = Self(names);
        for inventory in &discovery.inventories {
            accounts.read(inventory, draft);
        }
        accounts
    }

    fn read(&mut self, inventory: &Inventory, draft: &mut Draft) {
        let place = &inventory.place;
        let key = (place.cloud.clone(), place.account.clone());
        if self.0.contains_key(&key) {
            return;
        }
        let name = unnamed(&place.account);
        let account = Account::new(&name, place.cloud.clone(), place.account.clone());
        draft.topology.accounts.push(account);
        draft.tell(
            Part::Account,
            &name,
            format!("read as {}", inventory.identity.arn),
        );
        self.0.insert(key, name);
    }

    /// The name of an account.
    pub(super) fn name(&self, cloud: &CloudName, id: &AccountId) -> String {
        let known = self.0.get(&(cloud.clone(), id.clone()));
        known.cloned().unwrap_or_else(|| unnamed(id))
    }
}

/// What an account is called that nobody has named.
pub(super) fn unnamed(id: &AccountId) -> String {
    format!("account-{id}")
}

struct Writer {
    draft: Draft,
    accounts: Accounts,
    names: Names,
    interconnects: Names,
    networks: BTreeMap<NetworkId, String>,
}

impl Writer {
    fn new(discovery: &Discovery, given: &[Account]) -> Self {
        let mut draft = Draft::new(Topology::new(discovery.free_name()));
        for line in HEADING {
            draft.say(line);
        }
        let accounts = Accounts::of(discovery, given, &mut draft);
        Self {
            draft,
            accounts,
            names: Names::default(),
            interconnects: Names::default(),
            networks: BTreeMap::new(),
        }
    }

    fn networks(&mut self, inventory: &Inventory) {
        let place = &inventory.place;
        let account = self.accounts.name(&place.cloud, &place.account);
        for record in inventory
            .networks
            .iter()
            .filter(|record| !record.is_leaving())
        {
            if record.account != place.account {
                self.draft.say(format!(
                    "Left out: network {} is shared by account {}; read that account too",
                    record.id, record.account
                ));
                continue;
            }
            let name = self.names.give(&[&record.name, record.id.as_str()]);
            let (region, id) = (record.region.clone(), record.id.clone());
            self.networks.insert(id.clone(), name.clone());
            self.draft
                .tell(Part::Network, &name, about(record, inventory));
            let network = Network::existing(name, account.clone(), region, id);
            self.draft.topology.networks.push(network);
        }
    }

    // Regional hubs have no list of members of their own: what is attached names the global hub.
    fn hubs(&mut self, discovery: &Discovery) {
        for inventory in &discovery.inventories {
            let hubs = inventory.hubs.iter().filter(|hub| !hub.is_leaving());
            for hub in hubs {
                match hub.scope {
                    HubScope::Global => self.hub(hub, &inventory.place, discovery),
                    HubScope::Edge { .. } => self.draft.say(format!(
                        "Left out: {}, the hub of private lines: declare a new one under `edges`",
                        hub.id
                    )),
                    HubScope::Regional { .. } => {}
                }
            }
        }
    }

    fn hub(&mut self, hub: &HubRecord, place: &Place, discovery: &Discovery) {
        let (mut members, mut others) = (BTreeSet::new(), BTreeSet::new());
        for record in attached(discovery, &hub.id) {
            match self.name_of(&record.requester) {
                Some(name) => members.insert(name.to_owned()),
                None => others.insert(record.requester.id().to_owned()),
            };
        }
        if members.is_empty() {
            let line = format!(
                "Left out: {}, to which nothing that was read is attached",
                hub.id
            );
            self.draft.say(line);
            return;
        }
        let name = self.interconnects.give(&[&hub.name, hub.id.as_str()]);
        let owner = self.accounts.name(&place.cloud, &place.account);
        let mut words = format!("{} joins {} networks of this file", hub.id, members.len());
        if !others.is_empty() {
            let others: Vec<String> = others.into_iter().collect();
            words.push_str(&format!(", and others: {}", others.join(", ")));
        }
        self.draft.tell(Part::Interconnect, &name, words);
        let interconnect = Interconnect::new(name, owner, members);
        let interconnect = interconnect.with_hub(ExistingHub::new(hub.id.clone()));
        self.draft.topology.interconnects.push(interconnect);
    }

    fn peerings(&mut self, discovery: &Discovery) {
        let mut joined: BTreeMap<String, BTreeMap<String, PeeringId>> = BTreeMap::new();
        for record in peerings(discovery) {
            let (one, other) = match (
                self.name_of(&record.requester),
                self.name_of(&record.accepter),
            ) {
                (Some(one), Some(other)) => (one.to_owned(), other.to_owned()),
                (one, other) => {
                    if one.or(other).is_some() {
                        self.draft.say(leads_out(record));
                    }
                    continue;
                }
            };
            if record.status.phase != Phase::Ready {
                self.draft.say(format!(
                    "Left out: peering {} between {one} and {other} is {}",
                    record.id, record.status
                ));
                continue;
            }
            let id = &record.id;
            joined
                .entry(one.clone())
                .or_default()
                .insert(other.clone(), id.clone());
            joined.entry(other).or_default().insert(one, id.clone());
        }
        for members in meshes(&joined) {
            self.mesh(&members, &joined);
        }
    }

    fn mesh(&mut self, members: &[String], joined: &BTreeMap<String, BTreeMap<String, PeeringId>>) {
        let Some(first) = self.draft.topology.network(&members[0]) else {
            return;
        };
        let owner = first.account.clone();
        let name = self.interconnects.give(&[&members.join("-"), "mesh"]);
        let pairs = pairs(members);
        let ids: Vec<String> = pairs
            .filter_map(|(one, other)| Some(joined.get(one)?.get(other)?.to_string()))
            .collect();
        let what = format!("joined by VPC peering: {}", ids.join(", "));
        self.draft.tell(Part::Interconnect, &name, what);
        let mesh = Interconnect::new(name, owner, members.iter().cloned());
        let mesh = mesh.with_model(ModelChoice::Mesh);
        self.draft.topology.interconnects.push(mesh);
    }

    fn name_of(&self, end: &Endpoint) -> Option<&str> {
        match end {
            Endpoint::Network { id, .. } => self.networks.get(id).map(String::as_str),
            _ => None,
        }
    }
}

// Names of accounts as topologies can hold them, also where a role is assumed from another.
fn renamed(given: &[Account]) -> Vec<Account> {
    let mut names = Names::default();
    let fresh: BTreeMap<&str, String> = given
        .iter()
        .map(|account| {
            let short = account
                .name
                .split_once(':')
                .map_or(account.name.as_str(), |(_, name)| name);
            let short = short.split(['=', '+']).next().unwrap_or(short);
            let by_id = unnamed(&account.id);
            (account.name.as_str(), names.give(&[short, &by_id]))
        })
        .collect();
    let rename = |account: &Account| {
        let mut account = account.clone();
        if let Some(name) = fresh.get(account.name.as_str()) {
            account.name.clone_from(name);
        }
        if let CredentialSource::AssumeRole { from, .. } = &mut account.credentials
            && let Some(name) = fresh.get(from.as_str())
        {
            from.clone_from(name);
        }
        account
    };
    given.iter().map(rename).collect()
}

fn about(record: &NetworkRecord, inventory: &Inventory) -> String {
    let subnets = inventory.subnets.iter();
    let subnets = subnets.filter(|subnet| subnet.network == record.id).count();
    let mut text = format!("{}, {subnets} subnets", ranges(&record.ranges));
    match (&record.owner, &record.maker) {
        (Some(owner), _) => text.push_str(&format!(", made by topology {}", owner.topology)),
        (None, Some(maker)) => text.push_str(&format!(", made by {maker}")),
        (None, None) => {}
    }
    text
}

fn leads_out(record: &PeeringRecord) -> String {
    let end = |end: &Endpoint| format!("{} of account {}", end.id(), end.account());
    format!(
        "Left out: peering {} from {} to {}: one of them was not read",
        record.id,
        end(&record.requester),
        end(&record.accepter)
    )
}

/// What is attached to the routers of a global hub, each once.
fn attached<'a>(
    discovery: &'a Discovery,
    hub: &'a HubId,
) -> impl Iterator<Item = &'a PeeringRecord> {
    let mut seen = BTreeSet::new();
    let all = discovery.inventories.iter().flat_map(|i| &i.peerings);
    all.filter(|record| record.kind == PeeringKind::Attachment && record.status.is_ready())
        .filter(move |record| record.accepter.is_hub(hub))
        .filter(move |record| seen.insert(&record.id))
}

/// Peerings between networks, each once; those that are over count as absent.
fn peerings(discovery: &Discovery) -> impl Iterator<Item = &PeeringRecord> {
    let mut seen = BTreeSet::new();
    let all = discovery.inventories.iter().flat_map(|i| &i.peerings);
    all.filter(|record| record.kind == PeeringKind::NetworkToNetwork)
        .filter(|record| !matches!(record.status.phase, Phase::Failed | Phase::Deleting))
        .filter(move |record| seen.insert(&record.id))
}

fn pairs(members: &[String]) -> impl Iterator<Item = (&String, &String)> {
    let later = |(index, one)| members[index + 1..].iter().map(move |other| (one, other));
    members.iter().enumerate().flat_map(later)
}

/// Which networks reach each other: everything that hangs together, if every two of it are joined; else each pair.
fn meshes<T>(joined: &BTreeMap<String, BTreeMap<String, T>>) -> Vec<Vec<String>> {
    let mut left: BTreeSet<&String> = joined.keys().collect();
    let mut meshes = Vec::new();
    while let Some(start) = left.pop_first() {
        let mut together = BTreeSet::from([start]);
        let mut open = vec![start];
        while let Some(name) = open.pop() {
            let next = joined.get(name).into_iter().flat_map(BTreeMap::keys);
            open.extend(next.filter(|name| together.insert(name)));
        }
        left.retain(|name| !together.contains(name));
        let members: Vec<String> = together.into_iter().cloned().collect();
        let is_joined = |(one, other): &(&String, &String)| {
            joined
                .get(*one)
                .is_some_and(|ends| ends.contains_key(*other))
        };
        let is_full = pairs(&members).all(|pair| is_joined(&pair));
        match is_full {
            true => meshes.push(members),
            false => {
                let pairs = pairs(&members).filter(is_joined);
                meshes.extend(pairs.map(|(one, other)| vec![one.clone(), other.clone()]));
            }
        }
    }
    meshes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(pairs: &[(&str, &str)]) -> Vec<String> {
        let mut joined: BTreeMap<String, BTreeMap<String, ()>> = BTreeMap::new();
        for (one, other) in pairs {
            for (one, other) in [(one, other), (other, one)] {
                let ends = joined.entry((*one).to_owned()).or_default();
                ends.insert((*other).to_owned(), ());
            }
        }
        let meshes = meshes(&joined);
        meshes.iter().map(|members| members.join(" ")).collect()
    }

    #[test]
    fn what_is_fully_joined_is_one_mesh_and_the_rest_are_pairs() {
        assert_eq!(joined(&[("a", "b"), ("b", "c"), ("a", "c")]), ["a b c"]);
        assert_eq!(joined(&[("a", "b"), ("b", "c")]), ["a b", "b c"]);
        assert_eq!(joined(&[("a", "b"), ("c", "d")]), ["a b", "c d"]);
    }
}
