use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::error::{Error, ErrorKind, Result};

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// How the HTTP client of a provider reaches the cloud.
///
/// An endpoint on loopback is always reached without a proxy.
///
/// Behind a company's proxy that asks for a password and opens TLS:
///
/// ```
/// use std::time::Duration;
/// use landbridge_core::backend::HttpOptions;
///
/// # fn options(company_root: &str) -> landbridge_core::Result<HttpOptions> {
/// let options = HttpOptions::new()
///     .with_proxy("http://user:password@proxy.example:3128")?
///     .with_root_certificates(company_root)?
///     .with_connect_timeout(Duration::from_secs(10))
///     .with_timeout(Duration::from_secs(60));
/// # Ok(options)
/// # }
/// # let pem = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
/// # assert!(!format!("{:?}", options(pem)?).contains("password"));
/// # Ok::<(), landbridge_core::Error>(())
/// ```
///
/// The builders of the backends take it: `Aliyun::builder().http(options)`, `Aws::builder().http(options)`. The HTTP client
/// itself cannot be replaced: which one it is, is not part of the interface.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    proxy: Proxy,
    root_certificates: Vec<String>,
    connect_timeout: Duration,
    read_timeout: Option<Duration>,
    timeout: Duration,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl HttpOptions {
    /// The proxy that the process's environment names, the machine's root certificates and the default timeouts.
    pub fn new() -> Self {
        Self {
            proxy: Proxy::Environment,
            root_certificates: Vec::new(),
            connect_timeout: Duration::from_secs(5),
            read_timeout: None,
            timeout: Duration::from_secs(30),
        }
    }

    /// Sends requests through this proxy, which `HTTPS_PROXY` and the like do not change: `http://host:port` or
    /// `https://host:port`, with `user:password@` before the host if the proxy asks for them. Default: the proxy that
    /// `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` name, if any.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for another address. The error does not quote a password.
    pub fn with_proxy(mut self, address: &str) -> Result<Self> {
        check_proxy(address)?;
        self.proxy = Proxy::Address(ProxyAddress(address.into()));
        Ok(self)
    }

    /// Uses no proxy, whatever the environment says.
    #[must_use]
    pub fn without_proxy(mut self) -> Self {
        self.proxy = Proxy::None;
        self
    }

    /// Trusts these root certificates, one or more in PEM, beside the machine's own. Can be called again for others.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a text that holds no PEM certificate. A certificate that cannot be
    /// read is refused when the provider is built.
    pub fn with_root_certificates(mut self, pem: &str) -> Result<Self> {
        if !pem.contains(BEGIN) || pem.matches(BEGIN).count() != pem.matches(END).count() {
            return Err(Self::invalid_root_certificates());
        }
        self.root_certificates.push(pem.to_owned());
        Ok(self)
    }

    /// Sets how long connecting may take. Default 5 s.
    #[must_use]
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how long the cloud may send nothing while its answer is awaited. Default: as long as the
    /// [timeout](Self::with_timeout) lasts.
    #[must_use]
    pub fn with_read_timeout(mut self, timeout: Duration) -> Self {
        self.read_timeout = Some(timeout);
        self
    }

    /// Sets how long one attempt may take in all. Default 30 s.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The same for a provider with an endpoint on loopback: the proxy of the environment is left out, because it cannot
    /// reach this machine.
    #[must_use]
    pub fn for_local_endpoint(self) -> Self {
        match self.proxy {
            Proxy::Environment => self.without_proxy(),
            _ => self,
        }
    }

    /// The proxy.
    pub fn proxy(&self) -> &Proxy {
        &self.proxy
    }

    /// The PEM texts of root certificates that are trusted beside the machine's.
    pub fn root_certificates(&self) -> &[String] {
        &self.root_certificates
    }

    /// How long connecting may take.
    pub fn connect_timeout(&self) -> Duration {
        self.connect_timeout
    }

    /// How long the cloud may send nothing while its answer is awaited.
    pub fn read_timeout(&self) -> Option<Duration> {
        self.read_timeout
    }

    /// How long one attempt may take in all.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The error for root certificates that cannot be read, for the backends that read them.
    pub fn invalid_root_certificates() -> Error {
        let message =
            format!("invalid root certificates: expected X.509 certificates in PEM (`{BEGIN}`)");
        Error::new(ErrorKind::InvalidInput, message)
            .with_remedy("check that the text is the whole file of a certificate authority")
    }
}

/// Which proxy requests go through.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Proxy {
    /// The one that the process's environment names, if any.
    Environment,
    /// None.
    None,
    /// This one.
    Address(ProxyAddress),
}

/// The URL of a proxy. `Debug` shows nothing of it, because it may hold a password.
#[derive(Clone)]
pub struct ProxyAddress(SecretString);

impl ProxyAddress {
    /// The URL, with user and password if they were given.
    pub fn expose_url(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyAddress").finish_non_exhaustive()
    }
}

fn check_proxy(address: &str) -> Result<()> {
    let rest = ["http://", "https://"]
        .iter()
        .find_map(|scheme| address.strip_prefix(scheme));
    let authority = rest.map(|rest| rest.strip_suffix('/').unwrap_or(rest));
    let host = authority.map(|text| text.rsplit('@').next().unwrap_or_default());
    // A proxy is no endpoint, but its host and port are written as an endpoint's are.
    let is_valid = host.is_some_and(|host| super::EndpointAddress::parse(host).is_ok())
        && address.bytes().all(|byte| byte.is_ascii_graphic());
    if is_valid {
        return Ok(());
    }
    let shown = host.unwrap_or_else(|| address.rsplit('@').next().unwrap_or_default());
    let message =
        format!("invalid proxy `{shown}`: expected `http://host:port` or `https://host:port`");
    Err(Error::new(ErrorKind::InvalidInput, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_an_http_url_and_its_password_stays_hidden() {
        let options = HttpOptions::new();
        for address in [
            "http://proxy:3128",
            "https://proxy.example.com/",
            "http://u:s3cret@127.0.0.1:1",
            "http://[::1]:2",
        ] {
            let options = options.clone().with_proxy(address).expect(address);
            assert!(!format!("{options:?}").contains("s3cret"));
        }
        for address in [
            "proxy:3128",
            "socks5://u:s3cret@h",
            "http://u:s3cret@h/x",
            "",
        ] {
            let error = options.clone().with_proxy(address).expect_err(address);
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(!error.to_string().contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn a_text_without_a_certificate_is_refused() {
        for pem in ["", "MIIB", "-----BEGIN PRIVATE KEY-----", BEGIN] {
            let error = HttpOptions::new().with_root_certificates(pem);
            let error = error.expect_err(pem);
            assert!(error.message().contains("invalid root certificates"));
        }
    }
}
