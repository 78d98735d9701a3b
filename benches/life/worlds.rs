//! The topologies that are run: those of the examples, and generated ones.

use std::path::Path;

use landbridge_core::CloudName;
use landbridge_core::topology::{Account, Interconnect, ModelChoice, Network, Subnet, Topology};

use crate::bound::Rate;

/// A topology, and how many calls its clouds allow.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) topology: Topology,
    /// The limit of every operation of Alibaba Cloud, where it is not left at the simulator's default.
    pub(crate) calls_per_second: Option<u32>,
    /// The same for the bound.
    pub(crate) rate: Option<Rate>,
}

/// What is run unless worlds are named, in the order of their sizes.
pub(crate) const ALL: [&str; 11] = [
    "cen",
    "pair",
    "hub-3",
    "hub-10",
    "hub-30",
    "mesh-10",
    "mesh-20",
    "mesh-40",
    "hub-100",
    "hub-200",
    "places-200",
];

/// EC2's published bucket for writes.
const EC2: Rate = (50.0, 5.0);
/// Calls a second of each operation, in the world with many places.
const FEW: u32 = 10;

/// A world by its name: `cen` and `pair` are examples; `hub-N` joins N networks of two accounts in two regions of Alibaba
/// Cloud, `places-N` those of 20 accounts in 10 regions that allow few calls; `mesh-N` peers N networks in four places of
/// AWS, `two-N` in two, `nine-N` in nine.
pub(crate) fn world(name: &str) -> Option<World> {
    let (family, size) = name.split_once('-').unwrap_or((name, "0"));
    let size = size.parse::<usize>().ok()?;
    let few = f64::from(FEW);
    let (topology, calls_per_second, rate) = match family {
        "cen" => (example("cen-two-accounts.yaml"), None, None),
        "pair" => (example("aws-peering-two-accounts.yaml"), None, Some(EC2)),
        "hub" => (hub(size, 2, 2), None, None),
        "places" => (hub(size, 20, 10), Some(FEW), Some((few, few))),
        "mesh" => (mesh(size, 2, |at| (at % 2, at / 2 % 2)), None, Some(EC2)),
        "two" => (mesh(size, 2, |at| (at % 2, at % 2)), None, Some(EC2)),
        "nine" => (mesh(size, 3, |at| (at % 9 / 3, at % 3)), None, Some(EC2)),
        _ => return None,
    };
    Some(World {
        topology,
        calls_per_second,
        rate,
    })
}

fn example(file: &str) -> Topology {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples/topologies")
        .join(file);
    Topology::from_file(&path).expect("the examples are good")
}

/// Regions of Alibaba Cloud, and two zones of each.
const ALIYUN: [(&str, [&str; 2]); 10] = [
    ("cn-hangzhou", ["cn-hangzhou-h", "cn-hangzhou-i"]),
    ("cn-qingdao", ["cn-qingdao-b", "cn-qingdao-c"]),
    ("cn-shanghai", ["cn-shanghai-f", "cn-shanghai-g"]),
    ("cn-beijing", ["cn-beijing-h", "cn-beijing-g"]),
    ("cn-shenzhen", ["cn-shenzhen-d", "cn-shenzhen-e"]),
    ("cn-chengdu", ["cn-chengdu-a", "cn-chengdu-b"]),
    ("cn-zhangjiakou", ["cn-zhangjiakou-a", "cn-zhangjiakou-b"]),
    ("cn-guangzhou", ["cn-guangzhou-a", "cn-guangzhou-b"]),
    ("cn-wulanchabu", ["cn-wulanchabu-a", "cn-wulanchabu-b"]),
    ("cn-hongkong", ["cn-hongkong-b", "cn-hongkong-c"]),
];

const AWS: [&str; 3] = ["us-east-1", "eu-central-1", "ap-northeast-1"];

fn hub(networks: usize, accounts: usize, regions: usize) -> Topology {
    let mut topology = topology("aliyun", accounts);
    for number in 0..networks {
        let (region, zones) = ALIYUN[number / accounts % regions];
        let mut network = network(number, number % accounts, region);
        for (at, zone) in zones.into_iter().enumerate() {
            let range = format!("{}.{at}.0/24", block(number));
            network = network.with_subnet(Subnet::new(
                format!("s{at}"),
                zone,
                range.parse().expect("a range"),
            ));
        }
        topology = topology.with_network(network);
    }
    joined(topology, networks, ModelChoice::Hub)
}

/// Networks of AWS, each in the account and the region that `place` says.
fn mesh(networks: usize, accounts: usize, place: fn(usize) -> (usize, usize)) -> Topology {
    let mut topology = topology("aws", accounts);
    for number in 0..networks {
        let (account, region) = place(number);
        let region = AWS[region];
        let range = format!("{}.1.0/24", block(number))
            .parse()
            .expect("a range");
        let subnet = Subnet::new("s", format!("{region}a"), range);
        topology = topology.with_network(network(number, account, region).with_subnet(subnet));
    }
    joined(topology, networks, ModelChoice::Mesh)
}

fn topology(cloud: &'static str, accounts: usize) -> Topology {
    let cloud = CloudName::from_static(cloud);
    let id = |number: usize| match cloud.as_str() {
        "aws" => format!("1111222{number:05}"),
        _ => format!("12345678901{number:05}"),
    };
    let accounts =
        (0..accounts).map(|number| Account::new(format!("a{number}"), cloud.clone(), id(number)));
    accounts.fold(Topology::new("life"), Topology::with_account)
}

fn network(number: usize, account: usize, region: &str) -> Network {
    let range = format!("{}.0.0/16", block(number));
    Network::new(
        format!("n{number}"),
        format!("a{account}"),
        region,
        range.parse().expect("a range"),
    )
}

/// The first two numbers of a network's addresses.
fn block(number: usize) -> String {
    format!("{}.{}", 10 + number / 256, number % 256)
}

fn joined(topology: Topology, networks: usize, model: ModelChoice) -> Topology {
    let members = (0..networks).map(|number| format!("n{number}"));
    topology.with_interconnect(Interconnect::new("core", "a0", members).with_model(model))
}
