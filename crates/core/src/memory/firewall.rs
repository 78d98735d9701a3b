use async_trait::async_trait;

use super::cloud::MemoryCloud;
use super::world::{World, check_unused, invalid};
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{AccountId, GroupId, Place, RuleId};
use crate::object::{Kind, OpKind};
use crate::traits::{
    CreateGroup, FirewallRule, GroupRecord, InstanceRecord, NetworkRecord, Phase, Rule, RulePeer,
    RuleRecord, Select, Status,
};

#[async_trait]
impl FirewallRule for MemoryCloud {
    async fn create_group(&self, request: &CreateGroup) -> Result<GroupRecord> {
        let key = &request.label.owner.key;
        self.write("create_group", key, |world, place| {
            world.create_group(place, request)
        })
        .await
    }

    async fn list_groups(&self, select: &Select<GroupId>) -> Result<Vec<GroupRecord>> {
        self.look(|world| world.list(&self.place, select)).await
    }

    async fn delete_group(&self, id: &GroupId) -> Result<()> {
        self.write("delete_group", id.as_str(), |world, place| {
            world.delete_group(place, id)
        })
        .await
    }

    async fn authorize_rules(&self, group: &GroupId, topology: &str, rules: &[Rule]) -> Result<()> {
        self.write("authorize_rules", group.as_str(), |world, place| {
            world.authorize_rules(place, group, topology, rules)
        })
        .await
    }

    async fn list_rules(&self, group: &GroupId) -> Result<Vec<RuleRecord>> {
        self.look(|world| {
            world.find::<GroupRecord>(&self.place, group)?;
            Ok(world.rules_of(group))
        })
        .await?
    }

    async fn revoke_rules(&self, group: &GroupId, rules: &[RuleRecord]) -> Result<()> {
        self.write("revoke_rules", group.as_str(), |world, place| {
            world.revoke_rules(place, group, rules);
            Ok(())
        })
        .await
    }
}

impl World {
    pub(super) fn rules_of(&self, group: &GroupId) -> Vec<RuleRecord> {
        (self.rules.iter())
            .filter(|rule| rule.group == *group)
            .map(|rule| self.shown_rule(rule.clone()))
            .collect()
    }

    fn check_group_name(&self, place: &Place, request: &CreateGroup) -> Result<()> {
        let name = &request.label.name;
        let capabilities = &self.options.capabilities;
        let rule = capabilities.names.get(&OpKind::create(Kind::Group));
        if let Some(problem) = rule.and_then(|rule| rule.problem(name)) {
            return Err(invalid(format!("invalid name `{name}`: {problem}")));
        }
        let groups = self.all::<GroupRecord>(place);
        let twin = groups.iter().find(|group| {
            group.network.as_ref() == Some(&request.network)
                && group.name.to_lowercase() == name.to_lowercase()
        });
        match twin.filter(|_| capabilities.unique_group_names) {
            Some(twin) => Err(Error::new(
                ErrorKind::AlreadyExists,
                format!("group {} has the name `{name}` already", twin.id),
            )),
            None => Ok(()),
        }
    }

    fn create_group(&mut self, place: &Place, request: &CreateGroup) -> Result<GroupRecord> {
        let label = &request.label;
        if let Some(known) = self.remembered(place, &label.token) {
            return Ok(known);
        }
        self.find_ready::<NetworkRecord>(place, &request.network)?;
        self.check_group_name(place, request)?;
        let life = self.birth();
        Ok(self.admit(place, &label.token, life, |id| {
            GroupRecord::new(id, Status::new(Phase::Pending, ""))
                .with_name(label.name.clone())
                .with_network(request.network.clone())
                .with_references(true)
                .with_open_egress(true)
                .with_members_trusted(true)
                .with_owner(label.owner.clone())
        }))
    }

    fn delete_group(&mut self, place: &Place, id: &GroupId) -> Result<()> {
        if self.seen::<GroupRecord>(place, id).is_none() {
            return Ok(());
        }
        let members = (self.shelf::<InstanceRecord>().iter())
            .filter(|instance| instance.record.groups.contains(id))
            .map(|instance| format!("instance {}", instance.record.id));
        let references = (self.rules.iter())
            .filter(|rule| rule.group != *id)
            .filter(
                |rule| matches!(&rule.rule.peer, RulePeer::Group { id: peer, .. } if peer == id),
            )
            .map(|rule| format!("a rule of group {}", rule.group));
        check_unused(&format!("group {id}"), members.chain(references))?;
        self.end::<GroupRecord>(place, id);
        Ok(())
    }

    fn authorize_rules(
        &mut self,
        place: &Place,
        group: &GroupId,
        topology: &str,
        rules: &[Rule],
    ) -> Result<()> {
        self.find::<GroupRecord>(place, group)?;
        for rule in rules {
            self.check_peer(&place.account, &rule.peer)?;
        }
        for rule in rules {
            self.add_rule(group, topology, rule);
        }
        Ok(())
    }

    fn check_peer(&self, account: &AccountId, peer: &RulePeer) -> Result<()> {
        let RulePeer::Group { id, account: owner } = peer else {
            return Ok(());
        };
        let owner = owner.as_ref().unwrap_or(account);
        match self.get::<GroupRecord>(id) {
            Some(known) if known.place.account == *owner => Ok(()),
            _ => Err(invalid(format!("account {owner} has no group {id}"))),
        }
    }

    fn add_rule(&mut self, group: &GroupId, topology: &str, rule: &Rule) {
        let is_known = |known: &RuleRecord| known.group == *group && known.rule == *rule;
        if self.rules.iter().any(is_known) {
            return;
        }
        let id: RuleId = self.fresh("rule");
        self.rules.push(
            RuleRecord::new(group.clone(), rule.clone())
                .with_id(id)
                .with_topology(topology.to_owned()),
        );
    }

    fn revoke_rules(&mut self, place: &Place, group: &GroupId, rules: &[RuleRecord]) {
        if self.seen::<GroupRecord>(place, group).is_none() {
            return;
        }
        let is_revoked = |known: &RuleRecord| {
            known.group == *group
                && rules.iter().any(|rule| match &rule.id {
                    Some(_) => rule.id == known.id,
                    None => rule.rule == known.rule && rule.topology == known.topology,
                })
        };
        self.rules.retain(|known| !is_revoked(known));
    }
}
