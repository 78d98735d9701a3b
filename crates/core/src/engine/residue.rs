use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use futures_util::stream::TryStreamExt;
use serde::{Deserialize, Serialize};

use super::Engine;
use super::baseline::Difference;
use super::stays::{Stay, stays};
use crate::error::Result;
use crate::format::FormatVersion;
use crate::ids::{NetworkId, Place};
use crate::object::Delete;
use crate::observation::Observation;
use crate::plan::{Op, Plan, plan_destroy};
use crate::topology::Topology;
use crate::traits::{NetworkRecord, NotSearched, Select};

/// Something of the topology that is still there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Residue {
    /// Where.
    pub place: Place,
    /// Its key.
    pub key: String,
    /// What would remove it.
    pub removal: String,
}

/// What is left of a topology in every place that was looked at, and where nobody could look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ResidueReport {
    /// The version of its JSON document.
    pub format: FormatVersion<1>,
    /// The places that were read.
    pub places: Vec<Place>,
    /// The other places of its accounts: they were searched for the topology's tags and have none.
    pub without: Vec<Place>,
    /// Whether those were searched before the destroy and not after it: what others made there since is not seen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub searched_before: bool,
    /// Places of regions that an account has not enabled: nothing can be made or read there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_enabled: Vec<Place>,
    /// What could not be looked at, and why. It may hold objects of the topology.
    pub not_searched: Vec<NotSearched>,
    /// What was found there. Empty is the proof that nothing is left, if [`not_searched`](Self::not_searched) is empty too.
    pub found: Vec<Residue>,
    /// What is not the topology's and stays as an apply may have made it. It is no residue.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stays: Vec<Stay>,
    /// What is otherwise than before the first apply, if that was [compared](Self::with_differences).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
}

impl ResidueReport {
    /// Whether nothing was found, and nothing is otherwise than before. It proves something only if the report
    /// [is decided](Self::is_decided).
    pub fn is_empty(&self) -> bool {
        self.found.is_empty() && self.differences.is_empty()
    }

    /// Whether everything was looked at that may hold objects of the topology.
    pub fn is_decided(&self) -> bool {
        self.not_searched.is_empty()
    }

    /// Adds what is otherwise than before, as [`Baseline::differences`](super::Baseline::differences) tells it.
    #[must_use]
    pub fn with_differences(mut self, differences: Vec<Difference>) -> Self {
        self.differences = differences;
        self
    }
}

impl fmt::Display for ResidueReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = self.places.len();
        if self.found.is_empty() {
            write!(f, "residue: nothing is left in {places} places")?;
        } else {
            write!(
                f,
                "residue: {} objects are left in {places} places",
                self.found.len()
            )?;
        }
        for place in &self.places {
            let here: Vec<&Residue> = self
                .found
                .iter()
                .filter(|residue| residue.place == *place)
                .collect();
            let state = if here.is_empty() {
                "empty"
            } else {
                "not empty"
            };
            write!(f, "\n  {place}: {state}")?;
            for residue in here {
                write!(f, "\n    {}: {}", residue.key, residue.removal)?;
            }
        }
        if !self.without.is_empty() {
            let when = match self.searched_before {
                true => " before the destroy",
                false => "",
            };
            let regions = regions(&self.without);
            write!(f, "\n  and {regions} without tagged objects{when}")?;
        }
        if !self.not_enabled.is_empty() {
            let regions = regions(&self.not_enabled);
            write!(f, "\n  not enabled, so not looked at: {regions}")?;
        }
        for gap in &self.not_searched {
            write!(f, "\n  could not be looked at: {gap}")?;
        }
        for Stay {
            place,
            what,
            remedy,
        } in &self.stays
        {
            write!(f, "\n  stays in {place}: {what}; {remedy}")?;
        }
        for difference in &self.differences {
            write!(f, "\n  {difference}")?;
        }
        Ok(())
    }
}

fn regions(places: &[Place]) -> String {
    let accounts: BTreeSet<_> = places.iter().map(|place| &place.account).collect();
    let of = |count: usize, noun: &str| match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    };
    let (regions, accounts) = (of(places.len(), "region"), of(accounts.len(), "account"));
    format!("{regions} of {accounts}")
}

impl Engine {
    /// [Observes](Self::observe_for_residue) the topology, then does what [`residue_observed`](Self::residue_observed) does.
    ///
    /// # Errors
    /// The first error of any place.
    pub async fn residue(
        &self,
        topology: &Topology,
        destroyed: Option<&Plan>,
    ) -> Result<ResidueReport> {
        let observation = self.observe_for_residue(topology).await?;
        self.residue_observed(topology, &observation, destroyed)
            .await
    }

