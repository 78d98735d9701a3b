//! A hub that others made: used as it is, and left as it was.

use std::collections::BTreeSet;

use landbridge_core::engine::Engine;
use landbridge_core::memory::MemoryProvider;
use landbridge_core::plan::{Plan, plan, plan_destroy};
use landbridge_core::preflight::{Finding, Report, Severity, preflight};
use landbridge_core::topology::{
    Account, ExistingHub, ExistingRouter, Interconnect, Network, ReachChoice, Topology,
};
use landbridge_core::{
    CreateGrant, Endpoint, HubId, HubRecord, HubRouteRecord, Inventory, Label, Learning,
    LearningKind, NetworkId, Owner, PeeringId, PeeringKind, Phase, Place, RequestPeering,
    RouteTableId, Status, Token,
};

use crate::apply::apply;
use crate::brownfield::at;
use crate::common::{A, B, memory, network, topology, world_like};

/// The hub of a company, which account a owns, with two members in `r1` and one in `r2`.
struct Company {
    engine: Engine,
    provider: MemoryProvider,
    hub: HubId,
}

impl Company {
    async fn start() -> Self {
        let (engine, provider, _) =
            world_like(|builder| builder.with_latency(std::time::Duration::ZERO));
        let mut company = topology();
        company.name = "company".to_owned();
        company.firewalls.clear();
        company.instances.clear();
        apply(&engine, &company).await;
        let mut it = Self {
            engine,
            provider,
            hub: HubId::new(""),
        };
        it.hub = it.hubs("r1").await.swap_remove(0).id;
        it
    }

    async fn hubs(&self, region: &str) -> Vec<HubRecord> {
        let cloud = self.provider.cloud_of(A, region);
        let mut hubs = cloud
            .await
            .list_hubs(&landbridge_core::Select::All)
            .await
            .expect("hubs");
        hubs.sort_by_key(|hub| hub.region.is_some());
        hubs
    }

    async fn router(&self, region: &str) -> HubRecord {
        self.hubs(region).await.swap_remove(1)
    }

    async fn findings(&self, topology: &Topology) -> Report {
        let observation = self.engine.observe(topology).await.expect("observe");
        preflight(topology, &observation)
    }

    async fn plan(&self, topology: &Topology) -> Plan {
        let observation = self.engine.observe(topology).await.expect("observe");
        plan(topology, &observation)
    }

    async fn destroy(&self, topology: &Topology) {
        let observation = self.engine.observe(topology).await.expect("observe");
        let destroy = plan_destroy(topology, &observation);
        self.engine.apply(&destroy).await.expect("destroy");
        let residue = self
            .engine
            .residue(topology, Some(&destroy))
            .await
            .expect("residue");
        assert!(residue.is_empty(), "{residue}");
    }

    /// A network that others made in account b and `r1`, with a subnet in each zone.
    async fn existing(&self, number: u8) -> NetworkId {
        let mut theirs = Topology::new(format!("theirs-{number}"))
            .with_account(Account::new("b", memory(), B))
            .with_network(network("old", "b", "r1", number));
        theirs.networks[0].name = format!("old{number}");
        apply(&self.engine, &theirs).await;
        let observation = self.engine.observe(&theirs).await.expect("observe");
        observation.inventories[0].networks[0].id.clone()
    }

    /// Attaches a network to the router of `r1` as others do, without route learning.
    async fn attach(&self, network: &NetworkId) -> PeeringId {
        let router = self.router("r1").await;
        let member = member(network);
        let grant = CreateGrant::new(member.clone(), self.hub.clone(), A.into());
        at(&self.provider, B)
            .await
            .create_grant(&grant)
            .await
            .expect("a grant");
        let hub = Endpoint::Hub {
            id: router.id,
            parent: Some(self.hub.clone()),
            account: A.into(),
            region: "r1".into(),
        };
        let cloud = at(&self.provider, B).await;
        let subnets = cloud.list_subnets(&landbridge_core::Select::All).await;
        let subnets = subnets.expect("subnets").into_iter();
        let subnets = subnets.filter(|subnet| subnet.network == *network);
        let subnets = subnets
            .map(|subnet| (subnet.zone, subnet.id))
            .take(2)
            .collect();
        let key = format!("attachment/theirs/{network}");
        let label = Label::new("theirs", Owner::new("theirs", &key), Token::derive(&[&key]));
        let request = RequestPeering::new(label, PeeringKind::Attachment, member, hub);
        let cloud = at(&self.provider, A).await;
        let request = request.with_subnets(subnets);
        cloud
            .request_peering(&request)
            .await
            .expect("an attachment")
            .id
    }

