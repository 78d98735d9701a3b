use std::future::Future;

use tokio::sync::Mutex;

use super::Expiring;
use crate::error::{Error, ErrorKind, Result};
use crate::ids::AccountId;
use crate::traits::CallerIdentity;

/// Keeps the keys of an account with that account.
///
/// The first keys pass, because whoever is about to write asks who they are. All later ones with another id must be
/// proven before they are used: a profile may be edited, and a metadata service may change its role, during a run.
#[derive(Debug)]
pub struct Binding {
    account: AccountId,
    accepted: Mutex<Option<String>>,
}

impl Binding {
    /// Keys must belong to `account`.
    pub fn new(account: AccountId) -> Self {
        Self {
            account,
            accepted: Mutex::new(None),
        }
    }

    /// Accepts keys that were just fetched; `identify` asks the cloud whose they are, and is polled only when that is in
    /// doubt.
    ///
    /// # Errors
    /// [`Unauthenticated`](ErrorKind::Unauthenticated) for keys of another account, and those of `identify`.
    pub async fn check(
        &self,
        keys: &impl Expiring,
        identify: impl Future<Output = Result<CallerIdentity>>,
    ) -> Result<()> {
        let mut accepted = self.accepted.lock().await;
        let known = accepted.as_deref().is_none_or(|id| id == keys.id());
        if !known {
            self.compare(&identify.await?)?;
        }
        *accepted = Some(keys.id().to_owned());
        Ok(())
    }

    fn compare(&self, identity: &CallerIdentity) -> Result<()> {
        if identity.account == self.account {
            return Ok(());
        }
        let message = format!(
            "the refreshed credentials for account {} belong to {}",
            self.account, identity.account
        );
        Err(Error::new(ErrorKind::Unauthenticated, message).with_remedy(
            "correct where the account's credentials come from: it changed while they were in use",
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::traits::IdentityKind;

    #[derive(Clone, Debug)]
    struct Keys(&'static str);

    impl Expiring for Keys {
        fn id(&self) -> &str {
            self.0
        }

        fn expires_at(&self) -> Option<SystemTime> {
            None
        }
    }

    async fn belongs_to(account: &str) -> Result<CallerIdentity> {
        Ok(CallerIdentity::new(
            AccountId::new(account),
            IdentityKind::User,
            String::new(),
        ))
    }

    async fn nobody_asks() -> Result<CallerIdentity> {
        panic!("asked without need")
    }

    #[tokio::test]
    async fn only_keys_with_another_id_are_proven() {
        let binding = Binding::new(AccountId::new("1"));
        binding.check(&Keys("a"), nobody_asks()).await.unwrap();
        binding.check(&Keys("a"), nobody_asks()).await.unwrap();
        binding.check(&Keys("b"), belongs_to("1")).await.unwrap();
        binding.check(&Keys("b"), nobody_asks()).await.unwrap();
    }

    #[tokio::test]
    async fn keys_of_another_account_are_refused_each_time() {
        let binding = Binding::new(AccountId::new("1"));
        binding.check(&Keys("a"), nobody_asks()).await.unwrap();
        for _ in 0..2 {
            let error = binding
                .check(&Keys("b"), belongs_to("2"))
                .await
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unauthenticated);
            assert_eq!(
                error.message(),
                "the refreshed credentials for account 1 belong to 2"
            );
        }
    }
}
