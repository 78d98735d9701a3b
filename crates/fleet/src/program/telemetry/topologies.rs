//! Counts topologies by phase.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use landbridge_fleet::{Orders, Phase};
use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;
use tokio::task::JoinHandle;

/// How often they are counted.
const EVERY: Duration = Duration::from_secs(30);

/// Counts at work. It ends when it is dropped.
#[derive(Debug)]
pub(super) struct Topologies {
    orders: Arc<dyn Orders>,
    counts: Counts,
    task: JoinHandle<()>,
}

/// A phase that was seen stays, with none in it: else its last number would be told for ever.
type Counts = Arc<Mutex<BTreeMap<Phase, u64>>>;

impl Topologies {
    pub(super) fn count(orders: Arc<dyn Orders>, meter: &Meter) -> Self {
        let counts = Counts::default();
        let seen = Arc::clone(&counts);
        meter
            .u64_observable_gauge("landbridge.topologies")
            .with_description("Topologies, by phase")
            .with_callback(move |gauge| {
                let counts = seen.lock().unwrap_or_else(PoisonError::into_inner);
                for (phase, count) in &*counts {
                    gauge.observe(*count, &[KeyValue::new("phase", phase.as_str())]);
                }
            })
            .build();
        let (of, into) = (Arc::clone(&orders), Arc::clone(&counts));
        let task = tokio::spawn(async move {
            loop {
                count(of.as_ref(), &into).await;
                tokio::time::sleep(EVERY).await;
            }
        });
        Self {
            orders,
            counts,
            task,
        }
    }

    /// Counts for the last time.
    pub(super) async fn end(&self) {
        self.task.abort();
        count(self.orders.as_ref(), &self.counts).await;
    }
}

impl Drop for Topologies {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn count(orders: &dyn Orders, counts: &Counts) {
    let list = match orders.list(None, None, usize::MAX).await {
        Ok(list) => list,
        Err(error) => {
            tracing::debug!(%error, "topologies were not counted");
            return;
        }
    };
    let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    counts.values_mut().for_each(|count| *count = 0);
    for status in list {
        *counts.entry(status.phase).or_default() += 1;
    }
}
