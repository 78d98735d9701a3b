use async_trait::async_trait;
use landbridge_core::{
    CreateGroup, Direction, FirewallRule, GroupId, GroupRecord, Result, Rule, RuleId, RuleRecord,
    Select,
};

use super::{AliyunCloud, absent_is_done, each, portions, tagged};
use crate::document::Doc;
use crate::ecs::{self, IDS_PER_CALL, RULES_PER_CALL};
use crate::paging::Listing;

const DIRECTIONS: [Direction; 2] = [Direction::Ingress, Direction::Egress];

impl AliyunCloud {
    pub(super) async fn groups(&self, listing: Listing) -> Result<Vec<GroupRecord>> {
        self.look_up(listing, ecs::read_group).await
    }

    /// The rules of a group, and whether its members reach each other if the cloud says so.
    pub(super) async fn rules(&self, group: &GroupId) -> Result<(Vec<RuleRecord>, Option<bool>)> {
        let listing = ecs::rules_of(self.region(), group);
        let mut trusted = None;
        let look = |page: Doc<'_>| trusted = ecs::read_members_trusted(page).or(trusted);
        let rules = listing
            .read_with(&self.client, look, |doc| ecs::read_rule(group, doc))
            .await;
        let mut rules =
            rules.map_err(|error| self.locate(error, "DescribeSecurityGroupAttribute"))?;
        self.fill_rules(&mut rules).await?;
        Ok((rules, trusted))
    }

    /// Revokes rules of one direction. The cloud refuses a call in which one rule is absent, so what is left is
    /// looked up and revoked one by one.
    async fn revoke(&self, group: &GroupId, direction: Direction, ids: &[RuleId]) -> Result<()> {
        for portion in ids.chunks(RULES_PER_CALL) {
            let portion: Vec<_> = portion.iter().collect();
            let result = self
                .tell(ecs::revoke(self.region(), group, direction, &portion))
                .await;
            match result {
                Err(error) if error.is_not_found() => {
                    self.revoke_left(group, direction, &portion).await?;
                }
                other => other?,
            }
        }
        Ok(())
    }

    async fn revoke_left(
        &self,
        group: &GroupId,
        direction: Direction,
        ids: &[&RuleId],
    ) -> Result<()> {
        let left = match self.list_rules(group).await {
            Err(error) if error.is_not_found() => return Ok(()),
            other => other?,
        };
        for id in left.iter().filter_map(|rule| rule.id.as_ref()) {
            if ids.contains(&id) {
                let request = ecs::revoke(self.region(), group, direction, &[id]);
                absent_is_done(self.tell(request).await)?;
            }
        }
        Ok(())
    }

    /// The IDs of rules; a rule without one is looked up by its terms and its mark.
    async fn rule_ids(&self, group: &GroupId, rules: Vec<&RuleRecord>) -> Result<Vec<RuleId>> {
        if rules.iter().all(|rule| rule.id.is_some()) {
            return Ok(rules.iter().filter_map(|rule| rule.id.clone()).collect());
        }
        let present = self.list_rules(group).await?;
        let meant = |present: &&RuleRecord| {
            rules.iter().any(|rule| match &rule.id {
                Some(id) => present.id.as_ref() == Some(id),
                None => present.rule.same_as(&rule.rule) && present.topology == rule.topology,
            })
        };
        Ok(present
            .iter()
            .filter(meant)
            .filter_map(|rule| rule.id.clone())
            .collect())
    }
}

#[async_trait]
impl FirewallRule for AliyunCloud {
    async fn create_group(&self, request: &CreateGroup) -> Result<GroupRecord> {
        let call = ecs::create_group(self.region(), request);
        let id = self.create(call, "SecurityGroupId").await?;
        // Made as a basic group, which knows references.
        Ok(GroupRecord::new(id, ecs::available())
            .with_name(&request.label.name)
            .with_network(request.network.clone())
            .with_references(true)
            .with_open_egress(true)
            .with_members_trusted(true)
            .with_owner(request.label.owner.clone()))
    }

    async fn list_groups(&self, select: &Select<GroupId>) -> Result<Vec<GroupRecord>> {
        match select {
            Select::Ids(ids) => {
                each(portions(ids, IDS_PER_CALL), |ids| async move {
                    self.groups(ecs::groups_by_id(self.region(), &ids)).await
                })
                .await
            }
            Select::Topology(topology) => {
                let listing = ecs::topology_groups(self.region(), topology);
                let groups = self.groups(listing).await?;
                Ok(tagged(select, groups, |group| group.owner.as_ref()))
            }
            _ => self.groups(ecs::all_groups(self.region())).await,
        }
    }

    async fn delete_group(&self, id: &GroupId) -> Result<()> {
        self.delete(ecs::delete_group(self.region(), id)).await
    }

    async fn authorize_rules(&self, group: &GroupId, topology: &str, rules: &[Rule]) -> Result<()> {
        let mut calls = Vec::new();
        for direction in DIRECTIONS {
            let rules: Vec<_> = rules
                .iter()
                .filter(|rule| rule.direction == direction)
                .collect();
            for portion in rules.chunks(RULES_PER_CALL) {
                calls.push(ecs::authorize(
                    self.region(),
                    group,
                    topology,
                    direction,
                    portion,
                )?);
            }
        }
        for call in calls {
            self.tell(call).await?;
        }
        Ok(())
    }

    async fn list_rules(&self, group: &GroupId) -> Result<Vec<RuleRecord>> {
        self.rules(group).await.map(|(rules, _)| rules)
    }

    async fn revoke_rules(&self, group: &GroupId, rules: &[RuleRecord]) -> Result<()> {
        for direction in DIRECTIONS {
            let rules: Vec<_> = rules
                .iter()
                .filter(|rule| rule.rule.direction == direction)
                .collect();
            let ids = match self.rule_ids(group, rules).await {
                Err(error) if error.is_not_found() => return Ok(()),
                other => other?,
            };
            self.revoke(group, direction, &ids).await?;
        }
        Ok(())
    }
}
