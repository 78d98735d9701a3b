//! Gives boxes their places, and lines their room.

use std::collections::HashMap;

use super::super::canvas::{Anchor, Canvas, Depth, Frame, Label, Rect};
use super::super::text::{SIZE, fit, plain, width};
use super::super::{Mark, Picture};
use super::card::told;
use super::nets::{Net, nets};
use super::tracks::Stretch;
use super::tree::{Group, Head, Shelf, Spot, Tree};
use super::wires::wires;
use super::{GAP, PAD, PITCH};

/// The height of what heads a box.
const HEAD: i32 = 30;
/// Between a shelf and the first line below it.
const DROP: i32 = 12;
/// The widest heading that makes its box wider.
const WIDEST_HEAD: i32 = 420;

/// The boxes of a picture and what joins them, with the corner at the origin.
pub(super) fn map(picture: &Picture, mut tree: Tree<'_>) -> Canvas {
    let spots = tree.spots();
    let nets = nets(picture, &spots);
    connect(&mut tree, &spots, &nets);
    let columns = stack(&mut tree);
    assign_tracks(&mut tree, &spots, &nets);
    let mut canvas = Canvas::default();
    spread(&mut tree, columns, &mut canvas);
    frames(picture, &tree, &mut canvas);
    canvas.wires = wires(picture, &tree, &spots, &nets);
    canvas
}

// Which nets lead to which elements.
fn connect(tree: &mut Tree<'_>, spots: &HashMap<&str, Spot>, nets: &[Net<'_>]) {
    for (index, net) in nets.iter().enumerate() {
        for spot in net.ends.keys().filter_map(|end| spots.get(end)) {
            let shelf = &mut tree.root.at_mut(&spot.groups).shelves[spot.shelf];
            if shelf.nets.last() != Some(&index) {
                shelf.nets.push(index);
            }
            shelf.items[spot.item].ports.push(index);
        }
    }
}

pub(super) fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX / 1000)
}

impl Shelf<'_> {
    /// Where the line of a net runs below the shelf.
    pub(super) fn lane(&self, net: usize) -> Option<i32> {
        let place = self.nets.iter().position(|one| *one == net)?;
        Some(self.y + self.h + DROP + number(place) * PITCH)
    }

    fn room_below(&self) -> i32 {
        match self.nets.len() {
            0 => GAP,
            lanes => DROP + (number(lanes) - 1) * PITCH + DROP,
        }
    }
}

/// How many of the outermost groups stand in the left column; the others stand in the right one.
#[derive(Clone, Copy)]
struct Columns(usize);

// Heights first: they do not depend on widths.
fn stack(tree: &mut Tree<'_>) -> Columns {
    tree.root.measure();
    let top = match tree.root.head {
        Some(_) => HEAD,
        None => 0,
    };
    let heights: Vec<i32> = tree.root.groups.iter().map(|group| group.rect.h).collect();
    let columns = balanced(&heights);
    // Lines from both sides meet in the middle, and none of them lies on another: one side is half a track lower.
    let (mut left, mut right) = (top, top + PITCH / 2);
    for (index, group) in tree.root.groups.iter_mut().enumerate() {
        let y = match index < columns.0 {
            true => &mut left,
            false => &mut right,
        };
        group.stand(*y);
        *y += group.rect.h + GAP;
    }
    let bottom = match tree.root.head {
        Some(_) => PAD,
        None => 0,
    };
    tree.root.rect.h = (left.max(right) - GAP).max(top) + bottom;
    columns
}

fn balanced(heights: &[i32]) -> Columns {
    let total: i32 = heights.iter().sum();
    let split = |split: &usize| {
        let left: i32 = heights[..*split].iter().sum();
        (left - (total - left)).abs()
    };
    let best = (1..=heights.len()).min_by_key(split);
    Columns(best.unwrap_or(0))
}

