//! What can be granted to a hub of another account, or attached to it.

use landbridge_core::{AccountId, BorderRouterId, Endpoint, Error, NetworkId, Region, Result};

/// Its kind; each product has its own words for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MemberKind {
    /// A VPC.
    Network,
    /// A virtual border router.
    BorderRouter,
}

impl MemberKind {
    /// The member of this kind with this id, as records of grants name it.
    pub(crate) fn member(self, id: String) -> landbridge_core::Member {
        match self {
            Self::Network => NetworkId::new(id).into(),
            Self::BorderRouter => BorderRouterId::new(id).into(),
        }
    }
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
        let (kind, region) = match endpoint {
            Endpoint::Network { region, .. } => (MemberKind::Network, region),
            Endpoint::BorderRouter { region, .. } => (MemberKind::BorderRouter, region),
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
            region,
        })
    }

    /// The member as records of grants name it.
    pub(crate) fn granted(&self) -> landbridge_core::Member {
        self.kind.member(self.id.to_owned())
    }
}