    async fn learn(&self, kind: LearningKind, peering: &PeeringId, table: &RouteTableId) {
        let learning = Learning {
            kind,
            peering: peering.clone(),
            table: table.clone(),
        };
        let cloud = at(&self.provider, A).await;
        cloud.enable_learning(&learning).await.expect("enabled");
    }
}

trait Clouds {
    async fn cloud_of(
        &self,
        account: &str,
        region: &str,
    ) -> std::sync::Arc<dyn landbridge_core::Cloud>;
}

impl Clouds for MemoryProvider {
    async fn cloud_of(
        &self,
        account: &str,
        region: &str,
    ) -> std::sync::Arc<dyn landbridge_core::Cloud> {
        let place = Place::new(memory(), account, region);
        landbridge_core::CloudProvider::cloud(self, &place)
            .await
            .expect("a handle")
    }
}

fn member(network: &NetworkId) -> Endpoint {
    Endpoint::Network {
        id: network.clone(),
        account: B.into(),
        region: "r1".into(),
    }
}

/// A customer's network of account b, `10.7.0.0/16` in `r1`, at the company's hub.
fn customer(hub: ExistingHub) -> Topology {
    Topology::new("customer")
        .with_account(Account::new("a", memory(), A))
        .with_account(Account::new("b", memory(), B))
        .with_network(network("cust", "b", "r1", 7))
        .with_interconnect(Interconnect::new("core", "a", ["cust"]).with_hub(hub))
}

fn with_second(mut topology: Topology, region: &str) -> Topology {
    topology.networks.push(network("second", "b", region, 8));
    topology.interconnects[0].members.push("second".to_owned());
    topology
}

fn with_existing(hub: ExistingHub, id: &NetworkId, number: u8) -> Topology {
    let mut topology = customer(hub);
    topology.networks[0] = existing(id, number);
    topology
}

fn existing(id: &NetworkId, number: u8) -> Network {
    let mut old = Network::existing("cust", "b", "r1", id.clone());
    old.subnets = network("old", "b", "r1", number).subnets;
    for subnet in &mut old.subnets {
        subnet.name = format!("new-{}", subnet.name);
        let range = subnet
            .range
            .to_string()
            .replace(".1.0/24", ".11.0/24")
            .replace(".2.0/24", ".12.0/24");
        subnet.range = range.parse().expect("a range");
    }
    old
}

fn keys(plan: &Plan) -> BTreeSet<String> {
    plan.steps.iter().map(|step| step.key.to_string()).collect()
}

fn told<'r>(report: &'r Report, code: &str) -> &'r Finding {
    let mut findings = report.findings.iter();
    findings
        .find(|finding| finding.code == code)
        .unwrap_or_else(|| panic!("{code} is missing: {report}"))
}

fn range(text: &str) -> ipnet::IpNet {
    text.parse().expect("a range")
}

fn inventory<'o>(observation: &'o landbridge_core::Observation, account: &str) -> &'o Inventory {
    let place = Place::new(memory(), account, "r1");
    observation.at(&place).expect("the place")
}

#[tokio::test]
async fn members_of_two_regions_are_joined_and_the_hub_is_left_as_it_was() {
    let company = Company::start().await;
    let before = company.provider.objects();
    let topology = with_second(customer(ExistingHub::new(company.hub.clone())), "r2");
    let report = company.findings(&topology).await;
    assert!(report.passed(), "{report}");
    let used = told(&report, "hub/used");
    assert_eq!(used.severity, Severity::Note);
    assert!(used.message.contains(company.hub.as_str()), "{used}");
    assert!(
        used.message
            .contains(company.router("r2").await.id.as_str()),
        "{used}"
    );
    assert!(
        told(&report, "link/used").message.contains("r1 and r2"),
        "{report}"
    );

    let first = company.plan(&topology).await;
    let made = keys(&first);
    assert!(
        !made
            .iter()
            .any(|key| key.contains("hub/") || key.contains("link/")),
        "{first}"
    );
    company.engine.apply(&first).await.expect("apply");
    let verified = company.engine.verify(&topology).await.expect("verify");
    assert!(verified.passed() && verified.reachable() == 8, "{verified}");
    let second = company.plan(&topology).await;
    assert!(second.is_empty(), "{second}");

    company.destroy(&topology).await;
    assert_eq!(company.provider.objects(), before);
}

