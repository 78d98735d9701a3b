//! The keys that a profile begins with, and the roles that are assumed with them one after the other.
//!
//! The SDK would assume the roles too, but it shows no second factor and heeds no `duration_seconds`. It gets the keys that
//! the first role is assumed with, from a file in memory with what one profile says of keys.

use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use landbridge_core::{Error, Region, Result};

use super::broken;
use super::files::{Profile, Profiles};

/// What a profile says of its own keys, whatever role it assumes with them.
const OWN_KEYS: [&str; 8] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    "sso_session",
    "sso_account_id",
    "sso_role_name",
    "sso_region",
    "sso_start_url",
    "credential_source",
];

/// What counts only where no keys stand in the credentials file.
const OTHER_WAYS: [&str; 2] = ["credential_process", "login_session"];

/// A token of another identity service, and the role that it is shown for.
const WEB_IDENTITY: [&str; 3] = ["web_identity_token_file", "role_arn", "role_session_name"];

const TOKENS: [&str; 2] = ["aws_session_token", "aws_security_token"];

/// The keys of a profile that give keys.
const WAYS: &str = "`aws_access_key_id`, `role_arn`, `sso_session`, `sso_account_id`, `credential_process` or \
    `web_identity_token_file`";

/// The name under which the SDK reads the keys of a profile without its role.
pub(super) const OWN_KEYS_PROFILE: &str = "landbridge-own-keys";

/// What the SDK gets the first keys with. `Debug` does not show its text.
pub(super) struct Base {
    /// A config file with one profile.
    text: String,
    /// The profile that it is about, and where that is.
    pub(super) shown: String,
    /// Whether the keys are those of a role's session.
    pub(super) of_role: bool,
}

impl std::fmt::Debug for Base {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Base")
            .field("shown", &self.shown)
            .finish_non_exhaustive()
    }
}

/// A role to assume, as a profile says it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hop {
    /// The profile, and where it is.
    pub(super) shown: String,
    pub(super) role: String,
    pub(super) session: Option<String>,
    pub(super) external_id: Option<String>,
    /// In seconds, as it is written.
    pub(super) duration: Option<String>,
    pub(super) mfa: Option<Device>,
    pub(super) region: Option<Region>,
}

/// A second factor that a profile names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Device {
    pub(super) serial: String,
    /// Where it is named.
    pub(super) place: String,
}

/// Keys, and the roles that are assumed with them in turn.
#[derive(Debug)]
pub(super) struct Chain {
    pub(super) base: Base,
    pub(super) hops: Vec<Hop>,
    /// The region of the profile that was asked for, or else of the next that has one.
    pub(super) region: Option<Region>,
}

impl Chain {
    /// How the keys of a profile are got.
    ///
    /// # Errors
    /// For a profile that does not exist, cannot be read, or never comes to keys.
    pub(super) fn of(profiles: &Profiles, name: &str) -> Result<Self> {
        let mut visited: Vec<String> = Vec::new();
        let mut hops = Vec::new();
        let mut region = None;
        let mut name = name.to_owned();
        let last = loop {
            let whose = match visited.last() {
                Some(before) => format!(", the `source_profile` of profile `{before}`"),
                None => String::new(),
            };
            let absent = || profiles.absent(&name, &whose);
            let profile = profiles.find(&name)?.ok_or_else(absent)?;
            if visited.contains(&name) {
                visited.push(name);
                return Err(circle(profile, &visited));
            }
            visited.push(name.clone());
            region = region.or_else(|| region_of(profile));
            // A source with keys is asked for those, even if it has a role as well.
            if !hops.is_empty() && has_keys(profile) {
                break profile;
            }
            let Some(hop) = hop(profile, region.clone()) else {
                break profile;
            };
            hops.push(hop);
            match source(profile)? {
                Some(next) => name = next.to_owned(),
                None => break profile,
            }
        };
        hops.reverse();
        Ok(Self {
            base: base(profiles, last)?,
            hops,
            region,
        })
    }
}

/// Whether a profile says of keys anything at all.
pub(super) fn says_of_keys(profile: &Profile) -> bool {
    let mut ways = OWN_KEYS.iter().chain(&OTHER_WAYS).chain(&WEB_IDENTITY[..2]);
    ways.any(|key| profile.get(key).is_some())
}

fn region_of(profile: &Profile) -> Option<Region> {
    profile.get("region").map(Region::from)
}

// A role with a web identity is one source, and needs no other keys.
fn hop(profile: &Profile, region: Option<Region>) -> Option<Hop> {
    let text = |key: &str| profile.get(key).map(str::to_owned);
    if profile.get("web_identity_token_file").is_some() {
        return None;
    }
    let device = |serial| Device {
        serial,
        place: profile
            .place_of("mfa_serial")
            .map_or_else(String::new, ToString::to_string),
    };
    Some(Hop {
        shown: profile.shown(),
        role: text("role_arn")?,
        session: text("role_session_name"),
        external_id: text("external_id"),
        duration: text("duration_seconds"),
        mfa: text("mfa_serial").map(device),
        region,
    })
}

