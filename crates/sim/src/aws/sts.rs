//! STS: identities and sessions.

use std::collections::BTreeMap;
use std::time::Duration;

use super::choices::MFA_CODE;
use super::context::{Context, invalid};
use super::failure::{Failure, Outcome};
use super::iam::Role;
use super::operation::Operation;
use super::policy::{Decision, Policy, Purpose, Question, decide};
use super::xml::Xml;
use crate::account::{Holder, Key};

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::get("AssumeRole", assume_role),
    Operation::get("GetCallerIdentity", get_caller_identity),
    Operation::get("GetSessionToken", get_session_token),
];

/// The policies that callers put on their sessions, by key.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    sessions: BTreeMap<String, Vec<Policy>>,
}

impl State {
    /// `None` if the session is not restricted.
    pub(crate) fn policies(&self, key_id: &str) -> Option<&Vec<Policy>> {
        self.sessions.get(key_id)
    }
}

const HOUR: i64 = 3600;

fn denied(message: impl Into<String>) -> Failure {
    Failure::forbidden("AccessDenied", message)
}

fn assume_role(ctx: &mut Context<'_>) -> Outcome {
    let arn = ctx.required("RoleArn")?;
    let session = session_name(ctx)?;
    check_external_id(ctx)?;
    let mfa = shown_factor(ctx)? || has_factor(ctx);
    let policies = session_policies(ctx)?;
    if matches!(ctx.caller.holder.identity(), Holder::Root) {
        return Err(denied("Roles may not be assumed by root accounts."));
    }
    let refused = || {
        let caller = ctx.caller_arn();
        denied(format!(
            "User: {caller} is not authorized to perform: sts:AssumeRole on resource: {arn}"
        ))
    };
    let role = ctx.state.iam.role_of_arn(&arn).ok_or_else(refused)?.clone();
    if ctx.now < role.usable || decide([&role.trust], &question(ctx, &arn, mfa)) != Decision::Allow
    {
        return Err(refused());
    }
    let lifetime = lifetime(ctx, &role)?;
    Ok(open_session(ctx, &role, &session, lifetime, policies))
}

fn session_name(ctx: &Context<'_>) -> Outcome<String> {
    let name = ctx.required("RoleSessionName")?;
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter);
    if (2..=64).contains(&name.len()) && name.chars().all(allowed) {
        return Ok(name);
    }
    Err(invalid(&format!(
        "1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: Member must \
         satisfy regular expression pattern: [\\w+=,.@-]* and have 2 to 64 characters"
    )))
}

fn check_external_id(ctx: &Context<'_>) -> Outcome<()> {
    let Some(id) = ctx.parameters.get("ExternalId") else {
        return Ok(());
    };
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@:/-".contains(letter);
    if (2..=1224).contains(&id.len()) && id.chars().all(allowed) {
        return Ok(());
    }
    Err(invalid(
        "1 validation error detected: Value at 'externalId' failed to satisfy constraint: Member must have 2 to 1224 \
         characters of [\\w+=,.@:/-]",
    ))
}

/// Whether the call shows a second factor, which must then be right: serial number and code of the caller's own.
fn shown_factor(ctx: &Context<'_>) -> Outcome<bool> {
    let (serial, code) = (
        ctx.parameters.get("SerialNumber"),
        ctx.parameters.get("TokenCode"),
    );
    let (Some(serial), Some(code)) = (serial, code) else {
        return match (serial, code) {
            (None, None) => Ok(false),
            _ => Err(denied(
                "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
            )),
        };
    };
    let device = match ctx.caller.holder.identity() {
        Holder::User { name, .. } => ctx.iam_arn(&format!("mfa/{name}")),
        _ => String::new(),
    };
    if serial == device && code == MFA_CODE {
        Ok(true)
    } else {
        Err(denied(
            "MultiFactorAuthentication failed with invalid MFA one time pass code.",
        ))
    }
}

/// Whether the caller's own session was opened with a second factor.
fn has_factor(ctx: &Context<'_>) -> bool {
    matches!(ctx.caller.holder, Holder::Temporary { mfa: true, .. })
}

/// What the trust policy of a role is asked.
fn question(ctx: &Context<'_>, arn: &str, mfa: bool) -> Question {
    let account = ctx.account();
    let own = match ctx.caller.holder.identity() {
        Holder::Session { role, .. } => {
            let role = ctx.state.iam.get(account, role);
            role.map_or_else(String::new, |role| role.arn.clone())
        }
        _ => ctx.caller_arn(),
    };
    let mut keys = vec![("aws:principalarn".to_owned(), own.clone())];
    keys.push(("aws:principalaccount".to_owned(), account.to_owned()));
    if mfa {
        keys.push(("aws:multifactorauthpresent".to_owned(), "true".to_owned()));
    }
    if let Some(id) = ctx.parameters.get("ExternalId") {
        keys.push(("sts:externalid".to_owned(), id.to_owned()));
    }
    Question {
        principals: vec![
            account.to_owned(),
            ctx.iam_arn("root"),
            own,
            ctx.caller_arn(),
        ],
        action: "sts:AssumeRole".to_owned(),
        resource: arn.to_owned(),
        keys,
    }
}

fn seconds(ctx: &Context<'_>, default: i64, longest: i64) -> Outcome<i64> {
    let seconds = ctx.integer("DurationSeconds")?.unwrap_or(default);
    if (900..=longest).contains(&seconds) {
        return Ok(seconds);
    }
    Err(invalid(&format!(
        "1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: Member must \
         have a value between 900 and {longest}"
    )))
}

