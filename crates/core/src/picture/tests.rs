//! Laws of pictures, on random topologies: nothing is left out, and nothing lies on anything else.

use std::collections::{BTreeMap, BTreeSet};

use super::canvas::{Anchor, Canvas, Depth, Frame, Label, Rect, Wire};
use super::layout::layout;
use super::text::width;
use super::{Cell, Grid, LinkKind, Mark, Offer, Picture};
use crate::ids::CloudName;
use crate::topology::{
    Account, BorderRouter, Edge, Firewall, Instance, Interconnect, ModelChoice, Network, Subnet,
    SubnetPath, Topology,
};
use crate::traits::Model;

const CLOUD: CloudName = CloudName::from_static("memory");
const WORLDS: u64 = 20;

fn offers() -> BTreeMap<CloudName, Offer> {
    let offer = Offer::new([Model::Hub, Model::Mesh]).with_global_hub();
    BTreeMap::from([(CLOUD, offer)])
}

fn name(dice: &mut fastrand::Rng, what: &str, number: usize) -> String {
    let long = "x".repeat(dice.usize(..30));
    format!("{what}-{number}-{long}")
}

fn range(text: String) -> ipnet::IpNet {
    text.parse().expect("a range")
}

fn networks(dice: &mut fastrand::Rng, topology: &mut Topology) -> Vec<String> {
    let regions: Vec<String> = (0..dice.usize(1..5))
        .map(|r| format!("region-{r}"))
        .collect();
    let accounts: Vec<String> = topology.accounts.iter().map(|a| a.name.clone()).collect();
    let mut names = Vec::new();
    for number in 0..dice.usize(..45) {
        let name = name(dice, "net", number);
        let account = &accounts[dice.usize(..accounts.len())];
        let region = regions[dice.usize(..regions.len())].clone();
        let block = range(format!("10.{number}.0.0/16"));
        let mut network = Network::new(&name, account, region.clone(), block);
        for part in 0..dice.usize(..12) {
            let block = range(format!("10.{number}.{part}.0/24"));
            let zone = format!("{region}-{}", ["a", "b"][part % 2]);
            network = network.with_subnet(Subnet::new(format!("part-{part}"), zone, block));
        }
        topology.networks.push(network);
        names.push(name);
    }
    names
}

fn some(dice: &mut fastrand::Rng, names: &[String], at_least: usize) -> Vec<String> {
    let mut names = names.to_vec();
    dice.shuffle(&mut names);
    names.truncate(dice.usize(at_least..=names.len().max(at_least)));
    names
}

/// A topology that the seed alone decides.
fn random(seed: u64) -> Topology {
    let mut dice = fastrand::Rng::with_seed(seed);
    let mut topology = Topology::new("world");
    for number in 0..dice.usize(1..5) {
        let name = name(&mut dice, "account", number);
        let id = format!("{number:016}");
        topology.accounts.push(Account::new(name, CLOUD, id));
    }
    let names = networks(&mut dice, &mut topology);
    let owner = topology.accounts[0].name.clone();
    let choices = [ModelChoice::Auto, ModelChoice::Hub, ModelChoice::Mesh];
    for number in 0..dice.usize(..4).min(names.len() / 2) {
        let members = some(&mut dice, &names, 2);
        let interconnect = Interconnect::new(format!("core-{number}"), &owner, members)
            .with_model(choices[dice.usize(..3)]);
        topology.interconnects.push(interconnect);
    }
    for number in 0..dice.usize(..3) {
        let mut edge = Edge::new(format!("line-{number}"), &owner, "region-0", 65_000);
        edge.members = some(&mut dice, &names, 0);
        let behind = [range(format!("192.168.{number}.0/24"))];
        let id = format!("vbr-{number}");
        edge = edge.with_border_router(BorderRouter::new("dc", id, &owner, "region-9", behind));
        topology.edges.push(edge);
    }
    let guarded = some(&mut dice, &names, 0);
    topology.firewalls.push(Firewall::new("wall", guarded));
    probes(&mut topology);
    topology
}