/// The other profile whose keys assume a profile's role; None if its own do.
fn source(profile: &Profile) -> Result<Option<&str>> {
    match (
        profile.get("source_profile"),
        profile.get("credential_source"),
    ) {
        (Some(source), None) if source != profile.name => Ok(Some(source)),
        (Some(_), None) if !has_keys(profile) => Err(circle(
            profile,
            &[profile.name.clone(), profile.name.clone()],
        )),
        (Some(_), None) | (None, Some(_)) => Ok(None),
        (Some(_), Some(_)) => Err(broken(format!(
            "invalid {}: expected `source_profile` or `credential_source`, not both",
            profile.shown()
        ))
        .with_remedy("delete one of the two")),
        (None, None) => Err(broken(format!(
            "invalid {}: expected `source_profile` or `credential_source` beside `role_arn`",
            profile.shown()
        ))
        .with_remedy("add `source_profile` with the profile whose keys assume the role")),
    }
}

fn circle(profile: &Profile, names: &[String]) -> Error {
    broken(format!(
        "invalid {}: its `source_profile` leads back to itself ({})",
        profile.shown(),
        names.join(" -> ")
    ))
    .with_remedy("name a profile with keys as `source_profile`")
}

fn has_keys(profile: &Profile) -> bool {
    let set = |key| profile.get(key).is_some();
    set("aws_access_key_id") && set("aws_secret_access_key")
}

/// What the SDK reads of a profile.
fn base(profiles: &Profiles, profile: &Profile) -> Result<Base> {
    check_keys(profile)?;
    let mut lines = Vec::new();
    let mut add = |key: &str, value: Option<&str>| {
        lines.extend(value.map(|value| format!("{key} = {value}\n")));
    };
    for key in OWN_KEYS {
        // Keys that stand in a profile need no other source, unless a role asks for that one.
        let idle =
            key == "credential_source" && has_keys(profile) && profile.get("role_arn").is_none();
        add(key, profile.get(key).filter(|_| !idle));
    }
    add(
        "aws_session_token",
        TOKENS.iter().find_map(|key| profile.get(key)),
    );
    if !(has_keys(profile) && profile.is_in_credentials("aws_access_key_id")) {
        OTHER_WAYS.iter().for_each(|key| add(key, profile.get(key)));
    }
    if profile.get("web_identity_token_file").is_some() {
        WEB_IDENTITY
            .iter()
            .for_each(|key| add(key, profile.get(key)));
    }
    let session = sso_session(profiles, profile)?;
    Ok(Base {
        text: format!("[profile {OWN_KEYS_PROFILE}]\n{}{session}", lines.concat()),
        shown: profile.shown(),
        of_role: gives_role(profile),
    })
}

fn check_keys(profile: &Profile) -> Result<()> {
    let halves = ["aws_access_key_id", "aws_secret_access_key"];
    match halves.map(|key| profile.get(key).is_some()) {
        [true, false] => return Err(half(profile, halves[0], halves[1])),
        [false, true] => return Err(half(profile, halves[1], halves[0])),
        _ => {}
    }
    if says_of_keys(profile) {
        return Ok(());
    }
    Err(
        broken(format!("{} has no keys: expected {WAYS}", profile.shown()))
            .with_remedy("configure the profile (`aws configure --profile NAME`), or name another"),
    )
}

fn half(profile: &Profile, present: &str, absent: &str) -> Error {
    let place = profile.place_of(present).unwrap_or(&profile.place);
    broken(format!(
        "invalid profile `{}` in {place}: expected `{absent}` beside `{present}`",
        profile.name
    ))
    .with_remedy(format!("add `{absent}`"))
}

/// The session of single sign-on that a profile names, as a section.
fn sso_session(profiles: &Profiles, profile: &Profile) -> Result<String> {
    let Some(name) = profile.get("sso_session") else {
        return Ok(String::new());
    };
    let Some(session) = profiles.sso_session(name)? else {
        return Err(broken(format!(
            "invalid {}: unknown `sso_session` `{name}`",
            profile.shown()
        ))
        .with_remedy(format!("add the section [sso-session {name}]")));
    };
    // The token's file is named after the session, so the session cannot be given another name for the SDK.
    let readable = |letter: char| letter.is_ascii_alphanumeric() || "_-/.%@:+".contains(letter);
    if !name.chars().all(readable) {
        return Err(broken(format!(
            "invalid {}: the `sso_session` `{name}` has letters in its name that the AWS SDK does not take",
            profile.shown()
        ))
        .with_remedy("rename the session: letters, digits and _-/.%@:+ are taken"));
    }
    let line = |key: &str| Some(format!("{key} = {}\n", session.get(key)?));
    let keys = ["sso_region", "sso_start_url", "sso_registration_scopes"];
    let lines: String = keys.into_iter().filter_map(line).collect();
    Ok(format!("[sso-session {name}]\n{lines}"))
}

impl Base {
    /// The files that the SDK reads.
    pub(super) fn files(&self) -> EnvConfigFiles {
        EnvConfigFiles::builder()
            .with_contents(EnvConfigFileKind::Config, self.text.clone())
            .build()
    }
}

/// Whether the keys of a profile, without the role it may assume with them, are those of a role's session.
fn gives_role(profile: &Profile) -> bool {
    let source = profile.get("credential_source").unwrap_or_default();
    let metadata = ["Ec2InstanceMetadata", "EcsContainer"];
    metadata
        .iter()
        .any(|name| name.eq_ignore_ascii_case(source))
        || profile.get("web_identity_token_file").is_some()
        || profile.get("sso_account_id").is_some()
}
