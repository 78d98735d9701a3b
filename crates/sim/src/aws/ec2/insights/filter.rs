//! What packets a path is about, at one of its ends.

use std::net::Ipv4Addr;

use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome, bad_value};
use crate::aws::xml::Xml;

/// The addresses and ports of the packets; `None`: any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(super) source: Option<Ipv4Addr>,
    pub(super) source_ports: Option<(u16, u16)>,
    pub(super) destination: Option<Ipv4Addr>,
    pub(super) destination_ports: Option<(u16, u16)>,
}

/// `FilterAtSource` or `FilterAtDestination`.
pub(super) fn read(ctx: &Context<'_>, name: &str) -> Outcome<Filter> {
    Ok(Filter {
        source: address(ctx, &format!("{name}.SourceAddress"))?,
        source_ports: ports(ctx, &format!("{name}.SourcePortRange"))?,
        destination: address(ctx, &format!("{name}.DestinationAddress"))?,
        destination_ports: ports(ctx, &format!("{name}.DestinationPortRange"))?,
    })
}

/// An address of IPv4: the analyser knows no others.
pub(super) fn address(ctx: &Context<'_>, name: &str) -> Outcome<Option<Ipv4Addr>> {
    let text = ctx.parameters.get(name);
    text.map(|text| text.parse().map_err(|_| bad_value(text, name)))
        .transpose()
}

pub(super) fn port(ctx: &Context<'_>, name: &str) -> Outcome<Option<u16>> {
    let number = ctx.integer(name)?;
    number
        .map(|number| u16::try_from(number).map_err(|_| bad_value(&number.to_string(), name)))
        .transpose()
}

fn ports(ctx: &Context<'_>, name: &str) -> Outcome<Option<(u16, u16)>> {
    let from = port(ctx, &format!("{name}.FromPort"))?;
    let to = port(ctx, &format!("{name}.ToPort"))?;
    match (from, to) {
        (None, None) => Ok(None),
        (Some(from), Some(to)) if from <= to => Ok(Some((from, to))),
        _ => Err(Failure::bad(
            "InvalidParameterValue",
            format!(
                "Invalid port range for parameter {name}: both ports are needed, the lower first."
            ),
        )),
    }
}

impl Filter {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What both allow; `None` if that is nothing.
    pub(super) fn and(&self, other: &Self) -> Option<Self> {
        Some(Self {
            source: same(self.source, other.source)?,
            source_ports: common(self.source_ports, other.source_ports)?,
            destination: same(self.destination, other.destination)?,
            destination_ports: common(self.destination_ports, other.destination_ports)?,
        })
    }

    pub(super) fn view(&self) -> Xml {
        let range = |(from, to): (u16, u16)| Xml::new().leaf("fromPort", from).leaf("toPort", to);
        let mut view = Xml::new().maybe("sourceAddress", self.source);
        if let Some(ports) = self.source_ports {
            view = view.node("sourcePortRange", range(ports));
        }
        view = view.maybe("destinationAddress", self.destination);
        if let Some(ports) = self.destination_ports {
            view = view.node("destinationPortRange", range(ports));
        }
        view
    }
}

fn same(left: Option<Ipv4Addr>, right: Option<Ipv4Addr>) -> Option<Option<Ipv4Addr>> {
    match (left, right) {
        (Some(left), Some(right)) if left != right => None,
        _ => Some(left.or(right)),
    }
}

type Ports = Option<(u16, u16)>;

fn common(left: Ports, right: Ports) -> Option<Ports> {
    let (Some(left), Some(right)) = (left, right) else {
        return Some(left.or(right));
    };
    let both = (left.0.max(right.0), left.1.min(right.1));
    (both.0 <= both.1).then_some(Some(both))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_filters_leave_what_both_allow() {
        let ports = |from, to| Filter {
            destination_ports: Some((from, to)),
            ..Filter::default()
        };
        assert_eq!(ports(1, 100).and(&ports(50, 200)), Some(ports(50, 100)));
        assert_eq!(ports(1, 10).and(&Filter::default()), Some(ports(1, 10)));
        assert_eq!(ports(1, 10).and(&ports(11, 20)), None);
        let to = |last| Filter {
            destination: Some(Ipv4Addr::new(10, 0, 0, last)),
            ..Filter::default()
        };
        assert_eq!(to(1).and(&to(1)), Some(to(1)));
        assert_eq!(to(1).and(&to(2)), None);
    }
}
