//! Networks that another account shares: the one that sees them may use them, and only their owner may change them.

use super::{Context, Finding};
use crate::ids::AccountId;
use crate::object::ObjectKey;
use crate::topology::Network;

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for network in &context.topology.networks {
        let there = context
            .found
            .networks
            .get(&ObjectKey::network(&network.name));
        let Some((at, declared)) = there.zip(context.topology.account(&network.account)) else {
            continue;
        };
        if at.record.account == declared.id {
            continue;
        }
        let changes = changes(context, network);
        if !changes.is_empty() {
            findings.push(shared(
                context,
                network,
                at.record.id.as_str(),
                &at.record.account,
                &changes,
            ));
        }
    }
}

// What the topology wants in the network that only its owner can do. Groups and instances are free to all.
fn changes(context: &Context<'_>, network: &Network) -> Vec<String> {
    let interconnects = context
        .interconnects_of(&network.name)
        .iter()
        .map(|interconnect| format!("join it to interconnect {}", interconnect.name));
    let edges = context
        .edges_of(&network.name)
        .iter()
        .map(|edge| format!("join it to edge {}", edge.name));
    let subnets = network
        .subnets
        .iter()
        .filter(|subnet| subnet.id.is_none())
        .map(|subnet| format!("create subnet {}", subnet.name));
    interconnects.chain(edges).chain(subnets).collect()
}

fn shared(
    context: &Context<'_>,
    network: &Network,
    id: &str,
    owner: &AccountId,
    changes: &[String],
) -> Finding {
    let accounts = &context.topology.accounts;
    let known = accounts.iter().find(|account| account.id == *owner);
    let remedy = match known {
        Some(account) => format!(
            "set `account` of network {} to `{}`",
            network.name, account.name
        ),
        None => format!(
            "declare account {owner} in the topology with credentials of its own, and name it as `account` of network {}; \
             or ask that account to make the changes",
            network.name
        ),
    };
    Finding::error(
        "network/other-owner",
        format!("network {}", network.name),
        format!(
            "{id} belongs to account {owner}, which shares it with account {}; only its owner can {}",
            network.account,
            changes.join(", ")
        ),
        remedy,
    )
}