impl Group<'_> {
    // How high it is, and everything in it.
    fn measure(&mut self) {
        self.groups.iter_mut().for_each(Group::measure);
        for shelf in &mut self.shelves {
            let heights = shelf.items.iter().map(|item| item.rect.h);
            let highest = heights.max().unwrap_or(0);
            // Whole tracks, so that lines of one column never come closer than a track.
            shelf.h = (highest + PITCH - 1) / PITCH * PITCH;
        }
        let shelves: i32 = self.shelves.iter().map(|s| s.h + s.room_below()).sum();
        let groups: i32 = self.groups.iter().map(|group| group.rect.h + GAP).sum();
        self.rect.h = self.head_room() + shelves + groups;
    }

    fn head_room(&self) -> i32 {
        match self.head {
            Some(_) => HEAD,
            None => 0,
        }
    }

    // Where it and everything in it stands from above.
    fn stand(&mut self, y: i32) {
        self.rect.y = y;
        let mut y = y + self.head_room();
        for shelf in &mut self.shelves {
            shelf.y = y;
            y += shelf.h + shelf.room_below();
        }
        for group in &mut self.groups {
            group.stand(y);
            y += group.rect.h + GAP;
        }
    }

    // How wide it has to be.
    fn needs(&self, card: i32) -> i32 {
        let shelves = self.shelves.iter().map(|shelf| {
            let items = number(shelf.items.len());
            items * card + (items - 1) * GAP
        });
        let groups = self.groups.iter().map(|group| group.needs(card));
        let content = shelves.chain(groups).max().unwrap_or(0);
        (self.side() + content + self.inner_side()).max(self.head_width())
    }

    fn head_width(&self) -> i32 {
        let width = self.head.as_ref().map_or(0, |head| {
            width(&plain(&head.name), SIZE + 1, true) + width(&plain(&head.remark), SIZE, false)
        });
        match width {
            0 => 0,
            width => (width + 2 * PAD + 32).min(WIDEST_HEAD),
        }
    }

    // What has no frame needs no room beside it.
    fn side(&self) -> i32 {
        match self.head {
            Some(_) => PAD,
            None => 0,
        }
    }

    fn inner_side(&self) -> i32 {
        self.tracks.width().max(self.side())
    }

    // Where it and everything in it stands from the left. In a mirrored group the inner side is the left one.
    fn extend(&mut self, x: i32, w: i32, card: i32, mirrored: bool) {
        (self.rect.x, self.rect.w) = (x, w);
        let (side, inner) = (self.side(), self.inner_side());
        let place = |outer: i32, width: i32| match mirrored {
            true => x + w - outer - width,
            false => x + outer,
        };
        for shelf in &mut self.shelves {
            let items = number(shelf.items.len());
            let content = items * card + (items - 1) * GAP;
            // What joins others stands at the inner side; networks begin at the left on either side, as one reads.
            let start = match shelf.inner || mirrored {
                true => w - inner - content,
                false => side,
            };
            let left = place(start, content);
            for (index, item) in shelf.items.iter_mut().enumerate() {
                item.rect.x = left + number(index) * (card + GAP);
                (item.rect.y, item.rect.w) = (shelf.y, card);
            }
        }
        let content = w - side - inner;
        for group in &mut self.groups {
            group.extend(place(side, content), content, card, mirrored);
        }
    }

    // Where the line of a net runs between its shelves.
    pub(super) fn track(&self, net: usize, mirrored: bool) -> Option<i32> {
        let offset = self.tracks.offset(net)?;
        Some(match mirrored {
            true => self.rect.x + self.tracks.width() - offset,
            false => self.rect.right() - self.tracks.width() + offset,
        })
    }
}

fn assign_tracks(tree: &mut Tree<'_>, spots: &HashMap<&str, Spot>, nets: &[Net<'_>]) {
    let mut stretches: HashMap<Vec<usize>, Vec<Stretch>> = HashMap::new();
    for (index, net) in nets.iter().enumerate() {
        let lanes: Vec<i32> = lanes(tree, spots, net, index).map(|(_, y)| y).collect();
        let (Some(from), Some(to)) = (lanes.iter().min(), lanes.iter().max()) else {
            continue;
        };
        if from != to {
            let of_level = stretches.entry(net.level.clone()).or_default();
            of_level.push((index, (*from, *to)));
        }
    }
    for (level, stretches) in stretches {
        tree.root.at_mut(&level).tracks.assign(stretches);
    }
}

