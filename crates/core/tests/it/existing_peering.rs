//! Peerings that others made between the networks of a mesh: used as they are, and left as they were.

use std::sync::Arc;

use landbridge_core::engine::Engine;
use landbridge_core::memory::{FaultPoint, ManualClock, MemoryProvider};
use landbridge_core::object::{Kind, OpKind};
use landbridge_core::plan::{AdoptReason, Plan, adopt, adoptable, plan, plan_destroy};
use landbridge_core::preflight::{Report, preflight};
use landbridge_core::topology::{Account, Interconnect, ModelChoice, Network, Topology};
use landbridge_core::{
    Cloud, CloudProvider, CreateNetwork, CreateRoute, CreateSubnet, DnsAccess, Endpoint, ErrorKind,
    Label, NetworkId, NextHop, Observation, Owner, PeeringId, PeeringKind, PeeringSide, Phase,
    Place, RequestPeering, RouteOrigin, RouteRecord, RouteTableId, Status, Token,
};

use crate::apply::apply;
use crate::common::{A, B, memory};
use crate::mesh;

/// Two networks with a subnet each, in two accounts, which others made.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) provider: MemoryProvider,
    pub(crate) left: Site,
    pub(crate) right: Site,
}

/// One of the networks.
pub(crate) struct Site {
    pub(crate) cloud: Arc<dyn Cloud>,
    pub(crate) id: NetworkId,
    table: RouteTableId,
}

fn label(topology: &str, key: &str) -> Label {
    let owner = Owner::new(topology, key);
    Label::new("old", owner, Token::derive(&[topology, key]))
}

fn range(text: &str) -> ipnet::IpNet {
    text.parse().expect("a range")
}

impl Site {
    async fn new(provider: &MemoryProvider, account: &str, number: u8) -> Self {
        let place = Place::new(memory(), account, "r1");
        let cloud = provider.cloud(&place).await.expect("a handle");
        let of = label("theirs", &format!("network/n{number}"));
        let request = CreateNetwork::new(of, range(&format!("10.{number}.0.0/16")));
        let id = cloud.create_network(&request).await.expect("network").id;
        let of = label("theirs", &format!("subnet/n{number}"));
        let subnet = range(&format!("10.{number}.1.0/24"));
        let request = CreateSubnet::new(of, id.clone(), "r1-a".into(), subnet);
        cloud.create_subnet(&request).await.expect("subnet");
        let tables = cloud.list_route_tables(std::slice::from_ref(&id)).await;
        let table = tables.expect("tables")[0].id.clone();
        Self { cloud, id, table }
    }

    fn end(&self) -> Endpoint {
        let place = self.cloud.place();
        Endpoint::Network {
            id: self.id.clone(),
            account: place.account.clone(),
            region: place.region.clone(),
        }
    }

    /// Asks for a peering that carries the tags of a topology.
    pub(crate) async fn asks(&self, other: &Self, topology: &str) -> PeeringId {
        let of = label(topology, &format!("peering/{}", self.id));
        let kind = PeeringKind::NetworkToNetwork;
        let request = RequestPeering::new(of, kind, self.end(), other.end());
        let made = self.cloud.request_peering(&request).await;
        made.expect("a peering").id
    }

    async fn accepts(&self, id: &PeeringId) {
        self.cloud.accept_peering(id).await.expect("accepted");
    }

    async fn routes(&self, to: &str, way: &PeeringId) {
        let request = CreateRoute::new(self.table.clone(), range(to), way.clone());
        self.cloud.create_route(&request).await.expect("a route");
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        let clock = Arc::new(ManualClock::new());
        let provider = MemoryProvider::builder(clock.clone())
            .with_capabilities(mesh::capabilities())
            .build();
        let engine = Engine::new()
            .with_clock(clock)
            .with_provider(Arc::new(provider.clone()));
        let left = Site::new(&provider, A, 1).await;
        let right = Site::new(&provider, B, 2).await;
        Self {
            engine,
            provider,
            left,
            right,
        }
    }

