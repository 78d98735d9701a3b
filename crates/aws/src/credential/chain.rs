//! The roles that a profile assumes one after the other.
//!
//! The SDK would assume them too, but it shows no second factor and heeds no `duration_seconds`. It still reads the
//! files, and gets the keys that the first role is assumed with.

use std::borrow::Cow;

use aws_config::profile::{Profile, ProfileSet};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};

/// A profile that says so gets keys of its own, whatever role it assumes with them.
const OWN_KEYS: [&str; 10] = [
    "credential_source",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "credential_process",
    "sso_session",
    "sso_account_id",
    "sso_role_name",
    "sso_region",
    "sso_start_url",
];

/// The name under which the SDK reads the keys of a profile without its role.
pub(super) const OWN_KEYS_PROFILE: &str = "landbridge-own-keys";

/// Where the keys come from that the first role is assumed with.
#[derive(Debug)]
pub(super) enum Base {
    /// A profile without a role.
    Profile(String),
    /// The profile itself: what it says of keys, as a profile of its own.
    Own(OwnKeys),
}

/// The text of a profile. `Debug` does not show it.
pub(super) struct OwnKeys(pub(super) String);

impl std::fmt::Debug for OwnKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OwnKeys").finish_non_exhaustive()
    }
}

/// A role to assume, as a profile says it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hop {
    pub(super) profile: String,
    pub(super) role: String,
    pub(super) session: Option<String>,
    pub(super) external_id: Option<String>,
    /// In seconds, as it is written.
    pub(super) duration: Option<String>,
    pub(super) mfa_serial: Option<String>,
}

/// Keys, and the roles that are assumed with them in turn.
#[derive(Debug)]
pub(super) struct Chain {
    pub(super) base: Base,
    /// Whether the base's keys are those of a role's session.
    pub(super) of_role: bool,
    pub(super) hops: Vec<Hop>,
}

/// The profiles of these files; nothing if they cannot be read, which the SDK then says.
pub(super) async fn profiles(files: &EnvConfigFiles) -> Option<ProfileSet> {
    aws_config::profile::load(&Fs::real(), &Env::real(), files, None::<Cow<'static, str>>)
        .await
        .ok()
}

/// The roles that a profile assumes; nothing for one that assumes none, or that the SDK will find fault with.
pub(super) fn chain_of(profiles: &ProfileSet, name: &str) -> Option<Chain> {
    let mut visited: Vec<&str> = Vec::new();
    let mut hops = Vec::new();
    let mut name = name;
    let (base, profile) = loop {
        let profile = profiles.get_profile(name)?;
        if visited.contains(&name) {
            return None;
        }
        visited.push(profile.name());
        // A source with keys is asked for those, even if it has a role as well.
        if !hops.is_empty() && has_keys(profile) {
            break (own(profile), profile);
        }
        let Some(hop) = hop(profile) else {
            break (Base::Profile(profile.name().to_owned()), profile);
        };
        hops.push(hop);
        match (
            profile.get("source_profile"),
            profile.get("credential_source"),
        ) {
            (Some(source), None) if source != profile.name() => name = source,
            (Some(_), None) | (None, Some(_)) => break (own(profile), profile),
            _ => return None,
        }
    };
    hops.reverse();
    (!hops.is_empty()).then(|| Chain {
        base,
        of_role: gives_role(profile),
        hops,
    })
}

// A role with a web identity is one source, and needs no other keys.
fn hop(profile: &Profile) -> Option<Hop> {
    let text = |key: &str| profile.get(key).map(str::to_owned);
    if profile.get("web_identity_token_file").is_some() {
        return None;
    }
    Some(Hop {
        profile: profile.name().to_owned(),
        role: text("role_arn")?,
        session: text("role_session_name"),
        external_id: text("external_id"),
        duration: text("duration_seconds"),
        mfa_serial: text("mfa_serial"),
    })
}

fn has_keys(profile: &Profile) -> bool {
    let set = |key| profile.get(key).is_some();
    set("aws_access_key_id") && set("aws_secret_access_key")
}

fn own(profile: &Profile) -> Base {
    let line = |key: &&str| Some(format!("{key} = {}\n", profile.get(key)?));
    let lines: String = OWN_KEYS.iter().filter_map(line).collect();
    Base::Own(OwnKeys(format!("[profile {OWN_KEYS_PROFILE}]\n{lines}")))
}

/// Whether the keys of a profile, without the role it may assume with them, are those of a role's session.
pub(super) fn gives_role(profile: &Profile) -> bool {
    let source = profile.get("credential_source").unwrap_or_default();
    let metadata = ["Ec2InstanceMetadata", "EcsContainer"];
    metadata
        .iter()
        .any(|name| name.eq_ignore_ascii_case(source))
        || profile.get("web_identity_token_file").is_some()
        || profile.get("sso_account_id").is_some()
}
