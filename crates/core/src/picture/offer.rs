//! What a cloud offers to interconnects, as far as pictures need it.

use crate::traits::{Capabilities, Model};

/// How a cloud builds interconnects: what a picture has to know that asks no cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Offer {
    /// The models that it offers, the preferred one first.
    pub models: Vec<Model>,
    /// Whether regional hubs belong to a global one. Default: no.
    pub global_hub: bool,
}

impl Offer {
    /// These models, the preferred one first, without a global hub.
    pub fn new(models: impl IntoIterator<Item = Model>) -> Self {
        Self {
            models: models.into_iter().collect(),
            global_hub: false,
        }
    }

    /// Says that regional hubs belong to a global one.
    #[must_use]
    pub fn with_global_hub(mut self) -> Self {
        self.global_hub = true;
        self
    }
}

impl From<&Capabilities> for Offer {
    fn from(capabilities: &Capabilities) -> Self {
        Self {
            models: capabilities.models.clone(),
            global_hub: capabilities.global_hub,
        }
    }
}
