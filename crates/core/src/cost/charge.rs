//! What a topology is charged for, and by whom: without amounts.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};

use super::{Item, Unit};
use crate::ids::Region;
use crate::object::{Attached, ObjectKey, Pair};
use crate::observation::Observation;
use crate::plan::chosen_model;
use crate::topology::{Edge, Instance, Interconnect, Network, Topology};
use crate::traits::{Model, Payer};

/// Something that an account is charged for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Charge {
    /// The account that pays, by its name in the topology.
    pub account: String,
    /// What is charged for.
    pub item: Item,
    /// By what it is charged.
    pub unit: Unit,
    /// The type of the instance or the category of the disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The interconnect or edge that it is part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part_of: Option<String>,
    /// The region; of traffic between regions the one that sends it.
    pub region: Region,
    /// The region that receives traffic between regions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Region>,
    /// The name of the network, instance or border router, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How many units of the price: the size of a disk in GB, the number of peerings; else 1.
    pub count: u64,
    /// The object in the cloud, by its key in plans, where it is one.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    pub key: Option<ObjectKey>,
}

fn as_text<S: Serializer>(key: &Option<ObjectKey>, serializer: S) -> Result<S::Ok, S::Error> {
    match key {
        Some(key) => serializer.collect_str(key),
        None => serializer.serialize_none(),
    }
}

impl Charge {
    fn new(account: &str, item: Item, unit: Unit, region: &Region) -> Self {
        Self {
            account: account.to_owned(),
            item,
            unit,
            kind: None,
            part_of: None,
            region: region.clone(),
            to: None,
            name: None,
            count: 1,
            key: None,
        }
    }

    fn of(mut self, part_of: &str) -> Self {
        self.part_of = Some(part_of.to_owned());
        self
    }

    fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    fn keyed(mut self, key: ObjectKey) -> Self {
        self.key = Some(key);
        self
    }

    fn kind(mut self, kind: &str) -> Self {
        self.kind = Some(kind.to_owned());
        self
    }

    fn to(mut self, region: &Region) -> Self {
        self.to = Some(region.clone());
        self
    }

    fn times(mut self, count: u64) -> Self {
        self.count = count;
        self
    }
}

/// All charges of a topology, and what is left out of them.
#[derive(Debug, Default)]
pub(super) struct Charges {
    pub(super) charges: Vec<Charge>,
    /// What is not counted, and why.
    pub(super) left_out: Vec<String>,
}

impl Charges {
    /// What the topology will be charged for when all of it is there.
    pub(super) fn of(topology: &Topology, observation: &Observation) -> Self {
        let mut all = Self::default();
        for network in topology
            .networks
            .iter()
            .filter(|network| network.id.is_none())
        {
            all.network(network);
        }
        for interconnect in &topology.interconnects {
            match chosen_model(topology, observation, interconnect) {
                Some(model) => all.interconnect(topology, interconnect, model),
                None => all.left_out.push(format!(
                    "interconnect {}: its cloud does not offer the model that it asks for",
                    interconnect.name
                )),
            }
        }
        for edge in topology.wanted_edges() {
            all.edge(topology, edge);
        }
        for network in &topology.networks {
            all.endpoints(topology, observation, network);
        }
        for instance in &topology.instances {
            all.instance(topology, instance);
        }
        all
    }

    /// What an interconnect alone is charged for, built as this model.
    pub(super) fn of_interconnect(
        topology: &Topology,
        interconnect: &Interconnect,
        model: Model,
    ) -> Vec<Charge> {
        let mut all = Self::default();
        all.interconnect(topology, interconnect, model);
        all.charges
    }

    fn network(&mut self, network: &Network) {
        let charge = Charge::new(&network.account, Item::Network, Unit::Hour, &network.region);
        let key = ObjectKey::network(&network.name);
        self.charges.push(charge.named(&network.name).keyed(key));
    }

