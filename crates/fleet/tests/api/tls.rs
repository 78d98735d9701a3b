//! Transports.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use landbridge_core::ErrorKind;
use landbridge_fleet::api::{TlsFiles, Transport};
use reqwest::Certificate;
use tokio_util::sync::CancellationToken;

use crate::served::{Served, client, served, served_over, tenants};
use crate::world::world;

/// Writes a new certificate for loopback, and gives it.
fn certify(folder: &Path) -> (TlsFiles, Certificate) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    let files = TlsFiles::new(folder.join("certificate.pem"), folder.join("key.pem"));
    std::fs::write(&files.certificate, made.cert.pem()).expect("written");
    std::fs::write(&files.key, made.signing_key.serialize_pem()).expect("written");
    let certificate = Certificate::from_der(made.cert.der()).expect("a certificate");
    (files, certificate)
}

fn trusting(certificate: Certificate) -> reqwest::Client {
    let client = client()
        .tls_certs_only([certificate])
        .pool_max_idle_per_host(0);
    client.build().expect("a client")
}

fn over_tls(files: TlsFiles, certificate: Certificate) -> Served {
    let world = world();
    let orders = Arc::new(world.fleet.clone());
    served_over(
        world,
        orders,
        &tenants(""),
        Transport::Tls(files),
        trusting(certificate),
    )
}

#[tokio::test]
async fn certificates_are_taken_when_they_change_and_on_a_call() {
    let folder = tempfile::tempdir().expect("a folder");
    let (files, first) = certify(folder.path());
    let served = over_tls(files.clone(), first.clone());
    let url = format!("https://{}/healthz", served.address);
    assert_eq!(
        trusting(first.clone())
            .get(&url)
            .send()
            .await
            .expect("an answer")
            .status(),
        200
    );

    let (_, second) = certify(folder.path());
    served.clock.until_asleep(Duration::from_secs(60)).await;
    trusting(second.clone())
        .get(&url)
        .send()
        .await
        .expect_err("not yet");
    served.clock.advance(Duration::from_secs(60));
    answers(&trusting(second.clone()), &url).await;
    trusting(first).get(&url).send().await.expect_err("no more");

    // What cannot be used is not.
    std::fs::write(&files.key, "no key").expect("written");
    served.clock.until_asleep(Duration::from_secs(60)).await;
    served.api.reload_certificates();
    served.clock.until_asleep(Duration::from_secs(60)).await;
    answers(&trusting(second), &url).await;
    let (_, third) = certify(folder.path());
    served.api.reload_certificates();
    answers(&trusting(third), &url).await;
}

async fn answers(client: &reqwest::Client, url: &str) {
    let tried = async {
        while client.get(url).send().await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), tried)
        .await
        .expect("it answers");
}

#[tokio::test]
async fn what_is_not_encrypted_stays_on_this_machine() {
    let served = served();
    let serve = async |address: &str, transport: Transport| {
        let listener = TcpListener::bind(address).expect("a port");
        let stop = CancellationToken::new();
        stop.cancel();
        served.api.serve(listener, transport, stop).await
    };
    let error = serve("0.0.0.0:0", Transport::Loopback)
        .await
        .expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("0.0.0.0"), "{error}");
    serve("0.0.0.0:0", Transport::BehindProxy)
        .await
        .expect("it ends");
    serve("127.0.0.1:0", Transport::Loopback)
        .await
        .expect("it ends");
    let folder = tempfile::tempdir().expect("a folder");
    let (files, _) = certify(folder.path());
    for (wrong, quoted) in [
        (TlsFiles::new("/nowhere.pem", &files.key), "/nowhere.pem"),
        (TlsFiles::new(&files.key, &files.key), "key.pem"),
        (
            TlsFiles::new(&files.certificate, &files.certificate),
            "certificate.pem",
        ),
    ] {
        let error = serve("127.0.0.1:0", Transport::Tls(wrong))
            .await
            .expect_err("refused");
        assert!(error.to_string().contains(quoted), "{error}");
    }
    let other = tempfile::tempdir().expect("a folder");
    let (others, _) = certify(other.path());
    let mixed = TlsFiles::new(&files.certificate, &others.key);
    serve("127.0.0.1:0", Transport::Tls(mixed))
        .await
        .expect_err("another key");
}

#[tokio::test]
async fn headers_have_limits() {
    let served = served();
    let long = "x".repeat(64 << 10);
    let answer = served
        .ask("GET", "/healthz")
        .header("x-long", &long)
        .open()
        .await;
    assert_eq!(answer.status(), 431);
}
