//! Malformed HTTP, requests of web pages and requests without end.

mod support;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

use fastrand::Rng;
use landbridge_sim::{AccountSpec, Simulator};
use support::{A, control};
use tokio::sync::oneshot;

/// A simulator on a thread of its own, for clients that block. It ends with the last value.
fn simulator() -> (Simulator, String, oneshot::Sender<()>) {
    let (stop, stopped) = oneshot::channel();
    let (started, simulator) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let simulator = Simulator::start().await.expect("a port");
            started.send(simulator).expect("the test waits for it");
            let _ = stopped.await;
        });
    });
    let simulator = simulator.recv().expect("it starts");
    simulator.provision(AccountSpec::new("aliyun", A));
    let address = simulator.url().trim_start_matches("http://").to_owned();
    (simulator, address, stop)
}

/// What a client does when it has sent all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// It says that there is no more. A server may take that for the end of its client and not answer.
    Close,
    Wait,
}

/// Sends bytes, and returns what is answered until the end.
fn exchange(address: &str, bytes: &[u8], then: Then) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    // Only a hang takes so long.
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.set_write_timeout(Some(Duration::from_secs(20)))?;
    // The server may have refused before everything was sent.
    let _ = stream.write_all(bytes);
    if then == Then::Close {
        let _ = stream.shutdown(Shutdown::Write);
    }
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if error.kind() != std::io::ErrorKind::ConnectionReset => Err(error),
        _ => Ok(answer),
    }
}

fn status(address: &str, request: &str) -> String {
    let answer = exchange(address, request.as_bytes(), Then::Wait).expect("an end");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

fn requests(address: &str) -> Vec<Vec<u8>> {
    [
        format!("GET /_sim/calls HTTP/1.1\r\nHost: {address}\r\n\r\n"),
        format!(
            "POST /_sim/accounts HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: 41\r\n\r\n\
             {{\"cloud\":\"aliyun\",\"id\":\"1234567890123459\"}}"
        ),
        format!(
            "POST / HTTP/1.1\r\nHost: {address}\r\nx-acs-action: DescribeVpcs\r\nx-acs-version: 2016-04-28\r\n\
             Authorization: ACS3-HMAC-SHA256 Credential=x,SignedHeaders=host,Signature=00\r\n\
             Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
        ),
        format!(
            "POST /?Action=DescribeVpcs&Version=2016-11-15 HTTP/1.1\r\nHost: {address}\r\nX-Amz-Date: 20260101T000000Z\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=AKIAX/20260101/eu-central-1/ec2/aws4_request, SignedHeaders=host, \
             Signature=00\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 39\r\n\r\n\
             Action=DescribeVpcs&Version=2016-11-15&"
        ),
        format!(
            "GET /?Action=DescribeVpcs&Version=2016-04-28&SignatureNonce=1&Signature=%2&AccessKeyId=x&Timestamp=2026 \
             HTTP/1.1\r\nHost: {address}\r\nAuthorization: ACS3\r\n\r\n"
        ),
    ]
    .map(String::into_bytes)
    .into()
}

fn mutated(mut bytes: Vec<u8>, random: &mut Rng) -> Vec<u8> {
    const PIECES: [&[u8]; 12] = [
        b"\r\n",
        b"\n",
        b"\0",
        b"\xff\xfe",
        b"%",
        b"%zz",
        b"Content-Length: 99999999999999999999\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Host: x\r\n",
        b"fffffffffffffffff\r\n",
        b"/_sim/../",
        b": ",
    ];
    for _ in 0..=random.usize(..6) {
        let at = random.usize(..bytes.len().max(1));
        match random.usize(..6) {
            0 if !bytes.is_empty() => bytes[at] = random.u8(..),
            1 => bytes.truncate(at),
            2 => {
                let piece = PIECES[random.usize(..PIECES.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            3 => {
                let end = at + random.usize(..(bytes.len() - at).max(1));
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            4 => {
                let end = at + random.usize(..(bytes.len() - at).max(1));
                bytes.drain(at..end);
            }
            _ => {
                let many = vec![b'a'; random.usize(..3000)];
                bytes.splice(at..at, many);
            }
        }
    }
    bytes
}

#[test]
fn thousands_of_malformed_requests_neither_stop_nor_stall_the_server() {
    let seed = std::env::var("LANDBRIDGE_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or(20_261_129);
    let (simulator, address, _stop) = simulator();
    let requests = requests(&address);
    let mut random = Rng::with_seed(seed);
    let mut answered = 0;
    for case in 0..3000 {
        let original = requests[random.usize(..requests.len())].clone();
        let bytes = mutated(original, &mut random);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let answer = exchange(&address, &bytes, Then::Close)
            .unwrap_or_else(|error| panic!("LANDBRIDGE_SEED={seed}, case {case}: {error}\n{text}"));
        // An answer, or the end of the connection: a refusal names no panic.
        if !answer.is_empty() {
            assert!(
                answer.starts_with(b"HTTP/1."),
                "LANDBRIDGE_SEED={seed}, case {case}: {text}"
            );
            assert!(
                !answer.starts_with(b"HTTP/1.1 500"),
                "LANDBRIDGE_SEED={seed}, case {case}: {text}"
            );
            answered += 1;
        }
    }
    assert!(answered > 1000, "{answered}");
    let good = format!("GET /_sim/clock HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    assert_eq!(status(&address, &good), "200", "the server still answers");
    drop(simulator);
}

#[test]
fn requests_of_web_pages_are_refused() {
    let (simulator, address, _stop) = simulator();
    let body = "{\"cloud\":\"aliyun\",\"id\":\"1234567890123459\"}";
    let post = |host: &str, more: &str| {
        let length = body.len();
        let request = format!(
            "POST /_sim/accounts HTTP/1.1\r\nHost: {host}\r\n{more}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        status(&address, &request)
    };
    let port = address.rsplit(':').next().expect("a port");
    // DNS rebinding.
    assert_eq!(post(&format!("evil.example:{port}"), ""), "421");
    for more in [
        "Origin: https://evil.example\r\nContent-Type: text/plain\r\n",
        "Origin: null\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
        "Content-Type: text/plain\r\n",
    ] {
        assert_eq!(post(&address, more), "403", "{more}");
    }
    // A signed call from a page is refused before it is a call.
    let call = "GET /?Action=DescribeVpcs&Version=2016-04-28 HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    assert_eq!(status(&address, call), "421");
    assert!(simulator.calls().is_empty(), "{:?}", simulator.calls());
    assert_eq!(post(&address, "Content-Type: application/json\r\n"), "200");
    assert_eq!(post(&format!("localhost:{port}"), ""), "200");
}

#[test]
fn requests_have_largest_sizes() {
    let (_simulator, address, _stop) = simulator();
    let long = "a".repeat(300 * 1024);
    let head = format!("GET /{long} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    assert!(["431", "414", ""].contains(&status(&address, &head).as_str()));
    let many: String = (0..200)
        .map(|number| format!("x-{number}: a\r\n"))
        .collect();
    let headers = format!("GET /_sim/clock HTTP/1.1\r\nHost: {address}\r\n{many}\r\n");
    assert_eq!(status(&address, &headers), "431");
    let body = "a".repeat(2 * 1024 * 1024);
    let length = body.len();
    let request = format!(
        "POST /_sim/clock HTTP/1.1\r\nHost: {address}\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    assert!(["413", ""].contains(&status(&address, &request).as_str()));
}

#[tokio::test]
async fn the_clients_of_tests_are_served() {
    let simulator = Simulator::start().await.expect("a port");
    control(&simulator, "GET", "/_sim/clock", "").await.ok();
}
