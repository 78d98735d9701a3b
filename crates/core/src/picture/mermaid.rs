//! Pictures in the language of Mermaid.

use std::collections::HashMap;
use std::fmt::Write;

use super::text::mermaid as escaped;
use super::{AccountBox, Element, LinkKind, Mark, Picture};
use crate::ids::CloudName;

/// The styles of marks: boxes, and the colours of lines.
const STYLES: [(Mark, &str, &str); 10] = [
    (Mark::New, "#1a7f37", ""),
    (Mark::Changed, "#9a6700", "10 3"),
    (Mark::Replaced, "#8250df", "10 3"),
    (Mark::Gone, "#cf222e", "6 4"),
    (Mark::Open, "#1a7f37", ""),
    (Mark::PartlyOpen, "#bc4c00", "12 4"),
    (Mark::Blocked, "#cf222e", "4 4"),
    (Mark::Undecided, "#6e7781", "2 4"),
    (Mark::NotReady, "#9a6700", "8 4"),
    (Mark::Unknown, "#6e7781", "2 4"),
];

impl Picture {
    /// The picture as a Mermaid flowchart: subgraphs for accounts and regions.
    pub fn to_mermaid(&self) -> String {
        let mut pen = Pen {
            picture: self,
            text: format!(
                "---\ntitle: \"{}\"\n---\nflowchart LR\n",
                title(&self.title)
            ),
            numbers: HashMap::new(),
        };
        for (index, account) in self.accounts.iter().enumerate() {
            pen.account(index, account);
        }
        for element in &self.common {
            pen.element(None, element, "  ");
        }
        pen.links();
        pen.styles();
        pen.text
    }
}

// The heading is YAML, and no entities are read in it.
fn title(text: &str) -> String {
    super::text::plain(text)
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('<', "‹")
        .replace('>', "›")
}

struct Pen<'a> {
    picture: &'a Picture,
    text: String,
    numbers: HashMap<&'a str, usize>,
}

impl<'a> Pen<'a> {
    fn account(&mut self, index: usize, account: &'a AccountBox) {
        let label = escaped(&heading(self.picture, account));
        let _ = writeln!(self.text, "  subgraph a{index}[\"{label}\"]");
        for element in &account.elements {
            self.element(Some(&account.cloud), element, "    ");
        }
        for (number, region) in account.regions.iter().enumerate() {
            let label = escaped(region.name.as_str());
            let _ = writeln!(self.text, "    subgraph a{index}r{number}[\"{label}\"]");
            for element in &region.elements {
                self.element(Some(&account.cloud), element, "      ");
            }
            self.text.push_str("    end\n");
        }
        self.text.push_str("  end\n");
    }

    fn element(&mut self, cloud: Option<&CloudName>, element: &'a Element, indent: &str) {
        let number = self.numbers.len();
        self.numbers.insert(&element.key, number);
        let lines = lines(self.picture, cloud, element);
        let lines: Vec<String> = lines.iter().map(|line| escaped(line)).collect();
        let label = lines.join("<br/>");
        let (open, close) = match element.is_router() {
            true => ("([", "])"),
            false => ("[", "]"),
        };
        let _ = writeln!(self.text, "{indent}n{number}{open}\"{label}\"{close}");
    }

    fn number(&self, key: &str) -> usize {
        // Every link leads to elements that are drawn.
        self.numbers.get(key).copied().unwrap_or_default()
    }

    fn links(&mut self) {
        for link in &self.picture.links {
            let arrow = match link.kind {
                LinkKind::Attachment | LinkKind::Member => "---",
                LinkKind::Link | LinkKind::Peering => "===",
                LinkKind::Part => "-.-",
            };
            let label = match link.mark {
                Mark::Plain => String::new(),
                mark => format!("|\"{} {}\"|", escaped(mark.sign()), mark.word()),
            };
            let [one, other] = [&link.ends[0], &link.ends[1]].map(|end| self.number(end));
            let _ = writeln!(self.text, "  n{one} {arrow}{label} n{other}");
        }
    }

    fn styles(&mut self) {
        for (mark, colour, dashes) in STYLES {
            let dashes = match dashes {
                "" => String::new(),
                dashes => format!(",stroke-dasharray:{dashes}"),
            };
            let elements = self.picture.elements().filter(|one| one.mark == mark);
            let nodes: Vec<String> = elements
                .map(|one| format!("n{}", self.number(&one.key)))
                .collect();
            if !nodes.is_empty() {
                let class = mark.class();
                let _ = writeln!(
                    self.text,
                    "  classDef {class} stroke:{colour},stroke-width:2px{dashes}\n  class {} {class}",
                    nodes.join(",")
                );
            }
            let links = self.picture.links.iter().enumerate();
            let links = links.filter(|(_, link)| link.mark == mark);
            let links: Vec<String> = links.map(|(index, _)| index.to_string()).collect();
            if !links.is_empty() {
                let _ = writeln!(
                    self.text,
                    "  linkStyle {} stroke:{colour}{dashes}",
                    links.join(",")
                );
            }
        }
    }
}

/// What heads an account.
pub(super) fn heading(picture: &Picture, account: &AccountBox) -> String {
    let cloud = picture.words_of(&account.cloud).cloud;
    let (sign, name) = (account.mark.sign(), &account.name);
    let remark = match account.remark.as_str() {
        "" => String::new(),
        remark => format!(", {remark}"),
    };
    let text = format!("{sign} {name} {cloud} {}{remark}", account.id);
    text.trim().to_owned()
}

/// What stands in an element, line by line; the first line names it.
pub(super) fn lines(
    picture: &Picture,
    cloud: Option<&CloudName>,
    element: &Element,
) -> Vec<String> {
    let kind = picture.kind_word(cloud, element.kind);
    let mut first = format!("{} {kind} {}", element.mark.sign(), element.name);
    if element.mark != Mark::Plain {
        first.push_str(&format!(" ({})", element.mark.word()));
    }
    let rows = element.rows.iter();
    let rows = rows.map(|row| {
        format!("{} {}", row.mark.sign(), row.text)
            .trim()
            .to_owned()
    });
    std::iter::once(first.trim().to_owned())
        .chain(rows)
        .collect()
}
