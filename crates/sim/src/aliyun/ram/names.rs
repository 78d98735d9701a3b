//! What names and texts of RAM may look like.

use super::PolicyName;
use crate::aliyun::context::Context;
use crate::aliyun::failure::Outcome;
use crate::aliyun::parameters::invalid;

/// The longest document of a policy.
pub(super) const POLICY_DOCUMENT: usize = 6144;
/// The longest document of trust.
pub(super) const TRUST_DOCUMENT: usize = 4096;

/// `acs:ram::<account>:<kind>/<name>`, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RamArn<'a> {
    pub(crate) account: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) name: &'a str,
}

impl<'a> RamArn<'a> {
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (account, entity) = text.strip_prefix("acs:ram::")?.split_once(':')?;
        let (kind, name) = entity.split_once('/')?;
        let is_whole = !account.is_empty() && !name.is_empty();
        is_whole.then_some(Self {
            account,
            kind,
            name,
        })
    }
}

pub(super) fn role_name(ctx: &Context<'_>) -> Outcome<String> {
    checked(ctx, "RoleName", 64, "-.")
}

pub(super) fn policy_name(ctx: &Context<'_>) -> Outcome<String> {
    checked(ctx, "PolicyName", 128, "-")
}

fn checked(ctx: &Context<'_>, parameter: &str, longest: usize, marks: &str) -> Outcome<String> {
    let name = ctx.required(parameter)?;
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || marks.contains(letter);
    if name.chars().count() > longest {
        Err(invalid(&format!("{parameter}.Length")))
    } else if name.chars().all(is_allowed) {
        Ok(name)
    } else {
        Err(invalid(&format!("{parameter}.InvalidChars")))
    }
}

/// A text that may be at most so long; `None` if it was not sent.
pub(super) fn limited(
    ctx: &Context<'_>,
    parameter: &str,
    longest: usize,
) -> Outcome<Option<String>> {
    match ctx.parameters.get(parameter) {
        Some(text) if text.chars().count() > longest => {
            Err(invalid(&format!("{parameter}.Length")))
        }
        text => Ok(text.map(str::to_owned)),
    }
}

/// A text that must be sent and may be at most so long.
pub(super) fn document(ctx: &Context<'_>, parameter: &str, longest: usize) -> Outcome<String> {
    ctx.required(parameter)?;
    Ok(limited(ctx, parameter, longest)?.unwrap_or_default())
}

/// In seconds; `None` if it was not sent.
pub(super) fn session_duration(ctx: &Context<'_>, parameter: &str) -> Outcome<Option<u64>> {
    let seconds = ctx.parameters.integer(parameter)?;
    if seconds.is_some_and(|seconds| !(3600..=43_200).contains(&seconds)) {
        return Err(invalid("MaxSessionDuration"));
    }
    Ok(seconds)
}

/// The policy that `PolicyType` and `PolicyName` name; it need not exist.
pub(super) fn policy(ctx: &Context<'_>) -> Outcome<PolicyName> {
    let name = ctx.required("PolicyName")?;
    match ctx.required("PolicyType")?.as_str() {
        "System" => Ok(PolicyName::System(name)),
        "Custom" => Ok(PolicyName::Custom(name)),
        _ => Err(invalid("PolicyType")),
    }
}
