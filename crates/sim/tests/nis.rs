//! Alibaba Cloud: what Network Intelligence Service says of worlds with one defect each.

mod support;

use std::time::Duration;

use landbridge_sim::{AccountSpec, AliyunRoute};
use serde_json::{Value, json};
use support::peered::Peered;
use support::site::{QINGDAO, site};
use support::{A, Answer, B, Client, LONG, NIS, stranger, text};

const SOON: Duration = Duration::from_secs(5);

/// What is asked of a path between the two instances.
fn wanted<'a>(stage: &'a Peered, protocol: &'a str, port: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("RegionId", QINGDAO),
        ("SourceId", &stage.left.instance),
        ("SourceType", "ecs"),
        ("TargetId", &stage.right.instance),
        ("TargetType", "ecs"),
        ("Protocol", protocol),
        ("TargetPort", port),
    ]
}

async fn begin(client: &Client, wanted: &[(&str, &str)]) -> String {
    let made = client.ok(NIS, "CreateAndAnalyzeNetworkPath", wanted).await;
    text(&made["NetworkReachableAnalysisId"])
}

async fn get(client: &Client, id: &str) -> Value {
    let named = [("NetworkReachableAnalysisId", id)];
    client.ok(NIS, "GetNetworkReachableAnalysis", &named).await
}

/// Whether it is reachable, the code, and the text of the result.
struct Told {
    reachable: bool,
    code: String,
    result: Value,
}

async fn analysed(stage: &Peered, wanted: &[(&str, &str)]) -> Told {
    let id = begin(&stage.client, wanted).await;
    stage.simulator.advance(SOON);
    let ended = get(&stage.client, &id).await;
    assert_eq!(ended["NetworkReachableAnalysisStatus"], "finish", "{ended}");
    let result = text(&ended["NetworkReachableAnalysisResult"]);
    let result: Value = serde_json::from_str(&result).expect("a document");
    Told {
        reachable: ended["Reachable"].as_bool().expect("a verdict"),
        code: text(&result["errorCode"]),
        result,
    }
}

async fn tcp(stage: &Peered, port: &str) -> Told {
    analysed(stage, &wanted(stage, "tcp", port)).await
}

async fn blocked(stage: &Peered, port: &str, code: &str, status: &str) -> Value {
    let told = tcp(stage, port).await;
    let found = (told.reachable, told.code.as_str());
    assert_eq!(found, (false, code), "{}", told.result);
    assert_eq!(told.result["status"], status);
    told.result
}

#[tokio::test]
async fn an_analysis_takes_its_time_and_tells_the_way_there_and_back() {
    let stage = Peered::open().await;
    let asked = wanted(&stage, "icmp", "");
    let asked = &asked[..6];
    let made = stage.client.ok(NIS, "CreateAndAnalyzeNetworkPath", asked);
    let made = made.await;
    assert_eq!(made["SourceId"], json!(stage.left.instance));
    assert_eq!(made["TargetType"], "ecs");
    let id = text(&made["NetworkReachableAnalysisId"]);
    assert!(id.starts_with("nra-"), "{id}");
    let early = get(&stage.client, &id).await;
    assert_eq!(early["NetworkReachableAnalysisStatus"], "init");
    assert_eq!(early["NetworkReachableAnalysisResult"], Value::Null);
    assert_eq!(early["Reachable"], Value::Null);
    assert_eq!(early["AliUid"].to_string(), A);

    let told = analysed(&stage, asked).await;
    assert!(told.reachable);
    assert_eq!(told.code, "");
    assert_eq!(told.result["status"], "security_group_checking_target");
    assert_eq!(told.result["securityGroupData"]["policy"], "accept");
    let kinds = |way: &str, list: &str| -> Vec<String> {
        let nodes = told.result["topologyData"][way][list].as_array();
        let nodes = nodes.expect("a list").iter();
        nodes.map(|node| text(&node["nodeType"])).collect()
    };
    let expected = [
        "VM", "ENI", "VSW", "VROUTER", "VPC_PEER", "VSW", "ENI", "VM",
    ];
    assert_eq!(kinds("positive", "nodeList"), expected);
    assert_eq!(kinds("reverse", "revNodeList"), expected);
    let positive = &told.result["topologyData"]["positive"];
    assert_eq!(positive["nodeList"][0]["id"], json!(stage.left.instance));
    assert_eq!(positive["nodeList"][7]["id"], json!(stage.right.instance));
    let links = positive["linkList"].as_array().map(Vec::len);
    assert_eq!(links, Some(7));
    let routes = told.result["routeData"]["routeItems"].clone();
    assert_eq!(routes[0]["nextHopId"], json!(stage.peering));
    let rule = &told.result["securityGroupData"]["securityGroupItems"][1]["matchedRule"];
    assert_eq!(rule["sourceCidr"], "0.0.0.0/0");
    assert_eq!(rule["policy"], "Accept");
}

