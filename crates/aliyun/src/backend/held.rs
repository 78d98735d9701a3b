//! What networks hold: vSwitches, route tables, network interfaces, security groups.
//!
//! The cloud lists these of one network or of the whole region. What it lists only of one table, group or network (routes,
//! rules, grants) takes a call for each: `DescribeRouteEntryList`, `DescribeSecurityGroupAttribute` and
//! `DescribeGrantRulesToResource` refuse to be asked for several.

use std::collections::BTreeSet;

use landbridge_core::{NetworkId, NetworkRecord, Region, Result};

use super::{AliyunCloud, each};
use crate::document::Doc;
use crate::paging::Listing;

/// A list of the region has about as many pages as a fifth of the region's networks: a page has fifty items, and a network
/// seldom holds more than ten of a kind.
const NETWORKS_PER_PAGE: usize = 5;

/// Networks, by how what they hold is listed with the fewest calls.
#[derive(Debug)]
pub(super) struct Held {
    /// The account's own, which a list of the region shows.
    own: BTreeSet<NetworkId>,
    /// Whether a list of the region takes fewer calls than one for each of them.
    together: bool,
    /// Those of other accounts, which lists of the region need not show.
    others: Vec<NetworkId>,
}

impl Held {
    /// `count` is how many networks the account has in the region.
    pub(super) fn by(
        networks: &[NetworkRecord],
        own: &impl Fn(&NetworkRecord) -> bool,
        count: usize,
    ) -> Self {
        let (ours, others): (Vec<_>, Vec<_>) = networks.iter().partition(|network| own(network));
        Self {
            together: ours.len() > 1 && ours.len() * NETWORKS_PER_PAGE >= count,
            own: ours.into_iter().map(|one| one.id.clone()).collect(),
            others: others.into_iter().map(|one| one.id.clone()).collect(),
        }
    }

    fn alone(&self, together: bool) -> Vec<NetworkId> {
        let own = self.own.iter().filter(|_| !together);
        own.chain(&self.others).cloned().collect()
    }
}

impl AliyunCloud {
    /// What the networks hold of one kind, in the order of the networks' ids.
    pub(super) async fn held<T>(
        &self,
        held: &Held,
        of_region: Listing,
        of_network: impl Fn(&Region, &NetworkId) -> Listing,
        read: impl Fn(Doc<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        // A list that is shared is read once for all topologies.
        let together =
            !held.own.is_empty() && (held.together || self.whole(&of_region).await?.is_some());
        let read = |doc: Doc<'_>| Ok((doc.text("VpcId").unwrap_or_default(), read(doc)?));
        let listed = async {
            if !together {
                return Ok(Vec::new());
            }
            let is_wanted = |id: String| held.own.contains(&NetworkId::from(id));
            let read = |doc: Doc<'_>| match doc.text("VpcId").is_none_or(is_wanted) {
                true => read(doc).map(Some),
                false => Ok(None),
            };
            self.list(of_region, read).await
        };
        let alone = each(held.alone(together), |network| {
            let listing = of_network(self.region(), &network);
            self.look_up(listing, &read)
        });
        let (listed, alone) = tokio::try_join!(listed, alone)?;
        let mut all: Vec<(String, T)> = listed.into_iter().flatten().chain(alone).collect();
        all.sort_by(|(left, _), (right, _)| left.cmp(right));
        Ok(all.into_iter().map(|(_, one)| one).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use landbridge_core::{Phase, Status};

    #[test]
    fn the_region_is_listed_where_that_takes_fewer_calls() {
        let network = |id: &str, account: &str| {
            let ready = Status::new(Phase::Ready, "Available");
            NetworkRecord::new(id.into(), account.into(), "r".into(), ready)
        };
        let own = |network: &NetworkRecord| network.account.as_str() == "1";
        let split = |networks: &[NetworkRecord], count| {
            let held = Held::by(networks, &own, count);
            let listed = if held.together { held.own.len() } else { 0 };
            (listed, held.alone(held.together).len())
        };
        let [one, two, shared] =
            [("a", "1"), ("b", "1"), ("c", "2")].map(|(id, of)| network(id, of));
        assert_eq!(split(std::slice::from_ref(&one), 1), (0, 1));
        assert_eq!(
            split(&[one.clone(), two.clone(), shared.clone()], 10),
            (2, 1)
        );
        assert_eq!(split(&[one, two, shared], 11), (0, 3));
    }
}
