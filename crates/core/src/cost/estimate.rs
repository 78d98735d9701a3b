//! What a topology costs, by the account that pays.

use std::collections::{BTreeMap, HashSet};

use jiff::civil::Date;
use serde::Serialize;

use super::charge::Charges;
use super::table::Asked;
use super::{Charge, Doubt, HOURS_OF_MONTH, Money, Price, PriceDate, PriceTable, Unit};
use crate::format::FormatVersion;
use crate::ids::{AccountId, CloudName};
use crate::object::{Kind, ObjectKey, OpKind};
use crate::observation::Observation;
use crate::plan::{Plan, Step};
use crate::topology::Topology;

/// What a topology costs while all of it is there: each hour, and each GB of traffic, by the account that pays.
///
/// It is made without asking a cloud. What the table has no price for is [`not_priced`](Self::not_priced), and what is no
/// part of the sum is [`not_counted`](Self::not_counted); neither is taken for free. Sums are kept apart by currency.
/// Discounts, free allowances and taxes are in none of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Estimate {
    /// The version of its JSON document.
    pub format: FormatVersion<1>,
    /// The topology.
    pub topology: String,
    /// The date of the price table.
    pub prices: PriceDate,
    /// What all accounts together pay for each hour, as far as there are prices.
    pub hourly: Money,
    /// The accounts that are charged, in the order of the topology.
    pub accounts: Vec<AccountCost>,
    /// The charges with a price. Those that are free have the price 0.
    pub charges: Vec<PricedCharge>,
    /// The charges that the table has no price for.
    pub not_priced: Vec<Charge>,
    /// What is not counted, each with the reason.
    pub not_counted: Vec<String>,
}

/// What an account pays for each hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AccountCost {
    /// Its name in the topology.
    pub name: String,
    /// Its cloud.
    pub cloud: CloudName,
    /// Its ID.
    pub id: AccountId,
    /// What it pays for each hour, as far as there are prices.
    pub hourly: Money,
}

/// A charge and its price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PricedCharge {
    /// The charge.
    #[serde(flatten)]
    pub charge: Charge,
    /// The price of one unit.
    pub price: Money,
    /// What it costs for each hour; nothing for traffic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hourly: Option<Money>,
    /// Where the price was read.
    pub source: String,
    /// The date of the source.
    pub date: Option<PriceDate>,
    /// The reasons to doubt the price.
    pub doubts: Vec<Doubt>,
    /// When it applies, where it does not always.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl PricedCharge {
    fn new(charge: Charge, price: &Price, on: Date) -> Self {
        let amount = price.amount.times(charge.count);
        let hourly = match charge.unit {
            Unit::Hour => Some(amount),
            Unit::GbMonth => Some(amount.part_of(HOURS_OF_MONTH)),
            Unit::Gb | Unit::Run => None,
        };
        Self {
            charge,
            price: price.money(),
            hourly: hourly.map(|amount| Money::of(amount, price.currency)),
            source: price.source.clone(),
            date: price.date,
            doubts: price.doubts(on),
            note: price.note.clone(),
        }
    }

    /// Whether it costs nothing.
    pub fn is_free(&self) -> bool {
        self.price.is_zero()
    }
}

/// What a plan changes about the cost for each hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CostChange {
    /// What the objects cost that the plan creates.
    pub added: Money,
    /// Objects that the plan creates and that have no price.
    pub not_priced: Vec<String>,
    /// What the plan deletes and may have cost something until then. Nothing is subtracted for it.
    pub ends: Vec<String>,
}

