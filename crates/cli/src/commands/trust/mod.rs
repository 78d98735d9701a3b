//! `landbridge trust`: roles that other accounts may assume.

mod delete;
mod ensure;
mod text;
mod user;
mod wait;
mod wish;

use std::sync::Arc;

use landbridge_core::engine::Engine;
use landbridge_core::object::ObjectKey;
use landbridge_core::{Cloud, EnsureTrust, Error, ErrorKind, Owner, TrustRecord};

use crate::accounts::{Caller, Callers};
use crate::args::{Options, RoleArgs, ShowTrustArgs, TrustCommand};
use crate::exit::{Exit, Failure, Outcome};
use crate::interrupt::unless_cancelled;
use crate::output::Output;

use user::User;

pub(super) async fn run(command: &TrustCommand, options: &Options, output: &mut Output) -> Outcome {
    match command {
        TrustCommand::Ensure(args) => ensure::run(args, options, output).await,
        TrustCommand::Show(args) => show(args, options, output).await,
        TrustCommand::Delete(args) => delete::run(args, options, output).await,
    }
}

async fn show(args: &ShowTrustArgs, options: &Options, output: &mut Output) -> Outcome {
    let callers = Callers::open(&args.role.accounts, options)?;
    let caller = callers.caller(&args.role.account).await?;
    let role = Role::read(&callers, &args.role, caller).await?;
    show_role(output, &role);
    if !args.wish.is_some() {
        return match role.found {
            Some(_) => Ok(Exit::Ok),
            None => Err(role.absent().into()),
        };
    }
    let request = wish::request(&callers, &role, &args.wish, None)?;
    let drift = unless_cancelled(callers.cancel(), role.cloud.trust_drift(&request)).await?;
    output.section("drift", text::drift(&role, &drift), &drift);
    Ok(Exit::proven(drift.is_empty()))
}

const OTHER_NAME: &str =
    "Choose another name with --role, or pass the mark of the role with --topology";

/// A role by name, and what the cloud says about it.
struct Role<'a> {
    name: &'a str,
    /// The mark that this program gives it.
    mark: Owner,
    caller: Caller,
    cloud: Arc<dyn Cloud>,
    found: Option<TrustRecord>,
}

impl<'a> Role<'a> {
    async fn read(callers: &Callers, args: &'a RoleArgs, caller: Caller) -> Outcome<Self> {
        let engine = callers.engine([&caller])?;
        let reading = async {
            let cloud = engine.cloud(&caller.home()).await?;
            let found = cloud.describe_trust(&args.role).await?;
            Ok((cloud, found))
        };
        let (cloud, found) = unless_cancelled(callers.cancel(), reading).await?;
        Ok(Self {
            name: &args.role,
            mark: Owner::new(&args.topology, ObjectKey::Role(args.role.clone())),
            caller,
            cloud,
            found,
        })
    }

    /// The engine that writes the role and its user.
    fn engine(&self, callers: &Callers, user: Option<&User>) -> Outcome<Engine> {
        let user = user.map(|user| &user.caller);
        callers.engine([&self.caller].into_iter().chain(user))
    }

    /// Refuses a role without our mark.
    fn check_ours(&self) -> Outcome<()> {
        match self.strange() {
            None => Ok(()),
            Some(problem) => Err(Failure::refused(format!("{problem}. {OTHER_NAME}"))),
        }
    }

    /// The same, and says what its owner can add by hand so that it is as the request says.
    fn check_ours_or_tell(&self, output: &mut Output, request: &EnsureTrust) -> Outcome<()> {
        let Some(problem) = self.strange() else {
            return Ok(());
        };
        show_role(output, self);
        let documents = self.cloud.trust_documents(request)?;
        let statement = &documents.trust["Statement"][0];
        let permissions = match &documents.permissions {
            Some(permissions) => format!(", and give it a policy with: {permissions}"),
            None => String::new(),
        };
        Err(Failure::refused(format!(
            "{problem}. To use it all the same, add by hand to the statements of its trust document: \
             {statement}{permissions}. {OTHER_NAME}"
        )))
    }

    fn strange(&self) -> Option<String> {
        let found = self.found.as_ref()?;
        let whose = match &found.owner {
            Some(owner) if *owner == self.mark => return None,
            Some(owner) => format!("carries the mark `{}` ({})", owner.topology, owner.key),
            None => format!("does not carry the mark `{}`", self.mark.topology),
        };
        let (name, account) = (self.name, self.caller.account());
        Some(format!(
            "role `{name}` of account {account} exists and {whose}; nothing was written"
        ))
    }

    /// The role as it is after it was written.
    async fn again(&self) -> Outcome<TrustRecord> {
        let found = self.cloud.describe_trust(self.name).await?;
        found.ok_or_else(|| self.absent().into())
    }

    fn absent(&self) -> Error {
        let message = format!(
            "account {} has no role `{}`",
            self.caller.account(),
            self.name
        );
        Error::new(ErrorKind::NotFound, message)
            .with_remedy("create it with `landbridge trust ensure`, or correct the name")
    }
}

fn show_role(output: &mut Output, role: &Role<'_>) {
    output.section("role", text::role(role), text::value(role));
}
