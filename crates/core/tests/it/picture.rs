//! Pictures of worlds: nothing of a plan, a discovery or a verification is left out of them.

use std::collections::BTreeSet;

use landbridge_core::engine::Engine;
use landbridge_core::picture::{ElementKind, LinkKind, Mark, Picture};
use landbridge_core::plan::{Plan, plan, plan_destroy};
use landbridge_core::topology::{Firewall, Topology};
use landbridge_core::verify::{Traffic, verify};
use landbridge_core::{CloudName, NotUnderstood, Place};

use crate::apply::apply;
use crate::common::{A, memory, network, topology, world, world_like};
use crate::discover::places;

/// Everything that a picture says of its parts, line by line.
fn details(picture: &Picture) -> Vec<&str> {
    let of_elements = picture.elements().flat_map(|element| &element.details);
    let of_links = picture.links.iter().flat_map(|link| &link.details);
    let of_accounts = picture.accounts.iter().flat_map(|account| &account.details);
    of_elements
        .chain(of_links)
        .chain(of_accounts)
        .map(String::as_str)
        .collect()
}

// A step is told as `SIGN KEY: WHAT`.
fn assert_told_once(picture: &Picture, plan: &Plan) {
    let details = details(picture);
    for step in &plan.steps {
        let told = format!(" {}: {}", step.key.object(), step.op);
        let lines = details.iter().filter(|line| line.contains(&told)).count();
        assert_eq!(lines, 1, "{told} in {details:#?}");
    }
}

async fn planned(engine: &Engine, topology: &Topology) -> (Plan, Picture) {
    let observation = engine.observe(topology).await.expect("observe");
    let plan = plan(topology, &observation);
    let picture = Picture::planned(topology, &observation, &plan);
    (plan, picture)
}

fn mark(picture: &Picture, key: &str) -> Mark {
    let element = picture.element(key).map(|element| element.mark);
    let link = picture.link(key).map(|link| link.mark);
    element
        .or(link)
        .unwrap_or_else(|| panic!("{key} is not drawn"))
}

#[tokio::test]
async fn a_first_plan_has_everything_new_and_a_second_one_nothing() {
    let (engine, _, _) = world();
    let (plan, picture) = planned(&engine, &topology()).await;
    assert_told_once(&picture, &plan);
    let elements: Vec<Mark> = picture.elements().map(|element| element.mark).collect();
    assert!(
        elements.iter().all(|mark| *mark == Mark::New),
        "{picture:#?}"
    );
    assert_eq!(
        elements.len(),
        3 + 1 + 2,
        "networks, global hub, regional hubs"
    );
    for link in picture
        .links
        .iter()
        .filter(|link| link.kind != LinkKind::Part)
    {
        assert_eq!(link.mark, Mark::New, "{link:?}");
    }
    apply(&engine, &topology()).await;
    let (plan, picture) = planned(&engine, &topology()).await;
    assert!(plan.is_empty());
    assert!(
        picture
            .elements()
            .all(|element| element.mark == Mark::Plain)
    );
    assert!(picture.links.iter().all(|link| link.mark == Mark::Plain));
    assert!(
        picture.title.ends_with("nothing to do"),
        "{}",
        picture.title
    );
}

#[tokio::test]
async fn what_the_file_drops_goes_away_in_the_picture() {
    let (engine, _, _) = world();
    apply(&engine, &topology()).await;
    let mut changed = topology();
    changed.networks.retain(|network| network.name != "three");
    changed.networks.push(network("four", "b", "r2", 4));
    changed.interconnects[0].members = ["one", "two", "four"].map(str::to_owned).to_vec();
    changed.firewalls[0] = Firewall::new("probe", ["one", "two"]);
    changed.instances.retain(|instance| instance.name != "i3");
    let (plan, picture) = planned(&engine, &changed).await;
    assert_told_once(&picture, &plan);
    assert_eq!(mark(&picture, "network/three"), Mark::Gone);
    assert_eq!(mark(&picture, "attachment/core/three"), Mark::Gone);
    assert_eq!(mark(&picture, "network/four"), Mark::New);
    assert_eq!(mark(&picture, "attachment/core/four"), Mark::New);
    assert_eq!(mark(&picture, "network/one"), Mark::Changed);
    assert_eq!(mark(&picture, "attachment/core/one"), Mark::Plain);
    assert_eq!(mark(&picture, "hub/core"), Mark::Plain);
    let three = picture.element("network/three").expect("drawn");
    let gone = three.rows.iter().filter(|row| row.mark == Mark::Gone);
    let gone: BTreeSet<&str> = gone.map(|row| row.key.as_str()).collect();
    assert!(gone.contains("subnet/three/s1"), "{gone:?}");
    assert!(gone.contains("instance/i3"), "{gone:?}");
}

