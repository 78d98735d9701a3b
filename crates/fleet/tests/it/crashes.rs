//! A worker that dies at any moment leaves nothing that the next one does not finish.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use landbridge_core::Result;
use landbridge_fleet::{Document, Fleet, Kind, LinkKey, MemoryStore, Orders, Phase, Store};

use crate::common::{World, key, pair, spec, world, world_on};

/// A store that answers so many calls of a worker and then none, as if the worker had died in the next one.
#[derive(Debug)]
struct Dying {
    inner: Arc<dyn Store>,
    left: AtomicUsize,
    /// Whether the last call has its effect.
    after: bool,
    dead: AtomicUsize,
}

impl Dying {
    async fn call<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        let left = self.left.load(Ordering::SeqCst);
        if left == 0 {
            if self.after && self.dead.load(Ordering::SeqCst) == 0 {
                call.await?;
            }
            self.dead.store(1, Ordering::SeqCst);
            std::future::pending::<()>().await;
            unreachable_result()
        } else {
            self.left.store(left - 1, Ordering::SeqCst);
            call.await
        }
    }
}

fn unreachable_result<T>() -> Result<T> {
    Err(landbridge_core::Error::new(
        landbridge_core::ErrorKind::Failed,
        "dead",
    ))
}

#[async_trait]
impl Store for Dying {
    async fn load(&self, kind: Kind, key: &str) -> Result<Option<Document>> {
        self.call(self.inner.load(kind, key)).await
    }

    async fn save(&self, kind: Kind, key: &str, text: &str, expected: Option<u64>) -> Result<bool> {
        self.call(self.inner.save(kind, key, text, expected)).await
    }

    async fn remove(&self, kind: Kind, key: &str, expected: u64) -> Result<bool> {
        self.call(self.inner.remove(kind, key, expected)).await
    }

    async fn keys(&self, kind: Kind) -> Result<Vec<String>> {
        self.call(self.inner.keys(kind)).await
    }
}

/// The life of a topology up to a phase, undisturbed.
async fn finish(world: &World, key: &LinkKey, phase: Phase) {
    world.outlast_leases();
    world.worker().round().await.expect("a round");
    let status = world.status(key).await;
    assert_eq!(status.phase, phase, "{status:?}");
}

async fn undisturbed() -> Vec<String> {
    let (world, key) = (world(), key("site"));
    world.submit(&key, spec(&pair(&key))).await;
    finish(&world, &key, Phase::Ready).await;
    world.provider.objects()
}

/// What was made once and is there twice, or was made twice.
fn no_duplicates(world: &World) {
    let objects = world.provider.objects();
    let mut once = objects.clone();
    once.dedup();
    assert_eq!(once, objects);
}

#[tokio::test]
async fn a_worker_dies_after_any_write_of_an_apply_and_of_a_delete() {
    let undisturbed = undisturbed().await;
    for n in 0..7 {
        for deletes in [false, true] {
            let (world, key) = (world(), key("site"));
            world.submit(&key, spec(&pair(&key))).await;
            if deletes {
                finish(&world, &key, Phase::Ready).await;
                world.fleet.delete(&key).await.expect("asked for");
            }
            let before = world.provider.write_count();
            world.provider.kill_after(n);
            let (worker, name) = (world.worker(), key.clone());
            let task = tokio::spawn(async move { worker.attend(&name).await });
            while world.provider.write_count() <= before + n {
                assert!(!task.is_finished(), "there are so many writes");
                tokio::task::yield_now().await;
            }
            task.abort();
            assert!(task.await.is_err());
            world.provider.revive();
            match deletes {
                false => {
                    finish(&world, &key, Phase::Ready).await;
                    assert_eq!(world.provider.objects(), undisturbed, "killed at {n}");
                }
                true => {
                    finish(&world, &key, Phase::Deleted).await;
                    assert!(world.provider.objects().is_empty(), "killed at {n}");
                }
            }
            no_duplicates(&world);
        }
    }
}

#[tokio::test]
async fn a_worker_dies_in_any_call_of_its_store() {
    let undisturbed = undisturbed().await;
    let mut died = 0;
    for n in 0.. {
        let mut ended = false;
        for after in [false, true] {
            let inner: Arc<dyn Store> = Arc::new(MemoryStore::new());
            let (world, key) = (world_on(inner.clone()), key("site"));
            world.submit(&key, spec(&pair(&key))).await;
            let dying = Arc::new(Dying {
                inner,
                left: AtomicUsize::new(n),
                after,
                dead: AtomicUsize::new(0),
            });
            let (worker, name) = (world.worker_on(dying.clone()), key.clone());
            let task = tokio::spawn(async move { worker.attend(&name).await });
            while dying.dead.load(Ordering::SeqCst) == 0 && !task.is_finished() {
                tokio::task::yield_now().await;
            }
            ended = task.is_finished();
            task.abort();
            let _ = task.await;
            if !ended {
                died += 1;
            }
            finish(&world, &key, Phase::Ready).await;
            assert_eq!(world.provider.objects(), undisturbed, "died in call {n}");
        }
        if ended {
            break;
        }
    }
    assert!(died > 20, "{died}");
}

#[tokio::test]
async fn an_order_outlives_the_one_who_gave_it() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let (world, key) = (world_on(store.clone()), key("site"));
    {
        let fleet = Fleet::new(store.clone(), world.clock.clone());
        fleet
            .submit(&key, spec(&pair(&key)))
            .await
            .expect("submitted");
    }
    finish(&world, &key, Phase::Ready).await;
}