// The ends of a net with the height of its line below each.
fn lanes<'n>(
    tree: &'n Tree<'_>,
    spots: &'n HashMap<&str, Spot>,
    net: &'n Net<'_>,
    index: usize,
) -> impl Iterator<Item = (&'n Spot, i32)> {
    let spots = net.ends.keys().filter_map(|end| spots.get(end));
    spots.filter_map(move |spot| {
        let shelf = &tree.root.at(&spot.groups).shelves[spot.shelf];
        Some((spot, shelf.lane(index)?))
    })
}

// Widths: both columns, and the room for lines between them.
fn spread(tree: &mut Tree<'_>, columns: Columns, canvas: &mut Canvas) {
    let card = tree.style.width;
    let root = &mut tree.root;
    let (left, right) = root.groups.split_at_mut(columns.0);
    let widest = |groups: &[Group]| {
        let widths = groups.iter().map(|group| group.needs(card));
        widths.max().unwrap_or(0)
    };
    let (left_width, right_width) = (widest(left), widest(right));
    let between = match right.is_empty() {
        true => root.tracks.width(),
        false => root.tracks.width().max(3 * GAP),
    };
    let side = match root.head {
        Some(_) => PAD,
        None => 0,
    };
    for group in left {
        group.extend(side, left_width, card, false);
    }
    let start = side + left_width + between;
    for group in right {
        group.extend(start, right_width, card, true);
    }
    // The tracks of the outermost group stand in its middle.
    root.rect.w = side + left_width + root.tracks.width();
    canvas.width = (start + right_width + side).max(root.head_width());
    canvas.height = root.rect.h;
}

fn frames(picture: &Picture, tree: &Tree<'_>, canvas: &mut Canvas) {
    let outer = Rect::new(0, 0, canvas.width, canvas.height);
    let frames = &mut canvas.frames;
    tree.root.each(&mut |group| {
        let rect = match std::ptr::eq(group, &tree.root) {
            true => outer,
            false => group.rect,
        };
        frames.extend(group.head.as_ref().map(|head| frame(head, rect)));
    });
    tree.root.each(&mut |group| {
        for item in group.shelves.iter().flat_map(|shelf| &shelf.items) {
            let frame = tree
                .style
                .frame(picture, item.cloud, item.element, item.rect);
            frames.push(frame);
        }
    });
}

fn frame(head: &Head, rect: Rect) -> Frame {
    let what = match head.depth {
        Depth::Account => "account",
        Depth::Region | Depth::Element => "region",
    };
    let title = format!(
        "{what} {} {}\n{}",
        head.name,
        head.remark,
        told(&head.details)
    );
    Frame {
        depth: head.depth,
        rect,
        class: format!("{what} {}", head.mark.class()),
        title: title.trim().to_owned(),
        labels: heading(head, rect),
    }
}

fn heading(head: &Head, rect: Rect) -> Vec<Label> {
    let (x, y) = (rect.x + PAD, rect.y + 19);
    let room = rect.w - 2 * PAD;
    let name = match head.mark {
        Mark::Plain => plain(&head.name),
        mark => format!("{} {}", mark.sign(), plain(&head.name)),
    };
    let name = fit(&name, room, SIZE + 1, true);
    let used = width(&name, SIZE + 1, true) + 8;
    let mut labels = vec![Label {
        size: SIZE + 1,
        bold: true,
        ..super::line(x, y, &name, &format!("name {}", head.mark.class()))
    }];
    if !head.remark.is_empty() && room - used > 60 {
        let text = fit(&plain(&head.remark), room - used, SIZE, false);
        labels.push(Label {
            anchor: Anchor::End,
            ..super::line(rect.right() - PAD, y, &text, "muted")
        });
    }
    labels
}
