//! The user that goes with a role.

use std::sync::Arc;

use landbridge_core::object::ObjectKey;
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

    /// The request for the user, who may assume the role with this ARN.
    pub(super) fn request(&self, role: &Role<'_>, arn: &str) -> EnsureUser {
        let key = ObjectKey::User(self.name.clone());
        let owner = Owner::new(&role.mark.topology, key);
        EnsureUser::new(&self.name, owner, arn)
    }

    /// The user as it is found.
    pub(super) async fn found(&self) -> Outcome<Option<UserRecord>> {
        Ok(self.cloud.describe_user(&self.name).await?)
    }
}
