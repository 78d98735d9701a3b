//! Certificates.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum_server::tls_rustls::RustlsConfig;
use landbridge_core::{Error, ErrorKind, Result};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The files of a certificate and its key, both PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsFiles {
    /// The certificate, and those that lead from it to a root.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl TlsFiles {
    /// These files.
    pub fn new(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self {
            certificate: certificate.into(),
            key: key.into(),
        }
    }
}

/// A certificate in use, and the bytes that it was read from.
pub(super) struct Certificate {
    files: TlsFiles,
    read: (Vec<u8>, Vec<u8>),
    pub(super) config: RustlsConfig,
}

impl Certificate {
    pub(super) fn read(files: TlsFiles) -> Result<Self> {
        let read = bytes(&files)?;
        let config = RustlsConfig::from_config(config(&files, &read)?);
        Ok(Self {
            files,
            read,
            config,
        })
    }

    /// Takes the files if they have changed. Connections that are open keep the certificate that they have.
    pub(super) fn refresh(&mut self) -> Result<()> {
        let read = bytes(&self.files)?;
        if read == self.read {
            return Ok(());
        }
        self.config.reload_from_config(config(&self.files, &read)?);
        self.read = read;
        tracing::info!(file = %self.files.certificate.display(), "a new certificate is used");
        Ok(())
    }
}

// Both are small, and on this machine.
fn bytes(files: &TlsFiles) -> Result<(Vec<u8>, Vec<u8>)> {
    let read = |path: &Path| {
        std::fs::read(path).map_err(|error| {
            let message = format!("cannot read `{}`: {error}", path.display());
            Error::new(ErrorKind::InvalidInput, message).with_source(error)
        })
    };
    Ok((read(&files.certificate)?, read(&files.key)?))
}

fn config(files: &TlsFiles, (certificate, key): &(Vec<u8>, Vec<u8>)) -> Result<Arc<ServerConfig>> {
    let invalid = |path: &Path, expected: &str| {
        let message = format!("invalid file `{}`: expected {expected}", path.display());
        Error::new(ErrorKind::InvalidInput, message)
    };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(certificate)
        .collect::<std::result::Result<_, _>>()
        .map_err(|_| invalid(&files.certificate, "certificates in PEM"))?;
    let key = PrivateKeyDer::from_pem_slice(key);
    let key = key.map_err(|_| invalid(&files.key, "a private key in PEM"))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(ErrorKind::Failed, format!("TLS: {error}")))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| {
            let expected = format!(
                "a certificate with the key `{}` ({error})",
                files.key.display()
            );
            invalid(&files.certificate, &expected)
        })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