#[tokio::test]
async fn a_destroy_has_everything_gone() {
    let (engine, _, _) = world();
    apply(&engine, &topology()).await;
    let observation = engine.observe(&topology()).await.expect("observe");
    let destroy = plan_destroy(&topology(), &observation);
    let picture = Picture::planned(&topology(), &observation, &destroy);
    assert_told_once(&picture, &destroy);
    assert!(picture.elements().all(|element| element.mark == Mark::Gone));
    // A file that keeps nothing has the same picture, though it names none of this.
    let mut empty = topology();
    empty.networks.clear();
    empty.interconnects.clear();
    empty.firewalls.clear();
    empty.instances.clear();
    let picture = Picture::planned(&empty, &observation, &destroy);
    assert_told_once(&picture, &destroy);
    for key in ["network/two", "hub/core", "hub/core/r2", "link/core/r1~r2"] {
        assert_eq!(mark(&picture, key), Mark::Gone, "{key}");
    }
}

#[tokio::test]
async fn everything_that_was_discovered_is_drawn() {
    let (engine, _, _) = world();
    apply(&engine, &topology()).await;
    let discovery = engine.discover(&places()).await.expect("discover");
    let picture = Picture::discovered(&discovery, &topology().accounts);
    for inventory in &discovery.inventories {
        let drawn = |id: &str| picture.element(id).or_else(|| panic!("{id} is not drawn"));
        inventory
            .networks
            .iter()
            .for_each(|one| assert!(drawn(one.id.as_str()).is_some()));
        inventory
            .hubs
            .iter()
            .for_each(|one| assert!(drawn(one.id.as_str()).is_some()));
        for peering in &inventory.peerings {
            assert!(picture.link(peering.id.as_str()).is_some(), "{peering:?}");
        }
        for subnet in &inventory.subnets {
            let key = format!("subnet/{}", subnet.id);
            let network = picture.element(subnet.network.as_str()).expect("drawn");
            assert!(network.rows.iter().any(|row| row.key == key), "{subnet:?}");
        }
    }
    let count = |kind| picture.elements().filter(|one| one.kind == kind).count();
    assert_eq!(count(ElementKind::Network), 3);
    assert_eq!(count(ElementKind::Unknown), 0);
    assert_eq!(picture.accounts[0].name, "a", "the name in the topology");
    let told = details(&picture);
    assert!(
        told.contains(&"made by topology demo (network/two)"),
        "{told:#?}"
    );
}

#[tokio::test]
async fn ends_of_other_places_and_what_could_not_be_read_have_a_place_too() {
    let (engine, _, _) = world();
    apply(&engine, &topology()).await;
    // The hubs are in account `a`; only `b` is read.
    let b: Vec<Place> = places().into_iter().skip(2).collect();
    let discovery = engine.discover(&b).await.expect("discover");
    let picture = Picture::discovered(&discovery, &[]);
    let network = picture
        .elements()
        .find(|one| one.kind == ElementKind::Network);
    let network = network.expect("the network of `b`");
    assert!(
        network
            .rows
            .iter()
            .any(|row| row.text.starts_with("granted to")),
        "{network:?}"
    );
    let known: BTreeSet<&str> = picture.elements().map(|one| one.key.as_str()).collect();
    for end in picture.links.iter().flat_map(|link| &link.ends) {
        assert!(known.contains(end.as_str()), "{end}");
    }
    let elsewhere = Place::new(CloudName::from_static("elsewhere"), A, "r1");
    let discovery = engine.discover(&[elsewhere]).await.expect("discover");
    assert!(!discovery.is_complete());
    let picture = Picture::discovered(&discovery, &[]);
    let marks: Vec<Mark> = picture.elements().map(|element| element.mark).collect();
    assert_eq!(marks, [Mark::Unknown]);
    assert_eq!(picture.notes.len(), 1, "{:?}", picture.notes);
    assert!(picture.to_svg().contains("everything not read"));
}

