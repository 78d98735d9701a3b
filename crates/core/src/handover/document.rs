//! The document that the owner of another account gets, and how it is made.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::act::{Act, Guide, HowTo};
use super::acts::Acts;
use super::view::view;
use crate::error::{Error, ErrorKind, Result};
use crate::format::FormatVersion;
use crate::ids::{AccountId, CloudName};
use crate::observation::Observation;
use crate::plan::{Found, PlanOptions, Told, sides};
use crate::topology::{Account, Holder, Topology};

/// Whether something is to be joined or to be taken away again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Purpose {
    /// The networks are to reach each other.
    Join,
    /// We take our half away, and the owner is to take away the other.
    Leave,
}

fn is_nothing(told: &Told) -> bool {
    *told == Told::default()
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Part {
    /// What is asked for.
    #[serde(rename = "do")]
    pub act: Act,
    /// Whether the asker's next step waits for it.
    pub awaited: bool,
    /// How it is done with the cloud's own tools.
    #[serde(rename = "how")]
    pub how_to: HowTo,
}

/// What the owner of an account that is held by another is asked to do: who asks, why, with which IDs and CIDR blocks, and
/// how. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct HandOver {
    /// The version of its JSON document.
    pub format: FormatVersion<1>,
    /// Whether it is about joining or leaving.
    pub purpose: Purpose,
    /// The cloud.
    pub cloud: CloudName,
    /// The account whose owner is asked.
    pub account: AccountId,
    /// The accounts that ask.
    pub asked_by: Vec<AccountId>,
    /// The topology as this owner sees it: the asker's accounts are held by another.
    pub view: Topology,
    /// All CIDR blocks of each network of the view.
    pub ranges: BTreeMap<String, Vec<IpNet>>,
    /// What it cannot read of the asker's hubs.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub told: Told,
    /// What to do, in this order.
    pub parts: Vec<Part>,
    /// Whether there will be more to do when the asker has done its next part.
    pub more_to_come: bool,
    /// A policy that allows the commands and nothing else.
    pub policy: serde_json::Value,
    /// A digest of all the rest: SHA-256, in hexadecimal digits.
    pub digest: String,
}

impl HandOver {
    /// Reads a document and checks that nobody changed it by accident. Whoever means to deceive can make a new digest, so
    /// [`consent`](super::consent) holds the document against the cloud, too.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for what is no hand-over, or one that was changed.
    pub fn from_json(text: &str) -> Result<Self> {
        let document: Self = serde_json::from_str(text)
            .map_err(|error| invalid(format!("it is not a hand-over document: {error}")))?;
        let problem = |error: crate::topology::TopologyError| invalid(error.to_string());
        document.view.check().map_err(problem)?;
        let digest = document.digest_of();
        if digest != document.digest {
            return Err(invalid(format!(
                "it was changed: its content has digest {digest}, and it says {}",
                document.digest
            )));
        }
        let mut own = document.view.accounts.iter();
        let ours = own.find(|account| account.held_by == Holder::Us);
        if !ours.is_some_and(|own| own.id == document.account && own.cloud == document.cloud) {
            return Err(invalid(
                "its view is not that of the account it is meant for".to_owned(),
            ));
        }
        Ok(document)
    }

    /// What to do, without how.
    pub fn acts(&self) -> impl Iterator<Item = &Act> {
        self.parts.iter().map(|part| &part.act)
    }

    /// Whether the asker's next step waits for something in it.
    pub fn is_awaited(&self) -> bool {
        self.parts.iter().any(|part| part.awaited)
    }

    /// A file name for it, without extension: the account, and `join` or `leave`.
    pub fn file_stem(&self) -> String {
        let purpose = match self.purpose {
            Purpose::Join => "join",
            Purpose::Leave => "leave",
        };
        format!("{}-{}-{purpose}", self.view.name, self.account)
    }

    fn digest_of(&self) -> String {
        let bare = Self {
            digest: String::new(),
            ..self.clone()
        };
        // Maps are ordered, so the same content has the same bytes.
        let text = serde_json::to_vec(&bare).unwrap_or_default();
        hex::encode(Sha256::digest(text))
    }
}

fn invalid(problem: String) -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        format!("invalid hand-over document: {problem}"),
    )
    .with_remedy("ask its sender for a new one")
}

/// The hand-overs for the owners of accounts that others hold: one for each that has something to do now. Pure.
///
/// What is asked for is what the plan leaves out, as far as the IDs are known. Routes on the other side cannot be seen, so
/// they stand in the document even when they are there.
pub fn hand_over<'g>(
    topology: &Topology,
    observation: &Observation,
    guide: impl Fn(&CloudName) -> Option<&'g dyn Guide>,
) -> Vec<HandOver> {
    documents(topology, observation, guide, Purpose::Join)
}

/// The hand-overs that tell the owners what to take away, for a destroy. Make them from an observation that is older than
/// the destroy: what is gone has no ID any more.
pub fn take_back<'g>(
    topology: &Topology,
    observation: &Observation,
    guide: impl Fn(&CloudName) -> Option<&'g dyn Guide>,
) -> Vec<HandOver> {
    documents(topology, observation, guide, Purpose::Leave)
}

fn documents<'g>(
    topology: &Topology,
    observation: &Observation,
    guide: impl Fn(&CloudName) -> Option<&'g dyn Guide>,
    purpose: Purpose,
) -> Vec<HandOver> {
    let found = Found::index(topology, observation);
    let sides = sides(topology, observation, &found, &PlanOptions::default());
    let acts = Acts::new(topology, &found, &sides);
    let accounts = topology.accounts.iter();
    let theirs = accounts.filter(|account| account.held_by == Holder::Other);
    theirs
        .filter_map(|account| {
            let (parts, more_to_come) = match purpose {
                Purpose::Join => acts.to_do(account),
                Purpose::Leave => (acts.to_undo(account), false),
            };
            let view = view(topology, observation, &found, account);
            let document = document(account, view, guide(&account.cloud), parts, purpose);
            (!document.parts.is_empty()).then(|| {
                let mut document = HandOver {
                    more_to_come,
                    ..document
                };
                document.told = super::view::told(&document.view, &found);
                document.ranges = super::view::ranges(topology, &document.view, &found);
                document.digest = document.digest_of();
                document
            })
        })
        .collect()
}

fn document(
    account: &Account,
    view: Topology,
    guide: Option<&dyn Guide>,
    acts: Vec<(Act, bool)>,
    purpose: Purpose,
) -> HandOver {
    let how_to = |act: &Act| guide.map(|guide| guide.how_to(act)).unwrap_or_default();
    let parts: Vec<Part> = acts
        .into_iter()
        .map(|(act, awaited)| Part {
            how_to: how_to(&act),
            awaited,
            act,
        })
        .collect();
    let actions: BTreeSet<String> = parts
        .iter()
        .flat_map(|part| part.how_to.actions.iter().cloned())
        .collect();
    let actions: Vec<String> = actions.into_iter().collect();
    let others = view.accounts.iter();
    let others = others.filter(|account| account.held_by == Holder::Other);
    HandOver {
        format: FormatVersion,
        purpose,
        cloud: account.cloud.clone(),
        account: account.id.clone(),
        asked_by: others.map(|account| account.id.clone()).collect(),
        ranges: BTreeMap::new(),
        told: Told::default(),
        more_to_come: false,
        policy: guide.map_or(serde_json::Value::Null, |guide| guide.policy(&actions)),
        parts,
        view,
        digest: String::new(),
    }
}
