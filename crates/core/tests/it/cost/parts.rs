//! The cost of a topology is the sum of the costs of its parts.

use landbridge_core::CloudName;
use landbridge_core::Payer;
use landbridge_core::cost::{Item, Money};
use landbridge_core::topology::{
    Account, Firewall, Instance, Interconnect, ModelChoice, Network, Subnet, Topology,
};
use proptest::prelude::*;

use super::estimate;

const REGIONS: [&str; 4] = [
    "cn-hangzhou",
    "cn-qingdao",
    "eu-central-1",
    "ap-southeast-1",
];

/// An interconnect: its members, whether it is a mesh, and whether members' owners pay.
type Drawn = (Vec<usize>, bool, bool);

fn networks(places: &[(usize, bool)]) -> Topology {
    let cloud = CloudName::from_static("aliyun");
    let mut topology = Topology::new("drawn")
        .with_account(Account::new("a", cloud.clone(), "1234567890123456"))
        .with_account(Account::new("b", cloud, "1234567890123457"));
    for (number, (region, of_b)) in places.iter().enumerate() {
        let (account, region) = (if *of_b { "b" } else { "a" }, REGIONS[*region]);
        let range = format!("10.{number}.0.0/16").parse().expect("a range");
        let subnet = format!("10.{number}.1.0/24").parse().expect("a range");
        let network = Network::new(format!("n{number}"), account, region, range)
            .with_subnet(Subnet::new("s", format!("{region}-a"), subnet));
        topology = topology.with_network(network);
    }
    topology
}

fn interconnect(number: usize, drawn: &Drawn) -> Interconnect {
    let (members, mesh, members_pay) = drawn;
    let members: Vec<String> = members.iter().map(|member| format!("n{member}")).collect();
    let model = if *mesh {
        ModelChoice::Mesh
    } else {
        ModelChoice::Hub
    };
    let payer = if *members_pay {
        Payer::MemberOwner
    } else {
        Payer::HubOwner
    };
    Interconnect::new(format!("x{number}"), "b", members)
        .with_model(model)
        .with_payer(payer)
}

fn instance(number: usize, network: usize) -> Instance {
    let subnet = format!("n{network}/s").parse().expect("a path");
    Instance::new(
        format!("i{number}"),
        subnet,
        "ecs.t5-lc2m1.nano",
        "linux",
        ["f"],
    )
}

fn drawn() -> impl Strategy<Value = (Vec<(usize, bool)>, Vec<Drawn>, Vec<usize>)> {
    (2_usize..7).prop_flat_map(|count| {
        let places = prop::collection::vec((0..REGIONS.len(), any::<bool>()), count);
        let members = prop::sample::subsequence((0..count).collect::<Vec<_>>(), 2..=count);
        let joins = prop::collection::vec((members, any::<bool>(), any::<bool>()), 0..4);
        let instances = prop::collection::vec(0..count, 0..5);
        (places, joins, instances)
    })
}

proptest! {
    #[test]
    fn a_topology_costs_what_its_parts_cost((places, joins, instances) in drawn()) {
        let bare = networks(&places);
        let mut whole = bare.clone();
        whole = whole.with_firewall(Firewall::new("f", ["n0"]));
        let mut parts: Vec<Topology> = Vec::new();
        for (number, join) in joins.iter().enumerate() {
            parts.push(bare.clone().with_interconnect(interconnect(number, join)));
            whole = whole.with_interconnect(interconnect(number, join));
        }
        for (number, network) in instances.iter().enumerate() {
            parts.push(bare.clone().with_instance(instance(number, *network)));
            whole = whole.with_instance(instance(number, *network));
        }
        let all = estimate(&whole);
        let of_parts: Vec<_> = parts.iter().map(estimate).collect();
        let sum: Money = of_parts.iter().map(|part| part.hourly.clone()).sum();
        prop_assert_eq!(&all.hourly, &sum);
        for account in &all.accounts {
            let of_account = of_parts.iter().flat_map(|part| &part.accounts);
            let of_account = of_account.filter(|one| one.name == account.name);
            let sum: Money = of_account.map(|one| one.hourly.clone()).sum();
            prop_assert_eq!(&account.hourly, &sum);
        }
        let shared: Money = all.accounts.iter().map(|account| account.hourly.clone()).sum();
        prop_assert_eq!(&all.hourly, &shared);
        // Nothing gets lost between what has a price and what has none; networks are in every part.
        let count = |part: &landbridge_core::cost::Estimate| {
            let priced = part.charges.iter().map(|one| &one.charge);
            priced.chain(&part.not_priced).filter(|one| one.item != Item::Network).count()
        };
        prop_assert_eq!(count(&all), of_parts.iter().map(count).sum::<usize>());
    }
}
