//! Account ids.

use landbridge_core::{AccountId, Error, ErrorKind, Result};

/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) for what is not twelve digits.
pub(crate) fn check_account(account: &AccountId) -> Result<()> {
    let id = account.as_str();
    if id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    let message = format!("invalid account ID `{id}`: expected twelve digits");
    Err(Error::new(ErrorKind::InvalidInput, message)
        .with_remedy("write the account ID as a string, with its leading zeros"))
}
