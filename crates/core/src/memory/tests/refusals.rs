use super::lab::{
    A, B, HANGZHOU, Lab, Member, QINGDAO, attach_request, build_members, builder, cloud,
    create_hub, grant, label, range,
};
use crate::error::{Error, ErrorKind};
use crate::ids::{CloudName, Zone};
use crate::memory::{MemoryAccount, MemoryBuilder};
use crate::traits::{
    Capabilities, Cloud, CloudService, CreateHub, CreateNetwork, CreateRoute, CreateSubnet,
    HubRecord, HubScope, Model, Owner, PeeringRecord, Quota,
};

/// Two members of two accounts in one region, and a hub there.
async fn pair(builder: MemoryBuilder) -> (Vec<Member>, HubRecord, HubRecord) {
    let members = build_members(&builder.build()).await;
    let cloud = &members[0].cloud;
    let _ = cloud.open_service(CloudService::Hub).await;
    let global = create_hub(&members[0], "hub/global", HubScope::Global).await;
    let parent = Some(global.id.clone());
    let hub = create_hub(&members[0], "hub/hangzhou", HubScope::Regional { parent }).await;
    (members, global, hub)
}

async fn attach_second(members: &[Member], hub: &HubRecord) -> Result<PeeringRecord, Error> {
    let request = attach_request(&members[1], hub);
    members[0].cloud.request_peering(&request).await
}

#[tokio::test]
async fn a_foreign_member_is_attached_only_with_its_owners_grant() {
    let (members, global, hub) = pair(builder()).await;
    let error = attach_second(&members, &hub).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert_eq!(
        error.remedy(),
        Some("create the grant of net-2 to hub-1 of account 1111 as account 2222")
    );
    grant(&members[1], &global.id).await;
    attach_second(&members, &hub).await.unwrap();
}

#[tokio::test]
async fn the_hub_service_is_needed_in_both_accounts() {
    let closed = MemoryAccount::new(B).with_closed(CloudService::Hub);
    let (members, global, hub) = pair(builder().with_account(closed)).await;
    grant(&members[1], &global.id).await;
    let error = attach_second(&members, &hub).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ServiceNotOpen);
    let opened = members[1].cloud.open_service(CloudService::Hub).await;
    opened.unwrap();
    attach_second(&members, &hub).await.unwrap();
}

#[tokio::test]
async fn a_hub_needs_its_service() {
    let closed = MemoryAccount::new(A).with_closed(CloudService::Hub);
    let provider = builder().with_account(closed).build();
    let cloud = cloud(&provider, A, HANGZHOU).await;
    let global = CreateHub::new(label("global"), HubScope::Global);
    let parent = Some(cloud.create_hub(&global).await.unwrap().id);
    let request = CreateHub::new(label("hub"), HubScope::Regional { parent });
    let error = cloud.create_hub(&request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ServiceNotOpen);
}

#[tokio::test]
async fn an_attachment_needs_a_zone_of_hubs_and_is_content_with_one() {
    let (members, global, hub) = pair(builder()).await;
    grant(&members[1], &global.id).await;
    let mut request = attach_request(&members[1], &hub);
    request.subnets.clear();
    let cloud = &members[0].cloud;
    let error = cloud.request_peering(&request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);

    let one_zone = [Zone::new(format!("{HANGZHOU}-a"))];
    let (members, global, hub) = pair(builder().with_hub_zones(HANGZHOU, one_zone)).await;
    grant(&members[1], &global.id).await;
    let mut request = attach_request(&members[1], &hub);
    let error = members[0]
        .cloud
        .request_peering(&request)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    request.subnets.pop();
    members[0].cloud.request_peering(&request).await.unwrap();
}

#[tokio::test]
async fn only_the_hubs_owner_attaches() {
    let (members, _, hub) = pair(builder()).await;
    let request = attach_request(&members[1], &hub);
    let error = members[1]
        .cloud
        .request_peering(&request)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
}

