//! Networks and subnets: their CIDR blocks.

use std::collections::HashMap;

use ipnet::IpNet;

use super::{Check, overlap};
use crate::ids::NetworkId;
use crate::topology::{AgentEndpoints, Network, RouteTables, Subnet};

impl Check<'_> {
    pub(super) fn network(&mut self, network: &Network) {
        let what = format!("network `{}`", network.name);
        self.account_exists(&what, "account", &network.account);
        match (&network.range, &network.id) {
            _ if self.topology.is_held_by_other(&network.account) => self.of_another(&what, network),
            (None, None) => self.problem(format!(
                "{what}: missing key `range`: add the CIDR block of a new network, or the `id` of an existing one"
            )),
            (Some(_), Some(_)) => self.problem(format!(
                "{what}: `range` and `id` exclude each other; keep `range` to create the network, or `id` to join an \
                 existing one"
            )),
            _ => self.of_us(&what, network),
        }
        if let Some(range) = &network.range {
            self.no_host_bits(&what, range);
            self.is_ipv4(&what, range);
        }
        for range in &network.exclude {
            self.no_host_bits(&format!("{what}: `exclude`"), range);
        }
        if matches!(network.route_tables, RouteTables::Listed(_)) && network.id.is_none() {
            self.problem(format!(
                "{what}: `route-tables` lists tables, and the network is new; give it the `id` of an existing network, or \
                 write `in-use`, `all` or `main`"
            ));
        }
        for range in &network.ranges {
            self.no_host_bits(&what, range);
        }
        self.secondary(&what, network);
        self.endpoints(&what, network);
        self.names(
            &format!("{what}: "),
            "subnet",
            network.subnets.iter().map(|s| &s.name),
        );
        for (index, subnet) in network.subnets.iter().enumerate() {
            self.subnet(network, subnet, &network.subnets[..index]);
        }
    }

    // Nothing of it can be read, so the file says what others need to know.
    fn of_another(&mut self, what: &str, network: &Network) {
        let account = &network.account;
        if network.id.is_none() {
            self.problem(format!(
                "{what}: missing key `id`: account `{account}` is `held-by: other`, so the network must exist; add its ID"
            ));
        }
        let ranges = network.declared_ranges();
        if ranges.is_empty() {
            self.problem(format!(
                "{what}: missing key `ranges`: account `{account}` is `held-by: other`, so its CIDR blocks cannot be read; \
                 list them"
            ));
        }
        for subnet in network.subnets.iter().filter(|subnet| subnet.id.is_none()) {
            self.problem(format!(
                "subnet `{}/{}`: missing key `id`: account `{account}` is `held-by: other`, so the subnet must exist; add its \
                 ID",
                network.name, subnet.name
            ));
        }
        if let Some(probe) = network.probe
            && !ranges.iter().any(|range| range.contains(&probe))
        {
            self.problem(format!(
                "{what}: invalid `probe` `{probe}`: expected an address in one of its CIDR blocks"
            ));
        }
    }

    fn of_us(&mut self, what: &str, network: &Network) {
        if network.probe.is_some() {
            self.problem(format!(
                "{what}: `probe` is for networks of accounts that are `held-by: other`; remove it"
            ));
        }
        if network.id.is_some() && !network.ranges.is_empty() {
            self.problem(format!(
                "{what}: `ranges` and `id` exclude each other: the CIDR blocks of an existing network are read; remove \
                 `ranges`"
            ));
        }
    }

    fn endpoints(&mut self, what: &str, network: &Network) {
        let AgentEndpoints::In(name) = &network.agent_endpoints else {
            return;
        };
        if !network.subnets.iter().any(|subnet| subnet.name == *name) {
            self.problem(format!(
                "{what}: invalid `agent-endpoints` `{name}`: expected `auto`, `none`, or the name of one of its `subnets`"
            ));
        }
    }

    // Secondary CIDR blocks of a new network.
    fn secondary(&mut self, what: &str, network: &Network) {
        let Some(primary) = network.range else { return };
        let mut earlier = vec![primary];
        for range in &network.ranges {
            if range.addr().is_ipv6() {
                self.problem(format!(
                    "{what}: invalid CIDR block `{range}` in `ranges`: expected an IPv4 CIDR block; for IPv6 beside it, \
                     write `ipv6: true`"
                ));
            }
            if let Some(other) = earlier.iter().find(|other| overlap(other, range)) {
                self.problem(format!(
                    "{what}: CIDR block `{range}` in `ranges` overlaps `{other}` of the same network; change one of them"
                ));
            }
            earlier.push(*range);
        }
    }

    /// `earlier` holds the first network of each ID.
    pub(super) fn declared_once<'n>(
        &mut self,
        network: &'n Network,
        earlier: &mut HashMap<&'n NetworkId, &'n Network>,
    ) {
        let Some(id) = &network.id else { return };
        let twin = *earlier.entry(id).or_insert(network);
        if !std::ptr::eq(twin, network) {
            self.problem(format!(
                "network `{}`: duplicate ID `{id}`: network `{}` has it too; declare the network once",
                network.name, twin.name
            ));
        }
    }

    fn subnet(&mut self, network: &Network, subnet: &Subnet, earlier: &[Subnet]) {
        let what = format!("subnet `{}/{}`", network.name, subnet.name);
        self.no_host_bits(&what, &subnet.range);
        if subnet.id.is_some() && network.id.is_none() {
            self.problem(format!(
                "{what}: its `id` names an existing subnet, and network `{}` is new; remove the `id` of the subnet, or \
                 give the network its `id`",
                network.name
            ));
        }
        self.slot(&what, network, subnet, earlier);
        if network.range.is_some() {
            self.inside(&what, &subnet.range, network);
        }
        for other in earlier {
            if overlap(&other.range, &subnet.range) {
                self.problem(format!(
                    "{what}: CIDR block `{}` overlaps `{}` of subnet `{}/{}`; change one of them",
                    subnet.range, other.range, network.name, other.name
                ));
            }
        }
    }

    // The cloud hands out IPv6 CIDR blocks; nobody chooses them.
    fn is_ipv4(&mut self, what: &str, range: &IpNet) {
        if range.addr().is_ipv6() {
            self.problem(format!(
                "{what}: invalid `range` `{range}`: expected an IPv4 CIDR block; for IPv6 beside it, write `ipv6: true`"
            ));
        }
    }

    fn slot(&mut self, what: &str, network: &Network, subnet: &Subnet, earlier: &[Subnet]) {
        let Some(slot) = subnet.ipv6_slot else { return };
        if !network.ipv6 {
            self.problem(format!(
                "{what}: `ipv6-slot` needs a network with IPv6; add `ipv6: true` to network `{}`, or remove `ipv6-slot`",
                network.name
            ));
        }
        if subnet.id.is_some() {
            self.problem(format!(
                "{what}: `ipv6-slot` and `id` exclude each other; an existing subnet keeps the IPv6 CIDR block that it has"
            ));
        }
        if let Some(other) = earlier.iter().find(|other| other.ipv6_slot == Some(slot)) {
            self.problem(format!(
                "{what}: duplicate `ipv6-slot` {slot}: subnet `{}/{}` has it too; give each subnet its own",
                network.name, other.name
            ));
        }
    }

    pub(super) fn inside(&mut self, what: &str, range: &IpNet, network: &Network) {
        let all = network.declared_ranges();
        if all.iter().any(|whole| whole.contains(range)) {
            return;
        }
        let wholes: Vec<String> = all.iter().map(|whole| format!("`{whole}`")).collect();
        self.problem(format!(
            "{what}: invalid CIDR block `{range}`: expected a part of {}, that of network `{}`",
            wholes.join(" or "),
            network.name
        ));
    }
}
