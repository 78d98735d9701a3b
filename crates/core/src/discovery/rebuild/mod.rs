//! The topology file of what is up, from tags and records alone.

mod joined;

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::Discovery;
use super::accounts::Accounts;
use super::draft::{Draft, Part};
use super::names::Names;
use crate::ids::{GroupId, NetworkId, Place, SubnetId};
use crate::object::{MemberKey, ObjectKey, Record};
use crate::topology::{Account, Firewall, Instance, Network, Subnet, SubnetPath, Topology};
use crate::traits::{
    Endpoint, GroupRecord, InstanceRecord, Inventory, NetworkRecord, PeeringRecord, SubnetRecord,
};

const HEADING: [&str; 6] = [
    "Written anew from the tags and the state of what is up. What no cloud keeps is not in it: comments, the order of",
    "lists, disks and passwords of instances, `members:` and `network:` where CIDR blocks say the same, bandwidth limits,",
    "`open-services`, and whatever exists nowhere, such as a firewall without groups.",
    "",
    "Keep the name: everything that this topology made is found by it. Compare the plan with what you expect before",
    "`apply`.",
];

impl Discovery {
    /// The topology of this name, as far as tags and records tell: all but the rules of its firewalls and what lies
    /// behind its border routers. [`Engine::rebuild`](crate::engine::Engine::rebuild) reads those too.
    ///
    /// `accounts` are as in [`draft`](Self::draft).
    pub fn rebuild(&self, name: &str, accounts: &[Account]) -> Draft {
        let mut draft = Draft::new(Topology::new(name));
        for line in HEADING {
            draft.say(line);
        }
        let accounts = Accounts::of(self, accounts, &mut draft);
        let mut writer = Writer {
            discovery: self,
            draft,
            accounts,
            networks: BTreeMap::new(),
            subnets: BTreeMap::new(),
            groups: BTreeMap::new(),
        };
        writer.partners();
        writer.networks();
        writer.subnets();
        writer.interconnects();
        writer.edges();
        writer.firewalls();
        writer.instances();
        for list in self.not_read() {
            writer.draft.say(format!("Not read: {list}"));
        }
        writer.draft
    }
}

struct Writer<'a> {
    discovery: &'a Discovery,
    draft: Draft,
    accounts: Accounts,
    /// The names of networks, also of those that take part without being the topology's.
    networks: BTreeMap<NetworkId, String>,
    subnets: BTreeMap<SubnetId, SubnetPath>,
    groups: BTreeMap<GroupId, String>,
}

impl<'a> Writer<'a> {
    /// The records that carry the topology's tag, each once, with their keys and places.
    fn made<R: Record>(&self) -> Vec<(ObjectKey, &'a Place, &'a R)> {
        let name = &self.draft.topology.name;
        let mut seen = BTreeSet::new();
        let all = self.discovery.inventories.iter().flat_map(with_place::<R>);
        all.filter(|(_, record)| !record.is_leaving())
            .filter_map(|(place, record)| {
                let owner = record.owner().filter(|owner| owner.topology == *name)?;
                Some((owner.object_key(), place, record))
            })
            .filter(|(_, _, record)| seen.insert(record.id().clone()))
            .collect()
    }

    // Accounts that were not read, and of which something is joined all the same.
    fn partners(&mut self) {
        for (_, place, record) in self.made::<PeeringRecord>() {
            for end in [&record.requester, &record.accepter] {
                self.accounts
                    .partner(&place.cloud, end.account(), &mut self.draft);
            }
        }
    }

    fn account(&self, place: &Place) -> String {
        self.accounts.name(&place.cloud, &place.account)
    }

    fn networks(&mut self) {
        for (key, place, record) in self.made::<NetworkRecord>() {
            let ObjectKey::Network(name) = key else {
                continue;
            };
            let Some((range, others)) = primary(&record.ranges) else {
                continue;
            };
            let account = self.account(place);
            let ipv6 = record.ipv6_ranges().next().is_some();
            let network = Network::new(&name, account, record.region.clone(), range);
            let network = network.with_ipv6(ipv6).with_ranges(others);
            self.draft.topology.networks.push(network);
            self.networks.insert(record.id.clone(), name.clone());
            self.draft.tell(Part::Network, &name, record.id.to_string());
        }
        let members: Vec<(String, Endpoint)> = self
            .made::<PeeringRecord>()
            .into_iter()
            .flat_map(|(key, _, record)| members(&key, record))
            .collect();
        for (name, end) in members {
            self.existing(&name, &end);
        }
        for (key, place, record) in self.made::<GroupRecord>() {
            let (ObjectKey::Group { network, .. }, Some(id)) = (key, &record.network) else {
                continue;
            };
            let (account, region) = (place.account.clone(), place.region.clone());
            let id = id.clone();
            self.existing(
                &network,
                &Endpoint::Network {
                    id,
                    account,
                    region,
                },
            );
        }
    }

