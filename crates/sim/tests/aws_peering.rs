//! AWS: the life of peerings, and every trap on the way.

mod support;

use std::time::Duration;

use landbridge_sim::{AccountSpec, Simulator};
use support::aws::{A, Aws, B, pair};

const EAST: &str = "us-east-1";
const WEST: &str = "us-west-2";
const HOUR: u64 = 3600;

fn pass(simulator: &Simulator, seconds: u64) {
    simulator.advance(Duration::from_secs(seconds));
}

/// A request from A's 10.0/16 to B's 10.1/16 in the same region: the VPCs and its id.
async fn requested(a: &Aws, b: &Aws) -> (String, String, String) {
    let (own, peer) = (a.vpc("10.0.0.0/16").await, b.vpc("10.1.0.0/16").await);
    let id = a.request(&own, &peer, B, EAST).await;
    (own, peer, id)
}

#[tokio::test]
async fn the_handshake_passes_through_all_states() {
    let (simulator, a, b) = pair().await;
    let (_, _, id) = requested(&a, &b).await;
    a.see(&id)
        .await
        .refused("InvalidVpcPeeringConnectionID.NotFound");
    pass(&simulator, 1);
    assert_eq!(a.status(&id).await, "initiating-request");
    pass(&simulator, 1);
    assert_eq!(a.status(&id).await, "pending-acceptance");
    b.peering("Accept", &id)
        .await
        .refused("InvalidVpcPeeringConnectionID.NotFound");
    pass(&simulator, 1);
    assert_eq!(b.status(&id).await, "pending-acceptance");
    let answer = b.peering("Accept", &id).await.ok();
    assert_eq!(answer.text("code"), "provisioning");
    assert_eq!(a.status(&id).await, "pending-acceptance");
    b.peering("Accept", &id)
        .await
        .refused("InvalidStateTransition");
    pass(&simulator, 1);
    assert_eq!(a.status(&id).await, "provisioning");
    pass(&simulator, 2);
    assert_eq!(b.status(&id).await, "active");
    assert_eq!(a.status(&id).await, "provisioning");
    pass(&simulator, 1);
    assert_eq!(a.status(&id).await, "active");
    b.peering("Reject", &id)
        .await
        .refused("InvalidStateTransition");
    a.peering("Delete", &id).await.ok();
    assert_eq!(a.status(&id).await, "deleted");
    let refused = a
        .peering("Delete", &id)
        .await
        .refused("InvalidStateTransition");
    assert!(refused.text("Message").ends_with("to deleting"));
}

#[tokio::test]
async fn the_other_sides_range_shows_only_while_active() {
    let (simulator, a, b) = pair().await;
    let (_, _, id) = requested(&a, &b).await;
    pass(&simulator, 3);
    let seen = a.see(&id).await.ok();
    assert!(!seen.text("accepterVpcInfo").contains("10.1.0.0/16"));
    assert!(seen.text("requesterVpcInfo").contains("10.0.0.0/16"));
    b.peering("Accept", &id).await.ok();
    pass(&simulator, 5);
    let seen = a.see(&id).await.ok();
    assert!(seen.text("accepterVpcInfo").contains("10.1.0.0/16"));
    assert!(
        seen.text("accepterVpcInfo")
            .contains("<region>us-east-1</region>")
    );
}

#[tokio::test]
async fn across_regions_the_accepters_region_accepts() {
    let (simulator, a, b) = pair().await;
    let west = b.in_region(WEST);
    let (own, peer) = (a.vpc("10.0.0.0/16").await, west.vpc("10.1.0.0/16").await);
    let id = a.request(&own, &peer, B, WEST).await;
    pass(&simulator, 4);
    b.see(&id)
        .await
        .refused("InvalidVpcPeeringConnectionID.NotFound");
    let wrong = b
        .peering("Accept", &id)
        .await
        .refused("OperationNotPermitted");
    let message = wrong.text("Message");
    assert!(
        message.contains("Incorrect region (us-east-1)"),
        "{message}"
    );
    assert!(
        message.contains("must be accepted in region us-west-2"),
        "{message}"
    );
    a.peering("Accept", &id)
        .await
        .refused("OperationNotPermitted");
    a.in_region(WEST)
        .peering("Accept", &id)
        .await
        .refused("OperationNotPermitted");
    let stranger = simulator.provision(AccountSpec::new("aws", "777788889999"));
    Aws::new(&simulator, &stranger, WEST)
        .peering("Accept", &id)
        .await
        .refused("InvalidVpcPeeringConnectionID.NotFound");
    west.peering("Accept", &id).await.ok();
    pass(&simulator, 5);
    west.peering("Delete", &id).await.ok();
    assert_eq!(west.status(&id).await, "deleting");
    pass(&simulator, 30);
    assert_eq!(west.status(&id).await, "deleted");
    assert_eq!(a.status(&id).await, "deleted");
}

