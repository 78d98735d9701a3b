//! The model of a picture: boxes in boxes, and what joins them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Mark, Words};
use crate::format::FormatVersion;
use crate::ids::{AccountId, CloudName, Region};

/// What a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Subject {
    /// What a topology declares.
    Declared,
    /// What exists in some places.
    Discovered,
    /// What a plan changes.
    Plan,
    /// Which networks reach each other.
    Verdict,
}

/// A picture of networks and what joins them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Picture {
    /// The version of its JSON document.
    pub format: FormatVersion<1>,
    /// What it shows.
    pub subject: Subject,
    /// Its heading.
    pub title: String,
    /// What there is to see, in one line.
    pub summary: String,
    /// The accounts.
    pub accounts: Vec<AccountBox>,
    /// What belongs to no account: interconnects whose model is not known.
    pub common: Vec<Element>,
    /// What joins elements.
    pub links: Vec<Link>,
    /// Pairs in rows and columns, where links alone do not tell them apart.
    pub grid: Option<Grid>,
    /// What is not drawn, each in one line.
    pub notes: Vec<String>,
    /// What the clouds call these things; [`Words::new`] for a cloud that is not here.
    pub words: BTreeMap<CloudName, Words>,
}

/// An account, with its regions inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AccountBox {
    /// Its name in the topology; its ID where it has none.
    pub name: String,
    /// The cloud.
    pub cloud: CloudName,
    /// Its ID.
    pub id: AccountId,
    /// More about it in one word or two, such as `held by other`; empty for nothing.
    pub remark: String,
    /// What is said of it.
    pub mark: Mark,
    /// Why.
    pub details: Vec<String>,
    /// What has no region: global hubs and hubs at the edge.
    pub elements: Vec<Element>,
    /// Its regions.
    pub regions: Vec<RegionBox>,
}

/// A region of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RegionBox {
    /// The region.
    pub name: Region,
    /// What is in it.
    pub elements: Vec<Element>,
}

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ElementKind {
    /// A hub of all regions.
    GlobalHub,
    /// A hub of one region.
    RegionalHub,
    /// A hub at the edge of private lines.
    EdgeHub,
    /// The router at the end of a private line, and what is behind it.
    BorderRouter,
    /// A network.
    Network,
    /// An interconnect that is drawn as one element: its model is not known, or its connections are too many to draw.
    Interconnect,
    /// Something that has no other place in the picture, such as steps that concern an account as a whole.
    Other,
    /// Something that was listed and not understood, or could not be read.
    Unknown,
}

/// A box with a name and lines of text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Element {
    /// What tells it apart: its key in the topology, or its ID.
    pub key: String,
    /// What it is.
    pub kind: ElementKind,
    /// Its name.
    pub name: String,
    /// What is in it, line by line.
    pub rows: Vec<Row>,
    /// What is said of it.
    pub mark: Mark,
    /// Why, and what else is known: one line each.
    pub details: Vec<String>,
}

/// A line of text in an element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Row {
    /// The key of the object that it stands for; empty if it stands for none.
    pub key: String,
    /// The text.
    pub text: String,
    /// What is said of it.
    pub mark: Mark,
}

/// What a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LinkKind {
    /// A member attached to a hub.
    Attachment,
    /// Two regional hubs joined.
    Link,
    /// Two networks joined.
    Peering,
    /// A network takes part in an interconnect that is drawn as one element.
    Member,
    /// A regional hub is part of a global one.
    Part,
}

/// What joins two elements.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Link {
    /// What tells it apart: its key in the topology, or its ID.
    pub key: String,
    /// What it is.
    pub kind: LinkKind,
    /// The keys of both elements; of an attachment or a part the hub comes second.
    pub ends: [String; 2],
    /// What it is one of: the interconnect or the edge; empty where that is not known.
    pub group: String,
    /// What is said of it.
    pub mark: Mark,
    /// Why, and what else is known: one line each.
    pub details: Vec<String>,
}

/// What is said of pairs, in rows and columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Grid {
    /// What the pairs are.
    pub title: String,
    /// The names of rows and columns.
    pub names: Vec<String>,
    /// What is said of pairs, row by row; what is not here is no pair.
    pub cells: Vec<Cell>,
}

/// What is said of one pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Cell {
    /// The row, from 0: for verdicts the source.
    pub row: usize,
    /// The column, from 0: for verdicts the destination.
    pub column: usize,
    /// What is said.
    pub mark: Mark,
    /// Why.
    pub details: Vec<String>,
}

impl Picture {
    pub(super) fn new(subject: Subject, title: impl Into<String>) -> Self {
        Self {
            format: FormatVersion,
            subject,
            title: title.into(),
            summary: String::new(),
            accounts: Vec::new(),
            common: Vec::new(),
            links: Vec::new(),
            grid: None,
            notes: Vec::new(),
            words: BTreeMap::new(),
        }
    }

