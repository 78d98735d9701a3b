use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use landbridge_core::{Error, ErrorKind, Result};

use crate::bundle::{self, Bundle};
use crate::file::{self, Recorded};
use crate::mask::Masker;
use crate::server::{Answer, Asked, Server};

/// What is answered to a request that was not recorded. No cloud answers so.
const UNMATCHED: u16 = 599;

/// How many requests that were not recorded are kept to be told.
const MOST_UNMATCHED: usize = 1000;

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
    server: Server,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    rest: Rest,
    masker: Masker,
    exchanges: Exchanges,
    unmatched: Vec<String>,
}

/// The recorded answers to each request, in their order, and how many of them were given.
type Exchanges = BTreeMap<String, (Vec<Option<Recorded>>, usize)>;

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
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(no_server)?;
        Self::serve(listener, read(directory.as_ref(), rest)?)
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
        check_loopback(&listener)?;
        Self::serve(listener, read(directory.as_ref(), rest)?)
    }

    /// The same with the recording in a bundle: its members `calls/..`.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_bundle(bundle: &Bundle, rest: Rest, listener: TcpListener) -> Result<Self> {
        check_loopback(&listener)?;
        Self::serve(listener, recorded(bundle, rest)?)
    }

    fn serve(listener: TcpListener, state: State) -> Result<Self> {
        let state = Arc::new(Mutex::new(state));
        let asked = Arc::clone(&state);
        let answers = move |request: &Asked| lock(&asked).answer(request);
        let server = Server::start(listener, Arc::new(answers)).map_err(no_server)?;
        Ok(Self { server, state })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.server.url()
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

fn check_loopback(listener: &TcpListener) -> Result<()> {
    match listener.local_addr() {
        Ok(at) if at.ip().is_loopback() => Ok(()),
        _ => {
            let message = "recordings are served on loopback addresses only";
            Err(Error::new(ErrorKind::InvalidInput, message))
        }
    }
}

fn recorded(bundle: &Bundle, rest: Rest) -> Result<State> {
    let mut exchanges = Exchanges::new();
    for (name, request) in bundle.members() {
        let calls = name.strip_prefix(bundle::CALLS);
        let Some(name) = calls.and_then(|name| name.strip_suffix(".request")) else {
            continue;
        };
        let wrong = |why: &str| {
            let message = format!("evidence bundle: `{}{name}` {why}", bundle::CALLS);
            Error::new(ErrorKind::InvalidInput, message)
        };
        let request = std::str::from_utf8(request).map_err(|_| wrong("is no text"))?;
        let answer = bundle.member(&format!("{}{name}.response", bundle::CALLS));
        let answer = answer.ok_or_else(|| wrong("has no answer"))?;
        let answer = file::read_answer(answer).map_err(|why| wrong(&why))?;
        exchanges
            .entry(request.to_owned())
            .or_default()
            .0
            .push(answer);
    }
    if exchanges.is_empty() {
        let message = "evidence bundle: it holds no recorded call";
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    Ok(State::of(exchanges, rest))
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn no_server(error: std::io::Error) -> Error {
    let message = "the recording cannot be served";
    Error::new(ErrorKind::Failed, message).with_source(error)
}

impl State {
    fn of(exchanges: Exchanges, rest: Rest) -> Self {
        Self {
            rest,
            masker: Masker::default(),
            exchanges,
            unmatched: Vec::new(),
        }
    }

    fn answer(&mut self, request: &Asked) -> Answer {
        let asked = file::request(
            &request.method,
            &request.path,
            &request.headers,
            &request.body,
            &mut self.masker,
        );
        match self.next(&asked) {
            Some(Some(answer)) => served(answer),
            // A lost answer cannot be served as such; this is what a broken proxy says instead.
            Some(None) => Answer::text(502, ""),
            None => {
                let message = format!("not recorded:\n{asked}");
                self.note_unmatched(asked);
                Answer::text(UNMATCHED, message)
            }
        }
    }

    fn note_unmatched(&mut self, asked: String) {
        if self.unmatched.len() < MOST_UNMATCHED {
            self.unmatched.push(asked);
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

fn served(answer: Recorded) -> Answer {
    let mut headers = answer.headers;
    if !headers.iter().any(|(name, _)| name == "content-type") {
        let kind = (
            "content-type".to_owned(),
            "application/octet-stream".to_owned(),
        );
        headers.push(kind);
    }
    Answer {
        status: answer.status,
        headers,
        body: answer.body,
    }
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
    let mut exchanges = Exchanges::new();
    for path in requests {
        let request = fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
        let path = path.with_extension("response");
        let bytes = fs::read(&path).map_err(|error| unreadable(&path, error))?;
        let answer = file::read_answer(&bytes).map_err(|why| wrong(&path, why))?;
        exchanges.entry(request).or_default().0.push(answer);
    }
    Ok(State::of(exchanges, rest))
}
