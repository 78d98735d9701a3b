//! Hubs or a mesh: which one an interconnect is built as where the topology leaves it open.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::charge::Charges;
use super::estimate::price_of;
use super::{Charge, Item, Money, PriceTable, Unit};
use crate::ids::Region;
use crate::object::{Kind, OpKind, Record as _};
use crate::observation::Observation;
use crate::plan::{Found, PlanOptions, Step, capabilities_of, plan_with};
use crate::preflight::{Finding, Severity, preflight_with};
use crate::topology::{Interconnect, ModelChoice, Topology};
use crate::traits::{Capabilities, Model};

/// So many open interconnects are planned and checked one by one. Of more, all are looked at with one model and with the
/// other: a plan for each would take the square of the time.
const MOST_APART: usize = 8;

/// The model that was chosen for an interconnect, why, and what was compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Chosen {
    /// The interconnect.
    pub interconnect: String,
    /// Its model.
    pub model: Model,
    /// Why.
    pub reason: ModelReason,
    /// The models that were compared, in the order in which the cloud prefers them; none where nothing was open.
    pub candidates: Vec<Candidate>,
}

/// Why a model was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ModelReason {
    /// The cloud offers no other one.
    OnlyOffered,
    /// The topology asks for what no other model has.
    Needed,
    /// The interconnect is built so already. No price changes what is there.
    InUse,
    /// Preflight refuses the others.
    Refused,
    /// The others need more than a quota usually allows.
    Quota,
    /// It costs less.
    Cost,
    /// Neither quotas nor prices decide, and the cloud prefers it.
    Preferred,
}

impl fmt::Display for ModelReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::OnlyOffered => "the cloud offers no other model",
            Self::Needed => "the topology asks for what no other model has",
            Self::InUse => "it is built so already",
            Self::Refused => "preflight refuses the other model",
            Self::Quota => "the other model exceeds a default quota",
            Self::Cost => "it costs less",
            Self::Preferred => "neither quotas nor prices decide, and the cloud prefers it",
        })
    }
}

/// A model that an interconnect could be built as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Candidate {
    /// The model.
    pub model: Model,
    /// How many steps the plan of the whole topology has with it; where more than eight interconnects are open, with all of
    /// them built so.
    pub steps: usize,
    /// How many of them create routes.
    pub routes: usize,
    /// What the interconnect costs each hour, as far as there are prices.
    pub hourly: Money,
    /// What of it is charged by the hour and has no price.
    pub not_priced: BTreeSet<String>,
    /// What traffic costs.
    pub traffic: Vec<Traffic>,
    /// What preflight refuses with this model only.
    pub refused: Vec<Finding>,
    /// The default quotas that are exceeded with this model only.
    pub quotas: Vec<Finding>,
}

/// What a GB costs, from any member in a region to any member in a region, all payers together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Traffic {
    /// The region that sends it.
    pub from: Region,
    /// The region that receives it; the same for traffic inside a region.
    pub to: Region,
    /// What it costs, as far as there are prices.
    pub price: Money,
    /// What of it has no price.
    pub not_priced: BTreeSet<String>,
}

/// Chooses the model of each interconnect that leaves it open (`model: auto`, and no existing hub): what is built already
/// stays, then preflight, quotas, money and the preference of the cloud decide, in this order. An unknown price never makes
/// a model cheaper. Where more than eight interconnects are open, preflight and quotas are asked for all of them built alike,
/// and money for each.
///
/// [`with_models`] makes the topology of it that everything after works with. Without, the
/// [preferred](ModelChoice::Auto) model of the cloud is taken.
pub fn choose_models(
    topology: &Topology,
    observation: &Observation,
    prices: &PriceTable,
    options: &PlanOptions,
) -> Vec<Chosen> {
    if !topology.interconnects.iter().any(is_open) {
        return Vec::new();
    }
    let found = Found::objects(topology, observation);
    let built = built(&found);
    let mut world = World {
        decided: topology.clone(),
        observation,
        prices,
        options,
        alike: None,
    };
    let undecided = |one: &&Interconnect| is_open(one) && !built.contains_key(one.name.as_str());
    if topology.interconnects.iter().filter(undecided).count() > MOST_APART {
        world.alike = Some([Model::Hub, Model::Mesh].map(|model| world.all_alike(model)));
    }
    let mut all = Vec::new();
    for interconnect in topology.interconnects.iter().filter(|one| is_open(one)) {
        let built = built.get(interconnect.name.as_str());
        if let Some(chosen) = world.choose(interconnect, built.copied()) {
            set_model(&mut world.decided, &chosen.interconnect, chosen.model);
            all.push(chosen);
        }
    }
    all
}

