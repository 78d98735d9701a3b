//! Peerings that others made on AWS, by calls of their own: they are used, and every answer of the cloud is afterwards as it
//! was before.

use std::collections::BTreeMap;
use std::time::Duration;

use landbridge_core::object::{Kind, OpKind};
use landbridge_core::plan::{adopt, adoptable};
use landbridge_core::topology::{Account, Interconnect, ModelChoice, Network, Topology};
use landbridge_core::{CloudProvider, CreateNetwork, CreateSubnet, Label, NetworkId, Owner, Token};

use crate::world::{A, B, World, aws, place};

const REGION: &str = "us-east-1";

/// A VPC with a subnet, made by a program that is not ours.
async fn network(world: &World, account: &str, number: u8) -> NetworkId {
    let cloud = world.provider.cloud(&place(account, REGION)).await;
    let cloud = cloud.expect("a handle");
    let label = |key: &str| {
        let key = format!("{key}/{number}");
        Label::new(&key, Owner::new("others", &key), Token::derive(&[&key]))
    };
    let range = |text: String| text.parse().expect("a range");
    let wide = range(format!("10.{number}.0.0/16"));
    let request = CreateNetwork::new(label("network"), wide);
    let id = cloud.create_network(&request).await.expect("a network").id;
    let narrow = range(format!("10.{number}.1.0/24"));
    let request = CreateSubnet::new(label("subnet"), id.clone(), "us-east-1a".into(), narrow);
    cloud.create_subnet(&request).await.expect("a subnet");
    id
}

struct Peered {
    world: World,
    topology: Topology,
    /// The peering.
    id: String,
}

impl Peered {
    /// Two VPCs; the one of `asks` has asked the other to peer.
    async fn asked(asks: &str) -> Self {
        let world = World::start().await;
        let (left, right) = (network(&world, A, 1).await, network(&world, B, 2).await);
        world.simulator.advance(Duration::from_secs(60));
        let (from, to, other) = match asks {
            A => (&left, &right, B),
            _ => (&right, &left, A),
        };
        let ends = [
            ("VpcId", from.as_str()),
            ("PeerVpcId", to.as_str()),
            ("PeerOwnerId", other),
            ("TagSpecification.1.ResourceType", "vpc-peering-connection"),
            ("TagSpecification.1.Tag.1.Key", "Name"),
            ("TagSpecification.1.Tag.1.Value", "by-hand"),
        ];
        let made = world
            .answer(asks, REGION, "CreateVpcPeeringConnection", &ends)
            .await;
        let id = between(&made, "<vpcPeeringConnectionId>", "<").to_owned();
        world.simulator.advance(Duration::from_secs(60));
        let topology = Topology::new("joined")
            .with_account(Account::new("a", aws(), A))
            .with_account(Account::new("b", aws(), B))
            .with_network(Network::existing("left", "a", REGION, left))
            .with_network(Network::existing("right", "b", REGION, right))
            .with_interconnect(
                Interconnect::new("pair", "a", ["left", "right"]).with_model(ModelChoice::Mesh),
            );
        Self {
            world,
            topology,
            id,
        }
    }

    /// The same, accepted.
    async fn active(asks: &str) -> Self {
        let peered = Self::asked(asks).await;
        let answers = if asks == A { B } else { A };
        let id = [("VpcPeeringConnectionId", peered.id.as_str())];
        let world = &peered.world;
        world
            .call(answers, REGION, "AcceptVpcPeeringConnection", &id)
            .await;
        world.simulator.advance(Duration::from_secs(60));
        peered
    }

    /// Everything that could have been changed, as the cloud describes it.
    async fn described(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        for account in [A, B] {
            for action in [
                "DescribeVpcs",
                "DescribeSubnets",
                "DescribeRouteTables",
                "DescribeVpcPeeringConnections",
                "DescribeTags",
            ] {
                let text = self.world.answer(account, REGION, action, &[]).await;
                let id = between(&text, "<requestId>", "<").to_owned();
                all.insert(format!("{action} {account}"), text.replace(&id, ""));
            }
        }
        all
    }

    /// The main table of the left VPC.
    async fn table(&self) -> String {
        let vpc = self.topology.networks[0].id.as_ref().expect("an id");
        let filter = [
            ("Filter.1.Name", "vpc-id"),
            ("Filter.1.Value.1", vpc.as_str()),
        ];
        let text = self.world.answer(A, REGION, "DescribeRouteTables", &filter);
        between(&text.await, "<routeTableId>", "<").to_owned()
    }
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("{text}"));
    rest.split_once(end).expect("an end").0
}

