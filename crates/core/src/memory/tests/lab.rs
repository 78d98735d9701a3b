//! Three networks of two accounts in two regions, joined by hubs, built by trait verbs only.

use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

use crate::clock::Clock;
use crate::ids::{CloudName, GroupId, HubId, PeeringId, Place, RouteTableId, SubnetId, Zone};
use crate::memory::{ManualClock, MemoryBuilder, MemoryProvider};
use crate::traits::{
    Cloud, CloudProvider, CommandState, CreateGrant, CreateGroup, CreateHub, CreateNetwork,
    CreateRoute, CreateSubnet, Direction, Endpoint, HubRecord, HubScope, InstanceRecord, Label,
    Learning, LearningKind, NetworkRecord, Owner, PeeringKind, PeeringRecord, Protocol,
    RequestPeering, Rule, RulePeer, RunCommand, RunInstance, SubnetRecord, Token, Transit,
};

pub(super) const A: &str = "1111";
pub(super) const B: &str = "2222";
pub(super) const HANGZHOU: &str = "cn-hangzhou";
pub(super) const QINGDAO: &str = "cn-qingdao";

pub(super) fn range(text: &str) -> IpNet {
    text.parse().expect("a range")
}

pub(super) fn token(text: &str) -> Token {
    Token::derive(&[text])
}

pub(super) fn label(key: &str) -> Label {
    Label::new(key, Owner::new("lab", key), token(key))
}

pub(super) fn place(account: &str, region: &str) -> Place {
    Place::new(CloudName::from_static("memory"), account, region)
}

pub(super) fn builder() -> MemoryBuilder {
    MemoryProvider::builder(Arc::new(ManualClock::new()))
}

pub(super) async fn cloud(
    provider: &MemoryProvider,
    account: &str,
    region: &str,
) -> Arc<dyn Cloud> {
    let place = place(account, region);
    provider.cloud(&place).await.expect("a handle")
}

pub(super) fn network_end(network: &NetworkRecord) -> Endpoint {
    Endpoint::Network {
        id: network.id.clone(),
        account: network.account.clone(),
        region: network.region.clone(),
    }
}

pub(super) fn hub_end(hub: &HubRecord) -> Endpoint {
    let parent = match &hub.scope {
        HubScope::Regional { parent } => parent.clone(),
        _ => None,
    };
    Endpoint::Hub {
        id: hub.id.clone(),
        parent,
        account: hub.account.clone(),
        region: hub.region.clone().expect("a regional hub"),
    }
}

/// One member: a network with a subnet in each zone, a group and an instance.
pub(super) struct Member {
    pub(super) cloud: Arc<dyn Cloud>,
    pub(super) network: NetworkRecord,
    pub(super) subnets: Vec<(Zone, SubnetId)>,
    pub(super) table: RouteTableId,
    pub(super) group: GroupId,
    pub(super) instance: InstanceRecord,
}

impl Member {
    /// The member `name` in 10.`number`.0.0/16.
    pub(super) async fn build(cloud: Arc<dyn Cloud>, name: &str, number: u8) -> Self {
        let whole = range(&format!("10.{number}.0.0/16"));
        let request = CreateNetwork::new(label(&format!("network/{name}")), whole);
        let network = cloud.create_network(&request).await.expect("a network");
        let subnets = Self::build_subnets(cloud.as_ref(), name, number, &network).await;
        let request = CreateGroup::new(label(&format!("group/{name}")), network.id.clone());
        let group = cloud.create_group(&request).await.expect("a group").id;
        allow_ping(cloud.as_ref(), &group).await;
        let instance = RunInstance::new(
            label(&format!("instance/{name}")),
            subnets[0].1.clone(),
            vec![group.clone()],
            "nano",
            "linux",
        );
        let instance = cloud.run_instance(&instance).await.expect("an instance");
        let networks = [network.id.clone()];
        let tables = cloud.list_route_tables(&networks).await.expect("tables");
        Self {
            cloud,
            network,
            subnets,
            table: tables[0].id.clone(),
            group,
            instance,
        }
    }

