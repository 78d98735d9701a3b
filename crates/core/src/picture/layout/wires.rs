//! The ways of lines: from an element down to the track below its shelf, along that to the track of its net, and back.

use std::collections::HashMap;

use super::super::canvas::{Point, Wire};
use super::super::{Link, LinkKind, Mark, Picture};
use super::card::told;
use super::nets::Net;
use super::place::number;
use super::tree::{Spot, Tree};

/// The lines of all nets, once everything that they lead to has its place.
pub(super) fn wires(
    picture: &Picture,
    tree: &Tree<'_>,
    spots: &HashMap<&str, Spot>,
    nets: &[Net<'_>],
) -> Vec<Wire> {
    let routers = nets.iter().enumerate().map(|(index, net)| Router {
        tree,
        spots,
        net,
        index,
    });
    routers.flat_map(|router| router.wires(picture)).collect()
}

/// Finds the way of one net.
struct Router<'r, 'a> {
    tree: &'r Tree<'a>,
    spots: &'r HashMap<&'a str, Spot>,
    net: &'r Net<'a>,
    index: usize,
}

/// Where a net leaves an element.
struct Port<'a> {
    x: i32,
    y: i32,
    lane: i32,
    links: Vec<&'a Link>,
}

impl<'a> Router<'_, 'a> {
    fn wires(&self, picture: &Picture) -> Vec<Wire> {
        let ports = self.ports();
        let track = self.track(&ports);
        let (trunk, joints) = trunk(&ports, track);
        if !self.net.is_bus() {
            let stubs = ports.iter().map(|port| port.stub());
            let paths = trunk.into_iter().chain(stubs).collect();
            return vec![self.wire(picture, &self.net.links(), paths, Vec::new())];
        }
        let all = self.net.links();
        let mut wires = vec![self.wire(picture, &all, trunk, joints)];
        // The element that all links lead to says nothing else than the trunk.
        for port in &ports {
            let links = if port.links.len() == all.len() {
                &all
            } else {
                &port.links
            };
            wires.push(self.wire(picture, links, vec![port.stub()], Vec::new()));
        }
        wires
    }

    fn ports(&self) -> Vec<Port<'a>> {
        let ends = self.net.ends.iter();
        let port = |(end, links): (&&'a str, &Vec<&'a Link>)| {
            let spot = self.spots.get(end)?;
            let shelf = &self.tree.root.at(&spot.groups).shelves[spot.shelf];
            let item = &shelf.items[spot.item];
            let place = item.ports.iter().position(|port| *port == self.index)?;
            let (place, of) = (number(place) + 1, number(item.ports.len()) + 1);
            Some(Port {
                x: item.rect.x + item.rect.w * place / of,
                y: item.rect.bottom(),
                lane: shelf.lane(self.index)?,
                links: links.clone(),
            })
        };
        ends.filter_map(port).collect()
    }

    fn track(&self, ports: &[Port<'_>]) -> Option<i32> {
        let level = &self.net.level;
        let group = self.tree.root.at(level);
        // What stands right of the middle has its inner side on the left.
        let middle = self.tree.root.rect.right();
        let mirrored = !level.is_empty() && ports.iter().all(|port| port.x >= middle);
        group.track(self.index, mirrored)
    }

    fn wire(
        &self,
        picture: &Picture,
        links: &[&Link],
        paths: Vec<Vec<Point>>,
        joints: Vec<Point>,
    ) -> Wire {
        let mut marks: Vec<Mark> = links.iter().map(|link| link.mark).collect();
        marks.dedup();
        let mark = match marks.as_slice() {
            [one] => *one,
            // A trunk of links of which some are new says nothing by itself; of verdicts it tells what they are together.
            _ => match Mark::together(marks.iter().copied()) {
                Mark::Changed => Mark::Plain,
                mark => mark,
            },
        };
        Wire {
            keys: links.iter().map(|link| link.key.clone()).collect(),
            kind: self.net.kind,
            mark,
            title: title(picture, self.net.kind, links),
            paths,
            joints,
        }
    }
}

impl Port<'_> {
    fn stub(&self) -> Vec<Point> {
        vec![(self.x, self.y), (self.x, self.lane)]
    }
}

// The lines below shelves, and the one between them.
fn trunk(ports: &[Port<'_>], track: Option<i32>) -> (Vec<Vec<Point>>, Vec<Point>) {
    let mut lanes: Vec<(i32, Vec<i32>)> = Vec::new();
    for port in ports {
        match lanes.iter_mut().find(|(y, _)| *y == port.lane) {
            Some((_, xs)) => xs.push(port.x),
            None => lanes.push((port.lane, vec![port.x])),
        }
    }
    let (mut paths, mut joints) = (Vec::new(), Vec::new());
    for (y, xs) in &mut lanes {
        joints.extend(xs.iter().map(|x| (*x, *y)));
        xs.extend(track);
        let (from, to) = (xs.iter().min(), xs.iter().max());
        if let (Some(from), Some(to)) = (from, to) {
            paths.push(vec![(*from, *y), (*to, *y)]);
        }
    }
    if let Some(x) = track {
        let ys = || lanes.iter().map(|(y, _)| *y);
        if let (Some(from), Some(to)) = (ys().min(), ys().max()) {
            paths.push(vec![(x, from), (x, to)]);
            joints.extend(ys().map(|y| (x, y)));
        }
    }
    (paths, joints)
}

fn title(picture: &Picture, kind: LinkKind, links: &[&Link]) -> String {
    let name = |key: &String| {
        picture
            .element(key)
            .map_or(key, |element| &element.name)
            .clone()
    };
    let word = picture.link_word(kind);
    match links {
        [link] => {
            let ends = link.ends.each_ref().map(name).join(" – ");
            let said = match link.mark {
                Mark::Plain => String::new(),
                mark => format!(" ({})", mark.word()),
            };
            let details = told(&link.details);
            format!("{word} {ends}{said}\n{}\n{details}", link.key)
                .trim_end()
                .to_owned()
        }
        links => {
            let lines: Vec<String> = links
                .iter()
                .map(|link| {
                    let ends = link.ends.each_ref().map(name).join(" – ");
                    format!("{} {ends}", link.mark.sign()).trim().to_owned()
                })
                .collect();
            format!("{word}: {} of them\n{}", links.len(), told(&lines))
        }
    }
}