#[tokio::test]
async fn what_was_not_understood_is_drawn_with_its_reason() {
    let place = Place::new(memory(), A, "r1");
    let odd = |id: String| {
        NotUnderstood::new(
            place.clone(),
            "ListNetworks",
            id,
            "the answer has no `CidrBlock`",
        )
    };
    let (engine, _, _) = world_like(|builder| {
        let ids = (0..12).map(|number| format!("net-odd-{number}"));
        ids.fold(builder, |builder, id| builder.with_not_understood(odd(id)))
    });
    let observation = engine.observe(&topology()).await.expect("observe");
    let plan = plan(&topology(), &observation);
    let report = verify(&topology(), &observation, Traffic::PING);
    let pictures = [
        Picture::planned(&topology(), &observation, &plan),
        Picture::judged(&topology(), &observation, &report),
    ];
    for picture in pictures {
        let unknown = picture
            .elements()
            .filter(|one| one.kind == ElementKind::Unknown);
        let unknown: Vec<_> = unknown.collect();
        assert_eq!(unknown.len(), 9, "eight, and the number of the others");
        assert!(unknown.iter().all(|one| one.mark == Mark::Unknown));
        let told = details(&picture).join("\n");
        assert_eq!(told.matches("CidrBlock").count(), 12, "{told}");
        assert!(picture.to_svg().contains("4 more"));
    }
}

#[tokio::test]
async fn a_verdict_is_told_at_each_pair_and_at_what_the_packets_take() {
    let (engine, _, _) = world();
    let mut half = topology();
    half.firewalls[0].networks.retain(|name| name != "three");
    half.firewalls.push(Firewall::new("closed", ["three"]));
    half.instances[2].firewalls = vec!["closed".to_owned()];
    apply(&engine, &half).await;
    let observation = engine.observe(&half).await.expect("observe");
    let report = verify(&half, &observation, Traffic::PING);
    let picture = Picture::judged(&half, &observation, &report);
    let grid = picture.grid.as_ref().expect("a grid");
    assert_eq!(grid.cells.len(), 6);
    let blocked: Vec<(&str, &str)> = (grid.cells.iter())
        .filter(|cell| cell.mark == Mark::Blocked)
        .map(|cell| (&*grid.names[cell.row], &*grid.names[cell.column]))
        .collect();
    assert_eq!(blocked, [("one", "three"), ("two", "three")]);
    assert!(grid.cells.iter().filter(|c| c.mark == Mark::Open).count() == 4);
    assert_eq!(mark(&picture, "network/three"), Mark::PartlyOpen);
    assert_eq!(mark(&picture, "attachment/core/three"), Mark::PartlyOpen);
    assert_eq!(mark(&picture, "link/core/r1~r2"), Mark::PartlyOpen);
    let three = picture.element("network/three").expect("drawn");
    let ways: Vec<(&str, Mark)> = (three.rows.iter())
        .filter(|row| row.mark != Mark::Plain)
        .map(|row| (row.text.as_str(), row.mark))
        .collect();
    assert_eq!(
        ways,
        [
            ("2 of 2 open from it", Mark::Open),
            ("0 of 2 open to it", Mark::Blocked)
        ]
    );
    assert!(picture.title.contains("4 of 6"), "{}", picture.title);
    assert!(picture.title.contains("no ping sent"), "{}", picture.title);
}

#[tokio::test]
async fn an_open_topology_is_open_everywhere_and_pings_are_not_denied() {
    let (engine, _, _) = world();
    apply(&engine, &topology()).await;
    let observation = engine.observe(&topology()).await.expect("observe");
    let report = engine.verify_observed(&topology(), &observation).await;
    let report = report.expect("verified");
    let picture = Picture::judged(&topology(), &observation, &report);
    let networks = || {
        let all = picture.elements();
        all.filter(|one| one.kind == ElementKind::Network)
    };
    assert!(networks().all(|one| one.mark == Mark::Open));
    assert_eq!(networks().count(), 3);
    let joined = picture
        .links
        .iter()
        .filter(|link| link.kind != LinkKind::Part);
    assert!(joined.clone().all(|link| link.mark == Mark::Open));
    assert_eq!(joined.count(), 3 + 1);
    assert!(!picture.title.contains("no ping"), "{}", picture.title);
}
