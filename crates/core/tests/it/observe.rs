//! Which places are read, and how often.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use landbridge_core::engine::{Engine, ResidueReport};
use landbridge_core::event::Event;
use landbridge_core::memory::{ManualClock, MemoryProvider};
use landbridge_core::plan::{plan, plan_destroy};
use landbridge_core::reconcile::Intent;
use landbridge_core::topology::{Account, Topology};
use landbridge_core::{
    Capabilities, Cloud, CloudProvider, Footprint, FootprintSearch, Place, Result,
};
use tokio::sync::mpsc::unbounded_channel;

use crate::apply::apply;
use crate::common::{A, B, memory, network, topology, world};

const C: &str = "0000000000000003";

/// Notes for which places a handle was asked, and how often an account was searched for tags.
#[derive(Debug)]
struct Watched {
    provider: MemoryProvider,
    asked: Mutex<BTreeSet<Place>>,
    searches: AtomicUsize,
    /// So many of the first searches fail.
    failing: usize,
}

fn watched(failing: usize) -> (Engine, Arc<Watched>) {
    let clock = Arc::new(ManualClock::new());
    let provider = Arc::new(Watched {
        provider: MemoryProvider::new(clock.clone()),
        asked: Mutex::default(),
        searches: AtomicUsize::new(0),
        failing,
    });
    let engine = Engine::new().with_clock(clock);
    (engine.with_provider(provider.clone()), provider)
}

#[async_trait]
impl CloudProvider for Watched {
    fn capabilities(&self) -> &Capabilities {
        self.provider.capabilities()
    }

    async fn cloud(&self, place: &Place) -> Result<Arc<dyn Cloud>> {
        self.asked.lock().expect("lock").insert(place.clone());
        self.provider.cloud(place).await
    }

    async fn footprint(&self, search: &FootprintSearch) -> Footprint {
        if self.searches.fetch_add(1, Ordering::SeqCst) < self.failing {
            return Footprint::unknown(memory(), search.account.clone(), "not now");
        }
        self.provider.footprint(search).await
    }
}

/// The usual topology and a network of a third account, attached to the same hub.
fn with_a_third_account() -> Topology {
    let mut topology = topology()
        .with_account(Account::new("c", memory(), C))
        .with_network(network("four", "c", "r1", 4));
    topology.interconnects[0].members.push("four".to_owned());
    topology
}

#[tokio::test]
async fn no_place_of_an_account_outside_the_topology_is_read_or_written() {
    let (engine, provider) = watched(0);
    let asked = || std::mem::take(&mut *provider.asked.lock().expect("lock"));
    // The provider knows the third account, another topology uses it, and its network is attached to the hub of this one.
    let mut theirs = with_a_third_account();
    theirs.name = "theirs".to_owned();
    apply(&engine, &theirs).await;
    apply(&engine, &with_a_third_account()).await;
    assert!(asked().iter().any(|place| place.account.as_str() == C));

    let ours = topology();
    let observation = engine.observe(&ours).await.expect("observe");
    engine.verify(&ours).await.expect("verify");
    let destroy = plan_destroy(&ours, &observation);
    // What the third account holds keeps the hub; the steps before that are made.
    engine.apply(&destroy).await.expect_err("the hub is in use");
    engine
        .residue(&ours, Some(&destroy))
        .await
        .expect("residue");

    let place = |account: &str, region: &str| Place::new(memory(), account, region);
    let both_accounts_in_both_regions: BTreeSet<Place> = [A, B]
        .into_iter()
        .flat_map(|account| ["r1", "r2"].map(|region| place(account, region)))
        .collect();
    let asked = asked();
    assert!(asked.is_subset(&both_accounts_in_both_regions), "{asked:?}");
    assert!(
        topology()
            .places()
            .iter()
            .all(|place| asked.contains(place))
    );
}

async fn destroyed(engine: &Engine, provider: &Watched) -> ResidueReport {
    let run = engine.reconcile(topology(), Intent::remove());
    let ended = run.ended().await;
    let residue = ended.residue.expect("it ran to its end");
    assert!(residue.is_empty() && residue.is_decided(), "{residue}");
    assert!(provider.provider.objects().is_empty());
    residue
}

#[tokio::test]
async fn a_destroy_searches_each_account_for_tags_once_and_says_when() {
    let (engine, provider) = watched(0);
    apply(&engine, &topology()).await;
    provider.searches.store(0, Ordering::SeqCst);
    let residue = destroyed(&engine, &provider).await;
    assert_eq!(provider.searches.load(Ordering::SeqCst), 2);
    assert!(residue.searched_before);
}

#[tokio::test]
async fn a_search_that_failed_before_a_destroy_is_made_again_after_it() {
    let (engine, provider) = watched(1);
    apply(&engine, &topology()).await;
    provider.searches.store(0, Ordering::SeqCst);
    let residue = destroyed(&engine, &provider).await;
    assert_eq!(provider.searches.load(Ordering::SeqCst), 4);
    assert!(!residue.searched_before);
}

#[tokio::test]
async fn what_works_on_an_observation_reads_no_place_again() {
    let (engine, _, _) = world();
    let (sink, mut told) = unbounded_channel();
    let engine = engine.with_events(Arc::new(sink));
    let mut reads = || {
        let mut count = 0;
        while let Ok(record) = told.try_recv() {
            count += usize::from(matches!(record.event, Event::Observing { .. }));
        }
        count
    };
    let topology = topology();
    let before = engine.observe(&topology).await.expect("observe");
    engine
        .apply(&plan(&topology, &before))
        .await
        .expect("apply");
    assert_eq!(reads(), 3, "one for each place");

    let after = engine.observe(&topology).await.expect("observe");
    let verified = engine.verify_observed(&topology, &after).await;
    assert!(verified.expect("verify").passed());
    assert!(plan(&topology, &after).is_empty());
    assert_eq!(reads(), 3);

    let destroy = plan_destroy(&topology, &after);
    engine.apply(&destroy).await.expect("destroy");
    let last = engine.observe(&topology).await.expect("observe");
    let residue = engine.residue_observed(&topology, &last, Some(&destroy));
    assert!(residue.await.expect("residue").is_empty());
    assert_eq!(reads(), 3);
}
