//! What a topology declares of its accounts, judged by what the program knows of their clouds.

use landbridge_core::topology::{Account, Topology};

use super::{AccountDigits, KnownCloud};
use crate::accounts::Warning;

/// A sentence for each account with a cloud that the program does not have, or an ID that its cloud does not have.
pub(crate) fn problems(topology: &Topology) -> Vec<String> {
    let problem = |account: &Account| {
        let cloud = match KnownCloud::named(account.cloud.as_str()) {
            Ok(cloud) => cloud,
            Err(problem) => return Some(problem),
        };
        match cloud.account_digits {
            AccountDigits::Always(count) if !has_digits(account, count) => Some(format!(
                "invalid ID `{}`: expected {count} digits, as every account of {} has",
                account.id, cloud.title
            )),
            _ => None,
        }
    };
    let told = |account: &Account| {
        let problem = problem(account)?;
        Some(format!("account `{}`: {problem}", account.name))
    };
    topology.accounts.iter().filter_map(told).collect()
}

/// A warning for each account whose ID looks wrong, as far as is known.
pub(crate) fn warnings(topology: &Topology) -> Vec<Warning> {
    let odd = |account: &Account| {
        let cloud = KnownCloud::named(account.cloud.as_str()).ok()?;
        match cloud.account_digits {
            AccountDigits::Usually(count) if !has_digits(account, count) => Some(Warning {
                message: format!(
                    "account `{}`: ID `{}` does not have {count} digits, as accounts of {} usually have",
                    account.name, account.id, cloud.title
                ),
                remedy: "check `id`; `landbridge identity` tells the account of your keys",
            }),
            _ => None,
        }
    };
    topology.accounts.iter().filter_map(odd).collect()
}

// An account may leave its ID open.
fn has_digits(account: &Account, count: usize) -> bool {
    let id = account.id.as_str();
    account.id.is_unknown() || id.len() == count && id.bytes().all(|byte| byte.is_ascii_digit())
}