    fn interconnect(&mut self, topology: &Topology, interconnect: &Interconnect, model: Model) {
        let members = interconnect.members.iter();
        let members: Vec<&Network> = members.filter_map(|name| topology.network(name)).collect();
        match model {
            Model::Hub => self.hub(interconnect, &members),
            Model::Mesh => self.mesh(interconnect, &members),
        }
    }

    // The owner pays for the hubs and for what passes between regions, and for the attachments of other accounts unless
    // their owners do.
    fn hub(&mut self, interconnect: &Interconnect, members: &[&Network]) {
        let Interconnect { name, owner, .. } = interconnect;
        let regions: BTreeSet<&Region> = members.iter().map(|network| &network.region).collect();
        if let Some(hub) = &interconnect.hub {
            self.left_out.push(format!(
                "hub {} of interconnect {name}, and traffic to what others joined to it: it exists without this topology",
                hub.id
            ));
        }
        if interconnect
            .hub
            .as_ref()
            .is_none_or(|hub| hub.create_routers)
        {
            self.hubs(name, owner, &regions);
        }
        for network in members {
            let payer = match interconnect.payer {
                Payer::HubOwner => owner,
                Payer::MemberOwner => &network.account,
            };
            let key = ObjectKey::attachment(name, &network.name);
            self.attachment(Item::Attachment, payer, network, name, &key);
        }
        for from in &regions {
            for to in regions.iter().filter(|to| *to != from) {
                let charge = Charge::new(owner, Item::RegionTransfer, Unit::Gb, from);
                self.charges.push(charge.to(to).of(name));
            }
        }
    }

    fn hubs(&mut self, name: &str, owner: &str, regions: &BTreeSet<&Region>) {
        for region in regions {
            let charge = Charge::new(owner, Item::Hub, Unit::Hour, region);
            let key = ObjectKey::regional_hub(name, region);
            self.charges.push(charge.of(name).keyed(key));
        }
        let regions: Vec<&&Region> = regions.iter().collect();
        for (index, left) in regions.iter().enumerate() {
            for right in &regions[index + 1..] {
                let key = ObjectKey::Link(Pair::new(name, left.as_str(), right.as_str()));
                let charge = Charge::new(owner, Item::HubLink, Unit::Hour, left).to(right);
                self.charges.push(charge.of(name).keyed(key));
            }
        }
    }

    fn attachment(
        &mut self,
        item: Item,
        payer: &str,
        network: &Network,
        to: &str,
        key: &ObjectKey,
    ) {
        for unit in [Unit::Hour, Unit::Gb] {
            let charge = Charge::new(payer, item, unit, &network.region);
            let charge = charge.of(to).named(&network.name);
            self.charges.push(charge.keyed(key.clone()));
        }
    }

    // Each side of a peering pays for its own traffic.
    fn mesh(&mut self, interconnect: &Interconnect, members: &[&Network]) {
        let name = &interconnect.name;
        let mut in_place: BTreeMap<(&str, &Region), u64> = BTreeMap::new();
        let mut in_region: BTreeMap<&Region, u64> = BTreeMap::new();
        for network in members {
            *in_place
                .entry((&network.account, &network.region))
                .or_default() += 1;
            *in_region.entry(&network.region).or_default() += 1;
        }
        let mut asked: BTreeMap<(&str, &Region), u64> = BTreeMap::new();
        let mut in_order = members.to_vec();
        in_order.sort_by(|left, right| left.name.cmp(&right.name));
        for (index, network) in in_order.iter().enumerate() {
            let others = in_order.len() - index - 1;
            *asked
                .entry((&network.account, &network.region))
                .or_default() += others as u64;
        }
        for ((account, region), count) in asked.into_iter().filter(|(_, count)| *count > 0) {
            let charge = Charge::new(account, Item::Peering, Unit::Hour, region);
            self.charges.push(charge.times(count).of(name));
        }
        for (account, from) in in_place.into_keys() {
            for (to, there) in &in_region {
                let charge = match from == *to {
                    true if *there < 2 => continue,
                    true => Charge::new(account, Item::LocalTransfer, Unit::Gb, from),
                    false => Charge::new(account, Item::RegionTransfer, Unit::Gb, from).to(to),
                };
                self.charges.push(charge.of(name));
            }
        }
    }

