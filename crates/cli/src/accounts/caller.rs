use landbridge_core::{AccountId, CallerIdentity, CloudName, IdentityKind, Place, Region};

use super::chain::Chain;
use crate::backends;

/// An account whose keys have been asked whom they belong to.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// As the command line names it.
    pub(crate) text: String,
    pub(crate) chain: Chain,
    pub(crate) identity: CallerIdentity,
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
        self.place(&backends::home(self.cloud()))
    }

    /// A warning, if the keys are those of the account itself.
    pub(crate) fn warning(&self) -> Option<Warning> {
        (self.identity.kind == IdentityKind::Root).then(|| Warning {
            message: format!(
                "the keys of `{}` are those of account {} itself, which may do everything and may not assume roles",
                self.text,
                self.account()
            ),
            remedy: "create a user or a role with the permissions it needs, use its keys, and delete the root keys",
        })
    }
}

/// Something that a person should change, although the command works.
#[derive(Clone, Debug, serde::Serialize)]
pub(crate) struct Warning {
    pub(crate) message: String,
    pub(crate) remedy: &'static str,
}