#[tokio::test]
async fn groups_decide_by_protocol_and_port() {
    let stage = Peered::new().await;
    let group = &stage.right.group;
    blocked(
        &stage,
        "22",
        "SECURITY_GROUP_DROP",
        "security_group_checking_target",
    )
    .await;
    let ssh = [
        ("IpProtocol", "TCP"),
        ("PortRange", "22/22"),
        ("SourceCidrIp", "10.0.0.0/16"),
    ];
    stage.allow(group, &ssh).await;
    assert!(tcp(&stage, "22").await.reachable);
    assert!(!tcp(&stage, "80").await.reachable);
    assert!(
        !analysed(&stage, &wanted(&stage, "udp", "22"))
            .await
            .reachable
    );
    assert!(
        !analysed(&stage, &wanted(&stage, "icmp", "22"))
            .await
            .reachable
    );

    let out = [
        ("IpProtocol", "TCP"),
        ("PortRange", "22/22"),
        ("DestCidrIp", "10.1.0.0/16"),
        ("Policy", "drop"),
    ];
    stage.allow_out(&stage.left.group, &out).await;
    let result = blocked(
        &stage,
        "22",
        "SECURITY_GROUP_DROP",
        "security_group_checking_source",
    )
    .await;
    assert_eq!(result["securityGroupData"]["policy"], "drop");
    let item = &result["securityGroupData"]["securityGroupItems"][0];
    assert_eq!(item["description"], "user_acl_drop_rule");
    assert_eq!(item["matchedRule"]["destinationCidr"], "10.1.0.0/16");
}

#[tokio::test]
async fn routes_are_needed_there_and_back() {
    let stage = Peered::open().await;
    let (left, right) = (&stage.left, &stage.right);
    right
        .unroute(&stage.simulator, "10.0.0.0/16", "VpcPeer", &stage.peering)
        .await;
    let status = "reverse_route_checking";
    blocked(&stage, "22", "REVERSE_ROUTE_UNREACHABLE", status).await;
    left.unroute(&stage.simulator, "10.1.0.0/16", "VpcPeer", &stage.peering)
        .await;
    blocked(&stage, "22", "ROUTE_UNREACHABLE", "route_checking").await;
    let nowhere = AliyunRoute::new("10.1.0.0/16", "VpnGateway", "vpn-1");
    let placed = stage.simulator.place_aliyun_route(&left.table, nowhere);
    assert!(placed.is_some());
    blocked(&stage, "22", "ROUTE_UNREACHABLE", "route_checking").await;
}

#[tokio::test]
async fn access_lists_stop_the_packet_or_the_answer() {
    let stage = Peered::open().await;
    let right = &stage.right;
    let acl = [right.place(), ("VpcId", right.vpc.as_str())];
    let acl = stage
        .client
        .ok(support::VPC, "CreateNetworkAcl", &acl)
        .await;
    let acl = text(&acl["NetworkAclId"]);
    stage.simulator.advance(LONG);
    let bind = [
        right.place(),
        ("NetworkAclId", acl.as_str()),
        ("Resource.1.ResourceId", right.vswitch.as_str()),
        ("Resource.1.ResourceType", "VSwitch"),
    ];
    let bound = stage.client.ok(support::VPC, "AssociateNetworkAcl", &bind);
    bound.await;
    stage.simulator.advance(LONG);
    let update = |way: &'static str, range: &'static str, policy: &'static str| {
        let entry = move |name: &str| format!("{way}AclEntries.1.{name}");
        let fields = [
            ("RegionId".to_owned(), QINGDAO.to_owned()),
            ("NetworkAclId".to_owned(), acl.clone()),
            (format!("Update{way}AclEntries"), "true".to_owned()),
            (entry("Protocol"), "tcp".to_owned()),
            (entry("Port"), "1/65535".to_owned()),
            (entry("Policy"), policy.to_owned()),
            (entry(range), "10.0.0.0/8".to_owned()),
        ];
        let client = stage.client.clone();
        let simulator = stage.simulator.clone();
        async move {
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            let action = "UpdateNetworkAclEntries";
            client.ok(support::VPC, action, &fields).await;
            simulator.advance(LONG);
        }
    };
    update("Ingress", "SourceCidrIp", "drop").await;
    let result = blocked(
        &stage,
        "22",
        "NETWORK_ACL_DROP",
        "network_acl_checking_target",
    )
    .await;
    let item = &result["networkAclData"]["networkAclItems"][0];
    assert_eq!(
        (&item["networkAclId"], &item["policy"]),
        (&json!(acl), &json!("drop"))
    );
    update("Ingress", "SourceCidrIp", "accept").await;
    assert!(tcp(&stage, "22").await.reachable);
    update("Egress", "DestinationCidrIp", "drop").await;
    let status = "network_acl_checking_target";
    blocked(&stage, "22", "NETWORK_ACL_DROP", status).await;
}

