use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use landbridge_core::Principal;

use super::access::{AccountsArgs, mark};
use crate::accounts::AccountRef;
use crate::duration;

#[derive(Debug, Subcommand)]
pub(crate) enum TrustCommand {
    /// Make a role as wanted, or make it so again; with --wait-as, prove that it can be assumed.
    Ensure(EnsureTrustArgs),
    /// Show a role; with options of `ensure`, also what differs from them (exit code 5 if something does).
    Show(ShowTrustArgs),
    /// Delete a role of ours, with its policies, and with --user a user of ours.
    Delete(DeleteTrustArgs),
}

/// Which role.
#[derive(Debug, Args)]
pub(crate) struct RoleArgs {
    #[command(flatten)]
    pub(crate) accounts: AccountsArgs,
    /// The account that owns the role.
    #[arg(long = "in", value_name = "ACCOUNT")]
    pub(crate) account: AccountRef,
    /// The name of the role.
    #[arg(long, value_name = "NAME")]
    pub(crate) role: String,
    /// The mark of ownership. Roles that do not carry it are never changed.
    #[arg(long, value_name = "NAME", default_value = "landbridge", value_parser = mark)]
    pub(crate) topology: String,
}

/// How a role is wanted.
#[derive(Debug, Args)]
#[command(next_help_heading = "The role as wanted")]
pub(crate) struct WishArgs {
    /// Who may assume it: ID (a whole account), ID/user/NAME or ID/role/NAME. Repeat for more. Default: the user of
    /// --user.
    #[arg(long, value_name = "PRINCIPAL", value_parser = principal)]
    pub(crate) trust: Vec<Principal>,
    /// What whoever assumes it must send, against a confused deputy.
    #[arg(long, value_name = "ID")]
    pub(crate) external_id: Option<String>,
    /// Whoever assumes it must have shown a second factor.
    #[arg(long)]
    pub(crate) require_mfa: bool,
    /// The longest session: 1h, 12h. Default 1h.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub(crate) max_session: Option<Duration>,
    /// A policy document of the cloud (JSON) that says what the role may do. Default: nothing.
    #[arg(long, value_name = "FILE", conflicts_with = "plan_of")]
    pub(crate) permissions: Option<PathBuf>,
    /// Allow what the plan of this topology does in the account now, and reading what is there.
    #[arg(long, value_name = "TOPOLOGY_FILE")]
    pub(crate) plan_of: Option<PathBuf>,
}

impl WishArgs {
    /// Whether anything is wanted at all.
    pub(crate) fn is_some(&self) -> bool {
        !self.trust.is_empty()
            || self.external_id.is_some()
            || self.require_mfa
            || self.max_session.is_some()
            || self.permissions.is_some()
            || self.plan_of.is_some()
    }
}

/// A user that goes with the role.
#[derive(Debug, Args)]
pub(crate) struct UserArgs {
    /// A user that may assume the role and do nothing else. A person makes its keys.
    #[arg(long, value_name = "NAME", requires = "user_in")]
    pub(crate) user: Option<String>,
    /// The account of that user.
    #[arg(long, value_name = "ACCOUNT", requires = "user")]
    pub(crate) user_in: Option<AccountRef>,
}

#[derive(Debug, Args)]
pub(crate) struct EnsureTrustArgs {
    #[command(flatten)]
    pub(crate) role: RoleArgs,
    #[command(flatten)]
    pub(crate) wish: WishArgs,
    #[command(flatten)]
    pub(crate) user: UserArgs,
    /// Assume the role with the keys of this account until it works, and show who the session is.
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) wait_as: Option<AccountRef>,
}

#[derive(Debug, Args)]
pub(crate) struct ShowTrustArgs {
    #[command(flatten)]
    pub(crate) role: RoleArgs,
    #[command(flatten)]
    pub(crate) wish: WishArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DeleteTrustArgs {
    #[command(flatten)]
    pub(crate) role: RoleArgs,
    #[command(flatten)]
    pub(crate) user: UserArgs,
}

fn principal(text: &str) -> Result<Principal, String> {
    let bad = || format!("`{text}` is nobody; write ID, ID/user/NAME or ID/role/NAME");
    let (account, rest) = match text.split_once('/') {
        Some((account, rest)) => (account, Some(rest)),
        None => (text, None),
    };
    let account = crate::accounts::account_id(account).map_err(|_| bad())?;
    let named = |name: &str| (!name.is_empty()).then(|| name.to_owned()).ok_or_else(bad);
    match rest.map(|rest| rest.split_once('/')) {
        None => Ok(Principal::Account(account)),
        Some(Some(("user", name))) => Ok(Principal::User {
            account,
            name: named(name)?,
        }),
        Some(Some(("role", name))) => Ok(Principal::Role {
            account,
            name: named(name)?,
        }),
        Some(_) => Err(bad()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_are_read() {
        for (text, shown) in [
            ("012", "account 012"),
            ("012/user/a", "user a of 012"),
            ("012/role/path/b", "role path/b of 012"),
        ] {
            assert_eq!(principal(text).map(|p| p.to_string()), Ok(shown.to_owned()));
        }
        for bad in ["", "a", "012/", "012/user", "012/user/", "012/group/g"] {
            assert!(principal(bad).is_err(), "{bad}");
        }
    }
}
