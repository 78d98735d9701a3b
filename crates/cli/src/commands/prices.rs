//! `landbridge prices`: the price table that costs are reckoned with.

use std::fmt::Write as _;
use std::sync::Arc;

use landbridge_core::cost::{Price, PriceTable, RegionPattern};

use crate::args::Options;
use crate::exit::{Exit, Failure, Outcome};
use crate::files;
use crate::output::Output;

/// Reads the table that the options name, before anything else is done.
pub(super) fn load(options: &mut Options) -> Outcome<()> {
    let Some(file) = &options.prices else {
        return Ok(());
    };
    let text = files::read("price table", file)?;
    let table = PriceTable::from_text(&text).map_err(|error| {
        let error = error.in_file(files::shown(file));
        Failure::new(Exit::BadInput, error)
    })?;
    options.price_table = Some(Arc::new(table));
    Ok(())
}

impl Options {
    /// The table that costs are reckoned with.
    pub(super) fn price_table(&self) -> &PriceTable {
        let own = self.price_table.as_deref();
        own.unwrap_or_else(|| PriceTable::built_in())
    }
}

pub(super) fn run(options: &Options, output: &mut Output) -> Outcome {
    let table = options.price_table();
    output.section("prices", shown(table), table);
    Ok(Exit::Ok)
}

fn shown(table: &PriceTable) -> String {
    let mut text = format!(
        "price table of {}: {} prices; of those that fit a charge the first one counts",
        table.date,
        table.prices.len()
    );
    for price in &table.prices {
        let Price {
            cloud,
            item,
            amount,
            currency,
            unit,
            source,
            ..
        } = price;
        let kind = price
            .kind
            .as_deref()
            .map_or(String::new(), |kind| format!(" {kind}"));
        let _ = write!(text, "\n  {cloud} {item}{kind}{}", ways(price));
        let _ = write!(text, "\n    {amount} {currency} each {unit}");
        if let Some(note) = &price.note {
            let _ = write!(text, "; {note}");
        }
        let _ = write!(text, "\n    {source}");
        match price.date {
            Some(date) => drop(write!(text, ", {date}")),
            None => text.push_str("; undated"),
        }
        if !price.verified {
            text.push_str("; UNVERIFIED");
        }
    }
    text
}

fn ways(price: &Price) -> String {
    let among = |regions: &[RegionPattern]| {
        let all: Vec<String> = regions.iter().map(RegionPattern::to_string).collect();
        all.join(", ")
    };
    match (price.from.as_slice(), price.to.as_slice()) {
        ([], []) => String::new(),
        (from, []) if !price.both_ways => format!(" in {}", among(from)),
        (from, to) => {
            let arrow = if price.both_ways { "<->" } else { "->" };
            let any = |regions: &[RegionPattern]| match regions {
                [] => "any region".to_owned(),
                regions => among(regions),
            };
            format!(" {} {arrow} {}", any(from), any(to))
        }
    }
}