    async fn build_subnets(
        cloud: &dyn Cloud,
        name: &str,
        number: u8,
        network: &NetworkRecord,
    ) -> Vec<(Zone, SubnetId)> {
        let mut subnets = Vec::new();
        for (index, zone) in ["a", "b"].into_iter().enumerate() {
            let zone = Zone::new(format!("{}-{zone}", network.region));
            let request = CreateSubnet::new(
                label(&format!("subnet/{name}/{index}")),
                network.id.clone(),
                zone.clone(),
                range(&format!("10.{number}.{index}.0/24")),
            );
            let subnet: SubnetRecord = cloud.create_subnet(&request).await.expect("a subnet");
            subnets.push((zone, subnet.id));
        }
        subnets
    }

    pub(super) async fn add_route(&self, to: &str, through: &PeeringId) {
        let request = CreateRoute::new(self.table.clone(), range(to), through.clone());
        self.cloud.create_route(&request).await.expect("a route");
    }

    pub(super) async fn drop_route(&self, to: &str, through: &PeeringId) {
        self.cloud
            .delete_route(&self.table, &range(to), through)
            .await
            .expect("no route");
    }

    /// Whether a ping of another member is answered.
    pub(super) async fn reaches(&self, other: &Self, attempt: &str) -> bool {
        let to = other.instance.address.expect("an address");
        let id = self.instance.id.clone();
        let token = token(&format!("{id} {to} {attempt}"));
        let request = RunCommand::new(id.clone(), format!("ping -c 4 -W 2 {to}"), token);
        let command = self.cloud.run_command(&request).await.expect("a command");
        let output = self.cloud.command_output(&id, &command).await;
        output.expect("an output").state == CommandState::Exited(0)
    }
}

pub(super) fn ping_rule() -> Rule {
    let everywhere = RulePeer::Range(range("10.0.0.0/8"));
    Rule::allow(Direction::Ingress, Protocol::Icmp, None, everywhere)
}

async fn allow_ping(cloud: &dyn Cloud, group: &GroupId) {
    cloud
        .authorize_rules(group, "lab", &[ping_rule()])
        .await
        .expect("a rule");
}

/// The whole recipe: member 1 of A and 2 of B in Hangzhou, 3 of A in Qingdao, hubs of A.
pub(super) struct Lab {
    pub(super) provider: MemoryProvider,
    pub(super) members: Vec<Member>,
    pub(super) global: HubRecord,
    pub(super) hubs: Vec<HubRecord>,
    pub(super) attachments: Vec<PeeringRecord>,
    pub(super) line: PeeringRecord,
}

impl Lab {
    pub(super) async fn build() -> Self {
        Self::build_in(builder().build()).await
    }

    pub(super) async fn build_in(provider: MemoryProvider) -> Self {
        let members = build_members(&provider).await;
        let global = create_hub(&members[0], "hub/global", HubScope::Global).await;
        let parent = Some(global.id.clone());
        let scope = HubScope::Regional { parent };
        let hubs = vec![
            create_hub(&members[0], "hub/hangzhou", scope.clone()).await,
            create_hub(&members[2], "hub/qingdao", scope).await,
        ];
        grant(&members[1], &global.id).await;
        let mut attachments = Vec::new();
        for (member, hub) in members.iter().zip([&hubs[0], &hubs[0], &hubs[1]]) {
            attachments.push(attach(&provider, member, hub).await);
        }
        let line = join_hubs(&members[0], &hubs).await;
        let lab = Self {
            provider,
            members,
            global,
            hubs,
            attachments,
            line,
        };
        lab.learn_all().await;
        lab.route_all().await;
        lab
    }

    /// Every attachment with the hub it is at; the line is at both.
    pub(super) fn seats(&self) -> [(&PeeringRecord, usize); 5] {
        let [one, two, three] = [0, 1, 2].map(|index| &self.attachments[index]);
        [
            (one, 0),
            (two, 0),
            (three, 1),
            (&self.line, 0),
            (&self.line, 1),
        ]
    }