    /// With an active peering without tags, asked for by the right one if it is `reversed`.
    pub(crate) async fn peered(reversed: bool) -> (Self, PeeringId) {
        let world = Self::new().await;
        let (asks, answers) = match reversed {
            false => (&world.left, &world.right),
            true => (&world.right, &world.left),
        };
        let id = asks.asks(answers, "theirs").await;
        answers.accepts(&id).await;
        world.provider.untag(id.as_str()).expect("it is there");
        (world, id)
    }

    pub(crate) fn topology(&self) -> Topology {
        Topology::new("demo")
            .with_account(Account::new("a", memory(), A))
            .with_account(Account::new("b", memory(), B))
            .with_network(Network::existing("left", "a", "r1", self.left.id.clone()))
            .with_network(Network::existing("right", "b", "r1", self.right.id.clone()))
            .with_interconnect(
                Interconnect::new("core", "a", ["left", "right"]).with_model(ModelChoice::Mesh),
            )
    }

    pub(crate) async fn seen(&self, topology: &Topology) -> Observation {
        self.engine.observe(topology).await.expect("observe")
    }

    async fn report(&self, topology: &Topology) -> Report {
        preflight(topology, &self.seen(topology).await)
    }

    async fn plan(&self, topology: &Topology) -> Plan {
        plan(topology, &self.seen(topology).await)
    }

    pub(crate) async fn destroy(&self, topology: &Topology) -> Plan {
        let destroy = plan_destroy(topology, &self.seen(topology).await);
        self.engine.apply(&destroy).await.expect("destroy");
        let residue = self.engine.residue(topology, Some(&destroy)).await;
        let residue = residue.expect("residue");
        assert!(residue.is_empty(), "{residue}");
        destroy
    }
}

pub(crate) fn kinds(plan: &Plan) -> Vec<OpKind> {
    plan.steps.iter().map(|step| step.op.kind()).collect()
}

#[tokio::test]
async fn an_active_peering_of_others_is_used_in_either_direction_and_left_as_it_was() {
    for reversed in [false, true] {
        let (world, id) = World::peered(reversed).await;
        let topology = world.topology();
        let before = world.provider.objects();
        let report = world.report(&topology).await;
        assert_eq!(report.codes(), ["peering/used"], "{report}");
        assert!(report.passed() && report.to_string().contains(id.as_str()));

        let first = world.plan(&topology).await;
        assert_eq!(kinds(&first), [OpKind::create(Kind::Route); 2], "{first}");
        world.engine.apply(&first).await.expect("apply");
        let verified = world.engine.verify(&topology).await.expect("verify");
        assert!(
            verified.passed() && !verified.pairs.is_empty(),
            "{verified}"
        );
        let second = world.plan(&topology).await;
        assert!(second.is_empty(), "{second}");

        let destroy = world.destroy(&topology).await;
        assert_eq!(kinds(&destroy), [OpKind::delete(Kind::Route); 2]);
        assert_eq!(world.provider.objects(), before);
    }
}

#[tokio::test]
async fn a_request_of_others_is_accepted_by_its_accepter() {
    for reversed in [false, true] {
        let world = World::new().await;
        let (asks, answers) = match reversed {
            false => (&world.left, &world.right),
            true => (&world.right, &world.left),
        };
        asks.asks(answers, "theirs").await;
        let topology = world.topology();
        let report = world.report(&topology).await;
        assert_eq!(report.codes(), ["peering/used"], "{report}");
        let text = report.to_string();
        assert!(
            text.contains("apply accepts it") && text.contains("by topology theirs"),
            "{text}"
        );
        let first = world.plan(&topology).await;
        let accept = OpKind::create(Kind::Acceptance);
        assert_eq!(
            kinds(&first).iter().filter(|kind| **kind == accept).count(),
            1
        );
        let step = first.steps.iter().find(|step| step.op.kind() == accept);
        assert_eq!(&step.expect("a step").place, answers.cloud.place());
        let asked = OpKind::create(Kind::Peering);
        assert!(!kinds(&first).contains(&asked), "{first}");

        world.engine.apply(&first).await.expect("apply");
        let verified = world.engine.verify(&topology).await.expect("verify");
        assert!(verified.passed(), "{verified}");
        assert!(world.plan(&topology).await.is_empty());
        world.destroy(&topology).await;
        let left = world.provider.objects();
        assert!(
            left.iter().any(|object| object.starts_with("peering:")),
            "{left:?}"
        );
    }
}

