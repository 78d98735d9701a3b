use super::lab::{
    A, B, HANGZHOU, Member, QINGDAO, builder, cloud, label, network_end, place, range,
};
use crate::error::{Error, ErrorKind};
use crate::ids::{CloudName, HubId};
use crate::memory::MemoryProvider;
use crate::traits::{
    Capabilities, Cloud, CreateGrant, CreateHub, Endpoint, HubRecord, HubScope, Model, PeeringKind,
    PeeringRecord, PeeringSelect, RequestPeering, RevokeGrant, Scope,
};

const EDGE: HubScope = HubScope::Edge { asn: 65_000 };

fn provider() -> MemoryProvider {
    let hosts = ["10.9.0.10".parse().unwrap()];
    builder()
        .with_border_router("line", place(B, QINGDAO), [range("10.9.0.0/16")], hosts)
        .build()
}

async fn create(cloud: &dyn Cloud, key: &str) -> HubRecord {
    let request = CreateHub::new(label(key), EDGE);
    cloud.create_hub(&request).await.unwrap()
}

fn line(id: &str, region: &str) -> Endpoint {
    Endpoint::BorderRouter {
        id: id.into(),
        account: B.into(),
        region: region.into(),
    }
}

async fn attach(cloud: &dyn Cloud, end: Endpoint, hub: &HubId) -> Result<PeeringRecord, Error> {
    let hub = Endpoint::Edge {
        id: hub.clone(),
        account: cloud.place().account.clone(),
    };
    let label = label(&format!("attachment/{}/{}", end.id(), hub.id()));
    let request = RequestPeering::new(label, PeeringKind::Attachment, end, hub);
    cloud.request_peering(&request).await
}

fn grant(end: Endpoint, hub: &HubId) -> CreateGrant {
    CreateGrant::new(end, hub.clone(), A.into())
}

#[tokio::test]
async fn a_hub_at_the_edge_is_seen_from_every_region_of_its_account() {
    let provider = provider();
    let here = cloud(&provider, A, HANGZHOU).await;
    let there = cloud(&provider, A, QINGDAO).await;
    let hub = create(here.as_ref(), "edge/e").await;
    assert_eq!((&hub.region, &hub.scope), (&None, &EDGE));
    assert_eq!(create(there.as_ref(), "edge/e").await.id, hub.id);
    let scope = Scope::new("lab");
    let seen = there.inventory(&scope).await.unwrap();
    assert!(seen.hubs.is_empty(), "nobody asked for edges");
    let seen = there.inventory(&scope.with_edges()).await.unwrap();
    assert_eq!(seen.hubs, [hub]);
}

#[tokio::test]
async fn a_foreign_border_router_needs_a_grant_and_joins_one_hub_only() {
    let provider = provider();
    let (a, b) = (
        cloud(&provider, A, HANGZHOU).await,
        cloud(&provider, B, QINGDAO).await,
    );
    let hub = create(a.as_ref(), "edge/e").await.id;
    let end = || line("line", QINGDAO);
    let error = attach(a.as_ref(), end(), &hub).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    let error = attach(a.as_ref(), line("line", HANGZHOU), &hub).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::NotFound);
    let error = a.create_grant(&grant(end(), &hub)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    let error = b.create_grant(&grant(line("no", QINGDAO), &hub)).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::NotFound);

    b.create_grant(&grant(end(), &hub)).await.unwrap();
    b.create_grant(&grant(end(), &hub)).await.unwrap();
    let received = a.list_received_grants(&hub).await.unwrap();
    assert_eq!((received.len(), received[0].payer), (1, None));
    let attachment = attach(a.as_ref(), end(), &hub).await.unwrap();
    assert_eq!(attachment.owner, None);

    let all = a.list_peerings(&PeeringSelect::all()).await.unwrap();
    assert!(all.is_empty(), "listed by hub only");
    let select = PeeringSelect::all().with_hub(hub.clone());
    let there = a.list_peerings(&select).await.unwrap();
    assert_eq!(there.len(), 1);

    let other = create(a.as_ref(), "edge/other").await.id;
    b.create_grant(&grant(end(), &other)).await.unwrap();
    let error = attach(a.as_ref(), end(), &other).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    let revoked = b
        .revoke_grant(&RevokeGrant::from(&grant(end(), &hub)))
        .await;
    assert_eq!(revoked.unwrap_err().kind(), ErrorKind::InUse);
    b.revoke_grant(&RevokeGrant::from(&grant(end(), &other)))
        .await
        .unwrap();
}

#[tokio::test]
async fn lines_learn_ranges_of_the_network_only() {
    let provider = provider();
    let a = cloud(&provider, A, HANGZHOU).await;
    let hub = create(a.as_ref(), "edge/e").await;
    let member = Member::build(cloud(&provider, A, QINGDAO).await, "one", 1).await;
    let accepter = Endpoint::Edge {
        id: hub.id.clone(),
        account: A.into(),
    };
    let request = |prefix: &str| {
        let (label, end) = (label("attachment"), network_end(&member.network));
        RequestPeering::new(label, PeeringKind::Attachment, end, accepter.clone())
            .with_prefixes(vec![range(prefix)])
    };
    let error = a.request_peering(&request("10.7.0.0/24")).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidInput);
    let attachment = a.request_peering(&request("10.1.0.0/24")).await.unwrap();
    assert_eq!(attachment.prefixes, [range("10.1.0.0/24")]);
    let deleted = a.delete_hub(&hub.id).await.unwrap_err();
    assert_eq!(deleted.kind(), ErrorKind::InUse);
}

#[tokio::test]
async fn a_cloud_without_hubs_at_the_edge_makes_none() {
    let name = CloudName::from_static("memory");
    let capabilities = Capabilities::new(name, vec![Model::Hub]);
    let provider = builder().with_capabilities(capabilities).build();
    let cloud = cloud(&provider, A, HANGZHOU).await;
    let error = cloud.create_hub(&CreateHub::new(label("e"), EDGE)).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Unsupported);
}
