//! The permissions that a topology needs, account by account, as documents in each cloud's own policy language. Nothing is
//! asked of a cloud: what is read and written follows from the topology.
//!
//! [`AccountUse`] says what a topology does in one account; a backend's [`PolicyLanguage`] turns it into statements; [`policies`]
//! makes documents of them that the cloud accepts. Which action takes which resource is the backend's to know.

mod document;
mod imagined;
mod table;
mod text;
mod trusted;
mod usage;

pub use document::{
    AccountPolicies, PolicyDocument, PolicyOptions, Purpose, Statement, policies, policies_with,
};
pub(crate) use imagined::imagined;
pub use table::permissions_page;
pub use trusted::TrustDocument;
pub use usage::{AccountUse, UsedNetwork, Written};

use std::fmt::Debug;

use serde_json::Value;

use crate::traits::{Capabilities, EnsureTrust};

/// A cloud's own way to write what an identity may do.
pub trait PolicyLanguage: Debug + Send + Sync {
    /// The statements that allow what a topology does in an account for this purpose, and nothing else. Their order is fixed.
    fn statements(
        &self,
        usage: &AccountUse,
        capabilities: &Capabilities,
        purpose: Purpose,
    ) -> Vec<Statement>;

    /// A document with these statements.
    fn document(&self, statements: &[Statement]) -> Value;

    /// The trust document of a role. The use is that of the account that owns it.
    fn trust(&self, request: &EnsureTrust, usage: &AccountUse) -> Value;

    /// How many characters a document may have, without white space.
    fn limit(&self) -> usize;

    /// The command of the cloud's own tool that makes a policy of this name from a file.
    fn create_policy(&self, name: &str, file: &str) -> String;

    /// The command that makes a role of this name with the trust document in a file.
    fn create_role(&self, name: &str, file: &str) -> String;

    /// What a reader must know of these documents: what the cloud cannot limit, or what is not documented.
    fn notes(&self) -> Vec<String>;

    /// On which resources, and under which conditions, policies allow an action, in a few words.
    fn scope_of(&self, action: &str) -> String;
}
