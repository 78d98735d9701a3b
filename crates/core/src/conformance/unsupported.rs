//! What a cloud does not have, its capabilities say beforehand, and its verbs refuse.

use std::fmt::Debug;
use std::future::Future;

use super::check::{Check, Stop, check, ensure, refused};
use super::lab::Lab;
use super::recipe::{has_global_hubs, has_hubs, has_meshes};
use crate::error::{ErrorKind, Result};
use crate::traits::{
    Capabilities, CreateGrant, CreateHub, DnsAccess, Endpoint, EnsureUser, HubScope, Learning,
    LearningKind, PeeringKind, PeeringSide, RequestPeering, RunCommand, Select, StartAnalysis,
};
use crate::verify::Traffic;

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(
            "unsupported.hub",
            |capabilities| !has_hubs(capabilities),
            "where the model is not offered, hubs, learning and attachments are Unsupported, and nothing is written",
            hubs
        ),
        check!(
            "unsupported.global-hub",
            |capabilities| !has_global_hubs(capabilities),
            "where there are no global hubs, making one is Unsupported, and nothing is written",
            global_hubs
        ),
        check!(
            "unsupported.edge-hub",
            |capabilities| !capabilities.edge_hubs,
            "where there are no hubs at the edge, making one is Unsupported, and nothing is written",
            edge_hubs
        ),
        check!(
            "unsupported.mesh",
            |capabilities| !has_meshes(capabilities),
            "where the model is not offered, peering two networks is Unsupported, and nothing is written",
            meshes
        ),
        check!(
            "unsupported.accept",
            |capabilities| !has_meshes(capabilities),
            "where consent is given by grants, accepting is Unsupported, and nothing is written",
            accept
        ),
        check!(
            "unsupported.grant",
            |capabilities| !capabilities.grants,
            "where there are no grants, giving one is Unsupported, and nothing is written",
            grants
        ),
        check!(
            "unsupported.dns",
            |capabilities| !capabilities.dns_resolution,
            "where the capabilities say so, name resolution and host names are Unsupported, and nothing is written",
            dns
        ),
        check!(
            "unsupported.command",
            |capabilities: &Capabilities| !capabilities.commands,
            "where commands are not run, asking for one, its output or the agent is Unsupported",
            commands
        ),
        check!(
            "unsupported.oracle",
            |capabilities: &Capabilities| capabilities.oracle.is_none(),
            "where there is no analyser of paths, asking for an analysis is Unsupported, and nothing is written",
            analyses
        ),
        check!(
            "unsupported.user",
            |capabilities: &Capabilities| !capabilities.trusted_users,
            "where the capabilities say so, making a user is Unsupported, and nothing is written",
            users
        ),
    ]
}

/// The call fails with `Unsupported` and writes nothing.
async fn unsupported<T, Fut>(lab: &Lab, call: Fut) -> Result<(), Stop>
where
    T: Debug,
    Fut: Future<Output = Result<T>>,
{
    let before = lab.subject.writes();
    refused(call.await, &[ErrorKind::Unsupported])?;
    let after = lab.subject.writes();
    ensure(before == after, || {
        format!("{before:?} writes before, {after:?} after")
    })
}

fn network_at_home(lab: &Lab, id: &str) -> Endpoint {
    Endpoint::Network {
        id: id.into(),
        account: lab.home.place().account.clone(),
        region: lab.home.place().region.clone(),
    }
}

fn hub_at_home(lab: &Lab) -> Endpoint {
    Endpoint::Hub {
        id: "hub-0".into(),
        parent: None,
        account: lab.home.place().account.clone(),
        region: lab.home.place().region.clone(),
    }
}

