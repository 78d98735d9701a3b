use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_ec2::types::IpPermission;
use landbridge_core::{
    AccountId, CreateGroup, Direction, Error, ErrorKind, FirewallRule, GroupId, GroupRecord,
    PeeringId, Phase, Result, Rule, RuleId, RulePeer, RuleRecord, Select,
};

use super::describe::{DESCRIBE_GROUPS, DESCRIBE_RULES};
use super::{AwsCloud, absent_is_done, calls, selected, with_values};
use crate::client::{Operation, once, repeatable};
use crate::ec2::filter;
use crate::ec2::group::{available, create_group, read_group};
use crate::ec2::permission::permission;
use crate::ec2::rule::read_rule;

const CREATE_GROUP: Operation = once("CreateSecurityGroup");
const DELETE_GROUP: Operation = repeatable("DeleteSecurityGroup");
const AUTHORIZE_INGRESS: Operation = once("AuthorizeSecurityGroupIngress");
const AUTHORIZE_EGRESS: Operation = once("AuthorizeSecurityGroupEgress");
const REVOKE_INGRESS: Operation = repeatable("RevokeSecurityGroupIngress");
const REVOKE_EGRESS: Operation = repeatable("RevokeSecurityGroupEgress");

const DIRECTIONS: [Direction; 2] = [Direction::Ingress, Direction::Egress];

/// How often rules are compared anew, when another caller adds some of them at the same time.
const MOST_COMPARISONS: usize = 3;

type Peerings = BTreeMap<AccountId, PeeringId>;

impl AwsCloud {
    pub(super) async fn rules_of(&self, groups: &[GroupId]) -> Result<Vec<RuleRecord>> {
        let rules = self.group_rules(with_values("group-id", groups)).await?;
        let own = &self.own_place().account;
        let mut rules = self.read_each(DESCRIBE_RULES, &rules, |rule| read_rule(own, rule))?;
        rules.retain(|rule| groups.contains(&rule.group));
        self.fill_rules(&mut rules).await?;
        Ok(rules)
    }

    // Names are unique inside a network, whatever their case.
    async fn adopt_group(&self, request: &CreateGroup, refusal: Error) -> Result<GroupRecord> {
        let by_network = filter("vpc-id", [&request.network]);
        let groups = self.groups(vec![vec![by_network]]).await?;
        let groups = self.read_listed(DESCRIBE_GROUPS, &groups, read_group)?;
        let named = groups.into_iter().find(|group| {
            group.network.as_ref() == Some(&request.network)
                && group.name.eq_ignore_ascii_case(&request.label.name)
        });
        match named {
            Some(group) if group.owner.as_ref() == Some(&request.label.owner) => Ok(group),
            Some(group) => {
                let message = format!(
                    "security group {} has this name and does not carry the topology's tags",
                    group.id
                );
                let error = Error::new(ErrorKind::AlreadyExists, message)
                    .with_remedy("rename one of the two security groups")
                    .with_source(refusal);
                Err(self.client.locate(error, CREATE_GROUP))
            }
            None => Err(refusal),
        }
    }

    /// The active peering of a group's network with each account that rules refer to, where there is just one.
    async fn peerings_through(&self, group: &GroupId, rules: &[Rule]) -> Result<Peerings> {
        let foreign = |rule: &Rule| {
            matches!(
                &rule.peer,
                RulePeer::Group {
                    account: Some(_),
                    ..
                }
            )
        };
        if !rules.iter().any(foreign) {
            return Ok(Peerings::new());
        }
        let groups = self.list_groups(&Select::id(group.clone())).await?;
        let Some(network) = groups.into_iter().find_map(|group| group.network) else {
            return Ok(Peerings::new());
        };
        let mut found: BTreeMap<AccountId, Vec<PeeringId>> = BTreeMap::new();
        for side in ["requester-vpc-info.vpc-id", "accepter-vpc-info.vpc-id"] {
            let here = vec![filter(side, [&network]), filter("status-code", ["active"])];
            for peering in self.read_peerings(vec![here]).await? {
                let ends = [&peering.requester, &peering.accepter];
                let [own, far] = match ends[0].id() == network.as_str() {
                    true => ends,
                    false => [ends[1], ends[0]],
                };
                let alive = peering.status.phase == Phase::Ready;
                if alive && own.id() == network.as_str() && own.region() == far.region() {
                    let known = found.entry(far.account().clone()).or_default();
                    if !known.contains(&peering.id) {
                        known.push(peering.id);
                    }
                }
            }
        }
        let single = |(account, mut ids): (_, Vec<_>)| match ids.len() {
            1 => Some((account, ids.remove(0))),
            _ => None,
        };
        Ok(found.into_iter().filter_map(single).collect())
    }

    // One rule that exists makes the cloud refuse the whole call, so only those that are missing are sent.
    async fn authorize(
        &self,
        group: &GroupId,
        topology: &str,
        rules: &[Rule],
        peerings: &Peerings,
    ) -> Result<()> {
        let there = self.list_rules(group).await?;
        let through = |account: &AccountId| peerings.get(account).cloned();
        for direction in DIRECTIONS {
            let missing = rules.iter().filter(|rule| {
                rule.direction == direction && !there.iter().any(|known| known.rule == **rule)
            });
            let permissions: Result<Vec<_>> = missing
                .map(|rule| permission(rule, topology, &through))
                .collect();
            let permissions = permissions?;
            if !permissions.is_empty() {
                self.send_permissions(group, direction, permissions).await?;
            }
        }
        Ok(())
    }

