//! The TCP ports on which instances listen.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::network::Reached;
use crate::packet::Protocol;

/// The ports of each instance. Without a choice: 22, as images come with an SSH server.
#[derive(Debug, Clone)]
pub(crate) struct Listeners {
    chosen: BTreeMap<String, BTreeSet<u16>>,
    others: BTreeSet<u16>,
}

impl Default for Listeners {
    fn default() -> Self {
        Self {
            chosen: BTreeMap::new(),
            others: BTreeSet::from([22]),
        }
    }
}

impl Listeners {
    /// What the sender of a packet hears from the receiver's system after this time.
    pub(crate) fn answer(
        &self,
        receiver: Option<&str>,
        protocol: Protocol,
        time: Duration,
    ) -> Reached {
        let ports = receiver.and_then(|instance| self.chosen.get(instance));
        let ports = ports.unwrap_or(&self.others);
        match protocol {
            Protocol::Tcp { destination, .. } if !ports.contains(&destination) => {
                Reached::Refused(time)
            }
            _ => Reached::Answered(time),
        }
    }

    /// Replaces the ports of an instance.
    pub(crate) fn choose(&mut self, instance: &str, ports: &[u16]) {
        let ports = ports.iter().copied().collect();
        self.chosen.insert(instance.to_owned(), ports);
    }

    /// Replaces the ports of all instances that have no choice of their own.
    pub(crate) fn choose_for_others(&mut self, ports: &[u16]) {
        self.others = ports.iter().copied().collect();
    }
}
