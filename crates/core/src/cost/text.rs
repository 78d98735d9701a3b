//! How estimates read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{AccountCost, Charge, CostChange, Estimate, HOURS_OF_MONTH, Item, PricedCharge, Unit};

/// How many names one line tells.
const NAMED: usize = 8;

/// What charges with one price have in common; they share a line.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Sort<'c> {
    item: Item,
    unit: Unit,
    kind: Option<&'c str>,
    part_of: Option<&'c str>,
    region: &'c str,
    to: Option<&'c str>,
    count: u64,
}

impl<'c> Sort<'c> {
    fn of(charge: &'c Charge) -> Self {
        // Where it is, is told of what moves; what stands somewhere is told by its name.
        let moves = matches!(charge.item, Item::RegionTransfer | Item::LocalTransfer);
        Self {
            item: charge.item,
            unit: charge.unit,
            kind: charge.kind.as_deref(),
            part_of: charge.part_of.as_deref().filter(|_| !moves),
            region: if moves { charge.region.as_str() } else { "" },
            to: charge.to.as_ref().filter(|_| moves).map(|to| to.as_str()),
            count: charge.count,
        }
    }

    /// What it is, without names.
    fn what(&self) -> String {
        let of = self.part_of.unwrap_or_default();
        let kind = self.kind.unwrap_or_default();
        let (region, to) = (self.region, self.to.unwrap_or_default());
        match (self.item, self.unit) {
            (Item::Network, _) => "networks".to_owned(),
            (Item::Peering, _) => format!("peerings of {of}"),
            (Item::Hub, _) => format!("hubs of {of}"),
            (Item::HubLink, _) => format!("connections between the regions of {of}"),
            (Item::EdgeHub, _) => format!("hub of edge {of}"),
            (Item::Attachment | Item::EdgeAttachment, Unit::Gb) => {
                format!("sent into attachments to {of}")
            }
            (Item::Attachment | Item::EdgeAttachment, _) => format!("attachments to {of}"),
            (Item::Instance, _) => format!("instances {kind}"),
            (Item::Disk, _) => format!("disks {kind} of {} GB", self.count),
            (Item::RegionTransfer, _) => format!("from {region} to {to}"),
            (Item::ServiceEndpoint, _) => format!("{} service endpoints for agents", self.count),
            (Item::LocalTransfer, _) => format!("traffic inside {region}, sent or received"),
            (Item::PathAnalysis, _) => "path analyses".to_owned(),
        }
    }
}

/// Names on one line: the first of them, and how many more.
#[derive(Default)]
struct Names<'c>(BTreeSet<&'c str>);

impl<'c> Names<'c> {
    fn add(&mut self, charge: &'c Charge) {
        self.0.extend(charge.name.as_deref());
    }
}

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<&str> = self.0.iter().take(NAMED).copied().collect();
        if !shown.is_empty() {
            write!(f, ": {}", shown.join(", "))?;
        }
        match self.0.len().saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

impl fmt::Display for Charge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = Names::default();
        names.add(self);
        write!(f, "{}{names}", Sort::of(self).what())
    }
}

/// Where prices were read, numbered in the order in which they are met.
#[derive(Default)]
struct Sources(Vec<String>);

impl Sources {
    fn number(&mut self, priced: &PricedCharge) -> usize {
        let mut text = priced.source.clone();
        if let Some(date) = priced.date {
            text.push_str(&format!(", {date}"));
        }
        for doubt in &priced.doubts {
            text.push_str(&format!("; {doubt}"));
        }
        let known = self.0.iter().position(|known| *known == text);
        known.unwrap_or_else(|| {
            self.0.push(text);
            self.0.len() - 1
        }) + 1
    }
}

/// Charges of an account that share a line, by what they have in common and their price.
type Lines<'c> = BTreeMap<(Sort<'c>, String), (Vec<&'c PricedCharge>, Names<'c>)>;

