//! Rules of firewall groups. All that one step adds to a group, or removes from it, is one object.

use std::collections::BTreeSet;

use super::ObjectKey as Key;
use super::prelude::*;
use crate::ids::GroupId;
use crate::plan::{PlannedPeer, PlannedRule};
use crate::traits::{Direction, Rule, RuleRecord};

#[async_trait]
impl Listed for RuleRecord {
    const KIND: Kind = Kind::Rules;
    /// The group.
    type Query = GroupId;

    async fn list(cloud: &dyn Cloud, group: &GroupId) -> Result<Vec<Self>> {
        cloud.list_rules(group).await
    }
}

// The lock of the group.
fn domain(key: &Key) -> Option<String> {
    match key {
        Key::Rules { firewall, network } => Some(Key::group(firewall, network).to_string()),
        _ => Some(key.to_string()),
    }
}

/// Several things in a sentence.
pub(crate) fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    items.join(", ")
}

// Each direction has calls of its own.
fn forms(directions: impl Iterator<Item = Direction>) -> Vec<Form> {
    let directions: BTreeSet<Form> = directions.map(Form::from).collect();
    directions.into_iter().collect()
}

/// Adds rules to a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Authorize {
    /// The group.
    pub group: Ref,
    /// The rules.
    pub rules: Vec<PlannedRule>,
}

impl fmt::Display for Authorize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rules of {}: {}", self.group, list(&self.rules))
    }
}

impl Authorize {
    async fn rules(&self, site: &Site<'_>) -> Result<Vec<Rule>> {
        let mut rules = Vec::new();
        for rule in &self.rules {
            let rule = match &rule.peer {
                PlannedPeer::Ipv6Of(network) => rule.with_range(site.ipv6_range(network).await?),
                _ => rule.clone(),
            };
            rules.push(rule.resolve(|reference| site.resolve(reference))?);
        }
        Ok(rules)
    }
}

#[async_trait]
impl Action for Authorize {
    fn kind(&self) -> OpKind {
        OpKind::create(Kind::Rules)
    }

    fn forms(&self, _: &Key) -> Vec<Form> {
        forms(self.rules.iter().map(|rule| rule.direction))
    }

    fn domain(&self, key: &Key) -> Option<String> {
        domain(key)
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let group = GroupId::new(site.resolve(&self.group)?);
        let rules = self.rules(site).await?;
        let cloud = site.writing().await?;
        cloud
            .authorize_rules(&group, site.topology(), &rules)
            .await?;
        Ok(None)
    }

    async fn look(&self, site: &Site<'_>, _: &str) -> Result<Seen> {
        let rules = self.rules(site).await?;
        let group = GroupId::new(site.resolve(&self.group)?);
        let there = site.list::<RuleRecord>(&group).await?;
        let has = |rule: &Rule| there.iter().any(|record| record.rule.same_as(rule));
        Ok(match rules.iter().all(has) {
            true => Seen::ready(),
            false => Seen::Absent,
        })
    }
}

/// Whether a record is that of a rule that goes. A rule of another owner may say the same, and it stays.
fn is(record: &RuleRecord, gone: &RuleRecord) -> bool {
    match (&record.id, &gone.id) {
        (Some(id), Some(gone)) => id == gone,
        _ => record.topology == gone.topology && record.rule.same_as(&gone.rule),
    }
}

/// Removes rules from a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Revoke {
    /// The group.
    pub group: GroupId,
    /// The rules.
    pub rules: Vec<RuleRecord>,
}

impl fmt::Display for Revoke {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules = list(self.rules.iter().map(|record| &record.rule));
        write!(f, "revoke from {}: {rules}", self.group)
    }
}

#[async_trait]
impl Action for Revoke {
    fn kind(&self) -> OpKind {
        OpKind::delete(Kind::Rules)
    }

    fn forms(&self, _: &Key) -> Vec<Form> {
        forms(self.rules.iter().map(|record| record.rule.direction))
    }

    fn domain(&self, key: &Key) -> Option<String> {
        domain(key)
    }

    async fn write(&self, site: &Site<'_>) -> Result<Option<String>> {
        let cloud = site.writing().await?;
        cloud.revoke_rules(&self.group, &self.rules).await?;
        Ok(None)
    }

    async fn look(&self, site: &Site<'_>, _: &str) -> Result<Seen> {
        let there = site.list::<RuleRecord>(&self.group).await?;
        let is_there = |gone: &RuleRecord| there.iter().any(|record| is(record, gone));
        let left = self.rules.iter().any(is_there);
        Ok(Seen::left(left.then(|| "there".to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traits::{Direction, Protocol, RulePeer};

    fn record(id: Option<&str>, topology: &str) -> RuleRecord {
        let range = "10.0.0.0/8".parse().expect("a range");
        let peer = RulePeer::Range(range);
        let rule = Rule::allow(Direction::Ingress, Protocol::Icmp, None, peer);
        RuleRecord::new("sg-1".into(), rule)
            .with_id(id.map(|id| id.into()))
            .with_topology(topology.to_owned())
    }

    #[test]
    fn only_a_rule_with_the_same_id_or_else_the_same_mark_is_left() {
        let gone = record(Some("r-1"), "ours");
        assert!(is(&record(Some("r-1"), "ours"), &gone));
        assert!(!is(&record(Some("r-2"), "theirs"), &gone));
        assert!(!is(&record(Some("r-2"), "ours"), &gone));
        let nameless = record(None, "ours");
        assert!(is(&record(None, "ours"), &nameless));
        assert!(is(&record(Some("r-1"), "ours"), &nameless));
        assert!(!is(&record(None, "theirs"), &nameless));
    }
}
