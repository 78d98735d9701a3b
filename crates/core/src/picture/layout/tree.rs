//! Boxes in boxes, with their elements on shelves.

use std::collections::HashMap;

use super::super::canvas::{Depth, Rect};
use super::super::{AccountBox, Element, Mark, Picture};
use super::card::Style;
use super::tracks::Tracks;
use crate::ids::CloudName;

/// What heads a box.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) depth: Depth,
    pub(super) name: String,
    pub(super) remark: String,
    pub(super) mark: Mark,
    pub(super) details: Vec<String>,
}

/// Elements side by side.
#[derive(Debug, Default)]
pub(super) struct Shelf<'a> {
    pub(super) items: Vec<Item<'a>>,
    /// Whether they stand at the inner side of the box: they join others.
    pub(super) inner: bool,
    /// The nets that lead to one of them, each with a track below the shelf.
    pub(super) nets: Vec<usize>,
    pub(super) y: i32,
    pub(super) h: i32,
}

/// An element on a shelf.
#[derive(Debug)]
pub(super) struct Item<'a> {
    pub(super) element: &'a Element,
    pub(super) cloud: Option<&'a CloudName>,
    pub(super) rect: Rect,
    /// The nets that lead to it.
    pub(super) ports: Vec<usize>,
}

/// A box.
#[derive(Debug, Default)]
pub(super) struct Group<'a> {
    /// Absent for what has no frame.
    pub(super) head: Option<Head>,
    pub(super) shelves: Vec<Shelf<'a>>,
    pub(super) groups: Vec<Group<'a>>,
    /// The lines between its shelves and groups.
    pub(super) tracks: Tracks,
    pub(super) rect: Rect,
}

/// Where an element stands: the groups that it is in from the outside in, and the shelf and the place there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) groups: Vec<usize>,
    pub(super) shelf: usize,
    pub(super) item: usize,
}

/// All boxes of a picture.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    pub(super) root: Group<'a>,
    pub(super) style: Style,
}

impl<'a> Tree<'a> {
    /// The boxes, with so many elements side by side.
    pub(super) fn of(picture: &'a Picture, columns: usize) -> Self {
        let style = Style::of(picture);
        let planter = Planter {
            picture,
            style,
            columns,
        };
        Self {
            root: planter.root(),
            style,
        }
    }

    /// Where each element stands, by its key.
    pub(super) fn spots(&self) -> HashMap<&'a str, Spot> {
        let mut spots = HashMap::new();
        self.root.collect(&mut Vec::new(), &mut spots);
        spots
    }
}

impl<'a> Group<'a> {
    fn collect(&self, path: &mut Vec<usize>, spots: &mut HashMap<&'a str, Spot>) {
        for (shelf, on) in self.shelves.iter().enumerate() {
            for (item, one) in on.items.iter().enumerate() {
                let groups = path.clone();
                let spot = Spot {
                    groups,
                    shelf,
                    item,
                };
                spots.entry(&one.element.key).or_insert(spot);
            }
        }
        for (index, group) in self.groups.iter().enumerate() {
            path.push(index);
            group.collect(path, spots);
            path.pop();
        }
    }

    /// The group inside of this one at the end of a path.
    pub(super) fn at(&self, path: &[usize]) -> &Self {
        path.iter().fold(self, |group, index| &group.groups[*index])
    }

    pub(super) fn at_mut(&mut self, path: &[usize]) -> &mut Self {
        path.iter()
            .fold(self, |group, index| &mut group.groups[*index])
    }

    pub(super) fn each<'g>(&'g self, tell: &mut impl FnMut(&'g Self)) {
        tell(self);
        self.groups.iter().for_each(|group| group.each(tell));
    }
}

/// Makes the boxes of a picture.
#[derive(Clone, Copy)]
struct Planter<'a> {
    picture: &'a Picture,
    style: Style,
    columns: usize,
}

impl<'a> Planter<'a> {
    fn root(self) -> Group<'a> {
        let accounts = self.picture.accounts.iter();
        let mut accounts: Vec<Group> = accounts.map(|account| self.account(account)).collect();
        // The regions of a single account stand in two columns, like accounts do.
        let mut root = match accounts.len() {
            1 => spread(accounts.remove(0)),
            _ => Group {
                groups: accounts,
                ..Group::default()
            },
        };
        if !self.picture.common.is_empty() {
            let elements: Vec<&Element> = self.picture.common.iter().collect();
            let chunks = elements.chunks(self.columns.max(2));
            let common = Group {
                shelves: chunks.map(|some| self.shelf(true, None, some)).collect(),
                ..Group::default()
            };
            root.groups.insert(0, common);
        }
        root
    }

    fn account(self, account: &'a AccountBox) -> Group<'a> {
        let cloud = Some(&account.cloud);
        let regions = account.regions.iter().map(|region| Group {
            head: Some(Head {
                depth: Depth::Region,
                name: region.name.to_string(),
                remark: String::new(),
                mark: Mark::Plain,
                details: Vec::new(),
            }),
            shelves: self.shelves(&region.elements, cloud),
            ..Group::default()
        });
        Group {
            groups: regions.collect(),
            head: Some(Head {
                depth: Depth::Account,
                name: account.name.clone(),
                remark: self.remark(account),
                mark: account.mark,
                details: account.details.clone(),
            }),
            shelves: self.shelves(&account.elements, cloud),
            ..Group::default()
        }
    }

    // The cloud, the ID where it is not the name, and whatever else is known.
    fn remark(self, account: &AccountBox) -> String {
        let mut remark = self.picture.words_of(&account.cloud).cloud;
        if account.name != account.id.as_str() {
            remark.push_str(&format!(" {}", account.id));
        }
        if !account.remark.is_empty() {
            remark.push_str(&format!(", {}", account.remark));
        }
        remark
    }

    // Routers stand above, and the rest below.
    fn shelves(self, elements: &'a [Element], cloud: Option<&'a CloudName>) -> Vec<Shelf<'a>> {
        let (routers, others): (Vec<&Element>, Vec<&Element>) =
            elements.iter().partition(|element| element.is_router());
        let routers = routers.chunks(self.columns.max(2));
        let routers = routers.map(|some| self.shelf(true, cloud, some));
        // Rows of one length look better than full ones and a rest.
        let rows = others.len().div_ceil(self.columns).max(1);
        let others = others.chunks(others.len().div_ceil(rows).max(1));
        let others = others.map(|some| self.shelf(false, cloud, some));
        routers.chain(others).collect()
    }

    fn shelf(
        self,
        inner: bool,
        cloud: Option<&'a CloudName>,
        elements: &[&'a Element],
    ) -> Shelf<'a> {
        let item = |element: &&'a Element| Item {
            element,
            cloud,
            rect: Rect {
                h: self.style.height(self.picture, cloud, element),
                ..Rect::default()
            },
            ports: Vec::new(),
        };
        Shelf {
            inner,
            items: elements.iter().map(item).collect(),
            ..Shelf::default()
        }
    }
}

// What an account has besides regions becomes a group beside them.
fn spread(account: Group) -> Group {
    let Group {
        head,
        shelves,
        mut groups,
        ..
    } = account;
    if !shelves.is_empty() {
        let common = Group {
            shelves,
            ..Group::default()
        };
        groups.insert(0, common);
    }
    Group {
        head,
        groups,
        ..Group::default()
    }
}
