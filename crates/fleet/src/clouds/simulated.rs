use std::collections::BTreeMap;
use std::fmt;

use landbridge_core::backend::Keys;
use landbridge_core::topology::Account;
use landbridge_core::{AccountId, Error, ErrorKind, Result};
use serde::Deserialize;

/// The keys that a simulator gave its accounts: what `landbridge simulator` prints when it starts. `Debug` shows the accounts
/// only.
#[derive(Clone)]
pub struct SimulatorKeys {
    url: String,
    keys: BTreeMap<AccountId, Keys>,
}

impl fmt::Debug for SimulatorKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let accounts: Vec<&AccountId> = self.keys.keys().collect();
        f.debug_tuple("SimulatorKeys").field(&accounts).finish()
    }
}

#[derive(Deserialize)]
struct Greeting {
    url: String,
    accounts: Vec<Known>,
}

#[derive(Deserialize)]
struct Known {
    id: AccountId,
    access_key_id: String,
    access_key_secret: String,
}

impl SimulatorKeys {
    /// Reads what `landbridge simulator` prints.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for another text.
    pub fn from_text(text: &str) -> Result<Self> {
        let greeting: Greeting = serde_json::from_str(text).map_err(|error| {
            let message = format!(
                "invalid keys of a simulator: expected what it prints when it starts; it differs at line {}, column {}",
                error.line(),
                error.column()
            );
            Error::new(ErrorKind::InvalidInput, message)
                .with_remedy("start it with `landbridge simulator > FILE`")
        })?;
        let keys = greeting.accounts.into_iter();
        let keys = keys.map(|one| (one.id, Keys::new(one.access_key_id, one.access_key_secret)));
        Ok(Self {
            url: greeting.url,
            keys: keys.collect(),
        })
    }

    /// The address of the simulator.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn of(&self, account: &Account) -> Result<Keys> {
        self.keys.get(&account.id).cloned().ok_or_else(|| {
            let message = format!(
                "account `{}`: the simulator has no account {}",
                account.name, account.id
            );
            let remedy =
                "start the simulator with `--topology FILE` and a file that declares the account";
            Error::new(ErrorKind::Unauthenticated, message).with_remedy(remedy)
        })
    }
}