#[tokio::test]
async fn a_topology_reaches_the_other_members_only_if_it_says_so() {
    let company = Company::start().await;
    let before = company.provider.objects();
    let mut topology = customer(ExistingHub::new(company.hub.clone()));
    let narrow = company.plan(&topology).await;
    assert!(
        !keys(&narrow).iter().any(|key| key.contains("route/")),
        "{narrow}"
    );

    topology.interconnects[0].reach = ReachChoice::Hub;
    let wide = company.plan(&topology).await;
    let routes: Vec<String> = keys(&wide)
        .into_iter()
        .filter(|key| key.contains("route/"))
        .collect();
    let to = ["10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"];
    assert_eq!(
        routes,
        to.map(|to| format!("route/cust/main/{to}")),
        "{wide}"
    );
    apply(&company.engine, &topology).await;
    assert!(company.plan(&topology).await.is_empty());
    let others = |line: &&String| !line.contains("cust");
    let after = company.provider.objects();
    let after: Vec<&String> = after.iter().filter(others).collect();
    assert_eq!(
        after,
        before.iter().collect::<Vec<_>>(),
        "nobody else got a route"
    );

    // What is wanted no longer is taken away.
    topology.interconnects[0].reach = ReachChoice::Members;
    let less = company.plan(&topology).await;
    assert_eq!(less.counts(), (0, 3), "{less}");
    company.destroy(&topology).await;
    assert_eq!(company.provider.objects(), before);
}

