use std::collections::HashMap;
use std::net::IpAddr;

use async_trait::async_trait;
use ipnet::IpNet;

use super::cloud::MemoryCloud;
use super::item::{Entry, Item};
use super::world::{World, absent, check_unused, invalid, overlaps};
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{NetworkId, Place, RouteTableId, SubnetId, Zone};
use crate::traits::{
    CreateNetwork, CreateSubnet, GroupRecord, InstanceRecord, Network, NetworkRecord,
    PeeringRecord, Phase, Quota, RouteTableRecord, Select, ServiceEndpointRecord, Status,
    SubnetRecord, TableRole, ZoneRecord,
};

/// Addresses of every subnet that the cloud keeps: the first four and the last.
const KEPT_FIRST: u32 = 4;
const KEPT_LAST: u32 = 1;

#[async_trait]
impl Network for MemoryCloud {
    async fn create_network(&self, request: &CreateNetwork) -> Result<NetworkRecord> {
        let key = &request.label.owner.key;
        self.write("create_network", key, |world, place| {
            world.create_network(place, request)
        })
        .await
    }

    async fn list_networks(&self, select: &Select<NetworkId>) -> Result<Vec<NetworkRecord>> {
        self.look(|world| world.list(&self.place, select)).await
    }

    async fn delete_network(&self, id: &NetworkId) -> Result<()> {
        self.write("delete_network", id.as_str(), |world, place| {
            world.delete_network(place, id)
        })
        .await
    }

    async fn add_range(&self, id: &NetworkId, range: &IpNet) -> Result<()> {
        self.write("add_range", id.as_str(), |world, place| {
            world.add_range(place, id, range.trunc())
        })
        .await
    }

    async fn remove_range(&self, id: &NetworkId, range: &IpNet) -> Result<()> {
        self.write("remove_range", id.as_str(), |world, place| {
            world.remove_range(place, id, range)
        })
        .await
    }

    async fn enable_host_names(&self, id: &NetworkId) -> Result<()> {
        self.write("enable_host_names", id.as_str(), |world, place| {
            world.check_names(place, id)?;
            world.host_names.insert(id.clone());
            Ok(())
        })
        .await
    }

    async fn has_host_names(&self, id: &NetworkId) -> Result<bool> {
        self.look(|world| {
            world.check_names(&self.place, id)?;
            Ok(world.host_names.contains(id))
        })
        .await?
    }

    async fn create_subnet(&self, request: &CreateSubnet) -> Result<SubnetRecord> {
        let key = &request.label.owner.key;
        self.write("create_subnet", key, |world, place| {
            world.create_subnet(place, request)
        })
        .await
    }

    async fn list_subnets(&self, select: &Select<SubnetId>) -> Result<Vec<SubnetRecord>> {
        self.look(|world| world.show_subnets(&self.place, select))
            .await
    }

    async fn delete_subnet(&self, id: &SubnetId) -> Result<()> {
        self.write("delete_subnet", id.as_str(), |world, place| {
            world.delete_subnet(place, id)
        })
        .await
    }
}

impl World {
    fn create_network(&mut self, place: &Place, request: &CreateNetwork) -> Result<NetworkRecord> {
        let label = &request.label;
        if let Some(known) = self.remembered(place, &label.token) {
            return Ok(known);
        }
        self.check_network(place, &request.range)?;
        let ipv6 = request.ipv6.then(|| self.next_ipv6_range());
        let ranges = std::iter::once(request.range.trunc()).chain(ipv6);
        let ranges = ranges.collect();
        let life = self.birth();
        let network = self.admit(place, &label.token, life, |id| {
            NetworkRecord::new(
                id,
                place.account.clone(),
                place.region.clone(),
                Status::new(Phase::Pending, ""),
            )
            .with_name(label.name.clone())
            .with_ranges(ranges)
            .with_owner(label.owner.clone())
        });
        let id: RouteTableId = self.fresh("rtb");
        self.tables.push(RouteTableRecord::new(
            id,
            network.id.clone(),
            TableRole::Main,
        ));
        Ok(network)
    }

