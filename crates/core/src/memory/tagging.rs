use async_trait::async_trait;

use super::cloud::MemoryCloud;
use super::provider::MemoryProvider;
use crate::error::{Error, ErrorKind, Result};
use crate::traits::{Owner, TaggedId, Tagging};

#[async_trait]
impl Tagging for MemoryCloud {
    async fn tag(&self, object: &TaggedId, owner: &Owner) -> Result<()> {
        self.write("tag", object.as_str(), |world, place| {
            match world.set_owner(object.as_str(), Some(place), Some(owner)) {
                true => Ok(()),
                false => Err(missing(object.as_str())),
            }
        })
        .await
    }
}

impl MemoryProvider {
    /// Takes an object away at once, whatever depends on it, as its owner does outside of a topology.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub fn take_away(&self, id: &str) -> Result<()> {
        match self.lock().world.take_away(id) {
            true => Ok(()),
            false => Err(missing(id)),
        }
    }

    /// Takes all tags from an object, so that nothing tells any more whose it is. No verb does that.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub fn untag(&self, id: &str) -> Result<()> {
        match self.lock().world.set_owner(id, None, None) {
            true => Ok(()),
            false => Err(missing(id)),
        }
    }
}

fn missing(id: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no object {id} here"))
}
