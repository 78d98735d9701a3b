//! Who is calling.

use serde_json::json;

use crate::account::Holder;
use crate::aliyun::context::Context;
use crate::aliyun::failure::Outcome;

pub(super) fn get_caller_identity(ctx: &mut Context<'_>) -> Outcome {
    let account = ctx.account();
    Ok(match ctx.caller.holder.identity() {
        Holder::Root | Holder::Anonymous | Holder::Temporary { .. } => json!({
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
