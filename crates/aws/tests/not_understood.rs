//! An object that cannot be read beside one that can: the good one is listed, the odd one is left out and named. What is
//! ours must be understood.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use common::*;
use landbridge_core::engine::Engine;
use landbridge_core::plan::plan_destroy;
use landbridge_core::topology::Topology;
use landbridge_core::{
    Cloud, Compute, ErrorKind, FirewallRule, Network, Peering, PeeringSelect, Scope, Select,
};
use wiremock::MockServer;

async fn given(operation: &'static str, inner: &str) -> (MockServer, landbridge_aws::AwsCloud) {
    let server = server().await;
    answers(&server, operation, inner).await;
    let cloud = cloud(&server.uri(), FakeClock::new());
    (server, cloud)
}

fn odd_vpc(more: &str) -> String {
    format!("<vpcId>vpc-3</vpcId><cidrBlock>auto</cidrBlock>{more}")
}

#[tokio::test]
async fn an_odd_network_stands_beside_a_good_one() {
    let sixth = "<vpcId>vpc-2</vpcId><state>quarantined</state><ipv6CidrBlockAssociationSet><item>\
         <ipv6CidrBlock>2600::/56</ipv6CidrBlock></item></ipv6CidrBlockAssociationSet>";
    let nameless = "<cidrBlock>10.4.0.0/16</cidrBlock>";
    let all = [
        odd_vpc(""),
        vpc("vpc-1", "10.0.0.0/16", ""),
        sixth.to_owned(),
        nameless.to_owned(),
    ];
    let (_server, cloud) = given("DescribeVpcs", &items("vpcSet", &all)).await;
    let networks = cloud.list_networks(&Select::All).await.expect("listed");
    let ids: Vec<&str> = networks.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["vpc-1", "vpc-2"]);
}

#[tokio::test]
async fn an_odd_network_of_ours_is_an_error() {
    let all = [odd_vpc(&tags("network/n"))];
    let (_server, cloud) = given("DescribeVpcs", &items("vpcSet", &all)).await;
    let error = cloud.list_networks(&Select::All).await.expect_err("ours");
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert!(error.to_string().contains("auto"), "{error}");
}

#[tokio::test]
async fn an_odd_subnet_stands_beside_a_good_one() {
    let good = "<subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><ownerId>333333333333</ownerId>\
         <availabilityZone>eu-central-1a</availabilityZone><availabilityZoneId>euc1-az2</availabilityZoneId>\
         <cidrBlock>10.0.1.0/24</cidrBlock><state>available</state>";
    let odd = "<subnetId>subnet-2</subnetId><vpcId>vpc-1</vpcId><cidrBlock>10.0.2.0/24</cidrBlock>";
    let all = [odd.to_owned(), good.to_owned()];
    let (_server, cloud) = given("DescribeSubnets", &items("subnetSet", &all)).await;
    let subnets = cloud.list_subnets(&Select::All).await.expect("listed");
    let [subnet] = subnets.as_slice() else {
        panic!("{subnets:?}")
    };
    assert_eq!(subnet.account, Some("333333333333".into()));
    assert!(subnet.is_in(&"euc1-az2".into()) && subnet.is_in(&"eu-central-1a".into()));
}

#[tokio::test]
async fn odd_groups_instances_and_peerings_stand_beside_good_ones() {
    let groups = ["<groupName>nameless</groupName>", "<groupId>sg-1</groupId>"].map(str::to_owned);
    let (server, cloud) = given(
        "DescribeSecurityGroups",
        &items("securityGroupInfo", &groups),
    )
    .await;
    let instances = "<reservationSet><item><instancesSet><item><instanceType>t9</instanceType></item>\
         <item><instanceId>i-1</instanceId><instanceState><name>dreaming</name></instanceState></item></instancesSet></item></reservationSet>";
    answers(&server, "DescribeInstances", instances).await;
    let end =
        |name: &str, id: &str| format!("<{name}><vpcId>{id}</vpcId><ownerId>1</ownerId></{name}>");
    let good = format!(
        "<vpcPeeringConnectionId>pcx-1</vpcPeeringConnectionId>{}{}<status><code>dozing</code></status>",
        end("requesterVpcInfo", "vpc-1"),
        end("accepterVpcInfo", "vpc-2")
    );
    let odd =
        "<vpcPeeringConnectionId>pcx-2</vpcPeeringConnectionId><requesterVpcInfo/>".to_owned();
    let peerings = items("vpcPeeringConnectionSet", &[odd, good]);
    answers(&server, "DescribeVpcPeeringConnections", &peerings).await;
    assert_eq!(
        cloud.list_groups(&Select::All).await.expect("listed").len(),
        1
    );
    assert_eq!(
        cloud
            .list_instances(&Select::All)
            .await
            .expect("listed")
            .len(),
        1
    );
    let peerings = cloud.list_peerings(&PeeringSelect::all()).await;
    assert_eq!(peerings.expect("listed").len(), 1);
}

