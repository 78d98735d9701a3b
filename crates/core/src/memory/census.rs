//! Everything alive, by owner key.

use super::item::{Entry, Item};
use super::life::Life;
use super::world::World;
use crate::ids::RouteTableId;
use crate::traits::{
    GrantRecord, GroupRecord, HubRecord, LearningRecord, NetworkRecord, NextHop, PeeringRecord,
    Phase, RouteRecord, RulePeer, RuleRecord, TableRole,
};

impl World {
    pub(super) fn census(&self) -> Vec<String> {
        let mut lines = [
            self.names(),
            (self.routes.values().flatten())
                .map(|r| self.name_route(r))
                .collect(),
            (self.learning.values().flatten())
                .map(|l| self.name_learning(l))
                .collect(),
            self.grants.iter().map(|g| self.name_grant(g)).collect(),
            self.rules.iter().map(|r| self.name_rule(r)).collect(),
        ]
        .concat();
        lines.sort();
        lines
    }

    pub(super) fn mark(&self, line: String, life: &Life) -> String {
        match life.phase(self.now) {
            Phase::Deleting => format!("{line} (deleting)"),
            _ => line,
        }
    }

    /// The key of what has this id, or the id.
    pub(super) fn key_of<R: Item>(&self, id: &str) -> String {
        self.called::<R>(id)
            .map_or_else(|| id.to_owned(), |entry| entry.record.key())
    }

    fn name_route(&self, entry: &Entry<RouteRecord>) -> String {
        let route = &entry.record;
        let hop = match &route.next_hop {
            NextHop::Peering(id) => self.key_of::<PeeringRecord>(id.as_str()),
            other => other.to_string(),
        };
        let table = self.name_table(&route.table);
        let line = format!("route:{table} to {} via {hop}", route.destination);
        self.mark(line, &entry.life)
    }

    fn name_table(&self, id: &RouteTableId) -> String {
        let Some(table) = self.tables.iter().find(|table| table.id == *id) else {
            return id.to_string();
        };
        let network = self.key_of::<NetworkRecord>(table.network.as_str());
        if table.role == TableRole::Main {
            return format!("{network}/main");
        }
        let number = (self.tables.iter())
            .filter(|other| other.network == table.network)
            .position(|other| other.id == *id)
            .unwrap_or_default();
        format!("{network}/custom-{number}")
    }

    fn name_learning(&self, entry: &Entry<LearningRecord>) -> String {
        let learning = &entry.record.learning;
        let hub = match self.hub_with_table(&learning.table) {
            Some(hub) => hub.record.key(),
            None => learning.table.to_string(),
        };
        let peering = self.key_of::<PeeringRecord>(learning.peering.as_str());
        let line = format!("learning:{} of {peering} at {hub}", learning.kind);
        self.mark(line, &entry.life)
    }

    fn name_grant(&self, grant: &GrantRecord) -> String {
        let member = self.key_of::<NetworkRecord>(grant.member.id());
        let hub = self.key_of::<HubRecord>(grant.hub.as_str());
        format!("grant:{member} to {hub}")
    }

    fn name_rule(&self, record: &RuleRecord) -> String {
        let mut rule = record.rule.clone();
        if let RulePeer::Group { id, .. } = &mut rule.peer {
            *id = self.key_of::<GroupRecord>(id.as_str()).into();
        }
        let group = self.key_of::<GroupRecord>(record.group.as_str());
        format!("rule:{group} {rule}")
    }
}