#[tokio::test]
async fn an_active_peering_is_used_either_way_and_everything_is_afterwards_as_before() {
    for asks in [A, B] {
        let peered = Peered::active(asks).await;
        let (world, topology) = (&peered.world, &peered.topology);
        // A route of others to a part of the other VPC stands in the table that gets ours.
        let table = peered.table().await;
        let route = [
            ("RouteTableId", table.as_str()),
            ("DestinationCidrBlock", "10.2.9.0/24"),
            ("VpcPeeringConnectionId", peered.id.as_str()),
        ];
        world.call(A, REGION, "CreateRoute", &route).await;
        let before = peered.described().await;

        let report = world.preflight(topology).await;
        assert_eq!(report.codes(), ["peering/used"], "{report}");
        let text = report.to_string();
        assert!(
            text.contains(&peered.id) && text.contains("`by-hand`"),
            "{text}"
        );
        let plan = world.plan(topology).await;
        let kinds: Vec<OpKind> = plan.steps.iter().map(|step| step.op.kind()).collect();
        assert_eq!(kinds, [OpKind::create(Kind::Route); 2], "{plan}");
        let tags = "ec2:CreateTags".to_owned();
        assert!(
            plan.steps
                .iter()
                .all(|step| step.permissions.contains(&tags))
        );

        world.apply(topology).await;
        let verified = world.verify(topology).await;
        assert!(verified.passed() && verified.pairs.len() == 2, "{verified}");
        let second = world.plan(topology).await;
        assert!(second.is_empty(), "{second}");
        let key = "landbridge:route:10.2.0.0/16";
        let marked = peered.described().await;
        assert!(marked["DescribeTags 111122223333"].contains(key));

        world.destroy(topology).await;
        assert_eq!(peered.described().await, before);
    }
}

#[tokio::test]
async fn a_request_that_waits_is_accepted_and_stays() {
    for asks in [A, B] {
        let peered = Peered::asked(asks).await;
        let (world, topology) = (&peered.world, &peered.topology);
        let report = world.preflight(topology).await;
        assert_eq!(report.codes(), ["peering/used"], "{report}");
        world.apply(topology).await;
        let verified = world.verify(topology).await;
        assert!(verified.passed(), "{verified}");
        assert!(world.plan(topology).await.is_empty());
        world.destroy(topology).await;
        let peerings = &peered.described().await["DescribeVpcPeeringConnections 111122223333"];
        assert_eq!(between(peerings, "<code>", "<"), "active", "{peerings}");
    }
}

#[tokio::test]
async fn a_mark_whose_route_was_never_written_is_found_and_removed() {
    let peered = Peered::active(A).await;
    let before = peered.described().await;
    let table = peered.table().await;
    let value = format!("joined {}", peered.id);
    let mark = [
        ("ResourceId.1", table.as_str()),
        ("Tag.1.Key", "landbridge:route:10.2.0.0/16"),
        ("Tag.1.Value", value.as_str()),
    ];
    peered.world.call(A, REGION, "CreateTags", &mark).await;
    let plan = peered.world.plan(&peered.topology).await;
    assert_eq!(plan.counts(), (2, 0), "{plan}");
    peered.world.destroy(&peered.topology).await;
    assert_eq!(peered.described().await, before);
}

#[tokio::test]
async fn an_adopted_peering_is_deleted_like_one_of_ours() {
    for asks in [A, B] {
        let peered = Peered::active(asks).await;
        let (world, topology) = (&peered.world, &peered.topology);
        world.apply(topology).await;
        let seen = world.engine.observe(topology).await.expect("observe");
        let known = adoptable(topology, &seen);
        assert!(known.iter().any(|one| one.object.as_str() == peered.id));
        let plan = adopt(topology, &seen, &[&peered.id], None).expect("a plan");
        assert_eq!(plan.steps[0].place, place(asks, REGION));
        world.engine.apply(&plan).await.expect("adopted");
        assert!(world.plan(topology).await.is_empty());
        let report = world.preflight(topology).await;
        assert!(
            report.passed() && !report.codes().contains(&"peering/used"),
            "{report}"
        );
        world.destroy(topology).await;
        // The other side hears of it later.
        world.simulator.advance(Duration::from_secs(120));
        let seen = world.engine.observe(topology).await.expect("observe");
        assert!(
            seen.inventories
                .iter()
                .all(|inventory| inventory.peerings.is_empty())
        );
        assert!(
            !peered.described().await["DescribeTags 111122223333"].contains("landbridge:route")
        );
    }
}