/// The answers of a place in which there are networks at most.
async fn nothing_else(server: &MockServer) {
    let arn = format!("arn:aws:iam::{ACCOUNT}:user/u");
    let inner = format!("<Arn>{arn}</Arn><UserId>U</UserId><Account>{ACCOUNT}</Account>");
    on("GetCallerIdentity")
        .respond_with(sts("GetCallerIdentity", &inner))
        .mount(server)
        .await;
    for (operation, set) in [
        ("DescribeSubnets", "subnetSet"),
        ("DescribeRouteTables", "routeTableSet"),
        ("DescribeNetworkAcls", "networkAclSet"),
        ("DescribeVpcPeeringConnections", "vpcPeeringConnectionSet"),
        ("DescribeSecurityGroups", "securityGroupInfo"),
        ("DescribeInstances", "reservationSet"),
    ] {
        answers(server, operation, &items(set, &[])).await;
    }
}

#[tokio::test]
async fn an_inventory_names_what_it_left_out_and_tells_the_zones() {
    let all = [odd_vpc(""), vpc("vpc-1", "10.0.0.0/16", "")];
    let (server, cloud) = given("DescribeVpcs", &items("vpcSet", &all)).await;
    let zones = ["b", "a"].map(|letter| {
        format!("<zoneName>eu-central-1{letter}</zoneName><zoneId>euc1-az-{letter}</zoneId>")
    });
    let zones = items("availabilityZoneInfo", &zones);
    answers(&server, "DescribeAvailabilityZones", &zones).await;
    nothing_else(&server).await;
    // What another reader of the handle meets does not appear here.
    cloud.list_networks(&Select::All).await.expect("listed");
    let scope = Scope::new("t")
        .with_networks(vec!["vpc-1".into()])
        .with_zones();
    let inventory = cloud.inventory(&scope).await.expect("read");
    let left_out: Vec<&str> = inventory
        .not_understood
        .iter()
        .map(|one| one.id.as_str())
        .collect();
    assert_eq!(left_out, ["vpc-3"]);
    let zones: Vec<String> = inventory.zones.iter().map(ToString::to_string).collect();
    assert_eq!(
        zones,
        ["eu-central-1a (euc1-az-a)", "eu-central-1b (euc1-az-b)"]
    );
}

#[tokio::test]
async fn a_destroy_deletes_what_is_ours_and_leaves_the_odd_network_alone() {
    let server = server().await;
    let gone = Arc::new(AtomicBool::new(false));
    let seen = gone.clone();
    on("DescribeVpcs")
        .respond_with(move |_: &wiremock::Request| {
            let ours = vpc("vpc-1", "10.0.0.0/16", &tags("network/n"));
            let mut all = vec![odd_vpc("")];
            all.extend((!seen.load(Ordering::SeqCst)).then_some(ours));
            ok("DescribeVpcs", &items("vpcSet", &all))
        })
        .mount(&server)
        .await;
    on("DeleteVpc")
        .respond_with(move |request: &wiremock::Request| {
            assert!(body(request).contains("VpcId=vpc-1"), "{}", body(request));
            gone.store(true, Ordering::SeqCst);
            ok("DeleteVpc", "<return>true</return>")
        })
        .expect(1)
        .mount(&server)
        .await;
    // What analyses have left is looked for by its tags, the role of agents by its name.
    answers(&server, "DescribeTags", &items("tagSet", &[])).await;
    on("GetInstanceProfile")
        .respond_with(sts_says(404, "NoSuchEntity", "there is none"))
        .mount(&server)
        .await;
    nothing_else(&server).await;
    let clock = FakeClock::new();
    let engine = Engine::new()
        .with_clock(clock.clone())
        .with_provider(Arc::new(provider(&server.uri(), clock)));
    let topology = Topology::from_text(&format!(
        "{{ name: t, accounts: [{{ name: a, cloud: aws, id: '{ACCOUNT}' }}],
            networks: [{{ name: n, account: a, region: eu-central-1, range: 10.0.0.0/16 }}] }}"
    ));
    let topology = topology.expect("a topology");
    let observation = engine.observe(&topology).await.expect("observed");
    assert_eq!(observation.not_understood().count(), 1);
    let destroy = plan_destroy(&topology, &observation);
    assert_eq!(destroy.counts(), (0, 1), "{destroy}");
    engine.apply(&destroy).await.expect("destroyed");
    let residue = engine.residue(&topology, Some(&destroy)).await;
    assert!(residue.expect("read").is_empty());
}