fn probes(topology: &mut Topology) {
    for (number, network) in topology.networks.clone().iter().enumerate() {
        if let Some(subnet) = network.subnets.first() {
            let path = format!("{}/{}", network.name, subnet.name);
            let path: SubnetPath = path.parse().expect("a path");
            let instance = Instance::new(format!("probe-{number}"), path, "t", "i", ["wall"]);
            topology.instances.push(instance);
        }
    }
}

/// A picture with all marks there are.
fn marked(topology: &Topology, seed: u64) -> Picture {
    let mut picture = Picture::declared(topology, &offers());
    let mut dice = fastrand::Rng::with_seed(seed);
    let mut mark = || Mark::SAID[dice.usize(..Mark::SAID.len())];
    for element in picture.elements_mut() {
        element.mark = mark();
        element.rows.iter_mut().for_each(|row| row.mark = mark());
    }
    picture.links.iter_mut().for_each(|link| link.mark = mark());
    let names: Vec<String> = topology.networks.iter().map(|n| n.name.clone()).collect();
    let cells = (0..names.len()).flat_map(|row| (0..names.len()).map(move |column| (row, column)));
    let cells = cells.map(|(row, column)| Cell {
        row,
        column,
        mark: mark(),
        details: vec!["why".to_owned()],
    });
    picture.grid = Some(Grid {
        title: "pairs".to_owned(),
        cells: cells.collect(),
        names,
    });
    picture.notes = vec!["a note of many words ".repeat(40), "short".to_owned()];
    picture
}

fn pictures() -> impl Iterator<Item = (u64, Topology, Picture)> {
    (0..WORLDS).flat_map(|seed| {
        let topology = random(seed);
        let plain = Picture::declared(&topology, &offers());
        let unknown = Picture::declared(&topology, &BTreeMap::new());
        let marked = marked(&topology, seed);
        [plain, unknown, marked].map(|picture| (seed, topology.clone(), picture))
    })
}

fn room_of(label: &Label) -> Rect {
    let w = width(&label.text, label.size, label.bold);
    let x = match label.anchor {
        Anchor::Start => label.x,
        Anchor::Middle => label.x - w / 2,
        Anchor::End => label.x - w,
    };
    Rect::new(x, label.y - label.size + 2, w, label.size)
}

fn of_depth(canvas: &Canvas, depth: Depth) -> Vec<&Frame> {
    let frames = canvas.frames.iter();
    frames.filter(|frame| frame.depth == depth).collect()
}

fn assert_apart(seed: u64, what: &str, rects: &[Rect]) {
    for (index, one) in rects.iter().enumerate() {
        for other in &rects[index + 1..] {
            assert!(
                !one.overlaps(other),
                "seed {seed}: {what} overlap: {one:?} {other:?}"
            );
        }
    }
}

#[test]
fn boxes_of_one_kind_do_not_overlap_and_each_stands_in_another() {
    for (seed, topology, picture) in pictures() {
        let canvas = layout(&picture);
        let page = Rect::new(0, 0, canvas.width, canvas.height);
        let rects = |depth| -> Vec<Rect> {
            let frames = of_depth(&canvas, depth).into_iter();
            frames.map(|frame| frame.rect).collect()
        };
        let accounts = rects(Depth::Account);
        let regions = rects(Depth::Region);
        let elements = rects(Depth::Element);
        assert_eq!(accounts.len(), topology.accounts.len(), "seed {seed}");
        for (what, rects) in [
            ("accounts", &accounts),
            ("regions", &regions),
            ("elements", &elements),
        ] {
            assert_apart(seed, what, rects);
            assert!(rects.iter().all(|rect| page.contains(rect)), "seed {seed}");
        }
        let in_account = |rect: &Rect| accounts.iter().any(|account| account.contains(rect));
        assert!(regions.iter().all(in_account), "seed {seed}");
        // What is not in a region stays clear of all of them.
        let inside = |rect: &&Rect| regions.iter().any(|region| region.contains(rect));
        let (_, outside): (Vec<&Rect>, Vec<&Rect>) = elements.iter().partition(inside);
        for rect in outside {
            assert!(
                regions.iter().all(|region| !region.overlaps(rect)),
                "seed {seed}"
            );
        }
    }
}

