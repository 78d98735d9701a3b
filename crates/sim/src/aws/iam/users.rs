//! Users. Those of the setup exist too, as long as they have keys.

use std::time::Duration;

use super::{User, no_such, place};
use crate::account::Holder;
use crate::aws::context::{Context, invalid};
use crate::aws::failure::{Failure, Outcome};
use crate::aws::xml::Xml;

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let name = ctx.required("UserName")?;
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter);
    if name.len() > 64 || !name.chars().all(allowed) {
        return Err(invalid("UserName has 1 to 64 characters of [\\w+=,.@-]"));
    }
    let account = ctx.account().to_owned();
    let place = place(&account, &name);
    if ctx.state.iam.users.contains_key(&place) || ctx.accounts.has_user(&account, &name) {
        let message = format!("User with name {name} already exists.");
        return Err(Failure::new(409, "EntityAlreadyExists", message));
    }
    let user = User {
        id: format!("AIDA{}", ctx.ids.word("aws user", 17).to_uppercase()),
        path: ctx.parameters.get("Path").unwrap_or("/").to_owned(),
        created: ctx.now,
    };
    let arn = arn(&account, &user, &name);
    ctx.born("user", &arn);
    let answer = Xml::new().node("User", view(ctx, &user, &name));
    ctx.state.iam.users.insert(place, user);
    Ok(answer)
}

fn arn(account: &str, user: &User, name: &str) -> String {
    format!("arn:aws:iam::{account}:user{}{name}", user.path)
}

fn view(ctx: &Context<'_>, user: &User, name: &str) -> Xml {
    Xml::new()
        .leaf("Path", &user.path)
        .leaf("UserName", name)
        .leaf("UserId", &user.id)
        .leaf("Arn", arn(ctx.account(), user, name))
        .leaf("CreateDate", ctx.date(user.created))
}

/// Without a name, the caller.
pub(super) fn get(ctx: &mut Context<'_>) -> Outcome {
    let own = match ctx.caller.holder.identity() {
        Holder::User { name, .. } => Some(name.clone()),
        _ => None,
    };
    let name = match ctx.parameters.get("UserName").map(str::to_owned).or(own) {
        Some(name) => name,
        None => {
            return Err(invalid(
                "Must specify userName when calling with non-User credentials",
            ));
        }
    };
    let account = ctx.account();
    let made = ctx.state.iam.users.get(&place(account, &name)).cloned();
    let of_setup = || {
        ctx.accounts.has_user(account, &name).then(|| User {
            id: format!("AIDA{name}"),
            path: "/".to_owned(),
            created: Duration::ZERO,
        })
    };
    let user = made
        .or_else(of_setup)
        .ok_or_else(|| no_such("user", &name))?;
    Ok(Xml::new().node("User", view(ctx, &user, &name)))
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let name = ctx.required("UserName")?;
    let account = ctx.account().to_owned();
    let removed = ctx.state.iam.users.remove(&place(&account, &name));
    let user = removed.ok_or_else(|| no_such("user", &name))?;
    ctx.gone(&arn(&account, &user, &name));
    Ok(Xml::new())
}
