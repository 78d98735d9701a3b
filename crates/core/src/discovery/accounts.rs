//! The accounts of a written topology: those that the caller names, and the others by their ids.

use std::collections::BTreeMap;

use super::Discovery;
use super::draft::{Draft, Part};
use super::names::Names;
use crate::ids::{AccountId, CloudName};
use crate::topology::{Account, CredentialSource};
use crate::traits::Inventory;

/// The names of accounts.
pub(super) struct Accounts(BTreeMap<(CloudName, AccountId), String>);

impl Accounts {
    /// Those that are given, and of those that were read the ones that are not among them; all are declared in `draft`.
    pub(super) fn of(discovery: &Discovery, given: &[Account], draft: &mut Draft) -> Self {
        draft.topology.accounts = renamed(given).into();
        let mut names = BTreeMap::new();
        for account in &draft.topology.accounts {
            let key = (account.cloud.clone(), account.id.clone());
            // Of two with one id the last one's credentials count.
            names.insert(key, account.name.clone());
        }
        let mut accounts = Self(names);
        for inventory in &discovery.inventories {
            accounts.read(inventory, draft);
        }
        accounts
    }

    fn read(&mut self, inventory: &Inventory, draft: &mut Draft) {
        let place = &inventory.place;
        let words = format!("read as {}", inventory.identity.arn);
        self.declare(&place.cloud, &place.account, &words, draft);
    }

    /// Declares an account that was not read.
    pub(super) fn partner(&mut self, cloud: &CloudName, id: &AccountId, draft: &mut Draft) {
        let words = "was not read: say where its credentials come from";
        self.declare(cloud, id, words, draft);
    }

    fn declare(&mut self, cloud: &CloudName, id: &AccountId, words: &str, draft: &mut Draft) {
        let key = (cloud.clone(), id.clone());
        if self.0.contains_key(&key) {
            return;
        }
        let name = unnamed(id);
        let account = Account::new(&name, cloud.clone(), id.clone());
        draft.topology.accounts.push(account);
        draft.tell(Part::Account, &name, words);
        self.0.insert(key, name);
    }

    /// The name of an account.
    pub(super) fn name(&self, cloud: &CloudName, id: &AccountId) -> String {
        let known = self.0.get(&(cloud.clone(), id.clone()));
        known.cloned().unwrap_or_else(|| unnamed(id))
    }

    /// The name of an account of whatever cloud: ends of peerings name none, and an account id is long enough to tell.
    pub(super) fn any_cloud(&self, id: &AccountId) -> String {
        let mut known = self.0.iter();
        let found = known.find(|((_, known), _)| known == id);
        found.map_or_else(|| unnamed(id), |(_, name)| name.clone())
    }
}

/// What an account is called that nobody has named.
fn unnamed(id: &AccountId) -> String {
    format!("account-{id}")
}

// Names of accounts as topologies can hold them, also where a role is assumed from another.
fn renamed(given: &[Account]) -> Vec<Account> {
    let mut names = Names::default();
    let fresh: BTreeMap<&str, String> = given
        .iter()
        .map(|account| {
            let short = account
                .name
                .split_once(':')
                .map_or(account.name.as_str(), |(_, name)| name);
            let short = short.split(['=', '+']).next().unwrap_or(short);
            let by_id = unnamed(&account.id);
            (account.name.as_str(), names.give(&[short, &by_id]))
        })
        .collect();
    let rename = |account: &Account| {
        let mut account = account.clone();
        if let Some(name) = fresh.get(account.name.as_str()) {
            account.name.clone_from(name);
        }
        if let CredentialSource::AssumeRole {
            from: Some(from), ..
        } = &mut account.credentials
            && let Some(name) = fresh.get(from.as_str())
        {
            from.clone_from(name);
        }
        account
    };
    given.iter().map(rename).collect()
}
