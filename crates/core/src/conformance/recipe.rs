//! How each kind of object is made, with everything it needs.

use async_trait::async_trait;

use super::check::Stop;
use super::lab::Lab;
use super::thing::Handle;
use crate::error::Result;
use crate::ids::{AgentRoleId, GroupId, HubId, SubnetId, Zone};
use crate::object::{Listed, Record};
use crate::traits::{
    Capabilities, CreateGroup, CreateHub, CreateNetwork, CreateSubnet, Endpoint, GroupRecord,
    HubRecord, HubScope, InstanceRecord, Label, Model, NetworkRecord, PeeringKind, PeeringRecord,
    Phase, RequestPeering, RouteTableRecord, RunInstance, SubnetRecord, TableRole, Transit,
};

/// Everything that one object needs; `create` is the call that makes it.
#[async_trait]
pub(super) trait Recipe: Sized + Send + Sync {
    type Object: Record;

    /// The needs of the `n`-th object of this kind, apart from those of others.
    async fn prepare(lab: &Lab, n: u32) -> Result<Self, Stop>;
    /// The place in which it is made.
    fn at<'a>(&'a self, lab: &'a Lab) -> &'a Handle;
    async fn create(&self, lab: &Lab, label: &Label) -> Result<Self::Object>;
    /// Where it is not seen.
    fn elsewhere(lab: &Lab) -> Vec<&Handle> {
        vec![&lab.away, &lab.guest]
    }
    /// The phases in which it waits for nothing but others.
    const SETTLED: &'static [Phase] = &[Phase::Ready];
}

impl Lab {
    /// Makes the `n`-th object of a kind and waits until it is settled.
    pub(super) async fn make<R: Recipe>(&self, n: u32) -> Result<(R, R::Object), Stop> {
        let recipe = R::prepare(self, n).await?;
        let key = format!("{}/{n}", R::Object::KIND.noun());
        let made = self.create(&recipe, &self.label(&key)).await?;
        let at = recipe.at(self).clone();
        let settled = self.in_phase(&at, made.id(), R::SETTLED).await?;
        Ok((recipe, settled))
    }

    /// Creates an object, which goes when the check ends.
    pub(super) async fn create<R: Recipe>(
        &self,
        recipe: &R,
        label: &Label,
    ) -> Result<R::Object, Stop> {
        let made = self.patient(|| recipe.create(self, label)).await?;
        self.keep(recipe.at(self), &made);
        Ok(made)
    }

    /// A ready network.
    pub(super) async fn network(&self, at: &Handle, n: u32) -> Result<NetworkRecord, Stop> {
        let request = CreateNetwork::new(self.label(&format!("network/{n}")), self.range(n));
        let made = self.patient(|| at.create_network(&request)).await?;
        self.keep(at, &made);
        self.ready(at, &made.id).await
    }

    /// The `n`-th subnet of a network, ready.
    pub(super) async fn subnet(
        &self,
        at: &Handle,
        network: &NetworkRecord,
        zone: Zone,
        n: u32,
    ) -> Result<SubnetRecord, Stop> {
        let label = self.label(&format!("subnet/{}/{n}", network.id));
        let range = self.subnet_range(&first_range(network)?, n);
        let request = CreateSubnet::new(label, network.id.clone(), zone, range);
        let made = self.patient(|| at.create_subnet(&request)).await?;
        self.keep(at, &made);
        self.ready(at, &made.id).await
    }

    /// A group of a network.
    pub(super) async fn group(
        &self,
        at: &Handle,
        network: &NetworkRecord,
        key: &str,
    ) -> Result<GroupRecord, Stop> {
        let request = CreateGroup::new(self.label(key), network.id.clone());
        let made = self.patient(|| at.create_group(&request)).await?;
        self.keep(at, &made);
        self.ready(at, &made.id).await
    }

    /// The main route table of a network.
    pub(super) async fn main_table(
        &self,
        at: &Handle,
        network: &NetworkRecord,
    ) -> Result<RouteTableRecord, Stop> {
        let tables = at
            .list_route_tables(std::slice::from_ref(&network.id))
            .await?;
        (tables
            .into_iter()
            .find(|table| table.role == TableRole::Main))
        .ok_or_else(|| Stop::broken(format!("network {} lists no main table", network.id)))
    }

