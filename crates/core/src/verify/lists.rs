//! Access lists and the rules of groups, in the order in which a cloud looks at them and by the CIDR blocks that they are
//! about. What is about other addresses than those of a packet is not looked at for it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::IpAddr;
use std::rc::Rc;

use ipnet::IpNet;
use prefix_trie::joint::map::JointPrefixMap;

use crate::ids::{AclId, GroupId};
use crate::observation::Observation;
use crate::traits::{AclEntry, AclRecord, Action, Direction, RulePeer, RuleRecord};

/// Items in the order in which they are looked at.
pub(super) struct Ordered<'a, T> {
    items: Vec<&'a T>,
    /// The places of those that are about one CIDR block each.
    about: JointPrefixMap<IpNet, Vec<usize>>,
    /// The places of all others.
    others: Vec<usize>,
}

impl<'a, T> Ordered<'a, T> {
    fn new(items: Vec<&'a T>, range: impl Fn(&T) -> Option<IpNet>) -> Self {
        let (mut about, mut others) = (JointPrefixMap::new(), Vec::new());
        for (place, item) in items.iter().enumerate() {
            match range(item) {
                Some(range) => {
                    let places: &mut Vec<usize> = about.entry(range.trunc()).or_default();
                    places.push(place);
                }
                None => others.push(place),
            }
        }
        Self {
            items,
            about,
            others,
        }
    }

    /// Those that may be about an address.
    pub(super) fn about(&self, far: &IpAddr) -> impl Iterator<Item = &'a T> {
        let far = IpNet::from(*far);
        let mut places = self.others.clone();
        places.extend(self.about.cover_values(&far).flatten());
        places.sort_unstable();
        places.into_iter().map(|place| self.items[place])
    }
}

/// Lists in order, by what they are of and the direction of their packets.
type InOrder<'a, Of, Item> = RefCell<HashMap<(Of, Direction), Rc<Ordered<'a, Item>>>>;

/// The lists that were put in order already.
#[derive(Default)]
pub(super) struct Lists<'a> {
    entries: InOrder<'a, &'a AclId, AclEntry>,
    rules: InOrder<'a, Vec<GroupId>, RuleRecord>,
}

impl<'a> Lists<'a> {
    /// The entries of an access list.
    pub(super) fn entries(
        &self,
        acl: &'a AclRecord,
        direction: Direction,
    ) -> Rc<Ordered<'a, AclEntry>> {
        let mut known = self.entries.borrow_mut();
        let ordered = known.entry((&acl.id, direction)).or_insert_with(|| {
            let entries = acl.entries.iter();
            let mut entries: Vec<_> = entries.filter(|one| one.direction == direction).collect();
            entries.sort_by_key(|entry| entry.number);
            Rc::new(Ordered::new(entries, |entry| entry.range))
        });
        Rc::clone(ordered)
    }

    /// The rules of groups, as one list: by priority, and of equals those that deny first.
    pub(super) fn rules(
        &self,
        observation: &'a Observation,
        groups: &[GroupId],
        direction: Direction,
    ) -> Rc<Ordered<'a, RuleRecord>> {
        let mut known = self.rules.borrow_mut();
        let ordered = known
            .entry((groups.to_vec(), direction))
            .or_insert_with(|| {
                let rules = groups.iter().flat_map(|group| observation.rules_of(group));
                let mut rules: Vec<_> = rules
                    .filter(|one| one.rule.direction == direction)
                    .collect();
                rules.sort_by_key(|record| {
                    let allows = record.rule.action == Action::Allow;
                    (record.priority.unwrap_or(0), allows)
                });
                Rc::new(Ordered::new(rules, |record| match &record.rule.peer {
                    RulePeer::Range(range) => Some(*range),
                    _ => None,
                }))
            });
        Rc::clone(ordered)
    }
}
