//! Network ACLs of Alibaba Cloud: their calls, and which packets they let pass.

mod support;

use landbridge_sim::Protocol;
use serde_json::{Value, json};
use support::peered::{Peered, SSH};
use support::site::Site;
use support::{Answer, LONG, text};

const GRE: Protocol = Protocol::Other(47);
const INBOUND: &str = "the inbound network ACL";
const OUTBOUND: &str = "the outbound network ACL";

/// A new ACL of a site's network; it filters nothing yet.
async fn create(stage: &Peered, site: &Site) -> String {
    let parameters = [("VpcId", site.vpc.as_str()), ("NetworkAclName", "wall")];
    let created = stage.vpc("CreateNetworkAcl", &parameters).await.ok();
    stage.simulator.advance(LONG);
    text(&created["NetworkAclId"])
}

async fn bind(stage: &Peered, action: &str, acl: &str, site: &Site) -> Answer {
    let parameters = [
        ("NetworkAclId", acl),
        ("Resource.1.ResourceType", "VSwitch"),
        ("Resource.1.ResourceId", site.vswitch.as_str()),
    ];
    stage.vpc(action, &parameters).await
}

/// An ACL before a site's vSwitch that lets everything pass.
async fn bound(stage: &Peered, site: &Site) -> String {
    let acl = create(stage, site).await;
    bind(stage, "AssociateNetworkAcl", &acl, site).await.ok();
    stage.simulator.advance(LONG);
    acl
}

/// Policy, protocol, ports and the range of the far end.
type Entry<'a> = (&'a str, &'a str, &'a str, &'a str);

