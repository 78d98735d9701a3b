//! The user that goes with a role.

use std::sync::Arc;

use landbridge_core::{Cloud, EnsureUser, Owner, Principal, UserRecord};

use super::Role;
use crate::accounts::{Caller, Callers};
use crate::args::UserArgs;
use crate::exit::{Failure, Outcome};
use crate::interrupt::unless_cancelled;

/// The user that `--user` names.
pub(super) struct User {
    pub(super) name: String,
    pub(super) caller: Caller,
    cloud: Arc<dyn Cloud>,
}

impl User {
    /// The user that the options name.
    pub(super) async fn named(callers: &Callers, args: &UserArgs) -> Outcome<Option<Self>> {
        let (Some(name), Some(account)) = (&args.user, &args.user_in) else {
            return Ok(None);
        };
        let caller = callers.writer(account).await?;
        let engine = callers.engine([&caller])?;
        let home = caller.home();
        let cloud = unless_cancelled(callers.cancel(), engine.cloud(&home)).await?;
        if !cloud.capabilities().trusted_users {
            return Err(Failure::bad_input(format!(
                "invalid --user: this program cannot create users on cloud `{}`; leave --user out and create the user \
                 yourself",
                caller.cloud()
            )));
        }
        Ok(Some(Self {
            name: name.clone(),
            caller,
            cloud,
        }))
    }

    pub(super) fn principal(&self) -> Principal {
        Principal::User {
            account: self.caller.account().clone(),
            name: self.name.clone(),
        }
    }

    /// Creates the user, who may assume the role with this ARN.
    pub(super) async fn ensure(&self, role: &Role<'_>, arn: &str) -> Outcome<UserRecord> {
        let owner = Owner::new(&role.mark.topology, format!("user/{}", self.name));
        let request = EnsureUser::new(&self.name, owner, arn);
        let ensured = self.cloud.ensure_user(&request).await;
        ensured.map_err(Failure::stopped)
    }

    pub(super) async fn delete(&self, role: &Role<'_>) -> Outcome<()> {
        let mark = &role.mark.topology;
        let deleted = self.cloud.delete_user(&self.name, mark).await;
        deleted.map_err(Failure::stopped)
    }
}
