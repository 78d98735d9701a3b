//! What exists in places, whoever made it, and what Landbridge made of it.
//!
//! [`Engine::discover`](crate::engine::Engine::discover) reads; all else here are pure functions of what was read.

mod draft;
mod existing;
mod names;
mod rebuild;
mod row;
mod rules;
mod status;
mod table;
mod yaml;

use std::fmt;

use serde::Serialize;

use crate::format::FormatVersion;
use crate::traits::{Inventory, NotRead};

pub use draft::{Draft, LeftOut};
pub use row::{Row, rows};
pub use status::{Made, TopologyStatus};

/// Everything that could be read in some places.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Discovery {
    /// The version of its JSON document.
    pub format: FormatVersion<1>,
    /// One inventory for each place that could be read, in the order of places.
    pub inventories: Vec<Inventory>,
    /// The places of which nothing could be read. Lists that are missing in other places stand in their
    /// [inventories](Inventory::not_read).
    pub not_read: Vec<NotRead>,
}

impl Discovery {
    /// What was read of some places, and what was not.
    pub fn new(mut inventories: Vec<Inventory>, not_read: Vec<NotRead>) -> Self {
        inventories.sort_by(|a, b| a.place.cmp(&b.place));
        Self {
            format: FormatVersion,
            inventories,
            not_read,
        }
    }

    /// All that could not be read: places first, then lists.
    pub fn not_read(&self) -> impl Iterator<Item = &NotRead> {
        let lists = self.inventories.iter();
        self.not_read
            .iter()
            .chain(lists.flat_map(|inventory| &inventory.not_read))
    }

    /// Whether all of it could be read.
    pub fn is_complete(&self) -> bool {
        self.not_read().next().is_none()
    }
}

/// A table for each place that could be read. What [could not](Discovery::not_read) be read is not in it.
impl fmt::Display for Discovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        for inventory in &self.inventories {
            write!(f, "{between}{}", table::of_place(inventory))?;
            between = "\n\n";
        }
        Ok(())
    }
}
