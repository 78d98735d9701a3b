//! Unsigned requests for keys, to the machine's own metadata service and the like: short timeouts, bounded answers.

use std::time::Duration;

use ::http::HeaderValue;
use landbridge_core::backend::HttpOptions;
use landbridge_core::{Error, ErrorKind, Result};
use reqwest::{Client, Method, Url};

use super::http;

const MAX_BYTES: usize = 64 << 10;

/// How long a plain request may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    pub(crate) connect: Duration,
    pub(crate) read: Duration,
}

/// Which way a plain request may go.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Route<'a> {
    /// Never through a proxy.
    Direct,
    /// As the provider is set up.
    Configured(&'a HttpOptions),
}

/// Sends plain requests.
#[derive(Debug)]
pub(crate) struct Plain(Client);

/// A plain answer. It has no `Debug`, because it may hold keys.
pub(crate) struct PlainAnswer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// Why a plain request got no answer.
pub(crate) enum NoAnswer {
    /// The connection failed.
    Unreachable(Error),
    /// The server did not answer in time.
    Silent(Error),
    /// The answer cannot be read.
    Broken(Error),
}

impl From<NoAnswer> for Error {
    fn from(why: NoAnswer) -> Self {
        match why {
            NoAnswer::Unreachable(error) | NoAnswer::Silent(error) | NoAnswer::Broken(error) => {
                error
            }
        }
    }
}

impl Plain {
    pub(crate) fn new(patience: Patience, route: Route<'_>) -> Result<Self> {
        let builder = http::builder()
            .connect_timeout(patience.connect)
            .read_timeout(patience.read)
            .timeout(patience.connect + patience.read);
        let client = match route {
            Route::Direct => http::build(builder, &HttpOptions::new().without_proxy()),
            Route::Configured(options) => http::build(builder, options),
        };
        client.map(Self)
    }

    /// Sends a request with at most one header, whose value is kept out of logs.
    pub(crate) async fn send(
        &self,
        method: Method,
        url: Url,
        header: Option<(&'static str, &str)>,
    ) -> Result<PlainAnswer, NoAnswer> {
        let mut request = self.0.request(method, url);
        if let Some((name, value)) = header {
            let mut value =
                HeaderValue::from_str(value).map_err(|_| broken("invalid value for a header"))?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        read(request.send().await.map_err(unanswered)?).await
    }
}

async fn read(mut response: reqwest::Response) -> Result<PlainAnswer, NoAnswer> {
    let status = response.status().as_u16();
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unanswered)? {
        if bytes.len() + chunk.len() > MAX_BYTES {
            return Err(broken("the answer is too long"));
        }
        bytes.extend_from_slice(&chunk);
    }
    let body =
        String::from_utf8(bytes).map_err(|_| broken("invalid answer: expected UTF-8 text"))?;
    Ok(PlainAnswer { status, body })
}

fn broken(message: &str) -> NoAnswer {
    NoAnswer::Broken(Error::new(ErrorKind::Malformed, message))
}

// The address may hold a secret, so it is not passed on.
fn unanswered(error: reqwest::Error) -> NoAnswer {
    let (connect, timeout) = (error.is_connect(), error.is_timeout());
    let failed =
        |message| Error::new(ErrorKind::Unavailable, message).with_source(error.without_url());
    match (connect, timeout) {
        (true, _) => NoAnswer::Unreachable(failed("cannot connect")),
        (_, true) => NoAnswer::Silent(failed("no answer arrived in time")),
        _ => NoAnswer::Broken(failed("the connection broke before the answer ended")),
    }
}
