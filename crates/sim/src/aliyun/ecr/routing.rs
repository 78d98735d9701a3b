//! What a router knows and where it sends packets.

use std::net::IpAddr;
use std::time::Duration;

use ipnet::{IpNet, Ipv4Net};

use super::{Association, Child};
use crate::aliyun::state::State;
use crate::table::Object;

/// A way out of a router.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Exit<'a> {
    Association(&'a Association),
    Child(&'a Child),
}

impl Exit<'_> {
    pub(crate) fn is_active(&self, now: Duration) -> bool {
        match self {
            Self::Association(association) => association.life().is_ready(now),
            Self::Child(child) => child.life().is_ready(now),
        }
    }
}

/// The way with the longest prefix that has the destination; an active one, if there is one.
pub(crate) fn exit<'a>(
    state: &'a State,
    router: &str,
    destination: IpAddr,
    now: Duration,
) -> Option<Exit<'a>> {
    let longest = |prefixes: Vec<Ipv4Net>| {
        let containing = prefixes
            .into_iter()
            .filter(|prefix| IpNet::V4(*prefix).contains(&destination));
        containing.map(|prefix| prefix.prefix_len()).max()
    };
    let associations = state.ecr.associations.iter().filter_map(|association| {
        let length = longest(ranges(state, association))?;
        Some((&association.router, length, Exit::Association(association)))
    });
    let children = state.ecr.children.iter().filter_map(|child| {
        let known = state.vpc.border_routers.get(&child.instance)?;
        let length = longest(known.prefixes.clone())?;
        Some((&child.router, length, Exit::Child(child)))
    });
    associations
        .chain(children)
        .filter(|(known, ..)| *known == router)
        .max_by_key(|(_, length, exit)| (exit.is_active(now), *length))
        .map(|(.., exit)| exit)
}

/// What the router knows of a VPC.
fn ranges(state: &State, association: &Association) -> Vec<Ipv4Net> {
    if !association.allowed.is_empty() {
        return association.allowed.clone();
    }
    let vpc = state.vpc.vpcs.get(&association.vpc);
    vpc.map_or_else(Vec::new, |vpc| {
        std::iter::once(vpc.cidr)
            .chain(vpc.secondary.iter().copied())
            .collect()
    })
}
