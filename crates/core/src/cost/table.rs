//! Price tables: what clouds charge, with source and date, in a file that can be replaced.

use std::fmt;
use std::path::Path;
use std::sync::LazyLock;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::region::Areas;
use super::{Amount, Currency, Item, Money, PriceDate, RegionPattern, Unit};
use crate::format::FormatVersion;
use crate::ids::{CloudName, Region};
use crate::topology::{TopologyError, parse_text, refused};

const BUILT_IN: &str = include_str!("../../data/prices.yaml");

/// What clouds charge. For each charge the first price that fits counts.
///
/// The table that comes with the program is [`built_in`](Self::built_in). A file of the same form replaces it, or with
/// `base: built-in` comes before it:
///
/// ```
/// use landbridge_core::cost::PriceTable;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let table = PriceTable::from_text(
///     "format: 1
/// date: 2026-11-28
/// base: built-in
/// prices:
///   - { cloud: aliyun, item: attachment, unit: hour, amount: 0.300, currency: CNY,
///       source: our contract, verified: true }",
/// )?;
/// assert_eq!(table.prices[0].amount.to_string(), "0.300");
/// assert!(table.prices.len() > PriceTable::built_in().prices.len());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct PriceTable {
    /// The version of the form of the file.
    pub format: FormatVersion<1>,
    /// The day on which the table was put together.
    pub date: PriceDate,
    /// The table whose prices and areas follow those of this one, once it is read. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base: Option<Base>,
    /// Named groups of regions.
    #[serde(default, skip_serializing_if = "Areas::is_empty")]
    areas: Areas,
    /// The prices; of those that fit a charge the first one counts.
    pub prices: Vec<Price>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Base {
    BuiltIn,
}

/// What a cloud charges for one unit of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Price {
    /// The cloud.
    pub cloud: CloudName,
    /// What is charged for.
    pub item: Item,
    /// The type of the instance or the category of the disk. Default: every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The regions that it holds in; of traffic between regions those that send it. Default: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<RegionPattern>,
    /// The regions that receive traffic between regions. Default: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<RegionPattern>,
    /// Whether traffic from `to` to `from` costs the same. Default: no.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub both_ways: bool,
    /// What the amount is for.
    pub unit: Unit,
    /// The amount for one unit.
    pub amount: Amount,
    /// Its currency.
    pub currency: Currency,
    /// Where the price was read.
    pub source: String,
    /// The date of the source. Default: it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<PriceDate>,
    /// Whether it was read in what the vendor itself publishes.
    pub verified: bool,
    /// When it applies, where it does not always. Default: always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What a price is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) cloud: &'a CloudName,
    pub(super) item: Item,
    pub(super) unit: Unit,
    pub(super) kind: Option<&'a str>,
    pub(super) from: &'a Region,
    pub(super) to: Option<&'a Region>,
}

/// A reason to doubt a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Doubt {
    /// It was not read in what the vendor publishes.
    Unverified,
    /// Its date is not known.
    Undated,
    /// It is more than 180 days old.
    Dated,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Unverified => "UNVERIFIED",
            Self::Undated => "undated",
            Self::Dated => "dated: more than 180 days old",
        })
    }
}

