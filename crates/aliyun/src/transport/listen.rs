//! Tells a tap what went over the wire.

use std::time::Duration;

use http::HeaderMap;
use landbridge_core::Place;
use landbridge_core::backend::{Exchange, ExchangeAnswer, Tap};
use reqwest::Url;

use super::answer::Answer;
use super::exchange::Signed;

/// A request as a tap hears it. Made only if there is a tap.
pub(super) struct Heard {
    url: Url,
    headers: Vec<(String, String)>,
    body: String,
    place: Place,
}

impl Heard {
    pub(super) fn new(url: &Url, signed: &Signed, place: &Place) -> Self {
        Self {
            place: place.clone(),
            url: url.clone(),
            headers: texts(&signed.headers),
            body: signed.body.clone(),
        }
    }

    /// Tells the exchange, with its answer if one came.
    pub(super) fn tell(
        &self,
        tap: &dyn Tap,
        answer: Option<(&Answer, &HeaderMap)>,
        elapsed: Duration,
    ) {
        let url = self.url.as_str();
        let exchange = Exchange::new("POST", url, &self.headers, self.body.as_bytes());
        let exchange = exchange.with_place(&self.place).with_elapsed(elapsed);
        match answer {
            None => tap.take(exchange),
            Some((answer, headers)) => {
                let headers = texts(headers);
                let answer = ExchangeAnswer::new(answer.status, &headers, &answer.body);
                tap.take(exchange.with_answer(answer));
            }
        }
    }
}

fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    };
    headers.iter().map(text).collect()
}
