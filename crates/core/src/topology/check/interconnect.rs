//! Interconnects: their owners and members.

use super::Check;
use crate::topology::Interconnect;

impl Check<'_> {
    pub(super) fn interconnect(&mut self, interconnect: &Interconnect) {
        let what = format!("interconnect `{}`", interconnect.name);
        self.account_exists(&what, "owner", &interconnect.owner);
        if self.members(&what, &interconnect.members) < 2 {
            self.problem(format!(
                "{what}: too few `members`: expected at least two networks"
            ));
        }
        let members = &interconnect.members;
        for network in interconnect
            .attachments
            .keys()
            .filter(|name| !members.contains(name))
        {
            self.problem(format!(
                "{what}: invalid key `{network}` of `attachments`: expected a member of the interconnect"
            ));
        }
        let topology = self.topology;
        let accounts = interconnect
            .members
            .iter()
            .filter_map(|member| topology.network(member))
            .map(|network| network.account.as_str())
            .chain([interconnect.owner.as_str()]);
        self.of_one_cloud(&what, accounts, "declare one interconnect for each cloud");
    }
}