    /// A ready regional hub, in a global one where the cloud has those.
    pub(super) async fn regional_hub(
        &self,
        at: &Handle,
        parent: Option<&HubId>,
        key: &str,
    ) -> Result<HubRecord, Stop> {
        let parent = parent.cloned();
        let request = CreateHub::new(self.label(key), HubScope::Regional { parent });
        let made = self.patient(|| at.create_hub(&request)).await?;
        self.keep(at, &made);
        self.ready(at, &made.id).await
    }

    /// A ready global hub, where the cloud has those.
    pub(super) async fn global_hub(&self, n: u32) -> Result<Option<HubId>, Stop> {
        if !self.capabilities().global_hub {
            return Ok(None);
        }
        let request = CreateHub::new(self.label(&format!("hub/{n}")), HubScope::Global);
        let made = self.patient(|| self.home.create_hub(&request)).await?;
        self.keep(&self.home, &made);
        let hub: HubRecord = self.ready(&self.home, &made.id).await?;
        Ok(Some(hub.id))
    }

    /// The subnets that an attachment of a network needs.
    pub(super) async fn attachment_subnets(
        &self,
        at: &Handle,
        network: &NetworkRecord,
    ) -> Result<Vec<(Zone, SubnetId)>, Stop> {
        let zones = at.list_hub_zones().await?;
        let mut subnets = Vec::new();
        let count = self.capabilities().attachment_zones.max(1);
        for (n, zone) in (8..).zip(zones.into_iter().take(count)) {
            let subnet = self.subnet(at, network, zone.clone(), n).await?;
            subnets.push((zone, subnet.id));
        }
        Ok(subnets)
    }
}

pub(super) fn first_range(network: &NetworkRecord) -> Result<ipnet::IpNet, Stop> {
    let none = || Stop::broken(format!("network {} has no range", network.id));
    network.ranges.first().copied().ok_or_else(none)
}

pub(super) fn network_end(network: &NetworkRecord) -> Endpoint {
    Endpoint::Network {
        id: network.id.clone(),
        account: network.account.clone(),
        region: network.region.clone(),
    }
}

pub(super) fn hub_end(hub: &HubRecord) -> Endpoint {
    let (id, account) = (hub.id.clone(), hub.account.clone());
    let parent = match &hub.scope {
        HubScope::Regional { parent } => parent.clone(),
        _ => None,
    };
    match hub.region.clone() {
        Some(region) => Endpoint::Hub {
            id,
            parent,
            account,
            region,
        },
        None => Endpoint::Edge { id, account },
    }
}

pub(super) fn has_hubs(capabilities: &Capabilities) -> bool {
    capabilities.models.contains(&Model::Hub)
}

pub(super) fn has_global_hubs(capabilities: &Capabilities) -> bool {
    has_hubs(capabilities) && capabilities.global_hub
}

pub(super) fn has_meshes(capabilities: &Capabilities) -> bool {
    capabilities.models.contains(&Model::Mesh)
}

/// A network at home.
pub(super) struct ANetwork(u32);

#[async_trait]
impl Recipe for ANetwork {
    type Object = NetworkRecord;

    async fn prepare(_: &Lab, n: u32) -> Result<Self, Stop> {
        Ok(Self(n))
    }

    fn at<'a>(&'a self, lab: &'a Lab) -> &'a Handle {
        &lab.home
    }

    async fn create(&self, lab: &Lab, label: &Label) -> Result<NetworkRecord> {
        let request = CreateNetwork::new(label.clone(), lab.range(self.0));
        lab.home.create_network(&request).await
    }
}

/// A subnet at home.
pub(super) struct ASubnet {
    pub(super) network: NetworkRecord,
    pub(super) zone: Zone,
}

#[async_trait]
impl Recipe for ASubnet {
    type Object = SubnetRecord;

    async fn prepare(lab: &Lab, n: u32) -> Result<Self, Stop> {
        Ok(Self {
            zone: lab.zone(&lab.home).await?,
            network: lab.network(&lab.home, n).await?,
        })
    }

    fn at<'a>(&'a self, lab: &'a Lab) -> &'a Handle {
        &lab.home
    }

