use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use landbridge_core::{Error, ErrorKind, Result};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers};

use crate::file::{self, Recorded};
use crate::mask::Accounts;

/// What is answered to a request that was not recorded. No cloud answers so.
const UNMATCHED: u16 = 599;

/// What the last recorded answer to a request is good for when the request comes once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Nothing: the request counts as unmatched.
    Refuse,
    /// It is answered again, as a poller wants it.
    Repeat,
}

/// A recording that is served on a loopback port, until it is dropped.
pub struct Replay {
    server: MockServer,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    rest: Rest,
    accounts: Accounts,
    /// The recorded answers to each request, in their order, and how many of them were given.
    exchanges: BTreeMap<String, (Vec<Option<Recorded>>, usize)>,
    unmatched: Vec<String>,
}

impl std::fmt::Debug for Replay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replay")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}

impl Replay {
    /// Serves a directory that a [`Recorder`](crate::Recorder) has written, on any free port.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a directory that is none, or a file in it that is malformed.
    pub async fn start(directory: impl AsRef<Path>, rest: Rest) -> Result<Self> {
        let state = read(directory.as_ref(), rest)?;
        Ok(Self::serve(MockServer::start().await, state).await)
    }

    /// The same, on this listener, which must be a loopback one.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_on(
        directory: impl AsRef<Path>,
        rest: Rest,
        listener: TcpListener,
    ) -> Result<Self> {
        let is_loopback = listener.local_addr().is_ok_and(|at| at.ip().is_loopback());
        if !is_loopback {
            let message = "recordings are served on loopback addresses only";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let state = read(directory.as_ref(), rest)?;
        let server = MockServer::builder().listener(listener).start().await;
        Ok(Self::serve(server, state).await)
    }

    async fn serve(server: MockServer, state: State) -> Self {
        let state = Arc::new(Mutex::new(state));
        let answers = Mock::given(matchers::any()).respond_with(Answers(Arc::clone(&state)));
        answers.mount(&server).await;
        Self { server, state }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.server.uri()
    }

    /// Requests that were asked and not recorded, or asked more often than recorded.
    pub fn unmatched(&self) -> Vec<String> {
        lock(&self.state).unmatched.clone()
    }

    /// Requests that were recorded and not asked as often as then.
    pub fn unused(&self) -> Vec<String> {
        let state = lock(&self.state);
        let unused = state.exchanges.iter();
        let unused = unused.filter(|(_, (answers, given))| *given < answers.len());
        unused.map(|(request, _)| request.clone()).collect()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Answers(Arc<Mutex<State>>);

impl Respond for Answers {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        lock(&self.0).answer(request)
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> ResponseTemplate {
        let headers = request.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        let headers: Vec<_> = headers.collect();
        let query = request.url.query().map(|query| format!("?{query}"));
        let path = format!("{}{}", request.url.path(), query.unwrap_or_default());
        let asked = file::request(
            request.method.as_str(),
            &path,
            &headers,
            &request.body,
            &mut self.accounts,
        );
        match self.next(&asked) {
            Some(Some(answer)) => template(&answer),
            // A lost answer cannot be served as such; this is what a broken proxy says instead.
            Some(None) => ResponseTemplate::new(502),
            None => {
                let message = format!("not recorded:\n{asked}");
                self.unmatched.push(asked);
                ResponseTemplate::new(UNMATCHED).set_body_string(message)
            }
        }
    }

    fn next(&mut self, asked: &str) -> Option<Option<Recorded>> {
        let (answers, given) = self.exchanges.get_mut(asked)?;
        let index = match self.rest {
            Rest::Repeat => (*given).min(answers.len().saturating_sub(1)),
            Rest::Refuse => *given,
        };
        *given += 1;
        answers.get(index).cloned()
    }
}

fn template(answer: &Recorded) -> ResponseTemplate {
    // The server adds today's date where there is none, and today is not the day of the recording.
    let mut template = ResponseTemplate::new(answer.status).insert_header("date", "");
    let mut kind = "application/octet-stream".to_owned();
    for (name, value) in &answer.headers {
        match name.as_str() {
            "content-type" => kind.clone_from(value),
            _ => template = template.insert_header(name.as_str(), value.as_str()),
        }
    }
    template.set_body_raw(answer.body.clone(), &kind)
}

fn read(directory: &Path, rest: Rest) -> Result<State> {
    let wrong = |path: &Path, why: String| {
        let message = format!("{}: {why}", path.display());
        Error::new(ErrorKind::InvalidInput, message)
    };
    let unreadable = |path: &Path, error: std::io::Error| {
        wrong(path, "cannot be read".to_owned()).with_source(error)
    };
    let entries = fs::read_dir(directory).map_err(|error| unreadable(directory, error))?;
    let mut requests = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(directory, error))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "request")
        {
            requests.push(path);
        }
    }
    if requests.is_empty() {
        return Err(wrong(directory, "holds no recording".to_owned()));
    }
    requests.sort();
    let mut exchanges: BTreeMap<String, (Vec<Option<Recorded>>, usize)> = BTreeMap::new();
    for path in requests {
        let request = fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
        let path = path.with_extension("response");
        let bytes = fs::read(&path).map_err(|error| unreadable(&path, error))?;
        let answer = file::read_answer(&bytes).map_err(|why| wrong(&path, why))?;
        exchanges.entry(request).or_default().0.push(answer);
    }
    Ok(State {
        rest,
        accounts: Accounts::default(),
        exchanges,
        unmatched: Vec::new(),
    })
}