#[tokio::test]
async fn what_the_hub_knows_is_written_without_default_routes_and_parts() {
    let company = Company::start().await;
    let mut topology = customer(ExistingHub::new(company.hub.clone()));
    topology.interconnects[0].reach = ReachChoice::Hub;
    let table = company.router("r1").await.table.expect("a table");
    for (to, hop) in [
        ("0.0.0.0/0", Some("peer-1")),
        ("10.1.9.0/24", Some("peer-1")),
        ("172.16.0.0/12", Some("peer-1")),
        ("172.31.0.0/16", None),
        ("10.7.9.0/24", Some("peer-1")),
    ] {
        let active = Status::new(Phase::Ready, "Active");
        let route = HubRouteRecord::new(table.clone(), range(to), hop.map(Into::into), active);
        company.provider.place_hub_route(route).expect("a route");
    }
    let routes = company.plan(&topology).await;
    let routes: Vec<String> = keys(&routes)
        .into_iter()
        .filter(|key| key.contains("route/"))
        .collect();
    let to = ["10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "172.16.0.0/12"];
    assert_eq!(routes, to.map(|to| format!("route/cust/main/{to}")));
    // A member of the hub that has addresses of the new network.
    let report = company.findings(&topology).await;
    assert!(
        told(&report, "route/shadowed")
            .message
            .contains("10.7.9.0/24"),
        "{report}"
    );
}

#[tokio::test]
async fn route_tables_are_chosen_by_id_or_name_and_differ_for_the_two_halves() {
    let company = Company::start().await;
    let before = company.provider.objects();
    let router = company.router("r1").await;
    let edge = company
        .provider
        .add_hub_table(&router.id, "customers")
        .expect("a table");
    let shared = company
        .provider
        .add_hub_table(&router.id, "shared")
        .expect("a table");
    let default = router.table.expect("a table");
    let choice = ExistingRouter::new()
        .with_id(router.id)
        .with_association("customers")
        .with_propagation(default.as_str())
        .with_propagation("shared")
        .with_propagation("customers");
    let hub = ExistingHub::new(company.hub.clone()).with_router("r1", choice);
    let topology = with_second(customer(hub), "r1");
    let report = company.findings(&topology).await;
    assert!(report.passed(), "{report}");
    let first = company.plan(&topology).await;
    let learning: Vec<String> = keys(&first)
        .into_iter()
        .filter(|key| key.contains("tion/core/cust"))
        .collect();
    assert_eq!(
        learning,
        [
            format!("association/core/cust@{edge}"),
            "propagation/core/cust".to_owned(),
            format!("propagation/core/cust@{edge}"),
            format!("propagation/core/cust@{shared}"),
        ]
    );
    company.engine.apply(&first).await.expect("apply");
    assert!(company.plan(&topology).await.is_empty());
    let verified = company.engine.verify(&topology).await.expect("verify");
    assert!(verified.passed(), "{verified}");

    // The table that routes the packets is the one that counts.
    let attachments = at(&company.provider, A)
        .await
        .list_peerings(&Default::default())
        .await
        .expect("peerings");
    let second = attachments
        .iter()
        .find(|one| one.name == "second")
        .expect("the attachment");
    let learning = Learning {
        kind: LearningKind::Propagation,
        peering: second.id.clone(),
        table: edge.clone(),
    };
    at(&company.provider, A)
        .await
        .disable_learning(&learning)
        .await
        .expect("disabled");
    let verified = company.engine.verify(&topology).await.expect("verify");
    let text = verified.to_string();
    assert!(text.contains(&format!("into route table {edge}")), "{text}");
    assert_eq!(company.plan(&topology).await.counts(), (1, 0));
    apply(&company.engine, &topology).await;

    // More tables may learn from it; that is the hub owner's choice, until the attachment goes.
    let extra = company
        .provider
        .add_hub_table(&company.router("r1").await.id, "extra")
        .expect("a table");
    company
        .learn(LearningKind::Propagation, &second.id, &extra)
        .await;
    assert!(company.plan(&topology).await.is_empty());
    let report = company.findings(&topology).await;
    assert!(
        told(&report, "attachment/more-tables")
            .message
            .contains(extra.as_str()),
        "{report}"
    );
    company.destroy(&topology).await;
    assert_eq!(company.provider.objects(), before);
}

#[tokio::test]
async fn a_table_that_is_not_there_or_not_the_only_one_is_told() {
    let company = Company::start().await;
    let router = company.router("r1").await;
    let twice = [(); 2].map(|()| {
        company
            .provider
            .add_hub_table(&router.id, "twice")
            .expect("a table")
    });
    let choice = ExistingRouter::new()
        .with_association("customer")
        .with_propagation("twice");
    let hub = ExistingHub::new(company.hub.clone()).with_router("r1", choice);
    let report = company.findings(&customer(hub)).await;
    assert!(!report.passed());
    let text = report.to_string();
    assert!(text.contains("no route table `customer`"), "{text}");
    assert!(
        text.contains(&format!(
            "several route tables called `twice`: {}, {}",
            twice[0], twice[1]
        )),
        "{text}"
    );
}

#[tokio::test]
async fn an_attachment_to_another_table_than_the_topology_says_is_told() {
    let company = Company::start().await;
    let mut topology = customer(ExistingHub::new(company.hub.clone()));
    apply(&company.engine, &topology).await;
    let router = company.router("r1").await;
    let table = company
        .provider
        .add_hub_table(&router.id, "customers")
        .expect("a table");
    let choice = ExistingRouter::new().with_association("customers");
    topology.interconnects[0].hub =
        Some(ExistingHub::new(company.hub.clone()).with_router("r1", choice));
    let report = company.findings(&topology).await;
    let other = told(&report, "attachment/other-table");
    assert_eq!(other.severity, Severity::Error);
    assert!(other.message.contains(table.as_str()), "{other}");
    assert!(
        other
            .message
            .contains(router.table.expect("a table").as_str()),
        "{other}"
    );
}

#[tokio::test]
async fn what_the_hub_lacks_is_told_and_made_only_if_the_topology_says_so() {
    let company = Company::start().await;
    let before = company.provider.objects();
    let strict = with_second(customer(ExistingHub::new(company.hub.clone())), "r3");
    let report = company.findings(&strict).await;
    assert_eq!(report.codes()[0], "hub/no-router", "{report}");
    assert!(
        told(&report, "hub/no-router").message.contains("region r3"),
        "{report}"
    );
    assert!(
        told(&report, "hub/no-router")
            .remedy
            .contains("create-routers: true"),
        "{report}"
    );

    let free = ExistingHub::new(company.hub.clone()).with_create_routers();
    let free = with_second(customer(free), "r3");
    let report = company.findings(&free).await;
    assert!(report.passed(), "{report}");
    let made = keys(&company.plan(&free).await);
    for key in [
        "hub/core/r3",
        "link/core/r1~r3",
        "association/core/r1~r3@r1",
        "propagation/core/r1~r3@r3",
    ] {
        assert!(made.contains(key), "{key}: {made:?}");
    }
    assert!(
        !made.contains("hub/core") && !made.contains("hub/core/r1"),
        "{made:?}"
    );
    apply(&company.engine, &free).await;
    assert!(company.plan(&free).await.is_empty());
    let verified = company.engine.verify(&free).await.expect("verify");
    assert!(verified.passed(), "{verified}");

    // The router is the topology's own and goes with the last member of its region.
    let small = customer(ExistingHub::new(company.hub.clone()));
    apply(&company.engine, &small).await;
    let left = company.provider.objects();
    assert!(!left.iter().any(|line| line.contains("r3")), "{left:?}");
    company.destroy(&small).await;
    assert_eq!(company.provider.objects(), before);
}

#[tokio::test]
async fn two_regions_that_the_hub_does_not_connect_are_told() {
    let company = Company::start().await;
    // The router of r3 is another topology's, and nothing leads there.
    let other = ExistingHub::new(company.hub.clone()).with_create_routers();
    let mut other = customer(other);
    other.name = "other".to_owned();
    other.networks[0] = network("cust", "b", "r3", 9);
    apply(&company.engine, &other).await;
    let topology = with_second(customer(ExistingHub::new(company.hub.clone())), "r3");
    let report = company.findings(&topology).await;
    assert_eq!(report.codes()[0], "hub/no-link", "{report}");
    assert!(
        told(&report, "hub/no-link").message.contains("r1 and r3"),
        "{report}"
    );
    // A line over a third region is as good.
    let mut third = topology.clone();
    third.name = "third".to_owned();
    third.networks[0] = network("cust", "b", "r2", 5);
    third.networks[1] = network("second", "b", "r3", 6);
    third.interconnects[0].hub = Some(ExistingHub::new(company.hub.clone()).with_create_routers());
    apply(&company.engine, &third).await;
    let report = company.findings(&topology).await;
    assert!(report.passed(), "{report}");
    apply(&company.engine, &topology).await;
    let verified = company.engine.verify(&topology).await.expect("verify");
    assert!(verified.passed() && verified.reachable() == 8, "{verified}");
}

#[tokio::test]
async fn a_hub_that_is_not_there_is_told() {
    let company = Company::start().await;
    let report = company
        .findings(&customer(ExistingHub::new("hub-99")))
        .await;
    assert_eq!(report.codes(), ["hub/absent"], "{report}");
    assert!(
        report.to_string().contains("account a has no hub hub-99"),
        "{report}"
    );
    let mut topology = customer(ExistingHub::new(company.hub.clone()));
    topology.interconnects[0].owner = "b".to_owned();
    let report = company.findings(&topology).await;
    assert_eq!(report.codes(), ["hub/absent"], "{report}");

    let named = ExistingRouter::new().with_id("hub-98");
    let hub = ExistingHub::new(company.hub.clone()).with_router("r1", named);
    let report = company.findings(&customer(hub)).await;
    let router = company.router("r1").await.id;
    let told = told(&report, "hub/no-router");
    assert!(told.remedy.contains(router.as_str()), "{report}");
}

#[tokio::test]
async fn an_attachment_of_others_is_used_as_it_is() {
    let company = Company::start().await;
    let id = company.existing(7).await;
    let attachment = company.attach(&id).await;
    let table = company.router("r1").await.table.expect("a table");
    let before = company.provider.objects();
    let mut old = Network::existing("cust", "b", "r1", id.clone());
    old.subnets.clear();
    let mut topology = customer(ExistingHub::new(company.hub.clone()));
    topology.networks[0] = old;
    let topology = with_second(topology, "r1");

    let report = company.findings(&topology).await;
    let learning: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|one| one.code == "attachment/learning")
        .collect();
    assert_eq!(learning.len(), 2, "both halves are missing: {report}");
    for kind in [LearningKind::Association, LearningKind::Propagation] {
        company.learn(kind, &attachment, &table).await;
    }
    let report = company.findings(&topology).await;
    assert!(report.passed(), "{report}");
    assert!(
        told(&report, "attachment/used")
            .message
            .contains(attachment.as_str()),
        "{report}"
    );
    assert!(
        told(&report, "attachment/used")
            .message
            .contains("topology theirs"),
        "{report}"
    );
    assert!(
        told(&report, "grant/used").message.contains(id.as_str()),
        "{report}"
    );
    let first = company.plan(&topology).await;
    let made = keys(&first);
    assert!(
        !made
            .iter()
            .any(|key| key.contains("tion/core/cust") || key.contains("ment/core/cust")),
        "{first}"
    );
    assert!(
        !made.contains("grant/core/cust") && made.contains("grant/core/second"),
        "{first}"
    );
    company.engine.apply(&first).await.expect("apply");
    assert!(company.plan(&topology).await.is_empty());
    let verified = company.engine.verify(&topology).await.expect("verify");
    assert!(
        verified.passed() && !verified.pairs.is_empty(),
        "{verified}"
    );

    let with_learning =
        |line: &String| line.contains("learning:") && line.contains("attachment/theirs");
    let mut expected = before;
    expected.extend(company.provider.objects().into_iter().filter(with_learning));
    expected.sort();
    company.destroy(&topology).await;
    let mut left = company.provider.objects();
    left.retain(|line| !line.starts_with("route:network/old7"));
    assert_eq!(left, expected);
}

