//! Pictures of networks: what a topology declares, what was discovered, what a plan changes, and which networks reach each
//! other.
//!
//! A [`Picture`] is a small model: accounts, regions in them, [elements](Element) in those, and [links](Link) between
//! elements. Each file beside it makes one from one source, and each renderer writes it in one language. All of them are
//! pure: the same input gives the same bytes.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use landbridge_core::picture::{Offer, Picture};
//! use landbridge_core::topology::Topology;
//! use landbridge_core::{CloudName, Model};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let topology = Topology::from_text(
//!     "{ name: demo, accounts: [{ name: a, cloud: memory, id: '1111' }],
//!        networks: [{ name: vpc1, account: a, region: r1, range: 10.1.0.0/16 }] }",
//! )?;
//! let offers = BTreeMap::from([(CloudName::from_static("memory"), Offer::new([Model::Hub]))]);
//! let picture = Picture::declared(&topology, &offers);
//! assert!(picture.to_svg().contains("10.1.0.0/16"));
//! # Ok(())
//! # }
//! ```

mod bundle;
mod canvas;
mod declared;
mod discovered;
mod dot;
mod judged;
mod layout;
mod mark;
mod mermaid;
mod model;
mod offer;
mod planned;
mod svg;
#[cfg(test)]
mod tests;
pub(crate) mod text;
mod tongue;
mod words;

pub use mark::Mark;
pub use model::{
    AccountBox, Cell, Element, ElementKind, Grid, Link, LinkKind, Picture, RegionBox, Row, Subject,
};
pub use offer::Offer;
pub use words::Words;
