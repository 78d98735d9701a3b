//! Prices as the vendors tell them: what is asked, what is answered, and the table that comes of it.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use super::charge::Charges;
use super::table::Asked;
use super::{
    Amount, Charge, Currency, Item, Price, PriceDate, PriceTable, RegionPattern, Unit,
    possible_models,
};
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{AccountId, CloudName, Region};
use crate::observation::Observation;
use crate::topology::{Holder, Topology};
use crate::traits::{Capabilities, Disk};

/// What a vendor is asked the price of, with the keys of an account that is charged for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PriceQuestion {
    /// The cloud.
    pub cloud: CloudName,
    /// The account whose keys ask.
    pub account: AccountId,
    /// What is charged for.
    pub item: Item,
    /// By what it is charged.
    pub unit: Unit,
    /// The type of the instance or the category of the disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The region; of traffic between regions the one that sends it.
    pub region: Region,
    /// The region that receives traffic between regions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Region>,
    /// The type of the instance that is asked about, or whose disk is.
    #[serde(skip)]
    pub instance_type: Option<String>,
    /// Its system disk, where the topology declares one.
    #[serde(skip)]
    pub disk: Option<Disk>,
}

impl PriceQuestion {
    /// A question about an item in a region.
    pub fn new(
        cloud: CloudName,
        account: impl Into<AccountId>,
        (item, unit): (Item, Unit),
        region: impl Into<Region>,
    ) -> Self {
        Self {
            cloud,
            account: account.into(),
            item,
            unit,
            kind: None,
            region: region.into(),
            to: None,
            instance_type: None,
            disk: None,
        }
    }

    /// The region that receives the traffic.
    #[must_use]
    pub fn to(mut self, region: impl Into<Region>) -> Self {
        self.to = Some(region.into());
        self
    }

    /// The instance that is asked about, or whose disk is: its type and its disk.
    #[must_use]
    pub fn of_instance(mut self, instance_type: &str, disk: Option<Disk>) -> Self {
        self.kind = match (self.item, &disk) {
            (Item::Disk, Some(disk)) => Some(disk.category.clone()),
            (Item::Disk, None) => None,
            _ => Some(instance_type.to_owned()),
        };
        self.instance_type = Some(instance_type.to_owned());
        self.disk = disk;
        self
    }

    fn of(topology: &Topology, charge: &Charge) -> Option<Self> {
        let account = topology.account(&charge.account)?;
        let instance = charge.name.as_deref().filter(|_| charge.item.has_kinds());
        let instance =
            instance.and_then(|name| topology.instances.iter().find(|one| one.name == name));
        Some(Self {
            cloud: account.cloud.clone(),
            account: account.id.clone(),
            item: charge.item,
            unit: charge.unit,
            kind: charge.kind.clone(),
            region: charge.region.clone(),
            // A link has no direction, and one price.
            to: charge
                .to
                .clone()
                .filter(|_| charge.item == Item::RegionTransfer),
            instance_type: instance.and_then(|instance| instance.instance_type.clone()),
            disk: instance.and_then(|instance| instance.disk.clone()),
        })
    }

    /// What makes two questions one: accounts see the same prices.
    fn asked(&self) -> Asked<'_> {
        Asked {
            cloud: &self.cloud,
            item: self.item,
            unit: self.unit,
            kind: self.kind.as_deref(),
            from: &self.region,
            to: self.to.as_ref(),
        }
    }

    fn priced(&self, quote: PriceQuote, on: PriceDate) -> Price {
        Price {
            cloud: self.cloud.clone(),
            item: self.item,
            kind: self.kind.clone(),
            from: vec![RegionPattern::Region(self.region.clone())],
            to: self
                .to
                .clone()
                .map(RegionPattern::Region)
                .into_iter()
                .collect(),
            both_ways: false,
            unit: self.unit,
            amount: quote.amount,
            currency: quote.currency,
            source: quote.source,
            date: Some(quote.date.unwrap_or(on)),
            verified: quote.verified,
            note: quote.note,
        }
    }
}