#[tokio::test]
async fn routes_of_others_over_their_peering_are_used_and_stay() {
    let (world, id) = World::peered(false).await;
    world.left.routes("10.2.0.0/16", &id).await;
    world.right.routes("10.1.1.128/25", &id).await;
    let topology = world.topology();
    let before = world.provider.objects();
    let report = world.report(&topology).await;
    assert_eq!(report.codes(), ["peering/used", "route/used"], "{report}");
    let first = world.plan(&topology).await;
    assert_eq!(first.steps.len(), 1, "{first}");
    world.engine.apply(&first).await.expect("apply");
    assert!(world.plan(&topology).await.is_empty());
    world.destroy(&topology).await;
    assert_eq!(world.provider.objects(), before);
}

#[tokio::test]
async fn a_route_of_others_over_the_peering_with_another_member_is_in_the_way() {
    let (world, id) = World::peered(false).await;
    let third = Site::new(&world.provider, B, 3).await;
    world.left.routes("10.3.0.0/16", &id).await;
    let mut topology =
        world
            .topology()
            .with_network(Network::existing("third", "b", "r1", third.id.clone()));
    topology.interconnects[0].members.push("third".to_owned());
    let report = world.report(&topology).await;
    assert_eq!(report.codes(), ["route/taken", "peering/used"], "{report}");
}

#[tokio::test]
async fn our_routes_go_when_a_member_leaves_and_those_of_others_stay() {
    let (world, id) = World::peered(false).await;
    world.left.routes("10.2.7.0/24", &id).await;
    let before = world.provider.objects();
    let mut topology = world.topology();
    apply(&world.engine, &topology).await;
    topology.interconnects.clear();
    let leave = world.plan(&topology).await;
    assert_eq!(kinds(&leave), [OpKind::delete(Kind::Route); 2], "{leave}");
    world.engine.apply(&leave).await.expect("apply");
    assert_eq!(world.provider.objects(), before);
}

#[tokio::test]
async fn a_marked_black_hole_of_a_peering_that_is_gone_is_replaced() {
    let world = World::new().await;
    let hole = |mark: &str| {
        let hop = NextHop::Peering("peer-gone".into());
        let status = Status::new(Phase::Pending, "blackhole");
        let table = world.left.table.clone();
        let to = range("10.9.0.0/16");
        RouteRecord::new(table, to, hop, RouteOrigin::Custom, status).with_mark(mark.to_owned())
    };
    world.provider.place_route(hole("theirs")).expect("placed");
    let topology = world.topology();
    let of_others = world.plan(&topology).await;
    assert!(
        !kinds(&of_others).contains(&OpKind::delete(Kind::Route)),
        "{of_others}"
    );
    world.provider.place_route(hole("demo")).expect("placed");
    let ours = plan_destroy(&topology, &world.seen(&topology).await);
    assert_eq!(kinds(&ours), [OpKind::delete(Kind::Route)], "{ours}");
}

