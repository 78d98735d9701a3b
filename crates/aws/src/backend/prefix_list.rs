//! Prefix lists that rules and routes of others name. Landbridge makes none.

use ipnet::IpNet;
use landbridge_core::backend::lists;
use landbridge_core::{PrefixListId, Result, RouteRecord, RuleRecord};

use super::AwsCloud;
use crate::client::{Operation, list, page};
use crate::ec2::field::{need, range};

const GET_ENTRIES: Operation = list("GetManagedPrefixListEntries");

/// The most that `GetManagedPrefixListEntries` takes.
const ENTRIES_PER_PAGE: i32 = 100;

impl AwsCloud {
    pub(super) async fn fill_rules(&self, rules: &mut [RuleRecord]) -> Result<()> {
        lists::fill(lists::of_rules(rules), |id| self.entries(id)).await
    }

    pub(super) async fn fill_routes(&self, routes: &mut [RouteRecord]) -> Result<()> {
        lists::fill(lists::of_routes(routes), |id| self.entries(id)).await
    }

    async fn entries(&self, list: PrefixListId) -> Result<Vec<IpNet>> {
        let call = self
            .client
            .ec2()
            .get_managed_prefix_list_entries()
            .prefix_list_id(list.as_str())
            .max_results(ENTRIES_PER_PAGE);
        let send = |token| {
            let call = call.clone().set_next_token(token);
            async {
                call.send()
                    .await
                    .map(|answer| page(answer.entries, answer.next_token))
            }
        };
        let entries = self.client.pages(GET_ENTRIES, send).await?;
        self.read_each(GET_ENTRIES, &entries, |entry| {
            range(need(entry.cidr(), "cidr")?)
        })
    }
}
