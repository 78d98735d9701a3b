//! Answers written by hand, played in the order of their numbers to whoever asks for their operations.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// Serves answers without requests, so that the requests can be written down.
pub(super) struct Script {
    server: MockServer,
    left: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
}

impl Script {
    pub(super) async fn start(directory: &Path) -> Self {
        let entries = fs::read_dir(directory).expect("the directory is there");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        let answers = paths.filter(|path| path.extension().is_some_and(|end| end == "response"));
        let stem = |path: &Path| {
            path.file_stem()
                .map(|stem| stem.to_string_lossy().into_owned())
        };
        let read = |path: std::path::PathBuf| {
            (
                stem(&path).expect("a name"),
                fs::read(&path).expect("a file"),
            )
        };
        let left = Arc::new(Mutex::new(answers.map(read).collect()));
        let server = MockServer::start().await;
        let played = Mock::given(any()).respond_with(Played(Arc::clone(&left)));
        played.mount(&server).await;
        Self { server, left }
    }

    pub(super) fn url(&self) -> String {
        self.server.uri()
    }

    /// The answers that nobody has asked for.
    pub(super) fn left(&self) -> Vec<String> {
        self.left.lock().expect("whole").keys().cloned().collect()
    }
}

struct Played(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl Respond for Played {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        let action = body
            .split('&')
            .find_map(|pair| pair.strip_prefix("Action="));
        let target = request.headers.get("x-amz-target");
        let target = target.and_then(|target| target.to_str().ok()?.rsplit('.').next());
        let action = action.or(target).expect("an operation");
        let mut left = self.0.lock().expect("whole");
        let next = left
            .keys()
            .find(|name| name.split('-').nth(1) == Some(action));
        let name = next
            .unwrap_or_else(|| panic!("no answer is left for {body}"))
            .clone();
        template(&left.remove(&name).expect("there"))
    }
}

fn template(bytes: &[u8]) -> ResponseTemplate {
    // A lost answer, as the replay serves it.
    if bytes.is_empty() {
        return ResponseTemplate::new(502);
    }
    let end = bytes.windows(2).position(|two| two == b"\n\n");
    let end = end.expect("an empty line after the head");
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let status: Option<u16> = lines.next().and_then(|line| line.parse().ok());
    let mut template = ResponseTemplate::new(status.expect("a status"));
    let mut kind = "application/octet-stream";
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        match name {
            "content-type" => kind = value,
            _ => template = template.insert_header(name, value),
        }
    }
    template.set_body_raw(&bytes[end + 2..], kind)
}