    fn add_range(&mut self, place: &Place, id: &NetworkId, range: IpNet) -> Result<()> {
        let network = self.find_ready::<NetworkRecord>(place, id)?;
        self.check_own::<NetworkRecord>(place, id)?;
        let own = &network.record.ranges;
        if own.contains(&range) {
            return Ok(());
        }
        if let Some(own) = own.iter().find(|own| overlaps(own, &range)) {
            return Err(invalid(format!("{range} overlaps {own} of network {id}")));
        }
        self.set_ranges(id, |ranges| ranges.push(range));
        Ok(())
    }

    fn remove_range(&mut self, place: &Place, id: &NetworkId, range: &IpNet) -> Result<()> {
        let Some(network) = self.seen::<NetworkRecord>(place, id) else {
            return Ok(());
        };
        self.check_own::<NetworkRecord>(place, id)?;
        if network.record.ranges.first() == Some(range) {
            return Err(invalid(format!(
                "{range} is the primary CIDR block of {id}"
            )));
        }
        let subnets = self.shelf::<SubnetRecord>().iter();
        let in_it = subnets.filter(|s| s.record.network == *id && range.contains(&s.record.range));
        let users = in_it.map(|subnet| format!("subnet {}", subnet.record.id));
        check_unused(&format!("CIDR block {range}"), users)?;
        self.set_ranges(id, |ranges| ranges.retain(|own| own != range));
        Ok(())
    }

    fn set_ranges(&mut self, id: &NetworkId, change: impl FnOnce(&mut Vec<IpNet>)) {
        let mut networks = self.shelf_mut::<NetworkRecord>().iter_mut();
        if let Some(network) = networks.find(|network| network.record.id == *id) {
            change(&mut network.record.ranges);
        }
    }

    fn check_names(&self, place: &Place, id: &NetworkId) -> Result<()> {
        if !self.options.capabilities.dns_resolution {
            return Err(Error::unsupported("networks have no option for names here"));
        }
        self.find_ready::<NetworkRecord>(place, id).map(drop)
    }

    /// How many networks the place's account owns there.
    pub(super) fn own_networks(&self, place: &Place) -> usize {
        let networks = self.shelf::<NetworkRecord>().iter();
        let seen = networks.filter(|entry| NetworkRecord::is_seen_from(entry, place));
        let own = seen.filter(|entry| entry.record.account == place.account);
        own.count()
    }

    fn check_network(&self, place: &Place, range: &IpNet) -> Result<()> {
        let capabilities = &self.options.capabilities;
        if let Some(reserved) = capabilities.reserved.iter().find(|r| overlaps(r, range)) {
            return Err(invalid(format!("{range} overlaps the reserved {reserved}")));
        }
        let count = self.own_networks(place);
        match capabilities.networks_per_region {
            Some(Quota { usual: limit, .. }) if count >= limit => Err(Error::new(
                ErrorKind::QuotaExceeded,
                format!("account {} has {count} of {limit} networks", place.account),
            )),
            _ => Ok(()),
        }
    }

    fn delete_network(&mut self, place: &Place, id: &NetworkId) -> Result<()> {
        if self.seen::<NetworkRecord>(place, id).is_none() {
            return Ok(());
        }
        self.check_own::<NetworkRecord>(place, id)?;
        let subnets = self
            .shelf::<SubnetRecord>()
            .iter()
            .filter(|s| s.record.network == *id);
        let groups = (self.shelf::<GroupRecord>().iter())
            .filter(|group: &&Entry<GroupRecord>| group.record.network.as_ref() == Some(id));
        let peerings = self.peerings_at(id.as_str());
        let users = subnets
            .map(|subnet| format!("subnet {}", subnet.record.id))
            .chain(groups.map(|group| format!("group {}", group.record.id)))
            .chain(peerings.map(|peering| format!("peering {}", peering.record.id)));
        check_unused(&format!("network {id}"), users)?;
        self.end::<NetworkRecord>(place, id);
        Ok(())
    }

