//! Owners of security groups, by account ID, alias or e-mail address.

use std::str::FromStr;

use landbridge_core::{AccountId, GroupId, Region, Select};

use super::caller::Caller;
use super::callers::Callers;
use super::reference::account_id;
use crate::exit::{Failure, Outcome};
use crate::interrupt::unless_cancelled;

/// The owner of a group, in any of the ways in which people name an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OwnerRef {
    Id(AccountId),
    /// An alias, or the name under which a file declares the account.
    Alias(String),
    /// The e-mail address with which the account was opened.
    Email(String),
}

impl FromStr for OwnerRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(id) = account_id(text) {
            return Ok(Self::Id(id));
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        match text.split_once('@') {
            Some((name, domain)) if !name.is_empty() && domain.contains('.') => {
                Ok(Self::Email(text.to_owned()))
            }
            None if !text.is_empty() && text.bytes().all(allowed) => {
                Ok(Self::Alias(text.to_owned()))
            }
            _ => Err(format!(
                "invalid account `{text}`: expected an account ID, an alias, or the e-mail address of its owner"
            )),
        }
    }
}

impl Callers {
    /// The account id of a group's owner. Aliases and addresses are looked for once, among `known` and the accounts of
    /// the file; what goes on is the id.
    pub(crate) async fn owner(
        &self,
        owner: &OwnerRef,
        group: &GroupId,
        known: &Caller,
        region: &Region,
    ) -> Outcome<AccountId> {
        if let OwnerRef::Alias(name) = owner
            && let Some(id) = self.id_called(name, known.cloud())
        {
            return Ok(id);
        }
        let (what, remedy) = match owner {
            OwnerRef::Id(id) => return Ok(id.clone()),
            OwnerRef::Alias(alias) => (
                format!(
                    "no account on the command line or in the file of --accounts has the alias `{alias}`"
                ),
                "reading an alias takes keys of that account",
            ),
            OwnerRef::Email(email) => (
                format!("cannot look up an account by its e-mail address {email}"),
                "or declare the account in the file of --accounts, with keys that see the security group",
            ),
        };
        for caller in std::iter::once(known.clone()).chain(self.declared().await) {
            if caller.cloud() == known.cloud()
                && self.is_owner(&caller, owner, group, region).await?
            {
                return Ok(caller.account().clone());
            }
        }
        Err(Failure::bad_input(format!(
            "{what}: give the account ID of the owner of {group} instead ({remedy})"
        )))
    }

    async fn is_owner(
        &self,
        caller: &Caller,
        owner: &OwnerRef,
        group: &GroupId,
        region: &Region,
    ) -> Outcome<bool> {
        match owner {
            OwnerRef::Alias(alias) if caller.text == *alias => Ok(true),
            OwnerRef::Alias(alias) => {
                Ok(self.alias(caller).await?.ok().flatten().as_ref() == Some(alias))
            }
            _ => self.holds(caller, group, region).await,
        }
    }

    /// The alias of a caller's account, or why it cannot be read.
    pub(crate) async fn alias(
        &self,
        caller: &Caller,
    ) -> Outcome<landbridge_core::Result<Option<String>>> {
        let engine = self.engine([caller])?;
        let reading = async {
            let cloud = engine.cloud(&caller.home()).await?;
            Ok(cloud.account_alias().await)
        };
        unless_cancelled(self.cancel(), reading).await
    }

    async fn holds(&self, caller: &Caller, group: &GroupId, region: &Region) -> Outcome<bool> {
        let engine = self.engine([caller])?;
        let select = Select::id(group.clone());
        let reading = async {
            let cloud = engine.cloud(&caller.place(region)).await?;
            Ok(cloud
                .list_groups(&select)
                .await
                .is_ok_and(|groups| !groups.is_empty()))
        };
        unless_cancelled(self.cancel(), reading).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_are_named_in_three_ways() {
        let owner = |text: &str| text.parse::<OwnerRef>();
        assert_eq!(owner("0123"), Ok(OwnerRef::Id(AccountId::new("0123"))));
        assert_eq!(owner("acme-1"), Ok(OwnerRef::Alias("acme-1".to_owned())));
        let email = "ops@example.com";
        assert_eq!(owner(email), Ok(OwnerRef::Email(email.to_owned())));
        for bad in ["", "a b", "@example.com", "ops@example", "a/b"] {
            assert!(owner(bad).is_err(), "{bad}");
        }
    }
}
