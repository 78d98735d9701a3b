//! What agents on instances need: roles and service endpoints.

use async_trait::async_trait;

use super::check::{Check, Stop, check, ensure};
use super::lab::Lab;
use super::lifecycle::lifecycle;
use super::recipe::{AnInstance, Recipe};
use super::thing::Handle;
use crate::error::Result;
use crate::ids::{AgentRoleId, GroupId};
use crate::traits::{
    AGENT_PORT, AgentRoleRecord, Capabilities, CreateServiceEndpoint, Direction, InstanceRecord,
    Label, NetworkRecord, PortRange, Protocol, Rule, RulePeer, Select, ServiceEndpointRecord,
    SubnetRecord,
};

pub(super) fn checks() -> Vec<Check> {
    let mut checks = lifecycle!("service-endpoint", AServiceEndpoint, endpoints, token endpoints);
    checks.extend([
        check!(
            "service-endpoint.record",
            endpoints,
            "an endpoint tells its service, its network, its subnet and its groups",
            record
        ),
        check!(
            "agent-role.once",
            roles,
            "a topology has one role of agents, however often it is made",
            once
        ),
        check!(
            "agent-role.found",
            roles,
            "a role of agents is found by its topology in every region, and by its id",
            found
        ),
        check!(
            "agent-role.delete",
            roles,
            "a role of agents that is deleted is gone, and deleting an absent one succeeds",
            delete
        ),
    ]);
    checks
}

fn endpoints(capabilities: &Capabilities) -> bool {
    !capabilities.agent_services.is_empty()
}

fn roles(capabilities: &Capabilities) -> bool {
    capabilities.agent_roles
}

/// An endpoint of the first service that agents call.
struct AServiceEndpoint {
    network: NetworkRecord,
    subnet: SubnetRecord,
    group: GroupId,
    service: String,
}

#[async_trait]
impl Recipe for AServiceEndpoint {
    type Object = ServiceEndpointRecord;

    async fn prepare(lab: &Lab, n: u32) -> Result<Self, Stop> {
        let zone = lab.zone(&lab.home).await?;
        let network = lab.network(&lab.home, n).await?;
        let subnet = lab.subnet(&lab.home, &network, zone, 0).await?;
        let key = format!("group/ends-{n}");
        let group = lab.group(&lab.home, &network, &key).await?;
        lab.patient(|| lab.home.enable_host_names(&network.id))
            .await?;
        let service = lab.capabilities().agent_services.first().cloned();
        Ok(Self {
            network,
            subnet,
            group: group.id,
            service: service.unwrap_or_default(),
        })
    }

    fn at<'a>(&'a self, lab: &'a Lab) -> &'a Handle {
        &lab.home
    }

    async fn create(&self, lab: &Lab, label: &Label) -> Result<ServiceEndpointRecord> {
        let request = CreateServiceEndpoint::new(
            label.clone(),
            &self.service,
            self.network.id.clone(),
            self.subnet.id.clone(),
            vec![self.group.clone()],
        );
        lab.home.create_service_endpoint(&request).await
    }
}

async fn record(lab: &Lab) -> Result<(), Stop> {
    let (recipe, one) = lab.make::<AServiceEndpoint>(0).await?;
    ensure(
        one.service == recipe.service
            && one.network == recipe.network.id
            && one.subnets == [recipe.subnet.id.clone()]
            && one.groups == [recipe.group.clone()],
        || {
            format!(
                "asked for {} in {:?}: {one:?}",
                recipe.service, recipe.subnet
            )
        },
    )
}

impl Lab {
    async fn agent_role(&self) -> Result<AgentRoleRecord, Stop> {
        let label = self.label("agent-role/own");
        let made = self.patient(|| self.home.ensure_agent_role(&label)).await?;
        self.keep(&self.home, &made);
        self.ready(&self.home, &made.id).await
    }

    /// What an instance needs so that its agent fetches commands.
    pub(super) async fn with_agent(&self, n: u32) -> Result<AnInstance, Stop> {
        let mut recipe = AnInstance::prepare(self, n).await?;
        if self.capabilities().agent_roles {
            recipe.agent_role = Some(self.agent_role().await?.id);
        }
        let services = self.capabilities().agent_services.clone();
        if services.is_empty() {
            return Ok(recipe);
        }
        let network = recipe.network.id.clone();
        self.patient(|| self.home.enable_host_names(&network))
            .await?;
        let ends = self
            .group(&self.home, &recipe.network, &format!("group/ends-{n}"))
            .await?;
        let topology = self.topology();
        let rules = [Rule::allow(
            Direction::Ingress,
            Protocol::Tcp,
            Some(PortRange::single(AGENT_PORT)),
            RulePeer::Range(self.range(n)),
        )];
        self.patient(|| self.home.authorize_rules(&ends.id, &topology, &rules))
            .await?;
        for service in services {
            let label = self.label(&format!("service-endpoint/{n}/{service}"));
            let subnet = recipe.subnet.id.clone();
            let groups = vec![ends.id.clone()];
            let request =
                CreateServiceEndpoint::new(label, service, network.clone(), subnet, groups);
            let made = self
                .patient(|| self.home.create_service_endpoint(&request))
                .await?;
            self.keep(&self.home, &made);
            self.ready::<ServiceEndpointRecord>(&self.home, &made.id)
                .await?;
        }
        Ok(recipe)
    }

    /// An instance with an agent that can fetch commands.
    pub(super) async fn probe(&self) -> Result<InstanceRecord, Stop> {
        let recipe = self.with_agent(0).await?;
        let made = self.create(&recipe, &self.label("instance/probe")).await?;
        self.ready(&self.home, &made.id).await
    }
}

async fn once(lab: &Lab) -> Result<(), Stop> {
    let first = lab.agent_role().await?;
    let second = lab.agent_role().await?;
    ensure(first.id == second.id, || {
        format!("{} and then {}", first.id, second.id)
    })
}

async fn found(lab: &Lab) -> Result<(), Stop> {
    let made = lab.agent_role().await?;
    let ours = Select::Topology(lab.topology());
    for at in [&lab.home, &lab.away] {
        let listed = lab.patient(|| at.list_agent_roles(&ours)).await?;
        let ids: Vec<&AgentRoleId> = listed.iter().map(|one| &one.id).collect();
        ensure(ids == [&made.id], || {
            format!("{} sees {ids:?}, not {}", at.place(), made.id)
        })?;
    }
    let other = Select::Topology(lab.other_topology());
    let listed = lab.patient(|| lab.home.list_agent_roles(&other)).await?;
    ensure(listed.is_empty(), || format!("of another: {listed:?}"))?;
    let by_id = Select::Ids(vec![made.id.clone()]);
    let listed = lab.patient(|| lab.guest.list_agent_roles(&by_id)).await?;
    ensure(listed.is_empty(), || {
        format!("another account sees {listed:?}")
    })
}

async fn delete(lab: &Lab) -> Result<(), Stop> {
    let made = lab.agent_role().await?;
    lab.stubborn(|| lab.home.delete_agent_role(&made.id))
        .await?;
    lab.gone::<AgentRoleRecord>(&lab.home, &made.id).await?;
    lab.patient(|| lab.home.delete_agent_role(&made.id)).await?;
    Ok(())
}
