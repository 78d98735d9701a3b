//! What second opinions cost, before they are asked for.

use std::fmt;

use jiff::civil::Date;
use serde::Serialize;

use super::table::Asked;
use super::{Doubt, Item, Money, PriceTable, Unit};
use crate::ids::Place;
use crate::verify::Questions;

/// What the analyses in one place cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AnalysisCost {
    /// Where they are made.
    pub place: Place,
    /// What the analyser is called.
    pub oracle: String,
    /// How many there are.
    pub count: usize,
    /// The price of one; absent if it is not known, which does not mean that it is free.
    pub price: Option<Money>,
    /// The price of all of them.
    pub sum: Option<Money>,
    /// Where the price was read.
    pub source: Option<String>,
    /// The reasons to doubt it.
    pub doubts: Vec<Doubt>,
}

impl AnalysisCost {
    /// The costs of all questions, place by place, with the prices of a table on a day.
    pub fn of(questions: &Questions, table: &PriceTable, on: Date) -> Vec<Self> {
        let sources = questions.sources();
        let places = questions.by_place().into_iter();
        let cost = |(place, count): (&Place, usize)| {
            let price = table.price(&Asked {
                cloud: &place.cloud,
                item: Item::PathAnalysis,
                unit: Unit::Run,
                kind: None,
                from: &place.region,
                to: None,
            });
            let times = u64::try_from(count).unwrap_or(u64::MAX);
            Self {
                place: place.clone(),
                oracle: sources
                    .get(&place.cloud)
                    .copied()
                    .unwrap_or_default()
                    .to_owned(),
                count,
                price: price.map(super::Price::money),
                sum: price.map(|price| price.money().times(times)),
                source: price.map(|price| price.source.clone()),
                doubts: price.map(|price| price.doubts(on)).unwrap_or_default(),
            }
        };
        places.map(cost).collect()
    }
}

impl fmt::Display for AnalysisCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            place,
            oracle,
            count,
            ..
        } = self;
        let noun = if *count == 1 { "analysis" } else { "analyses" };
        write!(f, "{count} {noun} by {oracle} in {place}: ")?;
        let (Some(price), Some(sum)) = (&self.price, &self.sum) else {
            return f.write_str("no price is known; the vendor may charge for them");
        };
        write!(f, "{count} × {price} = {sum}")?;
        if let Some(source) = &self.source {
            write!(f, " ({source}")?;
            for doubt in &self.doubts {
                write!(f, "; {doubt}")?;
            }
            f.write_str(")")?;
        }
        Ok(())
    }
}
