//! Interconnects with accounts that are held by others: what cannot be done with our side's keys alone, whom we wait for,
//! and requests that are not the expected ones.

use super::{Context, Finding};
use crate::ids::AccountId;
use crate::plan::{PlanOptions, chosen_model, sides};
use crate::topology::{Account, Holder, Interconnect, Network};
use crate::traits::{Endpoint, Model, PeeringKind, PeeringRecord, Phase};

pub(super) fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let mut accounts = context.topology.accounts.iter();
    if accounts.all(|account| account.held_by == Holder::Us) {
        return;
    }
    for interconnect in &context.topology.interconnects {
        nothing_of_ours(context, interconnect, findings);
    }
    for interconnect in &context.topology.interconnects {
        hub_without_id(context, interconnect, findings);
    }
    waiting(context, findings);
    strangers(context, findings);
}

fn members<'a>(
    context: &Context<'a>,
    interconnect: &'a Interconnect,
) -> impl Iterator<Item = &'a Network> {
    let topology = context.topology;
    let members = interconnect.members.iter();
    members.filter_map(|member| topology.network(member))
}

// A peering takes the keys of at least one side, an attachment those of the hub's owner or of the member's.
fn nothing_of_ours(
    context: &Context<'_>,
    interconnect: &Interconnect,
    findings: &mut Vec<Finding>,
) {
    let topology = context.topology;
    let elsewhere = |network: &&Network| topology.is_held_by_other(&network.account);
    let theirs: Vec<&Network> = members(context, interconnect).filter(elsewhere).collect();
    let ours = members(context, interconnect).count() - theirs.len();
    let alone = match chosen_model(topology, context.observation, interconnect) {
        Some(Model::Hub) => ours == 0 && topology.is_held_by_other(&interconnect.owner),
        _ => theirs.len() > 1,
    };
    if alone {
        let names: Vec<&str> = theirs.iter().map(|network| network.name.as_str()).collect();
        findings.push(Finding::error(
            "side/nothing-to-do",
            format!("interconnect {}", interconnect.name),
            format!(
                "networks {} belong to accounts that are `held-by: other`, and no account of ours takes part in joining them \
                 to each other",
                names.join(" and ")
            ),
            "give each of these networks an interconnect of its own with ours, and leave the rest to their owners",
        ));
    }
}

fn hub_without_id(context: &Context<'_>, interconnect: &Interconnect, findings: &mut Vec<Finding>) {
    let model = chosen_model(context.topology, context.observation, interconnect);
    let elsewhere = context.topology.is_held_by_other(&interconnect.owner);
    if model == Some(Model::Hub) && elsewhere && interconnect.hub.is_none() {
        findings.push(Finding::error(
            "side/no-hub",
            format!("interconnect {}", interconnect.name),
            format!(
                "account {} owns its hub and is `held-by: other`, so the hub must exist and cannot be found",
                interconnect.owner
            ),
            "ask the owner for the ID of the hub, and set it as `hub: { id: .. }`; or set `model: mesh`",
        ));
    }
}

fn waiting(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let sides = sides(
        context.topology,
        context.observation,
        context.found,
        &PlanOptions::default(),
    );
    for step in sides.awaited() {
        let account = account(context, &step.place.account);
        findings.push(Finding::note(
            "side/waits",
            format!("account {account} ({})", step.place.account),
            format!(
                "our part is not complete before its owner has done this: {}",
                step.op
            ),
        ));
    }
}

fn account<'a>(context: &Context<'a>, id: &'a AccountId) -> &'a str {
    let mut accounts = context.topology.accounts.iter();
    let declared: Option<&Account> = accounts.find(|account| account.id == *id);
    declared.map_or(id.as_str(), |account| &account.name)
}

// Anybody can ask one of our networks to peer. While an owner is waited for, another request is worth a word.
fn strangers(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let peerings = context
        .observation
        .inventories
        .iter()
        .flat_map(|inventory| &inventory.peerings);
    for peering in peerings.filter(|peering| is_stranger(context, peering)) {
        let Endpoint::Network {
            id,
            account,
            region,
        } = &peering.requester
        else {
            continue;
        };
        let ranges: Vec<String> = peering
            .requester_ranges
            .iter()
            .map(ToString::to_string)
            .collect();
        let ranges = match ranges.is_empty() {
            true => String::new(),
            false => format!(" with CIDR blocks {}", ranges.join(", ")),
        };
        findings.push(Finding::warning(
            "side/unexpected-request",
            format!("request {}", peering.id),
            format!(
                "it comes from network {id} ({account}, {region}){ranges}, which the topology does not declare so; it is not \
                 accepted"
            ),
            "if you expect it, correct account, `id`, region or CIDR blocks of the network in the topology; if not, reject it",
        ));
    }
}

fn is_stranger(context: &Context<'_>, peering: &PeeringRecord) -> bool {
    let our_network = |end: &Endpoint| {
        let Endpoint::Network { id, .. } = end else {
            return false;
        };
        let name = context.found.network_name(id);
        let network = name.and_then(|name| context.topology.network(name));
        network.is_some_and(|network| !context.topology.is_held_by_other(&network.account))
    };
    peering.kind == PeeringKind::NetworkToNetwork
        && peering.status.phase == Phase::AwaitingAcceptance
        && context.found.peerings.key_of(&peering.id).is_none()
        && our_network(&peering.accepter)
}