impl Estimate {
    fn lines<'c>(&'c self, account: &AccountCost, per_gb: bool) -> Lines<'c> {
        let mut lines = Lines::new();
        let charges = self.charges.iter().filter(|one| {
            !one.is_free()
                && one.charge.account == account.name
                && (one.charge.unit == Unit::Gb) == per_gb
        });
        for one in charges {
            let price = format!("{}{:?}{:?}", one.price, one.source, one.note);
            let line = lines.entry((Sort::of(&one.charge), price)).or_default();
            line.0.push(one);
            line.1.add(&one.charge);
        }
        lines
    }

    fn write_hourly(&self, f: &mut fmt::Formatter<'_>, sources: &mut Sources) -> fmt::Result {
        if self.hourly.is_zero() {
            return Ok(());
        }
        let month = self.hourly.times(HOURS_OF_MONTH);
        write!(
            f,
            "\n  each hour: {} ({month} in {HOURS_OF_MONTH} hours)",
            self.hourly
        )?;
        for account in self
            .accounts
            .iter()
            .filter(|account| !account.hourly.is_zero())
        {
            let AccountCost {
                name,
                cloud,
                id,
                hourly,
            } = account;
            write!(f, "\n    {name} ({cloud} {id}): {hourly}")?;
            for ((sort, _), (charges, names)) in self.lines(account, false) {
                let sum: super::Money = charges.iter().filter_map(|one| one.hourly.clone()).sum();
                let number = sources.number(charges[0]);
                let count = charges.len() as u64 * sort.count;
                let each = match (sort.unit, count) {
                    (Unit::GbMonth, _) => format!(" ({} for a GB and month)", charges[0].price),
                    (_, 1) => String::new(),
                    (_, many) => format!(" ({many} x {})", charges[0].price),
                };
                write!(f, "\n      {sum}{each}  {}{names} [{number}]", sort.what())?;
            }
        }
        Ok(())
    }

    fn write_per_gb(&self, f: &mut fmt::Formatter<'_>, sources: &mut Sources) -> fmt::Result {
        let mut begun = false;
        for account in &self.accounts {
            let lines = self.lines(account, true);
            if lines.is_empty() {
                continue;
            }
            if !begun {
                f.write_str("\n  each GB:")?;
                begun = true;
            }
            write!(
                f,
                "\n    {} ({} {}):",
                account.name, account.cloud, account.id
            )?;
            for ((sort, _), (charges, names)) in lines {
                let (one, number) = (charges[0], sources.number(charges[0]));
                write!(f, "\n      {}  {}{names}", one.price, sort.what())?;
                if let Some(note) = &one.note {
                    write!(f, "; {note}")?;
                }
                write!(f, " [{number}]")?;
            }
        }
        Ok(())
    }

    fn write_free(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let free = self.charges.iter().filter(|one| one.is_free());
        let what: BTreeSet<String> = free.map(|one| Sort::of(&one.charge).what()).collect();
        let what: Vec<String> = what.into_iter().collect();
        match what.as_slice() {
            [] => Ok(()),
            what => write!(f, "\n  free: {}", what.join(", ")),
        }
    }

    fn write_missing(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut missing: BTreeMap<(&str, Sort<'_>), Names<'_>> = BTreeMap::new();
        for charge in &self.not_priced {
            let key = (charge.account.as_str(), Sort::of(charge));
            missing.entry(key).or_default().add(charge);
        }
        if !missing.is_empty() {
            f.write_str("\n  not priced, and in none of the sums:")?;
        }
        for ((account, sort), names) in missing {
            write!(
                f,
                "\n    {account}: {}{names}, each {}",
                sort.what(),
                sort.unit
            )?;
        }
        for what in &self.not_counted {
            write!(f, "\n  not counted: {what}")?;
        }
        Ok(())
    }
}

/// What a payer reviews: sums, their parts, what is in none of them, and where each price comes from.
impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cost of {}, by prices of {}:",
            self.topology, self.prices
        )?;
        if self.is_free() {
            f.write_str(" nothing is charged for")?;
        }
        let mut sources = Sources::default();
        self.write_hourly(f, &mut sources)?;
        self.write_per_gb(f, &mut sources)?;
        self.write_free(f)?;
        self.write_missing(f)?;
        for (index, source) in sources.0.iter().enumerate() {
            write!(f, "\n  [{}] {source}", index + 1)?;
        }
        Ok(())
    }
}

impl fmt::Display for CostChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the plan adds {} each hour", self.added)?;
        if !self.not_priced.is_empty() {
            write!(f, ", and what has no price: {}", self.not_priced.join("; "))?;
        }
        match self.ends.len() {
            0 => Ok(()),
            _ => write!(
                f,
                "; what it deletes is charged no longer, and not subtracted: {}",
                self.ends.join(", ")
            ),
        }
    }
}
