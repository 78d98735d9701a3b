//! Something that is not understood stands beside the topology: it is told, and stops nothing.

use std::sync::{Arc, Mutex};

use landbridge_core::engine::Engine;
use landbridge_core::event::{Event, EventRecord, EventSink};
use landbridge_core::memory::MemoryProvider;
use landbridge_core::plan::plan_destroy;
use landbridge_core::preflight::preflight;
use landbridge_core::topology::Network;
use landbridge_core::{NotUnderstood, Place};

use crate::common::{A, memory, topology, world_like};

fn odd(id: &str) -> NotUnderstood {
    let place = Place::new(memory(), A, "r1");
    NotUnderstood::new(place, "ListNetworks", id, "the answer has no `CidrBlock`")
}

#[derive(Debug, Default)]
struct Heard(Mutex<Vec<Event>>);

impl EventSink for Heard {
    fn emit(&self, record: EventRecord) {
        self.0.lock().expect("a lock").push(record.event);
    }
}

fn world(id: &str) -> (Engine, MemoryProvider, Arc<Heard>) {
    let (engine, provider, _) = world_like(|builder| builder.with_not_understood(odd(id)));
    let heard = Arc::new(Heard::default());
    (engine.with_events(heard.clone()), provider, heard)
}

#[tokio::test]
async fn it_is_a_warning_and_an_event_and_nothing_stops() {
    let (engine, provider, heard) = world("net-odd");
    let topology = topology();
    let observation = engine.observe(&topology).await.expect("observe");
    let report = preflight(&topology, &observation);
    assert_eq!(report.codes(), ["object/not-understood"]);
    assert!(report.passed());
    let text = report.to_string();
    assert!(
        text.contains("net-odd") && text.contains("CidrBlock"),
        "{text}"
    );
    let told = Event::NotUnderstood {
        object: odd("net-odd"),
    };
    assert!(heard.0.lock().expect("a lock").contains(&told));

    crate::apply::apply(&engine, &topology).await;
    let observation = engine.observe(&topology).await.expect("observe");
    let destroy = plan_destroy(&topology, &observation);
    engine.apply(&destroy).await.expect("destroyed");
    assert_eq!(provider.objects(), [""; 0]);
}

#[tokio::test]
async fn what_the_topology_names_must_be_understood() {
    let (engine, _, _) = world("net-odd");
    let mut topology = topology();
    topology.networks[0] = Network::existing("one", "a", "r1", "net-odd");
    topology.instances.remove(0);
    let report = preflight(
        &topology,
        &engine.observe(&topology).await.expect("observe"),
    );
    assert!(!report.passed());
    assert!(!report.codes().contains(&"network/absent"), "{report}");
    assert!(report.to_string().contains("net-odd exists"), "{report}");
}
