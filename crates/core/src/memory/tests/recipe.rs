use super::lab::{B, HANGZHOU, Lab, QINGDAO, cloud, grant, grant_request, ping_rule};
use crate::error::ErrorKind;
use crate::memory::MemoryProvider;
use crate::traits::{
    Cloud, LearningKind, PeeringKind, PeeringRecord, PeeringSelect, RevokeGrant, Scope, Select,
};

#[tokio::test]
async fn all_pairs_reach_each_other() {
    let lab = Lab::build().await;
    assert_eq!(lab.lost("").await, []);
}

#[tokio::test]
async fn without_association_what_comes_out_of_the_attachment_is_lost() {
    let lab = Lab::build().await;
    let learning = lab.learning(LearningKind::Association, &lab.attachments[0], 0);
    let cloud = lab.at_hub(0);
    cloud.disable_learning(&learning).await.unwrap();
    assert_eq!(lab.lost("").await, [(1, 2), (1, 3), (2, 1), (3, 1)]);
    cloud.enable_learning(&learning).await.unwrap();
    assert_eq!(lab.lost("again").await, []);
}

#[tokio::test]
async fn without_propagation_nobody_finds_the_network() {
    let lab = Lab::build().await;
    let learning = lab.learning(LearningKind::Propagation, &lab.attachments[1], 0);
    let cloud = lab.at_hub(0);
    cloud.disable_learning(&learning).await.unwrap();
    assert_eq!(lab.lost("").await, [(1, 2), (2, 1), (2, 3), (3, 2)]);
}

#[tokio::test]
async fn without_learning_on_the_line_the_regions_are_apart() {
    for kind in [LearningKind::Association, LearningKind::Propagation] {
        for hub in [0, 1] {
            let lab = Lab::build().await;
            let learning = lab.learning(kind, &lab.line, hub);
            let cloud = lab.at_hub(hub);
            cloud.disable_learning(&learning).await.unwrap();
            assert_eq!(lab.lost("").await, [(1, 3), (2, 3), (3, 1), (3, 2)]);
        }
    }
}

#[tokio::test]
async fn without_a_route_one_pair_is_apart_in_both_directions() {
    let lab = Lab::build().await;
    let through = &lab.attachments[0].id;
    lab.members[0].drop_route("10.3.0.0/16", through).await;
    assert_eq!(lab.lost("").await, [(1, 3), (3, 1)]);
}

#[tokio::test]
async fn without_a_rule_the_member_does_not_answer_and_may_still_ask() {
    let lab = Lab::build().await;
    let member = &lab.members[1];
    let rules = member.cloud.list_rules(&member.group).await.unwrap();
    assert_eq!(rules[0].rule, ping_rule());
    let revoked = member.cloud.revoke_rules(&member.group, &rules).await;
    revoked.unwrap();
    assert_eq!(lab.lost("").await, [(1, 2), (3, 2)]);
}

#[tokio::test]
async fn a_terminated_instance_does_not_answer() {
    let lab = Lab::build().await;
    let target = &lab.members[2];
    let id = &target.instance.id;
    target.cloud.terminate_instance(id).await.unwrap();
    assert!(!lab.members[0].reaches(target, "").await);
    let ready = target.cloud.agents_ready(std::slice::from_ref(id)).await;
    assert_eq!(ready.unwrap(), [false]);
}

#[tokio::test]
async fn hub_tables_hold_the_routes_of_all_members_once() {
    let lab = Lab::build().await;
    for hub in [0, 1] {
        let table = lab.hubs[hub].table.clone().unwrap();
        let routes = lab.at_hub(hub).list_hub_routes(&table).await.unwrap();
        let seen: Vec<String> = routes.iter().map(|r| r.destination.to_string()).collect();
        assert_eq!(seen, ["10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"]);
        assert!(routes.iter().all(|route| route.status.is_ready()));
    }
}

#[tokio::test]
async fn the_inventory_of_a_place_is_what_its_account_sees_of_the_topology() {
    let lab = Lab::build().await;
    let scope = Scope::new("lab");
    let seen = lab.at_hub(0).inventory(&scope).await.unwrap();
    assert_eq!(seen.networks.len(), 1);
    assert_eq!(seen.subnets.len(), 2);
    assert_eq!(seen.routes.len(), 3);
    assert_eq!(seen.hubs.len(), 2);
    assert_eq!(seen.peerings.len(), 3);
    assert_eq!(seen.learning.len(), 6);
    assert_eq!(seen.hub_routes.len(), 3);
    assert_eq!((seen.groups.len(), seen.rules.len()), (1, 1));
    assert_eq!(seen.instances.len(), 1);

    let member = lab.members[1].cloud.inventory(&scope).await.unwrap();
    assert_eq!(member.grants.len(), 1);
    assert!(member.hubs.is_empty() && member.peerings.is_empty());
    let foreign = lab.at_hub(0).inventory(&Scope::new("other")).await.unwrap();
    assert_eq!(foreign.network_count, 1);
    assert!(foreign.networks.is_empty() && foreign.hubs.is_empty());
}

#[tokio::test]
async fn peerings_are_selected_by_hub_and_kind() {
    let lab = Lab::build().await;
    let at_global = PeeringSelect::all().with_hub(lab.global.id.clone());
    let attached = at_global.clone().with_kind(PeeringKind::Attachment);
    let cloud = lab.at_hub(1);
    assert_eq!(cloud.list_peerings(&at_global).await.unwrap().len(), 2);
    assert_eq!(cloud.list_peerings(&attached).await.unwrap().len(), 1);
}

