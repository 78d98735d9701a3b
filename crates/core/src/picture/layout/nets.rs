//! Links that are drawn as one line, with branches.

use std::collections::{BTreeMap, HashMap};

use super::super::bundle::{share_trunks, stars};
use super::super::{Link, LinkKind, Picture};
use super::tree::Spot;

/// Links that share a trunk, or a single link.
#[derive(Debug)]
pub(super) struct Net<'a> {
    pub(super) kind: LinkKind,
    /// The elements that it leads to, with the links of each; the one that all lead to has all of them.
    pub(super) ends: BTreeMap<&'a str, Vec<&'a Link>>,
    /// The path of the group whose channel it takes between shelves.
    pub(super) level: Vec<usize>,
}

impl<'a> Net<'a> {
    /// Its links, each once.
    pub(super) fn links(&self) -> Vec<&'a Link> {
        let mut links: Vec<&Link> = self.ends.values().flatten().copied().collect();
        links.sort_by(|a, b| a.key.cmp(&b.key));
        links.dedup_by(|a, b| a.key == b.key);
        links
    }

    /// Whether more than two elements hang on it.
    pub(super) fn is_bus(&self) -> bool {
        self.ends.len() > 2
    }
}

/// The nets of a picture. Those to one hub are apart for members in its region, its account and others.
pub(super) fn nets<'a>(picture: &'a Picture, spots: &HashMap<&'a str, Spot>) -> Vec<Net<'a>> {
    let hearts = hearts(picture);
    let mut nets: BTreeMap<(&str, LinkKind, Vec<usize>, &str), Net> = BTreeMap::new();
    for link in &picture.links {
        let [one, other] = [&link.ends[0], &link.ends[1]].map(String::as_str);
        let level = level(spots.get(one), spots.get(other));
        let heart = heart(link, &hearts);
        // What has no trunk is a net of its own.
        let alone = if heart.is_empty() { &link.key } else { "" };
        let key = (heart, link.kind, level.clone(), alone);
        let net = nets.entry(key).or_insert_with(|| Net {
            kind: link.kind,
            ends: BTreeMap::new(),
            level,
        });
        for end in [one, other] {
            net.ends.entry(end).or_default().push(link);
        }
    }
    nets.into_values().collect()
}

// The element that a link shares with others.
fn heart<'a>(link: &'a Link, hearts: &HashMap<&str, Vec<String>>) -> &'a str {
    match link.kind {
        LinkKind::Attachment | LinkKind::Member | LinkKind::Part => &link.ends[1],
        LinkKind::Peering | LinkKind::Link => {
            let stars = hearts.get(link.group.as_str());
            let star = stars.and_then(|stars| stars.iter().find(|star| link.ends.contains(star)));
            let end = star.and_then(|star| link.ends.iter().find(|end| *end == star));
            end.map_or("", String::as_str)
        }
    }
}

// The elements at the hearts of the groups that share trunks.
fn hearts(picture: &Picture) -> HashMap<&str, Vec<String>> {
    let mut groups: BTreeMap<&str, Vec<&Link>> = BTreeMap::new();
    for link in &picture.links {
        if matches!(link.kind, LinkKind::Peering | LinkKind::Link) {
            groups.entry(&link.group).or_default().push(link);
        }
    }
    let groups = groups.into_iter();
    groups
        .filter(|(_, links)| share_trunks(links.len()))
        .filter_map(|(group, links)| Some((group, stars(links.into_iter())?)))
        .collect()
}

fn level(one: Option<&Spot>, other: Option<&Spot>) -> Vec<usize> {
    let (Some(one), Some(other)) = (one, other) else {
        return Vec::new();
    };
    let pairs = one.groups.iter().zip(&other.groups);
    let shared = pairs.take_while(|(one, other)| one == other);
    shared.map(|(one, _)| *one).collect()
}
