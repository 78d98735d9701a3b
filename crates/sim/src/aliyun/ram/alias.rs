//! The name under which an account's users log in.

use serde_json::json;

use crate::aliyun::context::Context;
use crate::aliyun::failure::Outcome;

pub(super) fn get(ctx: &mut Context<'_>) -> Outcome {
    let account = ctx.accounts.account(ctx.account());
    let alias = account.map(|account| account.alias.as_str());
    Ok(json!({"AccountAlias": alias.unwrap_or_default()}))
}
