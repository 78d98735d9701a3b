use std::sync::Arc;

use futures_util::StreamExt;
use landbridge::aliyun::{AliyunBuilder, CLOUD, credential::Credentials};
use landbridge::core::{Protocol, engine::Engine, plan::plan, preflight::preflight, topology::*};

const TYPE: &str = "ecs.t5-lc2m1.nano";
const IMAGE: &str = "acs:alibaba_cloud_linux_3_2104_lts_x64";
type Keys = Arc<dyn Credentials>;

async fn join(engine: Engine, clouds: AliyunBuilder, a: Keys, b: Keys) -> anyhow::Result<()> {
    let [id_a, id_b] = ["1234567890123456", "1234567890123457"];
    let networks = ["vpc1", "vpc2", "vpc3"];
    let ping = FirewallRuleSpec::allow(Protocol::Icmp, [RuleSource::Members("cen".into())]);
    let mut topology = Topology::new("three-vpcs")
        .with_account(Account::new("a", CLOUD, id_a).with_open_services())
        .with_account(Account::new("b", CLOUD, id_b).with_open_services())
        .with_interconnect(Interconnect::new("cen", "a", networks))
        .with_firewall(Firewall::new("members", networks).with_rule(ping));
    for (vpc, account, region, prefix, zones) in [
        ("vpc1", "a", "cn-hangzhou", "172.16", ["h", "i"]),
        ("vpc2", "b", "cn-hangzhou", "10.0", ["h", "i"]),
        ("vpc3", "a", "cn-qingdao", "192.168", ["c", "b"]),
    ] {
        let mut network = Network::new(vpc, account, region, format!("{prefix}.0.0/16").parse()?);
        for (zone, third) in zones.into_iter().zip([20, 21]) {
            let range = format!("{prefix}.{third}.0/24").parse()?;
            network = network.with_subnet(Subnet::new(zone, format!("{region}-{zone}"), range));
        }
        let subnet = SubnetPath::new(vpc, zones[0]);
        let probe = Instance::new(format!("ecs-{vpc}"), subnet, TYPE, IMAGE, ["members"]);
        topology = topology.with_network(network).with_instance(probe);
    }
    let clouds = clouds.credentials(id_a, a).credentials(id_b, b);
    let engine = engine.with_provider(Arc::new(clouds.build()?));
    let (engine, events) = engine.with_event_stream();
    tokio::spawn(events.for_each(async |told| println!("{:?}", told.event)));
    let observation = engine.observe(&topology).await?;
    preflight(&topology, &observation).into_result()?;
    engine.apply(&plan(&topology, &observation)).await?;
    println!("{}", engine.verify(&topology).await?.into_result()?);
    Ok(())
}
