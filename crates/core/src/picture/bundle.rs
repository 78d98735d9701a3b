//! Connections that are too many to draw one by one are drawn as one element that their ends take part in.

use std::collections::{BTreeMap, BTreeSet};

use super::declared::{interconnect_key, member_key};
use super::{Cell, Element, ElementKind, Grid, Link, LinkKind, Mark, Picture};

/// So many connections of one interconnect, of one kind, are drawn one by one.
const MOST_LINES: usize = 15;
/// Connections that all lead to one of so many elements are drawn one by one, too: their lines share a trunk.
const MOST_STARS: usize = 4;
/// Above this many rows there is no grid.
const MOST_ROWS: usize = 100;

impl Picture {
    /// Replaces the connections of each interconnect that has too many.
    pub(super) fn bundle(&mut self) {
        self.complete();
        self.connected_groups();
        let mut groups: BTreeMap<(LinkKind, String), Vec<Link>> = BTreeMap::new();
        let mut kept = Vec::new();
        for link in std::mem::take(&mut self.links) {
            match link.kind {
                LinkKind::Peering | LinkKind::Link => {
                    let group = (link.kind, link.group.clone());
                    groups.entry(group).or_default().push(link);
                }
                _ => kept.push(link),
            }
        }
        self.links = kept;
        for ((kind, group), links) in groups {
            match is_drawable(&links) {
                true => self.links.extend(links),
                false => self.replace(kind, &group, &links),
            }
        }
    }

    // Every link has two elements to lead to, also where the source of the picture names one that it does not show.
    fn complete(&mut self) {
        let known: BTreeSet<&String> = self.elements().map(|element| &element.key).collect();
        let ends: BTreeSet<&String> = self.links.iter().flat_map(|link| &link.ends).collect();
        let missing: Vec<String> = ends.difference(&known).map(|end| (*end).clone()).collect();
        let unknown = |end: String| {
            Element::new(&end, ElementKind::Unknown, &end)
                .with_mark(Mark::Unknown)
                .with_detail("named by a connection, and not found")
        };
        self.common.extend(missing.into_iter().map(unknown));
    }

    // Peerings that nobody calls anything are grouped by what hangs together.
    fn connected_groups(&mut self) {
        let nameless = |link: &&mut Link| link.kind == LinkKind::Peering && link.group.is_empty();
        let mut lead: BTreeMap<String, String> = BTreeMap::new();
        for link in self.links.iter_mut().filter(nameless) {
            let [one, other] = link.ends.clone().map(|end| leader(&mut lead, &end));
            if one != other {
                lead.insert(one.clone().max(other.clone()), one.min(other));
            }
        }
        for link in self.links.iter_mut().filter(nameless) {
            link.group = format!("around {}", leader(&mut lead, &link.ends[0]));
        }
    }

    fn replace(&mut self, kind: LinkKind, group: &str, links: &[Link]) {
        let ends = ends(links);
        let name = match kind {
            LinkKind::Link => format!("{group} between regions"),
            _ => group.to_owned(),
        };
        let key = interconnect_key(&name);
        let mut element = Element::new(&key, ElementKind::Interconnect, &name)
            .with_row(bundle_size(ends.len(), links.len()))
            .with_mark(Mark::together(links.iter().map(|link| link.mark)));
        let marks: BTreeSet<Mark> = links.iter().map(|link| link.mark).collect();
        if marks.len() > 1 || !is_full(ends.len(), links.len()) {
            self.grid_of(&name, &ends, links);
        }
        for link in links.iter().filter(|link| link.mark != Mark::Plain) {
            element
                .details
                .push(format!("{} {}", link.mark.sign(), link.key));
        }
        self.common.push(element);
        for end in ends {
            let of_end: Vec<&Link> = links
                .iter()
                .filter(|link| link.ends.contains(&end))
                .collect();
            let short = end.strip_prefix("network/").unwrap_or(&end);
            let mut link = Link::new(member_key(&name, short), LinkKind::Member, &end, &key);
            link.mark = Mark::together(of_end.iter().map(|link| link.mark));
            link.details = of_end.iter().flat_map(|link| told(link)).collect();
            self.links.push(link.in_group(&name));
        }
    }

    // What the lines would have shown. A grid of verdicts shows more.
    fn grid_of(&mut self, name: &str, ends: &[String], links: &[Link]) {
        if self.grid.is_some() {
            return;
        }
        if ends.len() > MOST_ROWS {
            self.notes.push(format!(
                "No table of the connections of {name}: {} are more than {MOST_ROWS}.",
                ends.len()
            ));
            return;
        }
        let place = |end: &String| ends.binary_search(end).unwrap_or_default();
        let cells = links.iter().flat_map(|link| {
            let [one, other] = [&link.ends[0], &link.ends[1]].map(place);
            [(one, other), (other, one)].map(|(row, column)| Cell {
                row,
                column,
                mark: link.mark,
                details: told(link).collect(),
            })
        });
        let names = ends
            .iter()
            .map(|end| self.element(end).map_or(end, |e| &e.name));
        self.grid = Some(Grid {
            title: format!("Connections of {name}"),
            names: names.cloned().collect(),
            cells: cells.collect(),
        });
    }
}

fn told(link: &Link) -> impl Iterator<Item = String> {
    std::iter::once(link.key.clone()).chain(link.details.iter().cloned())
}

fn bundle_size(ends: usize, links: usize) -> String {
    match is_full(ends, links) {
        true => format!("every two of {ends}: {links} connections"),
        false => format!("{links} connections of {ends}"),
    }
}

fn is_full(ends: usize, links: usize) -> bool {
    links == ends * (ends.max(1) - 1) / 2
}

fn ends(links: &[Link]) -> Vec<String> {
    let ends: BTreeSet<&String> = links.iter().flat_map(|link| &link.ends).collect();
    ends.into_iter().cloned().collect()
}

fn is_drawable(links: &[Link]) -> bool {
    links.len() <= MOST_LINES || stars(links.iter()).is_some()
}

/// The few elements to one of which each link leads, those with most links first; nothing if they are not few.
pub(super) fn stars<'l>(links: impl Iterator<Item = &'l Link>) -> Option<Vec<String>> {
    let mut left: Vec<&Link> = links.collect();
    let mut stars = Vec::new();
    while !left.is_empty() {
        if stars.len() == MOST_STARS {
            return None;
        }
        let mut degrees: BTreeMap<&String, usize> = BTreeMap::new();
        for end in left.iter().flat_map(|link| &link.ends) {
            *degrees.entry(end).or_default() += 1;
        }
        let most = degrees.iter().rev().max_by_key(|(_, degree)| **degree);
        let star = most.map(|(end, _)| (*end).clone())?;
        left.retain(|link| !link.ends.contains(&star));
        stars.push(star);
    }
    Some(stars)
}

/// Whether links of one group share trunks: they are more than are drawn one by one.
pub(super) fn share_trunks(links: usize) -> bool {
    links > MOST_LINES
}

fn leader(lead: &mut BTreeMap<String, String>, of: &str) -> String {
    let mut end = of.to_owned();
    while let Some(next) = lead.get(&end) {
        end.clone_from(next);
    }
    end
}
