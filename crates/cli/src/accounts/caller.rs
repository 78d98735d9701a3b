//! An identified account.

use landbridge_core::{AccountId, CallerIdentity, CloudName, IdentityKind, Place, Region};

use super::chain::Chain;

/// An account, and the identity that its keys belong to.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The account as the command line names it.
    pub(crate) text: String,
    pub(crate) chain: Chain,
    pub(crate) identity: CallerIdentity,
    /// Where the cloud is asked about the account as a whole.
    pub(crate) home: Region,
    /// What is wrong, if the keys belong to another account than they should.
    pub(crate) problem: Option<String>,
}

impl Caller {
    pub(crate) fn cloud(&self) -> &CloudName {
        &self.chain.last().cloud
    }

    /// The account that the keys belong to.
    pub(crate) fn account(&self) -> &AccountId {
        &self.identity.account
    }

    pub(crate) fn place(&self, region: &Region) -> Place {
        Place::new(self.cloud().clone(), self.account().clone(), region.clone())
    }

    /// The place for what concerns the account as a whole.
    pub(crate) fn home(&self) -> Place {
        self.place(&self.home)
    }

    /// A warning, if the keys are those of the account itself.
    pub(crate) fn warning(&self) -> Option<Warning> {
        (self.identity.kind == IdentityKind::Root).then(|| Warning {
            message: format!(
                "the keys of `{}` are root keys of account {}, which may do everything and cannot assume roles",
                self.text,
                self.account()
            ),
            remedy: "create a user or role with the permissions it needs, use its keys, and delete the root keys",
        })
    }
}

/// Something to change, although the command works.
#[derive(Clone, Debug, serde::Serialize)]
pub(crate) struct Warning {
    pub(crate) message: String,
    pub(crate) remedy: &'static str,
}
