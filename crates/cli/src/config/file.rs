//! The form of the configuration file.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use landbridge_core::topology::{
    Account, CredentialSource, Holder, Topology, TopologyError, read_document,
};
use landbridge_core::{AccountId, CloudName};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::clouds::KnownCloud;
use crate::duration;

/// The configuration file of the program `landbridge`: accounts by name, and defaults of options. It holds no key and no
/// password.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(title = "Config")]
pub(super) struct File {
    /// Accounts that topology files and the command line name by their bare names.
    #[serde(default)]
    accounts: Vec<KnownAccount>,
    /// Defaults of options. A variable goes before them, and an option on the command line before both.
    #[serde(default)]
    defaults: Defaults,
}

/// An account, in the words of a topology file. Consent to opening paid services is said in the topology, not here.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct KnownAccount {
    /// The name: letters, digits, hyphens and underscores.
    name: String,
    /// The cloud: `aliyun` or `aws`.
    cloud: CloudName,
    /// The account ID, in quotes.
    id: AccountId,
    /// Who holds the keys of the account. Default: `us`.
    #[serde(default)]
    held_by: Holder,
    /// Where the credentials come from. Default: the cloud's own credential chain.
    #[serde(default)]
    credentials: CredentialSource,
}

/// Defaults of options that every command takes.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Defaults {
    /// The format of results: `--format`.
    format: Option<FormatName>,
    /// Whether results have colours: `--color`.
    color: Option<ColorName>,
    /// One address for all products of a cloud, by the name of the cloud: `--endpoint`.
    #[serde(default)]
    endpoint: BTreeMap<String, String>,
    /// The most calls under way at once, from 1: `--parallel`.
    parallel: Option<AtLeastOne>,
    /// The shortest pause between two looks, such as `250ms`: `--poll`.
    poll: Option<DurationText>,
    /// How long a command may take, such as `45m`: `--timeout`.
    timeout: Option<DurationText>,
    /// The price table. A relative path begins at the directory of this file: `--prices`.
    prices: Option<PathBuf>,
    /// Whether only results and errors are told: `--quiet`.
    quiet: Option<bool>,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum FormatName {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum ColorName {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Debug, JsonSchema)]
#[schemars(transparent)]
struct DurationText(String);

impl<'de> Deserialize<'de> for DurationText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        duration::parse(&text).map_err(serde::de::Error::custom)?;
        Ok(Self(text))
    }
}

#[derive(Clone, Copy, Debug, JsonSchema)]
#[schemars(transparent)]
struct AtLeastOne(#[schemars(range(min = 1))] u32);

impl<'de> Deserialize<'de> for AtLeastOne {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            0 => Err(serde::de::Error::custom(
                "invalid value `0`: expected a whole number from 1",
            )),
            number => Ok(Self(number)),
        }
    }
}

/// The JSON Schema of the file.
pub(crate) fn schema() -> Value {
    schemars::schema_for!(File).to_value()
}

impl File {
    pub(super) fn from_text(text: &str) -> Result<Self, TopologyError> {
        // A file of comments alone says nothing.
        let says_something = |line: &str| !line.trim().is_empty() && !line.trim().starts_with('#');
        if !text.lines().any(says_something) {
            return Ok(Self::default());
        }
        read_document(text, Self::problems)
    }

    pub(super) fn accounts(&self) -> Vec<Account> {
        let account = |known: &KnownAccount| {
            Account::new(&known.name, known.cloud.clone(), known.id.clone())
                .with_held_by(known.held_by)
                .with_credentials(known.credentials.clone())
        };
        self.accounts.iter().map(account).collect()
    }

    /// What only the whole shows: the rules for the accounts of a topology, and clouds that exist.
    fn problems(&self) -> Vec<String> {
        let accounts = self.accounts();
        let unknown = accounts.iter().filter_map(|account| {
            let problem = KnownCloud::named(account.cloud.as_str()).err()?;
            Some(format!("account `{}`: {problem}", account.name))
        });
        let named = self.defaults.endpoint.keys();
        let endpoints = named.filter_map(|name| KnownCloud::named(name).err());
        let unknown: Vec<String> = unknown.chain(endpoints).collect();
        let all = Topology::new("config");
        let all = accounts.into_iter().fold(all, Topology::with_account);
        let known = all.check().err();
        let known = known.map_or(Vec::new(), |error| error.problems().to_vec());
        known.into_iter().chain(unknown).collect()
    }