#[tokio::test]
async fn overlap_and_wrong_names_fail_later_with_one_sentence() {
    let (simulator, a, b) = pair().await;
    let own = a.vpc("10.0.0.0/16").await;
    let same = b.vpc("10.0.0.0/20").await;
    let secondary = b.vpc("10.7.0.0/16").await;
    let free = b.vpc("10.8.0.0/16").await;
    let more = [
        ("VpcId", secondary.as_str()),
        ("CidrBlock", "10.0.128.0/20"),
    ];
    b.ok("AssociateVpcCidrBlock", &more).await;
    for (peer, owner, region) in [
        (same.as_str(), B, EAST),
        (&secondary, B, EAST),
        (&free, A, EAST),
        (&free, B, WEST),
        ("vpc-0123456789abcdef0", B, EAST),
        (&own, A, EAST),
    ] {
        let id = a.request(&own, peer, owner, region).await;
        pass(&simulator, 3);
        assert_eq!(a.status(&id).await, "failed", "{peer} {owner} {region}");
        let message = a.see(&id).await.text("message");
        assert_eq!(
            message,
            "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"
        );
        a.peering("Delete", &id)
            .await
            .refused("InvalidStateTransition");
        if peer != own {
            b.see(&id)
                .await
                .refused("InvalidVpcPeeringConnectionID.NotFound");
        }
        pass(&simulator, 2 * HOUR + 1);
        a.see(&id)
            .await
            .refused("InvalidVpcPeeringConnectionID.NotFound");
    }
}

#[tokio::test]
async fn asking_twice_gives_the_same_id_and_asking_back_a_twin() {
    let (simulator, a, b) = pair().await;
    let (own, peer, id) = requested(&a, &b).await;
    assert_eq!(a.request(&own, &peer, B, EAST).await, id);
    pass(&simulator, 4);
    b.peering("Accept", &id).await.ok();
    pass(&simulator, 5);
    assert_eq!(a.request(&own, &peer, B, EAST).await, id);
    let twin = b.request(&peer, &own, A, EAST).await;
    assert_ne!(twin, id);
    pass(&simulator, 4);
    let refused = a.peering("Accept", &twin).await;
    assert!(refused.text("Message").contains(&twin));
    refused.refused("VpcPeeringConnectionAlreadyExists");
    b.peering("Delete", &twin).await.ok();
    a.peering("Delete", &id).await.ok();
    let next = a.request(&own, &peer, B, EAST).await;
    assert_ne!(next, id);
}

#[tokio::test]
async fn requests_expire_after_seven_days() {
    let (simulator, a, b) = pair().await;
    let (_, _, id) = requested(&a, &b).await;
    pass(&simulator, 168 * HOUR - 1);
    assert_eq!(b.status(&id).await, "pending-acceptance");
    pass(&simulator, 1);
    assert_eq!(b.status(&id).await, "expired");
    assert!(simulator.alive().iter().all(|entry| entry.id != id));
    b.peering("Accept", &id)
        .await
        .refused("InvalidStateTransition");
    pass(&simulator, 48 * HOUR);
    b.see(&id)
        .await
        .refused("InvalidVpcPeeringConnectionID.NotFound");
    a.see(&id)
        .await
        .refused("InvalidVpcPeeringConnectionID.NotFound");
}

#[tokio::test]
async fn tombstones_stay_longer_at_the_other_side() {
    let (simulator, a, b) = pair().await;
    let (own, peer, id) = requested(&a, &b).await;
    pass(&simulator, 4);
    a.peering("Reject", &id)
        .await
        .refused("OperationNotPermitted");
    b.peering("Delete", &id)
        .await
        .refused("OperationNotPermitted");
    b.peering("Reject", &id).await.ok();
    pass(&simulator, 2 * HOUR);
    b.see(&id)
        .await
        .refused("InvalidVpcPeeringConnectionID.NotFound");
    assert_eq!(a.status(&id).await, "rejected");
    let live = [
        ("Filter.1.Name", "status-code"),
        ("Filter.1.Value.1", "pending-acceptance"),
        ("Filter.1.Value.2", "active"),
    ];
    let listed = a.ok("DescribeVpcPeeringConnections", &live).await;
    assert!(!listed.body.contains(&id));
    let second = a.request(&own, &peer, B, EAST).await;
    pass(&simulator, 4);
    b.peering("Accept", &second).await.ok();
    pass(&simulator, 5);
    a.peering("Delete", &second).await.ok();
    pass(&simulator, 3 * HOUR);
    a.see(&second)
        .await
        .refused("InvalidVpcPeeringConnectionID.NotFound");
    assert_eq!(b.status(&second).await, "deleted");
    pass(&simulator, 48 * HOUR);
    let all = b.ok("DescribeVpcPeeringConnections", &[]).await;
    assert!(all.all("item").is_empty());
}