/// The topology with the chosen models.
#[must_use]
pub fn with_models(topology: &Topology, chosen: &[Chosen]) -> Topology {
    let mut decided = topology.clone();
    let models: BTreeMap<&str, Model> = chosen
        .iter()
        .map(|one| (one.interconnect.as_str(), one.model))
        .collect();
    for interconnect in decided.interconnects.iter_mut() {
        if let Some(model) = models.get(interconnect.name.as_str()) {
            interconnect.model = model_choice(*model);
        }
    }
    decided
}

/// The topology with each of the models that could be chosen for its open interconnects, all alike; the topology itself where
/// nothing is open. For what must hold whichever is chosen, such as the permissions of a role.
pub fn possible_models(topology: &Topology, capabilities: &[Capabilities]) -> Vec<Topology> {
    let observation = Observation::new(capabilities.iter().cloned(), Vec::new());
    let open = topology.interconnects.iter().filter(|one| is_open(one));
    let offered: BTreeSet<Model> = open
        .filter_map(|one| capabilities_of(topology, &observation, one))
        .flat_map(|capabilities| capabilities.models.iter().copied())
        .collect();
    if offered.len() < 2 {
        return vec![topology.clone()];
    }
    let with = |model| {
        let mut decided = topology.clone();
        let all = decided.interconnects.iter_mut();
        let open = all.filter(|one| is_open(one));
        open.for_each(|one| one.model = model_choice(model));
        decided
    };
    offered.into_iter().map(with).collect()
}

fn is_open(interconnect: &Interconnect) -> bool {
    interconnect.model == ModelChoice::Auto && interconnect.hub.is_none()
}

fn set_model(topology: &mut Topology, name: &str, model: Model) {
    let mut interconnects = topology.interconnects.iter_mut();
    if let Some(interconnect) = interconnects.find(|one| one.name == name) {
        interconnect.model = model_choice(model);
    }
}

fn model_choice(model: Model) -> ModelChoice {
    match model {
        Model::Hub => ModelChoice::Hub,
        Model::Mesh => ModelChoice::Mesh,
    }
}

/// As what interconnects are built, by name. One that has hubs and peerings, because a change from one to the other was
/// interrupted, counts as built with hubs: they cost more to make anew.
fn built(found: &Found) -> BTreeMap<&str, Model> {
    let peerings = found.peerings.iter();
    let joined = peerings.filter(|(_, at)| !at.record.is_leaving());
    let joined = joined.filter_map(|(key, _)| match key.form() {
        "peering" => Some((key, Model::Mesh)),
        "attachment" | "link" => Some((key, Model::Hub)),
        _ => None,
    });
    let hubs = found.hubs.iter().filter(|(_, at)| !at.record.is_leaving());
    let hubs = hubs.map(|(key, _)| (key, Model::Hub));
    let mut built = BTreeMap::new();
    for (key, model) in joined.chain(hubs) {
        if let Some(name) = key.carried().interconnect()
            && built.get(name) != Some(&Model::Hub)
        {
            built.insert(name, model);
        }
    }
    built
}

/// What the choice is made in.
struct World<'a> {
    /// The topology with the models that are chosen so far.
    decided: Topology,
    observation: &'a Observation,
    prices: &'a PriceTable,
    options: &'a PlanOptions,
    /// What becomes of the topology with hubs and with meshes alone, where too much is open to look at each.
    alike: Option<[Outlook; 2]>,
}

/// What plan and preflight say of a topology.
#[derive(Clone)]
struct Outlook {
    steps: usize,
    routes: usize,
    errors: Vec<Finding>,
    quotas: Vec<Finding>,
}

