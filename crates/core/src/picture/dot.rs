//! Pictures in the DOT language of Graphviz.

use std::collections::HashMap;
use std::fmt::Write;

use super::mermaid::{heading, lines};
use super::text::dot as escaped;
use super::{AccountBox, Element, LinkKind, Mark, Picture};
use crate::ids::CloudName;

impl Picture {
    /// The picture in the DOT language of Graphviz: clusters for accounts and regions.
    pub fn to_dot(&self) -> String {
        let mut pen = Pen {
            picture: self,
            text: String::from("graph networks {\n"),
            numbers: HashMap::new(),
        };
        let title = escaped(&self.title);
        let _ = writeln!(
            pen.text,
            "  label=\"{title}\"; labelloc=t; rankdir=LR; fontname=\"sans-serif\";\n  node [shape=box, \
             fontname=\"sans-serif\"];"
        );
        for (index, account) in self.accounts.iter().enumerate() {
            pen.account(index, account);
        }
        for element in &self.common {
            pen.element(None, element, "  ");
        }
        pen.links();
        pen.text.push_str("}\n");
        pen.text
    }
}

struct Pen<'a> {
    picture: &'a Picture,
    text: String,
    numbers: HashMap<&'a str, usize>,
}

impl<'a> Pen<'a> {
    fn account(&mut self, index: usize, account: &'a AccountBox) {
        let label = escaped(&heading(self.picture, account));
        let _ = writeln!(
            self.text,
            "  subgraph cluster_{index} {{\n    label=\"{label}\";"
        );
        for element in &account.elements {
            self.element(Some(&account.cloud), element, "    ");
        }
        for (number, region) in account.regions.iter().enumerate() {
            let label = escaped(region.name.as_str());
            let _ = writeln!(
                self.text,
                "    subgraph cluster_{index}_{number} {{\n      label=\"{label}\";"
            );
            for element in &region.elements {
                self.element(Some(&account.cloud), element, "      ");
            }
            self.text.push_str("    }\n");
        }
        self.text.push_str("  }\n");
    }

    fn element(&mut self, cloud: Option<&CloudName>, element: &'a Element, indent: &str) {
        let number = self.numbers.len();
        self.numbers.insert(&element.key, number);
        let lines = lines(self.picture, cloud, element);
        let lines: Vec<String> = lines.iter().map(|line| escaped(line)).collect();
        let label = lines.join("\\n");
        let style = match element.is_router() {
            true => ", style=rounded",
            false => "",
        };
        let colour = colour(element.mark);
        let _ = writeln!(
            self.text,
            "{indent}n{number} [label=\"{label}\"{style}{colour}];"
        );
    }

    fn links(&mut self) {
        for link in &self.picture.links {
            // Every link leads to elements that are drawn.
            let number = |key: &String| self.numbers.get(key.as_str()).copied().unwrap_or_default();
            let [one, other] = [&link.ends[0], &link.ends[1]].map(number);
            let style = match (link.mark, link.kind) {
                (Mark::Gone | Mark::Blocked | Mark::PartlyOpen | Mark::NotReady, _) => {
                    ", style=dashed"
                }
                (Mark::Undecided | Mark::Unknown, _) | (_, LinkKind::Part) => ", style=dotted",
                (_, LinkKind::Link) => ", style=bold",
                _ => "",
            };
            let colour = colour(link.mark);
            let key = escaped(&link.key);
            let label = match link.mark {
                Mark::Plain => String::new(),
                mark => format!(", label=\"{} {}\"", escaped(mark.sign()), mark.word()),
            };
            let _ = writeln!(
                self.text,
                "  n{one} -- n{other} [tooltip=\"{key}\"{label}{style}{colour}];"
            );
        }
    }
}

fn colour(mark: Mark) -> String {
    let colour = match mark {
        Mark::Plain => return String::new(),
        Mark::New | Mark::Open => "#1a7f37",
        Mark::Changed | Mark::NotReady => "#9a6700",
        Mark::Replaced => "#8250df",
        Mark::Gone | Mark::Blocked => "#cf222e",
        Mark::PartlyOpen => "#bc4c00",
        Mark::Undecided | Mark::Unknown => "#6e7781",
    };
    format!(", color=\"{colour}\"")
}
