//! Client-token memory: a repeated call with the same token gets the first answer.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;

use super::failure::{Failure, Outcome};
use super::parameters::{Parameters, invalid};
use super::signature::hash;

#[derive(Debug, Clone)]
struct Remembered {
    /// A hash, because parameters can hold secrets.
    parameters: String,
    answer: Value,
    at: Duration,
}

/// What was answered, by account, operation and token.
#[derive(Debug, Clone, Default)]
pub(crate) struct TokenMemory(HashMap<(String, &'static str, String), Remembered>);

/// One call's place in the memory.
pub(crate) struct Place {
    key: (String, &'static str, String),
    parameters: String,
}

impl Place {
    /// `None` if no token was sent.
    pub(crate) fn of(
        account: &str,
        action: &'static str,
        parameters: &Parameters,
    ) -> Outcome<Option<Self>> {
        let Some(token) = parameters.get("ClientToken") else {
            return Ok(None);
        };
        if token.len() > 64 || !token.is_ascii() {
            return Err(invalid("ClientToken"));
        }
        let pairs: Vec<_> = parameters
            .all()
            .iter()
            .filter(|(name, _)| *name != "ClientToken")
            .collect();
        let key = (account.to_owned(), action, token.to_owned());
        Ok(Some(Self {
            key,
            parameters: hash(format!("{pairs:?}").as_bytes()),
        }))
    }
}

impl TokenMemory {
    /// The first answer, if this call was answered before.
    pub(crate) fn recall(
        &self,
        place: &Place,
        now: Duration,
        memory: Duration,
    ) -> Outcome<Option<Value>> {
        match self.0.get(&place.key) {
            Some(first) if now < first.at + memory => {
                if first.parameters == place.parameters {
                    return Ok(Some(first.answer.clone()));
                }
                let message = "The ClientToken was used with different parameters.";
                Err(Failure::bad("IdempotentParameterMismatch", message))
            }
            _ => Ok(None),
        }
    }

    pub(crate) fn remember(&mut self, place: Place, answer: &Value, now: Duration) {
        let remembered = Remembered {
            parameters: place.parameters,
            answer: answer.clone(),
            at: now,
        };
        self.0.insert(place.key, remembered);
    }
}