#[tokio::test]
async fn of_several_peerings_of_others_none_is_chosen() {
    let (world, id) = World::peered(false).await;
    let topology = world.topology();
    let mut seen = world.seen(&topology).await;
    for inventory in &mut seen.inventories {
        let mut twin = inventory.peerings[0].clone();
        twin.id = "peer-twin".into();
        inventory.peerings.push(twin);
    }
    let report = preflight(&topology, &seen);
    assert_eq!(report.codes(), ["peering/ambiguous"], "{report}");
    let text = report.to_string();
    assert!(
        text.contains("peer-twin") && text.contains(id.as_str()),
        "{text}"
    );
    // One that waits gives way to one that carries packets.
    for inventory in &mut seen.inventories {
        inventory.peerings[1].status = Status::new(Phase::AwaitingAcceptance, "PendingAcceptance");
    }
    assert_eq!(preflight(&topology, &seen).codes(), ["peering/used"]);
    // Those that are over do not matter.
    for phase in [Phase::Failed, Phase::Deleting] {
        for inventory in &mut seen.inventories {
            let over = inventory.peerings.iter_mut();
            over.for_each(|peering| peering.status = Status::new(phase, "over"));
        }
        assert_eq!(preflight(&topology, &seen).codes(), [""; 0]);
        let asks = OpKind::create(Kind::Peering);
        assert!(kinds(&plan(&topology, &seen)).contains(&asks));
    }
}

#[tokio::test]
async fn our_own_peering_comes_before_one_of_others() {
    let world = World::new().await;
    let topology = world.topology();
    apply(&world.engine, &topology).await;
    let mut seen = world.seen(&topology).await;
    for inventory in &mut seen.inventories {
        let mut twin = inventory.peerings[0].clone();
        (twin.id, twin.owner) = ("peer-0".into(), None);
        inventory.peerings.insert(0, twin);
    }
    let report = preflight(&topology, &seen);
    assert_eq!(report.codes(), ["peering/beside"], "{report}");
    assert!(report.passed() && plan(&topology, &seen).is_empty());
    let destroy = plan_destroy(&topology, &seen);
    assert!(!destroy.to_string().contains("peer-0"), "{destroy}");
}

#[tokio::test]
async fn name_resolution_of_a_peering_of_others_is_wanted_but_not_changed() {
    let (world, id) = World::peered(true).await;
    let mut topology = world.topology();
    topology.interconnects[0].dns_resolution = true;
    let report = world.report(&topology).await;
    assert_eq!(report.codes(), ["peering/dns", "peering/used"], "{report}");
    for site in [&world.left, &world.right] {
        let named = site.cloud.enable_host_names(&site.id).await;
        named.expect("host names");
    }
    let sides = [
        (&world.right, PeeringSide::Requester),
        (&world.left, PeeringSide::Accepter),
    ];
    for (site, side) in sides {
        let allow = site.cloud.allow_dns_resolution(&id, side, DnsAccess::Allow);
        allow.await.expect("allowed");
    }
    let report = world.report(&topology).await;
    assert_eq!(report.codes(), ["peering/used"], "{report}");
    assert!(!kinds(&world.plan(&topology).await).contains(&OpKind::create(Kind::DnsResolution)));
}

#[tokio::test]
async fn an_adopted_peering_is_the_topology_s_own() {
    for reversed in [false, true] {
        let (world, id) = World::peered(reversed).await;
        let topology = world.topology();
        apply(&world.engine, &topology).await;
        let seen = world.seen(&topology).await;
        let known = adoptable(&topology, &seen);
        let keys: Vec<String> = known.iter().map(|one| one.key.to_string()).collect();
        let expected = ["network/left", "network/right", "peering/core/left~right"];
        assert_eq!(keys, expected, "{known:?}");
        assert!(known.iter().all(|one| one.reason == AdoptReason::Used));

        let plan = adopt(
            &topology,
            &seen,
            &[id.as_str(), "peering/core/left~right"],
            None,
        );
        let plan = plan.expect("a plan");
        assert_eq!(kinds(&plan), [OpKind::create(Kind::Adoption)], "{plan}");
        world.engine.apply(&plan).await.expect("adopted");
        assert!(world.plan(&topology).await.is_empty());
        assert_eq!(world.report(&topology).await.codes(), [""; 0]);
        let destroy = world.destroy(&topology).await;
        assert!(
            kinds(&destroy).contains(&OpKind::delete(Kind::Peering)),
            "{destroy}"
        );
        let left = world.provider.objects();
        assert!(
            !left.iter().any(|object| object.starts_with("peering:")),
            "{left:?}"
        );
    }
}