impl PriceTable {
    /// The table that comes with the program.
    pub fn built_in() -> &'static Self {
        static TABLE: LazyLock<PriceTable> = LazyLock::new(|| {
            PriceTable::from_text(BUILT_IN).expect("tests read the table of this crate")
        });
        &TABLE
    }

    /// Reads a table from YAML or JSON text. Unknown keys and wrong values are refused with line and column.
    ///
    /// # Errors
    /// A [`PriceTableError`] that names what is wrong, where, and what would be right.
    pub fn from_text(text: &str) -> Result<Self, PriceTableError> {
        let parsed: Result<Self, _> = parse_text(text);
        let mut table = parsed.map_err(|error| PriceTableError(refused(&error, text)))?;
        if table.base.take().is_some() {
            let base = Self::built_in();
            for (name, regions) in &base.areas {
                table
                    .areas
                    .entry(name.clone())
                    .or_insert_with(|| regions.clone());
            }
            table.prices.extend(base.prices.iter().cloned());
        }
        let problems = table.problems();
        match problems.is_empty() {
            true => Ok(table),
            false => Err(PriceTableError(TopologyError::new(problems))),
        }
    }

    /// These prices, before those of the built-in table.
    pub(super) fn over_built_in(date: PriceDate, prices: Vec<Price>) -> Self {
        Self {
            format: FormatVersion,
            date,
            base: Some(Base::BuiltIn),
            areas: Areas::new(),
            prices,
        }
    }

    /// The table as a file that [`from_text`](Self::from_text) reads.
    pub fn to_text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    pub(super) fn price(&self, asked: &Asked<'_>) -> Option<&Price> {
        self.prices
            .iter()
            .find(|price| price.fits(asked, &self.areas))
    }

    // What a reader of single values cannot see.
    fn problems(&self) -> Vec<String> {
        let prices = self.prices.iter().enumerate();
        prices
            .flat_map(|(index, price)| {
                let what = format!("price {} ({} {})", index + 1, price.cloud, price.item);
                let problems = price.problems(&self.areas).into_iter();
                problems.map(move |problem| format!("{what}: {problem}"))
            })
            .collect()
    }
}

impl Price {
    /// The reasons to doubt it on a day.
    pub fn doubts(&self, on: Date) -> Vec<Doubt> {
        let unverified = (!self.verified).then_some(Doubt::Unverified);
        let age = match self.date {
            None => Some(Doubt::Undated),
            Some(date) => date.is_dated_on(on).then_some(Doubt::Dated),
        };
        unverified.into_iter().chain(age).collect()
    }

    /// The amount in its currency.
    pub fn money(&self) -> Money {
        Money::of(self.amount, self.currency)
    }

    fn fits(&self, asked: &Asked<'_>, areas: &Areas) -> bool {
        let kind = self.kind.as_deref();
        self.item == asked.item
            && self.unit == asked.unit
            && self.cloud == *asked.cloud
            && kind.is_none_or(|kind| asked.kind == Some(kind))
            && self.fits_regions(asked, areas)
    }

    fn fits_regions(&self, asked: &Asked<'_>, areas: &Areas) -> bool {
        let among = |patterns: &[RegionPattern], region: &Region| {
            let mut all = patterns.iter();
            patterns.is_empty() || all.any(|pattern| pattern.fits(region, areas))
        };
        let Some(to) = asked.to else {
            return among(&self.from, asked.from);
        };
        let goes = |from, to| among(&self.from, from) && among(&self.to, to);
        goes(asked.from, to) || self.both_ways && goes(to, asked.from)
    }

    fn problems(&self, areas: &Areas) -> Vec<String> {
        let mut problems = Vec::new();
        if !self.item.units().contains(&self.unit) {
            let units: Vec<String> = self.item.units().iter().map(Unit::to_string).collect();
            let expected = units.join(" or ");
            problems.push(format!("invalid unit `{}`: expected {expected}", self.unit));
        }
        if self.kind.is_some() && !self.item.has_kinds() {
            problems.push("unexpected key `kind`: only instances and disks have kinds".to_owned());
        }
        if self.item != Item::RegionTransfer && (self.both_ways || !self.to.is_empty()) {
            let text = "unexpected key `to` or `both-ways`: only `region-transfer` has two regions";
            problems.push(text.to_owned());
        }
        for pattern in self.from.iter().chain(&self.to) {
            if let RegionPattern::Area(name) = pattern
                && !areas.contains_key(name)
            {
                problems.push(format!(
                    "unknown area `{name}`: expected a name from `areas` of the table"
                ));
            }
        }
        problems
    }
}

/// What is wrong with a price table, one problem a line, each with its place in the file where that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceTableError(TopologyError);

impl PriceTableError {
    /// Names the file that the problems are in; messages then begin with it.
    #[must_use]
    pub fn in_file(self, file: &Path) -> Self {
        Self(self.0.in_file(file))
    }

    /// The problems, without file, line and column.
    pub fn problems(&self) -> &[String] {
        self.0.problems()
    }
}

impl fmt::Display for PriceTableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for PriceTableError {}
