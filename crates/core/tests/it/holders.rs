//! What others made and holds objects of ours: a delete is refused before the first write, naming the holder.

use std::sync::Arc;

use landbridge_core::engine::Engine;
use landbridge_core::memory::MemoryProvider;
use landbridge_core::preflight::{Report, preflight, preflight_destroy};
use landbridge_core::topology::{Account, Interconnect, ModelChoice, Network, Subnet, Topology};
use landbridge_core::{
    Cloud, CloudProvider, CreateGroup, CreateSubnet, Direction, Endpoint, GroupId, HubId, HubScope,
    Label, NetworkId, Observation, Owner, PeeringKind, Place, Protocol, RequestPeering, Rule,
    RulePeer, RuleRecord, RunInstance, SubnetId, Token,
};

use crate::apply::apply;
use crate::common::{A, B, memory, network, topology, world_like};

struct Stage {
    engine: Engine,
    provider: MemoryProvider,
    topology: Topology,
}

/// The topology, applied.
async fn stage() -> Stage {
    let (engine, provider, _) =
        world_like(|builder| builder.with_latency(std::time::Duration::ZERO));
    let topology = topology();
    apply(&engine, &topology).await;
    Stage {
        engine,
        provider,
        topology,
    }
}

fn label(key: &str) -> Label {
    Label::new("theirs", Owner::new("theirs", key), Token::derive(&[key]))
}

impl Stage {
    async fn at(&self, account: &str) -> Arc<dyn Cloud> {
        let place = Place::new(memory(), account, "r1");
        self.provider.cloud(&place).await.expect("a handle")
    }

    async fn observe(&self) -> Observation {
        self.engine.observe(&self.topology).await.expect("observe")
    }

    async fn network(&self, name: &str) -> NetworkId {
        let observation = self.observe().await;
        let mut networks = observation.inventories.iter().flat_map(|i| &i.networks);
        let network = networks.find(|network| network.name == name);
        network.expect("a network").id.clone()
    }

    async fn subnet(&self, network: &NetworkId) -> SubnetId {
        let observation = self.observe().await;
        let mut subnets = observation.inventories.iter().flat_map(|i| &i.subnets);
        let subnet = subnets.find(|subnet| subnet.network == *network);
        subnet.expect("a subnet").id.clone()
    }

    async fn group(&self, network: &NetworkId) -> GroupId {
        let observation = self.observe().await;
        let mut groups = observation.inventories.iter().flat_map(|i| &i.groups);
        let group = groups.find(|group| group.network.as_ref() == Some(network));
        group.expect("a group").id.clone()
    }

    async fn hub(&self) -> HubId {
        let observation = self.observe().await;
        let mut hubs = observation.inventories.iter().flat_map(|i| &i.hubs);
        let global = hubs.find(|hub| hub.scope == HubScope::Global);
        global.expect("a hub").id.clone()
    }

    async fn report(&self) -> Report {
        let observation = self.engine.observe_for_destroy(&self.topology).await;
        preflight_destroy(&self.topology, &observation.expect("observe"))
    }

    /// Destroy is refused with one finding about `subject`, which names every one of `words`.
    async fn refuses(&self, subject: &str, words: &[&str]) {
        let report = self.report().await;
        assert_eq!(report.codes(), ["destroy/in-use"], "{report}");
        assert!(!report.passed());
        assert_eq!(report.findings[0].subject, subject, "{report}");
        let text = report.to_string();
        for word in words {
            assert!(text.contains(word), "`{word}` is missing in {text}");
        }
    }

    /// Runs an instance of others in our network `two`, in one of their groups there or in ours.
    async fn their_instance(&self, group: GroupId) -> String {
        let cloud = self.at(B).await;
        let subnet = self.subnet(&self.network("two").await).await;
        let label = label("instance/x");
        let request = RunInstance::new(label, subnet, vec![group], "small", "linux");
        let instance = cloud.run_instance(&request).await.expect("an instance");
        instance.id.to_string()
    }

    async fn their_group(&self, network: &NetworkId) -> GroupId {
        let request = CreateGroup::new(label("group/x"), network.clone());
        let group = self.at(B).await.create_group(&request).await;
        group.expect("a group").id
    }
}

#[tokio::test]
async fn what_the_topology_made_holds_nothing_of_it() {
    let stage = stage().await;
    let report = stage.report().await;
    assert_eq!(report.codes(), [""; 0], "{report}");
}

#[tokio::test]
async fn a_group_of_others_holds_our_network() {
    let stage = stage().await;
    let group = stage.their_group(&stage.network("two").await).await;
    let words = [group.as_str(), "security group", "of topology theirs"];
    stage.refuses("network/two", &words).await;
}

#[tokio::test]
async fn an_instance_of_others_holds_our_subnet_and_our_group() {
    let stage = stage().await;
    let group = stage.group(&stage.network("two").await).await;
    let instance = stage.their_instance(group).await;
    let report = stage.report().await;
    let subjects: Vec<&str> = report.findings.iter().map(|f| f.subject.as_str()).collect();
    assert_eq!(subjects, ["group/probe/two", "subnet/two/s1"], "{report}");
    assert_eq!(report.codes(), ["destroy/in-use"; 2]);
    assert!(
        report
            .findings
            .iter()
            .all(|f| f.message.contains(&instance))
    );
}

