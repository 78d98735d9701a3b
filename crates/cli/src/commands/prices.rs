//! `landbridge prices`: the price table that costs are reckoned with, and a new one from the vendors.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use landbridge_core::cost::{Price, PriceTable, Refresh, RegionPattern};
use serde_json::{Value, json};

use super::stages;
use crate::args::{Options, PricesArgs};
use crate::exit::{Exit, Failure, Outcome};
use crate::files;
use crate::output::Output;
use crate::session::Session;

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

pub(super) async fn run(args: &PricesArgs, options: &Options, output: &mut Output) -> Outcome {
    if let Some(topology) = &args.refresh {
        return refresh(topology, args.out.as_deref(), options, output).await;
    }
    let table = options.price_table();
    output.section("prices", shown(table), table);
    Ok(Exit::Ok)
}

async fn refresh(
    topology: &Path,
    out: Option<&Path>,
    options: &Options,
    output: &mut Output,
) -> Outcome {
    if options.prices.is_some() {
        return Err(Failure::bad_input(
            "`--refresh` makes a table over the built-in one: leave out `--prices`",
        ));
    }
    let topology = stages::open(output, topology)?;
    let session = Session::open(&topology, options).await?;
    let asking = session.engine.refresh_prices(&topology);
    let refresh = session.unless_cancelled(asking).await?;
    output.section("prices", shown(&refresh.table), &refresh.table);
    output.section("refresh", &refresh, &refresh);
    if let Some(out) = out {
        write(&refresh, out, &session, options, output).await?;
    }
    Ok(Exit::judged(false, !refresh.is_complete()))
}

async fn write(
    refresh: &Refresh,
    out: &Path,
    session: &Session,
    options: &Options,
    output: &mut Output,
) -> Outcome<()> {
    let name = out.display();
    if refresh.refreshed == 0 {
        let text = format!("{name}: not written, because no price was refreshed");
        output.section("written", text, Value::Null);
        return Ok(());
    }
    if out.exists() {
        let question = format!("Replace price table `{name}`?");
        stages::confirm(output, &session.cancel, options, &question).await?;
    }
    files::write("price table", out, &refresh.table.to_text())?;
    let text = format!(
        "{name}: {} prices over those of the program; use it with `--prices {name}`",
        refresh.refreshed
    );
    output.section("written", text, json!({ "file": out }));
    Ok(())
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