#[tokio::test]
async fn tables_that_the_topology_names_and_an_attachment_of_others_lacks_are_told() {
    let company = Company::start().await;
    let id = company.existing(7).await;
    let attachment = company.attach(&id).await;
    let router = company.router("r1").await;
    let default = router.table.clone().expect("a table");
    for kind in [LearningKind::Association, LearningKind::Propagation] {
        company.learn(kind, &attachment, &default).await;
    }
    let table = company
        .provider
        .add_hub_table(&router.id, "customers")
        .expect("a table");
    let choice = ExistingRouter::new()
        .with_association("customers")
        .with_propagation("customers");
    let hub = ExistingHub::new(company.hub.clone()).with_router("r1", choice);
    let mut topology = customer(hub);
    topology.networks[0] = Network::existing("cust", "b", "r1", id);
    let report = company.findings(&topology).await;
    assert!(!report.passed());
    let text = report.to_string();
    assert!(
        text.contains(&format!(
            "is associated with route table {default}, and not with {table}"
        )),
        "{text}"
    );
    assert!(
        text.contains(&format!(
            "does not propagate its routes into route table {table}"
        )),
        "{text}"
    );
    assert!(
        !keys(&company.plan(&topology).await)
            .iter()
            .any(|key| key.contains("tion/core/cust"))
    );
}