#[tokio::test]
async fn a_range_that_comes_to_overlap_fails_the_request() {
    let (simulator, a, b) = pair().await;
    let (own, peer, id) = requested(&a, &b).await;
    pass(&simulator, 4);
    let add = async |client: &Aws, vpc: &str, range: &str| {
        let parameters = [("VpcId", vpc), ("CidrBlock", range)];
        client.ec2("AssociateVpcCidrBlock", &parameters).await
    };
    add(&a, &own, "10.9.0.0/16")
        .await
        .refused("InvalidVpc.Range");
    add(&b, &peer, "10.0.0.0/20").await.ok();
    pass(&simulator, 1);
    assert_eq!(a.status(&id).await, "failed");
    let third = a.vpc("10.3.0.0/16").await;
    let id = a.request(&third, &peer, B, EAST).await;
    pass(&simulator, 4);
    b.peering("Accept", &id).await.ok();
    add(&b, &peer, "10.3.0.0/20")
        .await
        .refused("InvalidVpc.Range");
    add(&b, &peer, "10.4.0.0/20").await.ok();
}

#[tokio::test]
async fn each_side_has_its_own_tags() {
    let (simulator, a, b) = pair().await;
    let (_, _, id) = requested(&a, &b).await;
    pass(&simulator, 4);
    let tags = |value| {
        [
            ("ResourceId.1", id.as_str()),
            ("Tag.1.Key", "side"),
            ("Tag.1.Value", value),
        ]
    };
    a.ok("CreateTags", &tags("requester")).await;
    assert_eq!(b.see(&id).await.ok().text("tagSet"), "");
    b.ok("CreateTags", &tags("accepter")).await;
    assert!(a.see(&id).await.text("tagSet").contains("requester"));
    let mine = [
        ("Filter.1.Name", "tag:side"),
        ("Filter.1.Value.1", "accepter"),
    ];
    let found = async |client: &Aws| {
        let answer = client.ok("DescribeVpcPeeringConnections", &mine).await;
        answer.body.contains(&id)
    };
    assert!(found(&b).await && !found(&a).await);
}

#[tokio::test]
async fn outstanding_and_active_peerings_are_limited() {
    let simulator = Simulator::start().await.expect("a port");
    let spec = AccountSpec::new("aws", A)
        .quota("outstanding_peerings", 2)
        .quota("active_peerings_per_vpc", 1)
        .quota("vpcs_per_region", 10);
    let a = Aws::new(&simulator, &simulator.provision(spec), EAST);
    let hub = a.vpc("10.0.0.0/16").await;
    let mut ids = Vec::new();
    let mut spokes = Vec::new();
    for number in 1..=3 {
        spokes.push(a.vpc(&format!("10.{number}.0.0/16")).await);
    }
    for spoke in &spokes[..2] {
        ids.push(a.request(&hub, spoke, A, EAST).await);
    }
    let third = [("VpcId", hub.as_str()), ("PeerVpcId", spokes[2].as_str())];
    let refused = a.ec2("CreateVpcPeeringConnection", &third).await;
    refused.refused("OutstandingVpcPeeringConnectionLimitExceeded");
    pass(&simulator, 4);
    a.peering("Accept", &ids[0]).await.ok();
    a.peering("Accept", &ids[1])
        .await
        .refused("ActiveVpcPeeringConnectionPerVpcLimitExceeded");
    a.ec2("CreateVpcPeeringConnection", &third)
        .await
        .refused("VpcPeeringConnectionsPerVpcLimitExceeded");
}

#[tokio::test]
async fn options_need_an_active_peering_names_and_the_right_side() {
    let (simulator, a, b) = pair().await;
    let (own, peer, id) = requested(&a, &b).await;
    pass(&simulator, 4);
    const OWN: &str = "RequesterPeeringConnectionOptions.AllowDnsResolutionFromRemoteVpc";
    const OTHER: &str = "AccepterPeeringConnectionOptions.AllowDnsResolutionFromRemoteVpc";
    let set = async |option: &str| {
        let parameters = [("VpcPeeringConnectionId", id.as_str()), (option, "true")];
        a.ec2("ModifyVpcPeeringConnectionOptions", &parameters)
            .await
    };
    let refused = set(OWN).await.refused("OperationNotPermitted");
    assert!(refused.text("Message").contains("is not active"));
    b.peering("Accept", &id).await.ok();
    pass(&simulator, 5);
    set(OWN)
        .await
        .refused("InvalidVpcPeeringConnectionState.DnsHostnamesDisabled");
    for (client, vpc) in [(&a, &own), (&b, &peer)] {
        let names = [
            ("VpcId", vpc.as_str()),
            ("EnableDnsHostnames.Value", "true"),
        ];
        client.ok("ModifyVpcAttribute", &names).await;
    }
    let refused = set(OTHER).await.refused("OperationNotPermitted");
    assert!(refused.text("Message").contains("does not have permission"));
    set(OWN).await.ok();
    let seen = b.see(&id).await.text("requesterVpcInfo");
    assert!(seen.contains("<allowDnsResolutionFromRemoteVpc>true"));
}
