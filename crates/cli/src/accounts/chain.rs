//! What it takes to get the keys of an account.

use landbridge_core::AccountId;
use landbridge_core::topology::{Account, CredentialSource, Topology};

use super::reference::{AccountRef, Base};
use crate::clouds::{self, did_you_mean, either};
use crate::config::Config;
use crate::exit::{Failure, Outcome};

/// An account, and before it the accounts whose keys assume its role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chain {
    before: Vec<Account>,
    last: Account,
}

impl Chain {
    /// The account that a reference means, and what it takes to be it.
    pub(crate) fn new(reference: &AccountRef, file: Option<&Topology>) -> Outcome<Self> {
        let chain = match &reference.base {
            Base::Declared(name) => Self::declared(name, file)?,
            Base::Inline {
                text,
                cloud,
                source,
                id,
            } => {
                let id = id.clone().unwrap_or_else(AccountId::unknown);
                let account = Account::new(text, cloud.clone(), id);
                Self {
                    before: Vec::new(),
                    last: account.with_credentials(source.clone()),
                }
            }
        };
        Ok(match &reference.role {
            Some(role) => chain.assuming(
                &reference.text,
                role.account.clone(),
                &role.arn,
                role.external_id.as_deref(),
            ),
            None => chain,
        })
    }

    /// An account that a file declares.
    pub(crate) fn declared(name: &str, file: Option<&Topology>) -> Outcome<Self> {
        let last = find(name, file)?;
        let mut before = Vec::new();
        let mut current = &last;
        while let CredentialSource::AssumeRole {
            from: Some(from), ..
        } = &current.credentials
        {
            before.insert(0, find(from, file)?);
            current = &before[0];
        }
        Ok(Self { before, last })
    }

    /// A role that this account's keys assume.
    pub(crate) fn assuming(
        mut self,
        name: &str,
        account: AccountId,
        arn: &str,
        external_id: Option<&str>,
    ) -> Self {
        let source = CredentialSource::AssumeRole {
            from: Some(self.last.name.clone()),
            role: arn.to_owned(),
            external_id: external_id.map(str::to_owned),
        };
        let role = Account::new(name, self.last.cloud.clone(), account).with_credentials(source);
        self.before.push(std::mem::replace(&mut self.last, role));
        self
    }

    /// The account that is meant.
    pub(crate) fn last(&self) -> &Account {
        &self.last
    }

    /// The id that the account is said to have.
    pub(crate) fn expected(&self) -> Option<&AccountId> {
        Some(&self.last.id).filter(|id| !id.is_unknown())
    }

    /// The same account under the id that the cloud told.
    pub(crate) fn with_id(mut self, id: AccountId) -> Self {
        self.last.id = id;
        self
    }

    /// The links in front of the last whose id was given.
    pub(crate) fn links(&self) -> Vec<Self> {
        let known = |index: &usize| !self.before[*index].id.is_unknown();
        let link = |index: usize| Self {
            before: self.before[..index].to_vec(),
            last: self.before[index].clone(),
        };
        (0..self.before.len()).filter(known).map(link).collect()
    }

    /// All accounts of these chains, as providers are made from.
    pub(crate) fn topology<'c>(chains: impl IntoIterator<Item = &'c Self>) -> Topology {
        let mut topology = Topology::new("command-line");
        let chains: Vec<&Self> = chains.into_iter().collect();
        // The accounts that are meant come last: theirs are the credentials that count where two have one id.
        let before = chains.iter().flat_map(|chain| &chain.before);
        let last = chains.iter().map(|chain| &chain.last);
        for account in before.chain(last) {
            if !topology.accounts.contains(account) {
                topology.accounts.push(account.clone());
            }
        }
        topology
    }
}

/// The account that a file declares under this name.
pub(super) fn find(name: &str, file: Option<&Topology>) -> Outcome<Account> {
    let found = file.and_then(|file| file.account(name)).cloned();
    found.ok_or_else(|| {
        let declared = file.into_iter().flat_map(|file| &file.accounts);
        let names: Vec<&str> = declared.map(|account| account.name.as_str()).collect();
        let origin = Config::current().origin();
        Failure::bad_input(match names.as_slice() {
            [] => format!(
                "unknown account `{name}`: name the file that declares it with --accounts FILE, declare it in the \
                 configuration file, or write CLOUD:SOURCE, such as {}; {origin} declares none",
                clouds::ALL[0].example.account
            ),
            names => format!(
                "unknown account `{name}`: the file of --accounts and {origin} declare {}{}",
                either(names.iter().copied()),
                did_you_mean(name, names.iter().copied())
            ),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Topology {
        Topology::from_text(
            r#"{"name": "f", "accounts": [
                {"name": "a", "cloud": "aliyun", "id": "1", "credentials": {"env": "A"}},
                {"name": "b", "cloud": "aliyun", "id": "2", "credentials":
                    {"assume-role": {"from": "a", "role": "acs:ram::2:role/r"}}},
                {"name": "c", "cloud": "aliyun", "id": "3"}]}"#,
        )
        .expect("it is one")
    }

    fn chain(text: &str) -> Chain {
        let reference: AccountRef = text.parse().expect(text);
        Chain::new(&reference, Some(&file())).expect(text)
    }

    #[test]
    fn a_declared_account_brings_those_it_assumes_roles_from_and_no_others() {
        let topology = Chain::topology([&chain("b")]);
        let names: Vec<&str> = topology.accounts.iter().map(|a| a.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn a_role_is_assumed_from_what_is_before_it() {
        let chain = chain("aliyun:env-A=1+acs:ram::9:role/x?id");
        assert_eq!(chain.expected(), Some(&AccountId::new("9")));
        assert_eq!(chain.links().len(), 1, "its id was given");
        let topology = Chain::topology([&chain]);
        assert_eq!(topology.accounts[0].name, "aliyun:env-A=1");
        let CredentialSource::AssumeRole { from, .. } = &topology.accounts[1].credentials else {
            panic!("{topology:?}");
        };
        assert_eq!(from.as_ref(), Some(&topology.accounts[0].name));
    }

    #[test]
    fn an_id_that_was_not_given_is_not_expected() {
        assert_eq!(chain("aliyun:env-A").expected(), None);
        assert!(chain("aliyun:env-A+acs:ram::9:role/x").links().is_empty());
    }

    #[test]
    fn a_name_that_no_file_declares_is_refused_with_the_remedy() {
        let reference: AccountRef = "z".parse().expect("a name");
        for (file, told) in [
            (None, "--accounts FILE"),
            (Some(file()), "declare `a`, `b` or `c`"),
        ] {
            let failure = Chain::new(&reference, file.as_ref()).expect_err("there is none");
            assert!(failure.error.to_string().contains(told), "{failure:?}");
        }
    }
}
