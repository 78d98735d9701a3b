//! The legend, and what is not drawn.

use std::collections::BTreeSet;

use super::super::canvas::{Canvas, Label, Sample};
use super::super::text::{SIZE, plain, width, wrap};
use super::super::{LinkKind, Mark, Picture};
use super::{GAP, LINE, MARGIN, line};

/// How long the sample of a line is.
const SAMPLE: i32 = 34;
/// So many notes are shown.
const NOTES: usize = 20;

/// Adds the legend and the notes.
pub(super) fn add(picture: &Picture, canvas: &mut Canvas) {
    let room = canvas.width - 2 * MARGIN;
    let mut y = canvas.height + GAP;
    legend(picture, canvas, room, &mut y);
    notes(picture, canvas, room, &mut y);
    canvas.height = y;
}

/// A line of the legend.
struct Entry {
    kind: LinkKind,
    mark: Mark,
    text: String,
    /// Whether it explains a sign, and not a line.
    sign: &'static str,
}

fn entries(picture: &Picture) -> Vec<Entry> {
    let kinds: BTreeSet<LinkKind> = picture.links.iter().map(|link| link.kind).collect();
    let kinds = kinds.into_iter().map(|kind| Entry {
        kind,
        mark: Mark::Plain,
        text: picture.link_word(kind),
        sign: "",
    });
    let drawn = drawn_marks(picture);
    let marks = Mark::SAID.into_iter().filter(|mark| drawn.contains(mark));
    let marks = marks.map(|mark| Entry {
        kind: LinkKind::Peering,
        mark,
        text: match mark {
            Mark::Unknown => "not understood or not read".to_owned(),
            mark => mark.word().to_owned(),
        },
        sign: mark.sign(),
    });
    kinds.chain(marks).collect()
}

fn drawn_marks(picture: &Picture) -> BTreeSet<Mark> {
    let elements = picture.elements();
    let of_elements = elements.flat_map(|element| {
        let rows = element.rows.iter().map(|row| row.mark);
        rows.chain([element.mark])
    });
    let links = picture.links.iter().map(|link| link.mark);
    let accounts = picture.accounts.iter().map(|account| account.mark);
    let cells = picture.grid.iter().flat_map(|grid| &grid.cells);
    of_elements
        .chain(links)
        .chain(accounts)
        .chain(cells.map(|cell| cell.mark))
        .collect()
}

fn legend(picture: &Picture, canvas: &mut Canvas, room: i32, y: &mut i32) {
    let entries = entries(picture);
    if entries.is_empty() {
        return;
    }
    let mut x = MARGIN;
    *y += LINE;
    for entry in entries {
        let text = match entry.sign {
            "" => entry.text.clone(),
            sign => format!("{sign} {}", entry.text),
        };
        let needed = SAMPLE + 6 + width(&text, SIZE, false) + 18;
        if x > MARGIN && x + needed > MARGIN + room {
            x = MARGIN;
            *y += LINE + 4;
        }
        canvas.samples.push(Sample {
            from: (x, *y - 4),
            to: (x + SAMPLE, *y - 4),
            kind: entry.kind,
            mark: entry.mark,
        });
        canvas.labels.push(line(x + SAMPLE + 6, *y, &text, "row"));
        x += needed;
    }
}

fn notes(picture: &Picture, canvas: &mut Canvas, room: i32, y: &mut i32) {
    let more = picture.notes.len().saturating_sub(NOTES);
    let more = (more > 0).then(|| format!("and {more} more"));
    let notes = picture.notes.iter().take(NOTES).cloned().chain(more);
    for (index, note) in notes.enumerate() {
        *y += if index == 0 { GAP } else { 0 };
        for text in wrap(&plain(&note), room, SIZE) {
            *y += LINE;
            let label: Label = line(MARGIN, *y, &text, "muted");
            canvas.labels.push(label);
        }
    }
}
