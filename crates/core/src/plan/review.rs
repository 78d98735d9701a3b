//! A plan as a person reads it before saying yes: by account and region, one line a step, in the field's words.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;

use super::{Op, Plan, Step, StepKey, TableRef};
use crate::ids::{AccountId, CloudName, Place};
use crate::object::ObjectKey;
use crate::topology::Topology;
use crate::wrap::wrapped;

/// The widest name of an object that details stand beside; those of wider ones just follow.
const WIDEST: usize = 52;

/// What a person reviews of a [`Plan`]: its steps by account and region, each with its turn; what they need; what they leave
/// alone; and last, where a question would follow, the counts. [`Plan`] itself prints keys and dependencies.
#[derive(Clone, Copy, Debug)]
pub struct Review<'a> {
    plan: &'a Plan,
    topology: Option<&'a Topology>,
}

impl Plan {
    /// The plan for a person's eyes. The topology tells the names of accounts and what is used as it is.
    pub fn review<'a>(&'a self, topology: impl Into<Option<&'a Topology>>) -> Review<'a> {
        Review {
            plan: self,
            topology: topology.into(),
        }
    }

    /// The turn of each step: a step has the one after the last of those it waits for, and those that wait for nothing have
    /// the first.
    fn turns(&self) -> Vec<usize> {
        let mut turns: HashMap<&StepKey, usize> = HashMap::new();
        let mut all = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let before = step.depends_on.iter().filter_map(|key| turns.get(key));
            let turn = before.max().map_or(1, |last| last + 1);
            turns.insert(&step.key, turn);
            all.push(turn);
        }
        all
    }
}

impl fmt::Display for Review<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plan = self.plan;
        if plan.is_empty() {
            return plan.write_head(f);
        }
        let turns = plan.turns();
        let mut places: BTreeMap<&Place, Vec<(usize, &Step)>> = BTreeMap::new();
        for (step, turn) in plan.steps.iter().zip(turns.iter().copied()) {
            places.entry(&step.place).or_default().push((turn, step));
        }
        let mut account = None;
        for (place, mut steps) in places {
            if account != Some((&place.cloud, &place.account)) {
                account = Some((&place.cloud, &place.account));
                writeln!(f, "{}", self.account(&place.cloud, &place.account))?;
            }
            writeln!(f, "  {}", place.region)?;
            steps.sort_by_key(|(turn, _)| *turn);
            lines(f, &steps)?;
        }
        self.needs(f)?;
        self.leaves_alone(f)?;
        writeln!(
            f,
            "The number before a step is its turn: it starts when all is done that it needs from earlier turns.\n"
        )?;
        plan.write_head(f)?;
        let (steps, turns) = (
            plan.steps.len(),
            turns.into_iter().max().unwrap_or_default(),
        );
        write!(
            f,
            "; {} in {}",
            counted(steps, "step"),
            counted(turns, "turn")
        )
    }
}

impl Review<'_> {
    fn account(&self, cloud: &CloudName, id: &AccountId) -> String {
        let mut accounts = self
            .topology
            .into_iter()
            .flat_map(|topology| &topology.accounts);
        match accounts.find(|account| account.id == *id && account.cloud == *cloud) {
            Some(account) => format!("account {} ({cloud} {id})", account.name),
            None => format!("account {id} ({cloud})"),
        }
    }

    fn needs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut needed: BTreeMap<(&CloudName, &AccountId), BTreeSet<&str>> = BTreeMap::new();
        for step in &self.plan.steps {
            let of_account = needed.entry((&step.place.cloud, &step.place.account));
            let actions = step.permissions.iter().map(String::as_str);
            of_account.or_default().extend(actions);
        }
        needed.retain(|_, actions| !actions.is_empty());
        if needed.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "Permissions that these steps need, beside those for reading:"
        )?;
        for ((cloud, id), actions) in needed {
            writeln!(f, "  {}", self.account(cloud, id))?;
            for line in wrapped(actions) {
                writeln!(f, "    {line}")?;
            }
        }
        writeln!(f)
    }

    // What others made and the topology names, as far as no step changes it.
    fn leaves_alone(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(topology) = self.topology else {
            return Ok(());
        };
        let changed: BTreeSet<&str> = self.plan.steps.iter().filter_map(changes_network).collect();
        let objects = self.plan.steps.iter().map(|step| step.key.object());
        let objects: HashSet<&ObjectKey> = objects.collect();
        let used = used(topology).into_iter().filter(|(key, _)| {
            let is_changed =
                matches!(key, ObjectKey::Network(name) if changed.contains(name.as_str()));
            !is_changed && !objects.contains(key)
        });
        let used: Vec<String> = used
            .map(|(key, id)| format!("{} ({id})", key.words()))
            .collect();
        if used.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "Used as they are, neither changed nor deleted themselves:"
        )?;
        for line in wrapped(used.iter().map(String::as_str)) {
            writeln!(f, "  {line}")?;
        }
        writeln!(f)
    }
}

