//! Role sessions: what callers ask of them, and how they are opened.

use std::time::Duration;

use serde_json::{Value, json};

use crate::account::{Holder, Key};
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};
use crate::aliyun::parameters::invalid;
use crate::aliyun::policy::{Document, Purpose};
use crate::aliyun::ram::{RamArn, Role};

const HOUR: u64 = 3600;

pub(super) fn no_permission(message: &str) -> Failure {
    Failure::forbidden("NoPermission", message)
}

pub(super) const NOT_AUTHORISED: &str =
    "You are not authorized to do this action. You should be authorized by RAM.";

/// What a caller asks of a session, checked as far as that can be done without the role.
pub(super) struct Wish {
    name: String,
    seconds: u64,
    restriction: Option<Document>,
}

impl Wish {
    pub(super) fn read(ctx: &Context<'_>) -> Outcome<Self> {
        Ok(Self {
            name: session_name(ctx)?,
            seconds: seconds(ctx)?,
            restriction: restriction(ctx)?,
        })
    }

    /// No session lasts longer than its role allows, and none that was opened from another longer than an hour.
    fn lifetime(&self, ctx: &Context<'_>, role: &Role) -> Outcome<Duration> {
        let is_chained = matches!(ctx.caller.holder, Holder::Session { .. });
        if self.seconds > role.longest_session || (is_chained && self.seconds > HOUR) {
            return Err(invalid("DurationSeconds"));
        }
        Ok(Duration::from_secs(self.seconds))
    }
}

fn session_name(ctx: &Context<'_>) -> Outcome<String> {
    let name = ctx.required("RoleSessionName")?;
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || ".@-_".contains(letter);
    if !(2..=64).contains(&name.len()) || !name.chars().all(allowed) {
        return Err(invalid("RoleSessionName"));
    }
    Ok(name)
}

fn seconds(ctx: &Context<'_>) -> Outcome<u64> {
    let seconds = ctx.parameters.integer("DurationSeconds")?.unwrap_or(HOUR);
    if (900..=12 * HOUR).contains(&seconds) {
        Ok(seconds)
    } else {
        Err(invalid("DurationSeconds"))
    }
}

/// The policy that narrows the session.
fn restriction(ctx: &Context<'_>) -> Outcome<Option<Document>> {
    let Some(text) = ctx.parameters.get("Policy") else {
        return Ok(None);
    };
    if text.chars().count() > 2048 {
        return Err(invalid("PolicySize"));
    }
    let document = Document::parse(text, Purpose::Permission);
    document.map(Some).map_err(|_| invalid("PolicyGrammar"))
}

/// The role of the call, which must be known by now.
pub(super) fn role(ctx: &Context<'_>) -> Outcome<Role> {
    let text = ctx.required("RoleArn")?;
    let arn = RamArn::parse(&text).ok_or_else(|| invalid("RoleArn"))?;
    let role = ctx.state.ram.known_role(arn.account, arn.name, ctx.now);
    let role = role.filter(|_| arn.kind == "role").cloned();
    role.ok_or_else(|| {
        Failure::missing("EntityNotExist.Role", "The specified Role does not exist.")
    })
}

/// Opens a session and tells its credentials.
pub(super) fn open(ctx: &mut Context<'_>, role: &Role, wish: Wish) -> Outcome {
    let expires = ctx.now + wish.lifetime(ctx, role)?;
    let key_id = format!("STS.{}", ctx.ids.word("session-key", 24));
    let secret = ctx.ids.word("session-secret", 44);
    let token = ctx.ids.word("session-token", 200);
    let role_name = role.name.to_lowercase();
    let answer = json!({
        "AssumedRoleUser": {
            "Arn": format!("acs:ram::{}:role/{role_name}/{}", role.account, wish.name),
            "AssumedRoleId": format!("{}:{}", role.id, wish.name),
        },
        "Credentials": credentials(ctx, &key_id, &secret, &token, expires),
    });
    let key = Key {
        account: role.account.clone(),
        secret,
        holder: Holder::Session {
            role: role_name,
            role_id: role.id.clone(),
            session: wish.name,
            token,
            expires,
        },
    };
    if let Some(restriction) = wish.restriction {
        let restrictions = &mut ctx.state.sts.restrictions;
        restrictions.insert(key_id.clone(), restriction);
    }
    ctx.accounts.add_key(key_id, key);
    Ok(answer)
}

fn credentials(
    ctx: &Context<'_>,
    key_id: &str,
    secret: &str,
    token: &str,
    expires: Duration,
) -> Value {
    json!({
        "AccessKeyId": key_id, "AccessKeySecret": secret, "SecurityToken": token,
        "Expiration": ctx.date(expires),
    })
}