    async fn create(&self, lab: &Lab, label: &Label) -> Result<SubnetRecord> {
        let whole = self.network.ranges.first().copied();
        let range = lab.subnet_range(&whole.unwrap_or_default(), 0);
        let (network, zone) = (self.network.id.clone(), self.zone.clone());
        let request = CreateSubnet::new(label.clone(), network, zone, range);
        lab.home.create_subnet(&request).await
    }
}

/// A group at home.
pub(super) struct AGroup {
    network: NetworkRecord,
}

#[async_trait]
impl Recipe for AGroup {
    type Object = GroupRecord;

    async fn prepare(lab: &Lab, n: u32) -> Result<Self, Stop> {
        let network = lab.network(&lab.home, n).await?;
        Ok(Self { network })
    }

    fn at<'a>(&'a self, lab: &'a Lab) -> &'a Handle {
        &lab.home
    }

    async fn create(&self, lab: &Lab, label: &Label) -> Result<GroupRecord> {
        let request = CreateGroup::new(label.clone(), self.network.id.clone());
        lab.home.create_group(&request).await
    }
}

/// A global hub.
pub(super) struct AGlobalHub;

#[async_trait]
impl Recipe for AGlobalHub {
    type Object = HubRecord;

    async fn prepare(_: &Lab, _: u32) -> Result<Self, Stop> {
        Ok(Self)
    }

    fn at<'a>(&'a self, lab: &'a Lab) -> &'a Handle {
        &lab.home
    }

    async fn create(&self, lab: &Lab, label: &Label) -> Result<HubRecord> {
        let request = CreateHub::new(label.clone(), HubScope::Global);
        lab.home.create_hub(&request).await
    }

    fn elsewhere(lab: &Lab) -> Vec<&Handle> {
        vec![&lab.guest]
    }
}

/// A regional hub at home.
pub(super) struct ARegionalHub {
    parent: Option<HubId>,
}

#[async_trait]
impl Recipe for ARegionalHub {
    type Object = HubRecord;

    async fn prepare(lab: &Lab, n: u32) -> Result<Self, Stop> {
        let parent = lab.global_hub(n + 10).await?;
        Ok(Self { parent })
    }

    fn at<'a>(&'a self, lab: &'a Lab) -> &'a Handle {
        &lab.home
    }

    async fn create(&self, lab: &Lab, label: &Label) -> Result<HubRecord> {
        let parent = self.parent.clone();
        let request = CreateHub::new(label.clone(), HubScope::Regional { parent });
        lab.home.create_hub(&request).await
    }
}

/// The attachment of a network at home to a hub at home.
pub(super) struct AnAttachment {
    pub(super) network: NetworkRecord,
    pub(super) hub: HubRecord,
    pub(super) subnets: Vec<(Zone, SubnetId)>,
}

#[async_trait]
impl Recipe for AnAttachment {
    type Object = PeeringRecord;

    async fn prepare(lab: &Lab, n: u32) -> Result<Self, Stop> {
        let network = lab.network(&lab.home, n).await?;
        Self::of(lab, n, network).await
    }

    fn at<'a>(&'a self, lab: &'a Lab) -> &'a Handle {
        &lab.home
    }

    async fn create(&self, lab: &Lab, label: &Label) -> Result<PeeringRecord> {
        lab.home.request_peering(&self.request(label)).await
    }

    fn elsewhere(lab: &Lab) -> Vec<&Handle> {
        vec![&lab.away]
    }
}

impl AnAttachment {
    /// The attachment of this network to a hub of its own.
    pub(super) async fn of(lab: &Lab, n: u32, network: NetworkRecord) -> Result<Self, Stop> {
        let parent = lab.global_hub(n + 10).await?;
        let key = format!("hub/{}", n + 20);
        let hub = lab.regional_hub(&lab.home, parent.as_ref(), &key).await?;
        let subnets = lab.attachment_subnets(&lab.home, &network).await?;
        Ok(Self {
            network,
            hub,
            subnets,
        })
    }

    pub(super) fn request(&self, label: &Label) -> RequestPeering {
        let (member, hub) = (network_end(&self.network), hub_end(&self.hub));
        RequestPeering::new(label.clone(), PeeringKind::Attachment, member, hub)
            .with_subnets(self.subnets.clone())
    }
}

/// The peering of a hub at home and one away.
pub(super) struct ALink {
    pub(super) near: HubRecord,
    pub(super) far: HubRecord,
}

