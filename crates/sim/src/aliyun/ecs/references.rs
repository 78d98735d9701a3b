//! Rules that name other groups, which may belong to other accounts.

use std::collections::BTreeSet;

use super::Group;
use super::lists::{PORTS, PREFIXES};
use super::rules::{Peer, Rule};
use crate::aliyun::choices::TOO_MANY_REFERENCES;
use crate::aliyun::context::Context;
use crate::aliyun::failure::{Failure, Outcome};

/// The account that a rule means: by its id, by its login name, or the caller's own. Empty, which owns nothing, if
/// no account has the login name.
pub(super) fn owner(ctx: &Context<'_>, id: Option<String>, login_name: Option<String>) -> String {
    let by_name = |name: String| {
        let account = ctx.accounts.by_login_name(&name);
        account.map_or_else(String::new, |account| account.id.clone())
    };
    id.or_else(|| login_name.map(by_name))
        .unwrap_or_else(|| ctx.account().to_owned())
}

/// References between groups work only inside one VPC and between basic groups.
pub(super) fn check(ctx: &Context<'_>, group: &Group, rule: &Rule) -> Outcome<()> {
    let Peer::Group { id, owner } = &rule.peer else {
        return Ok(());
    };
    let found = ctx
        .state
        .ecs
        .groups
        .get(id)
        .filter(|known| known.base.owner == *owner && known.base.region == group.base.region);
    let missing = || {
        Failure::missing(
            "InvalidSourceGroupId.NotFound",
            format!("The security group {id} does not exist."),
        )
    };
    let other = found.ok_or_else(missing)?;
    if other.is_classic() != group.is_classic() {
        return Err(Failure::bad(
            "InvalidNetworkType.Mismatch",
            "The security groups are in different kinds of network.",
        ));
    }
    if other.vpc != group.vpc {
        return Err(Failure::bad(
            "InvalidSourceGroupId.Mismatch",
            "The security groups are in different VPCs.",
        ));
    }
    if group.is_enterprise || other.is_enterprise {
        return Err(Failure::bad(
            "InvalidGroupAuthParameter.OperationDenied",
            "Advanced groups know no group references.",
        ));
    }
    Ok(())
}

/// The lists that a rule names are the caller's.
pub(super) fn check_lists(ctx: &Context<'_>, rule: &Rule) -> Outcome<()> {
    if let Peer::PrefixList(id) = &rule.peer {
        PREFIXES.get(ctx, id)?;
    }
    if let Some(id) = &rule.port_list {
        PORTS.get(ctx, id)?;
    }
    Ok(())
}

pub(super) fn check_count(ctx: &Context<'_>, group: &Group) -> Outcome<()> {
    if count(group) <= ctx.quota("source_groups_per_security_group") {
        return Ok(());
    }
    Err(Failure::forbidden(
        TOO_MANY_REFERENCES,
        "The limit of referenced security groups is reached.",
    ))
}

/// How many groups the rules of a group name.
fn count(group: &Group) -> usize {
    let peers = group.rules.iter().filter_map(|rule| match &rule.peer {
        Peer::Group { id, .. } => Some(id),
        Peer::Range(_) | Peer::PrefixList(_) => None,
    });
    peers.collect::<BTreeSet<_>>().len()
}
