//! `landbridge trust ensure`.

use landbridge_core::engine::Engine;
use landbridge_core::plan::trust as plan;
use landbridge_core::{Drift, EnsureTrust, TrustRecord, UserRecord};
use serde_json::json;

use super::user::User;
use super::{Role, show_role, text, wait, wish};
use crate::accounts::Callers;
use crate::args::{EnsureTrustArgs, Options};
use crate::clouds::KnownCloud;
use crate::commands::stages;
use crate::exit::{Exit, Failure, Outcome};
use crate::interrupt::unless_cancelled;
use crate::output::Output;

pub(super) async fn run(args: &EnsureTrustArgs, options: &Options, output: &mut Output) -> Outcome {
    let callers = Callers::open(&args.role.accounts, options)?;
    let caller = callers.writer(&args.role.account).await?;
    let user = User::named(&callers, &args.user).await?;
    let waiter = match &args.wait_as {
        Some(account) => Some(callers.caller(account).await?),
        None => None,
    };
    let mut role = Role::read(&callers, &args.role, caller).await?;
    let request =
        wish::request(&callers, &role, &args.wish, user.as_ref())?.with_replace(args.replace);
    role.check_ours_or_tell(output, &request)?;
    let drift = unless_cancelled(callers.cancel(), role.cloud.trust_drift(&request)).await?;
    output.section("drift", text::drift(&role, &drift), &drift);
    refuse_altered(&role, &request, &drift)?;
    if !drift.is_empty() {
        output.section(
            "wanted",
            text::wanted(&request),
            text::wanted_value(&request),
        );
    }
    if let Some(user) = &user {
        announce(output, &role, user);
    }
    if !drift.is_empty() || user.is_some() {
        let engine = role.engine(&callers, user.as_ref())?;
        stages::confirm(output, callers.cancel(), options, "Write this role?").await?;
        let writing = Writing {
            engine,
            role: &role,
            user: user.as_ref(),
            replace: args.replace,
            request: Some(&request).filter(|_| !drift.is_empty()),
        };
        let (found, user) = writing.run().await?;
        role.found = Some(found);
        show_role(output, &role);
        if let Some(user) = user {
            show_user(output, &user);
        }
    }
    if let (Some(waiter), Some(found)) = (&waiter, &role.found) {
        wait::until_assumed(&callers, waiter, &role, found, options, output).await?;
    }
    Ok(Exit::Ok)
}

fn refuse_altered(role: &Role<'_>, request: &EnsureTrust, drift: &[Drift]) -> Outcome<()> {
    if request.replace || !drift.iter().any(|drift| drift.by_others) {
        return Ok(());
    }
    Err(Failure::refused(format!(
        "others altered role `{}` since it was written, as shown above; nothing was written. Change it by hand, or pass \
         --replace to write what the options say in place of all that others made of it",
        role.name
    )))
}

fn announce(output: &mut Output, role: &Role<'_>, user: &User) {
    let text = format!(
        "user {} of account {}: may assume role {} and do nothing else; created if missing",
        user.name,
        user.caller.account(),
        role.name
    );
    output.section("user", text, json!({ "name": user.name }));
}

/// What is written: the role where it differs from what is wanted, and its user.
struct Writing<'a> {
    engine: Engine,
    role: &'a Role<'a>,
    user: Option<&'a User>,
    /// Whether what others made of them is replaced.
    replace: bool,
    /// The role that is wanted, unless it is there and does not differ.
    request: Option<&'a EnsureTrust>,
}

impl Writing<'_> {
    async fn run(&self) -> Outcome<(TrustRecord, Option<UserRecord>)> {
        let role = self.role;
        let expected = match &role.found {
            Some(found) => found.arn.clone(),
            None => arn(role)?,
        };
        self.apply(&expected, self.request).await?;
        let found = match (&role.found, self.request) {
            (Some(found), None) => found.clone(),
            _ => role.again().await?,
        };
        if found.arn != expected && self.user.is_some() {
            self.apply(&found.arn, None).await?;
        }
        let user = match self.user {
            Some(user) => user.found().await?,
            None => None,
        };
        Ok((found, user))
    }

    /// Makes the user, who may assume a role of this full name, and the role.
    async fn apply(&self, arn: &str, request: Option<&EnsureTrust>) -> Outcome<()> {
        let home = self.role.caller.home();
        let user = self.user.map(|user| {
            (
                user.caller.home(),
                user.request(self.role, arn).with_replace(self.replace),
            )
        });
        let plan = plan::ensure(
            &self.role.mark.topology,
            user.as_ref().map(|(place, user)| (place, user)),
            request.map(|request| (&home, request)),
            &self.engine.capabilities(),
        );
        self.engine.apply(&plan?).await?;
        Ok(())
    }
}

/// The ARN that a role will have.
fn arn(role: &Role<'_>) -> Outcome<String> {
    let caller = &role.caller;
    let cloud = KnownCloud::named(caller.cloud().as_str()).map_err(Failure::bad_input)?;
    Ok((cloud.roles.arn)(
        &caller.identity.arn,
        caller.account(),
        role.name,
    ))
}

fn show_user(output: &mut Output, user: &UserRecord) {
    let text = format!(
        "user {}: may assume {}\n  {}\n  create its access key in the console, and give it to that user only",
        user.name,
        user.roles.join(", "),
        user.arn
    );
    output.section("user", text, user);
}
