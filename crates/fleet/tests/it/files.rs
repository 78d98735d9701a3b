//! Documents in a directory.

use std::fs;
use std::sync::Arc;

use landbridge_core::ErrorKind;
use landbridge_fleet::{Attended, FileStore, Kind, MemoryStore, Orders, Phase, Store};

use crate::common::{key, pair, spec, world_on};

async fn keeps_its_promises(stores: [Arc<dyn Store>; 2]) {
    let [one, two] = stores;
    assert_eq!(one.load(Kind::Link, "a.b").await.expect("read"), None);
    assert!(
        !one.save(Kind::Link, "a.b", "{}", Some(7))
            .await
            .expect("refused")
    );
    assert!(
        one.save(Kind::Link, "a.b", r#"{"n":1}"#, None)
            .await
            .expect("kept")
    );
    assert!(
        !two.save(Kind::Link, "a.b", "{}", None)
            .await
            .expect("refused")
    );
    let first = two
        .load(Kind::Link, "a.b")
        .await
        .expect("read")
        .expect("there");
    assert_eq!(first.text, r#"{"n":1}"#);
    let expected = Some(first.revision);
    assert!(
        two.save(Kind::Link, "a.b", r#"{"n":2}"#, expected)
            .await
            .expect("kept")
    );
    assert!(
        !one.save(Kind::Link, "a.b", r#"{"n":3}"#, expected)
            .await
            .expect("refused")
    );
    let second = one
        .load(Kind::Link, "a.b")
        .await
        .expect("read")
        .expect("there");
    assert_eq!(second.text, r#"{"n":2}"#);
    assert_ne!(second.revision, first.revision);

    // Kinds are apart.
    assert!(
        one.save(Kind::Account, "a.b", "{}", None)
            .await
            .expect("kept")
    );
    assert!(one.save(Kind::Link, "a.a", "{}", None).await.expect("kept"));
    assert_eq!(two.keys(Kind::Link).await.expect("listed"), ["a.a", "a.b"]);
    assert_eq!(two.keys(Kind::Account).await.expect("listed"), ["a.b"]);

    assert!(
        !one.remove(Kind::Link, "a.b", first.revision)
            .await
            .expect("refused")
    );
    assert!(
        one.remove(Kind::Link, "a.b", second.revision)
            .await
            .expect("removed")
    );
    assert!(
        !one.remove(Kind::Link, "a.b", second.revision)
            .await
            .expect("gone")
    );
    // One that is made anew is not taken for the one before.
    assert!(one.save(Kind::Link, "a.b", "{}", None).await.expect("kept"));
    let anew = one
        .load(Kind::Link, "a.b")
        .await
        .expect("read")
        .expect("there");
    assert!(![first.revision, second.revision].contains(&anew.revision));
}

#[tokio::test]
async fn both_stores_keep_the_promises_of_a_store() {
    let memory: Arc<dyn Store> = Arc::new(MemoryStore::new());
    keeps_its_promises([memory.clone(), memory]).await;
    let directory = tempfile::tempdir().expect("a directory");
    let open = || -> Arc<dyn Store> {
        Arc::new(FileStore::open(directory.path().join("new")).expect("opened"))
    };
    keeps_its_promises([open(), open()]).await;
}

#[tokio::test]
async fn a_topology_lives_in_files_across_workers() {
    let directory = tempfile::tempdir().expect("a directory");
    let open = || Arc::new(FileStore::open(directory.path()).expect("opened"));
    let (world, key) = (world_on(open()), key("site"));
    world.submit(&key, spec(&pair(&key))).await;
    let attended = world.worker_on(open()).attend(&key).await;
    assert_eq!(attended.expect("attended"), Attended::Ended(Phase::Ready));
    world.fleet.delete(&key).await.expect("asked for");
    let attended = world.worker_on(open()).attend(&key).await;
    assert_eq!(attended.expect("attended"), Attended::Ended(Phase::Deleted));
    assert!(world.provider.objects().is_empty());
    let text = fs::read_to_string(directory.path().join("link-acme_site.json")).expect("a file");
    assert!(text.contains(r#""phase":"deleted""#), "{text}");
}

#[tokio::test]
async fn a_writer_that_died_in_the_middle_leaves_the_old_document() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = FileStore::open(directory.path()).expect("opened");
    assert!(
        store
            .save(Kind::Link, "a.b", r#"{"n":1}"#, None)
            .await
            .expect("kept")
    );
    fs::write(
        directory.path().join("link-a.b.new"),
        r#"{"revision":9,"docu"#,
    )
    .expect("torn");
    let document = store
        .load(Kind::Link, "a.b")
        .await
        .expect("read")
        .expect("there");
    assert_eq!(document.text, r#"{"n":1}"#);
    assert_eq!(store.keys(Kind::Link).await.expect("listed"), ["a.b"]);
    let expected = Some(document.revision);
    assert!(
        store
            .save(Kind::Link, "a.b", "{}", expected)
            .await
            .expect("kept")
    );

    fs::write(directory.path().join("link-a.b.json"), "{").expect("harmed");
    let error = store.load(Kind::Link, "a.b").await.expect_err("harmed");
    assert_eq!(error.kind(), ErrorKind::Malformed);
    for key in ["", "../x", ".x", "a/b", "a b"] {
        let error = store.load(Kind::Account, key).await.expect_err(key);
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_writers_each_change_is_kept_once() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().to_owned();
    let add = move || {
        let store = FileStore::open(&path).expect("opened");
        async move {
            for _ in 0..20 {
                loop {
                    let found = store.load(Kind::Account, "n").await.expect("read");
                    let (n, expected) = found.map_or((0, None), |found| {
                        (
                            found.text.parse::<u64>().expect("a number"),
                            Some(found.revision),
                        )
                    });
                    let next = (n + 1).to_string();
                    if store
                        .save(Kind::Account, "n", &next, expected)
                        .await
                        .expect("asked")
                    {
                        break;
                    }
                }
            }
        }
    };
    let tasks: Vec<_> = (0..4).map(|_| tokio::spawn(add())).collect();
    for task in tasks {
        task.await.expect("it ends");
    }
    let store = FileStore::open(directory.path()).expect("opened");
    let document = store
        .load(Kind::Account, "n")
        .await
        .expect("read")
        .expect("there");
    assert_eq!(document.text, "80");
}
