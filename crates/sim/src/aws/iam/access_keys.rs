//! Keys of users. A user that a call made may do what its policies allow; the setup's users keep their rights.

use super::paging::paged;
use super::{conflict, users};
use crate::account::{Holder, Key};
use crate::aws::context::Context;
use crate::aws::failure::{Failure, Outcome};
use crate::aws::new_key;
use crate::aws::xml::Xml;

/// The most keys that a user may have.
const MOST: usize = 2;

/// The user that the call names, or the caller.
fn user(ctx: &mut Context<'_>) -> Outcome<super::User> {
    let own = match ctx.caller.holder.identity() {
        Holder::User { name, .. } => Some(name.clone()),
        _ => None,
    };
    let name = match own.filter(|_| ctx.parameters.get("UserName").is_none()) {
        Some(own) => own,
        None => ctx.required("UserName")?,
    };
    users::find(ctx, &name).cloned()
}

pub(super) fn create(ctx: &mut Context<'_>) -> Outcome {
    let user = user(ctx)?;
    let known = ctx.accounts.keys_of_user(&user.account, &user.name);
    if known.len() >= MOST {
        let message = format!("Cannot exceed quota for AccessKeysPerUser: {MOST}");
        return Err(conflict("LimitExceeded", &message));
    }
    let holder = Holder::User {
        name: user.name.clone(),
        id: user.id.trim_start_matches("AIDA").to_owned(),
    };
    let (key_id, secret) = new_key(ctx.ids);
    let key = Key {
        account: user.account.clone(),
        secret: secret.clone(),
        holder,
    };
    ctx.accounts.add_key(key_id.clone(), key);
    match known.first() {
        Some(known) => ctx.accounts.share_restriction(known, &key_id),
        // A document that does not parse allows nothing; what the user may do is left to its policies.
        None => ctx.accounts.restrict(&key_id, String::new()),
    }
    ctx.state.iam.key_dates.insert(key_id.clone(), ctx.now);
    let key = view(ctx, &user.name, &key_id).leaf("SecretAccessKey", secret);
    Ok(Xml::new().node("AccessKey", key))
}

fn view(ctx: &Context<'_>, user: &str, key_id: &str) -> Xml {
    let created = ctx.state.iam.key_dates.get(key_id).copied();
    Xml::new()
        .leaf("UserName", user)
        .leaf("AccessKeyId", key_id)
        .leaf("Status", "Active")
        .leaf("CreateDate", ctx.date(created.unwrap_or_default()))
}

pub(super) fn list(ctx: &mut Context<'_>) -> Outcome {
    let user = user(ctx)?;
    let keys = ctx.accounts.keys_of_user(&user.account, &user.name);
    let keys = keys.iter().map(|key| view(ctx, &user.name, key));
    paged(ctx, "AccessKeyMetadata", keys.collect())
}

pub(super) fn delete(ctx: &mut Context<'_>) -> Outcome {
    let user = user(ctx)?;
    let key_id = ctx.required("AccessKeyId")?;
    let keys = ctx.accounts.keys_of_user(&user.account, &user.name);
    if !keys.contains(&key_id) {
        let message = format!("The Access Key with id {key_id} cannot be found.");
        return Err(Failure::missing("NoSuchEntity", message));
    }
    ctx.accounts.remove_key(&key_id);
    Ok(Xml::new())
}
