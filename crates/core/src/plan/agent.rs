//! What the agents on instances need: a role, and ways to the services that they call.

use super::Ref;
use super::builder::{Builder, Present};
use crate::ids::CloudName;
use crate::object::{ObjectKey, agent_role, service_endpoint};
use crate::topology::{AgentRole, Firewall, FirewallRuleSpec, Instance, Network, RuleSource};
use crate::traits::{AGENT_PORT, Capabilities, Phase, Protocol};

/// The firewall of service endpoints. No firewall of a file has a dot in its name.
pub(crate) const FIREWALL: &str = "agent.endpoints";

impl Builder<'_> {
    fn capabilities(&self, cloud: &CloudName) -> Option<&Capabilities> {
        self.observation.capabilities.get(cloud)
    }

    /// The endpoints of the services that the agents of a network call, with a group that lets the network in.
    pub(super) fn endpoints(&mut self, network: &Network) {
        let place = self.place(&network.account, &network.region);
        let services = self.capabilities(&place.cloud);
        let services = services.map(|known| known.agent_services.clone());
        let services = self.without_those_of_others(network, services.unwrap_or_default());
        let Some(subnet) = self.topology.endpoint_subnet(network) else {
            return;
        };
        if services.is_empty() {
            return;
        }
        let firewall = firewall_of(network);
        self.groups(&firewall);
        self.rules(&firewall);
        self.host_names(network);
        for service in services {
            let key = ObjectKey::service_endpoint(&network.name, &service);
            let group = ObjectKey::group(FIREWALL, &network.name);
            let op = service_endpoint::Create {
                name: format!("{} {service}", network.name),
                network: self.network_ref(&network.name),
                subnet: self.subnet_ref(&network.name, &subnet.name),
                groups: vec![self.group_ref(&group)],
                service,
            };
            let after = vec![
                ObjectKey::subnet(&network.name, &subnet.name),
                group,
                ObjectKey::rules(FIREWALL, &network.name),
                ObjectKey::HostNames(network.name.clone()),
            ];
            let present = self.found.service_endpoints.present(&key);
            self.want(key, op, place.clone(), after, present);
        }
    }

    // A network has one endpoint of a service at most that its names lead to.
    fn without_those_of_others(&self, network: &Network, services: Vec<String>) -> Vec<String> {
        let at = self.found.networks.get(&ObjectKey::network(&network.name));
        let Some(at) = at.filter(|_| network.id.is_some()) else {
            return services;
        };
        let there = self.observation.inventories.iter();
        let there = there.flat_map(|inventory| &inventory.service_endpoints);
        let others: Vec<&str> = there
            .filter(|one| one.network == at.record.id && !self.found.made(one.owner.as_ref()))
            .map(|one| one.service.as_str())
            .collect();
        let own = services.into_iter();
        own.filter(|service| !others.contains(&service.as_str()))
            .collect()
    }

    /// The role of an instance's agent, where the cloud asks for one.
    pub(super) fn agent_role(&mut self, instance: &Instance, network: &Network) -> Option<Ref> {
        let place = self.place(&network.account, &network.region);
        let asks = self.capabilities(&place.cloud);
        if !asks.is_some_and(|known| known.agent_roles) {
            return None;
        }
        match &instance.agent_role {
            AgentRole::None => None,
            AgentRole::Named(name) => Some(Ref::Id(name.clone())),
            AgentRole::Auto => {
                let key = ObjectKey::AgentRole(place.account.clone());
                let op = agent_role::Ensure {
                    name: self.topology.name.clone(),
                };
                let at = self.found.agent_roles.get(&key);
                // One that lacks a part is completed.
                let ready = at.filter(|at| at.record.status.phase == Phase::Ready);
                let present = ready.and_then(|at| Present::new(&at.record.id, Phase::Ready));
                Some(self.want(key, op, place, vec![], present))
            }
        }
    }

    /// What an instance's agent finds when it starts.
    pub(super) fn agent_parts(&self, role: Option<&Ref>, network: &Network) -> Vec<ObjectKey> {
        let mut parts = Vec::new();
        if let Some(Ref::Step(key)) = role {
            parts.push(key.object().clone());
        }
        let place = self.place(&network.account, &network.region);
        let services = self.capabilities(&place.cloud);
        let services = services.into_iter().flat_map(|one| &one.agent_services);
        parts.extend(services.map(|one| ObjectKey::service_endpoint(&network.name, one)));
        parts
    }
}

// Lets every instance of the network in.
fn firewall_of(network: &Network) -> Firewall {
    let own = RuleSource::Network(network.name.clone());
    let rule = FirewallRuleSpec::allow(Protocol::Tcp, [own]).with_port(AGENT_PORT);
    Firewall::new(FIREWALL, [&network.name]).with_rule(rule)
}
