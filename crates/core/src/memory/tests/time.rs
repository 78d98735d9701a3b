use std::time::Duration;

use super::lab::{A, B, HANGZHOU, cloud, label, range, slow};
use crate::clock::Clock;
use crate::error::ErrorKind;
use crate::ids::Zone;
use crate::memory::ManualClock;
use crate::traits::{
    CreateHub, CreateNetwork, CreateSubnet, Endpoint, HubScope, PeeringKind, PeeringSelect, Phase,
    RequestPeering, Select,
};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn objects_are_pending_and_deleting_for_as_long_as_told() {
    let (clock, provider) = slow();
    let cloud = cloud(&provider, A, HANGZHOU).await;
    let request = CreateNetwork::new(label("one"), range("10.0.0.0/16"));
    let network = cloud.create_network(&request).await.unwrap();
    assert_eq!(network.status.phase, Phase::Pending);
    let zone = Zone::new("cn-hangzhou-a");
    let subnet = CreateSubnet::new(label("s"), network.id.clone(), zone, range("10.0.0.0/24"));
    let early = cloud.create_subnet(&subnet).await.unwrap_err();
    assert_eq!(early.kind(), ErrorKind::Busy);

    clock.advance(MINUTE);
    assert!(
        cloud.list_networks(&Select::All).await.unwrap()[0]
            .status
            .is_ready()
    );
    cloud.delete_network(&network.id).await.unwrap();
    let left = cloud.list_networks(&Select::All).await.unwrap();
    assert_eq!(left[0].status.phase, Phase::Deleting);
    assert_eq!(provider.objects(), ["network:one (deleting)"]);
    assert_ne!(cloud.create_network(&request).await.unwrap().id, network.id);

    clock.advance(MINUTE);
    assert_eq!(provider.objects(), ["network:one"]);
}

#[tokio::test]
async fn a_hub_shows_its_table_once_it_is_ready() {
    let (clock, provider) = slow();
    let cloud = cloud(&provider, A, HANGZHOU).await;
    let global = CreateHub::new(label("global"), HubScope::Global);
    let parent = Some(cloud.create_hub(&global).await.unwrap().id);
    let request = CreateHub::new(label("hub"), HubScope::Regional { parent });
    let early = cloud.create_hub(&request).await.unwrap_err();
    assert_eq!(early.kind(), ErrorKind::Busy);
    clock.advance(MINUTE);
    assert_eq!(cloud.create_hub(&request).await.unwrap().table, None);
    clock.advance(MINUTE);
    let hub = cloud.create_hub(&request).await.unwrap();
    assert!(hub.table.is_some());
}

#[tokio::test]
async fn a_peering_goes_from_pending_to_awaiting_to_pending_to_ready() {
    let (clock, provider) = slow();
    let mut ends = Vec::new();
    for (account, text) in [(A, "10.1.0.0/16"), (B, "10.2.0.0/16")] {
        let request = CreateNetwork::new(label(account), range(text));
        let cloud = cloud(&provider, account, HANGZHOU).await;
        let network = cloud.create_network(&request).await.unwrap();
        ends.push(Endpoint::Network {
            id: network.id,
            account: network.account,
            region: network.region,
        });
    }
    clock.advance(MINUTE);
    let (left, right) = (
        cloud(&provider, A, HANGZHOU).await,
        cloud(&provider, B, HANGZHOU).await,
    );
    let (requester, accepter) = (ends[0].clone(), ends[1].clone());
    let kind = PeeringKind::NetworkToNetwork;
    let request = RequestPeering::new(label("p"), kind, requester, accepter);
    let id = left.request_peering(&request).await.unwrap().id;
    let early = right.accept_peering(&id).await.unwrap_err();
    assert_eq!(early.kind(), ErrorKind::Busy);

    let mut phases = Vec::new();
    for _ in 0..2 {
        clock.advance(MINUTE);
        let select = PeeringSelect::all();
        phases.push(left.list_peerings(&select).await.unwrap()[0].status.phase);
        right.accept_peering(&id).await.unwrap();
        phases.push(left.list_peerings(&select).await.unwrap()[0].status.phase);
    }
    let (waiting, pending, ready) = (Phase::AwaitingAcceptance, Phase::Pending, Phase::Ready);
    assert_eq!(phases, [waiting, pending, ready, ready]);
}

#[tokio::test]
async fn sleepers_side_by_side_do_not_add_up() {
    let clock = ManualClock::new();
    tokio::join!(
        clock.sleep(MINUTE),
        clock.sleep(2 * MINUTE),
        clock.sleep(MINUTE)
    );
    assert_eq!(clock.uptime(), 2 * MINUTE);
    clock.sleep(MINUTE).await;
    assert_eq!(clock.uptime(), 3 * MINUTE);
    assert_eq!(clock.delays(), [MINUTE, 2 * MINUTE, MINUTE, MINUTE]);
}
