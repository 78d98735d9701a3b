//! Requests take the way that the user set, through a proxy as companies have it: it asks for a password, opens the TLS
//! connections and closes them with certificates of the company's own authority.
//!
//! Behind it stands the simulator. Both backends believe that they speak to the clouds' public endpoints.

use std::process::Command;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use landbridge::aliyun::credential::StaticCredentials;
use landbridge::aliyun::{Aliyun, HttpOptions};
use landbridge::aws::Aws;
use landbridge::core::memory::ManualClock;
use landbridge::core::{Clock, CloudProvider, Error, ErrorKind, Place, Region, Result, Select};
use landbridge_sim::{AccountKeys, AccountSpec, Simulator};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_rustls::TlsAcceptor;

use time::SimulatedTime;

#[path = "../examples/common/time.rs"]
mod time;

/// The clouds' endpoints, as the proxy's certificate names them.
const ENDPOINTS: [&str; 3] = [
    "*.aliyuncs.com",
    "*.cn-hangzhou.aliyuncs.com",
    "*.us-east-1.amazonaws.com",
];

/// A company's own authority, and what the proxy shows in the clouds' name.
struct Company {
    root: String,
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

/// Made once for all tests; nobody trusts it but they.
fn company() -> &'static Company {
    static COMPANY: LazyLock<Company> = LazyLock::new(|| {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().expect("a key");
        let root = authority.self_signed(&key).expect("a root").pem();
        let issuer = Issuer::new(authority, key);
        let shown = CertificateParams::new(ENDPOINTS.map(str::to_owned)).expect("names");
        let key = KeyPair::generate().expect("a key");
        let certificate = shown.signed_by(&key, &issuer).expect("a certificate");
        Company {
            root,
            certificate: certificate.der().clone(),
            key: key.serialize_der(),
        }
    });
    &COMPANY
}

/// `user:CANARY-password`
const AUTHORIZATION: &str = "proxy-authorization: basic dxnlcjpdqu5bulktcgfzc3dvcmq=";
const CLOUDS: [(&str, &str, &str); 2] = [
    ("aliyun", "1234567890123456", "cn-hangzhou"),
    ("aws", "111122223333", "us-east-1"),
];

struct Proxy {
    address: String,
    heads: UnboundedReceiver<String>,
}

impl Proxy {
    /// A proxy that opens TLS and hands what is inside to `behind`, or refuses each request when nothing is behind it.
    async fn start(behind: Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound").to_string();
        let (sender, heads) = unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, behind.clone(), sender.clone()));
            }
        });
        Self { address, heads }
    }

    /// The heads of the requests so far, in small letters.
    fn heard(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.heads.try_recv().ok()).collect()
    }
}

async fn serve(
    mut stream: TcpStream,
    behind: Option<String>,
    heads: UnboundedSender<String>,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let _ = heads.send(String::from_utf8_lossy(&head).to_lowercase());
    let Some(behind) = behind else {
        let refusal = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n";
        return stream.write_all(refusal).await;
    };
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    let mut inside = acceptor().accept(stream).await?;
    let mut server = TcpStream::connect(behind).await?;
    copy_bidirectional(&mut inside, &mut server).await?;
    Ok(())
}

fn acceptor() -> TlsAcceptor {
    let Company {
        certificate, key, ..
    } = company();
    let (certificate, key) = (certificate.clone(), PrivatePkcs8KeyDer::from(key.clone()));
    let config =
        ServerConfig::builder_with_provider(rustls::crypto::aws_lc_rs::default_provider().into());
    let config = config.with_safe_default_protocol_versions().expect("TLS");
    let config = config.with_no_client_auth();
    let config = config.with_single_cert(vec![certificate], key.into());
    TlsAcceptor::from(Arc::new(config.expect("a certificate")))
}

struct Behind {
    simulator: Simulator,
    proxy: Proxy,
}

impl Behind {
    async fn start() -> Self {
        let simulator = Simulator::start().await.expect("starts");
        let address = simulator.url().replace("http://", "");
        let proxy = Proxy::start(Some(address)).await;
        Self { simulator, proxy }
    }

    fn options(&self) -> HttpOptions {
        let url = format!("http://user:CANARY-password@{}", self.proxy.address);
        HttpOptions::new().with_proxy(&url).expect("a proxy")
    }

    /// Who the keys belong to, as the cloud of this name says, which is also asked for networks.
    async fn ask(&self, cloud: &str, options: HttpOptions) -> Result<String> {
        let (_, account, region) = CLOUDS
            .into_iter()
            .find(|one| one.0 == cloud)
            .expect("known");
        let keys = self.simulator.provision(AccountSpec::new(cloud, account));
        let clock: Arc<dyn Clock> = Arc::new(SimulatedTime(self.simulator.clone()));
        let provider = provider(cloud, account, keys, clock, options, None)?;
        let place = Place::new(cloud.into(), account, Region::new(region));
        let cloud = provider.cloud(&place).await?;
        let caller = cloud.caller_identity().await?;
        cloud.list_networks(&Select::All).await?;
        Ok(caller.account.to_string())
    }
}

