//! The grid of pairs, below the map.

use super::super::canvas::{Anchor, Canvas, Label, Rect, Tile};
use super::super::text::{fit, plain, width};
use super::super::{Grid, Mark, Picture};
use super::card::told;
use super::{GAP, LINE, MARGIN, line};

/// The size of names.
const SMALL: i32 = 11;
/// The widest name.
const WIDEST: i32 = 220;
/// The side of a cell where there are few, and where there are many.
const SIDES: (i32, i32) = (18, 12);
/// So many details of a cell are told.
const REASONS: usize = 4;
/// So many are few.
const FEW: usize = 30;

/// Adds the grid, if there is one.
pub(super) fn add(picture: &Picture, canvas: &mut Canvas) {
    if let Some(grid) = &picture.grid {
        Table::of(grid).add(canvas);
    }
}

struct Table<'a> {
    grid: &'a Grid,
    side: i32,
    names: Vec<String>,
    /// How wide names are.
    room: i32,
}

impl<'a> Table<'a> {
    fn of(grid: &'a Grid) -> Self {
        let numbered = grid.names.iter().enumerate();
        let names: Vec<String> = numbered
            .map(|(index, name)| {
                let name = format!("{} {}", index + 1, plain(name));
                fit(&name, WIDEST, SMALL, false)
            })
            .collect();
        let widest = names.iter().map(|name| width(name, SMALL, false)).max();
        Self {
            grid,
            side: if names.len() <= FEW { SIDES.0 } else { SIDES.1 },
            room: widest.unwrap_or(0) + 8,
            names,
        }
    }

    fn add(&self, canvas: &mut Canvas) {
        let count = i32::try_from(self.names.len()).unwrap_or(0);
        let size = count * self.side;
        let room = (canvas.width - 2 * MARGIN).max(self.room + size);
        canvas.width = room + 2 * MARGIN;
        let mut y = canvas.height + 2 * GAP + LINE;
        let title = fit(&plain(&self.grid.title), room, 13, true);
        canvas.labels.push(Label {
            size: 13,
            bold: true,
            ..line(MARGIN, y, &title, "name")
        });
        y += GAP + LINE;
        let (left, top) = (MARGIN + self.room, y + 4);
        for (index, name) in (0..).zip(&self.names) {
            let middle = index * self.side + self.side / 2;
            self.names_of(canvas, name, index, (left, top, middle, y));
        }
        for cell in &self.grid.cells {
            canvas.tiles.push(self.tile(cell, left, top));
        }
        // A network is no pair with itself.
        canvas.height = top + size;
    }

    fn names_of(&self, canvas: &mut Canvas, name: &str, index: i32, at: (i32, i32, i32, i32)) {
        let (left, top, middle, y) = at;
        canvas.labels.push(Label {
            size: SMALL,
            ..line(left - self.room, top + middle + 4, name, "row")
        });
        let number = (index + 1).to_string();
        // Numbers of three digits are wider than a cell.
        let size = if self.side == SIDES.1 { 7 } else { 9 };
        if width(&number, size, false) < self.side + 3 {
            canvas.labels.push(Label {
                size,
                anchor: Anchor::Middle,
                ..line(left + middle, y, &number, "muted")
            });
        }
    }

    fn tile(&self, cell: &super::super::Cell, left: i32, top: i32) -> Tile {
        let place = |index: usize| i32::try_from(index).unwrap_or(0) * self.side;
        let name = |index: usize| self.grid.names.get(index).map_or("", String::as_str);
        let said = match cell.mark {
            Mark::Plain => String::new(),
            mark => format!(": {}", mark.word()),
        };
        let (from, to) = (name(cell.row), name(cell.column));
        Tile {
            rect: Rect::new(
                left + place(cell.column) + 1,
                top + place(cell.row) + 1,
                self.side - 2,
                self.side - 2,
            ),
            mark: cell.mark,
            title: format!(
                "{from} → {to}{said}\n{}",
                told(cell.details.get(..REASONS).unwrap_or(&cell.details))
            ),
        }
    }
}
