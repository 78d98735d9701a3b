//! A small independent client: its own signing, its own HTTP.

#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used)]

pub mod aws;
pub mod aws_agents;
pub mod aws_stage;
pub mod insights;
pub mod peered;
pub mod site;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use hmac::{Hmac, KeyInit, Mac};
use landbridge_sim::{AccountKeys, AccountSpec, Simulator};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub const STS: &str = "2015-04-01";
pub const RAM: &str = "2015-05-01";
pub const CDT: &str = "2021-08-13";
pub const VPC: &str = "2016-04-28";
pub const CBN: &str = "2017-09-12";
pub const ECS: &str = "2014-05-26";
pub const EXPRESS_CONNECT: &str = "2023-09-01";
pub const VPC_PEER: &str = "2022-01-01";
pub const NIS: &str = "2021-12-16";

static NONCE: AtomicU64 = AtomicU64::new(1);

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Value,
}

impl Answer {
    pub fn code(&self) -> &str {
        self.body["Code"].as_str().unwrap_or_default()
    }

    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    #[track_caller]
    pub fn refused(self, code: &str) {
        assert_ne!(self.status, 200, "{}", self.body);
        assert_eq!(self.code(), code, "{}", self.body);
    }

    /// Of the product that reports success and failure inside the body.
    #[track_caller]
    pub fn succeeded(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        let says = (&self.body["Success"], self.code());
        assert_eq!(says, (&Value::Bool(true), "200"), "{}", self.body);
        self.body
    }

    #[track_caller]
    pub fn refused_inside(self, code: &str) {
        assert_eq!(self.status, 200, "{}", self.body);
        let says = (&self.body["Success"], self.code());
        assert_eq!(says, (&Value::Bool(false), code), "{}", self.body);
    }
}

#[derive(Clone)]
pub struct Client {
    pub address: String,
    pub key_id: String,
    pub secret: String,
    pub token: Option<String>,
}

/// What a test changes about a request.
#[derive(Default)]
pub struct Twist {
    pub nonce: Option<String>,
    pub date: Option<SystemTime>,
    pub host: Option<String>,
    pub in_query: bool,
    pub unsigned: bool,
}

impl Client {
    pub fn new(simulator: &Simulator, keys: &AccountKeys) -> Self {
        Self {
            address: simulator.url().trim_start_matches("http://").to_owned(),
            key_id: keys.access_key_id.clone(),
            secret: keys.access_key_secret.clone(),
            token: None,
        }
    }

    /// A client with the credentials that an answer of STS holds.
    pub fn with_session(&self, answer: &Value) -> Self {
        let credential = |name: &str| text(&answer["Credentials"][name]);
        Self {
            key_id: credential("AccessKeyId"),
            secret: credential("AccessKeySecret"),
            token: Some(credential("SecurityToken")),
            ..self.clone()
        }
    }

    pub async fn call(&self, version: &str, action: &str, parameters: &[(&str, &str)]) -> Answer {
        self.twisted(version, action, parameters, Twist::default())
            .await
            .unwrap()
    }

    pub async fn ok(&self, version: &str, action: &str, parameters: &[(&str, &str)]) -> Value {
        let answer = self.call(version, action, parameters).await;
        assert_eq!(answer.status, 200, "{action}: {}", answer.body);
        answer.body
    }

    pub async fn twisted(
        &self,
        version: &str,
        action: &str,
        parameters: &[(&str, &str)],
        twist: Twist,
    ) -> std::io::Result<Answer> {
        let text = form(parameters);
        let (query, body) = if twist.in_query {
            (text, String::new())
        } else {
            (String::new(), text)
        };
        let date = jiff::Timestamp::try_from(twist.date.unwrap_or_else(SystemTime::now)).unwrap();
        let nonce = twist
            .nonce
            .unwrap_or_else(|| format!("nonce-{}", NONCE.fetch_add(1, Ordering::Relaxed)));
        let mut headers = BTreeMap::from([
            (
                "host".to_owned(),
                twist.host.unwrap_or_else(|| self.address.clone()),
            ),
            ("x-acs-action".to_owned(), action.to_owned()),
            ("x-acs-version".to_owned(), version.to_owned()),
            (
                "x-acs-date".to_owned(),
                date.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            ),
            ("x-acs-signature-nonce".to_owned(), nonce),
            (
                "x-acs-content-sha256".to_owned(),
                hex::encode(Sha256::digest(body.as_bytes())),
            ),
        ]);
        if !body.is_empty() {
            headers.insert(
                "content-type".to_owned(),
                "application/x-www-form-urlencoded".to_owned(),
            );
        }
        if let Some(token) = &self.token {
            headers.insert("x-acs-security-token".to_owned(), token.clone());
        }
        let authorization = self.authorization(&headers, &query);
        if !twist.unsigned {
            headers.insert("authorization".to_owned(), authorization);
        }
        let target = if query.is_empty() {
            "/".to_owned()
        } else {
            format!("/?{query}")
        };
        exchange(&self.address, "POST", &target, &headers, &body).await
    }