#[tokio::test]
async fn a_machine_that_is_down_is_not_reachable() {
    let stage = Peered::open().await;
    let stop = [("InstanceId", stage.right.instance.as_str())];
    stage.ecs("StopInstance", &stop).await.ok();
    stage.simulator.advance(LONG);
    blocked(&stage, "22", "INSTANCE_NOT_RUNNING", "instance_checking").await;
}

#[tokio::test]
async fn addresses_in_a_vswitch_are_ends_too() {
    let stage = Peered::open().await;
    let mut asked = wanted(&stage, "tcp", "22");
    asked[3] = ("TargetId", &stage.right.vswitch);
    asked[4] = ("TargetType", "vsw");
    asked.push(("TargetIpAddress", &stage.right.address));
    asked.push(("SourceIpAddress", &stage.left.address));
    assert!(analysed(&stage, &asked).await.reachable);
}

async fn fails(stage: &Peered, wanted: &[(&str, &str)]) {
    let id = begin(&stage.client, wanted).await;
    stage.simulator.advance(SOON);
    let ended = get(&stage.client, &id).await;
    assert_eq!(ended["NetworkReachableAnalysisStatus"], "error", "{ended}");
    assert_eq!(ended["Reachable"], Value::Null);
}

#[tokio::test]
async fn what_is_not_the_callers_ends_as_an_error() {
    let stage = Peered::open().await;
    let other = stranger(&stage.simulator, B);
    let theirs = site(&stage.simulator, &other, B, QINGDAO, "10.2").await;
    for (at, name, value) in [
        (3, "TargetId", theirs.instance.as_str()),
        (1, "SourceId", theirs.instance.as_str()),
        (3, "TargetId", "i-unknown"),
        (4, "TargetType", "clb"),
        (2, "SourceType", "internetIp"),
    ] {
        let mut asked = wanted(&stage, "tcp", "22");
        asked[at] = (name, value);
        fails(&stage, &asked).await;
    }
    let mut asked = wanted(&stage, "tcp", "22");
    asked.push(("TargetIpAddress", "10.1.20.99"));
    fails(&stage, &asked).await;

    let id = begin(&stage.client, &wanted(&stage, "tcp", "22")).await;
    let named = [("NetworkReachableAnalysisId", id.as_str())];
    let refused = other.call(NIS, "GetNetworkReachableAnalysis", &named).await;
    refused.refused("ResourceNotFound.NetworkReachableAnalysis");
}

#[tokio::test]
async fn calls_that_make_no_sense_are_refused() {
    let stage = Peered::open().await;
    for (name, value, code) in [
        ("SourceId", "", "MissingParameter"),
        ("TargetId", "", "MissingParameter"),
        ("TargetType", "", "MissingParameter"),
        ("Protocol", "", "MissingParameter"),
        ("TargetPort", "", "MissingParameter"),
        ("Protocol", "gre", "InvalidParameter.Protocol"),
        ("SourceType", "clb", "InvalidParameter.SourceType"),
        ("TargetPort", "65536", "InvalidParameter.TargetPort"),
        ("RegionId", "nowhere", "InvalidRegionId.NotFound"),
    ] {
        let mut asked = wanted(&stage, "tcp", "22");
        asked.retain(|(own, _)| *own != name);
        asked.extend((!value.is_empty()).then_some((name, value)));
        let refused = stage
            .client
            .call(NIS, "CreateAndAnalyzeNetworkPath", &asked);
        let refused: Answer = refused.await;
        assert_eq!(refused.code(), code, "{name} {value}: {}", refused.body);
    }
    let address = [("TargetIpAddress", "2001:db8::1")];
    let asked: Vec<_> = wanted(&stage, "tcp", "22")
        .into_iter()
        .chain(address)
        .collect();
    let refused = stage
        .client
        .call(NIS, "CreateAndAnalyzeNetworkPath", &asked);
    refused.await.refused("InvalidParameter.TargetIpAddress");
}

