use super::lab::{
    A, HANGZHOU, Lab, Member, QINGDAO, attach_request, builder, cloud, grant, label, ping_rule,
    range,
};
use crate::traits::{CreateHub, CreateNetwork, HubScope, LearningKind, Select};

#[tokio::test]
async fn the_same_token_gives_the_same_object_while_it_lives() {
    let provider = builder().build();
    let cloud = cloud(&provider, A, HANGZHOU).await;
    let request = CreateNetwork::new(label("network/one"), range("10.0.0.0/16"));
    let first = cloud.create_network(&request).await.unwrap();
    assert_eq!(first.id.as_str(), "net-1");
    assert_eq!(cloud.create_network(&request).await.unwrap(), first);
    cloud.delete_network(&first.id).await.unwrap();
    let second = cloud.create_network(&request).await.unwrap();
    assert_eq!(second.id.as_str(), "net-2");
    assert_eq!(provider.objects(), ["network:network/one"]);
}

#[tokio::test]
async fn tokens_of_two_places_do_not_meet() {
    let provider = builder().build();
    let request = CreateNetwork::new(label("network/one"), range("10.0.0.0/16"));
    for region in [HANGZHOU, QINGDAO] {
        let cloud = cloud(&provider, A, region).await;
        cloud.create_network(&request).await.unwrap();
    }
    assert_eq!(provider.objects().len(), 2);
}

#[tokio::test]
async fn a_global_hub_is_the_same_from_every_region() {
    let provider = builder().build();
    let request = CreateHub::new(label("hub/global"), HubScope::Global);
    for region in [HANGZHOU, QINGDAO] {
        let cloud = cloud(&provider, A, region).await;
        cloud.create_hub(&request).await.unwrap();
        assert_eq!(cloud.list_hubs(&Select::All).await.unwrap().len(), 1);
    }
    assert_eq!(provider.objects(), ["hub:hub/global"]);
}

#[tokio::test]
async fn building_everything_twice_makes_nothing_new() {
    let lab = Lab::build().await;
    let objects = lab.provider.objects();
    let again = Lab::build_in(lab.provider.clone()).await;
    assert_eq!(again.provider.objects(), objects);
    assert_eq!(again.lost("").await, []);
}

#[tokio::test]
async fn what_carries_no_token_is_told_by_its_key() {
    let lab = Lab::build().await;
    let objects = lab.provider.objects();
    let member: &Member = &lab.members[1];
    grant(member, &lab.global.id).await;
    member
        .add_route("10.1.0.0/16", &lab.attachments[1].id)
        .await;
    let rules = [ping_rule()];
    let added = member
        .cloud
        .authorize_rules(&member.group, "lab", &rules)
        .await;
    added.unwrap();
    let learning = lab.learning(LearningKind::Propagation, &lab.line, 1);
    let enabled = lab.at_hub(1).enable_learning(&learning).await;
    enabled.unwrap();
    let request = attach_request(member, &lab.hubs[0]);
    let attached = lab.at_hub(0).request_peering(&request).await.unwrap();
    assert_eq!(attached.id, lab.attachments[1].id);
    assert_eq!(lab.provider.objects(), objects);
}
