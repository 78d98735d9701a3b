//! `landbridge trust delete`.

use landbridge_core::plan::trust as plan;
use serde_json::json;

use super::user::User;
use super::{Role, show_role};
use crate::accounts::Callers;
use crate::args::{DeleteTrustArgs, Options};
use crate::commands::stages;
use crate::exit::{Exit, Outcome};
use crate::output::Output;

pub(super) async fn run(args: &DeleteTrustArgs, options: &Options, output: &mut Output) -> Outcome {
    let callers = Callers::open(&args.role.accounts, options)?;
    let caller = callers.writer(&args.role.account).await?;
    let user = User::named(&callers, &args.user).await?;
    let role = Role::read(&callers, &args.role, caller).await?;
    show_role(output, &role);
    role.check_ours()?;
    if role.found.is_none() && user.is_none() {
        output.section("deleted", "nothing to do", json!({}));
        return Ok(Exit::Ok);
    }
    let engine = role.engine(&callers, user.as_ref())?;
    let question = match &user {
        Some(user) => format!(
            "Delete role `{}`, and user `{}` of account {}?",
            role.name,
            user.name,
            user.caller.account()
        ),
        None => format!("Delete role `{}`?", role.name),
    };
    stages::confirm(output, callers.cancel(), options, &question).await?;
    let (home, of_user) = (role.caller.home(), user.as_ref().map(|u| u.caller.home()));
    let plan = plan::delete(
        &role.mark.topology,
        role.found.as_ref().map(|_| (&home, role.name)),
        of_user.as_ref().zip(user.as_ref().map(|u| u.name.as_str())),
        &engine.capabilities(),
    );
    engine.apply(&plan?).await?;
    show_deleted(output, &role, user.as_ref());
    Ok(Exit::Ok)
}

fn show_deleted(output: &mut Output, role: &Role<'_>, user: Option<&User>) {
    let deleted = role.found.as_ref().map(|found| found.role.as_str());
    let user = user.map(|user| user.name.as_str());
    let words = [
        deleted.map(|name| format!("role {name}")),
        user.map(|name| format!("user {name}")),
    ];
    let words: Vec<String> = words.into_iter().flatten().collect();
    output.section(
        "deleted",
        format_args!("deleted: {}", words.join(", ")),
        json!({ "role": deleted, "user": user }),
    );
}
