//! Accounts: their IDs, and chains of assumed roles.

use std::collections::BTreeSet;

use super::Check;
use crate::topology::{Account, CredentialSource, Holder};

impl Check<'_> {
    pub(super) fn accounts(&mut self) {
        let mut seen: Vec<&Account> = Vec::new();
        for account in &self.topology.accounts {
            let (name, id) = (&account.name, account.id.as_str());
            if id.is_empty() || !id.chars().all(|c| c.is_ascii_digit()) {
                self.problem(format!(
                    "account `{name}`: invalid account ID `{id}`: expected digits only, in quotes"
                ));
            }
            let same = |other: &&&Account| other.cloud == account.cloud && other.id == account.id;
            match seen.iter().find(same) {
                Some(twin) => self.problem(format!(
                    "account `{name}`: duplicate account ID `{id}`: account `{}` has it too; declare the account once",
                    twin.name
                )),
                None => seen.push(account),
            }
            if account.held_by == Holder::Other {
                self.held_by_other(account);
            }
        }
    }

    // Without keys nothing is read or written in the account, so it cannot have what needs them.
    fn held_by_other(&mut self, account: &Account) {
        let name = &account.name;
        let keys = [
            (
                account.credentials != CredentialSource::Default,
                "credentials",
            ),
            (account.open_services, "open-services"),
        ];
        for (_, key) in keys.iter().filter(|(there, _)| *there) {
            self.problem(format!(
                "account `{name}`: `{key}` and `held-by: other` exclude each other; remove one of them"
            ));
        }
    }

    // It becomes the name of a file.
    fn secret(&mut self, account: &str, name: &str) {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if name.is_empty() || name.len() > 200 || name.starts_with('.') || !name.bytes().all(plain)
        {
            self.problem(format!(
                "account `{account}`: invalid `secret` `{name}`: expected letters, digits and `-_.`, with a letter, digit, `-` \
                 or `_` first"
            ));
        }
    }

    // A chain of assumed roles must begin at an account that has credentials of its own.
    pub(super) fn credentials(&mut self) {
        let topology = self.topology;
        for account in &topology.accounts {
            let mut seen = BTreeSet::from([account.name.as_str()]);
            let mut current = account;
            if let CredentialSource::Secret(name) = &account.credentials {
                self.secret(&account.name, name);
            }
            while let CredentialSource::AssumeRole {
                from: Some(from), ..
            } = &current.credentials
            {
                let Some(next) = topology.account(from) else {
                    let what = format!("account `{}`", current.name);
                    self.account_exists(&what, "`assume-role.from`", from);
                    break;
                };
                if next.held_by == Holder::Other {
                    self.problem(format!(
                        "account `{}`: invalid `assume-role.from` `{from}`: expected an account whose keys we hold, and that \
                         one is `held-by: other`",
                        current.name
                    ));
                    break;
                }
                if !seen.insert(&next.name) {
                    self.problem(format!(
                        "account `{}`: its `assume-role` chain is a circle; give one of its accounts `env` or `profile` \
                         credentials",
                        account.name
                    ));
                    break;
                }
                current = next;
            }
        }
    }
}
