//! Assuming a role with a key.

use super::session::{self, NOT_AUTHORISED, Wish, no_permission};
use crate::account::Holder;
use crate::aliyun::context::Context;
use crate::aliyun::failure::Outcome;
use crate::aliyun::parameters::invalid;
use crate::aliyun::policy::{Decision, Question, decide};

pub(super) fn assume_role(ctx: &mut Context<'_>) -> Outcome {
    ctx.required("RoleArn")?;
    let wish = Wish::read(ctx)?;
    let external_id = external_id(ctx)?;
    if matches!(ctx.caller.holder, Holder::Root) {
        return Err(no_permission("Roles may not be assumed by root accounts."));
    }
    let role = session::role(ctx)?;
    let mut keys = vec![("acs:mfapresent".to_owned(), "false".to_owned())];
    keys.extend(external_id.map(|id| ("sts:externalid".to_owned(), id)));
    let question = Question {
        principals: principals(ctx),
        action: "sts:AssumeRole".to_owned(),
        keys,
        ..Question::default()
    };
    if decide([role.trust(ctx.now)], &question) != Decision::Allow {
        return Err(no_permission(NOT_AUTHORISED));
    }
    session::open(ctx, &role, wish)
}

fn external_id(ctx: &Context<'_>) -> Outcome<Option<String>> {
    let id = ctx.parameters.get("ExternalId");
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@:/-".contains(letter);
    let is_good = |id: &str| (2..=1224).contains(&id.len()) && id.chars().all(allowed);
    if id.is_some_and(|id| !is_good(id)) {
        return Err(invalid("ExternalId"));
    }
    Ok(id.map(str::to_owned))
}

/// The names under which trust may mean the caller, in lower case.
fn principals(ctx: &Context<'_>) -> Vec<String> {
    let account = ctx.account();
    let own = match ctx.caller.holder.identity() {
        Holder::User { name, .. } => format!("user/{name}"),
        Holder::Session { role, .. } => format!("role/{role}"),
        Holder::Root | Holder::Anonymous | Holder::Temporary { .. } => return Vec::new(),
    };
    let name = |entity: &str| format!("acs:ram::{account}:{entity}").to_lowercase();
    vec![name("root"), name(&own)]
}