#[test]
fn every_text_is_inside_its_box_and_on_no_other_text() {
    for (seed, _, picture) in pictures() {
        let canvas = layout(&picture);
        for frame in &canvas.frames {
            let rooms: Vec<Rect> = frame.labels.iter().map(room_of).collect();
            for (room, label) in rooms.iter().zip(&frame.labels) {
                let rect = &frame.rect;
                assert!(
                    rect.contains(room),
                    "seed {seed}: {label:?} leaves {rect:?}"
                );
            }
        }
        let of_frames = canvas.frames.iter().flat_map(|frame| &frame.labels);
        let all: Vec<Rect> = of_frames.chain(&canvas.labels).map(room_of).collect();
        assert_apart(seed, "texts", &all);
        let page = Rect::new(0, 0, canvas.width, canvas.height);
        assert!(all.iter().all(|room| page.contains(room)), "seed {seed}");
    }
}

fn segments(wire: &Wire) -> impl Iterator<Item = [(i32, i32); 2]> {
    let paths = wire.paths.iter();
    paths.flat_map(|path| path.windows(2).map(|two| [two[0], two[1]]))
}

fn of_segment([(x1, y1), (x2, y2)]: [(i32, i32); 2]) -> Rect {
    Rect::new(x1.min(x2), y1.min(y2), (x1 - x2).abs(), (y1 - y2).abs())
}

#[test]
fn no_line_runs_through_an_element() {
    for (seed, _, picture) in pictures() {
        let canvas = layout(&picture);
        let elements = of_depth(&canvas, Depth::Element);
        for segment in canvas.wires.iter().flat_map(segments) {
            let line = of_segment(segment);
            for frame in &elements {
                let inner = Rect::new(
                    frame.rect.x + 1,
                    frame.rect.y + 1,
                    frame.rect.w - 2,
                    frame.rect.h - 2,
                );
                let line = Rect::new(line.x, line.y, line.w.max(1), line.h.max(1));
                assert!(!inner.overlaps(&line), "seed {seed}: {line:?} {frame:?}");
            }
        }
    }
}

/// From where to where a line runs.
type Stretch<'w> = (i32, i32, &'w Wire);

#[test]
fn lines_of_different_connections_cross_and_never_run_on_one_another() {
    for (seed, _, picture) in pictures() {
        let canvas = layout(&picture);
        // By whether they are horizontal, and by how far from the origin they run.
        let mut tracks: BTreeMap<(bool, i32), Vec<Stretch>> = BTreeMap::new();
        for wire in &canvas.wires {
            for [(x1, y1), (x2, y2)] in segments(wire) {
                let (key, from, to) = match y1 == y2 {
                    true => ((true, y1), x1, x2),
                    false => ((false, x1), y1, y2),
                };
                let track = tracks.entry(key).or_default();
                track.push((from.min(to), from.max(to), wire));
            }
        }
        for (track, mut lines) in tracks {
            lines.sort_by_key(|(from, to, _)| (*from, *to));
            for two in lines.windows(2) {
                let [(_, end, one), (start, _, other)] = [&two[0], &two[1]];
                let same = one.keys.iter().any(|key| other.keys.contains(key));
                assert!(
                    end < start || same,
                    "seed {seed}: {track:?} {one:?} {other:?}"
                );
            }
        }
    }
}

