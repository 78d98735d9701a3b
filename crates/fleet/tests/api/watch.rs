//! Watches.

use std::time::Duration;

use serde_json::Value;

use crate::served::{Served, served};

/// Events, as they come.
struct Events {
    response: reqwest::Response,
    text: String,
}

impl Events {
    async fn of(served: &Served, path: &str) -> Self {
        let response = served.ask("GET", path).open().await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        Self {
            response,
            text: String::new(),
        }
    }

    /// The next event or comment; nothing at the end.
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let event = event.to_owned();
                self.text = rest.to_owned();
                return Some(event);
            }
            let chunk = self.response.chunk();
            let chunk = tokio::time::timeout(Duration::from_secs(30), chunk).await;
            let chunk = chunk.expect("in time").expect("a chunk")?;
            self.text.push_str(&String::from_utf8_lossy(&chunk));
        }
    }

    async fn status(&mut self) -> Value {
        let event = self.next().await.expect("an event");
        let mut lines = event.lines();
        assert_eq!(lines.next(), Some("event: status"), "{event}");
        let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
        assert!(
            field("id: ").is_some_and(|id| id.starts_with('"')),
            "{event}"
        );
        serde_json::from_str(field("data: ").expect("data")).expect("JSON")
    }

    async fn end(mut self) -> String {
        let event = self.next().await.expect("an event");
        assert!(event.starts_with("event: end\n"), "{event}");
        assert_eq!(self.next().await, None);
        event
    }
}

#[tokio::test]
async fn a_watch_tells_each_change_and_ends_at_rest() {
    let served = served();
    served.put("site").await.is(202);
    let mut events = Events::of(&served, "/v1/topologies/site?watch").await;
    assert_eq!(events.status().await["phase"], "applying");
    // Looks come later and later as long as nothing changes, up to five seconds.
    for pause in [1000, 1500, 2250, 3375, 5000, 5000] {
        let pause = Duration::from_millis(pause);
        // The third pause is not a whole number of milliseconds, and its double has the error of a float.
        served.clock.until_asleep(pause).await;
        served.clock.advance(pause);
        assert_eq!(events.next().await.as_deref(), Some(": no change"));
    }
    served.round().await;
    served.clock.until_asleep(Duration::from_secs(5)).await;
    served.clock.advance(Duration::from_secs(5));
    let ready = events.status().await;
    assert_eq!(ready["phase"], "ready");
    assert!(events.end().await.contains(r#"{"reason":"resting"}"#));
    // What rests is told, and that is all.
    let asked = served
        .ask("GET", "/v1/topologies/site")
        .header("accept", "text/event-stream");
    let mut events = Events {
        response: asked.open().await,
        text: String::new(),
    };
    assert_eq!(events.status().await["phase"], "ready");
    events.end().await;
    served.get("/v1/topologies/site?watch=x").await.is(400);
    served.get("/v1/topologies/none?watch").await.is(404);
}

#[tokio::test]
async fn a_watch_of_all_goes_on_until_its_deadline() {
    let served = served();
    served.put("site").await.is(202);
    served.round().await;
    let mut events = Events::of(&served, "/v1/topologies/site?watch=all").await;
    assert_eq!(events.status().await["phase"], "ready");
    let second = Duration::from_secs(1);
    served.clock.until_asleep(second).await;
    served
        .ask("POST", "/v1/topologies/site/stop")
        .send()
        .await
        .is(202);
    served.clock.advance(second);
    assert_eq!(events.status().await["phase"], "stopped");
    served.clock.until_asleep(second).await;
    served.clock.advance(Duration::from_secs(30 * 60));
    assert_eq!(events.next().await.as_deref(), Some(": no change"));
    assert!(events.end().await.contains("deadline"));
}

#[tokio::test]
async fn a_watch_ends_when_its_topology_is_forgotten_and_with_the_server() {
    let served = served();
    for name in ["site", "b"] {
        served.put(name).await.is(202);
    }
    let mut events = Events::of(&served, "/v1/topologies/site?watch=all").await;
    events.status().await;
    served
        .ask("DELETE", "/v1/topologies/site")
        .send()
        .await
        .is(202);
    served.round().await;
    served
        .ask("DELETE", "/v1/topologies/site?forget")
        .send()
        .await
        .is(204);
    let second = Duration::from_secs(1);
    served.clock.until_asleep(second).await;
    served.clock.advance(second);
    assert!(events.end().await.contains("forgotten"));
    let mut events = Events::of(&served, "/v1/topologies/b?watch=all").await;
    events.status().await;
    served.stop.cancel();
    assert!(events.end().await.contains("stopping"));
}

#[tokio::test]
async fn a_tenant_has_no_more_watches_than_it_may() {
    let served = served();
    served.put("site").await.is(202);
    let mut open = Vec::new();
    for _ in 0..64 {
        open.push(Events::of(&served, "/v1/topologies/site?watch").await);
    }
    let refused = served.get("/v1/topologies/site?watch").await.is(429);
    assert_eq!(refused.header("retry-after"), "5");
    drop(open);
    // The places are free once the server sees that the clients have gone.
    let free = async {
        while served
            .ask("GET", "/v1/topologies/site?watch")
            .open()
            .await
            .status()
            != 200
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), free)
        .await
        .expect("they are free");
}
