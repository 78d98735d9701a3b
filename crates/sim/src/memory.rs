//! Client-token memory: a repeated call with the same token gets the first answer.

use std::collections::HashMap;
use std::time::Duration;

use crate::digest::hash;
use crate::parameters::Parameters;

#[derive(Debug, Clone)]
struct Remembered<A> {
    /// A hash, because parameters can hold secrets.
    parameters: String,
    answer: A,
    at: Duration,
}

type Key = (String, &'static str, String);

/// What was answered, by account, operation and token.
#[derive(Debug, Clone)]
pub(crate) struct TokenMemory<A>(HashMap<Key, Remembered<A>>);

impl<A> Default for TokenMemory<A> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

/// One call's place in the memory.
pub(crate) struct Place {
    key: Key,
    parameters: String,
}

impl Place {
    /// Of a call by an account (or by whatever else tokens are separated by).
    pub(crate) fn new(
        account: &str,
        action: &'static str,
        token: &str,
        parameters: &Parameters,
    ) -> Self {
        let pairs: Vec<_> = parameters
            .all()
            .iter()
            .filter(|(name, _)| *name != "ClientToken")
            .collect();
        Self {
            key: (account.to_owned(), action, token.to_owned()),
            parameters: hash(format!("{pairs:?}").as_bytes()),
        }
    }
}

/// The token was used with other parameters.
#[derive(Debug)]
pub(crate) struct OtherParameters;

impl<A: Clone> TokenMemory<A> {
    /// The first answer, if this call was answered before.
    pub(crate) fn recall(
        &self,
        place: &Place,
        now: Duration,
        memory: Duration,
    ) -> Result<Option<A>, OtherParameters> {
        match self.0.get(&place.key) {
            Some(first) if now < first.at + memory => {
                if first.parameters == place.parameters {
                    Ok(Some(first.answer.clone()))
                } else {
                    Err(OtherParameters)
                }
            }
            _ => Ok(None),
        }
    }

    pub(crate) fn remember(&mut self, place: Place, answer: &A, now: Duration) {
        let remembered = Remembered {
            parameters: place.parameters,
            answer: answer.clone(),
            at: now,
        };
        self.0.insert(place.key, remembered);
    }
}
