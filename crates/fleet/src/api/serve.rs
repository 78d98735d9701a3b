//! The server: its transport, its limits, and its end.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use axum_server::Handle;
use axum_server::tls_rustls::RustlsAcceptor;
use landbridge_core::{Error, ErrorKind, Result};
use tokio_util::sync::CancellationToken;

use super::Api;
use super::tls::{Certificate, TlsFiles};

/// How often it is looked whether the files of a certificate have changed.
const REFRESH: Duration = Duration::from_secs(60);
/// How long requests may take to end once the server is told to stop.
const GRACE: Duration = Duration::from_secs(10);
/// How long the headers of a request may take, how many they are, and their bytes.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
const HEADERS: usize = 64;
const HEADER_BYTES: usize = 32 << 10;

/// How requests come in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Transport {
    /// Over TLS.
    Tls(TlsFiles),
    /// In clear, from this machine only.
    Loopback,
    /// In clear, from anywhere: only behind a proxy that ends TLS, on a network that others cannot read.
    BehindProxy,
}

impl Api {
    /// Serves until it is told to stop: then watches end, requests under way get ten seconds, and the rest is cut off.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for files that are no certificate and key, and for [`Transport::Loopback`] on an
    /// address that others reach; [`Failed`](ErrorKind::Failed) for what keeps the listener from listening.
    pub async fn serve(
        &self,
        listener: TcpListener,
        transport: Transport,
        stop: CancellationToken,
    ) -> Result<()> {
        let failed = |error: std::io::Error| {
            Error::new(ErrorKind::Failed, format!("cannot serve: {error}")).with_source(error)
        };
        let address = listener.local_addr().map_err(failed)?;
        if transport == Transport::Loopback && !address.ip().is_loopback() {
            let message = format!(
                "invalid address `{address}`: expected one of loopback, because nothing is encrypted"
            );
            return Err(Error::new(ErrorKind::InvalidInput, message)
                .with_remedy("give a certificate, or say that a proxy in front ends TLS"));
        }
        let certificate = match transport {
            Transport::Tls(files) => Some(Certificate::read(files)?),
            Transport::Loopback | Transport::BehindProxy => None,
        };
        let handle = Handle::new();
        let serving = self.listen(listener, certificate.as_ref(), handle.clone());
        tokio::pin!(serving);
        tokio::select! {
            served = &mut serving => served.map_err(failed),
            () = self.tend(certificate, stop) => {
                self.shared.stop.cancel();
                handle.graceful_shutdown(Some(GRACE));
                serving.await.map_err(failed)
            }
        }
    }

    fn listen(
        &self,
        listener: TcpListener,
        certificate: Option<&Certificate>,
        handle: Handle<SocketAddr>,
    ) -> impl Future<Output = io::Result<()>> + use<> {
        let routes = self.router().into_make_service();
        let config = certificate.map(|certificate| certificate.config.clone());
        async move {
            let mut server = axum_server::from_tcp(listener)?.handle(handle);
            server = server.first_request_timeout(HEADERS_WITHIN);
            let mut http1 = server.http_builder().http1();
            http1.max_headers(HEADERS).max_buf_size(HEADER_BYTES);
            http1.header_read_timeout(HEADERS_WITHIN);
            match config {
                Some(config) => {
                    let acceptor = RustlsAcceptor::new(config);
                    server.acceptor(acceptor).serve(routes).await
                }
                None => server.serve(routes).await,
            }
        }
    }

    /// Takes new certificates until the server is told to stop.
    async fn tend(&self, mut certificate: Option<Certificate>, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.shared.reload.notified() => {}
                () = self.shared.clock.sleep(REFRESH) => {}
            }
            let refreshed = certificate.as_mut().map_or(Ok(()), Certificate::refresh);
            if let Err(error) = refreshed {
                tracing::warn!(%error, "the certificate stays as it was");
            }
        }
    }
}
