//! Where everything of a picture stands.
//!
//! Accounts stand in two columns with a channel between them; regions are stacked in their account, and elements stand on
//! shelves of their region. Below each shelf is room for the lines of its elements, and at the inner side of each box room for
//! lines between its shelves. Each line has a track of its own in both, so lines cross, and never lie on one another or on a
//! box.

mod card;
mod footer;
mod nets;
mod place;
mod table;
mod tracks;
mod tree;
mod wires;

use super::Picture;
use super::canvas::{Anchor, Canvas, Label};
use super::text::{SIZE, plain, wrap};
use tree::Tree;

/// The distance of two lines side by side.
const PITCH: i32 = 6;
/// Between a box and what is in it.
const PAD: i32 = 12;
/// Between boxes.
const GAP: i32 = 12;
/// Around everything.
const MARGIN: i32 = 24;
/// The height of a line of ordinary text.
const LINE: i32 = 16;
/// The size of the heading.
const TITLE: i32 = 18;
/// The least width of the whole.
const LEAST: i32 = 640;
/// The widest rows of elements that are tried.
const MOST_COLUMNS: usize = 8;

/// Lays a picture out, in the proportions of a page as far as possible.
pub(super) fn layout(picture: &Picture) -> Canvas {
    let tree = |columns| Tree::of(picture, columns);
    let tried = (1..=MOST_COLUMNS).map(|columns| place::map(picture, tree(columns)));
    let best = tried.min_by_key(|map| odd(map.width, map.height));
    let mut canvas = best.unwrap_or_default();
    let shift = heading(picture, &canvas);
    canvas.width = (canvas.width + 2 * MARGIN).max(LEAST);
    move_by(&mut canvas, MARGIN, shift.1);
    canvas.height += shift.1;
    canvas.labels.extend(shift.0);
    table::add(picture, &mut canvas);
    footer::add(picture, &mut canvas);
    canvas.height += MARGIN;
    canvas
}

// How far from the proportions of a page, in thousandths: a page is half as wide again as it is high.
fn odd(width: i32, height: i32) -> i64 {
    let (width, height) = (2 * i64::from(width.max(1)), 3 * i64::from(height.max(1)));
    1000 * width.max(height) / width.min(height)
}

// Title and summary, and how high they are.
fn heading(picture: &Picture, canvas: &Canvas) -> (Vec<Label>, i32) {
    let room = (canvas.width + 2 * MARGIN).max(LEAST) - 2 * MARGIN;
    let (mut labels, mut y) = (Vec::new(), MARGIN - 4);
    // Bold letters are wider.
    for text in wrap(&plain(&picture.title), room * 8 / 9, TITLE) {
        y += TITLE + 4;
        labels.push(Label {
            size: TITLE,
            bold: true,
            ..line(MARGIN, y, &text, "title")
        });
    }
    if !picture.summary.is_empty() {
        for text in wrap(&plain(&picture.summary), room, SIZE) {
            y += LINE + 2;
            labels.push(line(MARGIN, y, &text, "muted"));
        }
    }
    (labels, y + GAP + 4)
}

/// A line of ordinary text.
fn line(x: i32, y: i32, text: &str, class: &str) -> Label {
    Label {
        x,
        y,
        text: text.to_owned(),
        size: SIZE,
        bold: false,
        anchor: Anchor::Start,
        class: class.to_owned(),
    }
}

fn move_by(canvas: &mut Canvas, x: i32, y: i32) {
    let shift = |label: &mut Label| (label.x, label.y) = (label.x + x, label.y + y);
    for frame in &mut canvas.frames {
        (frame.rect.x, frame.rect.y) = (frame.rect.x + x, frame.rect.y + y);
        frame.labels.iter_mut().for_each(shift);
    }
    for wire in &mut canvas.wires {
        let points = wire.paths.iter_mut().flatten().chain(&mut wire.joints);
        points.for_each(|point| *point = (point.0 + x, point.1 + y));
    }
}
