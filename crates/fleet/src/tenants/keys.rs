//! The public keys of an issuer: fetched, kept, and fetched again when one is missing.

use std::time::Duration;

use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use landbridge_core::{Clock, Error, ErrorKind, Result};
use reqwest::{Client, redirect};
use serde::Deserialize;
use tokio::sync::Mutex;

/// How long keys are used without being fetched again.
const FRESH: Duration = Duration::from_secs(60 * 60);
/// How long they are used where they cannot be fetched again.
const GOOD: Duration = Duration::from_secs(24 * 60 * 60);
/// The pause between two fetches, whatever tokens ask for.
const PAUSE: Duration = Duration::from_secs(60);
/// The same after a fetch that failed.
const SHORT_PAUSE: Duration = Duration::from_secs(5);
/// How long a fetch takes at most.
const DEADLINE: Duration = Duration::from_secs(5);
/// The largest document.
const MOST: usize = 256 << 10;

#[derive(Debug)]
pub(super) struct Keys {
    url: String,
    client: Client,
    // Held while keys are fetched, so that many tokens at once make one request.
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    keys: Option<(JwkSet, Duration)>,
    next: Option<Duration>,
}

impl Keys {
    pub(super) fn new(url: &str) -> Result<Self> {
        let client = Client::builder()
            .timeout(DEADLINE)
            .redirect(redirect::Policy::none());
        let client = client.build().map_err(|error| {
            Error::new(ErrorKind::Failed, "cannot make an HTTP client").with_source(error)
        })?;
        Ok(Self {
            url: url.to_owned(),
            client,
            state: Mutex::default(),
        })
    }

    /// The key of this ID, if the issuer has it.
    pub(super) async fn find(&self, kid: &str, clock: &dyn Clock) -> Result<Option<Jwk>> {
        let mut state = self.state.lock().await;
        let now = clock.uptime();
        let known = |state: &State| {
            let (keys, at) = state.keys.as_ref()?;
            (now.saturating_sub(*at) < GOOD).then(|| keys.find(kid).cloned())
        };
        let is_fresh = |state: &State| {
            let at = state.keys.as_ref().map(|(_, at)| *at);
            at.is_some_and(|at| now.saturating_sub(at) < FRESH)
        };
        if let Some(Some(key)) = known(&state).filter(|_| is_fresh(&state)) {
            return Ok(Some(key));
        }
        if state.next.is_none_or(|next| now >= next) {
            let pause = match self.fetch().await {
                Ok(keys) => {
                    state.keys = Some((keys, now));
                    PAUSE
                }
                Err(why) => {
                    tracing::warn!(url = self.url, why, "keys of an issuer were not fetched");
                    SHORT_PAUSE
                }
            };
            state.next = Some(now.saturating_add(pause));
        }
        known(&state).ok_or_else(|| {
            Error::new(
                ErrorKind::Unavailable,
                "the keys of the token's issuer cannot be fetched",
            )
            .with_retry_after(SHORT_PAUSE)
        })
    }

    async fn fetch(&self) -> std::result::Result<JwkSet, String> {
        let response = self.client.get(&self.url).send().await;
        let mut response = response.map_err(|error| error.without_url().to_string())?;
        if !response.status().is_success() {
            return Err(format!("status {}", response.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| error.without_url().to_string())?
        {
            body.extend_from_slice(&chunk);
            if body.len() > MOST {
                return Err("the document is larger than 256 KiB".to_owned());
            }
        }
        let set: Written =
            serde_json::from_slice(&body).map_err(|error| format!("not a set of keys: {error}"))?;
        let keys = set.keys.into_iter();
        // Of kinds that are not known here no token is read.
        let known = keys.filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
        let to_sign = |key: &Jwk| key.common.public_key_use != Some(PublicKeyUse::Encryption);
        Ok(JwkSet {
            keys: known.filter(to_sign).collect(),
        })
    }
}

#[derive(Deserialize)]
struct Written {
    keys: Vec<serde_json::Value>,
}