impl Estimate {
    /// What a topology will cost when all of it is there. The model of each interconnect is the one that the topology asks
    /// for; [`choose_models`](super::choose_models) comes before. Prices are judged dated or not on the day `on`.
    ///
    /// ```
    /// use landbridge_core::cost::{Estimate, PriceTable};
    /// use landbridge_core::topology::Topology;
    /// use landbridge_core::{Capabilities, CloudName, Model, Observation};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let topology = Topology::from_text(
    ///     "{ name: demo, accounts: [{ name: a, cloud: aliyun, id: '1111' }],
    ///        networks: [{ name: one, account: a, region: cn-hangzhou, range: 10.1.0.0/16 },
    ///                   { name: two, account: a, region: cn-hangzhou, range: 10.2.0.0/16 }],
    ///        interconnects: [{ name: core, owner: a, model: hub, members: [one, two] }] }",
    /// )?;
    /// let offered = Capabilities::new(CloudName::from_static("aliyun"), vec![Model::Hub]);
    /// let observation = Observation::new([offered], Vec::new());
    /// let on = "2026-11-28".parse()?;
    /// let estimate = Estimate::new(&topology, &observation, PriceTable::built_in(), on);
    /// assert_eq!(estimate.hourly.to_string(), "0.700 CNY");
    /// println!("{estimate}");
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(
        topology: &Topology,
        observation: &Observation,
        prices: &PriceTable,
        on: Date,
    ) -> Self {
        let Charges { charges, left_out } = Charges::of(topology, observation);
        let mut priced = Vec::new();
        let mut not_priced = Vec::new();
        for charge in charges {
            match price_of(topology, prices, &charge) {
                Some(price) => priced.push(PricedCharge::new(charge, price, on)),
                None => not_priced.push(charge),
            }
        }
        Self {
            format: FormatVersion,
            topology: topology.name.clone(),
            prices: prices.date,
            hourly: hourly(&priced),
            accounts: accounts(topology, &priced, &not_priced),
            charges: priced,
            not_priced,
            not_counted: left_out,
        }
    }

    /// Whether nothing has a price of more than zero, and nothing is without one.
    pub fn is_free(&self) -> bool {
        self.not_priced.is_empty() && self.charges.iter().all(PricedCharge::is_free)
    }

    /// What a plan of the same topology changes.
    pub fn change(&self, plan: &Plan) -> CostChange {
        let created = plan.steps.iter().filter(|step| is_made(step));
        let created: HashSet<&ObjectKey> = created.map(|step| step.key.object()).collect();
        let is_new = |charge: &Charge| charge.key.as_ref().is_some_and(|key| created.contains(key));
        let added = self.charges.iter().filter(|one| is_new(&one.charge));
        let not_priced = self.not_priced.iter().filter(|charge| is_new(charge));
        let mut names: Vec<String> = not_priced.map(|charge| charge.to_string()).collect();
        names.dedup();
        let deleted = plan.steps.iter().filter(|step| may_cost(step.op.kind()));
        CostChange {
            added: added.filter_map(|one| one.hourly.clone()).sum(),
            not_priced: names,
            ends: deleted.map(|step| step.key.object().to_string()).collect(),
        }
    }
}

/// Whether a step makes something new that is charged for.
fn is_made(step: &Step) -> bool {
    let kinds = [Kind::Network, Kind::Hub, Kind::Peering, Kind::Instance];
    step.existing.is_none() && kinds.map(OpKind::create).contains(&step.op.kind())
}

/// Whether what such a step deletes may have been charged for.
fn may_cost(kind: OpKind) -> bool {
    [Kind::Instance, Kind::Peering, Kind::Hub]
        .map(OpKind::delete)
        .contains(&kind)
}

pub(super) fn price_of<'p>(
    topology: &Topology,
    prices: &'p PriceTable,
    charge: &Charge,
) -> Option<&'p Price> {
    let account = topology.account(&charge.account)?;
    prices.price(&Asked {
        cloud: &account.cloud,
        item: charge.item,
        unit: charge.unit,
        kind: charge.kind.as_deref(),
        from: &charge.region,
        to: charge.to.as_ref(),
    })
}

fn hourly<'c>(charges: impl IntoIterator<Item = &'c PricedCharge>) -> Money {
    let all = charges.into_iter();
    all.filter_map(|one| one.hourly.clone()).sum()
}

fn accounts(
    topology: &Topology,
    priced: &[PricedCharge],
    not_priced: &[Charge],
) -> Vec<AccountCost> {
    let mut of_account: BTreeMap<&str, Vec<&PricedCharge>> = BTreeMap::new();
    for charge in not_priced {
        of_account.entry(&charge.account).or_default();
    }
    for one in priced {
        of_account.entry(&one.charge.account).or_default().push(one);
    }
    let accounts = topology.accounts.iter();
    let charged = accounts.filter_map(|account| {
        let charges = of_account.get(account.name.as_str())?;
        Some(AccountCost {
            name: account.name.clone(),
            cloud: account.cloud.clone(),
            id: account.id.clone(),
            hourly: hourly(charges.iter().copied()),
        })
    });
    charged.collect()
}