    /// Tells what an observation shows of the topology: tagged objects, routes and route learning that lead to them,
    /// grants, rules. Pass an observation that is younger than the last write, made with
    /// [`observe_for_residue`](Self::observe_for_residue) or, after a destroy,
    /// [`observe_after_destroy`](Self::observe_after_destroy). What its search for tags could not look at is told.
    ///
    /// After a destroy, pass its plan: the networks that it deleted are asked for by ID, in every place that it wrote
    /// to, even if nothing leads there any more. Nothing else is read.
    ///
    /// # Errors
    /// [`Unauthenticated`](crate::ErrorKind::Unauthenticated) for an observation made with the credentials of another
    /// account, and the first error of any place that is asked.
    pub async fn residue_observed(
        &self,
        topology: &Topology,
        observation: &Observation,
        destroyed: Option<&Plan>,
    ) -> Result<ResidueReport> {
        observation.check_identities()?;
        let mut places: Vec<Place> = observation
            .inventories
            .iter()
            .map(|inventory| inventory.place.clone())
            .collect();
        let mut found: Vec<Residue> = plan_destroy(topology, observation)
            .steps
            .into_iter()
            .map(|step| Residue {
                key: step.key.object().to_string(),
                removal: step.op.to_string(),
                place: step.place,
            })
            .collect();
        let deleted = destroyed.map(deleted_networks).unwrap_or_default();
        let there = self.within_limits(self.still_there(&deleted)).await?;
        for step in destroyed.into_iter().flat_map(|plan| &plan.steps) {
            if !places.contains(&step.place) {
                places.push(step.place.clone());
            }
            let Op::DeleteNetwork(Delete { id }) = &step.op else {
                continue;
            };
            let key = step.key.object().to_string();
            let known = found.iter().any(|residue| residue.key == key);
            if !known && there.contains(id) {
                found.push(Residue {
                    key,
                    removal: step.op.to_string(),
                    place: step.place.clone(),
                });
            }
        }
        places.sort();
        let footprint = &observation.footprint;
        let others = |of: &BTreeSet<Place>| {
            let others = of.iter().filter(|place| !places.contains(place));
            others.cloned().collect::<Vec<_>>()
        };
        let was_read = |gap: &&NotSearched| {
            let read = |place: &Place| {
                place.account == gap.account && Some(&place.region) == gap.region.as_ref()
            };
            places.iter().any(read)
        };
        let gaps = footprint.not_searched.iter();
        Ok(ResidueReport {
            format: FormatVersion,
            without: others(&footprint.without),
            searched_before: footprint.earlier,
            not_enabled: others(&footprint.not_enabled),
            not_searched: gaps
                .filter(|gap| !was_read(gap))
                .cloned()
                .chain(not_read(observation))
                .collect(),
            places,
            found,
            stays: stays(topology, observation),
            differences: Vec::new(),
        })
    }

    // One list for each place, side by side.
    async fn still_there(
        &self,
        deleted: &BTreeMap<Place, Vec<NetworkId>>,
    ) -> Result<BTreeSet<NetworkId>> {
        let lists = deleted.iter().map(|(place, ids)| async move {
            let cloud = self.cloud(place).await?;
            cloud.list_networks(&Select::Ids(ids.clone())).await
        });
        let lists: Vec<Vec<NetworkRecord>> =
            self.side_by_side(lists.collect()).try_collect().await?;
        Ok(lists
            .into_iter()
            .flatten()
            .map(|network| network.id)
            .collect())
    }
}

// Lists of a place that could not be read, where the rest of it was.
fn not_read(observation: &Observation) -> impl Iterator<Item = NotSearched> {
    let inventories = observation.inventories.iter();
    let gaps = inventories.flat_map(|inventory| &inventory.not_read);
    gaps.map(|gap| NotSearched {
        cloud: gap.place.cloud.clone(),
        account: gap.place.account.clone(),
        region: Some(gap.place.region.clone()),
        reason: format!("{} could not be read: {}", gap.what, gap.reason),
    })
}

// A network is the one thing whose absence cannot be told from tags lost on the way.
fn deleted_networks(destroyed: &Plan) -> BTreeMap<Place, Vec<NetworkId>> {
    let mut networks: BTreeMap<Place, Vec<NetworkId>> = BTreeMap::new();
    for step in &destroyed.steps {
        if let Op::DeleteNetwork(Delete { id }) = &step.op {
            networks
                .entry(step.place.clone())
                .or_default()
                .push(id.clone());
        }
    }
    networks
}
