use std::ops::Deref;
use std::str::FromStr;
use std::sync::Arc;

use landbridge_core::topology::CredentialSource;
use landbridge_core::{AccountId, CloudName, Region};

/// An account as the command line names it. Clones share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AccountRef(Arc<Written>);

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// As it was written.
    pub(crate) text: String,
    pub(crate) base: Base,
    /// The role that is assumed with the keys of `base`.
    pub(crate) role: Option<RoleRef>,
}

/// Where the first keys come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    /// From an account that a file declares.
    Declared(String),
    /// From a source that is named right here.
    Inline {
        /// The part of the text that names it.
        text: String,
        cloud: CloudName,
        source: CredentialSource,
        /// The account that the keys must belong to.
        id: Option<AccountId>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoleRef {
    pub(crate) arn: String,
    pub(crate) external_id: Option<String>,
    /// The account that the ARN names.
    pub(crate) account: AccountId,
}

/// An account in a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlaceRef {
    pub(crate) account: AccountRef,
    pub(crate) region: Region,
}

impl Deref for AccountRef {
    type Target = Written;

    fn deref(&self) -> &Written {
        &self.0
    }
}

impl FromStr for AccountRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (base, role) = match text.split_once('+') {
            Some((base, role)) => (base, Some(role.parse()?)),
            None => (text, None),
        };
        Ok(Self(Arc::new(Written {
            text: text.to_owned(),
            base: base.parse()?,
            role,
        })))
    }
}

impl FromStr for Base {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((cloud, rest)) = text.split_once(':') else {
            return declared(text);
        };
        let (source, id) = match rest.split_once('=') {
            Some((source, id)) => (source, Some(account_id(id)?)),
            None => (rest, None),
        };
        if !is_word(cloud) {
            return Err(format!(
                "`{cloud}` is no name of a cloud; write aliyun or aws"
            ));
        }
        Ok(Self::Inline {
            text: text.to_owned(),
            cloud: CloudName::new(cloud),
            source: credential_source(source)?,
            id,
        })
    }
}

fn declared(name: &str) -> Result<Base, String> {
    if is_word(name) {
        return Ok(Base::Declared(name.to_owned()));
    }
    Err(format!(
        "`{name}` is neither the name of an account nor CLOUD:SOURCE, such as aliyun:env-A"
    ))
}

fn credential_source(text: &str) -> Result<CredentialSource, String> {
    match text.split_once('-') {
        None if text == "default" => Ok(CredentialSource::Default),
        Some(("env", prefix)) if is_variable(prefix) => {
            Ok(CredentialSource::Env(prefix.to_owned()))
        }
        Some(("profile", name)) if !name.is_empty() => {
            Ok(CredentialSource::Profile(name.to_owned()))
        }
        _ => Err(format!(
            "`{text}` is no source of keys; write default, env-PREFIX or profile-NAME"
        )),
    }
}

fn is_variable(prefix: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !prefix.is_empty() && prefix.bytes().all(allowed)
}

fn is_word(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !text.is_empty() && text.bytes().all(allowed)
}

/// An account's number.
pub(crate) fn account_id(text: &str) -> Result<AccountId, String> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(AccountId::new(text));
    }
    Err(format!("`{text}` is no account id; write its digits only"))
}

impl FromStr for RoleRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (arn, external_id) = match text.split_once('?') {
            Some((arn, id)) => (arn, Some(id)),
            None => (text, None),
        };
        if external_id.is_some_and(str::is_empty) {
            return Err(format!("`{text}` ends without the external id after `?`"));
        }
        let account = account_of(arn).ok_or_else(|| {
            format!(
                "`{arn}` is no ARN of a role; write acs:ram::ID:role/NAME or arn:aws:iam::ID:role/NAME"
            )
        })?;
        Ok(Self {
            arn: arn.to_owned(),
            external_id: external_id.map(str::to_owned),
            account,
        })
    }
}

