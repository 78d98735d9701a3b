//! Prefix lists and port lists that rules and routes of others name.

use landbridge_core::backend::lists;
use landbridge_core::{Result, RouteRecord, RuleRecord};

use super::AliyunCloud;
use crate::{ecs, vpc};

impl AliyunCloud {
    pub(super) async fn fill_rules(&self, rules: &mut [RuleRecord]) -> Result<()> {
        let ranges = |id| async move {
            let request = ecs::prefix_list(self.region(), &id);
            self.ask(request, ecs::read_prefix_list).await
        };
        lists::fill(lists::of_rules(rules), ranges).await?;
        let ports = |id: String| async move {
            let request = ecs::port_list(self.region(), &id);
            self.ask(request, ecs::read_port_list).await
        };
        lists::fill_ports(lists::ports_of(rules), ports).await
    }

    pub(super) async fn fill_routes(&self, routes: &mut [RouteRecord]) -> Result<()> {
        let ranges = |id| async move {
            let entries = vpc::prefix_list_entries(self.region(), &id);
            self.list(entries, vpc::read_prefix_list_entry).await
        };
        lists::fill(lists::of_routes(routes), ranges).await
    }
}
