//! Hubs that are gone and to which something is still granted. No list of the topology's hubs tells one that is gone from one
//! of others, so the hub's owner is asked.

use std::collections::{BTreeMap, BTreeSet};

use super::Engine;
use crate::error::{ErrorKind, Result};
use crate::ids::{HubId, Place};
use crate::object::Record;
use crate::topology::Topology;
use crate::traits::{Inventory, Select};

impl Engine {
    /// Which hubs that no inventory shows, and to which something that was read is granted, their owners do not have. Only
    /// declared accounts whose keys are ours are asked; nobody is asked where all hubs are known.
    pub(super) async fn gone_hubs(
        &self,
        topology: &Topology,
        inventories: &BTreeMap<Place, Inventory>,
    ) -> Result<BTreeSet<HubId>> {
        let mut gone = BTreeSet::new();
        for (place, unknown) in unknown_hubs(topology, inventories) {
            let asked = unknown.iter().cloned().collect();
            let cloud = self.cloud(place).await?;
            let there = match cloud.list_hubs(&Select::Ids(asked)).await {
                Ok(there) => there,
                Err(error) => match error.kind() {
                    // Who may not ask does not know, and an error about one hub says nothing of the others.
                    ErrorKind::PermissionDenied | ErrorKind::NotFound => continue,
                    _ => return Err(error),
                },
            };
            let there = there.into_iter().filter(|hub| !hub.is_leaving());
            let there: BTreeSet<HubId> = there.map(|hub| hub.id).collect();
            gone.extend(unknown.difference(&there).cloned());
        }
        Ok(gone)
    }
}

/// Of every account that can be asked one place, and the hubs to ask for.
fn unknown_hubs<'a>(
    topology: &Topology,
    inventories: &'a BTreeMap<Place, Inventory>,
) -> BTreeMap<&'a Place, BTreeSet<HubId>> {
    let hubs = inventories.values().flat_map(|inventory| &inventory.hubs);
    let known: BTreeSet<&HubId> = hubs.map(|hub| &hub.id).collect();
    let mut unknown: BTreeMap<&Place, BTreeSet<HubId>> = BTreeMap::new();
    for (place, inventory) in inventories {
        let grants = inventory.grants.iter();
        for grant in grants.filter(|grant| !known.contains(&grant.hub)) {
            // Keys of another account show none of the owner's hubs.
            let owner = inventories.iter().find(|(owner, inventory)| {
                owner.cloud == place.cloud
                    && owner.account == grant.hub_account
                    && inventory.identity.account == owner.account
                    && !topology.is_elsewhere(owner)
            });
            if let Some((owner, _)) = owner {
                unknown.entry(owner).or_default().insert(grant.hub.clone());
            }
        }
    }
    unknown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::CloudName;
    use crate::topology::Account;
    use crate::traits::{CallerIdentity, GrantRecord, IdentityKind, Member};

    const OWNER: &str = "1111";
    const MEMBER: &str = "2222";

    fn inventory(account: &str, keys_of: &str) -> (Place, Inventory) {
        let place = Place::new(CloudName::from_static("memory"), account, "r1");
        let identity = CallerIdentity::new(keys_of.into(), IdentityKind::User, "arn");
        (place.clone(), Inventory::new(place, identity))
    }

    /// What the owner of the hub is asked for, with keys of this account.
    fn asked(keys_of: &str) -> Vec<String> {
        let cloud = || CloudName::from_static("memory");
        let topology = Topology::new("t")
            .with_account(Account::new("owner", cloud(), OWNER))
            .with_account(Account::new("member", cloud(), MEMBER));
        let (place, mut member) = inventory(MEMBER, MEMBER);
        let granted = Member::Network("net-1".into());
        let grant = GrantRecord::new(granted, "hub-1".into(), OWNER.into());
        member.grants.push(grant);
        let inventories = BTreeMap::from([(place, member), inventory(OWNER, keys_of)]);
        let unknown = unknown_hubs(&topology, &inventories);
        let hubs = unknown.into_values().flatten();
        hubs.map(|hub| hub.to_string()).collect()
    }

    #[test]
    fn the_owner_is_asked_for_a_hub_that_no_inventory_shows() {
        assert_eq!(asked(OWNER), ["hub-1"]);
    }

    #[test]
    fn keys_of_another_account_take_no_hub_for_gone() {
        assert_eq!(asked("3333"), Vec::<String>::new());
    }
}