impl World<'_> {
    fn choose(&self, interconnect: &Interconnect, built: Option<Model>) -> Option<Chosen> {
        let capabilities = capabilities_of(&self.decided, self.observation, interconnect)?;
        let offered = capabilities.models.as_slice();
        let chosen = |model, reason, candidates| Chosen {
            interconnect: interconnect.name.clone(),
            model,
            reason,
            candidates,
        };
        let at_once = |model, reason| Some(chosen(model, reason, Vec::new()));
        if let [only] = offered {
            return at_once(*only, ModelReason::OnlyOffered);
        }
        if let Some(model) = built.filter(|model| offered.contains(model)) {
            return at_once(model, ModelReason::InUse);
        }
        if let Some(model) = needed(interconnect).filter(|model| offered.contains(model)) {
            return at_once(model, ModelReason::Needed);
        }
        let candidates: Vec<Candidate> = offered
            .iter()
            .map(|model| self.candidate(interconnect, *model))
            .collect();
        let candidates = apart(candidates);
        let (model, reason) = decide(&candidates)?;
        Some(chosen(model, reason, candidates))
    }

    fn candidate(&self, interconnect: &Interconnect, model: Model) -> Candidate {
        let topology = &self.decided;
        let charges = Charges::of_interconnect(topology, interconnect, model);
        let hourly = charges.iter().filter(|charge| charge.unit == Unit::Hour);
        let hourly = self.sum(topology, hourly.map(|charge| (charge, charge.count)));
        let outlook = self.outlook_with(interconnect, model);
        Candidate {
            model,
            steps: outlook.steps,
            routes: outlook.routes,
            hourly: hourly.0,
            not_priced: hourly.1,
            traffic: self.traffic(topology, interconnect, &charges),
            refused: outlook.errors,
            quotas: outlook.quotas,
        }
    }

    fn outlook_with(&self, interconnect: &Interconnect, model: Model) -> Outlook {
        match (&self.alike, model) {
            (Some([hubs, _]), Model::Hub) => hubs.clone(),
            (Some([_, meshes]), Model::Mesh) => meshes.clone(),
            (None, model) => {
                let mut topology = self.decided.clone();
                set_model(&mut topology, &interconnect.name, model);
                self.outlook(&topology)
            }
        }
    }

    fn all_alike(&self, model: Model) -> Outlook {
        let mut topology = self.decided.clone();
        let all = topology.interconnects.iter_mut();
        let open = all.filter(|one| is_open(one));
        open.for_each(|one| one.model = model_choice(model));
        self.outlook(&topology)
    }

    fn outlook(&self, topology: &Topology) -> Outlook {
        let plan = plan_with(topology, self.observation, self.options);
        let report = preflight_with(topology, self.observation, self.options);
        let is_route = |step: &&Step| step.op.kind() == OpKind::create(Kind::Route);
        let is_quota = |finding: &Finding| finding.code.starts_with("quota/");
        let (errors, others): (Vec<Finding>, Vec<Finding>) = report
            .findings
            .into_iter()
            .partition(|finding| finding.severity == Severity::Error);
        Outlook {
            steps: plan.steps.len(),
            routes: plan.steps.iter().filter(is_route).count(),
            errors,
            quotas: others.into_iter().filter(is_quota).collect(),
        }
    }

    /// What charges cost together, each so many times, and what of them has no price.
    fn sum<'c>(
        &self,
        topology: &Topology,
        charges: impl IntoIterator<Item = (&'c Charge, u64)>,
    ) -> (Money, BTreeSet<String>) {
        let (mut sum, mut missing) = (Money::default(), BTreeSet::new());
        for (charge, count) in charges {
            match price_of(topology, self.prices, charge) {
                Some(price) => sum.add(&price.money().times(count)),
                None => {
                    missing.insert(charge.to_string());
                }
            }
        }
        (sum, missing)
    }

    fn traffic(
        &self,
        topology: &Topology,
        interconnect: &Interconnect,
        charges: &[Charge],
    ) -> Vec<Traffic> {
        let mut members: BTreeMap<&Region, usize> = BTreeMap::new();
        for network in interconnect
            .members
            .iter()
            .filter_map(|name| topology.network(name))
        {
            *members.entry(&network.region).or_default() += 1;
        }
        let ways = members.iter().flat_map(|(from, count)| {
            let others = members.keys();
            others
                .filter(move |to| *to != from || *count > 1)
                .map(move |to| (*from, *to))
        });
        ways.map(|(from, to)| {
            let (price, not_priced) = self.sum(topology, on_the_way(charges, from, to));
            let (from, to) = (from.clone(), to.clone());
            Traffic {
                from,
                to,
                price,
                not_priced,
            }
        })
        .collect()
    }
}

