use std::fmt::Debug;
use std::time::Duration;

use crate::ids::Place;

/// One request and its answer, unchanged. It holds signatures and may hold secrets: it has no `Debug`, and a tap that
/// keeps it must mask them first.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Exchange<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The address, from the scheme to the query.
    pub url: &'a str,
    /// The headers of the request, names in lower case.
    pub request_headers: &'a [(String, String)],
    /// The body of the request.
    pub request_body: &'a [u8],
    /// The answer; none when the connection ended without one.
    pub answer: Option<ExchangeAnswer<'a>>,
    /// The account and region that were asked, if the backend knows.
    pub place: Option<&'a Place>,
    /// How long it took, if the backend knows.
    pub elapsed: Option<Duration>,
}

/// The answer of an [`Exchange`].
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct ExchangeAnswer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: &'a [(String, String)],
    /// The body.
    pub body: &'a [u8],
}

impl<'a> Exchange<'a> {
    /// A request without an answer.
    pub fn new(
        method: &'a str,
        url: &'a str,
        request_headers: &'a [(String, String)],
        request_body: &'a [u8],
    ) -> Self {
        Self {
            method,
            url,
            request_headers,
            request_body,
            answer: None,
            place: None,
            elapsed: None,
        }
    }

    /// Sets the account and region that were asked.
    #[must_use]
    pub fn with_place(mut self, place: &'a Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Sets how long it took.
    #[must_use]
    pub fn with_elapsed(mut self, elapsed: Duration) -> Self {
        self.elapsed = Some(elapsed);
        self
    }

    /// Adds the answer.
    #[must_use]
    pub fn with_answer(mut self, answer: ExchangeAnswer<'a>) -> Self {
        self.answer = Some(answer);
        self
    }
}

impl<'a> ExchangeAnswer<'a> {
    /// An answer.
    pub fn new(status: u16, headers: &'a [(String, String)], body: &'a [u8]) -> Self {
        Self {
            status,
            headers,
            body,
        }
    }
}

/// A listener to every exchange of a provider, such as a recorder. It must not block for long: the call waits for it.
pub trait Tap: Debug + Send + Sync + 'static {
    /// Takes one exchange, at its end.
    fn take(&self, exchange: Exchange<'_>);

    /// Hears which secret requests are about to be signed with. It is in no exchange: who keeps texts looks for it in them.
    fn signs_with(&self, secret: &str) {
        let _ = secret;
    }
}
