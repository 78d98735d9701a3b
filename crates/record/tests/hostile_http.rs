//! What the replay server serves nobody: web pages, other hosts, malformed and endless requests.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use fastrand::Rng;
use landbridge_core::backend::{Exchange, ExchangeAnswer, Tap};
use landbridge_record::{Recorder, Replay, Rest};

const BODY: &str = "Action=DescribeVpcs&Version=2016-11-15";

fn recorded(folder: &std::path::Path) {
    let recorder = Recorder::create(folder).expect("an empty directory");
    let form = [(
        "content-type".to_owned(),
        "application/x-www-form-urlencoded".to_owned(),
    )];
    let json = [("content-type".to_owned(), "application/json".to_owned())];
    let asked = Exchange::new("POST", "https://ec2.example/", &form, BODY.as_bytes());
    recorder.take(asked.with_answer(ExchangeAnswer::new(200, &json, b"{\"VpcId\":\"vpc-1\"}")));
    assert_eq!(recorder.finish().expect("written"), 1);
}

/// What a client does when it has sent all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// It says that there is no more. A server may take that for the end of its client and not answer.
    Close,
    Wait,
}

fn exchange(address: &str, bytes: &[u8], then: Then) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    // Only a hang takes so long.
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.set_write_timeout(Some(Duration::from_secs(20)))?;
    let _ = stream.write_all(bytes);
    if then == Then::Close {
        let _ = stream.shutdown(Shutdown::Write);
    }
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if error.kind() != std::io::ErrorKind::ConnectionReset => Err(error),
        _ => Ok(String::from_utf8_lossy(&answer).into_owned()),
    }
}

fn request(host: &str, more: &str) -> String {
    let length = BODY.len();
    format!(
        "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n{more}\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{BODY}"
    )
}

/// A replay on threads of its own, for clients that block.
struct Stage {
    address: String,
    replay: Replay,
    _runtime: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
}

impl Stage {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a directory");
        recorded(folder.path());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let replay = runtime
            .block_on(Replay::start(folder.path(), Rest::Repeat))
            .expect("a recording");
        Self {
            address: replay.url().trim_start_matches("http://").to_owned(),
            replay,
            _runtime: runtime,
            _folder: folder,
        }
    }

    fn status(&self, request: &str) -> String {
        let answer = exchange(&self.address, request.as_bytes(), Then::Wait).expect("an end");
        answer.split(' ').nth(1).unwrap_or_default().to_owned()
    }
}

#[test]
fn web_pages_and_other_hosts_are_refused() {
    let stage = Stage::start();
    let port = stage.address.rsplit(':').next().expect("a port");
    assert_eq!(stage.status(&request(&stage.address, "")), "200");
    assert_eq!(
        stage.status(&request(&format!("localhost:{port}"), "")),
        "200"
    );
    assert_eq!(
        stage.status(&request(&format!("evil.example:{port}"), "")),
        "421"
    );
    for more in [
        "Origin: https://evil.example\r\n",
        "Origin: null\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
    ] {
        assert_eq!(
            stage.status(&request(&stage.address, more)),
            "403",
            "{more}"
        );
    }
    let body = "a".repeat(2 * 1024 * 1024);
    let long = format!(
        "POST / HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\r\n{body}",
        stage.address,
        body.len()
    );
    assert!(["413", ""].contains(&stage.status(&long).as_str()));
    assert!(
        stage.replay.unmatched().is_empty(),
        "{:?}",
        stage.replay.unmatched()
    );
}

#[test]
fn thousands_of_malformed_requests_neither_stop_nor_stall_the_server() {
    let seed = std::env::var("LANDBRIDGE_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or(20_261_129);
    let stage = Stage::start();
    let mut random = Rng::with_seed(seed);
    let good = request(&stage.address, "");
    let mut answered = 0;
    for case in 0..2000 {
        let mut bytes = good.clone().into_bytes();
        for _ in 0..=random.usize(..5) {
            let at = random.usize(..bytes.len().max(1));
            match random.usize(..4) {
                0 if !bytes.is_empty() => bytes[at] = random.u8(..),
                1 => bytes.truncate(at),
                2 => {
                    let many = vec![random.u8(..); random.usize(..3000)];
                    bytes.splice(at..at, many);
                }
                _ => {
                    let end = at + random.usize(..(bytes.len() - at).max(1));
                    bytes.drain(at..end);
                }
            }
        }
        let answer = exchange(&stage.address, &bytes, Then::Close)
            .unwrap_or_else(|error| panic!("LANDBRIDGE_SEED={seed}, case {case}: {error}"));
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1."),
            "LANDBRIDGE_SEED={seed}, case {case}: {answer}"
        );
        answered += usize::from(!answer.is_empty());
    }
    assert!(answered > 500, "{answered}");
    assert_eq!(stage.status(&good), "200", "the server still answers");
}
