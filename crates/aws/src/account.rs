//! Account ids.

use landbridge_core::{AccountId, Error, ErrorKind, Result};

/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) for what is not twelve digits. An account whose ID the cloud is yet to tell
/// passes.
pub(crate) fn check_account(account: &AccountId) -> Result<()> {
    let id = account.as_str();
    let twelve_digits = id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
    if twelve_digits || account.is_unknown() {
        return Ok(());
    }
    let message = format!("invalid account ID `{id}`: expected twelve digits");
    Err(Error::new(ErrorKind::InvalidInput, message)
        .with_remedy("write the account ID as a string, with its leading zeros"))
}
