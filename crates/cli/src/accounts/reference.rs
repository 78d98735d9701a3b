//! The forms in which the command line names accounts, roles and places.

use std::ops::Deref;
use std::str::FromStr;
use std::sync::Arc;

use landbridge_core::topology::CredentialSource;
use landbridge_core::{AccountId, CloudName, Region};

use crate::clouds::{self, KnownCloud};

/// An account as the command line names it. Clones share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AccountRef(Arc<Written>);

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// The whole reference.
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
    /// From a source that the reference itself names.
    Inline {
        /// The part of the text that names it.
        text: String,
        cloud: CloudName,
        source: CredentialSource,
        /// The account that the keys must belong to.
        id: Option<AccountId>,
    },
}

/// A role on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RoleRef {
    pub(crate) arn: String,
    pub(crate) external_id: Option<String>,
    /// The cloud whose form the ARN has.
    cloud: &'static str,
    /// The account that the ARN names.
    pub(crate) account: AccountId,
}

/// An account in a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlaceRef {
    pub(crate) account: AccountRef,
    pub(crate) region: Region,
}

/// An account in one or more regions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlacesRef {
    pub(crate) account: AccountRef,
    pub(crate) regions: Vec<Region>,
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
        let base = base.parse()?;
        check_same_cloud(&base, role.as_ref())?;
        Ok(Self(Arc::new(Written {
            text: text.to_owned(),
            base,
            role,
        })))
    }
}

/// The cloud of a declared account is known only when its file has been read.
fn check_same_cloud(base: &Base, role: Option<&RoleRef>) -> Result<(), String> {
    match (base, role) {
        (Base::Inline { text, cloud, .. }, Some(role)) if cloud.as_str() != role.cloud => {
            Err(format!(
                "invalid role ARN `{}`: keys of `{text}` cannot assume a role of cloud `{}`",
                role.arn, role.cloud
            ))
        }
        _ => Ok(()),
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
        let cloud = KnownCloud::named(cloud)?;
        Ok(Self::Inline {
            text: text.to_owned(),
            cloud: CloudName::from_static(cloud.name),
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
        "invalid account `{name}`: expected the name of an account, or CLOUD:SOURCE such as {}",
        clouds::ALL[0].example.account
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
            "invalid credential source `{text}`: expected default, env-PREFIX or profile-NAME"
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

/// An account whose keys are not needed: its ID, or a name that a file declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum IdRef {
    Id(AccountId),
    Name(String),
}

impl FromStr for IdRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match account_id(text) {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) if is_word(text) => Ok(Self::Name(text.to_owned())),
            Err(_) => Err(format!(
                "invalid account `{text}`: expected an account ID, or the name of an account"
            )),
        }
    }
}

/// An account's number.
pub(crate) fn account_id(text: &str) -> Result<AccountId, String> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(AccountId::new(text));
    }
    Err(format!("invalid account ID `{text}`: expected digits"))
}

impl FromStr for RoleRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (arn, external_id) = match text.split_once('?') {
            Some((arn, id)) => (arn, Some(id)),
            None => (text, None),
        };
        if external_id.is_some_and(str::is_empty) {
            return Err(format!(
                "invalid role `{text}`: expected an external ID after `?`"
            ));
        }
        let (cloud, account) = clouds::of_role(arn).ok_or_else(|| {
            format!(
                "invalid role ARN `{arn}`: expected {}",
                clouds::role_forms()
            )
        })?;
        Ok(Self {
            arn: arn.to_owned(),
            external_id: external_id.map(str::to_owned),
            cloud: cloud.name,
            account: account_id(account)?,
        })
    }
}

impl FromStr for PlaceRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || {
            format!(
                "invalid place `{text}`: expected ACCOUNT@REGION, such as {}",
                clouds::ALL[0].example_place()
            )
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

impl FromStr for PlacesRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut regions = text.split(',');
        let first: PlaceRef = regions.next().unwrap_or_default().parse()?;
        let other = |region: &str| format!("{}@{region}", first.account.text).parse::<PlaceRef>();
        let others: Vec<PlaceRef> = regions.map(other).collect::<Result<_, _>>()?;
        let others = others.into_iter().map(|place| place.region);
        Ok(Self {
            regions: std::iter::once(first.region).chain(others).collect(),
            account: first.account,
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
    fn places_are_an_account_and_its_regions() {
        let places: PlacesRef = "aliyun:env-A=1@cn-hangzhou,cn-beijing"
            .parse()
            .expect("two");
        assert_eq!(places.account.text, "aliyun:env-A=1");
        let regions: Vec<&str> = places.regions.iter().map(Region::as_str).collect();
        assert_eq!(regions, ["cn-hangzhou", "cn-beijing"]);
        for bad in [
            "",
            "a",
            "a@,cn-hangzhou",
            "a@cn-hangzhou,",
            "a@cn-hangzhou,X",
        ] {
            assert!(bad.parse::<PlacesRef>().is_err(), "{bad}");
        }
    }

    #[test]
    fn bad_references_are_refused_with_one_clear_error() {
        for (bad, told) in [
            ("", "expected the name of an account"),
            ("a b", "invalid account `a b`"),
            (":env-A", "unknown cloud ``"),
            ("alyun:env-A", "did you mean `aliyun`?"),
            ("aliyun:", "invalid credential source ``"),
            ("aliyun:env-", "expected default, env-PREFIX"),
            ("aliyun:env-A-B", "invalid credential source"),
            ("aliyun:profile-", "invalid credential source"),
            ("aliyun:keys", "invalid credential source"),
            ("aliyun:default=", "invalid account ID"),
            ("aliyun:default=12x", "invalid account ID `12x`"),
            ("aliyun:default+", "invalid role ARN"),
            ("aliyun:default+peer", "expected `acs:ram::ID:role/NAME`"),
            ("aliyun:default+acs:ram::1:user/x", "invalid role ARN"),
            ("aliyun:default+acs:ram::1:role/", "invalid role ARN"),
            ("aliyun:default+acs:ram::1x:role/a", "invalid account ID"),
            (
                "aliyun:default+arn:aws:iam::1:role/x",
                "a role of cloud `aws`",
            ),
            (
                "aliyun:default+acs:ram::1:role/x?",
                "expected an external ID",
            ),
        ] {
            let error = bad.parse::<AccountRef>().expect_err(bad);
            assert!(error.contains(told), "{bad}: {error}");
        }
    }
}
