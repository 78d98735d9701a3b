use super::lab::{Member, build_members, builder, label, network_end, ping_rule};
use crate::error::{Error, ErrorKind};
use crate::traits::{
    CloudProvider, Direction, GroupReferences, PeeringKind, PeeringRecord, PeeringSelect, Phase,
    Protocol, RequestPeering, Rule, RulePeer,
};

async fn members() -> Vec<Member> {
    build_members(&builder().build()).await
}

async fn request(left: &Member, right: &Member, key: &str) -> Result<PeeringRecord, Error> {
    let (requester, accepter) = (network_end(&left.network), network_end(&right.network));
    let kind = PeeringKind::NetworkToNetwork;
    let request = RequestPeering::new(label(key), kind, requester, accepter);
    left.cloud.request_peering(&request).await
}

async fn peer(left: &Member, right: &Member) -> PeeringRecord {
    let peering = request(left, right, "peering").await.unwrap();
    let accepted = right.cloud.accept_peering(&peering.id).await;
    accepted.unwrap();
    left.add_route("10.2.0.0/16", &peering.id).await;
    right.add_route("10.1.0.0/16", &peering.id).await;
    peering
}

#[tokio::test]
async fn a_peering_waits_for_its_accepter() {
    let members = members().await;
    let (left, right) = (&members[0], &members[1]);
    let peering = request(left, right, "peering").await.unwrap();
    assert_eq!(peering.status.phase, Phase::AwaitingAcceptance);
    let refused = left.cloud.accept_peering(&peering.id).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::NotFound);
    for _ in 0..2 {
        let accepted = right.cloud.accept_peering(&peering.id).await;
        accepted.unwrap();
    }
    let select = PeeringSelect::all().with_id(peering.id.clone());
    let seen = left.cloud.list_peerings(&select).await.unwrap();
    assert!(seen[0].status.is_ready());
}

#[tokio::test]
async fn an_accepted_peering_carries_packets_once_both_sides_have_routes() {
    let members = members().await;
    let (left, right) = (&members[0], &members[1]);
    let peering = peer(left, right).await;
    assert!(left.reaches(right, "").await && right.reaches(left, "").await);
    left.drop_route("10.2.0.0/16", &peering.id).await;
    assert!(!left.reaches(right, "again").await && !right.reaches(left, "again").await);
    let kind = PeeringKind::NetworkToNetwork;
    let refused = left.cloud.delete_peering(&peering.id, kind).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::InUse);
}

#[tokio::test]
async fn peerings_do_not_pass_packets_on() {
    let members = members().await;
    let (left, middle, right) = (&members[0], &members[1], &members[2]);
    let first = peer(left, middle).await;
    let second = request(middle, right, "second").await.unwrap();
    let accepted = right.cloud.accept_peering(&second.id).await;
    accepted.unwrap();
    left.add_route("10.3.0.0/16", &first.id).await;
    middle.add_route("10.3.0.0/16", &second.id).await;
    right.add_route("10.1.0.0/16", &second.id).await;
    assert!(!left.reaches(right, "").await);
}

#[tokio::test]
async fn overlapping_networks_fail_to_peer_and_may_try_again() {
    let members = members().await;
    let twin = Member::build(members[1].cloud.clone(), "twin", 1).await;
    let failed = request(&members[0], &twin, "peering").await.unwrap();
    assert_eq!(failed.status.phase, Phase::Failed);
    assert_eq!(
        failed.status.word,
        "Failed: 10.1.0.0/16 overlaps 10.1.0.0/16"
    );
    let refused = twin.cloud.accept_peering(&failed.id).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Failed);
    let again = request(&members[0], &twin, "peering").await.unwrap();
    assert_ne!(again.id, failed.id);
}

#[tokio::test]
async fn two_networks_are_joined_once() {
    let members = members().await;
    let (left, right) = (&members[0], &members[1]);
    let first = request(left, right, "first").await.unwrap();
    assert_eq!(request(left, right, "first").await.unwrap().id, first.id);
    let refused = request(right, left, "second").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
}

#[tokio::test]
async fn a_rule_may_name_a_group_beyond_a_peering_of_the_same_region_where_the_cloud_says_so() {
    for (references, is_reached) in [
        (GroupReferences::PeeredInRegion, true),
        (GroupReferences::SameNetwork, false),
    ] {
        let mut capabilities = builder().build().capabilities().clone();
        capabilities.group_references = references;
        let provider = builder().with_capabilities(capabilities).build();
        refer_to_a_peer(&build_members(&provider).await, is_reached).await;
    }
}

async fn refer_to_a_peer(members: &[Member], is_reached: bool) {
    let (left, right) = (&members[0], &members[1]);
    peer(left, right).await;
    let rules = right.cloud.list_rules(&right.group).await.unwrap();
    assert_eq!(rules[0].rule, ping_rule());
    let revoked = right.cloud.revoke_rules(&right.group, &rules).await;
    revoked.unwrap();
    assert!(!left.reaches(right, "closed").await);
    let source = RulePeer::Group {
        id: left.group.clone(),
        account: Some(left.network.account.clone()),
    };
    let rule = Rule::allow(Direction::Ingress, Protocol::Icmp, None, source);
    let added = right
        .cloud
        .authorize_rules(&right.group, "lab", &[rule])
        .await;
    added.unwrap();
    assert_eq!(left.reaches(right, "open").await, is_reached);
    let refused = left.cloud.delete_group(&left.group).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InUse);
}
