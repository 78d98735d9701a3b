//! AWS: a VPC that another account shares by its subnets.

mod support;

use support::aws::{A, B, pair};

#[tokio::test]
async fn a_participant_sees_the_vpc_and_changes_nothing_of_the_owners() {
    let (simulator, owner, guest) = pair().await;
    let (vpc, subnet) = owner.network("10.0.0.0/16", "10.0.1.0/24").await;
    let named = [("VpcId.1", vpc.as_str())];
    guest
        .ec2("DescribeVpcs", &named)
        .await
        .refused("InvalidVpcID.NotFound");

    assert!(simulator.share_subnet(&subnet, B));
    assert!(!simulator.share_subnet("subnet-0", B));
    let seen = guest.ok("DescribeVpcs", &named).await;
    assert_eq!(
        (seen.text("vpcId"), seen.text("ownerId")),
        (vpc.clone(), A.to_owned())
    );
    let seen = guest.ok("DescribeSubnets", &[]).await;
    assert_eq!(seen.all("subnetId"), [subnet.as_str()]);
    let table = guest.main_table(&vpc).await;
    assert!(!table.is_empty());
    let acls = guest.ok("DescribeNetworkAcls", &[]).await;
    assert_eq!(acls.text("vpcId"), vpc);

    let refused = "UnauthorizedOperation";
    let in_vpc = [("VpcId", vpc.as_str())];
    guest.ec2("DeleteVpc", &in_vpc).await.refused(refused);
    guest
        .ec2("CreateRouteTable", &in_vpc)
        .await
        .refused(refused);
    let parameters = [("VpcId", vpc.as_str()), ("CidrBlock", "10.0.2.0/24")];
    guest
        .ec2("CreateSubnet", &parameters)
        .await
        .refused(refused);
    let parameters = [("VpcId", vpc.as_str()), ("PeerVpcId", "vpc-01")];
    let peering = guest.ec2("CreateVpcPeeringConnection", &parameters);
    peering.await.refused(refused);
    guest
        .route(&vpc, "10.9.0.0/16", "pcx-01")
        .await
        .refused(refused);
    let acl = acls.text("networkAclId");
    let parameters = [
        ("NetworkAclId", acl.as_str()),
        ("RuleNumber", "100"),
        ("Egress", "false"),
    ];
    let entry = guest.ec2("DeleteNetworkAclEntry", &parameters);
    entry.await.refused(refused);

    let group = guest.group(&vpc, "guests").await;
    assert!(!guest.instance(&subnet, &group, "10.0.1.9").await.is_empty());
}