fn lifetime(ctx: &Context<'_>, role: &Role) -> Outcome<Duration> {
    let seconds = seconds(ctx, HOUR, 43_200)?;
    let is_chained = matches!(ctx.caller.holder, Holder::Session { .. });
    if is_chained && seconds > HOUR {
        return Err(invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        ));
    }
    if seconds > role.longest_session {
        return Err(invalid(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    Ok(Duration::from_secs(seconds.unsigned_abs()))
}

/// `None` if the caller does not restrict the session.
fn session_policies(ctx: &Context<'_>) -> Outcome<Option<Vec<Policy>>> {
    let mut policies = Vec::new();
    let inline = ctx.parameters.get("Policy");
    if inline.is_some_and(|text| text.chars().count() > 2048) {
        return Err(Failure::bad(
            "PackedPolicyTooLarge",
            "Packed policy consumes more than 100% of allotted space.",
        ));
    }
    if let Some(text) = inline {
        policies.push(Policy::parse(text, Purpose::Identity)?);
    }
    let role = ctx.parameters.get("RoleArn").unwrap_or_default();
    let account = role.split(':').nth(4).unwrap_or_default();
    let arns = ctx.parameters.numbers("PolicyArns.member");
    if arns.len() > 10 {
        return Err(invalid("At most 10 policies can be given by their names."));
    }
    for number in &arns {
        let arn = ctx.parameters.nested("PolicyArns.member", *number, "arn");
        let arn = arn.unwrap_or_default();
        let managed = ctx.state.iam.managed_policy(account, arn);
        let unknown = || {
            Failure::bad(
                "InvalidParameterValue",
                format!("Policy {arn} does not exist."),
            )
        };
        policies.push(managed.ok_or_else(unknown)?);
    }
    Ok((inline.is_some() || !arns.is_empty()).then_some(policies))
}

fn open_session(
    ctx: &mut Context<'_>,
    role: &Role,
    session: &str,
    lifetime: Duration,
    policies: Option<Vec<Policy>>,
) -> Xml {
    let token = ctx.ids.word("aws session-token", 240);
    let expires = ctx.now + lifetime;
    let holder = Holder::Session {
        role: role.name.clone(),
        role_id: role.id.clone(),
        session: session.to_owned(),
        token: token.clone(),
        expires,
    };
    let (key_id, credentials) = open(ctx, &role.account, holder, &token, expires);
    if let Some(policies) = policies {
        ctx.state.sts.sessions.insert(key_id, policies);
    }
    let arn = format!(
        "arn:{}:sts::{}:assumed-role/{}/{session}",
        ctx.partition().name,
        role.account,
        role.name
    );
    let user = Xml::new()
        .leaf("AssumedRoleId", format!("{}:{session}", role.id))
        .leaf("Arn", arn);
    Xml::new()
        .node("Credentials", credentials)
        .node("AssumedRoleUser", user)
}

/// Makes a short-lived key known; its id and how it is answered.
fn open(
    ctx: &mut Context<'_>,
    account: &str,
    holder: Holder,
    token: &str,
    expires: Duration,
) -> (String, Xml) {
    let key_id = format!("ASIA{}", ctx.ids.word("aws session-key", 16).to_uppercase());
    let secret = ctx.ids.word("aws session-secret", 40);
    let credentials = Xml::new()
        .leaf("AccessKeyId", &key_id)
        .leaf("SecretAccessKey", &secret)
        .leaf("SessionToken", token)
        .leaf("Expiration", ctx.date(expires));
    let key = Key {
        account: account.to_owned(),
        secret,
        holder,
    };
    ctx.accounts.add_key(key_id.clone(), key);
    (key_id, credentials)
}

fn get_session_token(ctx: &mut Context<'_>) -> Outcome {
    let of = ctx.caller.holder.clone();
    if of.session().is_some() {
        return Err(denied(
            "Cannot call GetSessionToken with session credentials",
        ));
    }
    let mfa = shown_factor(ctx)?;
    let is_root = matches!(of, Holder::Root);
    let longest = if is_root { HOUR } else { 129_600 };
    let seconds = seconds(ctx, longest.min(43_200), 129_600)?.min(longest);
    let expires = ctx.now + Duration::from_secs(seconds.unsigned_abs());
    let token = ctx.ids.word("aws session-token", 240);
    let holder = Holder::Temporary {
        of: Box::new(of),
        mfa,
        token: token.clone(),
        expires,
    };
    let account = ctx.account().to_owned();
    let (key_id, credentials) = open(ctx, &account, holder, &token, expires);
    ctx.accounts.share_restriction(&ctx.caller.key_id, &key_id);
    Ok(Xml::new().node("Credentials", credentials))
}

fn get_caller_identity(ctx: &mut Context<'_>) -> Outcome {
    let account = ctx.account();
    let id = match ctx.caller.holder.identity() {
        Holder::Session {
            role_id, session, ..
        } => format!("{role_id}:{session}"),
        Holder::User { id, .. } => format!("AIDA{id}"),
        Holder::Root | Holder::Anonymous | Holder::Temporary { .. } => account.to_owned(),
    };
    Ok(Xml::new()
        .leaf("Arn", ctx.caller_arn())
        .leaf("UserId", id)
        .leaf("Account", account))
}
