//! The role that the options of `ensure` and `show` describe.

use std::path::Path;
use std::time::Duration;

use landbridge_core::trust::life_actions;
use landbridge_core::{EnsureTrust, Permissions, Principal};
use serde_json::Value;

use super::Role;
use super::user::User;
use crate::accounts::Callers;
use crate::args::WishArgs;
use crate::commands::load;
use crate::exit::{Failure, Outcome};
use crate::files;

const HOUR: Duration = Duration::from_secs(3600);

/// The role that the options describe.
pub(super) fn request(
    callers: &Callers,
    role: &Role<'_>,
    wish: &WishArgs,
    user: Option<&User>,
) -> Outcome<EnsureTrust> {
    let named = wish.trust.iter();
    let named = named
        .map(|principal| Ok(principal.of(callers.id_of(&principal.account, role.caller.cloud())?)));
    let mut principals = named.collect::<Outcome<Vec<Principal>>>()?;
    if principals.is_empty() {
        principals.extend(user.map(User::principal));
    }
    let mut principals = without_repetition(principals).into_iter();
    let Some(first) = principals.next() else {
        return Err(Failure::bad_input(
            "missing principal: say who may assume the role with --trust ACCOUNT, ACCOUNT/user/NAME or \
             ACCOUNT/role/NAME",
        ));
    };
    let mut request = EnsureTrust::new(role.name, role.mark.clone(), first)
        .with_max_session(wish.max_session.unwrap_or(HOUR))
        .with_permissions(permissions(role, wish)?);
    if let Some(id) = &wish.external_id {
        request = request.with_external_id(id);
    }
    if wish.require_mfa {
        request = request.with_mfa_required();
    }
    Ok(principals.fold(request, EnsureTrust::with_principal))
}

fn without_repetition(principals: Vec<Principal>) -> Vec<Principal> {
    let mut kept: Vec<Principal> = Vec::new();
    for principal in principals {
        if !kept.contains(&principal) {
            kept.push(principal);
        }
    }
    kept
}

fn permissions(role: &Role<'_>, wish: &WishArgs) -> Outcome<Permissions> {
    match (&wish.permissions, &wish.plan_of) {
        (Some(file), _) => document(file).map(Permissions::Document),
        (None, Some(file)) => actions(role, file).map(Permissions::Actions),
        (None, None) => Ok(Permissions::AsIs),
    }
}

fn document(file: &Path) -> Outcome<Value> {
    let bad = |why: String| {
        Failure::bad_input(format!(
            "invalid policy document `{}`: {why}; expected a JSON object in the cloud's own policy language",
            file.display()
        ))
    };
    let text = files::read("policy document", file)?;
    let value: Value = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
    match value.is_object() {
        true => Ok(value),
        false => Err(bad("not a JSON object".to_owned())),
    }
}

/// Every action that a topology ever takes in the account, whichever model is chosen where it leaves that open.
fn actions(role: &Role<'_>, file: &Path) -> Outcome<Vec<String>> {
    let topology = load(file)?;
    let account = role.caller.account();
    let capabilities = std::slice::from_ref(role.cloud.capabilities());
    let actions = life_actions(&topology, capabilities, account);
    if actions.is_empty() {
        return Err(Failure::bad_input(format!(
            "topology file `{}` takes no action in account {account}: name a topology with a network or hub there",
            file.display()
        )));
    }
    Ok(actions)
}