#[tokio::test]
async fn a_grant_is_revoked_only_if_the_topology_gave_it() {
    let company = Company::start().await;
    let id = company.existing(7).await;
    let topology = with_existing(ExistingHub::new(company.hub.clone()), &id, 7);
    let before = company.provider.objects();
    apply(&company.engine, &topology).await;
    company.destroy(&topology).await;
    assert_eq!(
        company.provider.objects(),
        before,
        "one that was given is taken back"
    );

    let grant = CreateGrant::new(member(&id), company.hub.clone(), A.into());
    at(&company.provider, B)
        .await
        .create_grant(&grant)
        .await
        .expect("a grant");
    let before = company.provider.objects();
    let report = company.findings(&topology).await;
    assert!(
        told(&report, "grant/used").message.contains(id.as_str()),
        "{report}"
    );
    apply(&company.engine, &topology).await;
    assert!(company.plan(&topology).await.is_empty());
    let observation = company.engine.observe(&topology).await.expect("observe");
    let destroy = plan_destroy(&topology, &observation);
    company.engine.apply(&destroy).await.expect("destroy");
    assert_eq!(
        company.provider.objects(),
        before,
        "one that was there stays"
    );
    let residue = company
        .engine
        .residue(&topology, Some(&destroy))
        .await
        .expect("residue");
    assert!(residue.is_empty(), "{residue}");
    let text = residue.to_string();
    assert!(
        text.contains("stays in") && text.contains("landbridge grant revoke"),
        "{text}"
    );
    assert!(
        text.contains(id.as_str()) && text.contains(company.hub.as_str()),
        "{text}"
    );
    assert!(inventory(&observation, B).grants.len() == 1);
}