#[tokio::test]
async fn a_member_of_another_region_is_not_attached() {
    let (members, _, hub) = pair(builder()).await;
    assert_eq!(members[2].network.region.as_str(), QINGDAO);
    let request = attach_request(&members[2], &hub);
    let error = members[0]
        .cloud
        .request_peering(&request)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn hubs_are_joined_only_with_the_transit_service() {
    let closed = MemoryAccount::new(A).with_closed(CloudService::Transit);
    let (members, global, hub) = pair(builder().with_account(closed)).await;
    let parent = Some(global.id.clone());
    let far = create_hub(&members[2], "hub/qingdao", HubScope::Regional { parent }).await;
    let request = crate::traits::RequestPeering::new(
        label("line"),
        crate::traits::PeeringKind::HubToHub,
        super::lab::hub_end(&hub),
        super::lab::hub_end(&far),
    )
    .with_transit(crate::traits::Transit::ByTraffic { max_mbps: Some(10) });
    let cloud = &members[0].cloud;
    let error = cloud.request_peering(&request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ServiceNotOpen);
    cloud.open_service(CloudService::Transit).await.unwrap();
    cloud.request_peering(&request).await.unwrap();
}

#[tokio::test]
async fn a_regional_hub_is_adopted_by_its_owner_only() {
    let (members, global, hub) = pair(builder()).await;
    let parent = Some(global.id.clone());
    let mut request = CreateHub::new(label("hub/hangzhou"), HubScope::Regional { parent });
    request.label.token = super::lab::token("another run");
    let cloud = &members[0].cloud;
    assert_eq!(cloud.create_hub(&request).await.unwrap().id, hub.id);
    request.label.owner = Owner::new("other", "hub/hangzhou");
    let error = cloud.create_hub(&request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
}

async fn subnet_error(cloud: &dyn Cloud, member: &Member, text: &str) -> ErrorKind {
    let zone = Zone::new(format!("{HANGZHOU}-a"));
    let network = member.network.id.clone();
    let request = CreateSubnet::new(label(text), network, zone, range(text));
    cloud.create_subnet(&request).await.unwrap_err().kind()
}

#[tokio::test]
async fn a_subnet_lies_inside_its_network_and_over_no_other() {
    let (members, _, _) = pair(builder()).await;
    let cloud = members[0].cloud.as_ref();
    for text in ["10.8.0.0/24", "10.1.0.0/25", "10.1.200.0/30"] {
        let kind = subnet_error(cloud, &members[0], text).await;
        assert_eq!(kind, ErrorKind::InvalidInput, "{text}");
    }
    let kind = subnet_error(cloud, &members[1], "10.2.9.0/24").await;
    assert_eq!(kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn a_destination_leads_to_one_next_hop() {
    let lab = Lab::build().await;
    let member = &lab.members[0];
    let through = lab.attachments[0].id.clone();
    member.add_route("10.2.0.0/16", &through).await;
    let foreign = lab.attachments[1].id.clone();
    let request = |hop| CreateRoute::new(member.table.clone(), range("10.2.0.0/16"), hop);
    let error = member
        .cloud
        .create_route(&request(foreign))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let gone = "peer-99".into();
    let error = member.cloud.create_route(&request(gone)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn limits_of_the_capabilities_are_kept() {
    let mut capabilities = Capabilities::new(CloudName::from_static("memory"), vec![Model::Mesh]);
    capabilities.networks_per_region = Some(Quota::fixed(1));
    capabilities.reserved = vec![range("100.64.0.0/10")];
    let provider = builder().with_capabilities(capabilities).build();
    let cloud = cloud(&provider, A, HANGZHOU).await;
    let create = |key: &str, text: &str| CreateNetwork::new(label(key), range(text));
    let refused = cloud.create_network(&create("x", "100.64.0.0/16")).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidInput);
    let made = cloud.create_network(&create("one", "10.0.0.0/16")).await;
    made.unwrap();
    let refused = cloud.create_network(&create("two", "10.1.0.0/16")).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::QuotaExceeded);
    let hub = CreateHub::new(label("hub"), HubScope::Global);
    let refused = cloud.create_hub(&hub).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unsupported);
    assert_eq!(cloud.list_hub_zones().await.unwrap(), []);
}
