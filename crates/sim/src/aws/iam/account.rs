//! The account itself.

use super::paging::paged;
use crate::aws::context::Context;
use crate::aws::failure::Outcome;
use crate::aws::xml::Xml;

/// An account has one alias or none.
pub(super) fn aliases(ctx: &mut Context<'_>) -> Outcome {
    let account = ctx.accounts.account(ctx.account());
    let alias = account
        .map(|account| account.alias.as_str())
        .filter(|alias| !alias.is_empty());
    let aliases = alias.into_iter().map(Xml::text).collect();
    paged(ctx, "AccountAliases", aliases)
}
