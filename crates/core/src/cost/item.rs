//! What clouds charge for, of all that a topology makes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Something that a cloud charges for, or says is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Item {
    /// A network with its subnets, route tables, routes, security groups and access lists.
    Network,
    /// A peering between two networks, without its traffic.
    Peering,
    /// The hubs of an interconnect, such as a CEN instance and its transit routers, without what is attached to them.
    Hub,
    /// A connection between the hubs of two regions, without its traffic.
    HubLink,
    /// A network's attachment to a hub: each hour, and each GB that the network sends into it.
    Attachment,
    /// A hub at the edge of private lines, such as an Express Connect Router.
    EdgeHub,
    /// A network's or a border router's attachment to such a hub: each hour, and each GB sent into it.
    EdgeAttachment,
    /// An instance, by its type, without its disk.
    Instance,
    /// The system disk of an instance, by its category.
    Disk,
    /// The end of a service of the cloud inside a network, which agents of instances call, without its traffic.
    ServiceEndpoint,
    /// Traffic from one region to another.
    RegionTransfer,
    /// Traffic over a peering inside one region, at either of its ends.
    LocalTransfer,
    /// The analysis of a path by the cloud's own analyser.
    PathAnalysis,
}

impl Item {
    /// The units that it is charged by.
    pub fn units(self) -> &'static [Unit] {
        match self {
            Self::Network | Self::Peering | Self::Hub | Self::HubLink => &[Unit::Hour],
            Self::EdgeHub | Self::Instance | Self::ServiceEndpoint => &[Unit::Hour],
            Self::Attachment | Self::EdgeAttachment => &[Unit::Hour, Unit::Gb],
            Self::Disk => &[Unit::GbMonth],
            Self::RegionTransfer | Self::LocalTransfer => &[Unit::Gb],
            Self::PathAnalysis => &[Unit::Run],
        }
    }

    /// Whether its prices depend on a type or a category, such as that of an instance.
    pub fn has_kinds(self) -> bool {
        matches!(self, Self::Instance | Self::Disk)
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Network => "network",
            Self::Peering => "peering",
            Self::Hub => "hub",
            Self::HubLink => "hub-link",
            Self::Attachment => "attachment",
            Self::EdgeHub => "edge-hub",
            Self::EdgeAttachment => "edge-attachment",
            Self::Instance => "instance",
            Self::Disk => "disk",
            Self::ServiceEndpoint => "service-endpoint",
            Self::RegionTransfer => "region-transfer",
            Self::LocalTransfer => "local-transfer",
            Self::PathAnalysis => "path-analysis",
        })
    }
}

/// What one amount of a price is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Unit {
    /// An hour, also one that has only begun.
    Hour,
    /// A gigabyte of traffic.
    Gb,
    /// A gigabyte of a disk for a month of [730 hours](super::HOURS_OF_MONTH).
    GbMonth,
    /// One analysis.
    Run,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Hour => "hour",
            Self::Gb => "GB",
            Self::GbMonth => "GB and month",
            Self::Run => "analysis",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_shown_as_they_are_written() {
        for item in [
            Item::Network,
            Item::Peering,
            Item::Hub,
            Item::HubLink,
            Item::Attachment,
            Item::EdgeHub,
            Item::EdgeAttachment,
            Item::Instance,
            Item::Disk,
            Item::ServiceEndpoint,
            Item::RegionTransfer,
            Item::LocalTransfer,
            Item::PathAnalysis,
        ] {
            let written = serde_json::to_value(item).expect("a word");
            assert_eq!(written, item.to_string());
            assert!(!item.units().is_empty(), "{item}");
        }
    }
}
