//! What each mode of a profile means.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use landbridge_core::{Error, ErrorKind, Result};
use serde_json::Value;

use super::signed_in::SignedInCredentials;
use crate::credential::sts_host::StsHost;
use crate::credential::{
    AssumeRoleCredentials, Credentials, ExternalCredentials, Keys, MetadataCredentials,
    OidcCredentials, StaticCredentials, UriCredentials, broken, external, nothing, oidc, uri,
};
use crate::document::Doc;
use landbridge_core::backend::Environment;

const LONGEST_CHAIN: usize = 8;

/// The profiles of one file.
pub(super) struct Profiles<'a> {
    pub(super) environment: &'a Environment,
    pub(super) metadata: &'a MetadataCredentials,
    pub(super) path: &'a Path,
    /// What `file` was read from, to tell lines.
    pub(super) text: &'a str,
    pub(super) file: Doc<'a>,
}

impl<'a> Profiles<'a> {
    /// What profile `name` says.
    pub(super) fn source(&self, name: &str) -> Result<Arc<dyn Credentials>> {
        let path = self.path.display();
        match self.find(name) {
            None => Err(nothing(format!(
                "CLI profile file: {path} has no profile `{name}`"
            ))),
            Some(found) if found.is_blank() => Err(nothing(format!(
                "CLI profile file: {} has no keys",
                found.shown()
            ))),
            Some(found) => found.source(LONGEST_CHAIN),
        }
    }

    /// The line that names the profile, in a file as the CLI writes it.
    fn line(&self, name: &str) -> Option<usize> {
        let name = Value::from(name).to_string();
        let names = |line: &str| line.contains("\"name\"") && line.contains(&name);
        let at = self.text.lines().position(names)?;
        Some(at + 1)
    }

    fn find(&'a self, name: &str) -> Option<Profile<'a>> {
        let mut profiles = self.file.list_or_none(&["profiles"]).into_iter();
        let doc = profiles.find(|profile| profile.text("name").as_deref() == Some(name.trim()))?;
        Some(Profile {
            all: self,
            name: name.to_owned(),
            mode: doc
                .text("mode")
                .unwrap_or_else(|| recognised(doc).to_owned()),
            doc,
        })
    }
}

/// The mode of a profile that names none, by what it holds, in the order of the CLI.
fn recognised(doc: Doc<'_>) -> &'static str {
    let has = |keys: &[&str]| keys.iter().all(|key| doc.text(key).is_some());
    let keys = has(&["access_key_id", "access_key_secret"]);
    match () {
        () if keys && has(&["sts_token"]) => "StsToken",
        () if keys && has(&["ram_role_arn"]) => "RamRoleArn",
        () if keys => "AK",
        () if has(&["private_key", "key_pair_name"]) => "RsaKeyPair",
        () if has(&["ram_role_name"]) => "EcsRamRole",
        () if has(&["process_command"]) => "External",
        () if has(&["oidc_provider_arn", "oidc_token_file", "ram_role_arn"]) => "OIDC",
        () if has(&["cloud_sso_sign_in_url"]) => "CloudSSO",
        () if has(&["bearer_token"]) => "BearerToken",
        () => "AK",
    }
}

/// One profile.
struct Profile<'a> {
    all: &'a Profiles<'a>,
    name: String,
    mode: String,
    doc: Doc<'a>,
}

impl Profile<'_> {
    fn source(&self, depth: usize) -> Result<Arc<dyn Credentials>> {
        Ok(match self.mode.to_ascii_lowercase().as_str() {
            "ak" => Arc::new(self.keys()?),
            "ststoken" => Arc::new(StaticCredentials::from(self.session()?)),
            "ramrolearn" => Arc::new(self.role(Arc::new(self.source_keys()?))?),
            "chainableramrolearn" => Arc::new(self.role(self.source_profile(depth)?)?),
            "ecsramrole" => Arc::new(self.instance()),
            "oidc" => Arc::new(self.oidc()?),
            "credentialsuri" => Arc::new(self.uri()?),
            "external" => Arc::new(self.external()?),
            "cloudsso" | "oauth" => Arc::new(self.signed_in()?),
            _ => return Err(self.unsupported()),
        })
    }

    /// Whether it configures nothing: the CLI leaves such a profile behind when it is started once.
    fn is_blank(&self) -> bool {
        let keys = ["access_key_id", "access_key_secret"];
        self.mode.eq_ignore_ascii_case("ak") && keys.iter().all(|key| self.doc.text(key).is_none())
    }

    fn keys(&self) -> Result<StaticCredentials> {
        Ok(StaticCredentials::from(self.key_pair()?))
    }

    fn key_pair(&self) -> Result<Keys> {
        let keys = Keys::new(self.need("access_key_id")?, self.need("access_key_secret")?);
        Ok(keys.with_origin(self.shown()))
    }

    fn session(&self) -> Result<Keys> {
        Ok(self.key_pair()?.with_token(self.need("sts_token")?))
    }

    /// The keys that a role is assumed with, which may be a session's.
    fn source_keys(&self) -> Result<StaticCredentials> {
        let keys = self.key_pair()?;
        Ok(StaticCredentials::from(match self.doc.text("sts_token") {
            Some(token) => keys.with_token(token),
            None => keys,
        }))
    }

    fn source_profile(&self, depth: usize) -> Result<Arc<dyn Credentials>> {
        let name = self.need("source_profile")?;
        let depth = depth.checked_sub(1).ok_or_else(|| {
            self.wrong("has source profiles that refer to each other in a circle")
        })?;
        let found = self.all.find(&name);
        let found = found.ok_or_else(|| self.wrong(&format!("has no source profile `{name}`")))?;
        found.source(depth)
    }