impl fmt::Display for PriceQuestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.cloud, self.item)?;
        if let Some(kind) = &self.kind {
            write!(f, " {kind}")?;
        }
        match &self.to {
            Some(to) => write!(f, " {} -> {to}", self.region)?,
            None => write!(f, " in {}", self.region)?,
        }
        write!(f, ", each {}", self.unit)
    }
}

/// What a vendor says that one unit costs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PriceQuote {
    /// The amount for one unit: the list price, without discounts.
    pub amount: Amount,
    /// Its currency.
    pub currency: Currency,
    /// The operation that was asked, and the product that it was asked about.
    pub source: String,
    /// The date that the vendor gives it. Default: the day on which it was asked.
    pub date: Option<PriceDate>,
    /// Whether it is certainly the price that was asked for. Default: yes.
    pub verified: bool,
    /// When it applies, where it does not always. Default: always.
    pub note: Option<String>,
}

impl PriceQuote {
    /// A price of today.
    pub fn new(amount: Amount, currency: Currency, source: impl Into<String>) -> Self {
        Self {
            amount,
            currency,
            source: source.into(),
            date: None,
            verified: true,
            note: None,
        }
    }
}

/// A price that was not refreshed, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NotRefreshed {
    /// What has no new price.
    #[serde(flatten)]
    pub question: PriceQuestion,
    /// The reason.
    pub reason: String,
    /// Whether a vendor was to be asked and did not tell. Else Landbridge has nothing to ask it with.
    pub failed: bool,
    /// The price that counts as before; none if the table has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<Price>,
}

impl NotRefreshed {
    fn new(question: PriceQuestion, error: &Error) -> Self {
        let failed = error.kind() != ErrorKind::Unsupported || error.operation().is_some();
        Self {
            kept: PriceTable::built_in().price(&question.asked()).cloned(),
            reason: match failed {
                true => error.to_string(),
                false => error.message().to_owned(),
            },
            failed,
            question,
        }
    }
}

/// Interfaces say 0 also of what is charged as a part of something else.
fn not_free(quote: PriceQuote) -> Result<PriceQuote> {
    match quote.amount.is_zero() {
        false => Ok(quote),
        true => Err(Error::new(
            ErrorKind::Malformed,
            format!("the price in the answer is 0 ({})", quote.source),
        )),
    }
}

/// What came of asking vendors for prices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Refresh {
    /// The new prices, over those of the built-in table.
    #[serde(skip)]
    pub table: PriceTable,
    /// How many prices are new.
    pub refreshed: usize,
    /// What has no new price.
    pub not_refreshed: Vec<NotRefreshed>,
}

impl Refresh {
    /// The table that comes of answers which were given on a day. What was not answered keeps its built-in price.
    pub fn new(answers: Vec<(PriceQuestion, Result<PriceQuote>)>, on: PriceDate) -> Self {
        let (mut prices, mut not_refreshed) = (Vec::new(), Vec::new());
        for (question, answer) in answers {
            match answer.and_then(not_free) {
                Ok(quote) => prices.push(question.priced(quote, on)),
                Err(error) => not_refreshed.push(NotRefreshed::new(question, &error)),
            }
        }
        Self {
            refreshed: prices.len(),
            table: PriceTable::over_built_in(on, prices),
            not_refreshed,
        }
    }

    /// Whether every vendor told what it was asked.
    pub fn is_complete(&self) -> bool {
        !self.not_refreshed.iter().any(|one| one.failed)
    }
}

impl fmt::Display for Refresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (refreshed, others) = (self.refreshed, self.not_refreshed.len());
        write!(
            f,
            "prices asked on {}: {refreshed} refreshed, {others} not refreshed",
            self.table.date
        )?;
        let mut told = BTreeSet::new();
        for NotRefreshed { reason, .. } in &self.not_refreshed {
            if told.insert(reason) {
                write!(f, "\n  not refreshed, because {reason}:")?;
                let same = self.not_refreshed.iter();
                for one in same.filter(|one| one.reason == *reason) {
                    write!(f, "\n    {one}")?;
                }
            }
        }
        Ok(())
    }
}

