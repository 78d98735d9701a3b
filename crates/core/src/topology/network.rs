//! Networks and their subnets.

use std::net::IpAddr;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AgentEndpoints, RouteTables};
use crate::ids::{NetworkId, Region, SubnetId, Zone};

/// A network: a VPC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Network {
    /// The name of the network.
    pub name: String,
    /// The account that owns it, by name.
    pub account: String,
    /// The region, such as `cn-hangzhou` or `eu-central-1`.
    pub region: Region,
    /// The primary CIDR block of a network that Landbridge creates. Required unless `id` names an existing network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<IpNet>,
    /// The secondary CIDR blocks of a network that Landbridge creates. One that is no longer here stays, and is told, until
    /// `--prune` removes it. Of a network of an account that is held by another, which cannot be read: all that it has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<IpNet>,
    /// An address in a network of an account that is held by another, which answers pings. Verification asks it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<IpAddr>,
    /// Whether the network has IPv6 beside IPv4. A new network gets a /56 of the cloud's choice, which is known once the
    /// network exists; an existing one must have an IPv6 CIDR block. Default: `false`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ipv6: bool,
    /// The ID of an existing network, such as `vpc-..`. Landbridge joins it, and neither creates nor deletes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<NetworkId>,
    /// The subnets of the network. An existing network needs none here.
    #[serde(default)]
    pub subnets: Vec<Subnet>,
    /// Through which subnets a hub attaches the network: names of `subnets`, IDs of subnets that an existing network has, or
    /// availability zones; one in each zone. Default: the first of `subnets` in each zone where hubs can be; in an existing
    /// network, where `subnets` has none in a zone, the one there with most free addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attach_through: Vec<String>,
    /// Where instances without a way to the internet reach the services that their agents call, where the cloud has ends of
    /// services in networks, as AWS does: `auto`, `none`, or a subnet of the network by name. `auto` makes them in a network that
    /// Landbridge creates, in the subnet of its first instance, and none in an existing network. They cost money each hour.
    /// Default: `auto`.
    #[serde(default, skip_serializing_if = "AgentEndpoints::is_default")]
    #[schemars(with = "String")]
    pub agent_endpoints: AgentEndpoints,
    /// The name that the network had before, if it was renamed: what was made under that name is kept and gets this one.
    /// It is no longer needed once the plan is applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// Whether plans that would delete the network, or delete it and make it anew, are refused. Default: no.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protect: bool,
    /// Into which of its route tables routes go. Default: `in-use`.
    #[serde(default, skip_serializing_if = "RouteTables::is_default")]
    pub route_tables: RouteTables,
    /// CIDR blocks to which its route tables get no route: a destination that lies in one of them is left out. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<IpNet>,
}

impl Network {
    /// A network that Landbridge creates.
    pub fn new(
        name: impl Into<String>,
        account: impl Into<String>,
        region: impl Into<Region>,
        range: IpNet,
    ) -> Self {
        Self {
            name: name.into(),
            account: account.into(),
            region: region.into(),
            range: Some(range),
            ranges: Vec::new(),
            probe: None,
            ipv6: false,
            id: None,
            subnets: Vec::new(),
            attach_through: Vec::new(),
            agent_endpoints: AgentEndpoints::Auto,
            was: None,
            protect: false,
            route_tables: RouteTables::default(),
            exclude: Vec::new(),
        }
    }

    /// An existing network, by its ID.
    pub fn existing(
        name: impl Into<String>,
        account: impl Into<String>,
        region: impl Into<Region>,
        id: impl Into<NetworkId>,
    ) -> Self {
        Self {
            name: name.into(),
            account: account.into(),
            region: region.into(),
            range: None,
            ranges: Vec::new(),
            probe: None,
            ipv6: false,
            id: Some(id.into()),
            subnets: Vec::new(),
            attach_through: Vec::new(),
            agent_endpoints: AgentEndpoints::Auto,
            was: None,
            protect: false,
            route_tables: RouteTables::default(),
            exclude: Vec::new(),
        }
    }

    /// Sets the secondary CIDR blocks, or those of a network that cannot be read.
    #[must_use]
    pub fn with_ranges(mut self, ranges: impl IntoIterator<Item = IpNet>) -> Self {
        self.ranges = ranges.into_iter().collect();
        self
    }