    fn role(&self, source: Arc<dyn Credentials>) -> Result<AssumeRoleCredentials> {
        let mut role =
            AssumeRoleCredentials::new(source, self.need_or("ram_role_arn", oidc::ROLE)?)
                .with_sts_host(self.sts_host());
        if let Some(name) = self.text_or("ram_session_name", oidc::SESSION) {
            role = role.with_session_name(name);
        }
        if let Some(duration) = self.duration()? {
            role = role.with_duration(duration);
        }
        if let Some(id) = self.text_or("external_id", "ALIBABA_CLOUD_EXTERNAL_ID") {
            role = role.with_external_id(id);
        }
        if let Some(policy) = self.doc.text("policy") {
            role = role.with_policy(policy);
        }
        Ok(role)
    }

    fn oidc(&self) -> Result<OidcCredentials> {
        let mut source = OidcCredentials::new(
            self.need_or("oidc_provider_arn", oidc::PROVIDER)?,
            self.need_or("oidc_token_file", oidc::TOKEN_FILE)?,
            self.need_or("ram_role_arn", oidc::ROLE)?,
        )
        .with_sts_host(self.sts_host());
        if let Some(name) = self.text_or("ram_session_name", oidc::SESSION) {
            source = source.with_session_name(name);
        }
        if let Some(duration) = self.duration()? {
            source = source.with_duration(duration);
        }
        if let Some(policy) = self.doc.text("policy") {
            source = source.with_policy(policy);
        }
        Ok(source)
    }

    fn instance(&self) -> MetadataCredentials {
        let source = self.all.metadata.clone().required();
        match self.doc.text("ram_role_name") {
            Some(role) => source.with_role(role),
            None => source,
        }
    }

    fn uri(&self) -> Result<UriCredentials> {
        self.check_allowed("ask its address")?;
        self.need_or("credentials_uri", uri::VARIABLE)
            .map(UriCredentials::new)
    }

    fn external(&self) -> Result<ExternalCredentials> {
        self.check_allowed("run its command")?;
        self.need("process_command").map(ExternalCredentials::new)
    }

    /// Refuses what the environment forbids.
    fn check_allowed(&self, what: &str) -> Result<()> {
        let Some(variable) = external::forbidden_by(self.all.environment) else {
            return Ok(());
        };
        let error = self.wrong(&format!("cannot {what}: {variable} is set"));
        Err(error.with_remedy(format!("use another profile, or unset {variable}")))
    }

    fn signed_in(&self) -> Result<SignedInCredentials> {
        let remedy = format!(
            "sign in: aliyun configure --profile {} --mode {}",
            self.name, self.mode
        );
        let remedied = |error: Error| error.with_remedy(remedy.clone());
        let end = self.doc.parse("sts_expiration").unwrap_or(0);
        let end = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(end));
        let keys = self.session().map_err(remedied)?;
        Ok(SignedInCredentials {
            keys: keys.with_expiry(end.unwrap_or(SystemTime::UNIX_EPOCH)),
            remedy,
        })
    }

    fn sts_host(&self) -> StsHost {
        StsHost::from_environment(self.all.environment)
            .with_region(self.doc.text("sts_region"))
            .with_vpc(self.doc.flag("enable_vpc") == Some(true))
            .with_address(self.text_or("sts_endpoint", "ALIBABA_CLOUD_STS_ENDPOINT"))
    }

    // Absent and zero mean the default.
    fn duration(&self) -> Result<Option<Duration>> {
        let Some(text) = self.doc.text("expired_seconds").filter(|text| text != "0") else {
            return Ok(None);
        };
        let seconds = text.parse().map_err(|_| {
            self.wrong(&format!(
                "has an invalid `expired_seconds` `{text}`: expected a number of seconds"
            ))
        })?;
        Ok(Some(Duration::from_secs(seconds)))
    }

    fn text_or(&self, key: &str, variable: &str) -> Option<String> {
        let other = || self.all.environment.variable(variable).map(str::to_owned);
        self.doc.text(key).or_else(other)
    }

    fn need(&self, key: &str) -> Result<String> {
        let missing = || self.wrong(&format!("has no `{key}`"));
        self.doc.text(key).ok_or_else(missing)
    }

    fn need_or(&self, key: &str, variable: &str) -> Result<String> {
        match self.text_or(key, variable) {
            Some(value) => Ok(value),
            None => self.need(key),
        }
    }

    fn shown(&self) -> String {
        let place = format!("profile `{}` of {}", self.name, self.all.path.display());
        match self.all.line(&self.name) {
            Some(line) => format!("{place}:{line}"),
            None => place,
        }
    }

    fn wrong(&self, what: &str) -> Error {
        broken(format!("{} (mode `{}`) {what}", self.shown(), self.mode)).with_remedy(format!(
            "correct the profile: aliyun configure --profile {} --mode {}",
            self.name, self.mode
        ))
    }

    fn unsupported(&self) -> Error {
        let remedy = match self.mode.to_ascii_lowercase().as_str() {
            "rsakeypair" => "key pairs are deprecated: use a profile of mode `AK` or `RamRoleArn`",
            "ramrolearnwithrolename" => {
                "the mode is deprecated: use `ChainableRamRoleArn` with a source profile of mode `EcsRamRole`"
            }
            _ => {
                "use a profile with keys or a role: modes `AK`, `StsToken`, `RamRoleArn`, `EcsRamRole` and others"
            }
        };
        let message = format!(
            "{} is of mode `{}`, which is not supported",
            self.shown(),
            self.mode
        );
        Error::new(ErrorKind::Unauthenticated, message).with_remedy(remedy)
    }
}
