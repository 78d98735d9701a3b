//! Arguments of `landbridge trust`.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Subcommand};
use landbridge_core::{AccountId, Principal};

use super::access::{AccountsArgs, mark};
use crate::accounts::{AccountRef, IdRef};
use crate::duration;

#[derive(Debug, Subcommand)]
pub(crate) enum TrustCommand {
    /// Create a role, or correct it
    ///
    /// Refuses a role without the mark, and one that others altered unless `--replace` is given. Shows what differs from the options and asks for confirmation before writing. With `--wait-as`, also assumes the
    /// role.
    Ensure(EnsureTrustArgs),
    /// Show a role
    ///
    /// With options of `ensure`, also shows what differs from them, and ends with exit code 5 if something does.
    Show(ShowTrustArgs),
    /// Delete a role with its policies, and a user with `--user`
    ///
    /// Refuses a role or user that does not carry the mark of `--topology`.
    Delete(DeleteTrustArgs),
}

/// Which role.
#[derive(Debug, Args)]
pub(crate) struct RoleArgs {
    #[command(flatten)]
    pub(crate) accounts: AccountsArgs,
    /// Account that owns the role
    ///
    /// Example: aliyun:env-B=1234567890123457
    #[arg(long = "in", value_name = "ACCOUNT")]
    pub(crate) account: AccountRef,
    /// Name of the role
    #[arg(long, value_name = "NAME")]
    pub(crate) role: String,
    /// Mark of ownership that the role carries
    ///
    /// Roles without this mark are never changed.
    #[arg(long, value_name = "NAME", default_value = "landbridge", value_parser = mark)]
    pub(crate) topology: String,
}

/// What a role should be like.
#[derive(Debug, Args)]
#[command(next_help_heading = "Role options")]
pub(crate) struct WishArgs {
    /// Principal that may assume the role: ACCOUNT, ACCOUNT/user/NAME or ACCOUNT/role/NAME; repeat for more
    ///
    /// ACCOUNT is the ID or the name of an account; alone it stands for everyone in the account. By default the user of
    /// `--user`. Example: 1234567890123456/user/deploy
    #[arg(long, value_name = "PRINCIPAL")]
    pub(crate) trust: Vec<PrincipalRef>,
    /// External ID that the caller must send to assume the role
    #[arg(long, value_name = "ID")]
    pub(crate) external_id: Option<String>,
    /// Require multi-factor authentication to assume the role
    #[arg(long)]
    pub(crate) require_mfa: bool,
    /// Longest session of the role, such as 1h or 12h [default: 1h]
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub(crate) max_session: Option<Duration>,
    /// Policy document with the permissions of the role
    ///
    /// A JSON file in the cloud's own policy language. By default a new role has no permissions, and an existing one keeps
    /// those that it has.
    #[arg(long, value_name = "FILE", conflicts_with = "plan_of")]
    pub(crate) permissions: Option<PathBuf>,
    /// Allow every action that this topology ever takes in the account
    ///
    /// Covers reading, creating, verifying and deleting what the topology declares there, whatever exists now.
    #[arg(long, value_name = "TOPOLOGY_FILE")]
    pub(crate) plan_of: Option<PathBuf>,
}

impl WishArgs {
    /// Whether any of these options was given.
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
    /// User that may assume the role and do nothing else
    ///
    /// `ensure` creates the user if it is missing. Create its access key in the cloud's console.
    #[arg(long, value_name = "NAME", requires = "user_in")]
    pub(crate) user: Option<String>,
    /// Account of that user
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
    /// Replace what others made of the role
    ///
    /// Without it, a trust document or a policy that others altered is refused, and policies that they attached stay.
    #[arg(long)]
    pub(crate) replace: bool,
    /// Assume the role with the keys of this account, and show the session
    ///
    /// Repeats until the cloud knows the role, for up to `--timeout` (3 minutes by default).
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

/// Who may assume a role, with the account by its ID or by the name of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PrincipalRef {
    pub(crate) account: IdRef,
    pub(crate) who: Who,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Everyone,
    User(String),
    Role(String),
}

impl PrincipalRef {
    /// The principal in the account of this ID.
    pub(crate) fn of(&self, account: AccountId) -> Principal {
        match self.who.clone() {
            Who::Everyone => Principal::Account(account),
            Who::User(name) => Principal::User { account, name },
            Who::Role(name) => Principal::Role { account, name },
        }
    }
}

impl FromStr for PrincipalRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || {
            format!(
                "invalid principal `{text}`: expected ACCOUNT, ACCOUNT/user/NAME or ACCOUNT/role/NAME, with the ID or the \
                 name of an account"
            )
        };
        let (account, rest) = match text.split_once('/') {
            Some((account, rest)) => (account, Some(rest)),
            None => (text, None),
        };
        let account = account.parse().map_err(|_| bad())?;
        let named = |name: &str| (!name.is_empty()).then(|| name.to_owned()).ok_or_else(bad);
        let who = match rest.map(|rest| rest.split_once('/')) {
            None => Who::Everyone,
            Some(Some(("user", name))) => Who::User(named(name)?),
            Some(Some(("role", name))) => Who::Role(named(name)?),
            Some(_) => return Err(bad()),
        };
        Ok(Self { account, who })
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
            let principal: PrincipalRef = text.parse().expect(text);
            let IdRef::Id(id) = principal.account.clone() else {
                panic!("{text}");
            };
            assert_eq!(principal.of(id).to_string(), shown);
        }
        let named: PrincipalRef = "shop/user/a".parse().expect("a name");
        assert_eq!(named.account, IdRef::Name("shop".to_owned()));
        for bad in ["", "a b", "012/", "012/user", "012/user/", "012/group/g"] {
            assert!(bad.parse::<PrincipalRef>().is_err(), "{bad}");
        }
    }
}