/// What one GB from a region to a region is charged for, and how often.
fn on_the_way<'c>(charges: &'c [Charge], from: &Region, to: &Region) -> Vec<(&'c Charge, u64)> {
    let first = |fits: &dyn Fn(&Charge) -> bool| charges.iter().find(|charge| fits(charge));
    let sent = first(&|charge| {
        charge.item == Item::Attachment && charge.unit == Unit::Gb && charge.region == *from
    });
    let between = first(&|charge| {
        charge.item == Item::RegionTransfer
            && charge.region == *from
            && charge.to.as_ref() == Some(to)
    });
    let inside =
        first(&|charge| charge.item == Item::LocalTransfer && charge.region == *from && from == to);
    let once = sent.into_iter().chain(between).map(|charge| (charge, 1));
    // Each end is charged.
    once.chain(inside.map(|charge| (charge, 2))).collect()
}

/// What only one model has, if the interconnect asks for that.
fn needed(interconnect: &Interconnect) -> Option<Model> {
    if !interconnect.attachments.is_empty() {
        return Some(Model::Hub);
    }
    interconnect.dns_resolution.then_some(Model::Mesh)
}

/// The candidates without the kinds of findings that all of them have: those decide nothing.
fn apart(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    let common = |of: fn(&Candidate) -> &Vec<Finding>| -> BTreeSet<&'static str> {
        let codes = |one| -> BTreeSet<&'static str> { of(one).iter().map(|f| f.code).collect() };
        let mut all = candidates.iter().map(codes);
        let first = all.next().unwrap_or_default();
        all.fold(first, |common, one| &common & &one)
    };
    let (refused, quotas) = (common(|one| &one.refused), common(|one| &one.quotas));
    for one in &mut candidates {
        one.refused
            .retain(|finding| !refused.contains(finding.code));
        one.quotas.retain(|finding| !quotas.contains(finding.code));
    }
    candidates
}

fn decide(candidates: &[Candidate]) -> Option<(Model, ModelReason)> {
    let only = |good: &dyn Fn(&Candidate) -> bool| {
        let mut those = candidates.iter().filter(|one| good(one));
        let first = those.next()?;
        those.next().is_none().then_some(first.model)
    };
    let by_findings =
        only(&|one| one.refused.is_empty()).map(|model| (model, ModelReason::Refused));
    let by_quotas = || Some((only(&|one| one.quotas.is_empty())?, ModelReason::Quota));
    let cheapest = |one: &Candidate| {
        let mut others = candidates.iter().filter(|other| other.model != one.model);
        others.all(|other| one.costs_at_most(other) && !other.costs_at_most(one))
    };
    let by_cost = || Some((only(&cheapest)?, ModelReason::Cost));
    let preferred = || Some((candidates.first()?.model, ModelReason::Preferred));
    by_findings
        .or_else(by_quotas)
        .or_else(by_cost)
        .or_else(preferred)
}

impl Candidate {
    /// Whether it costs no more than another one, each hour and each GB on any way. What has no price here and has one
    /// there may cost more.
    fn costs_at_most(&self, other: &Self) -> bool {
        let at_most = |one: &Traffic, other: &Traffic| {
            one.price.is_at_most(&other.price) && one.not_priced.is_subset(&other.not_priced)
        };
        self.hourly.is_at_most(&other.hourly)
            && self.not_priced.is_subset(&other.not_priced)
            && self
                .traffic
                .iter()
                .zip(&other.traffic)
                .all(|(one, other)| at_most(one, other))
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let model = model_name(self.model);
        let unknown = |missing: &BTreeSet<String>| match missing.is_empty() {
            true => "",
            false => " and what has no price",
        };
        write!(
            f,
            "  {model}: {} steps, {} of them routes; {}{} each hour",
            self.steps,
            self.routes,
            self.hourly,
            unknown(&self.not_priced)
        )?;
        for Traffic {
            from,
            to,
            price,
            not_priced,
        } in &self.traffic
        {
            let way = match from == to {
                true => format!("inside {from}"),
                false => format!("from {from} to {to}"),
            };
            write!(f, "\n    {price}{} each GB {way}", unknown(not_priced))?;
        }
        for finding in self.refused.iter().chain(&self.quotas) {
            write!(f, "\n    {}: {}", finding.subject, finding.message)?;
        }
        Ok(())
    }
}

fn model_name(model: Model) -> &'static str {
    match model {
        Model::Hub => "hub",
        Model::Mesh => "mesh",
    }
}

impl fmt::Display for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, model) = (&self.interconnect, model_name(self.model));
        write!(
            f,
            "model of interconnect {name}: {model}, because {}",
            self.reason
        )?;
        for candidate in &self.candidates {
            write!(f, "\n{candidate}")?;
        }
        Ok(())
    }
}