    pub(super) fn learning(
        &self,
        kind: LearningKind,
        peering: &PeeringRecord,
        hub: usize,
    ) -> Learning {
        let table = self.hubs[hub].table.clone().expect("a table");
        Learning {
            kind,
            peering: peering.id.clone(),
            table,
        }
    }

    /// The handle for the place of a hub.
    pub(super) fn at_hub(&self, hub: usize) -> &dyn Cloud {
        self.members[hub * 2].cloud.as_ref()
    }

    async fn learn_all(&self) {
        for (peering, hub) in self.seats() {
            for kind in [LearningKind::Association, LearningKind::Propagation] {
                let learning = self.learning(kind, peering, hub);
                let cloud = self.at_hub(hub);
                let enabled = cloud.enable_learning(&learning).await;
                enabled.expect("learning");
            }
        }
    }

    async fn route_all(&self) {
        for (here, attachment) in self.members.iter().zip(&self.attachments) {
            for there in &self.members {
                if here.network.id != there.network.id {
                    let to = there.network.ranges[0].to_string();
                    here.add_route(&to, &attachment.id).await;
                }
            }
        }
    }

    /// The ordered pairs, counted from 1, whose ping is lost.
    pub(super) async fn lost(&self, attempt: &str) -> Vec<(usize, usize)> {
        let mut lost = Vec::new();
        for (i, from) in self.members.iter().enumerate() {
            for (j, to) in self.members.iter().enumerate() {
                if i != j && !from.reaches(to, attempt).await {
                    lost.push((i + 1, j + 1));
                }
            }
        }
        lost
    }
}

pub(super) async fn build_members(provider: &MemoryProvider) -> Vec<Member> {
    let places = [(A, HANGZHOU), (B, HANGZHOU), (A, QINGDAO)];
    let mut members = Vec::new();
    for (number, (account, region)) in (1..).zip(places) {
        let cloud = cloud(provider, account, region).await;
        members.push(Member::build(cloud, &format!("vpc{number}"), number).await);
    }
    members
}

pub(super) async fn create_hub(member: &Member, key: &str, scope: HubScope) -> HubRecord {
    let request = CreateHub::new(label(key), scope);
    member.cloud.create_hub(&request).await.expect("a hub")
}

pub(super) fn grant_request(member: &Member, hub: &HubId) -> CreateGrant {
    let end = network_end(&member.network);
    CreateGrant::new(end, hub.clone(), A.into())
}

pub(super) async fn grant(member: &Member, hub: &HubId) {
    let request = grant_request(member, hub);
    member.cloud.create_grant(&request).await.expect("a grant");
}

pub(super) fn attach_request(member: &Member, hub: &HubRecord) -> RequestPeering {
    let key = format!("attachment/{}", member.network.name);
    let (network, hub) = (network_end(&member.network), hub_end(hub));
    RequestPeering::new(label(&key), PeeringKind::Attachment, network, hub)
        .with_subnets(member.subnets.clone())
}

pub(super) async fn attach(
    provider: &MemoryProvider,
    member: &Member,
    hub: &HubRecord,
) -> PeeringRecord {
    let cloud = cloud(
        provider,
        hub.account.as_str(),
        member.network.region.as_str(),
    )
    .await;
    let request = attach_request(member, hub);
    cloud
        .request_peering(&request)
        .await
        .expect("an attachment")
}

pub(super) async fn join_hubs(member: &Member, hubs: &[HubRecord]) -> PeeringRecord {
    let (left, right) = (hub_end(&hubs[0]), hub_end(&hubs[1]));
    let request = RequestPeering::new(label("line"), PeeringKind::HubToHub, left, right)
        .with_transit(Transit::ByTraffic { max_mbps: None });
    member
        .cloud
        .request_peering(&request)
        .await
        .expect("a line")
}

/// A clock and a provider whose objects take a minute to come and to go.
pub(super) fn slow() -> (Arc<ManualClock>, MemoryProvider) {
    let clock = Arc::new(ManualClock::new());
    let shared: Arc<dyn Clock> = clock.clone();
    let provider = MemoryProvider::builder(shared)
        .with_latency(Duration::from_secs(60))
        .build();
    (clock, provider)
}
