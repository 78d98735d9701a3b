//! What can be granted to a hub of another account, or attached to it.

use landbridge_core::{AccountId, Endpoint, Error, Region, Result};

/// Its kind; each product has its own words for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MemberKind {
    /// A VPC.
    Network,
    /// A virtual border router.
    BorderRouter,
}

/// A network or a border router, with its owner and region.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member<'a> {
    pub(crate) kind: MemberKind,
    pub(crate) id: &'a str,
    pub(crate) account: &'a AccountId,
    pub(crate) region: &'a Region,
}

impl<'a> Member<'a> {
    /// The endpoint as a member.
    ///
    /// # Errors
    /// [`Unsupported`](landbridge_core::ErrorKind::Unsupported) for a hub.
    pub(crate) fn of(endpoint: &'a Endpoint) -> Result<Self> {
        let kind = match endpoint {
            Endpoint::Network { .. } => MemberKind::Network,
            Endpoint::BorderRouter { .. } => MemberKind::BorderRouter,
            other => {
                return Err(Error::unsupported(format!(
                    "invalid member `{}`: expected a network or a border router",
                    other.id()
                )));
            }
        };
        Ok(Self {
            kind,
            id: endpoint.id(),
            account: endpoint.account(),
            region: endpoint.region(),
        })
    }
}
