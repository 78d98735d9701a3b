//! The topologies that are proven.

use std::path::Path;

use landbridge_core::topology::{
    Account, Firewall, FirewallRuleSpec, Instance, Interconnect, ModelChoice, Network, RuleSource,
    Subnet, Topology,
};
use landbridge_core::{CloudName, Protocol};
use landbridge_sim::{BorderRouterSpec, Simulator};

/// A topology, and what its world has beside it.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) topology: fn() -> Topology,
    pub(crate) prepare: fn(&Simulator),
    /// Which part of the pairs of an operation and a blow the test command tries: one in so many.
    pub(crate) sparse: usize,
}

/// Every operation meets one blow.
const EACH: usize = 6;

/// Three networks on a CEN.
pub(crate) const CEN: Scenario = Scenario {
    name: "cen-two-accounts",
    topology: || example("cen-two-accounts.yaml"),
    prepare: |_| {},
    sparse: EACH,
};

/// A network on an Express Connect Router.
pub(crate) const ROUTER: Scenario = Scenario {
    name: "ecr-two-accounts",
    topology: || example("ecr-two-accounts.yaml"),
    prepare: |simulator| {
        let line = BorderRouterSpec::new("1234567890123456", "cn-hangzhou")
            .id("vbr-bp1example")
            .prefix("10.9.0.0/16")
            .host("10.9.0.10");
        simulator.provision_border_router(line);
    },
    sparse: EACH,
};

/// Two peered networks on AWS.
pub(crate) const AWS_PEERING: Scenario = Scenario {
    name: "aws-peering-two-accounts",
    topology: || example("aws-peering-two-accounts.yaml"),
    prepare: |_| {},
    sparse: EACH,
};

/// Two peered networks on Alibaba Cloud.
pub(crate) const ALIYUN_PEERING: Scenario = Scenario {
    name: "a peering of two accounts on Alibaba Cloud",
    topology: || of(&GROUPS[1..2]),
    prepare: |_| {},
    sparse: EACH,
};

/// Twelve networks on both clouds.
pub(crate) const MIXED: Scenario = Scenario {
    name: "twelve networks on both clouds",
    topology: || of(&GROUPS),
    prepare: |_| {},
    sparse: 40,
};

fn example(name: &str) -> Topology {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/topologies");
    Topology::from_file(&folder.join(name)).expect("the example is good")
}

/// An interconnect, and where its members are: account, region and zone of each.
struct Group {
    name: &'static str,
    first: u8,
    cloud: &'static str,
    model: ModelChoice,
    members: &'static [(&'static str, &'static str, [&'static str; 2])],
}

const HANGZHOU: (&str, [&str; 2]) = ("cn-hangzhou", ["cn-hangzhou-h", "cn-hangzhou-i"]);
const QINGDAO: (&str, [&str; 2]) = ("cn-qingdao", ["cn-qingdao-c", "cn-qingdao-b"]);
const VIRGINIA: (&str, [&str; 2]) = ("us-east-1", ["us-east-1a", "us-east-1b"]);
const FRANKFURT: (&str, [&str; 2]) = ("eu-central-1", ["eu-central-1a", "eu-central-1b"]);

const fn at(
    account: &'static str,
    (region, zones): (&'static str, [&'static str; 2]),
) -> (&'static str, &'static str, [&'static str; 2]) {
    (account, region, zones)
}

const GROUPS: [Group; 4] = [
    Group {
        name: "core",
        first: 1,
        cloud: "aliyun",
        model: ModelChoice::Hub,
        members: &[
            at("a", HANGZHOU),
            at("b", HANGZHOU),
            at("a", QINGDAO),
            at("b", QINGDAO),
        ],
    },
    Group {
        name: "pair",
        first: 5,
        cloud: "aliyun",
        model: ModelChoice::Mesh,
        members: &[at("a", HANGZHOU), at("b", QINGDAO)],
    },
    Group {
        name: "ring",
        first: 7,
        cloud: "aws",
        model: ModelChoice::Mesh,
        members: &[
            at("c", VIRGINIA),
            at("d", VIRGINIA),
            at("c", FRANKFURT),
            at("d", FRANKFURT),
        ],
    },
    Group {
        name: "couple",
        first: 11,
        cloud: "aws",
        model: ModelChoice::Mesh,
        members: &[at("c", VIRGINIA), at("c", FRANKFURT)],
    },
];

/// The accounts by their names.
const ACCOUNTS: [(&str, &str, &str); 4] = [
    ("a", "aliyun", "1234567890123456"),
    ("b", "aliyun", "1234567890123457"),
    ("c", "aws", "111122223333"),
    ("d", "aws", "444455556666"),
];

fn of(groups: &[Group]) -> Topology {
    let mut topology = Topology::new("mixed");
    for (name, cloud, id) in ACCOUNTS {
        if groups.iter().any(|group| group.cloud == cloud) {
            let mut account = Account::new(name, CloudName::from_static(cloud), id);
            account.open_services = true;
            topology = topology.with_account(account);
        }
    }
    groups.iter().fold(topology, add)
}

fn add(mut topology: Topology, group: &Group) -> Topology {
    let mut names = Vec::new();
    for (number, (account, region, zones)) in (group.first..).zip(group.members) {
        let name = format!("n{number:02}");
        topology = topology.with_network(network(&name, account, region, zones, number));
        names.push(name);
    }
    let sources = || [RuleSource::Members(group.name.to_owned())];
    let firewall = format!("{}-only", group.name);
    for (number, name) in (group.first..).zip(&names[..2]) {
        topology = topology.with_instance(instance(name, group, number, &firewall));
    }
    let firewall = Firewall::new(firewall, names.clone())
        .with_rule(FirewallRuleSpec::allow(Protocol::Icmp, sources()))
        .with_rule(FirewallRuleSpec::allow(Protocol::Tcp, sources()).with_port(22));
    let owner = group.members[0].0;
    let interconnect = Interconnect::new(group.name, owner, names).with_model(group.model);
    topology
        .with_interconnect(interconnect)
        .with_firewall(firewall)
}

fn network(name: &str, account: &str, region: &str, zones: &[&str; 2], number: u8) -> Network {
    let range = |text: String| text.parse().expect("a range");
    let network = Network::new(name, account, region, range(format!("10.{number}.0.0/16")));
    (1..).zip(zones).fold(network, |network, (index, zone)| {
        let range = range(format!("10.{number}.{index}.0/24"));
        network.with_subnet(Subnet::new(format!("s{index}"), *zone, range))
    })
}

fn instance(network: &str, group: &Group, number: u8, firewall: &str) -> Instance {
    let (kind, image) = match group.cloud {
        "aws" => ("t3.nano", "ami-12345678"),
        _ => (
            "ecs.t5-lc2m1.nano",
            "acs:alibaba_cloud_linux_3_2104_lts_x64",
        ),
    };
    let subnet = format!("{network}/s1").parse().expect("a path");
    let name = format!("i-{network}");
    let mut instance = Instance::new(name, subnet, kind, image, [firewall]);
    let address = format!("10.{number}.1.100").parse();
    instance.address = Some(address.expect("an address"));
    instance
}