async fn delete_peering(cloud: &dyn Cloud, peering: &PeeringRecord) -> Result<(), ErrorKind> {
    let deleted = cloud.delete_peering(&peering.id, peering.kind).await;
    deleted.map_err(|error| error.kind())
}

async fn forget_all(lab: &Lab) {
    for (peering, hub) in lab.seats() {
        for kind in [LearningKind::Propagation, LearningKind::Association] {
            let learning = lab.learning(kind, peering, hub);
            let cloud = lab.at_hub(hub);
            cloud.disable_learning(&learning).await.unwrap();
        }
    }
}

#[tokio::test]
async fn everything_is_deleted_in_order_and_nothing_is_left() {
    let lab = Lab::build().await;
    let in_use = Err(ErrorKind::InUse);
    for (member, attachment) in lab.members.iter().zip(&lab.attachments) {
        let hub = usize::from(member.network.region.as_str() == QINGDAO);
        assert_eq!(delete_peering(lab.at_hub(hub), attachment).await, in_use);
        for other in &lab.members {
            let to = other.network.ranges[0].to_string();
            member.drop_route(&to, &attachment.id).await;
        }
        assert_eq!(delete_peering(lab.at_hub(hub), attachment).await, in_use);
    }
    forget_all(&lab).await;
    let deleted = lab.members[0].cloud.delete_hub(&lab.hubs[0].id).await;
    assert_eq!(deleted.unwrap_err().kind(), ErrorKind::InUse);
    for (peering, hub) in lab.seats() {
        assert_eq!(delete_peering(lab.at_hub(hub), peering).await, Ok(()));
    }
    delete_hubs(&lab).await;
    delete_members(&lab).await;
    assert_eq!(lab.provider.objects(), [""; 0]);
}

async fn delete_hubs(lab: &Lab) {
    let global = lab.at_hub(0).delete_hub(&lab.global.id).await;
    assert_eq!(global.unwrap_err().kind(), ErrorKind::InUse);
    for (hub, record) in lab.hubs.iter().enumerate() {
        lab.at_hub(hub).delete_hub(&record.id).await.unwrap();
    }
    lab.at_hub(0).delete_hub(&lab.global.id).await.unwrap();
    let request = grant_request(&lab.members[1], &lab.global.id);
    lab.members[1]
        .cloud
        .revoke_grant(&RevokeGrant::from(&request))
        .await
        .unwrap();
}

async fn delete_members(lab: &Lab) {
    for member in &lab.members {
        let cloud = &member.cloud;
        let refused = cloud.delete_group(&member.group).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InUse);
        let refused = cloud.delete_subnet(&member.subnets[0].1).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InUse);
        cloud.terminate_instance(&member.instance.id).await.unwrap();
        cloud.delete_group(&member.group).await.unwrap();
        for (_, subnet) in &member.subnets {
            let refused = cloud.delete_network(&member.network.id).await.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::InUse);
            cloud.delete_subnet(subnet).await.unwrap();
        }
        cloud.delete_network(&member.network.id).await.unwrap();
        cloud.delete_network(&member.network.id).await.unwrap();
    }
}

#[tokio::test]
async fn a_grant_is_kept_while_its_member_is_attached() {
    let lab = Lab::build().await;
    let member = &lab.members[1];
    let request = grant_request(member, &lab.global.id);
    let refused = member
        .cloud
        .revoke_grant(&RevokeGrant::from(&request))
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InUse);
    grant(member, &lab.global.id).await;
    let received = lab.at_hub(0).list_received_grants(&lab.global.id).await;
    assert_eq!(received.unwrap().len(), 1);
}

#[tokio::test]
async fn objects_are_named_by_their_keys() {
    let lab = Lab::build().await;
    let objects = lab.provider.objects();
    for expected in [
        "grant:network/vpc2 to hub/global",
        "learning:association of line at hub/qingdao",
        "network:network/vpc1",
        "peering:attachment/network/vpc1",
        "route:network/vpc3/main to 10.1.0.0/16 via attachment/network/vpc3",
        "rule:group/vpc1 in icmp from 10.0.0.0/8",
    ] {
        assert!(
            objects.iter().any(|object| object == expected),
            "{expected} in {objects:#?}"
        );
    }
}

async fn networks_seen(provider: &MemoryProvider, account: &str, region: &str) -> usize {
    let cloud = cloud(provider, account, region).await;
    cloud.list_networks(&Select::All).await.unwrap().len()
}

#[tokio::test]
async fn custom_tables_and_secondary_ranges_need_their_own_routes() {
    let lab = Lab::build().await;
    assert_eq!(networks_seen(&lab.provider, B, HANGZHOU).await, 1);
    let member = &lab.members[0];
    let subnet = member.subnets[0].1.clone();
    let table = lab.provider.add_route_table(&member.network.id, &[subnet]);
    table.unwrap();
    assert_eq!(lab.lost("").await, [(1, 2), (1, 3), (2, 1), (3, 1)]);
    let added = lab
        .provider
        .add_range(&lab.members[1].network.id, "10.9.0.0/16".parse().unwrap());
    added.unwrap();
    let table = lab.hubs[1].table.clone().unwrap();
    let routes = lab.at_hub(1).list_hub_routes(&table).await.unwrap();
    assert_eq!(routes.len(), 4);
}