impl fmt::Display for NotRefreshed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(kept) = &self.kept else {
            return write!(f, "{}: no price", self.question);
        };
        let Price {
            amount, currency, ..
        } = kept;
        write!(
            f,
            "{}: keeps {amount} {currency} ({}",
            self.question, kept.source
        )?;
        match kept.date {
            Some(date) => write!(f, ", {date}")?,
            None => f.write_str("; undated")?,
        }
        f.write_str(if kept.verified { ")" } else { "; UNVERIFIED)" })
    }
}

/// What to ask the vendors for a topology: each thing that it is charged for, once. Where the model of an interconnect is
/// open, what each model is charged for.
pub fn price_questions(topology: &Topology, capabilities: &[Capabilities]) -> Vec<PriceQuestion> {
    let observation = Observation::new(capabilities.iter().cloned(), Vec::new());
    let mut known = BTreeSet::new();
    let mut questions = Vec::new();
    for topology in possible_models(topology, capabilities) {
        let charges = Charges::of(&topology, &observation).charges;
        let is_ours = |charge: &&Charge| {
            let account = topology.account(&charge.account);
            account.is_some_and(|account| account.held_by == Holder::Us)
        };
        // Keys that we have ask also for what others are charged for.
        let (ours, others): (Vec<_>, Vec<_>) = charges.iter().partition(is_ours);
        let all = ours.into_iter().chain(others);
        for question in all.filter_map(|charge| PriceQuestion::of(&topology, charge)) {
            if known.insert(question.to_string()) {
                questions.push(question);
            }
        }
    }
    questions
}

