//! Rows as aligned text.

use super::row::{Row, rows};
use crate::traits::Inventory;

const HEADINGS: [&str; 6] = ["KIND", "ID", "NAME", "WHAT", "STATE", "MADE BY"];

/// The table of a place, with what is missing in it.
pub(super) fn of_place(inventory: &Inventory) -> String {
    let cells: Vec<[String; 6]> = rows(inventory).into_iter().map(cells).collect();
    let mut text = format!("{}, read as {}", inventory.place, inventory.identity.arn);
    if !inventory.not_read.is_empty() {
        text.push_str(", incomplete");
    }
    match cells.is_empty() {
        true => text.push_str("\n  nothing"),
        false => text.push_str(&aligned(&HEADINGS, &cells)),
    }
    for object in &inventory.not_understood {
        text.push_str(&format!("\n  not understood: {object}"));
    }
    text
}

fn cells(row: Row) -> [String; 6] {
    let Row {
        kind,
        id,
        name,
        what,
        status,
        maker,
    } = row;
    [kind.to_owned(), id, name, what, status, maker].map(|cell| match cell.is_empty() {
        true => "-".to_owned(),
        false => cell,
    })
}

/// Lines of columns that stand below each other, each line after a line break and two spaces.
pub(super) fn aligned<const N: usize>(headings: &[&str; N], rows: &[[String; N]]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or(0).max(headings[column].len())
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |cells: [&str; N]| {
        let mut line = String::from("\n ");
        for (cell, width) in cells.iter().zip(widths) {
            line.push_str(&format!(" {cell:<width$} "));
        }
        line.truncate(line.trim_end().len());
        line
    };
    let head = line(*headings);
    let lines = rows
        .iter()
        .map(|row| line(std::array::from_fn(|column| row[column].as_str())));
    std::iter::once(head).chain(lines).collect()
}