    fn create_subnet(&mut self, place: &Place, request: &CreateSubnet) -> Result<SubnetRecord> {
        let label = &request.label;
        if let Some(known) = self.remembered(place, &label.token) {
            return Ok(known);
        }
        self.check_subnet(place, request)?;
        let network = self.find_ready::<NetworkRecord>(place, &request.network)?;
        let ipv6_ranges = self.ipv6_of_subnet(&network.record, request)?;
        let (life, zone) = (self.birth(), self.zone_named(place, &request.zone));
        let subnet = self.admit(place, &label.token, life, |id| {
            SubnetRecord::new(
                id,
                request.network.clone(),
                zone.name,
                request.range.trunc(),
                Status::new(Phase::Pending, ""),
            )
            .with_name(label.name.clone())
            .with_account(place.account.clone())
            .with_zone_id(zone.id)
            .with_ipv6_ranges(ipv6_ranges)
            .with_owner(label.owner.clone())
        });
        Ok(self.with_free_addresses(subnet))
    }

    fn check_subnet(&self, place: &Place, request: &CreateSubnet) -> Result<()> {
        let network = self.find_ready::<NetworkRecord>(place, &request.network)?;
        self.check_own::<NetworkRecord>(place, &request.network)?;
        self.check_zone(place, &request.zone)?;
        let (id, range) = (&request.network, &request.range);
        if !network.record.ranges.iter().any(|own| own.contains(range)) {
            return Err(invalid(format!("{range} is not inside network {id}")));
        }
        let (shortest, longest) = self.options.capabilities.subnet_prefix;
        if range.addr().is_ipv4() && !(shortest..=longest).contains(&range.prefix_len()) {
            let message = format!("a subnet is a /{shortest} to /{longest}, not {range}");
            return Err(invalid(message));
        }
        let other = (self.shelf::<SubnetRecord>().iter())
            .find(|s| s.record.network == *id && overlaps(&s.record.range, range));
        match other {
            Some(other) if other.life.phase(self.now) == Phase::Deleting => {
                let message = format!("{range} is not free before {} is gone", other.record.id);
                Err(Error::new(ErrorKind::Busy, message))
            }
            Some(other) => Err(invalid(format!("{range} overlaps {}", other.record.id))),
            None => Ok(()),
        }
    }

    fn check_zone(&self, place: &Place, zone: &Zone) -> Result<()> {
        let known = self.options.zones(&place.region);
        if known.is_empty() || known.iter().any(|known| known.is_called(zone)) {
            return Ok(());
        }
        Err(invalid(format!("{} has no zone {zone}", place.region)))
    }

    /// A zone by its name, if it is known by another.
    fn zone_named(&self, place: &Place, zone: &Zone) -> ZoneRecord {
        let mut known = self.options.zones(&place.region).iter();
        let known = known.find(|known| known.is_called(zone));
        known
            .cloned()
            .unwrap_or_else(|| ZoneRecord::new(zone.clone()))
    }

    fn delete_subnet(&mut self, place: &Place, id: &SubnetId) -> Result<()> {
        if self.seen::<SubnetRecord>(place, id).is_none() {
            return Ok(());
        }
        self.check_own::<SubnetRecord>(place, id)?;
        let instances = self
            .shelf::<InstanceRecord>()
            .iter()
            .filter(|i| i.record.subnet.as_ref() == Some(id));
        let interfaces = self.interfaces_in(id);
        let ends = self.shelf::<ServiceEndpointRecord>().iter();
        let ends = ends.filter(|one| one.record.subnets.contains(id));
        let users = instances
            .map(|instance| format!("instance {}", instance.record.id))
            .chain(ends.map(|end| format!("service endpoint {}", end.record.id)))
            .chain(interfaces.map(|peering| format!("attachment {}", peering.record.id)));
        check_unused(&format!("subnet {id}"), users)?;
        self.end::<SubnetRecord>(place, id);
        for table in &mut self.tables {
            table.subnets.retain(|subnet| subnet != id);
        }
        Ok(())
    }