/// The error for what a backend has no question for.
pub fn not_asked(why: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unsupported, why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traits::Model;

    const ALIYUN: CloudName = CloudName::from_static("aliyun");

    fn topology(model: &str) -> Topology {
        let text = format!(
            "{{ name: net, accounts: [{{ name: a, cloud: aliyun, id: '1111' }}, {{ name: b, cloud: aliyun, id: '2222' }}],
               networks: [{{ name: one, account: a, region: cn-hangzhou, range: 10.1.0.0/16, subnets: [{{ name: s, zone: cn-hangzhou-h, range: 10.1.1.0/24 }}] }},
                          {{ name: two, account: b, region: cn-qingdao, range: 10.2.0.0/16 }}],
               interconnects: [{{ name: core, owner: a, model: {model}, members: [one, two] }}],
               firewalls: [{{ name: f, networks: [one], rules: [] }}],
               instances: [{{ name: i, subnet: one/s, type: ecs.t6, image: m, firewalls: [f], disk: {{ category: cloud_essd, size_gib: 40 }} }}] }}"
        );
        Topology::from_text(&text).expect("a topology")
    }

    fn asked(topology: &Topology) -> Vec<String> {
        let offered = Capabilities::new(ALIYUN, vec![Model::Hub, Model::Mesh]);
        let questions = price_questions(topology, &[offered]);
        questions.iter().map(ToString::to_string).collect()
    }

    fn instance() -> PriceQuestion {
        let item = (Item::Instance, Unit::Hour);
        PriceQuestion::new(ALIYUN, "1111", item, "cn-hangzhou").of_instance("ecs.t6", None)
    }

    fn quote(amount: &str) -> PriceQuote {
        let (amount, currency) = (amount.parse(), "CNY".parse());
        PriceQuote::new(
            amount.expect("an amount"),
            currency.expect("a currency"),
            "Ask, x",
        )
    }

    fn day() -> PriceDate {
        "2026-11-30".parse().expect("a day")
    }

    #[test]
    fn each_thing_is_asked_for_once_and_open_models_are_all_asked_for() {
        let hub = asked(&topology("hub"));
        for part in [
            "aliyun instance ecs.t6 in cn-hangzhou, each hour",
            "aliyun disk cloud_essd in cn-hangzhou, each GB and month",
            "aliyun region-transfer cn-hangzhou -> cn-qingdao, each GB",
            "aliyun region-transfer cn-qingdao -> cn-hangzhou, each GB",
            "aliyun attachment in cn-qingdao, each hour",
        ] {
            let times = hub.iter().filter(|one| *one == part).count();
            assert_eq!(times, 1, "{part} in {hub:#?}");
        }
        assert!(!hub.iter().any(|one| one.contains("peering")), "{hub:#?}");
        let open = asked(&topology("auto"));
        assert!(open.iter().any(|one| one.contains("peering")), "{open:#?}");
        assert!(hub.iter().all(|one| open.contains(one)), "{open:#?}");
    }

    #[test]
    fn our_keys_ask_before_those_of_others() {
        let topology = Topology::from_text(
            "{ name: net, accounts: [{ name: a, cloud: aliyun, id: '1111', held-by: other }, { name: b, cloud: aliyun, id: '2222' }],
               networks: [{ name: one, account: a, id: vpc-1, region: cn-hangzhou, ranges: [10.1.0.0/16] },
                          { name: two, account: b, region: cn-hangzhou, range: 10.2.0.0/16 }],
               interconnects: [{ name: core, owner: b, model: mesh, members: [one, two] }] }",
        );
        let offered = Capabilities::new(ALIYUN, vec![Model::Mesh]);
        let questions = price_questions(&topology.expect("a topology"), &[offered]);
        // Both accounts pay for it.
        let traffic = questions
            .iter()
            .filter(|one| one.item == Item::LocalTransfer);
        let accounts: Vec<&str> = traffic.map(|one| one.account.as_str()).collect();
        assert_eq!(accounts, ["2222"]);
    }

    #[test]
    fn an_answer_comes_before_the_built_in_price_and_the_table_is_read_again() {
        let refresh = Refresh::new(vec![(instance(), Ok(quote("0.21")))], day());
        assert!(refresh.is_complete());
        let read = PriceTable::from_text(&refresh.table.to_text()).expect("a table");
        let price = read.price(&instance().asked()).expect("a price");
        assert_eq!(
            (price.amount.to_string(), price.verified),
            ("0.210".to_owned(), true)
        );
        assert_eq!((price.source.as_str(), price.date), ("Ask, x", Some(day())));
        assert_eq!(read.prices.len(), PriceTable::built_in().prices.len() + 1);
    }

    #[test]
    fn the_date_of_the_vendor_counts_before_the_day_of_asking() {
        let published = "2026-10-01".parse().ok();
        let dated = PriceQuote {
            date: published,
            ..quote("0.21")
        };
        let refresh = Refresh::new(vec![(instance(), Ok(dated))], day());
        assert_eq!(refresh.table.prices[0].date, published);
        assert_eq!(refresh.table.date, day());
    }

    #[test]
    fn what_was_not_told_keeps_its_price_and_says_why() {
        let attachment = PriceQuestion::new(
            ALIYUN,
            "1111",
            (Item::Attachment, Unit::Hour),
            "cn-hangzhou",
        );
        let denied = Error::new(ErrorKind::PermissionDenied, "not allowed");
        let answers = vec![
            (attachment, Err(not_asked("its product code is not known"))),
            (instance(), Err(denied)),
            (instance(), Ok(quote("0"))),
        ];
        let refresh = Refresh::new(answers, day());
        assert!(!refresh.is_complete());
        let failed: Vec<bool> = refresh.not_refreshed.iter().map(|one| one.failed).collect();
        assert_eq!(failed, [false, true, true]);
        let text = refresh.to_string();
        for part in [
            "0 refreshed, 3 not refreshed",
            "not refreshed, because its product code is not known:\n    aliyun attachment in cn-hangzhou, each hour: keeps 0.350 CNY (",
            "undated; UNVERIFIED)",
            "because permission denied: not allowed:\n    aliyun instance ecs.t6 in cn-hangzhou, each hour: no price",
            "because answer not understood: the price in the answer is 0 (Ask, x)",
        ] {
            assert!(text.contains(part), "`{part}` is missing: {text}");
        }
    }
}