    pub(super) fn defaults(&self, directory: Option<&Path>) -> Vec<(&'static str, Vec<OsString>)> {
        let Defaults {
            format,
            color,
            endpoint,
            parallel,
            poll,
            timeout,
            prices,
            quiet,
        } = &self.defaults;
        let prices = prices.as_ref().map(|path| match directory {
            Some(directory) => directory.join(path),
            None => path.clone(),
        });
        let endpoints = endpoint
            .iter()
            .map(|(cloud, url)| format!("{cloud}={url}").into());
        let one = |value: Option<String>| value.into_iter().map(OsString::from).collect();
        let all: [(&'static str, Vec<OsString>); 8] = [
            ("format", one(format.map(|name| name.word().to_owned()))),
            ("color", one(color.map(|name| name.word().to_owned()))),
            ("endpoint", endpoints.collect()),
            ("parallel", one(parallel.map(|number| number.0.to_string()))),
            ("poll", one(poll.as_ref().map(|text| text.0.clone()))),
            ("timeout", one(timeout.as_ref().map(|text| text.0.clone()))),
            ("prices", prices.into_iter().map(OsString::from).collect()),
            ("quiet", one(quiet.map(|on| on.to_string()))),
        ];
        all.into_iter()
            .filter(|(_, values)| !values.is_empty())
            .collect()
    }
}

impl FormatName {
    fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

impl ColorName {
    fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        File::from_text(text).expect_err(text).to_string()
    }

    #[test]
    fn accounts_are_said_in_the_words_of_a_topology() {
        let file = File::from_text(
            "accounts:
  - { name: shop, cloud: aliyun, id: \"0123\", credentials: { profile: shop } }
  - { name: peer, cloud: aws, id: \"0456\", held-by: other }
",
        );
        let accounts = file.expect("good").accounts();
        let shop = Account::new("shop", CloudName::from_static("aliyun"), "0123")
            .with_credentials(CredentialSource::Profile("shop".to_owned()));
        let peer =
            Account::new("peer", CloudName::from_static("aws"), "0456").with_held_by(Holder::Other);
        assert_eq!(accounts, [shop, peer]);
    }

    #[test]
    fn a_file_that_says_nothing_is_one() {
        for text in [
            "",
            "\n\n",
            "# nothing yet\n",
            "accounts: []\n",
            "defaults: {}\n",
        ] {
            let file = File::from_text(text).expect(text);
            assert!(file.accounts().is_empty() && file.defaults(None).is_empty());
        }
    }

    #[test]
    fn mistakes_are_told_with_line_and_column_and_no_key_is_repeated() {
        for (text, told) in [
            (
                "accounts: []\ndefaults:\n  parallell: 3\n",
                "line 3, column 3: invalid key `parallell`: expected",
            ),
            (
                "defaults:\n  parallel: 0\n",
                "line 2, column 13: key `parallel`: invalid value `0`: expected a whole number from 1",
            ),
            (
                "defaults:\n  poll: 5\n",
                "line 2, column 9: invalid duration `5`: expected a number with",
            ),
            (
                "defaults:\n  format: yaml\n",
                "line 2, column 11: key `format`: invalid value `yaml`: expected `text` or `json`",
            ),
            (
                "defaults:\n  endpoint: { alyun: \"http://127.0.0.1:1\" }\n",
                "line 2, column 15: unknown cloud `alyun`: expected `aliyun` or `aws`; did you mean `aliyun`?",
            ),
            (
                "accounts:\n  - { name: a, cloud: mars, id: \"1\" }\n",
                "line 2, column 23: account `a`: unknown cloud `mars`",
            ),
            (
                "accounts:\n  - { name: a, cloud: aws, id: \"1x\" }\n",
                "line 2, column 32: account `a`: invalid account ID `1x`",
            ),
            (
                "accounts:\n  - { name: a, cloud: aws, id: \"1\", open-services: true }\n",
                "invalid key `open-services`",
            ),
            (
                "accounts:\n  - { name: a, cloud: aws, id: \"1\" }\n  - { name: a, cloud: aws, id: \"2\" }\n",
                "line 3, column 13: duplicate account name `a`",
            ),
            (
                "accounts:\n  - { name: a, cloud: aws, id: \"1\", credentials: { assume-role: { from: b, role: r } } }\n",
                "account `a`: invalid `assume-role.from` `b`",
            ),
        ] {
            let error = refused(text);
            assert!(error.contains(told), "{text}: {error}");
        }
        let error = refused("secret: LTAI5tQnKxKbLrM2Z9pX\n");
        assert!(!error.contains("LTAI5"), "{error}");
    }

    #[test]
    fn paths_begin_at_the_directory_of_the_file() {
        let file = File::from_text("defaults: { prices: ours.yaml, quiet: true }\n").expect("good");
        let defaults = file.defaults(Some(Path::new("/etc/landbridge")));
        let expected: [(&str, Vec<OsString>); 2] = [
            ("prices", vec!["/etc/landbridge/ours.yaml".into()]),
            ("quiet", vec!["true".into()]),
        ];
        assert_eq!(defaults, expected);
    }

    #[test]
    fn the_schema_has_every_key() {
        let schema = schema();
        assert_eq!(schema["additionalProperties"], false);
        assert!(schema["properties"]["accounts"].is_object(), "{schema:#}");
        assert!(
            schema["$defs"]["Defaults"]["properties"]["parallel"].is_object(),
            "{schema:#}"
        );
    }
}