#[tokio::test]
async fn paths_are_recorded_analysed_and_deleted() {
    let stage = Peered::open().await;
    let client = &stage.client;
    let mut asked = wanted(&stage, "tcp", "22");
    let nameless = client.call(NIS, "CreateNetworkPath", &asked).await;
    nameless.refused("MissingParameter");
    asked.push(("NetworkPathName", "left to right"));
    let path = client.ok(NIS, "CreateNetworkPath", &asked).await;
    let path = text(&path["NetworkPathId"]);
    assert!(path.starts_with("np-"), "{path}");
    let of_path = [("NetworkPathId", path.as_str())];
    let made = client.ok(NIS, "CreateNetworkReachableAnalysis", &of_path);
    let id = text(&made.await["NetworkReachableAnalysisId"]);
    stage.simulator.advance(SOON);
    let ended = get(client, &id).await;
    assert_eq!(ended["NetworkPathId"], json!(path));
    assert_eq!(ended["Reachable"], true);
    let parameters = text(&ended["NetworkPathParameter"]);
    assert!(parameters.contains(&stage.left.instance), "{parameters}");
    let is_alive = |id: &str| stage.simulator.alive().iter().any(|entry| entry.id == id);
    assert!(is_alive(&path) && is_alive(&id));

    let both = json!([id, "nra-unknown"]).to_string();
    let both = [("NetworkReachableAnalysisIds", both.as_str())];
    let delete = "DeleteNetworkReachableAnalysis";
    let refused = client.call(NIS, delete, &both).await;
    refused.refused("ResourceNotFound.NetworkReachableAnalysis");
    let one = json!([id]).to_string();
    let one = [("NetworkReachableAnalysisIds", one.as_str())];
    assert_eq!(client.ok(NIS, delete, &one).await["Data"], true);
    assert!(!is_alive(&id));

    let again = client.ok(NIS, "CreateNetworkReachableAnalysis", &of_path);
    let again = text(&again.await["NetworkReachableAnalysisId"]);
    let paths = json!([path]).to_string();
    let paths = [("NetworkPathIds", paths.as_str())];
    client.ok(NIS, "DeleteNetworkPath", &paths).await;
    assert!(!is_alive(&path) && !is_alive(&again));
    let refused = client.call(NIS, "DeleteNetworkPath", &paths).await;
    refused.refused("ResourceNotFound.NetworkPath");
}

#[tokio::test]
async fn accounts_have_so_many_paths_and_analyses() {
    let spec = AccountSpec::new("aliyun", A)
        .quota("network_paths", 1)
        .quota("network_reachable_analyses", 1);
    let stage = Peered::of(spec).await;
    let mut asked = wanted(&stage, "tcp", "22");
    asked.push(("NetworkPathName", "one"));
    let client = &stage.client;
    let path = client.ok(NIS, "CreateNetworkPath", &asked).await;
    let refused = client.call(NIS, "CreateNetworkPath", &asked).await;
    refused.refused("QuotaExceeded.NetworkPath");
    let path = text(&path["NetworkPathId"]);
    let of_path = [("NetworkPathId", path.as_str())];
    let analyse = "CreateNetworkReachableAnalysis";
    client.ok(NIS, analyse, &of_path).await;
    let refused = client.call(NIS, analyse, &of_path).await;
    refused.refused("QuotaExceeded.NetworkReachableAnalysis");
    // What is not recorded does not count.
    for _ in 0..3 {
        begin(client, &wanted(&stage, "tcp", "22")).await;
    }
}

#[tokio::test]
async fn policies_name_the_actions_of_the_service() {
    let stage = Peered::open().await;
    let with = |actions: &[&str]| {
        let policy = json!({"Version": "1", "Statement": [
            {"Effect": "Allow", "Action": actions, "Resource": "*"}]});
        let spec = AccountSpec::new("aliyun", A).policy(policy.to_string());
        Client::new(&stage.simulator, &stage.simulator.provision(spec))
    };
    let asked = wanted(&stage, "tcp", "22");
    let user = with(&["nis:CreateAndAnalyzeNetworkPath"]);
    let id = begin(&user, &asked).await;
    let named = [("NetworkReachableAnalysisId", id.as_str())];
    let refused = user.call(NIS, "GetNetworkReachableAnalysis", &named).await;
    refused.refused("NoPermission");
    let user = with(&["nis:GetNetworkReachableAnalysis"]);
    get(&user, &id).await;
    let refused = user.call(NIS, "CreateAndAnalyzeNetworkPath", &asked).await;
    refused.refused("NoPermission");
}