#[async_trait]
impl Recipe for ALink {
    type Object = PeeringRecord;

    async fn prepare(lab: &Lab, n: u32) -> Result<Self, Stop> {
        let parent = lab.global_hub(n + 10).await?;
        let (near, far) = (format!("hub/{}", n + 20), format!("hub/{}", n + 30));
        Ok(Self {
            near: lab.regional_hub(&lab.home, parent.as_ref(), &near).await?,
            far: lab.regional_hub(&lab.away, parent.as_ref(), &far).await?,
        })
    }

    fn at<'a>(&'a self, lab: &'a Lab) -> &'a Handle {
        &lab.home
    }

    async fn create(&self, lab: &Lab, label: &Label) -> Result<PeeringRecord> {
        let (near, far) = (hub_end(&self.near), hub_end(&self.far));
        let request = RequestPeering::new(label.clone(), PeeringKind::HubToHub, near, far)
            .with_transit(Transit::ByTraffic { max_mbps: None });
        lab.home.request_peering(&request).await
    }

    fn elsewhere(lab: &Lab) -> Vec<&Handle> {
        vec![&lab.guest]
    }
}

/// The peering of a network at home and one of the guest.
pub(super) struct AMeshPeering {
    pub(super) near: NetworkRecord,
    pub(super) far: NetworkRecord,
}

#[async_trait]
impl Recipe for AMeshPeering {
    type Object = PeeringRecord;
    const SETTLED: &'static [Phase] = &[Phase::AwaitingAcceptance];

    async fn prepare(lab: &Lab, n: u32) -> Result<Self, Stop> {
        let near = lab.network(&lab.home, n).await?;
        Self::of(lab, n, near).await
    }

    fn at<'a>(&'a self, lab: &'a Lab) -> &'a Handle {
        &lab.home
    }

    async fn create(&self, lab: &Lab, label: &Label) -> Result<PeeringRecord> {
        lab.home.request_peering(&self.request(label)).await
    }

    fn elsewhere(lab: &Lab) -> Vec<&Handle> {
        vec![&lab.away]
    }
}

impl AMeshPeering {
    /// The peering of this network with one of its own.
    pub(super) async fn of(lab: &Lab, n: u32, near: NetworkRecord) -> Result<Self, Stop> {
        let far = lab.network(&lab.guest, n + 4).await?;
        Ok(Self { near, far })
    }

    pub(super) fn request(&self, label: &Label) -> RequestPeering {
        let (near, far) = (network_end(&self.near), network_end(&self.far));
        RequestPeering::new(label.clone(), PeeringKind::NetworkToNetwork, near, far)
    }
}

/// An instance at home.
pub(super) struct AnInstance {
    pub(super) network: NetworkRecord,
    pub(super) subnet: SubnetRecord,
    pub(super) group: GroupId,
    pub(super) agent_role: Option<AgentRoleId>,
}

#[async_trait]
impl Recipe for AnInstance {
    type Object = InstanceRecord;

    async fn prepare(lab: &Lab, n: u32) -> Result<Self, Stop> {
        lab.machines()?;
        let zone = lab.zone(&lab.home).await?;
        let network = lab.network(&lab.home, n).await?;
        let subnet = lab.subnet(&lab.home, &network, zone, 0).await?;
        let group = lab
            .group(&lab.home, &network, &format!("group/{n}"))
            .await?;
        Ok(Self {
            network,
            subnet,
            group: group.id,
            agent_role: None,
        })
    }

    fn at<'a>(&'a self, lab: &'a Lab) -> &'a Handle {
        &lab.home
    }

    async fn create(&self, lab: &Lab, label: &Label) -> Result<InstanceRecord> {
        lab.home.run_instance(&self.request(lab, label)).await
    }
}

impl AnInstance {
    pub(super) fn request(&self, lab: &Lab, label: &Label) -> RunInstance {
        let machines = lab.subject.machines.clone();
        let (kind, image) = machines.map_or_else(Default::default, |m| (m.instance_type, m.image));
        let groups = vec![self.group.clone()];
        RunInstance::new(label.clone(), self.subnet.id.clone(), groups, kind, image)
            .with_agent_role(self.agent_role.clone())
    }
}
