//! Sleeping in simulated time: it jumps, but never over a request.

mod support;

use std::sync::Mutex;
use std::time::Duration;

use landbridge_sim::{AccountSpec, Simulator, Speed};
use support::{A, Client, STS};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::yield_now;

const MINUTE: Duration = Duration::from_secs(60);

async fn start() -> Simulator {
    Simulator::start().await.expect("a free port")
}

#[tokio::test]
async fn sleepers_wake_in_the_order_of_their_moments() {
    let simulator = start().await;
    let woken = Mutex::new(Vec::new());
    let sleep = |seconds: u64| {
        let (simulator, woken) = (&simulator, &woken);
        async move {
            simulator.sleep(Duration::from_secs(seconds)).await;
            let now = simulator.uptime().as_secs();
            woken.lock().expect("not poisoned").push((seconds, now));
        }
    };
    tokio::join!(sleep(900), sleep(3), sleep(60));
    let woken = woken.into_inner().expect("not poisoned");
    assert_eq!(woken, [(3, 3), (60, 60), (900, 900)]);
}

#[tokio::test]
async fn a_cancelled_sleep_moves_no_time() {
    let simulator = start().await;
    tokio::select! {
        biased;
        () = simulator.sleep(MINUTE) => {}
        () = std::future::ready(()) => {}
    }
    simulator.sleep(Duration::from_secs(1)).await;
    assert_eq!(simulator.uptime(), Duration::from_secs(1));
}

#[tokio::test]
async fn time_stands_while_a_request_is_under_way() {
    let simulator = start().await;
    let address = simulator.url().replace("http://", "");
    let mut stream = TcpStream::connect(&address).await.expect("it listens");
    let head = format!("POST / HTTP/1.1\r\nhost: {address}\r\ncontent-length: 4\r\n\r\n");
    stream.write_all(head.as_bytes()).await.expect("written");
    let sleeper = tokio::spawn({
        let simulator = simulator.clone();
        async move { simulator.sleep(MINUTE).await }
    });
    for _ in 0..10_000 {
        yield_now().await;
    }
    assert_eq!(simulator.uptime(), Duration::ZERO, "half a request");
    stream.write_all(b"a=b&").await.expect("written");
    let mut answer = [0; 16];
    stream.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(simulator.uptime(), Duration::ZERO, "before the answer");
    sleeper.await.expect("it wakes");
    assert_eq!(simulator.uptime(), MINUTE);
}

// Each task calls as soon as it wakes, so a clock that jumps over calls makes them late.
#[tokio::test]
async fn calls_take_no_time_however_many_there_are() {
    let simulator = start().await;
    let keys = simulator.provision(AccountSpec::new("aliyun", A));
    let work = (1..=20).map(|seconds| {
        let (simulator, client) = (simulator.clone(), Client::new(&simulator, &keys));
        tokio::spawn(async move {
            for round in 1..=5 {
                simulator.sleep(Duration::from_secs(seconds)).await;
                client.ok(STS, "GetCallerIdentity", &[]).await;
                assert_eq!(simulator.uptime().as_secs(), round * seconds);
            }
        })
    });
    for task in work.collect::<Vec<_>>() {
        task.await.expect("in time");
    }
}

#[tokio::test]
async fn calls_travel_in_simulated_time() {
    let latency = Duration::from_millis(40);
    let simulator = Simulator::builder().latency(latency).start().await;
    let simulator = simulator.expect("a free port");
    let client = Client::new(
        &simulator,
        &simulator.provision(AccountSpec::new("aliyun", A)),
    );
    tokio::join!(
        client.ok(STS, "GetCallerIdentity", &[]),
        client.ok(STS, "GetCallerIdentity", &[])
    );
    assert_eq!(simulator.uptime(), latency, "side by side");
    client.ok(STS, "GetCallerIdentity", &[]).await;
    assert_eq!(simulator.uptime(), latency * 2, "one after the other");
}

#[tokio::test]
async fn a_sleep_in_running_time_lasts() {
    let simulator = Simulator::builder().speed(Speed::Scaled(100_000.0));
    let simulator = simulator.start().await.expect("a free port");
    simulator.sleep(MINUTE).await;
    assert!(simulator.uptime() >= MINUTE);
}
