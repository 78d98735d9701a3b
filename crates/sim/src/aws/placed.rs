//! Objects that tests put into the cloud's state directly, because no call makes them here.

use ipnet::IpNet;

use super::ec2::{Acl, Destination, Entry, Ports, Route, State, Target};

/// A route of a route table of AWS, whatever it leads to.
///
/// ```
/// use landbridge_sim::AwsRoute;
///
/// let to_hub = AwsRoute::new("10.0.0.0/8", "tgw-0123456789abcdef0");
/// let learned = AwsRoute::new("192.168.0.0/16", "vgw-0123456789abcdef0").propagated();
/// let stale = AwsRoute::new("2001:db8::/32", "eni-0123456789abcdef0").black_hole();
/// # let _ = (to_hub, learned, stale);
/// ```
#[derive(Debug, Clone)]
pub struct AwsRoute {
    destination: Destination,
    target: String,
    is_propagated: bool,
    is_black_hole: bool,
}

impl AwsRoute {
    /// A route to a range or a prefix list (`pl-…`), over a target: `igw-…`, `vgw-…`, `vpce-…`, `nat-…`, `tgw-…`, `eni-…`,
    /// `eigw-…`, `i-…`, `lgw-…`, `cagw-…`, the ARN of a core network, or a peering `pcx-…`.
    ///
    /// # Panics
    /// If the destination is neither a range nor a prefix list.
    #[must_use]
    pub fn new(destination: &str, target: impl Into<String>) -> Self {
        let destination = if destination.starts_with("pl-") {
            Destination::PrefixList(destination.to_owned())
        } else {
            let range: IpNet = destination.parse().expect("a destination is a range");
            Destination::Range(range.trunc())
        };
        Self {
            destination,
            target: target.into(),
            is_propagated: false,
            is_black_hole: false,
        }
    }

    /// A virtual private gateway has written it into the table. Default: a call has.
    #[must_use]
    pub fn propagated(mut self) -> Self {
        self.is_propagated = true;
        self
    }

    /// Its target is gone. Default: it is there. Peerings tell their state themselves.
    #[must_use]
    pub fn black_hole(mut self) -> Self {
        self.is_black_hole = true;
        self
    }

    /// Replaces what the table has for the destination by the same way. `None`: there is no such table, or the target is
    /// of no known kind.
    pub(super) fn place(self, state: &mut State, table: &str) -> Option<()> {
        let target = if state.made_gateway(&self.target) && !self.is_black_hole {
            Target::Gateway(self.target)
        } else {
            Target::of_id(&self.target, self.is_black_hole)?
        };
        let table = state.tables.get_mut(table)?;
        let route = Route {
            target,
            destination: self.destination,
            is_propagated: self.is_propagated,
        };
        table.routes.retain(|known| {
            known.destination != route.destination || known.is_propagated != route.is_propagated
        });
        table.routes.push(route);
        Some(())
    }
}

/// A numbered entry of a network ACL of AWS, without the checks of the call that makes entries.
///
/// ```
/// use landbridge_sim::AwsAclEntry;
///
/// let gre = AwsAclEntry::allow(90, "47", "10.0.0.0/8").egress();
/// let ssh = AwsAclEntry::deny(80, "6", "0.0.0.0/0").ports(22, 22);
/// let echo = AwsAclEntry::allow(70, "58", "::/0").icmp(128, -1);
/// # let _ = (gre, ssh, echo);
/// ```
#[derive(Debug, Clone)]
pub struct AwsAclEntry(Entry);

impl AwsAclEntry {
    /// An inbound entry that allows a protocol (its number, or `-1`) from a range.
    ///
    /// # Panics
    /// If the text is not a range.
    #[must_use]
    pub fn allow(number: u16, protocol: &str, range: &str) -> Self {
        let range: IpNet = range.parse().expect("an entry has a range");
        Self(Entry {
            number,
            is_egress: false,
            allows: true,
            ports: Ports {
                protocol: protocol.to_owned(),
                from: None,
                to: None,
            },
            range: range.trunc(),
        })
    }

    /// An inbound entry that denies.
    ///
    /// # Panics
    /// If the text is not a range.
    #[must_use]
    pub fn deny(number: u16, protocol: &str, range: &str) -> Self {
        let mut entry = Self::allow(number, protocol, range);
        entry.0.allows = false;
        entry
    }

    /// Makes it an outbound entry; its range is then that of destinations.
    #[must_use]
    pub fn egress(mut self) -> Self {
        self.0.is_egress = true;
        self
    }

    /// The first and the last port. Default: all.
    #[must_use]
    pub fn ports(mut self, first: u16, last: u16) -> Self {
        self.0.ports.from = Some(first.into());
        self.0.ports.to = Some(last.into());
        self
    }

    /// Type and code of ICMP; -1 is any. Default: all.
    #[must_use]
    pub fn icmp(mut self, kind: i16, code: i16) -> Self {
        self.0.ports.from = Some(kind.into());
        self.0.ports.to = Some(code.into());
        self
    }

    /// Replaces the entry of the same number and direction.
    pub(super) fn place(self, acl: &mut Acl) {
        acl.entries
            .retain(|known| known.number != self.0.number || known.is_egress != self.0.is_egress);
        acl.entries.push(self.0);
        acl.entries.sort_by_key(|entry| entry.number);
    }
}
