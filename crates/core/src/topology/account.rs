//! Accounts, and where their credentials come from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, CloudName};

/// An account of a cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Account {
    /// The name by which the rest of the topology calls it.
    pub name: String,
    /// The cloud.
    pub cloud: CloudName,
    /// The account id; the caller must prove to be of this account before anything is written.
    pub id: AccountId,
    /// Where the keys come from. Default: the cloud's own credential chain.
    #[serde(default)]
    pub credentials: CredentialSource,
    /// The account owner's consent to open paid services that the topology needs. Default no.
    #[serde(default)]
    pub open_services: bool,
}

impl Account {
    /// An account whose keys come from the cloud's own chain.
    pub fn new(name: impl Into<String>, cloud: CloudName, id: impl Into<AccountId>) -> Self {
        Self {
            name: name.into(),
            cloud,
            id: id.into(),
            credentials: CredentialSource::Default,
            open_services: false,
        }
    }

    /// Sets where the keys come from.
    #[must_use]
    pub fn with_credentials(mut self, source: CredentialSource) -> Self {
        self.credentials = source;
        self
    }

    /// Gives the owner's consent to open paid services.
    #[must_use]
    pub fn with_open_services(mut self) -> Self {
        self.open_services = true;
        self
    }
}

/// Where an account's keys come from. No key is ever part of a topology.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum CredentialSource {
    /// The cloud's own credential chain.
    #[default]
    Default,
    /// A named profile of the cloud's own configuration files.
    Profile(String),
    /// Environment variables with this prefix: `<PREFIX>_ACCESS_KEY_ID`, `<PREFIX>_ACCESS_KEY_SECRET` and, for a
    /// session, `<PREFIX>_SECURITY_TOKEN`.
    Env(String),
    /// A role of this account that another account of the topology may assume.
    AssumeRole {
        /// The account whose keys assume the role.
        from: String,
        /// The role's full name (ARN).
        role: String,
        /// The external id that the role's trust asks for.
        #[serde(
            default,
            rename = "external-id",
            skip_serializing_if = "Option::is_none"
        )]
        external_id: Option<String>,
    },
}