#[test]
fn everything_that_is_declared_is_drawn() {
    for (seed, topology, picture) in pictures() {
        let svg = picture.to_svg();
        let keys: BTreeSet<&str> = picture.elements().map(|e| e.key.as_str()).collect();
        for network in &topology.networks {
            assert!(keys.contains(format!("network/{}", network.name).as_str()));
            assert!(svg.contains(&network.name), "seed {seed}: {}", network.name);
            for subnet in &network.subnets {
                assert!(svg.contains(&format!("{} {}", subnet.range, subnet.name)));
            }
        }
        for name in (topology.instances.iter().map(|one| &one.name))
            .chain(topology.accounts.iter().map(|one| &one.name))
            .chain(topology.interconnects.iter().map(|one| &one.name))
            .chain(topology.edges.iter().map(|one| &one.name))
        {
            assert!(svg.contains(name.as_str()), "seed {seed}: {name}");
        }
        let canvas = layout(&picture);
        let drawn: BTreeSet<&String> = canvas.wires.iter().flat_map(|wire| &wire.keys).collect();
        for link in &picture.links {
            assert!(drawn.contains(&link.key), "seed {seed}: {}", link.key);
            let known = |end: &String| keys.contains(end.as_str());
            assert!(link.ends.iter().all(known), "seed {seed}: {link:?}");
        }
        for interconnect in &topology.interconnects {
            let members = interconnect.members.iter();
            for member in members.map(|name| format!("network/{name}")) {
                let mut links = picture.links.iter();
                let joined = links.any(|link| {
                    link.ends.contains(&member) && link.group.contains(&interconnect.name)
                });
                assert!(joined, "seed {seed}: {member} of {}", interconnect.name);
            }
        }
    }
}

#[test]
fn the_same_picture_has_the_same_bytes() {
    for (seed, topology, picture) in pictures() {
        let again = match picture.grid {
            Some(_) => marked(&topology, seed),
            None if picture == Picture::declared(&topology, &offers()) => {
                Picture::declared(&topology, &offers())
            }
            None => Picture::declared(&topology, &BTreeMap::new()),
        };
        assert_eq!(again.to_svg(), picture.to_svg(), "seed {seed}");
        assert_eq!(again.to_mermaid(), picture.to_mermaid(), "seed {seed}");
        assert_eq!(again.to_dot(), picture.to_dot(), "seed {seed}");
    }
}

