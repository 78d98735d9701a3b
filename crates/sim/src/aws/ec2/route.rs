//! What a route is: a destination and a target.

use std::fmt;

use ipnet::IpNet;

/// What a route is to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    Range(IpNet),
    /// All entries of a prefix list.
    PrefixList(String),
}

impl Destination {
    pub(super) fn range(&self) -> Option<IpNet> {
        match self {
            Self::Range(range) => Some(*range),
            Self::PrefixList(_) => None,
        }
    }

    /// How requests and answers call it.
    pub(super) fn element(&self) -> &'static str {
        match self {
            Self::Range(IpNet::V4(_)) => "destinationCidrBlock",
            Self::Range(IpNet::V6(_)) => "destinationIpv6CidrBlock",
            Self::PrefixList(_) => "destinationPrefixListId",
        }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(range) => range.fmt(f),
            Self::PrefixList(id) => id.fmt(f),
        }
    }
}

/// Where a route leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// The VPC itself.
    Local,
    /// A peering, by its id.
    Peering(String),
    /// An internet, NAT or egress-only gateway that a call made, by its id. What is sent there leaves the simulated world.
    Gateway(String),
    /// A gateway, an appliance or another object that no call makes here. No packet is walked through it.
    Foreign { id: String, is_black_hole: bool },
}

/// The kinds of targets, by the prefix of their ids, and how answers call them.
const ELEMENTS: [(&str, &str); 12] = [
    ("pcx-", "vpcPeeringConnectionId"),
    ("tgw-", "transitGatewayId"),
    ("nat-", "natGatewayId"),
    ("eni-", "networkInterfaceId"),
    ("eigw-", "egressOnlyInternetGatewayId"),
    ("i-", "instanceId"),
    ("lgw-", "localGatewayId"),
    ("cagw-", "carrierGatewayId"),
    ("arn:aws:networkmanager:", "coreNetworkArn"),
    ("igw-", "gatewayId"),
    ("vgw-", "gatewayId"),
    ("vpce-", "gatewayId"),
];

impl Target {
    /// The target of this id; `None` if no kind of target has such ids.
    pub(crate) fn of_id(id: &str, is_black_hole: bool) -> Option<Self> {
        let (prefix, _) = ELEMENTS.iter().find(|(prefix, _)| id.starts_with(prefix))?;
        Some(match *prefix {
            "pcx-" => Self::Peering(id.to_owned()),
            _ => Self::Foreign {
                id: id.to_owned(),
                is_black_hole,
            },
        })
    }

    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Local => "local",
            Self::Peering(id) | Self::Gateway(id) | Self::Foreign { id, .. } => id,
        }
    }

    /// How requests and answers call it.
    pub(super) fn element(&self) -> &'static str {
        let id = self.id();
        let known = ELEMENTS.iter().find(|(prefix, _)| id.starts_with(prefix));
        known.map_or("gatewayId", |(_, element)| element)
    }
}

/// A route of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) destination: Destination,
    pub(crate) target: Target,
    /// Whether a gateway wrote it into the table, instead of a call.
    pub(crate) is_propagated: bool,
}

impl Route {
    pub(super) fn local(destination: IpNet) -> Self {
        Self {
            destination: Destination::Range(destination),
            target: Target::Local,
            is_propagated: false,
        }
    }

    pub(super) fn is_local(&self) -> bool {
        self.target == Target::Local
    }

    pub(super) fn origin(&self) -> &'static str {
        match (self.is_local(), self.is_propagated) {
            (true, _) => "CreateRouteTable",
            (false, true) => "EnableVgwRoutePropagation",
            (false, false) => "CreateRoute",
        }
    }

    /// Among routes to equal ranges the lowest decides: the VPC itself, then a route to the very range, then one to a
    /// prefix list, then a propagated one.
    pub(super) fn rank(&self) -> u8 {
        match (&self.target, &self.destination, self.is_propagated) {
            (Target::Local, ..) => 0,
            (_, Destination::Range(_), false) => 1,
            (_, Destination::PrefixList(_), _) => 2,
            (_, Destination::Range(_), true) => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_known_by_their_ids() {
        for (id, element) in [
            ("igw-1", "gatewayId"),
            ("i-1", "instanceId"),
            ("tgw-1", "transitGatewayId"),
            ("eigw-1", "egressOnlyInternetGatewayId"),
        ] {
            let target = Target::of_id(id, false).expect("a target");
            assert_eq!((target.id(), target.element()), (id, element));
        }
        assert_eq!(Target::of_id("subnet-1", false), None);
        assert_eq!(Target::Local.element(), "gatewayId");
    }
}
