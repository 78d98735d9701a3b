use super::lab::{A, B, Member, attach, builder, cloud, create_hub, grant, hub_end, label};
use crate::memory::MemoryProvider;
use crate::traits::{
    Cloud, HubRecord, HubScope, Learning, LearningKind, PeeringKind, PeeringRecord, RequestPeering,
    Transit,
};

async fn learn(cloud: &dyn Cloud, peering: &PeeringRecord, hub: &HubRecord) {
    for kind in [LearningKind::Association, LearningKind::Propagation] {
        let learning = Learning {
            kind,
            peering: peering.id.clone(),
            table: hub.table.clone().unwrap(),
        };
        let enabled = cloud.enable_learning(&learning).await;
        enabled.unwrap();
    }
}

/// One member and one hub in each of `count` regions; no two hubs are joined yet.
async fn regions(provider: &MemoryProvider, count: u8) -> Vec<(Member, HubRecord)> {
    let mut built: Vec<(Member, HubRecord)> = Vec::new();
    let mut parent = None;
    for number in 1..=count {
        let cloud = cloud(provider, A, &format!("region-{number}")).await;
        let member = Member::build(cloud, &format!("vpc{number}"), number).await;
        if parent.is_none() {
            parent = Some(create_hub(&member, "hub/global", HubScope::Global).await.id);
        }
        let scope = HubScope::Regional {
            parent: parent.clone(),
        };
        let hub = create_hub(&member, &format!("hub/{number}"), scope).await;
        let attachment = attach(provider, &member, &hub).await;
        learn(member.cloud.as_ref(), &attachment, &hub).await;
        for other in (1..=count).filter(|other| *other != number) {
            let to = format!("10.{other}.0.0/16");
            member.add_route(&to, &attachment.id).await;
        }
        built.push((member, hub));
    }
    built
}

async fn join(left: &(Member, HubRecord), right: &(Member, HubRecord)) {
    let key = format!("line/{}/{}", left.1.name, right.1.name);
    let ends = (hub_end(&left.1), hub_end(&right.1));
    let request = RequestPeering::new(label(&key), PeeringKind::HubToHub, ends.0, ends.1)
        .with_transit(Transit::ByTraffic { max_mbps: None });
    let line = left.0.cloud.request_peering(&request).await.unwrap();
    for (member, hub) in [left, right] {
        learn(member.cloud.as_ref(), &line, hub).await;
    }
}

#[tokio::test]
async fn hubs_in_a_row_pass_routes_and_packets_on() {
    let provider = builder().build();
    let regions = regions(&provider, 3).await;
    join(&regions[0], &regions[1]).await;
    assert!(!regions[0].0.reaches(&regions[2].0, "apart").await);
    join(&regions[1], &regions[2]).await;
    assert!(regions[0].0.reaches(&regions[2].0, "joined").await);
}

#[tokio::test]
async fn hubs_joined_to_each_other_prefer_the_direct_line() {
    let provider = builder().build();
    let regions = regions(&provider, 6).await;
    for (index, left) in regions.iter().enumerate() {
        for right in &regions[index + 1..] {
            join(left, right).await;
        }
    }
    for (from, hub) in &regions {
        let table = hub.table.clone().unwrap();
        let routes = from.cloud.list_hub_routes(&table).await.unwrap();
        let ready = routes.iter().filter(|route| route.status.is_ready());
        assert_eq!(ready.count(), 6);
        for (to, _) in &regions {
            assert!(from.reaches(to, "").await);
        }
    }
}

#[tokio::test]
async fn of_two_networks_with_one_range_the_first_is_found() {
    let provider = builder().build();
    let regions = regions(&provider, 1).await;
    let (member, hub) = &regions[0];
    let region = member.network.region.as_str();
    let twin = Member::build(cloud(&provider, B, region).await, "twin", 1).await;
    let HubScope::Regional {
        parent: Some(global),
    } = &hub.scope
    else {
        panic!("{hub:?}");
    };
    grant(&twin, global).await;
    let attachment = attach(&provider, &twin, hub).await;
    learn(member.cloud.as_ref(), &attachment, hub).await;
    let table = hub.table.clone().unwrap();
    let routes = member.cloud.list_hub_routes(&table).await.unwrap();
    let words: Vec<&str> = routes.iter().map(|r| r.status.word.as_str()).collect();
    assert_eq!(words, ["Active", "Rejected"]);
}