#[tokio::test]
async fn what_belongs_to_another_topology_is_adopted_only_from_that() {
    let world = World::new().await;
    let id = world.left.asks(&world.right, "theirs").await;
    world.right.accepts(&id).await;
    let topology = world.topology();
    let seen = world.seen(&topology).await;
    let names = [id.as_str()];
    for from in [None, Some("somebody")] {
        let refused = adopt(&topology, &seen, &names, from).expect_err("it is theirs");
        assert!(refused.to_string().contains("topology theirs"), "{refused}");
        assert!(
            refused
                .remedy()
                .is_some_and(|remedy| remedy.contains("--from theirs"))
        );
    }
    let plan = adopt(&topology, &seen, &names, Some("theirs")).expect("a plan");
    assert!(
        plan.to_string().contains("out of topology theirs"),
        "{plan}"
    );
    let refused = adopt(&topology, &seen, &["peer-9"], None).expect_err("there is none");
    assert!(refused.to_string().contains("`peer-9`"), "{refused}");
}

#[tokio::test]
async fn objects_that_lost_their_tags_are_found_where_they_stand() {
    let clock = Arc::new(ManualClock::new());
    let provider = MemoryProvider::new(clock.clone());
    let engine = Engine::new()
        .with_clock(clock)
        .with_provider(Arc::new(provider.clone()));
    let topology = crate::common::topology();
    apply(&engine, &topology).await;
    let seen = engine.observe(&topology).await.expect("observe");
    assert!(adoptable(&topology, &seen).is_empty());
    let owned = |key: &str| Some(Owner::new("demo", key));
    let inventories = || seen.inventories.iter();
    let mut subnets = inventories().flat_map(|inventory| &inventory.subnets);
    let subnet = subnets.find(|one| one.owner == owned("subnet/one/s1"));
    let mut peerings = inventories().flat_map(|inventory| &inventory.peerings);
    let attachment = peerings.find(|one| one.owner == owned("attachment/core/two"));
    let links = inventories().flat_map(|inventory| &inventory.peerings);
    let mut links = links.filter(|one| one.kind == PeeringKind::HubToHub);
    let ids = [
        subnet.expect("a subnet").id.to_string(),
        attachment.expect("an attachment").id.to_string(),
        links.next().expect("a link").id.to_string(),
    ];
    for id in &ids {
        provider.untag(id).expect("it is there");
    }
    let seen = engine.observe(&topology).await.expect("observe");
    let known = adoptable(&topology, &seen);
    assert!(
        known.iter().all(|one| one.reason == AdoptReason::Alike),
        "{known:?}"
    );
    let found: Vec<&str> = known.iter().map(|one| one.object.as_str()).collect();
    assert!(
        ids.iter().all(|id| found.contains(&id.as_str())),
        "{known:?}"
    );
    let plan = adopt(&topology, &seen, &ids, None).expect("a plan");
    engine.apply(&plan).await.expect("adopted");
    let seen = engine.observe(&topology).await.expect("observe");
    assert!(adoptable(&topology, &seen).is_empty());
    let second = landbridge_core::plan::plan(&topology, &seen);
    assert!(second.is_empty(), "{second}");
}

#[tokio::test]
async fn a_killed_apply_over_a_peering_of_others_is_finished_or_undone_by_the_next_run() {
    let (world, _) = World::peered(false).await;
    let topology = world.topology();
    let before = world.provider.objects();
    let writes = world.plan(&topology).await.steps.len();
    for n in 0..writes {
        for point in [FaultPoint::Before, FaultPoint::After] {
            world.provider.fail_call(n, point, ErrorKind::Failed);
            let plan = world.plan(&topology).await;
            world.engine.apply(&plan).await.expect_err("it is killed");
            world.destroy(&topology).await;
            assert_eq!(world.provider.objects(), before, "write {n}, {point:?}");
        }
    }
}
