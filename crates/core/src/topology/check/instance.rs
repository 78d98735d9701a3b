//! Instances: their subnets, addresses and firewalls.

use super::Check;
use crate::topology::hint::did_you_mean;
use crate::topology::{Instance, Subnet};

impl<'a> Check<'a> {
    pub(super) fn instance(&mut self, instance: &Instance) {
        let what = format!("instance `{}`", instance.name);
        match self.subnet_of(instance) {
            Some(subnet) => self.address_inside(&what, instance, subnet),
            None => self.unknown_subnet(&what, instance),
        }
        self.network_is_ours(&what, &instance.subnet.network, "it");
        if instance.firewalls.is_empty() {
            self.problem(format!(
                "{what}: too few `firewalls`: expected at least one"
            ));
        }
        for name in &instance.firewalls {
            self.in_group(&what, name, &instance.subnet.network);
        }
    }

    fn subnet_of(&self, instance: &Instance) -> Option<&'a Subnet> {
        let network = self.topology.network(&instance.subnet.network)?;
        let mut subnets = network.subnets.iter();
        subnets.find(|subnet| subnet.name == instance.subnet.subnet)
    }

    fn unknown_subnet(&mut self, what: &str, instance: &Instance) {
        let path = &instance.subnet;
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

    fn address_inside(&mut self, what: &str, instance: &Instance, subnet: &Subnet) {
        if let Some(address) = instance.address
            && !subnet.range.contains(&address)
        {
            self.problem(format!(
                "{what}: invalid address `{address}`: expected an address in `{}`, the CIDR block of subnet `{}`",
                subnet.range, instance.subnet
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
