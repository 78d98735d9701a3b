//! The topology to apply where nothing joins the two parties yet.

use super::seen::Seen;
use crate::observation::Observation;
use crate::topology::{Account, Interconnect, Network, Subnet, Topology};
use crate::traits::NetworkRecord;

/// The topology that would join the networks of two parties as they are.
pub(super) fn proposal(left: &Seen, right: &Seen, observation: &Observation) -> Option<Topology> {
    let (here, there) = (left.network.as_ref()?, right.network.as_ref()?);
    if here.id == there.id {
        return None;
    }
    let topology = Topology::new("joined");
    let topology = with_side(topology, "left", left, here, observation)?;
    let topology = match here.account == there.account {
        true => topology.with_network(network("right", "left", there, observation)),
        false => with_side(topology, "right", right, there, observation)?,
    };
    Some(topology.with_interconnect(Interconnect::new("link", "left", ["left", "right"])))
}

fn with_side(
    topology: Topology,
    name: &str,
    seen: &Seen,
    record: &NetworkRecord,
    observation: &Observation,
) -> Option<Topology> {
    let cloud = seen.place.as_ref()?.cloud.clone();
    let account = Account::new(name, cloud, record.account.clone());
    let network = network(name, name, record, observation);
    Some(topology.with_account(account).with_network(network))
}

fn network(
    name: &str,
    account: &str,
    record: &NetworkRecord,
    observation: &Observation,
) -> Network {
    let mut network = Network::existing(name, account, record.region.clone(), record.id.clone());
    let subnets = observation.inventories.iter().flat_map(|i| &i.subnets);
    let mut seen = Vec::new();
    for subnet in subnets.filter(|subnet| subnet.network == record.id) {
        if seen.contains(&subnet.id) {
            continue;
        }
        seen.push(subnet.id.clone());
        let declared = Subnet::new(subnet.id.as_str(), subnet.zone.clone(), subnet.range);
        network = network.with_subnet(declared.with_id(subnet.id.clone()));
    }
    network
}
