//! The box of one element: how large it is, and which of its lines it shows.

use super::super::canvas::{Anchor, Depth, Frame, Label, Rect};
use super::super::text::{count, fit, plain, width};
use super::super::{Element, ElementKind, Mark, Picture};
use crate::ids::CloudName;

/// The size of an element's name.
const NAME: i32 = 13;
/// The size of its other lines.
const SMALL: i32 = 11;
/// The height of those lines.
const ROW: i32 = 15;
/// Between the side of the box and its text.
const SIDE: i32 = 9;
/// The narrowest and the widest box.
const WIDTHS: (i32, i32) = (170, 262);
/// So many lines are shown, where all are.
const MOST_ROWS: usize = 8;
/// Above so many networks, the parts of each are counted, and not listed.
const MANY: usize = 24;
/// How many details the text of a box tells.
const DETAILS: usize = 12;

/// How elements of one picture are drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) width: i32,
    /// Whether parts are counted, and not listed.
    dense: bool,
}

/// A line in a box.
struct Shown {
    text: String,
    mark: Mark,
}

impl Style {
    pub(super) fn of(picture: &Picture) -> Self {
        let networks = picture.elements();
        let networks = networks.filter(|element| element.kind == ElementKind::Network);
        let mut style = Self {
            width: 0,
            dense: networks.count() > MANY,
        };
        let needed = picture.elements().map(|element| style.needs(element)).max();
        style.width = needed.unwrap_or(0).clamp(WIDTHS.0, WIDTHS.1);
        style
    }

    fn needs(&self, element: &Element) -> i32 {
        let badge = badge(element.mark);
        let name = width(&plain(&element.name), NAME, true) + badge_room(&badge);
        let rows = self.rows(element);
        let rows = rows.iter().map(row_width);
        rows.chain([name]).max().unwrap_or(0) + 2 * SIDE
    }

    // What stands below the name.
    fn rows(&self, element: &Element) -> Vec<Shown> {
        let all = element.rows.iter().map(|row| Shown {
            text: plain(&row.text),
            mark: row.mark,
        });
        if !self.dense || element.kind != ElementKind::Network {
            return at_most(all.collect());
        }
        let has_key = |key: &str| !key.is_empty() && !key.starts_with("routes/");
        let kept = element
            .rows
            .iter()
            .zip(all)
            .filter(|(row, _)| !has_key(&row.key));
        let mut shown: Vec<Shown> = kept.map(|(_, shown)| shown).collect();
        let counted = element.rows.iter().filter(|row| has_key(&row.key));
        let mut kinds: Vec<(&str, Vec<Mark>)> = Vec::new();
        for row in counted {
            let (kind, _) = row.key.split_once('/').unwrap_or((&row.key, ""));
            match kinds.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, marks)) => marks.push(row.mark),
                None => kinds.push((kind, vec![row.mark])),
            }
        }
        shown.extend(kinds.into_iter().map(|(kind, marks)| Shown {
            text: count(marks.len(), kind),
            mark: Mark::together(marks),
        }));
        at_most(shown)
    }

    /// How high the box of an element is.
    pub(super) fn height(
        &self,
        picture: &Picture,
        cloud: Option<&CloudName>,
        element: &Element,
    ) -> i32 {
        let rows =
            self.rows(element).len() + usize::from(!kind(picture, cloud, element).is_empty());
        let rows = i32::try_from(rows).unwrap_or(i32::MAX / ROW - 100);
        8 + NAME + 5 + rows * ROW + 5
    }

    /// The box of an element at its place.
    pub(super) fn frame(
        &self,
        picture: &Picture,
        cloud: Option<&CloudName>,
        element: &Element,
        rect: Rect,
    ) -> Frame {
        let mut labels = Vec::new();
        let badge = badge(element.mark);
        let mut y = rect.y + 8 + NAME - 2;
        let room = rect.w - 2 * SIDE;
        let name = fit(&plain(&element.name), room - badge_room(&badge), NAME, true);
        labels.push(Label {
            size: NAME,
            bold: true,
            ..super::line(rect.x + SIDE, y, &name, "name")
        });
        if !badge.is_empty() {
            labels.push(Label {
                size: SMALL,
                anchor: Anchor::End,
                ..super::line(rect.right() - SIDE, y, &badge, &sign_class(element.mark))
            });
        }
        y += 5;
        let kind = kind(picture, cloud, element);
        if !kind.is_empty() {
            y += ROW;
            let text = fit(&plain(&kind), room, SMALL, false);
            labels.push(small(rect.x + SIDE, y, &text, "muted"));
        }
        for row in self.rows(element) {
            y += ROW;
            let text = fit(&with_sign(&row), room, SMALL, false);
            let class = match row.mark {
                Mark::Plain => "row".to_owned(),
                mark => sign_class(mark),
            };
            labels.push(small(rect.x + SIDE, y, &text, &class));
        }
        Frame {
            depth: Depth::Element,
            rect,
            class: format!("{} {}", kind_class(element.kind), element.mark.class()),
            title: title(&kind, element),
            labels,
        }
    }
}

