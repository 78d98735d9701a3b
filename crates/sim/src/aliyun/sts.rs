//! STS: identities and role sessions.

use std::time::Duration;

use serde_json::{Value, json};

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::operation::Operation;
use super::parameters::invalid;
use crate::account::{Holder, Key, Role};
use crate::throttle::Rate;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::read("AssumeRole", assume_role).rate(Rate::per_second(100)),
    Operation::read("GetCallerIdentity", get_caller_identity),
];

fn no_permission(message: &str) -> Failure {
    Failure::forbidden("NoPermission", message)
}

const NOT_AUTHORISED: &str =
    "You are not authorized to do this action. You should be authorized by RAM.";

fn assume_role(ctx: &mut Context<'_>) -> Outcome {
    let role_arn = ctx.required("RoleArn")?;
    let session = session_name(ctx)?;
    let lifetime = lifetime(ctx)?;
    let (account, name) = split_arn(&role_arn).ok_or_else(|| invalid("RoleArn"))?;
    if matches!(ctx.caller.holder, Holder::Root) {
        return Err(no_permission("Roles may not be assumed by root accounts."));
    }
    let unknown = || Failure::missing("EntityNotExist.Role", "The specified Role does not exist.");
    let role = ctx
        .accounts
        .role(account, name)
        .ok_or_else(unknown)?
        .clone();
    if !is_trusted(ctx, &role) {
        return Err(no_permission(NOT_AUTHORISED));
    }
    Ok(open_session(ctx, &role, &session, lifetime))
}

fn session_name(ctx: &Context<'_>) -> Outcome<String> {
    let name = ctx.required("RoleSessionName")?;
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || ".@-_".contains(letter);
    if !(2..=64).contains(&name.len()) || !name.chars().all(allowed) {
        return Err(invalid("RoleSessionName"));
    }
    Ok(name)
}

fn lifetime(ctx: &Context<'_>) -> Outcome<Duration> {
    let seconds = ctx.parameters.integer("DurationSeconds")?.unwrap_or(3600);
    if (900..=43200).contains(&seconds) {
        Ok(Duration::from_secs(seconds))
    } else {
        Err(invalid("DurationSeconds"))
    }
}

/// `acs:ram::<account>:role/<name>`.
fn split_arn(arn: &str) -> Option<(&str, &str)> {
    arn.strip_prefix("acs:ram::")?.split_once(":role/")
}

fn is_trusted(ctx: &Context<'_>, role: &Role) -> bool {
    let account = ctx.account();
    let user = match ctx.caller.holder.identity() {
        Holder::User { name, .. } => format!("acs:ram::{account}:user/{name}"),
        Holder::Session { role, .. } => format!("acs:ram::{account}:role/{role}"),
        Holder::Root | Holder::Temporary { .. } => return false,
    };
    let root = format!("acs:ram::{account}:root");
    let named = |trusted: &String| {
        *trusted == account || *trusted == root || trusted.eq_ignore_ascii_case(&user)
    };
    let external_id = role
        .spec
        .external_id
        .as_deref()
        .is_none_or(|wanted| ctx.parameters.get("ExternalId") == Some(wanted));
    role.spec.trusts.iter().any(named) && external_id
}

fn open_session(ctx: &mut Context<'_>, role: &Role, session: &str, lifetime: Duration) -> Value {
    let key_id = format!("STS.{}", ctx.ids.word("session-key", 24));
    let secret = ctx.ids.word("session-secret", 44);
    let token = ctx.ids.word("session-token", 200);
    let expires = ctx.now + lifetime;
    let role_name = role.spec.name.to_lowercase();
    let holder = Holder::Session {
        role: role_name.clone(),
        role_id: role.id.clone(),
        session: session.to_owned(),
        token: token.clone(),
        expires,
    };
    let account = role.spec.account.clone();
    let arn = format!("acs:ram::{account}:role/{role_name}/{session}");
    ctx.accounts.add_session(
        key_id.clone(),
        Key {
            account,
            secret: secret.clone(),
            holder,
        },
    );
    json!({
        "AssumedRoleUser": {"Arn": arn, "AssumedRoleId": format!("{}:{session}", role.id)},
        "Credentials": {
            "AccessKeyId": key_id,
            "AccessKeySecret": secret,
            "SecurityToken": token,
            "Expiration": ctx.date(expires),
        },
    })
}

fn get_caller_identity(ctx: &mut Context<'_>) -> Outcome {
    let account = ctx.account();
    Ok(match ctx.caller.holder.identity() {
        Holder::Root | Holder::Temporary { .. } => json!({
            "IdentityType": "Account", "AccountId": account, "UserId": account, "PrincipalId": account,
            "Arn": format!("acs:ram::{account}:root"),
        }),
        Holder::User { name, id } => json!({
            "IdentityType": "RAMUser", "AccountId": account, "UserId": id, "PrincipalId": id,
            "Arn": format!("acs:ram::{account}:user/{name}"),
        }),
        Holder::Session {
            role,
            role_id,
            session,
            ..
        } => json!({
            "IdentityType": "AssumedRoleUser", "AccountId": account, "RoleId": role_id,
            "PrincipalId": format!("{role_id}:{session}"),
            "Arn": format!("acs:ram::{account}:assumed-role/{role}/{session}"),
        }),
    })
}