fn changes_network(step: &Step) -> Option<&str> {
    match step.key.object() {
        ObjectKey::HostNames(network) | ObjectKey::Range { network, .. } => Some(network),
        _ => None,
    }
}

/// The objects that others made and the topology names, with their IDs.
fn used(topology: &Topology) -> Vec<(ObjectKey, &str)> {
    let mut used = Vec::new();
    for network in &topology.networks {
        if let Some(id) = &network.id {
            used.push((ObjectKey::network(&network.name), id.as_str()));
        }
        for subnet in &network.subnets {
            if let Some(id) = &subnet.id {
                let key = ObjectKey::subnet(&network.name, &subnet.name);
                used.push((key, id.as_str()));
            }
        }
    }
    for interconnect in &topology.interconnects {
        if let Some(hub) = &interconnect.hub {
            used.push((ObjectKey::global_hub(&interconnect.name), hub.id.as_str()));
        }
    }
    for instance in &topology.instances {
        if let Some(id) = &instance.id {
            used.push((ObjectKey::instance(&instance.name), id.as_str()));
        }
    }
    used
}

fn lines(f: &mut fmt::Formatter<'_>, steps: &[(usize, &Step)]) -> fmt::Result {
    let subjects: Vec<String> = steps
        .iter()
        .map(|(_, step)| step.key.object().words())
        .collect();
    let widths = subjects.iter().map(|subject| subject.chars().count());
    let width = widths
        .filter(|width| *width <= WIDEST)
        .max()
        .unwrap_or_default();
    for ((turn, step), subject) in steps.iter().zip(subjects) {
        let details = details(step);
        let line = format!("    {} {turn:>2}  {subject:<width$}  {details}", sign(step));
        writeln!(f, "{}", line.trim_end())?;
    }
    writeln!(f)
}

pub(super) fn sign(step: &Step) -> char {
    match (step.op.is_delete(), &step.existing) {
        (true, _) => '-',
        (false, Some(_)) => '~',
        _ if step.op.is_rename() => '~',
        (false, None) => '+',
    }
}

/// What the words of its key do not tell of a step.
fn details(step: &Step) -> String {
    let mut details = match &step.op {
        Op::CreateSubnet(subnet) => format!("{} in {}", subnet.range, subnet.zone),
        Op::CreateRoute(route) => format!("over {}", route.next_hop),
        Op::CreateGroup(_) => String::new(),
        Op::EnableLearning(learning) => match &learning.table {
            TableRef::DefaultOf(_) => String::new(),
            table => format!("with {table}"),
        },
        Op::DeleteRoute(route) => format!("over {} in {}", route.next_hop, route.table),
        Op::DisableLearning(_) => String::new(),
        Op::Rename(rename) => {
            let was = ObjectKey::from(rename.from.key.as_str()).words();
            format!("{} was {was} of {}", rename.object, rename.from.topology)
        }
        Op::AcceptPeering(accept) => format!("asked for by {}", accept.requester),
        op => match op.deletes() {
            Some(id) => id.to_owned(),
            None => shortened(&op.to_string(), step.key.object()),
        },
    };
    if let Some(id) = &step.existing {
        details.push_str(&format!("; {id} is there and not ready yet"));
    }
    if let Some(id) = &step.replaces {
        details.push_str(&format!("; replaces {id}"));
    }
    in_words(details.trim_start_matches("; "))
}

// Without what the words of the key say already.
fn shortened(text: &str, object: &ObjectKey) -> String {
    let after = |mark: &str| text.split_once(mark).map(|(_, rest)| rest.to_owned());
    let rest = match object.carried() {
        ObjectKey::Network(_) => after("network "),
        ObjectKey::Service { .. } => Some("account-wide, stays open".to_owned()),
        ObjectKey::GlobalHub(_) | ObjectKey::RegionalHub { .. } => Some(String::new()),
        ObjectKey::EdgeHub(_) => after(", "),
        ObjectKey::Attachment(_) => after(" through ").map(|rest| format!("through {rest}")),
        ObjectKey::Rules { .. } | ObjectKey::RulesOf(_) => after(": "),
        ObjectKey::Grant(_) | ObjectKey::Link(_) => after("; "),
        ObjectKey::Instance(_) => after("instance "),
        ObjectKey::ServiceEndpoint { .. } => after(" in ").map(|rest| format!("in {rest}")),
        ObjectKey::Peering(_) => after("join ").map(|rest| format!("joins {rest}")),
        _ => None,
    };
    rest.unwrap_or_else(|| text.to_owned())
}

// References are keys in braces.
fn in_words(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{')
        && let Some((key, behind)) = after.split_once('}')
    {
        words.push_str(before);
        words.push_str(&ObjectKey::from(key).words());
        rest = behind;
    }
    words.push_str(rest);
    words
}

fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_told_in_words() {
        let text = "join {network/web} to {hub/core/r1} in {something}";
        assert_eq!(
            in_words(text),
            "join network web to hub core in r1 in something"
        );
        assert_eq!(in_words("an { open brace"), "an { open brace");
    }
}