async fn update(stage: &Peered, acl: &str, way: &str, entries: &[Entry<'_>]) -> Answer {
    let range = if way == "Ingress" {
        "SourceCidrIp"
    } else {
        "DestinationCidrIp"
    };
    let mut fields = Vec::new();
    for (position, (policy, protocol, port, far)) in entries.iter().enumerate() {
        let prefix = format!("{way}AclEntries.{}", position + 1);
        let version = if far.contains(':') { "IPv6" } else { "IPv4" };
        for (name, value) in [
            ("Policy", *policy),
            ("Protocol", *protocol),
            ("Port", *port),
            ("IpVersion", version),
            (range, *far),
        ] {
            fields.push((format!("{prefix}.{name}"), value));
        }
    }
    let flag = format!("Update{way}AclEntries");
    let mut parameters = vec![("NetworkAclId", acl), (flag.as_str(), "true")];
    parameters.extend(fields.iter().map(|(name, value)| (name.as_str(), *value)));
    stage.vpc("UpdateNetworkAclEntries", &parameters).await
}

async fn set(stage: &Peered, acl: &str, way: &str, entries: &[Entry<'_>]) {
    update(stage, acl, way, entries).await.ok();
    stage.simulator.advance(LONG);
}

async fn shown(stage: &Peered, acl: &str) -> Value {
    let one = [("NetworkAclId", acl)];
    let answer = stage.vpc("DescribeNetworkAclAttributes", &one).await.ok();
    answer["NetworkAclAttribute"].clone()
}

#[tokio::test]
async fn a_new_acl_lets_everything_pass_and_tells_its_last_words() {
    let stage = Peered::open().await;
    let acl = bound(&stage, &stage.right).await;
    stage.arrives(SSH);
    let shown = shown(&stage, &acl).await;
    let entries = shown["IngressAclEntries"]["IngressAclEntry"]
        .as_array()
        .expect("entries");
    let brief: Vec<_> = entries
        .iter()
        .map(|entry| {
            [
                &entry["EntryType"],
                &entry["Policy"],
                &entry["SourceCidrIp"],
            ]
        })
        .collect();
    assert_eq!(
        json!(brief),
        json!([
            ["custom", "accept", "0.0.0.0/0"],
            ["service", "accept", "100.100.2.112/28"],
            ["service", "accept", "100.100.2.128/28"],
            ["system", "drop", "0.0.0.0/0"],
        ])
    );
    let egress = &shown["EgressAclEntries"]["EgressAclEntry"][0];
    assert_eq!(
        (
            &egress["DestinationCidrIp"],
            &egress["Port"],
            &egress["Protocol"],
            &egress["IpVersion"]
        ),
        (
            &"0.0.0.0/0".into(),
            &"-1/-1".into(),
            &"all".into(),
            &"IPV4".into()
        )
    );
    let resource = &shown["Resources"]["Resource"][0];
    assert_eq!(
        (&resource["ResourceId"], &resource["Status"]),
        (&stage.right.vswitch.as_str().into(), &"BINDED".into())
    );
}

#[tokio::test]
async fn entries_decide_in_order_and_the_last_word_is_no() {
    let stage = Peered::open().await;
    let acl = bound(&stage, &stage.right).await;
    let accept = ("accept", "tcp", "22/22", "10.0.0.0/16");
    let drop = ("drop", "all", "-1/-1", "10.0.20.0/24");
    set(&stage, &acl, "Ingress", &[accept, drop]).await;
    stage.arrives(SSH);
    let element = stage.lost(Protocol::tcp(23), INBOUND);
    assert_eq!(element, acl);
    set(&stage, &acl, "Ingress", &[drop, accept]).await;
    stage.lost(SSH, "denies TCP 50000 > 22 from 10.0.20.100");
    set(&stage, &acl, "Ingress", &[accept]).await;
    stage.arrives(SSH);
    stage.lost(Protocol::udp(22), INBOUND);
    set(&stage, &acl, "Ingress", &[]).await;
    stage.lost(SSH, INBOUND);
}

#[tokio::test]
async fn answers_need_entries_of_their_own() {
    let stage = Peered::open().await;
    let acl = bound(&stage, &stage.right).await;
    let to = "10.0.0.0/16";
    set(&stage, &acl, "Egress", &[("accept", "tcp", "22/22", to)]).await;
    stage.lost(SSH, "on the way back: the outbound network ACL");
    set(
        &stage,
        &acl,
        "Egress",
        &[("accept", "tcp", "49152/65535", to)],
    )
    .await;
    stage.arrives(SSH);
    stage.lost(
        SSH.from_port(40_000),
        "denies TCP 22 > 40000 to 10.0.20.100",
    );
    stage.lost(Protocol::ECHO, "denies ICMP 0/0 to 10.0.20.100");
    set(
        &stage,
        &acl,
        "Egress",
        &[
            ("accept", "icmp", "-1/-1", to),
            ("accept", "gre", "-1/-1", to),
        ],
    )
    .await;
    stage.arrives(Protocol::ECHO);
    stage.arrives(GRE);
    stage.lost(Protocol::Other(50), "denies protocol 50 to 10.0.20.100");
    let of_source = bound(&stage, &stage.left).await;
    stage.arrives(GRE);
    set(
        &stage,
        &of_source,
        "Ingress",
        &[("drop", "gre", "-1/-1", "0.0.0.0/0")],
    )
    .await;
    stage.lost(GRE, "on the way back: the inbound network ACL");
    set(
        &stage,
        &of_source,
        "Egress",
        &[("accept", "icmp", "-1/-1", "0.0.0.0/0")],
    )
    .await;
    stage.lost(GRE, OUTBOUND);
}

#[tokio::test]
async fn families_have_entries_of_their_own() {
    let stage = Peered::open().await;
    let acl = bound(&stage, &stage.right).await;
    set(
        &stage,
        &acl,
        "Ingress",
        &[("accept", "all", "-1/-1", "::/0")],
    )
    .await;
    stage.lost(SSH, INBOUND);
    let shown = shown(&stage, &acl).await;
    let entries = shown["IngressAclEntries"]["IngressAclEntry"]
        .as_array()
        .expect("entries");
    let last = entries.last().expect("a last word");
    assert_eq!(
        (&last["SourceCidrIp"], &last["IpVersion"], &last["Policy"]),
        (&"::/0".into(), &"IPV6".into(), &"drop".into())
    );
}

#[tokio::test]
async fn entries_are_checked() {
    let stage = Peered::open().await;
    let acl = create(&stage, &stage.right).await;
    for (entry, code) in [
        (("perhaps", "tcp", "22/22", "10.0.0.0/8"), "Policy"),
        (("accept", "ipip", "-1/-1", "10.0.0.0/8"), "Protocol"),
        (("accept", "icmp", "1/2", "10.0.0.0/8"), "Port"),
        (("accept", "tcp", "9/1", "10.0.0.0/8"), "Port"),
        (("accept", "tcp", "22/22", "10"), "SourceCidrIp"),
    ] {
        let answer = update(&stage, &acl, "Ingress", &[entry]).await;
        answer.refused(&format!("InvalidParameter.IngressAclEntries.{code}"));
    }
    let list = update(
        &stage,
        &acl,
        "Ingress",
        &[("accept", "all", "-1/-1", "pl-none")],
    )
    .await;
    list.refused("ResourceNotFound.PrefixList");
    let many = vec![("accept", "all", "-1/-1", "10.0.0.0/8"); 21];
    update(&stage, &acl, "Egress", &many)
        .await
        .refused("QuotaExceeded.AclEntry");
    // Entries that only answers show are passed over.
    let echoed = [
        ("NetworkAclId", acl.as_str()),
        ("UpdateIngressAclEntries", "true"),
        ("IngressAclEntries.1.EntryType", "system"),
    ];
    stage.vpc("UpdateNetworkAclEntries", &echoed).await.ok();
}

#[tokio::test]
async fn acls_filter_from_binding_to_unbinding() {
    let stage = Peered::open().await;
    let acl = create(&stage, &stage.right).await;
    set(&stage, &acl, "Ingress", &[]).await;
    stage.arrives(SSH);
    bind(&stage, "AssociateNetworkAcl", &acl, &stage.left)
        .await
        .refused("InvalidVSwitchId.NotFound");
    bind(&stage, "AssociateNetworkAcl", &acl, &stage.right)
        .await
        .ok();
    assert_eq!(shown(&stage, &acl).await["Status"], "Modifying");
    update(&stage, &acl, "Ingress", &[])
        .await
        .refused("TaskConflict");
    stage.arrives(SSH);
    stage.simulator.advance(LONG);
    stage.lost(SSH, INBOUND);
    bind(&stage, "AssociateNetworkAcl", &acl, &stage.right)
        .await
        .refused("ResourceAlreadyBinded");
    let one = [("NetworkAclId", acl.as_str())];
    stage
        .vpc("DeleteNetworkAcl", &one)
        .await
        .refused("NetworkAclExistBinding");
    bind(&stage, "UnassociateNetworkAcl", &acl, &stage.right)
        .await
        .ok();
    stage.lost(SSH, INBOUND);
    stage.simulator.advance(LONG);
    stage.arrives(SSH);
    bind(&stage, "UnassociateNetworkAcl", &acl, &stage.right)
        .await
        .refused("ResourceNotBinded");
    stage.vpc("DeleteNetworkAcl", &one).await.ok();
    stage.simulator.advance(LONG);
    stage
        .vpc("DescribeNetworkAclAttributes", &one)
        .await
        .refused("InvalidNetworkAcl.NotFound");
}

#[tokio::test]
async fn neighbours_in_one_vswitch_are_not_filtered() {
    let stage = Peered::new().await;
    let acl = bound(&stage, &stage.left).await;
    set(&stage, &acl, "Ingress", &[]).await;
    set(&stage, &acl, "Egress", &[]).await;
    let parameters = [
        ("ImageId", "aliyun_3_x64"),
        ("InstanceType", "ecs.t5-lc2m1.nano"),
        ("SecurityGroupId", stage.left.group.as_str()),
        ("VSwitchId", stage.left.vswitch.as_str()),
    ];
    let started = stage.ecs("RunInstances", &parameters).await.ok();
    stage.simulator.advance(LONG);
    let other = text(&started["InstanceIdSets"]["InstanceIdSet"][0]);
    let target = stage.left.address.parse().expect("an address");
    let verdict = stage.simulator.probe(&other, target, SSH);
    assert!(verdict.is_delivered(), "{verdict}");
    stage.lost(SSH, OUTBOUND);
}

#[tokio::test]
async fn acls_are_listed() {
    let stage = Peered::new().await;
    let left = bound(&stage, &stage.left).await;
    let right = create(&stage, &stage.right).await;
    let list = async |filters: &[(&str, &str)]| {
        let answer = stage.vpc("DescribeNetworkAcls", filters).await.ok();
        let acls = answer["NetworkAcls"]["NetworkAcl"].as_array().cloned();
        let ids: Vec<String> = acls
            .unwrap_or_default()
            .iter()
            .map(|acl| text(&acl["NetworkAclId"]))
            .collect();
        (answer["TotalCount"].clone(), ids)
    };
    let all = list(&[]).await;
    assert_eq!(all, ("2".into(), vec![left.clone(), right.clone()]));
    let second = list(&[("PageSize", "1"), ("PageNumber", "2")]).await;
    assert_eq!(second.1, [right.as_str()]);
    let by_vpc = list(&[("VpcId", stage.right.vpc.as_str())]).await;
    assert_eq!(by_vpc.1, [right.as_str()]);
    let by_vswitch = [
        ("ResourceId", stage.left.vswitch.as_str()),
        ("ResourceType", "VSwitch"),
    ];
    assert_eq!(list(&by_vswitch).await.1, [left.as_str()]);
}

#[tokio::test]
async fn entries_follow_prefix_lists() {
    let stage = Peered::open().await;
    let acl = bound(&stage, &stage.right).await;
    let range = [("PrefixListEntries.1.Cidr", "10.0.21.0/24")];
    let list = stage.vpc("CreateVpcPrefixList", &range).await.ok();
    let list = text(&list["PrefixListId"]);
    stage.simulator.advance(LONG);
    set(
        &stage,
        &acl,
        "Ingress",
        &[("accept", "all", "-1/-1", &list)],
    )
    .await;
    stage.lost(SSH, INBOUND);
    let add = [
        ("PrefixListId", list.as_str()),
        ("AddPrefixListEntry.1.Cidr", "10.0.20.0/24"),
    ];
    stage.vpc("ModifyVpcPrefixList", &add).await.ok();
    stage.lost(SSH, INBOUND);
    stage.simulator.advance(LONG);
    stage.arrives(SSH);
    let one = [("PrefixListId", list.as_str())];
    let refused = stage.vpc("DeleteVpcPrefixList", &one).await;
    refused.refused("DependencyViolation.PrefixListAssociation");
}
