use crate::ids::AccountId;
use crate::traits::Principal;

/// The principal that `account` and the last part of an ARN name: `root`, `user/<name>` or `role/<name>`.
pub fn principal(account: AccountId, resource: &str) -> Option<Principal> {
    match resource.split_once('/') {
        None if resource == "root" => Some(Principal::Account(account)),
        Some(("user", name)) => Some(Principal::User {
            account,
            name: name.to_owned(),
        }),
        Some(("role", name)) => Some(Principal::Role {
            account,
            name: name.to_owned(),
        }),
        _ => None,
    }
}
