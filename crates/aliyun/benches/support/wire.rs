//! A server on loopback, the client of a place there, and a bare `reqwest` that sends the same bytes.
#![allow(dead_code, reason = "the test and the bench each use a part")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use landbridge_aliyun::bench_support::networks;
use landbridge_aliyun::credential::StaticCredentials;
use landbridge_aliyun::{Aliyun, AliyunCloud, Product, RateLimits};
use landbridge_core::{CloudName, Network, Place, Select};

use super::support::{ID, NONCE, PARAMS, SECRET, prepared, vpcs};
use super::typed;

const NETWORKS: usize = 10;

/// Answers every request with the same networks, and gives its address.
pub(crate) fn server() -> String {
    let body = vpcs(NETWORKS);
    let reply = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-acs-request-id: C779A90E\r\n\
         date: Sun, 06 Nov 1994 08:49:37 GMT\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let reply: Arc<[u8]> = reply.into_bytes().into();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let reply = Arc::clone(&reply);
            std::thread::spawn(move || serve(stream, &reply));
        }
    });
    format!("http://{address}")
}

fn serve(mut stream: TcpStream, reply: &[u8]) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if line == "\r\n" {
                break;
            }
            let header = line.to_ascii_lowercase();
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or_default();
            }
        }
        reader.read_exact(&mut vec![0; length])?;
        stream.write_all(reply)?;
    }
}

pub(crate) fn cloud(address: &str) -> AliyunCloud {
    let mut limits = RateLimits::default();
    (limits.per_second, limits.burst, limits.floor) = (1e9, 1e9, 1e9);
    let account = "1234567890123456";
    let provider = Aliyun::builder()
        .endpoint(address)
        .expect("loopback")
        .rate_limits(limits)
        .credentials(account, Arc::new(StaticCredentials::new(ID, SECRET)))
        .build()
        .expect("a provider");
    let cloud = CloudName::from_static("aliyun");
    provider
        .place(&Place::new(cloud, account, "cn-hangzhou"))
        .expect("a place")
}

pub(crate) async fn records(cloud: &AliyunCloud) {
    let all = cloud.list_networks(&Select::Topology("perf".into())).await;
    assert_eq!(all.expect("an answer").len(), NETWORKS);
}

pub(crate) async fn value(cloud: &AliyunCloud) {
    let client = cloud.client();
    let value = client.call(Product::Vpc, "DescribeVpcs", PARAMS).await;
    assert!(value.expect("an answer")["TotalCount"].is_number());
}

/// The client without Landbridge: as it is set up there, and sending what it would send.
pub(crate) struct Bare {
    http: reqwest::Client,
    url: reqwest::Url,
    headers: HeaderMap,
    body: String,
}

impl Bare {
    pub(crate) fn new(address: &str) -> Self {
        let signed = prepared(address, "DescribeVpcs", PARAMS).signed(SystemTime::now(), NONCE);
        let (headers, body) = signed.expect("signs");
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(30))
            .user_agent("landbridge")
            .no_proxy()
            .build()
            .expect("a client");
        Self {
            http,
            url: address.parse().expect("an address"),
            headers,
            body,
        }
    }

    async fn answer(&self) -> Vec<u8> {
        let request = self.http.post(self.url.clone());
        let request = request
            .headers(self.headers.clone())
            .body(self.body.clone());
        let mut response = request.send().await.expect("an answer");
        let mut all = Vec::new();
        while let Some(chunk) = response.chunk().await.expect("a chunk") {
            all.extend_from_slice(&chunk);
        }
        all
    }

    pub(crate) async fn records(&self) {
        assert_eq!(typed::records(&self.answer().await).len(), NETWORKS);
    }

    /// With Landbridge's own reading, to see what the rest of a call costs.
    pub(crate) async fn read(&self) {
        let answer = String::from_utf8(self.answer().await).expect("text");
        assert_eq!(networks(&answer).expect("reads").len(), NETWORKS);
    }

    pub(crate) async fn value(&self) {
        let value: serde_json::Value = serde_json::from_slice(&self.answer().await).expect("JSON");
        assert!(value["TotalCount"].is_number());
    }
}
