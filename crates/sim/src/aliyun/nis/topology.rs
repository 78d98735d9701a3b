//! The nodes that packets pass, and the links between them.

use serde_json::{Value, json};

use crate::aliyun::dataplane::{Hop, Journey};
use crate::aliyun::ecs::Instance;
use crate::aliyun::state::State;

/// What is between two instances, there and back.
pub(super) fn view(state: &State, analysis: &str, journey: &Journey) -> Value {
    let (there, back) = journey.hops.split_at(journey.turned);
    // The answer sets out where the packet arrived.
    let turn = there.last().filter(|_| !back.is_empty());
    let back: Vec<&Hop> = turn.into_iter().chain(back).collect();
    let (forward, reverse) = (
        nodes(state, &there.iter().collect::<Vec<_>>()),
        nodes(state, &back),
    );
    json!({
        "positive": {
            "nodeList": listed(&forward, ("matchedRoute", "nextHopSet")),
            "linkList": links(&forward),
        },
        "reverse": {
            "revNodeList": listed(&reverse, ("revMatchedRoute", "revNextHopSet")),
            "revLinkList": links(&reverse),
        },
        "topologyReportId": analysis.replacen("nra", "tpr", 1),
    })
}

/// An element on the way.
struct Node {
    id: String,
    /// The object that it belongs to.
    of: String,
    kind: &'static str,
    zone: String,
    region: String,
    range: String,
    address: String,
}

impl Node {
    fn new(id: &str, kind: &'static str) -> Self {
        Self {
            id: id.to_owned(),
            of: id.to_owned(),
            kind,
            zone: String::new(),
            region: String::new(),
            range: String::new(),
            address: String::new(),
        }
    }
}

fn nodes(state: &State, hops: &[&Hop]) -> Vec<Node> {
    let mut nodes: Vec<Node> = Vec::new();
    for (position, hop) in hops.iter().enumerate() {
        let fresh = match state.ecs.instances.get(&hop.id) {
            Some(instance) => of_instance(state, instance, position == 0),
            None => of_element(state, hop).into_iter().collect(),
        };
        for node in fresh {
            // A vSwitch may be told by the way and by its instance.
            if nodes.iter().all(|known| known.id != node.id) {
                nodes.push(node);
            }
        }
    }
    nodes
}

/// The machine, its interface and its vSwitch; the other way round where packets arrive.
fn of_instance(state: &State, instance: &Instance, is_start: bool) -> Vec<Node> {
    let place = |node: Node| Node {
        of: instance.base.id.clone(),
        region: instance.base.region.clone(),
        address: instance.address.to_string(),
        ..node
    };
    let mut nodes = vec![
        place(Node::new(&instance.base.id, "VM")),
        place(Node::new(&instance.interface, "ENI")),
    ];
    nodes.extend(of_vswitch(state, &instance.vswitch));
    if !is_start {
        nodes.reverse();
    }
    nodes
}

fn of_vswitch(state: &State, id: &str) -> Option<Node> {
    let vswitch = state.vpc.vswitches.get(id)?;
    Some(Node {
        zone: vswitch.zone.clone(),
        region: vswitch.base.region.clone(),
        range: vswitch.cidr.to_string(),
        ..Node::new(id, "VSW")
    })
}

fn of_element(state: &State, hop: &Hop) -> Option<Node> {
    let kind = match hop.kind {
        "vswitch" => return of_vswitch(state, &hop.id),
        "route-table" => "VROUTER",
        "attachment" => "TR_ATTACHMENT",
        "transit-router" => "TR",
        "peer" if hop.id.starts_with("pcc") => "VPC_PEER",
        "peer" => "TR_PEER_ATTACHMENT",
        "vpc-peering" => "VPC_PEER",
        "association" => "ECR_ASSOCIATION",
        "express-connect-router" => "ECR",
        "border-router" => "VBR",
        "host" => "IP",
        // ACLs stand beside the way, not on it.
        _ => return None,
    };
    Some(Node::new(&hop.id, kind))
}

fn listed(nodes: &[Node], (route, set): (&str, &str)) -> Vec<Value> {
    let view = |(position, node): (usize, &Node)| {
        json!({
            "id": node.id, "bizInsId": node.of, "nodeType": node.kind, "level": position + 1,
            "aZone": node.zone, "regionNoAlias": node.region, "cidr": node.range, "ip": node.address,
            route: {set: []},
        })
    };
    nodes.iter().enumerate().map(view).collect()
}

fn links(nodes: &[Node]) -> Vec<Value> {
    let link = |pair: &[Node]| {
        let [source, target] = pair else {
            return Value::Null;
        };
        let id = format!("{}-->{}", source.id, target.id);
        json!({"id": id, "source": source.id, "target": target.id})
    };
    nodes.windows(2).map(link).collect()
}