#[tokio::test]
async fn a_rule_of_another_group_that_names_ours_holds_it() {
    let stage = stage().await;
    let network = stage.network("two").await;
    let (ours, theirs) = (
        stage.group(&network).await,
        stage.their_group(&network).await,
    );
    let peer = RulePeer::Group {
        id: ours,
        account: None,
    };
    let rule = Rule::allow(Direction::Ingress, Protocol::Tcp, None, peer);
    let placed = stage
        .provider
        .place_rule(RuleRecord::new(theirs.clone(), rule));
    placed.expect("a rule");
    let report = stage.report().await;
    let subjects: Vec<&str> = report.findings.iter().map(|f| f.subject.as_str()).collect();
    assert_eq!(subjects, ["group/probe/two", "network/two"], "{report}");
    let text = report.to_string();
    assert!(
        text.contains(&format!("a rule of security group {theirs}")),
        "{text}"
    );
}

#[tokio::test]
async fn a_subnet_and_a_route_table_of_others_hold_our_network() {
    let stage = stage().await;
    let network = stage.network("two").await;
    let range = "10.2.9.0/24".parse().expect("a range");
    let zone = "r1-a".into();
    let request = CreateSubnet::new(label("subnet/x"), network.clone(), zone, range);
    let subnet = stage.at(B).await.create_subnet(&request).await;
    let subnet = subnet.expect("a subnet").id;
    let table = stage.provider.add_route_table(&network, &[]);
    let table = table.expect("a table");
    stage
        .refuses("network/two", &[subnet.as_str(), table.as_str()])
        .await;
}

#[tokio::test]
async fn a_peering_of_another_topology_holds_our_network() {
    let stage = stage().await;
    let id = stage.network("two").await;
    let theirs = Topology::new("theirs")
        .with_account(Account::new("b", memory(), B))
        .with_network(Network::existing("two", "b", "r1", id))
        .with_network(network("far", "b", "r1", 9))
        .with_interconnect(
            Interconnect::new("mesh", "b", ["two", "far"]).with_model(ModelChoice::Mesh),
        );
    apply(&stage.engine, &theirs).await;
    stage
        .refuses("network/two", &["peering", "of topology theirs"])
        .await;
}

#[tokio::test]
async fn an_attachment_to_a_hub_of_another_topology_holds_our_subnet() {
    let stage = stage().await;
    let id = stage.network("one").await;
    let subnet = stage.subnet(&id).await;
    let mut theirs = Topology::new("theirs")
        .with_account(Account::new("a", memory(), A))
        .with_account(Account::new("b", memory(), B))
        .with_network(network("far", "b", "r1", 9))
        .with_interconnect(
            Interconnect::new("core", "b", ["one", "far"]).with_model(ModelChoice::Hub),
        );
    let range = "10.1.1.0/24".parse().expect("a range");
    let there = Subnet::new("s", "r1-a", range).with_id(subnet);
    let ours = Network::existing("one", "a", "r1", id).with_subnet(there);
    theirs.networks.push(ours);
    apply(&stage.engine, &theirs).await;
    let report = stage.report().await;
    assert_eq!(report.codes(), ["destroy/in-use"; 2], "{report}");
    for (finding, subnet) in report
        .findings
        .iter()
        .zip(["subnet/one/s1", "subnet/one/s2"])
    {
        assert_eq!(finding.subject, subnet);
        assert!(finding.message.contains("(attachment peer-"), "{report}");
    }
}

#[tokio::test]
async fn an_apply_that_deletes_is_refused_too_and_reads_holders_by_itself() {
    let mut stage = stage().await;
    let group = stage.group(&stage.network("two").await).await;
    stage.their_instance(group).await;
    let whole = stage.observe().await;
    assert!(preflight(&stage.topology, &whole).passed());
    assert!(whole.inventories.iter().all(|i| i.interfaces.is_empty()));

    let gone = "two";
    stage
        .topology
        .networks
        .retain(|network| network.name != gone);
    stage.topology.interconnects[0]
        .members
        .retain(|name| name != gone);
    stage.topology.firewalls[0]
        .networks
        .retain(|name| name != gone);
    stage
        .topology
        .instances
        .retain(|instance| instance.name != "i2");
    let report = preflight(&stage.topology, &stage.observe().await);
    assert_eq!(report.codes(), ["destroy/in-use"; 2], "{report}");
}

#[tokio::test]
async fn an_attachment_of_others_holds_our_hub() {
    let stage = stage().await;
    let hub = stage.hub().await;
    let observation = stage.observe().await;
    let regional = observation.inventories.iter().flat_map(|i| &i.hubs);
    let mut regional = regional.filter(|one| {
        let parent = Some(hub.clone());
        one.scope == HubScope::Regional { parent }
            && one.region.as_ref().is_some_and(|r| r.as_str() == "r1")
    });
    let regional = regional.next().expect("a regional hub").clone();
    let theirs = Topology::new("theirs")
        .with_account(Account::new("a", memory(), A))
        .with_network(network("far", "a", "r1", 9));
    apply(&stage.engine, &theirs).await;
    let found = stage.engine.observe(&theirs).await.expect("observe");
    let inventory = &found.inventories[0];
    let (network, subnet) = (&inventory.networks[0], &inventory.subnets[0]);
    let request = RequestPeering::new(
        label("attachment/x"),
        PeeringKind::Attachment,
        Endpoint::Network {
            id: network.id.clone(),
            account: A.into(),
            region: "r1".into(),
        },
        Endpoint::Hub {
            id: regional.id.clone(),
            parent: Some(hub),
            account: A.into(),
            region: "r1".into(),
        },
    )
    .with_subnets(vec![(subnet.zone.clone(), subnet.id.clone())]);
    let attached = stage.at(A).await.request_peering(&request).await;
    let attached = attached.expect("an attachment").id;
    let report = stage.report().await;
    let subjects: Vec<&str> = report.findings.iter().map(|f| f.subject.as_str()).collect();
    assert_eq!(subjects, ["hub/core", "hub/core/r1"], "{report}");
    assert!(report.to_string().contains(attached.as_str()), "{report}");
}