    fn edge(&mut self, topology: &Topology, edge: &Edge) {
        let Edge { name, owner, .. } = edge;
        let hub = Charge::new(owner, Item::EdgeHub, Unit::Hour, &edge.region);
        self.charges
            .push(hub.of(name).keyed(ObjectKey::edge_hub(name)));
        let members = edge.members.iter();
        let members: Vec<&Network> = members.filter_map(|name| topology.network(name)).collect();
        for network in &members {
            let key = ObjectKey::attachment(name, &network.name);
            self.attachment(Item::EdgeAttachment, owner, network, name, &key);
        }
        for router in &edge.border_routers {
            let key = ObjectKey::Attachment(Attached::border_router(name, &router.id));
            for unit in [Unit::Hour, Unit::Gb] {
                let charge = Charge::new(owner, Item::EdgeAttachment, unit, &router.region);
                let charge = charge.of(name).named(&router.name);
                self.charges.push(charge.keyed(key.clone()));
            }
            self.left_out.push(format!(
                "border router {} and its private line: they exist without this topology",
                router.id
            ));
        }
        // Members reach the lines, and not each other.
        let ways = members.iter().flat_map(|network| {
            let routers = edge.border_routers.iter();
            routers.flat_map(|router| {
                let (near, far) = (&network.region, &router.region);
                [(near, far), (far, near)]
            })
        });
        let ways: BTreeSet<(&Region, &Region)> = ways.filter(|(from, to)| from != to).collect();
        for (from, to) in ways {
            let charge = Charge::new(owner, Item::RegionTransfer, Unit::Gb, from);
            self.charges.push(charge.to(to).of(name));
        }
    }

    fn endpoints(&mut self, topology: &Topology, observation: &Observation, network: &Network) {
        let cloud = topology.place_of(network).map(|place| place.cloud);
        let known = cloud.and_then(|cloud| observation.capabilities.get(&cloud));
        let services = known.map_or(&[][..], |known| known.agent_services.as_slice());
        let Some(first) = services.first() else {
            return;
        };
        if topology.endpoint_subnet(network).is_none() {
            return;
        }
        let (account, region) = (&network.account, &network.region);
        let charge = Charge::new(account, Item::ServiceEndpoint, Unit::Hour, region);
        let charge = charge.named(&network.name).times(services.len() as u64);
        let key = ObjectKey::service_endpoint(&network.name, first);
        self.charges.push(charge.keyed(key));
    }

    fn instance(&mut self, topology: &Topology, instance: &Instance) {
        let name = &instance.name;
        if let Some(id) = &instance.id {
            self.left_out.push(format!(
                "instance {name} ({id}): it exists without this topology"
            ));
            return;
        }
        let subnet = instance.subnet.as_ref();
        let network = subnet.and_then(|subnet| topology.network(&subnet.network));
        let (Some(network), Some(kind)) = (network, &instance.instance_type) else {
            self.left_out.push(format!(
                "instance {name}: its network or its type is not known"
            ));
            return;
        };
        let new = |item, unit| {
            let charge = Charge::new(&network.account, item, unit, &network.region);
            charge.named(name).keyed(ObjectKey::instance(name))
        };
        self.charges
            .push(new(Item::Instance, Unit::Hour).kind(kind));
        match &instance.disk {
            Some(disk) => {
                let charge = new(Item::Disk, Unit::GbMonth).kind(&disk.category);
                self.charges.push(charge.times(disk.size_gib.into()));
            }
            None => self.left_out.push(format!(
                "system disk of instance {name}: its size is the cloud's choice; declare `disk` to have it counted"
            )),
        }
    }
}