/// The account in `acs:ram::ID:role/NAME` or `arn:PARTITION:iam::ID:role/NAME`.
fn account_of(arn: &str) -> Option<AccountId> {
    let rest = match arn.strip_prefix("acs:ram::") {
        Some(rest) => rest,
        None => arn.strip_prefix("arn:")?.split_once(":iam::")?.1,
    };
    let (account, name) = rest.split_once(":role/")?;
    let account = account_id(account).ok()?;
    (!name.is_empty()).then_some(account)
}

impl FromStr for PlaceRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || {
            format!("`{text}` is no place; write ACCOUNT@REGION, such as aliyun:env-A@cn-hangzhou")
        };
        let (account, region) = text.rsplit_once('@').ok_or_else(bad)?;
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if region.is_empty() || !region.bytes().all(allowed) {
            return Err(bad());
        }
        Ok(Self {
            account: account.parse()?,
            region: Region::from(region),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> AccountRef {
        text.parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn inline(text: &str) -> (String, CredentialSource, Option<AccountId>) {
        match parsed(text).base.clone() {
            Base::Inline {
                cloud, source, id, ..
            } => (cloud.as_str().to_owned(), source, id),
            Base::Declared(name) => panic!("{name}"),
        }
    }

    #[test]
    fn a_name_is_one_of_a_file() {
        assert_eq!(parsed("a-1").base, Base::Declared("a-1".to_owned()));
    }

    #[test]
    fn sources_are_named_inline() {
        let aliyun =
            |source, id: Option<&str>| ("aliyun".to_owned(), source, id.map(AccountId::new));
        assert_eq!(
            inline("aliyun:default"),
            aliyun(CredentialSource::Default, None)
        );
        assert_eq!(
            inline("aliyun:env-MY_A=0123"),
            aliyun(CredentialSource::Env("MY_A".to_owned()), Some("0123"))
        );
        assert_eq!(
            inline("aliyun:profile-two-words"),
            aliyun(CredentialSource::Profile("two-words".to_owned()), None)
        );
    }

    #[test]
    fn a_role_may_follow_with_its_external_id() {
        let reference = parsed("aws:env-A=123+arn:aws-cn:iam::456:role/path/peer?a/b@c+d=e");
        let role = reference.role.clone().expect("there is one");
        assert_eq!(role.arn, "arn:aws-cn:iam::456:role/path/peer");
        assert_eq!(role.external_id.as_deref(), Some("a/b@c+d=e"));
        assert_eq!(role.account.as_str(), "456");
        let role = parsed("a+acs:ram::789:role/peer").role.clone();
        assert_eq!(role.expect("there is one").account.as_str(), "789");
    }

    #[test]
    fn a_place_is_an_account_and_a_region() {
        let text = "aws:env-A+arn:aws:iam::456:role/r?me@home@eu-central-1";
        let place: PlaceRef = text.parse().expect("it is one");
        assert_eq!(place.region.as_str(), "eu-central-1");
        let role = place.account.role.clone().expect("there is one");
        assert_eq!(role.external_id.as_deref(), Some("me@home"));
        for bad in ["a", "a@", "@cn-hangzhou", "a@example.com", "a@CN"] {
            assert!(bad.parse::<PlaceRef>().is_err(), "{bad}");
        }
    }

    #[test]
    fn bad_references_are_refused_with_one_clear_error() {
        for (bad, told) in [
            ("", "neither the name"),
            ("a b", "neither the name"),
            (":env-A", "no name of a cloud"),
            ("aliyun:", "no source of keys"),
            ("aliyun:env-", "no source of keys"),
            ("aliyun:env-A-B", "no source of keys"),
            ("aliyun:profile-", "no source of keys"),
            ("aliyun:keys", "no source of keys"),
            ("aliyun:default=", "no account id"),
            ("aliyun:default=12x", "no account id"),
            ("aliyun:default+", "no ARN of a role"),
            ("aliyun:default+peer", "no ARN of a role"),
            ("aliyun:default+acs:ram::1:user/x", "no ARN of a role"),
            ("aliyun:default+acs:ram::1:role/", "no ARN of a role"),
            (
                "aliyun:default+acs:ram::1:role/x?",
                "without the external id",
            ),
        ] {
            let error = bad.parse::<AccountRef>().expect_err(bad);
            assert!(error.contains(told), "{bad}: {error}");
        }
    }
}
