//! The text of a result, made of what a walk over the network saw.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use serde_json::{Value, json};

use super::Analysis;
use super::paths::End;
use super::topology;
use crate::aliyun::dataplane::{self, Cause, Journey, Seen, Stop};
use crate::aliyun::ecs::{Instance, Peer, Rule};
use crate::aliyun::state::State;

/// How an analysis ended.
#[derive(Debug, Clone)]
pub(super) enum Outcome {
    Finished { reachable: bool, result: Value },
    Failed,
}

/// What the analysis tells at a moment.
pub(super) fn of(state: &State, analysis: &Analysis, now: Duration) -> Outcome {
    match examined(state, analysis, now) {
        None => Outcome::Failed,
        Some(journey) => Outcome::Finished {
            reachable: journey.walked.is_ok(),
            result: result(state, analysis, &journey),
        },
    }
}

/// `None` if an end is not the caller's, or not of a kind that packets are walked from or to.
fn examined(state: &State, analysis: &Analysis, now: Duration) -> Option<Journey> {
    let (wish, owner) = (&analysis.wish, analysis.base.owner.as_str());
    let source = instance(state, &wish.source, owner)?;
    let is_its = |address: Ipv4Addr| source.address == address;
    if !wish.source.address.is_none_or(is_its) {
        return None;
    }
    let destination = destination(state, &wish.target, owner)?;
    let protocol = wish.protocol();
    let source = &source.base.id;
    let journey = dataplane::travelled(state, source, IpAddr::V4(destination), protocol, now);
    let is_meant = match (wish.target.kind.as_str(), &journey.receiver) {
        // The address may be that of another instance elsewhere.
        ("ecs", Some(receiver)) => *receiver == wish.target.id,
        _ => true,
    };
    is_meant.then_some(journey)
}

/// The instance that an end means: by its id, or by its address in a vSwitch.
fn instance<'a>(state: &'a State, end: &End, owner: &str) -> Option<&'a Instance> {
    let found = match end.kind.as_str() {
        "ecs" => state.ecs.instances.get(&end.id),
        "vsw" => {
            let mut here = state.ecs.instances.iter();
            here.find(|one| one.vswitch == end.id && Some(one.address) == end.address)
        }
        _ => None,
    };
    found.filter(|instance| instance.base.owner == owner)
}

fn destination(state: &State, end: &End, owner: &str) -> Option<Ipv4Addr> {
    if end.kind == "vbr" {
        let router = state.vpc.border_routers.get(&end.id);
        return router
            .filter(|router| router.base.owner == owner)
            .and(end.address);
    }
    let target = instance(state, end, owner)?;
    let named = end.address.unwrap_or(target.address);
    (named == target.address).then_some(named)
}

fn result(state: &State, analysis: &Analysis, journey: &Journey) -> Value {
    let stop = journey.walked.as_ref().err();
    let (status, code) = stage(stop);
    let drops = |stop: &Stop| matches!(stop.cause, Cause::Groups { .. });
    let policy = if stop.is_some_and(drops) {
        "drop"
    } else {
        "accept"
    };
    let select = |view: fn(&Seen) -> Option<Value>| -> Vec<Value> {
        journey.seen.iter().filter_map(view).collect()
    };
    json!({
        "errorCode": code,
        "status": status,
        "nraId": analysis.base.id,
        "securityGroupData": {"policy": policy, "securityGroupItems": select(group_item)},
        "networkAclData": {"networkAclItems": select(acl_item)},
        "routeData": {"routeItems": select(route_item)},
        "topologyData": topology::view(state, &analysis.base.id, journey),
    })
}

/// The last stage of an analysis, and what went wrong there. The codes are this simulator's own.
fn stage(stop: Option<&Stop>) -> (&'static str, &'static str) {
    let Some(stop) = stop else {
        return ("security_group_checking_target", "");
    };
    match (stop.cause, stop.is_back) {
        (Cause::Down, _) => ("instance_checking", "INSTANCE_NOT_RUNNING"),
        (Cause::Groups { is_egress: true }, _) => {
            ("security_group_checking_source", "SECURITY_GROUP_DROP")
        }
        (Cause::Groups { is_egress: false }, _) => {
            ("security_group_checking_target", "SECURITY_GROUP_DROP")
        }
        (Cause::Acl { is_egress: true }, false) | (Cause::Acl { is_egress: false }, true) => {
            ("network_acl_checking_source", "NETWORK_ACL_DROP")
        }
        (Cause::Acl { .. }, _) => ("network_acl_checking_target", "NETWORK_ACL_DROP"),
        (Cause::Way, false) => ("route_checking", "ROUTE_UNREACHABLE"),
        (Cause::Way, true) => ("reverse_route_checking", "REVERSE_ROUTE_UNREACHABLE"),
    }
}

fn said(lets: bool) -> &'static str {
    match lets {
        true => "accept",
        false => "drop",
    }
}

fn group_item(seen: &Seen) -> Option<Value> {
    let Seen::Groups {
        interface,
        group,
        rule,
        is_egress,
        lets,
    } = seen
    else {
        return None;
    };
    let description = match (rule, lets) {
        (Some(_), true) => "user_acl_accept_rule",
        (Some(_), false) => "user_acl_drop_rule",
        (None, true) => "default_sg_access_rule",
        (None, false) => "default_sg_drop_rule",
    };
    let mut item = json!({
        "description": description,
        "direction": if *is_egress { "egress" } else { "ingress" },
        "policy": said(*lets),
        "resourceId": interface,
        "securityGroupId": group,
    });
    if let Some(rule) = rule {
        item["matchedRule"] = matched(rule);
    }
    Some(item)
}

fn matched(rule: &Rule) -> Value {
    let (range, group) = match &rule.peer {
        Peer::Range(range) => (range.to_string(), String::new()),
        Peer::Group { id, .. } => (String::new(), id.clone()),
        Peer::PrefixList(id) => (id.clone(), String::new()),
    };
    let (far, near) = match rule.is_egress {
        true => ("destination", "source"),
        false => ("source", "destination"),
    };
    json!({
        "direction": if rule.is_egress { "egress" } else { "ingress" },
        "policy": if rule.accepts { "Accept" } else { "Drop" },
        "priority": rule.priority.to_string(),
        "bizProtocol": rule.protocol,
        "portRange": rule.port_range,
        format!("{far}Cidr"): range,
        format!("{near}Cidr"): "",
        format!("{far}GroupId"): group,
        format!("{near}GroupId"): "",
    })
}

fn acl_item(seen: &Seen) -> Option<Value> {
    let Seen::Acl {
        acl,
        vswitch,
        is_egress,
        lets,
    } = seen
    else {
        return None;
    };
    Some(json!({
        "networkAclId": acl,
        "resourceId": vswitch,
        "direction": if *is_egress { "egress" } else { "ingress" },
        "policy": said(*lets),
    }))
}

fn route_item(seen: &Seen) -> Option<Value> {
    let Seen::Route {
        table,
        destination,
        hop,
        is_back,
    } = seen
    else {
        return None;
    };
    Some(json!({
        "routeTableId": table,
        "destinationCidr": destination,
        "nextHopId": hop,
        "direction": if *is_back { "reverse" } else { "positive" },
    }))
}
