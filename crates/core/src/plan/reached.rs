//! What networks reach through hubs, by prefix: a route is the topology's if it leads to that.

use std::collections::{BTreeSet, HashMap};

use ipnet::IpNet;
use prefix_trie::joint::map::JointPrefixMap;

use super::destinations::is_made_of;
use super::found::Found;
use crate::ids::NetworkId;
use crate::traits::Endpoint;

/// CIDR blocks with the networks that have them; none stands for what hubs of others know.
type Blocks = JointPrefixMap<IpNet, BTreeSet<Option<NetworkId>>>;

/// The CIDR blocks that stand behind hubs.
pub(super) struct Reached {
    /// Those of all networks of the topology: a member may be on its way in, or out.
    members: Blocks,
    joined: HashMap<String, Joined>,
}

/// What is joined in an interconnect.
#[derive(Default)]
struct Joined {
    blocks: Blocks,
    /// Networks of which no CIDR block is known.
    unread: BTreeSet<NetworkId>,
}

impl Reached {
    pub(super) fn of(found: &Found) -> Self {
        let mut reached = Self {
            members: Blocks::new(),
            joined: HashMap::new(),
        };
        for (_, at) in found.networks.iter() {
            add(&mut reached.members, &at.record.ranges, Some(&at.record.id));
        }
        add(&mut reached.members, &found.known_to_others, None);
        for (key, at) in found.peerings.iter() {
            if let Some(name) = key.interconnect() {
                let joined = reached.joined.entry(name.to_owned()).or_default();
                joined.add(found, &at.record.requester);
                joined.add(found, &at.record.accepter);
            }
        }
        reached
    }

    /// Whether a network reaches all of a CIDR block, and nothing else in it, through the hubs of an interconnect; as far
    /// as that can be told.
    pub(super) fn has(&self, interconnect: &str, network: &NetworkId, range: &IpNet) -> bool {
        let joined = self.joined.get(interconnect);
        let mut unread = joined.iter().flat_map(|joined| &joined.unread);
        let blocks = joined.map(|joined| &joined.blocks);
        let inside = [Some(&self.members), blocks].into_iter().flatten();
        let inside = inside.flat_map(|blocks| blocks.children(&range.trunc()));
        let of_others = inside.filter(|(_, owners)| {
            let own = Some(network);
            owners.iter().any(|owner| owner.as_ref() != own)
        });
        let parts: Vec<IpNet> = of_others.map(|(part, _)| part).collect();
        unread.any(|end| end != network) || is_made_of(range, &parts)
    }
}

impl Joined {
    fn add(&mut self, found: &Found, end: &Endpoint) {
        if let Endpoint::Network { id, .. } = end {
            match found.ranges.get(id) {
                Some(ranges) => add(&mut self.blocks, ranges, Some(id)),
                None => {
                    self.unread.insert(id.clone());
                }
            }
        }
    }
}

fn add(blocks: &mut Blocks, ranges: &[IpNet], owner: Option<&NetworkId>) {
    for range in ranges {
        let owners = blocks.entry(range.trunc()).or_default();
        owners.insert(owner.cloned());
    }
}