    pub(super) fn show_subnets(
        &self,
        place: &Place,
        select: &Select<SubnetId>,
    ) -> Vec<SubnetRecord> {
        let mut used: HashMap<&SubnetId, u64> = HashMap::new();
        for subnet in self.users_of_subnets() {
            *used.entry(subnet).or_default() += 1;
        }
        let mut subnets: Vec<SubnetRecord> = self.list(place, select);
        for subnet in &mut subnets {
            let used = used.get(&subnet.id).copied();
            subnet.free_addresses = free_addresses(&subnet.range, used.unwrap_or_default());
        }
        subnets
    }

    fn with_free_addresses(&self, mut subnet: SubnetRecord) -> SubnetRecord {
        subnet.free_addresses = self.free_addresses(&subnet);
        subnet
    }

    fn free_addresses(&self, subnet: &SubnetRecord) -> Option<u64> {
        let used = self.users_of_subnets().filter(|used| **used == subnet.id);
        free_addresses(&subnet.range, used.count() as u64)
    }

    /// The subnet of each instance and of each interface of an attachment.
    fn users_of_subnets(&self) -> impl Iterator<Item = &SubnetId> {
        let instances = self.shelf::<InstanceRecord>().iter();
        let instances = instances.filter_map(|entry| entry.record.subnet.as_ref());
        let attachments = self.shelf::<PeeringRecord>().iter();
        let interfaces = attachments.flat_map(|entry| &entry.record.subnets);
        instances.chain(interfaces.map(|(_, subnet)| subnet))
    }

    /// The first free address of a subnet.
    pub(super) fn choose_address(&self, subnet: &SubnetId) -> Result<IpAddr> {
        let entry = self
            .get::<SubnetRecord>(subnet)
            .ok_or_else(|| invalid(format!("there is no subnet {subnet}")))?;
        let full = || {
            let message = format!("subnet {subnet} has no free address");
            Error::new(ErrorKind::QuotaExceeded, message)
        };
        if self.free_addresses(&entry.record) == Some(0) {
            return Err(full());
        }
        let range = entry.record.range;
        usable(&range)
            .find(|address| self.address_user(&entry.record.network, address).is_none())
            .ok_or_else(full)
    }

    /// Checks an address that the caller chose.
    pub(super) fn check_address(&self, subnet: &SubnetId, address: &IpAddr) -> Result<()> {
        let entry = self
            .get::<SubnetRecord>(subnet)
            .ok_or_else(|| absent::<SubnetRecord>(subnet, &"".into()))?;
        let range = entry.record.range;
        if !range.contains(address) || is_kept(&range, address) {
            let message = format!("{address} is not a usable address of {range}");
            return Err(invalid(message));
        }
        match self.address_user(&entry.record.network, address) {
            None => Ok(()),
            Some(user) if user.life.phase(self.now) == Phase::Deleting => {
                let message = format!("{address} is not free before {} is gone", user.record.id);
                Err(Error::new(ErrorKind::Busy, message))
            }
            Some(user) => Err(invalid(format!("{address} belongs to {}", user.record.id))),
        }
    }
}

fn free_addresses(range: &IpNet, used: u64) -> Option<u64> {
    let IpNet::V4(range) = range else {
        return None;
    };
    let all = 1_u64 << (32 - range.prefix_len());
    Some(all.saturating_sub(u64::from(KEPT_FIRST + KEPT_LAST) + used))
}

fn usable(range: &IpNet) -> impl Iterator<Item = IpAddr> {
    let kept = *range;
    range
        .hosts()
        .filter(move |address| !is_kept(&kept, address))
}

fn is_kept(range: &IpNet, address: &IpAddr) -> bool {
    match (range, address) {
        (IpNet::V4(range), IpAddr::V4(address)) => {
            let address = u32::from(*address);
            let first = u32::from(range.network());
            let last = u32::from(range.broadcast());
            address - first < KEPT_FIRST || last - address < KEPT_LAST
        }
        _ => range.network() == *address,
    }
}