    /// Sets what a cloud calls the things in the picture.
    #[must_use]
    pub fn with_words(mut self, cloud: CloudName, words: Words) -> Self {
        self.words.insert(cloud, words);
        self
    }

    /// All elements, account by account; what belongs to none comes last.
    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        let of_accounts = self.accounts.iter().flat_map(|account| {
            let regions = account.regions.iter();
            let of_regions = regions.flat_map(|region| &region.elements);
            account.elements.iter().chain(of_regions)
        });
        of_accounts.chain(&self.common)
    }

    pub(super) fn elements_mut(&mut self) -> impl Iterator<Item = &mut Element> {
        let of_accounts = self.accounts.iter_mut().flat_map(|account| {
            let regions = account.regions.iter_mut();
            let of_regions = regions.flat_map(|region| &mut region.elements);
            account.elements.iter_mut().chain(of_regions)
        });
        of_accounts.chain(&mut self.common)
    }

    /// The element of this key.
    pub fn element(&self, key: &str) -> Option<&Element> {
        self.elements().find(|element| element.key == key)
    }

    pub(super) fn element_mut(&mut self, key: &str) -> Option<&mut Element> {
        self.elements_mut().find(|element| element.key == key)
    }

    /// The link of this key.
    pub fn link(&self, key: &str) -> Option<&Link> {
        self.links.iter().find(|link| link.key == key)
    }

    /// The box of an account, which is made if it is not there.
    pub(super) fn account(&mut self, cloud: &CloudName, id: &AccountId) -> &mut AccountBox {
        let is_it = |account: &AccountBox| account.cloud == *cloud && account.id == *id;
        let index = match self.accounts.iter().position(is_it) {
            Some(index) => index,
            None => {
                self.accounts
                    .push(AccountBox::new(id.as_str(), cloud.clone(), id.clone()));
                self.accounts.len() - 1
            }
        };
        &mut self.accounts[index]
    }
}

impl AccountBox {
    pub(super) fn new(name: impl Into<String>, cloud: CloudName, id: AccountId) -> Self {
        Self {
            name: name.into(),
            cloud,
            id,
            remark: String::new(),
            mark: Mark::Plain,
            details: Vec::new(),
            elements: Vec::new(),
            regions: Vec::new(),
        }
    }

    /// The box of a region, which is made if it is not there. Regions are in the order of their names.
    pub(super) fn region(&mut self, name: &Region) -> &mut RegionBox {
        let found = self
            .regions
            .binary_search_by(|region| region.name.cmp(name));
        let index = found.unwrap_or_else(|index| {
            let region = RegionBox {
                name: name.clone(),
                elements: Vec::new(),
            };
            self.regions.insert(index, region);
            index
        });
        &mut self.regions[index]
    }
}

impl Element {
    pub(super) fn new(key: impl Into<String>, kind: ElementKind, name: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            kind,
            name: name.into(),
            rows: Vec::new(),
            mark: Mark::Plain,
            details: Vec::new(),
        }
    }

    pub(super) fn with_row(mut self, text: impl Into<String>) -> Self {
        self.rows.push(Row::new(text));
        self
    }

    pub(super) fn with_rows(mut self, rows: impl IntoIterator<Item = Row>) -> Self {
        self.rows.extend(rows);
        self
    }

    pub(super) fn with_mark(mut self, mark: Mark) -> Self {
        self.mark = mark;
        self
    }

    pub(super) fn with_detail(mut self, line: impl Into<String>) -> Self {
        self.details.push(line.into());
        self
    }

    /// Whether it stands above networks: it joins them.
    pub(super) fn is_router(&self) -> bool {
        use ElementKind::{BorderRouter, EdgeHub, GlobalHub, RegionalHub};
        matches!(self.kind, GlobalHub | RegionalHub | EdgeHub | BorderRouter)
    }
}

impl Row {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self {
            key: String::new(),
            text: text.into(),
            mark: Mark::Plain,
        }
    }

    pub(super) fn of(key: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            text: text.into(),
            mark: Mark::Plain,
        }
    }
}

impl Link {
    pub(super) fn new(
        key: impl Into<String>,
        kind: LinkKind,
        one: impl Into<String>,
        other: impl Into<String>,
    ) -> Self {
        Self {
            key: key.into(),
            kind,
            ends: [one.into(), other.into()],
            group: String::new(),
            mark: Mark::Plain,
            details: Vec::new(),
        }
    }

    pub(super) fn in_group(mut self, group: impl Into<String>) -> Self {
        self.group = group.into();
        self
    }

    pub(super) fn with_detail(mut self, line: impl Into<String>) -> Self {
        self.details.push(line.into());
        self
    }
}
