//! `landbridge-fleet api`: orders over HTTP; and `api-key`.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use landbridge_core::SystemClock;
use landbridge_fleet::api::{Api, TlsFiles, Transport};
use landbridge_fleet::restate::RestateOrders;
use landbridge_fleet::tenants::{ApiKey, Tenants};
use landbridge_fleet::{FileStore, Fleet, Orders};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::args::{ApiArgs, FormArgs};
use super::exit::{Exit, Outcome};
use super::{clouds, signals, told};

pub(crate) async fn api(args: ApiArgs) -> Outcome<Exit> {
    let stop = CancellationToken::new();
    let signals = signals::listen(stop.clone()).map_err(anyhow::Error::new)?;
    let tenants = Tenants::from_file(&args.tenants)?;
    let api = Api::new(orders(&args)?, tenants, Arc::new(SystemClock::new()));
    let api = api.with_clouds(clouds::pictures());
    let transport = match (args.tls_cert, args.tls_key) {
        (Some(certificate), Some(key)) => Transport::Tls(TlsFiles::new(certificate, key)),
        _ if args.behind_proxy => Transport::BehindProxy,
        _ => Transport::Loopback,
    };
    let listener = TcpListener::bind(args.listen)
        .with_context(|| format!("cannot listen at {}", args.listen))?;
    let address = listener.local_addr().map_err(anyhow::Error::new)?;
    tracing::info!(%address, "orders are taken");
    let exit = tokio::select! {
        ended = api.serve(listener, transport, stop) => ended.map(|()| Exit::Ok),
        () = signals => Ok(Exit::Cancelled),
        never = reread(&api, &args.tenants) => match never {},
    };
    Ok(exit?)
}

fn orders(args: &ApiArgs) -> Outcome<Arc<dyn Orders>> {
    Ok(match &args.store {
        Some(folder) => {
            let store = Arc::new(FileStore::open(folder)?);
            Arc::new(Fleet::new(store, Arc::new(SystemClock::new())))
        }
        None => Arc::new(RestateOrders::new(
            &args.ingress.ingress,
            &args.admin.admin,
        )?),
    })
}

/// Reads tenants and certificates anew at each SIGHUP. A file with mistakes changes nothing.
#[cfg(unix)]
async fn reread(api: &Api, tenants: &Path) -> std::convert::Infallible {
    use tokio::signal::unix::{SignalKind, signal};
    let mut hangup = match signal(SignalKind::hangup()) {
        Ok(hangup) => hangup,
        Err(error) => {
            tracing::warn!(%error, "SIGHUP is not heard");
            return std::future::pending().await;
        }
    };
    loop {
        if hangup.recv().await.is_none() {
            return std::future::pending().await;
        }
        api.reload_certificates();
        match Tenants::from_file(tenants) {
            Ok(read) => {
                api.set_tenants(read);
                tracing::info!(file = %tenants.display(), "the tenants were read anew");
            }
            Err(error) => tracing::warn!(%error, "the tenants stay as they were"),
        }
    }
}

#[cfg(not(unix))]
async fn reread(_: &Api, _: &Path) -> std::convert::Infallible {
    std::future::pending().await
}

pub(crate) fn key(form: &FormArgs) -> Outcome<Exit> {
    let key = ApiKey::random()?;
    match form.json {
        true => told::json(&json!({ "key": key.reveal(), "sha256": key.hash() }))?,
        false => {
            told::line(&format!("key     {}", key.reveal()))?;
            told::line(&format!("sha256  {}", key.hash()))?;
        }
    }
    Ok(Exit::Ok)
}