async fn hubs(lab: &Lab) -> Result<(), Stop> {
    let home = &lab.home;
    let scope = HubScope::Regional { parent: None };
    let request = CreateHub::new(lab.label("hub/0"), scope);
    unsupported(lab, home.create_hub(&request)).await?;
    let learning = Learning {
        kind: LearningKind::Association,
        peering: "peering-0".into(),
        table: "table-0".into(),
    };
    unsupported(lab, home.enable_learning(&learning)).await?;
    let (member, hub) = (network_at_home(lab, "network-0"), hub_at_home(lab));
    let label = lab.label("peering/0");
    let request = RequestPeering::new(label, PeeringKind::Attachment, member, hub);
    unsupported(lab, home.request_peering(&request)).await?;
    let zones = home.list_hub_zones().await?;
    ensure(zones.is_empty(), || {
        format!("zones for attachments: {zones:?}")
    })
}

async fn global_hubs(lab: &Lab) -> Result<(), Stop> {
    let request = CreateHub::new(lab.label("hub/0"), HubScope::Global);
    unsupported(lab, lab.home.create_hub(&request)).await
}

async fn edge_hubs(lab: &Lab) -> Result<(), Stop> {
    let request = CreateHub::new(lab.label("hub/0"), HubScope::Edge { asn: 45104 });
    unsupported(lab, lab.home.create_hub(&request)).await
}

async fn meshes(lab: &Lab) -> Result<(), Stop> {
    let [near, far] = ["network-0", "network-1"].map(|id| network_at_home(lab, id));
    let label = lab.label("peering/0");
    let request = RequestPeering::new(label, PeeringKind::NetworkToNetwork, near, far);
    unsupported(lab, lab.home.request_peering(&request)).await
}

async fn accept(lab: &Lab) -> Result<(), Stop> {
    let id = "peering-0".into();
    unsupported(lab, lab.home.accept_peering(&id)).await
}

async fn grants(lab: &Lab) -> Result<(), Stop> {
    let account = lab.guest.place().account.clone();
    let member = network_at_home(lab, "network-0");
    let request = CreateGrant::new(member, "hub-0".into(), account);
    unsupported(lab, lab.home.create_grant(&request)).await
}

async fn dns(lab: &Lab) -> Result<(), Stop> {
    let id = "peering-0".into();
    let call = lab
        .home
        .allow_dns_resolution(&id, PeeringSide::Requester, DnsAccess::Allow);
    unsupported(lab, call).await?;
    let network = "network-0".into();
    unsupported(lab, lab.home.enable_host_names(&network)).await?;
    unsupported(lab, lab.home.has_host_names(&network)).await
}

async fn commands(lab: &Lab) -> Result<(), Stop> {
    let (instance, command) = ("instance-0".into(), "command-0".into());
    let request = RunCommand::new("instance-0".into(), "true", lab.token(&["none"]));
    unsupported(lab, lab.home.run_command(&request)).await?;
    unsupported(lab, lab.home.command_output(&instance, &command)).await?;
    unsupported(lab, lab.home.agents_ready(std::slice::from_ref(&instance))).await
}

async fn analyses(lab: &Lab) -> Result<(), Stop> {
    let ends = ["10.0.0.4", "10.0.0.5"].map(|text| text.parse().map_err(|_| Stop::broken(text)));
    let [from, to] = ends;
    let request = StartAnalysis::new(
        lab.label("analysis/0"),
        ("instance-0".into(), from?),
        ("instance-1".into(), to?),
        Traffic::tcp(443),
    );
    unsupported(lab, lab.home.start_analysis(&request)).await?;
    let id = "analysis-0".into();
    unsupported(lab, lab.home.analysis(&id)).await?;
    unsupported(lab, lab.home.list_analyses(&Select::All)).await?;
    unsupported(lab, lab.home.delete_analysis(&id)).await
}

async fn users(lab: &Lab) -> Result<(), Stop> {
    let owner = lab.owner("user/0");
    let request = EnsureUser::new(lab.short_name("user"), owner, "role-0");
    unsupported(lab, lab.home.ensure_user(&request)).await
}
