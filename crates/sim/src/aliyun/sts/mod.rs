//! STS: identities and role sessions.

mod assume;
mod identity;
mod oidc;
mod session;

use std::collections::BTreeMap;

use super::operation::Operation;
use super::policy::Document;
use crate::throttle::Rate;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::read("AssumeRole", assume::assume_role).rate(Rate::per_second(100)),
    Operation::read("AssumeRoleWithOIDC", oidc::assume_role).anonymous(),
    Operation::read("GetCallerIdentity", identity::get_caller_identity),
];

/// The policies that callers put on their sessions, by key.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    restrictions: BTreeMap<String, Document>,
}

impl State {
    /// `None` if the session is not restricted.
    pub(crate) fn restriction(&self, key_id: &str) -> Option<&Document> {
        self.restrictions.get(key_id)
    }
}
