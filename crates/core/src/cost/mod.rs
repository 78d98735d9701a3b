//! What a topology costs, and what that says about how to build it.
//!
//! A [`PriceTable`] holds what clouds charge, with source and date; the one that comes with this crate can be replaced. An
//! [`Estimate`] is what a topology costs with such a table, by the account that pays. [`choose_models`] decides between hubs and
//! a mesh where the topology leaves that open (`model: auto`). A [`Refresh`] makes a table of what vendors answer to
//! [`price_questions`]. All of it is pure: no cloud and no clock is asked.

mod amount;
mod analyses;
mod charge;
mod choice;
mod date;
mod estimate;
mod item;
mod money;
mod refresh;
mod region;
mod table;
mod text;

pub use amount::Amount;
pub use analyses::AnalysisCost;
pub use charge::Charge;
pub use choice::{
    Candidate, Chosen, ModelReason, Traffic, choose_models, possible_models, with_models,
};
pub use date::PriceDate;
pub use estimate::{AccountCost, CostChange, Estimate, PricedCharge};
pub use item::{Item, Unit};
pub use money::{Currency, Money};
pub use refresh::{NotRefreshed, PriceQuestion, PriceQuote, Refresh, not_asked, price_questions};
pub use region::RegionPattern;
pub use table::{Doubt, Price, PriceTable, PriceTableError};

/// Hours of a month, as vendors reckon prices of months.
pub const HOURS_OF_MONTH: u64 = 730;
