//! A picture with places for everything in it: what a renderer of graphics needs to know.

use super::{LinkKind, Mark};

/// A point, in the unit of the picture: from the left, and from above.
pub(super) type Point = (i32, i32);

/// A rectangle, in the unit of the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rect {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) w: i32,
    pub(super) h: i32,
}

impl Rect {
    pub(super) fn new(x: i32, y: i32, w: i32, h: i32) -> Self {
        Self { x, y, w, h }
    }

    pub(super) fn right(&self) -> i32 {
        self.x + self.w
    }

    pub(super) fn bottom(&self) -> i32 {
        self.y + self.h
    }

    #[cfg(test)]
    pub(super) fn contains(&self, other: &Self) -> bool {
        self.x <= other.x
            && self.y <= other.y
            && self.right() >= other.right()
            && self.bottom() >= other.bottom()
    }

    #[cfg(test)]
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.x < other.right()
            && other.x < self.right()
            && self.y < other.bottom()
            && other.y < self.bottom()
    }
}

/// How a text stands at its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A line of text that fits where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) x: i32,
    /// The line that the letters stand on.
    pub(super) y: i32,
    pub(super) text: String,
    pub(super) size: i32,
    pub(super) bold: bool,
    pub(super) anchor: Anchor,
    pub(super) class: String,
}

/// What a box stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Depth {
    Account,
    Region,
    Element,
}

/// A box with its texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) depth: Depth,
    pub(super) rect: Rect,
    pub(super) class: String,
    /// What a reader sees who points at it, and what is read out.
    pub(super) title: String,
    pub(super) labels: Vec<Label>,
}

/// A line, or several that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wire {
    /// The keys of the links that it stands for; a trunk stands for several.
    pub(super) keys: Vec<String>,
    pub(super) kind: LinkKind,
    pub(super) mark: Mark,
    pub(super) title: String,
    pub(super) paths: Vec<Vec<Point>>,
    /// Where lines meet.
    pub(super) joints: Vec<Point>,
}

/// A cell of a grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tile {
    pub(super) rect: Rect,
    pub(super) mark: Mark,
    pub(super) title: String,
}

/// A sample of a line, in the legend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) from: Point,
    pub(super) to: Point,
    pub(super) kind: LinkKind,
    pub(super) mark: Mark,
}

/// Everything that is drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Canvas {
    pub(super) width: i32,
    pub(super) height: i32,
    pub(super) frames: Vec<Frame>,
    pub(super) wires: Vec<Wire>,
    pub(super) tiles: Vec<Tile>,
    pub(super) samples: Vec<Sample>,
    /// Texts outside of boxes: heading, grid, legend and notes.
    pub(super) labels: Vec<Label>,
}