    async fn send_permissions(
        &self,
        group: &GroupId,
        direction: Direction,
        permissions: Vec<IpPermission>,
    ) -> Result<()> {
        let ec2 = self.client.ec2();
        let (id, permissions) = (group.as_str(), Some(permissions));
        let answer = match direction {
            Direction::Ingress => {
                let call = ec2.authorize_security_group_ingress().group_id(id);
                let call = call.set_ip_permissions(permissions);
                let send = || call.clone().send();
                self.client.call(AUTHORIZE_INGRESS, send).await.map(drop)
            }
            Direction::Egress => {
                let call = ec2.authorize_security_group_egress().group_id(id);
                let call = call.set_ip_permissions(permissions);
                let send = || call.clone().send();
                self.client.call(AUTHORIZE_EGRESS, send).await.map(drop)
            }
        };
        self.memory.patient(answer, &[id])
    }

    async fn revoke(&self, group: &GroupId, direction: Direction, ids: &[RuleId]) -> Result<()> {
        let ec2 = self.client.ec2();
        let ids = Some(ids.iter().map(ToString::to_string).collect());
        match direction {
            Direction::Ingress => {
                let call = ec2.revoke_security_group_ingress().group_id(group.as_str());
                let call = call.set_security_group_rule_ids(ids);
                let send = || call.clone().send();
                self.client.call(REVOKE_INGRESS, send).await.map(drop)
            }
            Direction::Egress => {
                let call = ec2.revoke_security_group_egress().group_id(group.as_str());
                let call = call.set_security_group_rule_ids(ids);
                let send = || call.clone().send();
                self.client.call(REVOKE_EGRESS, send).await.map(drop)
            }
        }
    }

    // The cloud refuses a call in which one rule is absent, so what is left is revoked one by one.
    async fn revoke_left(
        &self,
        group: &GroupId,
        direction: Direction,
        ids: &[RuleId],
    ) -> Result<()> {
        let left = self.list_rules(group).await?;
        for id in left.into_iter().filter_map(|rule| rule.id) {
            if ids.contains(&id) {
                absent_is_done(self.revoke(group, direction, &[id]).await)?;
            }
        }
        Ok(())
    }
}

/// The ids of those that are there of the rules that are meant: by ID, or by their terms and their mark.
fn meant(there: &[RuleRecord], rules: &[RuleRecord], direction: Direction) -> Vec<RuleId> {
    let is_meant = |known: &&RuleRecord| {
        rules.iter().any(|rule| match &rule.id {
            Some(id) => known.id.as_ref() == Some(id),
            None => known.rule == rule.rule && known.topology == rule.topology,
        })
    };
    let known = there
        .iter()
        .filter(|known| known.rule.direction == direction);
    known
        .filter(is_meant)
        .filter_map(|known| known.id.clone())
        .collect()
}

#[async_trait]
impl FirewallRule for AwsCloud {
    async fn create_group(&self, request: &CreateGroup) -> Result<GroupRecord> {
        let input = create_group(request);
        let send = || input.clone().send_with(self.client.ec2());
        let answer = self.client.call(CREATE_GROUP, send).await;
        let answer = match self.memory.patient(answer, &[request.network.as_str()]) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return self.adopt_group(request, error).await;
            }
            other => other?,
        };
        let id: GroupId =
            self.read_one(CREATE_GROUP, answer.group_id, |id| Ok(id.as_str().into()))?;
        self.memory.created(id.as_str());
        Ok(GroupRecord::new(id, available())
            .with_name(request.label.name.clone())
            .with_network(request.network.clone())
            .with_references(true)
            .with_owner(request.label.owner.clone()))
    }

    async fn list_groups(&self, select: &Select<GroupId>) -> Result<Vec<GroupRecord>> {
        let groups = self.groups(calls(select, "group-id")).await?;
        let groups = self.read_listed(DESCRIBE_GROUPS, &groups, read_group)?;
        Ok(selected(
            select,
            groups,
            |one| &one.id,
            |one| one.owner.as_ref(),
        ))
    }

    async fn delete_group(&self, id: &GroupId) -> Result<()> {
        let call = self
            .client
            .ec2()
            .delete_security_group()
            .group_id(id.as_str());
        let answer = self.client.call(DELETE_GROUP, || call.clone().send()).await;
        absent_is_done(answer.map(drop))
    }

    async fn authorize_rules(&self, group: &GroupId, topology: &str, rules: &[Rule]) -> Result<()> {
        let rules: Vec<Rule> = rules.iter().map(|rule| self.canonical(rule)).collect();
        let peerings = self.peerings_through(group, &rules).await?;
        let mut comparisons = 0;
        loop {
            comparisons += 1;
            match self.authorize(group, topology, &rules, &peerings).await {
                Err(error)
                    if error.kind() == ErrorKind::AlreadyExists
                        && comparisons < MOST_COMPARISONS => {}
                other => return other,
            }
        }
    }

    async fn list_rules(&self, group: &GroupId) -> Result<Vec<RuleRecord>> {
        self.rules_of(std::slice::from_ref(group)).await
    }

    async fn revoke_rules(&self, group: &GroupId, rules: &[RuleRecord]) -> Result<()> {
        let there = self.list_rules(group).await?;
        for direction in DIRECTIONS {
            let ids = meant(&there, rules, direction);
            if ids.is_empty() {
                continue;
            }
            match self.revoke(group, direction, &ids).await {
                Err(error) if error.is_not_found() => {
                    self.revoke_left(group, direction, &ids).await?;
                }
                other => other?,
            }
        }
        Ok(())
    }
}

impl AwsCloud {
    // As rules are read: groups of the caller's account are named without it.
    fn canonical(&self, rule: &Rule) -> Rule {
        let mut rule = rule.clone();
        if let RulePeer::Group { account, .. } = &mut rule.peer
            && account.as_ref() == Some(&self.own_place().account)
        {
            *account = None;
        }
        rule
    }
}
