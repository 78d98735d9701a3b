//! Subnets that other accounts may use. The service that shares them is not modelled; the setup does it.
//!
//! A participant sees the subnet, its VPC, and the VPC's route tables and network ACLs, makes groups and runs instances
//! there, and changes nothing of the owner's.

use std::collections::BTreeSet;

use super::State;

/// Pairs of subnet and account.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shares(BTreeSet<(String, String)>);

impl State {
    /// Lets an account use a subnet; says whether there is such a subnet.
    pub(crate) fn share(&mut self, subnet: &str, account: &str) -> bool {
        let exists = self.subnets.get(subnet).is_some();
        if exists {
            self.shares
                .0
                .insert((subnet.to_owned(), account.to_owned()));
        }
        exists
    }

    /// Whether a subnet is shared with an account.
    pub(super) fn shares_subnet(&self, subnet: &str, account: &str) -> bool {
        self.shares
            .0
            .contains(&(subnet.to_owned(), account.to_owned()))
    }

    /// Whether a subnet of a VPC is shared with an account.
    pub(super) fn shares_vpc(&self, vpc: &str, account: &str) -> bool {
        let mut subnets = self.subnets.iter().filter(|subnet| subnet.vpc == vpc);
        subnets.any(|subnet| self.shares_subnet(&subnet.base.id, account))
    }
}