fn provider(
    cloud: &str,
    account: &str,
    keys: AccountKeys,
    clock: Arc<dyn Clock>,
    options: HttpOptions,
    endpoint: Option<&str>,
) -> Result<Arc<dyn CloudProvider>> {
    let secret = keys.access_key_secret.as_str();
    let keys = Arc::new(StaticCredentials::new(&keys.access_key_id, secret));
    if cloud == "aws" {
        let mut builder = Aws::builder().clock(clock).http(options);
        if let Some(address) = endpoint {
            builder = builder.endpoint(address)?;
        }
        return Ok(Arc::new(builder.credentials(account, keys).build()?));
    }
    let mut builder = Aliyun::builder().clock(clock).http(options);
    if let Some(address) = endpoint {
        builder = builder.endpoint(address)?;
    }
    Ok(Arc::new(builder.credentials(account, keys).build()?))
}

#[tokio::test]
async fn calls_reach_the_cloud_through_a_proxy_that_opens_tls() {
    for (cloud, account, region) in CLOUDS {
        let mut behind = Behind::start().await;
        let options = behind
            .options()
            .with_root_certificates(&company().root)
            .expect("PEM");
        let caller = behind.ask(cloud, options).await.expect(cloud);
        assert_eq!(caller, account);
        assert!(behind.simulator.calls().len() >= 2);
        let heard = behind.proxy.heard();
        assert!(!heard.is_empty());
        for head in &heard {
            assert!(head.starts_with("connect "), "{head}");
            assert!(head.contains(AUTHORIZATION), "{head}");
        }
        assert!(heard.iter().any(|head| head.contains(region)), "{heard:?}");
    }
}

#[tokio::test]
async fn a_proxy_that_opens_tls_is_refused_without_its_root_certificate() {
    for (cloud, ..) in CLOUDS {
        let mut behind = Behind::start().await;
        let options = behind.options();
        let error = behind.ask(cloud, options).await.expect_err(cloud);
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(!behind.proxy.heard().is_empty());
        assert_eq!(behind.simulator.calls().len(), 0);
        let told = format!("{error} {error:?} {:?}", sources(&error));
        assert!(!told.contains("CANARY"), "a password was told");
        assert!(told.to_lowercase().contains("certificate"), "{told}");
    }
}

fn sources(error: &Error) -> Vec<String> {
    let first = std::error::Error::source(error);
    let all = std::iter::successors(first, |source| source.source());
    all.map(ToString::to_string).collect()
}

/// The name of the host resolves nowhere, so nothing leaves this machine.
const NOWHERE: &str = "https://cloud.invalid";
const CHILD: &str = "LANDBRIDGE_TEST_BEHIND_PROXY";

/// Runs the test of this name again, in a process of its own with these variables.
async fn again(test: &'static str, variables: Vec<(&'static str, String)>) {
    let run = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        command.args(["--exact", test]).env(CHILD, "1");
        command.envs(variables).output().expect("runs")
    });
    let output = run.await.expect("no panic");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
}

/// One call of each cloud with the options that everybody gets, which fails.
async fn calls_with_default_options() {
    for (cloud, account, region) in CLOUDS {
        let simulator = Simulator::start().await.expect("starts");
        let keys = simulator.provision(AccountSpec::new(cloud, account));
        let clock = Arc::new(ManualClock::new());
        let options = HttpOptions::new().with_timeout(Duration::from_secs(5));
        let provider = provider(cloud, account, keys, clock, options, Some(NOWHERE));
        let place = Place::new(cloud.into(), account, Region::new(region));
        let cloud = provider
            .expect("builds")
            .cloud(&place)
            .await
            .expect("a place");
        let error = cloud
            .list_networks(&Select::All)
            .await
            .expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    }
}

#[tokio::test]
async fn the_proxy_of_the_environment_is_used_by_both_clouds() {
    if std::env::var_os(CHILD).is_some() {
        return calls_with_default_options().await;
    }
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let mut proxy = Proxy::start(None).await;
        let url = format!("http://{}", proxy.address);
        let test = "the_proxy_of_the_environment_is_used_by_both_clouds";
        again(test, vec![(variable, url)]).await;
        let heard = proxy.heard();
        let connects = heard
            .iter()
            .filter(|head| head.starts_with("connect cloud.invalid:443"));
        assert!(connects.count() >= CLOUDS.len(), "{variable}: {heard:?}");
    }
}

#[tokio::test]
async fn hosts_that_the_environment_excepts_are_asked_without_the_proxy() {
    if std::env::var_os(CHILD).is_some() {
        return calls_with_default_options().await;
    }
    for excepted in ["cloud.invalid", ".invalid", "*"] {
        let mut proxy = Proxy::start(None).await;
        let url = format!("http://{}", proxy.address);
        let test = "hosts_that_the_environment_excepts_are_asked_without_the_proxy";
        again(
            test,
            vec![("HTTPS_PROXY", url), ("NO_PROXY", excepted.into())],
        )
        .await;
        assert_eq!(proxy.heard(), Vec::<String>::new(), "{excepted}");
    }
}
