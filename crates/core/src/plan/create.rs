use super::builder::{Builder, Wanted};
use super::found::Found;
use super::wish::chosen_model;
use crate::observation::Observation;
use crate::topology::Topology;
use crate::traits::Model;

pub(super) fn wanted(topology: &Topology, observation: &Observation, found: &Found) -> Wanted {
    let mut builder = Builder {
        topology,
        observation,
        found,
        wanted: Wanted::default(),
    };
    builder.services();
    topology
        .networks
        .iter()
        .for_each(|network| builder.network(network));
    topology
        .firewalls
        .iter()
        .for_each(|firewall| builder.groups(firewall));
    for interconnect in &topology.interconnects {
        match chosen_model(topology, observation, interconnect) {
            Some(Model::Hub) => builder.hub_model(interconnect),
            Some(Model::Mesh) => builder.mesh_model(interconnect),
            None => {}
        }
    }
    topology.wanted_edges().for_each(|edge| builder.edge(edge));
    // Rules may name groups of peered networks, which the cloud knows only once the peering is there.
    topology
        .firewalls
        .iter()
        .for_each(|firewall| builder.rules(firewall));
    topology
        .networks
        .iter()
        .for_each(|network| builder.endpoints(network));
    topology
        .instances
        .iter()
        .for_each(|instance| builder.instance(instance));
    builder.wanted
}
