//! Accounts, and where their credentials come from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, CloudName};

/// A cloud account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Account {
    /// The name by which the rest of the topology refers to the account.
    pub name: String,
    /// The cloud, such as `aliyun` or `aws`.
    pub cloud: CloudName,
    /// The account ID, in quotes. Before the first write, Landbridge checks that the credentials belong to this account.
    pub id: AccountId,
    /// Who holds the keys of the account. With `other`, Landbridge reads and writes nothing in it: `plan` and `apply` do
    /// the part of the other accounts, and tell the owner of this one what to do. Default: `us`.
    #[serde(default, skip_serializing_if = "Holder::is_us")]
    pub held_by: Holder,
    /// Where the credentials come from. Default: the cloud's own credential chain. An account that is held by another
    /// has none.
    #[serde(default)]
    pub credentials: CredentialSource,
    /// Whether Landbridge may open the paid services that the topology needs in this account. Default: no.
    #[serde(default)]
    pub open_services: bool,
}

impl Account {
    /// An account whose credentials come from the cloud's own credential chain.
    pub fn new(
        name: impl Into<String>,
        cloud: impl Into<CloudName>,
        id: impl Into<AccountId>,
    ) -> Self {
        Self {
            name: name.into(),
            cloud: cloud.into(),
            id: id.into(),
            held_by: Holder::Us,
            credentials: CredentialSource::Default,
            open_services: false,
        }
    }

    /// Sets who holds the keys.
    #[must_use]
    pub fn with_held_by(mut self, holder: Holder) -> Self {
        self.held_by = holder;
        self
    }

    /// Sets where the credentials come from.
    #[must_use]
    pub fn with_credentials(mut self, source: CredentialSource) -> Self {
        self.credentials = source;
        self
    }

    /// Lets Landbridge open the paid services that the topology needs.
    #[must_use]
    pub fn with_open_services(mut self) -> Self {
        self.open_services = true;
        self
    }
}

/// Who holds the keys of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Holder {
    /// We do.
    #[default]
    Us,
    /// The owner of the account, and not we.
    Other,
}

impl Holder {
    // What a serialised topology leaves out.
    fn is_us(&self) -> bool {
        *self == Self::Us
    }
}

/// Where the credentials of an account come from. A topology never contains an access key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum CredentialSource {
    /// The cloud's own credential chain.
    #[default]
    Default,
    /// A named profile in the configuration files of the cloud's own tools.
    Profile(String),
    /// Environment variables with this prefix: `<PREFIX>_ACCESS_KEY_ID`, `<PREFIX>_ACCESS_KEY_SECRET` and, for temporary
    /// credentials, `<PREFIX>_SECURITY_TOKEN`.
    Env(String),
    /// Keys that the program keeps for the topology's owner under this name. `landbridge-fleet` has a folder of them;
    /// `landbridge` has none.
    Secret(String),
    /// A role of this account that others may assume.
    AssumeRole {
        /// The account whose credentials assume the role, by name. Default: none of the topology; the cloud's own
        /// credential chain assumes it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        /// The ARN of the role.
        role: String,
        /// The external ID that the trust policy of the role asks for.
        #[serde(
            default,
            rename = "external-id",
            skip_serializing_if = "Option::is_none"
        )]
        external_id: Option<String>,
    },
}
