//! What a step needs of the cloud: how long the cloud works on it, and which lock it takes. From the simulator's own
//! durations, so that what is left of a run's time is ours.

use std::collections::BTreeMap;

use landbridge_core::object::ObjectKey;
use landbridge_core::plan::{EndpointRef, HubScopeRef, Op, Plan, Step, StepKey};
use landbridge_core::topology::Topology;
use landbridge_core::traits::PeeringKind;
use landbridge_sim::{AwsTimings, Timings};

/// What one step needs, in seconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Need {
    /// From the accepted write to the object's readiness.
    pub(crate) works: f64,
    /// The lock that the write takes, and for how long.
    pub(crate) lock: Option<(String, f64)>,
    /// How much later than the readiness of a step before it this one can succeed.
    pub(crate) lag: BTreeMap<StepKey, f64>,
}

impl Need {
    fn works(seconds: std::time::Duration) -> Self {
        Self {
            works: seconds.as_secs_f64(),
            ..Self::default()
        }
    }

    fn under(mut self, lock: Option<&String>, held: std::time::Duration) -> Self {
        self.lock = lock.map(|lock| (lock.clone(), held.as_secs_f64()));
        self
    }
}

/// The needs of all steps of a plan; AWS takes its time as `time` says.
pub(crate) fn needs(
    plan: &Plan,
    topology: &Topology,
    time: &AwsTimings,
) -> BTreeMap<StepKey, Need> {
    let steps: BTreeMap<&StepKey, &Step> =
        plan.steps.iter().map(|step| (&step.key, step)).collect();
    let need = |step: &Step| match step.place.cloud.as_str() {
        "aws" => Need {
            lag: seen_late(step, &steps, time),
            ..aws(step, topology, time)
        },
        _ => aliyun(step),
    };
    let needs = plan.steps.iter().map(|step| (step.key.clone(), need(step)));
    needs.collect()
}

fn aliyun(step: &Step) -> Need {
    let time = Timings::default();
    let domain = step.domain.as_ref();
    let at_edge = is_at_edge(step);
    let hub = |works| {
        Need::works(works).under(
            domain,
            if at_edge {
                time.ecr_lock
            } else {
                time.cen_lock
            },
        )
    };
    match &step.op {
        Op::CreateNetwork(_) => Need::works(time.vpc),
        Op::CreateSubnet(_) => Need::works(time.vswitch).under(domain, time.vswitch),
        Op::CreateHub(hub_step) => match hub_step.scope {
            HubScopeRef::Regional { .. } => hub(time.transit_router),
            HubScopeRef::Edge { .. } => Need::works(time.ecr),
            _ => Need::works(time.cen),
        },
        Op::RequestPeering(request) => match (request.kind, &request.requester) {
            (PeeringKind::NetworkToNetwork, _) => Need::works(time.vpc_peering),
            (PeeringKind::HubToHub, _) => hub(time.peer_attachment),
            (_, EndpointRef::BorderRouter { .. }) => hub(time.ecr_child_instance),
            _ if at_edge => hub(time.ecr_association),
            _ => hub(time.vpc_attachment),
        },
        Op::AcceptPeering(_) => Need::works(time.vpc_peering_update),
        Op::EnableLearning(_) | Op::DisableLearning(_) => {
            hub(time.association.min(time.propagation))
        }
        // One call takes fifty routes of a table, so they need no turns.
        Op::CreateRoute(_) | Op::DeleteRoute(_) => Need::works(time.route),
        Op::RunInstance(_) => Need::works(time.instance),
        Op::TerminateInstance(_) => Need::works(time.instance_delete),
        Op::DeletePeering(delete) if delete.kind == PeeringKind::NetworkToNetwork => {
            Need::works(time.vpc_peering_delete)
        }
        Op::DeletePeering(_) if at_edge => hub(time.ecr_detach),
        Op::DeletePeering(_) => hub(time.detach),
        Op::DeleteHub(_) => match step.key.object() {
            ObjectKey::RegionalHub { .. } => hub(time.transit_router_delete),
            ObjectKey::EdgeHub(_) => Need::works(time.ecr),
            _ => hub(time.cen),
        },
        Op::DeleteSubnet(_) => Need {
            lag: drained(step, time.interface_drain.as_secs_f64()),
            ..Need::works(time.network_delete)
        },
        Op::DeleteNetwork(_) => Need::works(time.network_delete),
        _ => Need::default(),
    }
}

/// The interface of an attachment stays in its subnet for a while.
fn drained(step: &Step, seconds: f64) -> BTreeMap<StepKey, f64> {
    let before = step.depends_on.iter();
    let attachments = before.filter(|key| matches!(key.object(), ObjectKey::Attachment(_)));
    attachments.map(|key| (key.clone(), seconds)).collect()
}

fn is_at_edge(step: &Step) -> bool {
    match &step.op {
        Op::RequestPeering(request) => matches!(request.accepter, EndpointRef::Edge { .. }),
        Op::DeletePeering(delete) => delete.edge.is_some(),
        _ => false,
    }
}

fn aws(step: &Step, topology: &Topology, time: &AwsTimings) -> Need {
    match &step.op {
        Op::CreateNetwork(_) => Need::works(time.vpc),
        Op::CreateSubnet(_) => Need::works(time.subnet),
        Op::CreateServiceEndpoint(_) => Need::works(time.endpoint),
        Op::RequestPeering(_) => Need::works(time.peering_request),
        Op::AcceptPeering(_) => Need::works(time.peering_provisioning),
        Op::DeletePeering(_) if spans_regions(step, topology) => Need::works(time.peering_delete),
        Op::RunInstance(_) => Need::works(time.instance),
        Op::TerminateInstance(_) => Need::works(time.instance_terminate),
        _ => Need::default(),
    }
}

fn spans_regions(step: &Step, topology: &Topology) -> bool {
    let ObjectKey::Peering(ends) = step.key.object() else {
        return false;
    };
    let region = |name: &str| {
        let mut networks = topology.networks.iter();
        networks
            .find(|network| network.name == name)
            .map(|network| &network.region)
    };
    region(&ends.left) != region(&ends.right)
}

/// The accepter sees a request late, and each side what the other one did.
fn seen_late(
    step: &Step,
    steps: &BTreeMap<&StepKey, &Step>,
    time: &AwsTimings,
) -> BTreeMap<StepKey, f64> {
    let lag = |key: &StepKey| {
        let before = steps.get(key).filter(|before| before.place != step.place)?;
        let lag = match before.op {
            Op::RequestPeering(_) => {
                let seen = time.peering_request + time.peering_lag;
                seen.max(time.peering_visibility_accepter) - time.peering_request
            }
            Op::AcceptPeering(_) => time.peering_lag,
            _ => return None,
        };
        Some((key.clone(), lag.as_secs_f64()))
    };
    step.depends_on.iter().filter_map(lag).collect()
}