fn small(x: i32, y: i32, text: &str, class: &str) -> Label {
    Label {
        size: SMALL,
        ..super::line(x, y, text, class)
    }
}

fn with_sign(row: &Shown) -> String {
    match row.mark {
        Mark::Plain => row.text.clone(),
        mark => format!("{} {}", mark.sign(), row.text),
    }
}

fn row_width(row: &Shown) -> i32 {
    width(&with_sign(row), SMALL, false)
}

fn at_most(mut rows: Vec<Shown>) -> Vec<Shown> {
    if rows.len() > MOST_ROWS {
        let more: Vec<Mark> = rows.drain(MOST_ROWS - 1..).map(|row| row.mark).collect();
        rows.push(Shown {
            text: format!("and {} more", more.len()),
            mark: Mark::together(more),
        });
    }
    rows
}

// Networks need no word for what they are.
fn kind(picture: &Picture, cloud: Option<&CloudName>, element: &Element) -> String {
    match element.kind {
        ElementKind::Network => String::new(),
        kind => picture.kind_word(cloud, kind),
    }
}

fn kind_class(kind: ElementKind) -> &'static str {
    match kind {
        ElementKind::GlobalHub | ElementKind::RegionalHub => "hub",
        ElementKind::EdgeHub | ElementKind::BorderRouter => "edge",
        ElementKind::Network => "network",
        ElementKind::Interconnect => "interconnect",
        ElementKind::Other | ElementKind::Unknown => "other",
    }
}

fn sign_class(mark: Mark) -> String {
    format!("sign {}", mark.class())
}

fn badge(mark: Mark) -> String {
    match mark {
        Mark::Plain => String::new(),
        // Its word is longer than most names.
        Mark::Unknown => mark.sign().to_owned(),
        mark => format!("{} {}", mark.sign(), mark.word()),
    }
}

fn badge_room(badge: &str) -> i32 {
    match badge.is_empty() {
        true => 0,
        false => width(badge, SMALL, false) + 8,
    }
}

// Everything that the box may have no room for.
fn title(kind: &str, element: &Element) -> String {
    let mut lines = vec![match kind.is_empty() {
        true => element.name.clone(),
        false => format!("{kind} {}", element.name),
    }];
    if element.mark != Mark::Plain {
        lines[0].push_str(&format!(" ({})", element.mark.word()));
    }
    lines.extend(element.rows.iter().map(|row| row.text.clone()));
    lines.push(told(&element.details));
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

/// As many details as a reader wants to see at once.
pub(super) fn told(details: &[String]) -> String {
    let mut lines: Vec<&str> = details.iter().take(DETAILS).map(String::as_str).collect();
    let more = format!("and {} more", details.len().saturating_sub(DETAILS));
    if details.len() > DETAILS {
        lines.push(&more);
    }
    lines.join("\n")
}
