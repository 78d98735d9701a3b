//! `landbridge trust ensure`.

use landbridge_core::{EnsureTrust, TrustRecord, UserRecord};
use serde_json::json;

use super::user::User;
use super::{Role, show_role, text, wait, wish};
use crate::accounts::Callers;
use crate::args::{EnsureTrustArgs, Options};
use crate::clouds::KnownCloud;
use crate::commands::stages;
use crate::exit::{Exit, Failure, Outcome};
use crate::interrupt::{go_on, unless_cancelled};
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
    let request = wish::request(&role, &args.wish, user.as_ref())?;
    role.check_ours()?;
    let drift = unless_cancelled(callers.cancel(), role.cloud.trust_drift(&request)).await?;
    output.section("drift", text::drift(&role, &drift), &drift);
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
        stages::confirm(callers.cancel(), options, "Write this role?").await?;
        let drifted = !drift.is_empty();
        let (found, user) = write(&callers, &role, &request, user.as_ref(), drifted).await?;
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

fn announce(output: &mut Output, role: &Role<'_>, user: &User) {
    let text = format!(
        "user {} of account {}: may assume role {} and do nothing else; created if missing",
        user.name,
        user.caller.account(),
        role.name
    );
    output.section("user", text, json!({ "name": user.name }));
}

/// Writes the role and its user. The user comes first: a cloud may refuse to trust a missing user.
async fn write(
    callers: &Callers,
    role: &Role<'_>,
    request: &EnsureTrust,
    user: Option<&User>,
    drifted: bool,
) -> Outcome<(TrustRecord, Option<UserRecord>)> {
    let expected = match &role.found {
        Some(found) => found.arn.clone(),
        None => arn(role)?,
    };
    let mut made = match user {
        Some(user) => Some(user.ensure(role, &expected).await?),
        None => None,
    };
    let found = match &role.found {
        Some(found) if !drifted => found.clone(),
        _ => {
            go_on(callers.cancel())?;
            let ensured = role.cloud.ensure_trust(request).await;
            ensured.map_err(Failure::stopped)?
        }
    };
    go_on(callers.cancel())?;
    if let Some(user) = user.filter(|_| found.arn != expected) {
        made = Some(user.ensure(role, &found.arn).await?);
    }
    Ok((found, made))
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