/// The tags of a document, checked for balance; what is between them holds no unescaped sign.
fn assert_well_formed(svg: &str) {
    let mut open: Vec<&str> = Vec::new();
    for (index, part) in svg.split('<').enumerate().skip(1) {
        let (tag, text) = part
            .split_once('>')
            .unwrap_or_else(|| panic!("{index}: {part}"));
        let name = tag.split([' ', '\n']).next().unwrap_or_default();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if tag.ends_with('/') => {}
            None => open.push(name),
        }
        // Child selectors of the style sheet are no text.
        if open.last() != Some(&"style") {
            assert!(!text.contains('>'), "{text}");
        }
        for entity in text.split('&').skip(1).chain(tag.split('&').skip(1)) {
            let known = ["amp;", "lt;", "gt;", "quot;", "#39;"];
            assert!(known.iter().any(|one| entity.starts_with(one)), "{entity}");
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn an_svg_is_well_formed_and_needs_nothing_else() {
    for (_, _, picture) in pictures() {
        let svg = picture.to_svg();
        assert_well_formed(&svg);
        assert_eq!(svg.matches("http").count(), 1, "only the namespace");
        assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 "));
        for needed in [
            "<title id=",
            "<desc id=",
            "role=\"img\"",
            "prefers-color-scheme:dark",
        ] {
            assert!(svg.contains(needed), "{needed}");
        }
        for foreign in [
            "<script",
            "<image",
            "<foreignObject",
            "@import",
            "@font-face",
            "url(",
            "href",
        ] {
            assert!(!svg.contains(foreign), "{foreign}");
        }
    }
}

#[test]
fn names_that_look_like_markup_are_text() {
    let evil = "<script>alert('x')</script>&\"\u{1b}\u{202e}";
    let mut picture = marked(&random(7), 7);
    picture.title = evil.to_owned();
    for account in &mut picture.accounts {
        account.name = evil.to_owned();
    }
    for element in picture.elements_mut() {
        element.name = evil.to_owned();
        element
            .rows
            .iter_mut()
            .for_each(|row| row.text = evil.to_owned());
        element.details.push(evil.to_owned());
    }
    for link in &mut picture.links {
        link.details.push(evil.to_owned());
    }
    let svg = picture.to_svg();
    assert_well_formed(&svg);
    assert!(!svg.contains("<script"));
    for text in [svg, picture.to_mermaid(), picture.to_dot()] {
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
    }
    assert!(!picture.to_mermaid().contains("<script"));
}

#[test]
fn many_peerings_become_one_element_and_a_grid_tells_them_apart() {
    let mut topology = Topology::new("mesh").with_account(Account::new("a", CLOUD, "1"));
    let names: Vec<String> = (0..10).map(|number| format!("n{number}")).collect();
    for (number, name) in names.iter().enumerate() {
        let block = range(format!("10.{number}.0.0/16"));
        topology.networks.push(Network::new(name, "a", "r", block));
    }
    let mesh = Interconnect::new("mesh", "a", &names).with_model(ModelChoice::Mesh);
    let topology = topology.with_interconnect(mesh);
    let picture = Picture::declared(&topology, &offers());
    let element = picture.element("interconnect/mesh").expect("one element");
    assert_eq!(element.rows[0].text, "every two of 10: 45 connections");
    assert_eq!(picture.links.len(), 10);
    assert!(
        picture
            .links
            .iter()
            .all(|link| link.kind == LinkKind::Member)
    );
    assert!(picture.grid.is_none(), "there is nothing to tell apart");

    let mut unlike = super::declared::draw(&topology, &offers(), &crate::plan::Found::default());
    unlike.links[0].mark = Mark::New;
    unlike.bundle();
    let grid = unlike.grid.expect("one peering is new");
    let new: Vec<(usize, usize)> = (grid.cells.iter())
        .filter(|cell| cell.mark == Mark::New)
        .map(|cell| (cell.row, cell.column))
        .collect();
    assert_eq!(new, [(0, 1), (1, 0)]);
    assert_eq!(grid.cells.len(), 90);
}

#[test]
fn peerings_that_all_lead_to_one_network_are_drawn_one_by_one() {
    let mut topology = Topology::new("star").with_account(Account::new("a", CLOUD, "1"));
    for number in 0..20 {
        let block = range(format!("10.{number}.0.0/16"));
        let network = Network::new(format!("n{number}"), "a", "r", block);
        topology.networks.push(network);
    }
    let mut picture = super::declared::draw(&topology, &offers(), &crate::plan::Found::default());
    for number in 1..20 {
        let ends = ["network/n0".to_owned(), format!("network/n{number}")];
        let [one, other] = ends;
        let link = super::Link::new(format!("pcx-{number}"), LinkKind::Peering, one, other);
        picture.links.push(link);
    }
    picture.bundle();
    assert_eq!(picture.links.len(), 19);
    assert!(picture.common.is_empty());
    let canvas = layout(&picture);
    let trunks = canvas.wires.iter().filter(|wire| wire.keys.len() == 19);
    assert_eq!(trunks.count(), 2, "the trunk, and the end that all lead to");
}

#[test]
fn a_connection_to_what_is_not_shown_leads_to_an_unknown_element() {
    let mut picture = Picture::new(super::Subject::Discovered, "t");
    picture.links.push(super::Link::new(
        "pcx-1",
        LinkKind::Peering,
        "vpc-1",
        "vpc-2",
    ));
    picture.bundle();
    let marks: Vec<Mark> = picture.elements().map(|element| element.mark).collect();
    assert_eq!(marks, [Mark::Unknown, Mark::Unknown]);
    assert!(
        picture
            .to_svg()
            .contains("named by a connection, and not found")
    );
}

#[test]
fn a_picture_of_nothing_is_a_picture() {
    let picture = Picture::declared(&Topology::new("empty"), &offers());
    assert_well_formed(&picture.to_svg());
}
