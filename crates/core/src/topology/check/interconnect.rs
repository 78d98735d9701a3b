//! Interconnects: their owners and members.

use std::collections::HashMap;

use super::Check;
use crate::ids::HubId;
use crate::topology::{ExistingHub, Interconnect, ModelChoice, ReachChoice};

impl Check<'_> {
    /// `hubs` holds the first interconnect of each hub.
    pub(super) fn interconnect(
        &mut self,
        interconnect: &Interconnect,
        hubs: &HashMap<&HubId, &str>,
    ) {
        let what = format!("interconnect `{}`", interconnect.name);
        self.account_exists(&what, "owner", &interconnect.owner);
        let members = self.members(&what, &interconnect.members);
        match &interconnect.hub {
            Some(hub) => self.existing_hub(&what, interconnect, hub, hubs),
            None if members < 2 => self.problem(format!(
                "{what}: too few `members`: expected at least two networks"
            )),
            None => {}
        }
        if interconnect.reach == ReachChoice::Hub && interconnect.hub.is_none() {
            self.problem(format!(
                "{what}: invalid `reach: hub`: expected a `hub` that others are joined to"
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

    fn existing_hub(
        &mut self,
        what: &str,
        interconnect: &Interconnect,
        hub: &ExistingHub,
        hubs: &HashMap<&HubId, &str>,
    ) {
        let topology = self.topology;
        if interconnect.model == ModelChoice::Mesh {
            self.problem(format!(
                "{what}: invalid `model: mesh`: expected `auto` or `hub` with `hub`"
            ));
        }
        let first = hubs.get(&hub.id);
        if let Some(first) = first.filter(|first| **first != interconnect.name) {
            self.problem(format!(
                "{what}: interconnect `{}` uses hub {} already: put the members of both into one interconnect, or into \
                 topologies of their own",
                first, hub.id
            ));
        }
        let members = interconnect.members.iter();
        let members = members.filter_map(|member| topology.network(member));
        let regions: Vec<_> = members.map(|network| &network.region).collect();
        // Without members it is on its way out, and the regions say where to look.
        let idle = hub
            .routers
            .keys()
            .filter(|region| !regions.contains(region));
        for region in idle.filter(|_| !regions.is_empty()) {
            self.problem(format!(
                "{what}: invalid region `{region}` in `routers`: expected a region of a member"
            ));
        }
    }
}
