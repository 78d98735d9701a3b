//! Instances: what each must say, their subnets, addresses and firewalls.

use super::Check;
use crate::topology::hint::did_you_mean;
use crate::topology::{AgentRole, Instance, Subnet, SubnetPath};

impl<'a> Check<'a> {
    pub(super) fn instance(&mut self, instance: &Instance) {
        let what = format!("instance `{}`", instance.name);
        match instance.id {
            Some(_) => self.existing_instance(&what, instance),
            None => self.new_instance(&what, instance),
        }
    }

    fn existing_instance(&mut self, what: &str, instance: &Instance) {
        match &instance.network {
            Some(network) => self.network_exists(what, "network", network),
            None => self.problem(format!(
                "{what}: missing `network`: expected the name of the network that holds it"
            )),
        }
        let all = self.topology.instances.iter();
        if all.filter(|other| other.id == instance.id).count() > 1 {
            self.problem(format!(
                "{what}: another instance has the same `id`; name each instance once"
            ));
        }
        let given = [
            ("subnet", instance.subnet.is_some()),
            ("address", instance.address.is_some()),
            ("type", instance.instance_type.is_some()),
            ("image", instance.image.is_some()),
            ("disk", instance.disk.is_some()),
            ("firewalls", !instance.firewalls.is_empty()),
            ("password-env", instance.password_env.is_some()),
            ("agent-role", instance.agent_role != AgentRole::Auto),
        ];
        for (key, _) in given.iter().filter(|(_, given)| *given) {
            self.problem(format!(
                "{what}: `{key}` does not go with `id`: an existing instance is used as it is; remove `{key}`"
            ));
        }
    }

    fn new_instance(&mut self, what: &str, instance: &Instance) {
        let needed = [
            ("subnet", instance.subnet.is_some()),
            ("type", instance.instance_type.is_some()),
            ("image", instance.image.is_some()),
        ];
        for (key, _) in needed.iter().filter(|(_, given)| !given) {
            self.problem(format!(
                "{what}: missing `{key}`, which a new instance needs; for an existing one, give `id` and `network`"
            ));
        }
        if instance.network.is_some() {
            self.problem(format!(
                "{what}: `network` goes with `id` only: `subnet` names the network of a new instance"
            ));
        }
        let Some(path) = &instance.subnet else { return };
        match self.subnet_of(path) {
            Some(subnet) => self.address_inside(what, instance, path, subnet),
            None => self.unknown_subnet(what, path),
        }
        self.network_is_ours(what, &path.network, "it");
        if instance.firewalls.is_empty() {
            self.problem(format!(
                "{what}: too few `firewalls`: expected at least one"
            ));
        }
        for name in &instance.firewalls {
            self.in_group(what, name, &path.network);
        }
    }

    fn subnet_of(&self, path: &SubnetPath) -> Option<&'a Subnet> {
        let network = self.topology.network(&path.network)?;
        let mut subnets = network.subnets.iter();
        subnets.find(|subnet| subnet.name == path.subnet)
    }

    fn unknown_subnet(&mut self, what: &str, path: &SubnetPath) {
        let declared: Vec<String> = (self.topology.networks.iter())
            .flat_map(|network| {
                let subnets = network.subnets.iter();
                subnets.map(|subnet| format!("{}/{}", network.name, subnet.name))
            })
            .collect();
        let hint = did_you_mean(&path.to_string(), declared.iter().map(String::as_str));
        self.problem(format!(
            "{what}: invalid subnet `{path}`: expected a subnet declared in `networks`, as `NETWORK/SUBNET`{hint}"
        ));
    }

    fn address_inside(
        &mut self,
        what: &str,
        instance: &Instance,
        path: &SubnetPath,
        subnet: &Subnet,
    ) {
        let (Some(address), range) = (instance.address, subnet.range) else {
            return;
        };
        if !range.contains(&address) {
            self.problem(format!(
                "{what}: invalid address `{address}`: expected an address in `{range}`, the CIDR block of subnet `{path}`"
            ));
        } else if [range.network(), range.broadcast()].contains(&address) {
            self.problem(format!(
                "{what}: invalid address `{address}`: expected one between the first and the last of `{range}`, the CIDR \
                 block of subnet `{path}`; no host has those"
            ));
        }
    }

    fn in_group(&mut self, what: &str, firewall: &str, network: &str) {
        self.firewall_exists(what, "firewall", firewall);
        let declared = self.topology.firewall(firewall);
        if declared.is_some_and(|declared| !declared.networks.iter().any(|name| name == network)) {
            self.problem(format!(
                "{what}: firewall `{firewall}` has no group in network `{network}`; add `{network}` to the `networks` \
                 of the firewall"
            ));
        }
    }
}