    fn authorization(&self, headers: &BTreeMap<String, String>, query: &str) -> String {
        let mut pairs: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
        pairs.sort_unstable();
        let names: Vec<&str> = headers.keys().map(String::as_str).collect();
        let lines: String = headers
            .iter()
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        let (names, hash) = (names.join(";"), &headers["x-acs-content-sha256"]);
        let canonical = format!("POST\n/\n{}\n{lines}\n{names}\n{hash}", pairs.join("&"));
        let to_sign = format!(
            "ACS3-HMAC-SHA256\n{}",
            hex::encode(Sha256::digest(canonical.as_bytes()))
        );
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(self.secret.as_bytes()).unwrap();
        mac.update(to_sign.as_bytes());
        let signature = hex::encode(mac.finalize().into_bytes());
        format!(
            "ACS3-HMAC-SHA256 Credential={},SignedHeaders={names},Signature={signature}",
            self.key_id
        )
    }
}

pub fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte))
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

pub fn form(parameters: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    pairs.join("&")
}

pub async fn exchange(
    address: &str,
    method: &str,
    target: &str,
    headers: &BTreeMap<String, String>,
    body: &str,
) -> std::io::Result<Answer> {
    parse(&send(address, method, target, headers, body).await?)
}

/// The same, with the body of the answer as it came.
pub async fn exchange_raw(
    address: &str,
    method: &str,
    target: &str,
    headers: &BTreeMap<String, String>,
    body: &str,
) -> std::io::Result<(u16, String)> {
    let answer = send(address, method, target, headers, body).await?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    let broken = std::io::ErrorKind::UnexpectedEof;
    Ok((status.ok_or(broken)?, body.to_owned()))
}

async fn send(
    address: &str,
    method: &str,
    target: &str,
    headers: &BTreeMap<String, String>,
    body: &str,
) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let mut text = format!(
        "{method} {target} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.push_str(body);
    stream.write_all(text.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn parse(text: &str) -> std::io::Result<Answer> {
    let broken = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(broken)?;
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1)?.parse().ok())
        .ok_or_else(broken)?;
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers
        .get("content-length")
        .and_then(|length| length.parse::<usize>().ok())
        .ok_or_else(broken)?;
    if body.len() < length {
        return Err(broken());
    }
    Ok(Answer {
        status,
        headers,
        body: serde_json::from_str(body).unwrap_or(Value::Null),
    })
}

/// A request to the control interface.
pub async fn control(simulator: &Simulator, method: &str, path: &str, body: &str) -> Answer {
    let url = simulator.url();
    let address = url.trim_start_matches("http://");
    let headers = BTreeMap::from([("host".to_owned(), address.to_owned())]);
    exchange(address, method, path, &headers, body)
        .await
        .unwrap()
}

/// Longer than anything takes.
pub const LONG: Duration = Duration::from_secs(70);

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub const A: &str = "1234567890123456";
pub const B: &str = "1234567890123457";
pub const REGION: (&str, &str) = ("RegionId", "cn-hangzhou");

pub async fn start() -> (Simulator, Client) {
    start_with(AccountSpec::new("aliyun", A)).await
}

pub async fn start_with(spec: AccountSpec) -> (Simulator, Client) {
    let simulator = Simulator::start().await.expect("a loopback port");
    let keys = simulator.provision(spec);
    let client = Client::new(&simulator, &keys);
    (simulator, client)
}

/// Another account.
pub fn stranger(simulator: &Simulator, account: &str) -> Client {
    Client::new(
        simulator,
        &simulator.provision(AccountSpec::new("aliyun", account)),
    )
}

pub async fn vpc(client: &Client, range: &str) -> Value {
    client
        .ok(VPC, "CreateVpc", &[REGION, ("CidrBlock", range)])
        .await
}