    /// Sets the address in a network that cannot be read, which answers pings.
    #[must_use]
    pub fn with_probe(mut self, address: IpAddr) -> Self {
        self.probe = Some(address);
        self
    }

    /// Every CIDR block that the topology declares for the network.
    pub(crate) fn declared_ranges(&self) -> Vec<IpNet> {
        let mut ranges: Vec<IpNet> = self.range.into_iter().collect();
        for range in &self.ranges {
            if !ranges.contains(range) {
                ranges.push(*range);
            }
        }
        ranges
    }

    /// Sets whether it has IPv6 beside IPv4.
    #[must_use]
    pub fn with_ipv6(mut self, ipv6: bool) -> Self {
        self.ipv6 = ipv6;
        self
    }

    /// Sets through which subnets a hub attaches it: names, IDs or zones.
    #[must_use]
    pub fn with_attach_through<P: Into<String>>(
        mut self,
        pins: impl IntoIterator<Item = P>,
    ) -> Self {
        self.attach_through = pins.into_iter().map(Into::into).collect();
        self
    }

    /// Sets where its instances reach the services that their agents call.
    #[must_use]
    pub fn with_agent_endpoints(mut self, endpoints: AgentEndpoints) -> Self {
        self.agent_endpoints = endpoints;
        self
    }

    /// Sets into which of its route tables routes go.
    #[must_use]
    pub fn with_route_tables(mut self, tables: RouteTables) -> Self {
        self.route_tables = tables;
        self
    }

    /// Sets to which CIDR blocks its route tables get no route.
    #[must_use]
    pub fn with_exclude(mut self, ranges: impl IntoIterator<Item = IpNet>) -> Self {
        self.exclude = ranges.into_iter().collect();
        self
    }

    /// Adds a subnet.
    #[must_use]
    pub fn with_subnet(mut self, subnet: Subnet) -> Self {
        self.subnets.push(subnet);
        self
    }

    /// Sets the name that it had before.
    #[must_use]
    pub fn with_was(mut self, name: impl Into<String>) -> Self {
        self.was = Some(name.into());
        self
    }

    /// Sets whether plans that would delete it are refused.
    #[must_use]
    pub fn with_protect(mut self, protect: bool) -> Self {
        self.protect = protect;
        self
    }
}

/// A subnet of a network: a vSwitch on Alibaba Cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Subnet {
    /// The name of the subnet, unique in its network.
    pub name: String,
    /// The availability zone, such as `cn-hangzhou-h` or `us-east-1a`.
    pub zone: Zone,
    /// The CIDR block, inside one of the network's.
    pub range: IpNet,
    /// Which /64 of the IPv6 CIDR block of the network the subnet gets, 0 to 255, unique in its network. Instances in it
    /// get an IPv6 address too. Default: no IPv6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ipv6_slot: Option<u8>,
    /// The ID of an existing subnet of an existing network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<SubnetId>,
    /// The name that the subnet had before, if it was renamed: what was made under that name is kept and gets this one.
    /// It is no longer needed once the plan is applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// Whether plans that would delete the subnet, or delete it and make it anew, are refused. Default: no.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protect: bool,
}

impl Subnet {
    /// A subnet that Landbridge creates.
    pub fn new(name: impl Into<String>, zone: impl Into<Zone>, range: IpNet) -> Self {
        Self {
            name: name.into(),
            zone: zone.into(),
            range,
            ipv6_slot: None,
            id: None,
            was: None,
            protect: false,
        }
    }

    /// Sets which /64 of the IPv6 CIDR block of the network it gets.
    #[must_use]
    pub fn with_ipv6_slot(mut self, slot: u8) -> Self {
        self.ipv6_slot = Some(slot);
        self
    }

    /// Sets the ID of an existing subnet.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<SubnetId>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets the name that it had before.
    #[must_use]
    pub fn with_was(mut self, name: impl Into<String>) -> Self {
        self.was = Some(name.into());
        self
    }

    /// Sets whether plans that would delete it are refused.
    #[must_use]
    pub fn with_protect(mut self, protect: bool) -> Self {
        self.protect = protect;
        self
    }
}
