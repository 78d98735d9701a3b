//! What a client makes of the description: Schemathesis sends requests of every kind to the server, and compares each answer.

use std::process::Command;
use std::time::Duration;

use crate::python::Python;
use crate::served::{ACME, Served, served};

/// Lets workers carry out what is due, as long as the future lives.
async fn attended(served: &Served) {
    let worker = served.world.worker();
    loop {
        worker.round().await.expect("a round");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_answer_is_one_that_the_description_has() {
    let Some(python) = Python::ready("tests/schemathesis/requirements.txt") else {
        return;
    };
    let served = served();
    served.clock.hasten();
    for name in ["a", "site"] {
        served.put(name).await.is(202);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(python.programs().join("st"));
    command
        .current_dir(folder.path())
        .arg("run")
        .arg(served.url("/openapi.json"))
        .args([
            "--header",
            &format!("Authorization: Bearer {}", ACME.reveal()),
        ])
        .args(["--checks", "all"])
        // Few topologies are right by their schema alone, and Landbridge reads many forms of a value.
        .args([
            "--exclude-checks",
            "positive_data_acceptance,negative_data_rejection",
        ])
        .args([
            "--seed",
            "1",
            "--max-examples",
            "25",
            "--generation-database",
            "none",
        ])
        .args([
            "--request-timeout",
            "30",
            "--continue-on-failure",
            "--no-color",
        ])
        .env("NO_PROXY", "*");
    let run = tokio::task::spawn_blocking(move || command.output());
    let output = tokio::select! {
        output = run => output.expect("it ends").expect("it starts"),
        () = attended(&served) => unreachable!("workers do not end"),
    };
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{told}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(!told.contains(ACME.reveal()), "the key is told");
}
