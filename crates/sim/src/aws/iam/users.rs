//! Users. Those of the setup exist too, as long as they have keys.

use std::collections::BTreeMap;
use std::time::Duration;

use super::paging::paged;
use super::tags::{self, Tags};
use super::{User, conflict, no_such, place};
use crate::account::Holder;
use crate::aws::context::{Context, invalid};
use crate::aws::failure::Outcome;
use crate::aws::xml::Xml;

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let name = ctx.required("UserName")?;
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter);
    if name.len() > 64 || !name.chars().all(allowed) {
        return Err(invalid("UserName has 1 to 64 characters of [\\w+=,.@-]"));
    }
    let tags = tags::sent(ctx)?;
    let account = ctx.account().to_owned();
    let place = place(&account, &name);
    if ctx.state.iam.users.contains_key(&place) || ctx.accounts.has_user(&account, &name) {
        let message = format!("User with name {name} already exists.");
        return Err(conflict("EntityAlreadyExists", &message));
    }
    let path = ctx.parameters.get("Path").unwrap_or("/");
    let user = User {
        id: format!("AIDA{}", ctx.ids.word("aws user", 17).to_uppercase()),
        arn: ctx.iam_arn(&format!("user{path}{name}")),
        path: path.to_owned(),
        created: ctx.now,
        policies: BTreeMap::new(),
        attached: Vec::new(),
        account,
        name,
        tags,
    };
    ctx.born("user", &user.arn);
    let answer = Xml::new().node("User", full_view(ctx, &user));
    ctx.state.iam.users.insert(place, user);
    Ok(answer)
}

/// A user of the setup, as far as the setup tells about it.
fn of_setup(ctx: &Context<'_>, name: &str, id: &str) -> User {
    User {
        account: ctx.account().to_owned(),
        name: name.to_owned(),
        id: format!("AIDA{id}"),
        arn: ctx.iam_arn(&format!("user/{name}")),
        path: "/".to_owned(),
        created: Duration::ZERO,
        policies: BTreeMap::new(),
        attached: Vec::new(),
        tags: Tags::new(),
    }
}

/// The user of the caller that has this name.
pub(super) fn find<'a>(ctx: &'a mut Context<'_>, name: &str) -> Outcome<&'a mut User> {
    let place = place(ctx.account(), name);
    if !ctx.state.iam.users.contains_key(&place)
        && let Some(id) = ctx.accounts.user_id(ctx.account(), name)
    {
        let user = of_setup(ctx, name, id);
        ctx.state.iam.users.insert(place.clone(), user);
    }
    let user = ctx.state.iam.users.get_mut(&place);
    user.ok_or_else(|| no_such("user", name))
}

/// The user of the caller that the call names.
pub(super) fn named<'a>(ctx: &'a mut Context<'_>) -> Outcome<&'a mut User> {
    let name = ctx.required("UserName")?;
    find(ctx, &name)
}

fn view(ctx: &Context<'_>, user: &User) -> Xml {
    Xml::new()
        .leaf("Path", &user.path)
        .leaf("UserName", &user.name)
        .leaf("UserId", &user.id)
        .leaf("Arn", &user.arn)
        .leaf("CreateDate", ctx.date(user.created))
}

fn full_view(ctx: &Context<'_>, user: &User) -> Xml {
    view(ctx, user).and(tags::list(&user.tags))
}

/// Without a name, the caller.
pub(super) fn get(ctx: &mut Context<'_>) -> Outcome {
    let own = match ctx.caller.holder.identity() {
        Holder::User { name, .. } => Some(name.clone()),
        _ => None,
    };
    let Some(name) = ctx.parameters.get("UserName").map(str::to_owned).or(own) else {
        return Err(invalid(
            "Must specify userName when calling with non-User credentials",
        ));
    };
    let user = find(ctx, &name)?.clone();
    Ok(Xml::new().node("User", full_view(ctx, &user)))
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let user = named(ctx)?.clone();
    let refused = |what: &str| {
        let message = format!("Cannot delete entity, must {what} first.");
        Err(conflict("DeleteConflict", &message))
    };
    if ctx.accounts.has_user(&user.account, &user.name) {
        return refused("delete access keys");
    }
    if !user.attached.is_empty() {
        return refused("detach all policies");
    }
    if !user.policies.is_empty() {
        return refused("delete policies");
    }
    let place = place(&user.account, &user.name);
    ctx.state.iam.users.remove(&place);
    ctx.gone(&user.arn);
    Ok(Xml::new())
}

pub(super) fn tag(ctx: &mut Context<'_>) -> Outcome {
    let new = tags::sent(ctx)?;
    tags::add(&mut named(ctx)?.tags, new)?;
    Ok(Xml::new())
}

pub(super) fn untag(ctx: &mut Context<'_>) -> Outcome {
    let keys = ctx.parameters.list("TagKeys.member");
    tags::remove(&mut named(ctx)?.tags, &keys);
    Ok(Xml::new())
}

pub(super) fn list_tags(ctx: &mut Context<'_>) -> Outcome {
    let tags = named(ctx)?.tags.clone();
    tags::page(ctx, &tags)
}

/// There are no groups here.
pub(super) fn list_groups(ctx: &mut Context<'_>) -> Outcome {
    named(ctx)?;
    paged(ctx, "Groups", Vec::new())
}

/// Those of the setup are listed too.
pub(super) fn list(ctx: &mut Context<'_>) -> Outcome {
    for name in ctx.accounts.user_names(ctx.account()) {
        find(ctx, &name)?;
    }
    let prefix = ctx.parameters.get("PathPrefix").unwrap_or("/");
    let own = |user: &&User| user.account == ctx.account() && user.path.starts_with(prefix);
    let users = ctx.state.iam.users.values().filter(own);
    let rows = users.map(|user| view(ctx, user)).collect();
    paged(ctx, "Users", rows)
}