    // A network that takes part without being the topology's.
    fn existing(&mut self, name: &str, end: &Endpoint) {
        let Endpoint::Network {
            id,
            account,
            region,
        } = end
        else {
            return;
        };
        if self.networks.contains_key(id) || self.draft.topology.network(name).is_some() {
            return;
        }
        let account = self.accounts.any_cloud(account);
        let network = Network::existing(name, account, region.clone(), id.clone());
        self.draft.topology.networks.push(network);
        self.networks.insert(id.clone(), name.to_owned());
        let line = "made by others, or not read";
        self.draft.tell(Part::Network, name, line);
    }

    fn subnets(&mut self) {
        for (key, _, record) in self.made::<SubnetRecord>() {
            if let ObjectKey::Subnet { network, name } = key {
                self.subnet(&network, &name, record, false);
            }
        }
        // Instances may be in subnets of others.
        let used: Vec<&SubnetId> = self
            .made::<InstanceRecord>()
            .into_iter()
            .filter_map(|(_, _, record)| record.subnet.as_ref())
            .collect();
        let mut names = Names::default();
        for record in self.discovery.inventories.iter().flat_map(|i| &i.subnets) {
            let Some(network) = self.networks.get(&record.network).cloned() else {
                continue;
            };
            if used.contains(&&record.id) && !self.subnets.contains_key(&record.id) {
                let name = names.give(&[&record.name, record.id.as_str()]);
                self.subnet(&network, &name, record, true);
            }
        }
    }

    fn subnet(&mut self, network: &str, name: &str, record: &SubnetRecord, exists: bool) {
        let Ok(path) = format!("{network}/{name}").parse() else {
            return;
        };
        let networks = self.draft.topology.networks.iter_mut();
        let Some(owner) = networks.into_iter().find(|n| n.name == network) else {
            return;
        };
        let mut subnet = Subnet::new(name, record.zone.clone(), record.range);
        match exists {
            true => subnet = subnet.with_id(record.id.clone()),
            false => subnet.ipv6_slot = record.ipv6_ranges.first().and_then(slot),
        }
        owner.subnets.push(subnet);
        self.subnets.insert(record.id.clone(), path);
    }

    fn firewalls(&mut self) {
        let mut firewalls: BTreeMap<String, Firewall> = BTreeMap::new();
        for (key, _, record) in self.made::<GroupRecord>() {
            let ObjectKey::Group { firewall, network } = key else {
                continue;
            };
            // That of service endpoints comes with them.
            if firewall == crate::plan::agent::FIREWALL {
                continue;
            }
            self.groups.insert(record.id.clone(), firewall.clone());
            let entry = firewalls.entry(firewall);
            let none: [&str; 0] = [];
            let entry = entry.or_insert_with_key(|name| Firewall::new(name, none));
            entry.networks.push(network);
        }
        self.draft.topology.firewalls = firewalls.into_values().collect();
        for firewall in &mut self.draft.topology.firewalls {
            firewall.networks.sort();
        }
    }

    fn instances(&mut self) {
        for (key, _, record) in self.made::<InstanceRecord>() {
            let ObjectKey::Instance(name) = key else {
                continue;
            };
            let path = record.subnet.as_ref().and_then(|id| self.subnets.get(id));
            let Some(path) = path.cloned() else {
                let line = format!(
                    "Not recovered: instance {name} ({}), whose subnet was not read",
                    record.id
                );
                self.draft.say(line);
                continue;
            };
            let firewalls = record.groups.iter().filter_map(|id| self.groups.get(id));
            let kind = known(&record.instance_type);
            let mut instance = Instance::new(&name, path, kind, known(&record.image), firewalls);
            instance.address = record.address;
            self.draft.tell(
                Part::Instance,
                &name,
                format!(
                    "{}; its disk and the variable of its password are not known",
                    record.id
                ),
            );
            self.draft.topology.instances.push(instance);
        }
    }
}

fn with_place<R: Record>(inventory: &Inventory) -> impl Iterator<Item = (&Place, &R)> {
    let records = R::of(inventory).iter();
    records.map(|record| (&inventory.place, record))
}

// The first IPv4 range, and the other ones.
fn primary(ranges: &[IpNet]) -> Option<(IpNet, Vec<IpNet>)> {
    let mut fourth = ranges
        .iter()
        .copied()
        .filter(|range| range.addr().is_ipv4());
    let first = fourth.next()?;
    Some((first, fourth.collect()))
}

// The networks that a peering or an attachment joins, by their names in the topology.
fn members(key: &ObjectKey, record: &PeeringRecord) -> Vec<(String, Endpoint)> {
    match key {
        ObjectKey::Attachment(attached) => match &attached.member {
            MemberKey::Network(name) => vec![(name.clone(), record.requester.clone())],
            MemberKey::BorderRouter(_) => Vec::new(),
        },
        // The one whose name comes first has asked.
        ObjectKey::Peering(pair) => vec![
            (pair.left.clone(), record.requester.clone()),
            (pair.right.clone(), record.accepter.clone()),
        ],
        _ => Vec::new(),
    }
}

// The number of a /64 in its /56: bits 56 to 63 of its addresses.
fn slot(range: &IpNet) -> Option<u8> {
    match range {
        IpNet::V6(range) => range.addr().octets().get(7).copied(),
        IpNet::V4(_) => None,
    }
}

fn known(word: &Option<String>) -> &str {
    word.as_deref().unwrap_or("unknown")
}