#[tokio::test]
async fn a_member_that_left_the_file_is_detached_and_its_network_left_as_it_was() {
    let company = Company::start().await;
    let id = company.existing(7).await;
    let before = company.provider.objects();
    let mut topology = with_existing(ExistingHub::new(company.hub.clone()), &id, 7);
    topology.networks[0].subnets.clear();
    let subnets = at(&company.provider, B)
        .await
        .list_subnets(&landbridge_core::Select::All)
        .await;
    for subnet in subnets
        .expect("subnets")
        .into_iter()
        .filter(|subnet| subnet.network == id)
    {
        let declared =
            landbridge_core::topology::Subnet::new(subnet.name, subnet.zone, subnet.range);
        topology.networks[0]
            .subnets
            .push(declared.with_id(subnet.id));
    }
    let topology = with_second(topology, "r1");
    apply(&company.engine, &topology).await;
    assert!(company.plan(&topology).await.is_empty());

    let mut small = topology.clone();
    small.networks.remove(0);
    small.interconnects[0].members.remove(0);
    let less = company.plan(&small).await;
    for key in [
        "attachment/core/cust",
        "grant/core/cust",
        "route/cust/main/10.8.0.0/16",
    ] {
        assert!(less.to_string().contains(key), "{key}: {less}");
    }
    company.engine.apply(&less).await.expect("apply");
    assert!(company.plan(&small).await.is_empty());

    // Without members the rest goes, too, and the hub may leave the file.
    let mut none = small.clone();
    none.interconnects[0].members.clear();
    none.check().expect("a hub may be left");
    apply(&company.engine, &none).await;
    none.interconnects.clear();
    company.destroy(&none).await;
    assert_eq!(company.provider.objects(), before);
}

#[tokio::test]
async fn topologies_at_one_hub_leave_each_other_alone() {
    let company = Company::start().await;
    let before = company.provider.objects();
    let topologies: Vec<Topology> = (0..3)
        .map(|number| {
            let mut topology = with_second(customer(ExistingHub::new(company.hub.clone())), "r2");
            topology.name = format!("customer-{number}");
            topology.networks[0] = network("cust", "b", "r1", 10 + number);
            topology.networks[1] = network("second", "b", "r2", 20 + number);
            topology
        })
        .collect();
    let applied = topologies
        .iter()
        .map(|topology| apply(&company.engine, topology));
    futures_util::future::join_all(applied).await;
    for topology in &topologies {
        let again = company.plan(topology).await;
        assert!(again.is_empty(), "{}: {again}", topology.name);
    }
    company.destroy(&topologies[1]).await;
    for topology in [&topologies[0], &topologies[2]] {
        assert!(company.plan(topology).await.is_empty());
        let verified = company.engine.verify(topology).await.expect("verify");
        assert!(verified.passed() && verified.reachable() == 8, "{verified}");
    }
    company.destroy(&topologies[0]).await;
    company.destroy(&topologies[2]).await;
    assert_eq!(company.provider.objects(), before);
}

#[test]
fn mistakes_about_a_hub_are_told_without_a_cloud() {
    let text = |tail: &str| {
        format!(
            "{{ name: t, accounts: [{{ name: a, cloud: memory, id: '1' }}],
               networks: [{{ name: n, account: a, region: r1, range: 10.0.0.0/16 }}],
               interconnects: [{tail}] }}"
        )
    };
    let problem = |tail: &str| {
        let error = Topology::from_text(&text(tail)).expect_err("a mistake");
        error.to_string()
    };
    for (tail, expected) in [
        (
            "{ name: i, owner: a, members: [n], hub: { id: cen-1 }, model: mesh }",
            "`model: mesh`",
        ),
        (
            "{ name: i, owner: a, members: [n], hub: { id: cen-1, routers: { r2: {} } } }",
            "`r2`",
        ),
        (
            "{ name: i, owner: a, members: [n, n], reach: hub }",
            "`reach: hub`",
        ),
        (
            "{ name: i, owner: a, members: [n], hub: { id: cen-1, create: true } }",
            "create",
        ),
        (
            "{ name: i, owner: a, members: [n], hub: { id: cen-1 } }, { name: j, owner: a, members: [n], hub: { id: cen-1 } }",
            "interconnect `i` uses hub cen-1 already",
        ),
    ] {
        let problem = problem(tail);
        assert!(problem.contains(expected), "{expected}: {problem}");
    }
    let good = "{ name: i, owner: a, members: [n], reach: hub, hub: { id: cen-1, create-routers: true,
                 routers: { r1: { id: tr-1, association: vtb-1, propagation: [vtb-2, shared] } } } }";
    let topology = Topology::from_text(&text(good)).expect("a topology");
    let hub = topology.interconnects[0].hub.as_ref().expect("a hub");
    assert_eq!(hub.routers[&"r1".into()].propagation, ["vtb-2", "shared"]);
}
