use std::future::Future;

use tokio::sync::Mutex;

use super::Keys;
use crate::error::Result;
use crate::ids::AccountId;
use crate::traits::CallerIdentity;

/// Keeps the keys of an account with that account.
///
/// The first keys pass, because the engine asks for the caller's identity before it writes. Later keys with another ID
/// are proven before they sign anything else: a profile may be edited, and a metadata service may change its role, while
/// a run is under way.
#[derive(Debug)]
pub struct Binding {
    account: AccountId,
    accepted: Mutex<Accepted>,
}

#[derive(Debug)]
enum Accepted {
    /// None so far, and the first pass.
    First,
    /// None so far, and the first must be proven.
    Nothing,
    /// Those with this ID.
    Id(String),
}

impl Binding {
    /// Keys must belong to `account`; the first pass.
    pub fn new(account: AccountId) -> Self {
        Self {
            account,
            accepted: Mutex::new(Accepted::First),
        }
    }

    /// Keys must belong to `account`, and the first are proven too: for keys that replace others.
    pub fn strict(account: AccountId) -> Self {
        Self {
            account,
            accepted: Mutex::new(Accepted::Nothing),
        }
    }

    /// The account.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// Accepts keys that were just fetched. `identify` asks the cloud which account they belong to; it is polled only
    /// for keys that must be proven.
    ///
    /// # Errors
    /// [`Unauthenticated`](crate::ErrorKind::Unauthenticated) for keys of another account, and those of `identify`.
    pub async fn check(
        &self,
        keys: &Keys,
        identify: impl Future<Output = Result<CallerIdentity>>,
    ) -> Result<()> {
        let mut accepted = self.accepted.lock().await;
        let proven = match &*accepted {
            Accepted::First => true,
            Accepted::Nothing => false,
            Accepted::Id(id) => id == keys.access_key_id(),
        };
        if !proven {
            identify.await?.check_account(&self.account)?;
        }
        *accepted = Accepted::Id(keys.access_key_id().to_owned());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::traits::IdentityKind;

    fn keys(id: &str) -> Keys {
        Keys::new(id, "secret")
    }

    async fn of(account: &str) -> Result<CallerIdentity> {
        Ok(CallerIdentity {
            account: AccountId::new(account),
            kind: IdentityKind::User,
            arn: String::new(),
        })
    }

    async fn unasked() -> Result<CallerIdentity> {
        panic!("asked without need")
    }

    #[tokio::test]
    async fn only_keys_with_another_id_are_proven() {
        let binding = Binding::new(AccountId::new("1"));
        binding.check(&keys("a"), unasked()).await.unwrap();
        binding.check(&keys("a"), unasked()).await.unwrap();
        binding.check(&keys("b"), of("1")).await.unwrap();
        binding.check(&keys("b"), unasked()).await.unwrap();
    }

    #[tokio::test]
    async fn keys_of_another_account_are_refused_each_time() {
        let binding = Binding::new(AccountId::new("1"));
        binding.check(&keys("a"), unasked()).await.unwrap();
        for _ in 0..2 {
            let error = binding.check(&keys("b"), of("2")).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unauthenticated);
            assert_eq!(
                error.message(),
                "the credentials for account 1 belong to account 2"
            );
        }
    }

    #[tokio::test]
    async fn a_strict_binding_proves_the_first_keys_too() {
        let binding = Binding::strict(AccountId::new("1"));
        binding.check(&keys("a"), of("2")).await.unwrap_err();
        binding.check(&keys("a"), of("1")).await.unwrap();
        binding.check(&keys("a"), unasked()).await.unwrap();
    }
}
